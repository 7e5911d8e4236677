//! `pg_class`, `pg_attribute`, `pg_attrdef` and `pg_namespace`: the relations, their columns, and where they are named.

use std::sync::Arc;

use bowline_core::catalog::{Catalog, Column, DEFAULT_SCHEMA, Sequence, SqlType, TEMPORARY_SCHEMA, Table, View};
use datafusion::sql::sqlparser::ast::{CastKind, DataType, Expr, Ident, Value};

use super::cell::Cell;
use super::indexes;
use super::objects::{DATABASE_OWNER, DATABASE_OWNER_NAME, Objects, ROLE};
use super::{relations, types};
use crate::grammar;
use crate::stored_names::shown_expression;
use crate::walk;

/// The access method of all tables.
const HEAP: u32 = 2;

/// What differs between the rows of pg_class.
struct Class {
    oid: u32,
    name: String,
    schema: u32,
    access_method: u32,
    rows: i64,
    has_index: bool,
    kind: &'static str,
    columns: usize,
    checks: usize,
    has_rules: bool,
    has_triggers: bool,
}

/// The rows of pg_class.
pub(super) fn pg_class(objects: &Objects) -> Vec<Vec<Cell>> {
    let mut classes = Vec::new();
    for table in objects.catalog.tables() {
        classes.push(of_table(objects, table));
        let index = |index: &indexes::TableIndex| Class {
            oid: objects.index(index.id),
            name: index.name.to_owned(),
            schema: objects.schema(&table.schema),
            access_method: index.method(),
            rows: objects.snapshot.rows(table.id).live_count() as i64,
            has_index: false,
            kind: "i",
            columns: index.all_columns().count(),
            checks: 0,
            has_rules: false,
            has_triggers: false,
        };
        classes.extend(indexes::of_table(table).iter().map(index));
    }
    classes.extend(objects.catalog.sequences().map(|sequence| of_sequence(objects, sequence)));
    classes.extend(objects.catalog.views().map(|view| of_view(objects, view)));
    classes.extend(relations::system().iter().map(|relation| Class {
        oid: relation.oid,
        name: relation.name.to_owned(),
        schema: objects.schema(relation.schema),
        access_method: if relation.kind == "r" { HEAP } else { 0 },
        rows: -1,
        has_index: false,
        kind: relation.kind,
        columns: relations::columns(relation).len(),
        checks: 0,
        has_rules: relation.kind == "v",
        has_triggers: false,
    }));
    let temporary = objects.schema(TEMPORARY_SCHEMA);
    classes.into_iter().map(|class| row(class, temporary)).collect()
}

fn of_table(objects: &Objects, table: &Table) -> Class {
    let catalog = &objects.catalog;
    Class {
        oid: objects.table(table.id),
        name: table.name.clone(),
        schema: objects.schema(&table.schema),
        access_method: HEAP,
        rows: objects.snapshot.rows(table.id).live_count() as i64,
        has_index: !table.keys.is_empty() || !table.indexes.is_empty(),
        kind: "r",
        columns: table.columns.len(),
        checks: table.checks.len(),
        has_rules: false,
        // Clients ask for a table's foreign keys, and for those that reference it, only where this is true.
        has_triggers: catalog.foreign_keys().any(|key| key.table == table.id || key.referenced_table == table.id),
    }
}

fn of_sequence(objects: &Objects, sequence: &Sequence) -> Class {
    Class {
        oid: objects.sequence(sequence.id),
        name: sequence.name.name.clone(),
        schema: objects.schema(&sequence.name.schema),
        access_method: 0,
        rows: 1,
        has_index: false,
        kind: "S",
        columns: 3,
        checks: 0,
        has_rules: false,
        has_triggers: false,
    }
}

fn of_view(objects: &Objects, view: &View) -> Class {
    Class {
        oid: objects.view(&view.name),
        name: view.name.name.clone(),
        schema: objects.schema(&view.name.schema),
        access_method: 0,
        rows: -1,
        has_index: false,
        kind: "v",
        columns: objects.view_columns.get(&view.name).map_or(0, Vec::len),
        checks: 0,
        has_rules: true,
        has_triggers: false,
    }
}

