//! Rows compared with the rows of a subquery.
//!
//! ```text
//!   (a, b) = (SELECT x, y …)          (SELECT a = __row_1 AND b = __row_2 FROM (SELECT x, y …) AS __row (__row_1, __row_2))
//!   (a, b) IN (SELECT x, y …)         in WHERE   EXISTS (SELECT 1 FROM (SELECT x, y …) AS __row (…) WHERE a = __row_1 AND b = __row_2)
//!                                     else       CASE WHEN EXISTS (… same) THEN true WHEN EXISTS (… NULL) THEN NULL ELSE false END
//!   (a, b) NOT IN (SELECT x, y …)     in WHERE   NOT EXISTS (… WHERE (a = __row_1 AND b = __row_2) IS NOT FALSE)
//! ```
//!
//! ANY and ALL likewise. A condition that is NULL keeps no row, as one that is false: hence the shorter forms.

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, Ident, Query, Select, SelectItem, SetExpr, TableAlias, TableAliasColumnDef,
    TableFactor, UnaryOperator, Value,
};

use super::row_comparison::{comparison, values};
use crate::error::Error;
use crate::sql::parse_query;

/// Rewrites comparisons where WHERE holds them, joined by AND and OR alone. Errors: as [`anywhere`].
pub(super) fn in_where(select: &mut Select) -> Result<(), Error> {
    select.selection.as_mut().map_or(Ok(()), condition)
}

/// Rewrites a comparison wherever it stands. Errors: 42601 for rows of different lengths.
pub(super) fn anywhere(expr: &mut Expr) -> Result<(), Error> {
    if let Expr::BinaryOp { left, op, right } = expr
        && let (Some(row), Expr::Subquery(query)) = (values(left), uncovered(right))
    {
        check_width(&row, query)?;
        if let Some(compared) = comparison(&row, op, &columns(row.len()))? {
            let item = SelectItem::ExprWithAlias { expr: compared, alias: Ident::with_quote('"', "?column?") };
            *expr = Expr::Subquery(over(query.clone(), row.len(), item, None));
        }
        return Ok(());
    }
    let Some(Quantified { row, op, query, is_negated }) = quantified(expr)? else { return Ok(()) };
    let Some(same) = comparison(&row, &op, &columns(row.len()))? else { return Ok(()) };
    let unknown = Expr::IsNull(Box::new(Expr::Nested(Box::new(same.clone()))));
    let when = |condition: Expr, result: Value| CaseWhen {
        condition: exists(query.clone(), row.len(), condition),
        result: Expr::value(result),
    };
    let found = Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![when(same, Value::Boolean(true)), when(unknown, Value::Null)],
        else_result: Some(Box::new(Expr::value(Value::Boolean(false)))),
    };
    *expr = if is_negated { not(found) } else { Expr::Nested(Box::new(found)) };
    Ok(())
}

/// What is true of some row of a subquery, or of none.
struct Quantified {
    row: Vec<Expr>,
    op: BinaryOperator,
    query: Box<Query>,
    is_negated: bool,
}

/// A comparison of a row with each row of a subquery. Errors: 42601.
fn quantified(expr: &Expr) -> Result<Option<Quantified>, Error> {
    let (row, op, query, is_negated) = match expr {
        Expr::InSubquery { expr, subquery, negated } => (expr, BinaryOperator::Eq, subquery, *negated),
        Expr::AnyOp { left, compare_op, right, .. } => match uncovered(right) {
            Expr::Subquery(query) => (left, compare_op.clone(), query, false),
            _ => return Ok(None),
        },
        // True of all is: the opposite is true of none.
        Expr::AllOp { left, compare_op, right } => match (uncovered(right), opposite(compare_op)) {
            (Expr::Subquery(query), Some(op)) => (left, op, query, true),
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    let Some(row) = values(row) else { return Ok(None) };
    check_width(&row, query)?;
    Ok(Some(Quantified { row, op, query: query.clone(), is_negated }))
}

fn condition(expr: &mut Expr) -> Result<(), Error> {
    match expr {
        Expr::Nested(inner) => return condition(inner),
        Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
            condition(left)?;
            return condition(right);
        }
        _ => {}
    }
    let Some(Quantified { row, op, query, is_negated }) = quantified(expr)? else { return Ok(()) };
    let Some(same) = comparison(&row, &op, &columns(row.len()))? else { return Ok(()) };
    *expr = match is_negated {
        false => exists(query, row.len(), same),
        true => not(exists(query, row.len(), Expr::IsNotFalse(Box::new(Expr::Nested(Box::new(same)))))),
    };
    Ok(())
}

fn opposite(op: &BinaryOperator) -> Option<BinaryOperator> {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    Some(match op {
        Eq => NotEq,
        NotEq => Eq,
        Lt => GtEq,
        GtEq => Lt,
        Gt => LtEq,
        LtEq => Gt,
        _ => return None,
    })
}

fn uncovered(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => uncovered(inner),
        other => other,
    }
}

/// The columns of the subquery as they are called around it.
fn columns(width: usize) -> Vec<Expr> {
    (1..=width).map(|at| Expr::Identifier(column(at))).collect()
}

fn column(at: usize) -> Ident {
    Ident::new(format!("__row_{at}"))
}

fn exists(query: Box<Query>, width: usize, condition: Expr) -> Expr {
    let one = SelectItem::ExprWithAlias {
        expr: Expr::value(Value::Number("1".to_owned(), false)),
        alias: Ident::with_quote('"', "?column?"),
    };
    Expr::Exists { subquery: over(query, width, one, Some(condition)), negated: false }
}

/// `SELECT item FROM (query) AS __row (…) WHERE condition`.
fn over(query: Box<Query>, width: usize, item: SelectItem, condition: Option<Expr>) -> Box<Query> {
    let mut outer = parse_query("SELECT 1 FROM (SELECT 1) AS __row");
    let SetExpr::Select(select) = outer.body.as_mut() else { unreachable!("it is a SELECT") };
    select.projection = vec![item];
    select.selection = condition;
    let TableFactor::Derived { subquery, alias, .. } = &mut select.from[0].relation else {
        unreachable!("it selects from a subquery")
    };
    *subquery = query;
    let columns = (1..=width).map(|at| TableAliasColumnDef { name: column(at), data_type: None }).collect();
    *alias = Some(TableAlias { explicit: true, name: Ident::new("__row"), columns, at: None });
    outer
}

fn not(expr: Expr) -> Expr {
    Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(Expr::Nested(Box::new(expr))) }
}

/// Errors: 42601 where the subquery is seen to have more or fewer columns than the row.
fn check_width(row: &[Expr], query: &Query) -> Result<(), Error> {
    let said = match width(&query.body) {
        Some(width) if width > row.len() => "subquery has too many columns",
        Some(width) if width < row.len() => "subquery has too few columns",
        _ => return Ok(()),
    };
    Err(Error::new("42601", said).with_hint(format!("Select {} columns, one for each value of the row.", row.len())))
}

/// The columns of a query; `None` where a star stands for some.
fn width(body: &SetExpr) -> Option<usize> {
    match body {
        SetExpr::Select(select) => {
            let plain =
                |item: &SelectItem| matches!(item, SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. });
            select.projection.iter().all(plain).then_some(select.projection.len())
        }
        SetExpr::Query(query) => width(&query.body),
        SetExpr::SetOperation { left, .. } => width(left),
        SetExpr::Values(values) => values.rows.first().map(|row| row.content.len()),
        _ => None,
    }
}
