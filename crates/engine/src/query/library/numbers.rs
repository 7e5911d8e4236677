//! Functions of numerics, and of numbers that are rounded: a numeric is rounded half away from zero, a float half to even.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, i256};
use datafusion::common::ScalarValue;

use super::call::{Call, Number};
use super::entry::{Entry, Form, Kind, float8, int4, int8, told};
use crate::error::Error;

/// The digits of a numeric that is not a quotient.
const DIGITS: u8 = 38;
/// The digits of one that is, or is computed with one.
const DIGITS_WIDE: u8 = 76;

pub(super) const FUNCTIONS: &[Entry] = &[
    Entry::new(
        "ceil",
        &[
            Form::new(&[Kind::Numeric], whole, |call| towards(call, i256::ONE)),
            Form::new(&[Kind::Float8], float8, |call| floats(call, f64::ceil)),
        ],
    ),
    Entry::new(
        "floor",
        &[
            Form::new(&[Kind::Numeric], whole, |call| towards(call, i256::MINUS_ONE)),
            Form::new(&[Kind::Float8], float8, |call| floats(call, f64::floor)),
        ],
    ),
    Entry::new(
        "round",
        &[
            Form::new(&[Kind::Numeric], whole, |call| each(call, |number, scale| number.rounded(scale))),
            Form::new(&[Kind::Float8], float8, |call| floats(call, f64::round_ties_even)),
            Form::new(&[Kind::Numeric, Kind::Int4], of_scale, |call| to_scale(call, Number::rounded)),
        ],
    ),
    Entry::new(
        "trunc",
        &[
            Form::new(&[Kind::Numeric], whole, |call| each(call, |number, scale| number.cut(scale))),
            Form::new(&[Kind::Float8], float8, |call| floats(call, f64::trunc)),
            Form::new(&[Kind::Numeric, Kind::Int4], of_scale, |call| to_scale(call, Number::cut)),
        ],
    ),
    Entry::new(
        "sign",
        &[
            Form::new(&[Kind::Numeric], whole, |call| {
                each(call, |number, scale| Ok(Number { value: number.value.signum(), scale }))
            }),
            Form::new(&[Kind::Float8], float8, |call| {
                floats(call, |value| if value == 0.0 { 0.0 } else { value.signum() })
            }),
        ],
    ),
    Entry::new(
        "gcd",
        &[Form::new(INT4, int4, |call| of_int4(call, gcd)), Form::new(INT8, int8, |call| of_int8(call, gcd))],
    ),
    Entry::new(
        "lcm",
        &[Form::new(INT4, int4, |call| of_int4(call, lcm)), Form::new(INT8, int8, |call| of_int8(call, lcm))],
    ),
    Entry::new("div", &[Form::new(&[Kind::Numeric, Kind::Numeric], whole, div)]),
    Entry::new(
        "scale",
        &[Form::new(&[Kind::Numeric], int4, |call| {
            let scale = |row| if call.is_free(0) { call.number(0, row).trimmed() } else { call.number(0, row) }.scale;
            scales(call, scale)
        })],
    ),
    Entry::new(
        "min_scale",
        &[Form::new(&[Kind::Numeric], int4, |call| scales(call, |row| call.number(0, row).trimmed().scale))],
    ),
    Entry::new("trim_scale", &[Form::new(&[Kind::Numeric], free, |call| Ok(call.arrays[0].clone()))]),
    Entry::new(
        "width_bucket",
        &[
            Form::new(&[Kind::Numeric, Kind::Numeric, Kind::Numeric, Kind::Int4], int4, bucket_of_numeric),
            Form::new(&[Kind::Float8, Kind::Float8, Kind::Float8, Kind::Int4], int4, bucket_of_float),
        ],
    ),
];

const INT4: &[Kind] = &[Kind::Int4, Kind::Int4];
const INT8: &[Kind] = &[Kind::Int8, Kind::Int8];

/// A numeric with so many digits after its point, and of which nothing is declared.
fn numeric(scale: i8, given: &DataType) -> Field {
    match given {
        DataType::Decimal128(precision, from) if scale == 0 => {
            let digits = i16::from(*precision) - i16::from(*from) + 1;
            told(DataType::Decimal128(digits.clamp(1, i16::from(DIGITS)) as u8, 0), "numeric")
        }
        DataType::Decimal128(..) => Field::new("", DataType::Decimal128(DIGITS, scale), true),
        _ if scale == 0 && !given.is_decimal() => told(DataType::Decimal128(DIGITS, 0), "numeric"),
        _ => Field::new("", DataType::Decimal256(DIGITS_WIDE, scale), true),
    }
}

