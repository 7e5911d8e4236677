//! Judges expressions as they are declared: that they can be computed, and that their type fits.

use std::sync::Arc;

use bowline_core::catalog::{Column, Expression, Table};
use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::sql::sqlparser::ast::{Expr, Value, ValueWithSpan};

use super::super::plain_expressions::{self, Place};
use super::super::scope::Scope;
use super::casts::result_is_assignable;
use crate::display::type_name;
use crate::error::Error;
use crate::grammar;
use crate::query::{assign, type_words};

/// A CHECK: a condition over the table's columns.
pub(super) fn check_condition(scope: &Scope, expression: &str, table: &Table) -> Result<(), Error> {
    plain_expressions::check(&parsed_text(expression), Place::Check)?;
    let (field, _) = scope.queries.validate(expression, table)?;
    match field.data_type() {
        DataType::Boolean | DataType::Null => Ok(()),
        other => Err(Error::new("42804", "argument of CHECK must be type boolean")
            .with_detail(format!("\"{expression}\" has type {}.", type_words(&other.to_string())))
            .with_hint("Compare it with something.")),
    }
}

/// A DEFAULT: no columns, and a value the column can be assigned.
pub(super) fn check_default(scope: &Scope, expression: &str, table: &Table, column: &Column) -> Result<(), Error> {
    plain_expressions::check(&parsed_text(expression), Place::Default)?;
    let (field, used) = scope.queries.validate(expression, table)?;
    if !used.is_empty() {
        return Err(Error::unsupported(
            "cannot use column reference in DEFAULT expression",
            format!("Declare \"{}\" as GENERATED ALWAYS AS (...) STORED instead.", column.name),
        ));
    }
    check_assignable(expression, &field, column)
}

/// The value of an expression can be assigned to the column. A text is read as the column's type, which fails now rather than
/// with the first row.
fn check_assignable(expression: &str, field: &Field, column: &Column) -> Result<(), Error> {
    if let Some(text) = literal_text(expression) {
        let text: ArrayRef = Arc::new(StringArray::from(vec![text]));
        return assign(&text, field, column).map(|_| ());
    }
    // A text without a more exact type may be one that functions give for a UUID.
    let text = *field.data_type() == DataType::Utf8 && field.metadata().is_empty();
    if text || result_is_assignable(expression, field, column.sql_type) {
        return Ok(());
    }
    let (name, sql_type, given) = (&column.name, column.sql_type.bare_name(), type_name(field));
    // Without length or precision, as the column's.
    let given = given.split('(').next().unwrap_or_default();
    let message = format!("column \"{name}\" is of type {sql_type} but default expression is of type {given}");
    Err(Error::new("42804", message).with_hint("You will need to rewrite or cast the expression."))
}

/// The text that an expression is, if it is nothing else.
pub(super) fn literal_text(expression: &str) -> Option<String> {
    let parsed = grammar::expr(expression);
    match parsed {
        Ok(Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. })) => Some(text),
        _ => None,
    }
}

/// A generated column: of plain columns of the same row.
pub(super) fn check_generated(scope: &Scope, table: &Table, column: &Column) -> Result<(), Error> {
    let Some(expression) = &column.generated else { return Ok(()) };
    plain_expressions::check(&parsed(expression), Place::Generated)?;
    let (field, used) = scope.queries.validate(&expression.0, table)?;
    let computed = used.iter().find(|name| table.column(name).is_some_and(|column| column.generated.is_some()));
    if let Some(name) = computed {
        return Err(Error::new(
            "42P17",
            format!("cannot use generated column \"{name}\" in column generation expression"),
        )
        .with_detail("A generated column cannot reference another generated column.")
        .with_hint("Repeat its expression."));
    }
    if !scope.queries.is_immutable(&expression.0, table)? {
        return Err(Error::new("42P17", "generation expression is not immutable")
            .with_detail("It would give another value for the same row at another time.")
            .with_hint("Use a DEFAULT, or functions of the row alone."));
    }
    check_assignable(&expression.0, &field, column)
}

/// An expression of the catalog, parsed.
pub(super) fn parsed(expression: &Expression) -> Expr {
    parsed_text(&expression.0)
}

fn parsed_text(text: &str) -> Expr {
    grammar::expr(text).unwrap_or_else(|error| panic!("{text:?} was believed to parse: {error}"))
}
