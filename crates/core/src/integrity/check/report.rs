//! Every violation of every constraint, as findings that name the constraint, the row and its key.

use std::sync::Arc;

use arrow::array::{Array, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Field, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::chunks::{self, Chunk};
use super::{Finding, FindingKind, Reason, check_foreign_key, duplicates};
use crate::catalog::{Check, Column, ColumnId, Table};
use crate::integrity::Judge;
use crate::rows::{Interrupt, RowsError, Snapshot, TableRows};

/// Every violation of every candidate key, NOT NULL column, CHECK and foreign key of the snapshot.
///
/// Order: tables by id; in each NOT NULL, candidate keys, checks, foreign keys; each by row id ascending. Errors: rows
/// could not be read, or `judge` could not judge.
pub fn check_snapshot(snapshot: &Snapshot, judge: &dyn Judge) -> Result<Vec<Finding>, RowsError> {
    let mut findings = Vec::new();
    for table in snapshot.catalog().tables() {
        let rows = snapshot.rows(table.id);
        findings.extend(not_null(rows, table, judge)?);
        findings.extend(candidate_keys(rows, table, judge)?);
        for check in &table.checks {
            findings.extend(failed_check(rows, table, check, judge)?);
        }
        findings.extend(foreign_keys(snapshot, table, judge)?);
    }
    Ok(findings)
}

fn not_null(rows: &TableRows, table: &Table, judge: &dyn Judge) -> Result<Vec<Finding>, RowsError> {
    let mut findings = Vec::new();
    for column in table.columns.iter().filter(|column| column.not_null) {
        let of_row = |row: u64| Finding {
            kind: FindingKind::NotNull,
            table: table.id,
            constraint: table.not_null_name(column),
            columns: vec![column.id],
            row,
            key: vec![None],
            reason: format!("column \"{}\" is NULL", column.name),
        };
        if column.is_virtual {
            for chunk in chunks::load(rows, table, &table.column_ids(), judge)? {
                let computed = judge.generated(table, column, &living(table, &chunk)?)?;
                let nulls = living_rows(&chunk).zip(0..).filter(|(_, at)| computed.is_null(*at));
                findings.extend(nulls.map(|(row, _)| of_row(row)));
            }
            continue;
        }
        for chunk in chunks::load(rows, table, &[column.id], judge)? {
            let Some(nulls) = chunk.columns[0].logical_nulls().filter(|nulls| nulls.null_count() > 0) else { continue };
            let found = (0..chunk.len).filter(|position| nulls.is_null(*position) && chunk.is_live(*position));
            findings.extend(found.map(|position| of_row(chunk.first + position as u64)));
        }
    }
    Ok(findings)
}

/// The living rows of a chunk of all columns; judging dead ones could fail.
fn living(table: &Table, chunk: &Chunk) -> Result<RecordBatch, RowsError> {
    let field = |column: &Column| Field::new(&column.name, column.sql_type.arrow(), true);
    let schema = Arc::new(Schema::new(table.columns.iter().map(field).collect::<Vec<_>>()));
    let options = RecordBatchOptions::new().with_row_count(Some(chunk.len));
    let batch = RecordBatch::try_new_with_options(schema, chunk.columns.clone(), &options)?;
    match &chunk.live {
        None => Ok(batch),
        Some(live) => Ok(filter_record_batch(&batch, &BooleanArray::new(live.clone(), None))?),
    }
}

/// The ids of the living rows of a chunk.
fn living_rows(chunk: &Chunk) -> impl Iterator<Item = u64> {
    let living = (0..chunk.len).filter(|position| chunk.is_live(*position));
    living.map(|position| chunk.first + position as u64)
}

fn candidate_keys(rows: &TableRows, table: &Table, interrupt: &dyn Interrupt) -> Result<Vec<Finding>, RowsError> {
    let mut findings = Vec::new();
    for key in &table.keys {
        let found = duplicates::duplicates(rows, table, key, interrupt)?;
        let about = found.iter().map(|duplicate| (duplicate.row, format!("row {} has the same key", duplicate.first)));
        findings.extend(named(rows, table, FindingKind::CandidateKey, (&key.name, &key.columns), about.collect())?);
    }
    Ok(findings)
}

fn failed_check(rows: &TableRows, table: &Table, check: &Check, judge: &dyn Judge) -> Result<Vec<Finding>, RowsError> {
    let mut failed = Vec::new();
    for chunk in chunks::load(rows, table, &table.column_ids(), judge)? {
        let batch = living(table, &chunk)?;
        let judged = judge.check(table, check, &batch)?;
        assert_eq!(judged.len(), batch.num_rows(), "every row was believed to be judged");
        let refused = living_rows(&chunk).zip(judged.iter()).filter(|(_, verdict)| *verdict == Some(false));
        let reason = || format!("CHECK ({}) is false", check.expression.0);
        failed.extend(refused.map(|(row, _)| (row, reason())));
    }
    let columns = table.primary_key().map_or_else(|| table.stored_columns(), |key| key.columns.clone());
    named(rows, table, FindingKind::Check, (&check.name, &columns), failed)
}

fn foreign_keys(snapshot: &Snapshot, table: &Table, interrupt: &dyn Interrupt) -> Result<Vec<Finding>, RowsError> {
    let rows = snapshot.rows(table.id);
    let mut findings = Vec::new();
    for fk in snapshot.catalog().foreign_keys_of(table.id) {
        let referenced = snapshot.catalog().table(fk.referenced_table);
        let reason = |reason: Reason| match reason {
            Reason::Missing => format!("key is not present in table \"{}\"", referenced.name),
            Reason::PartlyNull => "MATCH FULL does not allow mixing of null and nonnull key values".to_owned(),
        };
        let orphans = check_foreign_key(snapshot, fk, interrupt)?;
        let about = orphans.iter().map(|orphan| (orphan.row, reason(orphan.reason))).collect();
        findings.extend(named(rows, table, FindingKind::ForeignKey, (&fk.name, &fk.columns), about)?);
    }
    Ok(findings)
}

/// Findings about rows, with their keys fetched.
fn named(
    rows: &TableRows,
    table: &Table,
    kind: FindingKind,
    (constraint, columns): (&str, &[ColumnId]),
    about: Vec<(u64, String)>,
) -> Result<Vec<Finding>, RowsError> {
    let ids: Vec<u64> = about.iter().map(|(row, _)| *row).collect();
    let arrays = rows.fetch(table, &ids, columns)?;
    let options = FormatOptions::default();
    let formatters =
        arrays.iter().map(|array| ArrayFormatter::try_new(array.as_ref(), &options)).collect::<Result<Vec<_>, _>>()?;
    let value = |(array, formatter): (&Arc<dyn Array>, &ArrayFormatter), index: usize| {
        array.is_valid(index).then(|| formatter.value(index).to_string())
    };
    let finding = |(index, (row, reason)): (usize, (u64, String))| Finding {
        kind,
        table: table.id,
        constraint: constraint.to_owned(),
        columns: columns.to_vec(),
        row,
        key: arrays.iter().zip(&formatters).map(|column| value(column, index)).collect(),
        reason,
    };
    Ok(about.into_iter().enumerate().map(finding).collect())
}
