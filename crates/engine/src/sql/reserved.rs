//! Reserved words that stand where a name is wanted: told before the parser stumbles later, with the way out.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Word};

use super::tokens::place;
use crate::error::Error;
use crate::identifier::is_reserved;

/// Refuses a reserved word where a table is named: after CREATE TABLE, INTO, UPDATE, FROM, JOIN, REFERENCES and the like.
pub(super) fn check(sql: &str, tokens: &[TokenWithSpan]) -> Result<(), Error> {
    for (index, token) in tokens.iter().enumerate() {
        let Token::Word(word) = &token.token else { continue };
        let misplaced = is_reserved(&word.value) && names_a_table(&tokens[..index])
            || NEVER_READ.contains(&word.keyword) && is_read(&tokens[..index]);
        if word.quote_style.is_some() || !misplaced {
            continue;
        }
        return Err(refused(&word.value, "table").with_position(place(sql, token)));
    }
    Ok(())
}

/// 42601 for a reserved word as the name of a table or column.
pub(super) fn refused(word: &str, kind: &str) -> Error {
    let quoted = word.to_lowercase();
    Error::new("42601", format!("syntax error at or near \"{word}\""))
        .with_detail(format!("\"{quoted}\" is a reserved word and cannot name a {kind} as it is."))
        .with_hint(format!("Quote it: \"{quoted}\", here and wherever the {kind} is named."))
}

/// Words that can stand neither for a table nor begin anything else after FROM.
const NEVER_READ: [Keyword; 14] = [
    Keyword::ORDER,
    Keyword::GROUP,
    Keyword::TABLE,
    Keyword::COLUMN,
    Keyword::CHECK,
    Keyword::CONSTRAINT,
    Keyword::PRIMARY,
    Keyword::REFERENCES,
    Keyword::UNIQUE,
    Keyword::GRANT,
    Keyword::DESC,
    Keyword::ASC,
    Keyword::LIMIT,
    Keyword::OFFSET,
];

/// Whether the tokens before end in FROM or JOIN.
fn is_read(before: &[TokenWithSpan]) -> bool {
    let last = before.last().map(|token| &token.token);
    matches!(last, Some(Token::Word(Word { keyword: Keyword::FROM | Keyword::JOIN, quote_style: None, .. })))
}

/// Whether the tokens before end in a place where only a table's name can follow.
fn names_a_table(before: &[TokenWithSpan]) -> bool {
    let mut words: Vec<Keyword> = Vec::new();
    for token in before.iter().rev().take(6) {
        match &token.token {
            Token::Word(Word { keyword, quote_style: None, .. }) => words.push(*keyword),
            _ => break,
        }
    }
    use Keyword::{ALTER, CREATE, DROP, EXISTS, IF, INSERT, INTO, NOT, REFERENCES, TABLE, TEMP, TEMPORARY, TRUNCATE};
    match words.as_slice() {
        [TABLE, CREATE | DROP | ALTER | TRUNCATE | TEMP | TEMPORARY, ..] => true,
        [TEMP | TEMPORARY, INTO, ..] => true,
        [EXISTS, NOT, IF, TABLE, ..] | [EXISTS, IF, TABLE, ..] => true,
        [INTO, INSERT, ..] | [REFERENCES, ..] => true,
        [Keyword::UPDATE] => before.len() == 1,
        [Keyword::FROM, Keyword::DELETE, ..] => true,
        _ => false,
    }
}
