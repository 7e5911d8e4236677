//! The patterns that numbers are written and read by: `FM999,990.00`; `to_char` of numbers and `to_number`.
//!
//! Digits stand at the right of their places before the point; the sign stands before the first digit unless the pattern has a place
//! for it; what has more digits than places is shown as `#`. Source: PostgreSQL documentation, Data Type Formatting Functions.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::datatypes::{DataType, i256};

use super::call::{Call, Number, magnitude};
use super::time_patterns::{Case, ordinal};
use crate::error::Error;

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// `9`, or `0`, which is shown as a digit in any case.
    Digit(bool),
    Point,
    Group,
    /// `S`: anchored to the number.
    Sign,
    /// `MI`
    Minus,
    /// `PL`
    Plus,
    /// `SG`
    PlusOrMinus,
    /// `PR`: angle brackets around a negative number.
    Brackets,
    /// `L`: none, in this locale.
    Currency,
    Ordinal(Case),
    /// `V`: what stands behind it multiplies by ten each.
    Shift,
    Literal(String),
}

#[derive(Debug, Clone, Default)]
struct Pattern {
    pieces: Vec<Piece>,
    is_bare: bool,
    /// Places before and behind the point.
    before: usize,
    behind: usize,
    /// By how many digits the number is shifted.
    shift: usize,
}

fn pattern(text: &str) -> Result<Pattern, Error> {
    let mut pattern = Pattern::default();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let end = quoted.find('"').unwrap_or(quoted.len());
            pattern.pieces.push(Piece::Literal(quoted[..end].to_owned()));
            rest = quoted.get(end + 1..).unwrap_or("");
            continue;
        }
        let word: String = rest.chars().take(2).collect::<String>();
        let upper = word.to_ascii_uppercase();
        let two = match upper.as_str() {
            "FM" => {
                pattern.is_bare = true;
                rest = &rest[2..];
                continue;
            }
            "MI" => Some(Piece::Minus),
            "PL" => Some(Piece::Plus),
            "SG" => Some(Piece::PlusOrMinus),
            "PR" => Some(Piece::Brackets),
            "TH" => Some(Piece::Ordinal(if word == "TH" { Case::Upper } else { Case::Lower })),
            "RN" | "EE" => {
                let message = format!("\"{word}\" is not supported in a pattern of numbers");
                return Err(Error::unsupported(message, "Write the number with places of digits."));
            }
            _ => None,
        };
        if let Some(piece) = two {
            pattern.pieces.push(piece);
            rest = &rest[2..];
            continue;
        }
        let has_point = pattern.pieces.contains(&Piece::Point);
        let piece = match first {
            '9' | '0' => {
                let is_shifted = pattern.pieces.contains(&Piece::Shift);
                pattern.shift += usize::from(is_shifted);
                *(if has_point { &mut pattern.behind } else { &mut pattern.before }) += 1;
                Piece::Digit(first == '0')
            }
            '.' | 'D' | 'd' if has_point => {
                return Err(Error::new("42601", "multiple decimal points"));
            }
            '.' | 'D' | 'd' => Piece::Point,
            ',' | 'G' | 'g' => Piece::Group,
            'S' | 's' => Piece::Sign,
            'L' | 'l' => Piece::Currency,
            'V' | 'v' => Piece::Shift,
            other => Piece::Literal(other.to_string()),
        };
        pattern.pieces.push(piece);
        rest = &rest[first.len_utf8()..];
    }
    if pattern.shift > 0 && pattern.pieces.contains(&Piece::Point) {
        return Err(Error::new("42601", "cannot use \"V\" and decimal point together"));
    }
    Ok(pattern)
}

/// `to_char(number, pattern)`.
pub(super) fn show(call: &Call) -> Result<ArrayRef, Error> {
    let mut known: Option<(String, Pattern)> = None;
    let shown = call.each_or_null(|row| {
        let text = call.text(1, row);
        if text.is_empty() {
            return Ok(None);
        }
        if known.as_ref().is_none_or(|(known, _)| known != text) {
            known = Some((text.to_owned(), pattern(text)?));
        }
        let Some((_, pattern)) = &known else { return Ok(None) };
        let digits = digits(call, row, pattern)?;
        Ok(Some(pattern.show(digits)))
    })?;
    Ok(Arc::new(StringArray::from(shown)))
}

