//! What a query is planned over.

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_core::catalog::RelationName;
use bowline_core::rows::Snapshot;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Field, SchemaRef};
use datafusion::catalog::TableProvider;

use super::made::MadeTable;
use super::names::STATEMENT_SCHEMA;

/// What a statement sees.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// The database.
    pub snapshot: Snapshot,
    /// Tables made for this statement, found in schema `__statement`.
    pub extra: Vec<StatementTable>,
}

/// A table made for a statement.
#[derive(Debug, Clone)]
pub(crate) struct StatementTable {
    /// The rows it is given.
    pub(in crate::query) given: Arc<MadeTable>,
    /// What a query reads: these rows, or what is computed of them.
    pub(in crate::query) read: Arc<dyn TableProvider>,
}

impl StatementTable {
    /// Rows under a name in schema `__statement`. `batches`: of this schema.
    pub fn new(name: &str, schema: SchemaRef, batches: Vec<RecordBatch>) -> StatementTable {
        let given = Arc::new(MadeTable::given(RelationName::new(STATEMENT_SCHEMA, name), schema, batches));
        StatementTable { read: given.clone(), given }
    }
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
