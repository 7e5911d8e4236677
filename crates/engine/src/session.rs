//! A session: runs statements one after the other, in its transaction or each in one of its own.

mod again;
mod copy;
mod implicit;
mod known;
mod nested;
mod prepared;

pub use nested::{Discard, Kind};
pub use prepared::Prepared;

use std::cell::Cell;
use std::sync::Arc;

use bowline_core::catalog::TableId;
use bowline_core::integrity::ConstraintModes;
use bowline_core::rows::Snapshot;
use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::{DiscardObject, Statement};

use crate::advisory::SessionLocks;
use crate::cancel::CancelHandle;
use crate::committer::Committer;
use crate::error::Error;
use crate::outcome::{Notice, Outcome, ResultSet};
use crate::patience::ATTEMPTS_AT_ONCE;
use crate::progress::ProgressReport;
use crate::query::{PlanCounts, QueryEngine};
use crate::script;
use crate::search_path::SessionPath;
use crate::sequences::SessionSequences;
use crate::settings::SessionSettings;
use crate::sql::{self, Control, Done, Scope};
use crate::temporary::SessionTemporary;
use crate::transaction::Transaction;
use known::Known;

/// How often an autocommit statement is run again after a conflict with another session.
const ATTEMPTS_MAX: usize = 64;

/// One user's conversation with a database.
pub struct Session {
    committer: Arc<Committer>,
    queries: QueryEngine,
    sequences: Arc<SessionSequences>,
    settings: Arc<SessionSettings>,
    locks: Arc<SessionLocks>,
    temporary: SessionTemporary,
    path: SessionPath,
    state: State,
    cancel: CancelHandle,
    progress: Option<ProgressReport>,
    known: Known,
    keeps_thread: bool,
}

/// Whether a session is in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionStatus {
    /// Each statement commits by itself.
    Idle,
    /// Between BEGIN and COMMIT or ROLLBACK.
    InTransaction,
    /// A statement failed; only ROLLBACK goes on.
    Failed,
}

enum State {
    Idle,
    Open(Box<Transaction>),
    /// Kept for ROLLBACK TO a savepoint.
    Failed(Box<Transaction>),
}

impl Session {
    pub(crate) fn new(committer: Arc<Committer>) -> Session {
        let sequences = Arc::new(SessionSequences::new(committer.sequences.clone()));
        let settings: Arc<SessionSettings> = Arc::default();
        let cancel = CancelHandle::default();
        let locks = Arc::new(SessionLocks::new(committer.advisory.clone()));
        Session {
            queries: QueryEngine::new(sequences.clone(), settings.clone(), &locks, cancel.clone()),
            locks,
            committer,
            sequences,
            settings,
            temporary: SessionTemporary::default(),
            path: SessionPath::default(),
            state: State::Idle,
            cancel,
            progress: None,
            known: Known::default(),
            keeps_thread: false,
        }
    }

