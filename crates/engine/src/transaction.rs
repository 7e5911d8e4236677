//! A transaction in progress: a base snapshot and a pending delta. A savepoint is a clone, rollback a drop.
//!
//! What deferred constraints have to judge is not recorded: it is the delta itself. Only the names of the constraints that
//! statements put off are kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline_core::catalog::{Catalog, ConstraintId};
use bowline_core::integrity::{Closed, ConstraintMode, ConstraintModes, Violation, check_deferred};
use bowline_core::rows::{Delta, Snapshot};

use crate::error::Error;
use crate::expressions::Expressions;
use crate::query::QueryEngine;
use crate::sequences::{OwnSequences, SessionSequences};
use crate::settings::Settings;
use crate::sql::SetConstraints;

/// A snapshot, and the number of commits behind it.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    pub snapshot: Snapshot,
    pub version: u64,
}

/// What a transaction starts from.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    /// What its statements see.
    pub seen: Published,
    /// The same without the session's temporary objects and its search path, where it has any.
    pub permanent: Option<Published>,
}

/// A transaction in progress.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// What it started from.
    pub base: Published,
    /// The same without the session's temporary objects and its search path, where it has any.
    pub permanent: Option<Published>,
    /// The base with everything done so far.
    pub current: Snapshot,
    /// Everything done so far.
    pub delta: Delta,
    /// Which constraints are deferred now.
    pub modes: ConstraintModes,
    /// Constraints that statements put off and that nobody has judged since.
    pub put_off: BTreeSet<ConstraintId>,
    /// Sequences it made or restarted.
    pub sequences: OwnSequences,
    /// Refuses writes.
    pub read_only: bool,
    /// Something other than settings was asked for in it.
    pub has_read: bool,
    /// What `now()` gives in it, in microseconds of UTC.
    pub started: i64,
    /// Started without BEGIN, for several statements that were sent together; it ends with the last of them.
    pub implicit: bool,
    /// Of more than one statement.
    pub is_block: bool,
    /// The session's settings as they were when it started.
    pub settings: Settings,
    /// How many savepoints were set in it, those that are gone included.
    pub savepoints_set: u64,
    /// How many were when the savepoint was set that it went back to last, until somebody takes note.
    pub went_back_to: Option<u64>,
    savepoints: Vec<Savepoint>,
}

#[derive(Debug)]
struct Savepoint {
    name: String,
    /// Which of its transaction's it is, counted from 1.
    number: u64,
    current: Snapshot,
    delta: Delta,
    modes: ConstraintModes,
    put_off: BTreeSet<ConstraintId>,
    sequences: OwnSequences,
    read_only: bool,
    settings: Settings,
}

/// The time of the system's clock, in microseconds of UTC.
pub(crate) fn now() -> i64 {
    chrono::Utc::now().timestamp_micros()
}

impl Transaction {
    /// Starts on what its session sees.
    pub fn new(base: Base) -> Transaction {
        let Base { seen: base, permanent } = base;
        let current = base.snapshot.clone();
        Transaction {
            base,
            permanent,
            current,
            delta: Delta::default(),
            modes: ConstraintModes::default(),
            put_off: BTreeSet::new(),
            sequences: OwnSequences::default(),
            read_only: false,
            has_read: false,
            started: now(),
            implicit: false,
            is_block: false,
            settings: Settings::default(),
            savepoints_set: 0,
            went_back_to: None,
            savepoints: Vec::new(),
        }
    }

    /// For one statement that commits by itself: nothing is put off.
    pub fn of_statement(base: Base) -> Transaction {
        Transaction { modes: ConstraintModes::immediate(), ..Transaction::new(base) }
    }

    /// Whether it starts from or ends with temporary objects.
    pub fn has_temporary(&self) -> bool {
        [&self.base.snapshot, &self.current].into_iter().any(|snapshot| snapshot.catalog().has_temporary())
    }

    /// Reads on along another path: the session's `search_path` was set.
    pub fn read_along(&mut self, catalog: Arc<Catalog>) {
        if Arc::ptr_eq(&catalog, self.current.catalog()) {
            return;
        }
        if let Some(declared) = &mut self.delta.catalog {
            *declared = catalog.clone();
        }
        self.current = self.current.read_as(catalog);
    }

    /// The transaction as it is for everyone: of the session's search path nothing is left in it. It has no temporary objects.
    pub fn without_path(mut self) -> Transaction {
        let Some(base) = self.permanent.take().or_else(|| self.reads_along_path().then(|| self.base.clone())) else {
            return self;
        };
        let declared = self.delta.catalog.take().map(|catalog| Arc::new(catalog.permanent_part()));
        let catalog = declared.clone().unwrap_or_else(|| base.snapshot.catalog().clone());
        self.delta.catalog = declared;
        self.current = self.current.read_as(catalog);
        self.base = base;
        self
    }

