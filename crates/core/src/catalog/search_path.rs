//! The search path: where a name without a schema is looked for, and where what is created without one goes.
//!
//! ```text
//!   told       a, public               the schemas of `search_path` that exist
//!   searched   pg_temp, pg_catalog, a, public      temporary objects and the system's come first, unless the path says where
//! ```
//!
//! A catalog carries the path it is read along, as it carries a session's temporary objects: what was bound to a catalog means the
//! same as long as the catalog does. Invariant: the path is never stored; what is stored is read along the default one.

use std::sync::Arc;

use super::{Catalog, DEFAULT_SCHEMA, RelationName, TEMPORARY_SCHEMA};

/// The schema of the system's relations, searched whether or not the path says so.
pub const SYSTEM_SCHEMA: &str = "pg_catalog";

/// Stands for the schema of a name that no schema of the path has. No schema is called so.
const NOWHERE: &str = "";

/// The schemas along which names are looked for, each of which exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPath(Arc<[String]>);

impl Default for SearchPath {
    fn default() -> Self {
        Self(Arc::new([DEFAULT_SCHEMA.to_owned()]))
    }
}

impl SearchPath {
    /// A path along these schemas, in this order. One named twice counts where it is named first.
    pub fn new<'s>(schemas: impl IntoIterator<Item = &'s str>) -> Self {
        let mut path: Vec<String> = Vec::new();
        for schema in schemas {
            if path.iter().all(|known| known != schema) {
                path.push(schema.to_owned());
            }
        }
        Self(path.into())
    }

    /// The schemas it names, in order. [`TEMPORARY_SCHEMA`] may be among them before there are temporary objects.
    pub fn schemas(&self) -> &[String] {
        &self.0
    }

    /// Whether it is the one that stored texts are read along.
    pub fn is_default(&self) -> bool {
        matches!(&self.0[..], [only] if only == DEFAULT_SCHEMA)
    }

    fn names(&self, schema: &str) -> bool {
        self.0.iter().any(|known| known == schema)
    }
}

impl Catalog {
    /// The path this catalog is read along.
    pub fn path(&self) -> &SearchPath {
        &self.path
    }

    /// This catalog, read along another path.
    #[must_use]
    pub fn along(&self, path: SearchPath) -> Catalog {
        let mut along = self.clone();
        along.path = path;
        along
    }

    /// The schemas in which a name alone is looked for, in order, the system's among them.
    pub fn searched(&self) -> impl Iterator<Item = &str> {
        let own = (self.has_temporary() && !self.path.names(TEMPORARY_SCHEMA)).then_some(TEMPORARY_SCHEMA);
        let system = (!self.path.names(SYSTEM_SCHEMA)).then_some(SYSTEM_SCHEMA);
        own.into_iter().chain(system).chain(self.path.schemas().iter().map(String::as_str))
    }

    /// The relation a name without a schema means: the first along the path. If there is none, a name that no relation has, which
    /// along the default path is one of the default schema.
    pub fn on_path(&self, name: &str) -> RelationName {
        self.on_path_with(name, |_, _| false)
    }

    /// See [`Catalog::on_path`]. `is_system`: whether a schema of the system, which is not in the catalog, has a relation of a name.
    pub fn on_path_with(&self, name: &str, is_system: impl Fn(&str, &str) -> bool) -> RelationName {
        let is_default = self.path.is_default();
        let has = |schema: &&str| {
            let is_there = || self.relation(&RelationName::new(*schema, name)).is_some();
            // The end of the default path needs no look: it is what is meant, be it there or not.
            is_system(schema, name)
                || (is_default && *schema == DEFAULT_SCHEMA)
                || (self.schema(schema).is_some() && is_there())
        };
        RelationName::new(self.searched().find(has).unwrap_or(NOWHERE), name)
    }

    /// The schema of what is created without one; `None` if no schema of the path exists.
    pub fn creation_schema(&self) -> Option<&str> {
        self.path.schemas().first().map(String::as_str)
    }
}

impl RelationName {
    /// Whether it stands for a name that was found in no schema of the path.
    pub fn is_nowhere(&self) -> bool {
        self.schema == NOWHERE
    }
}

#[cfg(test)]
mod tests {
    use super::super::temporary::tests::with_table;
    use super::super::{Catalog, RelationName, TEMPORARY_SCHEMA};
    use super::SearchPath;

    fn catalog() -> Catalog {
        let mut catalog = Catalog::default();
        catalog.add_schema("a").expect("it is new");
        catalog.add_schema("b").expect("it is new");
        let catalog = with_table(with_table(catalog, "a", "t"), "b", "t");
        with_table(with_table(catalog, "b", "u"), "public", "u")
    }

    #[test]
    fn the_first_schema_of_the_path_that_has_a_name_is_meant() {
        let along = |schemas: &[&str]| catalog().along(SearchPath::new(schemas.iter().copied()));
        let found = |schemas: &[&str], name: &str| along(schemas).on_path(name).to_string();
        assert_eq!((found(&["a", "b"], "t"), found(&["b", "a"], "t")), ("a.t".to_owned(), "b.t".to_owned()));
        assert_eq!((found(&["a", "b"], "u"), found(&["a", "public"], "u")), ("b.u".to_owned(), "u".to_owned()));
        assert_eq!(along(&["b", "a", "b"]).path().schemas(), ["b", "a"]);
        assert_eq!(along(&["b", "a"]).creation_schema(), Some("b"));
        assert_eq!(along(&[]).creation_schema(), None);
    }

    #[test]
    fn what_no_schema_has_is_called_as_it_is_written() {
        let along = catalog().along(SearchPath::new(["a"]));
        assert_eq!(along.on_path("u").to_string(), "u");
        assert!(along.on_path("u").is_nowhere() && along.relation(&along.on_path("u")).is_none());
        assert_eq!(catalog().on_path("t"), RelationName::new("public", "t"));
    }

    #[test]
    fn temporary_and_system_relations_come_first_unless_the_path_says_where() {
        let mut own = catalog();
        own.make_temporary_schema();
        let own = with_table(own, TEMPORARY_SCHEMA, "t");
        let is_system = |schema: &str, name: &str| schema == "pg_catalog" && name == "u";
        let found = |schemas: &[&str], name: &str| {
            own.along(SearchPath::new(schemas.iter().copied())).on_path_with(name, is_system).schema
        };
        assert_eq!((found(&["a"], "t"), found(&["a", "pg_temp"], "t")), ("pg_temp".to_owned(), "a".to_owned()));
        assert_eq!((found(&["b"], "u"), found(&["b", "pg_catalog"], "u")), ("pg_catalog".to_owned(), "b".to_owned()));
        let searched: Vec<String> = own.searched().map(str::to_owned).collect();
        assert_eq!(searched, ["pg_temp", "pg_catalog", "public"]);
    }

    #[test]
    fn the_path_is_no_part_of_what_is_kept() {
        let along = catalog().along(SearchPath::new(["a"]));
        assert_ne!(along, catalog());
        assert_eq!(along.permanent_part(), catalog());
        assert!(along.temporary_part().path().is_default());
    }
}
