//! `extract` and `date_part`: a part of a date, time or interval, as a numeric of so many digits and as a float.
//!
//! A part is computed in millionths; `extract` has six digits after the point of seconds and epochs, three of milliseconds, none of
//! whatever is whole. Source: PostgreSQL documentation, EXTRACT.

use std::sync::Arc;

use chrono::{Datelike, NaiveDateTime};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Float64Array};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, i256};
use datafusion::common::ScalarValue;

use super::call::Call;
use super::entry::{Entry, Form, Kind, float8, told};
use super::spans::calendar;
use crate::display::type_name;
use crate::error::Error;

const MILLION: i64 = 1_000_000;
const DAY: i64 = 86_400 * MILLION;
/// The day before which there were so many by Julius Scaliger's count, less that of 1970.
const JULIAN_OF_1970: i64 = 2_440_588;
/// The digits of a part that is whole.
const WHOLE_DIGITS: u8 = 18;
/// Digits after the point of a Julian day with a time.
const JULIAN_SCALE: i8 = 20;

pub(super) const FUNCTIONS: &[Entry] = &[
    Entry::new(
        "__extract",
        &[
            Form::new(&[Kind::Text, Kind::Timestamp], extracted, extract),
            Form::new(&[Kind::Text, Kind::Date], extracted, extract),
            Form::new(&[Kind::Text, Kind::TimestampTz], extracted, extract),
            Form::new(&[Kind::Text, Kind::Time], extracted, extract),
            Form::new(&[Kind::Text, Kind::Interval], extracted, extract),
        ],
    ),
    Entry::new(
        "date_part",
        &[
            Form::new(&[Kind::Text, Kind::Timestamp], float8, date_part),
            Form::new(&[Kind::Text, Kind::Date], float8, date_part),
            Form::new(&[Kind::Text, Kind::TimestampTz], float8, date_part),
            Form::new(&[Kind::Text, Kind::Time], float8, date_part),
            Form::new(&[Kind::Text, Kind::Interval], float8, date_part),
        ],
    ),
];

/// A part of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Microseconds,
    Milliseconds,
    Second,
    Minute,
    Hour,
    Day,
    Dow,
    IsoDow,
    Doy,
    Week,
    Month,
    Quarter,
    Year,
    IsoYear,
    Decade,
    Century,
    Millennium,
    Epoch,
    Julian,
    /// Of the time zone, which is UTC.
    Zone,
}

impl Part {
    fn named(name: &str) -> Option<Part> {
        Some(match name.to_lowercase().as_str() {
            "microsecond" | "microseconds" | "us" | "usec" | "usecs" | "useconds" => Part::Microseconds,
            "millisecond" | "milliseconds" | "ms" | "msec" | "msecs" | "mseconds" => Part::Milliseconds,
            "second" | "seconds" | "sec" | "secs" | "s" => Part::Second,
            "minute" | "minutes" | "min" | "mins" | "m" => Part::Minute,
            "hour" | "hours" | "hr" | "hrs" | "h" => Part::Hour,
            "day" | "days" | "d" => Part::Day,
            "dow" => Part::Dow,
            "isodow" => Part::IsoDow,
            "doy" => Part::Doy,
            "week" | "weeks" | "w" => Part::Week,
            "month" | "months" | "mon" | "mons" => Part::Month,
            "quarter" | "qtr" => Part::Quarter,
            "year" | "years" | "y" | "yr" | "yrs" => Part::Year,
            "isoyear" => Part::IsoYear,
            "decade" | "decades" | "dec" | "decs" => Part::Decade,
            "century" | "centuries" | "cent" | "c" => Part::Century,
            "millennium" | "millennia" | "mil" | "mils" => Part::Millennium,
            "epoch" => Part::Epoch,
            "julian" | "jd" | "j" => Part::Julian,
            "timezone" | "timezone_h" | "timezone_m" | "timezone_hour" | "timezone_minute" => Part::Zone,
            _ => return None,
        })
    }

