//! Reads intervals as PostgreSQL's input function does: `1 year 2 days 3:04:05`, `1-2`, `3 4:05:06`, `P1Y2DT3H`, `1 day ago`.
//!
//! Quantities are kept in three parts, months, days and microseconds. A fraction goes to the part below, where a month has 30 days
//! and a day 24 hours; that of a year to whole months. Source: PostgreSQL documentation, Interval Input.

use datafusion::arrow::datatypes::IntervalMonthDayNano;

/// Why a text is no interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misread {
    /// It is not written as one.
    Syntax,
    /// A field or the whole of it is too large.
    Range,
}

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const MONTH_DAYS: i64 = 30;

/// What a quantity is of: so many of one of the parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Microseconds(i64),
    Days(i64),
    Months(i64),
}

impl Unit {
    fn named(word: &str) -> Option<Unit> {
        Some(match word.to_ascii_lowercase().as_str() {
            "us" | "usec" | "usecs" | "usecond" | "useconds" | "microsecond" | "microseconds" => Unit::Microseconds(1),
            "ms" | "msec" | "msecs" | "msecond" | "mseconds" | "millisecond" | "milliseconds" => {
                Unit::Microseconds(1000)
            }
            "s" | "sec" | "secs" | "second" | "seconds" => Unit::Microseconds(SECOND),
            "m" | "min" | "mins" | "minute" | "minutes" => Unit::Microseconds(MINUTE),
            "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Microseconds(HOUR),
            "d" | "day" | "days" => Unit::Days(1),
            "w" | "week" | "weeks" => Unit::Days(7),
            "mon" | "mons" | "month" | "months" => Unit::Months(1),
            "y" | "yr" | "yrs" | "year" | "years" => Unit::Months(12),
            "dec" | "decs" | "decade" | "decades" => Unit::Months(120),
            "c" | "cent" | "century" | "centuries" => Unit::Months(1200),
            "mil" | "mils" | "millennium" | "millennia" => Unit::Months(12_000),
            _ => return None,
        })
    }
}

/// A number with its fraction, which has the number's sign.
#[derive(Debug, Clone, Copy)]
struct Quantity {
    whole: i64,
    fraction: f64,
}

impl Quantity {
    fn of(text: &str) -> Result<Quantity, Misread> {
        let (negative, digits) = signed(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
            return Err(Misread::Syntax);
        }
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| Misread::Range)? };
        let fraction: f64 = if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse().unwrap_or(0.0) };
        Ok(if negative { Quantity { whole: -whole, fraction: -fraction } } else { Quantity { whole, fraction } })
    }
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// The three parts, as they are added up.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    months: i64,
    days: i64,
    microseconds: i64,
}

fn grown(sum: &mut i64, whole: i64, factor: i64) -> Result<(), Misread> {
    *sum = whole.checked_mul(factor).and_then(|more| sum.checked_add(more)).ok_or(Misread::Range)?;
    Ok(())
}

impl Sum {
    fn add(&mut self, quantity: Quantity, unit: Unit) -> Result<(), Misread> {
        let Quantity { whole, fraction } = quantity;
        match unit {
            Unit::Microseconds(factor) => {
                grown(&mut self.microseconds, whole, factor)?;
                grown(&mut self.microseconds, (fraction * factor as f64).round_ties_even() as i64, 1)
            }
            Unit::Days(factor) => {
                grown(&mut self.days, whole, factor)?;
                self.add_days(fraction * factor as f64)
            }
            Unit::Months(1) => {
                grown(&mut self.months, whole, 1)?;
                self.add_days(fraction * MONTH_DAYS as f64)
            }
            Unit::Months(factor) => {
                grown(&mut self.months, whole, factor)?;
                grown(&mut self.months, (fraction * factor as f64).round_ties_even() as i64, 1)
            }
        }
    }

    fn add_days(&mut self, days: f64) -> Result<(), Misread> {
        grown(&mut self.days, days.trunc() as i64, 1)?;
        grown(&mut self.microseconds, (days.fract() * DAY as f64).round_ties_even() as i64, 1)
    }

    fn negated(self) -> Sum {
        Sum { months: -self.months, days: -self.days, microseconds: -self.microseconds }
    }

    fn interval(self) -> Result<IntervalMonthDayNano, Misread> {
        let months = i32::try_from(self.months).map_err(|_| Misread::Range)?;
        let days = i32::try_from(self.days).map_err(|_| Misread::Range)?;
        let nanoseconds = self.microseconds.checked_mul(1000).ok_or(Misread::Range)?;
        Ok(IntervalMonthDayNano::new(months, days, nanoseconds))
    }
}

