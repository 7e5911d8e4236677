//! `@>`, `<@`, `?`, `?|` and `?&`: what a `jsonb` value contains, and which keys it has.
//!
//! ```text
//!   x @> y     y <@ x      __json_contains(x, y)       x ?| keys    __json_has_any(x, keys)
//!   x ? key                __json_has(x, key)          x ?& keys    __json_has_all(x, keys)
//! ```
//!
//! An object contains another if it has each of its keys with a value that contains the other's; an array contains another if each
//! of its elements is contained in one of its own, in any order. At the top, an array contains a value that is an element of it.
//! Numbers are equal whatever zeros end them. Source: PostgreSQL documentation, jsonb Containment and Existence.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{DFSchema, DataFusionError, Result};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::json;
use super::json_path::Reader;
use crate::display::TYPE_KEY;
use crate::error::Error;

static CONTAINS: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| made(Kind::Contains));

/// The function of that name.
pub(super) fn named(name: &str) -> Option<Arc<ScalarUDF>> {
    [Kind::Has, Kind::HasAny, Kind::HasAll].into_iter().find(|kind| kind.name() == name).map(made)
}

fn made(kind: Kind) -> Arc<ScalarUDF> {
    let signature = Signature::any(2, Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(JsonTest { kind, signature }))
}

/// Plans `@>` and `<@` of texts, which are JSON; those of arrays are DataFusion's.
#[derive(Debug)]
pub(super) struct JsonContainment;

impl ExprPlanner for JsonContainment {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let is_text = |side: &Expr| {
            side.get_type(schema).is_ok_and(|found| {
                matches!(found, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null)
            })
        };
        if !matches!(expr.op, BinaryOperator::AtArrow | BinaryOperator::ArrowAt)
            || !is_text(&expr.left)
            || !is_text(&expr.right)
        {
            return Ok(PlannerResult::Original(expr));
        }
        let operands = match expr.op {
            BinaryOperator::AtArrow => vec![expr.left, expr.right],
            _ => vec![expr.right, expr.left],
        };
        let call = ScalarFunction::new_udf(Arc::clone(&CONTAINS), operands);
        Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Contains,
    Has,
    HasAny,
    HasAll,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Contains => "__json_contains",
            Kind::Has => "__json_has",
            Kind::HasAny => "__json_has_any",
            Kind::HasAll => "__json_has_all",
        }
    }

    fn operator(self) -> &'static str {
        match self {
            Kind::Contains => "@>",
            Kind::Has => "?",
            Kind::HasAny => "?|",
            Kind::HasAll => "?&",
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct JsonTest {
    kind: Kind,
    signature: Signature,
}

impl ScalarUDFImpl for JsonTest {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let type_name = |at: usize| args.arg_fields[at].metadata().get(TYPE_KEY).map(String::as_str);
        if type_name(0) == Some("json") || (self.kind == Kind::Contains && type_name(1) == Some("json")) {
            let other = type_name(1).unwrap_or("unknown");
            let message = format!("operator does not exist: json {} {other}", self.kind.operator());
            return Err(external(Error::new("42883", message).with_hint("Cast the value: x::jsonb.")));
        }
        let rows = args.number_rows;
        let values = texts(&args.args[0].to_array(rows)?)?;
        let other = args.args[1].to_array(rows)?;
        let found: BooleanArray = match self.kind {
            Kind::Contains => {
                let others = texts(&other)?;
                tested(rows, |row| match (text_at(&values, row), text_at(&others, row)) {
                    (Some(value), Some(other)) => Ok(Some(contains_at_top(&parsed(value)?, &parsed(other)?))),
                    _ => Ok(None),
                })?
            }
            Kind::Has => {
                let keys = texts(&other)?;
                tested(rows, |row| match (text_at(&values, row), text_at(&keys, row)) {
                    (Some(value), Some(key)) => Ok(Some(parsed(value)?.has(key))),
                    _ => Ok(None),
                })?
            }
            Kind::HasAny | Kind::HasAll => {
                let list = DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)));
                let lists = cast(&other, &list)?;
                let lists = lists.as_list::<i32>();
                tested(rows, |row| {
                    let (Some(value), false) = (text_at(&values, row), lists.is_null(row)) else { return Ok(None) };
                    let value = parsed(value)?;
                    let keys = lists.value(row);
                    let mut keys = keys.as_string::<i32>().iter().flatten();
                    Ok(Some(match self.kind {
                        Kind::HasAny => keys.any(|key| value.has(key)),
                        _ => keys.all(|key| value.has(key)),
                    }))
                })?
            }
        };
        Ok(ColumnarValue::Array(Arc::new(found)))
    }
}

fn texts(array: &ArrayRef) -> Result<StringArray> {
    Ok(cast(array, &DataType::Utf8)?.as_string::<i32>().clone())
}

fn text_at(array: &StringArray, row: usize) -> Option<&str> {
    (!array.is_null(row)).then(|| array.value(row))
}

