//! Subqueries in a plan: whether it has any, and whether DataFusion can run them.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{Exists, InSubquery, SetComparison};
use datafusion::logical_expr::{EmptyRelation, Expr, LogicalPlan, Subquery, check_subquery_expr};

use super::super::tree;
use super::asking::go_on;

/// Whether an expression of the plan has a subquery.
pub(super) fn are_in(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply(|node| {
        tree::each_part_of(node, |part| {
            found |= of(part).is_some();
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

/// Whether a subquery of the plan has subqueries itself.
pub(super) fn are_nested(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply(|node| {
        tree::each_part_of(node, |part| {
            if let Some(subquery) = of(part) {
                found |= are_in(&subquery.subquery)?;
            }
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

/// Errors: a subquery of the plan stands where DataFusion cannot run it.
///
/// DataFusion's own check of a subquery checks those in it too. Each is checked here by itself, in a plan around which those that lie
/// deeper are empty.
pub(super) fn check(plan: &LogicalPlan) -> Result<()> {
    tree::each_operator(plan, |node| {
        go_on()?;
        tree::each_part_of(node, |part| {
            if let Some(subquery) = of(part) {
                let inner = shallow(&subquery.subquery)?;
                check_subquery_expr(node, inner.as_ref(), part)?;
            }
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(())
}

/// The subquery that an expression is.
fn of(expr: &Expr) -> Option<&Subquery> {
    match expr {
        Expr::ScalarSubquery(subquery)
        | Expr::Exists(Exists { subquery, .. })
        | Expr::InSubquery(InSubquery { subquery, .. })
        | Expr::SetComparison(SetComparison { subquery, .. }) => Some(subquery),
        _ => None,
    }
}

/// The plan with nothing in its subqueries but their columns.
fn shallow(plan: &LogicalPlan) -> Result<Cow<'_, LogicalPlan>> {
    if !are_in(plan)? {
        return Ok(Cow::Borrowed(plan));
    }
    let emptied =
        plan.clone().transform_up(|node| node.map_expressions(|expr| expr.transform_up(|part| Ok(emptied(part)))));
    Ok(Cow::Owned(emptied?.data))
}

fn emptied(mut expr: Expr) -> Transformed<Expr> {
    let subquery = match &mut expr {
        Expr::ScalarSubquery(subquery)
        | Expr::Exists(Exists { subquery, .. })
        | Expr::InSubquery(InSubquery { subquery, .. })
        | Expr::SetComparison(SetComparison { subquery, .. }) => subquery,
        _ => return Transformed::no(expr),
    };
    let schema = subquery.subquery.schema().clone();
    subquery.subquery = Arc::new(LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema }));
    Transformed::yes(expr)
}
