//! What depends on what is to be dropped: named when it stands in the way, dropped with CASCADE.
//!
//! ```text
//!   target ──▶ its parts, which go silently       (a table's own foreign keys and sequences, a column's keys)
//!          └─▶ its dependents, which are told ──▶ theirs, and so on   (foreign keys on it, views, generated columns)
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline_core::catalog::{
    Catalog, Column, ColumnId, ConstraintId, Expression, KeyOrigin, RelationName, SequenceId, TEMPORARY_SCHEMA, Table,
    TableId, View as CatalogView,
};
use bowline_core::rows::Snapshot;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Statement, Value,
};

use super::super::names;
use super::super::scope::Scope;
use super::constraints::columns_used;
use super::create_as::relation_query;
use super::expressions::parsed;
use super::follow;
use crate::error::Error;
use crate::grammar;
use crate::outcome::Notice;
use crate::query::View;
use crate::runtime::block_on;
use crate::search_path;
use crate::walk::{self, Tree};

/// Something that can be dropped. In the order in which things that go together are taken away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Object {
    ForeignKey(ConstraintId),
    View(RelationName),
    Default(TableId, ColumnId),
    Column(TableId, ColumnId),
    /// A candidate key and the index behind it.
    Key(TableId, ConstraintId),
    /// An index that is no key.
    Index(TableId, ConstraintId),
    Sequence(SequenceId),
    Table(TableId),
    Schema(String),
}

/// Drops objects together: none of them stands in another's way. Errors: 2BP01 naming what depends on them, unless `cascade`.
pub(super) fn drop_objects(
    scope: &mut Scope,
    catalog: &mut Catalog,
    targets: &[Object],
    cascade: bool,
) -> Result<(), Error> {
    let mut walk =
        Walk { scope, catalog, going: targets.iter().cloned().collect(), parts: BTreeSet::new(), told: vec![] };
    for target in targets {
        walk.note_parts(target);
    }
    for target in targets {
        walk.visit(target)?;
    }
    let Walk { going, parts, mut told, .. } = walk;
    told.retain(|(object, _)| !parts.contains(object));
    if !told.is_empty() && !cascade {
        let lines: Vec<String> = told
            .iter()
            .map(|(object, on)| format!("{} depends on {}", described(catalog, object), needed(catalog, on)))
            .collect();
        let message = match targets {
            [only] => format!("cannot drop {} because other objects depend on it", described(catalog, only)),
            _ => "cannot drop desired object(s) because other objects depend on them".to_owned(),
        };
        return Err(Error::new("2BP01", message)
            .with_detail(lines.join("\n"))
            .with_hint("Use DROP ... CASCADE to drop the dependent objects too."));
    }
    let lines: Vec<String> =
        told.iter().map(|(object, _)| format!("drop cascades to {}", described(catalog, object))).collect();
    match lines.as_slice() {
        [] => {}
        [only] => scope.notice(Notice::plain(only)),
        several => {
            let message = format!("drop cascades to {} other objects", several.len());
            scope.notice(Notice { detail: Some(several.join("\n")), ..Notice::plain(message) });
        }
    }
    let all: BTreeSet<Object> = going.into_iter().chain(parts).collect();
    all.iter().try_for_each(|object| take_away(catalog, object))
}

/// Follows dependents from the targets.
struct Walk<'a, 's> {
    scope: &'a Scope<'s>,
    catalog: &'a Catalog,
    going: BTreeSet<Object>,
    /// Go with what they are part of, and are not told.
    parts: BTreeSet<Object>,
    /// What depends, and on what.
    told: Vec<(Object, Object)>,
}

impl Walk<'_, '_> {
    fn visit(&mut self, object: &Object) -> Result<(), Error> {
        for (dependent, on) in self.dependents(object)? {
            if self.parts.contains(&dependent) || !self.going.insert(dependent.clone()) {
                continue;
            }
            self.note_parts(&dependent);
            self.told.push((dependent.clone(), on));
            self.visit(&dependent)?;
        }
        Ok(())
    }

