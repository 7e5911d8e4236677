//! The column values that referential actions write, laid over the rows as the statement left them.
//!
//! A writer is a column of a constraint with a source row. It may refine what it wrote in a later round, when its source has changed
//! further. A column's value counts at the end of a round if all its writers agree; while they do not, the value that
//! counted before stands. Invariant: at the end all writers of a column agree, or the statement is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::interleave;
use arrow::compute::kernels::cmp::not_distinct;
use hashbrown::HashMap;

use crate::catalog::{ColumnId, ForeignKey, Table};
use crate::rows::{RowsError, TableRows};

/// A set of writes of one action into one column.
pub(super) struct Write {
    pub column: ColumnId,
    /// Which of the foreign key's columns it is: a key may name a column twice.
    pub position: usize,
    pub rows: Vec<u64>,
    /// As long as `rows`, of the column's type.
    pub values: ArrayRef,
    /// The referenced row each value comes from.
    pub sources: Vec<u64>,
    /// Only refines what its writer has written before.
    pub refines: bool,
}

/// Two actions disagree about a column.
pub(super) struct Disagreement {
    pub row: u64,
    pub column: ColumnId,
    /// By name; twice the same where one constraint leads to the row from two rows.
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
    /// By row.
    cells: HashMap<u64, Cell>,
    /// By row: the values of further writers.
    further: BTreeMap<u64, Vec<Slot>>,
    /// The chunks from here on were written in this round.
    round_start: u32,
    /// Rows whose value is to be settled at the end of the round, with the place that counted before it.
    contested: BTreeMap<u64, Option<Place>>,
}

/// A column of a row.
struct Cell {
    first: Slot,
    /// The value that counts; none while the first writers do not agree.
    settled: Option<Place>,
}

struct Slot {
    place: Place,
    source: u64,
    position: usize,
    foreign_key: Arc<ForeignKey>,
}

/// A chunk and a position in it.
type Place = (u32, u32);

impl Slot {
    fn has_writer_of(&self, other: &Slot) -> bool {
        self.source == other.source && self.position == other.position && self.foreign_key.id == other.foreign_key.id
    }
}

impl TableWrites {
    /// Notes writes of one constraint. Returns the rows to which a writer gave a value that is new or other than before.
    pub fn note(&mut self, foreign_key: &Arc<ForeignKey>, write: Write) -> Result<Vec<u64>, RowsError> {
        self.columns.entry(write.column).or_default().note(foreign_key, write)
    }

    /// Ends a round. Returns the rows, by column, whose writers do not agree or came to agree on the value that stands.
    pub fn settle(&mut self) -> Result<BTreeMap<ColumnId, BTreeSet<u64>>, RowsError> {
        self.columns.iter_mut().map(|(id, column)| Ok((*id, column.settle()?))).collect()
    }

    /// How many columns of rows are written.
    pub fn cell_count(&self) -> usize {
        self.columns.values().map(|column| column.cells.len()).sum()
    }

    /// Columns whose writers do not agree. To be asked when no further write follows.
    pub fn disagreements(&self) -> Result<Vec<Disagreement>, RowsError> {
        let mut found = Vec::new();
        for (id, column) in &self.columns {
            let pairs: Vec<_> = column.further.keys().flat_map(|row| column.pairs_of_writers(*row)).collect();
            let same = column.same_values(pairs.iter().map(|(_, one, other)| (one.place, other.place)))?;
            let mut least: BTreeMap<u64, [&Arc<ForeignKey>; 2]> = BTreeMap::new();
            for ((row, one, other), _) in pairs.into_iter().zip(same).filter(|(_, same)| !same) {
                let mut pair = [&one.foreign_key, &other.foreign_key];
                pair.sort_by(|a, b| a.name.cmp(&b.name));
                let names = |pair: &[&Arc<ForeignKey>; 2]| pair.map(|fk| fk.name.clone());
                let known = least.entry(row).or_insert(pair);
                if names(&pair) < names(known) {
                    *known = pair;
                }
            }
            found.extend(least.into_iter().map(|(row, pair)| Disagreement {
                row,
                column: *id,
                foreign_keys: pair.map(Arc::clone),
            }));
        }
        Ok(found)
    }

    /// A column of a row that does not come to rest, as a disagreement of its first writer by name with itself.
    pub fn restless(&self, column: ColumnId, row: u64) -> Disagreement {
        let writes = &self.columns[&column];
        let writer = writes.writers(row).map(|slot| &slot.foreign_key).min_by(|a, b| a.name.cmp(&b.name));
        let foreign_key = writer.expect("a written column has a writer");
        Disagreement { row, column, foreign_keys: [foreign_key.clone(), foreign_key.clone()] }
    }

    /// Whether actions write to a column at all.
    pub fn has_column(&self, column: ColumnId) -> bool {
        self.columns.contains_key(&column)
    }

