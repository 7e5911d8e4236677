//! `pg_get_constraintdef` and its kin: an object as the text that would declare it.

use bowline_core::catalog::Table;

use super::super::cell::Cell;
use super::super::constraints::{self, Constraint};
use super::super::objects::{Object, Objects};
use super::super::quoting::{self, quoted};
use super::super::remarks::{PG_CLASS, PG_NAMESPACE};
use super::super::{indexes, summaries, types};
use super::entry::Entry;
use crate::error::Error;
use crate::identifier::parts;
use crate::query::system::view_text;

pub(super) const FUNCTIONS: &[Entry] = &[
    Entry::lenient("format_type", 2..=2, "text", |_, arguments| {
        Ok(arguments[0].oid().map(|oid| types::format_type(oid, arguments[1].int())).into())
    }),
    Entry::strict("pg_get_constraintdef", 1..=2, "text", constraint),
    Entry::strict("pg_get_indexdef", 1..=3, "text", index),
    Entry::strict("pg_get_expr", 2..=3, "text", |_, arguments| Ok(arguments[0].clone())),
    Entry::strict("pg_get_viewdef", 1..=2, "text", view),
    Entry::strict("pg_get_ruledef", 1..=2, "text", rule),
    Entry::strict("pg_get_serial_sequence", 2..=2, "text", serial_sequence),
    Entry::strict("pg_get_userbyid", 1..=1, "name", |objects, arguments| Ok(user(objects, arguments[0].oid()))),
    Entry::strict("pg_describe_object", 3..=3, "text", described),
    // There are no triggers, functions, statistics objects or partitions to give the text of.
    Entry::strict("pg_get_triggerdef", 1..=2, "text", |_, _| Ok(Cell::Null)),
    Entry::strict("pg_get_functiondef", 1..=1, "text", |_, _| Ok(Cell::Null)),
    Entry::strict("pg_get_function_result", 1..=1, "text", |_, _| Ok(Cell::Null)),
    Entry::strict("pg_get_function_arguments", 1..=1, "text", |_, _| Ok(Cell::Null)),
    Entry::strict("pg_get_function_identity_arguments", 1..=1, "text", |_, _| Ok(Cell::Null)),
    Entry::strict("pg_get_function_sqlbody", 1..=1, "text", |_, _| Ok(Cell::Null)),
    Entry::strict("pg_get_statisticsobjdef", 1..=1, "text", |_, _| Ok(Cell::Null)),
    Entry::strict("pg_get_statisticsobjdef_columns", 1..=1, "text", |_, _| Ok(Cell::Null)),
    Entry::strict("pg_get_partkeydef", 1..=1, "text", |_, _| Ok(Cell::Null)),
    Entry::strict("pg_get_partition_constraintdef", 1..=1, "text", |_, _| Ok(Cell::Null)),
    Entry::strict("pg_get_replica_identity_index", 1..=1, "regclass", |_, _| Ok(Cell::Null)),
];

fn constraint(objects: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    let pretty = matches!(arguments.get(1), Some(Cell::Bool(true)));
    let found = arguments[0].oid().and_then(|oid| constraint_with_oid(objects, oid));
    Ok(found.map(|found| constraints::definition(objects, found, pretty)).into())
}

fn constraint_with_oid(objects: &Objects, oid: u32) -> Option<Constraint<'_>> {
    let catalog = &objects.catalog;
    if let Some((table, column)) = objects.not_null_column(oid) {
        let table = catalog.table(table);
        return Some(Constraint::NotNull(table, table.column_by_id(column)));
    }
    let id = objects.constraint_id(oid)?;
    if let Some(key) = catalog.foreign_key(id) {
        return Some(Constraint::ForeignKey(key));
    }
    catalog.tables().find_map(|table| {
        let key = table.key(id).map(|key| Constraint::Key(table, key));
        key.or_else(|| table.checks.iter().find(|check| check.id == id).map(|check| Constraint::Check(table, check)))
    })
}

