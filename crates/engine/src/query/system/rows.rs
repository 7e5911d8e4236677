//! Collects the rows of a system table into columns of text, integers and truth values.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int32Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;

/// The type of a system table's column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Boolean,
}

/// A value in a system table.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Text(String),
    Integer(i32),
    Boolean(bool),
}

/// `YES` or `NO`, as information_schema says it.
pub(super) fn yes_no(yes: bool) -> Value {
    Value::from(if yes { "YES" } else { "NO" })
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Value {
        Value::Text(text.clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Value {
        Value::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        Value::Boolean(truth)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// The schema of these columns; all take NULL.
pub(super) fn schema(columns: &[(&str, Kind)]) -> SchemaRef {
    let field = |(name, kind): &(&str, Kind)| {
        let data_type = match kind {
            Kind::Text => DataType::Utf8,
            Kind::Integer => DataType::Int32,
            Kind::Boolean => DataType::Boolean,
        };
        Field::new(*name, data_type, true)
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// The rows as a batch. Panics if a row is not as long as the columns are many.
pub(super) fn batch(columns: &[(&str, Kind)], rows: &[Vec<Value>]) -> Result<RecordBatch, ArrowError> {
    assert!(rows.iter().all(|row| row.len() == columns.len()), "a system table's row was believed to be whole");
    let array = |(at, (_, kind)): (usize, &(&str, Kind))| -> ArrayRef {
        let values = rows.iter().map(|row| &row[at]);
        match kind {
            Kind::Text => Arc::new(values.map(text).collect::<StringArray>()),
            Kind::Integer => Arc::new(values.map(integer).collect::<Int32Array>()),
            Kind::Boolean => Arc::new(values.map(boolean).collect::<BooleanArray>()),
        }
    };
    RecordBatch::try_new(schema(columns), columns.iter().enumerate().map(array).collect())
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i32> {
    match value {
        Value::Integer(number) => Some(*number),
        _ => None,
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Boolean(truth) => Some(*truth),
        _ => None,
    }
}
