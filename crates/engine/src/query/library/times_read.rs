//! `to_timestamp` and `to_date`: times read by a pattern.
//!
//! Blanks and other separators of the pattern stand for any in the text, or none; a number that no other follows may have any length.

use std::sync::Arc;

use chrono::{NaiveDate, Weekday};
use datafusion::arrow::array::{ArrayRef, Date32Array, TimestampMicrosecondArray};

use super::call::Call;
use super::time_patterns::{Case, DAYS, MONTHS, Piece, ROMAN, What, pieces};
use crate::error::Error;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
const JULIAN_OF_1970: i64 = 2_440_588;

/// `to_timestamp(text, pattern)`. Errors: 22007, 22008.
pub(super) fn timestamps(call: &Call) -> Result<ArrayRef, Error> {
    let read = each(call, |read, text| {
        let date = i64::from(read.date(text)?.to_epoch_days());
        Ok(date * DAY + read.time(text)? - read.zone)
    })?;
    Ok(Arc::new(TimestampMicrosecondArray::from(read).with_timezone("UTC")))
}

/// `to_date(text, pattern)`. Errors: 22007, 22008.
pub(super) fn dates(call: &Call) -> Result<ArrayRef, Error> {
    let read = each(call, |read, text| {
        read.time(text)?;
        Ok(read.date(text)?.to_epoch_days())
    })?;
    Ok(Arc::new(Date32Array::from(read)))
}

fn each<T>(call: &Call, make: impl Fn(&Read, &str) -> Result<T, Error>) -> Result<Vec<Option<T>>, Error> {
    let mut known: Option<(String, Vec<Piece>)> = None;
    call.each(|row| {
        let (text, pattern) = (call.text(0, row), call.text(1, row));
        if known.as_ref().is_none_or(|(known, _)| known != pattern) {
            known = Some((pattern.to_owned(), pieces(pattern)?));
        }
        let pieces = known.as_ref().map_or(&[][..], |(_, pieces)| pieces.as_slice());
        make(&Read::by(pieces, text)?, text)
    })
}

/// What was read, as far as the pattern asks for it.
#[derive(Debug, Default)]
struct Read {
    year: Option<i64>,
    is_before_christ: bool,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    week_of_year: Option<i64>,
    week_of_month: Option<i64>,
    iso: (Option<i64>, Option<i64>, Option<i64>),
    julian: Option<i64>,
    hour24: Option<i64>,
    hour12: Option<i64>,
    is_after_noon: Option<bool>,
    minute: i64,
    second: i64,
    microsecond: i64,
    second_of_day: Option<i64>,
    /// Microseconds east of UTC.
    zone: i64,
}

fn out_of_range(text: &str) -> Error {
    Error::new("22008", format!("date/time field value out of range: \"{text}\""))
}

