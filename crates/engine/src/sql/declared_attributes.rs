//! Attributes of declared constraints (`DEFERRABLE`, `NOT VALID`, `ENFORCED`, ...): judged, and put as the parser takes them.
//!
//! ```text
//!   FOREIGN KEY (a) REFERENCES t NOT VALID DEFERRABLE  ──▶  … DEFERRABLE NOT VALID     of a table: any order, repeated or not
//!   a INT REFERENCES t DEFERRABLE NOT DEFERRABLE       ──▶  refused                    at a column: each said once
//!   CHECK (a > 0) NOT DEFERRABLE                       ──▶  CHECK (a > 0)              says what holds anyway
//! ```
//!
//! Source: PostgreSQL's grammar, ConstraintAttributeSpec and ConstraintAttr.

use std::ops::Range;

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::constraint_attributes::must_be_deferrable;
use super::tokens::{is_word, keyword, place, syntax_error_at};
use crate::error::Error;

/// What an attribute says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Deferrable(bool),
    Deferred(bool),
    Enforced(bool),
    NotValid,
}

/// What a constraint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    PrimaryKey,
    Unique,
    ForeignKey,
    Check,
}

/// Puts the attributes of the constraints of CREATE TABLE and ALTER TABLE ... ADD as the parser takes them.
/// Errors: 42601 and 0A000 for what cannot be said of a constraint, or not twice; 42601 for MATCH after an action.
pub(super) fn tidy(sql: &str, tokens: &mut Vec<TokenWithSpan>) -> Result<(), Error> {
    let creates = tokens.first().is_some_and(|first| keyword(first) == Keyword::CREATE);
    // From the last to the first, so that the places of the others stay.
    for element in elements(tokens).into_iter().rev() {
        let first = keyword(&tokens[element.start]);
        use Keyword::{CHECK, CONSTRAINT, FOREIGN, NOT, PRIMARY, UNIQUE};
        refuse_late_match(sql, &tokens[element.clone()])?;
        match first {
            CHECK | CONSTRAINT | FOREIGN | PRIMARY | UNIQUE => tidy_of_table(sql, tokens, element, creates)?,
            // NOT NULL of a table: its attributes are judged with its column.
            NOT => {}
            _ => check_of_column(sql, &tokens[element])?,
        }
    }
    Ok(())
}

/// The elements of the list of a CREATE TABLE, or what each ADD of an ALTER TABLE adds; none is empty.
fn elements(tokens: &[TokenWithSpan]) -> Vec<Range<usize>> {
    let Some(table) = tokens.iter().take(6).position(|token| keyword(token) == Keyword::TABLE) else {
        return Vec::new();
    };
    let (start, adds) = match keyword(&tokens[0]) {
        Keyword::CREATE => {
            let named = |token: &TokenWithSpan| matches!(token.token, Token::Word(_) | Token::Period);
            match (table + 1..tokens.len()).find(|at| !named(&tokens[*at])) {
                Some(open) if tokens[open].token == Token::LParen => (open + 1, false),
                _ => return Vec::new(),
            }
        }
        Keyword::ALTER => match (table + 1..tokens.len()).find(|at| keyword(&tokens[*at]) == Keyword::ADD) {
            Some(add) => (add, true),
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    let mut start = start;
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        let ends = depth == 0 && matches!(token.token, Token::Comma | Token::RParen | Token::SemiColon | Token::EOF);
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            _ => {}
        }
        if ends {
            found.push(start..at);
            start = at + 1;
            if token.token != Token::Comma {
                start = tokens.len();
                break;
            }
        }
    }
    found.push(start..tokens.len());
    if adds {
        found.retain_mut(|element| {
            let added = tokens.get(element.start).is_some_and(|first| keyword(first) == Keyword::ADD);
            element.start += 1;
            let begins =
                |at: usize, word: Keyword| tokens.get(element.start + at).is_some_and(|token| keyword(token) == word);
            if begins(0, Keyword::NOT) && begins(1, Keyword::NULL) {
                // Judged with its column.
                return false;
            }
            while ["column", "if", "not", "exists"]
                .iter()
                .any(|word| tokens.get(element.start).is_some_and(|token| is_word(token, word)))
            {
                element.start += 1;
            }
            added
        });
    }
    found.retain(|element| element.start < element.end);
    found
}

