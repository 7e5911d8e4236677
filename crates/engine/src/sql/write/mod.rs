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
mod planned;
mod returning;
mod select;
mod single;
mod truncate;
mod update;
mod with;

pub(super) use delete::{BoundDelete, Deleted};
pub(super) use describe::describe;
pub(super) use new_rows::{NewColumn, complete_rows};
pub(super) use select::{ROW, table_factor};
pub(super) use truncate::truncate;
pub(super) use update::{BoundUpdate, Updated, updated, with_generated};
pub(super) use with::{describe_parts, plan, writes};

use datafusion::sql::sqlparser::ast::Statement;

use super::guard;
use super::scope::{Done, Scope};
use crate::error::Error;

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
