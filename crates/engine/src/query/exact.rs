//! Arithmetic and casts as PostgreSQL has them: an integer that does not fit is an error, and a cast to an integer rounds.
//!
//! ```text
//!   a + b                  of one integer type      ─▶  checked_add(a, b)        22003 instead of a wrapped number
//!   CAST(x AS integer)     of a numeric             ─▶  CAST(CAST(x AS numeric(38,0)) AS integer)     half away from zero
//!                          of a float               ─▶  CAST(round_even(x) AS integer)                half to even
//!   CAST(x AS type)        of a text                ─▶  what `text_casts` has
//!   t < '1500-01-01'       in nanoseconds           ─▶  in microseconds, which do not end in 1677 and 2262
//! ```
//!
//! Done after types are coerced and before constants are folded, so that folding follows the same rules.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::compute::kernels::numeric;
use datafusion::arrow::datatypes::{DataType, Float64Type, TimeUnit};
use datafusion::arrow::error::ArrowError;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, DataFusionError, ExprSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{Between, InList, ScalarFunction};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    BinaryExpr, Cast, ColumnarValue, Expr, ExprSchemable, LogicalPlan, Operator, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::AnalyzerRule;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;

use super::errors::type_words;
use super::{among_timestamps, padded_text, text_casts, tree};
use crate::error::Error;

/// The rule for plans.
#[derive(Debug)]
pub(super) struct ExactArithmetic;

impl AnalyzerRule for ExactArithmetic {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        tree::change_operators(plan, exact_plan)
    }

    fn name(&self) -> &'static str {
        "exact_arithmetic"
    }
}

/// An expression that is planned by itself: its types coerced, its arithmetic exact.
pub(super) fn expression(expr: Expr, schema: &DFSchema, options: &Arc<ConfigOptions>) -> Result<Expr> {
    let context = SimplifyContext::builder().with_config_options(Arc::clone(options)).build();
    let expr = tree::change_parts(expr, |part| among_timestamps::in_part(part, schema))?;
    let coerced = ExprSimplifier::new(context).coerce(expr, schema)?;
    tree::change_parts(coerced, |part| exact(part, schema))
}

fn exact_plan(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let schema = merge_schema(&plan.inputs());
    tree::change_parts_of(plan, |part| exact(part, &schema))
}

/// One operation; its operands are exact already.
fn exact(expr: Expr, schema: &dyn ExprSchema) -> Result<Transformed<Expr>> {
    match in_microseconds(padded_text::bare(expr, schema), schema) {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if checked(op).is_some() => {
            let types = (left.get_type(schema), right.get_type(schema));
            match (types, checked(op)) {
                ((Ok(one), Ok(other)), Some(function)) if one == other && is_integer(&one) => {
                    let call = ScalarFunction::new_udf(function.clone(), vec![*left, *right]);
                    Ok(Transformed::yes(Expr::ScalarFunction(call)))
                }
                _ => Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right }))),
            }
        }
        Expr::Cast(cast) if text_casts::applies(&cast, schema) => {
            Ok(Transformed::yes(text_casts::instead_of(cast, schema)?))
        }
        // Arrow's own is off by some units in the last place.
        Expr::Cast(Cast { expr, field })
            if field.data_type().is_floating() && matches!(expr.get_type(schema), Ok(DataType::Decimal256(..))) =>
        {
            let shown = text_casts::instead_of(Cast::new(expr, DataType::Utf8), schema)?;
            let read = Cast { expr: Box::new(shown), field };
            Ok(Transformed::yes(text_casts::instead_of(read, schema)?))
        }
        Expr::Cast(Cast { expr, field }) if is_integer(field.data_type()) => {
            let rounded = match expr.get_type(schema) {
                Ok(DataType::Decimal128(_, scale)) if scale != 0 => {
                    Expr::Cast(Cast::new(expr, DataType::Decimal128(38, 0)))
                }
                Ok(DataType::Decimal256(precision, scale)) if scale != 0 => {
                    Expr::Cast(Cast::new(expr, DataType::Decimal256(precision, 0)))
                }
                Ok(from) if from.is_floating() => {
                    let float = Expr::Cast(Cast::new(expr, DataType::Float64));
                    Expr::ScalarFunction(ScalarFunction::new_udf(ROUND_EVEN.clone(), vec![float]))
                }
                _ => return Ok(Transformed::no(Expr::Cast(Cast { expr, field }))),
            };
            Ok(Transformed::yes(Expr::Cast(Cast { expr: Box::new(rounded), field })))
        }
        other => Ok(Transformed::yes(other)),
    }
}

