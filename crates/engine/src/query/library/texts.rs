//! Functions of texts: parts and places that a regular expression finds, numbers to other bases; and how many arguments are NULL.
//!
//! As in PostgreSQL a dot matches the end of a line too, and `^` and `$` match at the ends of the text only, unless a flag says
//! otherwise.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int32Array, ListBuilder, StringArray, StringBuilder};
use regex::{Captures, Regex, RegexBuilder};

use super::call::Call;
use super::entry::{Entry, Form, Kind, int4, text, texts};
use crate::display::TextWriter;
use crate::error::Error;
use crate::query::posix_patterns;

const T: Kind = Kind::Text;
const N: Kind = Kind::Int4;

pub(super) const FUNCTIONS: &[Entry] = &[
    Entry::new("casefold", &[Form::new(&[T], text, |call| mapped(call, |text| Ok(text.to_lowercase())))]),
    Entry::new("unistr", &[Form::new(&[T], text, |call| mapped(call, unescaped))]),
    Entry::new(
        "to_bin",
        &[
            Form::new(&[N], text, |call| numbers(call, |row| format!("{:b}", call.int4(0, row)))),
            Form::new(&[Kind::Int8], text, |call| numbers(call, |row| format!("{:b}", call.int8(0, row)))),
        ],
    ),
    Entry::new(
        "to_hex",
        &[
            Form::new(&[N], text, |call| numbers(call, |row| format!("{:x}", call.int4(0, row)))),
            Form::new(&[Kind::Int8], text, |call| numbers(call, |row| format!("{:x}", call.int8(0, row)))),
        ],
    ),
    Entry::new("concat", &[Form::variadic(&[Kind::Any], text, |call| joined(call, None))]),
    Entry::new("concat_ws", &[Form::variadic(&[Kind::Text, Kind::Any], text, |call| joined(call, Some(0)))]),
    Entry::new(
        "to_oct",
        &[
            Form::new(&[N], text, |call| numbers(call, |row| format!("{:o}", call.int4(0, row)))),
            Form::new(&[Kind::Int8], text, |call| numbers(call, |row| format!("{:o}", call.int8(0, row)))),
        ],
    ),
    Entry::new("num_nulls", &[Form::variadic(&[Kind::Any], int4, |call| nulls(call, true))]),
    Entry::new("num_nonnulls", &[Form::variadic(&[Kind::Any], int4, |call| nulls(call, false))]),
    Entry::new("regexp_split_to_array", &[Form::new(&[T, T], texts, split), Form::new(&[T, T, T], texts, split)]),
    Entry::new(
        "regexp_substr",
        &[
            Form::new(&[T, T], text, substr),
            Form::new(&[T, T, N], text, substr),
            Form::new(&[T, T, N, N], text, substr),
            Form::new(&[T, T, N, N, T], text, substr),
            Form::new(&[T, T, N, N, T, N], text, substr),
        ],
    ),
    Entry::new(
        "regexp_instr",
        &[
            Form::new(&[T, T], int4, instr),
            Form::new(&[T, T, N], int4, instr),
            Form::new(&[T, T, N, N], int4, instr),
            Form::new(&[T, T, N, N, N], int4, instr),
            Form::new(&[T, T, N, N, N, T], int4, instr),
            Form::new(&[T, T, N, N, N, T, N], int4, instr),
        ],
    ),
];

fn mapped(call: &Call, change: impl Fn(&str) -> Result<String, Error>) -> Result<ArrayRef, Error> {
    Ok(Arc::new(StringArray::from(call.each(|row| change(call.text(0, row)))?)))
}

fn numbers(call: &Call, show: impl Fn(usize) -> String) -> Result<ArrayRef, Error> {
    Ok(Arc::new(StringArray::from(call.each(|row| Ok(show(row)))?)))
}

