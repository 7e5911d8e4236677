//! Makes the tables of a snapshot readable by DataFusion: schema, statistics, and which filters a scan can use.
//!
//! A filter by equality on the columns of a key is answered by looking the rows up; nothing else of the table is loaded.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use bowline_core::catalog::Table;
use bowline_core::rows::TableRows;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Constraint, Constraints, Result};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::generic::with_values;
use super::scan::SnapshotScan;
use super::scan_stream::Wanted;
use super::state::Lasting;
use super::types;
use super::view::Fields;
use super::{lookup, planning};

/// The name of the column that holds row ids in schema `__rows`.
pub(super) const ROW_COLUMN: &str = "__row";

/// The columns of a table as Arrow fields, in order of declaration.
pub(crate) fn table_schema(table: &Table) -> SchemaRef {
    let fields =
        table.columns.iter().map(|column| types::field(&column.name, column.sql_type, !column.is_never_null()));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A table of a snapshot. Foreign keys tell which columns, besides the keys, are looked up.
#[derive(Debug)]
pub(super) struct SnapshotTable {
    pub table: Arc<Table>,
    pub rows: TableRows,
    /// Column lists that are worth looking up, as positions: candidate keys and foreign keys.
    pub keys: Arc<[Vec<usize>]>,
    schema: SchemaRef,
    /// What may stand beside a GROUP BY without being named in it: columns that the primary key determines.
    constraints: Constraints,
}

impl SnapshotTable {
    /// `foreign_keys`: the referencing columns of the table's foreign keys. `with_row_ids` adds the column `__row`.
    pub fn new(
        table: Arc<Table>,
        rows: TableRows,
        foreign_keys: &[&[bowline_core::catalog::ColumnId]],
        with_row_ids: bool,
        detail: Fields,
    ) -> SnapshotTable {
        let declared = table.keys.iter().map(|key| key.columns.as_slice());
        let indexes = table.indexes.iter().map(|index| index.columns.as_slice());
        let lists = declared.chain(foreign_keys.iter().copied()).chain(indexes);
        let keys = lists.map(|ids| ids.iter().map(|id| table.position(*id)).collect()).collect();
        let mut schema = table_schema(&table);
        if detail == Fields::Bare {
            let bare = schema.fields().iter().map(|field| field.as_ref().clone().with_metadata(HashMap::new()));
            schema = Arc::new(Schema::new(bare.collect::<Vec<_>>()));
        }
        if with_row_ids {
            let row = Arc::new(Field::new(ROW_COLUMN, DataType::UInt64, false));
            let fields = schema.fields().iter().cloned().chain([row]);
            schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        }
        // Rows may share a key for a while where it is judged at commit.
        let primary = table.keys.iter().filter(|key| key.primary && !key.characteristics.deferrable);
        let primary = primary.map(|key| key.columns.iter().map(|id| table.position(*id)).collect());
        let constraints = Constraints::new_unverified(primary.map(Constraint::PrimaryKey).collect());
        SnapshotTable { table, rows, keys, schema, constraints }
    }
}

#[async_trait]
impl TableProvider for SnapshotTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn constraints(&self) -> Option<&Constraints> {
        Some(&self.constraints)
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let useful = |filter: &&Expr| match lookup::is_useful(&self.schema, &with_values(filter)) {
            true => TableProviderFilterPushDown::Inexact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(useful).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        planning::go_on()?;
        let projection = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let wanted = Wanted {
            table: self.table.clone(),
            keys: self.keys.clone(),
            schema: Arc::new(self.schema.project(&projection)?),
            projection,
            filters: filters.to_vec(),
            // Invariant: the limit arrives only when every filter is exact, and none of ours is.
            limit: if filters.is_empty() { limit } else { None },
            is_lasting: state.config().get_extension::<Lasting>().is_some(),
        };
        Ok(Arc::new(SnapshotScan::new(wanted, self.rows.clone())?))
    }
}
