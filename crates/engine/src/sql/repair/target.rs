//! Finds the foreign key that a text means, and writes the text that means a foreign key.
//!
//! `constraint`, `table.constraint` or `schema.table.constraint`: first as the name stands, then as identifiers, which are
//! folded to lower case unless they are quoted.

use std::sync::Arc;

use bowline_core::catalog::{Catalog, ForeignKey, Table};

use crate::error::Error;
use crate::identifier::{identifier, parts};
use crate::query::nearest;
use crate::search_path;

/// The foreign key of that name. Errors: 42704 if there is none, 42809 if it is a constraint of another kind, 42P09 if several
/// tables have one.
pub(super) fn foreign_key(catalog: &Catalog, text: &str) -> Result<Arc<ForeignKey>, Error> {
    let mut found = found(catalog, &[text.to_owned()]);
    if found.is_empty() {
        found = self::found(catalog, &parts(text).unwrap_or_default());
    }
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(missing(catalog, text)),
        several => {
            let mut names: Vec<String> = several.iter().map(|fk| format!("'{}'", qualified(catalog, fk))).collect();
            names.sort();
            Err(Error::new("42P09", format!("foreign key name \"{text}\" is ambiguous"))
                .with_detail(format!("{} tables have a foreign key of that name.", names.len()))
                .with_hint(format!("Name the table too: {}.", names.join(", "))))
        }
    }
}

/// The shortest text that means the key, to stand between quotes.
pub(in crate::sql) fn callable_name(catalog: &Catalog, fk: &ForeignKey) -> String {
    let same_name = catalog.foreign_keys().filter(|other| other.name == fk.name).count();
    let name = if same_name > 1 { qualified(catalog, fk) } else { fk.name.clone() };
    name.replace('\'', "''")
}

/// A table's name, as a statement writes it.
pub(in crate::sql) fn table_reference(catalog: &Catalog, table: &Table) -> String {
    search_path::written(catalog, &table.relation_name())
}

fn qualified(catalog: &Catalog, fk: &ForeignKey) -> String {
    format!("{}.{}", table_reference(catalog, catalog.table(fk.table)), identifier(&fk.name))
}

fn found<'c>(catalog: &'c Catalog, parts: &[String]) -> Vec<&'c Arc<ForeignKey>> {
    let (schema, table, constraint) = match parts {
        [constraint] => (None, None, constraint),
        [table, constraint] => (None, Some(table), constraint),
        [schema, table, constraint] => (Some(schema), Some(table), constraint),
        _ => return Vec::new(),
    };
    // As anywhere, a table without a schema is the first along the search path.
    let searched = table.map(|table| search_path::on_path(catalog, table).schema);
    let schema = schema.cloned().or(searched).unwrap_or_default();
    let is_meant = |fk: &&Arc<ForeignKey>| {
        let of = catalog.table(fk.table);
        fk.name == *constraint && table.is_none_or(|table| of.name == *table && of.schema == schema)
    };
    catalog.foreign_keys().filter(is_meant).collect()
}

fn missing(catalog: &Catalog, text: &str) -> Error {
    let constraint = parts(text).and_then(|mut parts| parts.pop()).unwrap_or_default();
    let another = catalog.tables().find(|table| catalog.constraint_names(table.id).contains(&constraint));
    let is_foreign = catalog.foreign_keys().any(|fk| fk.name == constraint);
    if let Some(table) = another.filter(|_| !is_foreign) {
        return Error::new(
            "42809",
            format!("constraint \"{constraint}\" of table \"{}\" is no foreign key", table.name),
        )
        .with_hint("Only foreign keys are repaired.");
    }
    let error = Error::new("42704", format!("foreign key \"{text}\" does not exist"));
    let mut known: Vec<String> = catalog.foreign_keys().map(|fk| qualified(catalog, fk)).collect();
    known.sort();
    if is_foreign {
        known.retain(|name| name.ends_with(&identifier(&constraint)));
        return error.with_hint(format!("There is: {}.", known.join(", ")));
    }
    match nearest(&constraint, catalog.foreign_keys().map(|fk| fk.name.as_str())) {
        Some(near) => error.with_hint(format!("Perhaps you meant \"{near}\".")),
        None if known.is_empty() => error.with_hint("There are no foreign keys."),
        None => error.with_hint("SELECT * FROM bowline.relationships lists them."),
    }
}
