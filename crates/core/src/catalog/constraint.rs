//! Candidate keys, checks and indexes: the constraints that concern one table.

use serde::{Deserialize, Serialize};

use super::{ColumnId, ConstraintId, Expression};

/// When a constraint is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Characteristics {
    /// May be put off until commit.
    pub deferrable: bool,
    /// Is put off until commit when a transaction starts.
    pub initially_deferred: bool,
}

/// How a candidate key was declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyOrigin {
    /// By a PRIMARY KEY or UNIQUE constraint.
    Constraint,
    /// By CREATE UNIQUE INDEX.
    Index,
}

/// Columns that identify a row: PRIMARY KEY, UNIQUE or a unique index. A row with a NULL among them is unlike every other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateKey {
    /// Unique in the catalog.
    pub id: ConstraintId,
    /// The constraint's or index's name.
    pub name: String,
    /// In the order of declaration.
    pub columns: Vec<ColumnId>,
    /// PRIMARY KEY rather than UNIQUE.
    pub primary: bool,
    /// Declared as a constraint or as an index.
    pub origin: KeyOrigin,
    /// `NULLS NOT DISTINCT`: NULL equals NULL.
    pub nulls_not_distinct: bool,
    /// When it is judged.
    pub characteristics: Characteristics,
    /// From `COMMENT ON CONSTRAINT` or `COMMENT ON INDEX`.
    pub comment: Option<String>,
}

/// A CHECK constraint: a row is refused when the expression is false for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Unique in the catalog.
    pub id: ConstraintId,
    /// The constraint's name.
    pub name: String,
    /// Over the columns of the table.
    pub expression: Expression,
    /// From `COMMENT ON CONSTRAINT`.
    pub comment: Option<String>,
}

/// An index that is not unique. Key indexes are built from columns when first needed, so this is a declaration only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Unique in the catalog.
    pub id: ConstraintId,
    /// The index's name.
    pub name: String,
    /// In the order of declaration.
    pub columns: Vec<ColumnId>,
    /// From `COMMENT ON INDEX`.
    pub comment: Option<String>,
}
