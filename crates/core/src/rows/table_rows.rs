//! All rows of one table in one snapshot: its segments in order, and which rows of each are dead.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt32Array, new_empty_array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{interleave, take};
use roaring::{RoaringBitmap, RoaringTreemap};

use super::{NewRows, RowsError, Segment};
use crate::catalog::{ColumnId, Table};

/// Segments in memory grow by joining up to this many rows.
const JOINED_ROWS_MAX: usize = 1 << 18;

/// A segment and its dead rows.
#[derive(Debug, Clone)]
pub struct Fragment {
    /// The rows, dead ones included.
    pub segment: Arc<Segment>,
    /// Positions in the segment that are dead.
    pub dead: Arc<RoaringBitmap>,
}

/// The rows of a table. Cloning copies a few pointers a segment.
#[derive(Debug, Clone, Default)]
pub struct TableRows {
    fragments: Vec<Fragment>,
    next: u64,
}

impl Fragment {
    /// How many rows are alive.
    pub fn live_count(&self) -> usize {
        self.segment.len() - self.dead.len() as usize
    }

    /// A mask of the living rows, `None` when all live.
    pub fn live_mask(&self) -> Option<BooleanArray> {
        if self.dead.is_empty() {
            return None;
        }
        let mut live = vec![true; self.segment.len()];
        self.dead.iter().for_each(|position| live[position as usize] = false);
        Some(BooleanArray::new(BooleanBuffer::from(live), None))
    }
}

impl Fragment {
    /// Neighbours in memory as one fragment; there is at least one.
    fn joined(mut fragments: Vec<Fragment>) -> Result<Fragment, RowsError> {
        if fragments.len() == 1 {
            return Ok(fragments.remove(0));
        }
        let segments: Vec<&Segment> = fragments.iter().map(|fragment| &*fragment.segment).collect();
        let segment = Segment::joined(&segments)?;
        let dead = fragments.iter().flat_map(|fragment| {
            let shift = (fragment.segment.first() - segment.first()) as u32;
            fragment.dead.iter().map(move |position| position + shift)
        });
        let dead = Arc::new(dead.collect());
        Ok(Fragment { segment: Arc::new(segment), dead })
    }
}

impl TableRows {
    /// Rows as recovered: fragments in order of row id, and the id the next row gets.
    pub fn from_fragments(fragments: Vec<Fragment>, next: u64) -> TableRows {
        TableRows { fragments, next }
    }

    /// The fragments, in order of row id.
    pub fn fragments(&self) -> &[Fragment] {
        &self.fragments
    }

    /// The id the next inserted row gets.
    pub fn next_row(&self) -> u64 {
        self.next
    }

    /// How many rows are alive.
    pub fn live_count(&self) -> usize {
        self.fragments.iter().map(Fragment::live_count).sum()
    }

    /// The ids of all living rows.
    pub fn live_rows(&self) -> RoaringTreemap {
        let mut live = RoaringTreemap::new();
        for fragment in &self.fragments {
            let first = fragment.segment.first();
            live.insert_range(first..first + fragment.segment.len() as u64);
            fragment.dead.iter().for_each(|position| {
                live.remove(first + u64::from(position));
            });
        }
        live
    }

    /// Whether the row is there and alive.
    pub fn is_live(&self, row: u64) -> bool {
        self.locate(row).is_some_and(|(fragment, position)| !self.fragments[fragment].dead.contains(position))
    }

    /// The fragment and position of a row, dead or alive.
    pub fn locate(&self, row: u64) -> Option<(usize, u32)> {
        let after = self.fragments.partition_point(|fragment| fragment.segment.first() <= row);
        let fragment = after.checked_sub(1)?;
        let position = row - self.fragments[fragment].segment.first();
        (position < self.fragments[fragment].segment.len() as u64).then_some((fragment, position as u32))
    }

