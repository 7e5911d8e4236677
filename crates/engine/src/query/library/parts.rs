//! `substr`, and `substring` in all its forms: a part of a text or of bytes by its place, or of a text by what it looks like.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BinaryArray, StringArray};

use super::call::Call;
use super::entry::{Entry, Form, Kind, bytea, text};
use super::texts::matching;
use crate::error::Error;

const PARTS: &[Form] = &[
    Form::new(&[Kind::Text, Kind::Int4], text, of_text),
    Form::new(&[Kind::Text, Kind::Int4, Kind::Int4], text, of_text),
    Form::new(&[Kind::Text, Kind::Text], text, matching),
    Form::new(&[Kind::Bytea, Kind::Int4], bytea, of_bytes),
    Form::new(&[Kind::Bytea, Kind::Int4, Kind::Int4], bytea, of_bytes),
];

pub(super) const FUNCTIONS: &[Entry] = &[Entry::new("substr", PARTS), Entry::new("substring", PARTS)];

/// The places from which and before which the part lies, counted from 0, of so many. Errors: 22011.
fn bounds(call: &Call, row: usize, count: usize) -> Result<(usize, usize), Error> {
    let start = i64::from(call.int4(1, row)) - 1;
    let end = match call.arrays.len() {
        3 => {
            let length = i64::from(call.int4(2, row));
            if length < 0 {
                return Err(Error::new("22011", "negative substring length not allowed"));
            }
            start + length
        }
        _ => i64::MAX,
    };
    let within = |place: i64| usize::try_from(place.max(0)).unwrap_or(usize::MAX).min(count);
    Ok((within(start), within(end)))
}

fn of_text(call: &Call) -> Result<ArrayRef, Error> {
    let parts = call.each(|row| {
        let text = call.text(0, row);
        if text.is_ascii() {
            let (start, end) = bounds(call, row, text.len())?;
            return Ok(&text[start..end]);
        }
        let (start, end) = bounds(call, row, usize::MAX)?;
        let mut places = text.char_indices().map(|(at, _)| at);
        let from = places.nth(start).unwrap_or(text.len());
        let to = match end.checked_sub(start + 1) {
            _ if end <= start => from,
            Some(more) => places.nth(more).unwrap_or(text.len()),
            None => from,
        };
        Ok(&text[from..to])
    })?;
    Ok(Arc::new(parts.into_iter().collect::<StringArray>()))
}

fn of_bytes(call: &Call) -> Result<ArrayRef, Error> {
    let parts = call.each(|row| {
        let bytes = call.bytes(0, row);
        let (start, end) = bounds(call, row, bytes.len())?;
        Ok(&bytes[start..end])
    })?;
    Ok(Arc::new(parts.into_iter().collect::<BinaryArray>()))
}
