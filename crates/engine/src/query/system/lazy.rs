//! A system table: named and typed at once, its rows computed when it is scanned.

use std::sync::Arc;

use async_trait::async_trait;
use bowline_core::catalog::Catalog;
use bowline_core::rows::Snapshot;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::rows::{Kind, Value, batch, schema};

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
    schema: SchemaRef,
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
        LazyTable { definition, snapshot, schema: schema(definition.columns), more, database: database.to_owned() }
    }
}

#[async_trait]
impl TableProvider for LazyTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut rows = (self.definition.rows)(self.snapshot.catalog());
        rows.extend(self.more.iter().cloned());
        for (at, (name, _)) in self.definition.columns.iter().enumerate() {
            if name.ends_with("_catalog") || *name == "catalog_name" {
                let told = rows.iter_mut().filter(|row| !matches!(row[at], Value::Null));
                told.for_each(|row| row[at] = self.database.as_str().into());
            }
        }
        let batch = batch(self.definition.columns, &rows)?;
        Ok(MemorySourceConfig::try_new_exec(&[vec![batch]], self.schema.clone(), projection.cloned())?)
    }
}
