//! Clauses of INSERT and MERGE that the parser does not know: they pass it as marked names and are read off the parsed lists.
//!
//! ```text
//!   INSERT INTO t (a) OVERRIDING SYSTEM VALUE VALUES (1)     INSERT INTO t (a, "‹overriding system value›") VALUES (1)
//!   WHEN NOT MATCHED THEN INSERT DEFAULT VALUES              … THEN INSERT ("‹default values›") VALUES (0)
//!   WHEN NOT MATCHED THEN DO NOTHING                         … THEN INSERT ("‹do nothing›") VALUES (0)
//!   WHEN MATCHED THEN DO NOTHING                             … THEN UPDATE SET "‹do nothing›" = 0
//! ```
//!
//! A marked name starts with a character that no written name has by chance.

use datafusion::sql::sqlparser::ast::ObjectName;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan};

use super::tokens::{is_word, put, quoted, word};

/// What stands behind the marked names of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub overriding: Overriding,
    /// `DEFAULT VALUES`, in MERGE.
    pub default_values: bool,
    /// `DO NOTHING`, in MERGE.
    pub do_nothing: bool,
}

/// Which values of identity columns an INSERT means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Overriding {
    /// Those given, which a column that is GENERATED ALWAYS refuses.
    #[default]
    Neither,
    /// `OVERRIDING SYSTEM VALUE`: those given, whatever the column says.
    System,
    /// `OVERRIDING USER VALUE`: those of the sequence; what is given is left aside.
    User,
}

const SYSTEM_VALUE: &str = "\u{1}overriding system value";
const USER_VALUE: &str = "\u{1}overriding user value";
const DEFAULT_VALUES: &str = "\u{1}default values";
const DO_NOTHING: &str = "\u{1}do nothing";

impl Marks {
    /// Takes the marked names out of a list of columns.
    pub fn take(columns: &mut Vec<ObjectName>) -> Marks {
        let mut marks = Marks::default();
        columns.retain(|name| {
            match name.0.first().and_then(|part| part.as_ident()).map(|name| name.value.as_str()) {
                Some(SYSTEM_VALUE) => marks.overriding = Overriding::System,
                Some(USER_VALUE) => marks.overriding = Overriding::User,
                Some(DEFAULT_VALUES) => marks.default_values = true,
                Some(DO_NOTHING) => marks.do_nothing = true,
                _ => return true,
            }
            false
        });
        marks
    }
}

/// Whether a name stands for `DO NOTHING`.
pub(super) fn is_do_nothing(name: &ObjectName) -> bool {
    name.0.first().and_then(|part| part.as_ident()).is_some_and(|name| name.value == DO_NOTHING)
}

/// Puts marked names in place of the clauses.
pub(super) fn mark(tokens: &mut Vec<TokenWithSpan>) {
    let mut matched = true;
    let mut at = 0;
    while at < tokens.len() {
        let span = tokens[at].span;
        let is = |offset: usize, wanted: &str| tokens.get(at + offset).is_some_and(|token| is_word(token, wanted));
        if is(0, "when") && is(1, "matched") {
            matched = true;
        } else if is(0, "when") && is(1, "not") && is(2, "matched") {
            // What no source row matches is a row of the target, as what a source row matches is.
            matched = is(3, "by") && is(4, "source");
        }
        if is(0, "overriding") && (is(1, "system") || is(1, "user")) && is(2, "value") {
            let mark = if is(1, "system") { SYSTEM_VALUE } else { USER_VALUE };
            let listed = at > 0 && tokens[at - 1].token == Token::RParen;
            let place = if listed { at - 1..at + 3 } else { at..at + 3 };
            let opening = if listed { Token::Comma } else { Token::LParen };
            let marked = [put(opening, span), quoted(mark, span), put(Token::RParen, span)];
            at = place.start;
            tokens.splice(place, marked);
        } else if is(0, "insert") && is(1, "default") && is(2, "values") {
            tokens.splice(at + 1..at + 3, listed_alone(DEFAULT_VALUES, span));
        } else if is(0, "then") && is(1, "do") && is(2, "nothing") {
            let action = if matched {
                let zero = put(Token::Number("0".to_owned(), false), span);
                let set = word("SET", Keyword::SET, span);
                vec![word("UPDATE", Keyword::UPDATE, span), set, quoted(DO_NOTHING, span), put(Token::Eq, span), zero]
            } else {
                let mut insert = vec![word("INSERT", Keyword::INSERT, span)];
                insert.extend(listed_alone(DO_NOTHING, span));
                insert
            };
            tokens.splice(at + 1..at + 3, action);
        }
        at += 1;
    }
}

/// `("mark") VALUES (0)`.
fn listed_alone(mark: &str, span: Span) -> Vec<TokenWithSpan> {
    vec![
        put(Token::LParen, span),
        quoted(mark, span),
        put(Token::RParen, span),
        word("VALUES", Keyword::VALUES, span),
        put(Token::LParen, span),
        put(Token::Number("0".to_owned(), false), span),
        put(Token::RParen, span),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;

    fn parsed(sql: &str) -> String {
        parse(sql).map_or_else(|error| format!("{}: {}", error.sqlstate, error.message), |parsed| parsed.to_string())
    }

    #[test]
    fn clauses_pass_the_parser_as_names() {
        let named = parsed("INSERT INTO t (a) OVERRIDING SYSTEM VALUE VALUES (1)");
        assert_eq!(named, "INSERT INTO t (a, \"\u{1}overriding system value\") VALUES (1)");
        let bare = parsed("INSERT INTO t OVERRIDING USER VALUE SELECT 1");
        assert_eq!(bare, "INSERT INTO t (\"\u{1}overriding user value\") SELECT 1");
        let merge = parsed(
            "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN DO NOTHING \
             WHEN NOT MATCHED BY SOURCE THEN DO NOTHING WHEN NOT MATCHED THEN INSERT DEFAULT VALUES",
        );
        assert_eq!(merge.matches("UPDATE SET \"\u{1}do nothing\" = 0").count(), 2, "{merge}");
        assert!(merge.contains("INSERT (\"\u{1}do nothing\") VALUES (0)"), "{merge}");
        assert!(merge.contains("INSERT (\"\u{1}default values\") VALUES (0)"), "{merge}");
    }

    #[test]
    fn other_statements_stay_as_they_are() {
        assert_eq!(parsed("INSERT INTO t DEFAULT VALUES"), "INSERT INTO t DEFAULT VALUES");
        let conflict = parsed("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING");
        assert_eq!(conflict, "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING");
    }
}
