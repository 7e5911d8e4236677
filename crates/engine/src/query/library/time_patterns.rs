//! The patterns that times are written and read by: `YYYY-MM-DD HH24:MI:SS`.
//!
//! Source: PostgreSQL documentation, Data Type Formatting Functions.

use crate::error::Error;

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Field(Field),
    /// What stands for itself.
    Literal(String),
}

/// A part of a time in a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub what: What,
    /// `FM`: neither blanks nor zeros pad it.
    pub is_bare: bool,
    /// `TH` or `th` behind it.
    pub ordinal: Option<Case>,
}

/// How letters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Title,
    Lower,
}

/// Which part of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Hour24,
    Hour12,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    /// Tenths of a second, hundredths and so on: so many digits.
    Fraction(u8),
    SecondOfDay,
    /// Before or after noon, with points or without.
    Meridiem(Case, bool),
    /// With a comma.
    YearComma,
    /// The last digits, so many.
    Year(u8),
    IsoYear(u8),
    Era(Case, bool),
    Century,
    MonthName(Case),
    MonthShort(Case),
    Month,
    MonthRoman(Case),
    DayName(Case),
    DayShort(Case),
    DayOfYear,
    IsoDayOfYear,
    Day,
    DayOfWeek,
    IsoDayOfWeek,
    WeekOfMonth,
    WeekOfYear,
    IsoWeek,
    Quarter,
    Julian,
    ZoneName(Case),
    ZoneHours,
    ZoneMinutes,
    Offset,
}

use Case::{Lower, Title, Upper};

/// The words of patterns; of those that begin alike the longer stands first.
const WORDS: &[(&str, What)] = &[
    ("Y,YYY", What::YearComma),
    ("y,yyy", What::YearComma),
    ("HH24", What::Hour24),
    ("hh24", What::Hour24),
    ("HH12", What::Hour12),
    ("hh12", What::Hour12),
    ("HH", What::Hour12),
    ("hh", What::Hour12),
    ("MI", What::Minute),
    ("mi", What::Minute),
    ("SSSSS", What::SecondOfDay),
    ("sssss", What::SecondOfDay),
    ("SSSS", What::SecondOfDay),
    ("ssss", What::SecondOfDay),
    ("SS", What::Second),
    ("ss", What::Second),
    ("MS", What::Millisecond),
    ("ms", What::Millisecond),
    ("US", What::Microsecond),
    ("us", What::Microsecond),
    ("FF1", What::Fraction(1)),
    ("ff1", What::Fraction(1)),
    ("FF2", What::Fraction(2)),
    ("ff2", What::Fraction(2)),
    ("FF3", What::Fraction(3)),
    ("ff3", What::Fraction(3)),
    ("FF4", What::Fraction(4)),
    ("ff4", What::Fraction(4)),
    ("FF5", What::Fraction(5)),
    ("ff5", What::Fraction(5)),
    ("FF6", What::Fraction(6)),
    ("ff6", What::Fraction(6)),
    ("A.M.", What::Meridiem(Upper, true)),
    ("P.M.", What::Meridiem(Upper, true)),
    ("a.m.", What::Meridiem(Lower, true)),
    ("p.m.", What::Meridiem(Lower, true)),
    ("AM", What::Meridiem(Upper, false)),
    ("PM", What::Meridiem(Upper, false)),
    ("am", What::Meridiem(Lower, false)),
    ("pm", What::Meridiem(Lower, false)),
    ("IYYY", What::IsoYear(4)),
    ("iyyy", What::IsoYear(4)),
    ("IYY", What::IsoYear(3)),
    ("iyy", What::IsoYear(3)),
    ("IY", What::IsoYear(2)),
    ("iy", What::IsoYear(2)),
    ("IDDD", What::IsoDayOfYear),
    ("iddd", What::IsoDayOfYear),
    ("ID", What::IsoDayOfWeek),
    ("id", What::IsoDayOfWeek),
    ("IW", What::IsoWeek),
    ("iw", What::IsoWeek),
    ("I", What::IsoYear(1)),
    ("i", What::IsoYear(1)),
    ("YYYY", What::Year(4)),
    ("yyyy", What::Year(4)),
    ("YYY", What::Year(3)),
    ("yyy", What::Year(3)),
    ("YY", What::Year(2)),
    ("yy", What::Year(2)),
    ("Y", What::Year(1)),
    ("y", What::Year(1)),
    ("B.C.", What::Era(Upper, true)),
    ("A.D.", What::Era(Upper, true)),
    ("b.c.", What::Era(Lower, true)),
    ("a.d.", What::Era(Lower, true)),
    ("BC", What::Era(Upper, false)),
    ("AD", What::Era(Upper, false)),
    ("bc", What::Era(Lower, false)),
    ("ad", What::Era(Lower, false)),
    ("CC", What::Century),
    ("cc", What::Century),
    ("MONTH", What::MonthName(Upper)),
    ("Month", What::MonthName(Title)),
    ("month", What::MonthName(Lower)),
    ("MON", What::MonthShort(Upper)),
    ("Mon", What::MonthShort(Title)),
    ("mon", What::MonthShort(Lower)),
    ("MM", What::Month),
    ("mm", What::Month),
    ("RM", What::MonthRoman(Upper)),
    ("rm", What::MonthRoman(Lower)),
    ("DAY", What::DayName(Upper)),
    ("Day", What::DayName(Title)),
    ("day", What::DayName(Lower)),
    ("DY", What::DayShort(Upper)),
    ("Dy", What::DayShort(Title)),
    ("dy", What::DayShort(Lower)),
    ("DDD", What::DayOfYear),
    ("ddd", What::DayOfYear),
    ("DD", What::Day),
    ("dd", What::Day),
    ("D", What::DayOfWeek),
    ("d", What::DayOfWeek),
    ("WW", What::WeekOfYear),
    ("ww", What::WeekOfYear),
    ("W", What::WeekOfMonth),
    ("w", What::WeekOfMonth),
    ("Q", What::Quarter),
    ("q", What::Quarter),
    ("J", What::Julian),
    ("j", What::Julian),
    ("TZH", What::ZoneHours),
    ("tzh", What::ZoneHours),
    ("TZM", What::ZoneMinutes),
    ("tzm", What::ZoneMinutes),
    ("TZ", What::ZoneName(Upper)),
    ("tz", What::ZoneName(Lower)),
    ("OF", What::Offset),
    ("of", What::Offset),
];

