//! On whose behalf a delta is judged, and which constraints that makes due.

use std::collections::BTreeSet;

use super::super::trace::Trace;
use super::super::{ConstraintMode, ConstraintModes};
use crate::catalog::{Characteristics, ConstraintId};

/// On whose behalf a delta is judged.
pub(in crate::integrity) enum Scope<'t> {
    /// A statement just closed: its actions have seen every referencing row. Blocking rows are noted in the trace, and
    /// constraints that are deferred are not judged but noted.
    Statement { trace: &'t mut Trace, modes: &'t ConstraintModes, put_off: &'t mut BTreeSet<ConstraintId> },
    /// A transaction moved onto a newer snapshot, whose rows its actions have not seen.
    Rebased,
    /// A transaction's whole delta by the constraints that its statements put off.
    Deferred(&'t BTreeSet<ConstraintId>),
}

impl Scope<'_> {
    /// Whether a constraint that the delta touches is judged.
    pub fn judges(&mut self, constraint: ConstraintId, declared: Characteristics) -> bool {
        match self {
            Self::Rebased => true,
            Self::Deferred(constraints) => constraints.contains(&constraint),
            Self::Statement { modes, put_off, .. } => match modes.of(constraint, declared) {
                ConstraintMode::Immediate => true,
                ConstraintMode::Deferred => {
                    put_off.insert(constraint);
                    false
                }
            },
        }
    }

    /// Whether NOT NULL and CHECK are judged, which are never put off.
    pub fn judges_rows(&self) -> bool {
        !matches!(self, Self::Deferred(_))
    }
}
