//! `information_schema`'s views of constraints: which there are, over which columns, and what they reference.
//!
//! Unique indexes are candidate keys here, but no constraints in SQL's sense, so these views leave them out.

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline_core::catalog::{CandidateKey, Catalog, ColumnId, KeyOrigin, MatchType, Table};
use datafusion::sql::sqlparser::ast::Expr;

use super::lazy::Definition;
use super::rows::{Kind, Value, yes_no};
use super::schemas::DATABASE;
use crate::grammar;
use crate::walk;

pub(super) const TABLE_CONSTRAINTS: Definition = Definition {
    schema: "information_schema",
    name: "table_constraints",
    columns: &[
        ("constraint_catalog", Kind::Text),
        ("constraint_schema", Kind::Text),
        ("constraint_name", Kind::Text),
        ("table_catalog", Kind::Text),
        ("table_schema", Kind::Text),
        ("table_name", Kind::Text),
        ("constraint_type", Kind::Text),
        ("is_deferrable", Kind::Text),
        ("initially_deferred", Kind::Text),
        ("enforced", Kind::Text),
        ("nulls_distinct", Kind::Text),
    ],
    rows: |catalog| tables(catalog).into_iter().flat_map(|table| constraints_of(catalog, table)).collect(),
};

fn constraints_of(catalog: &Catalog, table: &Table) -> Vec<Vec<Value>> {
    let row = |name: &str, kind: &str, deferrable: bool, deferred: bool, enforced: bool, distinct: Option<bool>| {
        let mut row = constraint(table, name);
        row.extend([DATABASE.into(), (&table.schema).into(), (&table.name).into(), kind.into()]);
        row.extend([yes_no(deferrable), yes_no(deferred), yes_no(enforced), distinct.map_or(Value::Null, yes_no)]);
        row
    };
    let keys = constraint_keys(table).map(|key| {
        let (kind, distinct) =
            if key.primary { ("PRIMARY KEY", None) } else { ("UNIQUE", Some(!key.nulls_not_distinct)) };
        let when = key.characteristics;
        row(&key.name, kind, when.deferrable, when.initially_deferred, true, distinct)
    });
    let foreign_keys = catalog.foreign_keys_of(table.id).into_iter().map(|key| {
        let when = key.characteristics;
        row(&key.name, "FOREIGN KEY", when.deferrable, when.initially_deferred, key.enforced, None)
    });
    let checks = table.checks.iter().map(|check| row(&check.name, "CHECK", false, false, check.enforced, None));
    let not_nulls = not_nulls(table).map(|(name, _)| row(&name, "CHECK", false, false, true, None));
    keys.chain(foreign_keys).chain(checks).chain(not_nulls).collect()
}

pub(super) const KEY_COLUMN_USAGE: Definition = Definition {
    schema: "information_schema",
    name: "key_column_usage",
    columns: &[
        ("constraint_catalog", Kind::Text),
        ("constraint_schema", Kind::Text),
        ("constraint_name", Kind::Text),
        ("table_catalog", Kind::Text),
        ("table_schema", Kind::Text),
        ("table_name", Kind::Text),
        ("column_name", Kind::Text),
        ("ordinal_position", Kind::Integer),
        ("position_in_unique_constraint", Kind::Integer),
    ],
    rows: |catalog| tables(catalog).into_iter().flat_map(|table| key_columns_of(catalog, table)).collect(),
};

fn key_columns_of(catalog: &Catalog, table: &Table) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    let mut add = |name: &str, column: ColumnId, at: usize, in_key: Option<usize>| {
        let mut row = constraint(table, name);
        row.extend(column_named(table, column));
        row.extend([Value::from(at as i32 + 1), in_key.map(|at| at as i32 + 1).into()]);
        rows.push(row);
    };
    for key in constraint_keys(table) {
        key.columns.iter().enumerate().for_each(|(at, column)| add(&key.name, *column, at, None));
    }
    for foreign_key in catalog.foreign_keys_of(table.id) {
        let key = catalog.table(foreign_key.referenced_table).key(foreign_key.referenced_key);
        for (at, column) in foreign_key.columns.iter().enumerate() {
            let referenced = foreign_key.referenced_columns[at];
            let in_key = key.and_then(|key| key.columns.iter().position(|column| *column == referenced));
            add(&foreign_key.name, *column, at, in_key);
        }
    }
    rows
}

pub(super) const CONSTRAINT_COLUMN_USAGE: Definition = Definition {
    schema: "information_schema",
    name: "constraint_column_usage",
    columns: &[
        ("table_catalog", Kind::Text),
        ("table_schema", Kind::Text),
        ("table_name", Kind::Text),
        ("column_name", Kind::Text),
        ("constraint_catalog", Kind::Text),
        ("constraint_schema", Kind::Text),
        ("constraint_name", Kind::Text),
    ],
    rows: |catalog| tables(catalog).into_iter().flat_map(|table| used_columns_of(catalog, table)).collect(),
};

