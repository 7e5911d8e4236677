//! Questions about objects: comments, privileges, sizes, properties of indexes.

use super::super::cell::Cell;
use super::super::fixed::BTREE;
use super::super::fixed::UTF8;
use super::super::indexes;
use super::super::objects::{Object, Objects};
use super::super::relations;
use super::super::remarks::{PG_CLASS, remarks};
use super::entry::Entry;
use super::names::regclass;
use crate::error::Error;

pub(super) const FUNCTIONS: &[Entry] = &[
    Entry::strict("obj_description", 1..=2, "text", object_remark),
    Entry::strict("col_description", 2..=2, "text", |objects, arguments| {
        let number = arguments[1].int().unwrap_or(0);
        Ok(remark(objects, &arguments[0], Some(PG_CLASS), number))
    }),
    // Nothing shared between databases takes a comment.
    Entry::strict("shobj_description", 2..=2, "text", |_, _| Ok(Cell::Null)),
    // The one role may do everything.
    Entry::strict("has_table_privilege", 2..=3, "bool", allowed),
    Entry::strict("has_column_privilege", 3..=4, "bool", allowed),
    Entry::strict("has_any_column_privilege", 2..=3, "bool", allowed),
    Entry::strict("has_schema_privilege", 2..=3, "bool", allowed),
    Entry::strict("has_database_privilege", 2..=3, "bool", allowed),
    Entry::strict("has_sequence_privilege", 2..=3, "bool", allowed),
    Entry::strict("has_function_privilege", 2..=3, "bool", allowed),
    Entry::strict("has_language_privilege", 2..=3, "bool", allowed),
    Entry::strict("has_type_privilege", 2..=3, "bool", allowed),
    Entry::strict("has_tablespace_privilege", 2..=3, "bool", allowed),
    Entry::strict("has_server_privilege", 2..=3, "bool", allowed),
    Entry::strict("has_foreign_data_wrapper_privilege", 2..=3, "bool", allowed),
    Entry::strict("pg_has_role", 2..=3, "bool", allowed),
    Entry::strict("row_security_active", 1..=1, "bool", |_, _| Ok(false.into())),
    Entry::strict("pg_relation_is_publishable", 1..=1, "bool", |_, _| Ok(false.into())),
    Entry::strict("pg_relation_is_updatable", 2..=2, "int4", |objects, arguments| {
        let relation = arguments[0].oid().and_then(|oid| objects.relation(oid));
        // Insert, update and delete, as bits.
        Ok(Cell::Int(if matches!(relation, Some(Object::Table(_))) { 28 } else { 0 }))
    }),
    Entry::strict("pg_relation_size", 1..=2, "int8", size),
    Entry::strict("pg_table_size", 1..=1, "int8", size),
    Entry::strict("pg_total_relation_size", 1..=1, "int8", size),
    Entry::strict("pg_indexes_size", 1..=1, "int8", |_, _| Ok(Cell::Int(0))),
    Entry::strict("pg_database_size", 1..=1, "int8", |objects, _| Ok(Cell::Int(all_bytes(objects)))),
    Entry::strict("pg_tablespace_size", 1..=1, "int8", |objects, _| Ok(Cell::Int(all_bytes(objects)))),
    Entry::strict("pg_encoding_to_char", 1..=1, "name", |_, arguments| {
        Ok(if arguments[0].int() == Some(UTF8) { "UTF8" } else { "" }.into())
    }),
    Entry::strict("pg_char_to_encoding", 1..=1, "int4", |_, arguments| {
        let name = arguments[0].text().unwrap_or_default().to_lowercase().replace('-', "");
        Ok(Cell::Int(if name == "utf8" { UTF8 } else { -1 }))
    }),
    Entry::strict("pg_index_column_has_property", 3..=3, "bool", column_property),
    Entry::strict("pg_index_has_property", 2..=2, "bool", |_, arguments| {
        Ok(match arguments[1].text() {
            Some("index_scan" | "bitmap_scan" | "backward_scan") => true.into(),
            Some("clusterable") => false.into(),
            _ => Cell::Null,
        })
    }),
    Entry::strict("pg_indexam_has_property", 2..=2, "bool", |_, arguments| {
        Ok(match arguments[1].text() {
            Some("can_order" | "can_unique" | "can_multi_col") => true.into(),
            Some("can_exclude" | "can_include") => false.into(),
            _ => Cell::Null,
        })
    }),
    Entry::strict("acldefault", 2..=2, "_aclitem", default_privileges),
    // No table is a partition.
    Entry::strict("__partition_ancestors", 1..=1, "_oid", |_, _| Ok(Cell::Ints(Vec::new()))),
    Entry::strict("pg_partition_root", 1..=1, "regclass", |_, _| Ok(Cell::Null)),
    Entry::strict("pg_sequence_last_value", 1..=1, "int8", |objects, arguments| {
        Ok(match regclass(objects, arguments)?.oid().and_then(|oid| objects.relation(oid)) {
            Some(Object::Sequence(id)) => objects.last_value(id).into(),
            _ => Cell::Null,
        })
    }),
];