    /// Digits after the point that `extract` shows, of a value of this type.
    fn scale(self, of: &DataType) -> i8 {
        match self {
            Part::Second => 6,
            Part::Milliseconds => 3,
            Part::Epoch if *of != DataType::Date32 => 6,
            Part::Julian if *of != DataType::Date32 => JULIAN_SCALE,
            _ => 0,
        }
    }

    fn is_of_time(self) -> bool {
        matches!(self, Part::Microseconds | Part::Milliseconds | Part::Second | Part::Minute | Part::Hour)
    }
}

/// The part that a text means. Errors: 22023.
fn part(name: &str, of: &DataType) -> Result<Part, Error> {
    Part::named(name).ok_or_else(|| {
        Error::new("22023", format!("unit \"{}\" not recognized for type {}", name.to_lowercase(), shown(of)))
    })
}

fn shown(of: &DataType) -> String {
    type_name(&Field::new("", of.clone(), true))
}

fn not_supported(name: &str, of: &DataType) -> Error {
    Error::new("0A000", format!("unit \"{}\" not supported for type {}", name.to_lowercase(), shown(of)))
}

/// A numeric of as many digits after the point as the part has.
fn extracted(fields: &[FieldRef], constants: &[Option<&ScalarValue>]) -> Result<Field, Error> {
    let of = fields[1].data_type();
    let scale = match constants.first().copied().flatten().and_then(|name| name.try_as_str().flatten()) {
        Some(name) => part(name, of)?.scale(of),
        None => JULIAN_SCALE,
    };
    Ok(match scale {
        0 => told(DataType::Decimal128(WHOLE_DIGITS, 0), "numeric"),
        scale => Field::new("", DataType::Decimal256(76, scale), true),
    })
}

fn extract(call: &Call) -> Result<ArrayRef, Error> {
    let of = call.arrays[1].data_type().clone();
    match *call.returns.data_type() {
        DataType::Decimal128(..) => {
            let whole = parts(call)?.into_iter().map(|value| value.map(|value| i128::from(value / MILLION)));
            Ok(Arc::new(whole.collect::<Decimal128Array>().with_precision_and_scale(WHOLE_DIGITS, 0)?))
        }
        DataType::Decimal256(_, scale) if scale < 6 => {
            let down = 10_i64.pow(6 - u32::from(scale.unsigned_abs()));
            let values =
                parts(call)?.into_iter().map(|value| value.map(|value| i256::from_i128(i128::from(value / down))));
            call.numerics(values.collect())
        }
        _ if is_julian(call, &of) => {
            let values = call.each(|row| {
                let time = call.timestamp(1, row);
                let days = i128::from(time.div_euclid(DAY) + JULIAN_OF_1970);
                let unit = 10_i128.pow(u32::from(JULIAN_SCALE.unsigned_abs()));
                let rest = i128::from(time.rem_euclid(DAY)) * unit;
                Ok(i256::from_i128(days * unit + (rest + i128::from(DAY / 2)) / i128::from(DAY)))
            })?;
            call.numerics(values)
        }
        DataType::Decimal256(_, scale) => {
            let up = super::call::power(scale - 6);
            let values =
                parts(call)?.into_iter().map(|value| value.map(|value| i256::from_i128(i128::from(value)) * up));
            call.numerics(values.collect())
        }
        ref other => unreachable!("{other} was believed to be a numeric"),
    }
}

/// Whether the part asked for is a Julian day of timestamps.
fn is_julian(call: &Call, of: &DataType) -> bool {
    let names = call.arrays[0].as_string::<i32>();
    matches!(of, DataType::Timestamp(..))
        && (0..names.len()).any(|row| names.is_valid(row) && Part::named(names.value(row)) == Some(Part::Julian))
}

fn date_part(call: &Call) -> Result<ArrayRef, Error> {
    let of = call.arrays[1].data_type().clone();
    if is_julian(call, &of) {
        let days = call.each(|row| Ok(call.timestamp(1, row) as f64 / DAY as f64 + JULIAN_OF_1970 as f64))?;
        return Ok(Arc::new(Float64Array::from(days)));
    }
    let floats = parts(call)?.into_iter().map(|value| value.map(|value| value as f64 / MILLION as f64));
    Ok(Arc::new(floats.collect::<Float64Array>()))
}

