//! Parses texts as PostgreSQL's input functions do, a whole array at once.

use std::borrow::Cow;
use std::num::IntErrorKind;
use std::sync::Arc;

use bowline_core::catalog::SqlType;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Decimal128Array, Float32Array, Float64Array, Int16Array,
    Int32Array, Int64Array, IntervalMonthDayNanoArray, StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, IntervalMonthDayNano, Time64MicrosecondType, TimestampMicrosecondType};

use super::errors::numeric_overflow;
use super::interval_text::{self, Misread};
use super::json;
use crate::error::Error;

const DAY_MICROSECONDS: i64 = 86_400_000_000;

/// Texts as values of a type. NULLs stay. Errors: 22P02, 22003, 22007, 22008, 22023 and 22001, each naming the value or the type.
pub(crate) fn parse(texts: &StringArray, sql_type: SqlType) -> Result<ArrayRef, Error> {
    Ok(match sql_type {
        SqlType::Text | SqlType::Varchar(None) => Arc::new(texts.clone()),
        SqlType::Varchar(Some(length)) => limited(texts, length, sql_type)?,
        SqlType::Char(length) => {
            limited(&mapped(texts, |text| Ok(Cow::Borrowed(text.trim_end_matches(' '))))?, length, sql_type)?
        }
        SqlType::Uuid => Arc::new(mapped(texts, uuid)?),
        SqlType::Json => Arc::new(mapped(texts, |text| json::check(text).map(|()| Cow::Borrowed(text)))?),
        SqlType::Jsonb => Arc::new(mapped(texts, |text| json::normalized(text).map(Cow::Owned))?),
        SqlType::Boolean => Arc::new(each(texts, boolean)?.into_iter().collect::<BooleanArray>()),
        SqlType::SmallInt => Arc::new(Int16Array::from(each(texts, |text| integer(text, sql_type))?)),
        SqlType::Integer => Arc::new(Int32Array::from(each(texts, |text| integer(text, sql_type))?)),
        SqlType::BigInt => Arc::new(Int64Array::from(each(texts, |text| integer(text, sql_type))?)),
        SqlType::Real => Arc::new(Float32Array::from(each(texts, |text| float::<f32>(text, sql_type))?)),
        SqlType::Double => Arc::new(Float64Array::from(each(texts, |text| float::<f64>(text, sql_type))?)),
        SqlType::Numeric(_) => numerics(texts, &sql_type.arrow())?,
        SqlType::Bytea => {
            let values = each(texts, bytea)?;
            Arc::new(values.iter().map(Option::as_deref).collect::<BinaryArray>())
        }
        SqlType::Date | SqlType::Time | SqlType::Timestamp | SqlType::TimestampTz => times(texts, sql_type)?,
        SqlType::Interval => intervals(texts)?,
    })
}

fn each<T>(texts: &StringArray, parse: impl Fn(&str) -> Result<T, Error>) -> Result<Vec<Option<T>>, Error> {
    texts.iter().map(|text| text.map(&parse).transpose()).collect()
}

fn mapped<'t>(
    texts: &'t StringArray,
    change: impl Fn(&'t str) -> Result<Cow<'t, str>, Error>,
) -> Result<StringArray, Error> {
    let mut changed = false;
    let mut values = Vec::with_capacity(texts.len());
    for text in texts.iter() {
        let value = text.map(&change).transpose()?;
        changed |= matches!((&value, text), (Some(value), Some(text)) if value != text);
        values.push(value);
    }
    Ok(if changed { values.into_iter().collect() } else { texts.clone() })
}

fn invalid(sql_type: SqlType, text: &str) -> Error {
    let name = match sql_type {
        SqlType::Numeric(_) => "numeric".to_owned(),
        other => other.to_string(),
    };
    let sqlstate = match sql_type {
        SqlType::Date | SqlType::Time | SqlType::Timestamp | SqlType::TimestampTz | SqlType::Interval => "22007",
        _ => "22P02",
    };
    Error::new(sqlstate, format!("invalid input syntax for type {name}: \"{text}\""))
}

