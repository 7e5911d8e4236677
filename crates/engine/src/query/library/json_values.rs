//! JSON made of values, and what is asked of JSON as a whole.
//!
//! ```text
//!   json_agg(x)             __json_array(array_agg(__json_item(x)))
//!   json_object_agg(k, v)   __json_object(array_agg(k), array_agg(__json_item(v)))
//! ```
//!
//! A value of `json` stands there as it is; numbers and truth values are JSON's; times are written as ISO 8601 has them; whatever else
//! there is becomes a string. What `jsonb_…` makes is brought to the form of `jsonb`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use serde::de::IgnoredAny;

use super::call::Call;
use super::entry::{Entry, Form, Kind, int4, json, text, told};
use crate::display::{TYPE_KEY, text_as};
use crate::error::Error;
use crate::query::json::{check, normalized};

pub(super) const FUNCTIONS: &[Entry] = &[
    Entry::new("to_json", &[Form::new(&[Kind::Any], json, |call| shown(call, value))]),
    Entry::new("to_jsonb", &[Form::new(&[Kind::Any], jsonb, |call| shown(call, value))]),
    Entry::new("row_to_json", &[Form::new(&[Kind::Any], json, |call| shown(call, value))]),
    Entry::new("array_to_json", &[Form::new(&[Kind::List], json, |call| shown(call, value))]),
    Entry::new("json_build_array", BUILD_ARRAY),
    Entry::new("jsonb_build_array", &[Form::variadic(&[Kind::Any], jsonb, |call| shown(call, array))]),
    Entry::new("json_build_object", BUILD_OBJECT),
    Entry::new("jsonb_build_object", &[Form::variadic(&[Kind::Any], jsonb, |call| shown(call, object))]),
    Entry::new("json_object", &[Form::new(&[Kind::List], json, |call| shown(call, object_of_texts))]),
    Entry::new("jsonb_object", &[Form::new(&[Kind::List], jsonb, |call| shown(call, object_of_texts))]),
    Entry::new("__json_item", &[Form::new(&[Kind::Any], json, |call| shown(call, item))]),
    Entry::new("__json_array", &[Form::new(&[Kind::List], json, |call| shown(call, aggregated))]),
    Entry::new("__jsonb_array", &[Form::new(&[Kind::List], jsonb, |call| shown(call, aggregated))]),
    Entry::new("__json_object", &[Form::new(&[Kind::List, Kind::List], json, |call| shown(call, aggregated_pairs))]),
    Entry::new("__jsonb_object", &[Form::new(&[Kind::List, Kind::List], jsonb, |call| shown(call, aggregated_pairs))]),
    Entry::new("__jsonb_concat", &[Form::new(&[Kind::Text, Kind::Text], jsonb, |call| shown(call, concatenated))]),
    Entry::new("json_array_length", &[Form::new(&[Kind::Text], int4, length)]),
    Entry::new("jsonb_array_length", &[Form::new(&[Kind::Text], int4, length)]),
    Entry::new("json_typeof", &[Form::new(&[Kind::Text], text, type_of)]),
    Entry::new("jsonb_typeof", &[Form::new(&[Kind::Text], text, type_of)]),
];

/// Begins the line of an item that has parts.
const LINE: &str = "\n ";

const BUILD_ARRAY: &[Form] = &[Form::variadic(&[Kind::Any], json, |call| shown(call, array))];
const BUILD_OBJECT: &[Form] = &[Form::variadic(&[Kind::Any], json, |call| shown(call, object))];

fn jsonb(_: &[FieldRef], _: &[Option<&ScalarValue>]) -> Result<Field, Error> {
    Ok(told(DataType::Utf8, "jsonb"))
}

/// The JSON of each row, in the form of the function's result.
fn shown(call: &Call, of_row: fn(&Call, usize) -> Result<Option<String>, Error>) -> Result<ArrayRef, Error> {
    let is_binary = call.returns.metadata().get(TYPE_KEY).is_some_and(|name| name == "jsonb");
    let shown = (0..call.rows).map(|row| match of_row(call, row)? {
        Some(text) if is_binary => normalized(&text).map(Some),
        shown => Ok(shown),
    });
    Ok(Arc::new(shown.collect::<Result<StringArray, Error>>()?))
}

