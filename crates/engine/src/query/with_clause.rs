//! What WITH may say: each name once, no more column names than columns, and no order or limit of a query that recurs.
//!
//! ```text
//!   WITH t (a) AS (SELECT 1, 2 AS b)      WITH t (a, b) AS (…)      the columns that are not named keep their names
//! ```

use std::collections::HashMap;

use datafusion::sql::sqlparser::ast::{
    Cte, Ident, LimitClause, Query, Select, SelectItem, SetExpr, TableAliasColumnDef, TableFactor, With,
};

use super::output_names;
use super::planning::{OPERATORS_MAX, too_complex};
use crate::error::Error;
use crate::identifier::folded;
use crate::sql::parse_query;
use crate::stored_names::tables_read;
use crate::walk;

/// Judges the WITH clause of a query, and names the columns that it leaves. Errors: 42712, 42P10, 0A000.
pub(super) fn check(query: &mut Query) -> Result<(), Error> {
    check_size(query)?;
    let Some(With { recursive, cte_tables, .. }) = &mut query.with else { return Ok(()) };
    for at in 0..cte_tables.len() {
        let name = folded(&cte_tables[at].alias.name);
        if cte_tables[..at].iter().any(|before| folded(&before.alias.name) == name) {
            return Err(Error::new("42712", format!("WITH query name \"{name}\" specified more than once"))
                .with_hint("Give each part of WITH a name of its own."));
        }
        let part = &mut cte_tables[at];
        name_columns(part, &name)?;
        if *recursive && matches!(part.query.body.as_ref(), SetExpr::SetOperation { .. }) {
            match reads(&part.query, &name) {
                true => refuse_order_of_recursion(&part.query)?,
                false => enclose_order(&mut part.query),
            }
        }
    }
    Ok(())
}

/// Refuses parts that mention each other so often that the plan has too many operators: each mention is planned, and with it what
/// that part mentions. It is told before anything is planned, for the planner goes through all of it for every part.
fn check_size(query: &Query) -> Result<(), Error> {
    let Some(With { cte_tables, .. }) = &query.with else { return Ok(()) };
    let mut relations: HashMap<String, usize> = HashMap::new();
    for part in cte_tables {
        let mut count = 0_usize;
        walk::find_relation(&part.query, |name| -> Option<()> {
            let mentioned = match name.0.as_slice() {
                [only] => only.as_ident().and_then(|name| relations.get(&folded(name))),
                _ => None,
            };
            count = count.saturating_add(mentioned.copied().unwrap_or(1));
            None
        });
        if count > OPERATORS_MAX {
            return Err(too_complex());
        }
        relations.insert(folded(&part.alias.name), count);
    }
    Ok(())
}

/// A set operation that does not recur, with an order or a limit, as a subquery: DataFusion plans its sides alone.
fn enclose_order(query: &mut Box<Query>) {
    if query.order_by.is_none() && query.limit_clause.is_none() && query.fetch.is_none() {
        return;
    }
    let mut outer = parse_query("SELECT * FROM (SELECT 1) AS __part");
    let SetExpr::Select(select) = outer.body.as_mut() else { unreachable!("it is a SELECT") };
    let TableFactor::Derived { subquery, .. } = &mut select.from[0].relation else {
        unreachable!("it selects from a subquery")
    };
    std::mem::swap(subquery, query);
    *query = outer;
}

fn name_columns(part: &mut Cte, name: &str) -> Result<(), Error> {
    let Some(own) = columns(&part.query.body).filter(|_| !part.alias.columns.is_empty()) else { return Ok(()) };
    let (available, specified) = (own.len(), part.alias.columns.len());
    if specified > available {
        let message =
            format!("WITH query \"{name}\" has {available} columns available but {specified} columns specified");
        return Err(Error::new("42P10", message).with_hint("Name as many columns as the query has."));
    }
    for (at, name) in own.iter().enumerate().skip(specified) {
        // Two columns never have one name inside a query.
        let is_taken = own[specified..at].contains(name)
            || part.alias.columns.iter().take(specified).any(|given| folded(&given.name) == *name);
        let name = if is_taken { format!("{name}__{}", at + 1) } else { name.clone() };
        part.alias.columns.push(TableAliasColumnDef { name: Ident::with_quote('"', name), data_type: None });
    }
    Ok(())
}

/// The names of a query's columns; `None` where a star stands for some.
fn columns(body: &SetExpr) -> Option<Vec<String>> {
    match body {
        SetExpr::Select(select) => of_select(select),
        SetExpr::Query(query) => columns(&query.body),
        SetExpr::SetOperation { left, .. } => columns(left),
        SetExpr::Values(values) => {
            let width = values.rows.first()?.content.len();
            Some((1..=width).map(|at| format!("column{at}")).collect())
        }
        _ => None,
    }
}

fn of_select(select: &Select) -> Option<Vec<String>> {
    let name = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) => Some(output_names::of_expression(expr)),
        SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
        _ => None,
    };
    select.projection.iter().map(name).collect()
}

/// Errors: 0A000.
fn refuse_order_of_recursion(query: &Query) -> Result<(), Error> {
    let clause = match &query.limit_clause {
        _ if query.order_by.is_some() => "ORDER BY",
        Some(LimitClause::LimitOffset { offset: Some(_), .. } | LimitClause::OffsetCommaLimit { .. }) => "OFFSET",
        Some(LimitClause::LimitOffset { limit: Some(_), .. }) => "LIMIT",
        _ if query.fetch.is_some() => "LIMIT",
        _ => return Ok(()),
    };
    Err(Error::unsupported(
        format!("{clause} in a recursive query is not implemented"),
        "Say it of the query that reads the recursive one.",
    ))
}

fn reads(query: &Query, name: &str) -> bool {
    let is_it = |parts: &[_]| matches!(parts, [only] if *only == name);
    tables_read(query).iter().any(|table| {
        let parts: Vec<String> = table.0.iter().filter_map(|part| part.as_ident()).map(folded).collect();
        is_it(&parts)
    })
}