fn allowed(_: &Objects, _: &[Cell]) -> Result<Cell, Error> {
    Ok(true.into())
}

/// `acldefault(kind, owner)`: what the owner and everyone may do where no privileges are told. Errors: 22023 for a kind there is not.
///
/// Source: PostgreSQL documentation, Privileges, ACL Privilege Abbreviations.
fn default_privileges(objects: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    let kind = arguments[0].text().unwrap_or_default();
    let (everyone, owner) = match kind {
        "c" => ("", ""),
        "r" => ("", "arwdDxtm"),
        "s" => ("", "rwU"),
        "d" => ("Tc", "CTc"),
        "f" => ("X", "X"),
        "l" | "T" => ("U", "U"),
        "L" => ("", "rw"),
        "n" => ("", "UC"),
        "p" => ("", "sA"),
        "t" => ("", "C"),
        "F" | "S" => ("", "U"),
        other => return Err(Error::new("22023", format!("unrecognized object type abbreviation: {other}"))),
    };
    let name = super::names::role_text(objects, &arguments[1]);
    let name = name.text().unwrap_or_default();
    let to_all = (!everyone.is_empty()).then(|| format!("={everyone}/{name}"));
    let to_owner = (!owner.is_empty()).then(|| format!("{name}={owner}/{name}"));
    Ok(Cell::Texts(to_all.into_iter().chain(to_owner).collect()))
}

/// `obj_description(oid [, relation of pg_catalog])`.
fn object_remark(objects: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    let class = match arguments.get(1).and_then(Cell::text) {
        None => None,
        Some(name) => match relations::pg_catalog().get(name) {
            Some(known) => Some(known.relation.oid),
            None => return Ok(Cell::Null),
        },
    };
    Ok(remark(objects, &arguments[0], class, 0))
}

fn remark(objects: &Objects, object: &Cell, class: Option<u32>, column: i64) -> Cell {
    let Some(oid) = object.oid() else { return Cell::Null };
    let all = remarks(objects).into_iter();
    let mut fitting = all.filter(|remark| class.is_none_or(|class| remark.class == class));
    fitting.find(|remark| remark.object == oid && remark.column == column).map(|remark| remark.text).into()
}

/// A table's rows as bytes, by what its columns take at least. Indexes are part of it and count nothing.
fn size(objects: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    Ok(match regclass(objects, arguments)?.oid().and_then(|oid| objects.relation(oid)) {
        Some(Object::Table(table)) => Cell::Int(bytes(objects, table)),
        Some(_) => Cell::Int(0),
        None => Cell::Null,
    })
}

fn all_bytes(objects: &Objects) -> i64 {
    objects.catalog.tables().map(|table| bytes(objects, table.id)).sum()
}

fn bytes(objects: &Objects, table: bowline_core::catalog::TableId) -> i64 {
    let rows = objects.snapshot.rows(table).live_count() as i64;
    let widths = objects.catalog.table(table).columns.iter().map(|column| {
        let (oid, _) = super::super::types::of(column.sql_type);
        super::super::types::by_oid(oid).map_or(16, |known| i64::from(known.length)).max(16)
    });
    rows * widths.sum::<i64>()
}

/// `pg_index_column_has_property(index, column, property)`.
fn column_property(objects: &Objects, arguments: &[Cell]) -> Result<Cell, Error> {
    let Some(Object::Index(table, id)) = arguments[0].oid().and_then(|oid| objects.relation(oid)) else {
        return Ok(Cell::Null);
    };
    let all = indexes::of_table(objects.catalog.table(table));
    let at = arguments[1].int().and_then(|number| usize::try_from(number - 1).ok());
    let index = all.iter().find(|index| index.id == id);
    let Some((index, at)) = index.zip(at).filter(|(index, at)| *at < index.columns.len()) else {
        return Ok(Cell::Null);
    };
    let ordered = index.method() == BTREE;
    let order = index.declaration.order(at);
    Ok(match arguments[2].text() {
        Some("asc") => (ordered && !order.descending).into(),
        Some("desc") => (ordered && order.descending).into(),
        Some("nulls_first") => (ordered && order.nulls_first).into(),
        Some("nulls_last") => (ordered && !order.nulls_first).into(),
        Some("orderable" | "returnable" | "search_array" | "search_nulls") => ordered.into(),
        Some("distance_orderable") => false.into(),
        _ => Cell::Null,
    })
}
