//! Integers in other bases, which the parser's tokens do not tell: `0x1F`, `0o17` and `0b101` are numbers.
//!
//! The parser takes the first for a bit string and the others for a zero with a name behind it.

use std::num::IntErrorKind;

use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan};

/// The tokens with such integers as numbers.
pub(crate) fn read(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let is_one = |token: &TokenWithSpan| matches!(token.token, Token::HexStringLiteral(_));
    if !tokens.iter().any(is_one) && !tokens.iter().any(|token| is_zero(&token.token)) {
        return tokens;
    }
    let mut read: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    for token in tokens.drain(..) {
        let decimal = match (&token.token, read.last()) {
            // `X'1F'` has quotes besides.
            (Token::HexStringLiteral(digits), _) if width(token.span) == digits.len() as u64 + 2 => decimal(digits, 16),
            (Token::Word(word), Some(before)) if is_zero(&before.token) && word.quote_style.is_none() => {
                let (base, digits) = match word.value.split_at_checked(1) {
                    Some(("o" | "O", digits)) => (8, digits),
                    Some(("b" | "B", digits)) => (2, digits),
                    _ => (10, ""),
                };
                let adjacent = before.span.end == token.span.start;
                let found = if adjacent { decimal(digits, base) } else { None };
                if found.is_some() {
                    read.pop();
                }
                found
            }
            _ => None,
        };
        read.push(match decimal {
            Some(decimal) => TokenWithSpan { token: Token::Number(decimal, false), span: token.span },
            None => token,
        });
    }
    read
}

fn is_zero(token: &Token) -> bool {
    matches!(token, Token::Number(digits, false) if digits == "0")
}

/// How many characters a token has, if it is of one line.
fn width(span: Span) -> u64 {
    if span.start.line == span.end.line { span.end.column.saturating_sub(span.start.column) } else { 0 }
}

/// The digits of the number in base ten; `None` if they are not of that base.
fn decimal(digits: &str, base: u32) -> Option<String> {
    let plain: String = digits.chars().filter(|digit| *digit != '_').collect();
    let ends_well = !digits.ends_with('_') && !digits.contains("__");
    match u128::from_str_radix(&plain, base) {
        Ok(number) if ends_well => Some(number.to_string()),
        // As a number that nothing here can hold.
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Some(format!("1{}", "0".repeat(40))),
        _ => None,
    }
}
