//! Every violation of every constraint, as findings that name the constraint, the row and its key.

use std::sync::Arc;

use arrow::array::{Array, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Field, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{Finding, FindingKind, Reason, check_foreign_key, chunks, duplicates};
use crate::catalog::{Check, ColumnId, Table};
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

fn not_null(rows: &TableRows, table: &Table, interrupt: &dyn Interrupt) -> Result<Vec<Finding>, RowsError> {
    let mut findings = Vec::new();
    for column in table.columns.iter().filter(|column| column.not_null) {
        for chunk in chunks::load(rows, table, &[column.id], interrupt)? {
            let Some(nulls) = chunk.columns[0].logical_nulls().filter(|nulls| nulls.null_count() > 0) else { continue };
            let found = (0..chunk.len).filter(|position| nulls.is_null(*position) && chunk.is_live(*position));
            findings.extend(found.map(|position| Finding {
                kind: FindingKind::NotNull,
                table: table.id,
                constraint: table.not_null_name(column),
                columns: vec![column.id],
                row: chunk.first + position as u64,
                key: vec![None],
                reason: format!("column \"{}\" is NULL", column.name),
            }));
        }
    }
    Ok(findings)
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
    let field = |column: &crate::catalog::Column| Field::new(&column.name, column.sql_type.arrow(), true);
    let schema = Arc::new(Schema::new(table.columns.iter().map(field).collect::<Vec<_>>()));
    let mut failed = Vec::new();
    for chunk in chunks::load(rows, table, &table.column_ids(), judge)? {
        let options = RecordBatchOptions::new().with_row_count(Some(chunk.len));
        let batch = RecordBatch::try_new_with_options(schema.clone(), chunk.columns.clone(), &options)?;
        // Dead rows are left out, for judging them could fail.
        let batch = match &chunk.live {
            None => batch,
            Some(live) => filter_record_batch(&batch, &BooleanArray::new(live.clone(), None))?,
        };
        let judged = judge.check(table, check, &batch)?;
        assert_eq!(judged.len(), batch.num_rows(), "every row was believed to be judged");
        let positions = (0..chunk.len).filter(|position| chunk.is_live(*position));
        let refused = positions.zip(judged.iter()).filter(|(_, verdict)| *verdict == Some(false));
        let reason = || format!("CHECK ({}) is false", check.expression.0);
        failed.extend(refused.map(|(position, _)| (chunk.first + position as u64, reason())));
    }
    let columns = table.primary_key().map_or_else(|| table.column_ids(), |key| key.columns.clone());
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
