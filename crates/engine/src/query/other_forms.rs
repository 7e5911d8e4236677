//! Functions, operators and literals of PostgreSQL that are others here, said in those: on the parsed text, before it is planned.
//!
//! ```text
//!   extract(year FROM d)       __extract('year', d)          mod(a, b)                  (a) % (b)
//!   row_number() OVER w        CAST(... AS bigint)           variance(x)                var_samp(x)
//!   json_agg(x ORDER BY y)     __json_array(array_agg(__json_item(x) ORDER BY y))                    @ x   |/ x   s ^@ t   a && b
//!   t AT TIME ZONE zone        timezone(zone, t)             date 'today'               CAST(now() AS date)
//! ```

use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, Ident, ObjectName, ObjectNamePart, UnaryOperator, Value,
};

use super::pg_syntax::{argument, call, last_part};
use super::posix_patterns;
use crate::error::Error;

/// Functions that are called otherwise, and nothing else.
const RENAMED: [(&str, &str); 1] = [("variance", "var_samp")];

/// Functions whose result is of another type here.
const RETYPED: [(&str, DataType); 7] = [
    ("row_number", DataType::BigInt(None)),
    ("rank", DataType::BigInt(None)),
    ("dense_rank", DataType::BigInt(None)),
    ("ntile", DataType::Integer(None)),
    ("cardinality", DataType::Integer(None)),
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
        // The planner would negate the first part of its text alone.
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } if is_interval(expr) => {
            Some(call("__interval_times", vec![taken(expr), number("-1")]))
        }
        Expr::AtTimeZone { timestamp, time_zone } => Some(call("timezone", vec![taken(time_zone), taken(timestamp)])),
        Expr::BinaryOp { op, right, .. } if matches_regex(op) => {
            adapt_pattern(right);
            None
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
    if let [schema, _] = function.name.0.as_slice() {
        let is_system = schema.as_ident().is_some_and(|schema| schema.value.eq_ignore_ascii_case("pg_catalog"));
        if !is_system {
            return None;
        }
        function.name.0.remove(0);
    }
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
    if ["regexp_replace", "regexp_match", "regexp_like", "regexp_count"].contains(&name.as_str()) {
        adapt_argument(function, &name);
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
        // Nothing lies in an empty array, not even no elements.
        ("array_length", 1 | 2) => {
            let whole = casted(Expr::Function(function.clone()), DataType::Integer(None));
            Some(call("nullif", vec![whole, number("0")]))
        }
        ("date_trunc", 3) => {
            let zone = given.pop()?;
            let time = given.pop()?;
            let cut = call("date_trunc", vec![given.pop()?, call("timezone", vec![zone.clone(), time])]);
            Some(call("timezone", vec![zone, cut]))
        }
        ("make_timestamptz", 7) => {
            let zone = given.pop()?;
            Some(call("timezone", vec![zone, call("make_timestamp", given)]))
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

/// The call, once for each of its arguments, as one of another function; of the last as an item of JSON.
fn of_each(function: &Function, name: &str) -> Option<Vec<Expr>> {
    let mut given = arguments(function)?;
    // Its type is known now, and not of the elements of an array.
    let last = given.pop()?;
    given.push(call("__json_item", vec![last]));
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

fn is_interval(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_interval(inner),
        Expr::Interval(_) => true,
        _ => false,
    }
}

fn matches_regex(op: &BinaryOperator) -> bool {
    use BinaryOperator::{PGRegexIMatch, PGRegexMatch, PGRegexNotIMatch, PGRegexNotMatch};
    matches!(op, PGRegexMatch | PGRegexIMatch | PGRegexNotMatch | PGRegexNotIMatch)
}

/// Says a literal pattern in the words of the library that matches it.
fn adapt_pattern(pattern: &mut Expr) {
    if let Expr::Value(value) = pattern
        && let Value::SingleQuotedString(written) | Value::EscapedStringLiteral(written) = &mut value.value
        && let Some(adapted) = posix_patterns::adapted(written, true)
    {
        *written = adapted;
    }
}

/// Says the pattern of a function so, unless flags tell how its dots match.
fn adapt_argument(function: &mut Function, name: &str) {
    let FunctionArguments::List(list) = &mut function.args else { return };
    let flags_from = if name == "regexp_replace" { 3 } else { 2 };
    let tells = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value))) => match &value.value {
            Value::SingleQuotedString(flags) => flags.contains(['n', 'm', 'p', 's']),
            _ => false,
        },
        _ => false,
    };
    if list.args.iter().skip(flags_from).any(tells) {
        return;
    }
    if let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(pattern))) = list.args.get_mut(1) {
        adapt_pattern(pattern);
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
