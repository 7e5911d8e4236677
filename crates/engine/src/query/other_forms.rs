//! Functions, operators and literals of PostgreSQL that are others here, said in those: on the parsed text, before it is planned.
//!
//! ```text
//!   extract(year FROM d)       __extract('year', d)          mod(a, b)                  (a) % (b)
//!   row_number() OVER w        CAST(... AS bigint)           variance(x)                var_samp(x)
//!   json_agg(x ORDER BY y)     __json_array(array_agg(x ORDER BY y))                    @ x   |/ x   s ^@ t   a && b
//!   timezone(zone, t)          t AT TIME ZONE zone           date 'today'               CAST(now() AS date)
//! ```

use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, Ident, ObjectName, ObjectNamePart, UnaryOperator, Value,
};

use super::pg_syntax::{argument, call, last_part};
use crate::error::Error;

/// Functions that are called otherwise, and nothing else.
const RENAMED: [(&str, &str); 1] = [("variance", "var_samp")];

/// Functions whose result is of another type here.
const RETYPED: [(&str, DataType); 9] = [
    ("row_number", DataType::BigInt(None)),
    ("rank", DataType::BigInt(None)),
    ("dense_rank", DataType::BigInt(None)),
    ("ntile", DataType::Integer(None)),
    ("cardinality", DataType::Integer(None)),
    ("array_length", DataType::Integer(None)),
    ("array_ndims", DataType::Integer(None)),
    ("array_position", DataType::Integer(None)),
    ("regexp_count", DataType::Integer(None)),
];

/// Aggregates that make JSON: of arrays, what is made of them.
const JSON_AGGREGATES: [(&str, &str); 4] = [
    ("json_agg", "__json_array"),
    ("jsonb_agg", "__jsonb_array"),
    ("json_object_agg", "__json_object"),
    ("jsonb_object_agg", "__jsonb_object"),
];

/// Rewrites an expression whose parts have been rewritten. Errors: 0A000 for bit strings.
pub(super) fn expression(expr: &mut Expr) -> Result<(), Error> {
    if let Some(other) = instead_of(expr)? {
        *expr = other;
    }
    Ok(())
}

fn instead_of(expr: &mut Expr) -> Result<Option<Expr>, Error> {
    Ok(match expr {
        Expr::Function(function) => of_function(function),
        Expr::Extract { field, expr, .. } => {
            let field = text(&field.to_string().to_lowercase());
            Some(call("__extract", vec![field, taken(expr)]))
        }
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            let from = substring_from.take().map_or_else(|| number("1"), |from| *from);
            let length = substring_for.take().map(|length| *length);
            Some(call("substr", [taken(expr), from].into_iter().chain(length).collect()))
        }
        Expr::UnaryOp { op, expr } => {
            let function = match op {
                UnaryOperator::PGAbs => "abs",
                UnaryOperator::PGSquareRoot => "sqrt",
                UnaryOperator::PGCubeRoot => "cbrt",
                _ => return Ok(None),
            };
            Some(call(function, vec![taken(expr)]))
        }
        Expr::BinaryOp { left, op: BinaryOperator::PGStartsWith, right } => {
            Some(call("starts_with", vec![taken(left), taken(right)]))
        }
        Expr::BinaryOp { left, op: BinaryOperator::PGOverlap, right } => {
            Some(call("array_has_any", vec![taken(left), taken(right)]))
        }
        Expr::BinaryOp { left, op: BinaryOperator::Overlaps, right } => {
            let (Some(mut one), Some(other)) = (pair(left), pair(right)) else { return Ok(None) };
            one.extend(other);
            Some(call("__overlaps", one))
        }
        Expr::TypedString(typed) => {
            let Value::SingleQuotedString(word) = &typed.value.value else { return Ok(None) };
            time_of_word(word, &typed.data_type)
        }
        Expr::Cast { expr: inner, data_type, .. } => match inner.as_ref() {
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(word) => time_of_word(word, data_type),
                Value::HexStringLiteral(_) | Value::SingleQuotedByteStringLiteral(_) => return Err(no_bit_strings()),
                _ => None,
            },
            _ => None,
        },
        Expr::Value(value) => match &value.value {
            Value::UnicodeStringLiteral(written) => Some(text(written)),
            Value::HexStringLiteral(_) | Value::SingleQuotedByteStringLiteral(_) => return Err(no_bit_strings()),
            _ => None,
        },
        _ => None,
    })
}

fn no_bit_strings() -> Error {
    Error::unsupported("bit strings are not supported", "Write a number as 0x1F or 0b101, and bytes as '\\x1F'::bytea.")
}

