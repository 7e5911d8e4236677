//! A change to the database, as a value: catalog, rows inserted, rows removed, and which of them are an update.
//!
//! ```text
//!   base rows      0 1 2 3 4 5 6 │ 7 8 9          inserted rows get the ids after the base's last
//!   removed            ×     ×   │                 row ids, of the base or of the delta itself
//!   updates            2 ───────────▶ 7            before image ─▶ after image
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use roaring::RoaringTreemap;

use super::InsertedRows;
use crate::catalog::{Catalog, ColumnId, Table, TableId};

/// A change, relative to one snapshot.
#[derive(Debug, Clone, Default)]
pub struct Delta {
    /// The catalog afterwards; `None` keeps it.
    pub catalog: Option<Arc<Catalog>>,
    /// Changes of rows.
    pub tables: BTreeMap<TableId, TableDelta>,
}

/// Rows to insert.
#[derive(Debug, Clone)]
pub struct NewRows {
    /// Which column each array of the batch is.
    pub columns: Vec<ColumnId>,
    /// The rows, types as [`crate::catalog::SqlType::arrow`] gives them.
    pub batch: RecordBatch,
}

/// One updated row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Update {
    /// The row as it was; among the removed rows.
    pub before: u64,
    /// The row as it will be; among the inserted rows.
    pub after: u64,
}

/// Changes of one table's rows.
#[derive(Debug, Clone)]
pub struct TableDelta {
    /// The id of the first inserted row: the base's next row.
    pub first_inserted: u64,
    /// In order: their rows get consecutive ids from `first_inserted`.
    pub inserted: InsertedRows,
    /// Row ids, of the base or of rows inserted here.
    pub removed: RoaringTreemap,
    /// The pairs of removed and inserted rows that are one row updated.
    pub updates: Vec<Update>,
}

impl NewRows {
    /// Whole rows of a table, columns in its order. What is computed where it is read is left out.
    pub fn whole(table: &Table, batch: RecordBatch) -> NewRows {
        if !table.has_virtual_columns() {
            return NewRows { columns: table.column_ids(), batch };
        }
        let stored = table.columns.iter().enumerate().filter(|(_, column)| !column.is_virtual);
        let (positions, columns): (Vec<usize>, Vec<ColumnId>) = stored.map(|(at, column)| (at, column.id)).unzip();
        let batch = batch.project(&positions).expect("whole rows were believed to have all columns of their table");
        NewRows { columns, batch }
    }
}

impl Delta {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.catalog.is_none() && self.tables.values().all(TableDelta::is_empty)
    }

    /// Adds a later change, made on top of this one.
    pub fn extend(&mut self, later: Delta) {
        if later.catalog.is_some() {
            self.catalog = later.catalog;
        }
        for (id, changes) in later.tables {
            match self.tables.get_mut(&id) {
                None => {
                    self.tables.insert(id, changes);
                }
                Some(earlier) => earlier.extend(changes),
            }
        }
    }

    /// Adds another change of rows that was made on the same snapshot: its inserted rows come after those here.
    ///
    /// Panics if both change the catalog, or remove one row.
    pub fn join(&mut self, other: Delta) {
        assert!(self.catalog.is_none() || other.catalog.is_none(), "one of two joined changes was believed to declare");
        self.catalog = self.catalog.take().or(other.catalog);
        for (id, changes) in other.tables {
            match self.tables.get_mut(&id) {
                None => {
                    self.tables.insert(id, changes);
                }
                Some(here) => {
                    assert!(here.removed.is_disjoint(&changes.removed), "a row was believed to be removed once");
                    here.extend(changes.renumbered(here.inserted_rows().end));
                }
            }
        }
    }

    /// How many rows it inserts and removes; an update is one of each.
    pub fn row_counts(&self) -> (usize, u64) {
        let inserted = self.tables.values().map(TableDelta::inserted_count).sum();
        (inserted, self.tables.values().map(|changes| changes.removed.len()).sum())
    }
}

impl TableDelta {
    /// No changes, to a table whose next row is `first_inserted`.
    pub fn new(first_inserted: u64) -> TableDelta {
        TableDelta {
            first_inserted,
            inserted: InsertedRows::default(),
            removed: RoaringTreemap::new(),
            updates: Vec::new(),
        }
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.inserted.is_empty() && self.removed.is_empty()
    }

    /// How many rows it inserts.
    pub fn inserted_count(&self) -> usize {
        self.inserted.count()
    }

    /// The ids of the inserted rows.
    pub fn inserted_rows(&self) -> std::ops::Range<u64> {
        self.first_inserted..self.first_inserted + self.inserted_count() as u64
    }

    /// Inserts rows; returns the id of the first.
    pub fn insert(&mut self, rows: NewRows) -> u64 {
        let first = self.inserted_rows().end;
        self.inserted.push(rows);
        first
    }

    /// The same changes, with the inserted rows numbered from `first`.
    pub fn renumbered(self, first: u64) -> TableDelta {
        let own = self.first_inserted;
        let shift = |row: u64| if row < own { row } else { row - own + first };
        let shifted = |update: &Update| Update { before: shift(update.before), after: shift(update.after) };
        TableDelta {
            first_inserted: first,
            inserted: self.inserted,
            removed: self.removed.iter().map(shift).collect(),
            updates: self.updates.iter().map(shifted).collect(),
        }
    }

    fn extend(&mut self, later: TableDelta) {
        assert_eq!(later.first_inserted, self.inserted_rows().end, "a later change was believed to build on this one");
        self.inserted.extend(later.inserted);
        self.removed |= later.removed;
        self.updates.extend(later.updates);
    }
}
