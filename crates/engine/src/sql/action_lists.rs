//! Column lists after SET NULL and SET DEFAULT, which the parser does not know: lifted out of the tokens before it sees them.
//!
//! ```text
//!   … REFERENCES t (…) ON DELETE SET NULL (a, b) …
//!                ▲ its place tells the foreign key    └──┬─┘ taken out; the declaration reads it from the text
//! ```

use datafusion::sql::sqlparser::ast::{Ident, ObjectName};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan};

use super::tokens::{keyword, place, without_blanks};
use crate::error::Error;

/// A list, and where the referenced table of its foreign key is named.
struct ActionList {
    referenced: Location,
    columns: Vec<Ident>,
}

/// The columns listed after ON DELETE SET NULL or SET DEFAULT of the foreign key that references `referenced`, a name from
/// the parsed statement; empty if there is no list.
pub(super) fn of(sql: &str, referenced: &ObjectName) -> Vec<Ident> {
    let start = referenced.0.first().and_then(|part| part.as_ident()).map(|name| name.span.start);
    let lists = without_blanks(sql).and_then(|mut tokens| lists(sql, &mut tokens).ok()).unwrap_or_default();
    lists.into_iter().find(|list| Some(list.referenced) == start).map(|list| list.columns).unwrap_or_default()
}

/// Takes the lists out of the tokens. Errors: 0A000 for a list that is not of ON DELETE.
pub(super) fn lift(sql: &str, tokens: &mut Vec<TokenWithSpan>) -> Result<(), Error> {
    lists(sql, tokens).map(|_| ())
}

fn lists(sql: &str, tokens: &mut Vec<TokenWithSpan>) -> Result<Vec<ActionList>, Error> {
    use Keyword::{DEFAULT, DELETE, NULL, ON, REFERENCES, SET, UPDATE};
    let mut found = Vec::new();
    let mut referenced = None;
    let mut at = 0;
    while at + 4 < tokens.len() {
        if keyword(&tokens[at]) == REFERENCES {
            referenced = Some(tokens[at + 1].span.start);
        }
        let is_action = keyword(&tokens[at]) == ON
            && matches!(keyword(&tokens[at + 1]), DELETE | UPDATE)
            && keyword(&tokens[at + 2]) == SET
            && matches!(keyword(&tokens[at + 3]), NULL | DEFAULT);
        at += 1;
        let Some(referenced) = referenced.filter(|_| is_action) else { continue };
        let open = at + 3;
        // What is no list of names stays, for the parser to refuse.
        let Some((columns, length)) = list(&tokens[open..]) else { continue };
        if keyword(&tokens[at]) == UPDATE {
            let action = if keyword(&tokens[at + 2]) == NULL { "SET NULL" } else { "SET DEFAULT" };
            return Err(Error::unsupported(
                format!("a column list with {action} is only supported for ON DELETE actions"),
                format!("Leave the list out: ON UPDATE {action} sets every referencing column."),
            )
            .with_position(place(sql, &tokens[open])));
        }
        found.push(ActionList { referenced, columns });
        tokens.drain(open..open + length);
    }
    Ok(found)
}

/// The names in `(a, b)` at the start of the tokens, and how many tokens that are.
fn list(tokens: &[TokenWithSpan]) -> Option<(Vec<Ident>, usize)> {
    if tokens.first()?.token != Token::LParen {
        return None;
    }
    let mut names = Vec::new();
    let mut at = 1;
    loop {
        let Token::Word(word) = &tokens.get(at)?.token else { return None };
        names.push(word.clone().into_ident(tokens[at].span));
        at += 2;
        match tokens.get(at - 1)?.token {
            Token::Comma => {}
            Token::RParen => return Some((names, at)),
            _ => return None,
        }
    }
}
