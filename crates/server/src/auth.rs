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

/// The mechanism there always is.
const PLAIN: &str = "SCRAM-SHA-256";
/// The same, bound to the certificate that the client has seen: nobody stands between the two.
const BOUND: &str = "SCRAM-SHA-256-PLUS";
/// How a client's first message begins that is bound.
const BINDS: &[u8] = b"p=tls-server-end-point,";

/// What is known of the user.
pub struct Credentials {
    name: String,
    salt: Vec<u8>,
    salted: Vec<u8>,
    /// For exchanges that are bound to the server's certificate, if there is one that says how.
    bound: Option<ScramServerAuth>,
}

/// The exchange failed: the password is wrong, or the client does not keep to the protocol.
#[derive(Debug)]
pub struct Refused;

/// An exchange between the client's first and final message.
pub struct Exchange(ScramServerAuthWaitingForClientFinal);

impl Credentials {
    /// Salts and hashes a password. `certificate`: what the server shows under TLS, in PEM.
    pub fn new(user: &User, certificate: Option<&[u8]>) -> Credentials {
        let salt = random_nonce().into_bytes()[..16].to_vec();
        let salted = gen_salted_password(&user.password, &salt, SCRAM_ITERATIONS);
        let bound = certificate.and_then(|certificate| {
            let mut bound = ScramServerAuth::new();
            // There is no binding to a certificate whose signature names no hash.
            bound.configure_certificate(certificate).ok().map(|()| bound)
        });
        Credentials { name: user.name.clone(), salt, salted, bound }
    }

    /// The mechanisms to offer, the best first.
    pub fn mechanisms(&self, is_tls: bool) -> &'static [&'static str] {
        match is_tls && self.bound.is_some() {
            true => &[BOUND, PLAIN],
            false => &[PLAIN],
        }
    }

    /// Answers the client's first message. A user there is not gets the same answer, and never a right proof.
    pub fn begin(&self, user: &str, is_tls: bool, message: Bytes, out: &mut BytesMut) -> Result<Exchange, Refused> {
        let mut reader = Reader::new(message);
        let mechanism = reader.text().map_err(|_| Refused)?;
        let length = reader.i32().ok().and_then(|length| usize::try_from(length).ok()).ok_or(Refused)?;
        let first = reader.bytes(length).map_err(|_| Refused)?;
        let offered = self.mechanisms(is_tls);
        let server = match (mechanism.as_str(), &self.bound) {
            (BOUND, Some(bound)) if offered.contains(&BOUND) && first.starts_with(BINDS) => bound,
            // One that could be bound and was told that the server cannot was told so by somebody in between.
            (PLAIN, _) if first.starts_with(b"n,") || (first.starts_with(b"y,") && offered == [PLAIN]) => {
                &ScramServerAuth::new()
            }
            _ => return Err(Refused),
        };
        let salted = match user == self.name {
            true => self.salted.clone(),
            false => random_nonce().into_bytes(),
        };
        let password = Password::new(Some(self.salt.clone()), salted);
        let (answer, waiting) = server.on_client_first_message(&first, password).map_err(|_| Refused)?;
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