/// A number as its digits before and behind the point, as many behind as the pattern has places.
struct Digits {
    is_negative: bool,
    before: String,
    behind: String,
}

fn digits(call: &Call, row: usize, pattern: &Pattern) -> Result<Digits, Error> {
    let shift = i8::try_from(pattern.shift).unwrap_or(i8::MAX);
    let behind = i8::try_from(pattern.behind.min(38)).unwrap_or(i8::MAX);
    let (is_negative, written) = match call.arrays[0].data_type() {
        DataType::Int64 => {
            let number = Number { value: i256::from_i128(i128::from(call.int8(0, row))), scale: 0 };
            written(number, shift, behind)?
        }
        DataType::Float64 => {
            let value = call.float8(0, row) * 10_f64.powi(i32::from(shift));
            (value < 0.0, format!("{:.*}", pattern.behind, value.abs()))
        }
        _ => written(call.number(0, row), shift, behind)?,
    };
    let (before, behind) = written.split_once('.').unwrap_or((&written, ""));
    let mut behind = behind.to_owned();
    behind.extend(std::iter::repeat_n('0', pattern.behind.saturating_sub(behind.len())));
    // A zero before the point is not a digit of the number, if others are behind it.
    let is_whole = pattern.behind == 0;
    let before = if before == "0" && !is_whole { String::new() } else { before.to_owned() };
    Ok(Digits { is_negative, before, behind })
}

fn written(number: Number, shift: i8, behind: i8) -> Result<(bool, String), Error> {
    let shifted = Number { value: number.value, scale: number.scale - shift };
    let rounded = match shifted.scale {
        0.. => shifted.rounded(behind)?,
        _ => Number { value: shifted.value, scale: 0 }.cut(-shifted.scale)?,
    };
    let digits = magnitude(rounded.value).to_string();
    let places = usize::from(behind.unsigned_abs());
    let digits = if shifted.scale < 0 { digits } else { format!("{digits:0>width$}", width = places + 1) };
    let point = digits.len() - if shifted.scale < 0 { 0 } else { places };
    Ok((rounded.value < i256::ZERO, format!("{}.{}", &digits[..point], &digits[point..])))
}

