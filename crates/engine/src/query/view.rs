//! What a query is planned over.

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_core::catalog::RelationName;
use bowline_core::rows::Snapshot;
use datafusion::arrow::datatypes::Field;
use datafusion::catalog::TableProvider;

/// What a statement sees.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// The database.
    pub snapshot: Snapshot,
    /// Tables made for this statement, found in schema `__statement`.
    pub extra: Vec<(String, Arc<dyn TableProvider>)>,
}

/// Whether fields carry PostgreSQL's name of their type where Arrow's does not tell.
///
/// A recursive query is refused by DataFusion when its two parts differ in that, as `name` and `name || 'x'` do; then it is
/// planned again without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::query) enum Fields {
    Typed,
    Bare,
}

/// A view's columns, by the view's name.
pub(in crate::query) type ViewColumns = BTreeMap<RelationName, Vec<Field>>;
