//! Numerics in PostgreSQL's binary form: digits to the base of 10,000, and how many of them stand before the point.
//!
//! ```text
//!   digits i16 │ weight i16 │ sign u16 │ scale u16 │ digit i16 …        value = Σ digit[i] · 10000^(weight − i)
//! ```
//! Source: PostgreSQL, `numeric_send` and `numeric_recv`.

use std::cmp::Ordering;

use bowline::Error;
use bytes::{BufMut, BytesMut};

const BASE: u128 = 10_000;
const BASE_DIGITS: u32 = 4;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xc000;

/// The most digits a numeric has here.
const DIGITS_MAX: u32 = 38;

/// Adds a number that is `value` divided by ten to the `scale`.
pub fn put(out: &mut BytesMut, value: i128, scale: i8) {
    let scale_shown = u32::from(scale.max(0).unsigned_abs());
    let mut magnitude = value.unsigned_abs();
    if scale < 0 {
        magnitude *= 10u128.pow(u32::from(scale.unsigned_abs()));
    }
    let (whole, fraction) = match 10u128.checked_pow(scale_shown) {
        Some(unit) => (magnitude / unit, magnitude % unit),
        None => (0, magnitude),
    };
    let mut digits: Vec<i16> = Vec::with_capacity(12);
    let mut rest = whole;
    while rest > 0 {
        digits.push((rest % BASE) as i16);
        rest /= BASE;
    }
    digits.reverse();
    let weight = digits.len() as i16 - 1;
    // The fraction, filled up to whole groups; taken from its end so that nothing overflows.
    let groups = scale_shown.div_ceil(BASE_DIGITS) as usize;
    let mut fractions = vec![0i16; groups];
    let mut left = scale_shown;
    let mut rest = fraction;
    for group in fractions.iter_mut().rev() {
        let within = match left % BASE_DIGITS {
            0 => BASE_DIGITS,
            within => within,
        };
        let unit = 10u128.pow(within);
        *group = ((rest % unit) * 10u128.pow(BASE_DIGITS - within)) as i16;
        rest /= unit;
        left -= within;
    }
    digits.extend(fractions);
    put_digits(out, digits, weight, if value < 0 { NEGATIVE } else { 0 }, scale_shown as u16);
}

/// Adds a number of any size, as it is written: digits, at most one point among them, and a sign before them; any other text is NaN.
pub fn put_text(out: &mut BytesMut, text: &str) {
    if text.bytes().any(|byte| !(byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))) {
        return put_digits(out, Vec::new(), 0, NAN, 0);
    }
    let (sign, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (NEGATIVE, rest),
        None => (0, text),
    };
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let group = BASE_DIGITS as usize;
    let whole = format!("{}{whole}", "0".repeat(whole.len().next_multiple_of(group) - whole.len()));
    let padding = fraction.len().next_multiple_of(group) - fraction.len();
    let weight = (whole.len() / group) as i16 - 1;
    let digits: String = whole + fraction + &"0".repeat(padding);
    let value = |group: &[u8]| group.iter().fold(0, |value, digit| value * 10 + i16::from(digit & 0x0f));
    let digits = digits.as_bytes().chunks(group).map(value).collect();
    put_digits(out, digits, weight, sign, fraction.len() as u16);
}

fn put_digits(out: &mut BytesMut, mut digits: Vec<i16>, mut weight: i16, sign: u16, scale: u16) {
    while digits.last() == Some(&0) {
        digits.pop();
    }
    let leading = digits.iter().take_while(|digit| **digit == 0).count();
    digits.drain(..leading);
    weight -= leading as i16;
    if digits.is_empty() {
        weight = 0;
    }
    out.put_i16(digits.len() as i16);
    out.put_i16(weight);
    out.put_u16(sign);
    out.put_u16(scale);
    digits.iter().for_each(|digit| out.put_i16(*digit));
}

