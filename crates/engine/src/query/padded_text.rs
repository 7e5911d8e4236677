//! CHAR(n): values are kept without the blanks at their end, which do not count where they are compared, and do where they are matched.
//!
//! ```text
//!   code = 'ab  '             code CHAR(5)     ─▶     code = 'ab'
//!   code IN ('ab ', 'c')                       ─▶     code IN ('ab', 'c')
//!   CASE code WHEN 'ab '                       ─▶     CASE code WHEN 'ab'
//!   coalesce(code, 'x ') = 'ab '               ─▶     coalesce(code, 'x') = 'ab'
//!   code = v                  v VARCHAR        ─▶     code = rtrim(v)
//!   code LIKE 'ab_'                            ─▶     rpad(code, 5) LIKE 'ab_'          also ~, SIMILAR TO, octet_length, concat
//! ```
//!
//! So it is with a VARCHAR column. A TEXT that is no literal keeps its blanks: PostgreSQL compares the two as texts then.

use datafusion::common::{Column, ExprSchema, ScalarValue};
use datafusion::functions::string::expr_fn::rtrim;
use datafusion::functions::unicode::expr_fn::rpad;
use datafusion::logical_expr::expr::{Alias, Case, Cast, InList, Like, ScalarFunction};
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator, lit};

use super::told;
use crate::display::TYPE_KEY;

/// The expression with such values and literals as they are compared or matched.
pub(super) fn bare(expr: Expr, schema: &dyn ExprSchema) -> Expr {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(op) => {
            let (of_left, of_right) = (is_char(&left, schema), is_char(&right, schema));
            let left = if of_right { Box::new(beside_char(*left, schema)) } else { left };
            let right = if of_left { Box::new(beside_char(*right, schema)) } else { right };
            Expr::BinaryExpr(BinaryExpr { left, op, right })
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if matches(op) => {
            Expr::BinaryExpr(BinaryExpr { left: padded(left, schema), op, right })
        }
        Expr::Like(like) => Expr::Like(Like { expr: padded(like.expr, schema), ..like }),
        Expr::SimilarTo(like) => Expr::SimilarTo(Like { expr: padded(like.expr, schema), ..like }),
        Expr::InList(InList { expr, list, negated }) if is_char(&expr, schema) => {
            Expr::InList(InList { expr, list: list.into_iter().map(trimmed).collect(), negated })
        }
        Expr::Between(Between { expr, negated, low, high }) if is_char(&expr, schema) => {
            let (low, high) = (Box::new(trimmed(*low)), Box::new(trimmed(*high)));
            Expr::Between(Between { expr, negated, low, high })
        }
        Expr::Case(case) => Expr::Case(bare_case(case, schema)),
        Expr::ScalarFunction(ScalarFunction { func, args }) => {
            let args = match func.name() {
                "coalesce" | "greatest" | "least" | "nullif" if args.iter().any(|arg| is_char(arg, schema)) => {
                    args.into_iter().map(trimmed).collect()
                }
                "octet_length" | "concat" | "concat_ws" => {
                    args.into_iter().map(|arg| *padded(Box::new(arg), schema)).collect()
                }
                _ => args,
            };
            Expr::ScalarFunction(ScalarFunction { func, args })
        }
        other => other,
    }
}

fn bare_case(case: Case, schema: &dyn ExprSchema) -> Case {
    let Case { expr: subject, mut when_then_expr, mut else_expr } = case;
    let mut results = when_then_expr.iter().map(|(_, then)| then).chain(&else_expr);
    let of_results = results.any(|result| is_char(result, schema));
    let of_subject = subject.as_ref().is_some_and(|subject| is_char(subject, schema));
    let trim = |expr: &mut Box<Expr>| **expr = trimmed(std::mem::take(expr));
    when_then_expr.iter_mut().filter(|_| of_subject).for_each(|(when, _)| trim(when));
    if of_results {
        when_then_expr.iter_mut().map(|(_, then)| then).chain(&mut else_expr).for_each(trim);
    }
    Case { expr: subject, when_then_expr, else_expr }
}

