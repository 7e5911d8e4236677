//! Assignment casts: values of any type into a column, as INSERT and UPDATE make them.
//!
//! Numbers and times go through Arrow's kernels, a whole array at once; texts are parsed by `literal`. A value that does
//! not fit is an error that names it, never a NULL. Source: PostgreSQL documentation, Type Conversion, Value Storage.

use std::sync::Arc;

use bowline_core::catalog::{Column, SqlType};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray, new_null_array};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Field, Float64Type};
use datafusion::arrow::error::ArrowError;

use super::errors::numeric_overflow;
use super::literal;
use crate::display;
use crate::error::Error;

/// Casts values for a column: an array of the column's type, as long as `array`. NULLs stay.
///
/// `from` tells more of the values' type than Arrow does. Errors: 22P02, 22007 and 22008 for a text the type does not take, 22003
/// for a number out of range, 22001 for a text too long, 42804 if there is no such cast.
pub(crate) fn assign(array: &ArrayRef, from: &Field, column: &Column) -> Result<ArrayRef, Error> {
    assign_value(array, from, &column.name, column.sql_type)
}

/// As [`assign`], for a column of that name and type.
pub(super) fn assign_value(array: &ArrayRef, from: &Field, column: &str, sql_type: SqlType) -> Result<ArrayRef, Error> {
    let to = sql_type.arrow();
    if array.data_type().is_null() || array.null_count() == array.len() {
        return Ok(new_null_array(&to, array.len()));
    }
    if let Some(text) = as_text(array)? {
        let same = from.metadata().get(display::TYPE_KEY).is_some_and(|name| *name == sql_type.to_string());
        return if same && to == DataType::Utf8 { Ok(Arc::new(text)) } else { literal::parse(&text, sql_type) };
    }
    match sql_type {
        SqlType::Text | SqlType::Varchar(_) | SqlType::Char(_) => {
            let texts: StringArray = (0..array.len()).map(|row| display::text_as(from, array, row)).collect();
            literal::parse(&texts, sql_type)
        }
        _ if *array.data_type() == to => Ok(array.clone()),
        _ if !has_cast(array.data_type(), &to) => Err(mismatch(from, array.data_type(), column, sql_type)),
        SqlType::SmallInt | SqlType::Integer | SqlType::BigInt => integers(array, sql_type),
        SqlType::Numeric(_) => numerics(array, &to),
        _ => checked(array, &to).map_err(|_| out_of_range(sql_type)),
    }
}

/// The values as texts, if they are texts.
fn as_text(array: &ArrayRef) -> Result<Option<StringArray>, Error> {
    Ok(match array.data_type() {
        DataType::Utf8 => Some(array.as_string::<i32>().clone()),
        DataType::LargeUtf8 | DataType::Utf8View => Some(cast(array, &DataType::Utf8)?.as_string::<i32>().clone()),
        DataType::Dictionary(_, values) if **values == DataType::Utf8 => {
            Some(cast(array, &DataType::Utf8)?.as_string::<i32>().clone())
        }
        _ => None,
    })
}

/// Whether PostgreSQL has an assignment cast between types other than text.
fn has_cast(from: &DataType, to: &DataType) -> bool {
    let binary = |data_type: &DataType| {
        matches!(
            data_type,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_)
        )
    };
    match to {
        to if to.is_numeric() => from.is_numeric(),
        DataType::Binary => binary(from),
        DataType::Date32 => matches!(from, DataType::Timestamp(..) | DataType::Date64),
        DataType::Timestamp(..) => matches!(from, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64),
        DataType::Time64(_) => matches!(from, DataType::Time64(_) | DataType::Time32(_) | DataType::Timestamp(..)),
        DataType::Interval(_) => matches!(from, DataType::Interval(_) | DataType::Duration(_)),
        _ => false,
    }
}

fn checked(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    cast_with_options(array, to, &CastOptions { safe: false, ..CastOptions::default() })
}

/// Integers from integers as they are, from floats and numerics rounded.
fn integers(array: &ArrayRef, sql_type: SqlType) -> Result<ArrayRef, Error> {
    let rounded = match array.data_type() {
        from if from.is_floating() => {
            let values = cast(array, &DataType::Float64)?;
            let values = values.as_primitive::<Float64Type>();
            // Beyond 2^63 a cast would saturate rather than fail.
            if values
                .iter()
                .flatten()
                .any(|value| !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value))
            {
                return Err(out_of_range(sql_type));
            }
            Arc::new(values.unary::<_, Float64Type>(f64::round_ties_even)) as ArrayRef
        }
        DataType::Decimal128(..) => checked(array, &DataType::Decimal128(38, 0)).map_err(|_| out_of_range(sql_type))?,
        DataType::Decimal256(..) => checked(array, &DataType::Decimal256(76, 0)).map_err(|_| out_of_range(sql_type))?,
        _ => array.clone(),
    };
    checked(&rounded, &sql_type.arrow()).map_err(|_| out_of_range(sql_type))
}

