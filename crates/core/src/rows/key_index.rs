//! Finds the rows that hold a key: the one structure behind point probes, semi-joins and uniqueness.
//!
//! ```text
//!   key ──▶ head (first position) ──▶ next[position] ──▶ … ──▶ NONE        positions ascend along a chain
//! ```
//!
//! Heads are an array where integer keys lie close together, a hash table otherwise. A semi-join indexes the smaller side
//! and probes with the larger. Built once over immutable keys; probing takes no lock.

use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int16Type, Int32Type, Int64Type};
use arrow::row::Rows;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::{Keys, Lane};

/// Reading this many rows pays for a slot in an array of heads.
const ROWS_PER_SLOT: usize = 16;
/// Rows whose values are looked at together: mostly none of them lies in the range of the keys.
const TILE: usize = 256;

/// The end of a chain, and an empty head.
const NONE: u32 = u32::MAX;

/// An integer of a key column.
trait TileValue: Copy + Into<i64> {
    /// Whether some value lies from `min` to `max`. May say so of values that do not; never the other way round.
    fn any_between(tile: &[Self], min: i64, max: i64) -> bool;
}

/// Narrow integers are compared as they are.
macro_rules! narrow_tile_value {
    ($($narrow:ty),*) => {$(
        impl TileValue for $narrow {
            fn any_between(tile: &[$narrow], min: i64, max: i64) -> bool {
                let (Ok(min), Ok(max)) = (<$narrow>::try_from(min), <$narrow>::try_from(max)) else { return true };
                tile.iter().fold(false, |any, value| any | ((*value >= min) & (*value <= max)))
            }
        }
    )*};
}
narrow_tile_value!(i16, i32);

impl TileValue for i64 {
    fn any_between(tile: &[i64], min: i64, max: i64) -> bool {
        // Not every processor compares these several at a time, but all subtract: the sign of both differences is clear
        // only of a value in between, or of one so far away that a difference wraps.
        tile.iter().fold(0, |any, value| any | !(value.wrapping_sub(min) | max.wrapping_sub(*value))) < 0
    }
}

/// Positions by key. Rows without a key are not in it.
#[derive(Debug)]
pub struct KeyIndex {
    heads: Heads,
    /// The next position with the same key; empty when no key repeats.
    next: Vec<u32>,
}

#[derive(Debug)]
enum Heads {
    /// `array[key - min]`.
    Dense { min: i64, array: Vec<u32> },
    /// Key and head.
    Sparse { table: HashTable<(i64, u32)>, hasher: DefaultHashBuilder },
    /// Heads, with the keys they stand for in `rows`.
    Bytes { rows: Arc<Rows>, table: HashTable<u32>, hasher: DefaultHashBuilder },
}

impl KeyIndex {
    /// Indexes keys by their position. Cost: one pass, backwards.
    pub fn build(keys: &Keys) -> KeyIndex {
        Self::build_for_reading(keys, 0)
    }

    /// As [`KeyIndex::build`], to be probed with this many rows: the more they are, the more room pays.
    pub(super) fn build_for_reading(keys: &Keys, row_count: usize) -> KeyIndex {
        let is_complete = |position: usize| keys.is_complete(position);
        match keys.lane() {
            Lane::Int(values) => Self::over_integers(values, is_complete, row_count / ROWS_PER_SLOT),
            Lane::Bytes(rows) => Self::over_bytes(rows.clone(), is_complete),
        }
    }

    fn over_integers(values: &[i64], is_complete: impl Fn(usize) -> bool, room: usize) -> KeyIndex {
        let mut next = Chain::default();
        let positions = || (0..values.len()).rev().filter(|position| is_complete(*position));
        let (min, max) =
            positions().fold((i64::MAX, i64::MIN), |(min, max), p| (min.min(values[p]), max.max(values[p])));
        let span = if max < min { 0 } else { max.abs_diff(min).saturating_add(1) };
        if span <= (4 * values.len() as u64 + 64).max(room as u64) {
            let mut array = vec![NONE; span as usize];
            for position in positions() {
                let head = &mut array[values[position].abs_diff(min) as usize];
                next.link(position, *head, values.len());
                *head = position as u32;
            }
            return KeyIndex { heads: Heads::Dense { min, array }, next: next.0 };
        }
        let hasher = DefaultHashBuilder::default();
        let mut table = HashTable::with_capacity(values.len());
        for position in positions() {
            let key = values[position];
            let entry = table.entry(hash(&hasher, &key), |(k, _)| *k == key, |(k, _)| hash(&hasher, k));
            let entry = entry.or_insert((key, NONE));
            let head = &mut entry.into_mut().1;
            next.link(position, *head, values.len());
            *head = position as u32;
        }
        KeyIndex { heads: Heads::Sparse { table, hasher }, next: next.0 }
    }

    fn over_bytes(rows: Arc<Rows>, is_complete: impl Fn(usize) -> bool) -> KeyIndex {
        let mut next = Chain::default();
        let hasher = DefaultHashBuilder::default();
        let count = rows.num_rows();
        let mut table: HashTable<u32> = HashTable::with_capacity(count);
        for position in (0..count).rev().filter(|position| is_complete(*position)) {
            let key = rows.row(position);
            let same = |head: &u32| rows.row(*head as usize) == key;
            let entry =
                table.entry(hash(&hasher, key.as_ref()), same, |head| hash(&hasher, rows.row(*head as usize).as_ref()));
            match entry {
                hashbrown::hash_table::Entry::Occupied(mut occupied) => {
                    let head = occupied.get_mut();
                    next.link(position, *head, count);
                    *head = position as u32;
                }
                hashbrown::hash_table::Entry::Vacant(vacant) => {
                    next.link(position, NONE, count);
                    vacant.insert(position as u32);
                }
            }
        }
        KeyIndex { heads: Heads::Bytes { rows, table, hasher }, next: next.0 }
    }

