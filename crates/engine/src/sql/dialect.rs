//! The tokens of a statement before they are parsed: what the parser would misread is refused here, or put as it reads it.
//!
//! ```text
//!   text ─▶ tokens ─▶ refused: reserved names, a word after *, what can never be deferred
//!                  ─▶ put otherwise: names of at most 63 bytes, sequence options in the parser's order,
//!                     TABLE name as SELECT * FROM name, FETCH name as FETCH NEXT FROM name,
//!                     locking clauses as FOR UPDATE or FOR SHARE, SET SCHEMA as SET search_path,
//!                     COMMENT ON CONSTRAINT as a comment on its table,
//!                     ALTER CONSTRAINT as VALIDATE CONSTRAINT, SET CONSTRAINTS as SET,
//!                     VACUUM, ANALYZE, CHECKPOINT and LOCK TABLE as VACUUM alone,
//!                     attributes of constraints and clauses of declarations in another form,
//!                     clauses of INSERT and MERGE as marked names, names of RETURNING WITH as old and new,
//!                     texts as offsets of window frames in parentheses
//!                  ─▶ taken out: the columns of SET NULL (columns), names of identity columns' sequences      ─▶ parser
//! ```
//!
//! What is put otherwise or taken out is read from the text again by whoever runs the statement.
//!
//! Every token keeps the place it has in the text, so that messages point there.

use std::ops::Range;

use datafusion::sql::sqlparser::ast::Ident;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::set_constraints::SetConstraints;
use super::tokens::{is_word, keyword, place, without_blanks, word};
use super::{
    action_lists, clauses, constraint_attributes, declared_attributes, frame_offsets, identity_names, lock_table,
    maintenance, marks, reserved, returning_names, set_constraints, table_queries,
};
use crate::error::Error;

/// The tokens to parse; `None` if the text cannot be cut into tokens, which the parser will say. Errors: 42601, 0A000.
pub(super) fn tokens(sql: &str) -> Result<Option<Vec<TokenWithSpan>>, Error> {
    let Some(mut tokens) = without_blanks(sql) else { return Ok(None) };
    if maintenance::read(sql, &tokens)?.is_some() || lock_table::read(sql, &tokens)?.is_some() {
        maintenance::rewrite(&mut tokens);
        return Ok(Some(tokens));
    }
    table_queries::write_out(&mut tokens);
    leave_out_only(&mut tokens);
    spell_out_fetch(&mut tokens);
    name_operators_before_any(&mut tokens);
    leave_out_into_table(&mut tokens);
    spell_out_booleans_of_copy(&mut tokens);
    search_path_of_schema(&mut tokens);
    clauses::limit_of_fetch(&mut tokens);
    frame_offsets::enclose_texts(&mut tokens);
    reserved::check(sql, &tokens)?;
    refuse_unsupported(sql, &tokens)?;
    refuse_word_after_star(sql, &tokens)?;
    identity_names::lift(&mut tokens);
    order_sequence_options(&mut tokens);
    simplify_locking_clauses(&mut tokens);
    action_lists::lift(sql, &mut tokens)?;
    declared_attributes::tidy(sql, &mut tokens)?;
    constraint_attributes::rewrite(sql, &mut tokens)?;
    if let Some(set) = set_constraints::read(sql, &tokens)? {
        set_constraints::rewrite(&mut tokens, &set);
    }
    clauses::mark(sql, &mut tokens)?;
    returning_names::put_back(sql, &mut tokens)?;
    marks::mark(&mut tokens);
    if let Some((_, range)) = commented_constraint(&tokens) {
        let table = word("TABLE", Keyword::TABLE, tokens[range.start].span);
        tokens.splice(range, [table]);
    }
    Ok(Some(tokens))
}

/// Whether it is `COPY ... FROM STDIN` without a semicolon.
pub(super) fn copies_stdin(tokens: &[TokenWithSpan]) -> bool {
    let is_copy = tokens.first().is_some_and(|first| keyword(first) == Keyword::COPY);
    is_copy
        && tokens.iter().any(|token| keyword(token) == Keyword::STDIN)
        && tokens.iter().all(|token| token.token != Token::SemiColon)
}