    fn note_parts(&mut self, object: &Object) {
        let catalog = self.catalog;
        match object {
            Object::Table(id) => {
                let foreign_keys = catalog.foreign_keys_of(*id).into_iter();
                self.parts.extend(foreign_keys.map(|fk| Object::ForeignKey(fk.id)));
                let owned =
                    catalog.sequences().filter(|sequence| sequence.owner.is_some_and(|(table, _)| table == *id));
                self.parts.extend(owned.map(|sequence| Object::Sequence(sequence.id)));
                let columns = catalog.table(*id).columns.iter();
                self.parts.extend(columns.map(|column| Object::Default(*id, column.id)));
            }
            Object::Column(table, column) => {
                let own = catalog.foreign_keys_of(*table).into_iter().filter(|fk| fk.columns.contains(column));
                self.parts.extend(own.map(|fk| Object::ForeignKey(fk.id)));
                let owned = catalog.sequences().filter(|sequence| sequence.owner == Some((*table, *column)));
                self.parts.extend(owned.map(|sequence| Object::Sequence(sequence.id)));
                self.parts.insert(Object::Default(*table, *column));
            }
            _ => {}
        }
    }

    /// What needs an object, each with what exactly it needs.
    fn dependents(&self, object: &Object) -> Result<Vec<(Object, Object)>, Error> {
        let catalog = self.catalog;
        let mut found = Vec::new();
        match object {
            Object::Table(id) => {
                let table = catalog.table(*id);
                let foreign_keys = catalog.foreign_keys().filter(|fk| fk.referenced_table == *id && fk.table != *id);
                found.extend(foreign_keys.map(|fk| (Object::ForeignKey(fk.id), object.clone())));
                let views = views_reading(catalog, &table.relation_name());
                found.extend(views.map(|view| (Object::View(view), object.clone())));
                self.add_users(&mut found, |owner| owner.0 == *id);
            }
            Object::Column(id, column) => {
                let table = catalog.table(*id);
                let on = |fk: &&Arc<_>| references(fk, *id, *column);
                found.extend(catalog.foreign_keys().filter(on).map(|fk| (Object::ForeignKey(fk.id), object.clone())));
                // A key that only includes the column goes too, and is needed by what references it.
                let including = table.keys.iter().filter(|key| key.index.include.contains(column));
                for key in including {
                    found.extend(self.dependents(&Object::Key(*id, key.id))?);
                }
                let column = table.column_by_id(*column);
                for name in generated_from(table, &column.name) {
                    let generated = table.column(&name).expect("the name is of this table").id;
                    found.push((Object::Column(*id, generated), object.clone()));
                }
                let views = views_using(self.scope, catalog, table, column)?;
                found.extend(views.into_iter().map(|view| (Object::View(view), object.clone())));
                self.add_users(&mut found, |owner| owner == (*id, column.id));
            }
            Object::Key(table, key) => {
                let on = catalog.foreign_keys().filter(|fk| fk.referenced_table == *table && fk.referenced_key == *key);
                found.extend(on.map(|fk| (Object::ForeignKey(fk.id), object.clone())));
            }
            Object::View(name) => {
                found.extend(views_reading(catalog, name).map(|view| (Object::View(view), object.clone())));
            }
            Object::Sequence(id) => found.extend(self.users_of(*id)),
            Object::Schema(schema) => {
                let tables = catalog.tables().filter(|table| table.schema == *schema);
                found.extend(tables.map(|table| (Object::Table(table.id), object.clone())));
                let views = catalog.views().filter(|view| view.name.schema == *schema);
                found.extend(views.map(|view| (Object::View(view.name.clone()), object.clone())));
                let sequences = catalog.sequences().filter(|s| s.name.schema == *schema && s.owner.is_none());
                found.extend(sequences.map(|sequence| (Object::Sequence(sequence.id), object.clone())));
            }
            Object::ForeignKey(_) | Object::Default(..) | Object::Index(..) => {}
        }
        Ok(found)
    }

