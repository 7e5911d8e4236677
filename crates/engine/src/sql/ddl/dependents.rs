//! What depends on a table, key or column: named when it stands in the way, dropped with CASCADE.

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline_core::catalog::{CandidateKey, Catalog, Column, ColumnId, ConstraintId, Expression, RelationName, Table};
use bowline_core::rows::Snapshot;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::super::scope::Scope;
use super::constraints::columns_used;
use crate::error::Error;
use crate::outcome::Notice;
use crate::query::View;

/// Things that need what is to be dropped.
#[derive(Default)]
pub(super) struct Dependents {
    pub foreign_keys: Vec<ConstraintId>,
    pub views: Vec<RelationName>,
}

/// Foreign keys of other tables that reference a table, and views that read it, also through other views.
pub(super) fn of_table(catalog: &Catalog, table: &Table) -> Dependents {
    let foreign_keys = catalog.foreign_keys_to(table.id).into_iter().filter(|fk| fk.table != table.id);
    Dependents {
        foreign_keys: foreign_keys.map(|fk| fk.id).collect(),
        views: views_reading(catalog, &table.relation_name()),
    }
}

/// Foreign keys that reference a candidate key.
pub(super) fn of_key(catalog: &Catalog, table: &Table, key: &CandidateKey) -> Dependents {
    let foreign_keys = catalog.foreign_keys_to(table.id).into_iter().filter(|fk| fk.referenced_key == key.id);
    Dependents { foreign_keys: foreign_keys.map(|fk| fk.id).collect(), views: Vec::new() }
}

/// Foreign keys that reference a column.
pub(super) fn of_column(catalog: &Catalog, table: &Table, column: ColumnId) -> Dependents {
    let foreign_keys = catalog.foreign_keys_to(table.id);
    let foreign_keys = foreign_keys.into_iter().filter(|fk| fk.referenced_columns.contains(&column));
    Dependents { foreign_keys: foreign_keys.map(|fk| fk.id).collect(), views: Vec::new() }
}

/// Views that read a relation, directly or through other views.
pub(super) fn views_reading(catalog: &Catalog, name: &RelationName) -> Vec<RelationName> {
    let mut found: BTreeSet<RelationName> = BTreeSet::new();
    let mut open = vec![name.clone()];
    while let Some(read) = open.pop() {
        for view in catalog.views().filter(|view| view.reads.contains(&read)) {
            if found.insert(view.name.clone()) {
                open.push(view.name.clone());
            }
        }
    }
    found.into_iter().collect()
}

impl Dependents {
    /// With CASCADE drops them, telling which; otherwise refuses. `what` is `table orders`. Errors: 2BP01.
    pub fn drop_or_refuse(
        &self,
        scope: &mut Scope,
        catalog: &mut Catalog,
        what: &str,
        cascade: bool,
    ) -> Result<(), Error> {
        let mut told: Vec<String> = Vec::new();
        for id in &self.foreign_keys {
            let fk = catalog.foreign_key(*id).expect("a dependent is in the catalog");
            told.push(format!("constraint {} on table {}", fk.name, catalog.table(fk.table).name));
        }
        told.extend(self.views.iter().map(|view| format!("view {view}")));
        if told.is_empty() {
            return Ok(());
        }
        if !cascade {
            let lines: Vec<String> = told.iter().map(|dependent| format!("{dependent} depends on {what}")).collect();
            return Err(Error::new("2BP01", format!("cannot drop {what} because other objects depend on it"))
                .with_detail(lines.join("\n"))
                .with_hint("Use DROP ... CASCADE to drop the dependent objects too."));
        }
        self.foreign_keys.iter().for_each(|id| catalog.remove_foreign_key(*id));
        self.views.iter().for_each(|view| catalog.remove_view(view));
        told.iter().for_each(|dependent| scope.notice(Notice::plain(format!("drop cascades to {dependent}"))));
        Ok(())
    }
}

/// Whether an expression over these columns names the column.
pub(super) fn names_column(expression: &Expression, columns: &[Column], name: &str) -> bool {
    let parsed =
        Parser::new(&PostgreSqlDialect {}).try_with_sql(&expression.0).and_then(|mut parser| parser.parse_expr());
    let parsed = parsed.unwrap_or_else(|error| panic!("{:?} was believed to parse: {error}", expression.0));
    let table = Table {
        id: bowline_core::catalog::TableId(0),
        schema: String::new(),
        name: String::new(),
        columns: columns.to_vec(),
        next_column: 0,
        keys: Vec::new(),
        checks: Vec::new(),
        indexes: Vec::new(),
        comment: None,
    };
    columns_used(&parsed, &table).contains(name)
}

/// Judges that every view can still be read; with `cascade` drops those that cannot. Errors: 2BP01.
pub(super) fn check_views(scope: &Scope, catalog: &mut Catalog, what: &str, cascade: bool) -> Result<(), Error> {
    let views: Vec<_> = catalog.views().cloned().collect();
    for view in views {
        let snapshot = Snapshot::new(Arc::new(catalog.clone()), Default::default());
        let query = super::super::parse::parse(&view.query)?;
        let planned = scope.queries.plan(&View { snapshot, extra: Vec::new() }, query, &[]);
        if planned.is_ok() {
            continue;
        }
        if !cascade {
            return Err(Error::new("2BP01", format!("cannot change {what} because other objects depend on it"))
                .with_detail(format!("view {} depends on {what}", view.name))
                .with_hint("Drop the view first."));
        }
        catalog.remove_view(&view.name);
    }
    Ok(())
}
