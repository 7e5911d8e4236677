//! The one place where transactions commit.
//!
//! ```text
//!   session ── transaction (base, delta) ──▶ commit:  newest == base?  ──yes──▶ append to the log ──▶ publish
//!                                                          │no
//!                                                          └──▶ move onto newest, judge again ──▶ 40001 or append
//! ```
//!
//! Constraints that the transaction deferred are judged first, over its whole delta.
//!
//! Readers take the published snapshot and never wait. Commits take turns ([`crate::turns`]). Those that arrive while another is written
//! to the log wait together, and are then written together: one fsync for all of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bowline_core::catalog::SequenceId;
use bowline_core::integrity::{Violation, check_rebased};
use bowline_core::rows::{Delta, Snapshot};
use bowline_store::{Commit, Recovered, SequenceState, Store};
use parking_lot::{Mutex, RwLock};

use crate::advisory::AdvisoryLocks;
use crate::declaration::unjudged_table;
use crate::error::Error;
use crate::expressions::Expressions;
use crate::patience::Patience;
use crate::query::QueryEngine;
use crate::runtime::may_block;
use crate::sequences::{OwnSequences, Sequences, SessionSequences};
use crate::transaction::{Published, Transaction};
use crate::turns::{Turns, Verdict};

/// What is published, and whose turn it is to commit. All sessions of a database share it.
pub(crate) struct Committer {
    published: RwLock<Published>,
    store: Mutex<Store>,
    pub sequences: Arc<Sequences>,
    pub advisory: Arc<AdvisoryLocks>,
    /// For statements that conflict again and again.
    pub patience: Patience,
    counters: Counters,
    /// Transactions that wait to be committed.
    turns: Turns<Waiting>,
}

/// A transaction to be committed.
struct Waiting {
    transaction: Transaction,
    /// What violates the constraints it deferred.
    deferred: Vec<Violation>,
}

/// A transaction that goes with all before it, not yet durable.
struct Accepted {
    base: Snapshot,
    delta: Delta,
    sequences: BTreeMap<SequenceId, SequenceState>,
    own: OwnSequences,
    verdict: Verdict,
}

/// A transaction that goes with those before it.
struct Judged {
    delta: Delta,
    after: Snapshot,
    /// The sequences that move with it.
    own: OwnSequences,
}

impl Accepted {
    fn commit(&self) -> Commit<'_> {
        Commit { base: &self.base, delta: &self.delta, sequences: &self.sequences }
    }
}

/// What has been done since the database was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Commits made durable.
    pub commits: u64,
    /// Commits that did not go with those of others; an autocommit statement is then run again.
    pub conflicts: u64,
    /// Rows that referential actions deleted or updated.
    pub cascaded_rows: u64,
}

#[derive(Debug, Default)]
struct Counters {
    commits: AtomicU64,
    conflicts: AtomicU64,
    cascaded_rows: AtomicU64,
}

impl Committer {
    /// What was found on opening is published first.
    pub fn new(store: Store, recovered: Recovered) -> Committer {
        Committer {
            published: RwLock::new(Published { snapshot: recovered.snapshot, version: recovered.version }),
            store: Mutex::new(store),
            sequences: Arc::new(Sequences::new(recovered.sequences)),
            advisory: Arc::default(),
            patience: Patience::default(),
            counters: Counters::default(),
            turns: Turns::default(),
        }
    }

    /// What has been done since.
    pub fn counts(&self) -> Counts {
        Counts {
            commits: self.counters.commits.load(Ordering::Relaxed),
            conflicts: self.counters.conflicts.load(Ordering::Relaxed),
            cascaded_rows: self.counters.cascaded_rows.load(Ordering::Relaxed),
        }
    }

    /// What is published now.
    pub fn published(&self) -> Published {
        self.published.read().clone()
    }

    /// Rows that referential actions of a statement touched are counted.
    pub fn count_cascaded(&self, rows: u64) {
        if rows > 0 {
            self.counters.cascaded_rows.fetch_add(rows, Ordering::Relaxed);
        }
    }

    /// Whether a transaction changed nothing, and its session moved no sequence, so that it need not be committed.
    pub fn has_nothing_of(&self, transaction: &Transaction, session: &SessionSequences) -> bool {
        transaction.delta.is_empty() && transaction.sequences.is_empty() && !session.have_moved()
    }

    /// Commits a transaction: durable and published when this returns. It may wait: for its turn, and for the disk.
    ///
    /// Errors: those of deferred constraints that are violated; 40001 if what others committed since its start does not go
    /// with it; whatever the store says.
    pub fn commit(
        &self,
        transaction: Transaction,
        queries: &QueryEngine,
        session: &SessionSequences,
    ) -> Result<(), Error> {
        let committed = self.try_commit(transaction, queries, session);
        match &committed {
            Ok(()) => session.saved(),
            Err(error) if error.sqlstate == "40001" => drop(self.counters.conflicts.fetch_add(1, Ordering::Relaxed)),
            Err(_) => {}
        }
        committed
    }

