//! What a server tells of itself and of values as it keeps them, and identifiers that are new each time.

use std::sync::{Arc, LazyLock};
use std::time::{SystemTime, UNIX_EPOCH};

use datafusion::arrow::array::{
    Array, ArrayRef, Int16Array, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Volatility;

use super::call::Call;
use super::entry::{Entry, Form, Kind, int2, int4, int8, timestamptz, told, uuid};
use crate::display::text_as;
use crate::error::Error;

pub(super) const FUNCTIONS: &[Entry] = &[
    Entry {
        name: "uuidv7",
        volatility: Volatility::Volatile,
        forms: &[Form::new(&[], uuid, |call| {
            let ids = (0..call.rows).map(|_| Some(ordered_uuid().to_string()));
            Ok(Arc::new(StringArray::from_iter(ids)))
        })],
    },
    Entry::new(
        "uuid_extract_version",
        &[Form::new(&[Kind::Text], int2, |call| {
            let versions =
                call.each_or_null(|row| Ok(known(call.text(0, row))?.map(|id| id.get_version_num() as i16)))?;
            Ok(Arc::new(Int16Array::from(versions)))
        })],
    ),
    Entry::new("uuid_extract_timestamp", &[Form::new(&[Kind::Text], timestamptz, uuid_time)]),
    Entry {
        name: "pg_postmaster_start_time",
        volatility: Volatility::Stable,
        forms: &[Form::new(&[], timestamptz, start_time)],
    },
    Entry {
        name: "pg_conf_load_time",
        volatility: Volatility::Stable,
        forms: &[Form::new(&[], timestamptz, start_time)],
    },
    Entry {
        name: "pg_client_encoding",
        volatility: Volatility::Stable,
        forms: &[Form::new(&[], name, |call| Ok(Arc::new(StringArray::from(vec!["UTF8"; call.rows]))))],
    },
    Entry::new(
        "pg_size_bytes",
        &[Form::new(&[Kind::Text], int8, |call| {
            Ok(Arc::new(Int64Array::from(call.each(|row| bytes_in(call.text(0, row)))?)))
        })],
    ),
    Entry { name: "pg_column_size", volatility: Volatility::Stable, forms: &[Form::new(&[Kind::Any], int4, sizes)] },
];

fn name(_: &[FieldRef], _: &[Option<&ScalarValue>]) -> Result<Field, Error> {
    Ok(told(DataType::Utf8, "name"))
}

/// A UUID of version 7: milliseconds, a finer part of them, and a random rest.
fn ordered_uuid() -> uuid::Uuid {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let fraction = (u64::from(since.subsec_nanos() % 1_000_000) * 4096 / 1_000_000) as u128;
    let random = uuid::Uuid::new_v4().as_u128() & ((1 << 62) - 1);
    uuid::Uuid::from_u128(since.as_millis() << 80 | 7 << 76 | fraction << 64 | 2 << 62 | random)
}

/// A UUID of the variant that has versions; `None` for one of another. Errors: 22P02.
fn known(text: &str) -> Result<Option<uuid::Uuid>, Error> {
    let id = uuid::Uuid::parse_str(text.trim())
        .map_err(|_| Error::new("22P02", format!("invalid input syntax for type uuid: \"{text}\"")))?;
    Ok(Some(id).filter(|id| id.get_variant() == uuid::Variant::RFC4122))
}

/// When a UUID of version 1 or 7 was made.
fn uuid_time(call: &Call) -> Result<ArrayRef, Error> {
    // The first counts tenths of microseconds since the Gregorian calendar.
    const GREGORIAN_TO_UNIX: i128 = 0x01b2_1dd2_1381_4000;
    let times = call.each_or_null(|row| {
        let Some(id) = known(call.text(0, row))? else { return Ok(None) };
        let bits = id.as_u128();
        Ok(match id.get_version_num() {
            7 => Some((bits >> 80) as i64 * 1000),
            1 => {
                let ticks = (bits >> 96) | ((bits >> 80) & 0xffff) << 32 | ((bits >> 64) & 0xfff) << 48;
                Some(((ticks as i128 - GREGORIAN_TO_UNIX) / 10) as i64)
            }
            _ => None,
        })
    })?;
    Ok(Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC")))
}

static STARTED: LazyLock<i64> = LazyLock::new(|| {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
});

/// The first session begins, if it does.
pub(in crate::query) fn started() {
    LazyLock::force(&STARTED);
}

/// When the first session began.
fn start_time(call: &Call) -> Result<ArrayRef, Error> {
    Ok(Arc::new(TimestampMicrosecondArray::from(vec![*STARTED; call.rows]).with_timezone("UTC")))
}

/// `1.5 MB` in bytes. Errors: 22023.
fn bytes_in(text: &str) -> Result<i64, Error> {
    let invalid = || Error::new("22023", format!("invalid size: \"{text}\""));
    let trimmed = text.trim();
    let end = trimmed.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(end);
    let number: f64 = number.parse().map_err(|_| invalid())?;
    let factor = match unit.trim().to_lowercase().as_str() {
        "" | "b" | "bytes" => 0,
        "kb" => 10,
        "mb" => 20,
        "gb" => 30,
        "tb" => 40,
        "pb" => 50,
        _ => {
            return Err(invalid()
                .with_detail(format!("Invalid size unit: \"{}\".", unit.trim()))
                .with_hint("Valid units are \"bytes\", \"B\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\"."));
        }
    };
    Ok((number * (1_i64 << factor) as f64).round() as i64)
}

/// The bytes of a value: those of its type, or of its text.
fn sizes(call: &Call) -> Result<ArrayRef, Error> {
    let array = &call.arrays[0];
    let size = |row: usize| match array.data_type() {
        DataType::Boolean => 1,
        fixed => {
            fixed.primitive_width().unwrap_or_else(|| text_as(&call.fields[0], array, row).map_or(0, |text| text.len()))
        }
    };
    Ok(Arc::new(Int32Array::from(call.each(|row| Ok(size(row) as i32))?)))
}