    /// Whether some key stands at more than one position.
    pub fn has_duplicates(&self) -> bool {
        !self.next.is_empty()
    }

    /// Calls `on_match(probe, position)` for every pair of equal keys: `probe` ascending, its positions ascending.
    /// `keys` must be of the form the index was built with.
    pub fn probe(&self, keys: &Keys, mut on_match: impl FnMut(u32, u32)) {
        match keys.lane() {
            Lane::Int(values) => self.probe_values(values.iter().copied(), |p| keys.is_complete(p), on_match),
            Lane::Bytes(probes) => {
                let Heads::Bytes { rows, table, hasher } = &self.heads else {
                    unreachable!("keys of one form have one lane")
                };
                for probe in (0..probes.num_rows()).filter(|probe| keys.is_complete(*probe)) {
                    let key = probes.row(probe);
                    let same = |head: &u32| rows.row(*head as usize) == key;
                    if let Some(head) = table.find(hash(hasher, key.as_ref()), same) {
                        self.follow(probe, *head, &mut on_match);
                    }
                }
            }
        }
    }

    /// As [`KeyIndex::probe`], with the values of an integer column of any width as they are. For an index over integers.
    pub fn probe_column(&self, column: &ArrayRef, on_match: impl FnMut(u32, u32)) {
        let nulls = column.nulls().filter(|nulls| nulls.null_count() > 0);
        let is_complete = |position: usize| nulls.is_none_or(|nulls| nulls.is_valid(position));
        match column.data_type() {
            DataType::Int16 => self.probe_tiles(column.as_primitive::<Int16Type>().values(), is_complete, on_match),
            DataType::Int32 => self.probe_tiles(column.as_primitive::<Int32Type>().values(), is_complete, on_match),
            DataType::Int64 => self.probe_tiles(column.as_primitive::<Int64Type>().values(), is_complete, on_match),
            other => unreachable!("an integer key column was believed not to be {other}"),
        }
    }

    /// Probes with values tile by tile. A tile is passed over if no value lies between the smallest and the largest key, or if
    /// none is a key: both are seen without a branch, several values at a time.
    fn probe_tiles<T: TileValue>(
        &self,
        values: &[T],
        is_complete: impl Fn(usize) -> bool,
        mut on_match: impl FnMut(u32, u32),
    ) {
        let Heads::Dense { min, array } = &self.heads else {
            return self.probe_values(values.iter().map(|value| (*value).into()), is_complete, on_match);
        };
        let Some(last) = array.len().checked_sub(1) else { return };
        let max = min.saturating_add_unsigned(last as u64);
        let head = |value: T| {
            let slot = value.into().wrapping_sub(*min) as u64;
            if slot <= last as u64 { array[slot as usize] } else { NONE }
        };
        for (number, tile) in values.chunks(TILE).enumerate() {
            if !T::any_between(tile, *min, max) || tile.iter().fold(NONE, |all, value| all & head(*value)) == NONE {
                continue;
            }
            let first = number * TILE;
            let is_complete = |position: usize| is_complete(first + position);
            let on_match = |probe: u32, position: u32| on_match(first as u32 + probe, position);
            self.probe_values(tile.iter().map(|value| (*value).into()), is_complete, on_match);
        }
    }

    fn probe_values(
        &self,
        values: impl Iterator<Item = i64>,
        is_complete: impl Fn(usize) -> bool,
        mut on_match: impl FnMut(u32, u32),
    ) {
        match &self.heads {
            Heads::Dense { min, array } => {
                for (probe, value) in values.enumerate() {
                    let slot = value.wrapping_sub(*min) as u64;
                    if slot < array.len() as u64 {
                        let head = array[slot as usize];
                        if head != NONE && is_complete(probe) {
                            self.follow(probe, head, &mut on_match);
                        }
                    }
                }
            }
            Heads::Sparse { table, hasher } => {
                for (probe, key) in values.enumerate().filter(|(probe, _)| is_complete(*probe)) {
                    if let Some((_, head)) = table.find(hash(hasher, &key), |(k, _)| *k == key) {
                        self.follow(probe, *head, &mut on_match);
                    }
                }
            }
            Heads::Bytes { .. } => unreachable!("keys of one form have one lane"),
        }
    }

    fn follow(&self, probe: usize, head: u32, on_match: &mut impl FnMut(u32, u32)) {
        let mut position = head;
        while position != NONE {
            on_match(probe as u32, position);
            position = if self.next.is_empty() { NONE } else { self.next[position as usize] };
        }
    }
}

/// The `next` links, allocated when the first key repeats.
#[derive(Default)]
struct Chain(Vec<u32>);

impl Chain {
    fn link(&mut self, position: usize, head: u32, count: usize) {
        if head != NONE && self.0.is_empty() {
            self.0 = vec![NONE; count];
        }
        if head != NONE {
            self.0[position] = head;
        }
    }
}

fn hash<T: Hash + ?Sized>(hasher: &DefaultHashBuilder, value: &T) -> u64 {
    hasher.hash_one(value)
}