    /// Runs every statement of a text and returns their outcomes. Stops at the first error; what was committed before it
    /// stays. Positions of errors count from the start of `sql`.
    pub fn execute(&mut self, sql: &str) -> Result<Vec<Outcome>, Error> {
        let mut outcomes = Vec::new();
        for range in script::statements(sql) {
            let start = range.start;
            let outcome = self.run(&sql[range], &[]).map_err(|mut error| {
                error.position = error.position.map(|position| position + start);
                error
            })?;
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    /// Runs one statement that returns rows. `parameters` are the values of `$1`, `$2`, ...
    ///
    /// Errors: 42601 if the statement returns no rows, and those of the statement.
    pub fn query(&mut self, sql: &str, parameters: &[ScalarValue]) -> Result<ResultSet, Error> {
        let outcome = self.run(sql, parameters)?;
        outcome.rows.ok_or_else(|| {
            Error::new("42601", format!("{} returns no rows", outcome.tag)).with_hint("Use run or execute for it.")
        })
    }

    /// Runs one statement of any kind.
    pub fn run(&mut self, sql: &str, parameters: &[ScalarValue]) -> Result<Outcome, Error> {
        self.cancel.start();
        let outcome = sql::parse(sql).and_then(|statement| self.run_parsed(sql, statement, parameters));
        let outcome = outcome.map_err(|error| sql::located(error, sql));
        self.cancel.finish();
        if outcome.is_err() {
            self.state = match std::mem::replace(&mut self.state, State::Idle) {
                State::Open(transaction) => State::Failed(transaction),
                other => other,
            };
        }
        outcome
    }

    /// What this session sees now, its own transaction included.
    pub fn snapshot(&self) -> Snapshot {
        match &self.state {
            State::Idle => self.base().seen.snapshot,
            State::Open(transaction) | State::Failed(transaction) => self.current(transaction),
        }
    }

    /// How many savepoints were set in the transaction that is open, those that are gone included.
    pub fn savepoints_set(&self) -> u64 {
        match &self.state {
            State::Open(transaction) | State::Failed(transaction) => transaction.savepoints_set,
            State::Idle => 0,
        }
    }

    /// How many savepoints had been set in the transaction when the one was that it went back to last; told once.
    pub fn went_back_to(&mut self) -> Option<u64> {
        match &mut self.state {
            State::Open(transaction) | State::Failed(transaction) => transaction.went_back_to.take(),
            State::Idle => None,
        }
    }

    /// Whether the session is in a transaction.
    pub fn transaction_status(&self) -> TransactionStatus {
        match &self.state {
            State::Open(transaction) | State::Failed(transaction) if transaction.implicit => TransactionStatus::Idle,
            State::Idle => TransactionStatus::Idle,
            State::Open(_) => TransactionStatus::InTransaction,
            State::Failed(_) => TransactionStatus::Failed,
        }
    }

    /// A handle that cancels this session's running statement from elsewhere.
    pub fn cancel_handle(&self) -> CancelHandle {
        self.cancel.clone()
    }

    /// How many queries the session has planned, and how many it ran by a plan it had. Statements on single keys that need no plan
    /// are not counted.
    pub fn plan_counts(&self) -> PlanCounts {
        self.queries.plan_counts()
    }

    /// Whom to tell how far long statements have come.
    pub fn on_progress(&mut self, report: Option<ProgressReport>) {
        self.progress = report;
    }

    fn run_parsed(&mut self, sql: &str, statement: Statement, parameters: &[ScalarValue]) -> Result<Outcome, Error> {
        if let Some(control) = Control::of(sql, &statement)? {
            return self.control(control);
        }
        if let Statement::Discard { object_type } = &statement
            && *object_type != DiscardObject::TEMP
        {
            return self.discarded(object_type);
        }
        self.run_any(sql, parameters, &mut |scope| sql::run(scope, statement.clone()))
    }

    /// Does something in the open transaction, or in one of its own, again if others got in the way or held a lock that it takes.
    fn run_any(
        &mut self,
        sql: &str,
        parameters: &[ScalarValue],
        run: &mut dyn FnMut(&mut Scope) -> Result<Done, Error>,
    ) -> Result<Outcome, Error> {
        loop {
            self.locks.begin_statement();
            match self.run_once(sql, parameters, run) {
                Err(_) if self.locks.wait(self.settings.time("lock_timeout"), &self.cancel)? => {}
                outcome => return outcome,
            }
        }
    }

    fn run_once(
        &mut self,
        sql: &str,
        parameters: &[ScalarValue],
        run: &mut dyn FnMut(&mut Scope) -> Result<Done, Error>,
    ) -> Result<Outcome, Error> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Failed(transaction) => {
                self.state = State::Failed(transaction);
                Err(aborted())
            }
            State::Open(mut transaction) => {
                let outcome = self.run_with(&mut transaction, sql, parameters, run);
                self.state = State::Open(transaction);
                outcome
            }
            State::Idle => self.run_alone(sql, parameters, run),
        }
    }

