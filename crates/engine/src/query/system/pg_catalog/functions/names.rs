//! What a name means and what an OID is called: the object identifier types, `to_regclass`, `pg_table_is_visible`.
//!
//! A value of `regclass` and its kin is the OID; only what leaves a query is shown as the name (`__show_...`).

use bowline_core::catalog::RelationName;

use super::super::cell::Cell;
use super::super::objects::{DATABASE_OWNER, DATABASE_OWNER_NAME, Object, Objects, ROLE};
use super::super::quoting::quoted;
use super::super::types;
use super::entry::Entry;
use crate::error::Error;
use crate::identifier::parts;

pub(super) const FUNCTIONS: &[Entry] = &[
    Entry::strict("to_regclass", 1..=1, "regclass", |objects, arguments| {
        let found = relation_named(objects, arguments[0].text().unwrap_or_default())?;
        Ok(found.map(|object| objects.oid(&object)).into())
    }),
    Entry::strict("to_regtype", 1..=1, "regtype", |_, arguments| {
        Ok(arguments[0].text().and_then(types::parsed).map(|(oid, _)| oid).into())
    }),
    Entry::strict("to_regtypemod", 1..=1, "int4", |_, arguments| {
        Ok(arguments[0].text().and_then(types::parsed).map(|(_, modifier)| modifier).into())
    }),
    Entry::strict("to_regnamespace", 1..=1, "regnamespace", |objects, arguments| {
        Ok(arguments[0].text().and_then(|name| schema_oid(objects, name)).into())
    }),
    Entry::strict("to_regrole", 1..=1, "regrole", |objects, arguments| {
        Ok(match arguments[0].text() {
            Some(DATABASE_OWNER_NAME) => DATABASE_OWNER.into(),
            Some(name) if name == objects.role() => ROLE.into(),
            _ => Cell::Null,
        })
    }),
    // Functions have no rows in pg_proc, hence no OIDs.
    Entry::strict("to_regproc", 1..=1, "regproc", |_, _| Ok(Cell::Null)),
    Entry::strict("to_regprocedure", 1..=1, "regproc", |_, _| Ok(Cell::Null)),
    // The casts to these types.
    Entry::strict("__regclass", 1..=1, "regclass", regclass),
    Entry::strict("__regtype", 1..=1, "regtype", regtype),
    Entry::strict("__regnamespace", 1..=1, "regnamespace", regnamespace),
    Entry::strict("__regrole", 1..=1, "regrole", regrole),
    Entry::strict("__regproc", 1..=1, "regproc", |_, arguments| Ok(function_name(&arguments[0]))),
    // The cast from a function's name to an OID.
    Entry::strict("__function_oid", 1..=1, "oid", function_oid),
    // The casts from these types to text.
    Entry::strict("__regclass_text", 1..=1, "text", |objects, arguments| Ok(relation_text(objects, &arguments[0]))),
    Entry::strict("__regtype_text", 1..=1, "text", |_, arguments| Ok(type_text(&arguments[0]))),
    Entry::strict("__regnamespace_text", 1..=1, "text", |objects, arguments| Ok(schema_text(objects, &arguments[0]))),
    Entry::strict("__regrole_text", 1..=1, "text", |objects, arguments| Ok(role_text(objects, &arguments[0]))),
    Entry::strict("__show_regclass", 1..=1, "shown_regclass", |objects, arguments| {
        Ok(relation_text(objects, &arguments[0]))
    }),
    Entry::strict("__show_regtype", 1..=1, "shown_regtype", |_, arguments| Ok(type_text(&arguments[0]))),
    Entry::strict("__show_regnamespace", 1..=1, "shown_regnamespace", |objects, arguments| {
        Ok(schema_text(objects, &arguments[0]))
    }),
    Entry::strict("__show_regrole", 1..=1, "shown_regrole", |objects, arguments| Ok(role_text(objects, &arguments[0]))),
    Entry::strict("pg_table_is_visible", 1..=1, "bool", |objects, arguments| {
        let found = arguments[0].oid().and_then(|oid| objects.relation(oid));
        Ok(found.map(|object| is_visible(objects, &object)).into())
    }),
    Entry::strict("pg_type_is_visible", 1..=1, "bool", |_, arguments| {
        Ok(arguments[0].oid().and_then(types::by_oid).map(|_| true).into())
    }),
    // What these are about is in pg_catalog, which is always visible.
    Entry::strict("pg_function_is_visible", 1..=1, "bool", visible),
    Entry::strict("pg_operator_is_visible", 1..=1, "bool", visible),
    Entry::strict("pg_opclass_is_visible", 1..=1, "bool", visible),
    Entry::strict("pg_opfamily_is_visible", 1..=1, "bool", visible),
    Entry::strict("pg_collation_is_visible", 1..=1, "bool", visible),
    Entry::strict("pg_conversion_is_visible", 1..=1, "bool", visible),
    Entry::strict("pg_statistics_obj_is_visible", 1..=1, "bool", visible),
    Entry::strict("pg_ts_parser_is_visible", 1..=1, "bool", visible),
    Entry::strict("pg_ts_dict_is_visible", 1..=1, "bool", visible),
    Entry::strict("pg_ts_template_is_visible", 1..=1, "bool", visible),
    Entry::strict("pg_ts_config_is_visible", 1..=1, "bool", visible),
];

