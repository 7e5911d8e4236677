//! JSON made of values: `to_json`, `json_build_array`, `json_build_object` and the aggregates `json_agg` and `json_object_agg`, each
//! also as `jsonb`.
//!
//! ```text
//!   json_agg(x ORDER BY y)     __json_list(array_agg(to_json(x) ORDER BY y))
//!   json_object_agg(k, v)      __json_object(array_agg(__json_member(k, v)))
//! ```
//!
//! A number, a truth value and a JSON value stand as they are, an array as an array, a time in the form of ISO 8601; anything else is
//! a string. A `jsonb` is brought to its form at the end.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use super::json;
use crate::display::{self, TYPE_KEY};
use crate::error::Error;

/// Each function: its name, what it makes, and whether that is a `jsonb`.
const FUNCTIONS: [(&str, Makes, bool); 11] = [
    ("to_json", Makes::Value, false),
    ("to_jsonb", Makes::Value, true),
    ("json_build_array", Makes::Array, false),
    ("jsonb_build_array", Makes::Array, true),
    ("json_build_object", Makes::Object, false),
    ("jsonb_build_object", Makes::Object, true),
    ("__json_member", Makes::Member, false),
    ("__json_list", Makes::List, false),
    ("__jsonb_list", Makes::List, true),
    ("__json_object", Makes::Members, false),
    ("__jsonb_object", Makes::Members, true),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Makes {
    /// The value alone.
    Value,
    /// An array of the arguments.
    Array,
    /// An object of names and values in turn.
    Object,
    /// A name and its value, as they stand in an object.
    Member,
    /// An array of JSON texts.
    List,
    /// An object of members.
    Members,
}

/// The function of that name.
pub(super) fn named(name: &str) -> Option<Arc<ScalarUDF>> {
    let (name, makes, binary) = FUNCTIONS.into_iter().find(|(known, ..)| *known == name)?;
    let signature = match makes {
        Makes::Array | Makes::Object => {
            let any = TypeSignature::OneOf(vec![TypeSignature::Nullary, TypeSignature::VariadicAny]);
            Signature::new(any, Volatility::Stable)
        }
        Makes::Member => Signature::any(2, Volatility::Stable),
        Makes::Value | Makes::List | Makes::Members => Signature::any(1, Volatility::Stable),
    };
    Some(Arc::new(ScalarUDF::new_from_impl(JsonBuild { name, makes, binary, signature })))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct JsonBuild {
    name: &'static str,
    makes: Makes,
    binary: bool,
    signature: Signature,
}

impl ScalarUDFImpl for JsonBuild {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        let field = Field::new(self.name, DataType::Utf8, true);
        // A member is no JSON value by itself.
        let type_name = match (self.makes, self.binary) {
            (Makes::Member, _) => return Ok(Arc::new(field)),
            (_, true) => "jsonb",
            (_, false) => "json",
        };
        Ok(Arc::new(field.with_metadata([(TYPE_KEY.to_owned(), type_name.to_owned())].into())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = args.args.iter().map(|arg| arg.to_array(args.number_rows)).collect::<Result<Vec<_>>>()?;
        let columns: Vec<(&Field, &ArrayRef)> = args.arg_fields.iter().map(AsRef::as_ref).zip(&arrays).collect();
        let mut made = StringBuilder::new();
        for row in 0..args.number_rows {
            let text = self.made(&columns, row).map_err(|error| DataFusionError::External(Box::new(error)))?;
            made.append_option(text);
        }
        Ok(ColumnarValue::Array(Arc::new(made.finish())))
    }
}

impl JsonBuild {
    /// The JSON text of a row; `None` for NULL. Errors: 22023 and 22004 for names of an object that are not there.
    fn made(&self, columns: &[(&Field, &ArrayRef)], row: usize) -> Result<Option<String>, Error> {
        let mut out = String::new();
        match self.makes {
            Makes::Value | Makes::List | Makes::Members if columns[0].1.is_null(row) => return Ok(None),
            Makes::Value => value(&mut out, columns[0].0, columns[0].1, row),
            Makes::Array => {
                out.push('[');
                for (at, (field, array)) in columns.iter().enumerate() {
                    separate(&mut out, at);
                    value(&mut out, field, array, row);
                }
                out.push(']');
            }
            Makes::Object => {
                if !columns.len().is_multiple_of(2) {
                    let hint = format!("The arguments of {}() must consist of alternating keys and values.", self.name);
                    return Err(Error::new("22023", "argument list must have even number of elements").with_hint(hint));
                }
                out.push('{');
                for (at, pair) in columns.chunks(2).enumerate() {
                    separate(&mut out, at);
                    member(&mut out, pair, row)?;
                }
                out.push('}');
            }
            Makes::Member => {
                member(&mut out, columns, row)?;
                return Ok(Some(out));
            }
            Makes::List => listed(&mut out, columns[0].1, row, ["[", "]"]),
            Makes::Members => listed(&mut out, columns[0].1, row, ["{ ", " }"]),
        }
        if self.binary { json::normalized(&out).map(Some) } else { Ok(Some(out)) }
    }
}

fn separate(out: &mut String, at: usize) {
    if at > 0 {
        out.push_str(", ");
    }
}

/// `"name" : value`. Errors: 22004 without a name.
fn member(out: &mut String, pair: &[(&Field, &ArrayRef)], row: usize) -> Result<(), Error> {
    let [(field, names), (of_value, values)] = pair else { unreachable!("a member has a name and a value") };
    let name = display::text_as(field, names.as_ref(), row);
    let name = name.ok_or_else(|| Error::new("22004", "null value not allowed for object key"))?;
    string(out, &name);
    out.push_str(" : ");
    value(out, of_value, values, row);
    Ok(())
}

/// The texts of a list between two signs; a NULL among them is JSON's null.
fn listed(out: &mut String, lists: &ArrayRef, row: usize, [opening, closing]: [&str; 2]) {
    let items = lists.as_list::<i32>().value(row);
    let items: &StringArray = items.as_string();
    out.push_str(opening);
    for (at, item) in items.iter().enumerate() {
        separate(out, at);
        out.push_str(item.unwrap_or("null"));
    }
    out.push_str(closing);
}

/// A value as JSON.
fn value(out: &mut String, field: &Field, array: &ArrayRef, row: usize) {
    let Some(text) = display::text_as(field, array.as_ref(), row).filter(|_| !array.is_null(row)) else {
        out.push_str("null");
        return;
    };
    let type_name = field.metadata().get(TYPE_KEY).map_or("", String::as_str);
    match array.data_type() {
        _ if matches!(type_name, "json" | "jsonb") => out.push_str(&text),
        DataType::Boolean => out.push_str(if text == "t" { "true" } else { "false" }),
        number if number.is_numeric() && text.parse::<f64>().is_ok_and(f64::is_finite) => out.push_str(&text),
        DataType::Timestamp(_, zone) => {
            let text = text.replacen(' ', "T", 1);
            let whole_hours = zone.is_some() && text.ends_with("+00");
            string(out, &if whole_hours { format!("{text}:00") } else { text });
        }
        DataType::List(item) => {
            let items = array.as_list::<i32>().value(row);
            out.push('[');
            for at in 0..items.len() {
                if at > 0 {
                    out.push(',');
                }
                value(out, item, &items, at);
            }
            out.push(']');
        }
        _ => string(out, &text),
    }
}

fn string(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
