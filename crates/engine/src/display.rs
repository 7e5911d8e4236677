//! Writes Arrow values as PostgreSQL's text output writes them: `t`, `1e+20`, `2024-01-02 03:04:05.5+00`, `{1,NULL}`.
//!
//! The Arrow type decides, and where it does not tell enough the field's `bowline.type` does: blanks are added to a
//! `character(n)`, and a `numeric` without a declared scale drops the zeros that pad its fraction.
//! Times are shown with as many digits of the second as they have, never padded.
//! Source: PostgreSQL documentation, Data Types, and its output functions for what the documentation leaves open.

use std::fmt::{Display, LowerExp, Write};
use std::iter::repeat_n;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType, Field, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalDayTimeType, IntervalMonthDayNanoType,
    IntervalUnit, IntervalYearMonthType, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use bowline_core::catalog::SqlType;

/// The key of a field's metadata that holds PostgreSQL's name of its type, where the Arrow type does not tell.
pub const TYPE_KEY: &str = "bowline.type";

const DAY_NANOSECONDS: i128 = 86_400 * SECOND_NANOSECONDS;
const SECOND_NANOSECONDS: i128 = 1_000_000_000;

/// The value in a row as text; `None` is NULL. Panics if the array has no such row.
pub fn text(array: &dyn Array, row: usize) -> Option<String> {
    let mut out = String::new();
    write_text(&mut out, array, row).then_some(out)
}

/// Like [`text`], for a column whose field tells more about its type than Arrow does.
pub fn text_as(field: &Field, array: &dyn Array, row: usize) -> Option<String> {
    let mut out = String::new();
    TextWriter::new(field).write(&mut out, array, row).then_some(out)
}

/// Like [`text`], for a value of a column of this type.
pub fn text_of(sql_type: &SqlType, array: &dyn Array, row: usize) -> Option<String> {
    let mut out = String::new();
    TextWriter::of_type(sql_type).write(&mut out, array, row).then_some(out)
}

/// Writes the values of one column as text, over and over into one buffer.
#[derive(Debug, Clone, Copy)]
pub struct TextWriter {
    /// Zeros that pad a fraction are dropped.
    drops_zeros: bool,
    /// The same, of an array's values.
    drops_zeros_within: bool,
    /// Blanks are added up to so many characters.
    width: usize,
    /// An array is written without braces, its values between blanks.
    is_vector: bool,
}

impl TextWriter {
    /// For a column of this field.
    pub fn new(field: &Field) -> TextWriter {
        let name = field.metadata().get(TYPE_KEY).map_or("", String::as_str);
        let width = name.strip_prefix("character(").and_then(|rest| rest.trim_end_matches(')').parse().ok());
        let is_vector = matches!(name, "int2vector" | "oidvector");
        let drops_zeros_within = match field.data_type() {
            DataType::List(item) => item.metadata().get(TYPE_KEY).is_some_and(|name| name == "numeric"),
            _ => false,
        };
        TextWriter { drops_zeros: name == "numeric", drops_zeros_within, width: width.unwrap_or(0), is_vector }
    }

    /// For a column of a table.
    pub fn of_type(sql_type: &SqlType) -> TextWriter {
        let width = if let SqlType::Char(width) = sql_type { *width as usize } else { 0 };
        let drops_zeros = *sql_type == SqlType::Numeric(None);
        TextWriter { drops_zeros, drops_zeros_within: false, width, is_vector: false }
    }