/// A comparison of timestamps that were all turned into nanoseconds for it, of microseconds instead.
fn in_microseconds(mut expr: Expr, schema: &dyn ExprSchema) -> Expr {
    let mut operands: Vec<&mut Expr> = match &mut expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if op.supports_propagation() => vec![left, right],
        Expr::Between(Between { expr, low, high, .. }) => vec![expr, low, high],
        Expr::InList(InList { expr, list, .. }) => std::iter::once(expr.as_mut()).chain(list).collect(),
        _ => return expr,
    };
    let is_nanoseconds = |operand: &Expr| match operand {
        Expr::Cast(cast) => matches!(cast.field.data_type(), DataType::Timestamp(TimeUnit::Nanosecond, _)),
        Expr::Literal(ScalarValue::TimestampNanosecond(None, _), _) => true,
        _ => false,
    };
    if !operands.iter().all(|operand| is_nanoseconds(operand)) {
        return expr;
    }
    for operand in &mut operands {
        let taken = std::mem::replace(*operand, Expr::Literal(ScalarValue::Null, None));
        **operand = match taken {
            Expr::Cast(Cast { expr: inner, field }) => {
                let DataType::Timestamp(_, zone) = field.data_type() else {
                    unreachable!("it is a cast to a timestamp")
                };
                let wanted = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
                match inner.get_type(schema) {
                    Ok(known) if known == wanted => *inner,
                    _ => Expr::Cast(Cast::new(inner, wanted)),
                }
            }
            Expr::Literal(ScalarValue::TimestampNanosecond(_, zone), metadata) => {
                Expr::Literal(ScalarValue::TimestampMicrosecond(None, zone), metadata)
            }
            other => other,
        };
    }
    expr
}

fn is_integer(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int16 | DataType::Int32 | DataType::Int64)
}

fn checked(op: Operator) -> Option<&'static Arc<ScalarUDF>> {
    static ADD: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| ExactFunction::of(Kind::Add));
    static SUBTRACT: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| ExactFunction::of(Kind::Subtract));
    static MULTIPLY: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| ExactFunction::of(Kind::Multiply));
    match op {
        Operator::Plus => Some(&ADD),
        Operator::Minus => Some(&SUBTRACT),
        Operator::Multiply => Some(&MULTIPLY),
        _ => None,
    }
}

static ROUND_EVEN: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| ExactFunction::of(Kind::RoundEven));

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Add,
    Subtract,
    Multiply,
    RoundEven,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ExactFunction {
    kind: Kind,
    signature: Signature,
}

impl ExactFunction {
    fn of(kind: Kind) -> Arc<ScalarUDF> {
        let operands = if kind == Kind::RoundEven { 1 } else { 2 };
        let signature = Signature::any(operands, Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(ExactFunction { kind, signature }))
    }
}

impl ScalarUDFImpl for ExactFunction {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Add => "checked_add",
            Kind::Subtract => "checked_subtract",
            Kind::Multiply => "checked_multiply",
            Kind::RoundEven => "round_even",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let all_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if all_scalar { 1 } else { args.number_rows };
        let arrays = args.args.iter().map(|arg| arg.to_array(rows)).collect::<Result<Vec<ArrayRef>>>()?;
        let computed = match self.kind {
            Kind::Add => numeric::add(&arrays[0], &arrays[1]),
            Kind::Subtract => numeric::sub(&arrays[0], &arrays[1]),
            Kind::Multiply => numeric::mul(&arrays[0], &arrays[1]),
            Kind::RoundEven => cast(&arrays[0], &DataType::Float64).map(|values| -> ArrayRef {
                Arc::new(values.as_primitive::<Float64Type>().unary::<_, Float64Type>(f64::round_ties_even))
            }),
        };
        let computed = computed.map_err(|error| out_of_range(error, arrays[0].data_type()))?;
        match all_scalar {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&computed, 0)?)),
            false => Ok(ColumnarValue::Array(computed)),
        }
    }
}

fn out_of_range(error: ArrowError, data_type: &DataType) -> DataFusionError {
    match error {
        ArrowError::ArithmeticOverflow(_) => {
            let message = format!("{} out of range", type_words(&data_type.to_string()));
            let refused = Error::new("22003", message).with_hint("Cast an operand to a wider type.");
            DataFusionError::External(Box::new(refused))
        }
        other => DataFusionError::from(other),
    }
}