fn row(class: Class, temporary: u32) -> Vec<Cell> {
    let persistence = if class.schema == temporary { "t" } else { "p" };
    let identity = if class.kind == "r" && class.oid >= 16_384 { "d" } else { "n" };
    vec![
        class.oid.into(),
        class.name.into(),
        class.schema.into(),
        0.into(),
        0.into(),
        ROLE.into(),
        class.access_method.into(),
        class.oid.into(),
        0.into(),
        0.into(),
        Cell::Float(class.rows as f64),
        0.into(),
        0.into(),
        0.into(),
        class.has_index.into(),
        false.into(),
        persistence.into(),
        class.kind.into(),
        (class.columns as i64).into(),
        (class.checks as i64).into(),
        class.has_rules.into(),
        class.has_triggers.into(),
        false.into(),
        false.into(),
        false.into(),
        true.into(),
        identity.into(),
        false.into(),
        0.into(),
        0.into(),
        0.into(),
        Cell::Null,
        Cell::Null,
        Cell::Null,
    ]
}

/// What differs between the rows of pg_attribute.
struct Attribute<'a> {
    relation: u32,
    name: &'a str,
    number: i64,
    sql_type: (u32, i32),
    not_null: bool,
    has_default: bool,
    identity: &'static str,
    generated: &'static str,
}

impl<'a> Attribute<'a> {
    fn plain(relation: u32, name: &'a str, at: usize, sql_type: (u32, i32)) -> Attribute<'a> {
        let number = at as i64 + 1;
        Attribute { relation, name, number, sql_type, not_null: false, has_default: false, identity: "", generated: "" }
    }
}

/// The rows of pg_attribute.
pub(super) fn pg_attribute(objects: &Objects) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for table in objects.catalog.tables() {
        let oid = objects.table(table.id);
        rows.extend(table.columns.iter().map(|column| attribute(of_column(oid, column))));
        for index in indexes::of_table(table) {
            let columns = index.all_columns().map(|id| table.column_by_id(id)).enumerate();
            let oid = objects.index(index.id);
            rows.extend(
                columns
                    .map(|(at, column)| attribute(Attribute::plain(oid, &column.name, at, types::of(column.sql_type)))),
            );
        }
    }
    for sequence in objects.catalog.sequences() {
        let columns = [("last_value", SqlType::BigInt), ("log_cnt", SqlType::BigInt), ("is_called", SqlType::Boolean)];
        let oid = objects.sequence(sequence.id);
        rows.extend(columns.iter().enumerate().map(|(at, (name, sql_type))| {
            attribute(Attribute { not_null: true, ..Attribute::plain(oid, name, at, types::of(*sql_type)) })
        }));
    }
    for (name, fields) in objects.view_columns.iter() {
        let oid = objects.view(name);
        rows.extend(
            fields
                .iter()
                .enumerate()
                .map(|(at, field)| attribute(Attribute::plain(oid, field.name(), at, types::of_field(field)))),
        );
    }
    for relation in relations::system() {
        let columns = relations::columns(relation);
        rows.extend(columns.iter().enumerate().map(|(at, (name, internal))| {
            let oid = types::by_name(internal).map_or(0, |known| known.oid);
            attribute(Attribute::plain(relation.oid, name, at, (oid, -1)))
        }));
    }
    rows
}

fn of_column(relation: u32, column: &Column) -> Attribute<'_> {
    let identity = column.identity.map_or("", |identity| if identity.always { "a" } else { "d" });
    Attribute {
        relation,
        name: &column.name,
        number: column.number().0.into(),
        sql_type: types::of(column.sql_type),
        not_null: column.not_null,
        has_default: has_default(column),
        identity,
        generated: match (&column.generated, column.is_virtual) {
            (None, _) => "",
            (Some(_), false) => "s",
            (Some(_), true) => "v",
        },
    }
}

