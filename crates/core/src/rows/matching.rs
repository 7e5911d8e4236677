//! Which living rows of a table hold one of these keys? The one question integrity asks, answered set at a time.
//!
//! Each segment answers by whichever is cheaper: probing its key index with the keys, or reading its key columns once
//! against an index of the keys. An index is built when it is wanted for the second time.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::{Fragment, KeyForm, KeyIndex, KeyShape, Keys, NullPattern, RowsError, TableRows};
use crate::catalog::{ColumnId, Table};

/// A segment this small is read rather than indexed.
const READ_ROWS_MAX: usize = 256;
/// Reading a row costs about this much less than probing an index for a key.
const READ_PER_PROBE: usize = 8;

/// Pairs of a row and the key it holds.
#[derive(Debug, Default)]
pub struct Matches {
    /// Row ids.
    pub rows: Vec<u64>,
    /// For each row, the position of its key among the keys asked for.
    pub keys: Vec<u32>,
}

impl TableRows {
    /// The living rows whose key is among `keys`, with the key each holds. Keys that repeat match once each.
    ///
    /// `keys` must be in the form of `shape`. Order: by segment, then either by key or by row.
    pub fn matching(&self, table: &Table, shape: &KeyShape, keys: &Keys) -> Result<Matches, RowsError> {
        let mut matches = Matches::default();
        self.each_match(table, shape, keys, |row, key| {
            matches.rows.push(row);
            matches.keys.push(key);
        })?;
        Ok(matches)
    }

    /// Positions of the keys that no living row holds, ascending. Keys with a NULL are not asked for.
    ///
    /// `keys` must be in the form of `shape`.
    pub fn missing(&self, table: &Table, shape: &KeyShape, keys: &Keys) -> Result<Vec<u32>, RowsError> {
        let mut open: Vec<bool> = (0..keys.len()).map(|position| keys.is_complete(position)).collect();
        self.each_match(table, shape, keys, |_, key| open[key as usize] = false)?;
        Ok((0..keys.len() as u32).filter(|position| open[*position as usize]).collect())
    }

    /// The patterns of NULLs that occur in these columns, in fixed order.
    pub fn patterns(&self, table: &Table, columns: &[ColumnId]) -> Result<BTreeSet<NullPattern>, RowsError> {
        let mut found = BTreeSet::new();
        for fragment in self.fragments() {
            found.extend(fragment.segment.patterns(table, columns)?.iter().cloned());
        }
        Ok(found)
    }

    fn each_match(
        &self,
        table: &Table,
        shape: &KeyShape,
        keys: &Keys,
        mut on_match: impl FnMut(u64, u32),
    ) -> Result<(), RowsError> {
        if keys.is_empty() {
            return Ok(());
        }
        let index_of_keys = OnceCell::new();
        for fragment in self.fragments() {
            let first = fragment.segment.first();
            let alive = |position: u32| fragment.dead.is_empty() || !fragment.dead.contains(position);
            let mut note = |row: u32, key: u32| {
                if alive(row) {
                    on_match(first + u64::from(row), key);
                }
            };
            if probes(fragment, table, shape, keys.len()) {
                let index = fragment.segment.index(table, shape)?;
                index.probe(keys, |key, row| note(row, key));
            } else {
                let of_keys = || KeyIndex::build_for_reading(keys, fragment.segment.len());
                let of_keys: &KeyIndex = index_of_keys.get_or_init(of_keys);
                match shape.form {
                    KeyForm::Int if shape.absent.is_empty() => {
                        let column = fragment.segment.column(table.column_by_id(shape.columns[0]))?;
                        of_keys.probe_column(&column, &mut note);
                    }
                    _ => of_keys.probe(&fragment.segment.keys(table, shape)?, &mut note),
                }
            }
        }
        Ok(())
    }
}

/// Whether probing the segment's index is the cheaper way. Of a small and a large side, the small one is indexed.
fn probes(fragment: &Fragment, table: &Table, shape: &KeyShape, key_count: usize) -> bool {
    let rows = fragment.segment.len();
    if key_count >= rows {
        return rows > READ_ROWS_MAX;
    }
    if rows <= READ_ROWS_MAX || key_count >= rows / READ_PER_PROBE {
        return false;
    }
    fragment.segment.ready_index(table, shape).is_some() || fragment.segment.index_wanted_before(table, shape)
}
