//! `to_char` of times and intervals.

use std::fmt::Write;
use std::sync::Arc;

use chrono::{Datelike, NaiveDateTime, Timelike};
use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::datatypes::DataType;

use super::call::Call;
use super::spans::calendar;
use super::time_patterns::{Case, DAYS, Field, MONTHS, Piece, ROMAN, What, cased, ordinal, pieces};
use crate::error::Error;

const JULIAN_OF_1970: i64 = 2_440_588;

/// What is shown.
enum Time {
    /// And whether it is of a time zone.
    Calendar(NaiveDateTime, bool),
    /// Months, days and microseconds.
    Interval(i64, i64, i64),
}

/// `to_char(time, pattern)`. Errors: 22007 for a part that an interval does not have.
pub(super) fn show(call: &Call) -> Result<ArrayRef, Error> {
    let mut known: Option<(String, Vec<Piece>)> = None;
    let shown = call.each_or_null(|row| {
        let pattern = call.text(1, row);
        if pattern.is_empty() {
            return Ok(None);
        }
        if known.as_ref().is_none_or(|(text, _)| text != pattern) {
            known = Some((pattern.to_owned(), pieces(pattern)?));
        }
        let time = match call.arrays[0].data_type() {
            DataType::Interval(_) => {
                let span = call.interval(0, row);
                Time::Interval(span.months.into(), span.days.into(), span.nanoseconds / 1000)
            }
            DataType::Timestamp(_, zone) => Time::Calendar(calendar(call.timestamp(0, row))?, zone.is_some()),
            _ => Time::Calendar(calendar(i64::from(call.date(0, row)) * 86_400_000_000)?, true),
        };
        let mut out = String::new();
        for piece in known.iter().flat_map(|(_, pieces)| pieces) {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Field(field) => time.write(&mut out, *field)?,
            }
        }
        Ok(Some(out))
    })?;
    Ok(Arc::new(StringArray::from(shown)))
}

impl Time {
    fn write(&self, out: &mut String, field: Field) -> Result<(), Error> {
        let number = |out: &mut String, value: i64, width: usize| {
            let width = if field.is_bare { 0 } else { width + usize::from(value < 0) };
            write!(out, "{value:0width$}").expect("a String takes it");
            if let Some(case) = field.ordinal {
                out.push_str(&ordinal(value, case));
            }
        };
        let word = |out: &mut String, word: &str, width: usize| {
            let width = if field.is_bare { 0 } else { width };
            write!(out, "{word:width$}").expect("a String takes it");
        };
        let of_day = self.of_day();
        let (hours, rest) = (of_day / 3_600_000_000, of_day % 3_600_000_000);
        let microseconds = rest % 1_000_000;
        match field.what {
            What::Hour24 => number(out, hours, 2),
            What::Hour12 => number(out, if hours % 12 == 0 { 12 } else { hours % 12 }, 2),
            What::Minute => number(out, rest / 60_000_000, 2),
            What::Second => number(out, rest / 1_000_000 % 60, 2),
            What::Millisecond => number(out, microseconds / 1000, 3),
            What::Microsecond => number(out, microseconds, 6),
            What::Fraction(digits) => {
                number(out, microseconds / 10_i64.pow(6 - u32::from(digits)), usize::from(digits));
            }
            What::SecondOfDay => number(out, of_day / 1_000_000, 0),
            What::Meridiem(case, has_points) => {
                let (before, after) = if has_points { ("a.m.", "p.m.") } else { ("am", "pm") };
                let is_after = hours.rem_euclid(24) >= 12;
                out.push_str(&cased(if is_after { after } else { before }, case));
            }
            _ => return self.write_date(out, field, &number, &word),
        }
        Ok(())
    }

    fn of_day(&self) -> i64 {
        match self {
            Time::Calendar(time, _) => {
                i64::from(time.num_seconds_from_midnight()) * 1_000_000 + i64::from(time.nanosecond() / 1000)
            }
            Time::Interval(_, _, time) => *time,
        }
    }

