//! Quotients and products of numerics, with the digits that PostgreSQL gives them.
//!
//! ```text
//!   a / b    rounded to at least 16 significant digits, and to no fewer than a or b has after the point
//!   a * b    exact; of a quotient, or of numerics without a declared scale, rounded to 38 digits after the point
//! ```
//!
//! Both are numerics of 76 digits, 38 of them after the point, for a column of a result has one scale; zeros that pad them are not
//! shown. They are planned when the expression is, so that whatever is made of them is typed by them.
//! Source: PostgreSQL, `select_div_scale`.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Decimal256Builder};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, Field, i256};
use datafusion::arrow::error::ArrowError;
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    Cast, ColumnarValue, Expr, ExprSchemable, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::display::TYPE_KEY;
use crate::error::Error;

/// Digits of a result, and those after its point.
const PRECISION: u8 = 76;
const SCALE: i32 = 38;
/// The digits that a quotient has at least, and of how many a digit of PostgreSQL's numerics consists.
const SIGNIFICANT_MIN: i32 = 16;
const GROUP: i32 = 4;

/// Plans `/` and `*` of numerics.
#[derive(Debug)]
pub(super) struct NumericPlanner;

impl ExprPlanner for NumericPlanner {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let function = match expr.op {
            BinaryOperator::Divide => &QUOTIENT,
            BinaryOperator::Multiply => &PRODUCT,
            _ => return Ok(PlannerResult::Original(expr)),
        };
        let (Ok((_, left)), Ok((_, right))) = (expr.left.to_field(schema), expr.right.to_field(schema)) else {
            return Ok(PlannerResult::Original(expr));
        };
        let (left_type, right_type) = (left.data_type(), right.data_type());
        let applies = match expr.op {
            BinaryOperator::Divide => is_numeric(left_type) || is_numeric(right_type),
            // Other products have few enough digits to be exact without.
            _ => is_free(&left) || is_free(&right) || scale(left_type) + scale(right_type) > SCALE,
        };
        let both = [left_type, right_type].into_iter().all(|operand| is_numeric(operand) || operand.is_integer());
        if !applies || !both {
            return Ok(PlannerResult::Original(expr));
        }
        let operands = vec![as_numeric(expr.left, left_type), as_numeric(expr.right, right_type)];
        let call = ScalarFunction::new_udf(Arc::clone(function), operands);
        Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
    }
}

fn is_numeric(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Decimal128(..) | DataType::Decimal256(..))
}

fn scale(data_type: &DataType) -> i32 {
    match data_type {
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => i32::from(*scale),
        _ => 0,
    }
}

/// Whether values are numerics that are not declared to have so many digits after the point.
fn is_free(field: &Field) -> bool {
    match field.data_type() {
        DataType::Decimal128(..) => field.metadata().get(TYPE_KEY).is_some_and(|name| name == "numeric"),
        data_type => matches!(data_type, DataType::Decimal256(..)),
    }
}

fn as_numeric(operand: Expr, data_type: &DataType) -> Expr {
    match data_type.is_integer() {
        true => Expr::Cast(Cast::new(Box::new(operand), DataType::Decimal128(20, 0))),
        false => operand,
    }
}

static QUOTIENT: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| NumericFunction::of(Kind::Quotient));
static PRODUCT: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| NumericFunction::of(Kind::Product));

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Quotient,
    Product,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NumericFunction {
    kind: Kind,
    signature: Signature,
}

impl NumericFunction {
    fn of(kind: Kind) -> Arc<ScalarUDF> {
        let signature = Signature::any(2, Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(NumericFunction { kind, signature }))
    }
}

impl ScalarUDFImpl for NumericFunction {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Quotient => "numeric_quotient",
            Kind::Product => "numeric_product",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Decimal256(PRECISION, SCALE as i8))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let all_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if all_scalar { 1 } else { args.number_rows };
        let left = Operand::new(args.args[0].to_array(rows)?, &args.arg_fields[0])?;
        let right = Operand::new(args.args[1].to_array(rows)?, &args.arg_fields[1])?;
        let (narrow, wide): (NarrowFn, WideFn) = match self.kind {
            Kind::Quotient => (narrow_quotient, quotient),
            Kind::Product => (narrow_product, product),
        };
        let mut results = Decimal256Builder::with_capacity(rows).with_precision_and_scale(PRECISION, SCALE as i8)?;
        // Of each pair the digits are its own.
        for row in 0..rows {
            if left.values.is_null(row) || right.values.is_null(row) {
                results.append_null();
                continue;
            }
            let few = left.narrow(row).zip(right.narrow(row)).and_then(|(left, right)| narrow(left, right));
            results.append_value(match few {
                Some(few) => few,
                None => wide(left.wide(row), right.wide(row))?,
            });
        }
        let results: ArrayRef = Arc::new(results.finish());
        match all_scalar {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&results, 0)?)),
            false => Ok(ColumnarValue::Array(results)),
        }
    }
}

