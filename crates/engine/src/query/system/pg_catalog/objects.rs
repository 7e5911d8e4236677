//! The OIDs of a database's objects, and what an OID or a name means.
//!
//! ```text
//!   below 16384              what PostgreSQL has there itself: types, pg_catalog's relations, schema public, the role
//!   SPAN * 1 + TableId       tables            SPAN * 2 + ConstraintId   constraints
//!   SPAN * 3 + ConstraintId  indexes           SPAN * 4 + SequenceId     sequences
//!   SPAN * 5 ..              schemas, views, rules, defaults and NOT NULL constraints: a hash of what they are called by
//! ```
//!
//! Invariant: an OID stays with its object as long as the object lives, for ids are never used again and a hash does not
//! change. Two objects with one hash stand next to each other; only then may one move when the other goes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bowline_core::catalog::{
    Catalog, ColumnId, ConstraintId, DEFAULT_SCHEMA, Relation, RelationName, SequenceId, Table, TableId,
};
use bowline_core::rows::Snapshot;
use bowline_store::SequenceState;

use super::relations;
use crate::query::functions::Functions;
use crate::query::view::ViewColumns;
use crate::settings::SessionSettings;

/// The schema pg_catalog.
pub(super) const PG_CATALOG: u32 = 11;
/// The schema public.
const PUBLIC: u32 = 2200;
const INFORMATION_SCHEMA: u32 = 13_000;
const BOWLINE: u32 = 13_001;
/// The schema of bowline's own system tables.
pub(super) const OWN_SCHEMA: &str = "bowline";
/// The one role, which owns everything.
pub(super) const ROLE: u32 = 10;
/// The role that stands for whoever owns the database, and owns schema public.
pub(super) const DATABASE_OWNER: u32 = 6171;
pub(super) const DATABASE_OWNER_NAME: &str = "pg_database_owner";
/// The database.
pub(super) const DATABASE: u32 = 5;

const SPAN: u32 = 1 << 26;
const TABLES: u32 = SPAN;
const CONSTRAINTS: u32 = 2 * SPAN;
const INDEXES: u32 = 3 * SPAN;
const SEQUENCES: u32 = 4 * SPAN;
const SCHEMAS: u32 = 5 * SPAN;
const VIEWS: u32 = 6 * SPAN;
const RULES: u32 = 7 * SPAN;
const DEFAULTS: u32 = 8 * SPAN;
const NOT_NULLS: u32 = 9 * SPAN;

/// The objects of one catalog.
#[derive(Debug, Clone)]
pub(in crate::query) struct Objects {
    pub(super) catalog: Arc<Catalog>,
    pub(super) snapshot: Snapshot,
    pub(super) view_columns: Arc<ViewColumns>,
    /// Where the sequences stand that were moved.
    pub(super) standings: BTreeMap<SequenceId, SequenceState>,
    /// The settings of the session that asks.
    pub(super) settings: Arc<SessionSettings>,
    schemas: BTreeMap<String, u32>,
    views: BTreeMap<RelationName, u32>,
    defaults: BTreeMap<(TableId, ColumnId), u32>,
    not_nulls: BTreeMap<(TableId, ColumnId), u32>,
}

/// Something a row of pg_class is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::query) enum Object {
    Table(TableId),
    Index(TableId, ConstraintId),
    Sequence(SequenceId),
    View(RelationName),
    System(relations::SystemRelation),
}

impl Objects {
    pub fn new(snapshot: &Snapshot, view_columns: Arc<ViewColumns>, functions: &Functions) -> Objects {
        let (standings, settings) = (functions.standings(), functions.settings());
        let catalog = snapshot.catalog().clone();
        let schemas = catalog.schemas().map(|(name, _)| name.clone());
        let mut schemas = spread(SCHEMAS, schemas.collect());
        for (name, oid) in [
            (DEFAULT_SCHEMA, PUBLIC),
            ("pg_catalog", PG_CATALOG),
            ("information_schema", INFORMATION_SCHEMA),
            (OWN_SCHEMA, BOWLINE),
        ] {
            if name != DEFAULT_SCHEMA || schemas.contains_key(name) {
                schemas.insert(name.to_owned(), oid);
            }
        }
        let views = spread(VIEWS, catalog.views().map(|view| view.name.clone()).collect());
        let columns = |wanted: fn(&bowline_core::catalog::Column) -> bool| {
            let of_table = |table: &Arc<Table>| {
                let id = table.id;
                let columns = table.columns.iter().filter(|column| wanted(column));
                columns.map(|column| (id, column.id)).collect::<Vec<_>>()
            };
            catalog.tables().flat_map(of_table).collect::<BTreeSet<_>>()
        };
        let defaults = spread(DEFAULTS, columns(|column| column.default.is_some() || column.generated.is_some()));
        let not_nulls = spread(NOT_NULLS, columns(|column| column.not_null));
        let snapshot = snapshot.clone();
        Objects { snapshot, view_columns, standings, settings, schemas, views, defaults, not_nulls, catalog }
    }

