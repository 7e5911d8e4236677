//! COPY: rows from and to files and connections, as text, CSV, Parquet or batches.

mod csv_read;
mod input;
mod lines;
mod options;
mod parquet_file;
mod text_read;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use bowline_core::catalog::{ColumnId, Table};
use bowline_core::rows::{Delta, NewRows};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{CopySource, CopyTarget, Ident, ObjectName, Statement};

use super::marks::Overriding;
use super::names;
use super::parameters::fields_of;
use super::parse::parse_query;
use super::scope::{Done, Scope};
use super::write::{NewColumn, complete_rows};
use crate::error::Error;
use crate::expressions::whole_rows;
use crate::identifier::quoted;
use crate::outcome::{Outcome, ResultSet};
use crate::query::assign;

use input::{Input, file_error};
pub use lines::CopyLines;
pub use options::{CopyFormat, CopyOptions};

/// Rows for a COPY FROM that does not read a file.
pub enum CopyInput<'i> {
    /// Text or CSV, as the statement says. An [`Error`] within an I/O error comes out as it is.
    Bytes(Box<dyn std::io::Read + 'i>),
    /// Batches of the columns that [`CopyIn`] names; for the binary format.
    Batches(Box<dyn Iterator<Item = Result<RecordBatch, Error>> + 'i>),
}

/// A COPY ... FROM STDIN that is about to begin.
#[derive(Debug, Clone)]
pub struct CopyIn {
    /// The columns that are sent, in order.
    pub columns: SchemaRef,
    /// How they are sent.
    pub options: CopyOptions,
}

/// Runs COPY from or to a file.
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
    let options = CopyOptions::new(Some(path), options, legacy_options)?;
    match (source, to) {
        (CopySource::Table { table_name, columns }, false) => {
            copy_from(scope, &table_name, &columns, Source::File(path), &options)
        }
        (CopySource::Query(_), false) => {
            Err(Error::new("42601", "COPY FROM needs a table").with_hint("A query can only be copied TO a file."))
        }
        (source, true) => {
            let found = scope.query(query_of(scope, &source)?)?;
            copy_to_file(scope, found, path, &options)
        }
    }
}

/// What a COPY ... FROM STDIN is going to read. Errors: names and options that are wrong.
pub(crate) fn copy_in(scope: &Scope, statement: &Statement) -> Result<CopyIn, Error> {
    let Statement::Copy { source: CopySource::Table { table_name, columns }, options, legacy_options, .. } = statement
    else {
        return Err(Error::new("42601", "COPY FROM needs a table"));
    };
    let options = CopyOptions::new(None, options.clone(), legacy_options.clone())?;
    let table = names::table(scope.catalog(), table_name)?;
    let fields = fields_of(&table);
    let ids = listed(&table, columns)?;
    let columns = ids.into_iter().map(|id| fields[table.position(id)].clone()).collect::<Vec<_>>();
    Ok(CopyIn { columns: Arc::new(Schema::new(columns)), options })
}

/// Runs COPY ... FROM STDIN.
pub(crate) fn copy_sent(scope: &mut Scope, statement: &Statement, input: CopyInput<'_>) -> Result<Done, Error> {
    let Statement::Copy { source: CopySource::Table { table_name, columns }, options, legacy_options, .. } = statement
    else {
        return Err(Error::new("42601", "COPY FROM needs a table"));
    };
    let options = CopyOptions::new(None, options.clone(), legacy_options.clone())?;
    let source = match input {
        CopyInput::Bytes(reader) => Source::Sent(Input::sent(reader)),
        CopyInput::Batches(batches) => Source::Batches(batches),
    };
    copy_from(scope, table_name, columns, source, &options)
}

/// The query whose rows a COPY ... TO STDOUT sends, and how. Errors: names and options that are wrong.
pub(crate) fn copy_out(scope: &Scope, statement: &Statement) -> Result<(Statement, CopyOptions), Error> {
    let Statement::Copy { source, options, legacy_options, .. } = statement else {
        return Err(Error::new("42601", "it is no COPY"));
    };
    let options = CopyOptions::new(None, options.clone(), legacy_options.clone())?;
    Ok((query_of(scope, source)?, options))
}

