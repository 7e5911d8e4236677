//! Parameters as they come, in text and in binary.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::types::IntervalMonthDayNano;
use arrow::datatypes::{DataType, Field};
use bowline::display::TYPE_KEY;
use bowline::{Error, ScalarValue, value};
use pgwire::api::Type;

use super::encode::Format;
use super::{numeric, type_of};
use crate::wire::reader::not_utf8;

/// From 1970-01-01 to 2000-01-01, from which PostgreSQL counts.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROSECONDS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// The most dimensions and elements that an array of PostgreSQL's has.
const DIMENSIONS_MAX: i32 = 6;
const ELEMENTS_MAX: i32 = (1 << 27) - 1;
/// A name of PostgreSQL's is shorter.
const NAME_BYTES: usize = 64;
/// The days and microseconds of PostgreSQL's dates and timestamps, counted as it counts them.
const DAYS: Range<i32> = -2_451_545..2_145_031_949;
const MICROSECONDS: Range<i64> = -211_813_488_000_000_000..9_223_371_331_200_000_000;
const MICROSECONDS_OF_DAY: Range<i64> = 0..86_400_000_000;

/// What is said of bytes that are too many for a type.
const INCORRECT: &str = "incorrect binary data format";

/// The value of a parameter of a field's type; `None` is NULL. `number`: which parameter it is, counted from 1.
///
/// Errors: those of the type's input function; 08P01 for too few bytes, 22P03 for others that the type does not have; 22021 for
/// text that is not UTF-8.
pub fn parameter(number: usize, bytes: Option<&[u8]>, format: Format, field: &Field) -> Result<ScalarValue, Error> {
    let Some(bytes) = bytes else { return Ok(value::null(field)) };
    match format {
        Format::Text => parse(utf8(bytes)?, field),
        Format::Binary => binary(bytes, field).map_err(|mut error| {
            if error.message == INCORRECT {
                error.message = format!("{INCORRECT} in bind parameter {number}");
            }
            error
        }),
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
    let text =
        std::str::from_utf8(bytes).map_err(|error| Error::new("22021", not_utf8(&bytes[error.valid_up_to()..])))?;
    match text.contains('\0') {
        false => Ok(text),
        true => Err(Error::new("22021", "invalid byte sequence for encoding \"UTF8\": 0x00")),
    }
}

fn incorrect() -> Error {
    Error::new("22P03", INCORRECT)
}

fn too_few() -> Error {
    Error::new("08P01", "insufficient data left in message")
}

fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Error> {
    bytes.try_into().map_err(|_| if bytes.len() < N { too_few() } else { incorrect() })
}

/// A value in binary.
pub fn binary(bytes: &[u8], field: &Field) -> Result<ScalarValue, Error> {
    let name = field.metadata().get(TYPE_KEY).map_or("", String::as_str);
    Ok(match field.data_type() {
        DataType::Boolean => ScalarValue::Boolean(Some(exactly::<1>(bytes)?[0] != 0)),
        DataType::Int16 => ScalarValue::Int16(Some(i16::from_be_bytes(exactly(bytes)?))),
        DataType::Int32 => ScalarValue::Int32(Some(i32::from_be_bytes(exactly(bytes)?))),
        DataType::Int64 if matches!(name, "oid" | "xid" | "cid") || name.starts_with("reg") => {
            ScalarValue::Int64(Some(u32::from_be_bytes(exactly(bytes)?).into()))
        }
        DataType::Int64 => ScalarValue::Int64(Some(i64::from_be_bytes(exactly(bytes)?))),
        DataType::Float32 => ScalarValue::Float32(Some(f32::from_be_bytes(exactly(bytes)?))),
        DataType::Float64 => ScalarValue::Float64(Some(f64::from_be_bytes(exactly(bytes)?))),
        DataType::Decimal128(..) => {
            let (value, scale) = numeric::take(bytes)?;
            ScalarValue::Decimal128(Some(value), 38, scale)
        }
        DataType::Binary => ScalarValue::Binary(Some(bytes.to_vec())),
        DataType::Date32 => {
            let days = i32::from_be_bytes(exactly(bytes)?);
            if matches!(days, i32::MIN | i32::MAX) {
                return Err(no_infinity("date"));
            }
            let days = days.checked_add(EPOCH_DAYS).filter(|_| DAYS.contains(&days));
            ScalarValue::Date32(Some(days.ok_or_else(|| out_of_range("date"))?))
        }
        DataType::Time64(_) => {
            let microseconds = i64::from_be_bytes(exactly(bytes)?);
            let is_of_day = MICROSECONDS_OF_DAY.contains(&microseconds);
            ScalarValue::Time64Microsecond(Some(is_of_day.then_some(microseconds).ok_or_else(|| out_of_range("time"))?))
        }
        DataType::Timestamp(_, zone) => {
            let microseconds = i64::from_be_bytes(exactly(bytes)?);
            if matches!(microseconds, i64::MIN | i64::MAX) {
                return Err(no_infinity(type_of(field).name()));
            }
            let after = microseconds.checked_add(EPOCH_MICROSECONDS);
            let microseconds = after.filter(|_| MICROSECONDS.contains(&microseconds));
            ScalarValue::TimestampMicrosecond(
                Some(microseconds.ok_or_else(|| out_of_range("timestamp"))?),
                zone.clone(),
            )
        }
        DataType::Interval(_) => {
            let parts: [u8; 16] = exactly(bytes)?;
            let microseconds = i64::from_be_bytes(parts[..8].try_into().expect("eight bytes"));
            let days = i32::from_be_bytes(parts[8..12].try_into().expect("four bytes"));
            let months = i32::from_be_bytes(parts[12..].try_into().expect("four bytes"));
            if matches!((months, days, microseconds), (i32::MAX, i32::MAX, i64::MAX) | (i32::MIN, i32::MIN, i64::MIN)) {
                return Err(no_infinity("interval"));
            }
            let nanoseconds = microseconds.checked_mul(1000).ok_or_else(|| out_of_range("interval"))?;
            ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(months, days, nanoseconds)))
        }
        DataType::List(item) => list(bytes, item)?,
        _ if name == "uuid" => {
            let bytes: [u8; 16] = exactly(bytes)?;
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
            Some((version, _)) => {
                return Err(Error::new("22P03", format!("unsupported jsonb version number {version}")));
            }
            None => return Err(too_few()),
        },
        // One byte; none is a zero.
        _ if name == "\"char\"" => match exactly::<1>(bytes)? {
            [0] => ScalarValue::from(""),
            byte => ScalarValue::from(utf8(&byte)?),
        },
        _ if name == "name" && bytes.len() >= NAME_BYTES => {
            return Err(Error::new("42622", "identifier too long")
                .with_detail(format!("Identifier must be less than {NAME_BYTES} characters.")));
        }
        // A number says what a name would.
        _ if name.starts_with("reg") => ScalarValue::from(u32::from_be_bytes(exactly(bytes)?).to_string()),
        _ => value::parse(utf8(bytes)?, field)?,
    })
}

