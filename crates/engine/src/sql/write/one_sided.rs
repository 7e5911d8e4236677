//! Expressions of MERGE that see one of the two tables: what is not matched has no row of the other.
//!
//! A name without a table means a column of the side that is there, also where the other side has one of that name.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, VisitMut, VisitorMut};

use super::super::names;
use crate::error::Error;

/// A table as the expressions of a statement call it.
pub(super) struct Side {
    pub called: Ident,
    pub columns: Vec<String>,
}

/// Binds an expression to one side. Errors: 42P01 for the other table, 42703 for a column that only the other has.
pub(super) fn bind(expr: &mut Expr, side: &Side, other: &Side) -> Result<(), Error> {
    match expr.visit(&mut OneSided { side, other, depth: 0 }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct OneSided<'s> {
    side: &'s Side,
    other: &'s Side,
    /// How many subqueries around: there, names may mean something else.
    depth: usize,
}

impl VisitorMut for OneSided<'_> {
    type Break = Error;

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<Error> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<Error> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        match expr {
            Expr::Identifier(name) if self.depth == 0 => {
                let folded = names::folded(name);
                if self.side.columns.contains(&folded) {
                    *expr = Expr::CompoundIdentifier(vec![self.side.called.clone(), name.clone()]);
                } else if self.other.columns.contains(&folded) {
                    return ControlFlow::Break(unseen_column(&folded, self.other));
                }
            }
            Expr::CompoundIdentifier(parts) if parts.len() == 2 => {
                let named = names::folded(&parts[0]);
                if named == names::folded(&self.other.called) && named != names::folded(&self.side.called) {
                    return ControlFlow::Break(unseen_table(&named));
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn unseen_table(name: &str) -> Error {
    Error::new("42P01", format!("invalid reference to FROM-clause entry for table \"{name}\""))
        .with_detail(format!(
            "There is an entry for table \"{name}\", but it cannot be referenced from this part of the query."
        ))
        .with_hint("What is not matched has a row on one side only.")
}

fn unseen_column(name: &str, other: &Side) -> Error {
    let table = names::folded(&other.called);
    Error::new("42703", format!("column \"{name}\" does not exist"))
        .with_detail(format!(
            "There is a column named \"{name}\" in table \"{table}\", but it cannot be referenced from this part of the query."
        ))
        .with_hint("What is not matched has a row on one side only.")
}
