//! Types whole numbers in what a query returns as PostgreSQL does: `integer` where they fit.
//!
//! DataFusion takes every whole number for a bigint. Nobody sees that but who reads a result: drivers hand out a bigint as
//! another type than an integer, some as text. So only the select list of the outermost query is looked at, and of it what
//! consists of whole numbers and integer expressions.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{Alias, Case, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    BinaryExpr, Cast, Distinct, Expr, ExprSchemable, Limit, LogicalPlan, Operator, Projection, Sort, SubqueryAlias,
    Union,
};

/// Functions whose result is of the type of their arguments.
const ALIKE: [&str; 18] = [
    "__subscript",
    "abs",
    "array_append",
    "array_concat",
    "array_prepend",
    "array_remove",
    "array_replace",
    "array_reverse",
    "array_slice",
    "array_sort",
    "coalesce",
    "gcd",
    "greatest",
    "lcm",
    "least",
    "make_array",
    "nullif",
    "trim_array",
];

/// Functions whose value follows from the type of their argument.
const TYPED_BY_ARGUMENT: [&str; 5] = [TYPE_OF, "pg_column_size", "to_bin", "to_hex", "to_oct"];

/// The function that tells the type of its argument.
const TYPE_OF: &str = "pg_typeof";

/// Types the whole numbers of the outermost select list.
pub(super) fn apply(plan: LogicalPlan) -> Result<LogicalPlan> {
    let below = |input: Arc<LogicalPlan>| apply(Arc::unwrap_or_clone(input)).map(Arc::new);
    Ok(match plan {
        LogicalPlan::Projection(Projection { expr, input, .. }) => {
            let input = below(input)?;
            let names = NamePreserver::new_for_projection();
            let expr = expr.into_iter().map(|expr| {
                let name = names.save(&expr);
                name.restore(narrowed(expr, input.schema()))
            });
            let expr = expr.collect();
            LogicalPlan::Projection(Projection::try_new(expr, input)?)
        }
        LogicalPlan::Sort(Sort { expr, input, fetch }) => LogicalPlan::Sort(Sort { expr, input: below(input)?, fetch }),
        LogicalPlan::Limit(Limit { skip, fetch, input }) => {
            LogicalPlan::Limit(Limit { skip, fetch, input: below(input)? })
        }
        LogicalPlan::Distinct(Distinct::All(input)) => LogicalPlan::Distinct(Distinct::All(below(input)?)),
        LogicalPlan::SubqueryAlias(SubqueryAlias { input, alias, .. }) => {
            LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(below(input)?, alias)?)
        }
        // The types its inputs have in common are found later.
        LogicalPlan::Union(Union { inputs, .. }) => {
            let inputs = inputs.into_iter().map(below).collect::<Result<_>>()?;
            LogicalPlan::Union(Union::try_new_with_loose_types(inputs)?)
        }
        other => other,
    })
}

/// The expression with its whole numbers as integers, where it is one of integers.
fn narrowed(expr: Expr, schema: &DFSchema) -> Expr {
    let whole = |expr: &Expr| is_whole(expr, schema);
    match expr {
        Expr::Literal(ScalarValue::Int64(Some(number)), metadata) => match i32::try_from(number) {
            Ok(number) => Expr::Literal(ScalarValue::Int32(Some(number)), metadata),
            Err(_) => Expr::Literal(ScalarValue::Int64(Some(number)), metadata),
        },
        Expr::Alias(alias) => {
            let expr = Box::new(narrowed(*alias.expr, schema));
            Expr::Alias(Alias { expr, ..alias })
        }
        Expr::Negative(inner) => Expr::Negative(Box::new(narrowed(*inner, schema))),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if computes(op) && whole(&left) && whole(&right) => {
            let (left, right) = (Box::new(narrowed(*left, schema)), Box::new(narrowed(*right, schema)));
            Expr::BinaryExpr(BinaryExpr { left, op, right })
        }
        Expr::ScalarFunction(ScalarFunction { func, args })
            if ALIKE.contains(&func.name()) && args.iter().all(whole) =>
        {
            let args = args.into_iter().map(|arg| narrowed(arg, schema)).collect();
            Expr::ScalarFunction(ScalarFunction { func, args })
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) if TYPED_BY_ARGUMENT.contains(&func.name()) => {
            let args = args.into_iter().map(|arg| if whole(&arg) { narrowed(arg, schema) } else { arg }).collect();
            Expr::ScalarFunction(ScalarFunction { func, args })
        }
        // What it is cast to says its type, unless it is itself asked for it.
        Expr::Cast(Cast { expr, field }) if asks_type(&expr) => {
            Expr::Cast(Cast { expr: Box::new(narrowed(*expr, schema)), field })
        }
        Expr::Case(case) => {
            let mut results = case.when_then_expr.iter().map(|(_, then)| then).chain(&case.else_expr);
            if !results.all(|result| whole(result)) {
                return Expr::Case(case);
            }
            let narrow = |result: Box<Expr>| Box::new(narrowed(*result, schema));
            let when_then_expr = case.when_then_expr.into_iter().map(|(when, then)| (when, narrow(then))).collect();
            Expr::Case(Case { expr: case.expr, when_then_expr, else_expr: case.else_expr.map(narrow) })
        }
        other => other,
    }
}

fn asks_type(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(call) if call.func.name() == TYPE_OF)
}

/// Whether its values are whole numbers, arrays of them, or NULL.
fn is_whole(expr: &Expr, schema: &DFSchema) -> bool {
    expr.get_type(schema).is_ok_and(|data_type| is_whole_type(&data_type))
}

fn is_whole_type(data_type: &DataType) -> bool {
    match data_type {
        DataType::Int16 | DataType::Int32 | DataType::Int64 | DataType::Null => true,
        DataType::List(item) | DataType::FixedSizeList(item, _) => is_whole_type(item.data_type()),
        _ => false,
    }
}

fn computes(op: Operator) -> bool {
    let of_bits = matches!(
        op,
        Operator::BitwiseAnd
            | Operator::BitwiseOr
            | Operator::BitwiseXor
            | Operator::BitwiseShiftLeft
            | Operator::BitwiseShiftRight
    );
    of_bits || matches!(op, Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Modulo)
}
