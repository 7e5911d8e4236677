//! How transactions start and end, also those nobody said BEGIN for: several statements sent together are one transaction.
//!
//! ```text
//!   begin_implicit ─▶ statements … ─▶ end_implicit      BEGIN among them makes it an explicit one, which stays open
//!                                                       COMMIT and ROLLBACK among them end it; the rest starts another
//! ```

use std::sync::Arc;
use std::time::Duration;

use bowline_core::catalog::Catalog;
use bowline_core::rows::Snapshot;
use datafusion::sql::sqlparser::ast::DiscardObject;

use super::{Session, State, TransactionStatus};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::runtime::may_block;
use crate::settings::Holds;
use crate::sql::{Maintenance, Modes};
use crate::temporary::parted;
use crate::transaction::{Base, Transaction};

/// A commit of so many rows takes hardly longer than the fsync it ends with.
const ROWS_SMALL: u64 = 100;

impl Session {
    /// Starts a transaction for the statements up to [`Session::end_implicit`], unless one is open.
    pub fn begin_implicit(&mut self) {
        if let State::Idle = self.state {
            let mut transaction = self.begun();
            transaction.implicit = true;
            self.state = State::Open(Box::new(transaction));
        }
    }

    /// Whether a transaction that [`Session::begin_implicit`] started is open.
    pub fn is_implicit(&self) -> bool {
        matches!(&self.state, State::Open(transaction) | State::Failed(transaction) if transaction.implicit)
    }

