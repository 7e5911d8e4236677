//! The views of pg_catalog that say in names what its tables say in OIDs: `pg_tables`, `pg_views` and their kin.

use bowline_core::catalog::{Table, View};

use super::cell::Cell;
use super::objects::Objects;
use super::quoting::{Keyword, keywords};
use crate::query::system::view_text;

/// The rows of pg_tables.
pub(super) fn pg_tables(objects: &Objects) -> Vec<Vec<Cell>> {
    let row = |table: &Table| {
        let has_index = !table.keys.is_empty() || !table.indexes.is_empty();
        let mut keys = objects.catalog.foreign_keys();
        let references = keys.any(|key| key.table == table.id || key.referenced_table == table.id);
        vec![
            (&table.schema).into(),
            (&table.name).into(),
            objects.role().into(),
            Cell::Null,
            has_index.into(),
            false.into(),
            references.into(),
            false.into(),
        ]
    };
    let system = super::relations::system().iter().filter(|relation| relation.kind == "r").map(|relation| {
        let row = [relation.schema.into(), relation.name.into(), objects.role().into(), Cell::Null];
        row.into_iter().chain([true.into(), false.into(), false.into(), false.into()]).collect()
    });
    objects.catalog.tables().map(|table| row(table)).chain(system).collect()
}

/// The rows of pg_views.
pub(super) fn pg_views(objects: &Objects) -> Vec<Vec<Cell>> {
    let row = |view: &View| {
        let text = definition(objects, view);
        vec![(&view.name.schema).into(), (&view.name.name).into(), objects.role().into(), text.into()]
    };
    objects.catalog.views().map(|view| row(view)).collect()
}

/// A view's query as `pg_get_viewdef` gives it.
pub(super) fn definition(objects: &Objects, view: &View) -> String {
    format!(" {};", view_text::shown(&objects.catalog, view))
}

/// The rows of pg_rewrite: each view's rule.
pub(super) fn pg_rewrite(objects: &Objects) -> Vec<Vec<Cell>> {
    let row = |view: &View| {
        vec![
            objects.rule(&view.name).into(),
            "_RETURN".into(),
            objects.view(&view.name).into(),
            "1".into(),
            "O".into(),
            true.into(),
            "<>".into(),
            view_text::shown(&objects.catalog, view).into(),
        ]
    };
    objects.catalog.views().map(|view| row(view)).collect()
}

/// The rows of pg_stat_user_tables: what is known are the rows there are; nothing is counted as it happens.
pub(super) fn pg_stat_user_tables(objects: &Objects) -> Vec<Vec<Cell>> {
    let columns = super::relations::pg_catalog().get("pg_stat_user_tables").map_or(0, |known| known.columns.len());
    let row = |table: &Table| {
        let mut row = vec![Cell::Null; columns];
        row[0] = objects.table(table.id).into();
        row[1] = (&table.schema).into();
        row[2] = (&table.name).into();
        row[14] = (objects.snapshot.rows(table.id).live_count() as i64).into();
        row
    };
    objects.catalog.tables().map(|table| row(table)).collect()
}

/// The rows of pg_statio_user_tables: no blocks are read or counted.
pub(super) fn pg_statio_user_tables(objects: &Objects) -> Vec<Vec<Cell>> {
    let columns = super::relations::pg_catalog().get("pg_statio_user_tables").map_or(0, |known| known.columns.len());
    let row = |table: &Table| {
        let named = [objects.table(table.id).into(), (&table.schema).into(), (&table.name).into()];
        named.into_iter().chain(std::iter::repeat(Cell::Null)).take(columns).collect()
    };
    objects.catalog.tables().map(|table| row(table)).collect()
}

/// The words of `pg_get_keywords()`.
pub(super) fn keyword_rows(_: &Objects) -> Vec<Vec<Cell>> {
    let mut words: Vec<_> = keywords().iter().collect();
    words.sort_by_key(|(word, _)| **word);
    let row = |(word, keyword): (&&str, &Keyword)| {
        let described = match keyword.category {
            "U" => "unreserved",
            "C" => "unreserved (cannot be function or type name)",
            "T" => "reserved (can be function or type name)",
            _ => "reserved",
        };
        let label = if keyword.bare_label { "can be bare label" } else { "requires AS" };
        vec![(*word).into(), keyword.category.into(), keyword.bare_label.into(), described.into(), label.into()]
    };
    words.into_iter().map(row).collect()
}