fn whole(fields: &[FieldRef], _: &[Option<&ScalarValue>]) -> Result<Field, Error> {
    // The integral part of a quotient may have more digits than either operand.
    let all_narrow = fields.iter().all(|field| !matches!(field.data_type(), DataType::Decimal256(..)));
    match (all_narrow, fields.len()) {
        (true, 1) => Ok(numeric(0, fields[0].data_type())),
        (true, _) => Ok(told(DataType::Decimal128(DIGITS, 0), "numeric")),
        (false, _) => Ok(numeric(0, &DataType::Decimal256(DIGITS_WIDE, 0))),
    }
}

/// As many digits after the point as a constant says; as before where it is computed.
fn of_scale(fields: &[FieldRef], constants: &[Option<&ScalarValue>]) -> Result<Field, Error> {
    let given = fields[0].data_type();
    let from = match given {
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => *scale,
        _ => 0,
    };
    let asked = match constants.get(1).copied().flatten() {
        Some(ScalarValue::Int32(Some(digits))) => Some(i64::from(*digits)),
        Some(ScalarValue::Int64(Some(digits))) => Some(*digits),
        _ => None,
    };
    Ok(match (asked, given) {
        (Some(digits), DataType::Decimal128(precision, from)) => {
            let scale = digits.clamp(0, 37) as i8;
            let whole = precision.saturating_sub(from.unsigned_abs()).saturating_add(1);
            match scale {
                0 => numeric(0, given),
                scale => {
                    let digits = whole.saturating_add(scale.unsigned_abs()).min(DIGITS);
                    Field::new("", DataType::Decimal128(digits, scale), true)
                }
            }
        }
        (Some(digits), _) => numeric(digits.clamp(0, i64::from(DIGITS)) as i8, given),
        (None, _) => match fields[0].data_type() {
            DataType::Decimal128(..) => told(DataType::Decimal128(DIGITS, from), "numeric"),
            _ => numeric(from, given),
        },
    })
}

fn free(fields: &[FieldRef], _: &[Option<&ScalarValue>]) -> Result<Field, Error> {
    let given = fields[0].data_type();
    Ok(told(if given.is_decimal() { given.clone() } else { DataType::Decimal128(DIGITS, 10) }, "numeric"))
}

fn scale_of(call: &Call) -> i8 {
    match call.returns.data_type() {
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => *scale,
        _ => 0,
    }
}

fn each(call: &Call, compute: impl Fn(Number, i8) -> Result<Number, Error>) -> Result<ArrayRef, Error> {
    let scale = scale_of(call);
    call.numerics(call.each(|row| compute(call.number(0, row), scale).map(|number| number.value))?)
}

/// To the next whole number in a direction.
fn towards(call: &Call, direction: i256) -> Result<ArrayRef, Error> {
    each(call, |number, scale| {
        let cut = number.cut(scale)?;
        let is_whole = cut.cut(number.scale)? == number;
        let beyond = (number.value > i256::ZERO) == (direction > i256::ZERO);
        Ok(if is_whole || !beyond { cut } else { Number { value: cut.value + direction, scale } })
    })
}

/// To as many digits as the second argument says; before the point, where it is negative.
fn to_scale(call: &Call, shorten: fn(Number, i8) -> Result<Number, Error>) -> Result<ArrayRef, Error> {
    let scale = scale_of(call);
    call.numerics(call.each(|row| {
        let number = call.number(0, row);
        let digits = call.int4(1, row).clamp(-38, i32::from(scale)) as i8;
        let short = match digits {
            0.. => shorten(number, digits)?,
            // As a number of units of that power of ten.
            _ => {
                let wide = Number { value: number.value, scale: number.scale.saturating_sub(digits) };
                let units = shorten(wide, 0)?;
                let value = units.value.checked_mul(super::call::power(-digits));
                Number { value: value.ok_or_else(|| Error::new("22003", "value overflows numeric format"))?, scale: 0 }
            }
        };
        Ok(short.cut(scale)?.value)
    })?)
}

fn floats(call: &Call, compute: impl Fn(f64) -> f64) -> Result<ArrayRef, Error> {
    Ok(Arc::new(Float64Array::from(call.each(|row| Ok(compute(call.float8(0, row))))?)))
}

