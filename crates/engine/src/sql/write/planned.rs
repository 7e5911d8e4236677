//! What one write would change by itself, before any referential action.

use bowline_core::catalog::{Table, TableId};
use bowline_core::rows::{Delta, NewRows, TableDelta};
use datafusion::arrow::array::ArrayRef;

use crate::error::Error;
use crate::expressions::whole_rows;
use crate::outcome::ResultSet;

/// A write, ready to be closed.
pub(super) struct Planned {
    /// The table it names.
    pub table: TableId,
    /// `insert into`, `update`, `delete from`, `merge into`.
    pub verb: &'static str,
    /// The statement's own changes.
    pub delta: Delta,
    /// `INSERT 0`, `UPDATE`, `DELETE`, `MERGE`.
    pub tag: &'static str,
    /// Rows the statement names itself, for the tag.
    pub row_count: usize,
    /// The rows of RETURNING.
    pub returning: Option<ResultSet>,
}

/// The plan of an INSERT.
pub(super) fn inserting(table: &Table, changes: TableDelta, row_count: usize, returning: Option<ResultSet>) -> Planned {
    let delta = delta_of(table, changes);
    Planned { table: table.id, verb: "insert into", delta, tag: "INSERT 0", row_count, returning }
}

/// Adds whole rows to the changes.
pub(super) fn insert_rows(
    changes: &mut TableDelta,
    table: &Table,
    rows: Vec<ArrayRef>,
    count: usize,
) -> Result<u64, Error> {
    Ok(changes.insert(NewRows::whole(table, whole_rows(table, rows, count)?)))
}

/// A delta of one table.
pub(super) fn delta_of(table: &Table, changes: TableDelta) -> Delta {
    match changes.is_empty() {
        true => Delta::default(),
        false => Delta { tables: [(table.id, changes)].into(), ..Delta::default() },
    }
}