/// The arguments as texts, one behind the other, without those that are NULL; between them the argument at a place, if that is told.
fn joined(call: &Call, separator: Option<usize>) -> Result<ArrayRef, Error> {
    let writers: Vec<TextWriter> = call.fields.iter().map(|field| TextWriter::new(field)).collect();
    let first = separator.map_or(0, |at| at + 1);
    let rows = (0..call.rows).map(|row| {
        if separator.is_some_and(|at| call.is_null(at, row)) {
            return None;
        }
        let between = separator.map_or("", |at| call.text(at, row));
        let mut out = String::new();
        let mut begun = false;
        for at in (first..call.arrays.len()).filter(|at| !call.is_null(*at, row)) {
            if std::mem::replace(&mut begun, true) {
                out.push_str(between);
            }
            writers[at].write(&mut out, &call.arrays[at], row);
        }
        Some(out)
    });
    Ok(Arc::new(rows.collect::<StringArray>()))
}

fn nulls(call: &Call, counts_nulls: bool) -> Result<ArrayRef, Error> {
    let count = |row| (0..call.arrays.len()).filter(|at| call.is_null(*at, row) == counts_nulls).count();
    Ok(Arc::new(Int32Array::from_iter_values((0..call.rows).map(|row| count(row) as i32))))
}

