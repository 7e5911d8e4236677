//! `->`, `->>`, `#>` and `#>>`: a part of a JSON value, as JSON or as text.
//!
//! ```text
//!   x -> 'key'    x -> 2     __json_get(x, ...)         x #> '{a,0,b}'     __json_path(x, path)
//!   x ->> 'key'   x ->> 2    __json_get_text(x, ...)    x #>> '{a,0,b}'    __json_path_text(x, path)
//! ```
//!
//! The part of a `json` is the very text that stands there; that of a `jsonb` is in its form already.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{DataFusionError, Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::json;
use crate::display::TYPE_KEY;

/// The function of that name.
pub(super) fn named(name: &str) -> Option<Arc<ScalarUDF>> {
    let kind = match name {
        "__json_get" => Kind::Get,
        "__json_get_text" => Kind::GetText,
        "__json_path" => Kind::Path,
        "__json_path_text" => Kind::PathText,
        _ => return None,
    };
    let signature = Signature::any(2, Volatility::Immutable);
    Some(Arc::new(ScalarUDF::new_from_impl(JsonFunction { kind, signature })))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Get,
    GetText,
    Path,
    PathText,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct JsonFunction {
    kind: Kind,
    signature: Signature,
}

impl JsonFunction {
    fn is_text(&self) -> bool {
        matches!(self.kind, Kind::GetText | Kind::PathText)
    }
}

impl ScalarUDFImpl for JsonFunction {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Get => "__json_get",
            Kind::GetText => "__json_get_text",
            Kind::Path => "__json_path",
            Kind::PathText => "__json_path_text",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types.first() {
            Some(DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null) => Ok(DataType::Utf8),
            _ => plan_err!("the operator takes a json or jsonb value"),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let field = Field::new(self.name(), self.return_type(&types)?, true);
        match args.arg_fields.first().filter(|_| !self.is_text()) {
            Some(json) => Ok(Arc::new(field.with_metadata(json.metadata().clone()))),
            None => Ok(Arc::new(field)),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let known = args.arg_fields.first().and_then(|field| field.metadata().get(TYPE_KEY)).map(String::as_str);
        let checked = matches!(known, Some("json" | "jsonb"));
        let [values, steps] = args.args.as_slice() else { return plan_err!("the operator takes two operands") };
        let rows = args.number_rows;
        let values = cast(&values.to_array(rows)?, &DataType::Utf8)?;
        let values: &StringArray = values.as_string();
        let steps = Steps::new(&steps.to_array(rows)?)?;
        let mut parts = StringBuilder::new();
        for row in 0..rows {
            let path = steps.at(row)?;
            let (Some(path), false) = (path, values.is_null(row)) else {
                parts.append_null();
                continue;
            };
            let value = values.value(row);
            if !checked {
                json::check(value).map_err(|error| DataFusionError::External(Box::new(error)))?;
            }
            let part = path.iter().try_fold(value, |value, step| inside(value, step));
            match part.map(str::trim) {
                Some(part) if self.is_text() => parts.append_option(as_text(part)),
                part => parts.append_option(part),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(parts.finish())))
    }
}

/// One step into a value.
enum Step {
    Key(String),
    Index(i64),
    /// In a path: a key of an object, a number for an array.
    Either(String),
}

/// The second operands, one for each row.
enum Steps {
    Keys(ArrayRef),
    Indexes(ArrayRef),
    Paths(ArrayRef),
}

impl Steps {
    fn new(operands: &ArrayRef) -> Result<Steps> {
        Ok(match operands.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => {
                Steps::Keys(cast(operands, &DataType::Utf8)?)
            }
            integer if integer.is_integer() => Steps::Indexes(cast(operands, &DataType::Int64)?),
            DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(_, _) => {
                let item = Arc::new(Field::new("item", DataType::Utf8, true));
                Steps::Paths(cast(operands, &DataType::List(item))?)
            }
            _ => return plan_err!("a part of a JSON value is named by a text, an integer or an array of texts"),
        })
    }

    /// The steps of a row; `None` if they are NULL or one of them is.
    fn at(&self, row: usize) -> Result<Option<Vec<Step>>> {
        Ok(match self {
            Steps::Keys(keys) if !keys.is_null(row) => {
                Some(vec![Step::Key(keys.as_string::<i32>().value(row).to_owned())])
            }
            Steps::Indexes(indexes) if !indexes.is_null(row) => {
                Some(vec![Step::Index(indexes.as_primitive::<Int64Type>().value(row))])
            }
            Steps::Paths(paths) if !paths.is_null(row) => {
                let steps = paths.as_list::<i32>().value(row);
                let steps: &StringArray = steps.as_string();
                steps.iter().map(|step| step.map(|step| Step::Either(step.to_owned()))).collect()
            }
            _ => None,
        })
    }
}

/// The value a step leads to; `None` if there is none.
fn inside<'t>(value: &'t str, step: &Step) -> Option<&'t str> {
    let is_array = value.trim_start().starts_with('[');
    match step {
        Step::Key(key) => member(value, key),
        Step::Index(index) => element(value, *index),
        Step::Either(text) if is_array => element(value, text.trim().parse().ok()?),
        Step::Either(text) => member(value, text),
    }
}

