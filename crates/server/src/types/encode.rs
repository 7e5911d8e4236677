//! Values as they are sent, in text and in binary.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, Field, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNanoType, Time64MicrosecondType, Time64NanosecondType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use bowline::Error;
use bowline::display::{TYPE_KEY, TextWriter};
use bytes::{BufMut, BytesMut};
use pgwire::api::Type;

use super::{element_of, numeric, type_of};

/// From 1970-01-01 to 2000-01-01, from which PostgreSQL counts.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROSECONDS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// How a value is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As PostgreSQL shows it.
    Text,
    /// As PostgreSQL's send functions write it.
    Binary,
}

impl Format {
    /// The format a code stands for. Errors: 22023 for another code.
    pub fn of(code: i16) -> Result<Format, Error> {
        match code {
            0 => Ok(Format::Text),
            1 => Ok(Format::Binary),
            other => Err(Error::new("22023", format!("unsupported format code: {other}"))),
        }
    }

    /// Its code.
    pub fn code(self) -> i16 {
        match self {
            Format::Text => 0,
            Format::Binary => 1,
        }
    }
}

/// Writes the values of one column.
#[derive(Debug)]
pub struct ColumnEncoder {
    form: Form,
    text: TextWriter,
    scratch: String,
}

/// How values of a type lie in bytes.
#[derive(Debug, Clone)]
enum Form {
    Text,
    Boolean,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    /// Without the zeros that pad its fraction, or with them.
    Numeric {
        drops_zeros: bool,
    },
    Plain,
    Bytea,
    Date,
    Time,
    Timestamp,
    Interval,
    Uuid,
    /// A byte 1, then text.
    Jsonb,
    /// `"char"`: one byte.
    Char,
    /// The elements' type, and how each lies.
    Array(u32, Box<Form>),
}

impl Form {
    /// The binary form of a type. `drops_zeros`: that of numerics without a declared scale. Errors: 0A000 if it has none here.
    fn binary(pg_type: &Type, drops_zeros: bool) -> Result<Form, Error> {
        if let Some(element) = element_of(pg_type) {
            return Ok(Form::Array(element.oid(), Box::new(Form::binary(&element, drops_zeros)?)));
        }
        Ok(match *pg_type {
            Type::BOOL => Form::Boolean,
            Type::INT2 => Form::Int2,
            Type::INT4 | Type::OID | Type::XID | Type::CID | Type::REGCLASS | Type::REGTYPE | Type::REGPROC => {
                Form::Int4
            }
            Type::REGPROCEDURE | Type::REGNAMESPACE | Type::REGROLE | Type::REGOPER | Type::REGOPERATOR => Form::Int4,
            Type::REGCOLLATION | Type::REGCONFIG => Form::Int4,
            Type::INT8 => Form::Int8,
            Type::FLOAT4 => Form::Float4,
            Type::FLOAT8 => Form::Float8,
            Type::NUMERIC => Form::Numeric { drops_zeros },
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::PG_NODE_TREE => Form::Plain,
            Type::VOID => Form::Plain,
            Type::CHAR => Form::Char,
            Type::BYTEA => Form::Bytea,
            Type::DATE => Form::Date,
            Type::TIME => Form::Time,
            Type::TIMESTAMP | Type::TIMESTAMPTZ => Form::Timestamp,
            Type::INTERVAL => Form::Interval,
            Type::UUID => Form::Uuid,
            Type::JSONB => Form::Jsonb,
            Type::INT2_VECTOR => Form::Array(Type::INT2.oid(), Box::new(Form::Int2)),
            Type::OID_VECTOR => Form::Array(Type::OID.oid(), Box::new(Form::Int4)),
            ref other => {
                return Err(Error::new("0A000", format!("no binary output for type {}", other.name()))
                    .with_hint("Ask for the column in text format."));
            }
        })
    }
}

impl ColumnEncoder {
    /// For a column of this field. Errors: 0A000 if its type has no binary form here.
    pub fn new(field: &Field, format: Format) -> Result<ColumnEncoder, Error> {
        let form = match format {
            Format::Text => Form::Text,
            Format::Binary => {
                let value = if let DataType::List(item) = field.data_type() { item } else { field };
                if matches!(value.data_type(), DataType::List(_)) {
                    return Err(Error::new("0A000", "no binary output for arrays of arrays")
                        .with_hint("Ask for the column in text format."));
                }
                let drops_zeros = value.metadata().get(TYPE_KEY).is_some_and(|name| name == "numeric");
                Form::binary(&type_of(field), drops_zeros)?
            }
        };
        Ok(ColumnEncoder { form, text: TextWriter::new(field), scratch: String::new() })
    }