fn tested(rows: usize, test: impl Fn(usize) -> Result<Option<bool>, Error>) -> Result<BooleanArray> {
    (0..rows).map(test).collect::<Result<BooleanArray, Error>>().map_err(external)
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// A JSON value that can be compared.
#[derive(Debug, PartialEq, Eq)]
enum Value {
    Null,
    Bool(bool),
    /// Without an exponent, and without zeros at the end of its fraction.
    Number(String),
    Text(String),
    Array(Vec<Value>),
    Object(BTreeMap<String, Value>),
}

impl Value {
    /// Whether it has the key, or the element that is this text, or is this text.
    fn has(&self, key: &str) -> bool {
        let is_key = |value: &Value| matches!(value, Value::Text(text) if text == key);
        match self {
            Value::Object(members) => members.contains_key(key),
            Value::Array(elements) => elements.iter().any(is_key),
            other => is_key(other),
        }
    }

    fn is_scalar(&self) -> bool {
        !matches!(self, Value::Array(_) | Value::Object(_))
    }
}

/// Containment between whole values: an array also contains a single one that is among its elements.
fn contains_at_top(value: &Value, other: &Value) -> bool {
    match (value, other) {
        (Value::Array(elements), other) if other.is_scalar() => elements.contains(other),
        _ => contains(value, other),
    }
}

fn contains(value: &Value, other: &Value) -> bool {
    match (value, other) {
        (Value::Object(members), Value::Object(others)) => {
            others.iter().all(|(key, other)| members.get(key).is_some_and(|member| contains(member, other)))
        }
        (Value::Array(elements), Value::Array(others)) => {
            others.iter().all(|other| elements.iter().any(|element| contains(element, other)))
        }
        (value, other) => value == other,
    }
}

/// Takes a text apart. Errors: as [`json::normalized`].
fn parsed(text: &str) -> Result<Value, Error> {
    Ok(value(&json::normalized(text)?))
}

/// A value in the form of `jsonb`, which bounds how deep it is nested.
fn value(text: &str) -> Value {
    let text = text.trim();
    match text.bytes().next() {
        Some(b'{') => {
            let mut reader = Reader::inside(text);
            let mut members = BTreeMap::new();
            while reader.peek().is_some_and(|next| next != b'}') {
                let key = string(reader.value());
                reader.skip();
                members.insert(key, value(reader.value()));
                if reader.peek() == Some(b',') {
                    reader.skip();
                }
            }
            Value::Object(members)
        }
        Some(b'[') => {
            let mut reader = Reader::inside(text);
            let mut elements = Vec::new();
            while reader.peek().is_some_and(|next| next != b']') {
                elements.push(value(reader.value()));
                if reader.peek() == Some(b',') {
                    reader.skip();
                }
            }
            Value::Array(elements)
        }
        Some(b'"') => Value::Text(string(text)),
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'n') | None => Value::Null,
        Some(_) => Value::Number(match text.split_once('.') {
            None => text.to_owned(),
            Some(_) => {
                let short = text.trim_end_matches('0').trim_end_matches('.');
                if short == "-0" { "0".to_owned() } else { short.to_owned() }
            }
        }),
    }
}

fn string(quoted: &str) -> String {
    // A surrogate without its other half is no text; it is equal to itself.
    serde_json::from_str(quoted).unwrap_or_else(|_| quoted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{contains_at_top, parsed};

    #[test]
    fn containment_is_postgresqls() {
        let contains = |value: &str, other: &str| {
            let of = |text: &str| parsed(text).map_err(|error| error.message.clone());
            of(value).and_then(|value| of(other).map(|other| contains_at_top(&value, &other)))
        };
        let cases = [
            (r#"{"a": 1, "b": 2}"#, r#"{"b": 2.0}"#, true),
            (r#"{"a": {"b": [1, 2, {"c": 3}]}}"#, r#"{"a": {"b": [{"c": 3}, 1, 1]}}"#, true),
            (r#"{"a": {"b": 1}}"#, r#"{"b": 1}"#, false),
            (r#"{"a": 1}"#, r#"{"a": 1, "b": 2}"#, false),
            (r#"{"a": 1}"#, "{}", true),
            (r#"["foo", "bar"]"#, r#""bar""#, true),
            (r#""bar""#, r#"["bar"]"#, false),
            ("[1, [1, 3]]", "[1, 3]", false),
            ("[1, [1, 3]]", "[[3]]", true),
            ("[[1, 2]]", "[1]", false),
            ("1e2", "100.00", true),
            ("0.0", "-0", true),
            ("null", "null", true),
            ("[]", "{}", false),
            (r#"{"a": null}"#, r#"{"a": null}"#, true),
        ];
        for (value, other, expected) in cases {
            assert_eq!(contains(value, other), Ok(expected), "{value} @> {other}");
        }
    }
}
