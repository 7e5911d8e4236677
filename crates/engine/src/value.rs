//! Single values from outside: texts read as a type, NULLs, and arrays of values.

use std::sync::Arc;

use bowline_core::catalog::SqlType;
use datafusion::arrow::array::{ArrayRef, ListArray, StringArray, new_empty_array};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;

use crate::display::TYPE_KEY;
use crate::error::Error;
use crate::query;

/// Numerics are below this, times ten to their scale.
const DECIMAL_LIMIT: i128 = 10i128.pow(38);

/// NULL of a field's type.
pub fn null(field: &Field) -> ScalarValue {
    ScalarValue::try_from(field.data_type()).unwrap_or(ScalarValue::Null)
}

/// Reads a text as PostgreSQL's input function of a field's type does. Lengths and scales are not applied, for a parameter
/// has none. Errors: 22P02, 22003, 22007, 22008 and 22023, each naming the value or the type.
pub fn parse(text: &str, field: &Field) -> Result<ScalarValue, Error> {
    let sql_type = match field.data_type() {
        DataType::List(item) => {
            return array(
                elements(text)?.iter().map(|element| match element {
                    Some(element) => parse(element, item),
                    None => Ok(null(item)),
                }),
                item,
            );
        }
        DataType::Boolean => SqlType::Boolean,
        DataType::Int16 => SqlType::SmallInt,
        DataType::Int32 => SqlType::Integer,
        DataType::Int64 if field.metadata().get(TYPE_KEY).is_some_and(|name| name == "oid") => return oid(text),
        DataType::Int64 => SqlType::BigInt,
        DataType::Float32 => SqlType::Real,
        DataType::Float64 => SqlType::Double,
        DataType::Decimal128(..) => SqlType::Numeric(Some((38, scale_of(text)))),
        DataType::Binary => SqlType::Bytea,
        DataType::Date32 => SqlType::Date,
        DataType::Time64(_) => SqlType::Time,
        DataType::Timestamp(_, None) => SqlType::Timestamp,
        DataType::Timestamp(_, Some(_)) => SqlType::TimestampTz,
        DataType::Interval(_) => SqlType::Interval,
        _ => match field.metadata().get(TYPE_KEY).map_or("", String::as_str) {
            "uuid" => SqlType::Uuid,
            "json" => SqlType::Json,
            "jsonb" => SqlType::Jsonb,
            // Its blanks at the end never count.
            name if name.starts_with("character(") || name == "bpchar" => {
                return Ok(ScalarValue::from(text.trim_end_matches(' ')));
            }
            _ => return Ok(ScalarValue::from(text)),
        },
    };
    let parsed: ArrayRef = query::parse_texts(&StringArray::from(vec![text]), sql_type)?;
    ScalarValue::try_from_array(&parsed, 0).map_err(query::error)
}

/// An OID, which may be written as a negative number of 32 bits.
fn oid(text: &str) -> Result<ScalarValue, Error> {
    let number = text.trim().parse::<i64>();
    let number = number.map_err(|_| Error::new("22P02", format!("invalid input syntax for type oid: \"{text}\"")))?;
    let wrapped = if number < 0 { number + (1 << 32) } else { number };
    match (i64::from(i32::MIN)..1 << 32).contains(&number) {
        true => Ok(ScalarValue::Int64(Some(wrapped))),
        false => Err(Error::new("22003", format!("value \"{text}\" is out of range for type oid"))),
    }
}

/// An array of values of one type. Errors: the first that a value is.
pub fn array(
    values: impl Iterator<Item = Result<ScalarValue, Error>>,
    item: &Arc<Field>,
) -> Result<ScalarValue, Error> {
    let values = values.collect::<Result<Vec<_>, Error>>()?;
    // Numerics come with scales of their own; an array has one.
    let data_type = match item.data_type() {
        DataType::Decimal128(_, declared) => {
            let scales = values.iter().map(|value| match value {
                ScalarValue::Decimal128(Some(_), _, scale) => *scale,
                _ => 0,
            });
            let scale = scales.max().unwrap_or(0);
            // Without a declared scale there is one that such values are kept with, where they have room for it.
            let fits = |value: &ScalarValue| match value {
                ScalarValue::Decimal128(Some(value), _, scale) => {
                    let factor = 10i128.checked_pow(u32::from(declared.saturating_sub(*scale).max(0).unsigned_abs()));
                    factor.and_then(|factor| value.checked_mul(factor)).is_some_and(|value| value.abs() < DECIMAL_LIMIT)
                }
                _ => true,
            };
            let kept = if drops_zeros(item) && values.iter().all(fits) { scale.max(*declared) } else { scale };
            DataType::Decimal128(38, kept)
        }
        other => other.clone(),
    };
    let cast = |value: ScalarValue| match value.data_type() == data_type {
        true => Ok(value),
        false => value.cast_to(&data_type).map_err(query::error),
    };
    let values = values.into_iter().map(cast).collect::<Result<Vec<_>, Error>>()?;
    let elements = match values.is_empty() {
        true => new_empty_array(&data_type),
        false => ScalarValue::iter_to_array(values).map_err(query::error)?,
    };
    // What else is known of the type comes along: a plan that was made for the type wants it.
    let item = Field::clone(item).with_data_type(data_type).with_nullable(true);
    let offsets = OffsetBuffer::from_lengths([elements.len()]);
    Ok(ScalarValue::List(Arc::new(ListArray::new(Arc::new(item), offsets, elements, None))))
}

/// Whether a numeric has no declared scale, so that the zeros at the end of its fraction are not shown.
fn drops_zeros(field: &Field) -> bool {
    field.metadata().get(TYPE_KEY).is_some_and(|name| name == "numeric")
}

