//! DataFusion's errors in PostgreSQL's words: SQLSTATE, headline, hint.
//!
//! DataFusion gives structure to few of its errors; for the rest the text is recognised, and what is not recognised is
//! passed on without the prefixes that name DataFusion's parts.

use datafusion::arrow::error::ArrowError;
use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;

use super::nearest::nearest;
use super::sort_keys::not_in_distinct;
use super::value_errors;
use crate::error::Error;

/// The error a user sees.
pub(crate) fn error(cause: DataFusionError) -> Error {
    match cause {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => error(*inner),
        DataFusionError::Collection(mut several) if !several.is_empty() => error(several.swap_remove(0)),
        DataFusionError::Shared(inner) => shared(&inner),
        DataFusionError::External(inner) => match inner.downcast::<Error>() {
            Ok(own) => *own,
            Err(other) => match other.downcast::<DataFusionError>() {
                Ok(inner) => error(*inner),
                Err(other) => foreign(&other.to_string()),
            },
        },
        DataFusionError::ArrowError(inner, _) => arrow(*inner),
        DataFusionError::SchemaError(inner, _) => schema(&inner),
        DataFusionError::SQL(inner, _) => parser(*inner),
        DataFusionError::NotImplemented(text) => unsupported(&text),
        DataFusionError::ResourcesExhausted(text) => Error::new("53200", "out of memory").with_detail(text),
        DataFusionError::Plan(text) | DataFusionError::Execution(text) | DataFusionError::Configuration(text) => {
            told(&text)
        }
        DataFusionError::Internal(text) => told(text.split("\nThis issue was likely caused").next().unwrap_or(&text)),
        other => told(&other.strip_backtrace()),
    }
}

/// An error that others hold too: only its text can be had, but for our own.
fn shared(cause: &DataFusionError) -> Error {
    match cause {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => shared(inner),
        DataFusionError::Shared(inner) => shared(inner),
        DataFusionError::External(inner) => match inner.downcast_ref::<Error>() {
            Some(own) => own.clone(),
            None => foreign(&inner.to_string()),
        },
        DataFusionError::ArrowError(inner, _) => arrow_text(inner),
        DataFusionError::SchemaError(inner, _) => schema(inner),
        other => told(&other.strip_backtrace()),
    }
}

fn arrow(cause: ArrowError) -> Error {
    match cause {
        ArrowError::ExternalError(inner) => match inner.downcast::<DataFusionError>() {
            Ok(inner) => error(*inner),
            Err(other) => match other.downcast::<Error>() {
                Ok(own) => *own,
                Err(other) => foreign(&other.to_string()),
            },
        },
        other => arrow_text(&other),
    }
}

fn arrow_text(cause: &ArrowError) -> Error {
    match cause {
        ArrowError::DivideByZero => division_by_zero(),
        ArrowError::ArithmeticOverflow(_) => Error::new("22003", "value out of range"),
        ArrowError::CastError(text) | ArrowError::ParseError(text) | ArrowError::InvalidArgumentError(text) => {
            told(text)
        }
        ArrowError::ComputeError(text) | ArrowError::SchemaError(text) | ArrowError::NotYetImplemented(text) => {
            told(text)
        }
        ArrowError::ExternalError(inner) => match inner.downcast_ref::<DataFusionError>() {
            Some(inner) => shared(inner),
            None => foreign(&inner.to_string()),
        },
        other => told(&other.to_string()),
    }
}

fn division_by_zero() -> Error {
    Error::new("22012", "division by zero").with_hint("NULLIF(divisor, 0) makes the result NULL instead.")
}

