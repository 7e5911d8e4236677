//! Inserted rows on their way to disk: gathered into runs, and small runs as Arrow IPC.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch, RecordBatchOptions};
use arrow::compute::concat_batches;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use bowline_core::catalog::{Column, ColumnId, SqlType, Table};
use bowline_core::rows::NewRows;
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;

use crate::StoreError;
use crate::record::{Blobs, Place};

/// Rows with consecutive ids and the same columns.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// The id of the first row.
    pub first: u64,
    /// How many rows.
    pub rows: usize,
    /// The columns of the table that the rows have, with their types.
    pub columns: Vec<(ColumnId, SqlType)>,
    /// Their names and Arrow types.
    pub schema: SchemaRef,
    /// The rows, all of that schema.
    pub batches: Vec<RecordBatch>,
}

impl Run {
    /// An empty run for rows that have these columns; those the table does not have (any more) are left out.
    fn new(table: &Table, first: u64, columns: &[ColumnId]) -> Run {
        let found: Vec<&Column> =
            columns.iter().filter_map(|id| table.columns.iter().find(|column| column.id == *id)).collect();
        let field = |column: &&Column| {
            let id = HashMap::from([(PARQUET_FIELD_ID_META_KEY.to_owned(), column.id.0.to_string())]);
            Field::new(&column.name, column.sql_type.arrow(), true).with_metadata(id)
        };
        let schema = Arc::new(Schema::new(found.iter().map(field).collect::<Vec<_>>()));
        let columns = found.iter().map(|column| (column.id, column.sql_type)).collect();
        Run { first, rows: 0, columns, schema, batches: Vec::new() }
    }

    fn push(&mut self, rows: &NewRows) -> Result<(), ArrowError> {
        let position = |id: &ColumnId| rows.columns.iter().position(|known| known == id);
        let position = |(id, _): &(ColumnId, SqlType)| position(id).expect("a run is made of these rows' columns");
        let arrays = self.columns.iter().map(|column| rows.batch.column(position(column)).clone()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.batch.num_rows()));
        self.batches.push(RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)?);
        self.rows += rows.batch.num_rows();
        Ok(())
    }

    /// How many bytes the values take.
    pub(crate) fn bytes(&self) -> usize {
        let arrays = self.batches.iter().flat_map(RecordBatch::columns);
        arrays
            .map(|array| array.to_data().get_slice_memory_size().unwrap_or(usize::MAX / 2))
            .fold(0, usize::saturating_add)
    }

    /// The rows as part of a record.
    pub(crate) fn inline(&self, blobs: &mut Blobs) -> Result<Place, ArrowError> {
        let columns: Vec<ColumnId> = self.columns.iter().map(|(id, _)| *id).collect();
        if columns.is_empty() {
            return Ok(Place::Inline { columns, ipc: None });
        }
        let batch = concat_batches(&self.schema, &self.batches)?;
        let mut result = Ok(());
        let ipc = blobs.add(|bytes| {
            result = StreamWriter::try_new(bytes, &self.schema)
                .and_then(|mut writer| writer.write(&batch).and_then(|()| writer.finish()));
        });
        result?;
        Ok(Place::Inline { columns, ipc: Some(ipc) })
    }
}

/// Gathers rows into runs; the first row has id `first`. Errors: rows that are not of the table's types.
pub(crate) fn runs(table: &Table, mut first: u64, inserted: &[NewRows], file: &Path) -> Result<Vec<Run>, StoreError> {
    let mut runs: Vec<Run> = Vec::new();
    let mut columns: &[ColumnId] = &[];
    for rows in inserted {
        if runs.is_empty() || columns != rows.columns {
            columns = &rows.columns;
            runs.push(Run::new(table, first, columns));
        }
        let run = runs.last_mut().expect("a run was just begun");
        run.push(rows).map_err(|error| StoreError::Encode { file: file.to_owned(), what: error.to_string() })?;
        first += rows.batch.num_rows() as u64;
    }
    Ok(runs)
}

/// Reads rows of a record. `columns`: what they should be. Errors: what is wrong, as a phrase.
pub(crate) fn read_inline(bytes: &[u8], columns: &[&Column], rows: usize) -> Result<RecordBatch, String> {
    let mut reader = StreamReader::try_new(bytes, None).map_err(|error| format!("its rows: {error}"))?;
    let batch = reader.next().ok_or("its rows are missing")?.map_err(|error| format!("its rows: {error}"))?;
    if batch.num_rows() != rows {
        return Err(format!("it has {} rows instead of {rows}", batch.num_rows()));
    }
    let is_as_declared = batch.num_columns() == columns.len()
        && columns.iter().zip(batch.columns()).all(|(column, array)| column.sql_type.arrow() == *array.data_type());
    if is_as_declared { Ok(batch) } else { Err("its rows are not of the table's types".to_owned()) }
}
