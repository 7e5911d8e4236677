//! What an expression about one row cannot hold: aggregate, window and set-returning functions, and in declarations subqueries.

use datafusion::sql::sqlparser::ast::{Expr, Function};

use super::names::folded;
use crate::error::Error;
use crate::query::is_aggregate;
use crate::walk::{self, Tree};

/// Where an expression stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Check,
    Default,
    Generated,
    Returning,
    /// What SET gives a column.
    Update,
}

impl Place {
    /// As it is called in messages.
    fn name(self) -> &'static str {
        match self {
            Place::Check => "check constraints",
            Place::Default => "DEFAULT expressions",
            Place::Generated => "column generation expressions",
            Place::Returning => "RETURNING",
            Place::Update => "UPDATE",
        }
    }

    /// As one is called, where a subquery cannot stand in it.
    fn without_subquery(self) -> Option<&'static str> {
        match self {
            Place::Check => Some("check constraint"),
            Place::Default => Some("DEFAULT expression"),
            Place::Generated => Some("column generation expression"),
            Place::Returning | Place::Update => None,
        }
    }
}

/// Errors: 0A000 for subqueries in declarations and for functions that return sets, 42803 for aggregates, 42P20 for windows.
pub(super) fn check(within: &impl Tree, place: Place) -> Result<(), Error> {
    if let Some(name) = place.without_subquery()
        && walk::any_expr(within, is_subquery)
    {
        return Err(Error::unsupported(format!("cannot use subquery in {name}"), OF_ITS_ROW));
    }
    match walk::find_expr_outside_queries(within, misplaced) {
        None => Ok(()),
        Some((sqlstate, what)) => {
            let error = Error::new(sqlstate, format!("{what} are not allowed in {}", place.name()));
            Err(error.with_hint(OF_ITS_ROW))
        }
    }
}

const OF_ITS_ROW: &str = "It may only use the columns of its own row.";

/// Whether an expression is a subquery itself.
pub(super) fn is_subquery(expr: &Expr) -> bool {
    matches!(expr, Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. })
}

fn misplaced(expr: &Expr) -> Option<(&'static str, &'static str)> {
    let Expr::Function(function) = expr else { return None };
    let name = called(function)?;
    match name.as_str() {
        _ if function.over.is_some() => Some(("42P20", "window functions")),
        "generate_series" | "unnest" | "generate_subscripts" => Some(("0A000", "set-returning functions")),
        name if is_aggregate(name) => Some(("42803", "aggregate functions")),
        _ => None,
    }
}

/// The name of a function of PostgreSQL's; those in other schemas are none of it.
fn called(function: &Function) -> Option<String> {
    let parts: Vec<String> = function.name.0.iter().filter_map(|part| part.as_ident()).map(folded).collect();
    match parts.as_slice() {
        [name] => Some(name.clone()),
        [schema, name] if schema == "pg_catalog" => Some(name.clone()),
        _ => None,
    }
}
