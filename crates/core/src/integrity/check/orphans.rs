//! Orphans of foreign keys that are composite or not of integers: the referenced keys as a set of byte strings.
//!
//! `MATCH PARTIAL` asks the same of fewer columns: for each pattern of NULLs that occurs, the referenced keys are projected
//! to the columns that are not NULL.

use std::collections::BTreeMap;

use arrow::error::ArrowError;
use hashbrown::HashSet;

use super::bytes::{Form, KeyRows};
use super::chunks::{Chunk, row_count};
use super::{Orphan, Reason, parallel};
use crate::catalog::MatchType;
use crate::rows::{Interrupt, RowsError};

/// Byte strings, one after the other.
#[derive(Default)]
struct Strings {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// Where a row that is partly NULL is: chunk and position.
type Place = (usize, usize);

/// What one chunk has: orphans, and the rows to be matched partially, by which of their columns are NULL.
#[derive(Default)]
struct Found {
    orphans: Vec<Orphan>,
    partial: BTreeMap<Vec<bool>, Vec<Place>>,
}

/// The violating rows, by row id ascending. `forms`: how each pair of columns compares.
pub(super) fn orphans(
    referencing: &[Chunk],
    referenced: &[Chunk],
    forms: &[Form],
    match_type: MatchType,
    interrupt: &dyn Interrupt,
) -> Result<Vec<Orphan>, RowsError> {
    let readable = |chunk: &Chunk| KeyRows::new(chunk, forms);
    let keys = parallel::map(referencing, row_count(referencing), interrupt, readable)?;
    let referenced_keys = parallel::map(referenced, row_count(referenced), interrupt, readable)?;
    let referenced: Vec<_> = referenced.iter().zip(&referenced_keys).collect();
    let complete = strings(&referenced, &|_| true, interrupt)?;
    let complete = set(&complete, interrupt)?;

    let numbered: Vec<_> = referencing.iter().zip(&keys).enumerate().collect();
    let found = parallel::map(&numbered, row_count(referencing), interrupt, |(number, (chunk, keys))| {
        Ok::<_, ArrowError>(judge(*number, chunk, keys, &complete, match_type))
    })?;
    let mut orphans = Vec::new();
    let mut partial: BTreeMap<Vec<bool>, Vec<Place>> = BTreeMap::new();
    for found in found {
        orphans.extend(found.orphans);
        for (nulls, places) in found.partial {
            partial.entry(nulls).or_default().extend(places);
        }
    }
    for (nulls, places) in partial {
        let projected = strings(&referenced, &|column| !nulls[column], interrupt)?;
        let projected = set(&projected, interrupt)?;
        let mut bytes = Vec::new();
        for (chunk, position) in places {
            bytes.clear();
            keys[chunk].write(position, |column| !nulls[column], &mut bytes);
            if !projected.contains(&bytes[..]) {
                let row = referencing[chunk].first + position as u64;
                orphans.push(Orphan { row, reason: Reason::Missing });
            }
        }
    }
    orphans.sort_unstable();
    Ok(orphans)
}

fn judge(number: usize, chunk: &Chunk, keys: &KeyRows, complete: &HashSet<&[u8]>, match_type: MatchType) -> Found {
    let mut found = Found::default();
    let mut bytes = Vec::new();
    for position in (0..chunk.len).filter(|position| chunk.is_live(*position)) {
        let row = chunk.first + position as u64;
        if !keys.nulls(position).any(|null| null) {
            bytes.clear();
            keys.write(position, |_| true, &mut bytes);
            if !complete.contains(&bytes[..]) {
                found.orphans.push(Orphan { row, reason: Reason::Missing });
            }
        } else if match_type != MatchType::Simple && !keys.nulls(position).all(|null| null) {
            match match_type {
                MatchType::Full => found.orphans.push(Orphan { row, reason: Reason::PartlyNull }),
                _ => found.partial.entry(keys.nulls(position).collect()).or_default().push((number, position)),
            }
        }
    }
    found
}

/// The living rows' keys over the wanted columns; rows with a NULL among those hold no key.
fn strings(
    chunks: &[(&Chunk, &KeyRows)],
    wanted: &(impl Fn(usize) -> bool + Sync),
    interrupt: &dyn Interrupt,
) -> Result<Vec<Strings>, RowsError> {
    let rows = row_count(chunks.iter().map(|(chunk, _)| *chunk));
    parallel::map(chunks, rows, interrupt, |(chunk, keys)| {
        let mut strings = Strings::default();
        for position in (0..chunk.len).filter(|position| chunk.is_live(*position)) {
            if !keys.nulls(position).enumerate().any(|(column, null)| null && wanted(column)) {
                keys.write(position, wanted, &mut strings.bytes);
                strings.ends.push(strings.bytes.len());
            }
        }
        Ok::<_, ArrowError>(strings)
    })
}

fn set<'s>(strings: &'s [Strings], interrupt: &dyn Interrupt) -> Result<HashSet<&'s [u8]>, RowsError> {
    let mut set = HashSet::with_capacity(strings.iter().map(|strings| strings.ends.len()).sum());
    for strings in strings {
        interrupt.go_on()?;
        let mut start = 0;
        for end in &strings.ends {
            set.insert(&strings.bytes[start..*end]);
            start = *end;
        }
    }
    Ok(set)
}
