//! SIMILAR TO, whose patterns are half LIKE's and half regular expressions. Source: PostgreSQL documentation, Pattern Matching, and its
//! `similar_to_escape`.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Value};

use crate::error::Error;

/// `x SIMILAR TO 'a%(b|c)'` is `x ~ '^(?s:a.*(?:b|c))$'`. Errors: 0A000 for a pattern that is no literal.
pub(super) fn as_regex(expr: &mut Expr) -> Result<(), Error> {
    let Expr::SimilarTo { negated, expr: text, pattern, escape_char } = expr else { return Ok(()) };
    let literal = |expr: &Expr| match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(Some(text.clone())),
            Value::Null => Some(None),
            _ => None,
        },
        _ => None,
    };
    let escape = match escape_char.as_ref().map(|escape| &escape.value) {
        None => Some('\\'),
        Some(Value::SingleQuotedString(escape)) => escape.chars().next(),
        Some(_) => None,
    };
    let Some(given) = literal(pattern) else {
        return Err(Error::unsupported(
            "SIMILAR TO with a pattern that is no literal is not supported",
            "Write the pattern as a text in quotes, or use ~ with a regular expression.",
        ));
    };
    **pattern = Expr::value(match given {
        Some(given) => Value::SingleQuotedString(regex_of(&given, escape)),
        None => Value::Null,
    });
    let op = if *negated { BinaryOperator::PGRegexNotMatch } else { BinaryOperator::PGRegexMatch };
    let [left, right] =
        [text, pattern].map(|side| Box::new(std::mem::replace(side.as_mut(), Expr::value(Value::Null))));
    *expr = Expr::BinaryOp { left, op, right };
    Ok(())
}

/// The regular expression that a pattern of SIMILAR TO is.
fn regex_of(pattern: &str, escape: Option<char>) -> String {
    let mut regex = "^(?s:".to_owned();
    let mut within_brackets = false;
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            _ if Some(character) == escape => {
                regex.push('\\');
                regex.extend(characters.next());
            }
            '\\' => regex.push_str("\\\\"),
            ']' if within_brackets => {
                within_brackets = false;
                regex.push(character);
            }
            _ if within_brackets => regex.push(character),
            '[' => {
                within_brackets = true;
                regex.push(character);
            }
            '%' => regex.push_str(".*"),
            '_' => regex.push('.'),
            '(' => regex.push_str("(?:"),
            '.' | '^' | '$' => regex.extend(['\\', character]),
            _ => regex.push(character),
        }
    }
    regex.push_str(")$");
    regex
}