/// Reads a number: its value times ten to its scale, and the scale. Errors: 22P03 for bytes that are no numeric, 22003 for
/// one with more than 38 digits, 0A000 for NaN and infinities.
pub fn take(bytes: &[u8]) -> Result<(i128, i8), Error> {
    let invalid = |part: &str| Error::new("22P03", format!("invalid {part} in external \"numeric\" value"));
    let too_few = || Error::new("08P01", "insufficient data left in message");
    if bytes.len() < 8 {
        return Err(too_few());
    }
    let words: Vec<i16> = bytes.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]])).collect();
    let (count, weight, sign, scale) = (words[0], i32::from(words[1]), words[2] as u16, words[3]);
    let digits = &words[4..];
    // A count is below zero for what is no count.
    match usize::from(count as u16).cmp(&digits.len()) {
        Ordering::Greater => return Err(too_few()),
        Ordering::Equal if bytes.len().is_multiple_of(2) => {}
        _ => return Err(Error::new("22P03", "incorrect binary data format")),
    }
    if digits.iter().any(|digit| !(0..10_000).contains(digit)) {
        return Err(invalid("digit"));
    }
    match sign {
        0 | NEGATIVE => {}
        NAN | 0xd000 | 0xf000 => {
            return Err(Error::new("0A000", "NaN and infinity are not supported as numeric")
                .with_hint("double precision holds them."));
        }
        _ => return Err(invalid("sign")),
    }
    let too_large = || {
        Error::new("22003", "value overflows numeric format")
            .with_detail(format!("A numeric has at most {DIGITS_MAX} digits here."))
    };
    // Digits below the scale shown may be sent; those are cut off.
    let below = (digits.len() as i32 - 1 - weight).max(0) as u32 * BASE_DIGITS;
    let scale = u32::try_from(scale).map_err(|_| invalid("scale"))?;
    let mut value: i128 = 0;
    for digit in digits {
        let next = value.checked_mul(BASE as i128).and_then(|value| value.checked_add(i128::from(*digit)));
        value = next.ok_or_else(too_large)?;
    }
    // `value` has `below` digits after the point, or lacks groups of zeros before it.
    let missing = (weight + 1 - digits.len() as i32).max(0) as u32 * BASE_DIGITS;
    let grow = |value: i128, by: u32| 10i128.checked_pow(by).and_then(|factor| value.checked_mul(factor));
    value = grow(value, missing).ok_or_else(too_large)?;
    let scale = scale.min(DIGITS_MAX);
    if below > scale {
        let cut = 10i128.checked_pow(below - scale).ok_or_else(too_large)?;
        value /= cut;
    } else {
        value = grow(value, scale - below).ok_or_else(too_large)?;
    }
    if value >= 10i128.pow(DIGITS_MAX) {
        return Err(too_large());
    }
    Ok((if sign == NEGATIVE { -value } else { value }, scale as i8))
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::{put, put_text, take};

    #[test]
    fn numbers_come_back() {
        let values = [0, 1, -1, 12_345_678, 10_000, 99_999_999, 123_456_789_012_345_678_901_234_567_890i128];
        for value in values {
            for scale in [0i8, 1, 2, 3, 4, 5, 8, 10, 37] {
                let mut out = BytesMut::new();
                put(&mut out, value, scale);
                assert_eq!(take(&out).expect("a numeric"), (value, scale), "{value} {scale}");
            }
        }
    }

    #[test]
    fn a_text_has_the_form_of_its_number() {
        for (value, scale, text) in [(0, 0, "0"), (-1_234_567, 2, "-12345.67"), (5, 5, "0.00005"), (10_000, 0, "10000")]
        {
            let (mut of_number, mut of_text) = (BytesMut::new(), BytesMut::new());
            put(&mut of_number, value, scale);
            put_text(&mut of_text, text);
            assert_eq!(of_number, of_text, "{text}");
        }
    }

    #[test]
    fn the_form_is_postgres_own() {
        let mut out = BytesMut::new();
        put(&mut out, -1_234_567, 2);
        // 12345.67: digits 1, 2345, 6700, weight 1.
        assert_eq!(&out[..], [0, 3, 0, 1, 0x40, 0, 0, 2, 0, 1, 0x09, 0x29, 0x1a, 0x2c]);
        out.clear();
        put(&mut out, 0, 2);
        assert_eq!(&out[..], [0, 0, 0, 0, 0, 0, 0, 2]);
        assert_eq!(take(&[0, 0, 0, 0, 0xc0, 0, 0, 0]).expect_err("NaN").sqlstate, "0A000");
        assert_eq!(take(&[0, 9, 0, 0]).expect_err("short").sqlstate, "08P01");
        assert_eq!(take(&[0, 1, 0, 0, 0, 0, 0, 0]).expect_err("short").sqlstate, "08P01");
        assert_eq!(take(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).expect_err("long").sqlstate, "22P03");
        // 1.5, of which no digit after the point is shown.
        assert_eq!(take(&[0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0x13, 0x88]).expect("a numeric"), (1, 0));
    }
}