    /// The same objects, as if their tables were empty and their sequences new.
    pub fn without_rows(&self) -> Objects {
        let snapshot = Snapshot::new(self.catalog.clone(), BTreeMap::new());
        Objects { snapshot, standings: BTreeMap::new(), ..self.clone() }
    }

    /// The value a sequence gave last, if it gave one.
    pub fn last_value(&self, sequence: SequenceId) -> Option<i64> {
        self.standings.get(&sequence).filter(|state| state.called).map(|state| state.last)
    }

    /// The name of a role: of the one that there is, or of the one that it is a member of as who owns the database.
    pub fn role_named_by(&self, oid: u32) -> Option<String> {
        match oid {
            ROLE => Some(self.role()),
            DATABASE_OWNER => Some(DATABASE_OWNER_NAME.to_owned()),
            _ => None,
        }
    }

    /// The name of the one role, which is whoever asks.
    pub fn role(&self) -> String {
        self.settings.user()
    }

    /// The name of the one database, as the session calls it.
    pub fn database(&self) -> String {
        self.settings.database()
    }

    /// The columns of the views.
    pub fn view_columns(&self) -> Arc<ViewColumns> {
        self.view_columns.clone()
    }

    /// All schemas with their OIDs, by name.
    pub fn schemas(&self) -> impl Iterator<Item = (&str, u32)> {
        self.schemas.iter().map(|(name, oid)| (name.as_str(), *oid))
    }

    /// The OID of a schema; 0 if there is none of that name.
    pub fn schema(&self, name: &str) -> u32 {
        self.schemas.get(name).copied().unwrap_or(0)
    }

    /// The schema with that OID.
    pub fn schema_named(&self, oid: u32) -> Option<&str> {
        self.schemas.iter().find(|(_, known)| **known == oid).map(|(name, _)| name.as_str())
    }

    pub fn table(&self, id: TableId) -> u32 {
        TABLES + id.0
    }

    pub fn index(&self, id: ConstraintId) -> u32 {
        INDEXES + id.0
    }

    pub fn constraint(&self, id: ConstraintId) -> u32 {
        CONSTRAINTS + id.0
    }

    pub fn sequence(&self, id: SequenceId) -> u32 {
        SEQUENCES + id.0
    }

    pub fn view(&self, name: &RelationName) -> u32 {
        self.views.get(name).copied().unwrap_or(0)
    }

    /// The OID of a view's rewrite rule.
    pub fn rule(&self, name: &RelationName) -> u32 {
        self.view(name) - VIEWS + RULES
    }

    /// The OID of a column's default or generation expression.
    pub fn default(&self, table: TableId, column: ColumnId) -> u32 {
        self.defaults.get(&(table, column)).copied().unwrap_or(0)
    }

    /// The OID of a column's NOT NULL constraint.
    pub fn not_null(&self, table: TableId, column: ColumnId) -> u32 {
        self.not_nulls.get(&(table, column)).copied().unwrap_or(0)
    }

    /// The column behind the OID of a NOT NULL constraint.
    pub fn not_null_column(&self, oid: u32) -> Option<(TableId, ColumnId)> {
        self.not_nulls.iter().find(|(_, known)| **known == oid).map(|(column, _)| *column)
    }

    /// The view behind the OID of a rule.
    pub fn view_of_rule(&self, oid: u32) -> Option<&RelationName> {
        let view = oid.checked_sub(RULES)? + VIEWS;
        self.views.iter().find(|(_, known)| **known == view).map(|(name, _)| name)
    }

    /// The constraint id behind an OID.
    pub fn constraint_id(&self, oid: u32) -> Option<ConstraintId> {
        (CONSTRAINTS..INDEXES).contains(&oid).then(|| ConstraintId(oid - CONSTRAINTS))
    }

