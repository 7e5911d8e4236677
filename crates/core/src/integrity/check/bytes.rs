//! Key values of any types as byte strings: two rows hold the same key exactly when their bytes are the same.
//!
//! ```text
//!   (7, 'ab', NULL)  ──▶  1 07000000 00000000 │ 1 02000000 00000000 61 62 │ 0
//! ```
//!
//! Integers of any width become 64 bits, numerics a mantissa without trailing zeros and its scale, dates and timestamps
//! microseconds, floats one bit pattern per value.

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, StringArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNanoType, Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
};
use arrow::error::ArrowError;

use super::chunks::Chunk;
use crate::catalog::SqlType;

/// Microseconds of a day.
const DAY: i128 = 86_400_000_000;

/// How the values of two paired columns are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Integers, booleans and times: 64 bits.
    Word,
    /// Integers and numerics, exactly.
    Decimal,
    /// Where either side is a floating point number.
    Float,
    /// Dates and timestamps.
    Instant,
    /// Months, days and nanoseconds.
    Interval,
    /// Text and bytes.
    Bytes,
    /// Text beside CHAR(n): blanks at its end do not count.
    Padded,
}

/// The key columns of a chunk, ready to be written as bytes.
pub(super) struct KeyRows {
    cells: Vec<(Cells, Option<NullBuffer>)>,
}

enum Cells {
    Words(Vec<i64>),
    /// Mantissa and scale.
    Wide(Vec<(i128, i8)>),
    Text(StringArray),
    Binary(BinaryArray),
}

/// How columns of types `left` are compared with columns of types `right`, pair by pair.
pub(super) fn forms(left: &[SqlType], right: &[SqlType]) -> Vec<Form> {
    assert_eq!(left.len(), right.len(), "keys were believed to be paired");
    left.iter().zip(right).map(|(left, right)| form(left, right)).collect()
}

fn form(left: &SqlType, right: &SqlType) -> Form {
    let either = |is: fn(&SqlType) -> bool| is(left) || is(right);
    match left {
        SqlType::Boolean | SqlType::Time => Form::Word,
        SqlType::Interval => Form::Interval,
        SqlType::Date | SqlType::Timestamp | SqlType::TimestampTz => Form::Instant,
        _ if either(|sql_type| matches!(sql_type, SqlType::Real | SqlType::Double)) => Form::Float,
        _ if either(|sql_type| matches!(sql_type, SqlType::Numeric(_))) => Form::Decimal,
        _ if either(SqlType::is_integer) => Form::Word,
        _ if matches!(right, SqlType::Char(_)) => Form::Padded,
        _ => Form::Bytes,
    }
}

impl KeyRows {
    /// The columns of a chunk in these forms. Errors: a column has an Arrow type that its SQL type cannot have.
    pub(super) fn new(chunk: &Chunk, forms: &[Form]) -> Result<KeyRows, ArrowError> {
        let read = |(column, form): (&ArrayRef, &Form)| {
            let nulls = column.logical_nulls().filter(|nulls| nulls.null_count() > 0);
            Ok((cells(column, *form)?, nulls))
        };
        Ok(KeyRows { cells: chunk.columns.iter().zip(forms).map(read).collect::<Result<_, ArrowError>>()? })
    }

    /// Whether a column of a row is NULL.
    pub(super) fn is_null(&self, position: usize, column: usize) -> bool {
        self.cells[column].1.as_ref().is_some_and(|nulls| nulls.is_null(position))
    }

    /// Which columns of a row are NULL, column by column.
    pub(super) fn nulls(&self, position: usize) -> impl Iterator<Item = bool> {
        (0..self.cells.len()).map(move |column| self.is_null(position, column))
    }

