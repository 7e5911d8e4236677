//! Splits SQL text into its statements, without parsing them.
//!
//! Only what can hide a semicolon is understood: quoted strings (`'..'`, `E'..'`, `".."`, `$tag$..$tag$`) and
//! comments (`--` and nested `/* */`). The text need not be valid SQL; every text has a split.
//!
//! Invariant: the ranges are ascending, do not overlap, and begin and end at character boundaries.
//! Cost: one pass over the bytes. Source: PostgreSQL documentation, Lexical Structure.

use std::iter;
use std::ops::Range;

/// One step of a script, as the bytes it stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A statement, from its first word to its last: no semicolon, no comments around it.
    Statement(Range<usize>),
    /// The last statement, if no semicolon ends it.
    Unfinished(Range<usize>),
    /// A command of the shell, such as `\d orders`: from the backslash to the end of the line.
    Command(Range<usize>),
}

/// What a text ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Nothing stands there but blanks and comments, or nothing at all.
    Empty,
    /// A semicolon, with only blanks and comments after it.
    Semicolon,
    /// A statement that no semicolon has ended.
    Statement,
    /// An open string in single quotes.
    SingleQuote,
    /// An open name in double quotes.
    DoubleQuote,
    /// An open string in dollar quotes.
    DollarQuote,
    /// An open `/*` comment.
    Comment,
}

/// The statements of a text: byte ranges without the semicolon and without blanks or comments around it. Statements
/// that are empty are left out.
pub fn statements(sql: &str) -> impl Iterator<Item = Range<usize>> {
    let mut position = 0;
    iter::from_fn(move || {
        let found = statement_from(sql, position)?;
        position = found.next;
        Some(found.range)
    })
}

/// The statements of a script, and the backslash commands that stand between them.
pub fn steps(sql: &str) -> impl Iterator<Item = Step> {
    let mut position = 0;
    iter::from_fn(move || {
        position = skip_empty(sql, position);
        if sql[position..].starts_with('\\') {
            let line = sql[position..].lines().next().unwrap_or_default();
            let command = position..position + line.trim_end().len();
            position += line.len();
            return Some(Step::Command(command));
        }
        let found = statement_from(sql, position)?;
        position = found.next;
        Some(if found.terminated { Step::Statement(found.range) } else { Step::Unfinished(found.range) })
    })
}

/// Whether the text ends after a semicolon, so that nothing is left to be typed.
pub fn is_complete(sql: &str) -> bool {
    ending(sql) == Ending::Semicolon
}

/// What the text ends in.
pub fn ending(sql: &str) -> Ending {
    let mut ending = Ending::Empty;
    let mut position = 0;
    while let Some(token) = token_at(sql, position) {
        position = token.end;
        ending = match (token.kind, token.closed) {
            (Kind::Blank, true) => ending,
            (Kind::Blank, false) => Ending::Comment,
            (Kind::Semicolon, _) => Ending::Semicolon,
            (Kind::SingleQuote, false) => Ending::SingleQuote,
            (Kind::DoubleQuote, false) => Ending::DoubleQuote,
            (Kind::DollarQuote, false) => Ending::DollarQuote,
            _ => Ending::Statement,
        };
    }
    ending
}

/// Where a comment begins that nothing ends, if there is one.
pub fn open_comment(sql: &str) -> Option<usize> {
    if !sql.contains("/*") {
        return None;
    }
    let mut position = 0;
    while let Some(token) = token_at(sql, position) {
        if token.kind == Kind::Blank && !token.closed {
            return Some(position);
        }
        position = token.end;
    }
    None
}

struct Found {
    range: Range<usize>,
    /// A semicolon follows.
    terminated: bool,
    /// Where to look for the next statement.
    next: usize,
}

/// The first statement at or after a position, which must be between tokens.
fn statement_from(sql: &str, position: usize) -> Option<Found> {
    let start = skip_empty(sql, position);
    let mut found = Found { range: start..start, terminated: false, next: start };
    while let Some(token) = token_at(sql, found.next) {
        found.next = token.end;
        match token.kind {
            Kind::Semicolon => {
                found.terminated = true;
                break;
            }
            Kind::Blank => {}
            _ => found.range.end = token.end,
        }
    }
    (!found.range.is_empty()).then_some(found)
}

/// The position after blanks, comments and the semicolons of empty statements.
fn skip_empty(sql: &str, mut position: usize) -> usize {
    while let Some(token) = token_at(sql, position) {
        if !matches!(token.kind, Kind::Blank | Kind::Semicolon) {
            break;
        }
        position = token.end;
    }
    position
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// White space or a comment.
    Blank,
    Semicolon,
    SingleQuote,
    DoubleQuote,
    DollarQuote,
    Other,
}

struct Token {
    kind: Kind,
    end: usize,
    /// False for a quote or comment that the text ends in.
    closed: bool,
}

impl Token {
    fn closed(kind: Kind, end: usize) -> Token {
        Token { kind, end, closed: true }
    }

    /// A token that ends at `end`, or with the text if nothing closes it.
    fn until(kind: Kind, end: Option<usize>, sql: &str) -> Token {
        Token { kind, end: end.unwrap_or(sql.len()), closed: end.is_some() }
    }
}

