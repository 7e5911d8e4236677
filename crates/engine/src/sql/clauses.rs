//! Clauses of declarations that the parser does not know: they pass it in another form and are read off the parsed statement.
//!
//! ```text
//!   a INT UNIQUE NULLS NOT DISTINCT              a INT UNIQUE COMMENT '‹nulls not distinct›'
//!   b INT GENERATED ALWAYS AS (a) VIRTUAL        b INT GENERATED ALWAYS AS (a) STORED COMMENT '‹virtual›'
//!   CREATE TABLE t (LIKE u INCLUDING ALL)        CREATE TABLE t ("‹like including all›" INT REFERENCES u)
//!   CREATE TABLE t (a, b) AS query               CREATE TABLE t (a "‹untyped›", b "‹untyped›") AS query
//!   CREATE TABLE t AS query WITH NO DATA         CREATE TABLE t AS query, and `is_without_data` of the text
//!   CONSTRAINT k NOT NULL a                      CONSTRAINT k CHECK ("‹not null›"(a))
//!   UNIQUE (a) INCLUDE (b)                       UNIQUE (a, "‹include›", b)
//!   ADD UNIQUE USING INDEX i                     ADD UNIQUE ("‹using index›", i)
//!   ALTER a SET GENERATED ALWAYS RESTART         ALTER a SET DEFAULT "‹identity set generated always restart›"
//!   FETCH FIRST (expression) ROWS ONLY           LIMIT (expression)
//!   FETCH FIRST (expression) ROWS WITH TIES      LIMIT __with_ties(expression)
//!   ALTER VIEW v RENAME [COLUMN a] TO b          ALTER TABLE v RENAME [COLUMN a] TO b
//!   ALTER TABLE t SET SCHEMA s                   ALTER TABLE t RENAME TO "‹schema s›"
//!   ALTER SEQUENCE q RESTART                     ALTER TABLE q ALTER COLUMN "‹sequence›" SET DEFAULT "‹identity restart›"
//!   ALTER a SET EXPRESSION AS (b + 1)            ALTER a SET DEFAULT "‹expression›"(b + 1)
//! ```
//!
//! A marked name starts with a character that no written name has by chance.

use std::ops::Range;

use datafusion::sql::sqlparser::ast::{
    ColumnDef, DataType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, IndexColumn, ObjectName,
};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan};

use super::tokens::{is_word, keyword, place, put, quoted, word};
use crate::error::Error;
use crate::query::WITH_TIES;

/// `UNIQUE NULLS NOT DISTINCT` at a column.
pub(super) const NULLS_NOT_DISTINCT: &str = "\u{1}nulls not distinct";
/// At a column that is generated and not stored.
pub(super) const VIRTUAL: &str = "\u{1}virtual";
const LIKE: &str = "\u{1}like";
const UNTYPED: &str = "\u{1}untyped";
const IDENTITY: &str = "\u{1}identity";
const EXPRESSION: &str = "\u{1}expression";
/// The column that an ALTER SEQUENCE seems to alter.
pub(super) const SEQUENCE: &str = "\u{1}sequence";
const SCHEMA: &str = "\u{1}schema ";
const OTHER: &str = "\u{1}other";
const NOT_NULL: &str = "\u{1}not null";
const INCLUDE: &str = "\u{1}include";
const USING_INDEX: &str = "\u{1}using index";

