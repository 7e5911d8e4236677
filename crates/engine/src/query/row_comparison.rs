//! Rows compared with rows, value by value.
//!
//! ```text
//!   (a, b) = (c, d)               ─▶     a = c AND b = d
//!   (a, b) <> (c, d)              ─▶     a <> c OR b <> d
//!   (a, b) < (c, d)               ─▶     a < c OR (a = c AND b < d)
//!   (a, b) IN ((c, d), (e, f))    ─▶     (a = c AND b = d) OR (a = e AND b = f)
//!                                         of many rows also a IN (c, e) AND b IN (d, f)
//!   (a, b) IS NULL                ─▶     a IS NULL AND b IS NULL
//! ```
//!
//! DataFusion compares them as values of their own, to which NULL is equal to NULL. Source: PostgreSQL documentation, Row and Array
//! Comparisons.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator,
};

use crate::error::Error;

/// Lists of fewer rows are compared as they are.
const SHORT_LIST: usize = 8;

/// Rewrites a comparison of rows. Errors: 42601 for rows of different lengths.
pub(super) fn by_value(expr: &mut Expr) -> Result<(), Error> {
    let compared = match &*expr {
        Expr::BinaryOp { left, op, right } => match (values(left), values(right)) {
            (Some(left), Some(right)) => comparison(&left, op, &right)?,
            _ => None,
        },
        Expr::IsDistinctFrom(left, right) => distinct(left, right)?,
        Expr::IsNotDistinctFrom(left, right) => distinct(left, right)?.map(not),
        Expr::IsNull(row) => values(row).map(|values| each(values, Expr::IsNull)),
        Expr::IsNotNull(row) => values(row).map(|values| each(values, Expr::IsNotNull)),
        Expr::InList { expr: row, list, negated } => match (values(row), list.iter().map(values).collect()) {
            (Some(row), Some::<Vec<_>>(list)) => {
                let same = list.iter().map(|other| equal(&row, other)).collect::<Result<Vec<_>, _>>()?;
                let mut conditions = narrowing(&row, &list);
                conditions.push(joined(same, &BinaryOperator::Or));
                let found = joined(conditions, &BinaryOperator::And);
                Some(if *negated { not(found) } else { found })
            }
            _ => None,
        },
        _ => None,
    };
    if let Some(compared) = compared {
        *expr = Expr::Nested(Box::new(compared));
    }
    Ok(())
}

/// The values of a row that is written out.
pub(super) fn values(expr: &Expr) -> Option<Vec<Expr>> {
    match expr {
        Expr::Nested(inner) => values(inner),
        Expr::Tuple(values) => Some(values.clone()),
        Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("row") => {
            let FunctionArguments::List(list) = &function.args else { return None };
            let value = |arg: &FunctionArg| match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value.clone()),
                _ => None,
            };
            list.args.iter().map(value).collect()
        }
        _ => None,
    }
}

/// Two rows compared; `None` for an operator that is not of order. Errors: 42601 for rows of different lengths.
pub(super) fn comparison(left: &[Expr], op: &BinaryOperator, right: &[Expr]) -> Result<Option<Expr>, Error> {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    check_lengths(left, right)?;
    Ok(Some(match op {
        Eq => equal(left, right)?,
        NotEq => joined(pairs(left, right, &NotEq)?, &BinaryOperator::Or),
        Lt | LtEq => ordered(left, right, &Lt, op)?,
        Gt | GtEq => ordered(left, right, &Gt, op)?,
        _ => return Ok(None),
    }))
}

fn equal(left: &[Expr], right: &[Expr]) -> Result<Expr, Error> {
    check_lengths(left, right)?;
    Ok(joined(pairs(left, right, &BinaryOperator::Eq)?, &BinaryOperator::And))
}

/// `a IN (c, e)` and `b IN (d, f)`, which a long list is quicker with: few rows are left to be compared value by value. Neither is
/// false where the whole is true or NULL.
fn narrowing(row: &[Expr], list: &[Vec<Expr>]) -> Vec<Expr> {
    let is_row = |value: &Expr| values(value).is_some();
    if list.len() < SHORT_LIST || row.iter().chain(list.iter().flatten()).any(is_row) {
        return Vec::new();
    }
    let column = |(at, value): (usize, &Expr)| Expr::InList {
        expr: covered(value.clone()),
        list: list.iter().map(|other| other[at].clone()).collect(),
        negated: false,
    };
    row.iter().enumerate().map(column).collect()
}

/// The first pair that differs decides, by `strict`; the last one by `last`.
fn ordered(left: &[Expr], right: &[Expr], strict: &BinaryOperator, last: &BinaryOperator) -> Result<Expr, Error> {
    let (Some((one, left)), Some((other, right))) = (left.split_first(), right.split_first()) else {
        unreachable!("a row has a value")
    };
    if left.is_empty() {
        return pair(one, last, other);
    }
    let rest = ordered(left, right, strict, last)?;
    let equal = pair(one, &BinaryOperator::Eq, other)?;
    let tied = Expr::Nested(Box::new(joined(vec![equal, Expr::Nested(Box::new(rest))], &BinaryOperator::And)));
    Ok(joined(vec![pair(one, strict, other)?, tied], &BinaryOperator::Or))
}

fn distinct(left: &Expr, right: &Expr) -> Result<Option<Expr>, Error> {
    let (Some(left), Some(right)) = (values(left), values(right)) else { return Ok(None) };
    check_lengths(&left, &right)?;
    let parts = left.into_iter().zip(right).map(|(one, other)| Expr::IsDistinctFrom(covered(one), covered(other)));
    Ok(Some(joined(parts.collect(), &BinaryOperator::Or)))
}

fn each(values: Vec<Expr>, test: fn(Box<Expr>) -> Expr) -> Expr {
    joined(values.into_iter().map(|value| test(covered(value))).collect(), &BinaryOperator::And)
}

fn pairs(left: &[Expr], right: &[Expr], op: &BinaryOperator) -> Result<Vec<Expr>, Error> {
    left.iter().zip(right).map(|(one, other)| pair(one, op, other)).collect()
}

/// Two values compared, which may be rows again.
fn pair(left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<Expr, Error> {
    let mut compared = Expr::BinaryOp { left: covered(left.clone()), op: op.clone(), right: covered(right.clone()) };
    by_value(&mut compared)?;
    Ok(compared)
}

/// Conditions as one, of even depth.
fn joined(mut conditions: Vec<Expr>, op: &BinaryOperator) -> Expr {
    if conditions.len() < 2 {
        return conditions.pop().expect("a row was believed to have a value, and a list a row");
    }
    let right = conditions.split_off(conditions.len() / 2);
    let [left, right] = [conditions, right].map(|side| Box::new(joined(side, op)));
    Expr::Nested(Box::new(Expr::BinaryOp { left, op: op.clone(), right }))
}

fn not(condition: Expr) -> Expr {
    Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(Expr::Nested(Box::new(condition))) }
}

fn covered(expr: Expr) -> Box<Expr> {
    match expr {
        Expr::Value(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_) => Box::new(expr),
        expr => Box::new(Expr::Nested(Box::new(expr))),
    }
}

fn check_lengths(left: &[Expr], right: &[Expr]) -> Result<(), Error> {
    match left.len() == right.len() {
        true => Ok(()),
        false => Err(Error::new("42601", "unequal number of entries in row expressions")
            .with_hint("Compare rows of as many values.")),
    }
}
