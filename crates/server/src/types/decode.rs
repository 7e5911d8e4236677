//! Parameters as they come, in text and in binary.

use std::sync::Arc;

use arrow::array::types::IntervalMonthDayNano;
use arrow::datatypes::{DataType, Field};
use bowline::display::TYPE_KEY;
use bowline::{Error, ScalarValue, value};

use super::encode::Format;
use super::{numeric, type_of};

/// From 1970-01-01 to 2000-01-01, from which PostgreSQL counts.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROSECONDS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// The value of a parameter of a field's type; `None` is NULL.
///
/// Errors: those of the type's input function; 22P03 for bytes the type does not have; 22021 for text that is not UTF-8.
pub fn parameter(bytes: Option<&[u8]>, format: Format, field: &Field) -> Result<ScalarValue, Error> {
    let Some(bytes) = bytes else { return Ok(value::null(field)) };
    match format {
        Format::Text => parse(utf8(bytes)?, field),
        Format::Binary => binary(bytes, field),
    }
}

fn parse(text: &str, field: &Field) -> Result<ScalarValue, Error> {
    // What most parameters are, without the detour over arrays.
    match field.data_type() {
        DataType::Int32 => text.parse().map_or_else(|_| value::parse(text, field), |n| Ok(ScalarValue::Int32(Some(n)))),
        DataType::Int64 => text.parse().map_or_else(|_| value::parse(text, field), |n| Ok(ScalarValue::Int64(Some(n)))),
        _ => value::parse(text, field),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Error> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let byte = bytes[error.valid_up_to()];
        Error::new("22021", format!("invalid byte sequence for encoding \"UTF8\": 0x{byte:02x}"))
    })?;
    match text.contains('\0') {
        false => Ok(text),
        true => Err(Error::new("22021", "invalid byte sequence for encoding \"UTF8\": 0x00")),
    }
}

fn wrong(field: &Field) -> Error {
    Error::new("22P03", format!("incorrect binary data format in a parameter of type {}", type_of(field).name()))
}

fn exactly<const N: usize>(bytes: &[u8], field: &Field) -> Result<[u8; N], Error> {
    bytes.try_into().map_err(|_| wrong(field))
}

