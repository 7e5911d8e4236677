//! The columns of a table, cut into chunks that fit a processor's cache and feed every processor.

use arrow::array::{Array, ArrayRef};
use arrow::buffer::BooleanBuffer;

use super::parallel;
use crate::catalog::{ColumnId, Table};
use crate::rows::{Fragment, Interrupt, RowsError, TableRows};

/// Rows of a chunk; a multiple of 64, so that bit masks are cut at words.
const CHUNK_ROWS: usize = 1 << 16;

/// Some consecutive rows, of the columns asked for.
pub(super) struct Chunk {
    /// The id of the first row.
    pub first: u64,
    /// How many rows.
    pub len: usize,
    /// In the order asked for, each `len` long.
    pub columns: Vec<ArrayRef>,
    /// Which rows live; `None` when all do.
    pub live: Option<BooleanBuffer>,
}

/// All rows of a table in ascending order of id.
pub(super) fn load(
    rows: &TableRows,
    table: &Table,
    columns: &[ColumnId],
    interrupt: &dyn Interrupt,
) -> Result<Vec<Chunk>, RowsError> {
    let whole = |fragment: &Fragment| whole(fragment, table, columns);
    let whole = parallel::map(rows.fragments(), rows.live_count(), interrupt, whole)?;
    let cut = |chunk: Chunk| {
        let starts = (0..chunk.len).step_by(CHUNK_ROWS);
        starts.map(move |start| chunk.slice(start, CHUNK_ROWS.min(chunk.len - start)))
    };
    Ok(whole.into_iter().flat_map(cut).collect())
}

/// How many rows chunks have in all.
pub(super) fn row_count<'c>(chunks: impl IntoIterator<Item = &'c Chunk>) -> usize {
    chunks.into_iter().map(|chunk| chunk.len).sum()
}

fn whole(fragment: &Fragment, table: &Table, columns: &[ColumnId]) -> Result<Chunk, RowsError> {
    let segment = &fragment.segment;
    let columns = columns.iter().map(|id| segment.column(table.column_by_id(*id))).collect::<Result<_, _>>()?;
    let live = fragment.live_mask().map(|mask| mask.values().clone());
    Ok(Chunk { first: segment.first(), len: segment.len(), columns, live })
}

impl Chunk {
    fn slice(&self, start: usize, len: usize) -> Chunk {
        Chunk {
            first: self.first + start as u64,
            len,
            columns: self.columns.iter().map(|column| column.slice(start, len)).collect(),
            live: self.live.as_ref().map(|live| live.slice(start, len)),
        }
    }

    /// Whether the row at `position` lives.
    pub(super) fn is_live(&self, position: usize) -> bool {
        self.live.as_ref().is_none_or(|live| live.value(position))
    }

    /// The rows that live and are not NULL in one column; `None` when all rows are.
    pub(super) fn present(&self, column: usize) -> Option<BooleanBuffer> {
        let valid = self.columns[column].logical_nulls().map(|nulls| nulls.into_inner());
        match (&self.live, valid) {
            (Some(live), Some(valid)) => Some(live & &valid),
            (Some(live), None) => Some(live.clone()),
            (None, valid) => valid,
        }
    }
}