    /// Adds the defaults and views that take values from sequences whose owner goes.
    fn add_users(&self, found: &mut Vec<(Object, Object)>, goes: impl Fn((TableId, ColumnId)) -> bool) {
        for sequence in self.catalog.sequences().filter(|sequence| sequence.owner.is_some_and(&goes)) {
            found.extend(self.users_of(sequence.id));
        }
    }

    /// The defaults and views that take values from a sequence.
    fn users_of(&self, id: SequenceId) -> Vec<(Object, Object)> {
        let name = &self.catalog.sequence(id).name;
        let columns =
            self.catalog.tables().flat_map(|table| table.columns.iter().map(move |column| (table.id, column)));
        let takes = |table: TableId, column: &Column| {
            column.default.as_ref().is_some_and(|d| sequences_used(self.catalog, table, d).contains(name))
        };
        let taking = columns.filter(|(table, column)| takes(*table, column));
        let taking = taking.map(|(table, column)| Object::Default(table, column.id));
        let views = self.catalog.views().filter(|view| sequences_of_view(self.catalog, view).contains(name));
        let views = views.map(|view| Object::View(view.name.clone()));
        taking.chain(views).map(|user| (user, Object::Sequence(id))).collect()
    }
}

fn references(fk: &bowline_core::catalog::ForeignKey, table: TableId, column: ColumnId) -> bool {
    fk.referenced_table == table && fk.referenced_columns.contains(&column)
}

/// Removes one object from the catalog, and what of its table names it. What references it was taken away before.
fn take_away(catalog: &mut Catalog, object: &Object) -> Result<(), Error> {
    match object {
        Object::ForeignKey(id) => catalog.remove_foreign_key(*id),
        Object::View(name) => catalog.remove_view(name),
        Object::Default(table, column) => {
            let mut altered = Table::clone(catalog.table(*table));
            let position = altered.position(*column);
            altered.columns[position].default = None;
            catalog.put_table(altered);
        }
        Object::Column(table, id) => {
            let mut altered = Table::clone(catalog.table(*table));
            let name = altered.column_by_id(*id).name.clone();
            altered.keys.retain(|key| !key.columns.contains(id) && !key.index.include.contains(id));
            altered.indexes.retain(|index| !index.columns.contains(id) && !index.declaration.include.contains(id));
            altered.checks.retain(|check| !names_column(&check.expression, &altered.columns, &name));
            altered.columns.retain(|column| column.id != *id);
            follow::forget_column(catalog, &altered.relation_name(), &name);
            catalog.put_table(altered);
        }
        Object::Key(table, id) => {
            let mut altered = Table::clone(catalog.table(*table));
            altered.keys.retain(|key| key.id != *id);
            catalog.put_table(altered);
        }
        Object::Index(table, id) => {
            let mut altered = Table::clone(catalog.table(*table));
            altered.indexes.retain(|index| index.id != *id);
            catalog.put_table(altered);
        }
        Object::Sequence(id) => catalog.remove_sequence(*id),
        Object::Table(id) => catalog.remove_table(*id),
        Object::Schema(name) => catalog.remove_schema(name),
    }
    Ok(())
}

