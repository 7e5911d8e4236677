//! `information_schema.columns`: the columns of every table and view.

use bowline_core::catalog::{Catalog, Column, ColumnId, Expression, NotNull, RelationName, SqlType, Table, TableId};
use datafusion::arrow::datatypes::{DataType, Field};

use super::lazy::Definition;
use super::rows::{Kind, Value, yes_no};
use super::schemas::DATABASE;
use crate::display;
use crate::grammar;
use crate::query::types;
use crate::query::view::ViewColumns;
use crate::stored_names::shown_expression;

pub(super) const COLUMNS: Definition = Definition {
    schema: "information_schema",
    name: "columns",
    columns: &[
        ("table_catalog", Kind::Text),
        ("table_schema", Kind::Text),
        ("table_name", Kind::Text),
        ("column_name", Kind::Text),
        ("ordinal_position", Kind::Integer),
        ("column_default", Kind::Text),
        ("is_nullable", Kind::Text),
        ("data_type", Kind::Text),
        ("character_maximum_length", Kind::Integer),
        ("character_octet_length", Kind::Integer),
        ("numeric_precision", Kind::Integer),
        ("numeric_precision_radix", Kind::Integer),
        ("numeric_scale", Kind::Integer),
        ("datetime_precision", Kind::Integer),
        ("udt_catalog", Kind::Text),
        ("udt_schema", Kind::Text),
        ("udt_name", Kind::Text),
        ("is_identity", Kind::Text),
        ("identity_generation", Kind::Text),
        ("is_generated", Kind::Text),
        ("generation_expression", Kind::Text),
        ("is_updatable", Kind::Text),
    ],
    rows,
};

fn rows(catalog: &Catalog) -> Vec<Vec<Value>> {
    let mut tables: Vec<_> = catalog.tables().collect();
    tables.sort_by_key(|table| table.relation_name());
    let of_table = |table: &std::sync::Arc<Table>| {
        let of_column = |at: usize| {
            let column = &table.columns[at];
            let text = |text: &Expression| shown_expression(catalog, &text.0, table.id.is_temporary());
            row(table, at, column, column.default.as_ref().map(text))
        };
        (0..table.columns.len()).map(of_column).collect::<Vec<_>>()
    };
    tables.into_iter().flat_map(of_table).collect()
}

/// The rows about the columns of views.
pub(super) fn of_views(views: &ViewColumns) -> Vec<Vec<Value>> {
    let of_view = |(name, fields): (&RelationName, &Vec<Field>)| {
        let columns: Vec<Column> = fields.iter().enumerate().map(column_of).collect();
        let view = Table {
            id: TableId(0),
            schema: name.schema.clone(),
            name: name.name.clone(),
            columns,
            next_column: 1,
            keys: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            comment: None,
        };
        let rows = view.columns.iter().zip(fields).enumerate().map(|(at, (column, field))| {
            let mut row = row(&view, at, column, None);
            if let DataType::List(item) = field.data_type() {
                as_array(&mut row, &sql_type_of(item));
            }
            // Nothing is written through a view.
            if let Some(updatable) = row.last_mut() {
                *updatable = yes_no(false);
            }
            row
        });
        rows.collect::<Vec<_>>()
    };
    views.iter().flat_map(of_view).collect()
}

/// A view's column as a table would have it; a type that columns cannot have is told as text.
fn column_of((at, field): (usize, &Field)) -> Column {
    Column {
        id: ColumnId(at as u32 + 1),
        name: field.name().clone(),
        sql_type: sql_type_of(field),
        not_null: false,
        default: None,
        identity: None,
        generated: None,
        is_virtual: false,
        numbered_as: None,
        not_null_constraint: NotNull::default(),
        missing: None,
        comment: None,
    }
}

fn sql_type_of(field: &Field) -> SqlType {
    let parser = grammar::parser().try_with_sql(&display::type_name(field));
    let parsed = parser.and_then(|mut parser| parser.parse_data_type()).ok();
    parsed.and_then(|parsed| types::sql_type(&parsed).ok()).unwrap_or(SqlType::Text)
}

