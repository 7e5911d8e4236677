//! Texts made of values: quoted names and literals, sizes in words.

use super::super::cell::Cell;
use super::super::objects::Objects;
use super::super::quoting::{literal, quoted};
use super::entry::Entry;
use crate::error::Error;

pub(super) const FUNCTIONS: &[Entry] = &[
    Entry::strict("quote_ident", 1..=1, "text", |_, arguments| Ok(arguments[0].text().map(quoted).into())),
    Entry::strict("quote_literal", 1..=1, "text", |_, arguments| {
        Ok(shown(&arguments[0]).map(|text| literal(&text)).into())
    }),
    Entry::lenient("quote_nullable", 1..=1, "text", |_, arguments| {
        Ok(shown(&arguments[0]).map_or("NULL".to_owned(), |text| literal(&text)).into())
    }),
    Entry::strict("pg_size_pretty", 1..=1, "text", |_, arguments| Ok(arguments[0].int().map(pretty_size).into())),
    Entry::strict("__like_pattern", 2..=2, "text", like_pattern),
];

/// A value as text.
fn shown(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Null => None,
        Cell::Bool(truth) => Some(truth.to_string()),
        Cell::Int(number) => Some(number.to_string()),
        Cell::Float(number) => Some(number.to_string()),
        Cell::Text(text) => Some(text.clone()),
        Cell::Ints(_) | Cell::Texts(_) => Some(json(cell)),
    }
}

/// A LIKE pattern whose escape character is the second argument, with the backslash in its place. Errors: 22025.
fn like_pattern(_: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    let (Some(pattern), Some(escape)) = (arguments[0].text(), arguments[1].text()) else { return Ok(Cell::Null) };
    let mut characters = escape.chars();
    let (escape, more) = (characters.next(), characters.next());
    if more.is_some() {
        return Err(
            Error::new("22025", "invalid escape string").with_hint("Escape string must be empty or one character.")
        );
    }
    let mut written = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            c if Some(c) == escape => {
                let next = rest.next();
                let next =
                    next.ok_or_else(|| Error::new("22025", "LIKE pattern must not end with escape character"))?;
                written.extend(['\\', next]);
            }
            '\\' => written.push_str("\\\\"),
            c => written.push(c),
        }
    }
    Ok(written.into())
}

/// Bytes in the largest unit that leaves a number below 10240, rounded half up.
fn pretty_size(bytes: i64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    const LARGEST: i64 = 10 * 1024;
    if bytes.abs() < LARGEST {
        return format!("{bytes} bytes");
    }
    // One binary digit is kept until the end for rounding.
    let mut halves = bytes >> 9;
    let mut unit = 0;
    while halves.abs() >= 2 * LARGEST - 1 && unit + 1 < UNITS.len() {
        halves >>= 10;
        unit += 1;
    }
    let rounded = (halves + halves.signum()) / 2;
    format!("{rounded} {}", UNITS[unit])
}

fn json(cell: &Cell) -> String {
    match cell {
        Cell::Null => "null".to_owned(),
        Cell::Bool(truth) => truth.to_string(),
        Cell::Int(number) => number.to_string(),
        Cell::Float(number) => number.to_string(),
        Cell::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Cell::Ints(numbers) => {
            let items: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            format!("[{}]", items.join(","))
        }
        Cell::Texts(texts) => {
            let items: Vec<String> =
                texts.iter().map(|text| serde_json::Value::from(text.as_str()).to_string()).collect();
            format!("[{}]", items.join(","))
        }
    }
}
