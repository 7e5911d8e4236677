//! What the parts of one statement see of each other: the WITH clauses in force, the tables that writing parts return, and
//! which rows are changed already.
//!
//! ```text
//!   WITH d AS (DELETE … RETURNING …), s AS (SELECT …) INSERT INTO t SELECT … FROM d, s
//!
//!   every query of the INSERT runs as   WITH d AS (SELECT * FROM __statement."with 0"), s AS (SELECT …)  SELECT …
//! ```
//!
//! Invariant: a row is removed by one part alone. A later part does not find it any more, as in PostgreSQL.

use std::collections::HashSet;
use std::sync::Arc;

use bowline_core::catalog::TableId;
use bowline_core::rows::Delta;
use datafusion::arrow::array::{AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef, UInt64Type};
use datafusion::sql::sqlparser::ast::{Query, SetExpr, Statement, With};
use roaring::RoaringTreemap;

use super::names;
use super::parse::parse_query;
use crate::error::Error;
use crate::outcome::ResultSet;
use crate::query::StatementTable;
use crate::walk;

/// The parts of a statement that are planned, for the one being planned.
#[derive(Default)]
pub(crate) struct Parts {
    /// WITH clauses, the outermost first.
    with: Vec<With>,
    /// What writing parts return, by name in schema `__statement`.
    returned: Vec<StatementTable>,
    /// Names of writing parts that return nothing.
    silent: Vec<String>,
    /// What the parts change together.
    changed: Delta,
}

impl Parts {
    /// The query under the WITH clauses in force. Errors: 0A000 if it reads a part that returns nothing.
    pub fn around(&self, query: Statement) -> Result<Statement, Error> {
        let Statement::Query(mut query) = query else { return Ok(query) };
        for with in self.with.iter().rev() {
            if query.with.is_some() {
                let mut outer = parse_query("SELECT 1");
                *outer.body = SetExpr::Query(query);
                query = outer;
            }
            query.with = Some(with.clone());
        }
        self.refuse_silent(&query)?;
        Ok(Statement::Query(query))
    }

    /// The tables a query may name besides those of the database.
    pub fn tables(&self) -> &[StatementTable] {
        &self.returned
    }

    /// Opens a WITH clause within those that are open.
    pub fn open(&mut self, with: With) {
        self.with.push(with);
    }

    /// Closes the innermost WITH clause.
    pub fn close(&mut self) {
        self.with.pop().expect("a WITH clause was believed to be open");
    }

    /// The innermost WITH clause.
    pub fn innermost(&mut self) -> &mut With {
        self.with.last_mut().expect("a WITH clause was believed to be open")
    }

    /// Adds what a writing part changes.
    pub fn change(&mut self, delta: Delta) {
        self.changed.join(delta);
    }

    /// What all parts change, which ends the statement.
    pub fn take_changes(&mut self) -> Delta {
        std::mem::take(&mut self.changed)
    }

    /// Keeps what a writing part returns; the query that reads it.
    pub fn keep(&mut self, returned: ResultSet) -> Result<Box<Query>, Error> {
        let name = format!("with {}", self.returned.len());
        let query = parse_query(&format!("SELECT * FROM __statement.\"{name}\""));
        self.returned.push(table_of(&name, returned)?);
        Ok(query)
    }

    /// Notes a writing part that returns nothing to read.
    pub fn keep_silent(&mut self, name: String) {
        self.silent.push(name);
    }

    /// Whether an earlier part changed this row.
    pub fn has_changed(&self, table: TableId, row: u64) -> bool {
        self.changed.tables.get(&table).is_some_and(|changes| changes.removed.contains(row))
    }

    /// Takes the rows that earlier parts changed out of these.
    pub fn keep_unchanged(&self, table: TableId, rows: &mut RoaringTreemap) {
        if let Some(changes) = self.changed.tables.get(&table) {
            *rows -= &changes.removed;
        }
    }

    /// What was found without the rows that earlier parts changed. The first column holds row ids.
    pub fn unchanged(&self, table: TableId, found: ResultSet) -> Result<ResultSet, Error> {
        let Some(changes) = self.changed.tables.get(&table).filter(|changes| !changes.removed.is_empty()) else {
            return Ok(found);
        };
        let kept = |batch: &RecordBatch| {
            let rows = batch.column(0).as_primitive::<UInt64Type>();
            let keep: BooleanArray = rows.values().iter().map(|row| Some(!changes.removed.contains(*row))).collect();
            filter_record_batch(batch, &keep)
        };
        let batches = found.batches.iter().map(kept).collect::<Result<_, _>>()?;
        Ok(ResultSet { schema: found.schema, batches })
    }

    fn refuse_silent(&self, query: &Query) -> Result<(), Error> {
        if self.silent.is_empty() {
            return Ok(());
        }
        let silent = walk::find_relation(query, |name| match names::parts(name).as_deref() {
            Ok([name]) if self.silent.contains(name) => Some(name.clone()),
            _ => None,
        });
        match silent {
            None => Ok(()),
            Some(name) => Err(Error::unsupported(
                format!("WITH query \"{name}\" does not have a RETURNING clause"),
                "Add RETURNING.",
            )),
        }
    }
}

/// Rows as a table to query. Columns of one name are told apart by their place.
fn table_of(name: &str, rows: ResultSet) -> Result<StatementTable, Error> {
    let schema = told_apart(&rows.schema);
    let renamed = rows.batches.into_iter().map(|batch| {
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(schema.clone(), batch.columns().to_vec(), &options)
    });
    let batches = renamed.collect::<Result<Vec<_>, _>>()?;
    Ok(StatementTable::new(name, schema, batches))
}

/// The columns, those of one name told apart by their place.
pub(super) fn told_apart(schema: &Schema) -> SchemaRef {
    let mut seen = HashSet::new();
    let fields = schema.fields().iter().enumerate().map(|(at, field)| {
        let field = field.as_ref().clone();
        match seen.insert(field.name().clone()) {
            true => field,
            false => {
                let name = format!("{}__{}", field.name(), at + 1);
                field.with_name(name)
            }
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<Field>>()))
}
