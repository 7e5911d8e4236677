//! Values of pg_catalog on their way into columns, and the Arrow field that stands for each of PostgreSQL's types there.
//!
//! A row of a system table is a list of [`Cell`]s; so are the arguments and the results of the catalog's functions.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBuilder, Float32Builder, Float64Builder, Int16Builder, Int32Builder,
    Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Int64Type, TimeUnit};
use datafusion::arrow::error::ArrowError;

use super::types;
use crate::display::TYPE_KEY;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Bool(bool),
    /// Integers of every width, OIDs, and microseconds of UTC.
    Int(i64),
    Float(f64),
    Text(String),
    Ints(Vec<i64>),
    Texts(Vec<String>),
}

impl From<bool> for Cell {
    fn from(truth: bool) -> Cell {
        Cell::Bool(truth)
    }
}

impl From<i32> for Cell {
    fn from(number: i32) -> Cell {
        Cell::Int(number.into())
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Cell {
        Cell::Int(number.into())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Cell {
        Cell::Int(number)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Cell {
        Cell::Text(text.clone())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Null, Into::into)
    }
}

impl Cell {
    /// The number in it.
    pub fn int(&self) -> Option<i64> {
        match self {
            Cell::Int(number) => Some(*number),
            // A literal in quotes, which takes its type from the place it stands in.
            Cell::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The text in it.
    pub fn text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The object that an OID in it means.
    pub fn oid(&self) -> Option<u32> {
        self.int().and_then(|number| u32::try_from(number).ok())
    }
}

/// The field of a column or result of one of PostgreSQL's types, by its internal name (`int4`, `_text`, `oidvector`).
pub(super) fn field(name: &str, internal: &str) -> Field {
    let data_type = match internal.strip_prefix('_') {
        Some(element) => DataType::List(Arc::new(field("item", element))),
        None => match internal {
            "int2vector" => DataType::List(Arc::new(field("item", "int2"))),
            "oidvector" => DataType::List(Arc::new(field("item", "oid"))),
            other => scalar(other),
        },
    };
    let field = Field::new(name, data_type, true);
    // The name that a value of an object identifier type is shown as keeps that type.
    let internal = internal.strip_prefix("shown_").unwrap_or(internal);
    match TOLD.contains(&internal) {
        true => field.with_metadata(HashMap::from([(TYPE_KEY.to_owned(), types::formatted(internal))])),
        false => field,
    }
}

/// Types that Arrow's do not tell. What is not among them (`inet`, `anyarray`) is shown as text, and always NULL.
const TOLD: [&str; 14] = [
    "oid",
    "xid",
    "name",
    "char",
    "json",
    "int2vector",
    "oidvector",
    "regclass",
    "regtype",
    "regnamespace",
    "regrole",
    "regproc",
    "pg_node_tree",
    "aclitem",
];

fn scalar(internal: &str) -> DataType {
    match internal {
        "bool" => DataType::Boolean,
        "int2" => DataType::Int16,
        "int4" => DataType::Int32,
        "int8" | "oid" | "xid" | "regclass" | "regtype" | "regnamespace" | "regrole" => DataType::Int64,
        "float4" => DataType::Float32,
        "float8" => DataType::Float64,
        "timestamptz" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        _ => DataType::Utf8,
    }
}

/// The field without what only we read in it, for comparisons that take it for a difference.
pub(super) fn bare(field: Field) -> Field {
    let data_type = match field.data_type() {
        DataType::List(item) => DataType::List(Arc::new(bare(Field::clone(item)))),
        other => other.clone(),
    };
    field.with_data_type(data_type).with_metadata(HashMap::new())
}

/// Values as a column of a field's type; one of another kind becomes NULL.
pub(super) fn column<'c>(field: &Field, cells: impl Iterator<Item = &'c Cell>) -> Result<ArrayRef, ArrowError> {
    let ints = |cell: &Cell| if let Cell::Int(number) = cell { Some(*number) } else { None };
    Ok(match field.data_type() {
        DataType::Boolean => {
            let mut builder = BooleanBuilder::new();
            cells
                .for_each(|cell| builder.append_option(if let Cell::Bool(truth) = cell { Some(*truth) } else { None }));
            Arc::new(builder.finish())
        }
        DataType::Int16 => {
            let mut builder = Int16Builder::new();
            cells.for_each(|cell| builder.append_option(ints(cell).and_then(|number| i16::try_from(number).ok())));
            Arc::new(builder.finish())
        }
        DataType::Int32 => {
            let mut builder = Int32Builder::new();
            cells.for_each(|cell| builder.append_option(ints(cell).and_then(|number| i32::try_from(number).ok())));
            Arc::new(builder.finish())
        }
        DataType::Int64 => {
            let mut builder = Int64Builder::new();
            cells.for_each(|cell| builder.append_option(ints(cell)));
            Arc::new(builder.finish())
        }
        DataType::Timestamp(_, zone) => {
            let mut builder = TimestampMicrosecondBuilder::new().with_timezone_opt(zone.clone());
            cells.for_each(|cell| builder.append_option(ints(cell)));
            Arc::new(builder.finish())
        }
        DataType::Float32 => {
            let mut builder = Float32Builder::new();
            cells.for_each(|cell| builder.append_option(float(cell).map(|number| number as f32)));
            Arc::new(builder.finish())
        }
        DataType::Float64 => {
            let mut builder = Float64Builder::new();
            cells.for_each(|cell| builder.append_option(float(cell)));
            Arc::new(builder.finish())
        }
        DataType::Utf8 => {
            let mut builder = StringBuilder::new();
            cells.for_each(|cell| builder.append_option(cell.text()));
            Arc::new(builder.finish())
        }
        DataType::List(item) => lists(item, cells)?,
        other => return Err(ArrowError::NotYetImplemented(format!("pg_catalog has no columns of type {other}"))),
    })
}

fn float(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Float(number) => Some(*number),
        Cell::Int(number) => Some(*number as f64),
        _ => None,
    }
}

fn lists<'c>(item: &Arc<Field>, cells: impl Iterator<Item = &'c Cell>) -> Result<ArrayRef, ArrowError> {
    let array: ArrayRef = if item.data_type().is_integer() {
        let mut builder = ListBuilder::new(Int64Builder::new());
        cells.for_each(|cell| {
            let numbers = if let Cell::Ints(numbers) = cell { Some(numbers.iter().copied().map(Some)) } else { None };
            builder.append_option(numbers);
        });
        Arc::new(builder.finish())
    } else {
        let mut builder = ListBuilder::new(StringBuilder::new());
        cells.for_each(|cell| {
            let texts = if let Cell::Texts(texts) = cell { Some(texts.iter().map(Some)) } else { None };
            builder.append_option(texts);
        });
        Arc::new(builder.finish())
    };
    cast(&array, &DataType::List(item.clone()))
}

/// The values of an array, one for each row. Errors: for what has no counterpart among cells.
pub(super) fn cells(array: &ArrayRef) -> Result<Vec<Cell>, ArrowError> {
    let rows = 0..array.len();
    let null = |row: usize| array.is_null(row);
    Ok(match array.data_type() {
        DataType::Null => rows.map(|_| Cell::Null).collect(),
        DataType::Boolean => {
            let truths: &BooleanArray = array.as_boolean();
            rows.map(|row| if null(row) { Cell::Null } else { Cell::Bool(truths.value(row)) }).collect()
        }
        data_type if data_type.is_integer() => {
            let wide = cast(array, &DataType::Int64)?;
            let numbers = wide.as_primitive::<Int64Type>();
            rows.map(|row| if numbers.is_null(row) { Cell::Null } else { Cell::Int(numbers.value(row)) }).collect()
        }
        DataType::Decimal128(..) | DataType::Decimal256(..) | DataType::Float32 | DataType::Float64 => {
            let wide = cast(array, &DataType::Float64)?;
            let numbers = wide.as_primitive::<Float64Type>();
            rows.map(|row| if numbers.is_null(row) { Cell::Null } else { Cell::Float(numbers.value(row)) }).collect()
        }
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            let items = if item.data_type().is_integer() { DataType::Int64 } else { DataType::Utf8 };
            let wide = cast(array, &DataType::List(Arc::new(Field::new("item", items, true))))?;
            let lists = wide.as_list::<i32>();
            let list = |row: usize| match null(row) {
                true => Cell::Null,
                false => list_cell(&lists.value(row)),
            };
            rows.map(list).collect()
        }
        _ => {
            let wide = cast(array, &DataType::Utf8)?;
            let texts = wide.as_string::<i32>();
            rows.map(|row| if texts.is_null(row) { Cell::Null } else { Cell::from(texts.value(row)) }).collect()
        }
    })
}

fn list_cell(items: &ArrayRef) -> Cell {
    match items.data_type() {
        DataType::Int64 => Cell::Ints(items.as_primitive::<Int64Type>().iter().flatten().collect()),
        _ => Cell::Texts(items.as_string::<i32>().iter().flatten().map(str::to_owned).collect()),
    }
}
