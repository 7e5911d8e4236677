//! Values of a direct statement: parameters and literals, as a column's type.

use std::sync::Arc;

use bowline_core::catalog::{Column, SqlType};
use datafusion::arrow::array::{ArrayRef, Int16Array, Int32Array, Int64Array, StringArray, new_null_array};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::{CastKind, Expr, UnaryOperator, Value};

use crate::error::Error;
use crate::query::{assign, parameter, parse_texts, sql_type};

/// A value the statement names.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    /// `$n`, counted from 0.
    Parameter(usize),
    Integer(i64),
    Text(String),
    Boolean(bool),
    Null,
}

/// The values a statement is run with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values<'p> {
    pub parameters: &'p [ScalarValue],
}

/// How a value stands to the values of a column it is compared with.
pub(super) enum Compared {
    /// As a value of the column's type.
    Value(ArrayRef),
    /// Equal to none: it is NULL, or beyond the column's type.
    Never,
}

impl Operand {
    /// The operand an expression is; `None` for whatever has to be computed.
    pub fn of(expr: &Expr) -> Option<Operand> {
        if let Some(number) = parameter(expr) {
            return number.checked_sub(1).map(Operand::Parameter);
        }
        match expr {
            Expr::Nested(inner) => Operand::of(inner),
            Expr::Value(value) => Some(match &value.value {
                Value::Null => Operand::Null,
                Value::Boolean(value) => Operand::Boolean(*value),
                Value::Number(digits, _) => Operand::Integer(digits.parse().ok()?),
                Value::SingleQuotedString(text) => Operand::Text(text.clone()),
                _ => return None,
            }),
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match Operand::of(expr)? {
                Operand::Integer(value) => value.checked_neg().map(Operand::Integer),
                _ => None,
            },
            // A parameter with its type, which drivers add: the value comes as that type.
            Expr::Cast { kind: CastKind::DoubleColon | CastKind::Cast, expr, data_type, format: None, .. } => {
                let operand = Operand::of(expr).filter(|operand| matches!(operand, Operand::Parameter(_)))?;
                match sql_type(data_type).ok()? {
                    // These change the value they are applied to.
                    SqlType::Char(_) | SqlType::Varchar(Some(_)) | SqlType::Numeric(Some(_)) => None,
                    _ => Some(operand),
                }
            }
            _ => None,
        }
    }
}

impl Values<'_> {
    /// The value as the query engine would have it before it is cast.
    pub fn scalar(&self, operand: &Operand) -> Option<ScalarValue> {
        Some(match operand {
            Operand::Parameter(at) => self.parameters.get(*at)?.clone(),
            Operand::Integer(value) => ScalarValue::Int64(Some(*value)),
            Operand::Text(text) => ScalarValue::from(text.as_str()),
            Operand::Boolean(value) => ScalarValue::Boolean(Some(*value)),
            Operand::Null => ScalarValue::Null,
        })
    }

    /// One value for a column it is given to. `None`: the query engine has to see to it. Errors: as of assignment.
    pub fn assigned(&self, operand: &Operand, column: &Column) -> Result<Option<ArrayRef>, Error> {
        let Some(value) = self.scalar(operand) else { return Ok(None) };
        if value.is_null() {
            return Ok(Some(new_null_array(&column.sql_type.arrow(), 1)));
        }
        if let Some(integer) = integer(&value, column.sql_type) {
            return Ok(Some(integer));
        }
        let array = value.to_array().map_err(crate::query::error)?;
        let field = Field::new("value", array.data_type().clone(), true);
        assign(&array, &field, column).map(Some)
    }

    /// One value to be found among those of a column. `None`: the query engine has to see to it. Errors: a text that is no
    /// value of the column's type.
    pub fn compared(&self, operand: &Operand, column: &Column) -> Result<Option<Compared>, Error> {
        let Some(value) = self.scalar(operand) else { return Ok(None) };
        if value.is_null() {
            return Ok(Some(Compared::Never));
        }
        let to = column.sql_type.arrow();
        // A literal in quotes is read as the column's type; a length does not cut it.
        if let Operand::Text(text) = operand {
            return Ok(match column.sql_type {
                SqlType::Numeric(_) | SqlType::Json => None,
                SqlType::Text | SqlType::Varchar(_) => {
                    Some(Compared::Value(Arc::new(StringArray::from(vec![text.as_str()]))))
                }
                SqlType::Char(_) => {
                    Some(Compared::Value(Arc::new(StringArray::from(vec![text.trim_end_matches(' ')]))))
                }
                other => Some(Compared::Value(parse_texts(&StringArray::from(vec![text.as_str()]), other)?)),
            });
        }
        let array = value.to_array().map_err(crate::query::error)?;
        let from = array.data_type();
        if *from == to {
            return Ok(match column.sql_type {
                SqlType::Char(_) => {
                    let text = value.try_as_str().flatten().unwrap_or_default().trim_end_matches(' ').to_owned();
                    Some(Compared::Value(Arc::new(StringArray::from(vec![text]))))
                }
                SqlType::Json => None,
                _ => Some(Compared::Value(array)),
            });
        }
        let is_integer = |data_type: &DataType| data_type.is_signed_integer();
        if is_integer(from) && is_integer(&to) {
            let options = CastOptions { safe: false, ..CastOptions::default() };
            // A number the column's type cannot hold is in no row.
            return Ok(Some(cast_with_options(&array, &to, &options).map_or(Compared::Never, Compared::Value)));
        }
        Ok(None)
    }
}

/// An integer for a column of integers, if it fits: the commonest assignment, done without the casts of all others.
fn integer(value: &ScalarValue, sql_type: SqlType) -> Option<ArrayRef> {
    let value = match *value {
        ScalarValue::Int16(value) => value?.into(),
        ScalarValue::Int32(value) => value?.into(),
        ScalarValue::Int64(value) => value?,
        _ => return None,
    };
    Some(match sql_type {
        SqlType::SmallInt => Arc::new(Int16Array::new_scalar(value.try_into().ok()?).into_inner()),
        SqlType::Integer => Arc::new(Int32Array::new_scalar(value.try_into().ok()?).into_inner()),
        SqlType::BigInt => Arc::new(Int64Array::new_scalar(value).into_inner()),
        _ => return None,
    })
}
