//! `pg_description`, which holds the comments, and `pg_depend`, which tells what belongs to what.

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline_core::catalog::{CandidateKey, Column, Relation, Table, View};
use datafusion::sql::sqlparser::ast::{Expr, GroupByExpr};

use super::cell::Cell;
use super::constraints;
use super::fixed::EXTENSION;
use super::indexes;
use super::objects::{OWN_SCHEMA, Objects, attribute_number};
use super::relations;
use crate::grammar;
use crate::identifier::folded;
use crate::sql::{sequences_of_view, sequences_used};
use crate::walk::{self, Step};

/// The OIDs of the relations of pg_catalog that objects are rows of.
pub(super) const PG_CLASS: u32 = 1259;
const PG_CONSTRAINT: u32 = 2606;
pub(super) const PG_NAMESPACE: u32 = 2615;
const PG_ATTRDEF: u32 = 2604;
const PG_EXTENSION: u32 = 3079;
const PG_REWRITE: u32 = 2618;

/// A comment: what it is about, and its text.
#[derive(Debug)]
pub(super) struct Remark<'c> {
    /// The relation of pg_catalog that has the object's row.
    pub class: u32,
    pub object: u32,
    /// The number of the column it is about, or 0.
    pub column: i64,
    pub text: &'c String,
}

/// All comments.
pub(super) fn remarks(objects: &Objects) -> Vec<Remark<'_>> {
    let catalog = &objects.catalog;
    let about = |class: u32, object: u32, column: i64| move |text| Remark { class, object, column, text };
    let mut all = Vec::new();
    for (name, schema) in catalog.schemas() {
        all.extend(schema.comment.as_ref().map(about(PG_NAMESPACE, objects.schema(name), 0)));
    }
    for table in catalog.tables() {
        let oid = objects.table(table.id);
        all.extend(table.comment.as_ref().map(about(PG_CLASS, oid, 0)));
        for column in &table.columns {
            all.extend(column.comment.as_ref().map(about(PG_CLASS, oid, attribute_number(table, column.id))));
        }
        for index in indexes::of_table(table) {
            all.extend(index.comment.map(about(PG_CLASS, objects.index(index.id), 0)));
        }
    }
    for view in catalog.views() {
        let oid = objects.view(&view.name);
        all.extend(view.comment.as_ref().map(about(PG_CLASS, oid, 0)));
        let columns = view.column_comments.iter();
        all.extend(columns.map(|(place, text)| about(PG_CLASS, oid, *place as i64 + 1)(text)));
    }
    for sequence in catalog.sequences() {
        all.extend(sequence.comment.as_ref().map(about(PG_CLASS, objects.sequence(sequence.id), 0)));
    }
    for constraint in constraints::all(objects) {
        all.extend(constraint.comment().map(about(PG_CONSTRAINT, constraint.oid(objects), 0)));
    }
    all
}

/// The rows of pg_description.
pub(super) fn pg_description(objects: &Objects) -> Vec<Vec<Cell>> {
    let row =
        |remark: Remark| vec![remark.object.into(), remark.class.into(), remark.column.into(), remark.text.into()];
    remarks(objects).into_iter().map(row).collect()
}

/// A row of pg_depend: an object, what it depends on, and how.
struct Dependency {
    object: (u32, u32, i64),
    on: (u32, u32, i64),
    kind: &'static str,
}

/// The rows of pg_depend.
pub(super) fn pg_depend(objects: &Objects) -> Vec<Vec<Cell>> {
    let row = |dependency: Dependency| {
        let (object, on) = (dependency.object, dependency.on);
        vec![
            object.0.into(),
            object.1.into(),
            object.2.into(),
            on.0.into(),
            on.1.into(),
            on.2.into(),
            dependency.kind.into(),
        ]
    };
    let all = sequences(objects).into_iter().chain(views(objects)).chain(constraints_and_defaults(objects));
    let all = all.chain(members(objects));
    all.map(row).collect()
}

/// Schema bowline and its relations are part of the extension that they count as.
fn members(objects: &Objects) -> Vec<Dependency> {
    let relations = relations::system().iter().filter(|relation| relation.schema == OWN_SCHEMA);
    let relations = relations.map(|relation| (PG_CLASS, relation.oid, 0));
    let all = relations.chain([(PG_NAMESPACE, objects.schema(OWN_SCHEMA), 0)]);
    all.map(|object| Dependency { object, on: (PG_EXTENSION, EXTENSION, 0), kind: "e" }).collect()
}

/// A sequence goes with the column that owns it: as part of it (`i`) for an identity column, else automatically (`a`).
fn sequences(objects: &Objects) -> Vec<Dependency> {
    let catalog = &objects.catalog;
    let owned = catalog.sequences().filter_map(|sequence| {
        let (table, column) = sequence.owner?;
        let identity = catalog.table(table).column_by_id(column).identity.is_some();
        Some(Dependency {
            object: (PG_CLASS, objects.sequence(sequence.id), 0),
            on: (PG_CLASS, objects.table(table), attribute_number(catalog.table(table), column)),
            kind: if identity { "i" } else { "a" },
        })
    });
    owned.collect()
}

