//! JSON texts: validated for `json`, brought to one form for `jsonb`.
//!
//! The form of `jsonb` is PostgreSQL's output: keys by length, then by bytes, the last of equal keys; one blank after `:`
//! and `,`; numbers as numeric shows them.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

use crate::error::Error;

/// How deep a `jsonb` value may be nested.
const DEPTH_MAX: usize = 1000;

/// The digits before and after the point that PostgreSQL's numeric holds.
const WHOLE_DIGITS_MAX: i64 = 131_072;
const FRACTION_DIGITS_MAX: i64 = 16_383;

/// Whether the text is one JSON value. Errors: 22P02 with what is wrong and where.
pub(super) fn check(text: &str) -> Result<(), Error> {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::new("22P02", "invalid input syntax for type json").with_detail(format!("{error}."))),
    }
}

/// The text in the form of `jsonb`. Errors: as [`check`]; 22P05 for a zero byte, 22003 for numbers that numeric does not hold.
pub(super) fn normalized(text: &str) -> Result<String, Error> {
    check(text)?;
    if depth(text) > DEPTH_MAX {
        return Err(Error::new("54001", "stack depth limit exceeded")
            .with_hint(format!("A jsonb value may be nested {DEPTH_MAX} levels deep.")));
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut normalizer = Normalizer { rest: text, refused: None };
    normalizer.value(&mut out);
    normalizer.refused.map_or(Ok(out), Err)
}

/// How deep brackets nest, those inside strings counted too.
fn depth(text: &str) -> usize {
    let mut depths = (0usize, 0usize);
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' => depths.0 += 1,
            b'}' | b']' => depths.0 = depths.0.saturating_sub(1),
            _ => {}
        }
        depths.1 = depths.1.max(depths.0);
    }
    depths.1
}

/// Reads JSON that is known to be valid.
struct Normalizer<'t> {
    rest: &'t str,
    /// What is valid JSON and no `jsonb` all the same.
    refused: Option<Error>,
}

impl<'t> Normalizer<'t> {
    fn value(&mut self, out: &mut String) {
        match self.peek() {
            b'{' => self.object(out),
            b'[' => self.array(out),
            b'"' => {
                let string = self.string();
                out.push_str(&string);
            }
            _ => {
                let end = self.rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(self.rest.len());
                let word = self.take(end);
                match word.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
                    true => self.number(out, word),
                    false => out.push_str(word),
                }
            }
        }
    }

    /// A number without exponent, and zero without a sign.
    fn number(&mut self, out: &mut String, number: &str) {
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (sign, unsigned) = mantissa.strip_prefix('-').map_or(("", mantissa), |unsigned| ("-", unsigned));
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let exponent = exponent.parse::<i64>().unwrap_or(i64::MAX / 2);
        let digits = [whole, fraction].concat();
        let is_zero = digits.bytes().all(|digit| digit == b'0');
        let point = whole.len() as i64 + exponent;
        let scale = fraction.len() as i64 - exponent;
        if !is_zero && (point > WHOLE_DIGITS_MAX || scale > FRACTION_DIGITS_MAX) {
            self.refused.get_or_insert_with(|| Error::new("22003", "value overflows numeric format"));
            return;
        }
        let scale = scale.clamp(0, FRACTION_DIGITS_MAX) as usize;
        out.push_str(if is_zero { "" } else { sign });
        let digit = |place: i64| usize::try_from(place).ok().and_then(|at| digits.as_bytes().get(at)).copied();
        let mut begun = false;
        for place in 0..point.min(WHOLE_DIGITS_MAX) {
            let shown = digit(place).unwrap_or(b'0');
            begun |= shown != b'0';
            out.extend(begun.then_some(char::from(shown)));
        }
        out.push_str(if begun { "" } else { "0" });
        out.push_str(if scale > 0 { "." } else { "" });
        out.extend((0..scale as i64).map(|place| char::from(digit(point + place).unwrap_or(b'0'))));
    }

    fn object(&mut self, out: &mut String) {
        let mut members: BTreeMap<(usize, String), String> = BTreeMap::new();
        self.take(1);
        while self.peek() != b'}' {
            let key = self.string();
            self.peek();
            self.take(1);
            let mut value = String::new();
            self.value(&mut value);
            members.insert((key.len(), key), value);
            if self.peek() == b',' {
                self.take(1);
            }
        }
        self.take(1);
        let members: Vec<String> = members.into_iter().map(|((_, key), value)| format!("{key}: {value}")).collect();
        out.push('{');
        out.push_str(&members.join(", "));
        out.push('}');
    }

    fn array(&mut self, out: &mut String) {
        self.take(1);
        out.push('[');
        while self.peek() != b']' {
            self.value(out);
            if self.peek() == b',' {
                self.take(1);
                out.push_str(", ");
            }
        }
        self.take(1);
        out.push(']');
    }

    /// A string, quoted anew so that escapes are written in one way.
    fn string(&mut self) -> String {
        self.peek();
        let mut escaped = false;
        let end = self.rest.bytes().skip(1).position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let quoted = self.take(end.expect("a valid string ends") + 2);
        match serde_json::from_str::<String>(quoted) {
            Ok(string) => {
                if string.contains('\0') {
                    self.refused.get_or_insert_with(|| {
                        Error::new("22P05", "unsupported Unicode escape sequence")
                            .with_detail("\\u0000 cannot be converted to text.")
                    });
                }
                serde_json::Value::String(string).to_string()
            }
            Err(_) => quoted.to_owned(),
        }
    }

    /// The next byte that is no blank, which is not taken.
    fn peek(&mut self) -> u8 {
        self.rest = self.rest.trim_start();
        self.rest.bytes().next().expect("valid JSON goes on until its value ends")
    }

    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::normalized;

    #[test]
    fn numbers_are_written_in_one_way() {
        let form = |text: &str| normalized(text).map_err(|error| error.sqlstate.clone());
        let cases = [
            ("1e5", "100000"),
            ("-1.50e1", "-15.0"),
            ("1.50", "1.50"),
            ("12e-3", "0.012"),
            ("-0", "0"),
            ("-0.0e3", "0"),
            ("0e400000", "0"),
            ("10", "10"),
            ("1234.5e-2", "12.345"),
            ("-0.0", "0.0"),
            ("0.10e1", "1.0"),
        ];
        for (text, expected) in cases {
            assert_eq!(form(text).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(form("[1E2, {\"a\": -0}]").as_deref(), Ok("[100, {\"a\": 0}]"));
        assert_eq!(form("1e400000"), Err("22003".to_owned()));
        assert_eq!(form("1e-400000"), Err("22003".to_owned()));
        assert_eq!(form("1e99999999999999999999"), Err("22003".to_owned()));
        assert_eq!(form("\"\\u0000\""), Err("22P05".to_owned()));
    }
}