/// Texts of at most so many characters; blanks beyond are cut off, anything else is an error.
fn limited(texts: &StringArray, length: u32, sql_type: SqlType) -> Result<ArrayRef, Error> {
    let length = length as usize;
    let fits = texts.offsets().lengths().all(|bytes| bytes <= length);
    if fits {
        return Ok(Arc::new(texts.clone()));
    }
    let cut = mapped(texts, |text| match text.char_indices().nth(length) {
        None => Ok(Cow::Borrowed(text)),
        Some((end, _)) if text[end..].bytes().all(|byte| byte == b' ') => Ok(Cow::Borrowed(&text[..end])),
        Some(_) => Err(Error::new("22001", format!("value too long for type {sql_type}"))),
    });
    Ok(Arc::new(cut?))
}

fn uuid(text: &str) -> Result<Cow<'_, str>, Error> {
    let trimmed = text.trim();
    let parsed = uuid::Uuid::parse_str(trimmed).ok().filter(|_| !trimmed.starts_with("urn"));
    let parsed = parsed.or_else(|| uuid::Uuid::parse_str(&ungrouped(trimmed)?).ok());
    let canonical = parsed.ok_or_else(|| invalid(SqlType::Uuid, text))?.to_string();
    Ok(if canonical == text { Cow::Borrowed(text) } else { Cow::Owned(canonical) })
}

/// The digits of a uuid that has hyphens after other groups of four digits than usual.
fn ungrouped(text: &str) -> Option<String> {
    let inner = text.strip_prefix('{').map_or(Some(text), |inner| inner.strip_suffix('}'))?;
    let is_group = |group: &str| {
        group.len().is_multiple_of(4) && !group.is_empty() && group.bytes().all(|b| b.is_ascii_hexdigit())
    };
    inner.split('-').all(is_group).then(|| inner.replace('-', ""))
}

pub(super) fn boolean(text: &str) -> Result<bool, Error> {
    let word = text.trim().to_ascii_lowercase();
    let starts = |whole: &str, least: usize| word.len() >= least && whole.starts_with(word.as_str());
    if starts("true", 1) || starts("yes", 1) || word == "on" || word == "1" {
        Ok(true)
    } else if starts("false", 1) || starts("no", 1) || starts("off", 2) || word == "0" {
        Ok(false)
    } else {
        Err(invalid(SqlType::Boolean, text))
    }
}

fn integer<T: TryFrom<i64>>(text: &str, sql_type: SqlType) -> Result<T, Error> {
    let digits = text.trim();
    let out_of_range = || Error::new("22003", format!("value \"{digits}\" is out of range for type {sql_type}"));
    let wide = match digits.parse::<i64>() {
        Ok(value) => return T::try_from(value).map_err(|_| out_of_range()),
        Err(error) => match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => return Err(out_of_range()),
            _ => whole_number(digits).ok_or_else(|| invalid(sql_type, text))?,
        },
    };
    i64::try_from(wide).ok().and_then(|value| T::try_from(value).ok()).ok_or_else(out_of_range)
}

/// A whole number in another base (`0x1F`, `0o17`, `0b11`) or with underscores between its digits (`1_000`). One that is larger
/// than any type is the largest there is. Source: PostgreSQL documentation, Numeric Constants.
fn whole_number(text: &str) -> Option<i128> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let prefix = text.get(..2).map(str::to_ascii_lowercase);
    let (radix, digits) = match prefix.as_deref() {
        Some("0x") => (16, &text[2..]),
        Some("0o") => (8, &text[2..]),
        Some("0b") => (2, &text[2..]),
        _ => (10, text),
    };
    // After a prefix the first may be an underscore.
    let grouped = if radix == 10 { digits } else { digits.strip_prefix('_').unwrap_or(digits) };
    let is_group = |group: &str| !group.is_empty() && group.chars().all(|c| c.is_digit(radix));
    if !grouped.split('_').all(is_group) {
        return None;
    }
    let value = i128::from_str_radix(&grouped.replace('_', ""), radix).unwrap_or(i128::MAX);
    Some(if negative { -value } else { value })
}

