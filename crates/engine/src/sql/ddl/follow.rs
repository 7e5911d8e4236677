//! What other declarations say of a relation or column follows when it is renamed or moved.
//!
//! ```text
//!   relation t → u        FROM t            ─▶ FROM public.u AS t                             nextval('t') ─▶ nextval('u')
//!   column a of t → b     FROM t            ─▶ FROM (SELECT b AS a, c FROM public.t) AS t
//! ```
//!
//! A view keeps what it is made of by name, so the name it uses stays and only what stands behind it changes: whatever else the query
//! says of it goes on to mean the same.

use bowline_core::catalog::{Catalog, DEFAULT_SCHEMA, Expression, RelationName, TEMPORARY_SCHEMA, Table, View};
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, ObjectNamePart, Statement, TableAlias,
    TableFactor, Value,
};

use super::super::names;
use super::super::parse::parse_query;
use super::dependents::may_name_sequences;
use super::expressions::parsed;
use crate::grammar;
use crate::identifier::identifier;
use crate::walk::{self, Step};

/// Renames a relation in every view and every default that names it. The catalog has it under its new name already.
pub(super) fn relation(catalog: &mut Catalog, old: &RelationName, new: &RelationName) {
    let views: Vec<View> =
        catalog.views().filter(|view| view.reads.contains(old)).map(|view| View::clone(view)).collect();
    for mut view in views {
        let found = |name: &ObjectName| means(catalog, &view, name) == Some(old.clone());
        view.query = replaced(&view.query, &found, &|factor: &mut TableFactor| {
            let TableFactor::Table { name, alias, .. } = factor else { return };
            *name = written(new);
            alias.get_or_insert_with(|| called(&old.name));
        });
        view.reads.iter_mut().filter(|read| *read == old).for_each(|read| read.clone_from(new));
        catalog.put_view(view);
    }
    let views: Vec<View> = catalog.views().map(|view| View::clone(view)).collect();
    for view in views {
        if let Some(query) = with_sequence_renamed(&view, old, new) {
            catalog.put_view(View { query, ..view });
        }
    }
    let tables: Vec<Table> = catalog.tables().map(|table| Table::clone(table)).collect();
    for mut table in tables {
        let is_temporary = table.id.is_temporary();
        let mut changed = false;
        for column in &mut table.columns {
            let Some(default) = &mut column.default else { continue };
            changed |= rename_sequence(default, is_temporary, old, new);
        }
        if changed {
            catalog.put_table(table);
        }
    }
}

/// Views, each with the columns of a relation that it uses, by the names they have now.
pub(super) type Uses = Vec<(RelationName, Vec<String>)>;

/// Gives a renamed column of a relation its old name in the views that use it.
pub(super) fn column(catalog: &mut Catalog, name: &RelationName, (old, new): (&str, &str), uses: &Uses) {
    for (view, used) in uses {
        let Some(mut view) = catalog.view_named(view).map(|view| View::clone(view)) else { continue };
        let columns = used.iter().map(|column| match column == new {
            true => format!("{} AS {}", identifier(new), identifier(old)),
            false => identifier(column),
        });
        let list = columns.collect::<Vec<_>>().join(", ");
        let from = parse_query(&format!("SELECT {list} FROM {}", written(name)));
        let found = |read: &ObjectName| means(catalog, &view, read) == Some(name.clone());
        view.query = replaced(&view.query, &found, &|factor: &mut TableFactor| {
            let TableFactor::Table { alias, .. } = factor else { return };
            let alias = alias.clone().unwrap_or_else(|| called(&name.name));
            *factor = TableFactor::Derived { lateral: false, subquery: from.clone(), alias: Some(alias), sample: None };
        });
        catalog.put_view(view);
    }
    let rename = |known: &mut Vec<String>| {
        known.iter_mut().filter(|known| *known == old).for_each(|known| *known = new.to_owned());
    };
    know_otherwise(catalog, name, &rename);
}

/// Forgets a column that goes: another of its name, added later, is none that a view knows.
pub(super) fn forget_column(catalog: &mut Catalog, name: &RelationName, column: &str) {
    know_otherwise(catalog, name, &|known: &mut Vec<String>| known.retain(|known| known != column));
}

fn know_otherwise(catalog: &mut Catalog, name: &RelationName, change: &dyn Fn(&mut Vec<String>)) {
    let reading = catalog.views().filter(|view| view.reads.contains(name));
    let reading: Vec<View> = reading.map(|view| View::clone(view)).collect();
    for mut view in reading {
        if let Some(known) = view.known_columns_mut(name) {
            change(known);
            catalog.put_view(view);
        }
    }
}

/// The relation that a name in a view means. A permanent view names no temporary one.
fn means(catalog: &Catalog, view: &View, name: &ObjectName) -> Option<RelationName> {
    let found = names::stored_name(catalog, name, false).ok()?;
    let own = RelationName::new(TEMPORARY_SCHEMA, &found.name);
    let is_own = name.0.len() == 1 && view.name.schema == TEMPORARY_SCHEMA && view.reads.contains(&own);
    Some(if is_own { own } else { found })
}