fn token_at(sql: &str, at: usize) -> Option<Token> {
    let rest = &sql[at..];
    let first = rest.chars().next()?;
    let token = match first {
        ';' => Token::closed(Kind::Semicolon, at + 1),
        '\'' => Token::until(Kind::SingleQuote, quote_end(sql, at + 1, b'\'', Backslash::Plain), sql),
        '"' => Token::until(Kind::DoubleQuote, quote_end(sql, at + 1, b'"', Backslash::Plain), sql),
        'e' | 'E' if rest[1..].starts_with('\'') => {
            Token::until(Kind::SingleQuote, quote_end(sql, at + 2, b'\'', Backslash::Escapes), sql)
        }
        '$' => dollar_quote(sql, at).unwrap_or(Token::closed(Kind::Other, at + 1)),
        '-' if rest.starts_with("--") => {
            Token::closed(Kind::Blank, rest.find('\n').map_or(sql.len(), |newline| at + newline + 1))
        }
        '/' if rest.starts_with("/*") => Token::until(Kind::Blank, comment_end(sql, at), sql),
        _ if first.is_whitespace() => Token::closed(Kind::Blank, at + first.len_utf8()),
        _ if starts_word(first) => {
            Token::closed(Kind::Other, rest.find(|c| !continues_word(c)).map_or(sql.len(), |length| at + length))
        }
        _ => Token::closed(Kind::Other, at + first.len_utf8()),
    };
    Some(token)
}

#[derive(Clone, Copy, PartialEq)]
enum Backslash {
    Plain,
    Escapes,
}

/// The position after the closing quote; a doubled quote does not close.
fn quote_end(sql: &str, start: usize, quote: u8, backslash: Backslash) -> Option<usize> {
    let bytes = sql.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        if bytes[at] == quote && bytes.get(at + 1) != Some(&quote) {
            return Some(at + 1);
        }
        let pair = bytes[at] == quote || (bytes[at] == b'\\' && backslash == Backslash::Escapes);
        at += if pair { 2 } else { 1 };
    }
    None
}

/// `$tag$ .. $tag$`, where a tag is empty or a word without `$`. `$1` is a parameter, not a quote.
fn dollar_quote(sql: &str, at: usize) -> Option<Token> {
    let rest = &sql[at + 1..];
    let length = rest.find(|c| c == '$' || !continues_word(c))?;
    let tag = &rest[..length];
    if !rest[length..].starts_with('$') || tag.starts_with(|c| !starts_word(c)) {
        return None;
    }
    let delimiter = &sql[at..at + length + 2];
    let start = at + delimiter.len();
    let end = sql[start..].find(delimiter).map(|length| start + length + delimiter.len());
    Some(Token::until(Kind::DollarQuote, end, sql))
}

/// The position after a comment that starts at `at`; comments nest.
fn comment_end(sql: &str, at: usize) -> Option<usize> {
    let mut depth = 0;
    let mut position = at;
    loop {
        let rest = &sql.as_bytes()[position..];
        if rest.starts_with(b"/*") {
            (depth, position) = (depth + 1, position + 2);
        } else if rest.starts_with(b"*/") {
            (depth, position) = (depth - 1, position + 2);
            if depth == 0 {
                return Some(position);
            }
        } else if rest.is_empty() {
            return None;
        } else {
            position += 1;
        }
    }
}

fn starts_word(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn continues_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::{Ending, Step, ending, is_complete, statements, steps};

    fn split(sql: &str) -> Vec<&str> {
        statements(sql).map(|range| &sql[range]).collect()
    }

    #[test]
    fn splits_at_semicolons_and_drops_what_is_empty() {
        assert_eq!(split(" select 1 ; ;; select 2"), ["select 1", "select 2"]);
        assert_eq!(split("-- nothing\n/* here */ ; "), Vec::<&str>::new());
        assert_eq!(split("-- first\nselect 1 -- one\n; -- end"), ["select 1"]);
        assert_eq!(split("é; ü ;"), ["é", "ü"]);
    }

    #[test]
    fn quotes_and_comments_hide_semicolons() {
        for sql in [
            "select ';'",
            "select 'it''s;'",
            "select 'c:\\', ';'",
            "select E'\\';'",
            "select \"a;\"\"b;\"",
            "select $$;$$",
            "select $tag$ $$;$$ ; $tag$",
            "select 1 -- ;\n + 1",
            "select /* ; /* ; */ ; */ 1",
        ] {
            assert_eq!(split(&format!("{sql};select 2")), [sql, "select 2"]);
        }
    }

    #[test]
    fn dollars_in_names_and_parameters_are_no_quotes() {
        assert_eq!(split("select a$b; select $1; select $2"), ["select a$b", "select $1", "select $2"]);
        assert_eq!(split("select me'a;b'"), ["select me'a;b'"]);
    }

    #[test]
    fn commands_stand_between_statements() {
        let script = "select 1;\n\\d orders \nselect '\n\\q';\n\\q\nselect 2 -- end";
        let found: Vec<_> = steps(script)
            .map(|step| match step {
                Step::Statement(range) => ("sql", &script[range]),
                Step::Unfinished(range) => ("unfinished", &script[range]),
                Step::Command(range) => ("command", &script[range]),
            })
            .collect();
        assert_eq!(
            found,
            [
                ("sql", "select 1"),
                ("command", "\\d orders"),
                ("sql", "select '\n\\q'"),
                ("command", "\\q"),
                ("unfinished", "select 2")
            ]
        );
    }

    #[test]
    fn knows_what_a_text_ends_in() {
        for (sql, expected) in [
            ("", Ending::Empty),
            (" -- x", Ending::Empty),
            ("select 1;", Ending::Semicolon),
            ("select 1; -- done\n", Ending::Semicolon),
            ("select 1", Ending::Statement),
            ("select 'a;", Ending::SingleQuote),
            ("select \"a;", Ending::DoubleQuote),
            ("select $x$ ;$$", Ending::DollarQuote),
            ("select 1; /* /* */", Ending::Comment),
        ] {
            assert_eq!(ending(sql), expected, "{sql}");
            assert_eq!(is_complete(sql), expected == Ending::Semicolon, "{sql}");
        }
    }
}