/// The numerics of one side.
struct Operand {
    values: ArrayRef,
    scale: i32,
    /// Whether its values are not declared to have so many digits after the point.
    is_free: bool,
}

impl Operand {
    fn new(values: ArrayRef, field: &Field) -> Result<Operand> {
        let data_type = values.data_type();
        if !is_numeric(data_type) {
            return Err(DataFusionError::Internal(format!("{data_type} was believed to be a numeric")));
        }
        let (scale, is_free) = (scale(data_type), is_free(field));
        Ok(Operand { values, scale, is_free })
    }

    /// The value in a row, if it is of at most 38 digits.
    fn narrow(&self, row: usize) -> Option<Narrow> {
        let value = match self.values.data_type() {
            DataType::Decimal128(..) => self.values.as_primitive::<Decimal128Type>().value(row),
            _ => self.values.as_primitive::<Decimal256Type>().value(row).to_i128()?,
        };
        let (mut magnitude, mut scale) = (value.unsigned_abs(), self.scale);
        if self.is_free {
            while scale > 0 && magnitude != 0 && multiple_of_ten(magnitude) {
                (magnitude, scale) = (magnitude / 10, scale - 1);
            }
        }
        Some(Narrow { is_negative: value < 0, magnitude, scale })
    }

    fn wide(&self, row: usize) -> Number {
        let value = match self.values.data_type() {
            DataType::Decimal128(..) => i256::from_i128(self.values.as_primitive::<Decimal128Type>().value(row)),
            _ => self.values.as_primitive::<Decimal256Type>().value(row),
        };
        let number = Number { value, scale: self.scale };
        if self.is_free { number.without_padding() } else { number }
    }
}

/// Whether the last digit is a zero. Most values fit into 64 bits, whose remainder is had at once.
fn multiple_of_ten(magnitude: u128) -> bool {
    u64::try_from(magnitude).map_or_else(|_| magnitude.is_multiple_of(10), |magnitude| magnitude.is_multiple_of(10))
}

type NarrowFn = fn(Narrow, Narrow) -> Option<i256>;
type WideFn = fn(Number, Number) -> Result<i256>;

/// A [`Number`] of at most 38 digits, which is computed with many times faster.
#[derive(Debug, Clone, Copy)]
struct Narrow {
    is_negative: bool,
    magnitude: u128,
    scale: i32,
}

impl Narrow {
    /// See [`Number::first_digit`].
    fn first_digit(self) -> (i32, u128) {
        let digits = self.magnitude.ilog10() as i32 + 1;
        let exponent = digits - 1 - self.scale;
        let kept = exponent.rem_euclid(GROUP) + 1;
        let first = match digits - kept {
            more @ 0.. => self.magnitude / POWERS_NARROW[more as usize],
            fewer => self.magnitude * POWERS_NARROW[-fewer as usize],
        };
        (exponent.div_euclid(GROUP), first)
    }

    /// See [`Number::kept`]; `None` if it does not fit.
    fn kept(self) -> Option<i256> {
        let up = usize::try_from(SCALE - self.scale).ok()?;
        let value = i256::from_i128(i128::try_from(self.magnitude).ok()?).checked_mul(POWERS[up])?;
        let fits = value < POWERS[usize::from(PRECISION)];
        fits.then_some(if self.is_negative { -value } else { value })
    }
}

/// As [`quotient`]; `None` if it takes more digits, or there is none.
fn narrow_quotient(left: Narrow, right: Narrow) -> Option<i256> {
    if left.magnitude == 0 || right.magnitude == 0 {
        return None;
    }
    let ((left_weight, left_first), (right_weight, right_first)) = (left.first_digit(), right.first_digit());
    let weight = left_weight - right_weight - i32::from(left_first <= right_first);
    let scale = digits_after_point(weight, left.scale, right.scale);
    let up = usize::try_from(scale - left.scale + right.scale).ok()?;
    let grown = left.magnitude.checked_mul(*POWERS_NARROW.get(up)?)?;
    let (whole, rest) = (grown / right.magnitude, grown % right.magnitude);
    let magnitude = whole + u128::from(rest >= right.magnitude - rest);
    Narrow { is_negative: left.is_negative != right.is_negative, magnitude, scale }.kept()
}