fn compares(op: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

/// Whether the right side is a pattern.
fn matches(op: Operator) -> bool {
    use Operator::{
        ILikeMatch, LikeMatch, NotILikeMatch, NotLikeMatch, RegexIMatch, RegexMatch, RegexNotIMatch, RegexNotMatch,
    };
    matches!(op, RegexMatch | RegexIMatch | RegexNotMatch | RegexNotIMatch)
        || matches!(op, LikeMatch | ILikeMatch | NotLikeMatch | NotILikeMatch)
}

fn is_char(expr: &Expr, schema: &dyn ExprSchema) -> bool {
    match expr {
        Expr::Alias(Alias { expr, .. }) => is_char(expr, schema),
        Expr::Case(Case { when_then_expr, else_expr, .. }) => {
            let results = when_then_expr.iter().map(|(_, then)| then.as_ref()).chain(else_expr.as_deref());
            all_char(results, schema)
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) => match func.name() {
            "coalesce" | "greatest" | "least" => all_char(args.iter(), schema),
            "nullif" => args.first().is_some_and(|first| is_char(first, schema)),
            _ => false,
        },
        other => width(other, schema).is_some(),
    }
}

/// Whether one is a CHAR, and all others are CHAR or of any type.
fn all_char<'e>(mut exprs: impl Iterator<Item = &'e Expr>, schema: &dyn ExprSchema) -> bool {
    let is_of_any_type = |expr: &Expr| match expr {
        Expr::Literal(value, _) => value.is_null() || matches!(value, ScalarValue::Utf8(_)),
        _ => false,
    };
    let mut is_any = false;
    exprs.all(|expr| {
        let is_one = is_char(expr, schema);
        is_any |= is_one;
        is_one || is_of_any_type(expr)
    }) && is_any
}

/// The characters of a CHAR, blanks included; `None` for anything else.
fn width(expr: &Expr, schema: &dyn ExprSchema) -> Option<i64> {
    let name = match expr {
        Expr::Column(column) => name_of(column, schema)?,
        Expr::Cast(Cast { field, .. }) => field.metadata().get(TYPE_KEY)?.clone(),
        Expr::ScalarSubquery(subquery) => {
            told::schema(&subquery.subquery).fields().first()?.metadata().get(TYPE_KEY)?.clone()
        }
        _ => return None,
    };
    name.strip_prefix("character(")?.strip_suffix(')')?.parse().ok()
}

fn name_of(column: &Column, schema: &dyn ExprSchema) -> Option<String> {
    schema.metadata(column).ok()?.get(TYPE_KEY).cloned()
}

/// A CHAR with its blanks, anything else as it is.
fn padded(expr: Box<Expr>, schema: &dyn ExprSchema) -> Box<Expr> {
    match width(&expr, schema) {
        Some(width) => Box::new(rpad(vec![*expr, lit(width), lit(" ")])),
        None => expr,
    }
}

/// What is compared with a CHAR: a VARCHAR column as a CHAR, too.
fn beside_char(expr: Expr, schema: &dyn ExprSchema) -> Expr {
    let is_varying = match &expr {
        Expr::Column(column) => name_of(column, schema).is_some_and(|name| name.starts_with("character varying")),
        _ => false,
    };
    if is_varying { rtrim(vec![expr]) } else { trimmed(expr) }
}

/// A literal without the blanks at its end, also one that is cast to a CHAR.
fn trimmed(expr: Expr) -> Expr {
    match expr {
        Expr::Literal(ScalarValue::Utf8(Some(text)), metadata) => {
            Expr::Literal(ScalarValue::Utf8(Some(text.trim_end_matches(' ').to_owned())), metadata)
        }
        Expr::Cast(Cast { expr, field })
            if field.metadata().get(TYPE_KEY).is_some_and(|name| name.starts_with("character")) =>
        {
            Expr::Cast(Cast { expr: Box::new(trimmed(*expr)), field })
        }
        other => other,
    }
}