fn attribute(attribute: Attribute) -> Vec<Cell> {
    let (oid, modifier) = attribute.sql_type;
    let known = types::by_oid(oid);
    vec![
        attribute.relation.into(),
        attribute.name.into(),
        oid.into(),
        known.map_or(-1, |known| known.length).into(),
        attribute.number.into(),
        modifier.into(),
        i32::from(known.is_some_and(|known| known.name.starts_with('_'))).into(),
        known.is_some_and(|known| known.by_value).into(),
        known.map_or("i", |known| known.alignment).into(),
        known.map_or("p", |known| known.storage).into(),
        "".into(),
        attribute.not_null.into(),
        attribute.has_default.into(),
        false.into(),
        attribute.identity.into(),
        attribute.generated.into(),
        false.into(),
        true.into(),
        0.into(),
        known.map_or(0, |known| known.collation).into(),
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
    ]
}

/// Whether a column has a default or a generation expression. An identity column's sequence is not its default.
pub(super) fn has_default(column: &Column) -> bool {
    column.identity.is_none() && (column.generated.is_some() || column.default.is_some())
}

/// That expression.
fn default_text(catalog: &Catalog, table: &Table, column: &Column) -> Option<String> {
    let text = &column.generated.as_ref().or(column.default.as_ref()).filter(|_| has_default(column))?.0;
    let shown = || with_plain_casts(shown_expression(catalog, text, table.id.is_temporary()));
    Some(typed_literal(text, column.sql_type).unwrap_or_else(shown))
}

/// An expression with `::regclass` as PostgreSQL writes it, whatever the parser makes of it.
fn with_plain_casts(text: String) -> String {
    if !text.contains("::REGCLASS") {
        return text;
    }
    let parsed = grammar::expr(&text);
    let Ok(mut parsed) = parsed else { return text };
    walk::change_exprs(&mut parsed, |expr| {
        if let Expr::Cast { data_type, .. } = expr
            && *data_type == DataType::Regclass
        {
            *data_type = DataType::Custom(Ident::new("regclass").into(), Vec::new());
        }
    });
    parsed.to_string()
}

/// A text in quotes tells its type, as PostgreSQL writes it: that of its column, or the one it is cast to.
fn typed_literal(text: &str, sql_type: SqlType) -> Option<String> {
    let parsed = grammar::expr(text);
    let (literal, (oid, modifier)) = match parsed.ok()? {
        Expr::Value(value) => (value, (types::of(sql_type).0, -1)),
        Expr::Cast { kind: CastKind::DoubleColon, expr, data_type, .. } => match *expr {
            Expr::Value(value) => (value, types::of(crate::query::sql_type(&data_type).ok()?)),
            _ => return None,
        },
        _ => return None,
    };
    let Value::SingleQuotedString(_) = &literal.value else { return None };
    let name = match oid {
        1042 if modifier < 0 => "bpchar".to_owned(),
        _ => types::format_type(oid, (modifier >= 0).then_some(modifier.into())),
    };
    Some(format!("{literal}::{name}"))
}

/// The rows of pg_attrdef.
pub(super) fn pg_attrdef(objects: &Objects) -> Vec<Vec<Cell>> {
    let of_table = |table: &Arc<Table>| {
        let row = |column: &Column| {
            let text = default_text(&objects.catalog, table, column)?;
            let oid = objects.default(table.id, column.id);
            let number = i64::from(column.number().0);
            Some(vec![oid.into(), objects.table(table.id).into(), number.into(), text.into()])
        };
        table.columns.iter().filter_map(row).collect::<Vec<_>>()
    };
    objects.catalog.tables().flat_map(of_table).collect()
}

/// The rows of pg_namespace.
pub(super) fn pg_namespace(objects: &Objects) -> Vec<Vec<Cell>> {
    let row = |(name, oid): (&str, u32)| match name {
        // Its rights are those it has from the start, so that nothing is to be granted where it is made again.
        DEFAULT_SCHEMA => {
            let of = |rights: &str| format!("{rights}/{DATABASE_OWNER_NAME}");
            let rights = vec![of(&format!("{DATABASE_OWNER_NAME}=UC")), of("=U")];
            vec![oid.into(), name.into(), DATABASE_OWNER.into(), Cell::Texts(rights)]
        }
        _ => vec![oid.into(), name.into(), ROLE.into(), Cell::Null],
    };
    objects.schemas().map(row).collect()
}
