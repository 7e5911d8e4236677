//! Whether a query makes one row of many.

use datafusion::logical_expr::LogicalPlan;

/// Whether the outermost query of a plan groups rows or computes over windows of them.
pub(crate) fn summarizes(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(_) | LogicalPlan::Window(_) | LogicalPlan::Distinct(_) | LogicalPlan::Union(_) => true,
        LogicalPlan::Projection(_) | LogicalPlan::Sort(_) | LogicalPlan::Limit(_) | LogicalPlan::Filter(_) => {
            plan.inputs().iter().any(|input| summarizes(input))
        }
        _ => false,
    }
}
