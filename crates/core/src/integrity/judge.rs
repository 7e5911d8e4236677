//! What integrity must ask of whoever gives SQL expressions their meaning.

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};

use crate::catalog::{Check, Column, Table};
use crate::rows::{Interrupt, RowsError};

/// Judges expressions of the catalog. Set at a time: whole batches in, whole arrays out. It knows too whether the statement
/// should go on.
pub trait Judge: Interrupt {
    /// Judges a CHECK for every row. `batch` holds all columns of the table in order. True and NULL satisfy it.
    fn check(&self, table: &Table, check: &Check, batch: &RecordBatch) -> Result<BooleanArray, RowsError>;

    /// The default of a column: an array of one value of the column's type, NULL if it has none.
    fn default_value(&self, table: &Table, column: &Column) -> Result<ArrayRef, RowsError>;

    /// Computes a generated column for every row. `batch` holds all columns of the table in order.
    fn generated(&self, table: &Table, column: &Column, batch: &RecordBatch) -> Result<ArrayRef, RowsError>;
}
