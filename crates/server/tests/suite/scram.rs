//! The client's side of SCRAM-SHA-256. Source: RFC 5802 and 7677.

use std::num::NonZeroU32;

use ring::{digest, hmac, pbkdf2};

use crate::base64;
use crate::client::{Answer, Client, text};

const NONCE: &str = "abcdefghijklmnopqrstuvwx";

/// Proves a password after the startup packet; the error is the SQLSTATE of the refusal. `binding`: what the client says of
/// the channel, as `n,,`. Checks that the server knows the password too.
pub fn log_in(client: &mut Client, password: &str, binding: &str) -> Result<(), String> {
    let challenge = challenge(client, binding);
    prove(client, password, challenge)
}

/// The same, bound to a certificate.
pub fn log_in_bound(client: &mut Client, password: &str, certificate: &[u8]) -> Result<(), String> {
    let hash = digest::digest(&digest::SHA256, certificate);
    let challenge = begin(client, "SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,", hash.as_ref());
    prove(client, password, challenge)
}

fn prove(client: &mut Client, password: &str, challenge: (String, String)) -> Result<(), String> {
    let (server_first, without_proof) = challenge;
    let part = |name: &str| server_first.split(',').find_map(|part| part.strip_prefix(name)).expect("a part");
    let iterations: NonZeroU32 = part("i=").parse().expect("a number");
    let mut salted = [0; 32];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        iterations,
        &base64::decode(part("s=")),
        password.as_bytes(),
        &mut salted,
    );
    let sign = |key: &[u8], data: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data);
    let client_key = sign(&salted, b"Client Key");
    let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
    let signed = format!("n=,r={NONCE},{server_first},{without_proof}");
    let signature = sign(stored_key.as_ref(), signed.as_bytes());
    let proof: Vec<u8> = client_key.as_ref().iter().zip(signature.as_ref()).map(|(key, sign)| key ^ sign).collect();
    let last = finish(client, &without_proof, &base64::encode(&proof));
    if last.kind == 'E' {
        return Err(last.report().sqlstate().to_owned());
    }
    assert_eq!((last.kind, &last.body[..4]), ('R', &[0, 0, 0, 12][..]));
    let server_key = sign(&salted, b"Server Key");
    let expected = format!("v={}", base64::encode(sign(server_key.as_ref(), signed.as_bytes()).as_ref()));
    assert_eq!(String::from_utf8_lossy(&last.body[4..]), expected);
    Ok(())
}

/// Begins; returns the server's challenge and the client's last message but for its proof.
pub fn challenge(client: &mut Client, binding: &str) -> (String, String) {
    begin(client, "SCRAM-SHA-256", binding, &[])
}

fn begin(client: &mut Client, mechanism: &str, binding: &str, channel: &[u8]) -> (String, String) {
    let offer = client.next().expect("an answer");
    assert_eq!((offer.kind, &offer.body[..4]), ('R', &[0, 0, 0, 10][..]));
    let offered = String::from_utf8_lossy(&offer.body[4..]).into_owned();
    assert!(offered.ends_with("\0\0") && offered.split('\0').any(|name| name == mechanism), "{offered:?}");
    let first = format!("{binding}n=,r={NONCE}");
    let mut body = text(mechanism);
    body.extend((first.len() as u32).to_be_bytes());
    body.extend(first.as_bytes());
    client.send('p', &body);
    let challenge = client.next().expect("an answer");
    assert_eq!((challenge.kind, &challenge.body[..4]), ('R', &[0, 0, 0, 11][..]));
    let challenge = String::from_utf8_lossy(&challenge.body[4..]).into_owned();
    assert!(challenge.starts_with(&format!("r={NONCE}")) && challenge.contains(",i=4096"), "{challenge}");
    let nonce = challenge.split(',').next().expect("a nonce").to_owned();
    (challenge, format!("c={},{nonce}", base64::encode(&[binding.as_bytes(), channel].concat())))
}

/// Sends the proof; returns the answer.
pub fn finish(client: &mut Client, without_proof: &str, proof: &str) -> Answer {
    client.send('p', format!("{without_proof},p={proof}").as_bytes());
    client.next().expect("an answer")
}
