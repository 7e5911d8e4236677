//! The column values that referential actions write, laid over the rows as the statement left them.
//!
//! Invariant: a column of a row has one value. A second, different one is refused, unless it refines what the same
//! constraint wrote for the same source row.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::compute::kernels::cmp::not_distinct;
use arrow::compute::{interleave, take};
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
    slots: HashMap<u64, Slot>,
}

#[derive(Clone)]
struct Slot {
    chunk: u32,
    position: u32,
    source: u64,
    foreign_key: Arc<ForeignKey>,
}

impl TableWrites {
    /// Notes writes. Returns the rows whose value is new or other than before, and the disagreements.
    pub fn note(&mut self, write: Write) -> Result<(Vec<u64>, Vec<Disagreement>), RowsError> {
        let column = self.columns.entry(write.column).or_default();
        let known: Vec<usize> = (0..write.rows.len()).filter(|i| column.slots.contains_key(&write.rows[*i])).collect();
        let repeated = column.repeats(&write, &known)?;
        let chunk = column.chunks.len() as u32;
        let (mut fresh, mut disagreements) = (Vec::new(), Vec::new());
        let mut known = known.into_iter().zip(repeated).peekable();
        for (position, row) in write.rows.iter().enumerate() {
            let same = known.next_if(|(index, _)| *index == position).map(|(_, same)| same);
            if same == Some(true) {
                continue;
            }
            let slot = Slot {
                chunk,
                position: position as u32,
                source: write.sources[position],
                foreign_key: write.foreign_key.clone(),
            };
            match column.slots.get_mut(row) {
                Some(earlier) if earlier.source != slot.source || earlier.foreign_key.id != slot.foreign_key.id => {
                    disagreements.push(Disagreement {
                        row: *row,
                        column: write.column,
                        foreign_keys: [earlier.foreign_key.clone(), slot.foreign_key],
                    });
                }
                Some(earlier) => {
                    *earlier = slot;
                    fresh.push(*row);
                }
                None => {
                    column.slots.insert(*row, slot);
                    fresh.push(*row);
                }
            }
        }
        column.chunks.push(write.values);
        Ok((fresh, disagreements))
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
    /// For the writes at `known`, whose rows have a value here already: is it the same value?
    fn repeats(&self, write: &Write, known: &[usize]) -> Result<Vec<bool>, RowsError> {
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<_> = known
            .iter()
            .map(|index| &self.slots[&write.rows[*index]])
            .map(|slot| (slot.chunk as usize, slot.position as usize))
            .collect();
        let chunks: Vec<&dyn Array> = self.chunks.iter().map(AsRef::as_ref).collect();
        let earlier = interleave(&chunks, &places)?;
        let now = take(&write.values, &UInt32Array::from_iter_values(known.iter().map(|i| *i as u32)), None)?;
        let same = not_distinct(&earlier, &now)?;
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