impl Pattern {
    fn show(&self, mut digits: Digits) -> String {
        if digits.before.len() > self.before {
            digits.before = "#".repeat(self.before);
            digits.behind = "#".repeat(self.behind);
        }
        let has = |piece: &Piece| self.pieces.contains(piece);
        let first_digit = self.pieces.iter().position(|piece| matches!(piece, Piece::Digit(_)));
        let sign_at = self.pieces.iter().position(|piece| *piece == Piece::Sign);
        let sign_is_last = sign_at.is_some_and(|sign| first_digit.is_some_and(|digit| digit < sign));
        // What stands before the first digit, where the pattern has no place for the sign.
        let sign = match digits.is_negative {
            _ if sign_is_last || has(&Piece::Minus) || has(&Piece::PlusOrMinus) => "",
            true if has(&Piece::Brackets) => "<",
            false if has(&Piece::Brackets) && !self.is_bare => " ",
            true => "-",
            false if sign_at.is_some() => "+",
            false if self.is_bare => "",
            false => " ",
        };
        let zeros_from = self.places().position(|is_zero| is_zero).filter(|at| *at < self.before);
        let zeros_to = self.places().skip(self.before).take(self.behind);
        let zeros_to = zeros_to.enumerate().filter(|(_, is_zero)| *is_zero).last().map_or(0, |(at, _)| at + 1);
        let kept = digits.behind.trim_end_matches('0').len().max(zeros_to);
        let mut out = String::new();
        let mut begun = false;
        let mut begin = |out: &mut String| {
            if !std::mem::replace(&mut begun, true) {
                out.push_str(sign);
            }
            begun
        };
        let (mut place, mut is_behind, mut started) = (0, false, false);
        let missing = self.before - digits.before.len();
        for piece in &self.pieces {
            match piece {
                Piece::Digit(_) if is_behind => {
                    if !self.is_bare || place < kept {
                        out.push_str(&digits.behind[place..=place]);
                    }
                    place += 1;
                }
                Piece::Digit(_) => {
                    if place >= missing {
                        started = begin(&mut out);
                        out.push_str(&digits.before[place - missing..=place - missing]);
                    } else if zeros_from.is_some_and(|from| place >= from) {
                        started = begin(&mut out);
                        out.push('0');
                    } else if !self.is_bare {
                        out.push(' ');
                    }
                    place += 1;
                }
                Piece::Point => {
                    started = begin(&mut out);
                    out.push('.');
                    (place, is_behind) = (0, true);
                }
                Piece::Group if started => out.push(','),
                Piece::Group if !self.is_bare => out.push(' '),
                Piece::Currency if !self.is_bare => out.push(' '),
                Piece::Sign if sign_is_last => out.push(if digits.is_negative { '-' } else { '+' }),
                Piece::Minus if digits.is_negative => out.push('-'),
                Piece::Minus if !self.is_bare => out.push(' '),
                Piece::Plus if !digits.is_negative => out.push('+'),
                Piece::Plus if !self.is_bare => out.push(' '),
                Piece::PlusOrMinus => out.push(if digits.is_negative { '-' } else { '+' }),
                Piece::Brackets if digits.is_negative => out.push('>'),
                Piece::Brackets if !self.is_bare => out.push(' '),
                Piece::Ordinal(case) if !digits.is_negative && self.behind == 0 => {
                    let number = digits.before.chars().rev().take(2).collect::<Vec<_>>();
                    let number: String = number.into_iter().rev().collect();
                    out.push_str(&ordinal(number.parse().unwrap_or(0), *case));
                }
                Piece::Literal(text) => out.push_str(text),
                _ => {}
            }
        }
        out
    }

    /// The places of digits; whether each is a zero.
    fn places(&self) -> impl Iterator<Item = bool> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Digit(is_zero) => Some(*is_zero),
            _ => None,
        })
    }
}

/// `to_number(text, pattern)`. Errors: 22P02 for a text without digits.
pub(super) fn read(call: &Call) -> Result<ArrayRef, Error> {
    let mut known: Option<(String, Pattern)> = None;
    let DataType::Decimal128(_, scale) = *call.returns.data_type() else {
        unreachable!("a numeric without a declared scale is kept as Decimal128")
    };
    let numbers = call.each(|row| {
        let text = call.text(1, row);
        if known.as_ref().is_none_or(|(known, _)| known != text) {
            known = Some((text.to_owned(), pattern(text)?));
        }
        let pattern = known.as_ref().map(|(_, pattern)| pattern);
        number(call.text(0, row), pattern).and_then(|number| number.rounded(scale)).map(|number| number.value)
    })?;
    call.numerics(numbers)
}

/// The number that a text shows by a pattern: as many digits as it has places for.
fn number(text: &str, pattern: Option<&Pattern>) -> Result<Number, Error> {
    let invalid = || Error::new("22P02", format!("invalid input syntax for type numeric: \"{text}\""));
    let (before, behind) = pattern.map_or((38, 38), |pattern| (pattern.before, pattern.behind));
    let has_point = pattern.is_some_and(|pattern| pattern.pieces.contains(&Piece::Point));
    let is_negative = text.contains('-') || (text.contains('<') && text.contains('>'));
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if has_point => (whole, fraction),
        _ => (text, ""),
    };
    let digits =
        |part: &str, places: usize| -> String { part.chars().filter(char::is_ascii_digit).take(places).collect() };
    let (whole, fraction) = (digits(whole, before), digits(fraction, behind.min(37)));
    if whole.is_empty() && fraction.is_empty() {
        return Err(invalid());
    }
    let value: i128 =
        format!("{whole}{fraction}").parse().map_err(|_| Error::new("22003", "numeric field overflow"))?;
    let shift = pattern.map_or(0, |pattern| pattern.shift);
    let scale = i8::try_from(fraction.len() + shift).map_err(|_| invalid())?;
    Ok(Number { value: i256::from_i128(if is_negative { -value } else { value }), scale })
}