/// dimensions │ has NULLs │ element type │ length │ lower bound │ elements, each with its length
fn list(bytes: &[u8], item: &Arc<Field>) -> Result<ScalarValue, Error> {
    let mut rest = bytes;
    let (dimensions, flags) = (word(&mut rest)?, word(&mut rest)?);
    let element = word(&mut rest)? as u32;
    match dimensions {
        0 | 1 => {}
        2..=DIMENSIONS_MAX => {
            return Err(Error::unsupported("arrays of arrays are not supported", "Send one array of values."));
        }
        ..0 => return Err(Error::new("22P03", format!("invalid number of dimensions: {dimensions}"))),
        _ => {
            let message =
                format!("number of array dimensions ({dimensions}) exceeds the maximum allowed ({DIMENSIONS_MAX})");
            return Err(Error::new("54000", message));
        }
    }
    if !matches!(flags, 0 | 1) {
        return Err(Error::new("22P03", "invalid array flags"));
    }
    let expected = type_of(item).oid();
    // Text goes for any kind of text.
    let is_text = |oid: u32| matches!(oid, 25 | 1043 | 1042 | 19 | 705);
    if element != expected && !(is_text(element) && is_text(expected)) {
        let name = |oid: u32| Type::from_oid(oid).map_or_else(|| "???".to_owned(), |known| known.name().to_owned());
        let message = format!(
            "binary data has array element type {element} ({}) instead of expected {expected} ({})",
            name(element),
            name(expected)
        );
        return Err(Error::new("42804", message));
    }
    let (count, first) = if dimensions == 0 { (0, 1) } else { (word(&mut rest)?, word(&mut rest)?) };
    if !(0..=ELEMENTS_MAX).contains(&count) {
        return Err(Error::new("54000", format!("array size exceeds the maximum allowed ({ELEMENTS_MAX})")));
    }
    if count > 0 && first != 1 {
        return Err(Error::unsupported(
            format!("an array that begins with element {first} is not supported"),
            "Send one that begins with element 1.",
        ));
    }
    let mut values = Vec::new();
    for _ in 0..count {
        values.push(match word(&mut rest)? {
            -1 => Ok(value::null(item)),
            length => {
                let length = usize::try_from(length).map_err(|_| too_few())?;
                let (bytes, after) = rest.split_at_checked(length).ok_or_else(too_few)?;
                rest = after;
                binary(bytes, item)
            }
        });
    }
    match rest {
        [] => value::array(values.into_iter(), item),
        _ => Err(incorrect()),
    }
}

fn word(rest: &mut &[u8]) -> Result<i32, Error> {
    let (word, after) = rest.split_first_chunk::<4>().ok_or_else(too_few)?;
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
