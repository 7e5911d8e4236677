//! The whole database at one moment: a catalog and the rows of every table. Immutable; cloning copies two pointers, and a
//! changed snapshot shares the rows of every table that did not change.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Delta, RowsError, TableRows};
use crate::catalog::{Catalog, TableId};

/// A moment of the database.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    catalog: Arc<Catalog>,
    tables: Arc<BTreeMap<TableId, Arc<TableRows>>>,
}

impl Snapshot {
    /// A snapshot as recovered. Tables of the catalog without rows may be left out.
    pub fn new(catalog: Arc<Catalog>, tables: BTreeMap<TableId, TableRows>) -> Snapshot {
        let mut tables = tables.into_iter().map(|(id, rows)| (id, Arc::new(rows))).collect();
        align(&catalog, &mut tables);
        Snapshot { catalog, tables: Arc::new(tables) }
    }

    /// What is declared.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The rows of a table. Panics if the catalog has no such table.
    pub fn rows(&self, table: TableId) -> &TableRows {
        let found = self.tables.get(&table);
        found.unwrap_or_else(|| panic!("the snapshot was believed to have table {table:?}"))
    }

    /// The same rows under another catalog, with the rows of these tables besides. Rows of tables that it does not have are left out.
    #[must_use]
    pub fn under(&self, catalog: Arc<Catalog>, more: &BTreeMap<TableId, TableRows>) -> Snapshot {
        let mut tables = BTreeMap::clone(&self.tables);
        tables.extend(more.iter().map(|(id, rows)| (*id, Arc::new(rows.clone()))));
        align(&catalog, &mut tables);
        Snapshot { catalog, tables: Arc::new(tables) }
    }

    /// The same rows under the same catalog, read along another path.
    #[must_use]
    pub fn read_as(&self, catalog: Arc<Catalog>) -> Snapshot {
        Snapshot { catalog, tables: self.tables.clone() }
    }

    /// The snapshot after a delta that was made on this one. Errors: rows could not be joined in memory.
    pub fn apply(&self, delta: &Delta) -> Result<Snapshot, RowsError> {
        let catalog = delta.catalog.as_ref().unwrap_or(&self.catalog).clone();
        let mut tables = BTreeMap::clone(&self.tables);
        if delta.catalog.is_some() {
            align(&catalog, &mut tables);
        }
        for (id, changes) in &delta.tables {
            let Some(rows) = tables.get_mut(id).map(Arc::make_mut) else { continue };
            assert_eq!(rows.next_row(), changes.first_inserted, "a delta was believed to be made on this snapshot");
            for new in changes.inserted.batches() {
                rows.append(new)?;
            }
            rows.remove(&changes.removed);
        }
        Ok(Snapshot { catalog, tables: Arc::new(tables) })
    }
}

/// Gives every table of the catalog its rows, and only those.
fn align(catalog: &Catalog, tables: &mut BTreeMap<TableId, Arc<TableRows>>) {
    tables.retain(|id, _| catalog.find_table(*id).is_some());
    for table in catalog.tables() {
        tables.entry(table.id).or_default();
    }
}
