//! Operators that are functions of the library, by the types of their operands: a date and an interval make a timestamp, whichever way they are put together; between two dates
//! lies an integer; an interval is multiplied and divided by a number; `||` of jsonb is no text. Source: PostgreSQL documentation, Functions and
//! Operators.

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, binary_expr, cast};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::library;
use super::view::Fields;
use crate::display::TYPE_KEY;

/// Takes a date for the timestamp of its midnight where an interval is added to it or taken from it; plans what DataFusion does not.
#[derive(Debug)]
pub(super) struct DatesWithIntervals;

impl ExprPlanner for DatesWithIntervals {
    fn plan_binary_op(&self, mut expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let is = |expr: &Expr, wanted: fn(&DataType) -> bool| expr.get_type(schema).is_ok_and(|found| wanted(&found));
        let is_date = |expr: &Expr| is(expr, |found| *found == DataType::Date32);
        let is_interval = |expr: &Expr| is(expr, |found| matches!(found, DataType::Interval(_)));
        let midnight = |date: Expr| cast(date, DataType::Timestamp(TimeUnit::Microsecond, None));
        let is_number = |expr: &Expr| is(expr, DataType::is_numeric);
        if expr.op == BinaryOperator::StringConcat {
            let is_jsonb = |expr: &Expr| {
                let field = expr.to_field(schema).map(|(_, field)| field);
                field.is_ok_and(|field| field.metadata().get(TYPE_KEY).is_some_and(|name| name == "jsonb"))
            };
            let may_be = |expr: &Expr| is_jsonb(expr) || matches!(expr, Expr::Literal(..));
            let (one, other) = (&expr.left, &expr.right);
            if (is_jsonb(one) && may_be(other)) || (may_be(one) && is_jsonb(other)) {
                return Ok(PlannerResult::Planned(library_call("__jsonb_concat", vec![expr.left, expr.right])));
            }
            return Ok(PlannerResult::Original(expr));
        }
        match expr.op {
            BinaryOperator::Minus if is_date(&expr.left) && is_date(&expr.right) => {
                let days = binary_expr(expr.left, Operator::Minus, expr.right);
                return Ok(PlannerResult::Planned(cast(days, DataType::Int32)));
            }
            BinaryOperator::Multiply if is_interval(&expr.left) && is_number(&expr.right) => {
                return Ok(PlannerResult::Planned(library_call("__interval_times", vec![expr.left, expr.right])));
            }
            BinaryOperator::Multiply if is_number(&expr.left) && is_interval(&expr.right) => {
                return Ok(PlannerResult::Planned(library_call("__interval_times", vec![expr.right, expr.left])));
            }
            BinaryOperator::Divide if is_interval(&expr.left) && is_number(&expr.right) => {
                return Ok(PlannerResult::Planned(library_call("__interval_divided", vec![expr.left, expr.right])));
            }
            BinaryOperator::Plus | BinaryOperator::Minus => {}
            _ => return Ok(PlannerResult::Original(expr)),
        }
        if is_date(&expr.left) && is_interval(&expr.right) {
            expr.left = midnight(expr.left);
        } else if expr.op == BinaryOperator::Plus && is_interval(&expr.left) && is_date(&expr.right) {
            expr.right = midnight(expr.right);
        }
        Ok(PlannerResult::Original(expr))
    }
}

fn library_call(name: &str, operands: Vec<Expr>) -> Expr {
    let function = library::named(name, Fields::Typed).expect("the library has what operators stand for");
    Expr::ScalarFunction(ScalarFunction::new_udf(function, operands))
}
