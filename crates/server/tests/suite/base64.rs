//! Base 64, for certificates and proofs.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0, |word, at| word << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for digit in 0..4 {
            let is_there = digit <= chunk.len();
            text.push(if is_there { char::from(DIGITS[(word >> (18 - 6 * digit)) as usize & 63]) } else { '=' });
        }
    }
    text
}

pub fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut word, mut bits) = (0u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == byte).expect("a digit of base 64");
        (word, bits) = (word << 6 | digit as u32, bits + 6);
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
        }
    }
    bytes
}

#[test]
fn what_is_encoded_is_decoded() {
    assert_eq!(
        (encode(b"any carnal pleas"), encode(b"su"), encode(b"")),
        ("YW55IGNhcm5hbCBwbGVhcw==".into(), "c3U=".into(), "".into())
    );
    for length in 0..50u8 {
        let bytes: Vec<u8> = (0..length).map(|at| at.wrapping_mul(37)).collect();
        assert_eq!(decode(&encode(&bytes)), bytes);
    }
}