impl Read {
    fn by(pieces: &[Piece], text: &str) -> Result<Read, Error> {
        let mut read = Read::default();
        let mut rest = text;
        for (at, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Literal(literal) => rest = without_literal(rest, literal),
                Piece::Field(field) => {
                    rest = rest.trim_start();
                    if rest.is_empty() {
                        break;
                    }
                    let next = pieces.get(at + 1);
                    let is_open =
                        field.is_bare || !matches!(next, Some(Piece::Field(next)) if digits(next.what).is_some());
                    rest = read.field(field.what, rest, is_open && !starts_with_digit(next), text)?;
                    if field.ordinal.is_some() {
                        rest = rest.get(2..).unwrap_or("");
                    }
                }
            }
        }
        Ok(read)
    }

    /// Reads a part off the text; what is behind it.
    fn field<'t>(&mut self, what: What, rest: &'t str, is_open: bool, text: &str) -> Result<&'t str, Error> {
        let word = |names: &[&str], length: Option<usize>| {
            let found = names.iter().position(|name| {
                let name = length.map_or(*name, |length| &name[..length]);
                rest.get(..name.len()).is_some_and(|given| given.eq_ignore_ascii_case(name))
            });
            let invalid = || {
                let shown: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
                Error::new("22007", format!("invalid value \"{shown}\" for \"{}\"", name(what)))
                    .with_detail("The given value did not match any of the allowed values for this field.")
            };
            let found = found.ok_or_else(invalid)?;
            Ok::<_, Error>((found as i64, &rest[length.unwrap_or(names[found].len())..]))
        };
        match what {
            What::MonthName(_) => {
                let (month, rest) = word(&MONTHS, None)?;
                self.month = Some(month + 1);
                return Ok(rest);
            }
            What::MonthShort(_) => {
                let (month, rest) = word(&MONTHS, Some(3))?;
                self.month = Some(month + 1);
                return Ok(rest);
            }
            What::MonthRoman(_) => {
                // The longer ones first: VIII begins as VI does.
                let longest = ROMAN
                    .iter()
                    .filter(|name| rest.get(..name.len()).is_some_and(|given| given.eq_ignore_ascii_case(name)));
                let Some(longest) = longest.max_by_key(|name| name.len()) else {
                    return word(&ROMAN, None).map(|(_, rest)| rest);
                };
                self.month = ROMAN.iter().position(|name| name == longest).map(|month| month as i64 + 1);
                return Ok(&rest[longest.len()..]);
            }
            What::DayName(_) => return word(&DAYS, None).map(|(_, rest)| rest),
            What::DayShort(_) => return word(&DAYS, Some(3)).map(|(_, rest)| rest),
            What::Meridiem(_, has_points) => {
                let names = if has_points { ["a.m.", "p.m."] } else { ["am", "pm"] };
                let (half, rest) = word(&names, None)?;
                self.is_after_noon = Some(half == 1);
                return Ok(rest);
            }
            What::Era(_, has_points) => {
                let names = if has_points { ["a.d.", "b.c."] } else { ["ad", "bc"] };
                let (era, rest) = word(&names, None)?;
                self.is_before_christ = era == 1;
                return Ok(rest);
            }
            What::ZoneName(_) => return self.zone_name(rest),
            What::ZoneHours | What::Offset => {
                let (sign, digits) = match rest.strip_prefix('-') {
                    Some(digits) => (-1, digits),
                    None => (1, rest.strip_prefix('+').unwrap_or(rest)),
                };
                let (hours, mut rest) = number(what, digits, Some(2))?;
                self.zone = sign * hours * 3600 * SECOND;
                if what == What::Offset
                    && let Some(minutes) = rest.strip_prefix(':')
                {
                    let (minutes, after) = number(what, minutes, Some(2))?;
                    self.zone += sign * minutes * 60 * SECOND;
                    rest = after;
                }
                return Ok(rest);
            }
            What::Century | What::IsoDayOfYear => {
                let message = format!("\"{}\" is not supported in a pattern to read by", name(what));
                return Err(Error::unsupported(message, "Write the year as YYYY, and the day as MM-DD or DDD."));
            }
            What::YearComma => {
                let (thousands, rest) = number(what, rest, None)?;
                let (year, rest) = number(what, rest.strip_prefix(',').unwrap_or(rest), Some(3))?;
                self.year = Some(thousands * 1000 + year);
                return Ok(rest);
            }
            _ => {}
        }
        let length = if is_open { None } else { digits(what) };
        let (value, after) = number(what, rest, length)?;
        let given = rest.len() - after.len();
        match what {
            What::Hour24 => self.hour24 = Some(value),
            What::Hour12 => self.hour12 = Some(value),
            What::Minute => self.minute = value,
            What::Second => self.second = value,
            What::SecondOfDay => self.second_of_day = Some(value),
            What::Millisecond | What::Microsecond | What::Fraction(_) => {
                // As the digits behind a point.
                let digits = digits(what).unwrap_or(6);
                if given > digits.max(6) || (what == What::Millisecond && given > 3) {
                    return Err(out_of_range(text));
                }
                self.microsecond += value * 10_i64.pow(6 - given.min(6) as u32);
            }
            What::Year(4) => self.year = Some(value),
            What::Year(_) => self.year = Some(if given < 4 { whole_year(value) } else { value }),
            What::IsoYear(4) => self.iso.0 = Some(value),
            What::IsoYear(_) => self.iso.0 = Some(whole_year(value)),
            What::Month => self.month = Some(value),
            What::Day => self.day = Some(value),
            What::DayOfYear => self.day_of_year = Some(value),
            What::WeekOfYear => self.week_of_year = Some(value),
            What::WeekOfMonth => self.week_of_month = Some(value),
            What::IsoWeek => self.iso.1 = Some(value),
            What::IsoDayOfWeek => self.iso.2 = Some(value),
            What::Julian => self.julian = Some(value),
            What::ZoneMinutes => self.zone += value * 60 * SECOND * if self.zone < 0 { -1 } else { 1 },
            // They tell nothing that is used.
            _ => {}
        }
        Ok(after)
    }

    fn zone_name<'t>(&mut self, rest: &'t str) -> Result<&'t str, Error> {
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        match rest[..end].to_uppercase().as_str() {
            "UTC" | "GMT" | "Z" | "ZULU" | "UT" => Ok(&rest[end..]),
            other => Err(Error::unsupported(
                format!("time zone \"{other}\" is not supported in a text that is read by a pattern"),
                "Write the offset, with TZH:TZM in the pattern.",
            )),
        }
    }

    /// Errors: 22008 for what is no day, and years before the first.
    fn date(&self, text: &str) -> Result<NaiveDate, Error> {
        let invalid = || out_of_range(text);
        let small = |value: i64| u32::try_from(value).map_err(|_| invalid());
        if let Some(days) = self.julian {
            let days = i32::try_from(days - JULIAN_OF_1970).map_err(|_| invalid())?;
            return NaiveDate::from_epoch_days(days).ok_or_else(invalid);
        }
        let year = self.year.or(self.iso.0).unwrap_or(0);
        let year = i32::try_from(year).ok().filter(|year| (1..=9999).contains(year) && !self.is_before_christ);
        let year = year.ok_or_else(|| {
            out_of_range(text).with_hint("Years lie between 1 and 9999 here, and the pattern has to ask for one.")
        })?;
        if self.iso.0.is_some() && self.year.is_none() {
            let weekday = Weekday::try_from(small(self.iso.2.unwrap_or(1) - 1)? as u8).map_err(|_| invalid())?;
            return NaiveDate::from_isoywd_opt(year, small(self.iso.1.unwrap_or(1))?, weekday).ok_or_else(invalid);
        }
        let day_of_year = self.day_of_year.or(self.week_of_year.map(|week| (week - 1) * 7 + 1));
        if let Some(day) = day_of_year.filter(|_| self.month.is_none() || self.day.is_none()) {
            return NaiveDate::from_yo_opt(year, small(day)?).ok_or_else(invalid);
        }
        let day = self.day.or(self.week_of_month.map(|week| (week - 1) * 7 + 1)).unwrap_or(1);
        NaiveDate::from_ymd_opt(year, small(self.month.unwrap_or(1))?, small(day)?).ok_or_else(invalid)
    }

    /// Microseconds since midnight. Errors: 22007 for an hour that the clock does not have, 22008 for what is out of range.
    fn time(&self, text: &str) -> Result<i64, Error> {
        let hour = match (self.hour24, self.hour12) {
            (Some(hour), _) => hour,
            (None, Some(hour)) => {
                if !(1..=12).contains(&hour) && self.is_after_noon.is_some() || hour > 12 {
                    return Err(Error::new("22007", format!("hour \"{hour}\" is invalid for the 12-hour clock"))
                        .with_hint("Use the 24-hour clock, or give an hour between 1 and 12."));
                }
                match self.is_after_noon {
                    Some(true) => hour % 12 + 12,
                    Some(false) => hour % 12,
                    None => hour,
                }
            }
            (None, None) => 0,
        };
        let fits = (0..24).contains(&hour) && (0..60).contains(&self.minute) && (0..60).contains(&self.second);
        if !fits || self.second_of_day.is_some_and(|seconds| seconds >= 86_400) {
            return Err(out_of_range(text));
        }
        let seconds = self.second_of_day.unwrap_or(hour * 3600 + self.minute * 60 + self.second);
        Ok(seconds * SECOND + self.microsecond)
    }
}

