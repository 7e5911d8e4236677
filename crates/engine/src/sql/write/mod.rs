//! INSERT, UPDATE, DELETE and TRUNCATE: from a statement to an explicit delta.
//!
//! ```text
//!   plan_*  ──▶ Planned { delta, tag, returning }  ──▶ close ──▶ change      (or EXPLAIN prints the trace)
//! ```

mod delete;
mod insert;
mod new_rows;
mod on_conflict;
mod returning;
mod select;
mod truncate;
mod update;

pub(super) use new_rows::{NewColumn, complete_rows};
pub(super) use truncate::truncate;
pub(super) use update::with_generated;

use bowline_core::rows::Delta;
use datafusion::sql::sqlparser::ast::Statement;

use super::scope::{Done, Scope};
use crate::error::Error;
use crate::outcome::{Outcome, ResultSet};

/// A write, ready to be closed.
pub(super) struct Planned {
    /// The statement's own changes.
    pub delta: Delta,
    /// `INSERT 0`, `UPDATE`, `DELETE`.
    pub verb: &'static str,
    /// Rows the statement names itself, for the tag.
    pub row_count: usize,
    /// The rows of RETURNING.
    pub returning: Option<ResultSet>,
}

/// Runs a write: plans it, closes its delta.
pub(super) fn run(scope: &mut Scope, statement: Statement) -> Result<Done, Error> {
    let planned = plan(scope, statement)?;
    let outcome = Outcome {
        tag: format!("{} {}", planned.verb, planned.row_count),
        rows: planned.returning,
        notices: Vec::new(),
    };
    if planned.delta.is_empty() {
        return Ok(Done::unchanged(outcome));
    }
    Ok(Done::changed(outcome, scope.close(planned.delta)?))
}

/// What a write would change by itself, before any referential action.
pub(super) fn plan(scope: &mut Scope, statement: Statement) -> Result<Planned, Error> {
    match statement {
        Statement::Insert(insert) => insert::plan(scope, insert),
        Statement::Update(update) => update::plan(scope, update),
        Statement::Delete(delete) => delete::plan(scope, delete),
        other => Err(Error::unsupported(format!("{other} is not a write"), "Use INSERT, UPDATE or DELETE.")),
    }
}