/// The constraint that `COMMENT ON CONSTRAINT name ON table` is about; the parsed statement names the table alone.
pub(super) fn constraint_of_comment(sql: &str) -> Option<Ident> {
    commented_constraint(&without_blanks(sql)?).map(|(name, _)| name)
}

/// What a text that is parsed as a setting of `constraints` asks for; `None` if it is one.
pub(super) fn set_constraints_of(sql: &str) -> Option<SetConstraints> {
    set_constraints::read(sql, &without_blanks(sql)?).ok()?
}

/// Whether a CREATE TABLE AS ends in `WITH NO DATA`, which the parsed statement does not say.
pub(super) fn is_without_data(sql: &str) -> bool {
    without_blanks(sql).is_some_and(|tokens| clauses::is_without_data(&tokens))
}

/// Clauses the parser does not know, though PostgreSQL does.
fn refuse_unsupported(sql: &str, tokens: &[TokenWithSpan]) -> Result<(), Error> {
    if let [create, unlogged, ..] = tokens
        && keyword(create) == Keyword::CREATE
        && is_word(unlogged, "unlogged")
    {
        return Err(Error::unsupported("unlogged tables are not supported", "Leave UNLOGGED out.")
            .with_position(place(sql, unlogged)));
    }
    if let Some(part) = tokens.windows(2).find(|part| is_word(&part[0], "exclude") && is_word(&part[1], "using")) {
        return Err(Error::unsupported(
            "exclusion constraints are not supported",
            "There are PRIMARY KEY, UNIQUE, FOREIGN KEY and CHECK.",
        )
        .with_position(place(sql, &part[0])));
    }
    Ok(())
}

/// `SELECT * FORM t`: the parser would take the word for another name of the star.
fn refuse_word_after_star(sql: &str, tokens: &[TokenWithSpan]) -> Result<(), Error> {
    for part in tokens.windows(3) {
        let [before, star, after] = part else { unreachable!("a window has its size") };
        let is_star = star.token == Token::Mul && (keyword(before) == Keyword::SELECT || before.token == Token::Comma);
        let Token::Word(word) = &after.token else { continue };
        if is_star && (word.keyword == Keyword::NoKeyword || word.keyword == Keyword::AS) {
            return Err(Error::new("42601", format!("syntax error at or near \"{}\"", word.value))
                .with_detail("Expected FROM, a comma or the end of the statement after *.")
                .with_position(place(sql, after)));
        }
    }
    Ok(())
}

/// `FETCH c` is `FETCH NEXT FROM c`, and `FETCH 5 c` is `FETCH 5 FROM c`.
fn spell_out_fetch(tokens: &mut Vec<TokenWithSpan>) {
    let is_fetch = tokens.first().is_some_and(|first| keyword(first) == Keyword::FETCH);
    if !is_fetch || tokens.iter().any(|token| matches!(keyword(token), Keyword::FROM | Keyword::IN)) {
        return;
    }
    let Some(name) = tokens.iter().rposition(|token| token.token != Token::SemiColon).filter(|at| *at > 0) else {
        return;
    };
    let span = tokens[name].span;
    tokens.insert(name, word("FROM", Keyword::FROM, span));
    if name == 1 {
        tokens.insert(name, word("NEXT", Keyword::NEXT, span));
    }
}

/// `FROM ONLY t`, `ALTER TABLE ONLY t`, `UPDATE ONLY t`, `DELETE FROM ONLY t` and `MERGE INTO ONLY t`: no table has others under it, so
/// each is `t` alone.
fn leave_out_only(tokens: &mut Vec<TokenWithSpan>) {
    // The word is reserved: no table is called so.
    let reads_only = |part: &[TokenWithSpan]| {
        matches!(keyword(&part[0]), Keyword::FROM | Keyword::JOIN | Keyword::USING)
            && is_word(&part[1], "only")
            && matches!(part[2].token, Token::Word(_))
    };
    while let Some(at) = tokens.windows(3).position(reads_only) {
        tokens.remove(at + 1);
    }
    let is = |at: usize, wanted: &str| tokens.get(at).is_some_and(|token| is_word(token, wanted));
    let place = match () {
        () if is(0, "update") => 1,
        () if is(0, "delete") && is(1, "from") => 2,
        () if is(0, "merge") && is(1, "into") => 2,
        () if is(0, "alter") && is(1, "table") && is(2, "if") && is(3, "exists") => 4,
        () if is(0, "alter") && is(1, "table") => 2,
        () => return,
    };
    let named = tokens.get(place + 1).is_some_and(|token| matches!(token.token, Token::Word(_)));
    if is(place, "only") && named {
        tokens.remove(place);
    }
}

