//! Constraint attributes of `ALTER CONSTRAINT name`, which the parser does not take.
//!
//! ```text
//!   ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE ──▶ parsed as VALIDATE CONSTRAINT c; the attributes are read from the text
//!                                  ▲ its place tells the operation
//! ```

use std::ops::Range;

use datafusion::sql::sqlparser::ast::Ident;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{is_word, keyword, place, syntax_error_at, without_blanks, word};
use crate::error::Error;

/// What `ALTER CONSTRAINT` says; `None` where it says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    pub deferrable: Option<bool>,
    pub initially_deferred: Option<bool>,
    pub enforced: Option<bool>,
    /// `INHERIT` or `NO INHERIT`, which only NOT NULL has.
    pub inherits: bool,
}

/// What is said about the constraint `name` of the parsed VALIDATE CONSTRAINT, if it was written as ALTER CONSTRAINT.
pub(super) fn of(sql: &str, name: &Ident) -> Option<Attributes> {
    let tokens = without_blanks(sql)?;
    let altered = altered(sql, &tokens).ok()?;
    altered.into_iter().find(|altered| tokens[altered.name].span.start == name.span.start).map(|altered| altered.says)
}

/// Puts every ALTER CONSTRAINT as VALIDATE CONSTRAINT. Errors: 42601 and 0A000 for what cannot be said of a constraint.
pub(super) fn rewrite(sql: &str, tokens: &mut Vec<TokenWithSpan>) -> Result<(), Error> {
    for altered in altered(sql, tokens)?.into_iter().rev() {
        let verb = altered.name - 2;
        tokens[verb] = word("VALIDATE", Keyword::VALIDATE, tokens[verb].span);
        tokens.drain(altered.attributes);
    }
    Ok(())
}

/// An ALTER CONSTRAINT among tokens.
struct Altered {
    /// Where its name is.
    name: usize,
    attributes: Range<usize>,
    says: Attributes,
}

fn altered(sql: &str, tokens: &[TokenWithSpan]) -> Result<Vec<Altered>, Error> {
    let [alter, table, ..] = tokens else { return Ok(Vec::new()) };
    if keyword(alter) != Keyword::ALTER || keyword(table) != Keyword::TABLE {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for at in 2..tokens.len().saturating_sub(2) {
        let is_it = keyword(&tokens[at]) == Keyword::ALTER && keyword(&tokens[at + 1]) == Keyword::CONSTRAINT;
        if !is_it || !matches!(tokens[at + 2].token, Token::Word(_)) {
            continue;
        }
        let ends = |token: &TokenWithSpan| matches!(token.token, Token::Comma | Token::SemiColon | Token::EOF);
        let start = at + 3;
        let length = tokens[start..].iter().position(ends).unwrap_or(tokens.len() - start);
        let attributes = start..start + length;
        let says = attributes_of(sql, &tokens[attributes.clone()])?;
        found.push(Altered { name: at + 2, attributes, says });
    }
    Ok(found)
}

fn attributes_of(sql: &str, tokens: &[TokenWithSpan]) -> Result<Attributes, Error> {
    let mut says = Attributes::default();
    let mut at = 0;
    while at < tokens.len() {
        let not = keyword(&tokens[at]) == Keyword::NOT;
        let named = tokens.get(at + usize::from(not));
        let length = match named.map(keyword) {
            Some(Keyword::DEFERRABLE) => {
                say(&mut says.deferrable, !not)?;
                1 + usize::from(not)
            }
            Some(Keyword::ENFORCED) => {
                say(&mut says.enforced, !not)?;
                1 + usize::from(not)
            }
            Some(Keyword::INITIALLY) if !not => {
                let deferred = match tokens.get(at + 1).map(keyword) {
                    Some(Keyword::DEFERRED) => true,
                    Some(Keyword::IMMEDIATE) => false,
                    _ => return Err(syntax_error_at(sql, tokens.get(at + 1), "DEFERRED or IMMEDIATE")),
                };
                say(&mut says.initially_deferred, deferred)?;
                2
            }
            Some(Keyword::VALID) if not => {
                return Err(Error::unsupported(
                    "constraints cannot be altered to be NOT VALID",
                    "Drop the constraint and add it again NOT VALID.",
                )
                .with_position(place(sql, &tokens[at])));
            }
            _ if is_word(&tokens[at], "inherit") => {
                says.inherits = true;
                1
            }
            _ if is_word(&tokens[at], "no") && tokens.get(at + 1).is_some_and(|next| is_word(next, "inherit")) => {
                says.inherits = true;
                2
            }
            _ => return Err(syntax_error_at(sql, named, "DEFERRABLE, INITIALLY or ENFORCED")),
        };
        at += length;
    }
    if says.deferrable == Some(false) && says.initially_deferred == Some(true) {
        return Err(must_be_deferrable());
    }
    Ok(says)
}

/// Notes an attribute; refuses its opposite.
fn say(attribute: &mut Option<bool>, value: bool) -> Result<(), Error> {
    match attribute.replace(value) {
        Some(earlier) if earlier != value => {
            Err(Error::new("42601", "conflicting constraint properties").with_hint("Keep one of them."))
        }
        _ => Ok(()),
    }
}

/// NOT DEFERRABLE INITIALLY DEFERRED.
pub(super) fn must_be_deferrable() -> Error {
    Error::new("42601", "constraint declared INITIALLY DEFERRED must be DEFERRABLE")
        .with_hint("Write DEFERRABLE INITIALLY DEFERRED, or leave INITIALLY DEFERRED out.")
}
