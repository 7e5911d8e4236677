//! Rules that a row must obey by itself: NOT NULL and CHECK.

use arrow::array::{Array, ArrayRef, BooleanArray, UInt32Array};
use arrow::compute::take;

use super::super::Judge;
use super::super::close::table_batch;
use super::super::violation::{KeySample, Violation, ViolationKind};
use super::touched::Touched;
use crate::rows::RowsError;

/// Judges every inserted row against NOT NULL and CHECK.
pub(super) fn check_rows(
    touched: &Touched,
    judge: &dyn Judge,
    violations: &mut Vec<Violation>,
) -> Result<(), RowsError> {
    let table = touched.table;
    for column in table.columns.iter().filter(|column| column.not_null) {
        let values = &touched.fetch(&touched.inserted, &[column.id])?[0];
        if values.logical_null_count() > 0 {
            let nulls = values.logical_nulls().expect("an array with NULLs has a null buffer");
            let failing: Vec<u64> =
                (0..values.len()).filter(|i| nulls.is_null(*i)).map(|i| touched.inserted[i]).collect();
            violations.push(violation(touched, ViolationKind::Null(column.clone()), &failing)?);
        }
    }
    if table.checks.is_empty() {
        return Ok(());
    }
    let batch = table_batch(table, touched.fetch(&touched.inserted, &table.column_ids())?)?;
    for check in &table.checks {
        let failing = failing_rows(&touched.inserted, &judge.check(table, check, &batch)?);
        if !failing.is_empty() {
            violations.push(violation(touched, ViolationKind::Check(check.clone()), &failing)?);
        }
    }
    Ok(())
}

/// The rows for which a check is false; NULL satisfies it.
fn failing_rows(rows: &[u64], verdicts: &BooleanArray) -> Vec<u64> {
    let fails = |i: &usize| verdicts.is_valid(*i) && !verdicts.value(*i);
    (0..rows.len()).filter(fails).map(|i| rows[i]).collect()
}

fn violation(touched: &Touched, kind: ViolationKind, failing: &[u64]) -> Result<Violation, RowsError> {
    let table = touched.table;
    let first = least_row(touched, failing)?;
    Ok(Violation {
        kind,
        table: table.clone(),
        referenced: None,
        keys: KeySample::of_rows(table.column_names(&table.column_ids()), first, failing.len()),
        row_count: failing.len() as u64,
        path: Vec::new(),
    })
}

/// The whole row that stands first by primary key, so that the order of rows does not show.
fn least_row(touched: &Touched, rows: &[u64]) -> Result<Vec<ArrayRef>, RowsError> {
    let table = touched.table;
    let first = match table.primary_key() {
        None => rows[0],
        Some(key) => {
            let form = crate::rows::KeyForm::of(&table.column_types(&key.columns));
            let keys = crate::rows::Keys::new(&form, &touched.fetch(rows, &key.columns)?)?;
            rows[keys.sorted_positions()[0] as usize]
        }
    };
    let columns = touched.fetch(&[first], &table.column_ids())?;
    Ok(columns.iter().map(|array| take(array, &UInt32Array::from(vec![0]), None)).collect::<Result<_, _>>()?)
}
