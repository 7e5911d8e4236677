//! Which rows a repair takes along beside the orphans: the chain.
//!
//! What references a row that a repair deletes or changes follows by the rule of its own foreign key: CASCADE, SET NULL and
//! SET DEFAULT act, also for a key that is NOT ENFORCED. NO ACTION and RESTRICT would hold the repair up; instead the row is
//! repaired by the same method, and so on to the fixpoint, where its key
//!
//! - is the repaired one itself (self-references, and cycles that come back to it), or
//! - is NOT VALID or NOT ENFORCED, so that the row would be one more orphan of a key that is being mended, or
//! - is any key at all, if the method is quarantine: nothing is lost, so nothing needs protection.
//!
//! A valid, enforced key with NO ACTION or RESTRICT refuses every other method, as it refuses any statement.
//!
//! The chain is a catalog: the same tables, with those rules replaced. `close` then needs to know nothing of repairs.

use std::collections::BTreeSet;

use super::RepairMethod;
use crate::catalog::{Catalog, ConstraintId, Event, ForeignKey, ReferentialAction, Rule};

/// The catalog to close a repair with, and the keys whose rule the repair replaces.
pub(super) fn catalog(
    catalog: &Catalog,
    repaired: &ForeignKey,
    method: RepairMethod,
) -> (Catalog, BTreeSet<ConstraintId>) {
    let mut chained = catalog.clone();
    let mut replaced = BTreeSet::new();
    for foreign_key in catalog.foreign_keys() {
        let is_repaired = foreign_key.id == repaired.id;
        let mut acting = ForeignKey::clone(foreign_key);
        // The rows a repair writes must satisfy the repaired key, whether or not it is enforced.
        acting.enforced |= is_repaired || follows(method).is_some();
        if let Some((event, action)) = follows(method) {
            let holds_up =
                matches!(foreign_key.rule(event).action, ReferentialAction::NoAction | ReferentialAction::Restrict);
            let open = is_repaired || !foreign_key.validated || !foreign_key.enforced;
            if holds_up && (open || method == RepairMethod::Quarantine) {
                let rule = Rule { action, columns: Vec::new() };
                match event {
                    Event::Delete => acting.on_delete = rule,
                    Event::Update => acting.on_update = rule,
                }
                replaced.insert(foreign_key.id);
            }
        }
        chained.put_foreign_key(acting);
    }
    (chained, replaced)
}

/// What happens to referenced rows, and what the chain does then; `None` where no referenced row changes.
fn follows(method: RepairMethod) -> Option<(Event, ReferentialAction)> {
    match method {
        RepairMethod::Delete | RepairMethod::Quarantine => Some((Event::Delete, ReferentialAction::Cascade)),
        RepairMethod::SetNull => Some((Event::Update, ReferentialAction::SetNull)),
        RepairMethod::SetDefault => Some((Event::Update, ReferentialAction::SetDefault)),
        RepairMethod::InsertParent => None,
    }
}