/// Numerics rounded to the scale; too many digits before the point are an error.
pub(super) fn numerics(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, Error> {
    let DataType::Decimal128(precision, scale) = *to else { unreachable!("a numeric column is kept as Decimal128") };
    let overflow = || numeric_overflow(precision, scale);
    // Arrow casts floats by multiplying, which shows digits the number never had; its shortest text has none of those.
    if array.data_type().is_floating() {
        let texts: StringArray = (0..array.len()).map(|row| display::text(array, row)).collect();
        return literal::parse(&texts, SqlType::Numeric(Some((precision, scale))));
    }
    let values = checked(array, to).map_err(|_| overflow())?;
    values.as_primitive::<Decimal128Type>().validate_decimal_precision(precision).map_err(|_| overflow())?;
    Ok(values)
}

fn out_of_range(sql_type: SqlType) -> Error {
    Error::new("22003", format!("{sql_type} out of range"))
}

fn mismatch(from: &Field, data_type: &DataType, column: &str, sql_type: SqlType) -> Error {
    let told = from.metadata().get(display::TYPE_KEY).cloned();
    let expression = told.unwrap_or_else(|| super::errors::type_words(&data_type.to_string()));
    // Without length or precision, as the column's.
    let expression = expression.split('(').next().unwrap_or_default();
    let sql_type = sql_type.bare_name();
    Error::new("42804", format!("column \"{column}\" is of type {sql_type} but expression is of type {expression}"))
        .with_hint("You will need to rewrite or cast the expression.")
}

#[cfg(test)]
mod tests {
    use bowline_core::catalog::{ColumnId, NotNull};
    use datafusion::arrow::array::{Float64Array, Int64Array};

    use super::{Arc, ArrayRef, Column, Error, Field, SqlType, StringArray, assign, display};

    fn into(sql_type: SqlType, values: ArrayRef) -> Result<Vec<Option<String>>, Error> {
        let column = Column {
            id: ColumnId(0),
            name: "x".to_owned(),
            sql_type,
            not_null: false,
            default: None,
            identity: None,
            generated: None,
            is_virtual: false,
            numbered_as: None,
            not_null_constraint: NotNull::default(),
            missing: None,
            comment: None,
        };
        let array = assign(&values, &Field::new("v", values.data_type().clone(), true), &column)?;
        Ok((0..array.len()).map(|row| display::text(&array, row)).collect())
    }

    fn text(sql_type: SqlType, value: &str) -> Result<String, (String, String)> {
        let values = into(sql_type, Arc::new(StringArray::from(vec![Some(value), None])));
        values.map(|v| v[0].clone().expect("not NULL")).map_err(|e| (e.sqlstate.clone(), e.message.clone()))
    }

    #[test]
    fn texts_are_parsed_as_postgres_does() {
        let ok = |sql_type, value: &str, expected: &str| {
            assert_eq!(text(sql_type, value), Ok(expected.to_owned()), "{value}")
        };
        ok(SqlType::Integer, " 42 ", "42");
        ok(SqlType::Boolean, "yes", "t");
        ok(SqlType::Numeric(Some((5, 2))), "1.005", "1.01");
        ok(SqlType::Numeric(Some((5, 2))), "-1.5e2", "-150.00");
        ok(SqlType::Varchar(Some(3)), "abc  ", "abc");
        ok(SqlType::Char(5), "ab ", "ab");
        ok(SqlType::Uuid, "{0188A5EB-0000-7000-8000-000000000001}", "0188a5eb-0000-7000-8000-000000000001");
        ok(SqlType::Jsonb, r#"{"bb":[1,2], "a" : "x"}"#, r#"{"a": "x", "bb": [1, 2]}"#);
        ok(SqlType::Bytea, r"\xDEad", r"\xdead");
        ok(SqlType::Date, "2024-02-29", "2024-02-29");
        ok(SqlType::Timestamp, "2024-02-29 10:11:12.5", "2024-02-29 10:11:12.5");
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let bad = |sql_type, value: &str, sqlstate: &str, message: &str| {
            assert_eq!(text(sql_type, value), Err((sqlstate.to_owned(), message.to_owned())), "{value}");
        };
        bad(SqlType::Integer, "abc", "22P02", "invalid input syntax for type integer: \"abc\"");
        bad(SqlType::SmallInt, "40000", "22003", "value \"40000\" is out of range for type smallint");
        bad(SqlType::Varchar(Some(3)), "abcd", "22001", "value too long for type character varying(3)");
        bad(SqlType::Numeric(Some((3, 1))), "123", "22003", "numeric field overflow");
        bad(SqlType::Uuid, "x", "22P02", "invalid input syntax for type uuid: \"x\"");
        bad(SqlType::Date, "2024-02-30", "22008", "date/time field value out of range: \"2024-02-30\"");
        bad(SqlType::Date, "soon", "22007", "invalid input syntax for type date: \"soon\"");
        bad(SqlType::Json, "{", "22P02", "invalid input syntax for type json");
    }

    #[test]
    fn numbers_are_rounded_and_checked() {
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![2.5, -3.5]));
        let rounded = into(SqlType::Integer, floats.clone()).expect("they fit");
        assert_eq!(rounded, [Some("2".to_owned()), Some("-4".to_owned())]);
        let numerics = into(SqlType::Numeric(Some((4, 1))), floats).expect("they fit");
        assert_eq!(numerics, [Some("2.5".to_owned()), Some("-3.5".to_owned())]);
        let large: ArrayRef = Arc::new(Int64Array::from(vec![3_000_000_000]));
        assert_eq!(into(SqlType::Integer, large.clone()).expect_err("too large").message, "integer out of range");
        assert_eq!(into(SqlType::Boolean, large).expect_err("no cast").sqlstate, "42804");
    }
}