    /// Adds the value in a row; false if it is NULL, and nothing was added. Panics if the array has no such row.
    pub fn write(&self, out: &mut String, array: &dyn Array, row: usize) -> bool {
        let start = out.len();
        if !write_text(out, array, row) {
            return false;
        }
        if self.drops_zeros {
            drop_zeros(out, start);
        }
        if self.drops_zeros_within {
            let numbers = out.split_off(start);
            for (at, number) in numbers.trim_matches(['{', '}']).split(',').enumerate() {
                out.push(if at == 0 { '{' } else { ',' });
                let start = out.len();
                out.push_str(number);
                drop_zeros(out, start);
            }
            out.push('}');
        }
        if self.is_vector {
            let bare = out[start..].trim_matches(['{', '}']).replace(',', " ");
            out.truncate(start);
            out.push_str(&bare);
        }
        if self.width > 0 {
            let missing = self.width.saturating_sub(out[start..].chars().count());
            out.extend(repeat_n(' ', missing));
        }
        true
    }
}

/// What is computed with quotients has more digits after the point than this, unless it was rounded to a scale that somebody chose;
/// the zeros that pad it are not shown.
const CHOSEN_SCALE_MAX: i8 = 20;

/// Drops the zeros that pad the fraction of the number that begins at `start`.
fn drop_zeros(out: &mut String, start: usize) {
    if out[start..].contains('.') {
        let end = out[start..].trim_end_matches('0').trim_end_matches('.').len();
        out.truncate(start + end);
    }
}

fn write_text(out: &mut String, array: &dyn Array, row: usize) -> bool {
    if array.is_null(row) || *array.data_type() == DataType::Null {
        return false;
    }
    match array.data_type() {
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            write_text(out, dictionary.values(), dictionary.normalized_keys()[row])
        }
        _ => {
            write_value(out, array, row);
            true
        }
    }
}

/// PostgreSQL's name of a field's type, as `format_type` gives it; Arrow's own name for a type PostgreSQL does not have.
pub fn type_name(field: &Field) -> String {
    if let Some(name) = field.metadata().get(TYPE_KEY) {
        return name.clone();
    }
    let name = match field.data_type() {
        DataType::Boolean => "boolean",
        DataType::Int8 | DataType::UInt8 | DataType::Int16 => "smallint",
        DataType::UInt16 | DataType::Int32 => "integer",
        DataType::UInt32 | DataType::Int64 => "bigint",
        DataType::UInt64 => "numeric",
        DataType::Float16 | DataType::Float32 => "real",
        DataType::Float64 => "double precision",
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale) => return format!("numeric({precision},{scale})"),
        DataType::Decimal256(..) => "numeric",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => "text",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => "bytea",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Time32(_) | DataType::Time64(_) => "time without time zone",
        DataType::Timestamp(_, None) => "timestamp without time zone",
        DataType::Timestamp(_, Some(_)) => "timestamp with time zone",
        DataType::Duration(_) | DataType::Interval(_) => "interval",
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            return format!("{}[]", type_name(item));
        }
        DataType::Struct(_) => "record",
        DataType::Dictionary(_, values) => return type_name(&Field::new("", values.as_ref().clone(), true)),
        other => return other.to_string(),
    };
    name.to_owned()
}

