//! The catalog: every schema, table, foreign key, view and sequence of a database, by name and by id.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::names::constraint_name;
use super::search_path::SearchPath;
use super::temporary::{TEMPORARY_SCHEMA, Temporary};
use super::{
    CatalogError, ColumnId, ConstraintId, ForeignKey, KeyOrigin, NotNull, SequenceId, SqlType, Table, TableId,
};

/// The schema that names without one mean, unless a session says otherwise.
pub const DEFAULT_SCHEMA: &str = "public";

/// A schema-qualified name. Displayed with the schema where a name alone does not mean it along the default path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RelationName {
    /// The schema.
    pub schema: String,
    /// The relation's name in it.
    pub name: String,
}

/// A namespace for relations.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Schema {
    /// From `COMMENT ON SCHEMA`.
    pub comment: Option<String>,
}

/// A view: a query with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Where it is named.
    pub name: RelationName,
    /// The query, as text.
    pub query: String,
    /// Names given to its columns; empty keeps the query's own.
    pub columns: Vec<String>,
    /// The relations it reads.
    pub reads: Vec<RelationName>,
    /// The columns that each of these had when the view was made; those added since do not show up in it. Beside `reads`; `None`
    /// for what never changes.
    #[serde(default)]
    pub known: Vec<Option<Vec<String>>>,
    /// From `COMMENT ON VIEW`.
    pub comment: Option<String>,
    /// From `COMMENT ON COLUMN`, by the places of its columns, counted from 0.
    #[serde(default)]
    pub column_comments: BTreeMap<usize, String>,
}

impl View {
    /// The columns of a relation that the view knows of; `None` for all of them.
    pub fn known_columns(&self, relation: &RelationName) -> Option<&[String]> {
        let read = self.reads.iter().position(|read| read == relation)?;
        self.known.get(read)?.as_deref()
    }

    /// The same, to be changed with the relation.
    pub fn known_columns_mut(&mut self, relation: &RelationName) -> Option<&mut Vec<String>> {
        let read = self.reads.iter().position(|read| read == relation)?;
        self.known.get_mut(read)?.as_mut()
    }
}

/// A sequence as declared; where it stands is kept beside the catalog, for that is not transactional.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Unique in the catalog.
    pub id: SequenceId,
    /// Where it is named.
    pub name: RelationName,
    /// The first value.
    pub start: i64,
    /// Added for each next value; not 0.
    pub increment: i64,
    /// The smallest value.
    pub min: i64,
    /// The largest value.
    pub max: i64,
    /// Starts over instead of failing at the end.
    pub cycle: bool,
    /// How many values a session takes at a time; what it does not give is lost.
    #[serde(default = "one")]
    pub cache: i64,
    /// The column that owns it (SERIAL, IDENTITY): dropped together.
    pub owner: Option<(TableId, ColumnId)>,
    /// The type it was declared with; without one it has that of the column it gives values to.
    #[serde(default)]
    pub sql_type: Option<SqlType>,
    /// From `COMMENT ON SEQUENCE`.
    #[serde(default)]
    pub comment: Option<String>,
}

/// What a sequence had for a cache before that was declared.
fn one() -> i64 {
    1
}

/// A relation found by name.
#[derive(Debug, Clone)]
pub enum Relation {
    /// A table.
    Table(Arc<Table>),
    /// A view.
    View(Arc<View>),
    /// A sequence.
    Sequence(Arc<Sequence>),
    /// An index or the key behind one: the table it belongs to, and its id.
    Index(Arc<Table>, ConstraintId),
}

/// Everything a database declares. Invariant: every foreign key's tables, columns and key are in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    pub(super) schemas: BTreeMap<String, Schema>,
    pub(super) tables: BTreeMap<TableId, Arc<Table>>,
    pub(super) foreign_keys: BTreeMap<ConstraintId, Arc<ForeignKey>>,
    pub(super) views: Vec<Arc<View>>,
    pub(super) sequences: BTreeMap<SequenceId, Arc<Sequence>>,
    next_id: u32,
    /// Never stored: temporary objects are parted from a catalog before it is.
    #[serde(skip)]
    pub(super) temporary: Temporary,
    /// Never stored: it is the session's.
    #[serde(skip)]
    pub(super) path: SearchPath,
}

impl Default for Catalog {
    fn default() -> Self {
        Self {
            schemas: BTreeMap::from([(DEFAULT_SCHEMA.to_owned(), Schema::default())]),
            tables: BTreeMap::new(),
            foreign_keys: BTreeMap::new(),
            views: Vec::new(),
            sequences: BTreeMap::new(),
            next_id: 1,
            temporary: Temporary::default(),
            path: SearchPath::default(),
        }
    }
}

