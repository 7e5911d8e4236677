//! The column values that referential actions write, laid over the rows as the statement left them.
//!
//! A writer is a constraint with a source row. The value of a column is its first writer's; a writer may refine what it
//! wrote. Invariant: at the end all writers of a column agree, or the statement is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::interleave;
use arrow::compute::kernels::cmp::not_distinct;
use hashbrown::HashMap;

use crate::catalog::{ColumnId, ForeignKey, Table};
use crate::rows::{RowsError, TableRows};

/// A set of writes of one action: for row `rows[i]`, `values[c][i]` into column `columns[c]`.
pub(super) struct Write<'a> {
    pub foreign_key: &'a Arc<ForeignKey>,
    pub column: ColumnId,
    pub rows: &'a [u64],
    /// As long as `rows`, of the column's type.
    pub values: ArrayRef,
    /// The referenced row each value comes from.
    pub sources: &'a [u64],
}

/// Two actions disagree about a column.
pub(super) struct Disagreement {
    pub row: u64,
    pub column: ColumnId,
    pub foreign_keys: [Arc<ForeignKey>; 2],
}

/// What is written to one table.
#[derive(Default)]
pub(super) struct TableWrites {
    columns: BTreeMap<ColumnId, ColumnWrites>,
}

#[derive(Default)]
struct ColumnWrites {
    chunks: Vec<ArrayRef>,
    /// By row: the first writer's value, which counts.
    slots: HashMap<u64, Slot>,
    /// By row: the values of further writers.
    further: BTreeMap<u64, Vec<Slot>>,
}

#[derive(Clone)]
struct Slot {
    chunk: u32,
    position: u32,
    source: u64,
    foreign_key: Arc<ForeignKey>,
}

impl Slot {
    fn has_writer_of(&self, other: &Slot) -> bool {
        self.source == other.source && self.foreign_key.id == other.foreign_key.id
    }

    /// The chunk and the position in it.
    fn place(&self) -> (usize, usize) {
        (self.chunk as usize, self.position as usize)
    }
}

impl TableWrites {
    /// Notes writes. Returns the rows whose value is new or other than before.
    pub fn note(&mut self, write: Write) -> Result<Vec<u64>, RowsError> {
        let column = self.columns.entry(write.column).or_default();
        let chunk = column.chunks.len();
        column.chunks.push(write.values);
        let mut fresh = Vec::new();
        let mut refined = Vec::new();
        for (position, row) in write.rows.iter().enumerate() {
            let slot = Slot {
                chunk: chunk as u32,
                position: position as u32,
                source: write.sources[position],
                foreign_key: write.foreign_key.clone(),
            };
            match column.slots.get_mut(row) {
                None => {
                    column.slots.insert(*row, slot);
                    fresh.push(*row);
                }
                Some(earlier) if earlier.has_writer_of(&slot) => {
                    refined.push((*row, earlier.place(), slot.place()));
                    *earlier = slot;
                }
                Some(_) => {
                    let further = column.further.entry(*row).or_default();
                    match further.iter_mut().find(|earlier| earlier.has_writer_of(&slot)) {
                        Some(earlier) => *earlier = slot,
                        None => further.push(slot),
                    }
                }
            }
        }
        let places = refined.iter().map(|(_, earlier, now)| (*earlier, *now));
        let same = column.same_values(places.collect())?;
        fresh.extend(refined.iter().zip(same).filter(|(_, same)| !same).map(|((row, _, _), _)| *row));
        Ok(fresh)
    }

    /// Columns whose writers do not agree. To be asked when no further write follows.
    pub fn disagreements(&self) -> Result<Vec<Disagreement>, RowsError> {
        let mut found = Vec::new();
        for (id, column) in &self.columns {
            let pairs = column.further.iter().flat_map(|(row, further)| further.iter().map(move |slot| (*row, slot)));
            let pairs: Vec<_> = pairs.collect();
            let places = pairs.iter().map(|(row, slot)| (column.slots[row].place(), slot.place()));
            let same = column.same_values(places.collect())?;
            found.extend(pairs.into_iter().zip(same).filter(|(_, same)| !same).map(|((row, slot), _)| Disagreement {
                row,
                column: *id,
                foreign_keys: [column.slots[&row].foreign_key.clone(), slot.foreign_key.clone()],
            }));
        }
        Ok(found)
    }

    /// All rows written, ascending.
    pub fn rows(&self) -> Vec<u64> {
        let mut rows: Vec<u64> = self.columns.values().flat_map(|column| column.slots.keys().copied()).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// Columns of rows as they are after the writes.
    pub fn fetch(
        &self,
        stated: &TableRows,
        table: &Table,
        rows: &[u64],
        columns: &[ColumnId],
    ) -> Result<Vec<ArrayRef>, RowsError> {
        let arrays = stated.fetch(table, rows, columns)?;
        let overlay = |(id, array): (&ColumnId, ArrayRef)| match self.columns.get(id) {
            None => Ok(array),
            Some(writes) => writes.over(rows, &array),
        };
        columns.iter().zip(arrays).map(overlay).collect()
    }
}

impl ColumnWrites {
    /// For each pair of places: do they hold the same value?
    fn same_values(&self, pairs: Vec<((usize, usize), (usize, usize))>) -> Result<Vec<bool>, RowsError> {
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        let chunks: Vec<&dyn Array> = self.chunks.iter().map(AsRef::as_ref).collect();
        let (left, right): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let same = not_distinct(&interleave(&chunks, &left)?, &interleave(&chunks, &right)?)?;
        Ok(same.values().iter().collect())
    }

    fn over(&self, rows: &[u64], array: &ArrayRef) -> Result<ArrayRef, RowsError> {
        let mut sources: Vec<&dyn Array> = vec![array.as_ref()];
        sources.extend(self.chunks.iter().map(AsRef::as_ref));
        let place = |(position, row): (usize, &u64)| match self.slots.get(row) {
            Some(slot) => (1 + slot.chunk as usize, slot.position as usize),
            None => (0, position),
        };
        let places: Vec<_> = rows.iter().enumerate().map(place).collect();
        Ok(interleave(&sources, &places)?)
    }
}
