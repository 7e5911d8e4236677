//! A call of a function: its arguments as columns, and what reads values off them.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Decimal256Array, ListArray};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Field, FieldRef, Float64Type, Int32Type, Int64Type,
    IntervalMonthDayNano, IntervalMonthDayNanoType, Time64MicrosecondType, TimestampMicrosecondType, i256,
};

use crate::error::Error;

/// A call over all rows of a batch.
pub(super) struct Call<'a> {
    pub arrays: Vec<ArrayRef>,
    pub fields: &'a [FieldRef],
    pub returns: &'a Field,
    pub rows: usize,
}

/// A numeric with so many digits after its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    pub value: i256,
    pub scale: i8,
}

impl Call<'_> {
    /// What `compute` makes of each row; NULL where an argument is NULL.
    pub fn each<T>(&self, mut compute: impl FnMut(usize) -> Result<T, Error>) -> Result<Vec<Option<T>>, Error> {
        self.each_or_null(|row| compute(row).map(Some))
    }

    /// As [`Self::each`], for what may be NULL all the same.
    pub fn each_or_null<T>(
        &self,
        mut compute: impl FnMut(usize) -> Result<Option<T>, Error>,
    ) -> Result<Vec<Option<T>>, Error> {
        let is_null = |row: usize| self.arrays.iter().any(|array| self.is_null_at(array, row));
        (0..self.rows).map(|row| if is_null(row) { Ok(None) } else { compute(row) }).collect()
    }

    fn is_null_at(&self, array: &ArrayRef, row: usize) -> bool {
        array.is_null(row) || array.data_type().is_null()
    }

    /// Whether an argument is NULL.
    pub fn is_null(&self, at: usize, row: usize) -> bool {
        self.is_null_at(&self.arrays[at], row)
    }

    pub fn int4(&self, at: usize, row: usize) -> i32 {
        self.arrays[at].as_primitive::<Int32Type>().value(row)
    }

    pub fn int8(&self, at: usize, row: usize) -> i64 {
        self.arrays[at].as_primitive::<Int64Type>().value(row)
    }

    pub fn float8(&self, at: usize, row: usize) -> f64 {
        self.arrays[at].as_primitive::<Float64Type>().value(row)
    }

    pub fn text(&self, at: usize, row: usize) -> &str {
        self.arrays[at].as_string::<i32>().value(row)
    }

    pub fn bytes(&self, at: usize, row: usize) -> &[u8] {
        self.arrays[at].as_binary::<i32>().value(row)
    }

    /// Days since 1970.
    pub fn date(&self, at: usize, row: usize) -> i32 {
        self.arrays[at].as_primitive::<Date32Type>().value(row)
    }

    /// Microseconds since midnight.
    pub fn time(&self, at: usize, row: usize) -> i64 {
        self.arrays[at].as_primitive::<Time64MicrosecondType>().value(row)
    }

    /// Microseconds since 1970.
    pub fn timestamp(&self, at: usize, row: usize) -> i64 {
        self.arrays[at].as_primitive::<TimestampMicrosecondType>().value(row)
    }

    pub fn interval(&self, at: usize, row: usize) -> IntervalMonthDayNano {
        self.arrays[at].as_primitive::<IntervalMonthDayNanoType>().value(row)
    }

    pub fn list(&self, at: usize) -> &ListArray {
        self.arrays[at].as_list::<i32>()
    }

    pub fn number(&self, at: usize, row: usize) -> Number {
        let array = &self.arrays[at];
        match array.data_type() {
            DataType::Decimal128(_, scale) => {
                Number { value: i256::from_i128(array.as_primitive::<Decimal128Type>().value(row)), scale: *scale }
            }
            DataType::Decimal256(_, scale) => {
                Number { value: array.as_primitive::<Decimal256Type>().value(row), scale: *scale }
            }
            other => unreachable!("{other} was believed to be a numeric"),
        }
    }

    /// Whether zeros that pad the fraction of an argument are not part of it.
    pub fn is_free(&self, at: usize) -> bool {
        let field = &self.fields[at];
        let told = field.metadata().get(crate::display::TYPE_KEY).is_some_and(|name| name == "numeric");
        told || matches!(field.data_type(), DataType::Decimal256(..))
    }

    /// Numerics as the results are, of values that have as many digits after the point. Errors: 22003.
    pub fn numerics(&self, values: Vec<Option<i256>>) -> Result<ArrayRef, Error> {
        match *self.returns.data_type() {
            DataType::Decimal128(precision, scale) => {
                let narrow = |value: Option<i256>| match value {
                    Some(value) => value.to_i128().ok_or_else(overflow).map(Some),
                    None => Ok(None),
                };
                let values = values.into_iter().map(narrow).collect::<Result<Decimal128Array, Error>>()?;
                let values = values.with_precision_and_scale(precision, scale)?;
                values.validate_decimal_precision(precision).map_err(|_| overflow())?;
                Ok(Arc::new(values))
            }
            DataType::Decimal256(precision, scale) => {
                let values = Decimal256Array::from(values).with_precision_and_scale(precision, scale)?;
                values.validate_decimal_precision(precision).map_err(|_| overflow())?;
                Ok(Arc::new(values))
            }
            ref other => unreachable!("{other} was believed to be a numeric"),
        }
    }
}

impl Number {
    /// With so many digits after the point; digits beyond are cut off. Errors: 22003.
    pub fn cut(self, scale: i8) -> Result<Number, Error> {
        let value = match scale - self.scale {
            up @ 0.. => self.value.checked_mul(power(up)).ok_or_else(overflow)?,
            down => self.value / power(-down),
        };
        Ok(Number { value, scale })
    }

    /// As [`Self::cut`], but to the nearest, half away from zero.
    pub fn rounded(self, scale: i8) -> Result<Number, Error> {
        let cut = self.cut(scale)?;
        if scale >= self.scale {
            return Ok(cut);
        }
        let divisor = power(self.scale - scale);
        let rest = magnitude(self.value % divisor);
        let up = rest >= divisor - rest;
        let away = if self.value < i256::ZERO { i256::MINUS_ONE } else { i256::ONE };
        Ok(Number { value: if up { cut.value + away } else { cut.value }, scale })
    }

    /// Without zeros at the end of its fraction.
    pub fn trimmed(self) -> Number {
        let Number { mut value, mut scale } = self;
        let ten = power(1);
        while scale > 0 && value % ten == i256::ZERO {
            (value, scale) = (value / ten, scale - 1);
        }
        Number { value, scale }
    }
}

pub(super) fn magnitude(value: i256) -> i256 {
    if value < i256::ZERO { -value } else { value }
}

/// Ten to the power of so much, which is 76 at most.
pub(super) fn power(exponent: i8) -> i256 {
    i256::from_i128(10).wrapping_pow(u32::from(exponent.unsigned_abs()))
}

fn overflow() -> Error {
    Error::new("22003", "value overflows numeric format")
}
