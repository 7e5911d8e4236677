//! `AT TIME ZONE`: what a clock of a time zone shows at a time, and the time at which it shows that.
//!
//! A time that a clock shows twice is the later one, in standard time; one that it skips is read by the offset from before.
//! Source: PostgreSQL documentation, AT TIME ZONE; in `+02` and the like hours count to the west, as POSIX has them.

use std::sync::Arc;

use chrono::{LocalResult, NaiveDateTime, Offset, TimeZone};
use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::array::{ArrayRef, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, IntervalMonthDayNano};

use super::call::Call;
use super::entry::{Entry, Form, Kind, timestamp, timestamptz};
use super::spans::calendar;
use crate::error::Error;

const SECOND: i64 = 1_000_000;

pub(super) const FUNCTIONS: &[Entry] = &[Entry::new(
    "timezone",
    &[
        Form::new(&[Kind::Text, Kind::TimestampTz], timestamp, shown),
        Form::new(&[Kind::Text, Kind::Timestamp], timestamptz, meant),
        Form::new(&[Kind::Interval, Kind::TimestampTz], timestamp, shown),
        Form::new(&[Kind::Interval, Kind::Timestamp], timestamptz, meant),
    ],
)];

/// A time zone.
enum Zone {
    Known(Tz),
    /// Microseconds east of UTC.
    Fixed(i64),
}

/// Timestamps as a clock of the zone shows them.
fn shown(call: &Call) -> Result<ArrayRef, Error> {
    Ok(Arc::new(TimestampMicrosecondArray::from(each(call, |zone, time| Ok(time + zone.offset_at(&calendar(time)?)))?)))
}

/// Timestamps of what a clock of the zone shows.
fn meant(call: &Call) -> Result<ArrayRef, Error> {
    let times = each(call, |zone, time| Ok(time - zone.offset_of_local(&calendar(time)?)))?;
    Ok(Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC")))
}

fn each(call: &Call, compute: impl Fn(&Zone, i64) -> Result<i64, Error>) -> Result<Vec<Option<i64>>, Error> {
    let mut known: Option<(String, Zone)> = None;
    call.each(|row| {
        let time = call.timestamp(1, row);
        if matches!(call.arrays[0].data_type(), DataType::Interval(_)) {
            return compute(&of_interval(call.interval(0, row))?, time);
        }
        let name = call.text(0, row);
        if known.as_ref().is_none_or(|(known, _)| known != name) {
            known = Some((name.to_owned(), named(name)?));
        }
        match &known {
            Some((_, zone)) => compute(zone, time),
            None => unreachable!("the zone was just found"),
        }
    })
}

/// Errors: 22023 for a name that is none.
fn named(name: &str) -> Result<Zone, Error> {
    let trimmed = name.trim();
    if let Some(rest) = trimmed.strip_prefix(['+', '-']) {
        let sign = if trimmed.starts_with('-') { 1 } else { -1 };
        let mut parts = rest.split(':').map(|part| part.parse::<i64>().ok().filter(|part| (0..168).contains(part)));
        let (hours, minutes) = (parts.next().flatten(), parts.next().unwrap_or(Some(0)));
        if let (Some(hours), Some(minutes), None) = (hours, minutes, parts.next()) {
            return Ok(Zone::Fixed(sign * (hours * 60 + minutes) * 60 * SECOND));
        }
    }
    // Names are told apart without regard to case; most are written as they are, or in capitals.
    let titled = || {
        let mut titled = String::with_capacity(trimmed.len());
        for c in trimmed.chars() {
            let begins = titled.ends_with(['/', '_', '-']) || titled.is_empty();
            titled.push(if begins { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() });
        }
        titled
    };
    let is_name = trimmed.starts_with(|c: char| c.is_ascii_alphabetic());
    let parsed = trimmed.parse().or_else(|_| trimmed.to_uppercase().parse()).or_else(|_| titled().parse());
    match parsed {
        Ok(zone) if is_name => Ok(Zone::Known(zone)),
        _ if trimmed.eq_ignore_ascii_case("z") => Ok(Zone::Fixed(0)),
        _ => Err(Error::new("22023", format!("time zone \"{name}\" not recognized"))),
    }
}

/// Errors: 22023 for one of months or days.
fn of_interval(span: IntervalMonthDayNano) -> Result<Zone, Error> {
    if span.months != 0 || span.days != 0 {
        return Err(Error::new("22023", "interval time zone must not include months or days"));
    }
    Ok(Zone::Fixed(span.nanoseconds / 1000))
}

impl Zone {
    /// Microseconds east of UTC, at a time of UTC.
    fn offset_at(&self, time: &NaiveDateTime) -> i64 {
        match self {
            Zone::Known(zone) => i64::from(zone.offset_from_utc_datetime(time).fix().local_minus_utc()) * SECOND,
            Zone::Fixed(offset) => *offset,
        }
    }

    /// Microseconds east of UTC, when a clock shows this time.
    fn offset_of_local(&self, local: &NaiveDateTime) -> i64 {
        let Zone::Known(zone) = self else { return self.offset_at(local) };
        match zone.offset_from_local_datetime(local) {
            LocalResult::Single(offset) | LocalResult::Ambiguous(_, offset) => {
                i64::from(offset.fix().local_minus_utc()) * SECOND
            }
            LocalResult::None => self.offset_at(&(*local - chrono::TimeDelta::days(1))),
        }
    }
}
