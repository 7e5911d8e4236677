//! Judges the rows there are against a constraint that is being added, and lists what offends.

use std::sync::Arc;

use bowline_core::catalog::{CandidateKey, Catalog, Check, Column, ForeignKey, Table};
use bowline_core::integrity::{KeySample, Violation, ViolationKind, check_foreign_key};
use bowline_core::rows::KeyForm;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int64Type;

use super::super::parse::parse_query;
use super::super::scope::Scope;
use crate::display;
use crate::error::Error;
use crate::outcome::ResultSet;
use datafusion::sql::sqlparser::ast::Statement;

/// How many offending keys a message names.
const KEYS_NAMED: usize = 5;

/// Refuses a foreign key that rows of the referencing table violate.
pub(super) fn foreign_key(scope: &Scope, catalog: &Catalog, fk: &ForeignKey) -> Result<(), Error> {
    // Columns added in the same statement are seen through the new catalog.
    let snapshot = scope
        .snapshot
        .apply(&bowline_core::rows::Delta { catalog: Some(Arc::new(catalog.clone())), ..Default::default() })?;
    let orphans = check_foreign_key(&snapshot, fk)?;
    if orphans.is_empty() {
        return Ok(());
    }
    let (table, referenced) = (catalog.table(fk.table), catalog.table(fk.referenced_table));
    let rows: Vec<u64> = orphans.iter().map(|orphan| orphan.row).collect();
    let columns = snapshot.rows(table.id).fetch(table, &rows, &fk.columns)?;
    let form = KeyForm::joining(&table.column_types(&fk.columns), &referenced.column_types(&fk.referenced_columns));
    let violation = Violation {
        kind: ViolationKind::MissingKey(Arc::new(fk.clone())),
        table: table.clone(),
        referenced: Some(referenced.clone()),
        keys: KeySample::new(table.column_names(&fk.columns), &columns, &form)?,
        row_count: rows.len() as u64,
        path: Vec::new(),
    };
    let count = rows.len();
    let mut error = Error::violated(&[violation]);
    let detail = error.detail.take().unwrap_or_default();
    let rows = if count == 1 { "1 row violates it".to_owned() } else { format!("{count} rows violate it") };
    error.detail = Some(format!("{detail} {rows}."));
    error.hint = Some(format!(
        "Mend or delete these rows first, or add the constraint NOT VALID and list them: SELECT * FROM bowline.violations WHERE constraint_name = '{}'.",
        fk.name.replace('\'', "''")
    ));
    Err(error)
}

/// Refuses a key that rows share.
pub(super) fn key(scope: &Scope, table: &Table, key: &CandidateKey) -> Result<(), Error> {
    let names = table.column_names(&key.columns);
    let columns: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let list = columns.join(", ");
    let present: Vec<String> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
    let found = run(
        scope,
        &format!(
            "SELECT {list} FROM {} WHERE {} GROUP BY {list} HAVING count(*) > 1 ORDER BY {list}",
            relation(table),
            present.join(" AND ")
        ),
    )?;
    let count = found.row_count();
    if count == 0 {
        return Ok(());
    }
    let keys = first_keys(&found);
    let more = match count - 1 {
        0 => String::new(),
        more => format!(
            " {more} more keys are duplicated: {}{}.",
            keys[1..].join(", "),
            if count > keys.len() { ", ..." } else { "" }
        ),
    };
    let mut error = Error::new("23505", format!("could not create unique index \"{}\"", key.name))
        .with_table(&table.schema, &table.name)
        .with_detail(format!("Key ({})={} is duplicated.{more}", names.join(", "), keys[0]))
        .with_hint("Remove the duplicates first.");
    error.constraint = Some(key.name.clone());
    error.columns = names;
    Err(error)
}

/// Refuses a check that is false for rows.
pub(super) fn check(scope: &Scope, table: &Table, check: &Check) -> Result<(), Error> {
    let found = run(scope, &format!("SELECT count(*) FROM {} WHERE NOT ({})", relation(table), check.expression.0))?;
    let count = counted(&found);
    if count == 0 {
        return Ok(());
    }
    let message = format!("check constraint \"{}\" of relation \"{}\" is violated by some row", check.name, table.name);
    let mut error = Error::new("23514", message)
        .with_table(&table.schema, &table.name)
        .with_detail(if count == 1 { "1 row violates it.".to_owned() } else { format!("{count} rows violate it.") })
        .with_hint(format!("Find them: SELECT * FROM {} WHERE NOT ({}).", relation(table), check.expression.0));
    error.constraint = Some(check.name.clone());
    Err(error)
}

/// Refuses NOT NULL for a column that holds NULLs.
pub(super) fn not_null(scope: &Scope, table: &Table, column: &Column) -> Result<(), Error> {
    let name = quoted(&column.name);
    let found = run(scope, &format!("SELECT count(*) FROM {} WHERE {name} IS NULL", relation(table)))?;
    match counted(&found) {
        0 => Ok(()),
        count => {
            let message = format!("column \"{}\" of relation \"{}\" contains null values", column.name, table.name);
            let mut error = Error::new("23502", message)
                .with_table(&table.schema, &table.name)
                .with_detail(format!("{count} rows have NULL in it."))
                .with_hint(format!(
                    "Give them a value first: UPDATE {} SET {name} = ... WHERE {name} IS NULL.",
                    relation(table)
                ));
            error.columns = vec![column.name.clone()];
            Err(error)
        }
    }
}

fn run(scope: &Scope, sql: &str) -> Result<ResultSet, Error> {
    scope.query(Statement::Query(parse_query(sql)))
}

fn counted(found: &ResultSet) -> i64 {
    let mut values = found.batches.iter().filter(|batch| batch.num_rows() > 0);
    values.next().map_or(0, |batch| batch.column(0).as_primitive::<Int64Type>().value(0))
}

/// The first keys found, as `(1, 2)`.
fn first_keys(found: &ResultSet) -> Vec<String> {
    let rows = found.batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
    let key = |(batch, row): (&datafusion::arrow::array::RecordBatch, usize)| {
        let values =
            batch.columns().iter().map(|c| display::text(c.as_ref(), row).unwrap_or_else(|| "null".to_owned()));
        format!("({})", values.collect::<Vec<_>>().join(", "))
    };
    rows.take(KEYS_NAMED).map(key).collect()
}

fn relation(table: &Table) -> String {
    format!("{}.{}", quoted(&table.schema), quoted(&table.name))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