/// A pattern taken apart. Errors: 0A000 for `TM` and `FX`.
pub(super) fn pieces(pattern: &str) -> Result<Vec<Piece>, Error> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = pattern;
    let literal = |pieces: &mut Vec<Piece>, text: &str| match pieces.last_mut() {
        Some(Piece::Literal(before)) => before.push_str(text),
        _ => pieces.push(Piece::Literal(text.to_owned())),
    };
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix('"') {
            // Within quotes a backslash makes the next character stand for itself.
            let mut quoted = String::new();
            let mut characters = after.char_indices();
            let mut end = after.len();
            while let Some((at, c)) = characters.next() {
                match c {
                    '"' => {
                        end = at + 1;
                        break;
                    }
                    '\\' => quoted.extend(characters.next().map(|(_, c)| c)),
                    c => quoted.push(c),
                }
            }
            literal(&mut pieces, &quoted);
            rest = &after[end..];
            continue;
        }
        let bare = ["FM", "fm"].iter().find_map(|prefix| rest.strip_prefix(prefix));
        for refused in ["FX", "fx", "TM", "tm"] {
            if rest.starts_with(refused) {
                let message = format!("\"{refused}\" is not supported in a pattern");
                return Err(Error::unsupported(message, "Leave it out: names are English, and blanks may be missing."));
            }
        }
        let words = bare.unwrap_or(rest);
        let Some((word, what)) = WORDS.iter().find(|(word, _)| words.starts_with(word)) else {
            match bare {
                Some(after) => rest = after,
                None => {
                    let (text, after) = rest.split_at(first.len_utf8());
                    literal(&mut pieces, text);
                    rest = after;
                }
            }
            continue;
        };
        rest = &words[word.len()..];
        let ordinal = [("TH", Upper), ("th", Lower)].into_iter().find(|(suffix, _)| rest.starts_with(suffix));
        if ordinal.is_some() {
            rest = &rest[2..];
        }
        let ordinal = ordinal.map(|(_, case)| case);
        pieces.push(Piece::Field(Field { what: *what, is_bare: bare.is_some(), ordinal }));
    }
    Ok(pieces)
}

/// A name as its letters are to be written.
pub(super) fn cased(name: &str, case: Case) -> String {
    match case {
        Upper => name.to_uppercase(),
        Title => name.to_owned(),
        Lower => name.to_lowercase(),
    }
}

/// What makes a number an ordinal one.
pub(super) fn ordinal(number: i64, case: Case) -> String {
    let number = number.unsigned_abs();
    let suffix = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    cased(suffix, case)
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

pub(super) const ROMAN: [&str; 12] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];
