//! `pg_catalog`: PostgreSQL's system catalogs over a snapshot, for the clients that read them, and the functions they use.
//!
//! ```text
//!   relations.txt, types.txt ─▶ columns of every relation, rows of pg_type
//!   Objects (snapshot, OIDs) ─▶ rows of the relations below, results of the functions
//! ```
//!
//! What PostgreSQL keeps there and bowline does not have (triggers, policies, publications) is there and empty.
//! Source: PostgreSQL 18 documentation, System Catalogs and System Views.

mod functions;
mod objects;
mod relations;

mod classes;
mod constraints;
mod fixed;
mod indexes;
mod remarks;
mod sequences;
mod session;
mod summaries;
mod type_rows;
mod types;

mod cell;
mod quoting;

use std::sync::Arc;

use bowline_core::catalog::{RelationName, SYSTEM_SCHEMA};
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;

use crate::query::made::{Asked, MadeTable, Source};
use crate::query::view::Fields;
use cell::Cell;

pub(in crate::query) use functions::{Kept, named, shown, tells_of_catalog};
pub(in crate::query) use objects::Objects;
pub(crate) use quoting::quoted;
pub(super) use relations::system;

/// The rows of a relation.
type Rows = fn(&Objects) -> Vec<Vec<Cell>>;

/// The relations that have rows.
const FILLED: [(&str, Rows); 36] = [
    ("pg_class", classes::pg_class),
    ("pg_attribute", classes::pg_attribute),
    ("pg_attrdef", classes::pg_attrdef),
    ("pg_namespace", classes::pg_namespace),
    ("pg_constraint", constraints::pg_constraint),
    ("pg_index", indexes::pg_index),
    ("pg_sequence", sequences::pg_sequence),
    ("pg_type", type_rows::pg_type),
    ("pg_range", type_rows::pg_range),
    ("pg_description", remarks::pg_description),
    ("pg_depend", remarks::pg_depend),
    ("pg_rewrite", summaries::pg_rewrite),
    ("pg_am", fixed::pg_am),
    ("pg_opclass", fixed::pg_opclass),
    ("pg_collation", fixed::pg_collation),
    ("pg_language", fixed::pg_language),
    ("pg_extension", fixed::pg_extension),
    ("pg_tablespace", fixed::pg_tablespace),
    ("pg_database", fixed::pg_database),
    ("pg_authid", fixed::pg_authid),
    ("pg_roles", fixed::pg_roles),
    ("pg_user", fixed::pg_user),
    ("pg_shadow", fixed::pg_user),
    ("pg_tables", summaries::pg_tables),
    ("pg_views", summaries::pg_views),
    ("pg_indexes", indexes::pg_indexes),
    ("pg_sequences", sequences::pg_sequences),
    ("pg_stat_user_tables", summaries::pg_stat_user_tables),
    ("pg_stat_all_tables", summaries::pg_stat_user_tables),
    ("pg_statio_user_tables", summaries::pg_statio_user_tables),
    ("pg_statio_all_tables", summaries::pg_statio_user_tables),
    ("pg_stat_activity", session::pg_stat_activity),
    ("pg_settings", session::pg_settings),
    ("pg_timezone_names", session::pg_timezone_names),
    (KEYWORDS, summaries::keyword_rows),
    (SEQUENCE_DATA, sequences::data),
];

/// What `pg_get_keywords()` returns, as a relation that has no row in pg_class.
pub(in crate::query) const KEYWORDS: &str = "pg_get_keywords";

/// What `pg_get_sequence_data()` returns for each sequence, as such a relation: the sequence comes first.
pub(in crate::query) const SEQUENCE_DATA: &str = "pg_get_sequence_data";

/// The relation of that name in pg_catalog.
pub(in crate::query) fn table(name: &str, objects: Arc<Objects>, fields: Fields) -> Option<Arc<MadeTable>> {
    let described = relations::pg_catalog().get(name)?;
    let rows = FILLED.iter().find(|(known, _)| *known == name).map(|(_, rows)| *rows);
    let schema = relations::schema(described, fields);
    let source = Arc::new(CatalogTable { objects, schema: schema.clone(), rows });
    Some(Arc::new(MadeTable::new(RelationName::new(SYSTEM_SCHEMA, name), schema, source)))
}

/// A table of pg_catalog, as far as its system column tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query) struct SystemTable {
    pub oid: u32,
    /// Never NULL.
    pub first_column: &'static str,
}

/// The table of that name in pg_catalog; `None` for views and whatever is not there.
pub(in crate::query) fn system_table(name: &str) -> Option<SystemTable> {
    let described = relations::pg_catalog().get(name).filter(|described| described.relation.kind == "r")?;
    let (first_column, _) = described.columns.first()?;
    Some(SystemTable { oid: described.relation.oid, first_column })
}

/// Whether pg_catalog has a relation of that name.
pub(crate) fn has(name: &str) -> bool {
    relations::pg_catalog().contains_key(name)
}

/// The names of all relations of pg_catalog.
pub(in crate::query) fn names() -> impl Iterator<Item = &'static str> {
    relations::pg_catalog().keys().copied().filter(|name| ![KEYWORDS, SEQUENCE_DATA].contains(name))
}

/// A relation of pg_catalog over one snapshot; its rows are made when it is scanned.
#[derive(Debug)]
struct CatalogTable {
    objects: Arc<Objects>,
    schema: SchemaRef,
    rows: Option<Rows>,
}

impl Source for CatalogTable {
    fn rows(&self, asked: &Asked) -> Result<Vec<RecordBatch>> {
        let rows = self.rows.map(|rows| rows(&self.objects)).unwrap_or_default();
        let width = self.schema.fields().len();
        assert!(rows.iter().all(|row| row.len() == width), "a row of pg_catalog was believed to be whole");
        let column = |at: &usize| cell::column(self.schema.field(*at), rows.iter().map(|row| &row[*at]));
        let columns = asked.projection.iter().map(column).collect::<Result<Vec<_>, _>>()?;
        let schema = Arc::new(self.schema.project(&asked.projection)?);
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        Ok(vec![RecordBatch::try_new_with_options(schema, columns, &options)?])
    }
}
