//! A system table: named and typed at once, its rows computed when it is scanned.

use bowline_core::catalog::Catalog;
use bowline_core::rows::Snapshot;
use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;

use super::rows::{Kind, Value, batch};
use crate::query::made::{Asked, Source};

/// What a system table is called and how its rows follow from the catalog.
#[derive(Debug)]
pub(super) struct Definition {
    pub schema: &'static str,
    pub name: &'static str,
    pub columns: &'static [(&'static str, Kind)],
    pub rows: fn(&Catalog) -> Vec<Vec<Value>>,
}

/// A system table of one snapshot.
#[derive(Debug)]
pub(super) struct LazyTable {
    definition: &'static Definition,
    snapshot: Snapshot,
    /// Rows that do not follow from the catalog alone.
    more: Vec<Vec<Value>>,
    /// What the session calls the database.
    database: String,
}

impl LazyTable {
    pub fn new(
        definition: &'static Definition,
        snapshot: Snapshot,
        more: Vec<Vec<Value>>,
        database: &str,
    ) -> LazyTable {
        LazyTable { definition, snapshot, more, database: database.to_owned() }
    }
}

impl Source for LazyTable {
    fn rows(&self, asked: &Asked) -> Result<Vec<RecordBatch>> {
        let mut rows = (self.definition.rows)(self.snapshot.catalog());
        rows.extend(self.more.iter().cloned());
        for (at, (name, _)) in self.definition.columns.iter().enumerate() {
            if name.ends_with("_catalog") || *name == "catalog_name" {
                let told = rows.iter_mut().filter(|row| !matches!(row[at], Value::Null));
                told.for_each(|row| row[at] = self.database.as_str().into());
            }
        }
        Ok(vec![batch(self.definition.columns, &rows)?.project(&asked.projection)?])
    }
}
