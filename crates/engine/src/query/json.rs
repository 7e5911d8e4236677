//! JSON texts: validated for `json`, brought to one form for `jsonb`.
//!
//! The form of `jsonb` is PostgreSQL's output: keys by length, then by bytes, the last of equal keys; one blank after `:`
//! and `,`; numbers as written.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

use crate::error::Error;

/// How deep a `jsonb` value may be nested.
const DEPTH_MAX: usize = 1000;

/// Whether the text is one JSON value. Errors: 22P02 with what is wrong and where.
pub(super) fn check(text: &str) -> Result<(), Error> {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::new("22P02", "invalid input syntax for type json").with_detail(format!("{error}."))),
    }
}

/// The text in the form of `jsonb`. Errors: as [`check`].
pub(super) fn normalized(text: &str) -> Result<String, Error> {
    check(text)?;
    if depth(text) > DEPTH_MAX {
        return Err(Error::new("54001", "stack depth limit exceeded")
            .with_hint(format!("A jsonb value may be nested {DEPTH_MAX} levels deep.")));
    }
    let mut out = String::with_capacity(text.len() + 8);
    Normalizer { rest: text }.value(&mut out);
    Ok(out)
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
                out.push_str(self.take(end));
            }
        }
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
            Ok(string) => serde_json::Value::String(string).to_string(),
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
