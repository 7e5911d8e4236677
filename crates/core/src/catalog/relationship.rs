//! What each foreign key means in the entity-relationship model: its cardinality and whether it is mandatory.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::{Catalog, ColumnId, ForeignKey, Table};

/// How many rows stand on the two sides of a relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cardinality {
    /// The referencing columns are a key themselves: at most one referencing row.
    OneToOne,
    /// Any number of referencing rows.
    OneToMany,
    /// One of the two foreign keys that make a junction table.
    JunctionHalf,
}

/// A foreign key, read as a relationship.
#[derive(Debug, Clone)]
pub struct Relationship {
    /// The foreign key.
    pub foreign_key: Arc<ForeignKey>,
    /// Its cardinality.
    pub cardinality: Cardinality,
    /// References its own table.
    pub self_referencing: bool,
    /// Every referencing row must reference: no referencing column takes NULL.
    pub mandatory: bool,
}

/// Every foreign key as a relationship, in order of referencing table and name.
pub fn relationships(catalog: &Catalog) -> Vec<Relationship> {
    let mut tables: Vec<_> = catalog.tables().collect();
    tables.sort_by_key(|table| table.relation_name());
    let foreign_keys = tables.into_iter().flat_map(|table| catalog.foreign_keys_of(table.id));
    foreign_keys.map(|foreign_key| relationship(catalog, foreign_key)).collect()
}

fn relationship(catalog: &Catalog, foreign_key: &Arc<ForeignKey>) -> Relationship {
    let table = catalog.table(foreign_key.table);
    let columns = set(&foreign_key.columns);
    let cardinality = if has_key_within(table, &columns) {
        Cardinality::OneToOne
    } else if is_junction_half(catalog, table, foreign_key) {
        Cardinality::JunctionHalf
    } else {
        Cardinality::OneToMany
    };
    Relationship {
        foreign_key: foreign_key.clone(),
        cardinality,
        self_referencing: foreign_key.is_self_referencing(),
        mandatory: foreign_key.columns.iter().all(|id| table.column_by_id(*id).is_never_null()),
    }
}

fn has_key_within(table: &Table, columns: &BTreeSet<ColumnId>) -> bool {
    table.keys.iter().any(|key| set(&key.columns).is_subset(columns))
}

/// A junction's key is made of exactly the columns of two foreign keys.
fn is_junction_half(catalog: &Catalog, table: &Table, foreign_key: &ForeignKey) -> bool {
    let columns = set(&foreign_key.columns);
    let others = catalog.foreign_keys_of(table.id).into_iter().filter(|other| other.id != foreign_key.id);
    let pairs: Vec<BTreeSet<_>> = others.map(|other| columns.union(&set(&other.columns)).copied().collect()).collect();
    table.keys.iter().any(|key| pairs.contains(&set(&key.columns)))
}

fn set(columns: &[ColumnId]) -> BTreeSet<ColumnId> {
    columns.iter().copied().collect()
}

impl fmt::Display for Cardinality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneToOne => "1:1",
            Self::OneToMany => "1:N",
            Self::JunctionHalf => "M:N junction half",
        })
    }
}
