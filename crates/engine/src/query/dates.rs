//! A date and an interval make a timestamp, whichever way they are put together. Source: PostgreSQL documentation, Date/Time Operators.

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, cast};
use datafusion::sql::sqlparser::ast::BinaryOperator;

/// Takes a date for the timestamp of its midnight where an interval is added to it or taken from it.
#[derive(Debug)]
pub(super) struct DatesWithIntervals;

impl ExprPlanner for DatesWithIntervals {
    fn plan_binary_op(&self, mut expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        if !matches!(expr.op, BinaryOperator::Plus | BinaryOperator::Minus) {
            return Ok(PlannerResult::Original(expr));
        }
        let is = |expr: &Expr, wanted: fn(&DataType) -> bool| expr.get_type(schema).is_ok_and(|found| wanted(&found));
        let is_date = |expr: &Expr| is(expr, |found| *found == DataType::Date32);
        let is_interval = |expr: &Expr| is(expr, |found| matches!(found, DataType::Interval(_)));
        let midnight = |date: Expr| cast(date, DataType::Timestamp(TimeUnit::Microsecond, None));
        if is_date(&expr.left) && is_interval(&expr.right) {
            expr.left = midnight(expr.left);
        } else if expr.op == BinaryOperator::Plus && is_interval(&expr.left) && is_date(&expr.right) {
            expr.right = midnight(expr.right);
        }
        Ok(PlannerResult::Original(expr))
    }
}
