//! What an expression about one row may say: a default, a CHECK, a generated column.

use datafusion::common::DataFusionError;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::Case;

use super::{errors, tree};
use crate::error::Error;

/// The expression as it is evaluated, without an optimizer. Errors: as [`refuse_queries`].
pub(super) fn of_row(expr: Expr) -> Result<Expr, Error> {
    refuse_queries(&expr)?;
    tree::change_parts(expr, coalesce_as_case).map_err(errors::error)
}

/// `coalesce` has no evaluation of its own in DataFusion: its optimizer, which is not asked here, writes it as CASE.
fn coalesce_as_case(expr: Expr) -> Result<Transformed<Expr>, DataFusionError> {
    let Expr::ScalarFunction(mut call) = expr else { return Ok(Transformed::no(expr)) };
    if call.name() != "coalesce" {
        return Ok(Transformed::no(Expr::ScalarFunction(call)));
    }
    let Some(last) = call.args.pop() else { return Ok(Transformed::no(Expr::ScalarFunction(call))) };
    let present = |value: Expr| (Box::new(value.clone().is_not_null()), Box::new(value));
    let whens: Vec<_> = call.args.into_iter().map(present).collect();
    Ok(Transformed::yes(match whens.is_empty() {
        true => last,
        false => Expr::Case(Case::new(None, whens, Some(Box::new(last)))),
    }))
}

/// Refuses what cannot stand in an expression about one row. Errors: 0A000, 42803, 42P20.
pub(super) fn refuse_queries(expr: &Expr) -> Result<(), Error> {
    let mut found = None;
    let visited = tree::each_part(expr, |part| {
        found = match part {
            Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) => Some(("0A000", "subquery")),
            Expr::AggregateFunction(_) => Some(("42803", "aggregate function")),
            Expr::WindowFunction(_) => Some(("42P20", "window function")),
            _ => return Ok(TreeNodeRecursion::Continue),
        };
        Ok(TreeNodeRecursion::Stop)
    });
    visited.map_err(errors::error)?;
    match found {
        None => Ok(()),
        Some((sqlstate, what)) => Err(Error::new(sqlstate, format!("cannot use {what} in this expression"))
            .with_hint("It may only use the columns of its own row.")),
    }
}
