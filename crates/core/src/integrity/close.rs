//! Closes a delta under the referential actions of the catalog, or refuses it with every violation.
//!
//! ```text
//!   base ──apply──▶ stated ──▶ deletions to the fixpoint ──▶ updates to the fixpoint ──▶ closed delta ──▶ checks
//!         explicit            RESTRICT refuses                RESTRICT refuses            NOT NULL, CHECK, keys,
//!         delta                                                                           foreign keys, NO ACTION
//! ```
//!
//! Constraints that are deferred are not judged here but named, for `check_deferred`.
//!
//! Invariant: a closed delta leaves every immediate constraint satisfied, or none of it is applied. Neither the order of
//! rows, nor of constraints, nor of tables matters: all matching looks at the stated snapshot, deletions do not depend on
//! updates, and a column takes one value.
//! Cost: one probe or semi-join per foreign key and round, over the rows touched.
//! Source: ISO/IEC 9075-2, referential constraint definitions.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::actions::Actions;
use super::deletions::delete_to_fixpoint;
use super::delta_check::{self, Scope};
use super::trace::Trace;
use super::updates::update_to_fixpoint;
use super::violation::Violation;
use super::whole_rows::with_generated;
use super::{ConstraintModes, Judge};
use crate::catalog::{ConstraintId, TableId};
use crate::rows::{Delta, NewRows, RowsError, Snapshot, TableDelta, Update};

/// A delta that leaves every immediate constraint satisfied, and what it does.
#[derive(Debug)]
pub struct Closed {
    /// The statement's own changes and those of all actions.
    pub delta: Delta,
    /// The base after it.
    pub after: Snapshot,
    /// What was done through which constraint.
    pub trace: Trace,
    /// Deferred constraints that it touches: to be judged later, over the whole transaction.
    pub put_off: BTreeSet<ConstraintId>,
}

/// A delta that was refused.
#[derive(Debug)]
pub struct Refused {
    /// Every violation, the one to tell first in front.
    pub violations: Vec<Violation>,
    /// What would have been done, and what blocks it.
    pub trace: Trace,
}

/// Why a delta could not be closed.
#[derive(Debug)]
pub enum CloseError {
    /// It violates constraints.
    Refused(Box<Refused>),
    /// Rows could not be read or expressions not be computed.
    Rows(RowsError),
}

/// Closes `delta`, which was made on `base`: widens it by all referential actions and checks the result.
///
/// `modes` says which constraints are deferred now. Referential actions and RESTRICT are never put off.
/// Errors: [`CloseError::Refused`] with all violations, in fixed order; [`CloseError::Rows`] if rows cannot be read.
pub fn close(base: &Snapshot, delta: Delta, modes: &ConstraintModes, judge: &dyn Judge) -> Result<Closed, CloseError> {
    let stated = base.apply(&delta)?;
    let mut actions = Actions::new(base, &stated, &delta, judge);
    delete_to_fixpoint(&mut actions)?;
    update_to_fixpoint(&mut actions)?;
    let mut violations = actions.refusals()?;
    if !violations.is_empty() {
        // Such a statement is refused before its actions run: of what it leaves, its own rows alone can be judged.
        violations.extend(delta_check::check_stated(base, &stated, &delta, modes, judge)?);
    }
    let widened = widen(&actions)?;
    let mut trace = actions.trace;
    let (delta, after) = match widened {
        None => (delta, stated),
        Some(widened) => {
            let after = base.apply(&widened)?;
            (widened, after)
        }
    };
    let mut put_off = BTreeSet::new();
    if violations.is_empty() {
        let scope = Scope::Statement { trace: &mut trace, modes, put_off: &mut put_off };
        violations = delta_check::check_delta(base, &after, &delta, judge, scope)?;
    }
    if violations.is_empty() {
        return Ok(Closed { delta, after, trace, put_off });
    }
    violations.sort_by(Violation::order);
    Err(CloseError::Refused(Box::new(Refused { violations, trace })))
}

/// The explicit delta with what the actions do; `None` if they do nothing.
fn widen(actions: &Actions) -> Result<Option<Delta>, RowsError> {
    if actions.deleted.is_empty() && actions.writes.is_empty() {
        return Ok(None);
    }
    let mut delta = actions.explicit.clone();
    for (id, deleted) in &actions.deleted {
        let changes = entry(&mut delta.tables, actions.base, *id);
        // An updated row that an action deletes is a deleted row.
        changes.updates.retain(|update| !deleted.contains(update.after));
        changes.removed |= deleted;
    }
    for (id, writes) in &actions.writes {
        let table = actions.catalog.table(*id);
        let mut rows = writes.rows();
        rows.retain(|row| !actions.is_deleted(*id, *row));
        if rows.is_empty() {
            continue;
        }
        actions.judge.go_on()?;
        let arrays = writes.fetch(actions.stated.rows(*id), table, &rows, &table.column_ids())?;
        let batch = with_generated(actions.judge, table, arrays, rows.len())?;
        replace(entry(&mut delta.tables, actions.base, *id), &rows, NewRows::whole(table, batch));
    }
    Ok(Some(delta))
}

/// Replaces rows by their after images, keeping the links of updates from the first image to the last.
fn replace(changes: &mut TableDelta, rows: &[u64], images: NewRows) {
    let first = changes.insert(images);
    let mut after: HashMap<u64, u64> = rows.iter().copied().zip(first..).collect();
    for update in &mut changes.updates {
        if let Some(last) = after.remove(&update.after) {
            update.after = last;
        }
    }
    let own = changes.first_inserted;
    let mut updates: Vec<Update> = after.into_iter().map(|(before, after)| Update { before, after }).collect();
    updates.retain(|update| update.before < own);
    updates.sort_by_key(|update| update.after);
    changes.updates.extend(updates);
    changes.removed.extend(rows.iter().copied());
}

fn entry<'d>(tables: &'d mut BTreeMap<TableId, TableDelta>, base: &Snapshot, id: TableId) -> &'d mut TableDelta {
    tables.entry(id).or_insert_with(|| TableDelta::new(base.rows(id).next_row()))
}

impl From<RowsError> for CloseError {
    fn from(error: RowsError) -> Self {
        CloseError::Rows(error)
    }
}
