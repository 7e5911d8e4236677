//! What the keys of ORDER BY, GROUP BY and DISTINCT ON mean.
//!
//! ```text
//!   2, (2), -(-2)       the second column of the result; 42P10 if it has none
//!   'x', 1.5, true      42601
//!   x                   the column of the result that is called so, else one of the input
//!   x + 1               computed from columns of the input; if an item of the select list is the same, that item
//! ```
//!
//! DataFusion takes the columns of the result first in whatever is computed too. A result that hides a column of the input which
//! such a key names gets another name; what it is called was read off the text before. What hides one in a subquery cannot be
//! renamed. Source: PostgreSQL documentation, SELECT, ORDER BY and GROUP BY Clause, and its `findTargetlistEntrySQL92`.

use datafusion::sql::sqlparser::ast::{
    Distinct, Expr, Function, FunctionArgumentClause, FunctionArguments, GroupByExpr, Ident, OrderBy, OrderByExpr,
    OrderByKind, Query, Select, SelectItem, SetExpr, UnaryOperator, Value,
};

use super::output_names::{self, OutputNames};
use crate::error::Error;
use crate::identifier::folded;
use crate::walk;

/// Puts the keys of a query's ORDER BY in words that mean the same to DataFusion. Errors: 42601 and 42P10 for constants, 42P10 for a
/// key that DISTINCT does away with, 0A000 for one that is computed from the result of a set operation.
pub(super) fn in_query(query: &mut Query) -> Result<(), Error> {
    let Some(keys) = keys(&mut query.order_by) else { return Ok(()) };
    let names = output_names::of_body(&query.body);
    for key in &mut *keys {
        uncover(&mut key.expr);
        if let Some(position) = position(&key.expr, "ORDER BY", names.count())? {
            key.expr = number(position);
        }
    }
    match query.body.as_ref() {
        SetExpr::Select(select) => keys.iter_mut().try_for_each(|key| find_item(&mut key.expr, select)),
        SetExpr::SetOperation { .. } => keys.iter().try_for_each(|key| refuse_computed(&key.expr, &names)),
        _ => Ok(()),
    }
}

/// Puts the keys of GROUP BY and DISTINCT ON in other words. Errors: 42601 and 42P10 for constants.
pub(super) fn in_select(select: &mut Select) -> Result<(), Error> {
    let count = output_names::of_items(&select.projection).count();
    if let GroupByExpr::Expressions(keys, _) = &mut select.group_by {
        for key in keys {
            if let Some(position) = position(key, "GROUP BY", count)? {
                *key = number(position);
            }
            if let Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) = key {
                let mut keys = sets.iter_mut().flatten();
                keys.try_for_each(|key| put_item(key, "GROUP BY", &select.projection))?;
            }
        }
    }
    if let Some(Distinct::On(keys)) = &mut select.distinct {
        keys.iter_mut().try_for_each(|key| put_item(key, "DISTINCT ON", &select.projection))?;
    }
    Ok(())
}

/// A constant does not order the rows of an aggregate.
pub(super) fn in_aggregate(function: &mut Function) {
    if let FunctionArguments::List(list) = &mut function.args {
        list.clauses.retain_mut(|clause| match clause {
            FunctionArgumentClause::OrderBy(keys) => {
                keys.retain(|key| constant(&key.expr).is_none());
                !keys.is_empty()
            }
            _ => true,
        });
    }
}

/// Gives the results of the outermost query that hide a column of the input which a computed key names another name.
pub(super) fn tell_columns_from_results(query: &mut Query) {
    let Some(keys) = keys(&mut query.order_by) else { return };
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    let GroupByExpr::Expressions(groups, _) = &select.group_by else { return };
    if matches!(select.distinct, Some(Distinct::On(_))) {
        return;
    }
    keys.iter_mut().for_each(|key| uncover(&mut key.expr));
    for (at, item) in select.projection.iter_mut().enumerate() {
        let SelectItem::ExprWithAlias { expr, alias } = item else { continue };
        let name = folded(alias);
        let is_alone = |expr: &Expr| matches!(expr, Expr::Identifier(own) if folded(own) == name);
        let is_named = |part: &Expr| match part {
            Expr::CompoundIdentifier(parts) => parts.last().is_some_and(|last| folded(last) == name),
            part => is_alone(part),
        };
        let names_it = |key: &OrderByExpr| !is_alone(&key.expr) && walk::any_expr(&key.expr, is_named);
        // There, the name may be that of the result.
        let is_grouped_by = groups.iter().any(|group| walk::any_expr(group, is_alone));
        if is_named(expr) || is_grouped_by || !keys.iter().any(names_it) {
            continue;
        }
        let other = Ident::with_quote('"', format!("__result_{at}"));
        for key in keys.iter_mut().filter(|key| is_alone(&key.expr)) {
            key.expr = Expr::Identifier(other.clone());
        }
        *alias = other;
    }
}

