//! INSERT: rows from VALUES, a query or defaults; ON CONFLICT; RETURNING.

use std::sync::Arc;

use bowline_core::catalog::{ColumnId, SqlType, Table};
use bowline_core::rows::NewRows;
use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::{concat_batches, is_not_null};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::sql::sqlparser::ast::{Ident, Insert, OnInsert, Query, Statement, TableObject};

use super::super::marks::{Marks, Overriding};
use super::super::names;
use super::super::question::Question;
use super::super::scope::Scope;
use super::new_rows::{NewColumn, complete_rows, refuse_generated};
use super::on_conflict::BoundConflict;
use super::planned::{Planned, inserting};
use super::returned_rows::{ReturnedRows, joined};
use super::returning::Returning;
use super::values::{Given, GivenValues};
use crate::error::Error;
use crate::expressions::whole_rows;
use crate::query::assign;

/// A segment takes at most this many rows.
const CHUNK_ROWS_MAX: usize = 1 << 20;

/// So many rows are inserted in no time.
pub(in crate::sql) const LIGHT_ROWS_MAX: usize = 100;

/// An INSERT bound to its table: what it asks for, and where the rows go.
#[derive(Debug)]
pub(super) struct BoundInsert {
    table: Arc<Table>,
    columns: Vec<ColumnId>,
    /// Whether the statement lists the columns.
    named: bool,
    overriding: Overriding,
    source: Source,
    conflict: Option<BoundConflict>,
    returned: Option<ReturnedRows>,
}

/// Where the rows come from.
#[derive(Debug)]
enum Source {
    /// One row of defaults.
    Defaults,
    Values(GivenValues),
    Query(Question),
}

impl BoundInsert {
    /// Binds `INSERT INTO t (columns) source [ON CONFLICT …] [RETURNING …]`. Errors: names, and clauses there are not.
    pub fn of(scope: &Scope, mut insert: Insert) -> Result<BoundInsert, Error> {
        refuse_foreign_forms(&insert)?;
        let TableObject::TableName(name) = &insert.table else {
            return Err(Error::new("42601", "INSERT names one table").with_hint("Use INSERT INTO table."));
        };
        let table = names::table(scope.catalog(), name)?;
        let called = match &insert.table_alias {
            Some(alias) => alias.alias.clone(),
            None => Ident::with_quote('"', &table.name),
        };
        let overriding = Marks::take(&mut insert.columns).overriding;
        let listed = insert.columns.iter().map(names::last_part).collect::<Result<Vec<_>, _>>()?;
        let named = !listed.is_empty();
        let columns = if named { names::column_ids(&table, &listed)? } else { table.column_ids() };
        let source = match insert.source {
            None => Source::Defaults,
            Some(source) => Source::of(&table, &columns, *source)?,
        };
        let returning = Returning::new(insert.returning)?;
        let conflict = match insert.on {
            None => None,
            Some(OnInsert::OnConflict(conflict)) => Some(BoundConflict::of(&table, &called, conflict, &returning)?),
            Some(_) => {
                return Err(Error::unsupported(
                    "ON DUPLICATE KEY UPDATE is not supported",
                    "Use ON CONFLICT ... DO UPDATE.",
                ));
            }
        };
        let returned = ReturnedRows::of_new(&returning, &table, &called);
        Ok(BoundInsert { table, columns, named, overriding, source, conflict, returned })
    }

    /// What it would insert and update by itself. Errors: those of its expressions, and values that do not fit their columns.
    pub fn plan(&self, scope: &Scope) -> Result<Planned, Error> {
        let table = &self.table;
        let chunks = self.chunks(scope)?;
        if let Some(conflict) = &self.conflict {
            return conflict.plan(scope, table, &chunks, self.returned.as_ref());
        }
        let mut changes = scope.changes_to(table);
        let mut returned = None;
        for rows in chunks {
            if let Some(items) = &self.returned {
                let more = items.ask(scope, &rows, &[])?;
                returned = Some(joined(returned, more));
            }
            changes.insert(NewRows::whole(table, rows));
        }
        let row_count = changes.inserted_count();
        Ok(inserting(table, changes, row_count, returned))
    }

    /// Plans what it asks to be evaluated in place; whether all of it can be.
    pub fn plan_in_place(&mut self, scope: &Scope) -> bool {
        let mut all = match &mut self.source {
            Source::Defaults => true,
            Source::Values(values) => values.question_mut().is_none_or(|question| question.plan_in_place(scope)),
            Source::Query(question) => question.plan_in_place(scope),
        };
        if let Some(conflict) = &mut self.conflict {
            all &= conflict.plan_in_place(scope);
        }
        if let Some(returned) = &mut self.returned {
            all &= returned.plan_in_place(scope);
        }
        all
    }

