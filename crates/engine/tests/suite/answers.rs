//! What statements answered, as texts to compare.

use arrow::array::RecordBatch;
use bowline::{ScalarValue, Session, display};

/// The rows of batches, a line each.
pub(crate) fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let line = |batch: &RecordBatch, row: usize| {
        let cell = |column| display::text(column, row).unwrap_or_else(|| "NULL".to_owned());
        let cells = batch.columns().iter().map(|column| cell(column.as_ref()));
        cells.collect::<Vec<_>>().join("|")
    };
    batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| line(batch, row))).collect()
}

/// The rows of a statement, or the SQLSTATE of its error.
pub(crate) fn answer(session: &mut Session, sql: &str, parameters: &[ScalarValue]) -> Vec<String> {
    match session.query(sql, parameters) {
        Err(error) => vec![error.sqlstate.to_string()],
        Ok(found) => lines(&found.batches),
    }
}