fn of_function(function: &mut Function) -> Option<Expr> {
    let name = last_part(&function.name)?;
    // What becomes a part of something else is not looked at again.
    if let [ObjectNamePart::Identifier(schema), _] = function.name.0.as_slice()
        && schema.value.eq_ignore_ascii_case("pg_catalog")
    {
        function.name.0.remove(0);
    }
    if let Some((_, other)) = RENAMED.iter().find(|(known, _)| *known == name) {
        function.name = ObjectName::from(vec![Ident::new(*other)]);
        return None;
    }
    if let Some((_, made)) = JSON_AGGREGATES.iter().find(|(known, _)| *known == name) {
        let arrays = of_each(function, "array_agg")?;
        return Some(call(made, arrays));
    }
    if let Some((_, data_type)) = RETYPED.iter().find(|(known, _)| *known == name) {
        let whole = Expr::Function(function.clone());
        return Some(casted(whole, data_type.clone()));
    }
    if name == "array_positions" {
        let item = Box::new(DataType::Integer(None));
        let whole = Expr::Function(function.clone());
        return Some(casted(whole, DataType::Array(ArrayElemTypeDef::SquareBracket(item, None))));
    }
    let mut given = arguments(function)?;
    match (name.as_str(), given.len()) {
        ("mod", 2) => {
            let [left, right] = <[Expr; 2]>::try_from(given).ok()?.map(|side| Box::new(Expr::Nested(Box::new(side))));
            Some(Expr::BinaryOp { left, op: BinaryOperator::Modulo, right })
        }
        ("age", 1) => {
            given.insert(0, today());
            Some(call("age", given))
        }
        ("timezone", 2) => {
            let [zone, time] = <[Expr; 2]>::try_from(given).ok()?.map(Box::new);
            Some(Expr::AtTimeZone { timestamp: time, time_zone: zone })
        }
        ("make_timestamptz", 7) => {
            let zone = Box::new(given.pop()?);
            Some(Expr::AtTimeZone { timestamp: Box::new(call("make_timestamp", given)), time_zone: zone })
        }
        ("regexp_split_to_table", 2..) => Some(call("unnest", vec![call("regexp_split_to_array", given)])),
        ("json_extract_path" | "jsonb_extract_path" | "json_extract_path_text" | "jsonb_extract_path_text", 2..) => {
            let path = given.split_off(1);
            given.push(call("make_array", path));
            let function = if name.ends_with("_text") { "__json_path_text" } else { "__json_path" };
            Some(call(function, given))
        }
        _ => None,
    }
}

/// The call, once for each of its arguments, as one of another function.
fn of_each(function: &Function, name: &str) -> Option<Vec<Expr>> {
    let given = arguments(function)?;
    let of = |argument: Expr| {
        let mut function = function.clone();
        function.name = ObjectName::from(vec![Ident::new(name)]);
        if let FunctionArguments::List(list) = &mut function.args {
            list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))];
        }
        Expr::Function(function)
    };
    Some(given.into_iter().map(of).collect())
}

fn arguments(function: &Function) -> Option<Vec<Expr>> {
    match &function.args {
        FunctionArguments::List(list) => list.args.iter().map(argument).collect(),
        _ => None,
    }
}

/// The two parts of `(a, b)`.
fn pair(expr: &Expr) -> Option<Vec<Expr>> {
    match expr {
        Expr::Tuple(parts) if parts.len() == 2 => Some(parts.clone()),
        Expr::Nested(inner) => pair(inner),
        _ => None,
    }
}

/// What a word means as a time: `today`, `now`, `epoch` and the like.
fn time_of_word(word: &str, data_type: &DataType) -> Option<Expr> {
    let word = word.trim().to_lowercase();
    let constant = |written: &str| Some(casted(text(written), data_type.clone()));
    let day = |offset: &str, op: BinaryOperator| {
        let (left, right) = (Box::new(today()), Box::new(number(offset)));
        let day = Expr::Nested(Box::new(Expr::BinaryOp { left, op, right }));
        Some(casted(day, data_type.clone()))
    };
    match (word.as_str(), data_type) {
        ("epoch", DataType::Date) => constant("1970-01-01"),
        ("epoch", DataType::Timestamp(..)) => constant("1970-01-01 00:00:00"),
        ("allballs", DataType::Time(..)) => constant("00:00:00"),
        ("now", DataType::Date | DataType::Time(..) | DataType::Timestamp(..)) => {
            Some(casted(call("now", Vec::new()), data_type.clone()))
        }
        ("today", DataType::Date | DataType::Timestamp(..)) => Some(casted(today(), data_type.clone())),
        ("tomorrow", DataType::Date | DataType::Timestamp(..)) => day("1", BinaryOperator::Plus),
        ("yesterday", DataType::Date | DataType::Timestamp(..)) => day("1", BinaryOperator::Minus),
        _ => None,
    }
}

fn today() -> Expr {
    casted(call("now", Vec::new()), DataType::Date)
}

fn text(written: &str) -> Expr {
    Expr::value(Value::SingleQuotedString(written.to_owned()))
}

fn number(digits: &str) -> Expr {
    Expr::value(Value::Number(digits.to_owned(), false))
}

fn casted(expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast { kind: CastKind::Cast, expr: Box::new(expr), data_type, array: false, format: None }
}

fn taken(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, Expr::value(Value::Null))
}