fn value(call: &Call, row: usize) -> Result<Option<String>, Error> {
    let is_null = call.is_null(0, row);
    Ok((!is_null).then(|| json_of(&call.fields[0], &call.arrays[0], row)))
}

fn array(call: &Call, row: usize) -> Result<Option<String>, Error> {
    let items = call.arrays.iter().zip(call.fields).map(|(array, field)| json_of(field, array, row));
    Ok(Some(format!("[{}]", items.collect::<Vec<_>>().join(", "))))
}

/// Errors: 22023 for a name without a value or that is NULL.
fn object(call: &Call, row: usize) -> Result<Option<String>, Error> {
    if !call.arrays.len().is_multiple_of(2) {
        return Err(Error::new("22023", "argument list must have even number of elements")
            .with_hint("The arguments of json_build_object() must consist of alternating keys and values."));
    }
    let pairs = (0..call.arrays.len()).step_by(2).map(|at| {
        let name = text_as(&call.fields[at], &call.arrays[at], row);
        let name = name.ok_or_else(|| Error::new("22004", "null value not allowed for object key"))?;
        Ok(format!("{} : {}", quoted(&name), json_of(&call.fields[at + 1], &call.arrays[at + 1], row)))
    });
    Ok(Some(format!("{{{}}}", pairs.collect::<Result<Vec<_>, Error>>()?.join(", "))))
}

/// Of names and values that alternate in one array. Errors: 2202E, 22004.
fn object_of_texts(call: &Call, row: usize) -> Result<Option<String>, Error> {
    if call.is_null(0, row) {
        return Ok(None);
    }
    let items = call.list(0).value(row);
    if !items.len().is_multiple_of(2) {
        return Err(Error::new("2202E", "array must have even number of elements"));
    }
    let item = Field::new("", items.data_type().clone(), true);
    let pairs = (0..items.len()).step_by(2).map(|at| {
        let name = text_as(&item, &items, at);
        let name = name.ok_or_else(|| Error::new("22004", "null value not allowed for object key"))?;
        let value = text_as(&item, &items, at + 1).map_or_else(|| "null".to_owned(), |text| quoted(&text));
        Ok(format!("{} : {value}", quoted(&name)))
    });
    Ok(Some(format!("{{{}}}", pairs.collect::<Result<Vec<_>, Error>>()?.join(", "))))
}

/// A value that will be aggregated; one that has parts begins a line.
fn item(call: &Call, row: usize) -> Result<Option<String>, Error> {
    let has_parts = matches!(call.arrays[0].data_type(), DataType::Struct(_) | DataType::List(_));
    Ok(value(call, row)?.map(|item| if has_parts { format!("{LINE}{item}") } else { item }))
}

/// Items that were aggregated.
fn aggregated(call: &Call, row: usize) -> Result<Option<String>, Error> {
    if call.is_null(0, row) {
        return Ok(None);
    }
    let items = call.list(0).value(row);
    let shown = items.as_string::<i32>().iter().map(|item| item.unwrap_or("null")).collect::<Vec<_>>().join(", ");
    Ok(Some(format!("[{}]", shown.strip_prefix(LINE).unwrap_or(&shown))))
}

/// Names and items that were aggregated together. Errors: 22004.
fn aggregated_pairs(call: &Call, row: usize) -> Result<Option<String>, Error> {
    if call.is_null(0, row) || call.is_null(1, row) {
        return Ok(None);
    }
    let (names, items) = (call.list(0).value(row), call.list(1).value(row));
    let field = Field::new("", names.data_type().clone(), true);
    let pairs = items.as_string::<i32>().iter().enumerate().map(|(at, item)| {
        let name = text_as(&field, &names, at);
        let name = name.ok_or_else(|| Error::new("22004", "null value not allowed for object key"))?;
        let item = item.unwrap_or("null");
        Ok(format!("{} : {}", quoted(&name), item.strip_prefix(LINE).unwrap_or(item)))
    });
    Ok(Some(format!("{{ {} }}", pairs.collect::<Result<Vec<_>, Error>>()?.join(", "))))
}

