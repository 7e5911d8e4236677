//! Whole rows of a table as one batch, stored generated columns computed from the others; virtual ones are NULL in it.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema};

use super::Judge;
use crate::catalog::Table;
use crate::rows::RowsError;

/// A batch of whole rows, stored generated columns computed anew.
pub(super) fn with_generated(
    judge: &dyn Judge,
    table: &Table,
    arrays: Vec<ArrayRef>,
    count: usize,
) -> Result<RecordBatch, RowsError> {
    let mut batch = table_batch(table, arrays, count)?;
    for (position, column) in table.stored_generated() {
        let mut arrays = batch.columns().to_vec();
        arrays[position] = judge.generated(table, column, &batch)?;
        batch = table_batch(table, arrays, count)?;
    }
    Ok(batch)
}

/// A batch of all columns of a table, in order.
pub(super) fn table_batch(table: &Table, arrays: Vec<ArrayRef>, count: usize) -> Result<RecordBatch, RowsError> {
    let fields: Vec<Field> = table.columns.iter().map(|c| Field::new(&c.name, c.sql_type.arrow(), true)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)?)
}
