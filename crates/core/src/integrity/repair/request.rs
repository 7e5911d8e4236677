//! What is asked of a repair.

use std::sync::Arc;

use arrow::array::ArrayRef;

use crate::catalog::{ColumnId, ForeignKey, Table};
use crate::rows::RowsError;

/// What is done about orphans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RepairMethod {
    /// They are deleted.
    Delete,
    /// Their referencing columns become NULL.
    SetNull,
    /// Their referencing columns become their defaults.
    SetDefault,
    /// They are moved to a side table.
    Quarantine,
    /// The keys they miss are inserted into the referenced table.
    InsertParent,
}

/// Completes new rows of a table: `given` columns, of any type that can be assigned, `count` values each; the others get
/// their defaults. Returns all columns in order.
pub type CompleteRows<'a> = &'a dyn Fn(&Table, Vec<(ColumnId, ArrayRef)>, usize) -> Result<Vec<ArrayRef>, RowsError>;

/// A repair that is asked for.
pub struct RepairRequest<'a> {
    /// The key to repair; a foreign key of the snapshot's catalog.
    pub foreign_key: &'a Arc<ForeignKey>,
    /// How.
    pub method: RepairMethod,
    /// When, in microseconds of UTC: noted with quarantined rows.
    pub now: i64,
    /// Fills the columns that nothing is known about.
    pub complete: CompleteRows<'a>,
}
