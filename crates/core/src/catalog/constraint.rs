//! Candidate keys, checks and indexes: the constraints that concern one table.

use std::fmt;

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

/// How an index was declared beyond its columns. Key indexes build themselves and have no order, so this changes no answer:
/// it is kept to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IndexDeclaration {
    /// `USING method`.
    pub method: IndexMethod,
    /// One for each column of the index; empty where all have the default order.
    pub orders: Vec<ColumnOrder>,
    /// `INCLUDE (columns)`.
    pub include: Vec<ColumnId>,
    /// One for each column of the index, `None` for the default of its type; empty where all have the default.
    #[serde(default)]
    pub operator_classes: Vec<Option<String>>,
}

/// The access method of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum IndexMethod {
    /// `USING btree`, the default.
    #[default]
    Btree,
    /// `USING hash`.
    Hash,
}

/// The order of one column of an index. Displayed as it stands after the column's name, the default order as nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ColumnOrder {
    /// `DESC`.
    pub descending: bool,
    /// `NULLS FIRST`, which is what `DESC` alone means.
    pub nulls_first: bool,
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
    /// How its index was declared, by CREATE UNIQUE INDEX.
    #[serde(default)]
    pub index: IndexDeclaration,
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
    /// Whether it was judged over the rows that were there before it; false after NOT VALID.
    #[serde(default = "yes")]
    pub validated: bool,
    /// Whether it judges what is written; false after NOT ENFORCED.
    #[serde(default = "yes")]
    pub enforced: bool,
    /// From `COMMENT ON CONSTRAINT`.
    pub comment: Option<String>,
}

/// The constraint that a column's NOT NULL is. That the column has one, the column says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NotNull {
    /// The constraint's name; the catalog gives one where it is put without.
    pub name: Option<String>,
    /// NULLs from before it may stand: it was added NOT VALID.
    pub not_valid: bool,
    /// From `COMMENT ON CONSTRAINT`.
    pub comment: Option<String>,
}

/// What catalogs mean that were stored before there was a choice.
fn yes() -> bool {
    true
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
    /// How it was declared.
    #[serde(default)]
    pub declaration: IndexDeclaration,
    /// From `COMMENT ON INDEX`.
    pub comment: Option<String>,
}

impl IndexDeclaration {
    /// The order of the column at this position.
    pub fn order(&self, position: usize) -> ColumnOrder {
        self.orders.get(position).copied().unwrap_or_default()
    }

    /// The operator class of the column at this position, if it is not the default.
    pub fn operator_class(&self, position: usize) -> Option<&str> {
        self.operator_classes.get(position).and_then(Option::as_deref)
    }
}

impl fmt::Display for IndexMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Btree => "btree",
            Self::Hash => "hash",
        })
    }
}

impl fmt::Display for ColumnOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.descending, self.nulls_first) {
            (false, false) => "",
            (false, true) => " NULLS FIRST",
            (true, true) => " DESC",
            (true, false) => " DESC NULLS LAST",
        })
    }
}
