//! A star beside other columns, written out where two columns would have one name, which DataFusion refuses.
//!
//! ```text
//!   SELECT t.b, t.* FROM t       ─▶     SELECT t.b, t.a, t.b FROM t      (names are made distinct as the query is rewritten)
//! ```
//!
//! Done for the outermost query only: what another one returns twice nobody can refer to.

use datafusion::arrow::datatypes::FieldRef;
use datafusion::common::{DFSchemaRef, TableReference};
use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Ident, Query, SelectItem, SetExpr, Statement, WildcardAdditionalOptions,
};

use super::output_names;

/// Writes out the stars of a query that returns a name twice because of them. `schema_of` plans a query; where it cannot, the
/// query is left alone, to fail by itself.
pub(super) fn write_out(statement: &mut Statement, schema_of: &dyn Fn(Statement) -> Option<DFSchemaRef>) {
    let Statement::Query(query) = statement else { return };
    let Some(items) = mixed_items(&query.body) else { return };
    let mut columns = Vec::with_capacity(items.len());
    for item in items {
        if is_star(item) {
            let Some(schema) = schema_of(alone(query, item)) else { return };
            columns.extend(schema.iter().map(column));
        } else {
            columns.push((output_name(item), item.clone()));
        }
    }
    let repeats = (1..columns.len()).any(|at| columns[..at].iter().any(|(name, _)| *name == columns[at].0));
    if repeats && let SetExpr::Select(select) = query.body.as_mut() {
        select.projection = columns.into_iter().map(|(_, item)| item).collect();
    }
}

/// The items of a SELECT that has a star and something else among them.
fn mixed_items(body: &SetExpr) -> Option<&[SelectItem]> {
    let SetExpr::Select(select) = body else { return None };
    let items = &select.projection;
    (items.len() > 1 && items.iter().any(is_star)).then_some(items)
}

fn is_star(item: &SelectItem) -> bool {
    match item {
        SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => {
            *options == WildcardAdditionalOptions::default()
        }
        _ => false,
    }
}

fn output_name(item: &SelectItem) -> String {
    match item {
        SelectItem::ExprWithAlias { alias, .. } if alias.quote_style.is_none() => alias.value.to_lowercase(),
        SelectItem::ExprWithAlias { alias, .. } => alias.value.clone(),
        SelectItem::UnnamedExpr(expr) => output_names::of_expression(expr),
        _ => String::new(),
    }
}

/// The query with one star for all it selects, over the same tables.
fn alone(query: &Query, star: &SelectItem) -> Statement {
    let mut query = query.clone();
    (query.order_by, query.limit_clause, query.fetch) = (None, None, None);
    query.locks.clear();
    if let SetExpr::Select(select) = query.body.as_mut() {
        select.projection = vec![star.clone()];
        (select.distinct, select.selection, select.having) = (None, None, None);
        select.group_by = GroupByExpr::Expressions(Vec::new(), Vec::new());
    }
    Statement::Query(Box::new(query))
}

/// A column that a star stands for, with its name.
fn column((table, field): (Option<&TableReference>, &FieldRef)) -> (String, SelectItem) {
    let table = table.map(TableReference::to_vec).unwrap_or_default();
    let parts = table.iter().chain([field.name()]).map(|part| Ident::with_quote('"', part));
    (field.name().clone(), SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts.collect())))
}