/// The parts, in millionths.
fn parts(call: &Call) -> Result<Vec<Option<i64>>, Error> {
    let of = call.arrays[1].data_type().clone();
    let mut last: Option<(String, Part)> = None;
    call.each(|row| {
        let name = call.text(0, row);
        // One name stands in all rows, nearly always.
        let part = match &last {
            Some((known, part)) if known == name => *part,
            _ => last.insert((name.to_owned(), part(name, &of)?)).1,
        };
        let value = match &of {
            DataType::Date32 if part.is_of_time() || part == Part::Zone => None,
            DataType::Date32 => of_timestamp(part, i64::from(call.date(1, row)) * DAY)?,
            DataType::Timestamp(_, None) if part == Part::Zone => None,
            DataType::Timestamp(..) => of_timestamp(part, call.timestamp(1, row))?,
            DataType::Time64(_) => of_time(part, call.time(1, row)),
            _ => {
                let span = call.interval(1, row);
                of_interval(part, i64::from(span.months), i64::from(span.days), span.nanoseconds / 1000)
            }
        };
        value.ok_or_else(|| not_supported(name, &of))
    })
}

fn of_time(part: Part, time: i64) -> Option<i64> {
    let second = time % (60 * MILLION);
    Some(match part {
        Part::Microseconds => second * MILLION,
        Part::Milliseconds => second * 1000,
        Part::Second => second,
        Part::Minute => time / (60 * MILLION) % 60 * MILLION,
        Part::Hour => time / (3600 * MILLION) * MILLION,
        Part::Epoch => time,
        _ => return None,
    })
}

fn of_timestamp(part: Part, time: i64) -> Result<Option<i64>, Error> {
    if part.is_of_time() {
        return Ok(of_time(part, time.rem_euclid(DAY)));
    }
    if part == Part::Epoch {
        return Ok(Some(time));
    }
    let date = calendar(time)?;
    let whole = match part {
        Part::Day => date.day().into(),
        Part::Dow => date.weekday().num_days_from_sunday().into(),
        Part::IsoDow => date.weekday().number_from_monday().into(),
        Part::Doy => date.ordinal().into(),
        Part::Week => date.iso_week().week().into(),
        Part::Month => date.month().into(),
        Part::Quarter => date.month0() as i64 / 3 + 1,
        Part::IsoYear => before_christ(date.iso_week().year().into()),
        Part::Julian => time.div_euclid(DAY) + JULIAN_OF_1970,
        Part::Zone => 0,
        _ => of_year(part, &date),
    };
    Ok(Some(whole * MILLION))
}

/// There is no year 0.
fn before_christ(year: i64) -> i64 {
    if year > 0 { year } else { year - 1 }
}

fn of_year(part: Part, date: &NaiveDateTime) -> i64 {
    let year = i64::from(date.year());
    let counted = |years: i64| if year > 0 { (year + years - 1) / years } else { -((years - year) / years) };
    match part {
        Part::Decade => year.div_euclid(10),
        Part::Century => counted(100),
        Part::Millennium => counted(1000),
        _ => before_christ(year),
    }
}

fn of_interval(part: Part, months: i64, days: i64, time: i64) -> Option<i64> {
    let years = months / 12;
    let whole = match part {
        Part::Microseconds | Part::Milliseconds | Part::Second | Part::Minute | Part::Hour => {
            return of_time(part, time);
        }
        // A year counts 365.25 days, what months are left thirty days each.
        Part::Epoch => {
            let year_seconds = years.checked_mul(31_557_600)?;
            let seconds = year_seconds.checked_add((months % 12 * 30 + days) * 86_400)?;
            return seconds.checked_mul(MILLION)?.checked_add(time);
        }
        Part::Day => days,
        Part::Week => days / 7,
        Part::Month => months % 12,
        Part::Quarter if months >= 0 => months % 12 / 3 + 1,
        Part::Quarter => -(-months % 12 / 3 + 1),
        Part::Year => years,
        Part::Decade => years / 10,
        Part::Century => years / 100,
        Part::Millennium => years / 1000,
        _ => return None,
    };
    Some(whole * MILLION)
}
