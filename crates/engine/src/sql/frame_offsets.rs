//! Offsets of window frames that are texts, `RANGE '7 days' PRECEDING`, in parentheses: without, the parser takes them for intervals.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::keyword;

/// Puts parentheses around each text that starts an offset.
pub(super) fn enclose_texts(tokens: &mut Vec<TokenWithSpan>) {
    let is_unit = |at: usize| {
        tokens.get(at).is_some_and(|token| matches!(keyword(token), Keyword::ROWS | Keyword::RANGE | Keyword::GROUPS))
    };
    let mut texts = Vec::new();
    // How deep in parentheses the AND of each BETWEEN that is open lies.
    let mut open: Vec<usize> = Vec::new();
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        let starts_offset = match (&token.token, keyword(token)) {
            (Token::LParen, _) => {
                depth += 1;
                false
            }
            (Token::RParen, _) => {
                depth = depth.saturating_sub(1);
                open.retain(|within| *within <= depth);
                false
            }
            (_, Keyword::BETWEEN) if at > 0 && is_unit(at - 1) => {
                open.push(depth);
                true
            }
            (_, Keyword::AND) if open.last() == Some(&depth) => open.pop().is_some(),
            _ => is_unit(at),
        };
        if starts_offset && matches!(tokens.get(at + 1).map(|next| &next.token), Some(Token::SingleQuotedString(_))) {
            texts.push(at + 1);
        }
    }
    for at in texts.into_iter().rev() {
        let span = tokens[at].span;
        tokens.insert(at + 1, TokenWithSpan { token: Token::RParen, span });
        tokens.insert(at, TokenWithSpan { token: Token::LParen, span });
    }
}
