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
mod explicit;
mod quarantine;

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::ArrayRef;

use super::check::check_foreign_key;
use super::close::{CloseError, Closed, Refused, close};
use super::{ConstraintModes, Judge, Trace};
use crate::catalog::{ColumnId, ConstraintId, ForeignKey, RelationName, SqlType, Table};
use crate::rows::{Delta, RowsError, Snapshot, TableDelta};

/// What is done about orphans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RepairMethod {
    /// They are deleted.
    Delete,
    /// Their referencing columns become NULL.
    SetNull,
    /// Their referencing columns become their defaults.
    SetDefault,
    /// They are moved to a side table.
    Quarantine,
    /// The keys they miss are inserted into the referenced table.
    InsertParent,
}

/// Completes new rows of a table: `given` columns, of any type that can be assigned, `count` values each; the others get
/// their defaults. Returns all columns in order.
pub type CompleteRows<'a> = &'a dyn Fn(&Table, Vec<(ColumnId, ArrayRef)>, usize) -> Result<Vec<ArrayRef>, RowsError>;

/// A repair that is asked for.
pub struct RepairRequest<'a> {
    /// The key to repair; a foreign key of the snapshot's catalog.
    pub foreign_key: &'a Arc<ForeignKey>,
    /// How.
    pub method: RepairMethod,
    /// When, in microseconds of UTC: noted with quarantined rows.
    pub now: i64,
    /// Fills the columns that nothing is known about.
    pub complete: CompleteRows<'a>,
}

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

/// Why a repair is refused.
#[derive(Debug)]
pub enum RepairError {
    /// Constraints would be violated.
    Refused(Box<Refused>),
    /// The method does not fit the key.
    Unfit(Unfit),
    /// Rows could not be read or expressions not be computed.
    Rows(RowsError),
}

/// How a method does not fit a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// SET NULL, and these columns refuse NULL.
    NotNull(Vec<String>),
    /// These columns are generated: nothing can be set in them, or inserted.
    Generated(Vec<String>),
    /// SET DEFAULT, and none of these columns has a default.
    NoDefault(Vec<String>),
    /// A new referenced row needs values in these columns that nobody knows.
    ParentNeeds(Vec<String>),
    /// The name of the side table is taken by something else.
    NameTaken(RelationName),
    /// The side table lacks a column of this name and type.
    SideColumn(RelationName, String, SqlType),
    /// The table has a column with the name of one of the side table's own.
    OwnColumn(String),
    /// So many rows would violate the key even then.
    Remaining(u64),
    /// A new referenced row needs values that so many rows do not tell: they are NULL in these referencing columns.
    PartlyNull(Vec<String>, u64),
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

impl From<RowsError> for RepairError {
    fn from(error: RowsError) -> Self {
        RepairError::Rows(error)
    }
}

impl From<CloseError> for RepairError {
    fn from(error: CloseError) -> Self {
        match error {
            CloseError::Refused(refused) => RepairError::Refused(refused),
            CloseError::Rows(error) => RepairError::Rows(error),
        }
    }
}

impl From<arrow::error::ArrowError> for RepairError {
    fn from(error: arrow::error::ArrowError) -> Self {
        RepairError::Rows(error.into())
    }
}
