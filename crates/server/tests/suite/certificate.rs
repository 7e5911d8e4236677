//! A certificate that vouches for itself, made for one test.
//!
//! ```text
//!   certificate: what is signed │ algorithm │ signature
//!   what is signed: version │ number │ algorithm │ issuer │ validity │ subject │ public key │ names
//! ```
//! Source: RFC 5280.

use std::path::PathBuf;

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use tempfile::TempDir;

use crate::base64;

/// A certificate for `localhost`, in PEM files that go with it.
pub struct Certificate {
    pub der: Vec<u8>,
    directory: TempDir,
}

impl Certificate {
    pub fn new() -> Certificate {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).expect("the key that was made");
        let to_sign = to_be_signed(pair.public_key().as_ref());
        let signature = pair.sign(&random, &to_sign).expect("a signature");
        let der = sequence(&[to_sign, sequence(&[oid(ECDSA_WITH_SHA256)]), bits(signature.as_ref())]);
        let directory = tempfile::tempdir().expect("a temporary directory");
        let certificate = Certificate { der, directory };
        write(certificate.certificate_file(), "CERTIFICATE", &certificate.der);
        write(certificate.key_file(), "PRIVATE KEY", key.as_ref());
        certificate
    }

    pub fn certificate_file(&self) -> PathBuf {
        self.directory.path().join("server.crt")
    }

    pub fn key_file(&self) -> PathBuf {
        self.directory.path().join("server.key")
    }
}

const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const PRIME256V1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

fn to_be_signed(public_key: &[u8]) -> Vec<u8> {
    let name = sequence(&[tagged(0x31, &sequence(&[oid(COMMON_NAME), tagged(0x0c, b"localhost")]))]);
    let validity = sequence(&[tagged(0x18, b"20200101000000Z"), tagged(0x18, b"21000101000000Z")]);
    let names = sequence(&[tagged(0x82, b"localhost"), tagged(0x87, &[127, 0, 0, 1])]);
    let extension = sequence(&[oid(SUBJECT_ALT_NAME), tagged(0x04, &names)]);
    sequence(&[
        tagged(0xa0, &tagged(0x02, &[2])),
        tagged(0x02, &[1]),
        sequence(&[oid(ECDSA_WITH_SHA256)]),
        name.clone(),
        validity,
        name,
        sequence(&[sequence(&[oid(EC_PUBLIC_KEY), oid(PRIME256V1)]), bits(public_key)]),
        tagged(0xa3, &sequence(&[extension])),
    ])
}

fn tagged(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = match body.len() {
        short @ 0..128 => vec![short as u8],
        long @ 128..256 => vec![0x81, long as u8],
        long => vec![0x82, (long >> 8) as u8, long as u8],
    };
    [&[tag][..], &length, body].concat()
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tagged(0x30, &parts.concat())
}

fn oid(bytes: &[u8]) -> Vec<u8> {
    tagged(0x06, bytes)
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    tagged(0x03, &[&[0][..], bytes].concat())
}

fn write(path: PathBuf, label: &str, der: &[u8]) {
    let text = base64::encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    let pem = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"));
    std::fs::write(path, pem).expect("a temporary directory can be written to");
}
