//! Judges a delta on sets, at the end: what it inserts and changes, and what it leaves behind.
//!
//! Only rows the delta touches are looked at, with one probe or semi-join for each constraint concerned.

mod references;
mod row_rules;
mod touched;
mod uniqueness;

use super::Judge;
use super::trace::Trace;
use super::violation::Violation;
use crate::rows::{Delta, RowsError, Snapshot};
use touched::Touched;

/// On whose behalf a delta is judged.
pub(super) enum Scope<'t> {
    /// A statement just closed: its actions have seen every referencing row. Blocking rows are noted in the trace.
    Statement(&'t mut Trace),
    /// A transaction moved onto a newer snapshot, whose rows its actions have not seen.
    Rebased,
}

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
        let touched = Touched::new(base, after, table, changes);
        if !touched.inserted.is_empty() {
            row_rules::check_rows(&touched, judge, &mut violations)?;
            uniqueness::check_keys(&touched, &mut violations)?;
            references::check_referencing(&touched, &scope, &mut violations)?;
        }
        references::check_referenced(&touched, delta, &mut scope, &mut violations)?;
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
