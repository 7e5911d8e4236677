//! Single integer columns, read straight from their buffers.
//!
//! ```text
//!   referenced keys   3 4 7 9    ──▶ bits from the smallest to the largest key, or, where they lie far apart,
//!   referencing       4 8 9 4        the keys sorted, with a table of where each stretch of values starts
//!                     0 1 0 0    ──▶ a word of "missing" per 64 rows, masked by "live and not NULL"
//! ```

use arrow::array::{ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{ArrowPrimitiveType, DataType, Int16Type, Int32Type, Int64Type};
use arrow::error::ArrowError;

use super::chunks::{Chunk, row_count};
use super::{Orphan, Reason, parallel};
use crate::rows::{Interrupt, RowsError};

/// Bits spent for each key before the sorted form is the better one.
const BITS_PER_KEY_MAX: u64 = 128;
/// Bits always spent.
const BITS_MIN: u64 = 1 << 16;

/// A set of integers.
enum IntegerSet {
    /// A bit for each value from `min` on.
    Bits { min: i64, words: Vec<u64> },
    /// Ascending values; those of stretch `s = (value - min) >> shift` are `sorted[starts[s]..starts[s + 1]]`.
    Sorted { min: i64, shift: u32, starts: Vec<usize>, sorted: Vec<i64> },
}

/// Where the values of a column lie.
#[derive(Clone, Copy)]
struct Extent {
    min: i64,
    max: i64,
    count: u64,
}

/// The living rows whose value is not NULL and not among the referenced values.
pub(super) fn orphans(
    referencing: &[Chunk],
    referenced: &[Chunk],
    interrupt: &dyn Interrupt,
) -> Result<Vec<Orphan>, RowsError> {
    let set = IntegerSet::of(referenced, interrupt)?;
    let found = parallel::map(referencing, row_count(referencing), interrupt, |chunk| missing(chunk, &set))?;
    Ok(found.into_iter().flatten().collect())
}

/// Whether no value repeats; `None` where the values lie too far apart to tell cheaply.
pub(super) fn are_distinct(chunks: &[Chunk], interrupt: &dyn Interrupt) -> Result<Option<bool>, RowsError> {
    let extent = Extent::of(chunks, interrupt)?;
    if !extent.is_close() {
        return Ok(None);
    }
    let mut words = extent.words();
    let mut distinct = true;
    for chunk in chunks {
        interrupt.go_on()?;
        for_each(chunk, |value| {
            let slot = value.abs_diff(extent.min);
            let (word, bit) = (&mut words[(slot >> 6) as usize], 1 << (slot & 63));
            distinct &= *word & bit == 0;
            *word |= bit;
        })?;
    }
    Ok(Some(distinct))
}

fn missing(chunk: &Chunk, set: &IntegerSet) -> Result<Vec<Orphan>, ArrowError> {
    let present = chunk.present(0);
    let mut found = Vec::new();
    let mut note = |position: usize| {
        found.push(Orphan { row: chunk.first + position as u64, reason: Reason::Missing });
    };
    let column = &chunk.columns[0];
    match column.data_type() {
        DataType::Int16 => missing_of(native::<Int16Type>(column), present.as_ref(), set, &mut note),
        DataType::Int32 => missing_of(native::<Int32Type>(column), present.as_ref(), set, &mut note),
        DataType::Int64 => missing_of(native::<Int64Type>(column), present.as_ref(), set, &mut note),
        other => return Err(not_integer(other)),
    }
    Ok(found)
}

fn missing_of<T: Copy + Into<i64>>(
    values: &[T],
    present: Option<&BooleanBuffer>,
    set: &IntegerSet,
    note: &mut impl FnMut(usize),
) {
    match set {
        IntegerSet::Bits { min, words } => {
            let bits = words.len() as u64 * 64;
            let has = |value: i64| {
                let slot = value.wrapping_sub(*min) as u64;
                slot < bits && words[(slot >> 6) as usize] >> (slot & 63) & 1 == 1
            };
            without(values, present, has, note);
        }
        IntegerSet::Sorted { .. } => without(values, present, |value| set.contains(value), note),
    }
}

/// Notes the present positions whose value `has` denies: 64 rows make one word, mostly zero.
fn without<T: Copy + Into<i64>>(
    values: &[T],
    present: Option<&BooleanBuffer>,
    has: impl Fn(i64) -> bool,
    note: &mut impl FnMut(usize),
) {
    let masks: Option<Vec<u64>> = present.map(|present| present.bit_chunks().iter_padded().collect());
    for (index, group) in values.chunks(64).enumerate() {
        let denied = |word: u64, (bit, value): (usize, &T)| word | u64::from(!has((*value).into())) << bit;
        let mut word = group.iter().enumerate().fold(0, denied);
        if let Some(masks) = &masks {
            word &= masks[index];
        }
        while word != 0 {
            note(index * 64 + word.trailing_zeros() as usize);
            word &= word - 1;
        }
    }
}

impl IntegerSet {
    /// The present values of the first column.
    fn of(chunks: &[Chunk], interrupt: &dyn Interrupt) -> Result<IntegerSet, RowsError> {
        let extent = Extent::of(chunks, interrupt)?;
        let min = extent.min;
        if extent.is_close() {
            let mut words = extent.words();
            for chunk in chunks {
                interrupt.go_on()?;
                for_each(chunk, |value| {
                    let slot = value.abs_diff(min);
                    words[(slot >> 6) as usize] |= 1 << (slot & 63);
                })?;
            }
            return Ok(IntegerSet::Bits { min, words });
        }
        let mut sorted = Vec::with_capacity(extent.count as usize);
        for chunk in chunks {
            interrupt.go_on()?;
            for_each(chunk, |value| sorted.push(value))?;
        }
        interrupt.go_on()?;
        sorted.sort_unstable();
        let span = extent.max.abs_diff(min);
        let shift = (span / extent.count).max(1).ilog2();
        let stretches = (span >> shift) as usize + 1;
        let mut starts = vec![0; stretches + 1];
        for value in &sorted {
            starts[(value.abs_diff(min) >> shift) as usize + 1] += 1;
        }
        for stretch in 0..stretches {
            starts[stretch + 1] += starts[stretch];
        }
        Ok(IntegerSet::Sorted { min, shift, starts, sorted })
    }

    fn contains(&self, value: i64) -> bool {
        match self {
            Self::Bits { min, words } => {
                let slot = value.wrapping_sub(*min) as u64;
                words.get((slot >> 6) as usize).is_some_and(|word| word >> (slot & 63) & 1 == 1)
            }
            Self::Sorted { min, shift, starts, sorted } => {
                let stretch = (value.wrapping_sub(*min) as u64 >> shift) as usize;
                value >= *min
                    && stretch + 1 < starts.len()
                    && sorted[starts[stretch]..starts[stretch + 1]].binary_search(&value).is_ok()
            }
        }
    }
}

impl Extent {
    const EMPTY: Extent = Extent { min: i64::MAX, max: i64::MIN, count: 0 };

    fn of(chunks: &[Chunk], interrupt: &dyn Interrupt) -> Result<Extent, RowsError> {
        let extents = parallel::map(chunks, row_count(chunks), interrupt, |chunk| {
            let mut extent = Extent::EMPTY;
            for_each(chunk, |value| {
                extent.min = extent.min.min(value);
                extent.max = extent.max.max(value);
                extent.count += 1;
            })?;
            Ok::<_, ArrowError>(extent)
        })?;
        let join =
            |a: Extent, b: Extent| Extent { min: a.min.min(b.min), max: a.max.max(b.max), count: a.count + b.count };
        Ok(extents.into_iter().fold(Extent::EMPTY, join))
    }

    /// Whether a bit for each value of the range is affordable.
    fn is_close(&self) -> bool {
        self.count == 0 || self.max.abs_diff(self.min) < BITS_MIN.max(self.count * BITS_PER_KEY_MAX)
    }

    /// Cleared bits for the whole range.
    fn words(&self) -> Vec<u64> {
        if self.count == 0 { Vec::new() } else { vec![0; (self.max.abs_diff(self.min) >> 6) as usize + 1] }
    }
}

/// Calls `use_value` with every present value of the first column.
fn for_each(chunk: &Chunk, use_value: impl FnMut(i64)) -> Result<(), ArrowError> {
    let present = chunk.present(0);
    let column = &chunk.columns[0];
    match column.data_type() {
        DataType::Int16 => for_each_of(native::<Int16Type>(column), present.as_ref(), use_value),
        DataType::Int32 => for_each_of(native::<Int32Type>(column), present.as_ref(), use_value),
        DataType::Int64 => for_each_of(native::<Int64Type>(column), present.as_ref(), use_value),
        other => return Err(not_integer(other)),
    }
    Ok(())
}

fn for_each_of<T: Copy + Into<i64>>(values: &[T], present: Option<&BooleanBuffer>, mut use_value: impl FnMut(i64)) {
    match present {
        None => values.iter().for_each(|value| use_value((*value).into())),
        Some(present) => present.set_indices().for_each(|position| use_value(values[position].into())),
    }
}

fn native<T: ArrowPrimitiveType>(column: &ArrayRef) -> &[T::Native] {
    column.as_primitive::<T>().values()
}

fn not_integer(found: &DataType) -> ArrowError {
    ArrowError::CastError(format!("an integer column was read as {found}"))
}
