//! Inserted rows on their way to disk: gathered into runs, and small runs as Arrow IPC.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::buffer::Buffer;
use arrow::compute::concat_batches;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::{StreamReader, read_record_batch};
use arrow::ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions, write_message};
use arrow::ipc::{MetadataVersion, root_as_message};
use bowline_core::catalog::{Column, ColumnId, Table};
use bowline_core::rows::NewRows;
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;

use crate::StoreError;
use crate::record::{Blobs, Place};

/// Buffers in a record begin at multiples of this, in bytes; the rows are mostly few, and what is between them is written each time.
const IPC_ALIGNMENT: usize = 8;
/// What an encapsulated Arrow message begins with.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Rows with consecutive ids and the same columns.
#[derive(Debug, Clone)]
pub(crate) struct Run<'t> {
    /// The id of the first row.
    pub first: u64,
    /// How many rows.
    pub rows: usize,
    /// The columns of the table that the rows have.
    pub columns: Vec<&'t Column>,
    /// The rows: an array for each column, whatever their schemas call it.
    pub batches: Vec<RecordBatch>,
}

impl<'t> Run<'t> {
    /// An empty run for rows that have these columns; those the table does not have (any more) are left out.
    fn new(table: &'t Table, first: u64, columns: &[ColumnId]) -> Run<'t> {
        let found = columns.iter().filter_map(|id| table.columns.iter().find(|column| column.id == *id));
        Run { first, rows: 0, columns: found.collect(), batches: Vec::new() }
    }

    fn push(&mut self, rows: &NewRows) -> Result<(), ArrowError> {
        self.rows += rows.batch.num_rows();
        let is_whole = self.columns.len() == rows.columns.len();
        let batch = match is_whole {
            true => rows.batch.clone(),
            false => {
                let position = |column: &&Column| rows.columns.iter().position(|known| *known == column.id);
                let positions = self.columns.iter().map(position).collect::<Option<Vec<_>>>();
                rows.batch.project(&positions.expect("a run is made of these rows' columns"))?
            }
        };
        let is_of_type = |(column, array): (&&Column, &ArrayRef)| column.sql_type.arrow() == *array.data_type();
        if !self.columns.iter().zip(batch.columns()).all(is_of_type) {
            return Err(ArrowError::SchemaError("its rows are not of the table's types".to_owned()));
        }
        self.batches.push(batch);
        Ok(())
    }

    /// The columns' names and Arrow types, as a segment file has them.
    pub(crate) fn schema(&self) -> SchemaRef {
        let field = |column: &&Column| {
            let id = HashMap::from([(PARQUET_FIELD_ID_META_KEY.to_owned(), column.id.0.to_string())]);
            Field::new(&column.name, column.sql_type.arrow(), true).with_metadata(id)
        };
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }

    /// Whether the values take that many bytes. The buffers tell, unless they are shared with other rows.
    pub(crate) fn takes(&self, bytes: usize) -> bool {
        let buffers = self.batches.iter().flat_map(RecordBatch::columns).map(|array| array.get_buffer_memory_size());
        buffers.fold(0, usize::saturating_add) >= bytes && self.bytes() >= bytes
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
        let columns: Vec<ColumnId> = self.columns.iter().map(|column| column.id).collect();
        if columns.is_empty() {
            return Ok(Place::Rows { columns, message: None });
        }
        let batch = match self.batches.as_slice() {
            [batch] => batch.clone(),
            batches => concat_batches(&self.schema(), batches)?,
        };
        let options = IpcWriteOptions::try_new(IPC_ALIGNMENT, false, MetadataVersion::V5)?;
        let mut dictionaries = DictionaryTracker::new(true);
        let context = &mut IpcWriteContext::default();
        let (_, encoded) = IpcDataGenerator::default().encode(&batch, &mut dictionaries, &options, context)?;
        let mut result = Ok((0, 0));
        let message = blobs.add(|bytes| result = write_message(bytes, encoded, &options));
        result?;
        Ok(Place::Rows { columns, message: Some(message) })
    }
}

/// Gathers rows into runs; the first row has id `first`. Errors: rows that are not of the table's types.
pub(crate) fn runs<'t>(
    table: &'t Table,
    mut first: u64,
    inserted: &[NewRows],
    file: &Path,
) -> Result<Vec<Run<'t>>, StoreError> {
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

/// Reads rows of a record: an encapsulated message without its schema, which the columns give. Errors: what is wrong, as a phrase.
pub(crate) fn read_rows(bytes: &[u8], columns: &[&Column], rows: usize) -> Result<RecordBatch, String> {
    let wrong = |what: &dyn std::fmt::Display| format!("its rows: {what}");
    let cut_short = || wrong(&"they are cut short");
    let (marker, rest) = bytes.split_first_chunk().ok_or_else(cut_short)?;
    let (len, rest) = rest.split_first_chunk().ok_or_else(cut_short)?;
    if *marker != CONTINUATION {
        return Err(wrong(&"they do not begin as an Arrow message"));
    }
    let (message, body) = rest.split_at_checked(u32::from_le_bytes(*len) as usize).ok_or_else(cut_short)?;
    let message = root_as_message(message).map_err(|error| wrong(&error))?;
    let batch = message.header_as_record_batch().ok_or_else(|| wrong(&"they are an Arrow message of another kind"))?;
    let fields = columns.iter().map(|column| Field::new(&column.name, column.sql_type.arrow(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let body = Buffer::from(body);
    let batch = read_record_batch(&body, batch, schema, &HashMap::new(), None, &message.version());
    of_so_many(batch.map_err(|error| wrong(&error))?, rows)
}

/// Reads rows of a record of a format before 4, which have their own schema. `columns`: what they should be.
/// Errors: what is wrong, as a phrase.
pub(crate) fn read_stream(bytes: &[u8], columns: &[&Column], rows: usize) -> Result<RecordBatch, String> {
    let mut reader = StreamReader::try_new(bytes, None).map_err(|error| format!("its rows: {error}"))?;
    let batch = reader.next().ok_or("its rows are missing")?.map_err(|error| format!("its rows: {error}"))?;
    let is_as_declared = batch.num_columns() == columns.len()
        && columns.iter().zip(batch.columns()).all(|(column, array)| column.sql_type.arrow() == *array.data_type());
    if is_as_declared { of_so_many(batch, rows) } else { Err("its rows are not of the table's types".to_owned()) }
}

fn of_so_many(batch: RecordBatch, rows: usize) -> Result<RecordBatch, String> {
    match batch.num_rows() == rows {
        true => Ok(batch),
        false => Err(format!("it has {} rows instead of {rows}", batch.num_rows())),
    }
}