    /// Commits the transaction that [`Session::begin_implicit`] started, or rolls it back if a statement of it failed. One that
    /// BEGIN made explicit stays as it is. Errors: those of a commit.
    pub fn end_implicit(&mut self) -> Result<(), Error> {
        if !self.is_implicit() {
            return Ok(());
        }
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Open(transaction) => self.committed(*transaction),
            State::Failed(transaction) => {
                self.rolled_back(*transaction);
                Ok(())
            }
            State::Idle => Ok(()),
        }
    }

    /// The value of a setting, as SHOW gives it; `None` if there is no such setting.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.settings.get(name)
    }

    /// The length of time a setting says; `None` if it is off.
    pub fn setting_time(&self, name: &str) -> Option<Duration> {
        self.settings.time(name)
    }

    /// A number that goes up whenever a setting may have changed.
    pub fn setting_changes(&self) -> u64 {
        self.settings.changes()
    }

    /// Sets a value for the session.
    ///
    /// Errors: 42704 for a setting there is not, 22023, 55P02 and 0A000 for a value it does not take.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        self.settings.set(name, value, Holds::Session)
    }

    /// Sets the value a setting has from the start of the session, to which RESET goes back. Errors: as [`Session::set`].
    pub fn start_with(&mut self, name: &str, value: &str) -> Result<(), Error> {
        self.settings.start_with(name, value)
    }

    /// Names the one whose session it is, which `current_user` then gives.
    pub fn start_as(&mut self, user: &str) {
        self.settings.start_as(user);
    }

    /// Names the database as the session calls it, which `current_database()` then gives. The first name stays.
    pub fn name_database(&mut self, name: &str) {
        self.settings.name_database(name);
    }

    /// Forgets what the session set, locked and where it saw sequences, and ends its transaction: `DISCARD ALL`.
    pub fn discard(&mut self) {
        if let State::Open(transaction) | State::Failed(transaction) = std::mem::replace(&mut self.state, State::Idle) {
            self.rolled_back(*transaction);
        }
        self.settings.reset_all();
        self.temporary.clear();
        self.sequences.forget();
        self.locks.give_back_all();
    }

    /// Drops the session's temporary tables, as part of its transaction: `DISCARD TEMP`. Errors: 25P02, 25006.
    pub fn discard_temporary(&mut self) -> Result<(), Error> {
        self.run("DISCARD TEMP", &[]).map(|_| ())
    }

    /// `DISCARD` of what is not in the catalog.
    pub(super) fn discarded(&mut self, what: &DiscardObject) -> Result<Outcome, Error> {
        match what {
            DiscardObject::ALL if self.transaction_status() != TransactionStatus::Idle => {
                return Err(Error::new("25001", "DISCARD ALL cannot run inside a transaction block")
                    .with_hint("End the transaction first."));
            }
            DiscardObject::ALL => self.discard(),
            DiscardObject::SEQUENCES => self.discard_sequences(),
            // Plans are kept with their statements.
            DiscardObject::PLANS | DiscardObject::TEMP => {}
        }
        Ok(Outcome::command(format!("DISCARD {what}")))
    }

    /// Forgets what sequences gave the session: `DISCARD SEQUENCES`.
    pub fn discard_sequences(&mut self) {
        self.sequences.forget();
    }

    /// A statement panicked, which may have lost the transaction it was in: nothing goes on but its end.
    pub fn abort(&mut self, was: TransactionStatus) {
        self.fail();
        if let (TransactionStatus::InTransaction | TransactionStatus::Failed, State::Idle) = (was, &self.state) {
            self.state = State::Failed(Box::new(self.begun()));
        }
    }

    /// A transaction of several statements, on what the session sees now.
    pub(super) fn begun(&self) -> Transaction {
        let mut transaction = Transaction::new(self.base());
        transaction.read_only = self.settings.is_on("default_transaction_read_only");
        transaction.is_block = true;
        transaction.settings = self.settings.keep();
        self.settings.begin(None);
        transaction
    }

    /// Gives a transaction the modes that BEGIN asks for.
    pub(super) fn begin_as(&self, transaction: &mut Transaction, modes: Modes) {
        transaction.read_only = modes.read_only.unwrap_or(transaction.read_only);
        if modes.isolation.is_some() {
            self.settings.begin(modes.isolation);
        }
    }

    /// `SET TRANSACTION`. Errors: 25001 where it is too late to write.
    pub(super) fn goes_on_as(&self, transaction: &mut Transaction, modes: Modes) -> Result<(), Error> {
        if let Some(read_only) = modes.read_only {
            transaction.set_read_only(read_only)?;
        }
        if modes.isolation.is_some() {
            self.settings.begin(modes.isolation);
        }
        Ok(())
    }

    /// Commits. A transaction that cannot is rolled back.
    pub(super) fn committed(&self, transaction: Transaction) -> Result<(), Error> {
        let settings = transaction.settings.clone();
        let committed = self.commit(transaction);
        self.locks.end_transaction();
        match committed {
            Ok(()) => {
                self.settings.end_local();
                Ok(())
            }
            Err(error) => {
                self.settings.put_back(settings);
                Err(error)
            }
        }
    }

    /// What a transaction of this session starts from.
    pub(super) fn base(&self) -> Base {
        let Base { mut seen, permanent } = self.temporary.with(self.committer.published());
        let catalog = self.path.read(&self.settings, seen.snapshot.catalog());
        if Arc::ptr_eq(&catalog, seen.snapshot.catalog()) {
            return Base { seen, permanent };
        }
        let permanent = permanent.unwrap_or_else(|| seen.clone());
        seen.snapshot = seen.snapshot.read_as(catalog);
        Base { seen, permanent: Some(permanent) }
    }

    /// What a transaction sees, along the search path as it is now.
    pub(super) fn current(&self, transaction: &Transaction) -> Snapshot {
        let catalog = self.path.read(&self.settings, transaction.current.catalog());
        transaction.current.read_as(catalog)
    }

    /// Commits: for everyone what is permanent, for the session what is temporary.
    pub(super) fn commit(&self, transaction: Transaction) -> Result<(), Error> {
        if !transaction.has_temporary() {
            return self.commit_permanent(transaction.without_path());
        }
        let (permanent, kept) = parted(transaction, &self.queries, &self.sequences)?;
        self.commit_permanent(permanent)?;
        self.temporary.keep(kept, &self.sequences);
        Ok(())
    }

    fn commit_permanent(&self, transaction: Transaction) -> Result<(), Error> {
        // Readers never wait for their turn.
        if self.committer.has_nothing_of(&transaction, &self.sequences) {
            return Ok(());
        }
        let (inserted, removed) = transaction.delta.row_counts();
        let is_small = inserted as u64 + removed <= ROWS_SMALL;
        let commit = || self.committer.commit(transaction, &self.queries, &self.sequences);
        if self.keeps_thread && is_small { commit() } else { may_block(commit) }
    }

    /// Says whether small commits keep the thread they are called on. Otherwise, and at first, a thread of an asynchronous runtime
    /// hands the runtime's other work over to another thread before it waits for the disk; that takes time, and gains none
    /// where there is no other work.
    pub fn keep_thread(&mut self, keeps: bool) {
        self.keeps_thread = keeps;
    }

    /// VACUUM, ANALYZE or CHECKPOINT.
    pub(super) fn maintained(
        &self,
        maintenance: &Maintenance,
        catalog: &Catalog,
        mut outcome: Outcome,
    ) -> Result<Outcome, Error> {
        outcome.notices = maintenance.check(catalog)?;
        if maintenance.folds() {
            may_block(|| self.committer.checkpoint())?;
        }
        Ok(outcome)
    }

    /// Drops what was done, and takes back what was set.
    pub(super) fn rolled_back(&self, transaction: Transaction) {
        self.locks.end_transaction();
        self.settings.put_back(transaction.settings);
    }
}
