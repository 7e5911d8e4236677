//! Expressions of MERGE that see one of the two tables: what is not matched has no row of the other.
//!
//! A name without a table means a column of the side that is there, also where the other side has one of that name.

use datafusion::sql::sqlparser::ast::{Expr, Ident};

use super::super::names;
use crate::error::Error;
use crate::walk::{self, Step};

/// A table as the expressions of a statement call it.
pub(super) struct Side {
    pub called: Ident,
    pub columns: Vec<String>,
}

/// Binds an expression to one side. Errors: 42P01 for the other table, 42703 for a column that only the other has.
pub(super) fn bind(expr: &mut Expr, side: &Side, other: &Side) -> Result<(), Error> {
    // How many subqueries around: there, names may mean something else.
    let mut depth = 0;
    walk::try_change(expr, |step| {
        match step {
            Step::BeforeQuery(_) => depth += 1,
            Step::AfterQuery => depth -= 1,
            Step::BeforeExpr(expr) => bind_name(expr, side, other, depth == 0)?,
            _ => {}
        }
        Ok(())
    })
}

fn bind_name(expr: &mut Expr, side: &Side, other: &Side, is_outermost: bool) -> Result<(), Error> {
    match expr {
        Expr::Identifier(name) if is_outermost => {
            let folded = names::folded(name);
            if side.columns.contains(&folded) {
                *expr = Expr::CompoundIdentifier(vec![side.called.clone(), name.clone()]);
            } else if other.columns.contains(&folded) {
                return Err(unseen_column(&folded, other));
            }
        }
        Expr::CompoundIdentifier(parts) if parts.len() == 2 => {
            let named = names::folded(&parts[0]);
            if named == names::folded(&other.called) && named != names::folded(&side.called) {
                return Err(unseen_table(&named));
            }
        }
        _ => {}
    }
    Ok(())
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
