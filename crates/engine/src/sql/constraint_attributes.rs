//! Constraint attributes where the parser does not take them: `ALTER CONSTRAINT name DEFERRABLE`, and CHECK and NOT NULL that
//! are marked as if they could be deferred.
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
            _ if is_word(&tokens[at], "inherit") || named.is_some_and(|named| is_word(named, "inherit")) => {
                return Err(Error::unsupported("table inheritance is not supported", "Leave INHERIT out.")
                    .with_position(place(sql, &tokens[at])));
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

/// Refuses what is said of CHECK and NOT NULL, which are judged at once; takes out what says just that.
pub(super) fn check_misplaced(sql: &str, tokens: &mut Vec<TokenWithSpan>) -> Result<(), Error> {
    let verb = tokens.first().map(keyword);
    let declares = matches!(verb, Some(Keyword::CREATE | Keyword::ALTER))
        && tokens.iter().take(4).any(|token| keyword(token) == Keyword::TABLE);
    let mut at = 1;
    while declares && at < tokens.len() {
        let Some((clause, defers)) = clause_at(tokens, at) else {
            at += 1;
            continue;
        };
        let start = at - usize::from(clause.starts_with("NOT"));
        match owner(tokens, start) {
            Owner::TableCheck if defers => {
                return Err(Error::unsupported(
                    "CHECK constraints cannot be marked DEFERRABLE",
                    "Leave it out: a CHECK is judged with the statement.",
                )
                .with_position(place(sql, &tokens[start])));
            }
            Owner::TableCheck => {
                let end = start + clause.split(' ').count();
                tokens.drain(start..end);
                at = start;
            }
            Owner::OfColumn => {
                return Err(Error::new("42601", format!("misplaced {clause} clause"))
                    .with_hint("Only PRIMARY KEY, UNIQUE and foreign keys can be deferred.")
                    .with_position(place(sql, &tokens[start])));
            }
            Owner::Key => at += 1,
        }
    }
    Ok(())
}

/// The clause about deferral whose own word is at `at`, and whether it asks for it.
fn clause_at(tokens: &[TokenWithSpan], at: usize) -> Option<(&'static str, bool)> {
    match (keyword(&tokens[at]), tokens.get(at + 1).map(keyword)) {
        (Keyword::DEFERRABLE, _) if keyword(&tokens[at - 1]) == Keyword::NOT => Some(("NOT DEFERRABLE", false)),
        (Keyword::DEFERRABLE, _) => Some(("DEFERRABLE", true)),
        (Keyword::INITIALLY, Some(Keyword::DEFERRED)) => Some(("INITIALLY DEFERRED", true)),
        (Keyword::INITIALLY, Some(Keyword::IMMEDIATE)) => Some(("INITIALLY IMMEDIATE", false)),
        _ => None,
    }
}

/// What a clause about deferral stands behind.
enum Owner {
    TableCheck,
    /// A CHECK or NOT NULL of a column.
    OfColumn,
    /// A key or foreign key, which may be deferred, or something that the parser refuses.
    Key,
}

/// What the clause at `start` belongs to, further clauses between them passed over.
fn owner(tokens: &[TokenWithSpan], start: usize) -> Owner {
    let mut at = start;
    let is_attribute = |token: &TokenWithSpan| {
        use Keyword::{DEFERRABLE, DEFERRED, ENFORCED, IMMEDIATE, INITIALLY, NOT};
        matches!(keyword(token), NOT | DEFERRABLE | INITIALLY | DEFERRED | IMMEDIATE | ENFORCED)
    };
    while at > 0 && is_attribute(&tokens[at - 1]) {
        at -= 1;
    }
    let Some(last) = at.checked_sub(1) else { return Owner::Key };
    if keyword(&tokens[last]) == Keyword::NULL {
        let is_not_null = last > 0 && keyword(&tokens[last - 1]) == Keyword::NOT;
        return if is_not_null { Owner::OfColumn } else { Owner::Key };
    }
    if tokens[last].token != Token::RParen {
        return Owner::Key;
    }
    let mut depth = 0;
    let open = tokens[..=last].iter().rposition(|token| {
        match token.token {
            Token::RParen => depth += 1,
            Token::LParen => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    let Some(check) = open.and_then(|open| open.checked_sub(1)) else { return Owner::Key };
    if keyword(&tokens[check]) != Keyword::CHECK {
        return Owner::Key;
    }
    let named = check >= 2 && keyword(&tokens[check - 2]) == Keyword::CONSTRAINT;
    let first = if named { check - 2 } else { check };
    let before = &tokens[first - 1];
    match before.token == Token::Comma || before.token == Token::LParen || keyword(before) == Keyword::ADD {
        true => Owner::TableCheck,
        false => Owner::OfColumn,
    }
}
