//! Statements as clients send them that keep them prepared: with parameters, and more than once.
//!
//! Most statements that change rows are played so on bowline: once to be taken back, which the query engine does, and then again,
//! which is evaluated in place if it can be. Both must end alike, and then as PostgreSQL does, which is sent the text.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use bowline::ScalarValue;

/// A statement with parameters in the place of its whole numbers, and their values.
pub(super) struct Sent {
    pub(super) sql: String,
    pub(super) values: Vec<ScalarValue>,
}

impl Sent {
    /// The types of the parameters, which are those that the numbers had.
    pub(super) fn types(&self) -> Vec<Option<FieldRef>> {
        let integer: FieldRef = Arc::new(Field::new("", DataType::Int32, true));
        vec![Some(integer); self.values.len()]
    }
}

/// How a statement is sent; `None` if by its text. That is told by the text too, so that a case can be played again.
pub(super) fn sent(sql: &str) -> Option<Sent> {
    let one_of = match sql.split(' ').next() {
        Some("INSERT") => 2,
        Some("UPDATE" | "DELETE") => 4,
        _ => return None,
    };
    (!sql.len().is_multiple_of(one_of)).then(|| with_parameters(sql))
}

fn with_parameters(sql: &str) -> Sent {
    let mut sent = Sent { sql: String::with_capacity(sql.len()), values: Vec::new() };
    let mut rest = sql;
    let mut is_quoted = false;
    while let Some(next) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let length = if word > 0 { word } else { next.len_utf8() };
        let (part, after) = rest.split_at(length);
        is_quoted ^= next == '\'';
        match part.parse() {
            Ok(number) if !is_quoted => {
                sent.values.push(ScalarValue::Int32(Some(number)));
                sent.sql.push_str(&format!("${}", sent.values.len()));
            }
            _ => sent.sql.push_str(part),
        }
        rest = after;
    }
    sent
}
