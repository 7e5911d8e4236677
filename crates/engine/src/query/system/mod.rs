//! Tables that are computed from the snapshot when they are read: `bowline`, `information_schema` and `pg_catalog`.

mod columns;
mod constraints;
mod lazy;
pub(in crate::query) mod pg_catalog;
mod relations;
mod relationships;
mod rows;
mod violations;

use std::sync::Arc;

use bowline_core::rows::Snapshot;
use datafusion::catalog::TableProvider;

use crate::cancel::CancelHandle;
use lazy::{Definition, LazyTable};

/// The schemas of system tables.
pub(super) const SCHEMAS: [&str; 3] = ["bowline", "information_schema", "pg_catalog"];

/// Stands for the database in rows of `information_schema`, which name it as the session does.
pub(in crate::query) const DATABASE: &str = "bowline";

/// Every system table whose rows follow from the catalog alone.
const DEFINITIONS: [&Definition; 11] = [
    &relationships::RELATIONSHIPS,
    &relations::SCHEMATA,
    &relations::TABLES,
    &relations::VIEWS,
    &relations::SEQUENCES,
    &columns::COLUMNS,
    &constraints::TABLE_CONSTRAINTS,
    &constraints::KEY_COLUMN_USAGE,
    &constraints::CONSTRAINT_COLUMN_USAGE,
    &constraints::REFERENTIAL_CONSTRAINTS,
    &constraints::CHECK_CONSTRAINTS,
];

/// The system table of that name; `database` is what the catalog columns name. The columns of views are asked for only where they are told; `cancel` ends the reading of
/// one that takes long.
pub(super) fn table(
    schema: &str,
    name: &str,
    snapshot: &Snapshot,
    database: &str,
    cancel: &CancelHandle,
    view_columns: impl FnOnce() -> Arc<pg_catalog::ViewColumns>,
) -> Option<Arc<dyn TableProvider>> {
    if (schema, name) == ("bowline", "violations") {
        return Some(Arc::new(violations::Violations::new(snapshot.clone(), cancel.clone())));
    }
    let definition = DEFINITIONS.iter().find(|known| known.schema == schema && known.name == name)?;
    let more = if name == columns::COLUMNS.name { columns::of_views(&view_columns()) } else { Vec::new() };
    Some(Arc::new(LazyTable::new(definition, snapshot.clone(), more, database)))
}

/// The names of all system tables.
pub(super) fn names() -> impl Iterator<Item = String> {
    let definitions = DEFINITIONS.iter().map(|known| format!("{}.{}", known.schema, known.name));
    let catalog = pg_catalog::names().map(|name| format!("pg_catalog.{name}"));
    definitions.chain(["bowline.violations".to_owned()]).chain(catalog)
}
