//! INSERT, UPDATE, DELETE, MERGE and TRUNCATE: from a statement to an explicit delta.
//!
//! ```text
//!   with::plan ─┬─ part of WITH ─▶ Planned { delta, … } ─┐
//!               └─ statement ────▶ Planned { delta, … } ─┴─▶ Written ──▶ close ──▶ change   (or EXPLAIN prints the trace)
//! ```

mod delete;
mod describe;
mod images;
mod insert;
mod merge;
mod merge_clauses;
mod new_rows;
mod on_conflict;
mod one_sided;
mod parts;
mod returning;
mod select;
mod truncate;
mod update;
mod with;

pub(super) use describe::describe;
pub(super) use new_rows::{NewColumn, complete_rows};
pub(crate) use parts::Parts;
pub(super) use truncate::truncate;
pub(super) use update::{updated, with_generated};
pub(super) use with::{plan, writes};

use bowline_core::catalog::TableId;
use bowline_core::rows::Delta;
use datafusion::sql::sqlparser::ast::Statement;

use super::guard;
use super::scope::{Done, Scope};
use crate::error::Error;
use crate::outcome::ResultSet;

/// A write, ready to be closed.
struct Planned {
    /// The table it names.
    table: TableId,
    /// `insert into`, `update`, `delete from`, `merge into`.
    verb: &'static str,
    /// The statement's own changes.
    delta: Delta,
    /// `INSERT 0`, `UPDATE`, `DELETE`, `MERGE`.
    tag: &'static str,
    /// Rows the statement names itself, for the tag.
    row_count: usize,
    /// The rows of RETURNING.
    returning: Option<ResultSet>,
}

/// Runs a statement that writes: plans its parts, closes their delta.
pub(super) fn run(scope: &mut Scope, statement: Statement) -> Result<Done, Error> {
    let written = plan(scope, statement)?;
    if written.delta.is_empty() {
        return Ok(Done::unchanged(written.outcome));
    }
    let closed = scope.close(written.delta)?;
    guard::check(scope, &closed.trace, &written.deeds)?;
    Ok(Done::changed(written.outcome, closed))
}

/// What one write would change by itself, before any referential action.
fn plan_single(scope: &mut Scope, statement: Statement) -> Result<Planned, Error> {
    match statement {
        Statement::Insert(insert) => insert::plan(scope, insert),
        Statement::Update(update) => update::plan(scope, update),
        Statement::Delete(delete) => delete::plan(scope, delete),
        Statement::Merge(merge) => merge::plan(scope, merge),
        other => Err(Error::unsupported(format!("{other} is not a write"), "Use INSERT, UPDATE, DELETE or MERGE.")),
    }
}
