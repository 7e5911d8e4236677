//! A transaction in progress: a base snapshot and a pending delta. A savepoint is a clone, rollback a drop.

use bowline_core::integrity::Closed;
use bowline_core::rows::{Delta, Snapshot};

use crate::database::Published;
use crate::error::Error;

/// A transaction in progress.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// What it started from.
    pub base: Published,
    /// The base with everything done so far.
    pub current: Snapshot,
    /// Everything done so far.
    pub delta: Delta,
    /// Refuses writes.
    pub read_only: bool,
    /// What `now()` gives in it, in microseconds of UTC.
    pub started: i64,
    savepoints: Vec<Savepoint>,
}

#[derive(Debug)]
struct Savepoint {
    name: String,
    current: Snapshot,
    delta: Delta,
}

impl Transaction {
    /// Starts on what is published.
    pub fn new(base: Published) -> Transaction {
        let current = base.snapshot.clone();
        let started = chrono::Utc::now().timestamp_micros();
        Transaction { base, current, delta: Delta::default(), read_only: false, started, savepoints: Vec::new() }
    }

    /// Takes over what a statement did.
    pub fn absorb(&mut self, closed: Closed) {
        self.delta.extend(closed.delta);
        self.current = closed.after;
    }

    /// `SAVEPOINT name`.
    pub fn save(&mut self, name: &str) {
        let (current, delta) = (self.current.clone(), self.delta.clone());
        self.savepoints.push(Savepoint { name: name.to_owned(), current, delta });
    }

    /// `ROLLBACK TO name`: the savepoint stays. Errors: 3B001.
    pub fn roll_back_to(&mut self, name: &str) -> Result<(), Error> {
        let position = self.find(name)?;
        self.savepoints.truncate(position + 1);
        let savepoint = &self.savepoints[position];
        self.current = savepoint.current.clone();
        self.delta = savepoint.delta.clone();
        Ok(())
    }

    /// `RELEASE name`: it and all later savepoints are forgotten, what was done stays. Errors: 3B001.
    pub fn release(&mut self, name: &str) -> Result<(), Error> {
        let position = self.find(name)?;
        self.savepoints.truncate(position);
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