/// A value in binary.
pub fn binary(bytes: &[u8], field: &Field) -> Result<ScalarValue, Error> {
    let name = field.metadata().get(TYPE_KEY).map_or("", String::as_str);
    Ok(match field.data_type() {
        DataType::Boolean => ScalarValue::Boolean(Some(exactly::<1>(bytes, field)?[0] != 0)),
        DataType::Int16 => ScalarValue::Int16(Some(i16::from_be_bytes(exactly(bytes, field)?))),
        DataType::Int32 => ScalarValue::Int32(Some(i32::from_be_bytes(exactly(bytes, field)?))),
        DataType::Int64 if name == "oid" || name.starts_with("reg") => {
            ScalarValue::Int64(Some(u32::from_be_bytes(exactly(bytes, field)?).into()))
        }
        DataType::Int64 => ScalarValue::Int64(Some(i64::from_be_bytes(exactly(bytes, field)?))),
        DataType::Float32 => ScalarValue::Float32(Some(f32::from_be_bytes(exactly(bytes, field)?))),
        DataType::Float64 => ScalarValue::Float64(Some(f64::from_be_bytes(exactly(bytes, field)?))),
        DataType::Decimal128(..) => {
            let (value, scale) = numeric::take(bytes)?;
            ScalarValue::Decimal128(Some(value), 38, scale)
        }
        DataType::Binary => ScalarValue::Binary(Some(bytes.to_vec())),
        DataType::Date32 => {
            let days = i32::from_be_bytes(exactly(bytes, field)?);
            if matches!(days, i32::MIN | i32::MAX) {
                return Err(no_infinity("date"));
            }
            let days = days.checked_add(EPOCH_DAYS);
            ScalarValue::Date32(Some(days.ok_or_else(|| out_of_range("date"))?))
        }
        DataType::Time64(_) => ScalarValue::Time64Microsecond(Some(i64::from_be_bytes(exactly(bytes, field)?))),
        DataType::Timestamp(_, zone) => {
            let microseconds = i64::from_be_bytes(exactly(bytes, field)?);
            if matches!(microseconds, i64::MIN | i64::MAX) {
                return Err(no_infinity(type_of(field).name()));
            }
            let microseconds = microseconds.checked_add(EPOCH_MICROSECONDS);
            ScalarValue::TimestampMicrosecond(
                Some(microseconds.ok_or_else(|| out_of_range("timestamp"))?),
                zone.clone(),
            )
        }
        DataType::Interval(_) => {
            let parts: [u8; 16] = exactly(bytes, field)?;
            let microseconds = i64::from_be_bytes(parts[..8].try_into().expect("eight bytes"));
            let days = i32::from_be_bytes(parts[8..12].try_into().expect("four bytes"));
            let months = i32::from_be_bytes(parts[12..].try_into().expect("four bytes"));
            if matches!((months, days, microseconds), (i32::MAX, i32::MAX, i64::MAX) | (i32::MIN, i32::MIN, i64::MIN)) {
                return Err(no_infinity("interval"));
            }
            let nanoseconds = microseconds.checked_mul(1000).ok_or_else(|| out_of_range("interval"))?;
            ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(months, days, nanoseconds)))
        }
        DataType::List(item) => list(bytes, field, item)?,
        _ if name == "uuid" => {
            let bytes: [u8; 16] = exactly(bytes, field)?;
            let mut text = String::with_capacity(36);
            for (at, byte) in bytes.iter().enumerate() {
                if matches!(at, 4 | 6 | 8 | 10) {
                    text.push('-');
                }
                text.push_str(&format!("{byte:02x}"));
            }
            ScalarValue::from(text)
        }
        _ if name == "jsonb" => match bytes.split_first() {
            Some((1, text)) => value::parse(utf8(text)?, field)?,
            _ => return Err(wrong(field)),
        },
        _ => value::parse(utf8(bytes)?, field)?,
    })
}

/// dimensions │ has NULLs │ element type │ length │ lower bound │ elements, each with its length
fn list(bytes: &[u8], field: &Field, item: &Arc<Field>) -> Result<ScalarValue, Error> {
    let mut rest = bytes;
    let (dimensions, _) = (word(&mut rest, field)?, word(&mut rest, field)?);
    let element = word(&mut rest, field)? as u32;
    match dimensions {
        0 => return value::array(std::iter::empty(), item),
        1 => {}
        _ => return Err(Error::unsupported("arrays of arrays are not supported", "Send one array of values.")),
    }
    let expected = type_of(item).oid();
    // Text goes for any kind of text.
    let is_text = |oid: u32| matches!(oid, 25 | 1043 | 1042 | 19 | 705);
    if element != expected && !(is_text(element) && is_text(expected)) {
        return Err(Error::new("42804", "wrong element type in an array parameter")
            .with_detail(format!("It has elements of OID {element}, wanted is {expected}.")));
    }
    let (count, _) = (word(&mut rest, field)?, word(&mut rest, field)?);
    let mut values = Vec::new();
    for _ in 0..count {
        values.push(match word(&mut rest, field)? {
            -1 => Ok(value::null(item)),
            length => {
                let length = usize::try_from(length).map_err(|_| wrong(field))?;
                let (bytes, after) = rest.split_at_checked(length).ok_or_else(|| wrong(field))?;
                rest = after;
                binary(bytes, item)
            }
        });
    }
    value::array(values.into_iter(), item)
}

fn word(rest: &mut &[u8], field: &Field) -> Result<i32, Error> {
    let (word, after) = rest.split_first_chunk::<4>().ok_or_else(|| wrong(field))?;
    *rest = after;
    Ok(i32::from_be_bytes(*word))
}

/// The ends of a range stand for infinity.
fn no_infinity(type_name: &str) -> Error {
    Error::unsupported(
        format!("infinity is not supported as {type_name}"),
        "Use NULL, or a value that no other reaches.",
    )
}

fn out_of_range(type_name: &str) -> Error {
    Error::new("22008", format!("{type_name} out of range"))
}
