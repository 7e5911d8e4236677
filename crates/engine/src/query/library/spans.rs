//! Functions of dates, times and intervals: what lies between two times, what they are made of, and how intervals are multiplied.
//!
//! Source: PostgreSQL documentation, Date/Time Functions and Operators; where a month or a day is divided, it counts 30 days and 24
//! hours, as there.

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, IntervalMonthDayNanoArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, IntervalMonthDayNano};

use super::call::Call;
use super::entry::{Entry, Form, Kind, boolean, interval, time, timestamp, timestamptz};
use crate::error::Error;

/// Microseconds.
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
const MONTH_DAYS: i64 = 30;

pub(super) const FUNCTIONS: &[Entry] = &[
    Entry::new(
        "age",
        &[
            Form::new(&[Kind::TimestampTz, Kind::TimestampTz], interval, age),
            Form::new(&[Kind::Timestamp, Kind::Timestamp], interval, age),
        ],
    ),
    Entry::new(
        "isfinite",
        &[
            Form::new(&[Kind::Date], boolean, always),
            Form::new(&[Kind::Timestamp], boolean, always),
            Form::new(&[Kind::TimestampTz], boolean, always),
            Form::new(&[Kind::Interval], boolean, always),
        ],
    ),
    Entry::new("justify_days", &[Form::new(&[Kind::Interval], interval, |call| justified(call, Span::by_months))]),
    Entry::new("justify_hours", &[Form::new(&[Kind::Interval], interval, |call| justified(call, Span::by_days))]),
    Entry::new("justify_interval", &[Form::new(&[Kind::Interval], interval, |call| justified(call, Span::by_both))]),
    Entry::new("make_time", &[Form::new(&[Kind::Int4, Kind::Int4, Kind::Float8], time, make_time)]),
    Entry::new("make_timestamp", &[Form::new(TIMESTAMP_PARTS, timestamp, make_timestamp)]),
    Entry::new("make_timestamptz", &[Form::new(TIMESTAMP_PARTS, timestamptz, make_timestamp)]),
    Entry::new(
        "__interval_times",
        &[Form::new(&[Kind::Interval, Kind::Float8], interval, |call| scaled(call, |part, factor| part * factor))],
    ),
    Entry::new("__interval_divided", &[Form::new(&[Kind::Interval, Kind::Float8], interval, divided)]),
    Entry::new(
        "__overlaps",
        &[
            Form::new(&[Kind::TimestampTz; 4], boolean, overlaps),
            Form::new(&[Kind::TimestampTz, Kind::Interval, Kind::TimestampTz, Kind::Interval], boolean, overlaps),
            Form::new(&[Kind::TimestampTz, Kind::TimestampTz, Kind::TimestampTz, Kind::Interval], boolean, overlaps),
            Form::new(&[Kind::TimestampTz, Kind::Interval, Kind::TimestampTz, Kind::TimestampTz], boolean, overlaps),
            Form::new(&[Kind::Timestamp; 4], boolean, overlaps),
            Form::new(&[Kind::Timestamp, Kind::Interval, Kind::Timestamp, Kind::Interval], boolean, overlaps),
            Form::new(&[Kind::Timestamp, Kind::Timestamp, Kind::Timestamp, Kind::Interval], boolean, overlaps),
            Form::new(&[Kind::Timestamp, Kind::Interval, Kind::Timestamp, Kind::Timestamp], boolean, overlaps),
            Form::new(&[Kind::Time; 4], boolean, overlaps),
        ],
    ),
];

const TIMESTAMP_PARTS: &[Kind] = &[Kind::Int4, Kind::Int4, Kind::Int4, Kind::Int4, Kind::Int4, Kind::Float8];

/// An interval, its time in microseconds.
#[derive(Debug, Clone, Copy)]
struct Span {
    months: i64,
    days: i64,
    time: i64,
}

fn out_of_range() -> Error {
    Error::new("22008", "interval out of range")
}

impl Span {
    fn of(interval: IntervalMonthDayNano) -> Span {
        let IntervalMonthDayNano { months, days, nanoseconds } = interval;
        Span { months: i64::from(months), days: i64::from(days), time: nanoseconds / 1000 }
    }

    fn interval(self) -> Result<IntervalMonthDayNano, Error> {
        let (Ok(months), Ok(days)) = (i32::try_from(self.months), i32::try_from(self.days)) else {
            return Err(out_of_range());
        };
        let nanoseconds = self.time.checked_mul(1000).ok_or_else(out_of_range)?;
        Ok(IntervalMonthDayNano::new(months, days, nanoseconds))
    }

