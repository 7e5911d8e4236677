//! Gives the catalog's expressions their meaning for `core`: checks, defaults and generated columns.

use std::sync::Arc;

use bowline_core::catalog::{Check, Column, Expression, Table};
use bowline_core::integrity::Judge;
use bowline_core::rows::{Interrupt, RowsError, Snapshot};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, new_null_array,
};
use datafusion::arrow::datatypes::{Field, Schema};

use crate::error::Error;
use crate::query::{QueryEngine, assign};
use crate::sequences::SessionSequences;
use crate::stored_names;

/// Evaluates expressions against one snapshot's catalog.
pub(crate) struct Expressions<'a> {
    queries: &'a QueryEngine,
    snapshot: &'a Snapshot,
    sequences: &'a SessionSequences,
}

impl<'a> Expressions<'a> {
    pub fn new(queries: &'a QueryEngine, snapshot: &'a Snapshot, sequences: &'a SessionSequences) -> Self {
        Self { queries, snapshot, sequences }
    }

    /// What `count` new rows have in a column that was left out: identity, sequence, default or NULL.
    pub fn defaults(&self, table: &Table, column: &Column, count: usize) -> Result<ArrayRef, Error> {
        let owned = self.snapshot.catalog().sequences().find(|s| s.owner == Some((table.id, column.id)));
        if let Some(sequence) = owned.filter(|_| column.identity.is_some() || takes_nextval(column)) {
            let values = self.sequences.next_values(sequence, count)?;
            let values: ArrayRef = Arc::new(datafusion::arrow::array::Int64Array::from(values));
            return assign(&values, &Field::new("nextval", values.data_type().clone(), true), column);
        }
        let Some(default) = &column.default else {
            return Ok(new_null_array(&column.sql_type.arrow(), count));
        };
        self.evaluate_default(table, column, default, count)
    }

    fn evaluate_default(
        &self,
        table: &Table,
        column: &Column,
        default: &Expression,
        count: usize,
    ) -> Result<ArrayRef, Error> {
        let columns = table.columns.iter().map(|c| new_null_array(&c.sql_type.arrow(), count)).collect();
        let text = stored_names::read_expression(self.snapshot.catalog(), &default.0, table.id.is_temporary());
        let values = self.queries.evaluate(&text, table, &whole_rows(table, columns, count)?)?;
        assign(&values, &Field::new("default", values.data_type().clone(), true), column)
    }
}

impl Interrupt for Expressions<'_> {
    fn go_on(&self) -> Result<(), RowsError> {
        self.queries.cancel().go_on()
    }
}

impl Judge for Expressions<'_> {
    fn check(&self, table: &Table, check: &Check, batch: &RecordBatch) -> Result<BooleanArray, RowsError> {
        let verdicts = self.queries.evaluate(&check.expression.0, table, batch)?;
        match verdicts.as_boolean_opt() {
            Some(verdicts) => Ok(verdicts.clone()),
            None => Ok(new_null_array(&datafusion::arrow::datatypes::DataType::Boolean, batch.num_rows())
                .as_boolean()
                .clone()),
        }
    }

    fn default_value(&self, table: &Table, column: &Column) -> Result<ArrayRef, RowsError> {
        Ok(self.defaults(table, column, 1)?)
    }

    fn generated(&self, table: &Table, column: &Column, batch: &RecordBatch) -> Result<ArrayRef, RowsError> {
        let Some(expression) = &column.generated else {
            return Ok(new_null_array(&column.sql_type.arrow(), batch.num_rows()));
        };
        let values = self.queries.evaluate(&expression.0, table, batch)?;
        Ok(assign(&values, &Field::new("generated", values.data_type().clone(), true), column)?)
    }
}

/// A batch of all columns of a table, in order, named as the table names them.
pub(crate) fn whole_rows(table: &Table, columns: Vec<ArrayRef>, count: usize) -> Result<RecordBatch, Error> {
    let fields: Vec<Field> = table.columns.iter().map(|c| Field::new(&c.name, c.sql_type.arrow(), true)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?)
}

/// Whether the default is the column's own sequence (SERIAL).
fn takes_nextval(column: &Column) -> bool {
    column.default.as_ref().is_some_and(|default| default.0.starts_with("nextval("))
}
