//! Statements and clauses of PostgreSQL that the parser does not know: named when they are why a text does not parse.
//!
//! Asked only after the parser has failed, so that no statement it understands is touched.

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::{is_word, place};
use crate::error::Error;

/// Words that follow each other, what is said of them, and what to do.
struct Unknown {
    words: &'static [&'static str],
    message: &'static str,
    hint: &'static str,
}

/// Where a text that does not parse holds something that is only not supported, the error that says so.
pub(super) fn refused(sql: &str, tokens: &[TokenWithSpan]) -> Option<Error> {
    let starts = |unknown: &&Unknown| follows(tokens, 0, unknown.words);
    if let Some(unknown) = STATEMENTS.iter().find(starts) {
        return Some(Error::unsupported(unknown.message, unknown.hint).with_position(place(sql, tokens.first()?)));
    }
    if let Some(at) = (1..tokens.len()).find(|at| follows(tokens, *at, &["current", "of"])) {
        return Some(
            Error::unsupported("cursors are not supported", "Name the row by its key.")
                .with_position(place(sql, &tokens[at])),
        );
    }
    if let Some(error) = (1..tokens.len()).find_map(|at| conflict_target(sql, tokens, at)) {
        return Some(error);
    }
    let declares = ["create", "alter"].iter().any(|verb| follows(tokens, 0, &[verb]));
    if !declares {
        return None;
    }
    for at in 1..tokens.len() {
        if let Some(unknown) = CLAUSES.iter().find(|unknown| follows(tokens, at, unknown.words)) {
            return Some(Error::unsupported(unknown.message, unknown.hint).with_position(place(sql, &tokens[at])));
        }
    }
    None
}

/// `ON CONFLICT (expression)` and `ON CONFLICT (columns) WHERE ...`, if they stand at this place.
fn conflict_target(sql: &str, tokens: &[TokenWithSpan], at: usize) -> Option<Error> {
    if !follows(tokens, at, &["on", "conflict", "("]) {
        return None;
    }
    let inside = &tokens[at + 3..];
    let end = inside.iter().position(|token| matches!(token.token, Token::LParen | Token::RParen))?;
    let refused = |what: &str, hint: &str, token: &TokenWithSpan| {
        Some(
            Error::unsupported(format!("{what} in the target of ON CONFLICT is not supported"), hint)
                .with_position(place(sql, token)),
        )
    };
    if inside[end].token == Token::LParen {
        return refused(
            "an expression",
            "Name the columns of a key: there are no indexes over expressions.",
            &inside[end.saturating_sub(1)],
        );
    }
    let next = inside.get(end + 1).filter(|next| is_word(next, "where"))?;
    refused("a condition", "Leave WHERE out: there are no partial indexes.", next)
}

/// Whether these words stand at this place; `*` stands for any word, `(` for itself.
fn follows(tokens: &[TokenWithSpan], at: usize, words: &[&str]) -> bool {
    words.iter().enumerate().all(|(offset, wanted)| {
        tokens.get(at + offset).is_some_and(|token| match *wanted {
            "*" => true,
            "(" => token.token == Token::LParen,
            word => is_word(token, word),
        })
    })
}

const fn unknown(words: &'static [&'static str], message: &'static str, hint: &'static str) -> Unknown {
    Unknown { words, message, hint }
}

const NO_RULES: &str = "Referential actions cover cascades: declare ON DELETE and ON UPDATE rules.";
const NO_PARTS: &str = "Keep the rows in one table.";
const LEAVE_OUT: &str = "Leave it out.";
const NO_ROLES: &str = "There are no roles: whoever opens the database may do everything.";