    /// Months of thirty days each, both of one sign.
    fn by_months(mut self) -> Span {
        self.months += self.days / MONTH_DAYS;
        self.days %= MONTH_DAYS;
        if self.months > 0 && self.days < 0 {
            (self.days, self.months) = (self.days + MONTH_DAYS, self.months - 1);
        } else if self.months < 0 && self.days > 0 {
            (self.days, self.months) = (self.days - MONTH_DAYS, self.months + 1);
        }
        self
    }

    /// Days of 24 hours each, both of one sign.
    fn by_days(mut self) -> Span {
        self.days += self.time / DAY;
        self.time %= DAY;
        self.with_time_as_days()
    }

    fn with_time_as_days(mut self) -> Span {
        if self.days > 0 && self.time < 0 {
            (self.time, self.days) = (self.time + DAY, self.days - 1);
        } else if self.days < 0 && self.time > 0 {
            (self.time, self.days) = (self.time - DAY, self.days + 1);
        }
        self
    }

    fn by_both(mut self) -> Span {
        self.days += self.time / DAY;
        self.time %= DAY;
        self.months += self.days / MONTH_DAYS;
        self.days %= MONTH_DAYS;
        if self.months > 0 && (self.days < 0 || (self.days == 0 && self.time < 0)) {
            (self.days, self.months) = (self.days + MONTH_DAYS, self.months - 1);
        } else if self.months < 0 && (self.days > 0 || (self.days == 0 && self.time > 0)) {
            (self.days, self.months) = (self.days - MONTH_DAYS, self.months + 1);
        }
        self.with_time_as_days()
    }
}

fn justified(call: &Call, change: fn(Span) -> Span) -> Result<ArrayRef, Error> {
    spans(call.each(|row| change(Span::of(call.interval(0, row))).interval())?)
}

fn spans(values: Vec<Option<IntervalMonthDayNano>>) -> Result<ArrayRef, Error> {
    Ok(Arc::new(IntervalMonthDayNanoArray::from(values)))
}

/// Neither dates and times nor intervals are infinite here.
fn always(call: &Call) -> Result<ArrayRef, Error> {
    Ok(Arc::new(BooleanArray::from(call.each(|_| Ok(true))?)))
}

/// The calendar's reading of a timestamp. Errors: 22008.
pub(super) fn calendar(microseconds: i64) -> Result<NaiveDateTime, Error> {
    let read = DateTime::from_timestamp_micros(microseconds).map(|time| time.naive_utc());
    read.ok_or_else(|| Error::new("22008", "timestamp out of range"))
}

/// In years, months, days and a time, each counted from the earlier of the two.
fn age(call: &Call) -> Result<ArrayRef, Error> {
    spans(call.each(|row| {
        let (to, from) = (call.timestamp(0, row), call.timestamp(1, row));
        let (later, earlier) = (calendar(to.max(from))?, calendar(to.min(from))?);
        let of_day = |time: &NaiveDateTime| {
            i64::from(time.num_seconds_from_midnight()) * SECOND + i64::from(time.nanosecond() / 1000)
        };
        let months = |time: &NaiveDateTime| i64::from(time.year()) * 12 + i64::from(time.month0());
        let mut months = months(&later) - months(&earlier);
        let mut days = i64::from(later.day()) - i64::from(earlier.day());
        let mut time = of_day(&later) - of_day(&earlier);
        if time < 0 {
            (time, days) = (time + DAY, days - 1);
        }
        if days < 0 {
            // The month of the earlier one is filled up.
            days += i64::from(earlier.date().num_days_in_month());
            months -= 1;
        }
        let sign = if to < from { -1 } else { 1 };
        Span { months: months * sign, days: days * sign, time: time * sign }.interval()
    })?)
}

fn make_time(call: &Call) -> Result<ArrayRef, Error> {
    let times = call.each(|row| time_of_day(call.int4(0, row), call.int4(1, row), call.float8(2, row)))?;
    Ok(Arc::new(Time64MicrosecondArray::from(times)))
}

/// Microseconds since midnight. Errors: 22008.
fn time_of_day(hour: i32, minute: i32, seconds: f64) -> Result<i64, Error> {
    let microseconds = (seconds * 1e6).round_ties_even();
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && (0.0..=60e6).contains(&microseconds);
    let time = (i64::from(hour) * 60 + i64::from(minute)) * 60 * SECOND + microseconds as i64;
    if !fits || time >= DAY {
        let message = format!("time field value out of range: {hour}:{minute:02}:{seconds:02}");
        return Err(Error::new("22008", message));
    }
    Ok(time)
}

