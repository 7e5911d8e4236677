//! Binds names of the text to what the catalog has, and says what is near when there is no such thing.

use std::sync::Arc;

use bowline_core::catalog::{Catalog, Column, ColumnId, Relation, RelationName, TEMPORARY_SCHEMA, Table};
use datafusion::sql::sqlparser::ast::{ObjectName, ObjectNamePart};

use crate::error::Error;
pub(crate) use crate::identifier::folded;
use crate::query::nearest;
use crate::search_path;

/// Schemas the engine fills itself.
pub(crate) const SYSTEM_SCHEMAS: [&str; 3] = ["bowline", "information_schema", "pg_catalog"];

/// The name a table, view, index or sequence has: without a schema the first along the search path.
pub(crate) fn relation_name(catalog: &Catalog, name: &ObjectName) -> Result<RelationName, Error> {
    let parts = parts(name)?;
    match parts.as_slice() {
        [name] => Ok(search_path::on_path(catalog, name)),
        [schema, name] => Ok(RelationName::new(schema, name)),
        _ => Err(cross_database(name)),
    }
}

/// The relation that a name in a stored text means, whatever the session's search path. `temporary`: it is a temporary object's.
pub(crate) fn stored_name(catalog: &Catalog, name: &ObjectName, temporary: bool) -> Result<RelationName, Error> {
    match parts(name)?.as_slice() {
        [name] => Ok(search_path::in_stored(catalog, name, temporary)),
        [schema, name] => Ok(RelationName::new(schema, name)),
        _ => Err(cross_database(name)),
    }
}

/// The name a new relation gets: in the first schema of the search path, or in that of temporary objects, unless it says otherwise.
/// Errors: 42P16 for a temporary one in another schema; 3F000 if the path has no schema.
pub(crate) fn new_relation_name(catalog: &Catalog, name: &ObjectName, temporary: bool) -> Result<RelationName, Error> {
    match parts(name)?.as_slice() {
        [name] if temporary => Ok(RelationName::new(TEMPORARY_SCHEMA, name)),
        [name] => match catalog.creation_schema() {
            Some(schema) => Ok(RelationName::new(schema, name)),
            None => Err(Error::new("3F000", "no schema has been selected to create in")
                .with_hint("Name the schema, or SET search_path to one that is there.")),
        },
        [schema, _] if temporary && schema != TEMPORARY_SCHEMA => {
            Err(Error::new("42P16", "cannot create temporary relation in non-temporary schema")
                .with_hint("Leave the schema out."))
        }
        [schema, name] => Ok(RelationName::new(schema, name)),
        _ => Err(cross_database(name)),
    }
}

fn cross_database(name: &ObjectName) -> Error {
    Error::unsupported(format!("cross-database references are not implemented: {name}"), "Name it as schema.table.")
}

/// The folded parts of a dotted name.
pub(crate) fn parts(name: &ObjectName) -> Result<Vec<String>, Error> {
    let part = |part: &ObjectNamePart| match part {
        ObjectNamePart::Identifier(name) => Ok(folded(name)),
        ObjectNamePart::Function(_) => Err(Error::new("42601", format!("{name} is not a name"))),
    };
    name.0.iter().map(part).collect()
}

/// The last part of a dotted name: a column's name.
pub(crate) fn last_part(name: &ObjectName) -> Result<String, Error> {
    Ok(parts(name)?.pop().expect("a name has a part"))
}

/// Refuses a name that no schema of a user may have. Errors: 42939.
pub(crate) fn check_schema_name(name: &str) -> Result<(), Error> {
    match SYSTEM_SCHEMAS.contains(&name) || name.starts_with("pg_") || name.starts_with("__") {
        false => Ok(()),
        true => Err(Error::new("42939", format!("unacceptable schema name \"{name}\""))
            .with_detail("The name is reserved for system schemas.")
            .with_hint("Choose another name.")),
    }
}

/// The table of that name. Errors: 42P01, 42809 for another kind of relation, 3F000 for a schema that is not there.
pub(crate) fn table(catalog: &Catalog, name: &ObjectName) -> Result<Arc<Table>, Error> {
    table_named(catalog, &relation_name(catalog, name)?)
}

/// See [`table`].
pub(crate) fn table_named(catalog: &Catalog, name: &RelationName) -> Result<Arc<Table>, Error> {
    match catalog.relation(name) {
        Some(Relation::Table(table)) => Ok(table),
        Some(_) => Err(Error::new("42809", format!("\"{}\" is not a table", name.name))
            .with_hint("Only tables hold rows: name the table behind it.")),
        None if SYSTEM_SCHEMAS.contains(&name.schema.as_str()) => Err(system_catalog(&name.name)),
        None => Err(missing(catalog, name)),
    }
}

/// 42501 for a relation that the engine fills itself.
pub(crate) fn system_catalog(name: &str) -> Error {
    Error::new("42501", format!("permission denied: \"{name}\" is a system catalog"))
        .with_hint("System tables can only be read.")
}

/// 42P01 for a relation that is not there, with the nearest name.
pub(crate) fn missing(catalog: &Catalog, name: &RelationName) -> Error {
    let error = Error::new("42P01", format!("relation \"{name}\" does not exist"));
    if !name.is_nowhere() && catalog.schema(&name.schema).is_none() {
        let schemas: Vec<_> = catalog.schemas().map(|(name, _)| name.as_str()).collect();
        return error.with_hint(format!("There is no schema \"{}\"; there are: {}.", name.schema, schemas.join(", ")));
    }
    let shown = |name: &RelationName| search_path::shown(catalog, name);
    let names: Vec<String> = catalog.tables().map(|table| shown(&table.relation_name())).collect();
    match nearest(&shown(name), names.iter().map(String::as_str)) {
        Some(near) => error.with_hint(format!("Perhaps you meant \"{near}\".")),
        None => error,
    }
}

/// The column of that name. Errors: 42703 with the nearest name.
pub(crate) fn column<'t>(table: &'t Table, name: &str) -> Result<&'t Column, Error> {
    table.column(name).ok_or_else(|| {
        let error = Error::new("42703", format!("column \"{name}\" of relation \"{}\" does not exist", table.name))
            .with_table(&table.schema, &table.name);
        let names = table.columns.iter().map(|column| column.name.as_str());
        match nearest(name, names.clone()) {
            Some(near) => error.with_hint(format!("Perhaps you meant \"{near}\".")),
            None => error.with_hint(format!("Its columns are: {}.", names.collect::<Vec<_>>().join(", "))),
        }
    })
}

/// The ids of columns by name, each named once. Errors: 42703, 42701.
pub(crate) fn column_ids(table: &Table, names: &[String]) -> Result<Vec<ColumnId>, Error> {
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        let id = column(table, name)?.id;
        if ids.contains(&id) {
            return Err(Error::new("42701", format!("column \"{name}\" specified more than once"))
                .with_hint("Name each column once."));
        }
        ids.push(id);
    }
    Ok(ids)
}

/// 42704: the table has no constraint of that name.
pub(crate) fn no_constraint(catalog: &Catalog, table: &Table, name: &str) -> Error {
    let known = catalog.constraint_names(table.id);
    let error = Error::new("42704", format!("constraint \"{name}\" of relation \"{}\" does not exist", table.name))
        .with_table(&table.schema, &table.name);
    match known.len() {
        0 => error.with_hint("The table has no constraints."),
        _ => error.with_hint(format!("Its constraints are: {}.", known.join(", "))),
    }
}
