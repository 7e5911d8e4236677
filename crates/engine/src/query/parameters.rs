//! The parameters a statement names: `$1`, `$2`, ...

use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, Value};

use crate::walk::{self, Tree};

/// How many parameters a statement names: the highest number among them.
pub(crate) fn parameter_count(statement: &impl Tree) -> usize {
    let mut count = 0;
    walk::each_expr(statement, |expr| count = count.max(parameter(expr).unwrap_or(0)));
    count
}

/// The number of the parameter an expression is.
pub(crate) fn parameter(expr: &SqlExpr) -> Option<usize> {
    let SqlExpr::Value(value) = expr else { return None };
    let Value::Placeholder(name) = &value.value else { return None };
    name.strip_prefix('$')?.parse().ok()
}

/// The place that `$n` means, from 0.
pub(super) fn place(id: &str) -> Option<usize> {
    id.strip_prefix('$')?.parse::<usize>().ok()?.checked_sub(1)
}