/// Values of one type as a column of a field's type. Errors: a value that does not fit.
pub fn column(values: Vec<ScalarValue>, field: &Field) -> Result<ArrayRef, Error> {
    let data_type = field.data_type();
    let cast = |value: ScalarValue| match value.data_type() == *data_type {
        true => Ok(value),
        false => value.cast_to(data_type).map_err(query::error),
    };
    let values = values.into_iter().map(cast).collect::<Result<Vec<_>, Error>>()?;
    ScalarValue::iter_to_array(values).map_err(query::error)
}

/// The digits after the point of a number as it is written.
fn scale_of(text: &str) -> i8 {
    let (mantissa, exponent) = match text.trim().split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().unwrap_or(0)),
        None => (text.trim(), 0),
    };
    let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i64);
    (fraction - exponent).clamp(0, 38) as i8
}

/// The elements of `{a,"b",NULL}`. Errors: 22P02; 0A000 for arrays of arrays.
fn elements(text: &str) -> Result<Vec<Option<String>>, Error> {
    let malformed = |detail: &str| {
        Error::new("22P02", format!("malformed array literal: \"{text}\"")).with_detail(detail.to_owned())
    };
    let trimmed = text.trim();
    let (trimmed, count) = match trimmed.split_once('=') {
        Some((dimensions, rest)) if dimensions.starts_with('[') => {
            let last = dimensions.trim_end().strip_prefix("[1:").and_then(|last| last.strip_suffix(']'));
            let Some(count) = last.and_then(|last| last.parse::<usize>().ok()) else {
                let message = format!("an array with dimensions {dimensions} is not supported");
                return Err(Error::unsupported(message, "Send one array of values that begins with element 1."));
            };
            (rest.trim_start(), Some(count))
        }
        _ => (trimmed, None),
    };
    let inner = trimmed
        .strip_prefix('{')
        .ok_or_else(|| malformed("Array value must start with \"{\" or dimension information."))?;
    let mut found = Vec::new();
    let mut characters = inner.chars().peekable();
    let mut ended = false;
    let mut wants_element = false;
    loop {
        while characters.peek().is_some_and(|c| c.is_whitespace()) {
            characters.next();
        }
        match characters.peek() {
            None => break,
            Some('}') if !wants_element => {
                characters.next();
                ended = true;
                break;
            }
            Some('{') => {
                return Err(Error::unsupported("arrays of arrays are not supported", "Send one array of values."));
            }
            Some(_) => {}
        }
        let (mut element, mut quoted) = (String::new(), false);
        let mut kept = 0;
        let mut after = None;
        while let Some(c) = characters.next() {
            match c {
                '"' => {
                    quoted = true;
                    loop {
                        match characters.next() {
                            None => return Err(malformed("Unexpected end of input.")),
                            Some('"') => break,
                            Some('\\') => element.extend(characters.next()),
                            Some(c) => element.push(c),
                        }
                    }
                    kept = element.len();
                }
                '\\' => {
                    element.extend(characters.next());
                    (quoted, kept) = (true, element.len());
                }
                ',' | '}' => {
                    after = Some(c);
                    break;
                }
                c => {
                    element.push(c);
                    if !c.is_whitespace() {
                        kept = element.len();
                    }
                }
            }
        }
        element.truncate(kept);
        if element.is_empty() && !quoted {
            return Err(malformed("Unexpected \",\" or \"}\" character."));
        }
        found.push(if !quoted && element.eq_ignore_ascii_case("null") { None } else { Some(element) });
        match after {
            Some(',') => wants_element = true,
            Some(_) => {
                ended = true;
                break;
            }
            None => return Err(malformed("Unexpected end of input.")),
        }
    }
    if count.is_some_and(|count| count != found.len()) {
        return Err(malformed("Specified array dimensions do not match array contents."));
    }
    match ended && characters.all(char::is_whitespace) {
        true => Ok(found),
        false => Err(malformed("Unexpected end of input or junk after the closing brace.")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, DataType, Field, elements, parse};
    use crate::display;

    #[test]
    fn array_texts_are_taken_apart() {
        let texts = |text: &str| elements(text).map_err(|error| error.sqlstate.clone());
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(texts("{}"), Ok(vec![]));
        assert_eq!(texts("[1:2]={1,2}"), Ok(vec![some("1"), some("2")]));
        assert_eq!(texts("[1:3]={1,2}"), Err("22P02".to_owned()));
        assert_eq!(texts("[0:1]={1,2}"), Err("0A000".to_owned()));
        assert_eq!(texts("{1, 2 ,NULL}"), Ok(vec![some("1"), some("2"), None]));
        assert_eq!(
            texts(r#"{"a,b","NULL","q\"\\", x y }"#),
            Ok(vec![some("a,b"), some("NULL"), some("q\"\\"), some("x y")])
        );
        for wrong in ["", "1", "{", "{1", "{1,}", "{,1}", "{1}x", "{\"a}"] {
            assert_eq!(texts(wrong), Err("22P02".to_owned()), "{wrong}");
        }
    }

    #[test]
    fn a_numeric_keeps_the_digits_it_was_written_with() {
        let field = Field::new("", DataType::Decimal128(38, 10), true);
        let shown = |text: &str| {
            let value = parse(text, &field).expect("a number");
            display::text(&value.to_array().expect("one value"), 0)
        };
        assert_eq!(shown("1.50").as_deref(), Some("1.50"));
        assert_eq!(shown("1e-12").as_deref(), Some("0.000000000001"));
        let list =
            Field::new("", DataType::List(Arc::new(Field::new("item", DataType::Decimal128(38, 10), true))), true);
        let value = parse("{1,2.25,NULL}", &list).expect("numbers");
        assert_eq!(display::text(&value.to_array().expect("one value"), 0).as_deref(), Some("{1.00,2.25,NULL}"));
    }
}
