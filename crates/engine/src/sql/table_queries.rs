//! Queries in forms that the parser does not take: `TABLE name`, and an INSERT's SELECT right before ON CONFLICT.
//!
//! ```text
//!   TABLE s.t ORDER BY 1                        SELECT * FROM s.t ORDER BY 1
//!   INSERT INTO t SELECT 1 ON CONFLICT …        INSERT INTO t SELECT 1 LIMIT ALL ON CONFLICT …    or ON were another name of 1
//! ```
//!
//! TABLE is a query only where a query can start; elsewhere the word says the kind of what is created, altered and the like.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{is_word, keyword, put, word};

/// Puts both forms as the parser takes them.
pub(super) fn write_out(tokens: &mut Vec<TokenWithSpan>) {
    let mut at = 0;
    while at < tokens.len() {
        if is_query(tokens, at) {
            let span = tokens[at].span;
            let select = word("SELECT", Keyword::SELECT, span);
            tokens.splice(at..=at, [select, put(Token::Mul, span), word("FROM", Keyword::FROM, span)]);
        }
        at += 1;
    }
    end_before_conflict(tokens);
}

/// Whether `TABLE name` stands here as a query.
fn is_query(tokens: &[TokenWithSpan], at: usize) -> bool {
    let is = |at: usize, wanted: &str| tokens.get(at).is_some_and(|token| is_word(token, wanted));
    let is_named = matches!(tokens.get(at + 1).map(|next| &next.token), Some(Token::Word(_)));
    if keyword(&tokens[at]) != Keyword::TABLE || !is_named {
        return false;
    }
    let Some(before) = at.checked_sub(1) else { return true };
    match &tokens[before].token {
        Token::LParen => true,
        // Behind WITH, the options of EXPLAIN and the columns of INSERT.
        Token::RParen => is(0, "with") || is(0, "explain") || is(0, "insert") || creates_view(tokens),
        Token::Word(_) => match keyword(&tokens[before]) {
            Keyword::UNION | Keyword::INTERSECT | Keyword::EXCEPT => true,
            Keyword::ALL | Keyword::DISTINCT => before > 0 && is_set_operator(&tokens[before - 1]),
            Keyword::EXPLAIN | Keyword::ANALYZE | Keyword::VERBOSE => is(0, "explain"),
            Keyword::AS => is(0, "create") || is(0, "prepare"),
            Keyword::FOR => is(0, "declare"),
            Keyword::VALUE => before > 1 && is(before - 2, "overriding"),
            _ => is_inserted_into(tokens, before),
        },
        _ => false,
    }
}

fn is_set_operator(token: &TokenWithSpan) -> bool {
    matches!(keyword(token), Keyword::UNION | Keyword::INTERSECT | Keyword::EXCEPT)
}

fn creates_view(tokens: &[TokenWithSpan]) -> bool {
    tokens.iter().take(6).any(|token| keyword(token) == Keyword::VIEW)
}

/// Whether `INSERT INTO name [AS name]` ends here.
fn is_inserted_into(tokens: &[TokenWithSpan], last: usize) -> bool {
    let is = |at: usize, wanted: &str| tokens.get(at).is_some_and(|token| is_word(token, wanted));
    let last = if last > 1 && is(last - 1, "as") { last - 2 } else { last };
    let mut first = last;
    while first > 1 && tokens[first - 1].token == Token::Period {
        first -= 2;
    }
    first > 1 && is(first - 1, "into") && is(first - 2, "insert")
}

/// Ends a SELECT of values alone, so that ON behind it is not taken for the name of its last value.
fn end_before_conflict(tokens: &mut Vec<TokenWithSpan>) {
    let is_conflict = |pair: &[TokenWithSpan]| is_word(&pair[0], "on") && is_word(&pair[1], "conflict");
    let mut from = 0;
    while let Some(found) = tokens[from..].windows(2).position(is_conflict) {
        let on = from + found;
        from = on + 1;
        let mut depth = 0;
        let clause = tokens[..on].iter().rposition(|token| {
            match token.token {
                Token::RParen => depth += 1,
                Token::LParen => depth -= 1,
                _ => {}
            }
            depth < 0 || depth == 0 && ends_search(token)
        });
        if clause.is_some_and(|clause| keyword(&tokens[clause]) == Keyword::SELECT) {
            let span = tokens[on].span;
            tokens.splice(on..on, [word("LIMIT", Keyword::LIMIT, span), word("ALL", Keyword::ALL, span)]);
            from += 2;
        }
    }
}

/// A word behind which a name of a value cannot follow, or SELECT itself.
fn ends_search(token: &TokenWithSpan) -> bool {
    use Keyword::{BY, FETCH, FOR, FROM, HAVING, LIMIT, OFFSET, SELECT, VALUES, WHERE, WINDOW};
    matches!(keyword(token), SELECT | FROM | WHERE | BY | HAVING | LIMIT | OFFSET | FETCH | FOR | VALUES | WINDOW)
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;

    fn parsed(sql: &str) -> String {
        parse(sql).map_or_else(|error| format!("{}: {}", error.sqlstate, error.message), |parsed| parsed.to_string())
    }

    #[test]
    fn table_is_a_query_where_one_can_start() {
        assert_eq!(parsed("TABLE s.t ORDER BY 1"), "SELECT * FROM s.t ORDER BY 1");
        assert_eq!(parsed("WITH x AS (TABLE t) TABLE x"), "WITH x AS (SELECT * FROM t) SELECT * FROM x");
        assert_eq!(parsed("INSERT INTO s.t TABLE u"), "INSERT INTO s.t SELECT * FROM u");
        assert_eq!(parsed("INSERT INTO t (a) TABLE u"), "INSERT INTO t (a) SELECT * FROM u");
        assert_eq!(parsed("TABLE t UNION ALL TABLE u"), "SELECT * FROM t UNION ALL SELECT * FROM u");
        assert_eq!(parsed("CREATE VIEW v AS TABLE t"), "CREATE VIEW v AS SELECT * FROM t");
        assert_eq!(parsed("EXPLAIN TABLE t"), "EXPLAIN SELECT * FROM t");
    }

    #[test]
    fn table_elsewhere_is_a_kind() {
        assert_eq!(parsed("CREATE TABLE t (a INT)"), "CREATE TABLE t (a INT)");
        assert_eq!(parsed("TRUNCATE TABLE t"), "TRUNCATE TABLE t");
        assert_eq!(parsed("SELECT 1 AS table"), "SELECT 1 AS table");
    }

    #[test]
    fn values_may_stand_before_on_conflict() {
        let plain = parsed("INSERT INTO t SELECT 1, (SELECT 2) ON CONFLICT DO NOTHING");
        assert_eq!(plain, "INSERT INTO t SELECT 1, (SELECT 2) ON CONFLICT DO NOTHING");
        let read = "INSERT INTO t SELECT a FROM u WHERE b > 1 ON CONFLICT(a) DO NOTHING";
        assert_eq!(parsed(read), read);
    }
}
