//! Which correlated subqueries DataFusion decorrelates itself: those that refer outward by equalities in WHERE only.

use datafusion::common::Result;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::InSubquery;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, Join, LogicalPlan, Operator, Subquery, SubqueryAlias};

use super::super::tree;
use super::push::outer_columns;

/// Whether the plan has a correlated subquery that DataFusion could not plan.
pub(super) fn has_hard_subquery(plan: &LogicalPlan) -> Result<bool> {
    let mut hard = false;
    tree::each_operator(plan, |node| {
        if let LogicalPlan::Join(join) = node {
            hard |= has_lateral(join)?;
        }
        if let LogicalPlan::Filter(filter) = node {
            hard |= asks_for_null(&filter.predicate, true)?;
        }
        tree::each_part_of(node, |part| {
            hard |= match part {
                Expr::ScalarSubquery(subquery) => is_hard(subquery, &Place::Scalar, node)?,
                Expr::Exists(exists) => is_value(node) || is_hard(&exists.subquery, &Place::Condition, node)?,
                Expr::InSubquery(within) => is_value(node) || is_hard(&within.subquery, &Place::Condition, node)?,
                _ => false,
            };
            Ok(if hard { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })
    })?;
    Ok(hard)
}

/// Whether an operator computes values, among which DataFusion has neither EXISTS nor IN.
pub(super) fn is_value(node: &LogicalPlan) -> bool {
    matches!(node, LogicalPlan::Projection(_) | LogicalPlan::Aggregate(_))
}

/// Whether DataFusion joins with a subquery of IN as SQL has it. `conjunct`: it is joined to the rest of its condition by AND alone.
pub(super) fn is_joined(within: &InSubquery, conjunct: bool) -> Result<bool> {
    Ok((conjunct || !within.negated) && outer_columns(&within.subquery.subquery)?.is_empty())
}

/// Whether a condition has IN where it makes a difference that it may be NULL, which DataFusion takes for false there.
fn asks_for_null(condition: &Expr, conjunct: bool) -> Result<bool> {
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
            let conjunct = conjunct && *op == Operator::And;
            Ok(asks_for_null(left, conjunct)? || asks_for_null(right, conjunct)?)
        }
        Expr::InSubquery(within) => Ok(within.negated && !conjunct),
        other => Ok(tree::any_part(other, |part| matches!(part, Expr::InSubquery(_)))),
    }
}

/// Whether a plan returns one row, whatever its input.
pub(super) fn is_single_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => is_single_row(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => is_single_row(&alias.input),
        LogicalPlan::Sort(sort) => is_single_row(&sort.input),
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        LogicalPlan::EmptyRelation(_) => true,
        _ => false,
    }
}

enum Place {
    Scalar,
    Condition,
}

fn has_lateral(join: &Join) -> Result<bool> {
    let inside = |side: &LogicalPlan| -> Result<bool> {
        match side {
            LogicalPlan::Subquery(subquery) => Ok(!outer_columns(&subquery.subquery)?.is_empty()),
            LogicalPlan::SubqueryAlias(SubqueryAlias { input, .. }) => match input.as_ref() {
                LogicalPlan::Subquery(subquery) => Ok(!outer_columns(&subquery.subquery)?.is_empty()),
                _ => Ok(false),
            },
            _ => Ok(false),
        }
    };
    Ok(inside(&join.left)? || inside(&join.right)?)
}

fn is_hard(subquery: &Subquery, place: &Place, node: &LogicalPlan) -> Result<bool> {
    let plan = &subquery.subquery;
    if outer_columns(plan)?.is_empty() {
        return Ok(false);
    }
    let placed = match place {
        Place::Scalar => is_single_row(plan) && matches!(node, LogicalPlan::Projection(_) | LogicalPlan::Filter(_)),
        Place::Condition => matches!(node, LogicalPlan::Filter(_)),
    };
    Ok(!placed || !refers_in_where_only(plan)?)
}

/// Whether outer columns are met only in conditions of the form `inner = outer`, and nothing but them is correlated.
fn refers_in_where_only(plan: &LogicalPlan) -> Result<bool> {
    let mut plain = true;
    plan.apply(|node| {
        let refers = |expr: &Expr| expr.contains_outer() || has_subquery(expr);
        match node {
            LogicalPlan::Filter(filter) => {
                let conjuncts = split_conjunction(&filter.predicate);
                plain &= conjuncts.into_iter().filter(|conjunct| refers(conjunct)).all(is_equality);
            }
            LogicalPlan::Limit(_) | LogicalPlan::Union(_) | LogicalPlan::Unnest(_) | LogicalPlan::Window(_) => {
                plain = false;
            }
            _ => {}
        }
        if !matches!(node, LogicalPlan::Filter(_)) {
            plain &= !node.expressions().iter().any(refers);
        }
        Ok(if plain { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    })?;
    Ok(plain)
}

fn has_subquery(expr: &Expr) -> bool {
    let is_subquery = |part: &Expr| matches!(part, Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_));
    tree::any_part(expr, is_subquery)
}

fn is_equality(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            !has_subquery(left) && !has_subquery(right) && (left.contains_outer() != right.contains_outer())
        }
        _ => false,
    }
}
