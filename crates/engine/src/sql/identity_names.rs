//! `SEQUENCE NAME name` among the options of an identity column, as pg_dump writes it: taken out before the parser, read from the text again.
//!
//! ```text
//!   ALTER TABLE t ALTER COLUMN a ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME s.q START WITH 5)
//! ```

use std::ops::Range;

use datafusion::sql::sqlparser::ast::{Ident, ObjectName};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::names::folded;
use super::tokens::{is_word, without_blanks};

/// A name that an identity column's sequence is to have.
struct Named {
    column: Ident,
    sequence: ObjectName,
    /// The tokens that say so, the parentheses around them if there is nothing else within.
    said: Range<usize>,
}

/// Takes the names out.
pub(super) fn lift(tokens: &mut Vec<TokenWithSpan>) {
    if !tokens.first().is_some_and(|first| is_word(first, "alter")) {
        return;
    }
    while let Some(named) = (0..tokens.len()).find_map(|at| named_at(tokens, at)) {
        tokens.drain(named.said);
    }
}

/// The name that a text gives the sequence of a column.
pub(super) fn of(sql: &str, column: &str) -> Option<ObjectName> {
    let tokens = without_blanks(sql)?;
    let mut all = (0..tokens.len()).filter_map(|at| named_at(&tokens, at));
    all.find(|named| folded(&named.column) == column).map(|named| named.sequence)
}

/// What the list of options that opens here says, where it is that of a column's new identity.
fn named_at(tokens: &[TokenWithSpan], open: usize) -> Option<Named> {
    let before = |words: &[&str]| {
        let start = open.checked_sub(words.len())?;
        words.iter().zip(&tokens[start..]).all(|(word, token)| is_word(token, word)).then_some(start)
    };
    if tokens[open].token != Token::LParen {
        return None;
    }
    let start = before(&["add", "generated", "always", "as", "identity"])
        .or_else(|| before(&["add", "generated", "by", "default", "as", "identity"]))?;
    let column = word_at(tokens, start.checked_sub(1)?)?;
    let length = tokens[open..].iter().position(|token| token.token == Token::RParen)?;
    let close = open + length;
    let at = (open + 1..close)
        .find(|at| is_word(&tokens[*at], "sequence") && tokens.get(at + 1).is_some_and(|next| is_word(next, "name")))?;
    let mut parts = vec![word_at(tokens, at + 2)?];
    let mut end = at + 3;
    while tokens[end].token == Token::Period {
        parts.push(word_at(tokens, end + 1)?);
        end += 2;
    }
    let is_alone = at == open + 1 && end == close;
    let said = if is_alone { open..close + 1 } else { at..end };
    Some(Named { column, sequence: ObjectName::from(parts), said })
}

fn word_at(tokens: &[TokenWithSpan], at: usize) -> Option<Ident> {
    let TokenWithSpan { token: Token::Word(word), span } = tokens.get(at)? else { return None };
    Some(word.clone().into_ident(*span))
}
