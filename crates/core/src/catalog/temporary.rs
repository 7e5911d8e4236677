//! Temporary objects: what one session declares for itself, in a schema of its own that its statements see beside all others.
//!
//! ```text
//!   permanent catalog ─┐                                            ┌─▶ permanent part: committed, seen by all
//!                      ├─ joined ─▶ what the session sees ─ parted ─┤
//!   session's own ─────┘                                            └─▶ temporary part: kept by the session
//! ```
//!
//! Invariant: the ids of temporary objects are apart from those of permanent ones, so that a delta, a set of constraints or the
//! standings of sequences can be told apart by id alone. Two sessions may use the same ids: neither sees the other's.

use std::collections::BTreeMap;

use super::{Catalog, ConstraintId, Schema, SearchPath, SequenceId, TableId};

/// The schema of temporary objects; searched before every other unless the path says where.
pub const TEMPORARY_SCHEMA: &str = "pg_temp";

/// The ids of temporary objects count from here. No database comes to so many permanent ones.
const TEMPORARY_FIRST: u32 = 1 << 25;

/// What COMMIT does to the rows of a temporary table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnCommit {
    /// `ON COMMIT PRESERVE ROWS`.
    #[default]
    PreserveRows,
    /// `ON COMMIT DELETE ROWS`.
    DeleteRows,
    /// `ON COMMIT DROP`.
    Drop,
}

/// What a catalog knows of its temporary objects beyond what it knows of any.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Temporary {
    /// How many ids were given.
    given: u32,
    /// Where it is not PRESERVE ROWS.
    on_commit: BTreeMap<TableId, OnCommit>,
}

macro_rules! temporary_ids {
    ($($name:ident),*) => {$(
        impl $name {
            /// Whether it is the id of a temporary object.
            pub fn is_temporary(self) -> bool {
                self.0 >= TEMPORARY_FIRST
            }
        }
    )*};
}

temporary_ids!(TableId, ConstraintId, SequenceId);

impl Catalog {
    /// An id not used before, for an object of this schema.
    pub fn next_id_in(&mut self, schema: &str) -> u32 {
        if schema != TEMPORARY_SCHEMA {
            let id = self.next_id();
            assert!(id < TEMPORARY_FIRST, "a database was believed to declare fewer than {TEMPORARY_FIRST} objects");
            return id;
        }
        self.temporary.given += 1;
        TEMPORARY_FIRST + self.temporary.given
    }

    /// Whether a session has its own schema here.
    pub fn has_temporary(&self) -> bool {
        self.schemas.contains_key(TEMPORARY_SCHEMA)
    }

    /// Makes the schema of temporary objects, if it is not there.
    pub fn make_temporary_schema(&mut self) {
        self.schemas.entry(TEMPORARY_SCHEMA.to_owned()).or_default();
    }

    /// What COMMIT does to the rows of a table.
    pub fn on_commit(&self, table: TableId) -> OnCommit {
        self.temporary.on_commit.get(&table).copied().unwrap_or_default()
    }

    /// Says what COMMIT does to the rows of a temporary table.
    pub fn set_on_commit(&mut self, table: TableId, rule: OnCommit) {
        if rule == OnCommit::PreserveRows {
            self.temporary.on_commit.remove(&table);
        } else {
            self.temporary.on_commit.insert(table, rule);
        }
    }

    /// This catalog with a session's own objects.
    #[must_use]
    pub fn joined(&self, own: &Catalog) -> Catalog {
        let mut joined = self.clone();
        joined.schemas.insert(TEMPORARY_SCHEMA.to_owned(), Schema::default());
        joined.tables.extend(own.tables.iter().map(|(id, table)| (*id, table.clone())));
        joined.foreign_keys.extend(own.foreign_keys.iter().map(|(id, fk)| (*id, fk.clone())));
        joined.sequences.extend(own.sequences.iter().map(|(id, sequence)| (*id, sequence.clone())));
        joined.views.extend(own.views.iter().cloned());
        joined.temporary = own.temporary.clone();
        joined
    }

    /// This catalog without a session's own objects, and without its path.
    #[must_use]
    pub fn permanent_part(&self) -> Catalog {
        self.part(false)
    }

    /// A session's own objects in this catalog.
    #[must_use]
    pub fn temporary_part(&self) -> Catalog {
        self.part(true)
    }

    /// This catalog with the session's own objects taken away. Their ids are not given again.
    #[must_use]
    pub fn without_temporary_objects(&self) -> Catalog {
        let mut rest = self.part(false).along(self.path.clone());
        rest.temporary.given = self.temporary.given;
        rest.make_temporary_schema();
        rest
    }

    fn part(&self, temporary: bool) -> Catalog {
        let mut part = self.along(SearchPath::default());
        part.schemas.retain(|name, _| (name == TEMPORARY_SCHEMA) == temporary);
        part.tables.retain(|id, _| id.is_temporary() == temporary);
        part.foreign_keys.retain(|id, _| id.is_temporary() == temporary);
        part.sequences.retain(|id, _| id.is_temporary() == temporary);
        part.views.retain(|view| (view.name.schema == TEMPORARY_SCHEMA) == temporary);
        if !temporary {
            part.temporary = Temporary::default();
        }
        part
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Catalog, RelationName, Table, TableId};
    use super::TEMPORARY_SCHEMA;

    pub fn with_table(mut catalog: Catalog, schema: &str, name: &str) -> Catalog {
        let id = TableId(catalog.next_id_in(schema));
        catalog.put_table(Table {
            id,
            schema: schema.to_owned(),
            name: name.to_owned(),
            columns: Vec::new(),
            next_column: 1,
            keys: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            comment: None,
        });
        catalog
    }

    #[test]
    fn what_is_joined_parts_again() {
        let permanent = with_table(Catalog::default(), "public", "t");
        let mut joined = permanent.clone();
        joined.make_temporary_schema();
        let joined = with_table(with_table(joined, TEMPORARY_SCHEMA, "t"), "public", "u");
        assert_eq!(joined.on_path("t"), RelationName::new(TEMPORARY_SCHEMA, "t"));
        assert_eq!(joined.on_path("u"), RelationName::new("public", "u"));
        let (shared, own) = (joined.permanent_part(), joined.temporary_part());
        assert_eq!(shared, with_table(permanent, "public", "u"));
        assert_eq!(own.tables().count(), 1);
        assert_eq!(shared.joined(&own), joined);
        assert!(!shared.has_temporary());
    }
}
