//! Tables that are computed from the snapshot when they are read: `bowline`, `information_schema` and `pg_catalog`.

mod columns;
mod constraints;
mod definitions;
mod lazy;
pub(in crate::query) mod pg_catalog;
mod relations;
mod relationships;
mod rows;
mod schemas;
mod view_text;
mod violations;

use std::sync::Arc;

use bowline_core::catalog::RelationName;
use bowline_core::rows::Snapshot;

use crate::cancel::CancelHandle;
use crate::query::made::{MadeTable, Source};
use crate::query::view::ViewColumns;
use definitions::DEFINITIONS;
use lazy::LazyTable;

pub(in crate::query) use schemas::SCHEMAS;

/// The system table of that name; `database` is what the catalog columns name. The columns of views are asked for only where
/// they are told; `cancel` ends the reading of one that takes long.
pub(super) fn table(
    schema: &str,
    name: &str,
    snapshot: &Snapshot,
    database: &str,
    cancel: &CancelHandle,
    view_columns: impl FnOnce() -> Arc<ViewColumns>,
) -> Option<Arc<MadeTable>> {
    let made = |columns: &[(&str, rows::Kind)], source: Arc<dyn Source>| {
        Some(Arc::new(MadeTable::new(RelationName::new(schema, name), rows::schema(columns), source)))
    };
    if (schema, name) == ("bowline", "violations") {
        let violations = violations::Violations::new(snapshot.clone(), cancel.clone());
        return made(&violations::COLUMNS, Arc::new(violations));
    }
    let definition = DEFINITIONS.iter().find(|known| known.schema == schema && known.name == name)?;
    let more = match name {
        "columns" => columns::of_views(&view_columns()),
        "tables" => system_tables(),
        _ => Vec::new(),
    };
    made(definition.columns, Arc::new(LazyTable::new(definition, snapshot.clone(), more, database)))
}

/// The rows of `information_schema.tables` that are about system tables.
fn system_tables() -> Vec<Vec<rows::Value>> {
    let named = pg_catalog::system().iter().map(|relation| {
        let kind = if relation.kind == "r" { "BASE TABLE" } else { "VIEW" };
        relations::table((relation.schema, relation.name, kind))
    });
    named.collect()
}

/// Whether a schema of the system has a relation of that name.
pub(crate) fn has(schema: &str, name: &str) -> bool {
    match schema {
        "pg_catalog" => pg_catalog::has(name),
        "bowline" if name == "violations" => true,
        _ => DEFINITIONS.iter().any(|known| known.schema == schema && known.name == name),
    }
}

/// The names of all system tables.
pub(super) fn names() -> impl Iterator<Item = String> {
    let definitions = DEFINITIONS.iter().map(|known| format!("{}.{}", known.schema, known.name));
    let catalog = pg_catalog::names().map(|name| format!("pg_catalog.{name}"));
    definitions.chain(["bowline.violations".to_owned()]).chain(catalog)
}