    /// Waits for its turn; whoever gets it commits for all that wait.
    fn try_commit(
        &self,
        transaction: Transaction,
        queries: &QueryEngine,
        session: &SessionSequences,
    ) -> Result<(), Error> {
        // Judged before the turn is taken: it takes as long as the transaction is large.
        let deferred = transaction.violations_of(&transaction.put_off, queries, session)?;
        let commit = |batch| self.commit_batch(&self.store.lock(), batch, (queries, session));
        self.turns.wait(Waiting { transaction, deferred }, commit)
    }

    /// Commits transactions one after the other with one write to the log, and tells each how it went.
    fn commit_batch(&self, store: &Store, batch: Vec<(Waiting, Verdict)>, judge: (&QueryEngine, &SessionSequences)) {
        let mut newest = self.published();
        let mut accepted: Vec<Accepted> = Vec::with_capacity(batch.len());
        // Those with nothing of their own: the sequences they moved may go with one before them.
        let mut idle: Vec<Verdict> = Vec::new();
        self.sequences.begin_saving();
        for (Waiting { transaction, deferred }, verdict) in batch {
            match self.judged(&newest, transaction, &deferred, judge) {
                Err(error) => verdict.give(Err(error)),
                Ok(Judged { delta, after, own }) => {
                    let mut sequences = self.sequences.take_moved();
                    sequences.extend(own.states());
                    if delta.is_empty() && sequences.is_empty() {
                        idle.push(verdict);
                        continue;
                    }
                    let after = if delta.is_empty() { newest.snapshot.clone() } else { after };
                    let base = std::mem::replace(&mut newest.snapshot, after);
                    newest.version += 1;
                    accepted.push(Accepted { base, delta, sequences, own, verdict });
                }
            }
        }
        if accepted.is_empty() {
            idle.into_iter().for_each(|verdict| verdict.give(Ok(())));
            return;
        }
        let written = store.commit_all(&accepted.iter().map(Accepted::commit).collect::<Vec<_>>());
        if let Err(error) = &written {
            let verdicts = accepted.into_iter().map(|done| done.verdict).chain(idle);
            verdicts.for_each(|verdict| verdict.give(Err(Error::from(error))));
            return;
        }
        self.sequences.saved();
        idle.into_iter().for_each(|verdict| verdict.give(Ok(())));
        self.counters.commits.fetch_add(accepted.len() as u64, Ordering::Relaxed);
        accepted.iter().for_each(|done| self.sequences.publish(&done.own));
        if accepted.iter().any(|done| done.delta.catalog.is_some()) {
            self.sequences.forget_dropped(newest.snapshot.catalog());
        }
        let snapshot = newest.snapshot.clone();
        *self.published.write() = newest;
        accepted.into_iter().for_each(|done| done.verdict.give(Ok(())));
        if store.wants_checkpoint() {
            // The commit is durable whether or not the log gets shorter; the next commit tries again.
            let _ = may_block(|| store.checkpoint(&snapshot, &self.sequences.all()));
        }
    }

    /// Folds the log into a new state. Errors: whatever the store says.
    pub fn checkpoint(&self) -> Result<(), Error> {
        let store = self.store.lock();
        let published = self.published();
        store.checkpoint(&published.snapshot, &self.sequences.all()).map_err(|error| Error::from(&error))
    }

    /// The transaction's delta on top of `newest`, and what comes of it. Errors: 40001; those of deferred constraints.
    fn judged(
        &self,
        newest: &Published,
        transaction: Transaction,
        deferred: &[Violation],
        (queries, session): (&QueryEngine, &SessionSequences),
    ) -> Result<Judged, Error> {
        let refused = || Error::violated_when_deferred(deferred, "until COMMIT");
        let Transaction { base, current: after, delta, started, sequences: own, .. } = transaction;
        if delta.is_empty() || newest.version == base.version {
            return if deferred.is_empty() { Ok(Judged { delta, after, own }) } else { Err(refused()) };
        }
        // It may be another session's, whose checks see its own time.
        queries.set_time(Some(started));
        // What others committed may have mended a violation. If not, it is told rather than a conflict.
        let moved = self.moved_onto(&newest.snapshot, &base.snapshot, delta, (queries, session));
        let (delta, after) = moved.map_err(|conflict| if deferred.is_empty() { conflict } else { refused() })?;
        Ok(Judged { delta, after, own })
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

impl std::fmt::Debug for Committer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Committer").field("published", &self.published.read().version).finish_non_exhaustive()
    }
}