/// What an object is called in messages.
fn described(catalog: &Catalog, object: &Object) -> String {
    let table_name = |id: &TableId| search_path::written(catalog, &catalog.table(*id).relation_name());
    match object {
        Object::ForeignKey(id) => {
            let fk = catalog.foreign_key(*id).expect("a dependent is in the catalog");
            format!("constraint {} on table {}", fk.name, table_name(&fk.table))
        }
        Object::View(name) => format!("view {}", search_path::written(catalog, name)),
        Object::Default(table, column) => {
            format!("default value for {}", described(catalog, &Object::Column(*table, *column)))
        }
        Object::Column(table, column) => {
            let name = &catalog.table(*table).column_by_id(*column).name;
            format!("column {name} of table {}", table_name(table))
        }
        Object::Key(table, id) => match catalog.table(*table).key(*id) {
            Some(key) if key.origin == KeyOrigin::Constraint => {
                format!("constraint {} on table {}", key.name, table_name(table))
            }
            _ => needed(catalog, object),
        },
        Object::Index(table, id) => {
            let table = catalog.table(*table);
            let index = table.indexes.iter().find(|index| index.id == *id);
            index.map_or_else(String::new, |index| index_named(catalog, table, &index.name))
        }
        Object::Sequence(id) => format!("sequence {}", search_path::written(catalog, &catalog.sequence(*id).name)),
        Object::Table(id) => format!("table {}", table_name(id)),
        Object::Schema(name) => format!("schema {name}"),
    }
}

/// What a dependent needs of an object: of a key its index.
fn needed(catalog: &Catalog, object: &Object) -> String {
    match object {
        Object::Key(table, id) => {
            let key = catalog.table(*table).key(*id).expect("a key that is needed is in the catalog");
            index_named(catalog, catalog.table(*table), &key.name)
        }
        other => described(catalog, other),
    }
}

fn index_named(catalog: &Catalog, table: &Table, name: &str) -> String {
    format!("index {}", search_path::written(catalog, &RelationName::new(&table.schema, name)))
}

/// Views that read a relation directly, in order of declaration.
fn views_reading<'c>(catalog: &'c Catalog, name: &RelationName) -> impl Iterator<Item = RelationName> + use<'c> {
    let name = name.clone();
    catalog.views().filter(move |view| view.reads.contains(&name)).map(|view| view.name.clone())
}

/// Views that use a column of a table directly: with the column called otherwise they cannot be read, or show less.
pub(super) fn views_using(
    scope: &Scope,
    catalog: &Catalog,
    table: &Table,
    column: &Column,
) -> Result<Vec<RelationName>, Error> {
    let mut trial = catalog.clone();
    let mut renamed = table.clone();
    let position = renamed.position(column.id);
    renamed.columns[position].name = unwritable(&column.name);
    trial.put_table(renamed);
    views_that_change(scope, catalog, &trial, &table.relation_name())
}

/// Views that use a column of a view directly. `columns`: the names of all of that view's columns.
pub(super) fn views_using_view(
    scope: &Scope,
    catalog: &Catalog,
    view: &CatalogView,
    columns: &[String],
    column: &str,
) -> Result<Vec<RelationName>, Error> {
    let mut trial = catalog.clone();
    let renamed = |name: &String| if name == column { unwritable(name) } else { name.clone() };
    trial.put_view(CatalogView { columns: columns.iter().map(renamed).collect(), ..view.clone() });
    views_that_change(scope, catalog, &trial, &view.name)
}

/// No column is called so: it starts with a character that no name is written with.
fn unwritable(name: &str) -> String {
    format!("\u{1}{name}")
}

/// Views that read a relation and show something else in another catalog.
fn views_that_change(
    scope: &Scope,
    catalog: &Catalog,
    trial: &Catalog,
    read: &RelationName,
) -> Result<Vec<RelationName>, Error> {
    let mut changed = Vec::new();
    for view in catalog.views().filter(|view| view.reads.contains(read)) {
        let before = columns_of_view(scope, catalog, &view.name)?;
        if columns_of_view(scope, trial, &view.name).ok() != Some(before) {
            changed.push(view.name.clone());
        }
    }
    Ok(changed)
}