    fn run_alone(
        &mut self,
        sql: &str,
        parameters: &[ScalarValue],
        run: &mut dyn FnMut(&mut Scope) -> Result<Done, Error>,
    ) -> Result<Outcome, Error> {
        let read_only = self.settings.is_on("default_transaction_read_only");
        let committer = self.committer.clone();
        let mut attempt = 1;
        loop {
            let _alone = match attempt > ATTEMPTS_AT_ONCE {
                true => committer.patience.wait(&self.cancel)?,
                false => None,
            };
            let mut transaction = Transaction::of_statement(self.base());
            transaction.read_only = read_only;
            let outcome = self.run_with(&mut transaction, sql, parameters, run);
            let outcome = outcome.inspect_err(|_| self.locks.end_transaction())?;
            self.settings.end_local();
            let committed = self.commit(transaction);
            self.locks.end_transaction();
            match committed {
                Ok(()) => return Ok(outcome),
                Err(error) if error.sqlstate == "40001" && attempt < ATTEMPTS_MAX => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Does something in a transaction, which takes over what it changes.
    fn run_with(
        &mut self,
        transaction: &mut Transaction,
        sql: &str,
        parameters: &[ScalarValue],
        run: &mut dyn FnMut(&mut Scope) -> Result<Done, Error>,
    ) -> Result<Outcome, Error> {
        transaction.read_along(self.path.read(&self.settings, transaction.current.catalog()));
        let own = std::mem::take(&mut transaction.sequences);
        self.sequences.enter(transaction.base.snapshot.catalog(), transaction.current.catalog(), own);
        self.queries.set_time(Some(transaction.started));
        let mut scope = self.scope(sql, transaction.current.clone(), &transaction.modes, parameters);
        (scope.read_only, scope.in_block) = (transaction.read_only, transaction.is_block);
        let done = run(&mut scope);
        transaction.has_read |= !scope.is_setting;
        let notices = scope.notices;
        transaction.sequences = self.sequences.leave();
        let done = done?;
        let mut outcome = done.outcome;
        if let Some(closed) = done.change {
            let is_permanent = |id: &TableId| !id.is_temporary();
            let writes = closed.delta.catalog.is_some() || closed.delta.tables.keys().any(is_permanent);
            if transaction.read_only && writes {
                return Err(Error::new("25006", "cannot execute a write in a read-only transaction")
                    .with_hint("Start the transaction without READ ONLY."));
            }
            self.committer.count_cascaded(closed.trace.cascaded_rows());
            transaction.absorb(closed);
        }
        outcome.notices.extend(notices);
        Ok(outcome)
    }

    /// The surroundings of a statement on a snapshot.
    fn scope<'a>(
        &'a self,
        sql: &'a str,
        snapshot: Snapshot,
        modes: &'a ConstraintModes,
        parameters: &'a [ScalarValue],
    ) -> Scope<'a> {
        Scope {
            sql,
            snapshot,
            modes,
            queries: &self.queries,
            sequences: &self.sequences,
            settings: &self.settings,
            in_block: false,
            read_only: false,
            is_setting: false,
            parameters,
            cancel: &self.cancel,
            progress: self.progress.as_ref(),
            notices: sql::notices_of_names(sql),
            parts: sql::Parts::default(),
            engine_queries: Cell::default(),
        }
    }

    fn control(&mut self, control: Control) -> Result<Outcome, Error> {
        let tag = control.tag();
        let state = std::mem::replace(&mut self.state, State::Idle);
        let (state, outcome) = self.controlled(control, state, tag);
        self.state = state;
        outcome
    }

    fn controlled(&self, control: Control, state: State, tag: &str) -> (State, Result<Outcome, Error>) {
        let mut outcome = Outcome::command(tag);
        let no_transaction = || Notice { sqlstate: "25P01", ..Notice::warning("there is no transaction in progress") };
        match (control, state) {
            (Control::Begin { modes, .. }, State::Idle) => {
                let mut transaction = self.begun();
                self.begin_as(&mut transaction, modes);
                (State::Open(Box::new(transaction)), Ok(outcome))
            }
            (Control::Begin { modes, .. }, State::Open(mut transaction)) if transaction.implicit => {
                transaction.implicit = false;
                self.begin_as(&mut transaction, modes);
                (State::Open(transaction), Ok(outcome))
            }
            (Control::Begin { .. }, State::Open(transaction)) => {
                let notice = Notice::warning("there is already a transaction in progress");
                outcome.notices.push(Notice { sqlstate: "25001", ..notice });
                (State::Open(transaction), Ok(outcome))
            }
            (Control::Commit, State::Open(transaction)) => {
                if transaction.implicit {
                    outcome.notices.push(no_transaction());
                }
                (State::Idle, self.committed(*transaction).map(|()| outcome))
            }
            (Control::Commit | Control::Rollback, State::Idle) => {
                outcome.notices.push(no_transaction());
                (State::Idle, Ok(outcome))
            }
            // A failed transaction that is asked to commit rolls back and says so.
            (Control::Commit, State::Failed(transaction))
            | (Control::Rollback, State::Open(transaction) | State::Failed(transaction)) => {
                let mut outcome = Outcome::command("ROLLBACK");
                if transaction.implicit {
                    outcome.notices.push(no_transaction());
                }
                self.rolled_back(*transaction);
                (State::Idle, Ok(outcome))
            }
            (
                control @ (Control::Savepoint(_) | Control::Release(_) | Control::RollbackTo(_)),
                State::Open(transaction) | State::Failed(transaction),
            ) if transaction.implicit => (State::Open(transaction), Err(outside_block(&control))),
            (Control::RollbackTo(name), State::Open(mut transaction) | State::Failed(mut transaction)) => {
                match transaction.roll_back_to(&name) {
                    Ok(settings) => {
                        self.settings.put_back(settings);
                        (State::Open(transaction), Ok(outcome))
                    }
                    Err(error) => (State::Failed(transaction), Err(error)),
                }
            }
            (Control::Savepoint(name), State::Open(mut transaction)) => {
                transaction.save(&name, self.settings.keep());
                (State::Open(transaction), Ok(outcome))
            }
            (Control::Release(name), State::Open(mut transaction)) => match transaction.release(&name) {
                Ok(()) => (State::Open(transaction), Ok(outcome)),
                Err(error) => (State::Failed(transaction), Err(error)),
            },
            (Control::SetConstraints(set), State::Open(mut transaction)) => {
                transaction.read_along(self.path.read(&self.settings, transaction.current.catalog()));
                match transaction.set_constraints(&set, &self.queries, &self.sequences) {
                    Ok(()) => (State::Open(transaction), Ok(outcome)),
                    Err(error) => (State::Failed(transaction), Err(error)),
                }
            }
            (Control::SetConstraints(set), State::Idle) => {
                let warning = Notice::warning("SET CONSTRAINTS can only be used in transaction blocks");
                outcome.notices.push(Notice { sqlstate: "25P01", ..warning });
                let known = set.constraints(self.base().seen.snapshot.catalog());
                (State::Idle, known.map(|_| outcome))
            }
            (Control::Maintain(maintenance), State::Open(transaction)) => {
                let done = match maintenance.is_transactional() {
                    true => self.maintained(&maintenance, self.current(&transaction).catalog(), outcome),
                    false => Err(Error::new("25001", "VACUUM cannot run inside a transaction block")
                        .with_hint("End the transaction first.")),
                };
                match done {
                    Ok(outcome) => (State::Open(transaction), Ok(outcome)),
                    Err(error) => (State::Failed(transaction), Err(error)),
                }
            }
            (Control::Maintain(maintenance), State::Idle) => {
                (State::Idle, self.maintained(&maintenance, self.base().seen.snapshot.catalog(), outcome))
            }
            (Control::Lock(lock), State::Open(transaction)) if transaction.is_block => {
                match lock.check(self.current(&transaction).catalog()) {
                    Ok(()) => (State::Open(transaction), Ok(outcome)),
                    Err(error) => (State::Failed(transaction), Err(error)),
                }
            }
            (control @ Control::Lock(_), State::Open(transaction)) => {
                (State::Failed(transaction), Err(outside_block(&control)))
            }
            (Control::SetTransaction(modes), State::Open(mut transaction)) => {
                if !transaction.is_block {
                    outcome.notices.push(set_outside_block());
                }
                match self.goes_on_as(&mut transaction, modes) {
                    Ok(()) => (State::Open(transaction), Ok(outcome)),
                    Err(error) => (State::Failed(transaction), Err(error)),
                }
            }
            (Control::SetTransaction(_), State::Idle) => {
                outcome.notices.push(set_outside_block());
                (State::Idle, Ok(outcome))
            }
            (
                control @ (Control::Savepoint(_) | Control::Release(_) | Control::RollbackTo(_) | Control::Lock(_)),
                State::Idle,
            ) => (State::Idle, Err(outside_block(&control))),
            (_, State::Failed(transaction)) => (State::Failed(transaction), Err(aborted())),
        }
    }
}

/// 25P01: savepoints and locks are only had between BEGIN and COMMIT.
fn outside_block(control: &Control) -> Error {
    let verb = match control {
        Control::RollbackTo(_) => "ROLLBACK TO SAVEPOINT",
        Control::Release(_) => "RELEASE SAVEPOINT",
        other => other.tag(),
    };
    Error::new("25P01", format!("{verb} can only be used in transaction blocks")).with_hint("Start one with BEGIN.")
}

fn set_outside_block() -> Notice {
    let warning = Notice::warning("SET TRANSACTION can only be used in transaction blocks");
    Notice { sqlstate: "25P01", ..warning }
}

/// 25P02: the transaction failed before.
fn aborted() -> Error {
    Error::new("25P02", "current transaction is aborted, commands ignored until end of transaction block")
        .with_hint("End it with ROLLBACK, or go back with ROLLBACK TO savepoint.")
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("status", &self.transaction_status()).finish_non_exhaustive()
    }
}