/// Reading.
impl Catalog {
    /// All schemas, by name.
    pub fn schemas(&self) -> impl Iterator<Item = (&String, &Schema)> {
        self.schemas.iter()
    }

    /// The schema of that name.
    pub fn schema(&self, name: &str) -> Option<&Schema> {
        self.schemas.get(name)
    }

    /// All tables, by id.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.tables.values()
    }

    /// The table with that id. Panics if there is none: ids come from this catalog.
    pub fn table(&self, id: TableId) -> &Arc<Table> {
        let found = self.tables.get(&id);
        found.unwrap_or_else(|| panic!("the catalog was believed to have table {id:?}"))
    }

    /// The table with that id, if it is (still) there.
    pub fn find_table(&self, id: TableId) -> Option<&Arc<Table>> {
        self.tables.get(&id)
    }

    /// The table of that name.
    pub fn table_named(&self, name: &RelationName) -> Option<&Arc<Table>> {
        self.tables.values().find(|table| table.schema == name.schema && table.name == name.name)
    }

    /// All foreign keys, by id.
    pub fn foreign_keys(&self) -> impl Iterator<Item = &Arc<ForeignKey>> {
        self.foreign_keys.values()
    }

    /// The foreign key with that id.
    pub fn foreign_key(&self, id: ConstraintId) -> Option<&Arc<ForeignKey>> {
        self.foreign_keys.get(&id)
    }

    /// Foreign keys declared on a table, in order of name.
    pub fn foreign_keys_of(&self, table: TableId) -> Vec<&Arc<ForeignKey>> {
        let mut found: Vec<_> = self.foreign_keys.values().filter(|fk| fk.table == table).collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }

    /// Foreign keys that reference a table, in order of name.
    pub fn foreign_keys_to(&self, table: TableId) -> Vec<&Arc<ForeignKey>> {
        let mut found: Vec<_> = self.foreign_keys.values().filter(|fk| fk.referenced_table == table).collect();
        found.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
        found
    }

    /// All views, in order of declaration.
    pub fn views(&self) -> impl Iterator<Item = &Arc<View>> {
        self.views.iter()
    }

    /// The view of that name.
    pub fn view_named(&self, name: &RelationName) -> Option<&Arc<View>> {
        self.views.iter().find(|view| view.name == *name)
    }

    /// All sequences, by id.
    pub fn sequences(&self) -> impl Iterator<Item = &Arc<Sequence>> {
        self.sequences.values()
    }

    /// The sequence with that id. Panics if there is none: ids come from this catalog.
    pub fn sequence(&self, id: SequenceId) -> &Arc<Sequence> {
        let found = self.sequences.get(&id);
        found.unwrap_or_else(|| panic!("the catalog was believed to have sequence {id:?}"))
    }

    /// The sequence with that id, if it is there.
    pub fn find_sequence(&self, id: SequenceId) -> Option<&Arc<Sequence>> {
        self.sequences.get(&id)
    }

    /// The sequence of that name.
    pub fn sequence_named(&self, name: &RelationName) -> Option<&Arc<Sequence>> {
        self.sequences.values().find(|sequence| sequence.name == *name)
    }

    /// Whatever has that name: tables, views, sequences and indexes share one namespace.
    pub fn relation(&self, name: &RelationName) -> Option<Relation> {
        if let Some(table) = self.table_named(name) {
            return Some(Relation::Table(table.clone()));
        }
        if let Some(view) = self.view_named(name) {
            return Some(Relation::View(view.clone()));
        }
        if let Some(sequence) = self.sequence_named(name) {
            return Some(Relation::Sequence(sequence.clone()));
        }
        self.tables.values().filter(|table| table.schema == name.schema).find_map(|table| {
            let keys = table.keys.iter().map(|key| (key.id, &key.name));
            let mut indexes = keys.chain(table.indexes.iter().map(|index| (index.id, &index.name)));
            indexes.find(|(_, known)| **known == name.name).map(|(id, _)| Relation::Index(table.clone(), id))
        })
    }

    /// The names of all constraints of a table. A unique index is a key, but no constraint.
    pub fn constraint_names(&self, table: TableId) -> Vec<String> {
        let declared = self.table(table);
        let keys = declared.keys.iter().filter(|key| key.origin == KeyOrigin::Constraint);
        let keys = keys.map(|key| key.name.clone());
        let checks = declared.checks.iter().map(|check| check.name.clone());
        let foreign_keys = self.foreign_keys.values().filter(|fk| fk.table == table).map(|fk| fk.name.clone());
        let not_nulls = declared.columns.iter().filter(|column| column.not_null);
        let not_nulls = not_nulls.map(|column| declared.not_null_name(column));
        keys.chain(checks).chain(foreign_keys).chain(not_nulls).collect()
    }
}