/// The attribute that starts with this token, and how many tokens it has.
fn attribute(tokens: &[TokenWithSpan]) -> Option<(Says, usize)> {
    let not = keyword(tokens.first()?) == Keyword::NOT;
    let word = tokens.get(usize::from(not))?;
    let said = match keyword(word) {
        Keyword::DEFERRABLE => Says::Deferrable(!not),
        Keyword::ENFORCED => Says::Enforced(!not),
        Keyword::VALID if not => Says::NotValid,
        Keyword::INITIALLY if !not => match tokens.get(1).map(keyword)? {
            Keyword::DEFERRED => return Some((Says::Deferred(true), 2)),
            Keyword::IMMEDIATE => return Some((Says::Deferred(false), 2)),
            _ => return None,
        },
        _ => return None,
    };
    Some((said, 1 + usize::from(not)))
}

/// Puts the attributes at the end of a table's constraint in order, each once.
fn tidy_of_table(
    sql: &str,
    tokens: &mut Vec<TokenWithSpan>,
    element: Range<usize>,
    creates: bool,
) -> Result<(), Error> {
    let Some(kind) = kinds(&tokens[element.clone()]).last().map(|(_, kind)| *kind) else { return Ok(()) };
    let starts = |at: &usize| attribute(&tokens[*at..element.end]).is_some();
    let Some(start) = (element.start + 1..element.end).find(starts) else { return Ok(()) };
    let mut said: Vec<(Says, Range<usize>)> = Vec::new();
    let mut at = start;
    while let Some((says, length)) = attribute(&tokens[at..element.end]) {
        refuse_of_kind(kind, says).map_err(|error| error.with_position(place(sql, &tokens[at])))?;
        match said.iter().find(|(known, _)| std::mem::discriminant(known) == std::mem::discriminant(&says)) {
            None => said.push((says, at..at + length)),
            Some((known, _)) if *known == says => {}
            Some(_) => {
                return Err(Error::new("42601", "conflicting constraint properties")
                    .with_hint("Keep one of them.")
                    .with_position(place(sql, &tokens[at])));
            }
        }
        at += length;
    }
    let has = |says: Says| said.iter().any(|(known, _)| *known == says);
    if has(Says::Deferrable(false)) && has(Says::Deferred(true)) {
        return Err(must_be_deferrable());
    }
    // A table that is being made has no rows that a constraint could overlook.
    said.retain(|(says, _)| !(creates && *says == Says::NotValid));
    if kind == Kind::Check {
        said.retain(|(says, _)| matches!(says, Says::Enforced(_) | Says::NotValid));
    }
    said.sort_by_key(|(says, _)| *says == Says::NotValid);
    let ordered: Vec<_> = said.into_iter().flat_map(|(_, range)| tokens[range].to_vec()).collect();
    tokens.splice(start..at, ordered);
    Ok(())
}

/// Refuses what a key or a CHECK of a table cannot be.
fn refuse_of_kind(kind: Kind, says: Says) -> Result<(), Error> {
    let word = match kind {
        Kind::PrimaryKey => "PRIMARY KEY",
        Kind::Unique => "UNIQUE",
        Kind::Check => "CHECK",
        Kind::ForeignKey => return Ok(()),
    };
    let marked = match (kind, says) {
        (Kind::Check, Says::Deferrable(true) | Says::Deferred(true)) => "DEFERRABLE",
        (Kind::PrimaryKey | Kind::Unique, Says::NotValid) => "NOT VALID",
        (Kind::PrimaryKey | Kind::Unique, Says::Enforced(true)) => "ENFORCED",
        (Kind::PrimaryKey | Kind::Unique, Says::Enforced(false)) => "NOT ENFORCED",
        _ => return Ok(()),
    };
    let hint = match kind {
        Kind::Check => "Leave it out: a CHECK is judged with the statement.",
        _ => "Leave it out: keys always hold.",
    };
    Err(Error::unsupported(format!("{word} constraints cannot be marked {marked}"), hint))
}

