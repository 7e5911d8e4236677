//! Functions of bytea: lengths, single bytes, parts, and texts in an encoding.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BinaryArray, Int32Array, Int64Array, StringArray};

use super::call::Call;
use super::entry::{Entry, Form, Kind, bytea, int4, int8, text};
use crate::error::Error;

pub(super) const FUNCTIONS: &[Entry] = &[
    Entry::new("length", LENGTH),
    Entry::new("char_length", &[Form::new(&[Kind::Text], int4, characters)]),
    Entry::new("character_length", &[Form::new(&[Kind::Text], int4, characters)]),
    Entry::new("octet_length", OCTETS),
    Entry::new(
        "bit_length",
        &[
            Form::new(&[Kind::Text], int4, |call| counted(call, |row| call.text(0, row).len() * 8)),
            Form::new(&[Kind::Bytea], int4, |call| counted(call, |row| call.bytes(0, row).len() * 8)),
        ],
    ),
    Entry::new("bit_count", &[Form::new(&[Kind::Bytea], int8, bit_count)]),
    Entry::new("get_byte", &[Form::new(&[Kind::Bytea, Kind::Int4], int4, get_byte)]),
    Entry::new("set_byte", &[Form::new(&[Kind::Bytea, Kind::Int4, Kind::Int4], bytea, set_byte)]),
    Entry::new("convert_from", &[Form::new(&[Kind::Bytea, Kind::Text], text, convert_from)]),
    Entry::new("convert_to", &[Form::new(&[Kind::Text, Kind::Text], bytea, convert_to)]),
];

const LENGTH: &[Form] = &[
    Form::new(&[Kind::Text], int4, characters),
    Form::new(&[Kind::Bytea], int4, |call| counted(call, |row| call.bytes(0, row).len())),
];

const OCTETS: &[Form] = &[
    Form::new(&[Kind::Text], int4, |call| counted(call, |row| call.text(0, row).len())),
    Form::new(&[Kind::Bytea], int4, |call| counted(call, |row| call.bytes(0, row).len())),
];

fn characters(call: &Call) -> Result<ArrayRef, Error> {
    counted(call, |row| {
        let text = call.text(0, row);
        if text.is_ascii() { text.len() } else { text.chars().count() }
    })
}

fn counted(call: &Call, count: impl Fn(usize) -> usize) -> Result<ArrayRef, Error> {
    let counts = call.each(|row| i32::try_from(count(row)).map_err(|_| Error::new("22003", "integer out of range")))?;
    Ok(Arc::new(Int32Array::from(counts)))
}

fn bit_count(call: &Call) -> Result<ArrayRef, Error> {
    let ones = |row| call.bytes(0, row).iter().map(|byte| i64::from(byte.count_ones())).sum();
    Ok(Arc::new(Int64Array::from(call.each(|row| Ok(ones(row)))?)))
}

/// Where a byte is, counted from 0. Errors: 2202E.
fn place(bytes: &[u8], at: i32) -> Result<usize, Error> {
    let place = usize::try_from(at).ok().filter(|place| *place < bytes.len());
    place.ok_or_else(|| {
        let last = bytes.len() as i64 - 1;
        Error::new("2202E", format!("index {at} out of valid range, 0..{last}"))
    })
}

fn get_byte(call: &Call) -> Result<ArrayRef, Error> {
    let found = call.each(|row| {
        let bytes = call.bytes(0, row);
        Ok(i32::from(bytes[place(bytes, call.int4(1, row))?]))
    })?;
    Ok(Arc::new(Int32Array::from(found)))
}

fn set_byte(call: &Call) -> Result<ArrayRef, Error> {
    let changed = call.each(|row| {
        let mut bytes = call.bytes(0, row).to_vec();
        let place = place(&bytes, call.int4(1, row))?;
        // Of a number that is larger than a byte, the lowest eight bits.
        bytes[place] = call.int4(2, row) as u8;
        Ok(bytes)
    })?;
    Ok(Arc::new(changed.iter().map(Option::as_deref).collect::<BinaryArray>()))
}

/// Whether an encoding is UTF-8. Errors: 22023 for a name that is none, 0A000 for others.
fn check_encoding(name: &str) -> Result<(), Error> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    match plain.as_str() {
        "utf8" | "unicode" => Ok(()),
        _ => Err(Error::unsupported(format!("encoding \"{name}\" is not supported"), "Texts are UTF8 here.")),
    }
}

fn convert_from(call: &Call) -> Result<ArrayRef, Error> {
    let texts = call.each(|row| {
        check_encoding(call.text(1, row))?;
        let bytes = call.bytes(0, row);
        let invalid = |at: usize| {
            let shown: Vec<String> = bytes[at..].iter().take(1).map(|byte| format!("0x{byte:02x}")).collect();
            Error::new("22021", format!("invalid byte sequence for encoding \"UTF8\": {}", shown.join(" ")))
        };
        let text = std::str::from_utf8(bytes).map_err(|error| invalid(error.valid_up_to()))?;
        match text.find('\0') {
            Some(at) => Err(invalid(at)),
            None => Ok(text),
        }
    })?;
    Ok(Arc::new(texts.into_iter().collect::<StringArray>()))
}

fn convert_to(call: &Call) -> Result<ArrayRef, Error> {
    let bytes = call.each(|row| check_encoding(call.text(1, row)).map(|()| call.text(0, row).as_bytes()))?;
    Ok(Arc::new(bytes.into_iter().collect::<BinaryArray>()))
}
