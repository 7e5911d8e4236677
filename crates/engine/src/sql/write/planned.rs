//! What one write would change by itself, before any referential action.

use bowline_core::catalog::TableId;
use bowline_core::rows::Delta;

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
