//! Tables that are computed from the snapshot when they are read.

use std::sync::Arc;

use bowline_core::rows::Snapshot;
use datafusion::catalog::TableProvider;

/// The schemas of system tables.
pub(super) const SCHEMAS: [&str; 3] = ["bowline", "information_schema", "pg_catalog"];

/// The system table of that name.
pub(super) fn table(_schema: &str, _name: &str, _snapshot: &Snapshot) -> Option<Arc<dyn TableProvider>> {
    None
}

/// The names of all system tables.
pub(super) fn names() -> impl Iterator<Item = String> {
    std::iter::empty()
}
