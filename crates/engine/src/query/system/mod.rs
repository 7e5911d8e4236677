//! Tables that are computed from the snapshot when they are read: `bowline` and `information_schema`.

mod columns;
mod constraints;
mod lazy;
mod relations;
mod relationships;
mod rows;
mod violations;

use std::sync::Arc;

use bowline_core::rows::Snapshot;
use datafusion::catalog::TableProvider;

use lazy::{Definition, LazyTable};

/// The schemas of system tables.
pub(super) const SCHEMAS: [&str; 3] = ["bowline", "information_schema", "pg_catalog"];

/// The name of the database in `information_schema`.
const DATABASE: &str = "bowline";

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

/// The system table of that name.
pub(super) fn table(schema: &str, name: &str, snapshot: &Snapshot) -> Option<Arc<dyn TableProvider>> {
    if (schema, name) == ("bowline", "violations") {
        return Some(Arc::new(violations::Violations::new(snapshot.clone())));
    }
    let definition = DEFINITIONS.iter().find(|known| known.schema == schema && known.name == name)?;
    Some(Arc::new(LazyTable::new(definition, snapshot.clone())))
}

/// The names of all system tables.
pub(super) fn names() -> impl Iterator<Item = String> {
    let definitions = DEFINITIONS.iter().map(|known| format!("{}.{}", known.schema, known.name));
    definitions.chain(["bowline.violations".to_owned()])
}