    /// Whether it touches few rows whatever the values, if all it asks is evaluated in place.
    pub fn is_light(&self, scope: &Scope) -> bool {
        let is_short = match &self.source {
            Source::Values(values) => values.row_count() <= LIGHT_ROWS_MAX,
            Source::Defaults | Source::Query(_) => true,
        };
        // What others reference may take many rows with it.
        let updates = self.conflict.as_ref().is_some_and(BoundConflict::updates);
        is_short && (!updates || scope.catalog().foreign_keys_to(self.table.id).is_empty())
    }

    /// Whole rows from the source, in chunks a segment takes.
    fn chunks(&self, scope: &Scope) -> Result<Vec<RecordBatch>, Error> {
        let given = match &self.source {
            Source::Defaults => {
                let row = complete_rows(scope, &self.table, Vec::new(), Overriding::Neither, 1)?;
                return Ok(vec![whole_rows(&self.table, row, 1)?]);
            }
            Source::Values(values) => vec![values.rows(scope)?],
            Source::Query(question) => given_query(scope, question)?,
        };
        given.into_iter().map(|given| self.assigned_rows(scope, given)).collect()
    }

    /// Assigns what is given to the columns and completes the rows.
    fn assigned_rows(&self, scope: &Scope, given: Given) -> Result<RecordBatch, Error> {
        let BoundInsert { table, columns, named, overriding, .. } = self;
        let (count, width) = (given.batch.num_rows(), given.batch.num_columns());
        if width > columns.len() {
            return Err(Error::new("42601", "INSERT has more expressions than target columns")
                .with_detail(format!("There are {width} expressions for {} columns.", columns.len()))
                .with_table(&table.schema, &table.name));
        }
        if width < columns.len() && *named {
            return Err(Error::new("42601", "INSERT has more target columns than expressions")
                .with_detail(format!("There are {width} expressions for {} columns.", columns.len()))
                .with_table(&table.schema, &table.name));
        }
        // Before any value is read as its column's type, which may fail.
        for (id, defaulted) in columns.iter().zip(&given.defaulted) {
            refuse_generated(table.column_by_id(*id), defaulted.as_ref(), *overriding, count)?;
        }
        let new_column = |(position, defaulted): (usize, Option<BooleanArray>)| {
            let column = table.column_by_id(columns[position]);
            let mut values = assign(given.batch.column(position), given.schema.field(position), column)?;
            if let Some(texts) = &given.texts[position] {
                let read: ArrayRef = Arc::new(texts.clone());
                let read = assign(&read, &Field::new("text", DataType::Utf8, true), column)?;
                values = zip(&is_not_null(texts)?, &read, &values)?;
            }
            Ok(NewColumn { id: column.id, values, defaulted })
        };
        let columns = given.defaulted.into_iter().enumerate().map(new_column).collect::<Result<Vec<_>, Error>>()?;
        whole_rows(table, complete_rows(scope, table, columns, *overriding, count)?, count)
    }
}

impl Source {
    fn of(table: &Table, columns: &[ColumnId], source: Query) -> Result<Source, Error> {
        let types: Vec<SqlType> = columns.iter().map(|id| table.column_by_id(*id).sql_type).collect();
        Ok(match GivenValues::of(&source, &types)? {
            Some(values) => Source::Values(values),
            None => Source::Query(Question::new(Statement::Query(Box::new(source)))),
        })
    }
}

fn refuse_foreign_forms(insert: &Insert) -> Result<(), Error> {
    let foreign = insert.or.is_some()
        || insert.ignore
        || insert.overwrite
        || insert.replace_into
        || insert.partitioned.is_some()
        || !insert.after_columns.is_empty()
        || !insert.assignments.is_empty()
        || insert.output.is_some()
        || insert.insert_alias.is_some()
        || insert.settings.is_some()
        || insert.format_clause.is_some()
        || insert.multi_table_insert_type.is_some();
    match foreign {
        false => Ok(()),
        true => Err(Error::unsupported(
            "this form of INSERT is not supported",
            "Use INSERT INTO table (columns) VALUES ... or SELECT ... [ON CONFLICT ...] [RETURNING ...].",
        )),
    }
}

/// The rows of a query, gathered into chunks.
fn given_query(scope: &Scope, question: &Question) -> Result<Vec<Given>, Error> {
    let found = question.ask(scope)?;
    let width = found.schema.fields().len();
    let mut chunks: Vec<Vec<RecordBatch>> = vec![Vec::new()];
    let mut rows = 0;
    for batch in found.batches {
        if rows > 0 && rows + batch.num_rows() > CHUNK_ROWS_MAX {
            chunks.push(Vec::new());
            rows = 0;
        }
        rows += batch.num_rows();
        chunks.last_mut().expect("there is a chunk").push(batch);
    }
    let given = |batches: Vec<RecordBatch>| {
        let batch = concat_batches(&found.schema, &batches)?;
        Ok(Given { schema: found.schema.clone(), batch, defaulted: vec![None; width], texts: vec![None; width] })
    };
    chunks.into_iter().map(given).collect()
}
