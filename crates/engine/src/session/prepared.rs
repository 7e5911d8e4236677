//! Statements prepared once and run often: parsed and bound when they are prepared, bound again when the catalog changes.

use std::sync::Arc;

use bowline_core::catalog::Catalog;
use bowline_core::integrity::ConstraintModes;
use datafusion::arrow::datatypes::{FieldRef, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::Statement;
use parking_lot::Mutex;

use super::again::Again;
use super::{Session, State, aborted};
use crate::answer::Answer;
use crate::error::Error;
use crate::outcome::Outcome;
use crate::query::View;
use crate::runtime::block_on;
use crate::sequences::OwnSequences;
use crate::sql::{self, Control, Description, Direct, Done, Scope};
use crate::transaction::Transaction;

/// A statement that is parsed, and bound to the catalog it was prepared in.
#[derive(Debug, Clone)]
pub struct Prepared {
    sql: Arc<str>,
    statement: Arc<Statement>,
    given: Vec<Option<FieldRef>>,
    bound: Option<Arc<Bound>>,
    /// What it means since the catalog changed, as it was run last.
    rebound: Arc<Mutex<Option<Arc<Bound>>>>,
}

/// What a statement means in one catalog.
#[derive(Debug)]
struct Bound {
    catalog: Arc<Catalog>,
    description: Description,
    /// How it is run without the query engine, if its text tells.
    direct: Option<Arc<Direct>>,
    again: Again,
}

impl Prepared {
    /// Parses one statement, without binding it. Errors: 42601 with the place.
    pub fn parse(sql: &str) -> Result<Prepared, Error> {
        let statement = sql::parse(sql)?;
        let (sql, statement, given) = (sql.into(), Arc::new(statement), Vec::new());
        Ok(Prepared { sql, statement, given, bound: None, rebound: Arc::default() })
    }

    /// The statement's text.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The parsed statement.
    pub(super) fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The types of `$1`, `$2`, ...; none if it was not bound.
    pub fn parameters(&self) -> &[FieldRef] {
        self.bound.as_ref().map_or(&[], |bound| &bound.description.parameters)
    }

    /// The columns of its rows, if it returns any and was bound.
    pub fn columns(&self) -> Option<&SchemaRef> {
        self.bound.as_ref().and_then(|bound| bound.description.columns.as_ref())
    }

    /// Whether it touches few rows whatever its values, so that it is done in no time.
    pub fn is_light(&self) -> bool {
        let direct = |bound: &Arc<Bound>| bound.direct.clone().or_else(|| bound.again.planned());
        let rebound = self.rebound.lock().clone();
        rebound.as_ref().or(self.bound.as_ref()).and_then(direct).is_some_and(|direct| direct.is_light())
    }

    /// Another statement under the same text.
    pub(super) fn with_statement(&self, statement: Statement) -> Prepared {
        let (sql, statement, given) = (self.sql.clone(), Arc::new(statement), self.given.clone());
        Prepared { sql, statement, given, bound: None, rebound: Arc::default() }
    }
}

impl Session {
    /// Prepares one statement. `given`: the types of parameters the client gives; the others are found by their places.
    ///
    /// Errors: 42601, and 42P01 and the like for names that are wrong; 25P02 in a failed transaction, unless it ends it.
    pub fn prepare(&mut self, sql: &str, given: &[Option<FieldRef>]) -> Result<Prepared, Error> {
        let known = self.known.find(sql, given, self.settings.changes());
        let is_known = known.is_some();
        let parsed = known.map_or_else(|| Prepared::parse(sql), Ok);
        let before = parsed.as_ref().ok().and_then(|prepared| prepared.bound.clone());
        self.cancel.start();
        let bound = parsed.and_then(|prepared| self.bind(prepared, given.to_vec()));
        self.cancel.finish();
        let bound = bound.map_err(|error| self.failed_with(error, sql))?;
        if !is_known || !same(before.as_ref(), bound.bound.as_ref()) {
            self.known.keep(given, &bound);
        }
        Ok(bound)
    }

    /// Binds a parsed statement.
    pub(super) fn bind(&mut self, prepared: Prepared, given: Vec<Option<FieldRef>>) -> Result<Prepared, Error> {
        let prepared = Prepared { given, ..prepared };
        let bound = self.bound(&prepared)?;
        Ok(Prepared { bound, ..prepared })
    }

    /// Runs a prepared statement. `parameters`: of the types it was prepared with.
    ///
    /// The rows of a query come as they are read; whoever reads them calls [`Session::finished`] after the last, or
    /// [`Session::fail`] after an error. Errors: those of the statement; 0A000 if its columns are others by now.
    pub fn start(&mut self, prepared: &Prepared, parameters: &[ScalarValue]) -> Result<Answer, Error> {
        self.cancel.start();
        let answer = self.started(prepared, parameters);
        match answer {
            Ok(answer) => {
                if answer.rows.is_none() {
                    self.cancel.finish();
                }
                Ok(answer)
            }
            Err(error) => {
                self.cancel.finish();
                Err(self.failed_with(error, &prepared.sql))
            }
        }
    }

    /// The rows of an answer have been read, or nobody wants more of them now.
    ///
    /// Errors: sequences that moved could not be made durable.
    pub fn finished(&mut self) -> Result<(), Error> {
        self.cancel.finish();
        if matches!(self.state, State::Idle) && self.sequences.have_moved() {
            self.commit(Transaction::new(self.base()))?;
        }
        Ok(())
    }

    /// More rows of an answer are going to be read, after [`Session::finished`].
    pub fn resumed(&mut self) {
        self.cancel.start();
    }

    fn started(&mut self, prepared: &Prepared, parameters: &[ScalarValue]) -> Result<Answer, Error> {
        if let Some(control) = Control::of(&prepared.sql, &prepared.statement)? {
            return Ok(Answer::of(self.control(control)?, None, &self.cancel));
        }
        // A statement that was described is bound anew when the catalog has changed.
        let bound = if prepared.bound.is_some() { self.bound(prepared)? } else { None };
        let columns = prepared.columns();
        let now = bound.as_ref().and_then(|bound| bound.description.columns.as_ref());
        if prepared.bound.is_some() && !alike(columns, now) {
            return Err(Error::new("0A000", "cached plan must not change result type")
                .with_hint("Prepare the statement again."));
        }
        let (direct, catalog) = match &bound {
            Some(bound) => (self.direct(prepared, bound, parameters), bound.catalog.clone()),
            None => {
                let catalog = self.snapshot().catalog().clone();
                (Direct::recognize(&catalog, &prepared.statement).map(Arc::new), catalog)
            }
        };
        if let Some(direct) = direct {
            let mut takes_engine = false;
            let outcome = self.run_any(&prepared.sql, parameters, &mut |scope| {
                // Another session may have changed the catalog since.
                let done = match Arc::ptr_eq(scope.catalog(), &catalog) {
                    true => direct.run(scope)?,
                    false => None,
                };
                takes_engine = done.is_none();
                Ok(done.unwrap_or_else(|| Done::unchanged(Outcome::command(""))))
            })?;
            if !takes_engine {
                return Ok(Answer::of(outcome, columns, &self.cancel));
            }
        }
        if sql::only_reads(&prepared.statement) {
            return self.opened(&prepared.statement, parameters, columns);
        }
        let run = &mut |scope: &mut Scope| sql::run(scope, Statement::clone(&prepared.statement));
        let outcome = self.run_any(&prepared.sql, parameters, run)?;
        Ok(Answer::of(outcome, columns, &self.cancel))
    }

    /// Starts a query on what the session sees now.
    pub(super) fn opened(
        &self,
        query: &Statement,
        parameters: &[ScalarValue],
        columns: Option<&SchemaRef>,
    ) -> Result<Answer, Error> {
        let alone;
        let transaction = match &self.state {
            State::Failed(_) => return Err(aborted()),
            State::Open(transaction) => transaction.as_ref(),
            State::Idle => {
                alone = Transaction::new(self.base());
                &alone
            }
        };
        let snapshot = self.current(transaction);
        // Sequences move in statements that run to their end, so that what the transaction has of them is never held here.
        let own = transaction.sequences.clone();
        self.sequences.enter(transaction.base.snapshot.catalog(), snapshot.catalog(), own);
        self.queries.set_time(Some(transaction.started));
        let view = View { snapshot, extra: Vec::new() };
        let open = self.queries.open(&view, query, parameters);
        let opened = block_on(async {
            tokio::select! {
                opened = open => opened,
                error = self.cancel.cancelled() => Err(error),
            }
        });
        self.sequences.leave();
        let (schema, stream) = opened?;
        Ok(Answer::running(schema, stream, columns, &self.cancel))
    }

    /// What the statement means in the catalog of now; `None` for statements that are not bound.
    fn bound(&mut self, prepared: &Prepared) -> Result<Option<Arc<Bound>>, Error> {
        if Control::of(&prepared.sql, &prepared.statement)?.is_some() {
            return Ok(None);
        }
        let (snapshot, started) = match &self.state {
            State::Failed(_) => return Err(aborted()),
            State::Open(transaction) => (self.current(transaction), transaction.started),
            State::Idle => (self.base().seen.snapshot, crate::transaction::now()),
        };
        let rebound = prepared.rebound.lock().clone();
        let is_of_now = |bound: &&Arc<Bound>| Arc::ptr_eq(&bound.catalog, snapshot.catalog());
        if let Some(bound) = prepared.bound.iter().chain(&rebound).find(is_of_now) {
            return Ok(Some(bound.clone()));
        }
        let catalog = snapshot.catalog().clone();
        self.sequences.enter(&catalog, &catalog, OwnSequences::default());
        self.queries.set_time(Some(started));
        let modes = ConstraintModes::immediate();
        let mut scope = self.scope(&prepared.sql, snapshot, &modes, &[]);
        let description = sql::describe(&mut scope, &prepared.statement, &prepared.given)?;
        let direct = Direct::recognize(&catalog, &prepared.statement).map(Arc::new);
        let bound = Arc::new(Bound { catalog, description, direct, again: Again::default() });
        *prepared.rebound.lock() = Some(bound.clone());
        Ok(Some(bound))
    }

    /// How a statement is run without the query engine, if it can be.
    fn direct(&self, prepared: &Prepared, bound: &Bound, parameters: &[ScalarValue]) -> Option<Arc<Direct>> {
        if bound.direct.is_some() {
            return bound.direct.clone();
        }
        bound.again.direct(&self.settings, || {
            let snapshot = self.snapshot();
            if !Arc::ptr_eq(snapshot.catalog(), &bound.catalog) {
                return None;
            }
            let modes = ConstraintModes::immediate();
            Direct::planned(&self.scope(&prepared.sql, snapshot, &modes, parameters), &prepared.statement)
        })
    }

    /// Notes that a statement failed: an open transaction has failed with it.
    pub(super) fn failed_with(&mut self, error: Error, sql: &str) -> Error {
        self.fail();
        sql::located(error, sql)
    }

    /// A statement of the open transaction failed, which it does not survive but for savepoints.
    pub fn fail(&mut self) {
        self.cancel.finish();
        self.state = match std::mem::replace(&mut self.state, State::Idle) {
            State::Open(transaction) => State::Failed(transaction),
            other => other,
        };
    }
}

/// Whether nothing was bound anew.
fn same(before: Option<&Arc<Bound>>, now: Option<&Arc<Bound>>) -> bool {
    match (before, now) {
        (None, None) => true,
        (Some(before), Some(now)) => Arc::ptr_eq(before, now),
        _ => false,
    }
}

/// Whether rows of one schema can stand for rows of another.
fn alike(known: Option<&SchemaRef>, now: Option<&SchemaRef>) -> bool {
    match (known, now) {
        (None, None) => true,
        (Some(known), Some(now)) if Arc::ptr_eq(known, now) => true,
        (Some(known), Some(now)) => {
            known.fields().len() == now.fields().len()
                && known.fields().iter().zip(now.fields()).all(|(known, now)| {
                    let same_type = known.data_type() == now.data_type() && known.metadata() == now.metadata();
                    known.name() == now.name() && same_type
                })
        }
        _ => false,
    }
}