fn schema(cause: &SchemaError) -> Error {
    match cause {
        SchemaError::FieldNotFound { field, valid_fields } => missing_column(field, valid_fields),
        SchemaError::AmbiguousReference { field } => {
            Error::new("42702", format!("column reference \"{}\" is ambiguous", field.name))
                .with_hint("Qualify it with the table's name or alias.")
        }
        SchemaError::DuplicateQualifiedField { name, .. } => {
            Error::new("42701", format!("column \"{name}\" appears more than once"))
                .with_hint("Give each table in FROM its own alias, and each column its own name with AS.")
        }
        SchemaError::DuplicateUnqualifiedField { name } => {
            Error::new("42701", format!("column \"{name}\" appears more than once"))
                .with_hint("Give each column its own name with AS.")
        }
    }
}

fn missing_column(field: &Column, valid_fields: &[Column]) -> Error {
    let is_table = |table: &str| {
        valid_fields.iter().any(|known| known.relation.as_ref().is_some_and(|relation| relation.table() == table))
    };
    if let Some(relation) = &field.relation
        && !is_table(relation.table())
    {
        let table = relation.table();
        let error = Error::new("42P01", format!("missing FROM-clause entry for table \"{table}\""));
        let known = valid_fields.iter().filter_map(|known| known.relation.as_ref()).map(|relation| relation.table());
        return match nearest(table, known) {
            Some(near) => error.with_hint(format!("Perhaps you meant \"{near}\".")),
            None => error.with_hint("Name the table in FROM."),
        };
    }
    let name = match &field.relation {
        Some(relation) => format!("{}.{}", relation.table(), field.name),
        None => format!("\"{}\"", field.name),
    };
    let error = Error::new("42703", format!("column {name} does not exist"));
    let mut known: Vec<&str> = valid_fields.iter().map(|known| known.name.as_str()).collect();
    known.retain(|name| !name.starts_with("__"));
    known.dedup();
    match nearest(&field.name, known.iter().copied()) {
        Some(near) => error.with_hint(format!("Perhaps you meant \"{near}\".")),
        None if known.is_empty() => error,
        None => error.with_hint(format!("The columns here are: {}.", known.join(", "))),
    }
}

fn parser(cause: ParserError) -> Error {
    match cause {
        ParserError::ParserError(text) | ParserError::TokenizerError(text) => Error::new("42601", clean(&text)),
        ParserError::RecursionLimitExceeded => Error::new("54001", "statement is nested too deeply"),
    }
}

fn unsupported(text: &str) -> Error {
    if let Some(recognised) = recognised(text) {
        return recognised;
    }
    Error::unsupported(lowered(&clean(text)), "Write the query without it.")
}

/// An error of another library's.
fn foreign(text: &str) -> Error {
    value_errors::recognised(text).unwrap_or_else(|| Error::new("XX000", text))
}

/// An error of which only the text tells what it is.
fn told(text: &str) -> Error {
    recognised(text).unwrap_or_else(|| Error::new(sqlstate(text), lowered(&clean(text))))
}

/// A position in ORDER BY or GROUP BY where the select list has nothing.
fn not_in_select_list(text: &str) -> Option<Error> {
    let (clause, position) = match () {
        () if text.contains("Order by index starts at 1") => ("ORDER BY", "0"),
        () => match between(text, "Order by column out of bounds, specified: ", ",") {
            Some(position) => ("ORDER BY", position),
            None => ("GROUP BY", between(text, "Cannot find column with position ", " ")?),
        },
    };
    let error = Error::new("42P10", format!("{clause} position {position} is not in select list"));
    Some(error.with_hint("Positions count the columns of the result from 1."))
}