/// `jsonb || jsonb`: the members of both objects, those of the second before those of the first; else the elements of both, what is
/// no array being one. Errors: 22P02.
fn concatenated(call: &Call, row: usize) -> Result<Option<String>, Error> {
    if call.is_null(0, row) || call.is_null(1, row) {
        return Ok(None);
    }
    let both = [call.text(0, row), call.text(1, row)].map(normalized);
    let [left, right] = both;
    let (left, right) = (left?, right?);
    let inside = |value: &str| value[1..value.len() - 1].to_owned();
    let is = |value: &str, bracket: char| value.starts_with(bracket);
    let (open, close, parts) = match is(&left, '{') && is(&right, '{') {
        true => ('{', '}', [inside(&left), inside(&right)]),
        false => ('[', ']', [left, right].map(|value| if is(&value, '[') { inside(&value) } else { value })),
    };
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Ok(Some(format!("{open}{}{close}", parts.join(", "))))
}

/// A value as JSON.
fn json_of(field: &Field, array: &ArrayRef, row: usize) -> String {
    if array.is_null(row) || array.data_type().is_null() {
        return "null".to_owned();
    }
    let told = field.metadata().get(TYPE_KEY).map_or("", String::as_str);
    let text = || text_as(field, array, row).unwrap_or_default();
    match array.data_type() {
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::List(item) => {
            let items = array.as_list::<i32>().value(row);
            let shown: Vec<String> = (0..items.len()).map(|at| json_of(item, &items, at)).collect();
            format!("[{}]", shown.join(","))
        }
        DataType::Struct(fields) => {
            let parts = array.as_struct();
            let pair = |(at, field): (usize, &FieldRef)| {
                // A row without names has those of PostgreSQL's.
                let unnamed = field.name() == &format!("c{at}");
                let name = if unnamed { format!("f{}", at + 1) } else { field.name().clone() };
                format!("{}:{}", quoted(&name), json_of(field, parts.column(at), row))
            };
            let pairs: Vec<String> = fields.iter().enumerate().map(pair).collect();
            format!("{{{}}}", pairs.join(","))
        }
        number if number.is_numeric() => {
            let number = text();
            let is_finite = number.ends_with(|last: char| last.is_ascii_digit());
            if is_finite { number } else { quoted(&number) }
        }
        DataType::Utf8 if told == "json" || told == "jsonb" => text(),
        DataType::Timestamp(_, zone) => {
            let mut iso = text().replacen(' ', "T", 1);
            if zone.is_some() {
                iso.push_str(":00");
            }
            quoted(&iso)
        }
        _ => quoted(&text()),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A JSON value without blanks around it. Errors: 22P02.
fn checked<'a>(call: &'a Call, row: usize) -> Result<&'a str, Error> {
    let text = call.text(0, row);
    check(text)?;
    Ok(text.trim())
}

/// Errors: 22023 for what is no array.
fn length(call: &Call) -> Result<ArrayRef, Error> {
    let lengths = call.each(|row| {
        let value = checked(call, row)?;
        if !value.starts_with('[') {
            let what = if value.starts_with('{') { "a non-array" } else { "a scalar" };
            return Err(Error::new("22023", format!("cannot get array length of {what}")));
        }
        let items = serde_json::from_str::<Vec<IgnoredAny>>(value);
        let items =
            items.map_err(|error| Error::new("22P02", format!("invalid input syntax for type json: {error}")))?;
        i32::try_from(items.len()).map_err(|_| Error::new("22003", "integer out of range"))
    })?;
    Ok(Arc::new(Int32Array::from(lengths)))
}

fn type_of(call: &Call) -> Result<ArrayRef, Error> {
    let types = call.each(|row| {
        Ok(match checked(call, row)?.as_bytes().first() {
            Some(b'{') => "object",
            Some(b'[') => "array",
            Some(b'"') => "string",
            Some(b't' | b'f') => "boolean",
            Some(b'n') => "null",
            _ => "number",
        })
    })?;
    Ok(Arc::new(types.into_iter().collect::<StringArray>()))
}