fn write_value(out: &mut String, array: &dyn Array, row: usize) {
    match array.data_type() {
        DataType::Boolean => out.push(if array.as_boolean().value(row) { 't' } else { 'f' }),
        DataType::Int8 => write_shown(out, primitive::<Int8Type>(array, row)),
        DataType::Int16 => write_shown(out, primitive::<Int16Type>(array, row)),
        DataType::Int32 => write_shown(out, primitive::<Int32Type>(array, row)),
        DataType::Int64 => write_shown(out, primitive::<Int64Type>(array, row)),
        DataType::UInt8 => write_shown(out, primitive::<UInt8Type>(array, row)),
        DataType::UInt16 => write_shown(out, primitive::<UInt16Type>(array, row)),
        DataType::UInt32 => write_shown(out, primitive::<UInt32Type>(array, row)),
        DataType::UInt64 => write_shown(out, primitive::<UInt64Type>(array, row)),
        DataType::Float16 => write_float(out, primitive::<Float16Type>(array, row).to_f32(), REAL_DIGITS),
        DataType::Float32 => write_float(out, primitive::<Float32Type>(array, row), REAL_DIGITS),
        DataType::Float64 => write_float(out, primitive::<Float64Type>(array, row), DOUBLE_DIGITS),
        DataType::Decimal32(_, scale) => write_decimal(out, primitive::<Decimal32Type>(array, row), *scale),
        DataType::Decimal64(_, scale) => write_decimal(out, primitive::<Decimal64Type>(array, row), *scale),
        DataType::Decimal128(_, scale) => write_decimal(out, primitive::<Decimal128Type>(array, row), *scale),
        DataType::Decimal256(_, scale) => {
            let start = out.len();
            write_decimal(out, primitive::<Decimal256Type>(array, row), *scale);
            if *scale > CHOSEN_SCALE_MAX {
                drop_zeros(out, start);
            }
        }
        DataType::Utf8 => out.push_str(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => out.push_str(array.as_string::<i64>().value(row)),
        DataType::Utf8View => out.push_str(array.as_string_view().value(row)),
        DataType::Binary => write_bytes(out, array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => write_bytes(out, array.as_binary::<i64>().value(row)),
        DataType::BinaryView => write_bytes(out, array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => write_bytes(out, array.as_fixed_size_binary().value(row)),
        DataType::Date32 => write_date(out, primitive::<Date32Type>(array, row).into()),
        DataType::Date64 => write_date(out, primitive::<Date64Type>(array, row).div_euclid(86_400_000).into()),
        DataType::Time32(_) | DataType::Time64(_) => write_time(out, time_nanoseconds(array, row)),
        DataType::Timestamp(unit, zone) => {
            let nanoseconds = timestamp_nanoseconds(array, row, *unit);
            write_timestamp(out, nanoseconds, zone.is_some());
        }
        DataType::Duration(unit) => {
            let nanoseconds = duration_nanoseconds(array, row, *unit);
            let (days, rest) = (nanoseconds / DAY_NANOSECONDS, nanoseconds % DAY_NANOSECONDS);
            write_interval(out, 0, days, rest);
        }
        DataType::Interval(unit) => {
            let (months, days, nanoseconds) = interval(array, row, *unit);
            write_interval(out, months, days, nanoseconds);
        }
        DataType::List(_) => write_list(out, &array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => write_list(out, &array.as_list::<i64>().value(row)),
        DataType::ListView(_) => write_list(out, &array.as_list_view::<i32>().value(row)),
        DataType::LargeListView(_) => write_list(out, &array.as_list_view::<i64>().value(row)),
        DataType::FixedSizeList(_, _) => write_list(out, &array.as_fixed_size_list().value(row)),
        DataType::Map(_, _) => write_list(out, &(Arc::new(array.as_map().value(row)) as ArrayRef)),
        DataType::Struct(_) => write_record(out, array.as_struct().columns(), row),
        // Unions and run-end encoding have no counterpart in PostgreSQL; Arrow's own text is as good as any.
        _ => match ArrayFormatter::try_new(array, &FormatOptions::default()) {
            Ok(formatter) => write_shown(out, formatter.value(row)),
            Err(error) => write_shown(out, error),
        },
    }
}

fn primitive<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> T::Native {
    array.as_primitive::<T>().value(row)
}

fn write_shown(out: &mut String, value: impl Display) {
    write!(out, "{value}").expect("writing to a string was believed not to fail");
}

/// From how many digits before the point on a number is written with an exponent.
const REAL_DIGITS: i32 = 6;
const DOUBLE_DIGITS: i32 = 15;

/// The shortest digits that read back as the same number, laid out as C's `%g` would.
fn write_float<F: LowerExp + Into<f64> + Copy>(out: &mut String, value: F, digits_max: i32) {
    let wide: f64 = value.into();
    if wide.is_nan() {
        return out.push_str("NaN");
    }
    if wide.is_infinite() {
        return out.push_str(if wide > 0.0 { "Infinity" } else { "-Infinity" });
    }
    let shortest = format!("{value:e}");
    let (mantissa, exponent) = shortest.split_once('e').expect("{:e} was believed to write an exponent");
    let exponent: i32 = exponent.parse().expect("{:e} was believed to write a number as exponent");
    if exponent < -4 || exponent >= digits_max {
        let sign = if exponent < 0 { '-' } else { '+' };
        return write_shown(out, format_args!("{mantissa}e{sign}{:02}", exponent.abs()));
    }
    let digits = mantissa.trim_start_matches('-').replace('.', "");
    if mantissa.starts_with('-') {
        out.push('-');
    }
    write_point(out, &digits, exponent + 1);
}

/// Digits with the point after the first `whole` of them, which may be none or more than there are.
fn write_point(out: &mut String, digits: &str, whole: i32) {
    match usize::try_from(whole) {
        Ok(whole) if whole >= digits.len() => {
            out.push_str(digits);
            out.extend(repeat_n('0', whole - digits.len()));
        }
        Ok(whole) if whole > 0 => {
            let (before, after) = digits.split_at(whole);
            write_shown(out, format_args!("{before}.{after}"));
        }
        _ => {
            out.push_str("0.");
            out.extend(repeat_n('0', whole.unsigned_abs() as usize));
            out.push_str(digits);
        }
    }
}

fn write_decimal(out: &mut String, value: impl Display, scale: i8) {
    let value = value.to_string();
    let digits = value.trim_start_matches('-');
    if value.starts_with('-') {
        out.push('-');
    }
    if digits == "0" && scale <= 0 {
        return out.push('0');
    }
    write_point(out, digits, digits.len() as i32 - i32::from(scale));
}

fn write_bytes(out: &mut String, bytes: &[u8]) {
    out.push_str("\\x");
    for byte in bytes {
        write_shown(out, format_args!("{byte:02x}"));
    }
}

/// A day counted from 1970-01-01, by the Gregorian calendar carried on before its time.
fn write_date(out: &mut String, days: i128) {
    let (year, month, day) = civil(days);
    // PostgreSQL has no year 0: the year before 1 is 1 BC.
    let shown = if year > 0 { year } else { 1 - year };
    write_shown(out, format_args!("{shown:04}-{month:02}-{day:02}"));
    if year <= 0 {
        out.push_str(" BC");
    }
}

/// Year, month and day of a day counted from 1970-01-01.
///
/// Works on eras of 400 years that begin in March, so that the leap day is the last day of a year.
fn civil(days: i128) -> (i128, i128, i128) {
    let from_march_0000 = days + 719_468;
    let era = from_march_0000.div_euclid(146_097);
    let day_of_era = from_march_0000.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    (year, month, day)
}

/// A time of day or a length of time that is not negative; hours may exceed 24.
fn write_time(out: &mut String, nanoseconds: i128) {
    let seconds = nanoseconds / SECOND_NANOSECONDS;
    write_shown(out, format_args!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
    let fraction = nanoseconds % SECOND_NANOSECONDS;
    if fraction != 0 {
        out.push('.');
        out.push_str(format!("{fraction:09}").trim_end_matches('0'));
    }
}

fn write_timestamp(out: &mut String, nanoseconds: i128, zoned: bool) {
    let mut date = String::new();
    write_date(&mut date, nanoseconds.div_euclid(DAY_NANOSECONDS));
    let (date, era) = date.split_once(" BC").map_or((date.as_str(), ""), |(date, _)| (date, " BC"));
    out.push_str(date);
    out.push(' ');
    write_time(out, nanoseconds.rem_euclid(DAY_NANOSECONDS));
    // Whatever zone the type names, the instant is kept in UTC and shown there.
    out.push_str(if zoned { "+00" } else { "" });
    out.push_str(era);
}

fn write_interval(out: &mut String, months: i128, days: i128, nanoseconds: i128) {
    let parts = [(months / 12, "year"), (months % 12, "mon"), (days, "day")];
    let mut after_negative = false;
    let mut empty = true;
    for (count, unit) in parts.into_iter().filter(|(count, _)| *count != 0) {
        let space = if empty { "" } else { " " };
        let sign = if after_negative && count > 0 { "+" } else { "" };
        let plural = if count == 1 { "" } else { "s" };
        write_shown(out, format_args!("{space}{sign}{count} {unit}{plural}"));
        (after_negative, empty) = (count < 0, false);
    }
    if nanoseconds != 0 || empty {
        out.push_str(if empty { "" } else { " " });
        out.push_str(match nanoseconds < 0 {
            true => "-",
            false if after_negative => "+",
            false => "",
        });
        write_time(out, nanoseconds.abs());
    }
}

/// `{1,NULL,"a b"}`; lists in lists are not quoted.
fn write_list(out: &mut String, elements: &ArrayRef) {
    let nested = matches!(
        elements.data_type(),
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(_, _) | DataType::ListView(_)
    );
    out.push('{');
    for row in 0..elements.len() {
        out.push_str(if row > 0 { "," } else { "" });
        match text(elements, row) {
            None => out.push_str("NULL"),
            Some(element) if !nested && needs_quotes(&element, "{}") => {
                let escaped = element.replace('\\', "\\\\").replace('"', "\\\"");
                write_shown(out, format_args!("\"{escaped}\""));
            }
            Some(element) => out.push_str(&element),
        }
    }
    out.push('}');
}

/// `(1,,"a b")`: NULL is nothing at all.
fn write_record(out: &mut String, columns: &[ArrayRef], row: usize) {
    out.push('(');
    for (position, column) in columns.iter().enumerate() {
        out.push_str(if position > 0 { "," } else { "" });
        match text(column, row) {
            None => {}
            Some(value) if value != "NULL" && needs_quotes(&value, "()") => {
                let escaped = value.replace('\\', "\\\\").replace('"', "\"\"");
                write_shown(out, format_args!("\"{escaped}\""));
            }
            Some(value) => out.push_str(&value),
        }
    }
    out.push(')');
}

fn needs_quotes(text: &str, brackets: &str) -> bool {
    let special = |c: char| matches!(c, '"' | '\\' | ',') || c.is_whitespace() || brackets.contains(c);
    text.is_empty() || text.eq_ignore_ascii_case("null") || text.contains(special)
}

fn time_nanoseconds(array: &dyn Array, row: usize) -> i128 {
    match array.data_type() {
        DataType::Time32(TimeUnit::Second) => {
            i128::from(primitive::<Time32SecondType>(array, row)) * SECOND_NANOSECONDS
        }
        DataType::Time32(_) => i128::from(primitive::<Time32MillisecondType>(array, row)) * 1_000_000,
        DataType::Time64(TimeUnit::Microsecond) => i128::from(primitive::<Time64MicrosecondType>(array, row)) * 1_000,
        _ => i128::from(primitive::<Time64NanosecondType>(array, row)),
    }
}

fn timestamp_nanoseconds(array: &dyn Array, row: usize, unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => i128::from(primitive::<TimestampSecondType>(array, row)) * SECOND_NANOSECONDS,
        TimeUnit::Millisecond => i128::from(primitive::<TimestampMillisecondType>(array, row)) * 1_000_000,
        TimeUnit::Microsecond => i128::from(primitive::<TimestampMicrosecondType>(array, row)) * 1_000,
        TimeUnit::Nanosecond => i128::from(primitive::<TimestampNanosecondType>(array, row)),
    }
}

fn duration_nanoseconds(array: &dyn Array, row: usize, unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => i128::from(primitive::<DurationSecondType>(array, row)) * SECOND_NANOSECONDS,
        TimeUnit::Millisecond => i128::from(primitive::<DurationMillisecondType>(array, row)) * 1_000_000,
        TimeUnit::Microsecond => i128::from(primitive::<DurationMicrosecondType>(array, row)) * 1_000,
        TimeUnit::Nanosecond => i128::from(primitive::<DurationNanosecondType>(array, row)),
    }
}

/// Months, days and nanoseconds.
fn interval(array: &dyn Array, row: usize, unit: IntervalUnit) -> (i128, i128, i128) {
    match unit {
        IntervalUnit::YearMonth => (primitive::<IntervalYearMonthType>(array, row).into(), 0, 0),
        IntervalUnit::DayTime => {
            let value = primitive::<IntervalDayTimeType>(array, row);
            (0, value.days.into(), i128::from(value.milliseconds) * 1_000_000)
        }
        IntervalUnit::MonthDayNano => {
            let value = primitive::<IntervalMonthDayNanoType>(array, row);
            (value.months.into(), value.days.into(), value.nanoseconds.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use arrow::array::{
        Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float32Array,
        Float64Array, Int32Array, IntervalMonthDayNanoArray, ListArray, NullArray, StringArray, StructArray,
        Time64MicrosecondArray, TimestampMicrosecondArray, TimestampSecondArray,
    };
    use arrow::datatypes::{DataType, Field, Int32Type, IntervalMonthDayNano};

    use super::{TYPE_KEY, text, text_as};

    fn shown(array: &dyn Array) -> Vec<String> {
        (0..array.len()).map(|row| text(array, row).unwrap_or("(null)".to_owned())).collect()
    }

    #[test]
    fn scalars() {
        assert_eq!(shown(&BooleanArray::from(vec![Some(true), Some(false), None])), ["t", "f", "(null)"]);
        assert_eq!(shown(&BinaryArray::from(vec![&b"\x00\xff"[..]])), ["\\x00ff"]);
        assert_eq!(shown(&NullArray::new(1)), ["(null)"]);
        let dictionary: DictionaryArray<Int32Type> = vec![Some("a"), None, Some("b")].into_iter().collect();
        assert_eq!(shown(&dictionary), ["a", "(null)", "b"]);
    }

    #[test]
    fn floats_are_shortest_and_switch_to_exponents_where_postgresql_does() {
        let values = [0.0, -0.0, 0.1, 1.0, -1.5, 1e14, 1e15, 1e20, 123456.789, 1e-4, 1e-5, 1.5e-7, 1.0 / 3.0];
        let expected = [
            "0",
            "-0",
            "0.1",
            "1",
            "-1.5",
            "100000000000000",
            "1e+15",
            "1e+20",
            "123456.789",
            "0.0001",
            "1e-05",
            "1.5e-07",
            "0.3333333333333333",
        ];
        assert_eq!(shown(&Float64Array::from(values.to_vec())), expected);
        let special = Float64Array::from(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
        assert_eq!(shown(&special), ["NaN", "Infinity", "-Infinity"]);
        let real = Float32Array::from(vec![0.1, 999999.0, 1000000.0, 1234567.0]);
        assert_eq!(shown(&real), ["0.1", "999999", "1e+06", "1.234567e+06"]);
    }

    #[test]
    fn decimals_keep_their_scale() {
        let array = Decimal128Array::from(vec![0, 5, -5, 12345, -123450]);
        let scaled = array.clone().with_precision_and_scale(10, 2).expect("a valid scale");
        assert_eq!(shown(&scaled), ["0.00", "0.05", "-0.05", "123.45", "-1234.50"]);
        let whole = array.clone().with_precision_and_scale(10, 0).expect("a valid scale");
        assert_eq!(shown(&whole), ["0", "5", "-5", "12345", "-123450"]);
        let thousands = array.with_precision_and_scale(10, -3).expect("a valid scale");
        assert_eq!(shown(&thousands), ["0", "5000", "-5000", "12345000", "-123450000"]);
    }

    #[test]
    fn the_field_tells_more() {
        let field = |name: &str| {
            let metadata = HashMap::from([(TYPE_KEY.to_owned(), name.to_owned())]);
            Field::new("c", DataType::Utf8, true).with_metadata(metadata)
        };
        let numbers = Decimal128Array::from(vec![15000, 20000, 0]).with_precision_and_scale(38, 4).expect("valid");
        let shown: Vec<_> = (0..3).filter_map(|row| text_as(&field("numeric"), &numbers, row)).collect();
        assert_eq!(shown, ["1.5", "2", "0"]);
        let padded = text_as(&field("character(4)"), &StringArray::from(vec!["né"]), 0);
        assert_eq!(padded.as_deref(), Some("né  "));
    }

    #[test]
    fn dates_and_times() {
        let dates = Date32Array::from(vec![0, 19723, 11016, -1, -719162, -719163, 2932896, i32::MAX]);
        let expected = [
            "1970-01-01",
            "2024-01-01",
            "2000-02-29",
            "1969-12-31",
            "0001-01-01",
            "0001-12-31 BC",
            "9999-12-31",
            "5881580-07-11",
        ];
        assert_eq!(shown(&dates), expected);
        let times = Time64MicrosecondArray::from(vec![0, 11_045_123_000, 86_399_999_999]);
        assert_eq!(shown(&times), ["00:00:00", "03:04:05.123", "23:59:59.999999"]);
        let stamps = TimestampMicrosecondArray::from(vec![1_704_164_645_123_000, -1]);
        assert_eq!(shown(&stamps), ["2024-01-02 03:04:05.123", "1969-12-31 23:59:59.999999"]);
        let zoned = TimestampSecondArray::from(vec![1_704_164_645]).with_timezone("Europe/Berlin");
        assert_eq!(shown(&zoned), ["2024-01-02 03:04:05+00"]);
        let far = TimestampSecondArray::from(vec![i64::MAX, i64::MIN]);
        assert_eq!(shown(&far).len(), 2, "times outside any calendar do not panic");
    }

    #[test]
    fn intervals() {
        let hour = 3_600_000_000_000;
        let values = [
            (14, 3, 4 * hour + 306_000_000_000),
            (0, 0, 0),
            (-13, 1, 0),
            (0, -1, hour),
            (1, 0, -hour - 500_000_000),
            (0, 1, 0),
        ];
        let values = values.map(|(months, days, nanoseconds)| IntervalMonthDayNano { months, days, nanoseconds });
        let array = IntervalMonthDayNanoArray::from(values.to_vec());
        let expected = [
            "1 year 2 mons 3 days 04:05:06",
            "00:00:00",
            "-1 years -1 mons +1 day",
            "-1 days +01:00:00",
            "1 mon -01:00:00.5",
            "1 day",
        ];
        assert_eq!(shown(&array), expected);
    }

    #[test]
    fn lists_and_records_are_quoted_where_needed() {
        let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), Some(2), None]), None]);
        assert_eq!(shown(&list), ["{1,2,NULL}", "(null)"]);
        let strings: ArrayRef = Arc::new(StringArray::from(vec!["a b", "", "null", "q\"\\", "plain"]));
        let field = Arc::new(Field::new_list_field(DataType::Utf8, true));
        let offsets = arrow::buffer::OffsetBuffer::from_lengths([5]);
        let strings = ListArray::new(field, offsets, strings, None);
        assert_eq!(shown(&strings), [r#"{"a b","","null","q\"\\",plain}"#]);
        let record = StructArray::from(vec![
            (Arc::new(Field::new("a", DataType::Int32, true)), Arc::new(Int32Array::from(vec![None])) as ArrayRef),
            (Arc::new(Field::new("b", DataType::Utf8, true)), Arc::new(StringArray::from(vec!["x \"y"])) as ArrayRef),
        ]);
        assert_eq!(shown(&record), [r#"(,"x ""y")"#]);
    }
}
