//! The rows that a delta inserts, batch after batch.
//!
//! A transaction of single rows adds a batch a statement. Small ones are joined as they come, so that however many the
//! statements, the batches stay few: cheap to clone for a savepoint, and each row is copied a handful of times at most.
//!
//! ```text
//!   1 1 1 … 1    ─ JOINED_COUNT of them ─▶    64    ─ JOINED_COUNT of those ─▶    4096    …
//! ```

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;

use super::NewRows;

/// So many batches of one magnitude are joined into one of the next.
const JOINED_COUNT: usize = 64;
/// A batch of more rows is left as it is.
const JOINED_ROWS_MAX: usize = 1 << 16;

/// Rows in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct InsertedRows {
    batches: Vec<NewRows>,
    count: usize,
}

impl InsertedRows {
    /// How many rows.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The rows in batches, none of them empty; neighbours may differ in their columns.
    pub fn batches(&self) -> &[NewRows] {
        &self.batches
    }

    /// Adds rows at the end.
    pub fn push(&mut self, rows: NewRows) {
        let added = rows.batch.num_rows();
        if added == 0 {
            return;
        }
        self.count += added;
        self.batches.push(rows);
        let mut magnitude = JOINED_COUNT;
        while magnitude <= JOINED_ROWS_MAX && self.join_last(magnitude) {
            magnitude *= JOINED_COUNT;
        }
    }

    /// Adds the rows of another list at the end.
    pub fn extend(&mut self, later: InsertedRows) {
        match self.is_empty() {
            true => *self = later,
            false => later.batches.into_iter().for_each(|rows| self.push(rows)),
        }
    }

    /// Joins the last batches if all of them are small and there are enough of them. Whether it did.
    fn join_last(&mut self, rows_max: usize) -> bool {
        let Some(start) = self.batches.len().checked_sub(JOINED_COUNT) else { return false };
        let last = &self.batches[start..];
        let is_small = |rows: &NewRows| rows.batch.num_rows() < rows_max;
        let is_alike =
            |rows: &NewRows| rows.columns == last[0].columns && rows.batch.schema_ref() == last[0].batch.schema_ref();
        if !last.iter().all(is_small) || !last.iter().all(is_alike) {
            return false;
        }
        let parts: Vec<&RecordBatch> = last.iter().map(|rows| &rows.batch).collect();
        // What cannot be one array, because its texts take too many bytes, stays as it is.
        let Ok(batch) = concat_batches(parts[0].schema_ref(), parts) else { return false };
        let columns = self.batches[start].columns.clone();
        self.batches.truncate(start);
        self.batches.push(NewRows { columns, batch });
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, Int32Array};
    use arrow::datatypes::Int32Type;

    use super::{InsertedRows, NewRows, RecordBatch};
    use crate::catalog::ColumnId;

    fn rows(name: &str, column: u32, values: std::ops::Range<i32>) -> NewRows {
        let array: ArrayRef = Arc::new(Int32Array::from_iter_values(values));
        let batch = RecordBatch::try_from_iter([(name, array)]).expect("one column is as long as itself");
        NewRows { columns: vec![ColumnId(column)], batch }
    }

    fn values(inserted: &InsertedRows) -> Vec<i32> {
        let of = |rows: &NewRows| rows.batch.column(0).as_primitive::<Int32Type>().values().to_vec();
        inserted.batches().iter().flat_map(of).collect()
    }

    #[test]
    fn single_rows_stay_few_batches_in_order() {
        let mut inserted = InsertedRows::default();
        for value in 0..10_000 {
            inserted.push(rows("a", 0, value..value + 1));
            assert!(inserted.batches().len() < 3 * super::JOINED_COUNT, "{} batches", inserted.batches().len());
        }
        assert_eq!(inserted.count(), 10_000);
        assert_eq!(values(&inserted), (0..10_000).collect::<Vec<_>>());
    }

    #[test]
    fn rows_of_other_columns_are_not_joined() {
        let mut inserted = InsertedRows::default();
        for value in 0..200 {
            inserted.push(rows("a", value as u32 / 50, value..value + 1));
        }
        assert_eq!(inserted.batches().len(), 200);
        let mut more = InsertedRows::default();
        more.push(rows("a", 3, 200..100_200));
        more.push(rows("a", 3, 0..0));
        inserted.extend(more);
        assert_eq!((inserted.count(), inserted.batches().len()), (100_200, 201));
        assert_eq!(values(&inserted), (0..100_200).collect::<Vec<_>>());
    }
}