/// As [`product`]; `None` if it takes more digits.
fn narrow_product(left: Narrow, right: Narrow) -> Option<i256> {
    let magnitude = left.magnitude.checked_mul(right.magnitude)?;
    Narrow { is_negative: left.is_negative != right.is_negative, magnitude, scale: left.scale + right.scale }.kept()
}

/// A value of so many digits after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Number {
    value: i256,
    scale: i32,
}

impl Number {
    /// Without the zeros at the end of its fraction.
    fn without_padding(self) -> Number {
        let Number { mut value, mut scale } = self;
        if value == i256::ZERO {
            return Number { value, scale: 0 };
        }
        while scale > 0 && value % TEN == i256::ZERO {
            (value, scale) = (value / TEN, scale - 1);
        }
        Number { value, scale }
    }

    /// Where its first digit to the base of 10,000 stands, and that digit. It is not zero.
    fn first_digit(self) -> (i32, i256) {
        let magnitude = magnitude(self.value);
        let digits = digits(magnitude);
        let exponent = digits - 1 - self.scale;
        let weight = exponent.div_euclid(GROUP);
        let kept = exponent.rem_euclid(GROUP) + 1;
        let first = match digits - kept {
            more @ 0.. => magnitude / power(more),
            fewer => magnitude * power(-fewer),
        };
        (weight, first)
    }

    /// As a result is kept. Errors: 22003.
    fn kept(self) -> Result<i256> {
        let value = match SCALE - self.scale {
            up @ 0.. => self.value.checked_mul(power(up)).ok_or_else(overflow)?,
            down => rounded(self.value, power(-down)),
        };
        if digits(magnitude(value)) > i32::from(PRECISION) { Err(overflow()) } else { Ok(value) }
    }
}

/// Errors: 22012, 22003.
fn quotient(left: Number, right: Number) -> Result<i256> {
    if right.value == i256::ZERO {
        return Err(ArrowError::DivideByZero.into());
    }
    if left.value == i256::ZERO {
        return Ok(i256::ZERO);
    }
    let scale = quotient_scale(left, right);
    let divided = divided(left.value, scale - left.scale + right.scale, right.value);
    Number { value: divided.ok_or_else(overflow)?, scale }.kept()
}

/// How many digits after the point a quotient has.
fn quotient_scale(left: Number, right: Number) -> i32 {
    let ((left_weight, left_first), (right_weight, right_first)) = (left.first_digit(), right.first_digit());
    let weight = left_weight - right_weight - i32::from(left_first <= right_first);
    digits_after_point(weight, left.scale, right.scale)
}

/// How many a quotient has whose first digit to the base of 10,000 has this weight at least.
fn digits_after_point(weight: i32, left: i32, right: i32) -> i32 {
    (SIGNIFICANT_MIN - weight * GROUP).max(left).max(right).clamp(0, SCALE)
}

/// `left` times ten to the `exponent`, divided by `right` and rounded half away from zero; `None` if it does not fit.
fn divided(left: i256, exponent: i32, right: i256) -> Option<i256> {
    let is_negative = (left < i256::ZERO) != (right < i256::ZERO);
    let (left, mut right) = (magnitude(left), magnitude(right));
    if exponent < 0 {
        right = right.checked_mul(power(-exponent))?;
    }
    let mut result = left / right;
    let mut rest = left % right;
    // As many digits at a time as the rest can take on without overflow.
    let step = i32::from(PRECISION) - digits(right);
    let mut missing = exponent.max(0);
    while missing > 0 {
        let more = missing.min(step);
        if more == 0 {
            return None;
        }
        let grown = rest * power(more);
        result = result.checked_mul(power(more))?.checked_add(grown / right)?;
        rest = grown % right;
        missing -= more;
    }
    if rest >= right - rest {
        result = result.checked_add(i256::ONE)?;
    }
    Some(if is_negative { -result } else { result })
}

/// Errors: 22003.
fn product(left: Number, right: Number) -> Result<i256> {
    let (mut left, mut right) = (left.without_padding(), right.without_padding());
    // What has more digits than fit has them after the point.
    let excess = digits(magnitude(left.value)) + digits(magnitude(right.value)) - i32::from(PRECISION);
    if excess > 0 {
        let longer = if left.scale > right.scale { &mut left } else { &mut right };
        let cut = excess.min(longer.scale);
        *longer = Number { value: rounded(longer.value, power(cut)), scale: longer.scale - cut };
    }
    let value = left.value.checked_mul(right.value).ok_or_else(overflow)?;
    Number { value, scale: left.scale + right.scale }.kept()
}

const TEN: i256 = i256::from_parts(10, 0);