/// Tells of a column that it holds arrays of a type: nothing about their items but their type.
fn as_array(row: &mut [Value], item: &SqlType) {
    for (value, (name, _)) in row.iter_mut().zip(COLUMNS.columns) {
        match *name {
            "data_type" => *value = "ARRAY".into(),
            "udt_name" => *value = format!("_{}", internal_name(*item)).into(),
            "character_maximum_length"
            | "character_octet_length"
            | "numeric_precision"
            | "numeric_precision_radix"
            | "numeric_scale"
            | "datetime_precision" => *value = Value::Null,
            _ => {}
        }
    }
}

fn row(table: &Table, at: usize, column: &Column, default: Option<String>) -> Vec<Value> {
    let sql_type = column.sql_type;
    let length = match sql_type {
        SqlType::Varchar(Some(length)) | SqlType::Char(length) => Some(length as i32),
        _ => None,
    };
    let octets = match sql_type {
        SqlType::Text | SqlType::Varchar(_) | SqlType::Char(_) => {
            Some(length.map_or(1 << 30, |length| length.saturating_mul(4)))
        }
        _ => None,
    };
    let (precision, radix, scale) = numbers(sql_type);
    vec![
        DATABASE.into(),
        (&table.schema).into(),
        (&table.name).into(),
        (&column.name).into(),
        (at as i32 + 1).into(),
        default.into(),
        yes_no(!column.not_null),
        data_type(sql_type).into(),
        length.into(),
        octets.into(),
        precision.into(),
        radix.into(),
        scale.into(),
        time_digits(sql_type).into(),
        DATABASE.into(),
        "pg_catalog".into(),
        internal_name(sql_type).into(),
        yes_no(column.identity.is_some()),
        column.identity.map(|identity| if identity.always { "ALWAYS" } else { "BY DEFAULT" }).into(),
        if column.generated.is_some() { "ALWAYS" } else { "NEVER" }.into(),
        column.generated.as_ref().map(|generated| &generated.0).into(),
        "YES".into(),
    ]
}

/// The type's name without length, precision or scale.
fn data_type(sql_type: SqlType) -> String {
    match sql_type {
        SqlType::Varchar(_) => "character varying".to_owned(),
        SqlType::Char(_) => "character".to_owned(),
        SqlType::Numeric(_) => "numeric".to_owned(),
        other => other.to_string(),
    }
}

/// Precision, its radix, and scale.
fn numbers(sql_type: SqlType) -> (Option<i32>, Option<i32>, Option<i32>) {
    match sql_type {
        SqlType::SmallInt => (Some(16), Some(2), Some(0)),
        SqlType::Integer => (Some(32), Some(2), Some(0)),
        SqlType::BigInt => (Some(64), Some(2), Some(0)),
        SqlType::Real => (Some(24), Some(2), None),
        SqlType::Double => (Some(53), Some(2), None),
        SqlType::Numeric(None) => (None, Some(10), None),
        SqlType::Numeric(Some((precision, scale))) => (Some(precision.into()), Some(10), Some(scale.into())),
        _ => (None, None, None),
    }
}

fn time_digits(sql_type: SqlType) -> Option<i32> {
    match sql_type {
        SqlType::Date => Some(0),
        SqlType::Time | SqlType::Timestamp | SqlType::TimestampTz | SqlType::Interval => Some(6),
        _ => None,
    }
}

/// PostgreSQL's internal name of the type.
fn internal_name(sql_type: SqlType) -> &'static str {
    match sql_type {
        SqlType::Boolean => "bool",
        SqlType::SmallInt => "int2",
        SqlType::Integer => "int4",
        SqlType::BigInt => "int8",
        SqlType::Numeric(_) => "numeric",
        SqlType::Real => "float4",
        SqlType::Double => "float8",
        SqlType::Text => "text",
        SqlType::Varchar(_) => "varchar",
        SqlType::Char(_) => "bpchar",
        SqlType::Bytea => "bytea",
        SqlType::Date => "date",
        SqlType::Time => "time",
        SqlType::Timestamp => "timestamp",
        SqlType::TimestampTz => "timestamptz",
        SqlType::Interval => "interval",
        SqlType::Uuid => "uuid",
        SqlType::Json => "json",
        SqlType::Jsonb => "jsonb",
    }
}