/// A year of less than four digits, the nearest to 2020.
fn whole_year(year: i64) -> i64 {
    match year {
        0..70 => year + 2000,
        70..100 => year + 1900,
        100..520 => year + 2000,
        520..1000 => year + 1000,
        year => year,
    }
}

/// The text behind what a literal of the pattern stands for.
fn without_literal<'t>(mut rest: &'t str, literal: &str) -> &'t str {
    for c in literal.chars() {
        let Some(first) = rest.chars().next() else { return rest };
        let is_separator = |c: char| !c.is_alphanumeric();
        match is_separator(c) {
            true if is_separator(first) && first != '+' => {
                rest = &rest[first.len_utf8()..];
            }
            true => {}
            false => rest = &rest[first.len_utf8()..],
        }
    }
    rest
}

fn starts_with_digit(next: Option<&Piece>) -> bool {
    matches!(next, Some(Piece::Literal(text)) if text.starts_with(|c: char| c.is_ascii_digit()))
}

/// How many digits a part has; `None` if it is a word.
fn digits(what: What) -> Option<usize> {
    Some(match what {
        What::Hour24 | What::Hour12 | What::Minute | What::Second | What::Month | What::Day => 2,
        What::WeekOfYear | What::IsoWeek | What::ZoneMinutes | What::Century => 2,
        What::Millisecond | What::DayOfYear | What::IsoDayOfYear => 3,
        What::Microsecond => 6,
        What::Fraction(digits) | What::Year(digits) | What::IsoYear(digits) => usize::from(digits),
        What::SecondOfDay => 5,
        What::DayOfWeek | What::IsoDayOfWeek | What::WeekOfMonth | What::Quarter => 1,
        What::Julian => 7,
        What::YearComma => 5,
        _ => return None,
    })
}

