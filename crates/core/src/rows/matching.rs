//! Which living rows of a table hold one of these keys? The one question integrity asks, answered set at a time.
//!
//! Each segment answers by whichever is cheaper: probing its key index with the keys, or reading its key columns once
//! against an index of the keys. An index is built when it is wanted for the second time.

use std::cell::OnceCell;

use super::{Fragment, KeyIndex, KeyShape, Keys, RowsError, TableRows};
use crate::catalog::Table;

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
        if keys.is_empty() {
            return Ok(matches);
        }
        let index_of_keys = OnceCell::new();
        for fragment in self.fragments() {
            let first = fragment.segment.first();
            let alive = |position: u32| fragment.dead.is_empty() || !fragment.dead.contains(position);
            let mut note = |row: u32, key: u32| {
                if alive(row) {
                    matches.rows.push(first + u64::from(row));
                    matches.keys.push(key);
                }
            };
            if probes(fragment, shape, keys.len()) {
                let index = fragment.segment.index(table, shape)?;
                index.probe(keys, |key, row| note(row, key));
            } else {
                let of_keys: &KeyIndex = index_of_keys.get_or_init(|| KeyIndex::build(keys));
                let rows = fragment.segment.keys(table, shape)?;
                of_keys.probe(&rows, &mut note);
            }
        }
        Ok(matches)
    }
}

/// Whether probing the segment's index is the cheaper way.
fn probes(fragment: &Fragment, shape: &KeyShape, key_count: usize) -> bool {
    let rows = fragment.segment.len();
    if rows <= READ_ROWS_MAX || key_count >= rows / READ_PER_PROBE {
        return false;
    }
    fragment.segment.ready_index(shape).is_some() || fragment.segment.index_wanted_before(shape)
}
