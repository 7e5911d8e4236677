//! `information_schema.schemata`, `tables`, `views` and `sequences`.

use bowline_core::catalog::{Catalog, SqlType};

use super::lazy::Definition;
use super::rows::{Kind, Value, yes_no};
use super::schemas::{DATABASE, SCHEMAS};
use super::view_text::shown;

pub(super) const SCHEMATA: Definition = Definition {
    schema: "information_schema",
    name: "schemata",
    columns: &[("catalog_name", Kind::Text), ("schema_name", Kind::Text), ("schema_owner", Kind::Text)],
    rows: |catalog| {
        let declared = catalog.schemas().map(|(name, _)| name.as_str());
        let mut schemas: Vec<&str> = declared.chain(SCHEMAS).collect();
        schemas.sort_unstable();
        schemas.dedup();
        schemas.into_iter().map(|name| vec![DATABASE.into(), name.into(), DATABASE.into()]).collect()
    },
};

pub(super) const TABLES: Definition = Definition {
    schema: "information_schema",
    name: "tables",
    columns: &[
        ("table_catalog", Kind::Text),
        ("table_schema", Kind::Text),
        ("table_name", Kind::Text),
        ("table_type", Kind::Text),
        ("is_insertable_into", Kind::Text),
        ("is_typed", Kind::Text),
    ],
    rows: tables,
};

fn tables(catalog: &Catalog) -> Vec<Vec<Value>> {
    let base = catalog.tables().map(|table| {
        let kind = if table.id.is_temporary() { "LOCAL TEMPORARY" } else { "BASE TABLE" };
        (table.schema.as_str(), table.name.as_str(), kind)
    });
    let views = catalog.views().map(|view| (view.name.schema.as_str(), view.name.name.as_str(), "VIEW"));
    let mut all: Vec<_> = base.chain(views).collect();
    all.sort_unstable();
    all.into_iter().map(table).collect()
}

/// A row of `tables`: schema, name and type.
pub(super) fn table((schema, name, kind): (&str, &str, &str)) -> Vec<Value> {
    vec![DATABASE.into(), schema.into(), name.into(), kind.into(), yes_no(kind != "VIEW"), yes_no(false)]
}

pub(super) const VIEWS: Definition = Definition {
    schema: "information_schema",
    name: "views",
    columns: &[
        ("table_catalog", Kind::Text),
        ("table_schema", Kind::Text),
        ("table_name", Kind::Text),
        ("view_definition", Kind::Text),
        ("check_option", Kind::Text),
        ("is_updatable", Kind::Text),
        ("is_insertable_into", Kind::Text),
    ],
    rows: |catalog| {
        let mut views: Vec<_> = catalog.views().collect();
        views.sort_by(|a, b| a.name.cmp(&b.name));
        let row = |view: &std::sync::Arc<bowline_core::catalog::View>| {
            let (schema, name) = ((&view.name.schema).into(), (&view.name.name).into());
            vec![
                DATABASE.into(),
                schema,
                name,
                shown(catalog, view).into(),
                "NONE".into(),
                yes_no(false),
                yes_no(false),
            ]
        };
        views.into_iter().map(row).collect()
    },
};

pub(super) const SEQUENCES: Definition = Definition {
    schema: "information_schema",
    name: "sequences",
    columns: &[
        ("sequence_catalog", Kind::Text),
        ("sequence_schema", Kind::Text),
        ("sequence_name", Kind::Text),
        ("data_type", Kind::Text),
        ("numeric_precision", Kind::Integer),
        ("numeric_precision_radix", Kind::Integer),
        ("numeric_scale", Kind::Integer),
        ("start_value", Kind::Text),
        ("minimum_value", Kind::Text),
        ("maximum_value", Kind::Text),
        ("increment", Kind::Text),
        ("cycle_option", Kind::Text),
    ],
    rows: |catalog| {
        // Those of identity columns are part of the column.
        let is_inside = |sequence: &std::sync::Arc<bowline_core::catalog::Sequence>| {
            let owner = sequence.owner.map(|(table, column)| catalog.table(table).column_by_id(column).identity);
            owner.flatten().is_some_and(|identity| identity.sequence == sequence.id)
        };
        let mut sequences: Vec<_> = catalog.sequences().filter(|sequence| !is_inside(sequence)).collect();
        sequences.sort_by(|a, b| a.name.cmp(&b.name));
        let row = |sequence: &std::sync::Arc<bowline_core::catalog::Sequence>| {
            let owner = sequence.owner.map(|(table, column)| catalog.table(table).column_by_id(column).sql_type);
            let sql_type = sequence.sql_type.or(owner.filter(SqlType::is_integer)).unwrap_or(SqlType::BigInt);
            let bits = match sql_type {
                SqlType::SmallInt => 16,
                SqlType::Integer => 32,
                _ => 64,
            };
            vec![
                DATABASE.into(),
                (&sequence.name.schema).into(),
                (&sequence.name.name).into(),
                sql_type.to_string().into(),
                bits.into(),
                2.into(),
                0.into(),
                sequence.start.to_string().into(),
                sequence.min.to_string().into(),
                sequence.max.to_string().into(),
                sequence.increment.to_string().into(),
                yes_no(sequence.cycle),
            ]
        };
        sequences.into_iter().map(row).collect()
    },
};
