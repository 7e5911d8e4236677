//! A literal in quotes that is compared with a boolean is one: `paid = 't'`.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::literal;

/// Reads such literals.
#[derive(Debug)]
pub(super) struct BooleanLiterals;

impl ExprPlanner for BooleanLiterals {
    fn plan_binary_op(&self, mut expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let compares = matches!(
            expr.op,
            BinaryOperator::Eq
                | BinaryOperator::NotEq
                | BinaryOperator::Lt
                | BinaryOperator::LtEq
                | BinaryOperator::Gt
                | BinaryOperator::GtEq
        );
        if compares {
            let is_boolean = |side: &Expr| side.get_type(schema).is_ok_and(|found| found == DataType::Boolean);
            if is_boolean(&expr.left) {
                read(&mut expr.right)?;
            } else if is_boolean(&expr.right) {
                read(&mut expr.left)?;
            }
        }
        Ok(PlannerResult::Original(expr))
    }
}

/// Makes a text a truth value. Errors: 22P02 for another word.
fn read(side: &mut Expr) -> Result<()> {
    if let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = side {
        let truth = literal::boolean(text).map_err(|error| DataFusionError::External(Box::new(error)))?;
        *side = lit(truth);
    }
    Ok(())
}
