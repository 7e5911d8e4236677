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
mod returned_rows;
mod returning;
mod select;
mod single;
mod truncate;
mod update;
mod values;
mod with;

pub(super) use describe::describe;
pub(super) use insert::LIGHT_ROWS_MAX;
pub(super) use new_rows::{NewColumn, complete_rows};
pub(super) use select::{ROW, table_factor};
pub(super) use single::BoundWrite;
pub(super) use truncate::truncate;
pub(super) use update::{updated, with_generated};
pub(super) use values::is_default;
pub(super) use with::{bind, describe_parts, plan, writes};

use datafusion::sql::sqlparser::ast::Statement;

use super::guard;
use super::scope::{Done, Scope};
use crate::error::Error;
use with::Written;

/// Runs a statement that writes: plans its parts, closes their delta.
pub(super) fn run(scope: &mut Scope, statement: Statement) -> Result<Done, Error> {
    let written = plan(scope, statement)?;
    closed(scope, written)
}

/// Runs a write that is bound.
pub(super) fn run_bound(scope: &Scope, write: &BoundWrite) -> Result<Done, Error> {
    closed(scope, Written::of(write.plan(scope)?))
}

fn closed(scope: &Scope, written: Written) -> Result<Done, Error> {
    if written.delta.is_empty() {
        return Ok(Done::unchanged(written.outcome));
    }
    let closed = scope.close(written.delta)?;
    guard::check(scope, &closed.trace, &written.deeds)?;
    Ok(Done::changed(written.outcome, closed))
}