/// A number at the start of a text, of so many digits or of any. Errors: 22007.
fn number(what: What, rest: &str, length: Option<usize>) -> Result<(i64, &str), Error> {
    let shown = length.unwrap_or_else(|| rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()));
    let shown = rest.get(..shown).unwrap_or(rest);
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    let taken = length.map_or(count, |length| length.min(count));
    let invalid = || Error::new("22007", format!("invalid value \"{shown}\" for \"{}\"", name(what)));
    if taken == 0 {
        return Err(invalid().with_detail("Value must be an integer."));
    }
    if let Some(length) = length.filter(|length| taken < *length && rest.len() > taken) {
        return Err(invalid()
            .with_detail(format!("Field requires {length} characters, but only {taken} could be parsed."))
            .with_hint("If your source string is not fixed-width, try using the \"FM\" modifier."));
    }
    let value = rest[..taken].parse().map_err(|_| invalid())?;
    Ok((value, &rest[taken..]))
}

fn by_case(case: Case, names: [&'static str; 3]) -> &'static str {
    match case {
        Case::Upper => names[0],
        Case::Title => names[1],
        Case::Lower => names[2],
    }
}

/// What a part is called in a pattern.
fn name(what: What) -> &'static str {
    match what {
        What::Hour24 => "HH24",
        What::Hour12 => "HH12",
        What::Minute => "MI",
        What::Second => "SS",
        What::Millisecond => "MS",
        What::Microsecond => "US",
        What::SecondOfDay => "SSSS",
        What::Year(4) => "YYYY",
        What::Year(3) => "YYY",
        What::Year(2) => "YY",
        What::Year(_) => "Y",
        What::YearComma => "Y,YYY",
        What::IsoYear(_) => "IYYY",
        What::Month => "MM",
        What::MonthName(case) => by_case(case, ["MONTH", "Month", "month"]),
        What::MonthShort(case) => by_case(case, ["MON", "Mon", "mon"]),
        What::MonthRoman(_) => "RM",
        What::Day => "DD",
        What::DayName(case) => by_case(case, ["DAY", "Day", "day"]),
        What::DayShort(case) => by_case(case, ["DY", "Dy", "dy"]),
        What::DayOfYear => "DDD",
        What::IsoDayOfYear => "IDDD",
        What::WeekOfYear => "WW",
        What::WeekOfMonth => "W",
        What::IsoWeek => "IW",
        What::Century => "CC",
        What::Quarter => "Q",
        What::Julian => "J",
        What::Meridiem(..) => "AM",
        What::Era(..) => "AD",
        _ => "field",
    }
}
