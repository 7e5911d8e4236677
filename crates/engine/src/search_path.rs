//! The session's search path: which catalog its statements see, and what names alone mean in them and in stored texts.
//!
//! ```text
//!   search_path = "$user", a, nowhere, public ──▶ those there are: a, public ──▶ the catalog, read along them
//!                                                                               (the same value while neither changes)
//!   view, default, check, ... ──▶ stored so that the default path reads it alike; read along that, whatever the session's is
//! ```

use std::sync::Arc;

use bowline_core::catalog::{Catalog, DEFAULT_SCHEMA, RelationName, SYSTEM_SCHEMA, SearchPath, TEMPORARY_SCHEMA};
use parking_lot::Mutex;

use crate::identifier::identifier;
use crate::query::{is_system_relation, is_system_relation_of};
use crate::settings::SessionSettings;
use crate::sql::SYSTEM_SCHEMAS;

/// The relation that a name alone means to a statement. One that is nowhere has a name that no relation has.
pub(crate) fn on_path(catalog: &Catalog, name: &str) -> RelationName {
    catalog.on_path_with(name, is_system_relation_of)
}

/// The relation that a name alone means in what is stored: in a permanent declaration never a temporary one.
pub(crate) fn in_stored(catalog: &Catalog, name: &str, is_temporary: bool) -> RelationName {
    let own = RelationName::new(TEMPORARY_SCHEMA, name);
    if is_temporary && catalog.has_temporary() && catalog.relation(&own).is_some() {
        return own;
    }
    let schema = if is_system_relation(name) { SYSTEM_SCHEMA } else { DEFAULT_SCHEMA };
    RelationName::new(schema, name)
}

/// A relation's name as a statement may write it: with its schema where the name alone means another relation, or none.
pub(crate) fn written(catalog: &Catalog, name: &RelationName) -> String {
    match is_visible(catalog, name) {
        true => identifier(&name.name),
        false => format!("{}.{}", identifier(&name.schema), identifier(&name.name)),
    }
}

/// A relation's name as a message says it: with its schema unless that is searched.
pub(crate) fn shown(catalog: &Catalog, name: &RelationName) -> String {
    match name.is_nowhere() || catalog.searched().any(|schema| schema == name.schema) {
        true => name.name.clone(),
        false => format!("{}.{}", name.schema, name.name),
    }
}

/// Whether a relation is what its name alone means.
pub(crate) fn is_visible(catalog: &Catalog, name: &RelationName) -> bool {
    on_path(catalog, &name.name) == *name
}

/// The path of one session.
#[derive(Debug, Default)]
pub(crate) struct SessionPath(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// The schemas that the setting names, and how often settings had changed when it was read.
    told: Option<(u64, SearchPath)>,
    read: Option<Read>,
}

/// The catalog that was read along the path last, and what came of it.
#[derive(Debug)]
struct Read {
    of: Arc<Catalog>,
    along: Arc<Catalog>,
    /// How often settings had changed.
    changes: u64,
}

impl Read {
    fn has(&self, catalog: &Arc<Catalog>) -> bool {
        Arc::ptr_eq(&self.of, catalog) || Arc::ptr_eq(&self.along, catalog)
    }
}

impl SessionPath {
    /// The catalog, read along the path as it is now.
    pub fn read(&self, settings: &SessionSettings, catalog: &Arc<Catalog>) -> Arc<Catalog> {
        let Kept { told, read } = &mut *self.0.lock();
        let changes = settings.changes();
        if let Some(known) = read.as_ref().filter(|known| known.changes == changes && known.has(catalog)) {
            return known.along.clone();
        }
        if told.as_ref().is_none_or(|(known, _)| *known != changes) {
            *told = Some((changes, SearchPath::new(settings.search_path().iter().map(String::as_str))));
        }
        let told = told.iter().flat_map(|(_, told)| told.schemas().iter().map(String::as_str));
        let there = || told.clone().filter(|schema| is_there(catalog, schema));
        let is_along = |catalog: &Catalog| there().eq(catalog.path().schemas().iter().map(String::as_str));
        if let Some(known) = read.as_mut().filter(|known| known.has(catalog) && is_along(&known.along)) {
            known.changes = changes;
            return known.along.clone();
        }
        let along = if is_along(catalog) { catalog.clone() } else { Arc::new(catalog.along(SearchPath::new(there()))) };
        *read = Some(Read { of: catalog.clone(), along: along.clone(), changes });
        along
    }
}

/// Whether a schema can be searched. That of temporary objects is where they are made, be there any or not.
fn is_there(catalog: &Catalog, schema: &str) -> bool {
    schema == TEMPORARY_SCHEMA || SYSTEM_SCHEMAS.contains(&schema) || catalog.schema(schema).is_some()
}
