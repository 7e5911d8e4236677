//! Repairs a foreign key: makes the delta after which no row violates it.
//!
//! ```text
//!   orphans ──method──▶ explicit delta ──close, over the catalog with the chain──▶ delta ──▶ full check of the key
//!   (full check)        delete, set,                 │                               │
//!                       insert                       └─▶ trace                       └─▶ quarantine: rows kept beside
//! ```
//!
//! What references a repaired row follows by its own rule, in `close` as ever. The *chain* is what no rule helps: rows that
//! would be left behind as orphans themselves. See the module `chain` for which they are; they are repaired by the same method.
//! Invariant: a repair leaves no orphan of its key, or is refused and changes nothing.
//! Cost: two full checks of the key, and those of `close`.

mod chain;
mod error;
mod explicit;
mod quarantine;
mod request;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::check::check_foreign_key;
use super::close::{Closed, close};
use super::{ConstraintModes, Judge, Trace};
use crate::catalog::{ConstraintId, RelationName, Table};
use crate::rows::{Delta, Snapshot, TableDelta};

pub use error::{RepairError, Unfit};
pub use request::{CompleteRows, RepairMethod, RepairRequest};

/// A repair, ready to be applied.
#[derive(Debug)]
pub struct Repair {
    /// The change, and what it does through which constraint.
    pub closed: Closed,
    /// What is done to each table, the referencing table first, then by name.
    pub steps: Vec<RepairStep>,
    /// Keys whose rule would have held the repair up: the rows behind them are repaired by the same method.
    pub chain: BTreeSet<ConstraintId>,
    /// Tables whose rows were moved, each with the table they are in now.
    pub quarantines: Vec<(RelationName, RelationName)>,
}

/// What a repair does to one table.
#[derive(Debug, Clone)]
pub struct RepairStep {
    /// The table.
    pub table: Arc<Table>,
    /// What is done.
    pub action: RepairAction,
    /// To how many rows.
    pub row_count: u64,
}

/// What is done to a row by a repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RepairAction {
    /// It is deleted.
    Deleted,
    /// It is moved to the side table.
    Quarantined,
    /// It is changed.
    Updated,
    /// It is new.
    Inserted,
}

/// Plans the repair of a foreign key. `base` stays as it is.
///
/// Errors: [`RepairError::Refused`] where a constraint holds it up, [`RepairError::Unfit`] where the method cannot do it,
/// [`RepairError::Rows`] if rows cannot be read.
pub fn plan_repair(base: &Snapshot, request: &RepairRequest, judge: &dyn Judge) -> Result<Repair, RepairError> {
    let orphans = check_foreign_key(base, request.foreign_key, judge)?;
    if orphans.is_empty() {
        let closed =
            Closed { delta: Delta::default(), after: base.clone(), trace: Trace::default(), put_off: BTreeSet::new() };
        return Ok(Repair { closed, steps: Vec::new(), chain: BTreeSet::new(), quarantines: Vec::new() });
    }
    let stated = explicit::delta(base, request, &orphans, judge)?;
    let (catalog, chain) = chain::catalog(base.catalog(), request.foreign_key, request.method);
    let chained = base.apply(&Delta { catalog: Some(Arc::new(catalog)), ..Delta::default() })?;
    let mut closed = close(&chained, stated, &ConstraintModes::immediate(), judge)?;
    // The catalog with the chain has done its service: only rows change.
    closed.after = base.apply(&closed.delta)?;
    let steps = steps(base, request, &closed.delta);
    let quarantines = match request.method {
        RepairMethod::Quarantine => quarantine::keep(base, request, &orphans, &mut closed, judge)?,
        _ => Vec::new(),
    };
    let remaining = check_foreign_key(&closed.after, request.foreign_key, judge)?;
    match remaining.is_empty() {
        true => Ok(Repair { closed, steps, chain, quarantines }),
        false => Err(explicit::remaining(&closed.after, request, &remaining)?.into()),
    }
}

/// What a closed delta does to each table.
fn steps(base: &Snapshot, request: &RepairRequest, delta: &Delta) -> Vec<RepairStep> {
    let mut steps = Vec::new();
    for (id, changes) in &delta.tables {
        let table = base.catalog().table(*id);
        let gone = match request.method {
            RepairMethod::Quarantine => RepairAction::Quarantined,
            _ => RepairAction::Deleted,
        };
        let (deleted, inserted) = deleted_and_inserted(changes);
        let counts = [
            (gone, deleted),
            (RepairAction::Updated, changes.updates.len() as u64),
            (RepairAction::Inserted, inserted),
        ];
        let done = counts.into_iter().filter(|(_, count)| *count > 0);
        steps.extend(done.map(|(action, row_count)| RepairStep { table: table.clone(), action, row_count }));
    }
    let named = request.foreign_key.table;
    steps.sort_by_key(|step| (step.table.id != named, step.table.relation_name(), step.action));
    steps
}

/// Rows of the base that are gone, and rows that are new; those of updates count among neither.
fn deleted_and_inserted(changes: &TableDelta) -> (u64, u64) {
    let own = changes.first_inserted;
    let (gone, replaced): (Vec<u64>, Vec<u64>) = changes.removed.iter().partition(|row| *row < own);
    let updated = changes.updates.len();
    ((gone.len() - updated) as u64, (changes.inserted_count() - replaced.len() - updated) as u64)
}
