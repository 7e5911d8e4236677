//! Candidate keys: no two rows of the result hold one key.

use std::collections::BTreeSet;

use arrow::array::UInt32Array;
use arrow::compute::take;

use super::super::violation::{KeySample, Violation, ViolationKind};
use super::scope::Scope;
use super::touched::Touched;
use crate::catalog::CandidateKey;
use crate::rows::{KeyForm, KeyIndex, KeyShape, Keys, RowsError};

/// Judges every candidate key over the inserted rows: among themselves, and against the rows that stay.
pub(super) fn check_keys(
    touched: &Touched,
    scope: &mut Scope,
    violations: &mut Vec<Violation>,
) -> Result<(), RowsError> {
    for key in &touched.table.keys {
        if scope.judges(key.id, key.characteristics) {
            touched.interrupt.go_on()?;
            check_key(touched, key, violations)?;
        }
    }
    Ok(())
}

fn check_key(touched: &Touched, key: &CandidateKey, violations: &mut Vec<Violation>) -> Result<(), RowsError> {
    let table = touched.table;
    let form = KeyForm::of_key(table, key);
    let rows = touched.new_in(&key.columns)?;
    if rows.is_empty() {
        return Ok(());
    }
    let columns = touched.fetch(&rows, &key.columns)?;
    let keys = Keys::new(&form, &columns)?;
    let shape = KeyShape::new(key.columns.clone(), form.clone());
    let mut offending = repeated(&keys);
    offending.extend(taken(touched, &rows, &shape, &keys)?);
    if offending.is_empty() {
        return Ok(());
    }
    let positions = UInt32Array::from_iter_values(offending.iter().copied());
    let values = columns.iter().map(|array| take(array, &positions, None)).collect::<Result<Vec<_>, _>>()?;
    violations.push(Violation {
        kind: ViolationKind::Duplicate(key.clone()),
        table: table.clone(),
        referenced: None,
        keys: KeySample::new(table, &key.columns, &values, &form)?,
        row_count: offending.len() as u64,
        path: Vec::new(),
    });
    Ok(())
}

/// Positions of keys that stand more than once.
fn repeated(keys: &Keys) -> BTreeSet<u32> {
    if keys.strictly_ascending() {
        return BTreeSet::new();
    }
    let index = KeyIndex::build(keys);
    let mut repeated = BTreeSet::new();
    if index.has_duplicates() {
        index.probe(keys, |probe, position| {
            if probe != position {
                repeated.insert(position);
            }
        });
    }
    repeated
}

/// Positions of keys that a row which stays holds already. A row updated without a change of this key stays.
fn taken(touched: &Touched, rows: &[u64], shape: &KeyShape, keys: &Keys) -> Result<Vec<u32>, RowsError> {
    let Some(before) = touched.rows_before() else { return Ok(Vec::new()) };
    let matches = before.matching(touched.table, shape, keys)?;
    let holds_unchanged_key: BTreeSet<u64> = match matches.rows.iter().any(|row| touched.changes.removed.contains(*row))
    {
        false => BTreeSet::new(),
        true => {
            let unchanged = touched.inserted.iter().filter(|row| rows.binary_search(row).is_err());
            unchanged.filter_map(|row| touched.before().get(row).copied()).collect()
        }
    };
    let stays = |row: &u64| !touched.changes.removed.contains(*row) || holds_unchanged_key.contains(row);
    Ok(matches.rows.iter().zip(matches.keys).filter(|(row, _)| stays(row)).map(|(_, key)| key).collect())
}
