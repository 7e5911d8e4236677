//! Which rows a declaration was judged on: a transaction that declares may not commit over rows that came in meanwhile.
//!
//! `ADD FOREIGN KEY`, `SET NOT NULL` or a new type look at every row there is when they run. Moving such a transaction onto a newer
//! snapshot would let rows pass that nobody has judged or converted.

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline_core::catalog::{Catalog, TableId};
use bowline_core::rows::Snapshot;

/// A table that a transaction declared something about, and whose rows others changed since it started.
pub(crate) fn unjudged_table(base: &Snapshot, newest: &Snapshot, declared: &Catalog) -> Option<TableId> {
    let changed = |table: &TableId| {
        let (then, now) = (base.rows(*table), newest.rows(*table));
        // Rows are only added at the end, and die: an update is both.
        then.next_row() != now.next_row() || then.live_count() != now.live_count()
    };
    concerned(base.catalog(), declared).into_iter().find(changed)
}

/// The tables of `before` whose declaration differs, and those on both sides of foreign keys that do.
fn concerned(before: &Catalog, after: &Catalog) -> BTreeSet<TableId> {
    let altered = |id: &TableId| after.find_table(*id).is_none_or(|now| !Arc::ptr_eq(now, before.table(*id)));
    let mut tables: BTreeSet<TableId> = before.tables().map(|table| table.id).filter(altered).collect();
    for fk in after.foreign_keys() {
        if before.foreign_key(fk.id).is_none_or(|known| !Arc::ptr_eq(known, fk)) {
            tables.extend([fk.table, fk.referenced_table].into_iter().filter(|id| before.find_table(*id).is_some()));
        }
    }
    tables
}
