//! Values of a referenced key, brought into the type of the referencing column that takes them over (ON UPDATE CASCADE).
//!
//! As an assignment does it: numbers are rounded to the nearest, half away from zero where they are decimal and to the even
//! one where they are binary; a text may lose the blanks beyond the width of its column, and nothing else. What does not
//! fit is an error, never a NULL and never a value cut short.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Float64Type};
use arrow::error::ArrowError;

use crate::catalog::SqlType;

/// The values as a column of type `to` holds them. Errors: one does not fit.
pub(super) fn assigned(values: &ArrayRef, to: &SqlType) -> Result<ArrayRef, ArrowError> {
    match to {
        SqlType::Char(width) => texts(values, Some(*width), true),
        SqlType::Varchar(width) => texts(values, *width, false),
        _ if *values.data_type() == to.arrow() => Ok(values.clone()),
        _ => strictly(&rounded(values, to)?, &to.arrow()),
    }
}

/// Whole numbers of what an integer column takes over; other values as they are.
fn rounded(values: &ArrayRef, to: &SqlType) -> Result<ArrayRef, ArrowError> {
    match values.data_type() {
        _ if !to.is_integer() => Ok(values.clone()),
        DataType::Decimal128(..) => strictly(values, &DataType::Decimal128(DECIMAL128_MAX_PRECISION, 0)),
        DataType::Float32 | DataType::Float64 => {
            let values = cast(values, &DataType::Float64)?;
            Ok(Arc::new(values.as_primitive::<Float64Type>().unary::<_, Float64Type>(f64::round_ties_even)))
        }
        _ => Ok(values.clone()),
    }
}

/// A value that the type cannot hold is an error.
fn strictly(values: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    cast_with_options(values, to, &CastOptions { safe: false, ..CastOptions::default() })
}

/// Texts of at most `width` characters; `padded`: they are kept without the blanks at their end.
fn texts(values: &ArrayRef, width: Option<u32>, padded: bool) -> Result<ArrayRef, ArrowError> {
    let fit = |text: &str| {
        let bare = text.trim_end_matches(' ');
        let width = width.map_or(usize::MAX, |width| width as usize);
        if bare.chars().count() > width {
            return Err(ArrowError::CastError(format!("a text has more than {width} characters")));
        }
        let kept: String = if padded { bare.to_owned() } else { text.chars().take(width).collect() };
        Ok(kept)
    };
    let texts = values.as_string_opt::<i32>();
    let texts = texts.ok_or_else(|| ArrowError::CastError(format!("a text key was read as {}", values.data_type())))?;
    let fitted = texts.iter().map(|text| text.map(fit).transpose()).collect::<Result<StringArray, _>>()?;
    Ok(Arc::new(fitted))
}

#[cfg(test)]
mod tests {
    use super::*;

    use arrow::array::{Decimal128Array, Float64Array, Int16Array};

    fn words(words: &[&str]) -> ArrayRef {
        Arc::new(StringArray::from(words.to_vec()))
    }

    #[test]
    fn numbers_are_rounded_and_never_cut() {
        let decimals = Decimal128Array::from(vec![250, -250, 249]).with_precision_and_scale(10, 2).expect("it fits");
        let decimals: ArrayRef = Arc::new(decimals);
        let expected: ArrayRef = Arc::new(Int16Array::from(vec![3, -3, 2]));
        assert_eq!(&assigned(&decimals, &SqlType::SmallInt).expect("it fits"), &expected);
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![2.5, 3.5, -0.5]));
        let expected: ArrayRef = Arc::new(Int16Array::from(vec![2, 4, 0]));
        assert_eq!(&assigned(&floats, &SqlType::SmallInt).expect("it fits"), &expected);
        let wide: ArrayRef = Arc::new(Float64Array::from(vec![1e6]));
        assert!(assigned(&wide, &SqlType::SmallInt).is_err());
    }

    #[test]
    fn texts_lose_blanks_only() {
        let same = |to: SqlType, from: &str, kept: &str| {
            assert_eq!(&assigned(&words(&[from]), &to).expect("it fits"), &words(&[kept]));
        };
        same(SqlType::Char(3), "ab ", "ab");
        same(SqlType::Char(1), "a   ", "a");
        same(SqlType::Varchar(Some(3)), "ab   ", "ab ");
        same(SqlType::Varchar(None), "ab   ", "ab   ");
        same(SqlType::Text, "ab   ", "ab   ");
        assert!(assigned(&words(&["abcd"]), &SqlType::Char(3)).is_err());
        assert!(assigned(&words(&["äöüß"]), &SqlType::Varchar(Some(3))).is_err());
        same(SqlType::Varchar(Some(4)), "äöüß", "äöüß");
    }
}