    /// Columns of rows, in the order the rows are given; each array as long as `rows`. Panics if a row does not exist.
    pub fn fetch(&self, table: &Table, rows: &[u64], columns: &[ColumnId]) -> Result<Vec<ArrayRef>, RowsError> {
        let places: Vec<(usize, u32)> = rows
            .iter()
            .map(|row| {
                self.locate(*row).unwrap_or_else(|| panic!("row {row} of {:?} was believed to exist", table.name))
            })
            .collect();
        let Some((first, _)) = places.first() else {
            let empty = |id: &ColumnId| new_empty_array(&table.column_by_id(*id).sql_type.arrow());
            return Ok(columns.iter().map(empty).collect());
        };
        if places.iter().all(|(fragment, _)| fragment == first) {
            let positions = UInt32Array::from_iter_values(places.iter().map(|(_, position)| *position));
            let segment = &self.fragments[*first].segment;
            let take_column = |id: &ColumnId| {
                let column = segment.column(table.column_by_id(*id))?;
                Ok(take(&column, &positions, None)?)
            };
            return columns.iter().map(take_column).collect();
        }
        let indices: Vec<(usize, usize)> = places.iter().map(|(f, position)| (*f, *position as usize)).collect();
        let gather = |id: &ColumnId| {
            let column = table.column_by_id(*id);
            let used: Vec<bool> = {
                let mut used = vec![false; self.fragments.len()];
                places.iter().for_each(|(fragment, _)| used[*fragment] = true);
                used
            };
            let load = |(fragment, used): (&Fragment, bool)| match used {
                true => fragment.segment.column(column),
                false => Ok(new_empty_array(&column.sql_type.arrow())),
            };
            let arrays = self.fragments.iter().zip(used).map(load).collect::<Result<Vec<_>, _>>()?;
            let arrays: Vec<_> = arrays.iter().map(AsRef::as_ref).collect();
            Ok(interleave(&arrays, &indices)?)
        };
        columns.iter().map(gather).collect()
    }

    /// Adds rows at the end. Small segments in memory join, so that many small inserts leave few segments.
    pub fn append(&mut self, rows: &NewRows) -> Result<(), RowsError> {
        let segment = Segment::in_memory(self.next, &rows.columns, &rows.batch);
        self.next += segment.len() as u64;
        let (mut first, mut len, mut start) = (segment.first(), segment.len(), self.fragments.len());
        while let Some(last) = start.checked_sub(1).map(|at| &self.fragments[at].segment)
            && last.source().is_none()
            && last.len() <= len
            && last.len() + len <= JOINED_ROWS_MAX
            && last.stored_columns() == segment.stored_columns()
            && last.first() + last.len() as u64 == first
        {
            (first, len, start) = (last.first(), last.len() + len, start - 1);
        }
        self.fragments.push(Fragment { segment: Arc::new(segment), dead: Arc::default() });
        let small = self.fragments.split_off(start);
        self.fragments.push(Fragment::joined(small)?);
        Ok(())
    }

    /// Adds a stored segment that follows the rows there are.
    pub fn append_stored(&mut self, segment: Segment) {
        assert_eq!(segment.first(), self.next, "segments were believed to follow each other");
        self.next += segment.len() as u64;
        self.fragments.push(Fragment { segment: Arc::new(segment), dead: Arc::default() });
    }

    /// Marks rows dead. Rows that are dead already stay so.
    pub fn remove(&mut self, removed: &RoaringTreemap) {
        if removed.is_empty() {
            return;
        }
        for fragment in &mut self.fragments {
            let first = fragment.segment.first();
            let end = first + fragment.segment.len() as u64;
            let mut rows = removed.iter();
            rows.advance_to(first);
            let inside = rows.take_while(|row| *row < end).map(|row| (row - first) as u32);
            let positions = RoaringBitmap::from_sorted_iter(inside);
            if positions.as_ref().is_ok_and(RoaringBitmap::is_empty) {
                continue;
            }
            let dead = Arc::make_mut(&mut fragment.dead);
            *dead |= positions.expect("row ids of a treemap ascend");
        }
        self.fragments.retain(|fragment| fragment.live_count() > 0);
    }
}