/// What an `ALTER COLUMN ... SET DEFAULT` stands for.
pub(super) enum ColumnChange<'e> {
    /// `SET GENERATED ...`, `SET option`, `RESTART` and `DROP IDENTITY`: the words, in lower case.
    Identity(Vec<&'e str>),
    /// `SET EXPRESSION AS (...)`.
    Expression(&'e Expr),
    /// `DROP EXPRESSION [IF EXISTS]` and what else is not a default: the words, in lower case.
    Other(Vec<&'e str>),
}

/// The change a marked default stands for; `None` for a default.
pub(super) fn column_change(default: &Expr) -> Option<ColumnChange<'_>> {
    match default {
        Expr::Identifier(name) => {
            let words = |mark: &str| name.value.strip_prefix(mark).map(|words| words.split_whitespace().collect());
            words(IDENTITY).map(ColumnChange::Identity).or_else(|| words(OTHER).map(ColumnChange::Other))
        }
        Expr::Function(function) if function.name.0.first()?.as_ident()?.value == EXPRESSION => {
            let FunctionArguments::List(list) = &function.args else { return None };
            match list.args.first() {
                Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(expression))) => {
                    Some(ColumnChange::Expression(expression))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The options of a LIKE clause that a column definition stands for, in lower case: `including`, `all`, ...
pub(super) fn like_options(column: &ColumnDef) -> Option<Vec<&str>> {
    column.name.value.strip_prefix(LIKE).map(|options| options.split_whitespace().collect())
}

/// Whether a column was named without a type.
pub(super) fn is_untyped(column: &ColumnDef) -> bool {
    matches!(&column.data_type, DataType::Custom(name, _)
        if name.0.first().and_then(|part| part.as_ident()).is_some_and(|name| name.value == UNTYPED))
}

/// The schema that a marked new name stands for.
pub(super) fn new_schema(name: &ObjectName) -> Option<&str> {
    name.0.first()?.as_ident()?.value.strip_prefix(SCHEMA)
}

/// The column whose NOT NULL a CHECK stands for.
pub(super) fn not_null_column(check: &Expr) -> Option<&Ident> {
    let Expr::Function(function) = check else { return None };
    let FunctionArguments::List(list) = &function.args else { return None };
    match (function.name.0.first()?.as_ident()?.value == NOT_NULL, list.args.first()?) {
        (true, FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(column)))) => Some(column),
        _ => None,
    }
}

/// The index over which a key is to be, where its columns stand for `USING INDEX`.
pub(super) fn using_index(columns: &[IndexColumn]) -> Option<&Ident> {
    match columns.iter().map(|column| &column.column.expr).collect::<Vec<_>>().as_slice() {
        [Expr::Identifier(mark), Expr::Identifier(index)] if mark.value == USING_INDEX => Some(index),
        _ => None,
    }
}

/// Whether a column of a key stands for INCLUDE: those after it are included.
pub(super) fn is_include(column: &IndexColumn) -> bool {
    matches!(&column.column.expr, Expr::Identifier(name) if name.value == INCLUDE)
}

/// Puts the clauses of a declaration in a form that the parser takes. Errors: 0A000 for what no NOT NULL can be.
pub(super) fn mark(sql: &str, tokens: &mut Vec<TokenWithSpan>) -> Result<(), Error> {
    let Some(first) = tokens.first() else { return Ok(()) };
    match keyword(first) {
        Keyword::CREATE => {
            mark_virtual(tokens);
            mark_unique(tokens);
            mark_constraints(sql, tokens)?;
            mark_table_elements(tokens)?;
            if let Some(data) = with_data(tokens) {
                tokens.drain(data.range);
            }
        }
        Keyword::ALTER => {
            mark_virtual(tokens);
            mark_relation_changes(tokens);
            mark_unique(tokens);
            mark_constraints(sql, tokens)?;
            mark_column_changes(tokens);
        }
        Keyword::DROP => {
            let is = |at: usize, wanted: &str| tokens.get(at).is_some_and(|token| is_word(token, wanted));
            // Dropping an index makes no write wait, so it is concurrent as it is.
            if is(1, "index") && is(2, "concurrently") {
                tokens.remove(2);
            }
        }
        _ => {}
    }
    Ok(())
}

/// `FETCH FIRST (expression) ROWS ONLY` as `LIMIT (expression)`: the parser takes nothing but a number there. With ties, a single
/// token is left without its parentheses, and any other expression marked.
pub(super) fn limit_of_fetch(tokens: &mut Vec<TokenWithSpan>) {
    let mut at = 0;
    while at + 3 < tokens.len() {
        let is = |at: usize, words: &[&str]| {
            tokens.get(at).is_some_and(|token| words.iter().any(|word| is_word(token, word)))
        };
        if is(at, &["fetch"]) && is(at + 1, &["first", "next"]) && opens(&tokens[at + 2]) {
            let Some(close) = closing(tokens, at + 2) else { return };
            let (rows, only) = (is(close + 1, &["row", "rows"]), is(close + 2, &["only"]));
            if rows && only {
                let limit = word("LIMIT", Keyword::LIMIT, tokens[at].span);
                tokens.drain(close + 1..close + 3);
                tokens.splice(at..at + 2, [limit]);
            } else if rows && close == at + 4 {
                tokens.remove(close);
                tokens.remove(at + 2);
            } else if rows && is(close + 2, &["with"]) && is(close + 3, &["ties"]) {
                let limit = word("LIMIT", Keyword::LIMIT, tokens[at].span);
                let mark = word(WITH_TIES, Keyword::NoKeyword, tokens[at].span);
                tokens.drain(close + 1..close + 4);
                tokens.splice(at..at + 2, [limit, mark]);
            }
        }
        at += 1;
    }
}

/// Whether the tokens of a CREATE TABLE AS end in `WITH NO DATA`.
pub(super) fn is_without_data(tokens: &[TokenWithSpan]) -> bool {
    with_data(tokens).is_some_and(|data| data.no)
}

/// `WITH [NO] DATA` at the end of a statement.
struct WithData {
    range: Range<usize>,
    no: bool,
}

fn with_data(tokens: &[TokenWithSpan]) -> Option<WithData> {
    let is = |at: usize, wanted: &str| tokens.get(at).is_some_and(|token| is_word(token, wanted));
    let creates = keyword(tokens.first()?) == Keyword::CREATE
        && tokens.iter().take(6).any(|token| keyword(token) == Keyword::TABLE);
    let end = tokens.iter().rposition(|token| !matches!(token.token, Token::SemiColon | Token::EOF))?;
    if !creates || !is(end, "data") {
        return None;
    }
    match () {
        () if end >= 2 && is(end - 1, "no") && is(end - 2, "with") => {
            Some(WithData { range: end - 2..end + 1, no: true })
        }
        () if end >= 1 && is(end - 1, "with") => Some(WithData { range: end - 1..end + 1, no: false }),
        () => None,
    }
}

/// Columns that are generated and not stored: `GENERATED ALWAYS AS (...) [VIRTUAL]`.
fn mark_virtual(tokens: &mut Vec<TokenWithSpan>) {
    let mut at = 0;
    while at + 3 < tokens.len() {
        let is = |at: usize, wanted: &str| tokens.get(at).is_some_and(|token| is_word(token, wanted));
        if is(at, "generated") && is(at + 1, "always") && is(at + 2, "as") && opens(&tokens[at + 3]) {
            let Some(close) = closing(tokens, at + 3) else { return };
            let after = close + 1;
            if !is(after, "stored") {
                let said = usize::from(is(after, "virtual"));
                let span = tokens[close].span;
                let mark = put(Token::SingleQuotedString(VIRTUAL.to_owned()), span);
                let stored = word("STORED", Keyword::STORED, span);
                tokens.splice(after..after + said, [stored, word("COMMENT", Keyword::COMMENT, span), mark]);
            }
        }
        at += 1;
    }
}

/// `UNIQUE NULLS [NOT] DISTINCT` at a column; before a list of columns the parser knows it.
fn mark_unique(tokens: &mut Vec<TokenWithSpan>) {
    let mut at = 0;
    while at + 2 < tokens.len() {
        let is = |offset: usize, wanted: &str| tokens.get(at + offset).is_some_and(|token| is_word(token, wanted));
        let opens = |offset: usize| tokens.get(at + offset).is_some_and(|token| token.token == Token::LParen);
        if is(0, "unique") && is(1, "nulls") && is(2, "not") && is(3, "distinct") && !opens(4) {
            let span = tokens[at].span;
            let mark = put(Token::SingleQuotedString(NULLS_NOT_DISTINCT.to_owned()), span);
            tokens.splice(at + 1..at + 4, [word("COMMENT", Keyword::COMMENT, span), mark]);
        } else if is(0, "unique") && is(1, "nulls") && is(2, "distinct") && !opens(3) {
            tokens.drain(at + 1..at + 3);
        }
        at += 1;
    }
}

/// Constraints of a table that the parser does not know: NOT NULL, and keys over an index that is there. In a CREATE TABLE takes out
/// NOT VALID, for a new table has no rows that were not judged. Errors: 0A000 for a NOT NULL that is deferred or not enforced.
fn mark_constraints(sql: &str, tokens: &mut Vec<TokenWithSpan>) -> Result<(), Error> {
    let creates = keyword(&tokens[0]) == Keyword::CREATE;
    if !tokens.iter().take(6).any(|token| keyword(token) == Keyword::TABLE) {
        return Ok(());
    }
    let mut at = 1;
    while at < tokens.len() {
        let is = |offset: usize, wanted: &str| tokens.get(at + offset).is_some_and(|token| is_word(token, wanted));
        let is_name =
            |offset: usize| tokens.get(at + offset).is_some_and(|token| matches!(token.token, Token::Word(_)));
        let span = tokens[at].span;
        if is(0, "not") && is(1, "null") && is_name(2) && starts_constraint(tokens, at) {
            refuse_attributes(sql, &tokens[at + 3..])?;
            let column = tokens[at + 2].clone();
            let put_as = [word("CHECK", Keyword::CHECK, span), put(Token::LParen, span), quoted(NOT_NULL, span)];
            let rest = [put(Token::LParen, span), column, put(Token::RParen, span), put(Token::RParen, span)];
            tokens.splice(at..at + 3, put_as.into_iter().chain(rest));
            at += 6;
        } else if is(0, "using") && is(1, "index") && is_name(2) && !is(2, "tablespace") && follows_key(tokens, at) {
            let index = tokens[at + 2].clone();
            let list = [put(Token::LParen, span), quoted(USING_INDEX, span), put(Token::Comma, span), index];
            tokens.splice(at..at + 3, list.into_iter().chain([put(Token::RParen, span)]));
            at += 4;
        } else if is(0, "include") && opens_list(tokens, at + 1) && closes_key(tokens, at) {
            let mark = [put(Token::Comma, span), quoted(INCLUDE, span), put(Token::Comma, span)];
            tokens.splice(at - 1..at + 2, mark);
            at += 1;
        } else if creates && is(0, "not") && is(1, "valid") && is_of_table(tokens, at) {
            tokens.drain(at..at + 2);
            continue;
        }
        at += 1;
    }
    Ok(())
}

/// Whether a constraint of a table starts here: after ADD, a comma or the parenthesis of the list, or behind its name.
fn starts_constraint(tokens: &[TokenWithSpan], at: usize) -> bool {
    let starts = |at: usize| matches!(tokens[at].token, Token::Comma | Token::LParen) || is_word(&tokens[at], "add");
    let named = at >= 3 && is_word(&tokens[at - 2], "constraint") && starts(at - 3);
    named || at >= 1 && starts(at - 1)
}

/// Whether the element of the list that this place is in is a constraint of the table.
fn is_of_table(tokens: &[TokenWithSpan], at: usize) -> bool {
    let mut depth = 0;
    let before = tokens[..at].iter().rposition(|token| {
        match token.token {
            Token::RParen => depth += 1,
            Token::LParen => depth -= 1,
            _ => {}
        }
        depth < 0 || depth == 0 && token.token == Token::Comma
    });
    let Some(first) = before.and_then(|before| tokens.get(before + 1)) else { return false };
    ["constraint", "check", "foreign"].iter().any(|kind| is_word(first, kind))
}

/// Whether UNIQUE or PRIMARY KEY stands before this place.
fn follows_key(tokens: &[TokenWithSpan], at: usize) -> bool {
    let is = |back: usize, wanted: &str| at >= back && is_word(&tokens[at - back], wanted);
    is(1, "unique") || is(1, "key") && is(2, "primary")
}

fn opens_list(tokens: &[TokenWithSpan], at: usize) -> bool {
    tokens.get(at).is_some_and(opens)
}

/// Whether the list of columns of a key ends before this place.
fn closes_key(tokens: &[TokenWithSpan], at: usize) -> bool {
    let mut depth = 0;
    let open = tokens[..at].iter().rposition(|token| {
        match token.token {
            Token::RParen => depth += 1,
            Token::LParen => depth -= 1,
            // Something else stands before it.
            _ if depth == 0 => return true,
            _ => {}
        }
        depth == 0
    });
    let Some(open) = open.filter(|open| opens(&tokens[*open])) else { return false };
    follows_key(tokens, open) || open > 0 && is_word(&tokens[open - 1], "distinct")
}

/// Refuses what no NOT NULL can be.
fn refuse_attributes(sql: &str, tokens: &[TokenWithSpan]) -> Result<(), Error> {
    let Some(first) = tokens.first() else { return Ok(()) };
    let not = usize::from(is_word(first, "not"));
    let is = |wanted: &str| tokens.get(not).is_some_and(|token| is_word(token, wanted));
    let said = match () {
        () if not == 0 && (is("deferrable") || is("initially")) => "DEFERRABLE",
        () if not == 1 && is("enforced") => "NOT ENFORCED",
        () => return Ok(()),
    };
    Err(Error::unsupported(format!("NOT NULL constraints cannot be marked {said}"), "Leave it out.")
        .with_position(place(sql, first)))
}

/// LIKE clauses, and columns without a type, in the list of a CREATE TABLE.
fn mark_table_elements(tokens: &mut Vec<TokenWithSpan>) -> Result<(), Error> {
    let Some(table) = tokens.iter().take(6).position(|token| keyword(token) == Keyword::TABLE) else { return Ok(()) };
    // Between TABLE and the list stand the name and IF NOT EXISTS.
    let named = |token: &TokenWithSpan| matches!(token.token, Token::Word(_) | Token::Period);
    let ended = |at: &usize| matches!(tokens[*at].token, Token::SemiColon | Token::EOF);
    let open = (table + 1..tokens.len()).find(|at| !named(&tokens[*at]));
    let Some(open) = open.filter(|open| !ended(open)) else {
        // The parser takes a table without a list.
        let names_alone = tokens.len() > table + 1 && !tokens[table + 1..].iter().any(says_more);
        return match names_alone {
            true => Err(Error::new("42601", "syntax error at end of input")
                .with_hint("A table without columns is CREATE TABLE name ().")),
            false => Ok(()),
        };
    };
    if tokens[open].token != Token::LParen {
        return Ok(());
    }
    let mut start = open + 1;
    while let Some(end) = element_end(tokens, start) {
        let element = &tokens[start..end];
        let span = tokens[start].span;
        let replaced: Option<Vec<TokenWithSpan>> = match element {
            [like, rest @ ..] if keyword(like) == Keyword::LIKE => Some(marked_like(rest, span)),
            [only] if matches!(only.token, Token::Word(_)) => Some(vec![only.clone(), quoted(UNTYPED, span)]),
            _ => None,
        };
        let length = replaced.as_ref().map_or(element.len(), Vec::len);
        if let Some(replaced) = replaced {
            tokens.splice(start..end, replaced);
        }
        if tokens.get(start + length).is_none_or(|token| token.token != Token::Comma) {
            return Ok(());
        }
        start += length + 1;
    }
    Ok(())
}

/// Whether what stands behind TABLE is more than a name: AS, OF, PARTITION OF.
fn says_more(token: &TokenWithSpan) -> bool {
    ["as", "of", "partition"].iter().any(|said| is_word(token, said))
}

/// A column definition that carries the options in its name and the table as what it references.
fn marked_like(clause: &[TokenWithSpan], span: Span) -> Vec<TokenWithSpan> {
    let is_name = |(at, token): (usize, &TokenWithSpan)| match &token.token {
        Token::Period => at % 2 == 1,
        Token::Word(_) => at % 2 == 0,
        _ => false,
    };
    let length = clause.iter().enumerate().take_while(|(at, token)| is_name((*at, token))).count();
    let (name, options) = clause.split_at(length);
    let mut marked = vec![
        quoted(&format!("{LIKE} {}", words(options)), span),
        word("INT", Keyword::INT, span),
        word("REFERENCES", Keyword::REFERENCES, span),
    ];
    marked.extend_from_slice(name);
    marked
}

/// RENAME TO, SET SCHEMA and OWNER TO of any relation, and the options of a sequence.
fn mark_relation_changes(tokens: &mut Vec<TokenWithSpan>) {
    let is = |at: usize, wanted: &str| tokens.get(at).is_some_and(|token| is_word(token, wanted));
    if !["table", "view", "index", "sequence"].iter().any(|kind| is(1, kind)) {
        return;
    }
    let start = if is(2, "if") && is(3, "exists") { 4 } else { 2 };
    let is_name = |(at, token): (usize, &TokenWithSpan)| match &token.token {
        Token::Period => at % 2 == 1,
        Token::Word(_) => at % 2 == 0,
        _ => false,
    };
    let length =
        tokens[start.min(tokens.len())..].iter().enumerate().take_while(|(at, token)| is_name((*at, token))).count();
    let after = start + length;
    let span = tokens[1].span;
    if is(after, "set") && is(after + 1, "schema") && !is(1, "index") {
        let Some(Token::Word(schema)) = tokens.get(after + 2).map(|token| &token.token) else { return };
        let name = if schema.quote_style.is_some() { schema.value.clone() } else { schema.value.to_lowercase() };
        let rename = [word("RENAME", Keyword::RENAME, span), word("TO", Keyword::TO, span)];
        let marked = quoted(&format!("{SCHEMA}{name}"), span);
        tokens.splice(after..after + 3, rename.into_iter().chain([marked]));
    } else if is(1, "sequence") && !(is(after, "rename") || is(after, "owner")) {
        let end = element_end(tokens, after).unwrap_or(after);
        let options = quoted(&format!("{IDENTITY} {}", words(&tokens[after..end])), span);
        let change = [
            word("ALTER", Keyword::ALTER, span),
            word("COLUMN", Keyword::COLUMN, span),
            quoted(SEQUENCE, span),
            word("SET", Keyword::SET, span),
            word("DEFAULT", Keyword::DEFAULT, span),
            options,
        ];
        tokens.splice(after..end, change);
    } else if !(is(after, "rename") && is(after + 1, "to")
        || is(after, "owner") && is(after + 1, "to") && !is(1, "index")
        || is(1, "view") && (is(after, "rename") || is(after, "alter")))
    {
        return;
    }
    tokens[1] = word("TABLE", Keyword::TABLE, span);
}

/// What ALTER COLUMN does to identities, expressions and storage.
fn mark_column_changes(tokens: &mut Vec<TokenWithSpan>) {
    let mut at = 1;
    while at < tokens.len() {
        let alters = is_word(&tokens[at], "alter");
        at += 1;
        if !alters {
            continue;
        }
        let named = if tokens.get(at).is_some_and(|token| is_word(token, "column")) { at + 1 } else { at };
        let start = named + 1;
        let Some(end) = element_end(tokens, start) else { return };
        let change = &tokens[start..end];
        let is = |offset: usize, wanted: &str| change.get(offset).is_some_and(|token| is_word(token, wanted));
        let span = match change.first() {
            Some(first) => first.span,
            None => continue,
        };
        let of_sequence =
            ["generated", "increment", "minvalue", "maxvalue", "start", "cache", "cycle", "no", "restart"];
        let of_storage = ["statistics", "storage", "compression"];
        let sets = is(0, "set");
        let value = if sets && is(1, "expression") && is(2, "as") && change.get(3).is_some_and(opens) {
            let mut value = vec![quoted(EXPRESSION, span)];
            value.extend_from_slice(&change[3..]);
            Some(value)
        } else if is(0, "restart") || is(0, "drop") && is(1, "identity") || sets && of_sequence.iter().any(|w| is(1, w))
        {
            Some(vec![quoted(&format!("{IDENTITY} {}", words(change)), span)])
        } else if is(0, "reset")
            || is(0, "drop") && is(1, "expression")
            || sets && (of_storage.iter().any(|w| is(1, w)) || change.get(1).is_some_and(opens))
        {
            Some(vec![quoted(&format!("{OTHER} {}", words(change)), span)])
        } else {
            None
        };
        if let Some(value) = value {
            let set = [word("SET", Keyword::SET, span), word("DEFAULT", Keyword::DEFAULT, span)];
            at = start + 2 + value.len();
            tokens.splice(start..end, set.into_iter().chain(value));
        }
    }
}

/// Where the element of a list that starts here ends: at its comma, at the list's closing parenthesis, or with the text.
fn element_end(tokens: &[TokenWithSpan], start: usize) -> Option<usize> {
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        match token.token {
            Token::LParen => at = closing(tokens, at)?,
            Token::Comma | Token::RParen | Token::SemiColon | Token::EOF => break,
            _ => {}
        }
        at += 1;
    }
    (at > start).then_some(at)
}

/// The parenthesis that closes the one at this position.
fn closing(tokens: &[TokenWithSpan], open: usize) -> Option<usize> {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen if depth == 1 => return Some(at),
            Token::RParen => depth -= 1,
            _ => {}
        }
    }
    None
}

