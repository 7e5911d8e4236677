//! Passwords, by SCRAM-SHA-256: the server keeps a salted hash, and neither side sends what the other could reuse.
//!
//! ```text
//!   client                         server
//!     first: nonce            ──▶
//!                             ◀──  salt, iterations, both nonces
//!     final: proof            ──▶
//!                             ◀──  signature
//! ```
//! Source: RFC 5802 and 7677; PostgreSQL documentation, SASL Authentication.

use bytes::{Bytes, BytesMut};
use pgwire::api::auth::Password;
use pgwire::api::auth::sasl::scram::{
    SCRAM_ITERATIONS, ScramServerAuth, ScramServerAuthWaitingForClientFinal, gen_salted_password, random_nonce,
};

use crate::config::User;
use crate::wire::backend;
use crate::wire::reader::Reader;

/// The one mechanism there is.
pub const MECHANISM: &str = "SCRAM-SHA-256";

/// What is known of the user.
pub struct Credentials {
    name: String,
    salt: Vec<u8>,
    salted: Vec<u8>,
}

/// The exchange failed: the password is wrong, or the client does not keep to the protocol.
#[derive(Debug)]
pub struct Refused;

/// An exchange between the client's first and final message.
pub struct Exchange(ScramServerAuthWaitingForClientFinal);

impl Credentials {
    /// Salts and hashes a password.
    pub fn new(user: &User) -> Credentials {
        let salt = random_nonce().into_bytes()[..16].to_vec();
        let salted = gen_salted_password(&user.password, &salt, SCRAM_ITERATIONS);
        Credentials { name: user.name.clone(), salt, salted }
    }

    /// Answers the client's first message. A user there is not gets the same answer, and never a right proof.
    pub fn begin(&self, user: &str, message: Bytes, out: &mut BytesMut) -> Result<Exchange, Refused> {
        let mut reader = Reader::new(message);
        let mechanism = reader.text().map_err(|_| Refused)?;
        let length = reader.i32().ok().and_then(|length| usize::try_from(length).ok()).ok_or(Refused)?;
        let first = reader.bytes(length).map_err(|_| Refused)?;
        if mechanism != MECHANISM {
            return Err(Refused);
        }
        let salted = match user == self.name {
            true => self.salted.clone(),
            false => random_nonce().into_bytes(),
        };
        let password = Password::new(Some(self.salt.clone()), salted);
        let (answer, waiting) =
            ScramServerAuth::new().on_client_first_message(&first, password).map_err(|_| Refused)?;
        backend::authentication_sasl_continue(out, answer.as_bytes());
        Ok(Exchange(waiting))
    }
}

impl Exchange {
    /// Judges the client's final message.
    pub fn finish(self, message: &[u8], out: &mut BytesMut) -> Result<(), Refused> {
        let answer = self.0.on_client_final_message(message).map_err(|_| Refused)?;
        backend::authentication_sasl_final(out, answer.as_bytes());
        Ok(())
    }
}
