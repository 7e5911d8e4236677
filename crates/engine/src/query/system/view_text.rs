//! A view's query as it is shown: its columns called as the view calls them.
//!
//! ```text
//!   VIEW v (x) AS SELECT a, b FROM t     ─▶  SELECT a AS x, b FROM t
//!   VIEW v (x) AS SELECT * FROM t        ─▶  SELECT * FROM (SELECT * FROM t) AS v (x)
//! ```

use bowline_core::catalog::{Catalog, TEMPORARY_SCHEMA, View};
use datafusion::sql::sqlparser::ast::{Ident, SelectItem, SetExpr, Statement};

use crate::grammar;
use crate::identifier::identifier;
use crate::query::output_names;
use crate::stored_names::shown_query;

/// A query that gives what the view gives, without a semicolon.
pub(super) fn shown(catalog: &Catalog, view: &View) -> String {
    let query = shown_query(catalog, view.query.trim().trim_end_matches(';'), view.name.schema == TEMPORARY_SCHEMA);
    if view.columns.is_empty() {
        return query;
    }
    aliased(&query, &view.columns).unwrap_or_else(|| {
        let columns: Vec<String> = view.columns.iter().map(|column| identifier(column)).collect();
        format!("SELECT * FROM ({query}) AS {} ({})", identifier(&view.name.name), columns.join(", "))
    })
}

/// The query with its items called so; `None` if it does not name them one by one.
fn aliased(query: &str, columns: &[String]) -> Option<String> {
    let parsed = grammar::statements(query).ok()?;
    let [Statement::Query(mut query)] = <[Statement; 1]>::try_from(parsed).ok()? else { return None };
    // What is ordered or grouped by may be named as the items are.
    if query.order_by.is_some() {
        return None;
    }
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    for (item, name) in select.projection.iter_mut().zip(columns) {
        let alias = || Ident::with_quote('"', name);
        *item = match item {
            SelectItem::UnnamedExpr(expr) if output_names::of_expression(expr) == *name => continue,
            SelectItem::UnnamedExpr(expr) => SelectItem::ExprWithAlias { expr: expr.clone(), alias: written(alias()) },
            SelectItem::ExprWithAlias { expr, .. } => {
                SelectItem::ExprWithAlias { expr: expr.clone(), alias: written(alias()) }
            }
            _ => return None,
        };
    }
    Some(query.to_string())
}

/// A name without quotes where it needs none.
fn written(name: Ident) -> Ident {
    match identifier(&name.value) == name.value {
        true => Ident::new(name.value),
        false => name,
    }
}
