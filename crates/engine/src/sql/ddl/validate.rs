//! Judges the rows there are against a constraint that is being added, and lists what offends.

use std::sync::Arc;

use bowline_core::catalog::{CandidateKey, Catalog, Check, Column, ForeignKey, Table};
use bowline_core::integrity::{KeySample, Reason, Violation, ViolationKind, check_foreign_key};
use bowline_core::rows::KeyForm;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int64Type;

use super::super::parse::parse_query;
use super::super::repair::callable_name;
use super::super::scope::Scope;
use crate::display;
use crate::error::Error;
use crate::identifier::quoted;
use crate::outcome::ResultSet;
use crate::query::row_relation;
use datafusion::sql::sqlparser::ast::Statement;

/// How many offending keys a message names.
const KEYS_NAMED: usize = 5;

/// Refuses a foreign key that rows of the referencing table violate: how many rows and keys, the first keys, and the ways on.
pub(super) fn foreign_key(scope: &Scope, catalog: &Catalog, fk: &ForeignKey) -> Result<(), Error> {
    // Columns added in the same statement are seen through the new catalog.
    let snapshot = scope
        .snapshot
        .apply(&bowline_core::rows::Delta { catalog: Some(Arc::new(catalog.clone())), ..Default::default() })?;
    let orphans = check_foreign_key(&snapshot, fk, scope.cancel)?;
    if orphans.is_empty() {
        return Ok(());
    }
    let (table, referenced) = (catalog.table(fk.table), catalog.table(fk.referenced_table));
    let of = |reason: Reason| orphans.iter().filter(move |orphan| orphan.reason == reason).map(|orphan| orphan.row);
    let (missing, partly_null): (Vec<u64>, Vec<u64>) =
        (of(Reason::Missing).collect(), of(Reason::PartlyNull).collect());
    let (kind, shown): (fn(_) -> _, _) = match missing.is_empty() {
        true => (ViolationKind::PartlyNull, &partly_null),
        false => (ViolationKind::MissingKey, &missing),
    };
    let columns = snapshot.rows(table.id).fetch(table, shown, &fk.columns)?;
    let form = KeyForm::joining(&table.column_types(&fk.columns), &referenced.column_types(&fk.referenced_columns));
    let violation = Violation {
        kind: kind(Arc::new(fk.clone())),
        table: table.clone(),
        referenced: Some(referenced.clone()),
        keys: KeySample::new(table, &fk.columns, &columns, &form)?,
        row_count: orphans.len() as u64,
        path: Vec::new(),
    };
    let distinct = violation.keys.distinct;
    let mut error = Error::violated(&[violation]);
    let mut detail = error.detail.take().unwrap_or_default();
    detail.push_str(&match (missing.len(), distinct) {
        (0, _) => String::new(),
        (1, _) => " 1 row holds it.".to_owned(),
        (rows, 1) => format!(" {rows} rows hold it."),
        (rows, keys) => format!(" {rows} rows hold these {keys} keys."),
    });
    detail.push_str(&match partly_null.len() {
        0 => String::new(),
        1 => " 1 row is NULL in part.".to_owned(),
        rows => format!(" {rows} rows are NULL in part."),
    });
    error.detail = Some(detail);
    let is_declared = scope.catalog().foreign_key(fk.id).is_some();
    error.hint = Some(ways_on(&callable_name(catalog, fk), &fk.name, is_declared));
    Err(error)
}

/// What can be done about rows that violate a foreign key, which is declared already or is being declared.
fn ways_on(callable: &str, name: &str, is_declared: bool) -> String {
    let list = format!("SELECT * FROM bowline.violations WHERE constraint_name = '{}'", name.replace('\'', "''"));
    let call = format!("CALL bowline.repair('{callable}', method)");
    let methods = "the methods are 'delete', 'set null', 'set default', 'quarantine' and 'insert parent'";
    match is_declared {
        true => format!("List the rows: {list}. Mend them all: {call}; {methods}."),
        false => format!(
            "Mend the rows first. Or add the constraint NOT VALID, list them: {list}, and mend them all: {call}; {methods}."
        ),
    }
}

/// Refuses a key that rows share.
pub(super) fn key(scope: &Scope, table: &Table, key: &CandidateKey) -> Result<(), Error> {
    let names = table.column_names(&key.columns);
    let columns: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let list = columns.join(", ");
    // A NULL makes a key unlike every other, unless NULLs are not distinct.
    let present: Vec<String> = match key.nulls_not_distinct {
        true => vec!["true".to_owned()],
        false => columns.iter().map(|column| format!("{column} IS NOT NULL")).collect(),
    };
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

/// Refuses NOT NULL for columns of which one holds NULLs: the first that is NULL in the first row with a NULL.
pub(super) fn none_null(scope: &Scope, table: &Table, columns: &[&Column]) -> Result<(), Error> {
    let [_, _, ..] = columns else {
        return columns.iter().try_for_each(|column| not_null(scope, table, column));
    };
    let nulls: Vec<String> = columns.iter().map(|column| format!("{} IS NULL", quoted(&column.name))).collect();
    // The rows in the order in which they were stored.
    let text = format!(
        "SELECT {} FROM {} WHERE {} ORDER BY __row LIMIT 1",
        nulls.join(", "),
        row_relation(table),
        nulls.join(" OR ")
    );
    let found = run(scope, &text)?;
    let Some(first) = found.batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(()) };
    let is_null = |(_, at): &(&&Column, usize)| first.column(*at).as_boolean().value(0);
    match columns.iter().zip(0..).find(is_null) {
        Some((column, _)) => not_null(scope, table, column),
        None => unreachable!("the row was found for a NULL in it"),
    }
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
                .with_columns([&column.name])
                .with_table(&table.schema, &table.name)
                .with_detail(match count {
                    1 => "1 row has NULL in it.".to_owned(),
                    _ => format!("{count} rows have NULL in it."),
                })
                .with_hint(match column.generated {
                    Some(_) => format!("Find them: SELECT * FROM {} WHERE {name} IS NULL.", relation(table)),
                    None => format!(
                        "Give them a value first: UPDATE {} SET {name} = ... WHERE {name} IS NULL.",
                        relation(table)
                    ),
                });
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