/// A view's rule is part of the view, and reads relations.
fn views(objects: &Objects) -> Vec<Dependency> {
    let mut all = Vec::new();
    for view in objects.catalog.views() {
        let rule = (PG_REWRITE, objects.rule(&view.name), 0);
        all.push(Dependency { object: rule, on: (PG_CLASS, objects.view(&view.name), 0), kind: "i" });
        for read in &view.reads {
            let oid = match objects.catalog.relation(read) {
                Some(Relation::Table(table)) => objects.table(table.id),
                Some(Relation::View(view)) => objects.view(&view.name),
                _ => continue,
            };
            all.push(Dependency { object: rule, on: (PG_CLASS, oid, 0), kind: "n" });
        }
        let used = sequences_of_view(&objects.catalog, view);
        let used = used.iter().filter_map(|name| objects.catalog.sequence_named(name));
        let sequence = |id| Dependency { object: rule, on: (PG_CLASS, objects.sequence(id), 0), kind: "n" };
        all.extend(used.map(|used| sequence(used.id)));
        let keys = grouping_keys(objects, view).into_iter();
        all.extend(keys.map(|key| Dependency { object: rule, on: (PG_CONSTRAINT, key, 0), kind: "n" }));
    }
    all
}

/// The primary keys that a view groups by, all columns of them: its other columns may depend on that.
fn grouping_keys(objects: &Objects, view: &View) -> Vec<u32> {
    let parsed = grammar::statements(&view.query).unwrap_or_default();
    let mut grouped = BTreeSet::new();
    for mut statement in parsed {
        walk::change(&mut statement, |step| {
            if let Step::BeforeSelect(select) = step
                && let GroupByExpr::Expressions(keys, _) = &select.group_by
            {
                grouped.extend(keys.iter().filter_map(|key| match key {
                    Expr::Identifier(name) => Some(folded(name)),
                    Expr::CompoundIdentifier(parts) => parts.last().map(folded),
                    _ => None,
                }));
            }
        });
    }
    let tables = view.reads.iter().filter_map(|name| objects.catalog.table_named(name));
    let keys = tables.flat_map(|table| table.keys.iter().filter(|key| key.primary).map(move |key| (table, key)));
    let is_grouped = |(table, key): &(&Arc<Table>, &CandidateKey)| {
        key.columns.iter().all(|column| grouped.contains(&table.column_by_id(*column).name))
    };
    keys.filter(is_grouped).map(|(_, key)| objects.constraint(key.id)).collect()
}

fn constraints_and_defaults(objects: &Objects) -> Vec<Dependency> {
    let catalog = &objects.catalog;
    let mut all = Vec::new();
    for table in catalog.tables() {
        let relation = objects.table(table.id);
        let default = |column: &Column| Dependency {
            object: (PG_ATTRDEF, objects.default(table.id, column.id), 0),
            on: (PG_CLASS, relation, attribute_number(table, column.id)),
            kind: "a",
        };
        let with_default = table.columns.iter().filter(|column| super::classes::has_default(column));
        all.extend(with_default.clone().map(default));
        for (column, expression) in with_default.filter_map(|column| Some((column, column.default.as_ref()?))) {
            let used = sequences_used(catalog, table.id, expression);
            let used = used.iter().filter_map(|name| catalog.sequence_named(name));
            all.extend(used.map(|sequence| Dependency {
                object: (PG_ATTRDEF, objects.default(table.id, column.id), 0),
                on: (PG_CLASS, objects.sequence(sequence.id), 0),
                kind: "n",
            }));
        }
        all.extend(of_keys(objects, table));
    }
    for key in catalog.foreign_keys() {
        let object = (PG_CONSTRAINT, objects.constraint(key.id), 0);
        let (referencing, referenced) = (catalog.table(key.table), catalog.table(key.referenced_table));
        let columns = key.columns.iter().map(|column| (referencing, *column, "a"));
        let columns = columns.chain(key.referenced_columns.iter().map(|column| (referenced, *column, "n")));
        all.extend(columns.map(|(relation, column, kind)| Dependency {
            object,
            on: (PG_CLASS, objects.table(relation.id), attribute_number(relation, column)),
            kind,
        }));
        all.push(Dependency { object, on: (PG_CLASS, objects.index(key.referenced_key), 0), kind: "n" });
    }
    all
}

/// A key depends on its columns, and the index behind it on the key; an index without a key on the columns.
fn of_keys(objects: &Objects, table: &Table) -> Vec<Dependency> {
    let relation = objects.table(table.id);
    let mut all = Vec::new();
    for index in indexes::of_table(table) {
        let is_constraint = index.key.is_some_and(|key| key.origin == bowline_core::catalog::KeyOrigin::Constraint);
        let itself = (PG_CLASS, objects.index(index.id), 0);
        let holder = if is_constraint { (PG_CONSTRAINT, objects.constraint(index.id), 0) } else { itself };
        all.extend(index.columns.iter().map(|column| Dependency {
            object: holder,
            on: (PG_CLASS, relation, attribute_number(table, *column)),
            kind: "a",
        }));
        if is_constraint {
            all.push(Dependency { object: itself, on: holder, kind: "i" });
        }
    }
    all
}
