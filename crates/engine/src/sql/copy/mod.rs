//! COPY: rows from and to files, as CSV or Parquet.

mod csv_read;
mod csv_write;
mod options;
mod parquet_file;

use std::fs::File;
use std::path::Path;

use bowline_core::catalog::{ColumnId, Table};
use bowline_core::rows::{Delta, NewRows};
use datafusion::arrow::array::RecordBatch;
use datafusion::sql::sqlparser::ast::{CopySource, CopyTarget, Ident, ObjectName, Statement};

use super::marks::Overriding;
use super::names;
use super::parse::parse_query;
use super::scope::{Done, Scope};
use super::write::{NewColumn, complete_rows};
use crate::error::Error;
use crate::expressions::whole_rows;
use crate::outcome::{Outcome, ResultSet};
use crate::query::assign;
use options::{Format, Options};

/// A segment takes at most this many rows.
pub(super) const CHUNK_ROWS_MAX: usize = 1 << 20;

/// Runs COPY.
pub(super) fn run(scope: &mut Scope, statement: Statement) -> Result<Done, Error> {
    let Statement::Copy { source, to, target, options, legacy_options, .. } = statement else {
        unreachable!("the caller matched it")
    };
    let CopyTarget::File { filename } = target else {
        return Err(Error::unsupported(
            "COPY works with files only",
            "Write COPY table FROM 'file.csv' or COPY table TO 'file.csv'.",
        ));
    };
    let path = Path::new(&filename);
    let options = Options::new(path, options, legacy_options)?;
    match (source, to) {
        (CopySource::Table { table_name, columns }, false) => copy_from(scope, &table_name, &columns, path, &options),
        (CopySource::Query(_), false) => {
            Err(Error::new("42601", "COPY FROM needs a table").with_hint("A query can only be copied TO a file."))
        }
        (CopySource::Table { table_name, columns }, true) => {
            let table = names::table(scope, &table_name)?;
            let ids = listed(&table, &columns)?;
            let names: Vec<String> = table.column_names(&ids).iter().map(|name| quoted(name)).collect();
            let sql = format!("SELECT {} FROM {}.{}", names.join(", "), quoted(&table.schema), quoted(&table.name));
            let found = scope.query(Statement::Query(parse_query(&sql)))?;
            copy_to(scope, found, path, &options)
        }
        (CopySource::Query(query), true) => {
            let found = scope.query(Statement::Query(query))?;
            copy_to(scope, found, path, &options)
        }
    }
}

fn copy_from(
    scope: &mut Scope,
    name: &ObjectName,
    columns: &[Ident],
    path: &Path,
    options: &Options,
) -> Result<Done, Error> {
    let table = names::table(scope, name)?;
    let ids = listed(&table, columns)?;
    let file = File::open(path).map_err(|error| file_error("open", path, &error))?;
    let mut changes = scope.changes_to(&table);
    {
        let scope = &*scope;
        let mut take = |batch: RecordBatch| {
            scope.cancel.check()?;
            let count = batch.num_rows();
            let new_column = |(position, id): (usize, &ColumnId)| {
                let column = table.column_by_id(*id);
                let values = assign(batch.column(position), batch.schema_ref().field(position), column)?;
                Ok(NewColumn { id: *id, values, defaulted: None })
            };
            let given = ids.iter().enumerate().map(new_column).collect::<Result<Vec<_>, Error>>()?;
            // As in PostgreSQL, COPY writes what the file holds, also into a column that is GENERATED ALWAYS AS IDENTITY.
            let rows = complete_rows(scope, &table, given, Overriding::System, count)?;
            changes.insert(NewRows { columns: table.column_ids(), batch: whole_rows(&table, rows, count)? });
            Ok(())
        };
        match options.format {
            Format::Csv => csv_read::read(scope, &table, &ids, file, path, options, &mut take)?,
            Format::Parquet => parquet_file::read(scope, &table, &ids, file, path, &mut take)?,
        }
    }
    let outcome = Outcome::command(format!("COPY {}", changes.inserted_count()));
    if changes.is_empty() {
        return Ok(Done::unchanged(outcome));
    }
    let delta = Delta { tables: [(table.id, changes)].into(), ..Delta::default() };
    Ok(Done::changed(outcome, scope.close(delta)?))
}

fn copy_to(scope: &Scope, found: ResultSet, path: &Path, options: &Options) -> Result<Done, Error> {
    let count = found.row_count();
    match options.format {
        Format::Csv => csv_write::write(scope, &found, path, options)?,
        Format::Parquet => parquet_file::write(&found, path)?,
    }
    Ok(Done::unchanged(Outcome::command(format!("COPY {count}"))))
}

/// The columns listed, or all that take values.
fn listed(table: &Table, columns: &[Ident]) -> Result<Vec<ColumnId>, Error> {
    match columns.is_empty() {
        true => Ok(table.columns.iter().filter(|column| column.generated.is_none()).map(|column| column.id).collect()),
        false => names::column_ids(table, &columns.iter().map(names::folded).collect::<Vec<_>>()),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A file that cannot be opened, read or written.
pub(super) fn file_error(verb: &str, path: &Path, error: &std::io::Error) -> Error {
    let sqlstate = match error.kind() {
        std::io::ErrorKind::NotFound => "58P01",
        std::io::ErrorKind::PermissionDenied => "42501",
        _ => "58030",
    };
    Error::new(sqlstate, format!("could not {verb} file \"{}\": {error}", path.display()))
        .with_hint("Paths are relative to the directory the program runs in.")
}
