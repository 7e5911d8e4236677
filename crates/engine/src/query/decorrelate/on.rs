//! Correlated subqueries in the condition of a join.
//!
//! ```text
//!   a join b on b.x = (subquery of a.y)        ─▶   (a with the subquery's value) join b on b.x = value
//!   a join b on (subquery of a.y and b.z)      ─▶   filter (subquery of a.y and b.z) over a join b            inner joins only
//! ```
//!
//! One of both sides of an outer join is left to DataFusion, which refuses it.

use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Column, JoinType, Result};
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::logical_expr::{Expr, Filter, Join, LogicalPlan, LogicalPlanBuilder};

use super::super::tree;
use super::domain::{Numbers, on_and_filter};
use super::push::outer_columns;
use super::{Place, in_filter, without_subqueries};

/// The join without the correlated subqueries of its condition.
pub(super) fn in_condition(join: Join, numbers: &mut Numbers) -> Result<LogicalPlan> {
    let (mut left, mut right) = (LogicalPlan::clone(&join.left), LogicalPlan::clone(&join.right));
    let (mut condition, mut above) = (Vec::new(), Vec::new());
    let mut changed = false;
    for part in on_and_filter(&join).into_iter().flat_map(split_conjunction_owned) {
        let outer = outer_columns_of(&part)?;
        let of = |side: &LogicalPlan| outer.iter().all(|column| side.schema().has_column(column));
        if outer.is_empty() {
            condition.push(part);
        } else if of(&join.left) {
            condition.push(without_subqueries(part, &Place::Value, &mut left, numbers, &mut changed)?);
        } else if of(&join.right) {
            condition.push(without_subqueries(part, &Place::Value, &mut right, numbers, &mut changed)?);
        } else if join.join_type == JoinType::Inner {
            above.push(part);
        } else {
            condition.push(part);
        }
    }
    if !changed && above.is_empty() {
        return Ok(LogicalPlan::Join(join));
    }
    let columns = join.schema.columns().into_iter().map(Expr::Column);
    let joined = LogicalPlanBuilder::from(left).join_on(right, join.join_type, condition)?.project(columns)?.build()?;
    match above.into_iter().reduce(Expr::and) {
        None => Ok(joined),
        Some(above) => in_filter(Filter::try_new(above, Arc::new(joined))?, numbers),
    }
}

/// The columns that the subqueries of an expression use of the query around them.
fn outer_columns_of(expr: &Expr) -> Result<Vec<Column>> {
    let mut outer = Vec::new();
    tree::each_part(expr, |part| {
        if let Expr::ScalarSubquery(subquery)
        | Expr::Exists(Exists { subquery, .. })
        | Expr::InSubquery(InSubquery { subquery, .. }) = part
        {
            outer.extend(outer_columns(&subquery.subquery)?);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(outer)
}