/// Powers of ten, as far as they fit.
static POWERS: LazyLock<[i256; 77]> = LazyLock::new(|| {
    std::array::from_fn(|exponent| TEN.checked_pow(exponent as u32).expect("76 digits were believed to fit"))
});
const POWERS_NARROW: [u128; 39] = {
    let mut powers = [1; 39];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

/// Ten to the power of `exponent`, which is at most 76.
fn power(exponent: i32) -> i256 {
    POWERS[exponent.unsigned_abs() as usize]
}

fn magnitude(value: i256) -> i256 {
    if value < i256::ZERO { -value } else { value }
}

/// How many digits a value has that is not negative.
fn digits(value: i256) -> i32 {
    let upper = value / power(38);
    let (part, below) = if upper == i256::ZERO { (value, 0) } else { (upper, 38) };
    let part = part.to_i128().expect("half of a value was believed to fit");
    part.checked_ilog10().map_or(0, |log| log as i32 + 1 + below)
}

/// A value divided by a unit, rounded half away from zero.
fn rounded(value: i256, unit: i256) -> i256 {
    let (whole, rest) = (value / unit, value % unit);
    let up = magnitude(rest) >= unit - magnitude(rest);
    match (up, value < i256::ZERO) {
        (false, _) => whole,
        (true, false) => whole + i256::ONE,
        (true, true) => whole - i256::ONE,
    }
}

fn overflow() -> DataFusionError {
    let error = Error::new("22003", "value overflows numeric format")
        .with_detail("A numeric that is computed has at most 38 digits before the point here.");
    DataFusionError::External(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::{Narrow, Number, i256, narrow_product, narrow_quotient, product, quotient};

    fn number(text: &str) -> Number {
        let scale = text.split_once('.').map_or(0, |(_, fraction)| fraction.len()) as i32;
        let digits: String = text.chars().filter(|c| *c != '.').collect();
        Number { value: i256::from_string(&digits).expect("digits"), scale }
    }

    fn shown(value: i256) -> Number {
        Number { value, scale: 38 }.without_padding()
    }

    /// Computed both ways, where both can.
    fn both(narrow: Option<i256>, wide: i256) -> i256 {
        assert_eq!(narrow.unwrap_or(wide), wide);
        wide
    }

    fn few(text: &str) -> Narrow {
        let Number { value, scale } = number(text);
        let value = value.to_i128().expect("38 digits");
        Narrow { is_negative: value < 0, magnitude: value.unsigned_abs(), scale }
    }

    #[test]
    fn quotients_have_the_digits_that_postgres_gives_them() {
        let is = |left, right, expected: &str| {
            let computed = quotient(number(left), number(right)).expect("it fits");
            let computed = both(narrow_quotient(few(left), few(right)), computed);
            assert_eq!(shown(computed), number(expected).without_padding(), "{left} / {right}");
        };
        is("1.0", "3", "0.33333333333333333333");
        is("100.0", "3", "33.3333333333333333");
        is("0.001", "7", "0.00014285714285714286");
        is("0.000001", "7", "0.000000142857142857142857");
        is("-7.00", "12345678901234567890.123", "-0.000000000000000000567000005103000046");
        is("12345678901234567890.123", "-7.00", "-1763668414462081127.160");
        is("5.02797279921331664759", "0.71828182845904523537", "7");
        is("30000000000000000000000000000000000000", "10000000000000000000000000000000000000", "3");
        is("99999999999999999999999999999999999999", "3", "33333333333333333333333333333333333333");
        is("20", "0.00000000000000000003", "666666666666666666666.66666666666666666667");
    }

    #[test]
    fn products_of_quotients_keep_their_digits() {
        let third = Number { value: quotient(number("1.0"), number("3")).expect("it fits"), scale: 38 };
        assert_eq!(shown(product(third, number("3")).expect("it fits")), number("0.99999999999999999999"));
        let square = product(third, third).expect("it fits");
        assert_eq!(shown(square), number("0.11111111111111111110888888888888888889"));
    }

    #[test]
    fn products_of_few_digits_are_exact() {
        for (left, right, expected) in [("1.1", "1.1", "1.21"), ("-2.50", "4", "-10"), ("0", "3.5", "0")] {
            let computed = product(number(left), number(right)).expect("it fits");
            let computed = both(narrow_product(few(left), few(right)), computed);
            assert_eq!(shown(computed), number(expected).without_padding(), "{left} * {right}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(quotient(number("1"), number("0")).is_err());
        let large = number("99999999999999999999999999999999999999");
        assert!(quotient(large, number("0.00000000000000000001")).is_err());
    }
}
