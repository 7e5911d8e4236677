//! Walks over plans and their expressions, whose operators may have subqueries.
//!
//! DataFusion's walks are generic: for every closure there is another copy of the code for all operators and expressions. These call
//! what they are given through a reference, so that there is one copy of each.

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan};

type Change<'f, T> = &'f mut dyn FnMut(T) -> Result<Transformed<T>>;
type Look<'f, T> = &'f mut dyn FnMut(&T) -> Result<TreeNodeRecursion>;

/// Changes the operators of a plan and of its subqueries, from the inside out.
pub(super) fn change_operators(
    plan: LogicalPlan,
    mut change: impl FnMut(LogicalPlan) -> Result<Transformed<LogicalPlan>>,
) -> Result<LogicalPlan> {
    Ok(plan.transform_up_with_subqueries::<Change<LogicalPlan>>(&mut change)?.data)
}

/// Changes the parts of an operator's expressions, from the inside out. Every expression keeps its name.
pub(super) fn change_parts_of(
    operator: LogicalPlan,
    mut change: impl FnMut(Expr) -> Result<Transformed<Expr>>,
) -> Result<Transformed<LogicalPlan>> {
    let names = NamePreserver::new(&operator);
    operator.map_expressions::<Change<Expr>>(&mut |expr| {
        let name = names.save(&expr);
        let changed = expr.transform_up::<Change<Expr>>(&mut change)?;
        Ok(changed.update_data(|expr| name.restore(expr)))
    })
}

/// Changes the parts of an expression, from the inside out.
pub(super) fn change_parts(expr: Expr, mut change: impl FnMut(Expr) -> Result<Transformed<Expr>>) -> Result<Expr> {
    Ok(expr.transform_up::<Change<Expr>>(&mut change)?.data)
}

/// Looks at the operators of a plan and of its subqueries, from the outside in.
pub(super) fn each_operator(
    plan: &LogicalPlan,
    mut look: impl FnMut(&LogicalPlan) -> Result<TreeNodeRecursion>,
) -> Result<TreeNodeRecursion> {
    plan.apply_with_subqueries::<Look<LogicalPlan>>(&mut look)
}

/// Looks at the parts of an operator's expressions, from the outside in.
pub(super) fn each_part_of(
    operator: &LogicalPlan,
    mut look: impl FnMut(&Expr) -> Result<TreeNodeRecursion>,
) -> Result<TreeNodeRecursion> {
    operator.apply_expressions::<Look<Expr>>(&mut |expr| expr.apply::<Look<Expr>>(&mut look))
}

/// Looks at the parts of an expression, from the outside in.
pub(super) fn each_part(
    expr: &Expr,
    mut look: impl FnMut(&Expr) -> Result<TreeNodeRecursion>,
) -> Result<TreeNodeRecursion> {
    expr.apply::<Look<Expr>>(&mut look)
}

/// Whether an expression has such a part.
pub(super) fn any_part(expr: &Expr, mut is_such: impl FnMut(&Expr) -> bool) -> bool {
    let found =
        each_part(expr, |part| Ok(if is_such(part) { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue }));
    matches!(found, Ok(TreeNodeRecursion::Stop))
}
