//! Texts beside CHAR(n) columns: blanks at the end of a literal do not count, as those of the column, which are not kept.
//!
//! ```text
//!   code = 'ab  '           code CHAR(5)     ─▶     code = 'ab'
//!   code IN ('ab ', 'c')                     ─▶     code IN ('ab', 'c')
//!   CASE code WHEN 'ab '                     ─▶     CASE code WHEN 'ab'
//!   code = v                v VARCHAR        ─▶     code = rtrim(v)
//! ```
//!
//! So it is with a VARCHAR column. A TEXT that is no literal keeps its blanks: PostgreSQL compares the two as texts then.

use datafusion::common::{Column, ExprSchema, ScalarValue};
use datafusion::functions::string::expr_fn::rtrim;
use datafusion::logical_expr::expr::{Case, InList};
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator};

use crate::display::TYPE_KEY;

/// The expression with such literals as they are compared.
pub(super) fn bare(expr: Expr, schema: &dyn ExprSchema) -> Expr {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(op) => {
            let (of_left, of_right) = (is_char(&left, schema), is_char(&right, schema));
            let left = if of_right { Box::new(beside_char(*left, schema)) } else { left };
            let right = if of_left { Box::new(beside_char(*right, schema)) } else { right };
            Expr::BinaryExpr(BinaryExpr { left, op, right })
        }
        Expr::InList(InList { expr, list, negated }) if is_char(&expr, schema) => {
            Expr::InList(InList { expr, list: list.into_iter().map(trimmed).collect(), negated })
        }
        Expr::Between(Between { expr, negated, low, high }) if is_char(&expr, schema) => {
            let (low, high) = (Box::new(trimmed(*low)), Box::new(trimmed(*high)));
            Expr::Between(Between { expr, negated, low, high })
        }
        Expr::Case(Case { expr: Some(subject), when_then_expr, else_expr }) if is_char(&subject, schema) => {
            let whens = when_then_expr.into_iter().map(|(when, then)| (Box::new(trimmed(*when)), then)).collect();
            Expr::Case(Case { expr: Some(subject), when_then_expr: whens, else_expr })
        }
        other => other,
    }
}

fn compares(op: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

fn is_char(expr: &Expr, schema: &dyn ExprSchema) -> bool {
    is_column_of("character(", expr, schema)
}

fn is_column_of(type_name: &str, expr: &Expr, schema: &dyn ExprSchema) -> bool {
    let named = |column: &Column| schema.metadata(column).ok()?.get(TYPE_KEY).cloned();
    match expr {
        Expr::Column(column) => named(column).is_some_and(|name| name.starts_with(type_name)),
        _ => false,
    }
}

/// What is compared with a CHAR: a VARCHAR column as a CHAR, too.
fn beside_char(expr: Expr, schema: &dyn ExprSchema) -> Expr {
    match is_column_of("character varying", &expr, schema) {
        true => rtrim(vec![expr]),
        false => trimmed(expr),
    }
}

fn trimmed(expr: Expr) -> Expr {
    match expr {
        Expr::Literal(ScalarValue::Utf8(Some(text)), metadata) => {
            Expr::Literal(ScalarValue::Utf8(Some(text.trim_end_matches(' ').to_owned())), metadata)
        }
        other => other,
    }
}
