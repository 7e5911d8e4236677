//! What a subquery is computed for, and small things that both sides of the rewriting need.

use std::collections::HashMap;

use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::{Expr, Join, LogicalPlan};

/// The combinations of outer values a subquery is computed for.
#[derive(Clone)]
pub(super) struct Domain {
    /// One row for each; its columns are those below. `None` if the subquery uses no column of this query.
    pub plan: Option<LogicalPlan>,
    pub columns: Vec<Column>,
    /// What the columns of the outer query are called.
    pub names: HashMap<Column, Column>,
}

/// Names made here are numbered, so that none is met twice in a plan.
#[derive(Default)]
pub(super) struct Numbers(usize);

impl Numbers {
    pub fn next(&mut self) -> usize {
        self.0 += 1;
        self.0
    }
}

/// All conditions of a join as expressions.
pub(super) fn on_and_filter(join: &Join) -> Vec<Expr> {
    let on = join.on.iter().map(|(left, right)| left.clone().eq(right.clone()));
    on.chain(join.filter.clone()).collect()
}

/// The expressions under the names that a schema gives them.
pub(super) fn named_as(exprs: Vec<Expr>, schema: &DFSchema) -> Vec<Expr> {
    let named = exprs.into_iter().zip(schema.iter()).map(|(expr, (qualifier, field))| match &expr {
        Expr::Column(column) if column.relation.as_ref() == qualifier && column.name == *field.name() => expr,
        _ => expr.unalias().alias_qualified(qualifier.cloned(), field.name()),
    });
    named.collect()
}