    /// Adds the value in a row: its length and its bytes; -1 for NULL.
    pub fn put(&mut self, out: &mut BytesMut, array: &ArrayRef, row: usize) {
        if array.is_null(row) || array.data_type().is_null() {
            out.put_i32(-1);
            return;
        }
        let start = out.len();
        out.put_i32(0);
        match &self.form {
            Form::Text => {
                self.scratch.clear();
                self.text.write(&mut self.scratch, array.as_ref(), row);
                out.put_slice(self.scratch.as_bytes());
            }
            form => put_binary(out, form, array, row, self.text, &mut self.scratch),
        }
        let length = i32::try_from(out.len() - start - 4).expect("a value stays below 2 GiB");
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
}

fn put_binary(out: &mut BytesMut, form: &Form, array: &ArrayRef, row: usize, text: TextWriter, scratch: &mut String) {
    if let DataType::Dictionary(..) = array.data_type() {
        let dictionary = array.as_any_dictionary();
        let key = dictionary.normalized_keys()[row];
        return put_binary(out, form, dictionary.values(), key, text, scratch);
    }
    match form {
        Form::Boolean => out.put_u8(u8::from(array.as_boolean().value(row))),
        Form::Int2 => out.put_i16(integer(array, row) as i16),
        Form::Int4 => out.put_i32(integer(array, row) as i32),
        Form::Int8 => out.put_i64(integer(array, row)),
        Form::Float4 => out.put_f32(float(array, row) as f32),
        Form::Float8 => out.put_f64(float(array, row)),
        Form::Numeric { drops_zeros } => put_numeric(out, array, row, *drops_zeros),
        Form::Bytea => out.put_slice(bytes(array, row)),
        Form::Date => out.put_i32(days(array, row) - EPOCH_DAYS),
        Form::Time => out.put_i64(time_microseconds(array, row)),
        Form::Timestamp => out.put_i64(timestamp_microseconds(array, row).saturating_sub(EPOCH_MICROSECONDS)),
        Form::Interval => {
            let (months, days, microseconds) = interval(array, row);
            out.put_i64(microseconds);
            out.put_i32(days);
            out.put_i32(months);
        }
        Form::Array(oid, element) => {
            let (items, item_field) = items(array, row);
            let text = item_field.as_ref().map_or(text, TextWriter::new);
            put_array(out, *oid, element, &items, text, scratch);
        }
        Form::Jsonb => {
            out.put_u8(1);
            put_text(out, array, row, text, scratch);
        }
        Form::Char => {
            let start = out.len();
            put_text(out, array, row, text, scratch);
            out.truncate((start + 1).min(out.len()));
            if out.len() == start {
                out.put_u8(0);
            }
        }
        Form::Uuid => {
            scratch.clear();
            text.write(scratch, array.as_ref(), row);
            let digits: Vec<u8> = scratch.bytes().filter(|byte| *byte != b'-').collect();
            let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
            digits
                .chunks(2)
                .for_each(|pair| out.put_u8(digit(pair[0]) << 4 | pair.get(1).map_or(0, |low| digit(*low))));
        }
        Form::Text | Form::Plain => put_text(out, array, row, text, scratch),
    }
}

fn put_text(out: &mut BytesMut, array: &ArrayRef, row: usize, text: TextWriter, scratch: &mut String) {
    scratch.clear();
    text.write(scratch, array.as_ref(), row);
    out.put_slice(scratch.as_bytes());
}

/// dimensions │ has NULLs │ element type │ length │ lower bound │ elements, each with its length
fn put_array(out: &mut BytesMut, oid: u32, form: &Form, items: &ArrayRef, text: TextWriter, scratch: &mut String) {
    out.put_i32(i32::from(!items.is_empty()));
    out.put_i32(i32::from(items.null_count() > 0));
    out.put_u32(oid);
    if items.is_empty() {
        return;
    }
    out.put_i32(items.len() as i32);
    out.put_i32(1);
    for row in 0..items.len() {
        if items.is_null(row) {
            out.put_i32(-1);
            continue;
        }
        let start = out.len();
        out.put_i32(0);
        put_binary(out, form, items, row, text, scratch);
        let length = (out.len() - start - 4) as i32;
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
}

/// The elements of a list value, and their field.
fn items(array: &ArrayRef, row: usize) -> (ArrayRef, Option<Field>) {
    let field = match array.data_type() {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => Some(Field::clone(item)),
        _ => None,
    };
    let items = match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().value(row),
        DataType::LargeList(_) => array.as_list::<i64>().value(row),
        DataType::FixedSizeList(..) => array.as_fixed_size_list().value(row),
        // A vector that is kept as text is sent as an array of the one value.
        _ => array.slice(row, 1),
    };
    (items, field)
}

fn integer(array: &ArrayRef, row: usize) -> i64 {
    match array.data_type() {
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).into(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).into(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row) as i64,
        // A number that is kept as text, as names of relations are.
        _ => bowline::display::text(array.as_ref(), row).and_then(|text| text.parse().ok()).unwrap_or(0),
    }
}

