//! Foreign keys as edges to walk: from a referenced table to the rows that reference it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{Catalog, Event, ForeignKey, ReferentialAction, Table, TableId};
use crate::rows::{KeyForm, KeyShape};

/// A foreign key with both its tables and the form their keys are compared in.
#[derive(Debug)]
pub(super) struct Edge {
    pub foreign_key: Arc<ForeignKey>,
    /// The referencing table.
    pub table: Arc<Table>,
    /// The referenced table.
    pub referenced: Arc<Table>,
    /// The referencing columns.
    pub referencing_shape: KeyShape,
    /// The referenced columns, paired with the referencing ones.
    pub referenced_shape: KeyShape,
}

/// The enforced foreign keys of a catalog, by the table they reference.
pub(super) struct Edges<'a> {
    catalog: &'a Catalog,
    to: BTreeMap<TableId, Arc<[Edge]>>,
}

impl Edge {
    pub fn new(catalog: &Catalog, foreign_key: &Arc<ForeignKey>) -> Edge {
        let table = catalog.table(foreign_key.table).clone();
        let referenced = catalog.table(foreign_key.referenced_table).clone();
        let form = KeyForm::joining(
            &table.column_types(&foreign_key.columns),
            &referenced.column_types(&foreign_key.referenced_columns),
        );
        Edge {
            referencing_shape: KeyShape::new(foreign_key.columns.clone(), form.clone()),
            referenced_shape: KeyShape::new(foreign_key.referenced_columns.clone(), form),
            foreign_key: foreign_key.clone(),
            table,
            referenced,
        }
    }

    /// Whether a referencing column may hold another value than the key it took over: its type is another one.
    pub fn rounds(&self) -> bool {
        let pairs = self.foreign_key.columns.iter().zip(&self.foreign_key.referenced_columns);
        pairs.into_iter().any(|(own, referenced)| {
            let own = self.table.column_by_id(*own).sql_type;
            let referenced = self.referenced.column_by_id(*referenced).sql_type;
            own != referenced && !(own.is_integer() && referenced.is_integer())
        })
    }

    pub fn action(&self, event: Event) -> ReferentialAction {
        self.foreign_key.rule(event).action
    }
}

impl<'a> Edges<'a> {
    pub fn new(catalog: &'a Catalog) -> Self {
        Self { catalog, to: BTreeMap::new() }
    }

    /// The enforced foreign keys that reference a table, in order of name.
    pub fn to(&mut self, table: TableId) -> Arc<[Edge]> {
        let catalog = self.catalog;
        let make = || {
            let enforced = catalog.foreign_keys_to(table).into_iter().filter(|fk| fk.enforced);
            enforced.map(|fk| Edge::new(catalog, fk)).collect()
        };
        self.to.entry(table).or_insert_with(make).clone()
    }
}
