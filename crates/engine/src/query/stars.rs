//! A star beside other columns, written out where two columns would have one name, which DataFusion refuses.
//!
//! ```text
//!   SELECT t.b, t.* FROM t       ─▶     SELECT t.b, t.a, t.b FROM t      (names are made distinct as the query is rewritten)
//! ```
//!
//! Done for the outermost query only: what another one returns twice nobody can refer to.

use datafusion::common::{Column, TableReference};
use datafusion::logical_expr::utils::expand_wildcard;
use datafusion::logical_expr::{Expr as PlanExpr, LogicalPlan};
use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Ident, ObjectName, Query, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Statement,
    Value, WildcardAdditionalOptions,
};

use super::output_names;
use crate::identifier::folded;

/// Writes out the stars of a query that returns a name twice because of them. `plan` plans a query; where it cannot, the query is left
/// alone, to fail by itself.
pub(super) fn write_out(statement: &mut Statement, plan: &dyn Fn(Statement) -> Option<LogicalPlan>) {
    let Statement::Query(query) = statement else { return };
    let Some(items) = mixed_items(&query.body) else { return };
    let Some(LogicalPlan::Projection(planned)) = plan(without_items(query)) else { return };
    let mut columns = Vec::with_capacity(items.len());
    for item in items {
        if is_star(item) {
            let Some(expanded) = expanded(item, &planned.input) else { return };
            columns.extend(expanded.into_iter().map(column));
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

/// The query with a constant for all it selects, over the same tables.
fn without_items(query: &Query) -> Statement {
    let mut query = query.clone();
    (query.order_by, query.limit_clause, query.fetch) = (None, None, None);
    query.locks.clear();
    if let SetExpr::Select(select) = query.body.as_mut() {
        select.projection = vec![SelectItem::UnnamedExpr(Expr::value(Value::Null))];
        (select.distinct, select.selection, select.having) = (None, None, None);
        select.group_by = GroupByExpr::Expressions(Vec::new(), Vec::new());
    }
    Statement::Query(Box::new(query))
}

/// The columns that a star stands for over these tables; `None` if that cannot be told.
fn expanded(star: &SelectItem, tables: &LogicalPlan) -> Option<Vec<Column>> {
    match star {
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
            let mut relations = tables.schema().iter().filter_map(|(relation, _)| relation);
            let called = relations.find(|relation| is_called(relation, name))?;
            let own = tables.schema().iter().filter(|(relation, _)| *relation == Some(called));
            Some(own.map(Column::from).collect())
        }
        SelectItem::Wildcard(_) => {
            let all = expand_wildcard(tables.schema(), tables, None).ok()?.into_iter();
            all.map(|expr| if let PlanExpr::Column(column) = expr { Some(column) } else { None }).collect()
        }
        _ => None,
    }
}

/// Whether a table goes by a name, which may leave out its schema.
fn is_called(relation: &TableReference, name: &ObjectName) -> bool {
    let mut parts = relation.to_vec().into_iter().rev();
    name.0.iter().rev().all(|part| part.as_ident().map(folded) == parts.next())
}

/// A column that a star stands for, with its name.
fn column(column: Column) -> (String, SelectItem) {
    let table = column.relation.as_ref().map(TableReference::to_vec).unwrap_or_default();
    let parts = table.iter().chain([&column.name]).map(|part| Ident::with_quote('"', part));
    let item = SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts.collect()));
    (column.name, item)
}
