//! `pg_index` and `pg_indexes`, and an index as the statement that would make it: candidate keys are unique indexes.

use std::sync::Arc;

use bowline_core::catalog::{
    CandidateKey, ColumnId, ConstraintId, Index, IndexDeclaration, IndexMethod, KeyOrigin, Table,
};

use super::cell::Cell;
use super::fixed::BTREE;
use super::objects::{Objects, attribute_number};
use super::quoting::{quoted, relation};
use super::types;

const HASH: u32 = 405;

/// The bits of `indoption`.
const DESCENDING: i64 = 1;
const NULLS_FIRST: i64 = 2;

/// An index, be it behind a key or declared by itself.
#[derive(Debug)]
pub(super) struct TableIndex<'t> {
    pub id: ConstraintId,
    pub name: &'t str,
    pub columns: &'t [ColumnId],
    /// The key behind it, if it is unique.
    pub key: Option<&'t CandidateKey>,
    pub declaration: &'t IndexDeclaration,
    pub comment: Option<&'t String>,
}

/// All indexes of a table, in order of id.
pub(super) fn of_table(table: &Table) -> Vec<TableIndex<'_>> {
    let keys = table.keys.iter().map(|key: &CandidateKey| TableIndex {
        id: key.id,
        name: &key.name,
        columns: &key.columns,
        key: Some(key),
        declaration: &key.index,
        comment: key.comment.as_ref().filter(|_| key.origin == KeyOrigin::Index),
    });
    let others = table.indexes.iter().map(|index: &Index| TableIndex {
        id: index.id,
        name: &index.name,
        columns: &index.columns,
        key: None,
        declaration: &index.declaration,
        comment: index.comment.as_ref(),
    });
    let mut all: Vec<_> = keys.chain(others).collect();
    all.sort_by_key(|index| index.id);
    all
}

impl TableIndex<'_> {
    /// The columns of the key, then those only included.
    pub fn all_columns(&self) -> impl Iterator<Item = ColumnId> + '_ {
        self.columns.iter().chain(&self.declaration.include).copied()
    }

    pub fn method(&self) -> u32 {
        match self.declaration.method {
            IndexMethod::Btree => BTREE,
            IndexMethod::Hash => HASH,
        }
    }

    /// The order of each column of the key, as `indoption` has it.
    pub fn options(&self) -> Vec<i64> {
        let option = |at: usize| {
            let order = self.declaration.order(at);
            i64::from(order.descending) * DESCENDING + i64::from(order.nulls_first) * NULLS_FIRST
        };
        (0..self.columns.len()).map(option).collect()
    }
}

/// The rows of pg_index.
pub(super) fn pg_index(objects: &Objects) -> Vec<Vec<Cell>> {
    let of_table =
        |table: &Arc<Table>| of_table(table).iter().map(|index| row(objects, table, index)).collect::<Vec<_>>();
    objects.catalog.tables().flat_map(of_table).collect()
}

fn row(objects: &Objects, table: &Table, index: &TableIndex) -> Vec<Cell> {
    let count = index.columns.len();
    let numbers: Vec<i64> = index.all_columns().map(|column| attribute_number(table, column)).collect();
    let of_types = |of: fn(u32) -> u32| {
        let types = index.columns.iter().map(|column| types::of(table.column_by_id(*column).sql_type).0);
        types.map(|oid| i64::from(of(oid))).collect::<Vec<_>>()
    };
    let default_classes = of_types(operator_class);
    let class_at = |(at, default)| index.declaration.operator_class(at).map_or(default, operator_class_named);
    let classes = default_classes.into_iter().enumerate().map(class_at).collect();
    let primary = index.key.is_some_and(|key| key.primary);
    let not_distinct = index.key.is_some_and(|key| key.nulls_not_distinct);
    let deferrable = index.key.is_some_and(|key| key.characteristics.deferrable);
    vec![
        objects.index(index.id).into(),
        objects.table(table.id).into(),
        (numbers.len() as i64).into(),
        (count as i64).into(),
        index.key.is_some().into(),
        not_distinct.into(),
        primary.into(),
        false.into(),
        (!deferrable).into(),
        false.into(),
        true.into(),
        false.into(),
        true.into(),
        true.into(),
        false.into(),
        Cell::Ints(numbers),
        Cell::Ints(of_types(|oid| types::by_oid(oid).map_or(0, |known| known.collation))),
        Cell::Ints(classes),
        Cell::Ints(index.options()),
        Cell::Null,
        Cell::Null,
    ]
}

/// The B-tree operator class that is the default for a type.
fn operator_class(oid: u32) -> u32 {
    // A varchar is indexed as text is.
    let oid = if oid == 1043 { 25 } else { oid };
    super::fixed::OPERATOR_CLASSES.iter().find(|class| class.2 == oid && class.3).map_or(0, |class| class.0)
}

fn operator_class_named(name: &str) -> i64 {
    super::fixed::OPERATOR_CLASSES.iter().find(|class| class.1 == name).map_or(0, |class| class.0.into())
}

/// The rows of pg_indexes.
pub(super) fn pg_indexes(objects: &Objects) -> Vec<Vec<Cell>> {
    let of_table = |table: &Arc<Table>| {
        let row = |index: &TableIndex| {
            let text = statement(objects, table, index, true);
            vec![(&table.schema).into(), (&table.name).into(), index.name.into(), Cell::Null, text.into()]
        };
        of_table(table).iter().map(row).collect::<Vec<_>>()
    };
    objects.catalog.tables().flat_map(of_table).collect()
}

/// `CREATE INDEX name ON table USING btree (columns)`. `qualified`: the table with its schema even where it is visible.
pub(super) fn statement(objects: &Objects, table: &Table, index: &TableIndex, qualified: bool) -> String {
    let unique = if index.key.is_some() { "UNIQUE " } else { "" };
    let name = quoted(index.name);
    let on = match qualified {
        true => format!("{}.{}", quoted(&table.schema), quoted(&table.name)),
        false => relation(objects, &table.relation_name()),
    };
    let names = table.column_names(index.columns);
    let class = |at| index.declaration.operator_class(at).map_or(String::new(), |class| format!(" {class}"));
    let columns = names.iter().enumerate();
    let columns = columns.map(|(at, name)| format!("{}{}{}", quoted(name), class(at), index.declaration.order(at)));
    let columns: Vec<String> = columns.collect();
    let include = match index.declaration.include.as_slice() {
        [] => String::new(),
        included => {
            let names: Vec<String> = table.column_names(included).iter().map(|name| quoted(name)).collect();
            format!(" INCLUDE ({})", names.join(", "))
        }
    };
    let method = index.declaration.method;
    let distinct = match index.key.is_some_and(|key| key.nulls_not_distinct) {
        true => " NULLS NOT DISTINCT",
        false => "",
    };
    format!("CREATE {unique}INDEX {name} ON {on} USING {method} ({}){include}{distinct}", columns.join(", "))
}