    /// All rows written, ascending.
    pub fn rows(&self) -> Vec<u64> {
        let mut rows: Vec<u64> = self.columns.values().flat_map(|column| column.cells.keys().copied()).collect();
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
    fn note(&mut self, foreign_key: &Arc<ForeignKey>, write: Write) -> Result<Vec<u64>, RowsError> {
        let chunk = self.chunks.len() as u32;
        self.chunks.push(write.values);
        let mut dirty = Vec::new();
        let mut refined = Vec::new();
        for (position, row) in write.rows.iter().enumerate() {
            let place = (chunk, position as u32);
            let source = write.sources[position];
            let slot = Slot { place, source, position: write.position, foreign_key: foreign_key.clone() };
            let Some(cell) = self.cells.get_mut(row) else {
                if !write.refines {
                    self.cells.insert(*row, Cell { first: slot, settled: Some(place) });
                    dirty.push(*row);
                }
                continue;
            };
            let earlier = match cell.first.has_writer_of(&slot) {
                true => Some(&mut cell.first),
                false => self.further.get_mut(row).and_then(|slots| slots.iter_mut().find(|s| s.has_writer_of(&slot))),
            };
            match earlier {
                Some(earlier) => refined.push((*row, std::mem::replace(&mut earlier.place, place), place)),
                None if write.refines => {}
                None => {
                    self.further.entry(*row).or_default().push(slot);
                    self.contest(*row);
                    dirty.push(*row);
                }
            }
        }
        let same = self.same_values(refined.iter().map(|(_, earlier, now)| (*earlier, *now)))?;
        for ((row, ..), _) in refined.into_iter().zip(same).filter(|(_, same)| !same) {
            self.contest(row);
            dirty.push(row);
        }
        Ok(dirty)
    }

    /// Notes that the value of a row is to be settled anew.
    fn contest(&mut self, row: u64) {
        let settled = self.cells[&row].settled.filter(|(chunk, _)| *chunk < self.round_start);
        self.contested.entry(row).or_insert(settled);
    }

    fn settle(&mut self) -> Result<BTreeSet<u64>, RowsError> {
        self.round_start = self.chunks.len() as u32;
        let contested = std::mem::take(&mut self.contested);
        let first = |row: &u64| self.cells[row].first.place;
        let others: Vec<(u64, Place)> = contested
            .keys()
            .flat_map(|row| self.further.get(row).into_iter().flatten().map(|slot| (*row, slot.place)))
            .collect();
        let same = self.same_values(others.iter().map(|(row, other)| (first(row), *other)))?;
        let disputed: BTreeSet<u64> =
            others.iter().zip(same).filter(|(_, same)| !same).map(|((row, _), _)| *row).collect();
        let known: Vec<(u64, Place)> = contested.iter().filter_map(|(row, known)| Some((*row, (*known)?))).collect();
        let same = self.same_values(known.iter().map(|(row, known)| (*known, first(row))))?;
        let unchanged = known.iter().zip(same).filter(|(_, same)| *same).map(|((row, _), _)| *row);
        let withheld = disputed.iter().copied().chain(unchanged).collect();
        for (row, known) in contested {
            let cell = self.cells.get_mut(&row).expect("a contested row is written");
            cell.settled = if disputed.contains(&row) { known } else { Some(cell.first.place) };
        }
        Ok(withheld)
    }

    fn writers(&self, row: u64) -> impl Iterator<Item = &Slot> {
        let first = self.cells.get(&row).map(|cell| &cell.first);
        first.into_iter().chain(self.further.get(&row).into_iter().flatten())
    }

    fn pairs_of_writers(&self, row: u64) -> Vec<(u64, &Slot, &Slot)> {
        let writers: Vec<&Slot> = self.writers(row).collect();
        let pair = |one: usize| writers[one + 1..].iter().map(move |other| (one, *other)).collect::<Vec<_>>();
        (0..writers.len()).flat_map(pair).map(|(one, other)| (row, writers[one], other)).collect()
    }

    /// For each pair of places: do they hold the same value?
    fn same_values(&self, pairs: impl Iterator<Item = (Place, Place)>) -> Result<Vec<bool>, RowsError> {
        let index = |(chunk, position): Place| (chunk as usize, position as usize);
        let (left, right): (Vec<_>, Vec<_>) = pairs.map(|(left, right)| (index(left), index(right))).unzip();
        if left.is_empty() {
            return Ok(Vec::new());
        }
        let chunks: Vec<&dyn Array> = self.chunks.iter().map(AsRef::as_ref).collect();
        let same = not_distinct(&interleave(&chunks, &left)?, &interleave(&chunks, &right)?)?;
        Ok(same.values().iter().collect())
    }

    fn over(&self, rows: &[u64], array: &ArrayRef) -> Result<ArrayRef, RowsError> {
        let mut sources: Vec<&dyn Array> = vec![array.as_ref()];
        sources.extend(self.chunks.iter().map(AsRef::as_ref));
        let place = |(position, row): (usize, &u64)| match self.cells.get(row).and_then(|cell| cell.settled) {
            Some((chunk, position)) => (1 + chunk as usize, position as usize),
            None => (0, position),
        };
        let places: Vec<_> = rows.iter().enumerate().map(place).collect();
        Ok(interleave(&sources, &places)?)
    }
}
