//! What a direct statement returns: columns of its table, under the names it gives them.

use std::sync::Arc;

use bowline_core::catalog::{ColumnId, Table};
use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{SelectItem, SelectItemQualifiedWildcardKind};

use super::super::names;
use super::super::scope::Scope;
use super::called::Called;
use crate::error::Error;
use crate::outcome::ResultSet;
use crate::query::table_schema;

/// Columns to return.
#[derive(Debug)]
pub(super) struct Output {
    columns: Vec<ColumnId>,
    schema: SchemaRef,
}

impl Output {
    /// Recognizes items that are columns; `None` for whatever has to be computed.
    pub fn recognize(called: Called, items: &[SelectItem]) -> Option<Output> {
        let table = called.table;
        let whole = table_schema(table);
        let mut columns = Vec::with_capacity(items.len());
        let mut fields = Vec::with_capacity(items.len());
        let mut add = |id: ColumnId, name: Option<String>| {
            let field = whole.field(table.position(id));
            let name = name.unwrap_or_else(|| field.name().clone());
            fields.push(Field::new(name, field.data_type().clone(), true).with_metadata(field.metadata().clone()));
            columns.push(id);
        };
        for item in items {
            match item {
                SelectItem::UnnamedExpr(expr) => add(called.column(expr)?, None),
                SelectItem::ExprWithAlias { expr, alias } => add(called.column(expr)?, Some(names::folded(alias))),
                SelectItem::Wildcard(options) if *options == Default::default() => {
                    table.column_ids().into_iter().for_each(|id| add(id, None));
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options)
                    if *options == Default::default() =>
                {
                    let named = names::parts(name).ok()?;
                    if named != [called.name] {
                        return None;
                    }
                    table.column_ids().into_iter().for_each(|id| add(id, None));
                }
                _ => return None,
            }
        }
        Some(Output { columns, schema: Arc::new(Schema::new(fields)) })
    }

    /// The columns of rows there are.
    pub fn of_rows(&self, scope: &Scope, table: &Table, rows: &[u64]) -> Result<ResultSet, Error> {
        let arrays = scope.rows(table.id).fetch(table, rows, &self.columns)?;
        self.result(arrays, rows.len())
    }

    /// The columns of whole rows, in the table's order.
    pub fn of_columns(&self, table: &Table, whole: &[ArrayRef], count: usize) -> Result<ResultSet, Error> {
        let arrays = self.columns.iter().map(|id| whole[table.position(*id)].clone()).collect();
        self.result(arrays, count)
    }

    fn result(&self, arrays: Vec<ArrayRef>, count: usize) -> Result<ResultSet, Error> {
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)?;
        Ok(ResultSet { schema: self.schema.clone(), batches: vec![batch] })
    }
}

/// `Some(None)` where nothing is returned, `None` where what is returned takes the query engine.
pub(super) fn returning(called: Called, items: Option<&[SelectItem]>) -> Option<Option<Output>> {
    match items {
        None => Some(None),
        Some(items) => Output::recognize(called, items).map(Some),
    }
}