/// Judges that every view can still be read. Errors: 2BP01.
pub(super) fn check_views(scope: &Scope, catalog: &Catalog, what: &str) -> Result<(), Error> {
    match catalog.views().find(|view| columns_of_view(scope, catalog, &view.name).is_err()) {
        None => Ok(()),
        Some(view) => Err(Error::new("2BP01", format!("cannot change {what} because other objects depend on it"))
            .with_detail(format!("view {} depends on {what}", view.name))
            .with_hint("Drop the view first.")),
    }
}

/// The names of a view's columns.
fn columns_of_view(scope: &Scope, catalog: &Catalog, name: &RelationName) -> Result<Vec<String>, Error> {
    let snapshot = Snapshot::new(Arc::new(catalog.clone()), Default::default());
    let query = Statement::Query(relation_query(name));
    let view = View { snapshot, extra: Vec::new() };
    let plan = scope.queries.plan(&view, query.clone(), &[])?;
    // Some of what a name can mean is only refused when the plan is made to run.
    block_on(scope.queries.explain(&view, query, &[]))?;
    Ok(plan.schema().fields().iter().map(|field| field.name().clone()).collect())
}

/// The generated columns of a table that are computed from a column, in order of declaration.
pub(super) fn generated_from(table: &Table, name: &str) -> Vec<String> {
    let uses = |column: &&Column| {
        column.generated.as_ref().is_some_and(|expression| names_column(expression, &table.columns, name))
    };
    table.columns.iter().filter(uses).map(|column| column.name.clone()).collect()
}

/// Whether an expression over these columns names the column.
pub(super) fn names_column(expression: &Expression, columns: &[Column], name: &str) -> bool {
    let table = Table {
        id: TableId(0),
        schema: String::new(),
        name: String::new(),
        columns: columns.to_vec(),
        next_column: 0,
        keys: Vec::new(),
        checks: Vec::new(),
        indexes: Vec::new(),
        comment: None,
    };
    columns_used(&parsed(expression), &table).contains(name)
}

/// The sequences a default of a table names: the first argument of its `nextval` and the like.
pub(crate) fn sequences_used(catalog: &Catalog, table: TableId, default: &Expression) -> BTreeSet<RelationName> {
    match may_name_sequences(&default.0) {
        true => sequences_named(catalog, &parsed(default), table.is_temporary()),
        false => BTreeSet::new(),
    }
}

/// The sequences that a view's query names likewise.
pub(crate) fn sequences_of_view(catalog: &Catalog, view: &CatalogView) -> BTreeSet<RelationName> {
    if !may_name_sequences(&view.query) {
        return BTreeSet::new();
    }
    let query = grammar::statements(&view.query).unwrap_or_default();
    sequences_named(catalog, &query, view.name.schema == TEMPORARY_SCHEMA)
}

/// Whether a stored text may call `nextval` and the like.
pub(super) fn may_name_sequences(text: &str) -> bool {
    text.to_lowercase().contains("val(")
}

fn sequences_named(catalog: &Catalog, within: &impl Tree, is_temporary: bool) -> BTreeSet<RelationName> {
    let mut used = BTreeSet::new();
    walk::each_expr(within, |part| {
        if let Expr::Function(function) = part
            && let Some(text) = first_text(function)
            && let Ok(name) =
                grammar::parser().try_with_sql(text).and_then(|mut parser| parser.parse_object_name(false))
            && let Ok(name) = names::stored_name(catalog, &name, is_temporary)
        {
            used.insert(name);
        }
    });
    used
}

/// The first argument of a sequence function, if it is a text, cast or not.
fn first_text(function: &Function) -> Option<&str> {
    let called = function.name.to_string().to_lowercase();
    let called = called.strip_prefix("pg_catalog.").unwrap_or(&called);
    let FunctionArguments::List(list) = &function.args else { return None };
    let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))) = list.args.first() else { return None };
    let mut argument = argument;
    while let Expr::Cast { expr, .. } | Expr::Nested(expr) = argument {
        argument = expr;
    }
    match argument {
        Expr::Value(value) if matches!(called, "nextval" | "currval" | "setval") => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}
