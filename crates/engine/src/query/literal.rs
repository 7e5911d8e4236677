//! Parses texts as PostgreSQL's input functions do, a whole array at once.

use std::borrow::Cow;
use std::sync::Arc;

use bowline_core::catalog::SqlType;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Decimal128Array, Float32Array, Float64Array, Int16Array,
    Int32Array, Int64Array, StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Time64MicrosecondType, TimestampMicrosecondType};

use super::errors::numeric_overflow;
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
        SqlType::Date | SqlType::Time | SqlType::Timestamp | SqlType::TimestampTz | SqlType::Interval => {
            times(texts, sql_type)?
        }
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
    let canonical = parsed.ok_or_else(|| invalid(SqlType::Uuid, text))?.to_string();
    Ok(if canonical == text { Cow::Borrowed(text) } else { Cow::Owned(canonical) })
}

fn boolean(text: &str) -> Result<bool, Error> {
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
    match digits.parse::<i64>() {
        Ok(value) => T::try_from(value).map_err(|_| out_of_range()),
        Err(error) => Err(match error.kind() {
            std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => out_of_range(),
            _ => invalid(sql_type, text),
        }),
    }
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
        let digits: Vec<u8> = digits.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        if !digits.len().is_multiple_of(2) {
            return Err(Error::new("22023", "invalid hexadecimal data: odd number of digits"));
        }
        let invalid_digit = |byte| Error::new("22023", format!("invalid hexadecimal digit: \"{}\"", char::from(byte)));
        let digit = |byte: u8| char::from(byte).to_digit(16).ok_or_else(|| invalid_digit(byte));
        return digits.chunks(2).map(|pair| Ok((digit(pair[0])? * 16 + digit(pair[1])?) as u8)).collect();
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

/// Whether a text says a value that is beyond all others, or none.
fn is_unbounded(text: &str) -> bool {
    let word = text.trim().trim_start_matches(['+', '-']).to_ascii_lowercase();
    matches!(word.as_str(), "infinity" | "inf" | "nan")
}

/// Dates, times and intervals, by Arrow's parser; what it makes NULL it did not understand.
fn times(texts: &StringArray, sql_type: SqlType) -> Result<ArrayRef, Error> {
    let trimmed = mapped(texts, |text| match sql_type {
        SqlType::Interval if text.contains(':') => Ok(Cow::Owned(clock_in_words(text))),
        SqlType::Interval => Ok(Cow::Borrowed(text.trim())),
        _ => Ok(with_seconds(text.trim())),
    })?;
    let parsed = cast(&trimmed, &sql_type.arrow())?;
    if parsed.null_count() == texts.null_count() {
        return rounded(texts, parsed);
    }
    let row = (0..texts.len()).find(|row| parsed.is_null(*row) && texts.is_valid(*row));
    let text = texts.value(row.expect("more values are NULL than were"));
    if is_unbounded(text) {
        let message = format!("infinity is not supported as {sql_type}");
        return Err(Error::unsupported(message, "Use NULL, or a value that no other reaches."));
    }
    let is_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'.' | b' ');
    let shaped = text.len() >= 4 && text.bytes().take(8).all(is_digit) && text.contains(['-', ':']);
    if shaped && sql_type != SqlType::Interval {
        return Err(Error::new("22008", format!("date/time field value out of range: \"{text}\"")));
    }
    Err(invalid(sql_type, text))
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

/// An interval whose time of day is written in words, which is what the parser knows: `1 day -04:05:06.7` becomes
/// `1 day -4 hours -5 minutes -6.7 seconds`.
fn clock_in_words(text: &str) -> String {
    let worded = |word: &str| -> Option<String> {
        let (sign, clock) = match word.strip_prefix(['+', '-']) {
            Some(clock) if word.starts_with('-') => ("-", clock),
            Some(clock) => ("", clock),
            None => ("", word),
        };
        let mut parts = clock.split(':');
        let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next().unwrap_or("0"));
        let is_number = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
        if parts.next().is_some() || ![hours, minutes, seconds].into_iter().all(is_number) {
            return None;
        }
        Some(format!("{sign}{hours} hours {sign}{minutes} minutes {sign}{seconds} seconds"))
    };
    let words = text.split_whitespace().map(|word| worded(word).unwrap_or_else(|| word.to_owned()));
    words.collect::<Vec<_>>().join(" ")
}
