//! `MATCH PARTIAL` keys, from both sides: one question for each pattern of NULLs.

use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;

use super::super::edge::Edge;
use super::touched::Touched;
use crate::rows::{Keys, RowsError, TableRows, null_patterns};

/// Positions of the keys that no row of `referenced` matches, ascending. `columns`: what referencing rows hold.
pub(super) fn missing(edge: &Edge, columns: &[ArrayRef], referenced: &TableRows) -> Result<Vec<u32>, RowsError> {
    let mut found = Vec::new();
    for (pattern, positions) in null_patterns(columns) {
        let Some(part) = edge.part(&pattern) else { continue };
        let positions = UInt32Array::from(positions);
        let held = part.pick(columns);
        let held = held.iter().map(|column| take(column, &positions, None)).collect::<Result<Vec<_>, _>>()?;
        let keys = Keys::new(&part.referenced.form, &held)?;
        let missing = referenced.missing(&edge.referenced, &part.referenced, &keys)?;
        found.extend(missing.into_iter().map(|position| positions.value(position as usize)));
    }
    found.sort_unstable();
    Ok(found)
}

/// The referencing rows that matched one of these lost keys and match none now. `columns`: all columns of the lost keys.
pub(super) fn unmatched(
    touched: &Touched,
    edge: &Edge,
    columns: &[ArrayRef],
    wanted: impl Fn(u64) -> bool,
) -> Result<Vec<u64>, RowsError> {
    let referencing = touched.after.rows(edge.table.id);
    let mut found = Vec::new();
    for part in edge.parts(referencing)? {
        let holders = part.holders(edge, referencing, columns, &wanted)?;
        found.extend(holders.unmatched(edge, &part, touched.rows_after())?);
    }
    Ok(found)
}