/// By their first words.
const STATEMENTS: &[Unknown] = &[
    unknown(&["create", "rule"], "rules are not supported", NO_RULES),
    unknown(&["create", "or", "replace", "rule"], "rules are not supported", NO_RULES),
    unknown(&["create", "event", "trigger"], "event triggers are not supported", NO_RULES),
    unknown(&["create", "or", "replace", "trigger"], "triggers are not supported", NO_RULES),
    unknown(&["create", "constraint", "trigger"], "triggers are not supported", NO_RULES),
    unknown(&["create", "trigger"], "triggers are not supported", NO_RULES),
    unknown(&["create", "function"], "functions are not supported", "Keep the logic in the application."),
    unknown(
        &["create", "or", "replace", "function"],
        "functions are not supported",
        "Keep the logic in the application.",
    ),
    unknown(&["create", "procedure"], "procedures are not supported", "Keep the logic in the application."),
    unknown(
        &["create", "or", "replace", "procedure"],
        "procedures are not supported",
        "Keep the logic in the application.",
    ),
    unknown(&["create", "aggregate"], "CREATE AGGREGATE is not supported", "Use the aggregates there are."),
    unknown(&["create", "cast"], "CREATE CAST is not supported", "Cast to text and from there."),
    unknown(&["create", "foreign", "table"], "foreign tables are not supported", "Load the rows with COPY."),
    unknown(&["create", "foreign", "data"], "foreign data wrappers are not supported", "Load the rows with COPY."),
    unknown(&["create", "statistics"], "CREATE STATISTICS is not supported", "Statistics are kept by themselves."),
    unknown(&["create", "publication"], "replication is not supported", "Copy the directory of a closed database."),
    unknown(&["create", "subscription"], "replication is not supported", "Copy the directory of a closed database."),
    unknown(&["create", "tablespace"], "tablespaces are not supported", "A database is one directory."),
    unknown(&["create", "language"], "CREATE LANGUAGE is not supported", "Keep the logic in the application."),
    unknown(&["create", "group"], "CREATE GROUP is not supported", NO_ROLES),
    unknown(&["alter", "database"], "ALTER DATABASE is not supported", LEAVE_OUT),
    unknown(&["alter", "default", "privileges"], "ALTER DEFAULT PRIVILEGES is not supported", NO_ROLES),
    unknown(&["alter", "trigger"], "triggers are not supported", NO_RULES),
    unknown(&["alter", "rule"], "rules are not supported", NO_RULES),
    unknown(&["alter", "materialized", "view"], "materialized views are not supported", "Use a view."),
    unknown(&["drop", "rule"], "rules are not supported", NO_RULES),
    unknown(&["drop", "owned"], "DROP OWNED is not supported", NO_ROLES),
    unknown(&["reassign", "owned"], "REASSIGN OWNED is not supported", NO_ROLES),
    unknown(&["security", "label"], "SECURITY LABEL is not supported", LEAVE_OUT),
    unknown(&["cluster"], "CLUSTER is not supported", "Rows have no stored order: use ORDER BY."),
    unknown(&["reindex"], "REINDEX is not supported", "Key indexes build themselves."),
    unknown(&["refresh", "materialized"], "materialized views are not supported", "Use a view."),
    unknown(&["do"], "DO is not supported", "Keep the logic in the application."),
    unknown(&["import", "foreign"], "foreign tables are not supported", "Load the rows with COPY."),
    unknown(&["load"], "LOAD is not supported", LEAVE_OUT),
    unknown(&["prepare", "transaction"], "two-phase commit is not supported", "Use COMMIT."),
];

/// Anywhere in a CREATE or an ALTER.
const CLAUSES: &[Unknown] = &[
    unknown(&["period", "*"], "temporal constraints are not supported", "Leave PERIOD out: name plain columns."),
    unknown(&["without", "overlaps"], "temporal constraints are not supported", "Leave WITHOUT OVERLAPS out."),
    unknown(&["exclude", "using"], "exclusion constraints are not supported", "There are UNIQUE and CHECK."),
    unknown(&["exclude", "("], "exclusion constraints are not supported", "There are UNIQUE and CHECK."),
    unknown(&["partition", "by"], "partitioned tables are not supported", NO_PARTS),
    unknown(&["partition", "of"], "partitioned tables are not supported", NO_PARTS),
    unknown(&["attach", "partition"], "partitioned tables are not supported", NO_PARTS),
    unknown(&["detach", "partition"], "partitioned tables are not supported", NO_PARTS),
    unknown(&["for", "values"], "partitioned tables are not supported", NO_PARTS),
    unknown(&["inherits", "("], "table inheritance is not supported", "Use a foreign key with a shared primary key."),
    unknown(&["no", "inherit"], "table inheritance is not supported", "Leave NO INHERIT out."),
    unknown(&["inherit"], "table inheritance is not supported", "Use a foreign key with a shared primary key."),
    unknown(&["using", "index", "tablespace"], "tablespaces are not supported", "A database is one directory."),
    unknown(&["tablespace"], "tablespaces are not supported", "A database is one directory."),
    unknown(&["without", "oids"], "WITHOUT OIDS is not supported", "Leave it out: there are none."),
    unknown(&["set", "without"], "this form of ALTER TABLE is not supported", LEAVE_OUT),
    unknown(&["set", "logged"], "unlogged tables are not supported", "Leave it out: every table is logged."),
    unknown(&["set", "unlogged"], "unlogged tables are not supported", "Leave it out."),
    unknown(&["set", "access"], "access methods of tables are not supported", LEAVE_OUT),
    unknown(&["cluster", "on"], "CLUSTER is not supported", "Rows have no stored order: use ORDER BY."),
    unknown(&["owner", "to"], "OWNER TO is not supported", NO_ROLES),
    unknown(&["depends", "on"], "extensions are not supported", LEAVE_OUT),
    unknown(&["not", "of"], "typed tables are not supported", "Write out the columns."),
    unknown(&["reset", "("], "storage parameters are not supported", LEAVE_OUT),
    unknown(&["enable", "*"], "triggers, rules and row level security are not supported", NO_RULES),
    unknown(&["disable", "*"], "triggers, rules and row level security are not supported", NO_RULES),
    unknown(&["storage", "*"], "storage modes are not supported", LEAVE_OUT),
    unknown(&["compression", "*"], "compression methods are not supported", LEAVE_OUT),
    unknown(&["using", "*"], "access methods of tables are not supported", "Leave USING out."),
    unknown(&["collate", "*"], "COLLATE is not supported", "Leave it out: texts are compared by their bytes."),
    unknown(&["with", "("], "storage parameters are not supported", LEAVE_OUT),
    unknown(&["of", "*"], "typed tables are not supported", "Write out the columns."),
];
