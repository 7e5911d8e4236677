//! Judges a delta on sets, at the end: what it inserts and changes, and what it leaves behind.
//!
//! A deferred constraint is judged in the same way, over the delta of the whole transaction: the set of keys to look at again
//! is that delta. What was mended since is no violation then, and what another statement broke is found.
//!
//! Only rows the delta touches are looked at, with one probe or semi-join for each constraint concerned.

mod partial;
mod references;
mod row_rules;
mod scope;
mod touched;
mod uniqueness;

use std::collections::BTreeSet;

use super::trace::Trace;
use super::violation::Violation;
use super::{ConstraintModes, Judge};
use crate::catalog::ConstraintId;
use crate::rows::{Delta, RowsError, Snapshot};
use touched::Touched;

pub use row_rules::check_proposed;
pub(super) use scope::Scope;

/// All violations of a delta that leads from `base` to `after`.
pub(super) fn check_delta(
    base: &Snapshot,
    after: &Snapshot,
    delta: &Delta,
    judge: &dyn Judge,
    mut scope: Scope,
) -> Result<Vec<Violation>, RowsError> {
    let mut violations = Vec::new();
    for (id, changes) in &delta.tables {
        let Some(table) = after.catalog().find_table(*id) else { continue };
        let touched = Touched::new(base, after, table, changes, judge);
        if !touched.inserted.is_empty() {
            check_rows(&touched, judge, &mut scope, &mut violations)?;
            references::check_referencing(&touched, &mut scope, &mut violations)?;
        }
        references::check_referenced(&touched, delta, &mut scope, &mut violations)?;
    }
    Ok(violations)
}

/// What the rows that a statement itself inserts and changes break by themselves: NOT NULL, CHECK and keys. `stated`: the base as the
/// statement leaves it before any action.
pub(super) fn check_stated(
    base: &Snapshot,
    stated: &Snapshot,
    delta: &Delta,
    modes: &ConstraintModes,
    judge: &dyn Judge,
) -> Result<Vec<Violation>, RowsError> {
    let (mut trace, mut put_off) = (Trace::default(), BTreeSet::new());
    let mut scope = Scope::Statement { trace: &mut trace, modes, put_off: &mut put_off };
    let mut violations = Vec::new();
    for (id, changes) in &delta.tables {
        let Some(table) = stated.catalog().find_table(*id).filter(|_| !changes.inserted.is_empty()) else { continue };
        let touched = Touched::new(base, stated, table, changes, judge);
        check_rows(&touched, judge, &mut scope, &mut violations)?;
    }
    Ok(violations)
}

/// Judges a delta that was closed on an older snapshot against a newer one it has been moved onto. Referencing rows that
/// came in between count, whatever the rule: an action cannot have reached them.
pub fn check_rebased(
    newest: &Snapshot,
    after: &Snapshot,
    delta: &Delta,
    judge: &dyn Judge,
) -> Result<Vec<Violation>, RowsError> {
    let mut violations = check_delta(newest, after, delta, judge, Scope::Rebased)?;
    violations.sort_by(Violation::order);
    Ok(violations)
}

/// Judges a transaction's whole delta, which leads from `base` to `after`, by constraints that its statements put off.
///
/// Returns the violations in fixed order. NOT NULL and CHECK were judged by the statements.
pub fn check_deferred(
    base: &Snapshot,
    after: &Snapshot,
    delta: &Delta,
    constraints: &BTreeSet<ConstraintId>,
    judge: &dyn Judge,
) -> Result<Vec<Violation>, RowsError> {
    let mut violations = check_delta(base, after, delta, judge, Scope::Deferred(constraints))?;
    violations.sort_by(Violation::order);
    Ok(violations)
}

/// What rows break by themselves.
fn check_rows(
    touched: &Touched,
    judge: &dyn Judge,
    scope: &mut Scope,
    violations: &mut Vec<Violation>,
) -> Result<(), RowsError> {
    if scope.judges_rows() {
        row_rules::check_rows(touched, judge, violations)?;
    }
    uniqueness::check_keys(touched, scope, violations)
}
