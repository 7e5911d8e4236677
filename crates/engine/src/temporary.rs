//! A session's temporary tables: kept in its memory, seen by its statements beside what all sessions share, gone with it.
//!
//! ```text
//!   published ──┐                                         ┌─▶ permanent part ─▶ committed like any other transaction
//!               ├─ joined ─▶ transaction (base, delta) ───┤
//!   session's ──┘                                         └─▶ temporary part ─▶ kept here, ON COMMIT done
//! ```
//!
//! Within a transaction there is one snapshot and one delta, so that statements, savepoints and rollback know nothing of this. What is
//! temporary is parted from it by its ids when the transaction commits, and never reaches the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bowline_core::catalog::{Catalog, OnCommit, SequenceId, TableId};
use bowline_core::rows::{Snapshot, TableRows};
use bowline_store::SequenceState;
use parking_lot::Mutex;

use crate::error::Error;
use crate::query::QueryEngine;
use crate::sequences::SessionSequences;
use crate::transaction::{Base, Published, Transaction};

/// The temporary objects of one session.
#[derive(Debug, Default)]
pub(crate) struct SessionTemporary(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    /// None before the session makes its first.
    own: Option<Own>,
    /// The published catalog they were joined with last, and what came of it: while neither changes it stays the same value.
    joined: Option<(Arc<Catalog>, Arc<Catalog>)>,
}

/// Temporary objects, and the rows of the tables among them.
#[derive(Debug)]
pub(crate) struct Own {
    catalog: Catalog,
    rows: BTreeMap<TableId, TableRows>,
}

/// What a transaction did to its session's temporary objects.
#[derive(Debug)]
pub(crate) struct Kept {
    /// How they are afterwards, if it changed them.
    own: Option<Own>,
    /// Where their sequences stand that it made or restarted.
    sequences: BTreeMap<SequenceId, SequenceState>,
}

impl SessionTemporary {
    /// What is published, with the session's own objects.
    pub fn with(&self, published: Published) -> Base {
        let mut held = self.0.lock();
        let Held { own: Some(own), joined } = &mut *held else {
            return Base { seen: published, permanent: None };
        };
        let shared = published.snapshot.catalog();
        let catalog = match joined {
            Some((known, catalog)) if Arc::ptr_eq(known, shared) => catalog.clone(),
            _ => {
                let catalog = Arc::new(shared.joined(&own.catalog));
                *joined = Some((shared.clone(), catalog.clone()));
                catalog
            }
        };
        let snapshot = published.snapshot.under(catalog, &own.rows);
        Base { seen: Published { snapshot, version: published.version }, permanent: Some(published) }
    }

    /// Takes over what a committed transaction did.
    pub fn keep(&self, kept: Kept, sequences: &SessionSequences) {
        sequences.keep_temporary(kept.sequences);
        if let Some(own) = kept.own {
            *self.0.lock() = Held { own: Some(own), joined: None };
        }
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        let mut held = self.0.lock();
        if let Some(own) = held.own.take() {
            let catalog = own.catalog.without_temporary_objects();
            *held = Held { own: Some(Own { catalog, rows: BTreeMap::new() }), joined: None };
        }
    }
}

/// Parts a transaction that is going to commit: what is left of it for everyone, and what its session keeps.
///
/// Constraints of temporary tables that it deferred are judged here. Errors: theirs; 0A000 where ON COMMIT would leave a reference
/// without its row.
pub(crate) fn parted(
    mut transaction: Transaction,
    queries: &QueryEngine,
    sequences: &SessionSequences,
) -> Result<(Transaction, Kept), Error> {
    let own_due: BTreeSet<_> = transaction.put_off.iter().copied().filter(|id| id.is_temporary()).collect();
    let violations = transaction.violations_of(&own_due, queries, sequences)?;
    if !violations.is_empty() {
        return Err(Error::violated_when_deferred(&violations, "until COMMIT"));
    }
    transaction.put_off.retain(|id| !id.is_temporary());
    let delta = &mut transaction.delta;
    let changed = delta.catalog.is_some() || delta.tables.keys().any(|id| id.is_temporary());
    let own = if changed { Some(after_commit(&transaction.current)?) } else { None };
    let kept = Kept { own, sequences: transaction.sequences.take_temporary() };

    let base = transaction.permanent.take().unwrap_or_else(|| transaction.base.clone());
    let shared = base.snapshot.catalog();
    let declared = delta.catalog.take().map(|catalog| catalog.permanent_part());
    // Who declares temporary objects alone does not change the catalog of others.
    delta.catalog = declared.filter(|catalog| *catalog != **shared).map(Arc::new);
    delta.tables.retain(|id, _| !id.is_temporary());
    let catalog = delta.catalog.clone().unwrap_or_else(|| shared.clone());
    transaction.current = transaction.current.under(catalog, &BTreeMap::new());
    transaction.base = base;
    Ok((transaction, kept))
}

/// A session's own objects after a commit: rows deleted and tables dropped as they were declared.
fn after_commit(current: &Snapshot) -> Result<Own, Error> {
    let mut catalog = current.catalog().temporary_part();
    let ending = |rule: OnCommit| -> BTreeSet<TableId> {
        catalog.tables().map(|table| table.id).filter(|id| catalog.on_commit(*id) == rule).collect()
    };
    let (emptied, dropped) = (ending(OnCommit::DeleteRows), ending(OnCommit::Drop));
    let cut = |table: &TableId| emptied.contains(table);
    if let Some(fk) = catalog.foreign_keys().find(|fk| cut(&fk.referenced_table) && !cut(&fk.table)) {
        let (table, referenced) = (&catalog.table(fk.table).name, &catalog.table(fk.referenced_table).name);
        return Err(Error::unsupported(
            "unsupported ON COMMIT and foreign key combination",
            "Declare both tables with the same ON COMMIT clause.",
        )
        .with_detail(format!(
            "Table \"{table}\" references \"{referenced}\", but they do not have the same ON COMMIT setting."
        )));
    }
    for id in &dropped {
        let table = catalog.table(*id).relation_name();
        let on: Vec<_> = catalog.foreign_keys_to(*id).into_iter().map(|fk| fk.id).collect();
        on.into_iter().for_each(|fk| catalog.remove_foreign_key(fk));
        let mut gone = vec![table];
        while let Some(name) = gone.pop() {
            let reading = catalog.views().filter(|view| view.reads.contains(&name));
            let reading: Vec<_> = reading.map(|view| view.name.clone()).collect();
            reading.iter().for_each(|view| catalog.remove_view(view));
            gone.extend(reading);
        }
        catalog.set_on_commit(*id, OnCommit::PreserveRows);
        catalog.remove_table(*id);
    }
    let rows = |id: TableId| match cut(&id) {
        // Row ids go on, so that what was prepared for the table still fits.
        true => TableRows::from_fragments(Vec::new(), current.rows(id).next_row()),
        false => current.rows(id).clone(),
    };
    let rows = catalog.tables().map(|table| (table.id, rows(table.id))).collect();
    Ok(Own { catalog, rows })
}