/// `OPERATOR(pg_catalog.=) ANY` as `= ANY`: the parser takes only the sign there.
fn name_operators_before_any(tokens: &mut Vec<TokenWithSpan>) {
    let is_such = |part: &[TokenWithSpan]| {
        is_word(&part[0], "operator")
            && part[1].token == Token::LParen
            && is_word(&part[2], "pg_catalog")
            && part[3].token == Token::Period
            && part[5].token == Token::RParen
            && matches!(keyword(&part[6]), Keyword::ANY | Keyword::ALL | Keyword::SOME)
    };
    while let Some(at) = tokens.windows(7).position(is_such) {
        let operator = tokens[at + 4].clone();
        tokens.splice(at..at + 6, [operator]);
    }
}

/// `FOR NO KEY UPDATE` as `FOR UPDATE`, `FOR KEY SHARE` as `FOR SHARE`, and a clause for each of several names after OF.
fn simplify_locking_clauses(tokens: &mut Vec<TokenWithSpan>) {
    let is =
        |tokens: &[TokenWithSpan], at: usize, wanted: &str| tokens.get(at).is_some_and(|token| is_word(token, wanted));
    let mut at = 0;
    while at < tokens.len() {
        let start = at;
        at += 1;
        if !is(tokens, start, "for") {
            continue;
        }
        if is(tokens, start + 1, "no") && is(tokens, start + 2, "key") && is(tokens, start + 3, "update") {
            tokens.drain(start + 1..start + 3);
        } else if is(tokens, start + 1, "key") && is(tokens, start + 2, "share") {
            tokens.remove(start + 1);
        }
        let locks = is(tokens, start + 1, "update") || is(tokens, start + 1, "share");
        let reads = tokens.iter().any(|token| keyword(token) == Keyword::FROM);
        if locks && !reads && tokens[start + 2..].iter().all(|token| token.token == Token::SemiColon) {
            // A query of no table has no rows to lock.
            tokens.drain(start..start + 2);
        }
        let names_more = tokens.get(start + 4).is_some_and(|token| token.token == Token::Comma);
        if locks && is(tokens, start + 2, "of") && names_more {
            let clause = tokens[start..start + 3].to_vec();
            tokens.splice(start + 4..start + 5, clause);
        }
    }
}

/// `COPY ... (HEADER on, FREEZE 1)`: the parser takes TRUE and FALSE.
fn spell_out_booleans_of_copy(tokens: &mut [TokenWithSpan]) {
    if tokens.first().is_none_or(|first| keyword(first) != Keyword::COPY) {
        return;
    }
    for at in 1..tokens.len() {
        if !matches!(keyword(&tokens[at - 1]), Keyword::HEADER | Keyword::FREEZE) {
            continue;
        }
        let is = |wanted: &str| is_word(&tokens[at], wanted);
        let is_number = |wanted: &str| matches!(&tokens[at].token, Token::Number(digits, _) if digits == wanted);
        let (text, boolean) = match () {
            () if is("on") || is_number("1") => ("TRUE", Keyword::TRUE),
            () if is("off") || is_number("0") => ("FALSE", Keyword::FALSE),
            () => continue,
        };
        tokens[at] = word(text, boolean, tokens[at].span);
    }
}