/// Judges the attributes of the constraints of a column: each belongs to the constraint before it, and is said once.
fn check_of_column(sql: &str, element: &[TokenWithSpan]) -> Result<(), Error> {
    let mut constraints = kinds_or_other(element).into_iter().peekable();
    let mut owner = None;
    let mut said: Vec<Says> = Vec::new();
    let mut depth = 0;
    let mut at = 1;
    while at < element.len() {
        while let Some((_, kind)) = constraints.next_if(|(place, _)| *place <= at) {
            owner = kind;
            said.clear();
        }
        match element[at].token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            _ => {}
        }
        let Some((says, length)) = attribute(&element[at..]).filter(|_| depth == 0) else {
            at += 1;
            continue;
        };
        let words: Vec<_> =
            element[at..at + length].iter().map(|token| token.token.to_string().to_uppercase()).collect();
        let refused = |message: String, hint: &str| {
            Err(Error::new("42601", message).with_hint(hint).with_position(place(sql, &element[at])))
        };
        let fits = match says {
            Says::Deferrable(_) | Says::Deferred(_) => {
                matches!(owner, Some(Kind::PrimaryKey | Kind::Unique | Kind::ForeignKey))
            }
            Says::Enforced(_) => matches!(owner, Some(Kind::ForeignKey | Kind::Check)),
            Says::NotValid => return Err(syntax_error_at(sql, element.get(at + 1), "a constraint of a column")),
        };
        if !fits {
            let hint = match says {
                Says::Enforced(_) => "Only CHECK and foreign keys can be unenforced; it stands behind them.",
                _ => "Only PRIMARY KEY, UNIQUE and foreign keys can be deferred.",
            };
            return refused(format!("misplaced {} clause", words.join(" ")), hint);
        }
        let (twice, clauses) = match says {
            Says::Deferrable(_) => (Says::Deferrable(true), "DEFERRABLE/NOT DEFERRABLE"),
            Says::Deferred(_) => (Says::Deferred(true), "INITIALLY IMMEDIATE/DEFERRED"),
            Says::Enforced(_) | Says::NotValid => (Says::Enforced(true), "ENFORCED/NOT ENFORCED"),
        };
        if said.iter().any(|known| std::mem::discriminant(known) == std::mem::discriminant(&twice)) {
            return refused(format!("multiple {clauses} clauses not allowed"), "Keep one of them.");
        }
        said.push(says);
        if said.contains(&Says::Deferrable(false)) && said.contains(&Says::Deferred(true)) {
            return Err(must_be_deferrable());
        }
        at += length;
    }
    Ok(())
}

/// Where constraints that have attributes begin in an element.
fn kinds(element: &[TokenWithSpan]) -> Vec<(usize, Kind)> {
    kinds_or_other(element).into_iter().filter_map(|(at, kind)| Some((at, kind?))).collect()
}

/// Where the constraints of an element begin, and which they are; `None` for NOT NULL, DEFAULT and the like.
fn kinds_or_other(element: &[TokenWithSpan]) -> Vec<(usize, Option<Kind>)> {
    let mut found = Vec::new();
    let mut depth = 0;
    for (at, token) in element.iter().enumerate() {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            _ => {}
        }
        if depth > 0 {
            continue;
        }
        let before = at.checked_sub(1).map_or(Keyword::NoKeyword, |before| keyword(&element[before]));
        found.extend(match keyword(token) {
            Keyword::PRIMARY => Some((at, Some(Kind::PrimaryKey))),
            Keyword::UNIQUE => Some((at, Some(Kind::Unique))),
            Keyword::REFERENCES => Some((at, Some(Kind::ForeignKey))),
            Keyword::CHECK => Some((at, Some(Kind::Check))),
            // Those of SET NULL and SET DEFAULT are actions.
            Keyword::NULL | Keyword::DEFAULT if before != Keyword::SET => Some((at, None)),
            Keyword::GENERATED => Some((at, None)),
            _ => None,
        });
    }
    found
}