/// With `\0061`, `\+000061`, `\u0061` and `\U00000061` read as characters. Errors: 42601.
fn unescaped(text: &str) -> Result<String, Error> {
    let invalid = || {
        Error::new("42601", "invalid Unicode escape")
            .with_hint("Write a character as \\0061, \\+000061, \\u0061 or \\U00000061.")
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('\\') {
            out.push('\\');
            rest = after;
            continue;
        }
        let (skipped, digits) = match rest.as_bytes().first() {
            Some(b'+') => (1, 6),
            Some(b'u') => (1, 4),
            Some(b'U') => (1, 8),
            _ => (0, 4),
        };
        let code = rest.get(skipped..skipped + digits).ok_or_else(invalid)?;
        let code = u32::from_str_radix(code, 16).ok().and_then(char::from_u32).ok_or_else(invalid)?;
        out.push(code);
        rest = &rest[skipped + digits..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Regular expressions by pattern and flags, each read once for a call.
#[derive(Default)]
struct Patterns(HashMap<(String, String), Regex>);

impl Patterns {
    /// Errors: 2201B for a pattern that is none, 22023 for an unknown flag.
    fn get(&mut self, pattern: &str, flags: &str) -> Result<&Regex, Error> {
        let key = (pattern.to_owned(), flags.to_owned());
        if !self.0.contains_key(&key) {
            let adapted = posix_patterns::adapted(pattern, false);
            let mut builder = RegexBuilder::new(adapted.as_deref().unwrap_or(pattern));
            builder.dot_matches_new_line(true);
            for flag in flags.chars() {
                match flag {
                    'i' => builder.case_insensitive(true),
                    'c' => builder.case_insensitive(false),
                    'n' | 'm' => builder.multi_line(true).dot_matches_new_line(false),
                    'p' => builder.dot_matches_new_line(false),
                    'w' => builder.multi_line(true),
                    's' | 't' => &mut builder,
                    'x' => builder.ignore_whitespace(true),
                    other => {
                        return Err(Error::new("22023", format!("invalid regular expression option: \"{other}\"")));
                    }
                };
            }
            let regex = builder.build().map_err(|error| {
                let said = error.to_string();
                let said = said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                Error::new("2201B", format!("invalid regular expression: {said}"))
            })?;
            self.0.insert(key.clone(), regex);
        }
        Ok(&self.0[&key])
    }
}

/// The first part in parentheses of what matches, or all of it where there is none.
pub(super) fn matching(call: &Call) -> Result<ArrayRef, Error> {
    let mut patterns = Patterns::default();
    let found = call.each_or_null(|row| {
        let regex = patterns.get(call.text(1, row), "")?;
        let captures = regex.captures(call.text(0, row));
        let group = usize::from(regex.captures_len() > 1);
        Ok(captures.and_then(|captures| captures.get(group).map(|part| part.as_str().to_owned())))
    })?;
    Ok(Arc::new(StringArray::from(found)))
}

fn split(call: &Call) -> Result<ArrayRef, Error> {
    let mut patterns = Patterns::default();
    let rows = call.each(|row| {
        let flags = if call.arrays.len() > 2 { call.text(2, row) } else { "" };
        if flags.contains('g') {
            return Err(Error::new("22023", "regexp_split_to_array() does not support the \"global\" option"));
        }
        let (text, regex) = (call.text(0, row), patterns.get(call.text(1, row), flags)?);
        let mut parts = Vec::new();
        let mut start = 0;
        // A match of nothing splits between characters only, and not where the last match ended.
        for found in regex.find_iter(text) {
            let is_empty = found.is_empty();
            if is_empty && (found.start() == start || found.start() == text.len()) {
                continue;
            }
            parts.push(text[start..found.start()].to_owned());
            start = found.end();
        }
        parts.push(text[start..].to_owned());
        Ok(parts)
    })?;
    let mut lists = ListBuilder::new(StringBuilder::new());
    for parts in rows {
        lists.append_option(parts.map(|parts| parts.into_iter().map(Some)));
    }
    Ok(Arc::new(lists.finish()))
}

/// What `regexp_substr` and `regexp_instr` are asked for.
struct Asked<'a> {
    text: &'a str,
    pattern: &'a str,
    start: i32,
    count: i32,
    flags: &'a str,
    group: i32,
}

impl Asked<'_> {
    /// What `answer` makes of the match that is asked for, and of where the text begins that was searched; the place is in bytes.
    /// Errors: 22023 for places and counts that are none.
    fn found<T>(
        &self,
        patterns: &mut Patterns,
        function: &str,
        answer: impl Fn(&Captures, usize, usize) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let positive = |name: &str, value: i32, least: i32| match value >= least {
            true => Ok(()),
            false => Err(Error::new("22023", format!("invalid value for parameter \"{name}\": {value}"))),
        };
        positive("start", self.start, 1)?;
        positive("n", self.count, 1)?;
        positive("subexpr", self.group, 0)?;
        if self.flags.contains('g') {
            return Err(Error::new("22023", format!("{function} does not support the \"global\" option")));
        }
        let regex = patterns.get(self.pattern, self.flags)?;
        let begin = self.text.char_indices().nth(self.start as usize - 1).map(|(at, _)| at);
        let Some(begin) = begin.or((self.start as usize - 1 == self.text.chars().count()).then_some(self.text.len()))
        else {
            return Ok(None);
        };
        let mut captures = regex.captures_iter(&self.text[begin..]);
        let found = captures.nth(self.count as usize - 1);
        Ok(found.and_then(|captures| answer(&captures, self.group as usize, begin)))
    }
}

fn substr(call: &Call) -> Result<ArrayRef, Error> {
    let mut patterns = Patterns::default();
    let given = call.arrays.len();
    let parts = call.each_or_null(|row| {
        let asked = Asked {
            text: call.text(0, row),
            pattern: call.text(1, row),
            start: if given > 2 { call.int4(2, row) } else { 1 },
            count: if given > 3 { call.int4(3, row) } else { 1 },
            flags: if given > 4 { call.text(4, row) } else { "" },
            group: if given > 5 { call.int4(5, row) } else { 0 },
        };
        asked.found(&mut patterns, "regexp_substr()", |captures, group, _| {
            captures.get(group).map(|part| part.as_str().to_owned())
        })
    })?;
    Ok(Arc::new(StringArray::from(parts)))
}

/// The place of a match, or the one behind it, counted in characters from 1; 0 where there is none.
fn instr(call: &Call) -> Result<ArrayRef, Error> {
    let mut patterns = Patterns::default();
    let given = call.arrays.len();
    let places = call.each(|row| {
        let asked = Asked {
            text: call.text(0, row),
            pattern: call.text(1, row),
            start: if given > 2 { call.int4(2, row) } else { 1 },
            count: if given > 3 { call.int4(3, row) } else { 1 },
            flags: if given > 5 { call.text(5, row) } else { "" },
            group: if given > 6 { call.int4(6, row) } else { 0 },
        };
        let end = if given > 4 { call.int4(4, row) } else { 0 };
        if !(0..=1).contains(&end) {
            return Err(Error::new("22023", format!("invalid value for parameter \"endoption\": {end}")));
        }
        let place = asked.found(&mut patterns, "regexp_instr()", |captures, group, begin| {
            captures.get(group).map(|part| begin + if end == 1 { part.end() } else { part.start() })
        })?;
        Ok(place.map_or(0, |bytes| asked.text[..bytes].chars().count() as i32 + 1))
    })?;
    Ok(Arc::new(Int32Array::from(places)))
}
