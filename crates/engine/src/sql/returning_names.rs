//! `RETURNING WITH (OLD AS o, NEW AS n) o.c, n.c`: names for the two images of a row, put back as `old.c` and `new.c`.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{is_word, place, syntax_error_at, word};
use crate::error::Error;

/// A name that a clause gives an image.
struct Named {
    image: &'static str,
    name: String,
}

/// Takes the clause out, and puts the images' own names in the place of those it gives.
///
/// Errors: 0A000 where the table has the name of an image; 42601 for an image named twice; 42712 for a name that is taken; 42P01 for `old` or `new` where it goes by another name.
pub(super) fn put_back(sql: &str, tokens: &mut Vec<TokenWithSpan>) -> Result<(), Error> {
    let mut at = 0;
    while at + 2 < tokens.len() {
        let is_clause = is_word(&tokens[at], "returning")
            && is_word(&tokens[at + 1], "with")
            && tokens[at + 2].token == Token::LParen;
        if is_clause {
            let (named, end) = read(sql, tokens, at + 3)?;
            if let Some(taken) = named.iter().find(|named| is_target(&tokens[..at], &named.name)) {
                return Err(taken_twice(&taken.name, sql, &tokens[at + 2]));
            }
            if let Some(named) = named.iter().find(|named| hides(&tokens[..at], named.image)) {
                let image = named.image;
                let error = Error::unsupported(
                    format!("RETURNING WITH is not supported on a table called \"{image}\""),
                    format!("Give it another name in the statement: {image} AS t."),
                );
                return Err(error.with_position(place(sql, &tokens[at + 2])));
            }
            tokens.drain(at + 1..=end);
            rename(sql, tokens, at + 1, &named)?;
        }
        at += 1;
    }
    Ok(())
}

/// The names from this place on, and the parenthesis that ends them.
fn read(sql: &str, tokens: &[TokenWithSpan], start: usize) -> Result<(Vec<Named>, usize), Error> {
    let mut named: Vec<Named> = Vec::new();
    let mut at = start;
    loop {
        let image = match tokens.get(at) {
            Some(token) if is_word(token, "old") => "old",
            Some(token) if is_word(token, "new") => "new",
            found => return Err(syntax_error_at(sql, found, "OLD or NEW")),
        };
        if !tokens.get(at + 1).is_some_and(|token| is_word(token, "as")) {
            return Err(syntax_error_at(sql, tokens.get(at + 1), "AS"));
        }
        let Some(name) = tokens.get(at + 2).and_then(folded) else {
            return Err(syntax_error_at(sql, tokens.get(at + 2), "a name"));
        };
        if named.iter().any(|known| known.image == image) {
            let message = format!("{} cannot be specified multiple times", image.to_uppercase());
            return Err(Error::new("42601", message).with_position(place(sql, &tokens[at])));
        }
        if named.iter().any(|known| known.name == name) {
            return Err(taken_twice(&name, sql, &tokens[at]));
        }
        named.push(Named { image, name });
        match tokens.get(at + 3).map(|token| &token.token) {
            Some(Token::Comma) => at += 4,
            Some(Token::RParen) => return Ok((named, at + 3)),
            _ => return Err(syntax_error_at(sql, tokens.get(at + 3), "a comma or the end of the list")),
        }
    }
}

/// Renames qualifiers up to the end of the clause.
fn rename(sql: &str, tokens: &mut [TokenWithSpan], start: usize, named: &[Named]) -> Result<(), Error> {
    let mut depth = 0;
    for at in start..tokens.len() {
        match tokens[at].token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            Token::SemiColon | Token::EOF => return Ok(()),
            _ => {}
        }
        if depth < 0 {
            return Ok(());
        }
        let qualifies =
            tokens.get(at + 1).is_some_and(|next| next.token == Token::Period) && tokens[at - 1].token != Token::Period;
        let Some(name) = folded(&tokens[at]).filter(|_| qualifies) else { continue };
        if let Some(found) = named.iter().find(|named| named.name == name) {
            tokens[at] = word(found.image, Keyword::NoKeyword, tokens[at].span);
        } else if named.iter().any(|named| named.image == name) {
            return Err(Error::new("42P01", format!("missing FROM-clause entry for table \"{name}\""))
                .with_position(place(sql, &tokens[at]))
                .with_hint("It goes by the name that RETURNING WITH gives it."));
        }
    }
    Ok(())
}

/// Whether the statement names its table so.
fn is_target(before: &[TokenWithSpan], name: &str) -> bool {
    before.windows(2).any(|pair| {
        ["update", "into", "from"].iter().any(|word| is_word(&pair[0], word))
            && folded(&pair[1]).is_some_and(|found| found == name)
    })
}

/// Whether the table goes by the name of an image, which then means the table.
fn hides(before: &[TokenWithSpan], image: &str) -> bool {
    let renamed = |at: usize| before.get(at).is_some_and(|token| is_word(token, "as"));
    is_target(before, image)
        && !before
            .iter()
            .enumerate()
            .any(|(at, token)| folded(token).is_some_and(|name| name == image) && renamed(at + 1))
}

fn taken_twice(name: &str, sql: &str, token: &TokenWithSpan) -> Error {
    Error::new("42712", format!("table name \"{name}\" specified more than once"))
        .with_position(place(sql, token))
        .with_hint("Give each image a name that nothing else has.")
}

fn folded(token: &TokenWithSpan) -> Option<String> {
    match &token.token {
        Token::Word(word) if word.quote_style.is_some() => Some(word.value.clone()),
        Token::Word(word) => Some(word.value.to_lowercase()),
        _ => None,
    }
}
