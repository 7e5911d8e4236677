//! The tokens of a statement, each with its place in the text.

use bowline_core::catalog::NAME_BYTES_MAX;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan, Word};

use crate::error::Error;
use crate::grammar;
use crate::outcome::Notice;

/// 42601 at a token, in the words of the parser's own complaints.
pub(super) fn syntax_error_at(sql: &str, found: Option<&TokenWithSpan>, expected: &str) -> Error {
    let found = found.filter(|token| !matches!(token.token, Token::EOF));
    let headline = match found {
        Some(token) => format!("syntax error at or near \"{}\"", token.token),
        None => "syntax error at end of input".to_owned(),
    };
    let position = found.map_or(sql.trim_end().len(), |token| place(sql, token));
    Error::new("42601", headline).with_detail(format!("Expected: {expected}.")).with_position(position)
}

/// Tells of names that are too long to be kept whole.
pub(super) fn notices_of_names(sql: &str) -> Vec<Notice> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let plain = sql.split(|c: char| !is_part(c)).any(|word| word.len() > NAME_BYTES_MAX);
    if !plain && !sql.split('"').skip(1).any(|quoted| quoted.len() > NAME_BYTES_MAX) {
        return Vec::new();
    }
    let tokens = grammar::tokens(sql);
    let mut tokens = tokens.unwrap_or_default();
    let told = tokens.iter_mut().filter_map(|token| {
        let whole = shortened(token)?;
        let Token::Word(word) = &token.token else { return None };
        let message = format!("identifier \"{whole}\" will be truncated to \"{}\"", word.value);
        Some(Notice { sqlstate: "42622", ..Notice::plain(message) })
    });
    told.collect()
}

/// Cuts a name that is too long, between characters; returns what it was.
fn shortened(token: &mut TokenWithSpan) -> Option<String> {
    let Token::Word(word) = &mut token.token else { return None };
    if word.value.len() <= NAME_BYTES_MAX {
        return None;
    }
    let end = (0..=NAME_BYTES_MAX).rev().find(|end| word.value.is_char_boundary(*end)).unwrap_or(0);
    let whole = word.value.clone();
    word.value.truncate(end);
    Some(whole)
}

/// The byte offset of a token in the text.
pub(super) fn place(sql: &str, token: &TokenWithSpan) -> usize {
    let start = token.span.start;
    offset_of(sql, start.line as usize, start.column as usize).unwrap_or(0)
}

/// The tokens of a text without blanks and comments, names cut to what is kept of them; `None` if it cannot be cut into tokens.
pub(super) fn without_blanks(sql: &str) -> Option<Vec<TokenWithSpan>> {
    let mut tokens = grammar::tokens(sql).ok()?;
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
    tokens.iter_mut().for_each(|token| drop(shortened(token)));
    Some(tokens)
}

/// The keyword a token is; none for quoted names and everything else.
pub(super) fn keyword(token: &TokenWithSpan) -> Keyword {
    match &token.token {
        Token::Word(word) if word.quote_style.is_none() => word.keyword,
        _ => Keyword::NoKeyword,
    }
}

/// Whether the token is this word, for words that are no keywords to the parser.
pub(super) fn is_word(token: &TokenWithSpan, wanted: &str) -> bool {
    matches!(&token.token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(wanted))
}

/// A name in quotes, whatever it holds.
pub(super) fn quoted(name: &str, span: Span) -> TokenWithSpan {
    put(Token::Word(Word { value: name.to_owned(), quote_style: Some('"'), keyword: Keyword::NoKeyword }), span)
}

/// A token that stands where `span` says.
pub(super) fn put(token: Token, span: Span) -> TokenWithSpan {
    TokenWithSpan { token, span }
}

/// A word that stands where `span` says.
pub(super) fn word(text: &str, keyword: Keyword, span: Span) -> TokenWithSpan {
    put(Token::Word(Word { value: text.to_owned(), quote_style: None, keyword }), span)
}

/// The byte offset of a line and column, both from 1.
pub(super) fn offset_of(sql: &str, line: usize, column: usize) -> Option<usize> {
    let start: usize = sql.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let text = sql.get(start..)?;
    let within = text.char_indices().nth(column.checked_sub(1)?).map_or(text.len(), |(offset, _)| offset);
    Some(start + within)
}
