//! Renaming columns and constraints. Expressions that name a column follow; views go on under the old name.

use bowline_core::catalog::{Catalog, CatalogError, ColumnId, Expression, RelationName, Table};
use datafusion::sql::sqlparser::ast::{Expr, Ident};

use super::super::names;
use super::super::scope::Scope;
use super::constraints::relation_taken;
use super::create_table::refuse_system_column;
use super::{dependents, follow};
use crate::error::Error;
use crate::grammar;
use crate::walk;

/// RENAME COLUMN.
pub(super) fn column(scope: &Scope, catalog: &mut Catalog, table: &Table, old: &str, new: &str) -> Result<(), Error> {
    let mut altered = Table::clone(catalog.table(table.id));
    let id = names::column(&altered, old)?.id;
    refuse_system_column(new)?;
    if altered.column(new).is_some() {
        return Err(Error::new("42701", format!("column \"{new}\" of relation \"{}\" already exists", table.name))
            .with_hint("Choose another name."));
    }
    let position = altered.position(id);
    let using = uses(scope, catalog, &altered, position)?;
    altered.columns[position].name = new.to_owned();
    for check in &mut altered.checks {
        check.expression = renamed(&check.expression, old, new);
    }
    for column in &mut altered.columns {
        column.generated = column.generated.as_ref().map(|expression| renamed(expression, old, new));
    }
    catalog.put_table(altered.clone());
    let using = using.into_iter().map(|(view, columns)| (view, altered.column_names(&columns))).collect();
    follow::column(catalog, &altered.relation_name(), (old, new), &using);
    dependents::check_views(scope, catalog, &format!("column {old} of table {}", table.name))
}

/// Views, each with the columns of a table that it uses.
type Uses = Vec<(RelationName, Vec<ColumnId>)>;

/// The views that use a column, each with all columns of the table that it uses.
fn uses(scope: &Scope, catalog: &Catalog, table: &Table, position: usize) -> Result<Uses, Error> {
    let using = dependents::views_using(scope, catalog, table, &table.columns[position])?;
    let mut uses: Uses = using.into_iter().map(|view| (view, Vec::new())).collect();
    // In the order of the table, which a `*` shows.
    for (at, column) in table.columns.iter().enumerate().take(if uses.is_empty() { 0 } else { usize::MAX }) {
        let using = dependents::views_using(scope, catalog, table, column)?;
        let used = |view: &RelationName| at == position || using.contains(view);
        uses.iter_mut().filter(|(view, _)| used(view)).for_each(|(_, columns)| columns.push(column.id));
    }
    Ok(uses)
}

/// RENAME CONSTRAINT.
pub(super) fn constraint(catalog: &mut Catalog, table: &Table, old: &str, new: &str) -> Result<(), Error> {
    let names = catalog.constraint_names(table.id);
    if names.iter().any(|known| known == old) && names.iter().any(|known| known == new) {
        return Err(Error::new(
            "42710",
            format!("constraint \"{new}\" for relation \"{}\" already exists", table.name),
        )
        .with_hint("Choose another name."));
    }
    let foreign_key = catalog.foreign_keys_of(table.id).into_iter().find(|fk| fk.name == old).cloned();
    if let Some(foreign_key) = foreign_key {
        let mut renamed = (*foreign_key).clone();
        renamed.name = new.to_owned();
        catalog.put_foreign_key(renamed);
        return Ok(());
    }
    let mut altered = Table::clone(catalog.table(table.id));
    if let Some(check) = altered.checks.iter_mut().find(|check| check.name == old) {
        check.name = new.to_owned();
    } else if altered.keys.iter().any(|key| key.name == old) {
        if relation_taken(catalog, table, new) {
            return Err(CatalogError::Exists { kind: "relation", name: new.to_owned() }.into());
        }
        altered.keys.iter_mut().filter(|key| key.name == old).for_each(|key| key.name = new.to_owned());
    } else if let Some(column) = altered.not_null_named(old).map(|column| column.id) {
        let position = altered.position(column);
        altered.columns[position].not_null_constraint.name = Some(new.to_owned());
    } else {
        return Err(names::no_constraint(catalog, table, old));
    }
    catalog.put_table(altered);
    Ok(())
}

/// The expression with a column called by its new name.
fn renamed(expression: &Expression, old: &str, new: &str) -> Expression {
    let parsed = grammar::expr(&expression.0);
    let mut parsed = parsed.unwrap_or_else(|error| panic!("{:?} was believed to parse: {error}", expression.0));
    let rename = |name: &mut Ident| {
        if names::folded(name) == old {
            *name = Ident::with_quote('"', new);
        }
    };
    walk::change_exprs(&mut parsed, |part| match part {
        Expr::Identifier(name) => rename(name),
        Expr::CompoundIdentifier(parts) => parts.last_mut().into_iter().for_each(rename),
        _ => {}
    });
    Expression(parsed.to_string())
}
