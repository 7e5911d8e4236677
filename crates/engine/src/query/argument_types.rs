//! The types of parameters that stand alone as arguments of functions: those that PostgreSQL's functions of that name take.

use std::sync::Arc;

use bowline_core::catalog::SqlType;
use datafusion::arrow::datatypes::FieldRef;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Statement, UnaryOperator,
};

use super::parameters::parameter;
use super::types;
use crate::walk;

/// Functions, by how many arguments they are called with at least, and the types of these; `None` where it is another's affair.
type Takes = (&'static str, &'static [Option<SqlType>]);

const INT: Option<SqlType> = Some(SqlType::Integer);
const BIGINT: Option<SqlType> = Some(SqlType::BigInt);
const FLOAT: Option<SqlType> = Some(SqlType::Double);
const TEXT: Option<SqlType> = Some(SqlType::Text);
const BOOL: Option<SqlType> = Some(SqlType::Boolean);
const BYTES: Option<SqlType> = Some(SqlType::Bytea);

/// Source: PostgreSQL documentation, Functions and Operators.
const FUNCTIONS: [Takes; 38] = [
    ("acos", &[FLOAT]),
    ("array_length", &[None, INT]),
    ("array_lower", &[None, INT]),
    ("array_upper", &[None, INT]),
    ("asin", &[FLOAT]),
    ("atan", &[FLOAT]),
    ("atan2", &[FLOAT, FLOAT]),
    ("cbrt", &[FLOAT]),
    ("chr", &[INT]),
    ("cos", &[FLOAT]),
    ("degrees", &[FLOAT]),
    ("encode", &[BYTES, TEXT]),
    ("exp", &[FLOAT]),
    ("lag", &[None, INT]),
    ("lead", &[None, INT]),
    ("left", &[TEXT, INT]),
    ("ln", &[FLOAT]),
    ("lpad", &[TEXT, INT, TEXT]),
    ("make_date", &[INT, INT, INT]),
    ("nth_value", &[None, INT]),
    ("ntile", &[INT]),
    ("pg_sleep", &[FLOAT]),
    ("pow", &[FLOAT, FLOAT]),
    ("power", &[FLOAT, FLOAT]),
    ("radians", &[FLOAT]),
    ("repeat", &[TEXT, INT]),
    ("right", &[TEXT, INT]),
    ("round", &[None, INT]),
    ("rpad", &[TEXT, INT, TEXT]),
    ("set_config", &[TEXT, TEXT, BOOL]),
    ("setval", &[TEXT, BIGINT, BOOL]),
    ("sin", &[FLOAT]),
    ("split_part", &[TEXT, TEXT, INT]),
    ("sqrt", &[FLOAT]),
    ("substr", &[TEXT, INT, INT]),
    ("substring", &[TEXT, INT, INT]),
    ("tan", &[FLOAT]),
    ("trunc", &[None, INT]),
];

/// Notes the types of parameters that are not known yet, where an argument tells them.
pub(super) fn note(statement: &Statement, known: &mut [Option<FieldRef>]) {
    walk::each_expr(statement, |expr| {
        let mut tell = |place: &Expr, sql_type: SqlType| {
            let slot = parameter(place).and_then(|number| number.checked_sub(1)).and_then(|at| known.get_mut(at));
            if let Some(slot) = slot {
                slot.get_or_insert_with(|| Arc::new(types::field("", sql_type, true)));
            }
        };
        match expr {
            Expr::Function(function) => {
                for (argument, sql_type) in arguments(function) {
                    tell(argument, sql_type);
                }
            }
            Expr::Substring { substring_from, substring_for, .. } => {
                substring_from.iter().chain(substring_for).for_each(|place| tell(place, SqlType::Integer));
            }
            Expr::Overlay { overlay_from, overlay_for, .. } => {
                std::iter::once(overlay_from).chain(overlay_for).for_each(|place| tell(place, SqlType::Integer));
            }
            Expr::Case { operand: None, conditions, .. } => {
                conditions.iter().for_each(|CaseWhen { condition, .. }| tell(condition, SqlType::Boolean));
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => tell(expr, SqlType::Boolean),
            Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
                tell(left, SqlType::Boolean);
                tell(right, SqlType::Boolean);
            }
            _ => {}
        }
    });
}

/// Notes intervals for parameters that are added to something, which is what is added to a timestamp. Whether any was noted.
pub(super) fn note_intervals(statement: &Statement, known: &mut [Option<FieldRef>]) -> bool {
    let mut noted = false;
    walk::each_expr(statement, |expr| {
        let Expr::BinaryOp { left, op: BinaryOperator::Plus, right } = expr else { return };
        for place in [left, right] {
            let at = parameter(place).and_then(|number| number.checked_sub(1));
            if let Some(slot @ None) = at.and_then(|at| known.get_mut(at)) {
                *slot = Some(Arc::new(types::field("", SqlType::Interval, true)));
                noted = true;
            }
        }
    });
    noted
}

/// The arguments of a function whose types it tells.
fn arguments(function: &Function) -> impl Iterator<Item = (&Expr, SqlType)> {
    let name = function.name.0.last().and_then(|part| part.as_ident()).map(|name| name.value.to_lowercase());
    let takes = FUNCTIONS.iter().find(|(known, _)| name.as_deref() == Some(*known)).map_or(&[][..], |(_, takes)| takes);
    let given = match &function.args {
        FunctionArguments::List(list) => list.args.as_slice(),
        _ => &[],
    };
    given.iter().zip(takes).filter_map(|(argument, sql_type)| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some((expr, (*sql_type)?)),
        _ => None,
    })
}
