//! Constraint modes: whether a constraint is judged at the end of each statement or put off, now, in one transaction.
//!
//! A mode set by SET CONSTRAINTS stands over the one declared. Modes are a value: a savepoint keeps a copy.
//!
//! Source: ISO/IEC 9075-2, checking of constraints.

use std::collections::BTreeMap;

use crate::catalog::{Characteristics, ConstraintId};

/// When a constraint is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstraintMode {
    /// At the end of each statement.
    Immediate,
    /// At commit, or when it is set immediate.
    Deferred,
}

/// The modes of all constraints. The default leaves every constraint as it was declared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConstraintModes {
    all: Option<ConstraintMode>,
    single: BTreeMap<ConstraintId, ConstraintMode>,
}

impl ConstraintModes {
    /// Every constraint is immediate: a statement that is a transaction of its own.
    pub fn immediate() -> ConstraintModes {
        ConstraintModes { all: Some(ConstraintMode::Immediate), single: BTreeMap::new() }
    }

    /// `SET CONSTRAINTS ALL`: what was set before is forgotten.
    pub fn set_all(&mut self, mode: ConstraintMode) {
        self.all = Some(mode);
        self.single.clear();
    }

    /// Sets the mode of one constraint.
    pub fn set(&mut self, constraint: ConstraintId, mode: ConstraintMode) {
        self.single.insert(constraint, mode);
    }

    /// The mode of a constraint. One that is not deferrable is immediate whatever was set.
    pub fn of(&self, constraint: ConstraintId, declared: Characteristics) -> ConstraintMode {
        if !declared.deferrable {
            return ConstraintMode::Immediate;
        }
        let set = self.single.get(&constraint).copied().or(self.all);
        set.unwrap_or(if declared.initially_deferred { ConstraintMode::Deferred } else { ConstraintMode::Immediate })
    }
}

#[cfg(test)]
mod tests {
    use super::{ConstraintMode, ConstraintModes};
    use crate::catalog::{Characteristics, ConstraintId};

    const FIRST: ConstraintId = ConstraintId(1);
    const FIXED: Characteristics = Characteristics { deferrable: false, initially_deferred: false };
    const IMMEDIATE: Characteristics = Characteristics { deferrable: true, initially_deferred: false };
    const DEFERRED: Characteristics = Characteristics { deferrable: true, initially_deferred: true };

    #[test]
    fn a_mode_set_stands_over_the_one_declared() {
        let mut modes = ConstraintModes::default();
        assert_eq!(modes.of(FIRST, IMMEDIATE), ConstraintMode::Immediate);
        assert_eq!(modes.of(FIRST, DEFERRED), ConstraintMode::Deferred);
        modes.set(FIRST, ConstraintMode::Deferred);
        assert_eq!(modes.of(FIRST, IMMEDIATE), ConstraintMode::Deferred);
        assert_eq!(modes.of(ConstraintId(2), IMMEDIATE), ConstraintMode::Immediate);
        assert_eq!(modes.of(FIRST, FIXED), ConstraintMode::Immediate);
    }

    #[test]
    fn all_forgets_what_was_set_for_one() {
        let mut modes = ConstraintModes::default();
        modes.set(FIRST, ConstraintMode::Deferred);
        modes.set_all(ConstraintMode::Immediate);
        assert_eq!(modes, ConstraintModes::immediate());
        assert_eq!(modes.of(FIRST, DEFERRED), ConstraintMode::Immediate);
        modes.set(FIRST, ConstraintMode::Deferred);
        assert_eq!(modes.of(FIRST, DEFERRED), ConstraintMode::Deferred);
    }
}