/// A float, which Rust reads as PostgreSQL does, `NaN` and `Infinity` included.
trait Float: std::str::FromStr {
    fn is_infinite(&self) -> bool;
    fn is_zero(&self) -> bool;
}

impl Float for f32 {
    fn is_infinite(&self) -> bool {
        f32::is_infinite(*self)
    }

    fn is_zero(&self) -> bool {
        *self == 0.0
    }
}

impl Float for f64 {
    fn is_infinite(&self) -> bool {
        f64::is_infinite(*self)
    }

    fn is_zero(&self) -> bool {
        *self == 0.0
    }
}

fn float<T: Float>(text: &str, sql_type: SqlType) -> Result<T, Error> {
    let digits = text.trim();
    let value: T = digits.parse().map_err(|_| invalid(sql_type, text))?;
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    let overflows = value.is_infinite() && digits.contains(|c: char| c.is_ascii_digit());
    let underflows = value.is_zero() && mantissa.contains(|c: char| matches!(c, '1'..='9'));
    if overflows || underflows {
        return Err(Error::new("22003", format!("\"{digits}\" is out of range for type {sql_type}")));
    }
    Ok(value)
}

fn numerics(texts: &StringArray, to: &DataType) -> Result<ArrayRef, Error> {
    let DataType::Decimal128(precision, scale) = *to else { unreachable!("a numeric column is kept as Decimal128") };
    let limit = 10i128.pow(u32::from(precision));
    let parse = |text: &str| match numeric(text, scale) {
        Some(Ok(value)) if value.abs() < limit => Ok(value),
        Some(_) => Err(numeric_overflow(precision, scale)),
        None if is_unbounded(text) => {
            Err(Error::unsupported("NaN and infinity are not supported as numeric", "double precision holds them."))
        }
        None => Err(invalid(SqlType::Numeric(None), text)),
    };
    let values = Decimal128Array::from(each(texts, parse)?);
    Ok(Arc::new(values.with_precision_and_scale(precision, scale)?))
}

/// A number beyond what 128 bits hold.
struct TooLarge;

/// The number times ten to the `scale`, rounded half away from zero; `None` if the text is no number.
fn numeric(text: &str, scale: i8) -> Option<Result<i128, TooLarge>> {
    let text = text.trim();
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = || whole.bytes().chain(fraction.bytes());
    if all().next().is_none() || !all().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // How many of the digits stand before the point of the scaled number.
    let kept = whole.len() as i64 + i64::from(exponent) + i64::from(scale);
    let mut value: i128 = 0;
    let mut digits = all().map(|byte| i128::from(byte - b'0'));
    for _ in 0..kept.max(0) {
        let next = match digits.next() {
            Some(digit) => digit,
            None if value == 0 => break,
            None => 0,
        };
        match value.checked_mul(10).and_then(|value| value.checked_add(next)) {
            Some(sum) => value = sum,
            None => return Some(Err(TooLarge)),
        }
    }
    let round_up = kept >= 0 && digits.next().is_some_and(|digit| digit >= 5);
    value += i128::from(round_up);
    Some(Ok(if negative { -value } else { value }))
}

/// `\x` and hexadecimal digits, or text with `\\` and `\ooo`.
fn bytea(text: &str) -> Result<Vec<u8>, Error> {
    let wrong = || invalid(SqlType::Bytea, text);
    if let Some(digits) = text.strip_prefix("\\x") {
        return hexadecimal(digits);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = match (first, after) {
            (b'\\', [b'\\', after @ ..]) => {
                bytes.push(b'\\');
                after
            }
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..]) => {
                bytes.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                after
            }
            (b'\\', _) => return Err(wrong()),
            (byte, after) => {
                bytes.push(*byte);
                after
            }
        };
    }
    Ok(bytes)
}

