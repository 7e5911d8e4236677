//! `price = ANY ($1)` over an array of numerics that is a parameter, as `price IN (SELECT unnest($1))`.
//!
//! An array is searched for values of its elements' very type, and a numeric of another precision or scale is of another type.
//! Rows are compared as numerics are, whatever their precision, and with the same answers where NULLs are among them.

use bowline_core::catalog::SqlType;
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, BinaryOperator, DataType as SqlDataType, Expr, Statement, Value,
};

use super::parameters::parameter;
use super::pg_syntax::parsed_query;
use super::types;
use crate::walk;

/// Writes these comparisons with rows. `types`: those of the parameters, as far as they are known.
pub(super) fn as_rows(statement: &mut Statement, types: &[Option<FieldRef>]) {
    if types.is_empty() {
        return;
    }
    walk::change_exprs(statement, |expr| {
        let (left, right, negated) = match expr {
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => (left, right, false),
            Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right } => (left, right, true),
            _ => return,
        };
        if !is_numeric_list(right, types) {
            return;
        }
        let subquery = parsed_query(&format!("SELECT unnest({right})"));
        let left = std::mem::replace(left.as_mut(), Expr::value(Value::Null));
        *expr = Expr::InSubquery { expr: Box::new(Expr::Nested(Box::new(left))), subquery, negated };
    });
}

/// Whether an expression is a parameter that is an array of numerics, or is cast to one.
fn is_numeric_list(expr: &Expr, types: &[Option<FieldRef>]) -> bool {
    match expr {
        Expr::Nested(inner) => is_numeric_list(inner, types),
        Expr::Cast { expr, data_type: SqlDataType::Array(ArrayElemTypeDef::SquareBracket(element, _)), .. } => {
            parameter(expr).is_some() && matches!(types::sql_type(element), Ok(SqlType::Numeric(_)))
        }
        other => {
            let known = parameter(other).and_then(|number| types.get(number.checked_sub(1)?)?.as_ref());
            let item = known.and_then(|field| match field.data_type() {
                DataType::List(item) => Some(item.data_type()),
                _ => None,
            });
            matches!(item, Some(DataType::Decimal128(..)))
        }
    }
}
