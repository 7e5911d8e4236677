//! RETURNING: rows a write gives back.

use std::collections::HashSet;
use std::sync::Arc;

use bowline_core::catalog::Table;
use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::catalog::MemTable;
use datafusion::sql::sqlparser::ast::{Ident, ObjectName, SelectItem, TableWithJoins};

use super::super::scope::Scope;
use super::select::{Target, select, table_factor};
use crate::error::Error;
use crate::expressions::whole_rows;
use crate::outcome::ResultSet;
use crate::query::table_schema;

/// The RETURNING clause, if there is one.
pub(super) struct Returning(Option<Vec<SelectItem>>);

impl Returning {
    pub fn new(items: Option<Vec<SelectItem>>) -> Self {
        Self(items)
    }

    pub fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// The items to select beside the row id. `*` means the target's columns, then those of the other tables.
    pub fn items_of(&self, target: &Target) -> Vec<SelectItem> {
        let own = || target.table.columns.iter().map(|column| target.column(&column.name));
        let mut items = Vec::new();
        for item in self.0.iter().flatten() {
            match item {
                SelectItem::Wildcard(_) => items.extend(own()),
                other => items.push(other.clone()),
            }
        }
        items
    }

    /// The columns from `first` on, one row for each distinct row id in the first column.
    pub fn columns_after(&self, found: &ResultSet, first: usize, rows: &[u64]) -> Result<Option<ResultSet>, Error> {
        if self.0.is_none() {
            return Ok(None);
        }
        let columns: Vec<usize> = (first..found.schema.fields().len()).collect();
        let schema = Arc::new(found.schema.project(&columns)?);
        let mut seen = HashSet::with_capacity(rows.len());
        let mut position = 0;
        let mut batches = Vec::with_capacity(found.batches.len());
        for batch in &found.batches {
            let here = &rows[position..position + batch.num_rows()];
            position += batch.num_rows();
            let keep = BooleanArray::from(here.iter().map(|row| seen.insert(*row)).collect::<Vec<_>>());
            batches.push(filter_record_batch(&batch.project(&columns)?, &keep)?);
        }
        Ok(Some(ResultSet { schema, batches }))
    }

    /// Evaluates the items over rows as they are after the write. `called` is the name the statement gives the table.
    pub fn over_rows(
        &self,
        scope: &Scope,
        table: &Table,
        called: &Ident,
        rows: Vec<ArrayRef>,
        count: usize,
    ) -> Result<Option<ResultSet>, Error> {
        let Some(items) = &self.0 else { return Ok(None) };
        let schema = table_schema(table);
        let batch = whole_rows(table, rows, count)?.with_schema(nullable(&schema))?;
        let provider = MemTable::try_new(nullable(&schema), vec![vec![batch]]).map_err(crate::query::error)?;
        let name = ObjectName::from(vec![Ident::new("__statement"), Ident::new("returning")]);
        let from = TableWithJoins { relation: table_factor(name, called.clone()), joins: Vec::new() };
        let query = select(items.clone(), vec![from], None);
        scope.query_with(query, vec![("returning".to_owned(), Arc::new(provider))]).map(Some)
    }
}

/// The same schema with every column nullable: rows are judged after RETURNING is computed.
fn nullable(schema: &Schema) -> Arc<Schema> {
    let fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    Arc::new(Schema::new(fields))
}

/// Batches as one.
pub(super) fn one_batch(found: &ResultSet) -> Result<RecordBatch, Error> {
    Ok(datafusion::arrow::compute::concat_batches(&found.schema, &found.batches)?)
}
