//! A database: what is published, and the one place where transactions commit.
//!
//! ```text
//!   session ── transaction (base, delta) ──▶ commit:  newest == base?  ──yes──▶ append to the log ──▶ publish
//!                                                          │no
//!                                                          └──▶ move onto newest, judge again ──▶ 40001 or append
//! ```
//!
//! Constraints that the transaction deferred are judged first, over its whole delta.
//!
//! Readers take the published snapshot and never wait. Commits take a short lock, one after the other.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bowline_core::integrity::check_rebased;
use bowline_core::rows::{Delta, Snapshot};
use bowline_store::{Commit, Recovered, Store};
use parking_lot::{Mutex, RwLock};

use crate::declaration::unjudged_table;
use crate::error::Error;
use crate::expressions::Expressions;
use crate::query::QueryEngine;
use crate::sequences::{Sequences, SessionSequences};
use crate::session::Session;
use crate::transaction::Transaction;

/// A database, open in this process. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Database {
    shared: Arc<Shared>,
}

/// What all sessions share.
pub(crate) struct Shared {
    published: RwLock<Published>,
    store: Mutex<Store>,
    pub sequences: Arc<Sequences>,
}

/// A snapshot, and the number of commits behind it.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    pub snapshot: Snapshot,
    pub version: u64,
}

impl Database {
    /// Opens the database in a directory; makes one where the directory is missing or empty.
    ///
    /// Errors: the directory holds something else, a newer format or damaged files (each named), or is open in another
    /// process.
    pub fn open(path: impl AsRef<Path>) -> Result<Database, Error> {
        let (store, recovered) = Store::open(path.as_ref())?;
        Ok(Database::recovered(store, recovered))
    }

    /// A database that lives as long as this value and its sessions.
    pub fn in_memory() -> Result<Database, Error> {
        let (store, recovered) = Store::in_memory()?;
        Ok(Database::recovered(store, recovered))
    }

    /// A new session. Sessions of one database may be used from different threads at once.
    pub fn session(&self) -> Session {
        Session::new(self.shared.clone())
    }

    /// The newest committed snapshot.
    pub fn snapshot(&self) -> Snapshot {
        self.shared.published().snapshot
    }

    fn recovered(store: Store, recovered: Recovered) -> Database {
        let published = Published { snapshot: recovered.snapshot, version: recovered.version };
        let sequences = Arc::new(Sequences::new(recovered.sequences));
        let shared = Shared { published: RwLock::new(published), store: Mutex::new(store), sequences };
        Database { shared: Arc::new(shared) }
    }
}

impl Shared {
    /// What is published now.
    pub fn published(&self) -> Published {
        self.published.read().clone()
    }

    /// Commits a transaction: durable and published when this returns.
    ///
    /// Errors: those of deferred constraints that are violated; 40001 if what others committed since its start does not go
    /// with it; whatever the store says.
    pub fn commit(
        &self,
        transaction: Transaction,
        queries: &QueryEngine,
        session: &SessionSequences,
    ) -> Result<(), Error> {
        // Readers never wait for the lock.
        if transaction.delta.is_empty() && transaction.sequences.is_empty() && !self.sequences.have_moved() {
            return Ok(());
        }
        // Judged before the lock is taken: it takes as long as the transaction is large.
        let deferred = transaction.violations_of(&transaction.put_off, queries, session)?;
        let refused = || Error::violated_when_deferred(&deferred, "until COMMIT");
        let store = self.store.lock();
        let newest = self.published();
        let Transaction { base, current, delta, sequences: own, .. } = transaction;
        let (delta, after) = if delta.is_empty() || newest.version == base.version {
            if !deferred.is_empty() {
                return Err(refused());
            }
            (delta, current)
        } else {
            // What others committed may have mended a violation. If not, it is told rather than a conflict.
            let moved = self.moved_onto(&newest.snapshot, &base.snapshot, delta, (queries, session));
            moved.map_err(|conflict| if deferred.is_empty() { conflict } else { refused() })?
        };
        let mut sequences = self.sequences.take_moved();
        sequences.extend(own.states());
        if delta.is_empty() && sequences.is_empty() {
            return Ok(());
        }
        store.commit(&Commit { base: &newest.snapshot, delta: &delta, sequences: &sequences })?;
        self.sequences.publish(&own);
        let snapshot = if delta.is_empty() { newest.snapshot } else { after };
        *self.published.write() = Published { snapshot: snapshot.clone(), version: newest.version + 1 };
        if store.wants_checkpoint() {
            // The commit is durable whether or not the log gets shorter; the next commit tries again.
            let _ = store.checkpoint(&snapshot, &self.sequences.all());
        }
        Ok(())
    }

    /// Moves a delta made on `base` onto `newest` and judges it there.
    fn moved_onto(
        &self,
        newest: &Snapshot,
        base: &Snapshot,
        delta: Delta,
        (queries, session): (&QueryEngine, &SessionSequences),
    ) -> Result<(Delta, Snapshot), Error> {
        if !Arc::ptr_eq(newest.catalog(), base.catalog()) {
            return Err(conflict("The schema was changed by another transaction."));
        }
        if let Some(declared) = &delta.catalog
            && let Some(table) = unjudged_table(base, newest, declared)
        {
            let name = &newest.catalog().table(table).name;
            return Err(conflict(format!("Rows of \"{name}\" were changed by another transaction.")));
        }
        let moved = Delta {
            catalog: delta.catalog,
            tables: delta
                .tables
                .into_iter()
                .map(|(id, changes)| {
                    if newest.catalog().find_table(id).is_none() {
                        // A table of the transaction's own making.
                        return Ok((id, changes));
                    }
                    let rows = newest.rows(id);
                    let own = changes.first_inserted;
                    if changes.removed.iter().take_while(|row| *row < own).any(|row| !rows.is_live(row)) {
                        let table = newest.catalog().table(id);
                        return Err(conflict(format!(
                            "A row of \"{}\" was changed by another transaction.",
                            table.name
                        )));
                    }
                    Ok((id, changes.renumbered(rows.next_row())))
                })
                .collect::<Result<BTreeMap<_, _>, Error>>()?,
        };
        let after = newest.apply(&moved)?;
        let judge = Expressions::new(queries, &after, session);
        let violations = check_rebased(newest, &after, &moved, &judge)?;
        match violations.is_empty() {
            true => Ok((moved, after)),
            false => {
                let violated = Error::violated(&violations);
                let mut error = conflict(format!("With what it committed: {}.", violated.message));
                error.constraint.clone_from(&violated.constraint);
                error.table.clone_from(&violated.table);
                Err(error)
            }
        }
    }
}

fn conflict(detail: impl Into<String>) -> Error {
    Error::new("40001", "could not serialize access due to concurrent update")
        .with_detail(detail)
        .with_hint("Run the transaction again.")
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("published", &self.published.read().version).finish_non_exhaustive()
    }
}