fn visible(_: &Objects, _: &[Cell]) -> Result<Cell, Error> {
    Ok(true.into())
}

/// Whether a relation is found by its name alone.
fn is_visible(objects: &Objects, object: &Object) -> bool {
    let name = objects.name(object);
    objects.find(None, &name.name).as_ref() == Some(object)
}

/// The relation that a text names. Errors: 42602 if it is no name; 0A000 for one of another database.
pub(super) fn relation_named(objects: &Objects, text: &str) -> Result<Option<Object>, Error> {
    let parts = parts(text).ok_or_else(|| Error::new("42602", format!("invalid name syntax: \"{text}\"")))?;
    match parts.as_slice() {
        [name] => Ok(objects.find(None, name)),
        [schema, name] => Ok(objects.find(Some(schema), name)),
        [database, schema, name] if *database == objects.database() => Ok(objects.find(Some(schema), name)),
        _ => Err(Error::unsupported(
            format!("cross-database references are not implemented: {text}"),
            "Name it as schema.table.",
        )),
    }
}

/// The OID that a number, or a text that is one, gives; `-` is none.
fn number(cell: &Cell) -> Option<Cell> {
    match cell {
        Cell::Text(text) if text.trim() == "-" => Some(Cell::Int(0)),
        other => other.int().map(Cell::Int),
    }
}

/// The OID of a relation: a number as it is, a text as the name of one. Errors: 42P01.
pub(super) fn regclass(objects: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    if let Some(oid) = number(&arguments[0]) {
        return Ok(oid);
    }
    let text = arguments[0].text().unwrap_or_default();
    match relation_named(objects, text)? {
        Some(object) => Ok(objects.oid(&object).into()),
        None => {
            let name = parts(text).map_or(text.to_owned(), |parts| parts.join("."));
            Err(Error::new("42P01", format!("relation \"{name}\" does not exist")))
        }
    }
}

fn regtype(_: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    if let Some(oid) = number(&arguments[0]) {
        return Ok(oid);
    }
    let text = arguments[0].text().unwrap_or_default();
    let found = types::parsed(text).map(|(oid, _)| oid);
    found.map(Cell::from).ok_or_else(|| Error::new("42704", format!("type \"{text}\" does not exist")))
}

fn regnamespace(objects: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    if let Some(oid) = number(&arguments[0]) {
        return Ok(oid);
    }
    let text = arguments[0].text().unwrap_or_default();
    let found = schema_oid(objects, text);
    found.map(Cell::from).ok_or_else(|| Error::new("3F000", format!("schema \"{text}\" does not exist")))
}

fn regrole(objects: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    if let Some(oid) = number(&arguments[0]) {
        return Ok(oid);
    }
    match arguments[0].text() {
        Some(name) if name == objects.role() => Ok(ROLE.into()),
        Some(DATABASE_OWNER_NAME) => Ok(DATABASE_OWNER.into()),
        other => Err(Error::new("42704", format!("role \"{}\" does not exist", other.unwrap_or_default()))),
    }
}

fn schema_oid(objects: &Objects, text: &str) -> Option<u32> {
    let [name] = <[String; 1]>::try_from(parts(text)?).ok()?;
    Some(objects.schema(&name)).filter(|oid| *oid != 0)
}

/// The OID of a function, which only `-` has. Errors: 42883.
fn function_oid(_: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    let missing = || {
        let name = arguments[0].text().unwrap_or_default();
        Error::new("42883", format!("function \"{name}\" does not exist"))
            .with_hint("Functions have no rows in pg_proc, and no OIDs.")
    };
    number(&arguments[0]).ok_or_else(missing)
}

/// A function's name without the schema that all functions are in.
fn function_name(cell: &Cell) -> Cell {
    match cell {
        Cell::Int(0) => "-".into(),
        Cell::Int(oid) => oid.to_string().into(),
        Cell::Text(name) => name.strip_prefix("pg_catalog.").unwrap_or(name).into(),
        _ => Cell::Null,
    }
}

/// An OID's name: `-` for none, the number for one that means nothing.
fn named(cell: &Cell, name: impl FnOnce(u32) -> Option<String>) -> Cell {
    match cell.oid() {
        None => Cell::Null,
        Some(0) => "-".into(),
        Some(oid) => name(oid).unwrap_or_else(|| oid.to_string()).into(),
    }
}

fn relation_text(objects: &Objects, cell: &Cell) -> Cell {
    named(cell, |oid| {
        let object = objects.relation(oid)?;
        let name: RelationName = objects.name(&object);
        Some(match is_visible(objects, &object) {
            true => quoted(&name.name),
            // Also where its schema is searched: another relation hides it.
            false => format!("{}.{}", quoted(&name.schema), quoted(&name.name)),
        })
    })
}

fn type_text(cell: &Cell) -> Cell {
    named(cell, |oid| types::by_oid(oid).map(|_| types::format_type(oid, None)))
}

fn schema_text(objects: &Objects, cell: &Cell) -> Cell {
    named(cell, |oid| objects.schema_named(oid).map(quoted))
}

pub(super) fn role_text(objects: &Objects, cell: &Cell) -> Cell {
    named(cell, |oid| objects.role_named_by(oid))
}
