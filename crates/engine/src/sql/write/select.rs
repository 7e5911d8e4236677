//! The query behind an UPDATE or DELETE: which rows, and what to compute from them.
//!
//! `DELETE FROM t AS x USING u WHERE …` becomes `SELECT x.__row FROM __rows."schema.t" AS x, u WHERE …`, where `__rows` shows
//! each table with its row ids.

use std::sync::Arc;

use bowline_core::catalog::{Catalog, Table};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, Query, SelectItem, SetExpr, Statement, TableAlias, TableFactor, TableWithJoins,
};

use super::super::names;
use super::super::parse::parse_query;
use super::super::scope::Scope;
use crate::error::Error;
use crate::query::row_relation;

/// The name of the row id column.
pub(in crate::sql) const ROW: &str = "__row";

/// The table a write names, and how the statement's expressions call it.
#[derive(Debug)]
pub(in crate::sql) struct Target {
    pub table: Arc<Table>,
    /// Its alias, or its own name.
    pub called: Ident,
    /// Further tables joined to it in the same FROM item.
    pub joins: Vec<datafusion::sql::sqlparser::ast::Join>,
}

/// Binds the target of an UPDATE or DELETE. Errors: anything but a table with an alias.
pub(super) fn target(scope: &Scope, named: TableWithJoins) -> Result<Target, Error> {
    let TableFactor::Table { name, alias, args: None, sample: None, version: None, .. } = named.relation else {
        return Err(Error::new("42601", "only a table can be written to").with_hint("Name a table."));
    };
    if !named.joins.is_empty() {
        return Err(Error::unsupported("a write cannot join its target", "Use FROM (UPDATE) or USING (DELETE)."));
    }
    let table = names::table(scope.catalog(), &name)?;
    let called = match alias {
        Some(alias) => alias.name,
        None => Ident::with_quote('"', &table.name),
    };
    Ok(Target { table, called, joins: named.joins })
}

impl Target {
    /// Refuses another table under the target's name; the same name in another schema is another one. Errors: 42712.
    pub fn refuse_namesake(&self, catalog: &Catalog, others: &[TableWithJoins]) -> Result<(), Error> {
        let factors = others
            .iter()
            .flat_map(|item| std::iter::once(&item.relation).chain(item.joins.iter().map(|join| &join.relation)));
        let called = names::folded(&self.called);
        for factor in factors {
            let is_taken = match factor {
                TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
                    names::folded(&alias.name) == called
                }
                TableFactor::Table { name, args: None, .. } if names::last_part(name)? == called => {
                    let is_target = names::relation_name(catalog, name)? == self.table.relation_name();
                    is_target || called != self.table.name
                }
                _ => false,
            };
            if is_taken {
                return Err(Error::new("42712", format!("table name \"{called}\" specified more than once"))
                    .with_hint("Give one of them an alias."));
            }
        }
        Ok(())
    }

    /// `called.__row`.
    pub fn row_id(&self) -> SelectItem {
        self.column(ROW)
    }

    /// `called.column`.
    pub fn column(&self, name: &str) -> SelectItem {
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(vec![self.called.clone(), Ident::with_quote('"', name)]))
    }

    /// `SELECT items FROM target, others WHERE selection`.
    pub fn select(&self, items: Vec<SelectItem>, others: Vec<TableWithJoins>, selection: Option<Expr>) -> Statement {
        let mut from = vec![self.with_rows()];
        from.extend(others);
        select(items, from, selection)
    }

    /// The target with its row ids, under the name the statement calls it.
    fn with_rows(&self) -> TableWithJoins {
        TableWithJoins {
            relation: table_factor(row_relation(&self.table), self.called.clone()),
            joins: self.joins.clone(),
        }
    }
}

/// `name AS alias`, as an item of FROM.
pub(in crate::sql) fn table_factor(name: ObjectName, alias: Ident) -> TableFactor {
    let alias = TableAlias { explicit: true, name: alias, columns: Vec::new(), at: None };
    TableFactor::Table {
        name,
        alias: Some(alias),
        args: None,
        with_hints: Vec::new(),
        version: None,
        with_ordinality: false,
        partitions: Vec::new(),
        json_path: None,
        sample: None,
        index_hints: Vec::new(),
    }
}

/// `SELECT items FROM from WHERE selection`.
pub(super) fn select(items: Vec<SelectItem>, from: Vec<TableWithJoins>, selection: Option<Expr>) -> Statement {
    let mut query: Box<Query> = parse_query("SELECT 1");
    let SetExpr::Select(select) = query.body.as_mut() else { unreachable!("SELECT 1 is a SELECT") };
    select.projection = items;
    select.from = from;
    select.selection = selection;
    Statement::Query(query)
}
