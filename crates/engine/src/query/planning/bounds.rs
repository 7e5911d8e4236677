//! How large plans become. Views and parts of WITH stand in a plan as often as they are mentioned, and with them what they mention;
//! so a short text can ask for more operators than there is memory for.

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::LogicalPlan;

use super::super::tree;
use crate::error::Error;

/// A plan may have so many operators.
pub(in crate::query) const OPERATORS_MAX: usize = 50_000;

/// The same plan. Errors: 54001 if it has too many operators.
pub(in crate::query) fn bounded(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut count = 0;
    tree::each_operator(&plan, |_| {
        count += 1;
        Ok(if count > OPERATORS_MAX { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    if count <= OPERATORS_MAX {
        return Ok(plan);
    }
    Err(DataFusionError::External(Box::new(too_complex())))
}

/// The error of a query whose plan would be too large.
pub(in crate::query) fn too_complex() -> Error {
    Error::new("54001", "statement is too complex")
        .with_detail(format!("Its plan has more than {OPERATORS_MAX} operators."))
        .with_hint(
            "A view or a part of WITH is planned as often as it is mentioned; keep its rows in a temporary table.",
        )
}
