//! What the full check finds.

use crate::catalog::{ColumnId, TableId};

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