/// `SELECT ... INTO [LOCAL] TEMPORARY TABLE t`: the parser takes TEMPORARY alone.
fn leave_out_into_table(tokens: &mut Vec<TokenWithSpan>) {
    let is = |at: usize, wanted: &str| tokens.get(at).is_some_and(|token| is_word(token, wanted));
    if !is(0, "select") && !is(0, "with") {
        return;
    }
    let into = (0..tokens.len()).find(|at| {
        let kind = at + 1 + usize::from(is(at + 1, "local"));
        is(*at, "into") && (is(kind, "temp") || is(kind, "temporary"))
    });
    let Some(into) = into else { return };
    let local = is(into + 1, "local");
    let named = into + 2 + usize::from(local);
    if is(named, "table") {
        tokens.remove(named);
    }
    if local {
        tokens.remove(into + 1);
    }
}

/// `SET SCHEMA 'name'` as `SET search_path TO 'name'`.
fn search_path_of_schema(tokens: &mut Vec<TokenWithSpan>) {
    let is = |at: usize, wanted: &str| tokens.get(at).is_some_and(|token| is_word(token, wanted));
    let at = 1 + usize::from(is(1, "local") || is(1, "session"));
    let is_text = |token: &TokenWithSpan| matches!(token.token, Token::SingleQuotedString(_));
    if is(0, "set") && is(at, "schema") && tokens.get(at + 1).is_some_and(is_text) {
        let span = tokens[at].span;
        let to = [word("search_path", Keyword::NoKeyword, span), word("TO", Keyword::TO, span)];
        tokens.splice(at..=at, to);
    }
}

/// Puts the options of a sequence, which come in any order, in the one order the parser takes.
fn order_sequence_options(tokens: &mut [TokenWithSpan]) {
    let creates = tokens.iter().take(4).any(|token| keyword(token) == Keyword::SEQUENCE);
    let mut at = 0;
    while at < tokens.len() {
        let opens = keyword(&tokens[at]) == Keyword::IDENTITY
            && tokens.get(at + 1).is_some_and(|next| next.token == Token::LParen);
        let start = if opens { at + 2 } else { at };
        at += 1;
        if !(opens || creates && at > 3) {
            continue;
        }
        let mut options: Vec<(u8, Range<usize>)> = Vec::new();
        let mut end = start;
        while let Some((rank, length)) = sequence_option(&tokens[end..]) {
            options.push((rank, end..end + length));
            end += length;
        }
        options.sort_by_key(|(rank, _)| *rank);
        let ordered: Vec<_> = options.into_iter().flat_map(|(_, range)| tokens[range].to_vec()).collect();
        tokens[start..end].clone_from_slice(&ordered);
        at = at.max(end);
    }
}

/// The rank of the option the tokens start with, and how many tokens it has.
fn sequence_option(tokens: &[TokenWithSpan]) -> Option<(u8, usize)> {
    let keyword_at = |at: usize| tokens.get(at).map_or(Keyword::NoKeyword, keyword);
    let number_at = |at: usize| match tokens.get(at).map(|token| &token.token) {
        Some(Token::Number(..)) => Some(at + 1),
        Some(Token::Minus | Token::Plus) => Some(at + 2),
        _ => None,
    };
    match (keyword_at(0), keyword_at(1)) {
        (Keyword::INCREMENT, Keyword::BY) => number_at(2).map(|end| (0, end)),
        (Keyword::INCREMENT, _) => number_at(1).map(|end| (0, end)),
        (Keyword::MINVALUE, _) => number_at(1).map(|end| (1, end)),
        (Keyword::NO, Keyword::MINVALUE) => Some((1, 2)),
        (Keyword::MAXVALUE, _) => number_at(1).map(|end| (2, end)),
        (Keyword::NO, Keyword::MAXVALUE) => Some((2, 2)),
        (Keyword::START, Keyword::WITH) => number_at(2).map(|end| (3, end)),
        (Keyword::START, _) => number_at(1).map(|end| (3, end)),
        (Keyword::CACHE, _) => number_at(1).map(|end| (4, end)),
        (Keyword::NO, Keyword::CYCLE) => Some((5, 2)),
        (Keyword::CYCLE, _) => Some((5, 1)),
        _ => None,
    }
}