/// The interval a text says.
pub(super) fn read(text: &str) -> Result<IntervalMonthDayNano, Misread> {
    let text = text.trim();
    let text = text.strip_prefix('@').unwrap_or(text);
    match text.strip_prefix('P') {
        Some(iso) => iso_8601(iso)?.interval(),
        None => in_words(text)?.interval(),
    }
}

/// Words are read from the last to the first, since a bare number is told by what comes after it: days before a time of day.
fn in_words(text: &str) -> Result<Sum, Misread> {
    let words = words(text);
    let mut sum = Sum::default();
    let mut is_past = false;
    let (mut unit, mut is_bare) = (Some(Unit::Microseconds(SECOND)), true);
    let mut said: Vec<Unit> = Vec::new();
    let mut say = |units: &[Unit]| match units.iter().any(|unit| said.contains(unit)) {
        true => Err(Misread::Syntax),
        false => {
            said.extend(units);
            Ok(())
        }
    };
    let mut is_first = true;
    for word in words.iter().rev() {
        let is_number = word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
        if !is_number {
            match word.to_ascii_lowercase().as_str() {
                "ago" if is_first && !is_past => is_past = true,
                _ => {
                    // The unit before had no number.
                    if !is_bare {
                        return Err(Misread::Syntax);
                    }
                    (unit, is_bare) = (Some(Unit::named(word).ok_or(Misread::Syntax)?), false);
                }
            }
            continue;
        }
        is_first = false;
        if word.contains(':') {
            if !is_bare {
                return Err(Misread::Syntax);
            }
            say(&[HOUR, MINUTE, SECOND].map(Unit::Microseconds))?;
            grown(&mut sum.microseconds, clock(word)?, 1)?;
            unit = Some(Unit::Days(1));
            continue;
        }
        if let Some((years, months)) = signed(word).1.split_once('-') {
            if !is_bare {
                return Err(Misread::Syntax);
            }
            say(&[Unit::Months(12), Unit::Months(1)])?;
            let months = years_and_months(years, months)?;
            grown(&mut sum.months, if signed(word).0 { -months } else { months }, 1)?;
            unit = None;
            continue;
        }
        let of = unit.ok_or(Misread::Syntax)?;
        say(&[of])?;
        sum.add(Quantity::of(word)?, of)?;
        (unit, is_bare) = (None, true);
    }
    match !is_first && is_bare {
        true => Ok(if is_past { sum.negated() } else { sum }),
        false => Err(Misread::Syntax),
    }
}

/// Numbers and words apart, whether blanks stand between them or not: `1day -2h` is `1`, `day`, `-2`, `h`.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for part in text.split_whitespace() {
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let is_word = first.is_alphabetic();
            let end = rest.char_indices().find(|(at, c)| *at > 0 && c.is_alphabetic() != is_word);
            let (word, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
            words.push(word);
            rest = after;
        }
    }
    words
}

/// Months of `1-2`, years and months.
fn years_and_months(years: &str, months: &str) -> Result<i64, Misread> {
    let whole = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        true => text.parse::<i64>().map_err(|_| Misread::Range),
        false => Err(Misread::Syntax),
    };
    let (years, months) = (whole(years)?, whole(months)?);
    if months >= 12 {
        return Err(Misread::Range);
    }
    years.checked_mul(12).and_then(|sum| sum.checked_add(months)).ok_or(Misread::Range)
}

/// Microseconds of `[-]hours:minutes[:seconds[.fraction]]`, or `minutes:seconds.fraction`.
fn clock(text: &str) -> Result<i64, Misread> {
    let (negative, text) = signed(text);
    let mut parts: Vec<&str> = text.split(':').collect();
    if parts.len() == 2 && parts[1].contains('.') {
        parts.insert(0, "0");
    }
    let [hours, minutes, seconds] = match parts.as_slice() {
        [hours, minutes] => [*hours, *minutes, "0"],
        [hours, minutes, seconds] => [*hours, *minutes, *seconds],
        _ => return Err(Misread::Syntax),
    };
    let whole = |text: &str| match text.contains(['.', '-', '+']) {
        true => Err(Misread::Syntax),
        false => Quantity::of(text).map(|quantity| quantity.whole),
    };
    if seconds.starts_with(['-', '+']) {
        return Err(Misread::Syntax);
    }
    let (hours, minutes, seconds) = (whole(hours)?, whole(minutes)?, Quantity::of(seconds)?);
    if minutes >= 60 || seconds.whole > 60 {
        return Err(Misread::Range);
    }
    let mut sum = Sum::default();
    grown(&mut sum.microseconds, hours, HOUR)?;
    grown(&mut sum.microseconds, minutes, MINUTE)?;
    sum.add(seconds, Unit::Microseconds(SECOND))?;
    Ok(if negative { -sum.microseconds } else { sum.microseconds })
}