    /// Adds the bytes of a row, of the columns that `wanted` admits.
    pub(super) fn write(&self, position: usize, wanted: impl Fn(usize) -> bool, out: &mut Vec<u8>) {
        for (column, (cells, _)) in self.cells.iter().enumerate().filter(|(column, _)| wanted(*column)) {
            if self.is_null(position, column) {
                out.push(0);
                continue;
            }
            out.push(1);
            match cells {
                Cells::Words(words) => out.extend_from_slice(&words[position].to_le_bytes()),
                Cells::Wide(wide) => {
                    let (mantissa, scale) = wide[position];
                    out.extend_from_slice(&mantissa.to_le_bytes());
                    out.extend_from_slice(&scale.to_le_bytes());
                }
                Cells::Text(text) => write_bytes(text.value(position).as_bytes(), out),
                Cells::Binary(binary) => write_bytes(binary.value(position), out),
            }
        }
    }
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn cells(column: &ArrayRef, form: Form) -> Result<Cells, ArrowError> {
    let wrong = || ArrowError::CastError(format!("a key column was read as {}", column.data_type()));
    Ok(match form {
        Form::Word => Cells::Words(words(column).ok_or_else(wrong)?),
        Form::Float => Cells::Words(floats(column).ok_or_else(wrong)?),
        Form::Decimal => Cells::Wide(decimals(column).ok_or_else(wrong)?),
        Form::Instant => Cells::Wide(instants(column).ok_or_else(wrong)?),
        Form::Interval => {
            let intervals = column.as_primitive_opt::<IntervalMonthDayNanoType>().ok_or_else(wrong)?;
            let wide = |interval: &<IntervalMonthDayNanoType as ArrowPrimitiveType>::Native| {
                let days = i128::from(interval.months) << 32 | i128::from(interval.days as u32);
                (days << 64 | i128::from(interval.nanoseconds as u64), 0)
            };
            Cells::Wide(intervals.values().iter().map(wide).collect())
        }
        Form::Padded => {
            let texts = column.as_string_opt::<i32>().ok_or_else(wrong)?;
            let bare = texts.iter().map(|text| text.unwrap_or_default().trim_end_matches(' '));
            Cells::Text(StringArray::from_iter_values(bare))
        }
        Form::Bytes => match column.data_type() {
            DataType::Utf8 => Cells::Text(column.as_string::<i32>().clone()),
            DataType::Binary => Cells::Binary(column.as_binary::<i32>().clone()),
            _ => return Err(wrong()),
        },
    })
}

fn words(column: &ArrayRef) -> Option<Vec<i64>> {
    Some(match column.data_type() {
        DataType::Boolean => column.as_boolean().values().iter().map(i64::from).collect(),
        DataType::Int16 => each::<Int16Type, _>(column, i64::from),
        DataType::Int32 => each::<Int32Type, _>(column, i64::from),
        DataType::Int64 => each::<Int64Type, _>(column, |value| value),
        DataType::Time64(TimeUnit::Microsecond) => each::<Time64MicrosecondType, _>(column, |value| value),
        _ => return None,
    })
}

/// One bit pattern for each value: the two zeros are equal, and so is every NaN to every other.
fn floats(column: &ArrayRef) -> Option<Vec<i64>> {
    let bits = |value: f64| {
        let value = if value.is_nan() { f64::NAN } else { value };
        (if value == 0.0 { 0.0_f64 } else { value }).to_bits() as i64
    };
    Some(match column.data_type() {
        DataType::Float32 => each::<Float32Type, _>(column, |value| bits(f64::from(value))),
        DataType::Float64 => each::<Float64Type, _>(column, bits),
        DataType::Decimal128(_, scale) => {
            let unit = 10_f64.powi(i32::from(*scale));
            each::<Decimal128Type, _>(column, |value| bits(value as f64 / unit))
        }
        _ => words(column)?.into_iter().map(|value| bits(value as f64)).collect(),
    })
}

/// Mantissas without trailing zeros: 1.50 and 1.5 are one value whatever the scale of their column.
fn decimals(column: &ArrayRef) -> Option<Vec<(i128, i8)>> {
    let shortest = |mut mantissa: i128, mut scale: i8| {
        if mantissa == 0 {
            return (0, 0);
        }
        while mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        (mantissa, scale)
    };
    Some(match column.data_type() {
        DataType::Decimal128(_, scale) => each::<Decimal128Type, _>(column, |value| shortest(value, *scale)),
        _ => words(column)?.into_iter().map(|value| shortest(i128::from(value), 0)).collect(),
    })
}

/// Microseconds since 1970; a date is its midnight.
fn instants(column: &ArrayRef) -> Option<Vec<(i128, i8)>> {
    Some(match column.data_type() {
        DataType::Date32 => each::<Date32Type, _>(column, |days| (i128::from(days) * DAY, 0)),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            each::<TimestampMicrosecondType, _>(column, |micros| (i128::from(micros), 0))
        }
        _ => return None,
    })
}

/// Every value of a primitive column; those of NULLs mean nothing.
fn each<T: ArrowPrimitiveType, R>(column: &ArrayRef, of: impl Fn(T::Native) -> R) -> Vec<R> {
    column.as_primitive::<T>().values().iter().map(|value| of(*value)).collect()
}
