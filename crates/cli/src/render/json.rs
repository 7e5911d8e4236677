//! One JSON array for each result, an object for each row, a line for each object.
//!
//! Numbers are numbers in the digits PostgreSQL would write, so nothing is rounded; what JSON has no word for (`NaN`,
//! dates, bytes) is a string. Lists become arrays and records become objects. A `json` value is a string.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Field};
use bowline::{ResultSet, display};

/// The result as JSON.
pub fn render(result: &ResultSet) -> String {
    let fields = result.schema.fields();
    let rows = result.batches.iter().flat_map(|batch| {
        (0..batch.num_rows()).map(move |row| {
            let members = fields.iter().zip(batch.columns());
            object(members.map(|(field, column)| (field.name().as_str(), value(field, column, row))))
        })
    });
    let rows: Vec<String> = rows.collect();
    match rows.is_empty() {
        true => "[]\n".to_owned(),
        false => format!("[\n{}\n]\n", rows.join(",\n")),
    }
}

fn object<'a>(members: impl Iterator<Item = (&'a str, String)>) -> String {
    let members: Vec<String> = members.map(|(name, value)| format!("{}: {value}", string(name))).collect();
    format!("{{{}}}", members.join(", "))
}

fn value(field: &Field, array: &dyn Array, row: usize) -> String {
    if array.is_null(row) {
        return "null".to_owned();
    }
    match array.data_type() {
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::List(item) => list(item, &array.as_list::<i32>().value(row)),
        DataType::LargeList(item) => list(item, &array.as_list::<i64>().value(row)),
        DataType::FixedSizeList(item, _) => list(item, &array.as_fixed_size_list().value(row)),
        DataType::Struct(fields) => {
            let members = fields.iter().zip(array.as_struct().columns());
            object(members.map(|(field, column)| (field.name().as_str(), value(field, column, row))))
        }
        data_type => match display::text_as(field, array, row) {
            None => "null".to_owned(),
            Some(text) if data_type.is_numeric() && text.ends_with(|c: char| c.is_ascii_digit()) => text,
            Some(text) => string(&text),
        },
    }
}

fn list(item: &Field, elements: &dyn Array) -> String {
    let elements: Vec<String> = (0..elements.len()).map(|row| value(item, elements, row)).collect();
    format!("[{}]", elements.join(", "))
}

fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Decimal128Array, Float64Array, ListArray, RecordBatch, StringArray};
    use arrow::datatypes::Int32Type;
    use bowline::ResultSet;

    use super::render;

    #[test]
    fn numbers_stay_exact_and_strings_are_escaped() {
        let price = Decimal128Array::from(vec![Some(1990), None]).with_precision_and_scale(10, 2).expect("valid");
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("price", Arc::new(price)),
            ("x", Arc::new(Float64Array::from(vec![f64::NAN, 1e20]))),
            ("s", Arc::new(StringArray::from(vec!["a\"\n\u{1}", "é"]))),
            ("l", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
        let result = ResultSet { schema: batch.schema(), batches: vec![batch] };
        let expected = r#"[
{"price": 19.90, "x": "NaN", "s": "a\"\n\u0001", "l": [1, null]},
{"price": null, "x": 1e+20, "s": "é", "l": null}
]
"#;
        assert_eq!(render(&result), expected);
    }
}