    /// The OID of a relation.
    pub fn oid(&self, object: &Object) -> u32 {
        match object {
            Object::Table(id) => self.table(*id),
            Object::Index(_, id) => self.index(*id),
            Object::Sequence(id) => self.sequence(*id),
            Object::View(name) => self.view(name),
            Object::System(relation) => relation.oid,
        }
    }

    /// The relation with that OID.
    pub fn relation(&self, oid: u32) -> Option<Object> {
        let catalog = &self.catalog;
        match oid {
            0..TABLES => relations::system().iter().find(|known| known.oid == oid).map(|known| Object::System(*known)),
            TABLES..CONSTRAINTS => catalog.find_table(TableId(oid - TABLES)).map(|table| Object::Table(table.id)),
            INDEXES..SEQUENCES => {
                let id = ConstraintId(oid - INDEXES);
                let table = catalog.tables().find(|table| index_name(table, id).is_some());
                table.map(|table| Object::Index(table.id, id))
            }
            SEQUENCES..SCHEMAS => {
                let id = SequenceId(oid - SEQUENCES);
                catalog.sequences().find(|sequence| sequence.id == id).map(|_| Object::Sequence(id))
            }
            VIEWS..RULES => {
                self.views.iter().find(|(_, known)| **known == oid).map(|(name, _)| Object::View(name.clone()))
            }
            _ => None,
        }
    }

    /// The schema-qualified name of a relation.
    pub fn name(&self, object: &Object) -> RelationName {
        match object {
            Object::Table(id) => self.catalog.table(*id).relation_name(),
            Object::Index(table, id) => {
                let table = self.catalog.table(*table);
                RelationName::new(&table.schema, index_name(table, *id).unwrap_or_default())
            }
            Object::Sequence(id) => self.catalog.sequence(*id).name.clone(),
            Object::View(name) => name.clone(),
            Object::System(relation) => RelationName::new(relation.schema, relation.name),
        }
    }

    /// The relation a name means, looked for along the search path if it has no schema.
    pub fn find(&self, schema: Option<&str>, name: &str) -> Option<Object> {
        let Some(schema) = schema else {
            return self.catalog.searched().find_map(|schema| self.find(Some(schema), name));
        };
        let system = relations::system().iter().find(|known| known.schema == schema && known.name == name);
        if let Some(found) = system {
            return Some(Object::System(*found));
        }
        Some(match self.catalog.relation(&RelationName::new(schema, name))? {
            Relation::Table(table) => Object::Table(table.id),
            Relation::View(view) => Object::View(view.name.clone()),
            Relation::Sequence(sequence) => Object::Sequence(sequence.id),
            Relation::Index(table, id) => Object::Index(table.id, id),
        })
    }
}

/// The number of a column: as in PostgreSQL it stays when columns before it are dropped.
pub(super) fn attribute_number(table: &Table, column: ColumnId) -> i64 {
    table.column_by_id(column).number().0.into()
}

/// The name of a table's index: a key's or another's.
pub(super) fn index_name(table: &Table, id: ConstraintId) -> Option<&str> {
    let keys = table.keys.iter().map(|key| (key.id, key.name.as_str()));
    let mut all = keys.chain(table.indexes.iter().map(|index| (index.id, index.name.as_str())));
    all.find(|(known, _)| *known == id).map(|(_, name)| name)
}

/// Gives each name a number in the span that begins at `first`: its hash, or the next one free.
fn spread<K: Hashed + Ord>(first: u32, names: BTreeSet<K>) -> BTreeMap<K, u32> {
    let mut taken = BTreeSet::new();
    let place = |name: K| {
        let mut at = name.hashed() % SPAN;
        while !taken.insert(at) {
            at = (at + 1) % SPAN;
        }
        (name, first + at)
    };
    names.into_iter().map(place).collect()
}

/// What has a hash that never changes, unlike the standard library's.
trait Hashed {
    fn hashed(&self) -> u32;
}

impl Hashed for String {
    fn hashed(&self) -> u32 {
        fowler_noll_vo(self.as_bytes())
    }
}

impl Hashed for RelationName {
    fn hashed(&self) -> u32 {
        fowler_noll_vo(format!("{}\0{}", self.schema, self.name).as_bytes())
    }
}

impl Hashed for (TableId, ColumnId) {
    fn hashed(&self) -> u32 {
        fowler_noll_vo(format!("{}.{}", self.0.0, self.1.0).as_bytes())
    }
}

/// The hash FNV-1a.
fn fowler_noll_vo(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
