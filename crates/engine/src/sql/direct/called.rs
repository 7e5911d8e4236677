//! How a statement calls its one table and the columns of it.

use std::sync::Arc;

use bowline_core::catalog::{Catalog, ColumnId, Table};
use datafusion::sql::sqlparser::ast::{Expr, Ident, ObjectName};

use super::super::names;

/// How a statement calls its one table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Called<'s> {
    pub table: &'s Table,
    pub name: &'s str,
}

impl Called<'_> {
    /// The column an expression names.
    pub fn column(&self, expr: &Expr) -> Option<ColumnId> {
        match expr {
            Expr::Identifier(name) => self.named(name),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [table, name] if names::folded(table) == self.name => self.named(name),
                _ => None,
            },
            Expr::Nested(inner) => self.column(inner),
            _ => None,
        }
    }

    fn named(&self, name: &Ident) -> Option<ColumnId> {
        self.table.column(&names::folded(name)).map(|column| column.id)
    }
}

/// The table of that name, if its rows hold all of its columns.
pub(super) fn named(catalog: &Catalog, name: &ObjectName) -> Option<Arc<Table>> {
    let table = names::table_named(catalog, &names::relation_name(catalog, name).ok()?).ok()?;
    (!table.has_virtual_columns()).then_some(table)
}
