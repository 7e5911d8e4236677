//! Parses one statement; turns the parser's complaint into PostgreSQL's words, with the place.

use datafusion::sql::sqlparser::ast::{Query, Statement};
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::tokens::offset_of;
use super::{dialect, tokens, unknown};
use crate::error::Error;
use crate::grammar;
use crate::grammar::Grammar;
use crate::walk::{self, Step};

/// A select list may have so many items.
const ITEMS_MAX: usize = 1664;

/// Parses a text that holds one statement. Errors: 42601 with the byte offset.
pub(crate) fn parse(sql: &str) -> Result<Statement, Error> {
    let parsed = match dialect::tokens(sql)? {
        // The parser wants a semicolon before the data that could follow in a file.
        Some(mut tokens) if dialect::copies_stdin(&tokens) => {
            tokens.push(TokenWithSpan::wrap(Token::SemiColon));
            grammar::statements_of(tokens, sql.len())
        }
        Some(tokens) => grammar::statements_of(tokens, sql.len()),
        None => grammar::statements(sql),
    };
    let mut statements = parsed.map_err(|error| {
        let unknown = tokens::without_blanks(sql).and_then(|tokens| unknown::refused(sql, &tokens));
        unknown.unwrap_or_else(|| syntax_error(sql, error))
    })?;
    match statements.len() {
        1 => {
            check_lengths(&mut statements[0], sql.len())?;
            Ok(statements.remove(0))
        }
        0 => Err(Error::new("42601", "there is no statement").with_hint("Write a statement, ended by a semicolon.")),
        _ => Err(Error::new("42601", "cannot run several statements as one")
            .with_hint("Pass them one at a time, or use execute.")),
    }
}

/// Refuses what selects more than PostgreSQL takes: planning looks at each item again for each. `bytes`: of the text.
fn check_lengths(statement: &mut Statement, bytes: usize) -> Result<(), Error> {
    // Each item has a comma.
    if bytes < 2 * ITEMS_MAX {
        return Ok(());
    }
    walk::try_change(statement, |step| match step {
        Step::BeforeSelect(select) if select.projection.len() > ITEMS_MAX => {
            Err(Error::new("54011", format!("target lists can have at most {ITEMS_MAX} entries"))
                .with_hint("Select them in several statements, or values in rows rather than columns."))
        }
        _ => Ok(()),
    })
}

/// Parses a query the engine itself writes. Panics if it is wrong.
pub(crate) fn parse_query(sql: &str) -> Box<Query> {
    match grammar::statements(sql).map(|mut statements| statements.remove(0)) {
        Ok(Statement::Query(query)) => query,
        other => panic!("{sql:?} was believed to be a query: {other:?}"),
    }
}

fn syntax_error(sql: &str, error: ParserError) -> Error {
    let message = match error {
        ParserError::RecursionLimitExceeded => {
            return Error::new("54001", "the statement is nested too deeply")
                .with_hint("Split it, or use WITH for its parts.");
        }
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
    };
    let (said, position) = match message.rsplit_once(" at Line: ") {
        None => (message.as_str(), None),
        Some((said, place)) => (said, offset(sql, place)),
    };
    // A clause of MERGE with an action that is not its own.
    let misplaced = said.split_once(" is not allowed in a ").filter(|_| said.ends_with("merge clause"));
    let found = said.rsplit_once("found: ").or(misplaced.map(|(word, rest)| (rest, word))).map(|(_, found)| found);
    let headline = match found {
        Some("EOF") => "syntax error at end of input".to_owned(),
        Some(found) => format!("syntax error at or near \"{found}\""),
        None => format!("syntax error: {}", lower_first(said)),
    };
    let mut error = Error::new("42601", headline);
    error.position = match found {
        Some("EOF") => Some(sql.trim_end().len()),
        _ => position,
    };
    if let Some((expected, _)) = said.split_once(", found: ") {
        error.detail = Some(format!("{expected}."));
    }
    error
}

/// Adds the place of the name an error is about, where the error does not know it: the first word of the text that is it.
pub(crate) fn located(mut error: Error, sql: &str) -> Error {
    let about_a_name = matches!(error.sqlstate.as_str(), "42P01" | "42703" | "42702" | "42883" | "42704" | "3F000");
    if error.position.is_some() || !about_a_name {
        return error;
    }
    let quoted =
        error.message.split('"').nth(1).or_else(|| error.message.strip_prefix("function ")?.split(['(', ' ']).next());
    let Some(name) = quoted.and_then(|name| name.rsplit('.').next()).map(str::to_owned) else { return error };
    let Ok(tokens) = Tokenizer::new(&Grammar, sql).tokenize_with_location() else { return error };
    let is_name = |token: &TokenWithSpan| match &token.token {
        Token::Word(word) if word.quote_style.is_some() => word.value == name,
        Token::Word(word) => word.value.to_lowercase() == name,
        _ => false,
    };
    let place = tokens.iter().find(|token| is_name(token)).map(|token| token.span.start);
    error.position = place.and_then(|start| offset_of(sql, start.line as usize, start.column as usize));
    error
}

/// The byte offset of `LINE, Column: COLUMN`, both counted from 1, columns in characters.
fn offset(sql: &str, place: &str) -> Option<usize> {
    let (line, column) = place.split_once(", Column: ")?;
    let (line, column): (usize, usize) = (line.trim().parse().ok()?, column.trim().parse().ok()?);
    offset_of(sql, line, column)
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}