/// A query's text with the tables that `found` finds changed. Names of its WITH clauses are none.
fn replaced(query: &str, found: &dyn Fn(&ObjectName) -> bool, change: &dyn Fn(&mut TableFactor)) -> String {
    let Ok(mut statements) = grammar::statements(query) else { return query.to_owned() };
    let mut parts = Vec::new();
    walk::change(&mut statements, |step| match step {
        Step::BeforeQuery(query) => {
            let with = query.with.iter().flat_map(|with| &with.cte_tables);
            parts.extend(with.map(|part| names::folded(&part.alias.name)));
        }
        // After what is inside of it: what is put in its place is not looked at again.
        Step::AfterTableFactor(factor) => {
            if let TableFactor::Table { name, .. } = factor
                && !(name.0.len() == 1 && names::last_part(name).is_ok_and(|name| parts.contains(&name)))
                && found(name)
            {
                change(factor);
            }
        }
        _ => {}
    });
    statements.first().map_or_else(|| query.to_owned(), Statement::to_string)
}

/// A name with its schema, as a statement writes it.
fn written(name: &RelationName) -> ObjectName {
    let part = |part: &String| ObjectNamePart::Identifier(Ident::with_quote('"', part));
    ObjectName(vec![part(&name.schema), part(&name.name)])
}

fn called(name: &str) -> TableAlias {
    TableAlias { explicit: true, name: Ident::with_quote('"', name), columns: Vec::new(), at: None }
}

/// Renames a sequence in a default; whether it was there.
fn rename_sequence(default: &mut Expression, is_temporary: bool, old: &RelationName, new: &RelationName) -> bool {
    if !may_name_sequences(&default.0) {
        return false;
    }
    let mut texts = Vec::new();
    walk::each_expr(&parsed(default), |part| {
        if let Expr::Function(function) = part
            && let FunctionArguments::List(list) = &function.args
            && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))) = list.args.first()
            && let Some(text) = text_of(argument)
            && says(text, is_temporary, old)
        {
            texts.push(text.to_owned());
        }
    });
    let schema =
        if is_found_alone(new, is_temporary) { String::new() } else { format!("{}.", identifier(&new.schema)) };
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
    // In the text, so that all else in it stays as it was written.
    for text in &texts {
        default.0 = default.0.replace(&literal(text), &literal(&format!("{schema}{}", identifier(&new.name))));
    }
    !texts.is_empty()
}

/// Whether a stored text meant a relation by its old name. It has its new one already, so that it is not looked for.
fn says(text: &str, is_temporary: bool, old: &RelationName) -> bool {
    let parsed = grammar::parser().try_with_sql(text);
    let Ok(name) = parsed.and_then(|mut parser| parser.parse_object_name(false)) else { return false };
    let own = is_temporary && old.schema == TEMPORARY_SCHEMA;
    match names::parts(&name).as_deref() {
        Ok([name]) => *old == RelationName::new(if own { TEMPORARY_SCHEMA } else { DEFAULT_SCHEMA }, name),
        Ok([schema, name]) => *old == RelationName::new(schema, name),
        _ => false,
    }
}

/// Whether a stored text needs no schema before a name: nothing else can come to be found by it.
fn is_found_alone(name: &RelationName, is_temporary: bool) -> bool {
    name.schema == TEMPORARY_SCHEMA || name.schema == DEFAULT_SCHEMA && !is_temporary
}

/// A view's query with a sequence renamed that it takes values from; `None` if it takes none.
fn with_sequence_renamed(view: &View, old: &RelationName, new: &RelationName) -> Option<String> {
    if !may_name_sequences(&view.query) {
        return None;
    }
    let is_temporary = view.name.schema == TEMPORARY_SCHEMA;
    let schema =
        if is_found_alone(new, is_temporary) { String::new() } else { format!("{}.", identifier(&new.schema)) };
    let mut statements = grammar::statements(&view.query).ok()?;
    let mut is_changed = false;
    walk::change_exprs(&mut statements, |part| {
        if let Expr::Function(function) = part
            && matches!(names::last_part(&function.name).as_deref(), Ok("nextval" | "currval" | "setval"))
            && let FunctionArguments::List(list) = &mut function.args
            && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))) = list.args.first_mut()
            && let Some(text) = text_of_mut(argument)
            && says(text, is_temporary, old)
        {
            *text = format!("{schema}{}", identifier(&new.name));
            is_changed = true;
        }
    });
    statements.first().filter(|_| is_changed).map(Statement::to_string)
}

fn text_of_mut(argument: &mut Expr) -> Option<&mut String> {
    match argument {
        Expr::Cast { expr, .. } | Expr::Nested(expr) => text_of_mut(expr),
        Expr::Value(value) => match &mut value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// The text that an argument is, cast or not.
fn text_of(argument: &Expr) -> Option<&str> {
    match argument {
        Expr::Cast { expr, .. } | Expr::Nested(expr) => text_of(expr),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}