    fn write_date(
        &self,
        out: &mut String,
        field: Field,
        number: &dyn Fn(&mut String, i64, usize),
        word: &dyn Fn(&mut String, &str, usize),
    ) -> Result<(), Error> {
        let (year, month, day) = match self {
            Time::Calendar(time, _) => (i64::from(time.year()), i64::from(time.month()), i64::from(time.day())),
            Time::Interval(months, days, _) => (months / 12, months % 12, *days),
        };
        let last = |year: i64, digits: u8| (year.rem_euclid(10_i64.pow(u32::from(digits))), usize::from(digits));
        match field.what {
            What::YearComma => {
                let shown = format!("{},{:03}", year / 1000, year % 1000);
                out.push_str(&shown);
            }
            What::Year(4) => number(out, year, 4),
            What::Year(digits) => {
                let (year, width) = last(year, digits);
                number(out, year, width);
            }
            What::Century => number(out, (year + 99).div_euclid(100), 2),
            What::Month => number(out, month, 2),
            What::Day => number(out, day, 2),
            What::Quarter if month > 0 => number(out, (month - 1) / 3 + 1, 0),
            What::Quarter => {}
            What::MonthName(case) if month > 0 => word(out, &cased(MONTHS[month as usize - 1], case), 9),
            What::MonthShort(case) if month > 0 => out.push_str(&cased(&MONTHS[month as usize - 1][..3], case)),
            What::MonthRoman(case) if month > 0 => word(out, &cased(ROMAN[month as usize - 1], case), 4),
            What::MonthName(_) | What::MonthShort(_) | What::MonthRoman(_) => {}
            What::WeekOfMonth => number(out, (day - 1) / 7 + 1, 0),
            _ => {
                let Time::Calendar(time, is_zoned) = self else {
                    return Err(Error::new("22007", "invalid format specification for an interval value")
                        .with_hint("Intervals are not tied to specific calendar dates."));
                };
                write_of_calendar(out, field.what, time, *is_zoned, number, word);
            }
        }
        Ok(())
    }
}

/// What only a day of the calendar has.
fn write_of_calendar(
    out: &mut String,
    what: What,
    time: &NaiveDateTime,
    is_zoned: bool,
    number: &dyn Fn(&mut String, i64, usize),
    word: &dyn Fn(&mut String, &str, usize),
) {
    let iso = time.iso_week();
    let weekday = time.weekday().num_days_from_sunday();
    match what {
        What::IsoYear(4) => number(out, iso.year().into(), 4),
        What::IsoYear(digits) => {
            number(out, i64::from(iso.year()).rem_euclid(10_i64.pow(u32::from(digits))), usize::from(digits));
        }
        What::Era(case, has_points) => out.push_str(&cased(if has_points { "a.d." } else { "ad" }, case)),
        What::DayName(case) => word(out, &cased(DAYS[weekday as usize], case), 9),
        What::DayShort(case) => out.push_str(&cased(&DAYS[weekday as usize][..3], case)),
        What::DayOfYear => number(out, time.ordinal().into(), 3),
        What::IsoDayOfYear => {
            number(out, i64::from(iso.week0()) * 7 + i64::from(time.weekday().number_from_monday()), 3);
        }
        What::DayOfWeek => number(out, i64::from(weekday) + 1, 0),
        What::IsoDayOfWeek => number(out, time.weekday().number_from_monday().into(), 0),
        What::WeekOfYear => number(out, i64::from(time.ordinal0()) / 7 + 1, 2),
        What::IsoWeek => number(out, iso.week().into(), 2),
        What::Julian => number(out, time.and_utc().timestamp().div_euclid(86_400) + JULIAN_OF_1970, 0),
        // A session's time zone is UTC.
        What::ZoneName(case) if is_zoned => {
            out.push_str(&cased("UTC", if case == Case::Lower { case } else { Case::Upper }))
        }
        What::ZoneHours | What::Offset => out.push_str("+00"),
        What::ZoneMinutes => out.push_str("00"),
        _ => {}
    }
}
