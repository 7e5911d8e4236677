//! Rules that a row must obey by itself: NOT NULL and CHECK.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{SortOptions, take};
use arrow::row::{RowConverter, SortField};

use super::super::Judge;
use super::super::violation::{KeySample, Violation, ViolationKind};
use super::super::whole_rows::table_batch;
use super::touched::Touched;
use crate::catalog::{ColumnId, Table};
use crate::rows::RowsError;

/// Judges every inserted row against NOT NULL and CHECK.
pub(super) fn check_rows(
    touched: &Touched,
    judge: &dyn Judge,
    violations: &mut Vec<Violation>,
) -> Result<(), RowsError> {
    let table = touched.table;
    let count = touched.inserted.len();
    let whole = || table_batch(table, touched.fetch(&touched.inserted, &table.column_ids())?, count);
    for column in table.columns.iter().filter(|column| column.not_null) {
        let values = match column.is_virtual {
            true => judge.generated(table, column, &whole()?)?,
            false => touched.fetch(&touched.inserted, &[column.id])?.remove(0),
        };
        if values.logical_null_count() > 0 {
            let nulls = values.logical_nulls().expect("an array with NULLs has a null buffer");
            let failing: Vec<u64> =
                (0..values.len()).filter(|i| nulls.is_null(*i)).map(|i| touched.inserted[i]).collect();
            violations.push(violation(touched, ViolationKind::Null(column.clone()), &failing)?);
        }
    }
    if table.checks.iter().all(|check| !check.enforced) {
        return Ok(());
    }
    let batch = whole()?;
    for check in table.checks.iter().filter(|check| check.enforced) {
        touched.interrupt.go_on()?;
        let failing = failing_rows(&touched.inserted, &judge.check(table, check, &batch)?);
        if !failing.is_empty() {
            violations.push(violation(touched, ViolationKind::Check(check.clone()), &failing)?);
        }
    }
    Ok(())
}

/// Violations of NOT NULL and CHECK by rows that an INSERT proposes but does not insert: ON CONFLICT spares them their key,
/// and nothing else.
///
/// `rows`: whole rows, columns in the order of the table. Errors: `judge` could not judge.
pub fn check_proposed(table: &Arc<Table>, rows: &RecordBatch, judge: &dyn Judge) -> Result<Vec<Violation>, RowsError> {
    let positions: Vec<u64> = (0..rows.num_rows() as u64).collect();
    let mut failures = Vec::new();
    for (column, stored) in table.columns.iter().zip(rows.columns()).filter(|(column, _)| column.not_null) {
        let values = match column.is_virtual {
            true => judge.generated(table, column, rows)?,
            false => stored.clone(),
        };
        let is_null = |position: &u64| values.is_null(*position as usize);
        let failing = positions.iter().copied().filter(is_null).collect();
        failures.push((ViolationKind::Null(column.clone()), failing));
    }
    for check in table.checks.iter().filter(|check| check.enforced) {
        let failing = failing_rows(&positions, &judge.check(table, check, rows)?);
        failures.push((ViolationKind::Check(check.clone()), failing));
    }
    failures.retain(|(_, failing): &(_, Vec<u64>)| !failing.is_empty());
    let violation = |(kind, failing): (ViolationKind, Vec<u64>)| {
        let positions = UInt32Array::from_iter_values(failing.iter().map(|position| *position as u32));
        let values = |ids: &[ColumnId], positions: &UInt32Array| {
            let value = |id: &ColumnId| take(rows.column(table.position(*id)), positions, None);
            ids.iter().map(value).collect::<Result<Vec<_>, _>>()
        };
        let first = least(&values(&row_order(table), &positions)?)?;
        let values = values(&table.column_ids(), &UInt32Array::from(vec![positions.value(first)]))?;
        Ok(Violation {
            kind,
            table: table.clone(),
            referenced: None,
            keys: KeySample::of_rows(table, values, failing.len()),
            row_count: failing.len() as u64,
            path: Vec::new(),
        })
    };
    let mut violations = failures.into_iter().map(violation).collect::<Result<Vec<_>, RowsError>>()?;
    violations.sort_by(Violation::order);
    Ok(violations)
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
        keys: KeySample::of_rows(table, first, failing.len()),
        row_count: failing.len() as u64,
        path: Vec::new(),
    })
}

/// The whole row that stands first, so that the order of rows does not show.
fn least_row(touched: &Touched, rows: &[u64]) -> Result<Vec<ArrayRef>, RowsError> {
    let first = least(&touched.fetch(rows, &row_order(touched.table))?)?;
    touched.fetch(&[rows[first]], &touched.table.column_ids())
}

/// What rows are ordered by: the primary key, then all columns.
fn row_order(table: &Table) -> Vec<ColumnId> {
    let mut order = table.primary_key().map_or_else(Vec::new, |key| key.columns.clone());
    order.extend(table.column_ids());
    order
}

/// The position of the row that stands first by these columns. Panics if there is none.
fn least(columns: &[ArrayRef]) -> Result<usize, RowsError> {
    // Without columns a row is like any other.
    if columns.is_empty() {
        return Ok(0);
    }
    let last = SortOptions { nulls_first: false, ..SortOptions::default() };
    let field = |column: &ArrayRef| SortField::new_with_options(column.data_type().clone(), last);
    let sortable = RowConverter::new(columns.iter().map(field).collect())?.convert_columns(columns)?;
    Ok((0..sortable.num_rows()).min_by_key(|index| sortable.row(*index)).expect("a rule fails for some row"))
}
