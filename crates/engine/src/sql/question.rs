//! A query that a statement asks each time it runs.
//!
//! ```text
//!   statement ──bind──▶ questions ──ask──▶ the query engine
//!                           │               ▲ too many rows, or values of other types
//!                           └─plan in place─┴──▶ evaluated in place      once the statement comes again
//! ```
//!
//! Whoever asks cannot tell who answered: what a question means is planned by the engine either way.

use std::sync::Arc;

use bowline_core::catalog::Table;
use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{FieldRef, SchemaRef};
use datafusion::sql::sqlparser::ast::{Ident, ObjectName, Statement};

use super::parameters::typed_with;
use super::scope::Scope;
use crate::error::Error;
use crate::outcome::ResultSet;
use crate::query::{InPlace, StatementTable};

/// A query, and how it is evaluated in place if it was planned for that.
#[derive(Debug)]
pub(super) struct Question {
    query: Statement,
    about: Option<GivenRows>,
    in_place: Option<InPlace>,
}

/// Rows made for the statement, which its query names as a relation in schema `__statement`.
#[derive(Debug)]
pub(super) struct GivenRows {
    pub name: &'static str,
    /// Whose rows they are, if they are a table's.
    pub of: Option<Whose>,
    pub schema: SchemaRef,
}

/// The table whose columns are among those of given rows; its virtual columns are computed.
#[derive(Debug)]
pub(super) struct Whose {
    pub table: Arc<Table>,
    /// What stands before the names of the table's columns, for each image of a row there is.
    pub images: &'static [&'static str],
}

impl Question {
    pub fn new(query: Statement) -> Question {
        Question { query, about: None, in_place: None }
    }

    /// A query that also names rows which are given when it is asked.
    pub fn about(query: Statement, rows: GivenRows) -> Question {
        Question { query, about: Some(rows), in_place: None }
    }

    /// Plans the query to be evaluated in place, for parameters of the types they have now; whether it can be.
    pub fn plan_in_place(&mut self, scope: &Scope) -> bool {
        let Ok(relation) = self.no_rows(scope) else { return false };
        self.in_place = scope.queries.in_place(&scope.view(relation), self.query.clone(), scope.parameters);
        self.in_place.is_some()
    }

    /// The columns of the answer, where it is planned to be evaluated in place.
    pub fn columns(&self) -> Option<&SchemaRef> {
        self.in_place.as_ref().map(InPlace::columns)
    }

    /// The columns of the answer, before there are values; the types of parameters are noted. Errors: names and types.
    pub fn describe(&self, scope: &Scope, known: &mut Vec<Option<FieldRef>>) -> Result<SchemaRef, Error> {
        typed_with(scope, &self.query, self.no_rows(scope)?, known)
    }

    /// The answer. Errors: those of the query.
    pub fn ask(&self, scope: &Scope) -> Result<ResultSet, Error> {
        self.answer(scope, None)
    }

    /// The answer about so many rows, given by their columns. Errors: those of the query.
    pub fn ask_about(&self, scope: &Scope, columns: Vec<ArrayRef>, row_count: usize) -> Result<ResultSet, Error> {
        let rows = self.about.as_ref().expect("a question about rows was believed to be asked");
        let options = RecordBatchOptions::new().with_row_count(Some(row_count));
        self.answer(scope, Some(RecordBatch::try_new_with_options(rows.schema.clone(), columns, &options)?))
    }

    /// The relation that the query names, without rows.
    fn no_rows(&self, scope: &Scope) -> Result<Vec<StatementTable>, Error> {
        let relation = |rows: &GivenRows| rows.relation(scope, RecordBatch::new_empty(rows.schema.clone()));
        Ok(self.about.as_ref().map(relation).transpose()?.into_iter().collect())
    }

    fn answer(&self, scope: &Scope, given: Option<RecordBatch>) -> Result<ResultSet, Error> {
        if let Some(in_place) = &self.in_place
            && let Some(found) = in_place.run(&scope.snapshot, given.as_ref(), scope.parameters)?
        {
            return Ok(found);
        }
        let relation = self.about.as_ref().zip(given).map(|(rows, batch)| rows.relation(scope, batch)).transpose()?;
        scope.query_with(self.query.clone(), relation.into_iter().collect())
    }
}

impl GivenRows {
    /// What a query calls rows that are given under this name.
    pub fn relation_name(name: &str) -> ObjectName {
        ObjectName::from(vec![Ident::new("__statement"), Ident::with_quote('"', name)])
    }

    /// Rows as the relation that the query names.
    fn relation(&self, scope: &Scope, batch: RecordBatch) -> Result<StatementTable, Error> {
        let rows = StatementTable::new(self.name, self.schema.clone(), vec![batch]);
        match &self.of {
            None => Ok(rows),
            Some(Whose { table, images }) => scope.queries.computed(rows, table, images),
        }
    }
}
