//! What is declared of a table besides its columns, collected before it is made.

use bowline_core::catalog::Index;
use datafusion::sql::sqlparser::ast::{CheckConstraint, ForeignKeyConstraint};

use super::constraints::KeySpec;
use super::not_null::NotNullSpec;
use super::using_index::UsingIndex;

/// Constraints of a declaration, told apart by what they need to exist first.
#[derive(Default)]
pub(super) struct Declared {
    pub keys: Vec<KeySpec>,
    pub checks: Vec<(Option<String>, CheckConstraint)>,
    pub foreign_keys: Vec<(Option<String>, ForeignKeyConstraint)>,
    /// NOT NULL as constraints of the table.
    pub not_nulls: Vec<NotNullSpec>,
    /// Constraints over indexes that are there.
    pub using_indexes: Vec<UsingIndex>,
    /// Indexes that are not unique, to be named.
    pub indexes: Vec<(Vec<String>, Index)>,
}