/// The query that reads what is copied.
fn query_of(scope: &Scope, source: &CopySource) -> Result<Statement, Error> {
    match source {
        CopySource::Query(query) => Ok(Statement::Query(query.clone())),
        CopySource::Table { table_name, columns } => {
            let table = names::table(scope.catalog(), table_name)?;
            let ids = listed(&table, columns)?;
            let names: Vec<String> = table.column_names(&ids).iter().map(|name| quoted(name)).collect();
            let sql = format!("SELECT {} FROM {}.{}", names.join(", "), quoted(&table.schema), quoted(&table.name));
            Ok(Statement::Query(parse_query(&sql)))
        }
    }
}

enum Source<'s> {
    File(&'s Path),
    Sent(Input<'s>),
    Batches(Box<dyn Iterator<Item = Result<RecordBatch, Error>> + 's>),
}

fn copy_from(
    scope: &mut Scope,
    name: &ObjectName,
    columns: &[Ident],
    source: Source,
    options: &CopyOptions,
) -> Result<Done, Error> {
    let table = names::table(scope.catalog(), name)?;
    let ids = listed(&table, columns)?;
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
            changes.insert(NewRows::whole(&table, whole_rows(&table, rows, count)?));
            Ok(())
        };
        match source {
            Source::File(path) if options.format == CopyFormat::Parquet => {
                let file = File::open(path).map_err(|error| file_error("open", path, &error))?;
                parquet_file::read(scope, &table, &ids, file, path, &mut take)?;
            }
            Source::File(path) => read_text(scope, &table, &ids, &mut Input::file(path)?, options, &mut take)?,
            Source::Sent(mut input) => read_text(scope, &table, &ids, &mut input, options, &mut take)?,
            Source::Batches(mut batches) => batches.try_for_each(|batch| take(batch?))?,
        }
    }
    let outcome = Outcome::command(format!("COPY {}", changes.inserted_count()));
    if changes.is_empty() {
        return Ok(Done::unchanged(outcome));
    }
    let delta = Delta { tables: [(table.id, changes)].into(), ..Delta::default() };
    Ok(Done::changed(outcome, scope.close(delta)?))
}

fn read_text(
    scope: &Scope,
    table: &Table,
    columns: &[ColumnId],
    input: &mut Input,
    options: &CopyOptions,
    take: &mut dyn FnMut(RecordBatch) -> Result<(), Error>,
) -> Result<(), Error> {
    match options.format {
        CopyFormat::Text => text_read::read(scope, table, columns, input, options, take),
        _ => csv_read::read(scope, table, columns, input, options, take),
    }
}

fn copy_to_file(scope: &Scope, found: ResultSet, path: &Path, options: &CopyOptions) -> Result<Done, Error> {
    let count = found.row_count();
    match options.format {
        CopyFormat::Parquet => parquet_file::write(&found, path)?,
        _ => write_lines(scope, &found, path, options)?,
    }
    Ok(Done::unchanged(Outcome::command(format!("COPY {count}"))))
}

/// Writes rows to a file as lines, replacing it.
fn write_lines(scope: &Scope, found: &ResultSet, path: &Path, options: &CopyOptions) -> Result<(), Error> {
    let failed = |error: std::io::Error| file_error("write", path, &error);
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    let mut lines = CopyLines::new(found.schema.clone(), options.clone());
    let mut out = Vec::new();
    lines.header(&mut out);
    for batch in &found.batches {
        scope.cancel.check()?;
        // A file is text: each value is written once, on its own.
        for row in 0..batch.num_rows() {
            lines.row(&mut out, batch, row);
            file.write_all(&out).map_err(failed)?;
            out.clear();
        }
    }
    file.write_all(&out).and_then(|()| file.flush()).map_err(failed)
}

/// The columns listed, or all that take values.
fn listed(table: &Table, columns: &[Ident]) -> Result<Vec<ColumnId>, Error> {
    match columns.is_empty() {
        true => Ok(table.columns.iter().filter(|column| column.generated.is_none()).map(|column| column.id).collect()),
        false => {
            let ids = names::column_ids(table, &columns.iter().map(names::folded).collect::<Vec<_>>())?;
            match ids.iter().map(|id| table.column_by_id(*id)).find(|column| column.generated.is_some()) {
                None => Ok(ids),
                Some(column) => Err(Error::new("42P10", format!("column \"{}\" is a generated column", column.name))
                    .with_detail("Generated columns cannot be used in COPY.")
                    .with_hint("Copy a query instead: COPY (SELECT ...) TO.")),
            }
        }
    }
}

impl std::fmt::Debug for CopyInput<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            CopyInput::Bytes(_) => "Bytes",
            CopyInput::Batches(_) => "Batches",
        })
    }
}
