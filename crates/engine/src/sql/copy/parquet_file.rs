//! Reads and writes Parquet files. Columns are matched by name where all names are known, else by position.

use std::fs::File;
use std::path::Path;

use bowline_core::catalog::{ColumnId, Table};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::super::scope::Scope;
use super::input::{CHUNK_ROWS_MAX, file_error};
use crate::error::Error;
use crate::outcome::ResultSet;
use crate::progress::Progress;

/// Rows read at a time.
const BATCH_ROWS: usize = 1 << 16;

/// Reads a file in chunks of whole rows, columns in the order of `columns`.
pub(super) fn read(
    scope: &Scope,
    table: &Table,
    columns: &[ColumnId],
    file: File,
    path: &Path,
    take: &mut dyn FnMut(RecordBatch) -> Result<(), Error>,
) -> Result<(), Error> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| bad_file(path, &error.to_string()))?;
    let schema = builder.schema().clone();
    let total = builder.metadata().file_metadata().num_rows() as u64;
    let names = table.column_names(columns);
    let by_name: Option<Vec<usize>> = names.iter().map(|name| schema.index_of(name).ok()).collect();
    let order = match by_name {
        Some(order) => order,
        None if schema.fields().len() == columns.len() => (0..columns.len()).collect(),
        None => {
            let known: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            return Err(Error::new(
                "42703",
                format!("file \"{}\" lacks columns of \"{}\"", path.display(), table.name),
            )
            .with_detail(format!("It has {}; wanted are {}.", known.join(", "), names.join(", ")))
            .with_hint("List the columns the file has: COPY table (columns) FROM ..."));
        }
    };
    let wanted = std::sync::Arc::new(schema.project(&order)?);
    let reader = builder.with_batch_size(BATCH_ROWS).build().map_err(|error| bad_file(path, &error.to_string()))?;
    let (mut pending, mut rows, mut done) = (Vec::new(), 0, 0);
    for batch in reader {
        let batch = batch.map_err(|error| bad_file(path, &error.to_string()))?.project(&order)?;
        rows += batch.num_rows();
        done += batch.num_rows() as u64;
        pending.push(batch);
        if rows + BATCH_ROWS > CHUNK_ROWS_MAX {
            take(concat_batches(&wanted, &std::mem::take(&mut pending))?)?;
            rows = 0;
        }
        scope.report(|| Progress { what: format!("copying {}", table.name), done, total: Some(total) });
    }
    if rows > 0 {
        take(concat_batches(&wanted, &pending)?)?;
    }
    Ok(())
}

/// Writes rows to a file, replacing it.
pub(super) fn write(found: &ResultSet, path: &Path) -> Result<(), Error> {
    let file = File::create(path).map_err(|error| file_error("write", path, &error))?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let failed = |error: parquet::errors::ParquetError| {
        Error::new("58030", format!("could not write file \"{}\": {error}", path.display()))
    };
    let mut writer = ArrowWriter::try_new(file, found.schema.clone(), Some(properties)).map_err(failed)?;
    for batch in &found.batches {
        writer.write(batch).map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    Ok(())
}

fn bad_file(path: &Path, what: &str) -> Error {
    Error::new("22P04", format!("file \"{}\" is not a Parquet file that can be read", path.display()))
        .with_detail(format!("{what}."))
        .with_hint("Check the path, or say WITH (FORMAT csv).")
}
