//! Whether a relation can be made, and the table it begins as.

use bowline_core::catalog::{Catalog, CatalogError, OnCommit, RelationName, TEMPORARY_SCHEMA, Table, TableId};
use datafusion::sql::sqlparser::ast::{self, CreateTable};

use super::super::names::SYSTEM_SCHEMAS;
use super::super::scope::Scope;
use crate::error::Error;
use crate::outcome::Notice;

/// Whether a relation is to be made: false where it is there and IF NOT EXISTS says to skip it. Errors: 42P07, 3F000, 42501.
pub(super) fn is_new(scope: &mut Scope, name: &RelationName, if_not_exists: bool) -> Result<bool, Error> {
    check_new_relation(scope, name)?;
    match scope.catalog().relation(name) {
        None => Ok(true),
        Some(_) if if_not_exists => {
            let message = format!("relation \"{}\" already exists, skipping", name.name);
            scope.notice(Notice { sqlstate: "42P07", ..Notice::plain(message) });
            Ok(false)
        }
        Some(_) => Err(CatalogError::Exists { kind: "relation", name: name.name.clone() }.into()),
    }
}

/// A table without columns, of an id of its own.
pub(super) fn empty_table(catalog: &mut Catalog, name: RelationName) -> Table {
    if name.schema == TEMPORARY_SCHEMA {
        catalog.make_temporary_schema();
    }
    Table {
        id: TableId(catalog.next_id_in(&name.schema)),
        schema: name.schema,
        name: name.name,
        columns: Vec::new(),
        next_column: 1,
        keys: Vec::new(),
        checks: Vec::new(),
        indexes: Vec::new(),
        comment: None,
    }
}

/// Refuses a relation in a schema that is not there or is not for users.
pub(super) fn check_new_relation(scope: &Scope, name: &RelationName) -> Result<(), Error> {
    if SYSTEM_SCHEMAS.contains(&name.schema.as_str()) {
        return Err(Error::new("42501", format!("permission denied to create \"{name}\""))
            .with_detail("System schemas hold only what the engine puts there.")
            .with_hint("Choose another schema."));
    }
    if name.schema != TEMPORARY_SCHEMA && scope.catalog().schema(&name.schema).is_none() {
        let schemas: Vec<_> = scope.catalog().schemas().map(|(name, _)| name.as_str()).collect();
        return Err(Error::new("3F000", format!("schema \"{}\" does not exist", name.schema))
            .with_hint(format!("Create it first, or use one of: {}.", schemas.join(", "))));
    }
    Ok(())
}

/// What COMMIT does to the rows of the table. Errors: 42P16 for a permanent table.
pub(super) fn temporary_forms(scope: &mut Scope, create: &CreateTable, name: &RelationName) -> Result<OnCommit, Error> {
    if create.global == Some(true) {
        scope.notice(Notice::warning("GLOBAL is deprecated in temporary table creation"));
    }
    let is_temporary = name.schema == TEMPORARY_SCHEMA;
    match create.on_commit {
        None => Ok(OnCommit::PreserveRows),
        Some(_) if !is_temporary => Err(Error::new("42P16", "ON COMMIT can only be used on temporary tables")
            .with_hint("Create the table with TEMPORARY, or leave ON COMMIT out.")),
        Some(ast::OnCommit::PreserveRows) => Ok(OnCommit::PreserveRows),
        Some(ast::OnCommit::DeleteRows) => Ok(OnCommit::DeleteRows),
        Some(ast::OnCommit::Drop) => Ok(OnCommit::Drop),
    }
}