/// Changing. Each keeps the invariant or refuses; callers judge well-formedness first (see `well_formed`).
impl Catalog {
    /// An id not used before, for a permanent object.
    pub fn next_id(&mut self) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Adds a schema. Errors: [`CatalogError::Exists`].
    pub fn add_schema(&mut self, name: &str) -> Result<(), CatalogError> {
        if self.schemas.contains_key(name) {
            return Err(CatalogError::Exists { kind: "schema", name: name.to_owned() });
        }
        self.schemas.insert(name.to_owned(), Schema::default());
        Ok(())
    }

    /// Adds or replaces what is known of a schema (its comment).
    pub fn put_schema(&mut self, name: &str, schema: Schema) {
        self.schemas.insert(name.to_owned(), schema);
    }

    /// Removes a schema, which must be empty.
    pub fn remove_schema(&mut self, name: &str) {
        self.schemas.remove(name);
    }

    /// Adds a table or replaces the one with its id. NOT NULL constraints without a name get one.
    pub fn put_table(&mut self, mut table: Table) {
        self.name_not_nulls(&mut table);
        self.tables.insert(table.id, Arc::new(table));
    }

    /// As PostgreSQL does, gives a constraint a name that no other has in its schema.
    fn name_not_nulls(&self, table: &mut Table) {
        for position in 0..table.columns.len() {
            let column = &table.columns[position];
            let name = match (column.not_null, &column.not_null_constraint.name) {
                (true, Some(_)) => continue,
                (false, _) => None,
                (true, None) => {
                    let taken = |name: &str| {
                        let mut others = self.tables.values().filter(|o| o.id != table.id && o.schema == table.schema);
                        table.own_constraint_names().any(|known| known == name)
                            || self.foreign_keys.values().any(|fk| fk.table == table.id && fk.name == name)
                            || others.any(|other| self.constraint_names(other.id).iter().any(|known| known == name))
                    };
                    Some(constraint_name(&table.name, &[&column.name], "not_null", &taken))
                }
            };
            let constraint = &mut table.columns[position].not_null_constraint;
            *constraint = match name {
                None => NotNull::default(),
                name => NotNull { name, ..std::mem::take(constraint) },
            };
        }
    }

    /// Removes a table with its own foreign keys and the sequences it owns. The foreign keys that reference it from
    /// other tables must have been removed before.
    pub fn remove_table(&mut self, id: TableId) {
        self.foreign_keys.retain(|_, fk| fk.table != id);
        debug_assert!(self.foreign_keys.values().all(|fk| fk.referenced_table != id));
        self.sequences.retain(|_, sequence| sequence.owner.is_none_or(|(owner, _)| owner != id));
        self.tables.remove(&id);
    }

    /// Adds a foreign key or replaces the one with its id.
    pub fn put_foreign_key(&mut self, foreign_key: ForeignKey) {
        debug_assert!(self.tables.contains_key(&foreign_key.table));
        debug_assert!(self.tables.contains_key(&foreign_key.referenced_table));
        self.foreign_keys.insert(foreign_key.id, Arc::new(foreign_key));
    }

    /// Removes a foreign key.
    pub fn remove_foreign_key(&mut self, id: ConstraintId) {
        self.foreign_keys.remove(&id);
    }

    /// Adds a view or replaces the one of its name, in its place.
    pub fn put_view(&mut self, view: View) {
        let name = view.name.clone();
        self.rename_view(&name, view);
    }

    /// Replaces the view of a name by one that may have another; adds it where there is none.
    pub fn rename_view(&mut self, old: &RelationName, view: View) {
        match self.views.iter_mut().find(|known| known.name == *old) {
            Some(known) => *known = Arc::new(view),
            None => self.views.push(Arc::new(view)),
        }
    }

    /// Removes a view.
    pub fn remove_view(&mut self, name: &RelationName) {
        self.views.retain(|view| view.name != *name);
    }

    /// Adds a sequence or replaces the one with its id.
    pub fn put_sequence(&mut self, sequence: Sequence) {
        self.sequences.insert(sequence.id, Arc::new(sequence));
    }

    /// Removes a sequence.
    pub fn remove_sequence(&mut self, id: SequenceId) {
        self.sequences.remove(&id);
    }
}

impl RelationName {
    /// A name in a schema.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }
}

impl Table {
    /// The table's schema-qualified name.
    pub fn relation_name(&self) -> RelationName {
        RelationName::new(&self.schema, &self.name)
    }
}

impl fmt::Display for RelationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.schema != DEFAULT_SCHEMA && self.schema != TEMPORARY_SCHEMA && !self.is_nowhere() {
            write!(f, "{}.", self.schema)?;
        }
        f.write_str(&self.name)
    }
}
