//! Tables and their columns.

use serde::{Deserialize, Serialize};

use super::names::constraint_name;
use super::{
    CandidateKey, Check, ColumnId, ConstraintId, Expression, Index, KeyOrigin, NotNull, SequenceId, SqlType, TableId,
};

/// A column that takes its value from a sequence of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// `GENERATED ALWAYS`, rather than `BY DEFAULT`.
    pub always: bool,
    /// The sequence behind it.
    pub sequence: SequenceId,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Stays the same when the column is renamed.
    pub id: ColumnId,
    /// As declared, folded to lower case unless it was quoted.
    pub name: String,
    /// The declared type.
    pub sql_type: SqlType,
    /// Refuses NULL; true for the columns of a primary key.
    pub not_null: bool,
    /// The constraint behind that.
    #[serde(default)]
    pub not_null_constraint: NotNull,
    /// What an INSERT that leaves the column out puts here, and what SET DEFAULT sets.
    pub default: Option<Expression>,
    /// `GENERATED ... AS IDENTITY`.
    pub identity: Option<Identity>,
    /// `GENERATED ALWAYS AS (...)`.
    pub generated: Option<Expression>,
    /// Of a generated column: it is computed where it is read, and no row holds it.
    #[serde(default)]
    pub is_virtual: bool,
    /// Of a column whose type was changed: the id it had when it was declared, by which the catalogs number it.
    #[serde(default)]
    pub numbered_as: Option<ColumnId>,
    /// The value of rows written before the column was added, as text its type parses; `None` is NULL.
    pub missing: Option<String>,
    /// From `COMMENT ON COLUMN`.
    pub comment: Option<String>,
}

/// A table. Its foreign keys are in the [`Catalog`](super::Catalog), for they belong to two tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Stays the same when the table is renamed.
    pub id: TableId,
    /// The schema it lives in.
    pub schema: String,
    /// Its name, without the schema.
    pub name: String,
    /// In the order of declaration.
    pub columns: Vec<Column>,
    /// The id the next added column gets.
    pub next_column: u32,
    /// Primary key, UNIQUE constraints and unique indexes.
    pub keys: Vec<CandidateKey>,
    /// CHECK constraints.
    pub checks: Vec<Check>,
    /// Indexes that are not unique.
    pub indexes: Vec<Index>,
    /// From `COMMENT ON TABLE`.
    pub comment: Option<String>,
}

impl Column {
    /// The id that it was declared with, which orders the columns of a table.
    pub fn number(&self) -> ColumnId {
        self.numbered_as.unwrap_or(self.id)
    }

    /// Whether no row has NULL in it.
    pub fn is_never_null(&self) -> bool {
        self.not_null && !self.not_null_constraint.not_valid
    }
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column with that id. Panics if the table has none: ids come from this catalog.
    pub fn column_by_id(&self, id: ColumnId) -> &Column {
        let found = self.columns.iter().find(|column| column.id == id);
        found.unwrap_or_else(|| panic!("table {:?} was believed to have column {id:?}", self.name))
    }

    /// Where the column with that id stands in the declaration, counted from 0.
    pub fn position(&self, id: ColumnId) -> usize {
        let found = self.columns.iter().position(|column| column.id == id);
        found.unwrap_or_else(|| panic!("table {:?} was believed to have column {id:?}", self.name))
    }

    /// The names of these columns, in the given order.
    pub fn column_names(&self, ids: &[ColumnId]) -> Vec<String> {
        ids.iter().map(|id| self.column_by_id(*id).name.clone()).collect()
    }

    /// Whether any of these columns is generated.
    pub fn computes_any(&self, ids: &[ColumnId]) -> bool {
        ids.iter().any(|id| self.column_by_id(*id).generated.is_some())
    }

    /// The columns that are computed where they are read, with their positions.
    pub fn virtual_columns(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.columns.iter().enumerate().filter(|(_, column)| column.is_virtual)
    }

    /// Whether any column is computed where it is read.
    pub fn has_virtual_columns(&self) -> bool {
        self.virtual_columns().next().is_some()
    }

    /// The generated columns that rows hold, with their positions.
    pub fn stored_generated(&self) -> impl Iterator<Item = (usize, &Column)> {
        let columns = self.columns.iter().enumerate();
        columns.filter(|(_, column)| column.generated.is_some() && !column.is_virtual)
    }

    /// The types of these columns, in the given order.
    pub fn column_types(&self, ids: &[ColumnId]) -> Vec<SqlType> {
        ids.iter().map(|id| self.column_by_id(*id).sql_type).collect()
    }

    /// The ids of all columns, in the order of declaration.
    pub fn column_ids(&self) -> Vec<ColumnId> {
        self.columns.iter().map(|column| column.id).collect()
    }

    /// The ids of the columns that rows hold, in the order of declaration.
    pub fn stored_columns(&self) -> Vec<ColumnId> {
        self.columns.iter().filter(|column| !column.is_virtual).map(|column| column.id).collect()
    }

    /// The name of the constraint that a column's NOT NULL is.
    pub fn not_null_name(&self, column: &Column) -> String {
        let named = column.not_null_constraint.name.clone();
        named.unwrap_or_else(|| constraint_name(&self.name, &[&column.name], "not_null", &|_| false))
    }

    /// The names of the constraints that the table itself holds, those of NOT NULL only where they have one.
    pub fn own_constraint_names(&self) -> impl Iterator<Item = &String> {
        let keys = self.keys.iter().filter(|key| key.origin == KeyOrigin::Constraint).map(|key| &key.name);
        let not_nulls = self.columns.iter().filter(|column| column.not_null);
        let not_nulls = not_nulls.filter_map(|column| column.not_null_constraint.name.as_ref());
        keys.chain(self.checks.iter().map(|check| &check.name)).chain(not_nulls)
    }

    /// The column whose NOT NULL is the constraint of that name.
    pub fn not_null_named(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.not_null && self.not_null_name(column) == name)
    }

    /// The primary key, if one is declared.
    pub fn primary_key(&self) -> Option<&CandidateKey> {
        self.keys.iter().find(|key| key.primary)
    }

    /// The key with that id.
    pub fn key(&self, id: ConstraintId) -> Option<&CandidateKey> {
        self.keys.iter().find(|key| key.id == id)
    }
}