/// The value of a key; of equal keys the last.
fn member<'t>(value: &'t str, key: &str) -> Option<&'t str> {
    let mut reader = Reader { rest: value.trim_start().strip_prefix('{')? };
    let mut found = None;
    while reader.peek()? != b'}' {
        let name = reader.value();
        reader.skip();
        let value = reader.value();
        if serde_json::from_str::<String>(name).ok().as_deref() == Some(key) {
            found = Some(value);
        }
        if reader.peek()? == b',' {
            reader.skip();
        }
    }
    found
}

/// An element by its place, counted from 0; a negative place counts from the end.
fn element(value: &str, index: i64) -> Option<&str> {
    let mut reader = Reader { rest: value.trim_start().strip_prefix('[')? };
    let mut elements = Vec::new();
    while reader.peek()? != b']' {
        elements.push(reader.value());
        if reader.peek()? == b',' {
            reader.skip();
        }
    }
    let index = if index < 0 { index + elements.len() as i64 } else { index };
    usize::try_from(index).ok().and_then(|index| elements.get(index).copied())
}

/// A JSON value as text: a string without its quotes, a null as no text at all.
fn as_text(value: &str) -> Option<String> {
    match value {
        "null" => None,
        quoted if quoted.starts_with('"') => serde_json::from_str(quoted).ok(),
        other => Some(other.to_owned()),
    }
}

/// Reads values off a JSON text that is known to be valid.
pub(super) struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    /// Past the bracket that an object or an array begins with.
    pub fn inside(text: &'t str) -> Reader<'t> {
        let mut reader = Reader { rest: text };
        reader.skip();
        reader
    }

    /// The next byte that is no blank, which stays.
    pub fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_start();
        self.rest.bytes().next()
    }

    /// Goes past a sign: a comma or a colon.
    pub fn skip(&mut self) {
        self.peek();
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    /// The next value, taken.
    pub fn value(&mut self) -> &'t str {
        self.peek();
        let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
        let end = self.rest.bytes().enumerate().find_map(|(at, byte)| {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    quoted = !quoted;
                    if !quoted && depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ if quoted => {}
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 0 => return Some(at),
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => return Some(at),
                _ => {}
            }
            None
        });
        let (value, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        value
    }
}

#[cfg(test)]
mod tests {
    use super::{as_text, element, member};

    #[test]
    fn parts_are_the_text_that_stands_there() {
        let value = r#" {"a" : [1, {"b\"": "x, y"} , null], "a\u0062": 2.50, "c": {}, "c": true} "#;
        assert_eq!(member(value, "ab"), Some("2.50"));
        assert_eq!(member(value, "c"), Some("true"));
        assert_eq!(member(value, "d"), None);
        let array = member(value, "a").expect("it is there");
        assert_eq!(element(array, 0), Some("1"));
        assert_eq!(element(array, -2).and_then(|inner| member(inner, "b\"")), Some("\"x, y\""));
        assert_eq!(element(array, 3), None);
        assert_eq!(element(value, 0), None);
        assert_eq!(member(array, "a"), None);
        assert_eq!(as_text("\"x\\n\""), Some("x\n".to_owned()));
        assert_eq!(as_text("null"), None);
    }
}