fn recognised(text: &str) -> Option<Error> {
    if let Some(error) = value_errors::recognised(text) {
        return Some(error);
    }
    if text.contains("Divide by zero") || text.contains("division by zero") {
        return Some(division_by_zero());
    }
    if let Some(name) = between(text, "Invalid function '", "'") {
        let error = Error::new("42883", format!("function {name} does not exist"));
        return Some(
            match between(text, "Did you mean '", "'").filter(|near| nearest(name, [*near].into_iter()).is_some()) {
                Some(near) => error.with_hint(format!("Perhaps you meant \"{near}\".")),
                None => error.with_hint("No function has that name."),
            },
        );
    }
    if let Some(after) = text.find("Cannot cast string '").map(|at| &text[at + "Cannot cast string '".len()..]) {
        let (value, rest) = after.split_once("' to value of ").or_else(|| after.split_once("' to "))?;
        return Some(invalid_text(rest.trim_end_matches(" type").trim_end_matches('.'), value));
    }
    if let Some(after) =
        text.find("Error parsing timestamp from '").map(|at| &text[at + "Error parsing timestamp from '".len()..])
    {
        return Some(invalid_text("Timestamp", after.split('\'').next().unwrap_or_default()));
    }
    if let Some(after) = text.find("Cannot cast value '").map(|at| &text[at + "Cannot cast value '".len()..]) {
        let (value, rest) = after.split_once("' to value of ")?;
        return Some(invalid_text(rest.trim_end_matches(" type"), value));
    }
    if let Some(error) = not_in_select_list(text) {
        return Some(error);
    }
    if text.to_lowercase().contains("for select distinct, order by expressions") {
        return Some(not_in_distinct());
    }
    if text.contains("Can't cast value") || text.contains("Overflow happened") || text.contains("overflow") {
        return Some(Error::new("22003", out_of_range(text)));
    }
    // Of a numeric; the value is said as digits, without the point.
    if let Some((_, name)) = text.split_once("value of ").and_then(|(_, rest)| rest.split_once(" is out of range ")) {
        return Some(Error::new("22003", format!("{} out of range", type_words(name.trim_end_matches('.')))));
    }
    if text.contains("is too large to store in a Decimal") || text.contains("is too small to store in a Decimal") {
        return Some(Error::new("22003", "numeric field overflow"));
    }
    if let Some(rest) = text.split("must appear in the GROUP BY clause").next().filter(|rest| rest.len() < text.len()) {
        let column = between(rest, "\"", "\"").unwrap_or("a column");
        let message =
            format!("column \"{column}\" must appear in the GROUP BY clause or be used in an aggregate function");
        return Some(Error::new("42803", message));
    }
    if text.contains("could not be resolved from available columns") {
        let column = text
            .split("expression ")
            .nth(1)
            .and_then(|rest| between(rest, "\"", "\""))
            .or_else(|| between(text, "\"", "\""));
        let column = column.unwrap_or("?");
        let message =
            format!("column \"{column}\" must appear in the GROUP BY clause or be used in an aggregate function");
        return Some(Error::new("42803", message));
    }
    if let Some(call) = between(text, "coercion failed with: External error: function ", " does not exist") {
        return Some(Error::new("42883", format!("function {call} does not exist")).with_hint(
            "No function matches the given name and argument types. You might need to add explicit type casts.",
        ));
    }
    if text.contains("coerce arguments")
        || text.contains("failed to match any signature")
        || text.contains("No function matches")
    {
        let name = between(text, "function '", "'").or_else(|| between(text, "signature '", "'")).unwrap_or("function");
        let call = name.split("->").next().unwrap_or(name);
        return Some(Error::new("42883", format!("function {} does not exist", type_words(call))).with_hint(
            "No function matches the given name and argument types. You might need to add explicit type casts.",
        ));
    }
    if text.contains("Cannot infer common argument type for comparison operation")
        || text.contains("Cannot coerce arithmetic expression")
        || text.contains("Cannot get result type for")
        || text.contains("Cannot infer common string type")
    {
        let what = text.split("operation ").nth(1).or_else(|| text.split("expression ").nth(1)).unwrap_or("");
        let operator = type_words(what.split(" to valid").next().unwrap_or(what));
        return Some(
            Error::new("42883", format!("operator does not exist: {operator}"))
                .with_hint("No operator matches the given argument types. You might need to add explicit type casts."),
        );
    }
    if text.contains("more than one row") {
        return Some(Error::new("21000", "more than one row returned by a subquery used as an expression"));
    }
    None
}