/// A key that is what an item computes is that item. Errors: 42P10 for a key that DISTINCT does away with.
fn find_item(key: &mut Expr, select: &Select) -> Result<(), Error> {
    // DISTINCT ON compares the keys with its own.
    if matches!(key, Expr::Identifier(_)) || constant(key).is_some() || matches!(select.distinct, Some(Distinct::On(_)))
    {
        return Ok(());
    }
    if let Some(at) = items_before_star(&select.projection).position(|item| bare(item) == bare(key)) {
        *key = number(at + 1);
        return Ok(());
    }
    // Whether a column is one that the result has is not told by its name.
    let is_column = |part: &Expr| matches!(part, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
    match select.distinct.is_some() && !walk::any_expr(key, is_column) {
        false => Ok(()),
        true => Err(not_in_distinct()),
    }
}

/// 42P10 for a key that DISTINCT does away with.
pub(super) fn not_in_distinct() -> Error {
    Error::new("42P10", "for SELECT DISTINCT, ORDER BY expressions must appear in select list")
        .with_hint("Add it to the select list, or leave it out of ORDER BY.")
}

/// Errors: 0A000 for a key that is computed from the result of a set operation, 42P01 and 42703 for a name it does not have.
fn refuse_computed(key: &Expr, names: &OutputNames) -> Result<(), Error> {
    match bare(key) {
        Expr::Identifier(name) if names.may_have(&folded(name)) => Ok(()),
        Expr::Identifier(name) => Err(Error::new("42703", format!("column \"{}\" does not exist", folded(name)))
            .with_hint("The columns are called as those of the first SELECT.")),
        Expr::CompoundIdentifier(parts) => {
            let table = parts.first().map(folded).unwrap_or_default();
            Err(Error::new("42P01", format!("missing FROM-clause entry for table \"{table}\""))
                .with_hint("Name the column alone, as the first SELECT calls it."))
        }
        key if constant(key).is_some() => Ok(()),
        _ => Err(Error::unsupported(
            "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
            "Add the expression/function to every SELECT, or move the UNION into a FROM clause.",
        )
        .with_detail("Only result column names can be used, not expressions or functions.")),
    }
}

/// What a constant key says.
enum Constant {
    Position(i64),
    /// Nothing.
    Value,
}

/// The constant that a key is; PostgreSQL counts the minus of a number as part of it.
fn constant(key: &Expr) -> Option<Constant> {
    match key {
        Expr::Nested(inner) => constant(inner),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match bare(expr) {
            Expr::Value(value) if !matches!(value.value, Value::Number(..)) => None,
            inner => constant(inner).map(|constant| match constant {
                Constant::Position(position) => Constant::Position(-position),
                Constant::Value => Constant::Value,
            }),
        },
        Expr::Value(value) => match &value.value {
            Value::Placeholder(_) => None,
            Value::Number(text, _) => {
                Some(text.parse::<i32>().map_or(Constant::Value, |number| Constant::Position(number.into())))
            }
            _ => Some(Constant::Value),
        },
        _ => None,
    }
}

/// The position that a key is, from 1. `count`: of the columns of the result, if it is known. Errors: 42P10 where there is none, 42601
/// for another constant.
fn position(key: &Expr, clause: &str, count: Option<usize>) -> Result<Option<usize>, Error> {
    match constant(key) {
        None => Ok(None),
        Some(Constant::Value) => Err(Error::new("42601", format!("non-integer constant in {clause}"))
            .with_hint("Leave it out: it is the same for all rows.")),
        Some(Constant::Position(position)) => match usize::try_from(position) {
            Ok(found) if found > 0 && count.is_none_or(|count| found <= count) => Ok(Some(found)),
            _ => Err(Error::new("42P10", format!("{clause} position {position} is not in select list"))
                .with_hint("Positions count the columns of the result from 1.")),
        },
    }
}

/// Puts the item in the place of its position, where DataFusion knows no positions. Errors: as [`position`].
fn put_item(key: &mut Expr, clause: &str, items: &[SelectItem]) -> Result<(), Error> {
    if let Some(position) = position(key, clause, output_names::of_items(items).count())?
        && let Some(item) = items_before_star(items).nth(position - 1)
    {
        *key = item.clone();
    }
    Ok(())
}

/// The items of a select list whose positions are known.
fn items_before_star(items: &[SelectItem]) -> impl Iterator<Item = &Expr> {
    items.iter().map_while(|item| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    })
}

/// An expression without the parentheses around it.
fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => bare(inner),
        expr => expr,
    }
}

/// Takes the parentheses off an expression.
fn uncover(expr: &mut Expr) {
    while let Expr::Nested(inner) = expr {
        *expr = std::mem::replace(inner, Expr::value(Value::Null));
    }
}

fn number(position: usize) -> Expr {
    Expr::value(Value::Number(position.to_string(), false))
}

/// The keys of ORDER BY.
fn keys(order_by: &mut Option<OrderBy>) -> Option<&mut Vec<OrderByExpr>> {
    match &mut order_by.as_mut()?.kind {
        OrderByKind::Expressions(keys) => Some(keys),
        OrderByKind::All(_) => None,
    }
}
