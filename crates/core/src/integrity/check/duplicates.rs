//! Rows that hold a candidate key which an earlier row holds already.
//!
//! ```text
//!   every key ──▶ 64-bit fingerprint ──▶ sorted: none repeats, done
//!                                            └─▶ the few that repeat: their keys compared in full
//! ```

use std::hash::BuildHasher;

use arrow::error::ArrowError;
use hashbrown::{DefaultHashBuilder, HashMap, HashSet};

use super::bytes::{self, KeyRows};
use super::chunks::{self, Chunk};
use super::{integers, parallel};
use crate::catalog::{CandidateKey, Table};
use crate::rows::{Interrupt, RowsError, TableRows};

/// A row, and the first row with the same key.
pub(super) struct Duplicate {
    pub row: u64,
    pub first: u64,
}

/// The duplicates of a candidate key, by row id ascending; the first row of each key is none.
pub(super) fn duplicates(
    rows: &TableRows,
    table: &Table,
    key: &CandidateKey,
    interrupt: &dyn Interrupt,
) -> Result<Vec<Duplicate>, RowsError> {
    let types = table.column_types(&key.columns);
    let chunks = chunks::load(rows, table, &key.columns, interrupt)?;
    let simple = matches!(&types[..], [only] if only.is_integer()) && !key.nulls_not_distinct;
    if simple && integers::are_distinct(&chunks, interrupt)? == Some(true) {
        return Ok(Vec::new());
    }
    let row_count = chunks::row_count(&chunks);
    let forms = bytes::forms(&types, &types);
    let keys = parallel::map(&chunks, row_count, interrupt, |chunk| KeyRows::new(chunk, &forms))?;
    let chunks: Vec<_> = chunks.iter().zip(&keys).collect();
    let hasher = DefaultHashBuilder::default();

    let fingerprints = parallel::map(&chunks, row_count, interrupt, |(chunk, keys)| {
        let mut fingerprints = Vec::with_capacity(chunk.len);
        for_each_key(chunk, keys, key, |_, bytes| fingerprints.push(hasher.hash_one(bytes)));
        Ok::<_, ArrowError>(fingerprints)
    })?;
    interrupt.go_on()?;
    let mut fingerprints = fingerprints.concat();
    fingerprints.sort_unstable();
    let repeated: HashSet<u64> =
        fingerprints.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    if repeated.is_empty() {
        return Ok(Vec::new());
    }
    let mut firsts: HashMap<Vec<u8>, u64> = HashMap::new();
    let mut found = Vec::new();
    for (chunk, keys) in chunks {
        interrupt.go_on()?;
        for_each_key(chunk, keys, key, |row, bytes| {
            if repeated.contains(&hasher.hash_one(bytes)) {
                let first = *firsts.entry_ref(bytes).or_insert(row);
                if first != row {
                    found.push(Duplicate { row, first });
                }
            }
        });
    }
    Ok(found)
}

/// Calls `use_key` with every living row that holds a key, ascending. A NULL makes a row unlike every other, unless NULLs
/// are not distinct.
fn for_each_key(chunk: &Chunk, keys: &KeyRows, key: &CandidateKey, mut use_key: impl FnMut(u64, &[u8])) {
    let mut bytes = Vec::new();
    for position in (0..chunk.len).filter(|position| chunk.is_live(*position)) {
        if key.nulls_not_distinct || !keys.nulls(position).any(|null| null) {
            bytes.clear();
            keys.write(position, |_| true, &mut bytes);
            use_key(chunk.first + position as u64, &bytes);
        }
    }
}
