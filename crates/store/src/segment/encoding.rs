//! How values of each SQL type are kept in a Parquet column.
//!
//! The Arrow schema kept in the file's metadata brings every type back as it was. One type has no Parquet form:
//! INTERVAL becomes 16 bytes (months i32, days i32, nanoseconds i64, little-endian).

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryBuilder, IntervalMonthDayNanoArray, PrimitiveArray};
use arrow::compute::{max, min};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Field, Int16Type, Int32Type, Int64Type, IntervalMonthDayNano,
    IntervalMonthDayNanoType, IntervalUnit, Schema,
};
use arrow::error::ArrowError;
use bowline_core::catalog::SqlType;

const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);
const INTERVAL_BYTES: i32 = 16;

/// The schema of the file for rows of a schema.
pub(super) fn file_schema(schema: &Schema) -> Schema {
    let field = |field: &Arc<Field>| match *field.data_type() == INTERVAL {
        true => Arc::new(field.as_ref().clone().with_data_type(DataType::FixedSizeBinary(INTERVAL_BYTES))),
        false => field.clone(),
    };
    Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>())
}

/// An array as it goes into the file.
pub(super) fn to_file(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    if *array.data_type() != INTERVAL {
        return Ok(array.clone());
    }
    let mut builder = FixedSizeBinaryBuilder::with_capacity(array.len(), INTERVAL_BYTES);
    for value in array.as_primitive::<IntervalMonthDayNanoType>() {
        let Some(value) = value else {
            builder.append_null();
            continue;
        };
        let mut bytes = [0; INTERVAL_BYTES as usize];
        bytes[0..4].copy_from_slice(&value.months.to_le_bytes());
        bytes[4..8].copy_from_slice(&value.days.to_le_bytes());
        bytes[8..16].copy_from_slice(&value.nanoseconds.to_le_bytes());
        builder.append_value(bytes)?;
    }
    Ok(Arc::new(builder.finish()))
}

/// An array as it came from the file, brought back to its SQL type. Errors: what is wrong, as a phrase.
pub(super) fn from_file(array: ArrayRef, sql_type: &SqlType) -> Result<ArrayRef, String> {
    let expected = sql_type.arrow();
    if *array.data_type() == expected {
        return Ok(array);
    }
    if expected != INTERVAL || *array.data_type() != DataType::FixedSizeBinary(INTERVAL_BYTES) {
        return Err(format!("it has values of type {} instead of {expected}", array.data_type()));
    }
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    let interval = |bytes: &[u8]| {
        let (months, days) = (number(&bytes[0..4]) as u32 as i32, number(&bytes[4..8]) as u32 as i32);
        IntervalMonthDayNano::new(months, days, number(&bytes[8..16]) as i64)
    };
    let values = array.as_fixed_size_binary().iter().map(|value| value.map(interval));
    Ok(Arc::new(values.collect::<IntervalMonthDayNanoArray>()))
}

/// Smallest and largest value of an integer array; none for other types, or if all values are NULL.
pub(super) fn integer_range(array: &dyn Array) -> Option<(i64, i64)> {
    fn range<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>) -> Option<(i64, i64)>
    where
        T::Native: Into<i64> + arrow::datatypes::ArrowNativeTypeOp,
    {
        Some((min(array)?.into(), max(array)?.into()))
    }
    match array.data_type() {
        DataType::Int16 => range(array.as_primitive::<Int16Type>()),
        DataType::Int32 => range(array.as_primitive::<Int32Type>()),
        DataType::Int64 => range(array.as_primitive::<Int64Type>()),
        _ => None,
    }
}

/// The range of both.
pub(super) fn wider(a: Option<(i64, i64)>, b: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    }
}
