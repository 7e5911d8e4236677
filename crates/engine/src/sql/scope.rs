//! What a statement has to work with: what it sees, whom it asks, and where its notices go.

use std::cell::Cell;
use std::sync::Arc;

use bowline_core::catalog::{Catalog, Table, TableId};
use bowline_core::integrity::{CloseError, Closed, ConstraintModes, close};
use bowline_core::rows::{Delta, Snapshot, TableDelta, TableRows};
use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::Statement;

use super::parts::Parts;
use crate::cancel::CancelHandle;
use crate::error::Error;
use crate::expressions::Expressions;
use crate::outcome::{Notice, Outcome, ResultSet};
use crate::progress::{Progress, ProgressReport};
use crate::query::{QueryEngine, StatementTable, View, summarizes};
use crate::runtime::block_on;
use crate::sequences::SessionSequences;
use crate::settings::SessionSettings;

/// The surroundings of one statement.
pub(crate) struct Scope<'a> {
    /// The statement's text.
    pub sql: &'a str,
    /// What it sees: the transaction so far.
    pub snapshot: Snapshot,
    /// Which constraints are deferred now.
    pub modes: &'a ConstraintModes,
    pub queries: &'a QueryEngine,
    pub sequences: &'a SessionSequences,
    pub settings: &'a SessionSettings,
    /// Inside a transaction of several statements.
    pub in_block: bool,
    /// Writes are refused.
    pub read_only: bool,
    /// It only sets or shows settings, and reads no rows.
    pub is_setting: bool,
    pub parameters: &'a [ScalarValue],
    pub cancel: &'a CancelHandle,
    pub progress: Option<&'a ProgressReport>,
    pub notices: Vec<Notice>,
    /// What the parts of the statement see of each other.
    pub parts: Parts,
    /// How many queries of it the engine has run.
    pub engine_queries: Cell<usize>,
}

/// What a statement did.
pub(crate) struct Done {
    pub outcome: Outcome,
    /// The change it makes, already closed.
    pub change: Option<Closed>,
}

impl Done {
    pub fn unchanged(outcome: Outcome) -> Done {
        Done { outcome, change: None }
    }

    pub fn changed(outcome: Outcome, closed: Closed) -> Done {
        Done { outcome, change: Some(closed) }
    }
}

impl Scope<'_> {
    pub fn catalog(&self) -> &Arc<Catalog> {
        self.snapshot.catalog()
    }

    pub fn rows(&self, table: TableId) -> &TableRows {
        self.snapshot.rows(table)
    }

    /// No changes yet, to this table.
    pub fn changes_to(&self, table: &Table) -> TableDelta {
        TableDelta::new(self.rows(table.id).next_row())
    }

    pub fn expressions(&self) -> Expressions<'_> {
        Expressions::new(self.queries, &self.snapshot, self.sequences)
    }

    /// Runs a query over what the statement sees.
    pub fn query(&self, query: Statement) -> Result<ResultSet, Error> {
        self.query_with(query, Vec::new())
    }

    /// Runs a query that may also name these tables, in schema `__statement`.
    pub fn query_with(&self, query: Statement, extra: Vec<StatementTable>) -> Result<ResultSet, Error> {
        let query = self.parts.around(query)?;
        self.engine_queries.set(self.engine_queries.get() + 1);
        let run = self.queries.run(self.view(extra), query, self.parameters);
        block_on(async {
            tokio::select! {
                result = run => result,
                error = self.cancel.cancelled() => Err(error),
            }
        })
    }

    /// The names of a query's columns.
    pub fn column_names(&self, query: Statement) -> Result<Vec<String>, Error> {
        let query = self.parts.around(query)?;
        let plan = self.queries.plan(&self.view(Vec::new()), query, self.parameters)?;
        Ok(plan.schema().fields().iter().map(|field| field.name().clone()).collect())
    }

    /// Whether the rows of a query are made of many: by grouping, or by window functions.
    pub fn summarizes(&self, query: Statement) -> Result<bool, Error> {
        let query = self.parts.around(query)?;
        let plan = self.queries.plan(&self.view(Vec::new()), query, self.parameters)?;
        Ok(summarizes(&plan))
    }

    /// What a query of the statement sees, with these tables besides.
    pub fn view(&self, mut extra: Vec<StatementTable>) -> View {
        extra.extend_from_slice(self.parts.tables());
        View { snapshot: self.snapshot.clone(), extra }
    }

    /// Closes a delta made by this statement: referential actions, then all checks.
    pub fn close(&self, delta: Delta) -> Result<Closed, Error> {
        self.cancel.check()?;
        close(&self.snapshot, delta, self.modes, &self.expressions()).map_err(|error| match error {
            CloseError::Refused(refused) => Error::refused(&refused),
            CloseError::Rows(error) => Error::from(error),
        })
    }

    /// A change of the catalog alone.
    pub fn declare(&self, outcome: Outcome, catalog: Catalog) -> Result<Done, Error> {
        let delta = Delta { catalog: Some(Arc::new(catalog)), ..Delta::default() };
        self.apply(outcome, delta)
    }

    /// A change that fires no referential action and was judged already: DDL, TRUNCATE.
    pub fn apply(&self, outcome: Outcome, delta: Delta) -> Result<Done, Error> {
        let after = self.snapshot.apply(&delta)?;
        Ok(Done::changed(outcome, Closed { delta, after, trace: Default::default(), put_off: Default::default() }))
    }

    pub fn notice(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    pub fn report(&self, progress: impl FnOnce() -> Progress) {
        if let Some(report) = self.progress {
            report(progress());
        }
    }
}