fn gcd(mut left: i128, mut right: i128) -> i128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left.abs()
}

fn lcm(left: i128, right: i128) -> i128 {
    let common = gcd(left, right);
    if common == 0 { 0 } else { (left / common * right).abs() }
}

/// Errors: 22003.
fn of_int4(call: &Call, compute: fn(i128, i128) -> i128) -> Result<ArrayRef, Error> {
    let results = call.each(|row| {
        let result = compute(call.int4(0, row).into(), call.int4(1, row).into());
        i32::try_from(result).map_err(|_| Error::new("22003", "integer out of range"))
    })?;
    Ok(Arc::new(Int32Array::from(results)))
}

/// Errors: 22003.
fn of_int8(call: &Call, compute: fn(i128, i128) -> i128) -> Result<ArrayRef, Error> {
    let results = call.each(|row| {
        let result = compute(call.int8(0, row).into(), call.int8(1, row).into());
        i64::try_from(result).map_err(|_| Error::new("22003", "bigint out of range"))
    })?;
    Ok(Arc::new(Int64Array::from(results)))
}

/// Errors: 22012.
fn div(call: &Call) -> Result<ArrayRef, Error> {
    call.numerics(call.each(|row| {
        let (left, right) = (call.number(0, row), call.number(1, row));
        let scale = left.scale.max(right.scale);
        let (left, right) = (left.cut(scale)?, right.cut(scale)?);
        match right.value == i256::ZERO {
            true => Err(Error::new("22012", "division by zero")),
            false => Ok(left.value / right.value),
        }
    })?)
}

fn scales(call: &Call, scale: impl Fn(usize) -> i8) -> Result<ArrayRef, Error> {
    Ok(Arc::new(Int32Array::from(call.each(|row| Ok(i32::from(scale(row))))?)))
}

/// Errors: 2201G for a count that is not positive, or bounds that are equal.
fn check_buckets(count: i32, are_equal: bool) -> Result<(), Error> {
    if count <= 0 {
        return Err(Error::new("2201G", "count must be greater than zero"));
    }
    if are_equal {
        return Err(Error::new("2201G", "lower bound cannot equal upper bound"));
    }
    Ok(())
}

fn bucket_of_numeric(call: &Call) -> Result<ArrayRef, Error> {
    let buckets = call.each(|row| {
        let numbers = [call.number(0, row), call.number(1, row), call.number(2, row)];
        let scale = numbers.iter().map(|number| number.scale).max().unwrap_or(0);
        let [value, low, high] = numbers.map(|number| number.cut(scale));
        let (mut value, mut low, mut high, count) = (value?.value, low?.value, high?.value, call.int4(3, row));
        check_buckets(count, low == high)?;
        if low > high {
            (value, low, high) = (-value, -low, -high);
        }
        if value < low {
            return Ok(0);
        }
        if value >= high {
            return count.checked_add(1).ok_or_else(|| Error::new("22003", "integer out of range"));
        }
        let scaled = (value - low).checked_mul(i256::from_i128(i128::from(count)));
        let scaled = scaled.ok_or_else(|| Error::new("22003", "value overflows numeric format"))?;
        Ok((scaled / (high - low)).as_i128() as i32 + 1)
    })?;
    Ok(Arc::new(Int32Array::from(buckets)))
}

fn bucket_of_float(call: &Call) -> Result<ArrayRef, Error> {
    let buckets = call.each(|row| {
        let (mut value, mut low, mut high) = (call.float8(0, row), call.float8(1, row), call.float8(2, row));
        let count = call.int4(3, row);
        check_buckets(count, low == high)?;
        if value.is_nan() || low.is_nan() || high.is_nan() {
            return Err(Error::new("2201G", "operand, lower bound, and upper bound cannot be NaN"));
        }
        if !low.is_finite() || !high.is_finite() {
            return Err(Error::new("2201G", "lower and upper bounds must be finite"));
        }
        if low > high {
            (value, low, high) = (-value, -low, -high);
        }
        if value < low {
            return Ok(0);
        }
        if value >= high {
            return count.checked_add(1).ok_or_else(|| Error::new("22003", "integer out of range"));
        }
        Ok(((value - low) / (high - low) * f64::from(count)) as i32 + 1)
    })?;
    Ok(Arc::new(Int32Array::from(buckets)))
}
