//! A condition one part of which is NULL holds for no row: no row is read for it, and no other part of it is computed.

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, Filter, LogicalPlan, lit};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// Makes such a condition false, which DataFusion knows what to do with.
#[derive(Debug)]
pub(super) struct NeverTrue;

impl OptimizerRule for NeverTrue {
    fn name(&self) -> &str {
        "never_true"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let is_null = |part: &&Expr| matches!(part, Expr::Literal(ScalarValue::Boolean(None) | ScalarValue::Null, _));
        match plan {
            LogicalPlan::Filter(filter) if split_conjunction(&filter.predicate).iter().any(is_null) => {
                Ok(Transformed::yes(LogicalPlan::Filter(Filter::try_new(lit(false), filter.input)?)))
            }
            plan => Ok(Transformed::no(plan)),
        }
    }
}