fn make_timestamp(call: &Call) -> Result<ArrayRef, Error> {
    let made = call.each(|row| {
        let part = |at| call.int4(at, row);
        let (year, month, day) = (part(0), part(1), part(2));
        let date = u32::try_from(month).ok().zip(u32::try_from(day).ok());
        let date = date.and_then(|(month, day)| NaiveDate::from_ymd_opt(year, month, day));
        let date = date
            .filter(|_| (1..=9999).contains(&year))
            .ok_or_else(|| Error::new("22008", format!("date field value out of range: {year}-{month:02}-{day:02}")))?;
        let midnight = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros();
        Ok(midnight + time_of_day(part(3), part(4), call.float8(5, row))?)
    })?;
    let zone = match call.returns.data_type() {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    };
    Ok(Arc::new(TimestampMicrosecondArray::from(made).with_timezone_opt(zone)))
}

type Scaling = fn(f64, f64) -> f64;

/// Errors: 22012.
fn divided(call: &Call) -> Result<ArrayRef, Error> {
    call.each(|row| match call.float8(1, row) == 0.0 {
        true => Err(Error::new("22012", "division by zero")),
        false => Ok(()),
    })?;
    scaled(call, |part, divisor| part / divisor)
}

/// Each part scaled by itself; what is left of a month goes to the days, and what is left of a day to the time. Errors: 22008.
fn scaled(call: &Call, scale: Scaling) -> Result<ArrayRef, Error> {
    let to_microsecond = |seconds: f64| (seconds * 1e6).round_ties_even() / 1e6;
    spans(call.each(|row| {
        let (span, factor) = (Span::of(call.interval(0, row)), call.float8(1, row));
        let (months, days) = (scale(span.months as f64, factor), scale(span.days as f64, factor));
        let month_days = to_microsecond((months - months.trunc()) * MONTH_DAYS as f64);
        let seconds = to_microsecond((days - days.trunc() + month_days - month_days.trunc()) * 86_400.0);
        let more_days = (seconds / 86_400.0).trunc();
        let seconds = seconds - more_days * 86_400.0;
        let time = (scale(span.time as f64, factor) + seconds * 1e6).round_ties_even();
        let fits = [months, days, time / 1e6].iter().all(|part| part.is_finite() && part.abs() < 9e12);
        if !fits {
            return Err(out_of_range());
        }
        let days = days.trunc() + month_days.trunc() + more_days;
        Span { months: months.trunc() as i64, days: days as i64, time: time as i64 }.interval()
    })?)
}

/// A timestamp and an interval. Errors: 22008.
fn later(from: i64, span: IntervalMonthDayNano) -> Result<i64, Error> {
    let out_of_range = || Error::new("22008", "timestamp out of range");
    let date = calendar(from)?;
    let months = chrono::Months::new(span.months.unsigned_abs());
    let moved = if span.months < 0 { date.checked_sub_months(months) } else { date.checked_add_months(months) };
    let moved = moved.ok_or_else(out_of_range)?.and_utc().timestamp_micros();
    let days = i64::from(span.days) * DAY + span.nanoseconds / 1000;
    moved.checked_add(days).ok_or_else(out_of_range)
}

/// Whether two periods have a time in common, each given by its ends in any order, or by one end and a length. A period of no length
/// is that time; an end where the other begins is not in common.
fn overlaps(call: &Call) -> Result<ArrayRef, Error> {
    let is_time = matches!(call.arrays[0].data_type(), DataType::Time64(_));
    let end = |at: usize, row: usize| match call.arrays[at].data_type() {
        DataType::Null => Ok(None),
        _ if call.is_null(at, row) => Ok(None),
        DataType::Interval(_) if call.is_null(at - 1, row) => Ok(None),
        DataType::Interval(_) => later(call.timestamp(at - 1, row), call.interval(at, row)).map(Some),
        _ if is_time => Ok(Some(call.time(at, row))),
        _ => Ok(Some(call.timestamp(at, row))),
    };
    let judged = (0..call.rows).map(|row| {
        let one = period(end(0, row)?, end(1, row)?);
        let other = period(end(2, row)?, end(3, row)?);
        Ok(one.zip(other).and_then(|(one, other)| in_common(one, other)))
    });
    Ok(Arc::new(judged.collect::<Result<BooleanArray, Error>>()?))
}

/// The earlier end, and the later one if both are known.
fn period(one: Option<i64>, other: Option<i64>) -> Option<(i64, Option<i64>)> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.min(other), Some(one.max(other)))),
        (Some(known), None) | (None, Some(known)) => Some((known, None)),
        (None, None) => None,
    }
}

fn in_common(one: (i64, Option<i64>), other: (i64, Option<i64>)) -> Option<bool> {
    let (first, second) = if one.0 > other.0 { (other, one) } else { (one, other) };
    if first.0 == second.0 {
        return (first.1.is_some() && second.1.is_some()).then_some(true);
    }
    // The second begins after the first does.
    match first.1 {
        Some(end) if second.0 < end => Some(true),
        Some(_) if second.1.is_some() => Some(false),
        _ => None,
    }
}