fn float(array: &ArrayRef, row: usize) -> f64 {
    match array.data_type() {
        DataType::Float32 => array.as_primitive::<Float32Type>().value(row).into(),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row),
        _ => bowline::display::text(array.as_ref(), row).and_then(|text| text.parse().ok()).unwrap_or(f64::NAN),
    }
}

fn put_numeric(out: &mut BytesMut, array: &ArrayRef, row: usize, drops_zeros: bool) {
    match array.data_type() {
        DataType::Decimal128(_, scale) => {
            let (mut value, mut scale) = (array.as_primitive::<Decimal128Type>().value(row), *scale);
            while drops_zeros && scale > 0 && value % 10 == 0 {
                (value, scale) = (value / 10, scale - 1);
            }
            numeric::put(out, value, scale);
        }
        DataType::UInt64 => numeric::put(out, array.as_primitive::<UInt64Type>().value(row).into(), 0),
        _ => numeric::put_text(out, &bowline::display::text(array.as_ref(), row).unwrap_or_default()),
    }
}

fn bytes(array: &ArrayRef, row: usize) -> &[u8] {
    match array.data_type() {
        DataType::LargeBinary => array.as_binary::<i64>().value(row),
        DataType::BinaryView => array.as_binary_view().value(row),
        DataType::FixedSizeBinary(_) => array.as_fixed_size_binary().value(row),
        _ => array.as_binary::<i32>().value(row),
    }
}

fn days(array: &ArrayRef, row: usize) -> i32 {
    match array.data_type() {
        DataType::Date64 => array.as_primitive::<Date64Type>().value(row).div_euclid(86_400_000) as i32,
        _ => array.as_primitive::<Date32Type>().value(row),
    }
}

fn time_microseconds(array: &ArrayRef, row: usize) -> i64 {
    match array.data_type() {
        DataType::Time64(TimeUnit::Nanosecond) => array.as_primitive::<Time64NanosecondType>().value(row) / 1000,
        DataType::Time64(_) => array.as_primitive::<Time64MicrosecondType>().value(row),
        DataType::Time32(TimeUnit::Second) => {
            i64::from(array.as_primitive::<arrow::datatypes::Time32SecondType>().value(row)) * 1_000_000
        }
        _ => i64::from(array.as_primitive::<arrow::datatypes::Time32MillisecondType>().value(row)) * 1000,
    }
}

fn timestamp_microseconds(array: &ArrayRef, row: usize) -> i64 {
    match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => {
            array.as_primitive::<TimestampSecondType>().value(row).saturating_mul(1_000_000)
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            array.as_primitive::<TimestampMillisecondType>().value(row).saturating_mul(1000)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            array.as_primitive::<TimestampNanosecondType>().value(row).div_euclid(1000)
        }
        _ => array.as_primitive::<TimestampMicrosecondType>().value(row),
    }
}

/// Months, days and microseconds.
fn interval(array: &ArrayRef, row: usize) -> (i32, i32, i64) {
    match array.data_type() {
        DataType::Interval(arrow::datatypes::IntervalUnit::MonthDayNano) => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            (value.months, value.days, value.nanoseconds / 1000)
        }
        DataType::Interval(arrow::datatypes::IntervalUnit::DayTime) => {
            let value = array.as_primitive::<arrow::datatypes::IntervalDayTimeType>().value(row);
            (0, value.days, i64::from(value.milliseconds) * 1000)
        }
        DataType::Interval(arrow::datatypes::IntervalUnit::YearMonth) => {
            (array.as_primitive::<arrow::datatypes::IntervalYearMonthType>().value(row), 0, 0)
        }
        DataType::Duration(unit) => {
            let microseconds = match unit {
                TimeUnit::Second => {
                    array.as_primitive::<arrow::datatypes::DurationSecondType>().value(row).saturating_mul(1_000_000)
                }
                TimeUnit::Millisecond => {
                    array.as_primitive::<arrow::datatypes::DurationMillisecondType>().value(row).saturating_mul(1000)
                }
                TimeUnit::Microsecond => array.as_primitive::<arrow::datatypes::DurationMicrosecondType>().value(row),
                TimeUnit::Nanosecond => {
                    array.as_primitive::<arrow::datatypes::DurationNanosecondType>().value(row) / 1000
                }
            };
            let day = 86_400_000_000;
            (0, (microseconds / day) as i32, microseconds % day)
        }
        _ => (0, 0, 0),
    }
}
