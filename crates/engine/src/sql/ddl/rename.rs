//! Renaming tables, columns and constraints. Expressions that name a column follow; views must not be broken.

use std::ops::ControlFlow;

use bowline_core::catalog::{Catalog, CatalogError, Expression, RelationName, Table};
use datafusion::sql::sqlparser::ast::{Expr, Ident, RenameTableNameKind, visit_expressions_mut};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::super::names;
use super::super::scope::Scope;
use super::alter_table::no_constraint;
use super::constraints::relation_taken;
use super::dependents;
use crate::error::Error;

/// RENAME TO.
pub(super) fn table(
    scope: &Scope,
    catalog: &mut Catalog,
    table: &Table,
    to: &RenameTableNameKind,
) -> Result<(), Error> {
    let (RenameTableNameKind::To(to) | RenameTableNameKind::As(to)) = to;
    let parts = names::parts(to)?;
    let [name] = parts.as_slice() else {
        return Err(
            Error::new("42601", "RENAME TO takes a name without a schema").with_hint("A table stays in its schema.")
        );
    };
    if catalog.relation(&RelationName::new(&table.schema, name)).is_some() {
        return Err(CatalogError::Exists { kind: "relation", name: name.clone() }.into());
    }
    let mut altered = Table::clone(catalog.table(table.id));
    altered.name.clone_from(name);
    catalog.put_table(altered);
    dependents::check_views(scope, catalog, &format!("table {}", table.name))
}

/// RENAME COLUMN.
pub(super) fn column(scope: &Scope, catalog: &mut Catalog, table: &Table, old: &str, new: &str) -> Result<(), Error> {
    let mut altered = Table::clone(catalog.table(table.id));
    let id = names::column(&altered, old)?.id;
    if altered.column(new).is_some() {
        return Err(Error::new("42701", format!("column \"{new}\" of relation \"{}\" already exists", table.name))
            .with_hint("Choose another name."));
    }
    let position = altered.position(id);
    altered.columns[position].name = new.to_owned();
    for check in &mut altered.checks {
        check.expression = renamed(&check.expression, old, new);
    }
    for column in &mut altered.columns {
        column.generated = column.generated.as_ref().map(|expression| renamed(expression, old, new));
    }
    catalog.put_table(altered);
    dependents::check_views(scope, catalog, &format!("column {old} of table {}", table.name))
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
        return Err(no_constraint(catalog, table, old));
    }
    catalog.put_table(altered);
    Ok(())
}

/// The expression with a column called by its new name.
fn renamed(expression: &Expression, old: &str, new: &str) -> Expression {
    let parsed =
        Parser::new(&PostgreSqlDialect {}).try_with_sql(&expression.0).and_then(|mut parser| parser.parse_expr());
    let mut parsed = parsed.unwrap_or_else(|error| panic!("{:?} was believed to parse: {error}", expression.0));
    let rename = |name: &mut Ident| {
        if names::folded(name) == old {
            *name = Ident::with_quote('"', new);
        }
    };
    let _: ControlFlow<()> = visit_expressions_mut(&mut parsed, |part| {
        match part {
            Expr::Identifier(name) => rename(name),
            Expr::CompoundIdentifier(parts) => parts.last_mut().into_iter().for_each(rename),
            _ => {}
        }
        ControlFlow::Continue(())
    });
    Expression(parsed.to_string())
}
