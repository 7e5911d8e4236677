//! Closes what a direct write does.

use bowline_core::catalog::TableId;
use bowline_core::rows::Delta;

use super::super::guard;
use super::super::scope::{Done, Scope};
use crate::error::Error;
use crate::outcome::{Outcome, ResultSet};

/// Closes a write's delta. `deed`: what it does to which table.
pub(super) fn done(
    scope: &Scope,
    deed: (TableId, &'static str),
    tag: String,
    rows: Option<ResultSet>,
    delta: Delta,
) -> Result<Option<Done>, Error> {
    let outcome = Outcome { tag, rows, notices: Vec::new() };
    if delta.is_empty() {
        return Ok(Some(Done::unchanged(outcome)));
    }
    let closed = scope.close(delta)?;
    guard::check(scope, &closed.trace, &[deed])?;
    Ok(Some(Done::changed(outcome, closed)))
}