/// `pg_get_indexdef(index [, column, pretty])`: the statement, or with a column's number the column.
fn index(objects: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    let Some(Object::Index(table, id)) = arguments[0].oid().and_then(|oid| objects.relation(oid)) else {
        return Ok(Cell::Null);
    };
    let table: &Table = objects.catalog.table(table);
    let all = indexes::of_table(table);
    let Some(index) = all.iter().find(|index| index.id == id) else { return Ok(Cell::Null) };
    let number = arguments.get(1).and_then(Cell::int).unwrap_or(0);
    if number == 0 {
        let pretty = matches!(arguments.get(2), Some(Cell::Bool(true)));
        return Ok(indexes::statement(objects, table, index, !pretty).into());
    }
    let column = usize::try_from(number - 1).ok().and_then(|at| index.all_columns().nth(at));
    // Where there is no such column, the text is empty.
    Ok(column.map_or(String::new(), |column| quoted(&table.column_by_id(column).name)).into())
}

fn view(objects: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    let object = match &arguments[0] {
        Cell::Text(name) if name.trim().parse::<u32>().is_err() => super::names::relation_named(objects, name)?,
        other => other.oid().and_then(|oid| objects.relation(oid)),
    };
    let Some(Object::View(name)) = object else { return Ok(Cell::Null) };
    Ok(objects.catalog.view_named(&name).map(|view| summaries::definition(objects, view)).into())
}

fn rule(objects: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    let name = arguments[0].oid().and_then(|oid| objects.view_of_rule(oid));
    let view = name.and_then(|name| objects.catalog.view_named(name));
    let text = view.map(|view| {
        let name = format!("{}.{}", quoted(&view.name.schema), quoted(&view.name.name));
        format!(
            "CREATE RULE \"_RETURN\" AS\n    ON SELECT TO {name} DO INSTEAD {};",
            view_text::shown(&objects.catalog, view)
        )
    });
    Ok(text.into())
}

/// `pg_get_serial_sequence(table, column)`: the sequence that the column owns. Errors: 42P01, 42703.
fn serial_sequence(objects: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    let (Some(table), Some(column)) = (arguments[0].text(), arguments[1].text()) else { return Ok(Cell::Null) };
    let Some(object) = super::names::relation_named(objects, table)? else {
        let shown = parts(table).map_or(table.to_owned(), |parts| parts.join("."));
        return Err(Error::new("42P01", format!("relation \"{shown}\" does not exist")));
    };
    let Object::Table(table) = object else { return Ok(Cell::Null) };
    let table = objects.catalog.table(table);
    let Some(found) = table.column(column) else {
        let message = format!("column \"{column}\" of relation \"{}\" does not exist", table.name);
        return Err(Error::new("42703", message));
    };
    let owned = objects.catalog.sequences().find(|sequence| sequence.owner == Some((table.id, found.id)));
    Ok(owned.map(|owned| format!("{}.{}", quoted(&owned.name.schema), quoted(&owned.name.name))).into())
}

/// `pg_describe_object(class, object, column)`: what it is, in words; NULL for what is not there. Errors: 0A000 for classes of other objects
/// than relations and schemas.
fn described(objects: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    let (class, object) = (arguments[0].oid(), arguments[1].oid().unwrap_or(0));
    match class {
        Some(PG_CLASS) if arguments[2].int() == Some(0) => Ok(objects
            .relation(object)
            .map(|found| {
                let kind = match &found {
                    Object::Table(_) => "table",
                    Object::Index(..) => "index",
                    Object::Sequence(_) => "sequence",
                    Object::View(_) => "view",
                    Object::System(relation) if relation.kind == "r" => "table",
                    Object::System(_) => "view",
                };
                format!("{kind} {}", quoting::relation(objects, &objects.name(&found)))
            })
            .into()),
        Some(PG_NAMESPACE) => {
            let found = objects.schemas().find(|(_, oid)| *oid == object);
            Ok(found.map(|(name, _)| format!("schema {}", quoted(name))).into())
        }
        _ => Err(Error::unsupported("pg_describe_object knows relations and schemas", "Ask the table of the others.")),
    }
}

fn user(objects: &Objects, oid: Option<u32>) -> Cell {
    match oid {
        Some(oid) => objects.role_named_by(oid).unwrap_or_else(|| format!("unknown (OID={oid})")).into(),
        None => Cell::Null,
    }
}