/// The name in `COMMENT ON CONSTRAINT name ON`, and the tokens `CONSTRAINT name ON`.
fn commented_constraint(tokens: &[TokenWithSpan]) -> Option<(Ident, Range<usize>)> {
    let [comment, on, constraint, name, of, _, ..] = tokens else { return None };
    let is_it = keyword(comment) == Keyword::COMMENT
        && keyword(on) == Keyword::ON
        && keyword(constraint) == Keyword::CONSTRAINT
        && keyword(of) == Keyword::ON;
    match &name.token {
        Token::Word(word) if is_it => Some((word.clone().into_ident(name.span), 2..5)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;

    fn parsed(sql: &str) -> String {
        parse(sql).map_or_else(|error| format!("{}: {}", error.sqlstate, error.message), |parsed| parsed.to_string())
    }

    #[test]
    fn sequence_options_come_in_any_order() {
        let expected = parsed("CREATE SEQUENCE s INCREMENT BY -1 MINVALUE -9 START WITH 5 CYCLE");
        assert!(expected.starts_with("CREATE SEQUENCE"), "{expected}");
        assert_eq!(parsed("CREATE SEQUENCE s CYCLE START WITH 5 MINVALUE -9 INCREMENT BY -1"), expected);
        let column = parsed("CREATE TABLE t (a INT GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 2))");
        assert!(column.contains("INCREMENT BY 2 START WITH 5"), "{column}");
    }

    #[test]
    fn what_would_be_misread_is_refused() {
        assert_eq!(parsed("SELECT * form t"), "42601: syntax error at or near \"form\"");
        let check = "CREATE TABLE t (a INT CHECK (a > 0) DEFERRABLE)";
        assert_eq!(parsed(check), "42601: misplaced DEFERRABLE clause");
        let check = "CREATE TABLE t (a INT, CONSTRAINT c CHECK ((a) > 0) NOT DEFERRABLE INITIALLY DEFERRED)";
        assert_eq!(parsed(check), "0A000: CHECK constraints cannot be marked DEFERRABLE");
        let list = "CREATE TABLE t (a INT, FOREIGN KEY (a) REFERENCES u ON UPDATE SET NULL (a))";
        assert_eq!(parsed(list), "0A000: a column list with SET NULL is only supported for ON DELETE actions");
    }

    #[test]
    fn what_the_parser_does_not_know_is_taken_out() {
        let list = parsed("CREATE TABLE t (a INT REFERENCES u ON DELETE SET DEFAULT (a, \"B\") DEFERRABLE)");
        assert!(list.ends_with("ON DELETE SET DEFAULT DEFERRABLE)"), "{list}");
        let empty = parsed("CREATE TABLE t (a INT REFERENCES u ON DELETE SET NULL ())");
        assert!(empty.starts_with("42601: syntax error at or near"), "{empty}");
        let check = parsed("CREATE TABLE t (a INT, CHECK (a > 0) INITIALLY IMMEDIATE NOT DEFERRABLE)");
        assert!(check.ends_with("CHECK (a > 0))"), "{check}");
        let altered = parsed("ALTER TABLE t ALTER CONSTRAINT c NOT DEFERRABLE, ALTER a SET NOT NULL");
        assert!(altered.contains("VALIDATE CONSTRAINT c, ALTER"), "{altered}");
    }

    #[test]
    fn set_constraints_is_read_whole() {
        let read = |sql: &str| super::set_constraints_of(sql).map(|set| set.mode);
        use bowline_core::integrity::ConstraintMode::{Deferred, Immediate};
        assert_eq!(read("SET CONSTRAINTS ALL DEFERRED;"), Some(Deferred));
        assert_eq!(read("set constraints a, \"s\".b immediate"), Some(Immediate));
        assert_eq!(read("SET constraints = deferred"), None);
        assert_eq!(parsed("SET CONSTRAINTS ALL"), "42601: syntax error at end of input");
        assert_eq!(parsed("SET CONSTRAINTS DEFERRED"), "42601: syntax error at or near \"DEFERRED\"");
        assert_eq!(parsed("SET CONSTRAINTS a DEFERRED b"), "42601: syntax error at or near \"b\"");
    }
}