fn invalid_text(data_type: &str, value: &str) -> Error {
    Error::new("22P02", format!("invalid input syntax for type {}: \"{value}\"", type_words(data_type)))
}

/// 22003 with the type if the text names one.
fn out_of_range(text: &str) -> String {
    let named = [("Int16", "smallint"), ("Int32", "integer"), ("Int64", "bigint")];
    let target = text.rsplit(" to ").next().unwrap_or(text);
    match named.iter().find(|(arrow, _)| target.contains(arrow) || text.ends_with(arrow)) {
        Some((_, name)) => format!("{name} out of range"),
        None => "value out of range".to_owned(),
    }
}

fn sqlstate(text: &str) -> &'static str {
    let text = text.to_lowercase();
    let any = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if any(&["unsupported", "not supported", "not implemented", "not yet"]) {
        "0A000"
    } else if any(&["type", "coerce", "cast"]) {
        "42804"
    } else if any(&["regex", "regular expression"]) {
        "2201B"
    } else {
        "42601"
    }
}

/// Arrow's type names as PostgreSQL's.
pub(crate) fn type_words(text: &str) -> String {
    let mut words = text.to_owned();
    for (arrow, postgres) in [
        ("Timestamp(µs, \"UTC\")", "timestamp with time zone"),
        ("Timestamp(Microsecond, Some(\"UTC\"))", "timestamp with time zone"),
        ("Timestamp(ns, \"UTC\")", "timestamp with time zone"),
        ("Timestamp(µs)", "timestamp without time zone"),
        ("Timestamp(ns)", "timestamp without time zone"),
        ("Timestamp(Microsecond, None)", "timestamp without time zone"),
        ("Timestamp", "timestamp"),
        ("Interval(MonthDayNano)", "interval"),
        ("Interval", "interval"),
        ("Time64(µs)", "time without time zone"),
        ("Time64(Microsecond)", "time without time zone"),
        ("Time64", "time"),
        ("LargeUtf8", "text"),
        ("Utf8View", "text"),
        ("Utf8", "text"),
        ("UInt64", "bigint"),
        ("UInt32", "bigint"),
        ("Int64", "bigint"),
        ("Int32", "integer"),
        ("Int16", "smallint"),
        ("Int8", "smallint"),
        ("Float64", "double precision"),
        ("Float32", "real"),
        ("Boolean", "boolean"),
        ("Date32", "date"),
        ("Binary", "bytea"),
        ("Decimal128", "numeric"),
        ("Decimal256", "numeric"),
        ("Null", "unknown"),
    ] {
        words = words.replace(arrow, postgres);
    }
    words
}

/// Without the names of DataFusion's parts, on one line.
fn clean(text: &str) -> String {
    let mut text = text.trim();
    loop {
        let stripped = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix));
        match stripped {
            Some(rest) => text = rest.trim_start(),
            None => break,
        }
    }
    let line: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    type_words(line.join(" ").trim_end_matches('.'))
}

const PREFIXES: [&str; 13] = [
    "Error during planning:",
    "This feature is not implemented:",
    "Execution error:",
    "Optimizer rule",
    "Arrow error:",
    "Schema error:",
    "SQL error:",
    "External error:",
    "Internal error:",
    "Cast error:",
    "Parser error:",
    "Compute error:",
    "Invalid argument error:",
];

/// Headlines start in lower case, unless with an abbreviation.
fn lowered(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let start = text.find(before)? + before.len();
    let length = text[start..].find(after)?;
    Some(&text[start..start + length])
}

/// 22003 for a numeric with too many digits before the point.
pub(super) fn numeric_overflow(precision: u8, scale: i8) -> Error {
    let digits = i16::from(precision) - i16::from(scale);
    let bound = if digits == 0 { "1".to_owned() } else { format!("10^{digits}") };
    Error::new("22003", "numeric field overflow").with_detail(format!(
        "A field with precision {precision}, scale {scale} must round to an absolute value less than {bound}."
    ))
}
