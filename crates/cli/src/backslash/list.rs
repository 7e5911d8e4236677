//! `\d`, `\dt`, `\dv`, `\ds`, `\di`, `\dn`: lists of what the catalog has.

use bowline::core::catalog::{Catalog, RelationName, Table};

use super::names::fits;
use crate::client::Client;
use crate::render::{Grid, Layout};

/// What a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Tables.
    Table,
    /// Views.
    View,
    /// Sequences.
    Sequence,
}

impl Kind {
    /// All of them.
    pub const ALL: &'static [Kind] = &[Kind::Table, Kind::View, Kind::Sequence];

    fn word(self) -> &'static str {
        match self {
            Kind::Table => "table",
            Kind::View => "view",
            Kind::Sequence => "sequence",
        }
    }
}

/// The relations of these kinds whose names fit a pattern.
pub fn relations(client: &Client, kinds: &[Kind], pattern: &str) -> String {
    let snapshot = client.session.snapshot();
    let mut found: Vec<(RelationName, Kind)> = named(snapshot.catalog());
    found.retain(|(name, kind)| kinds.contains(kind) && fits(pattern, &name.schema, &name.name));
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    let rows = found.into_iter().map(|(name, kind)| vec![name.schema, name.name, kind.word().to_owned()]);
    table("List of relations", &["Schema", "Name", "Type"], rows)
}

fn named(catalog: &Catalog) -> Vec<(RelationName, Kind)> {
    let tables = catalog.tables().map(|table| (table.relation_name(), Kind::Table));
    let views = catalog.views().map(|view| (view.name.clone(), Kind::View));
    let sequences = catalog.sequences().map(|sequence| (sequence.name.clone(), Kind::Sequence));
    tables.chain(views).chain(sequences).collect()
}

/// The keys and indexes whose names fit a pattern.
pub fn indexes(client: &Client, pattern: &str) -> String {
    let snapshot = client.session.snapshot();
    let mut rows: Vec<Vec<String>> = snapshot.catalog().tables().flat_map(|table| indexes_of(table)).collect();
    rows.retain(|row| fits(pattern, &row[0], &row[1]));
    rows.sort();
    table("List of indexes", &["Schema", "Name", "Table", "Columns", "Unique"], rows)
}

fn indexes_of(table: &Table) -> Vec<Vec<String>> {
    let row = |name: &str, columns: Vec<String>, unique: &str| {
        vec![table.schema.clone(), name.to_owned(), table.name.clone(), columns.join(", "), unique.to_owned()]
    };
    let keys = table.keys.iter().map(|key| row(&key.name, table.column_names(&key.columns), "yes"));
    let indexes = table.indexes.iter().map(|index| row(&index.name, table.column_names(&index.columns), "no"));
    keys.chain(indexes).collect()
}

/// The schemas whose names fit a pattern.
pub fn schemas(client: &Client, pattern: &str) -> String {
    let snapshot = client.session.snapshot();
    let names = snapshot.catalog().schemas().map(|(name, _)| name).filter(|name| fits(pattern, "", name));
    table("List of schemas", &["Name"], names.map(|name| vec![name.clone()]))
}

fn table(title: &str, columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut grid = Grid::titled(title, columns);
    grid.rows = rows.into_iter().map(|row| row.into_iter().map(Some).collect()).collect();
    grid.counted = true;
    grid.table(Layout::Aligned)
}