/// Bytes of two digits each; blanks may stand between them.
fn hexadecimal(text: &str) -> Result<Vec<u8>, Error> {
    let digit = |c: char| {
        let invalid = || Error::new("22023", format!("invalid hexadecimal digit: \"{c}\""));
        c.to_digit(16).map(|digit| digit as u8).ok_or_else(invalid)
    };
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut rest = text.chars();
    while let Some(first) = rest.next() {
        if matches!(first, ' ' | '\n' | '\t' | '\r') {
            continue;
        }
        let high = digit(first)?;
        let Some(second) = rest.next() else {
            return Err(Error::new("22023", "invalid hexadecimal data: odd number of digits"));
        };
        bytes.push(high << 4 | digit(second)?);
    }
    Ok(bytes)
}

/// Whether a text says a value that is beyond all others, or none.
fn is_unbounded(text: &str) -> bool {
    let word = text.trim().trim_start_matches(['+', '-']).to_ascii_lowercase();
    matches!(word.as_str(), "infinity" | "inf" | "nan")
}

fn intervals(texts: &StringArray) -> Result<ArrayRef, Error> {
    Ok(Arc::new(each(texts, interval)?.into_iter().collect::<IntervalMonthDayNanoArray>()))
}

fn interval(text: &str) -> Result<IntervalMonthDayNano, Error> {
    interval_text::read(text).map_err(|misread| match misread {
        _ if is_unbounded(text) => no_infinity(SqlType::Interval),
        Misread::Syntax => invalid(SqlType::Interval, text),
        Misread::Range => Error::new("22015", format!("interval field value out of range: \"{text}\"")),
    })
}

/// The text of an interval in the words that DataFusion knows. Errors: as [`parse`].
pub(super) fn interval_in_words(text: &str) -> Result<String, Error> {
    let IntervalMonthDayNano { months, days, nanoseconds } = interval(text)?;
    Ok(format!("{months} months {days} days {} microseconds", nanoseconds / 1000))
}

fn no_infinity(sql_type: SqlType) -> Error {
    let message = format!("infinity is not supported as {sql_type}");
    Error::unsupported(message, "Use NULL, or a value that no other reaches.")
}

/// Dates and times, by Arrow's parser; what it makes NULL it did not understand.
fn times(texts: &StringArray, sql_type: SqlType) -> Result<ArrayRef, Error> {
    let trimmed = mapped(texts, |text| match sql_type {
        SqlType::TimestampTz => Ok(with_seconds(text.trim())),
        SqlType::Time => Ok(match digits_of_clock(text.trim()) {
            Some(clock) => Cow::Owned(clock),
            None => with_seconds(without_zone(text.trim())),
        }),
        _ => Ok(with_seconds(without_zone(text.trim()))),
    })?;
    // A number alone, which the parser takes for one that was computed.
    let is_number = |text: &str| text.parse::<f64>().is_ok() && !(sql_type == SqlType::Date || is_day(text));
    if let Some(text) = trimmed.iter().flatten().find(|text| is_number(text)) {
        return Err(match is_unbounded(text) {
            true => no_infinity(sql_type),
            false => invalid(sql_type, text),
        });
    }
    let parsed = cast(&trimmed, &sql_type.arrow())?;
    if parsed.null_count() == texts.null_count() {
        return rounded(texts, parsed);
    }
    let row = (0..texts.len()).find(|row| parsed.is_null(*row) && texts.is_valid(*row));
    let text = texts.value(row.expect("more values are NULL than were"));
    if is_unbounded(text) {
        return Err(no_infinity(sql_type));
    }
    let is_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'.' | b' ');
    let shaped = text.len() >= 4 && text.bytes().take(8).all(is_digit) && text.contains(['-', ':']);
    if shaped {
        return Err(Error::new("22008", format!("date/time field value out of range: \"{text}\"")));
    }
    Err(invalid(sql_type, text))
}

