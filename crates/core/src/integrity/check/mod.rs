//! The full check: every row of every table against every constraint, in code that shares nothing with `close`.
//!
//! ```text
//!   columns ──▶ chunks of 64 Ki rows ──▶ integers: a bit per key of the referenced range ──▶ orphans
//!                                   └──▶ anything else: one byte string a row, set of them ──▶ orphans, duplicates
//! ```
//!
//! Invariant: neither key indexes nor the key forms of `rows` are used here, so that a fault in one is seen by the other.
//! Cost: one pass over the columns concerned, on every processor.

mod bytes;
mod chunks;
mod duplicates;
mod integers;
mod orphans;
mod parallel;
mod report;

use crate::catalog::{ColumnId, ForeignKey, TableId};
use crate::rows::{Interrupt, RowsError, Snapshot};

pub use report::check_snapshot;

/// Why a referencing row violates its foreign key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// No referenced row holds the key.
    Missing,
    /// `MATCH FULL`: some referencing columns are NULL, but not all.
    PartlyNull,
}

/// A referencing row without a referenced row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Orphan {
    /// The referencing row.
    pub row: u64,
    /// What is wrong with it.
    pub reason: Reason,
}

/// Which kind of constraint a row violates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A NULL in a NOT NULL column.
    NotNull,
    /// A key that an earlier row holds already.
    CandidateKey,
    /// A CHECK that is false.
    Check,
    /// A referencing row without a referenced row.
    ForeignKey,
}

/// One row that violates one constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The kind of constraint.
    pub kind: FindingKind,
    /// The table that holds the row.
    pub table: TableId,
    /// The constraint's name; for NOT NULL the name that PostgreSQL would generate.
    pub constraint: String,
    /// The columns of the constraint; for a CHECK those of the primary key, or all where there is none.
    pub columns: Vec<ColumnId>,
    /// The row.
    pub row: u64,
    /// Its values in `columns`, as text.
    pub key: Vec<Option<String>>,
    /// What is wrong, as one factual line.
    pub reason: String,
}

/// Every violating row of a foreign key, by row id ascending; also of a foreign key that is NOT VALID or NOT ENFORCED.
///
/// Errors: rows could not be read, or `interrupt` said so.
pub fn check_foreign_key(
    snapshot: &Snapshot,
    fk: &ForeignKey,
    interrupt: &dyn Interrupt,
) -> Result<Vec<Orphan>, RowsError> {
    let catalog = snapshot.catalog();
    let (table, referenced) = (catalog.table(fk.table), catalog.table(fk.referenced_table));
    let types = table.column_types(&fk.columns);
    let referenced_types = referenced.column_types(&fk.referenced_columns);
    let referencing_rows = chunks::load(snapshot.rows(fk.table), table, &fk.columns, interrupt)?;
    let referenced_rows =
        chunks::load(snapshot.rows(fk.referenced_table), referenced, &fk.referenced_columns, interrupt)?;
    match (&types[..], &referenced_types[..]) {
        ([one], [other]) if one.is_integer() && other.is_integer() => {
            integers::orphans(&referencing_rows, &referenced_rows, interrupt)
        }
        _ => {
            let forms = bytes::forms(&types, &referenced_types);
            orphans::orphans(&referencing_rows, &referenced_rows, &forms, fk.match_type, interrupt)
        }
    }
}