/// What follows the P: `1Y2M3W4DT5H6M7S`, or `0001-02-03T04:05:06`.
fn iso_8601(text: &str) -> Result<Sum, Misread> {
    let mut sum = Sum::default();
    let (date, time) = match text.split_once('T') {
        Some((_, "")) => return Err(Misread::Syntax),
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    if date.is_empty() && time.is_none() {
        return Err(Misread::Syntax);
    }
    let is_dated =
        date.bytes().filter(|byte| *byte == b'-').count() == 2 && !date.contains(|c: char| c.is_alphabetic());
    if is_dated {
        let parts: Vec<&str> = date.split('-').collect();
        grown(&mut sum.months, years_and_months(parts[0], parts[1])?, 1)?;
        sum.add(Quantity::of(parts[2])?, Unit::Days(1))?;
    } else {
        iso_parts(date, &mut sum, |letter| match letter {
            'Y' => Some(Unit::Months(12)),
            'M' => Some(Unit::Months(1)),
            'W' => Some(Unit::Days(7)),
            'D' => Some(Unit::Days(1)),
            _ => None,
        })?;
    }
    match time {
        Some(time) if time.contains(':') => grown(&mut sum.microseconds, clock(time)?, 1)?,
        Some(time) => iso_parts(time, &mut sum, |letter| match letter {
            'H' => Some(Unit::Microseconds(HOUR)),
            'M' => Some(Unit::Microseconds(MINUTE)),
            'S' => Some(Unit::Microseconds(SECOND)),
            _ => None,
        })?,
        None => {}
    }
    Ok(sum)
}

fn iso_parts(text: &str, sum: &mut Sum, unit: impl Fn(char) -> Option<Unit>) -> Result<(), Misread> {
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_alphabetic()).ok_or(Misread::Syntax)?;
        let letter = rest[end..].chars().next().ok_or(Misread::Syntax)?;
        sum.add(Quantity::of(&rest[..end])?, unit(letter).ok_or(Misread::Syntax)?)?;
        rest = &rest[end + letter.len_utf8()..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Misread, read};

    #[test]
    fn intervals_are_read_as_postgres_reads_them() {
        let parts = |text: &str| read(text).map(|read| (read.months, read.days, read.nanoseconds / 1000));
        let hour = 3_600_000_000;
        for (text, expected) in [
            ("1 year", (12, 0, 0)),
            ("-1 year 2 mons -3 days +04:05:06.789", (-10, -3, 14_706_789_000)),
            ("1 day -00:00:01", (0, 1, -1_000_000)),
            ("P1Y2M3DT4H5M6.7S", (14, 3, 14_706_700_000)),
            ("P0001-02-03T04:05:06", (14, 3, 14_706_000_000)),
            ("P1W", (0, 7, 0)),
            ("PT-1.5H", (0, 0, -hour * 3 / 2)),
            ("1-2", (14, 0, 0)),
            ("-1-2", (-14, 0, 0)),
            ("1-2 3 4:05:06", (14, 3, 14_706_000_000)),
            ("1 2:03", (0, 1, 2 * hour + 180_000_000)),
            ("@ 1 min", (0, 0, 60_000_000)),
            ("1 year 2 days ago", (-12, -2, 0)),
            ("1.3 year", (16, 0, 0)),
            ("1.5 months", (1, 15, 0)),
            ("1.5 days", (0, 1, 12 * hour)),
            ("1.5 weeks", (0, 10, 12 * hour)),
            ("1 decade 1 century", (1320, 0, 0)),
            ("1.5", (0, 0, 1_500_000)),
            ("1day2h", (0, 1, 2 * hour)),
            ("1:02.5", (0, 0, 62_500_000)),
            ("100000 hours", (0, 0, 100_000 * hour)),
            ("0.0000005 sec", (0, 0, 0)),
        ] {
            assert_eq!(parts(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "x",
            "1 foo",
            "day",
            "1 day day",
            "1 2",
            "ago",
            "P",
            "PT",
            "P1",
            "P1H",
            "1:2:3:4",
            "1..5 days",
            "1 day 1 day",
            "3:04 2 hours",
            "5 mon 1-2",
            "3:04 1",
            "1 day ago ago",
        ] {
            assert_eq!(parts(text), Err(Misread::Syntax), "{text}");
        }
        for text in ["3000000000 days", "300000000 years", "1:60", "1-12", "99999999999999999999 s"] {
            assert_eq!(parts(text), Err(Misread::Range), "{text}");
        }
    }
}