fn opens(token: &TokenWithSpan) -> bool {
    token.token == Token::LParen
}

/// Words and numbers with blanks between them, in lower case; signs stay with their numbers.
fn words(tokens: &[TokenWithSpan]) -> String {
    let mut text = String::new();
    for token in tokens {
        let part = token.token.to_string().to_lowercase();
        if !text.is_empty() && !text.ends_with(['-', '+']) {
            text.push(' ');
        }
        text.push_str(&part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;

    fn parsed(sql: &str) -> String {
        parse(sql).map_or_else(|error| format!("{}: {}", error.sqlstate, error.message), |parsed| parsed.to_string())
    }

    #[test]
    fn clauses_pass_the_parser_in_another_form() {
        let like = parsed("CREATE TABLE t (a INT, LIKE s.u INCLUDING ALL EXCLUDING INDEXES, PRIMARY KEY (a))");
        assert!(like.contains("\"\u{1}like including all excluding indexes\" INT REFERENCES s.u"), "{like}");
        let named = parsed("CREATE TABLE t (a, b) AS SELECT 1, 2 WITH NO DATA");
        assert!(named.contains("(a \"\u{1}untyped\", b \"\u{1}untyped\") AS SELECT 1, 2"), "{named}");
        assert!(!named.contains("DATA"), "{named}");
        let identity = parsed("ALTER TABLE t ALTER a SET GENERATED ALWAYS SET INCREMENT BY -5, ALTER COLUMN b RESTART");
        assert!(
            identity.contains("SET DEFAULT \"\u{1}identity set generated always set increment by -5\""),
            "{identity}"
        );
        assert!(identity.contains("SET DEFAULT \"\u{1}identity restart\""), "{identity}");
        let unique = parsed("CREATE TABLE t (a INT UNIQUE NULLS NOT DISTINCT, b INT)");
        assert!(unique.contains("UNIQUE COMMENT '\u{1}nulls not distinct'"), "{unique}");
    }

    #[test]
    fn other_declarations_stay_as_they_are() {
        let table =
            "CREATE TABLE t (a INT GENERATED ALWAYS AS (b + 1) STORED, b INT, UNIQUE NULLS NOT DISTINCT (a, b))";
        assert_eq!(parsed(table), table);
        let alter = "ALTER TABLE t ALTER COLUMN a SET DEFAULT 3, ALTER COLUMN b DROP DEFAULT";
        assert_eq!(parsed(alter), alter);
        assert_eq!(parsed("CREATE TABLE t AS SELECT data FROM u"), "CREATE TABLE t AS SELECT data FROM u");
    }

    #[test]
    fn virtual_columns_are_marked() {
        let marked = "CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a + 1) STORED COMMENT '\u{1}virtual' NOT NULL)";
        assert_eq!(parsed("CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a + 1) VIRTUAL NOT NULL)"), marked);
        assert_eq!(parsed("CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a + 1) NOT NULL)"), marked);
        assert!(parsed("CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a) VIRTUAL STORED)").starts_with("42601"));
    }
}