/// A key uses its own columns, a foreign key the columns it references, a check the columns it names, NOT NULL its column.
fn used_columns_of(catalog: &Catalog, table: &Table) -> Vec<Vec<Value>> {
    let row = |of: &Table, column: ColumnId, name: &str| {
        let mut row = column_named(of, column).to_vec();
        row.extend(constraint(table, name));
        row
    };
    let mut rows = Vec::new();
    for key in constraint_keys(table) {
        rows.extend(key.columns.iter().map(|column| row(table, *column, &key.name)));
    }
    for foreign_key in catalog.foreign_keys_of(table.id) {
        let referenced = catalog.table(foreign_key.referenced_table);
        rows.extend(foreign_key.referenced_columns.iter().map(|column| row(referenced, *column, &foreign_key.name)));
    }
    for check in &table.checks {
        rows.extend(
            named_columns(&check.expression.0, table).into_iter().map(|column| row(table, column, &check.name)),
        );
    }
    rows.extend(not_nulls(table).map(|(name, column)| row(table, column, &name)));
    rows
}

/// The columns of the table that an expression names.
pub(super) fn named_columns(expression: &str, table: &Table) -> BTreeSet<ColumnId> {
    let mut columns = BTreeSet::new();
    let parsed = grammar::expr(expression);
    let Ok(parsed) = parsed else { return columns };
    walk::each_expr(&parsed, |part| {
        let name = match part {
            Expr::Identifier(name) => Some(name),
            Expr::CompoundIdentifier(parts) => parts.last(),
            _ => None,
        };
        let folded = name.map(|name| match name.quote_style {
            Some(_) => name.value.clone(),
            None => name.value.to_lowercase(),
        });
        columns.extend(folded.and_then(|name| table.column(&name)).map(|column| column.id));
    });
    columns
}

pub(super) const REFERENTIAL_CONSTRAINTS: Definition = Definition {
    schema: "information_schema",
    name: "referential_constraints",
    columns: &[
        ("constraint_catalog", Kind::Text),
        ("constraint_schema", Kind::Text),
        ("constraint_name", Kind::Text),
        ("unique_constraint_catalog", Kind::Text),
        ("unique_constraint_schema", Kind::Text),
        ("unique_constraint_name", Kind::Text),
        ("match_option", Kind::Text),
        ("update_rule", Kind::Text),
        ("delete_rule", Kind::Text),
    ],
    rows: |catalog| {
        let keys = tables(catalog).into_iter().flat_map(|table| catalog.foreign_keys_of(table.id));
        let row = |key: &Arc<bowline_core::catalog::ForeignKey>| {
            let referenced = catalog.table(key.referenced_table);
            let unique = referenced.key(key.referenced_key).map(|unique| unique.name.clone());
            let match_option = match key.match_type {
                MatchType::Simple => "NONE".to_owned(),
                other => other.to_string(),
            };
            let mut row = constraint(catalog.table(key.table), &key.name);
            row.extend([DATABASE.into(), (&referenced.schema).into(), unique.into(), match_option.into()]);
            row.extend([key.on_update.action.to_string().into(), key.on_delete.action.to_string().into()]);
            row
        };
        keys.map(row).collect()
    },
};

pub(super) const CHECK_CONSTRAINTS: Definition = Definition {
    schema: "information_schema",
    name: "check_constraints",
    columns: &[
        ("constraint_catalog", Kind::Text),
        ("constraint_schema", Kind::Text),
        ("constraint_name", Kind::Text),
        ("check_clause", Kind::Text),
    ],
    rows: |catalog| {
        let of_table = |table: &Arc<Table>| {
            let row = |name: &str, clause: String| {
                let mut row = constraint(table, name);
                row.push(clause.into());
                row
            };
            let checks = table.checks.iter().map(|check| row(&check.name, check.expression.0.clone()));
            let not_nulls = not_nulls(table)
                .map(|(name, column)| row(&name, format!("{} IS NOT NULL", table.column_by_id(column).name)));
            checks.chain(not_nulls).collect::<Vec<_>>()
        };
        tables(catalog).into_iter().flat_map(of_table).collect()
    },
};

fn tables(catalog: &Catalog) -> Vec<&Arc<Table>> {
    let mut tables: Vec<_> = catalog.tables().collect();
    tables.sort_by_key(|table| table.relation_name());
    tables
}

fn constraint_keys(table: &Table) -> impl Iterator<Item = &CandidateKey> {
    table.keys.iter().filter(|key| key.origin == KeyOrigin::Constraint)
}

/// NOT NULL as the constraint that SQL takes it for.
fn not_nulls(table: &Table) -> impl Iterator<Item = (String, ColumnId)> {
    let columns = table.columns.iter().filter(|column| column.not_null);
    columns.map(|column| (table.not_null_name(column), column.id))
}

/// Catalog, schema and name of a constraint.
fn constraint(table: &Table, name: &str) -> Vec<Value> {
    vec![DATABASE.into(), (&table.schema).into(), name.into()]
}

/// Catalog, schema, table and name of a column.
fn column_named(table: &Table, column: ColumnId) -> [Value; 4] {
    [DATABASE.into(), (&table.schema).into(), (&table.name).into(), (&table.column_by_id(column).name).into()]
}