    fn reads_along_path(&self) -> bool {
        !self.current.catalog().path().is_default()
    }

    /// What violates these constraints in everything done so far.
    pub fn violations_of(
        &self,
        constraints: &BTreeSet<ConstraintId>,
        queries: &QueryEngine,
        sequences: &SessionSequences,
    ) -> Result<Vec<Violation>, Error> {
        if constraints.is_empty() {
            return Ok(Vec::new());
        }
        let judge = Expressions::new(queries, &self.current, sequences);
        Ok(check_deferred(&self.base.snapshot, &self.current, &self.delta, constraints, &judge)?)
    }

    /// `SET CONSTRAINTS`. What becomes immediate is judged at once, and no mode is changed if that fails.
    ///
    /// Errors: constraints that are not there or not deferrable; those of constraints that are violated.
    pub fn set_constraints(
        &mut self,
        set: &SetConstraints,
        queries: &QueryEngine,
        sequences: &SessionSequences,
    ) -> Result<(), Error> {
        let chosen = set.constraints(self.current.catalog())?;
        if set.mode == ConstraintMode::Immediate {
            let due: BTreeSet<ConstraintId> = match &chosen {
                None => self.put_off.clone(),
                Some(chosen) => self.put_off.intersection(chosen).copied().collect(),
            };
            let violations = self.violations_of(&due, queries, sequences)?;
            if !violations.is_empty() {
                return Err(Error::violated_when_deferred(&violations, "until SET CONSTRAINTS"));
            }
            self.put_off.retain(|constraint| !due.contains(constraint));
        }
        match chosen {
            None => self.modes.set_all(set.mode),
            Some(chosen) => chosen.into_iter().for_each(|constraint| self.modes.set(constraint, set.mode)),
        }
        Ok(())
    }

    /// Takes over what a statement did.
    pub fn absorb(&mut self, closed: Closed) {
        self.delta.extend(closed.delta);
        self.current = closed.after;
        self.put_off.extend(closed.put_off);
    }

    /// `SAVEPOINT name`, with the session's settings at it.
    pub fn save(&mut self, name: &str, settings: Settings) {
        self.savepoints_set += 1;
        self.savepoints.push(Savepoint {
            number: self.savepoints_set,
            name: name.to_owned(),
            current: self.current.clone(),
            delta: self.delta.clone(),
            modes: self.modes.clone(),
            put_off: self.put_off.clone(),
            sequences: self.sequences.clone(),
            read_only: self.read_only,
            settings,
        });
    }

    /// `ROLLBACK TO name`: the savepoint stays. Returns the settings at it. Errors: 3B001.
    pub fn roll_back_to(&mut self, name: &str) -> Result<Settings, Error> {
        let position = self.find(name)?;
        self.savepoints.truncate(position + 1);
        let savepoint = &self.savepoints[position];
        self.went_back_to = Some(savepoint.number);
        self.current = savepoint.current.clone();
        self.delta = savepoint.delta.clone();
        self.modes = savepoint.modes.clone();
        self.put_off = savepoint.put_off.clone();
        self.read_only = savepoint.read_only;
        self.sequences.roll_back_to(&savepoint.sequences, savepoint.current.catalog());
        Ok(savepoint.settings.clone())
    }

    /// `RELEASE name`: it and all later savepoints are forgotten, what was done stays; what `SET TRANSACTION READ ONLY` said since ends.
    /// Errors: 3B001.
    pub fn release(&mut self, name: &str) -> Result<(), Error> {
        let position = self.find(name)?;
        self.read_only = self.savepoints[position].read_only;
        self.savepoints.truncate(position);
        Ok(())
    }

    /// `SET TRANSACTION READ ONLY`, or `READ WRITE`. Errors: 25001 where writes were refused before, and something was read or a savepoint set.
    pub fn set_read_only(&mut self, read_only: bool) -> Result<(), Error> {
        if self.read_only && !read_only {
            let message = match (self.savepoints.is_empty(), self.has_read) {
                (false, _) => "cannot set transaction read-write mode inside a read-only transaction",
                (true, true) => "transaction read-write mode must be set before any query",
                (true, false) => "",
            };
            if !message.is_empty() {
                return Err(Error::new("25001", message).with_hint("Write in a transaction of its own."));
            }
        }
        self.read_only = read_only;
        Ok(())
    }

    fn find(&self, name: &str) -> Result<usize, Error> {
        let position = self.savepoints.iter().rposition(|savepoint| savepoint.name == name);
        position.ok_or_else(|| {
            let known: Vec<_> = self.savepoints.iter().map(|savepoint| savepoint.name.as_str()).collect();
            let error = Error::new("3B001", format!("savepoint \"{name}\" does not exist"));
            match known.len() {
                0 => error.with_hint("Set one first: SAVEPOINT name."),
                _ => error.with_hint(format!("There are: {}.", known.join(", "))),
            }
        })
    }
}