/// The match type is said before the actions.
fn refuse_late_match(sql: &str, element: &[TokenWithSpan]) -> Result<(), Error> {
    let Some(references) = element.iter().position(|token| keyword(token) == Keyword::REFERENCES) else {
        return Ok(());
    };
    let acts = |pair: &[TokenWithSpan]| {
        keyword(&pair[0]) == Keyword::ON && matches!(keyword(&pair[1]), Keyword::DELETE | Keyword::UPDATE)
    };
    let Some(action) = element[references..].windows(2).position(acts) else { return Ok(()) };
    match element[references + action..].iter().find(|token| keyword(token) == Keyword::MATCH) {
        Some(late) => Err(syntax_error_at(sql, Some(late), "MATCH before ON DELETE and ON UPDATE")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;

    fn parsed(sql: &str) -> String {
        parse(sql).map_or_else(|error| format!("{}: {}", error.sqlstate, error.message), |parsed| parsed.to_string())
    }

    fn of_table(attributes: &str) -> String {
        parsed(&format!("ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u (b) {attributes}, ADD d INT"))
    }

    fn of_column(clauses: &str) -> String {
        parsed(&format!("CREATE TABLE t (enforced INT {clauses}, b INT)"))
    }

    #[test]
    fn attributes_of_a_table_come_in_any_order() {
        let expected = of_table("DEFERRABLE INITIALLY DEFERRED NOT VALID");
        assert!(expected.starts_with("ALTER TABLE"), "{expected}");
        assert_eq!(of_table("NOT VALID DEFERRABLE INITIALLY DEFERRED"), expected);
        assert_eq!(of_table("DEFERRABLE NOT VALID INITIALLY DEFERRED DEFERRABLE"), expected);
        assert_eq!(of_table("DEFERRABLE NOT DEFERRABLE"), "42601: conflicting constraint properties");
        let refused = "42601: constraint declared INITIALLY DEFERRED must be DEFERRABLE";
        assert_eq!(of_table("INITIALLY DEFERRED NOT DEFERRABLE"), refused);
        let made = parsed("CREATE TABLE t (a INT, FOREIGN KEY (a) REFERENCES u NOT VALID)");
        assert!(made.ends_with("REFERENCES u)"), "{made}");
        let unique = parsed("CREATE TABLE t (a INT, UNIQUE (a) NOT ENFORCED)");
        assert_eq!(unique, "0A000: UNIQUE constraints cannot be marked NOT ENFORCED");
    }

    #[test]
    fn attributes_of_a_column_follow_their_constraint() {
        assert_eq!(of_column("DEFERRABLE"), "42601: misplaced DEFERRABLE clause");
        assert_eq!(of_column("NOT NULL NOT ENFORCED"), "42601: misplaced NOT ENFORCED clause");
        assert_eq!(of_column("PRIMARY KEY NOT ENFORCED"), "42601: misplaced NOT ENFORCED clause");
        let twice = "42601: multiple DEFERRABLE/NOT DEFERRABLE clauses not allowed";
        assert_eq!(of_column("REFERENCES u ON DELETE SET NULL DEFERRABLE NOT DEFERRABLE"), twice);
        let fine = of_column("REFERENCES u ON DELETE SET DEFAULT DEFERRABLE UNIQUE DEFERRABLE");
        assert!(fine.starts_with("CREATE TABLE"), "{fine}");
    }

    #[test]
    fn match_stands_before_the_actions() {
        assert_eq!(of_column("REFERENCES u ON DELETE CASCADE MATCH FULL"), "42601: syntax error at or near \"MATCH\"");
        assert!(of_column("REFERENCES u MATCH FULL ON DELETE CASCADE").starts_with("CREATE TABLE"));
    }
}