/// A day as eight digits, which are no number.
fn is_day(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A time of day of four or six digits, with a fraction or not, as it is usually written: `040506` is 04:05:06.
fn digits_of_clock(text: &str) -> Option<String> {
    let (digits, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(digits) || !all_digits(fraction) {
        return None;
    }
    match (digits.len(), fraction) {
        (4, "") => Some(format!("{}:{}:00", &digits[..2], &digits[2..])),
        (6, "") => Some(format!("{}:{}:{}", &digits[..2], &digits[2..4], &digits[4..])),
        (6, fraction) => Some(format!("{}:{}:{}.{fraction}", &digits[..2], &digits[2..4], &digits[4..])),
        _ => None,
    }
}

/// A date and a time of day without the zone after them, which a type without zones pays no heed to.
fn without_zone(text: &str) -> &str {
    let Some(clock) = text.find(':') else { return text };
    let zone = text[clock..].find(['+', '-', 'Z', 'z']).map(|at| &text[clock + at..]);
    let is_offset = |zone: &str| {
        let digits = zone.trim_start_matches(['+', '-']);
        digits.starts_with(|c: char| c.is_ascii_digit()) && digits.bytes().all(|b| b.is_ascii_digit() || b == b':')
    };
    match zone {
        Some(zone) if zone.eq_ignore_ascii_case("z") || is_offset(zone) => text[..text.len() - zone.len()].trim_end(),
        _ => text.strip_suffix("UTC").or_else(|| text.strip_suffix("GMT")).map_or(text, str::trim_end),
    }
}

/// A time of day as hours and minutes, which the parser takes with seconds only: `2024-01-02 12:30+01` becomes
/// `2024-01-02 12:30:00+01`.
fn with_seconds(text: &str) -> Cow<'_, str> {
    let Some((before, after)) = text.split_once(':') else { return Cow::Borrowed(text) };
    let minutes = after.bytes().take_while(u8::is_ascii_digit).count();
    match after[minutes..].starts_with(':') || minutes != 2 {
        true => Cow::Borrowed(text),
        false => Cow::Owned(format!("{before}:{}:00{}", &after[..minutes], &after[minutes..])),
    }
}

/// Times with what was cut off beyond the microsecond. Errors: 22008 for a time of day that is the next day's, as 24:00:00.
fn rounded(texts: &StringArray, parsed: ArrayRef) -> Result<ArrayRef, Error> {
    // To the nearest microsecond, halfway to the even one.
    let up = |text: &str| {
        let digits = text.split_once('.').map_or(&[][..], |(_, digits)| digits.as_bytes());
        let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
        let Some((kept, [first, rest @ ..])) = digits[..end].split_at_checked(6) else { return false };
        let is_half = *first == b'5' && rest.iter().all(|digit| *digit == b'0');
        if is_half { kept[5] % 2 == 1 } else { *first >= b'5' }
    };
    let rounds = texts.iter().flatten().any(up);
    let up = texts.iter().map(|text| i64::from(text.is_some_and(up)));
    Ok(match parsed.data_type() {
        DataType::Time64(_) => {
            let times = parsed.as_primitive::<Time64MicrosecondType>().iter().zip(up);
            let times: Time64MicrosecondArray = times.map(|(time, up)| time.map(|time| time + up)).collect();
            let late = (0..times.len()).find(|row| times.is_valid(*row) && times.value(*row) >= DAY_MICROSECONDS);
            if let Some(row) = late {
                let message = format!("date/time field value out of range: \"{}\"", texts.value(row));
                return Err(Error::new("22008", message));
            }
            Arc::new(times)
        }
        _ if !rounds => parsed,
        DataType::Timestamp(_, zone) => {
            let times = parsed.as_primitive::<TimestampMicrosecondType>().iter().zip(up);
            let times: TimestampMicrosecondArray = times.map(|(time, up)| time.map(|time| time + up)).collect();
            Arc::new(times.with_timezone_opt(zone.clone()))
        }
        _ => parsed,
    })
}
