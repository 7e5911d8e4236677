//! VACUUM, ANALYZE and CHECKPOINT: what keeps a database in shape, read from the tokens of the statement.
//!
//! ```text
//!   CHECKPOINT                                                    the log is folded into a new state
//!   VACUUM [FREEZE] [ANALYZE] [table [(columns)], ...]            a checkpoint, which leaves dead rows behind
//!   VACUUM (ANALYZE, …) …                                         the same
//!   ANALYZE [table [(columns)], ...]                              nothing: plans are made with exact counts
//! ```
//!
//! The parser knows another VACUUM; all of these are parsed as its shortest form, and so is LOCK TABLE.

use bowline_core::catalog::{Catalog, Relation};
use datafusion::sql::sqlparser::ast::{Ident, ObjectName};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::names;
use super::reader::Reader;
use super::tokens::{is_word, without_blanks, word};
use crate::error::Error;
use crate::outcome::Notice;

/// What a statement asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Maintenance {
    /// The command tag.
    pub verb: &'static str,
    analyzes: bool,
    targets: Vec<Target>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    relation: ObjectName,
    columns: Vec<Ident>,
}

/// Options that there are, and not here.
const OTHERS: [&str; 11] = [
    "verbose",
    "disable_page_skipping",
    "skip_locked",
    "index_cleanup",
    "process_main",
    "process_toast",
    "truncate",
    "parallel",
    "skip_database_stats",
    "only_database_stats",
    "buffer_usage_limit",
];

/// Reads the statement from its tokens; `None` if they are of another. Errors: 42601, 0A000 for options that are not had.
pub(super) fn read(sql: &str, tokens: &[TokenWithSpan]) -> Result<Option<Maintenance>, Error> {
    let Some((first, rest)) = tokens.split_first() else { return Ok(None) };
    let Some(verb) = ["VACUUM", "ANALYZE", "CHECKPOINT"].into_iter().find(|verb| is_word(first, verb)) else {
        return Ok(None);
    };
    let mut found = Maintenance { verb, analyzes: verb == "ANALYZE", targets: Vec::new() };
    let mut reader = Reader { sql, tokens: rest };
    if verb != "CHECKPOINT" {
        reader.options(&mut found)?;
        while !reader.is_at_end() {
            found.targets.push(reader.target()?);
            if !reader.takes(&Token::Comma) && !reader.is_at_end() {
                return Err(reader.expected("a comma or the end of the statement"));
            }
        }
    }
    if !reader.is_at_end() {
        return Err(reader.expected("the end of the statement"));
    }
    Ok(Some(found))
}

/// What a text asks for that is parsed as a VACUUM.
pub(super) fn of(sql: &str) -> Option<Maintenance> {
    read(sql, &without_blanks(sql)?).ok()?
}

/// Puts the statement in the form that the parser takes.
pub(super) fn rewrite(tokens: &mut Vec<TokenWithSpan>) {
    let vacuum = word("VACUUM", Keyword::VACUUM, tokens[0].span);
    *tokens = vec![vacuum];
}

impl Maintenance {
    /// Whether the log is to be folded.
    pub fn folds(&self) -> bool {
        self.verb != "ANALYZE"
    }

    /// Whether it can be part of a transaction.
    pub fn is_transactional(&self) -> bool {
        self.verb != "VACUUM"
    }

    /// Checks the names; a warning for each relation that is no table.
    /// Errors: 42P01 and 42703 for names that are wrong, 0A000 for columns that nobody reads.
    pub fn check(&self, catalog: &Catalog) -> Result<Vec<Notice>, Error> {
        let mut skipped = Vec::new();
        for Target { relation, columns } in &self.targets {
            if !columns.is_empty() && !self.analyzes {
                return Err(Error::unsupported(
                    "ANALYZE option must be specified when a column list is provided",
                    "Write VACUUM (ANALYZE), or leave the columns out.",
                ));
            }
            let name = names::relation_name(catalog, relation)?;
            match catalog.relation(&name) {
                Some(Relation::Table(table)) => {
                    let columns: Vec<String> = columns.iter().map(names::folded).collect();
                    names::column_ids(&table, &columns)?;
                }
                None => return Err(names::missing(catalog, &name)),
                Some(_) => {
                    let verb = self.verb.to_lowercase();
                    let reason = format!("cannot {verb} non-tables or special system tables");
                    skipped.push(Notice::warning(format!("skipping \"{}\" --- {reason}", name.name)));
                }
            }
        }
        Ok(skipped)
    }

    /// Whether an option is ANALYZE. Errors: 0A000 for what there is not, 42601 for what is no option.
    fn is_analyze(&self, option: &str) -> Result<bool, Error> {
        let option = option.to_lowercase();
        match option.as_str() {
            "analyze" if self.verb == "VACUUM" => Ok(true),
            // Rows are never numbered by transactions, so that there is nothing to freeze.
            "freeze" if self.verb == "VACUUM" => Ok(false),
            "full" if self.verb == "VACUUM" => Err(Error::unsupported(
                "option FULL of VACUUM is not supported",
                "Leave it out: a file goes when all rows in it are dead. To write the others anew, copy them into another table.",
            )),
            other if OTHERS.contains(&other) => Err(Error::unsupported(
                format!("option {} of {} is not supported", option.to_uppercase(), self.verb),
                "Leave it out.",
            )),
            other => Err(Error::new("42601", format!("unrecognized {} option \"{other}\"", self.verb))),
        }
    }
}

impl Reader<'_> {
    /// `(a, b on, ...)`, or the words there were before them.
    fn options(&mut self, found: &mut Maintenance) -> Result<(), Error> {
        if self.takes(&Token::LParen) {
            loop {
                let option = self.name("an option")?;
                let is_analyze = found.is_analyze(&option.value)?;
                let is_on = self.boolean()?;
                if is_analyze {
                    found.analyzes = is_on;
                }
                match self.takes(&Token::Comma) {
                    true => {}
                    false if self.takes(&Token::RParen) => return Ok(()),
                    false => return Err(self.expected("a comma or )")),
                }
            }
        }
        let words: &[&str] =
            if found.verb == "VACUUM" { &["full", "freeze", "verbose", "analyze"] } else { &["verbose"] };
        while let Some(option) = words.iter().find(|word| self.tokens.first().is_some_and(|next| is_word(next, word))) {
            self.tokens = &self.tokens[1..];
            found.analyzes |= found.is_analyze(option)?;
        }
        Ok(())
    }

    /// The value of an option; without one it is on.
    fn boolean(&mut self) -> Result<bool, Error> {
        let Some((next, rest)) = self.tokens.split_first() else { return Ok(true) };
        let value = match &next.token {
            Token::Comma | Token::RParen => return Ok(true),
            Token::Word(word) => word.value.to_lowercase(),
            Token::SingleQuotedString(text) | Token::Number(text, _) => text.to_lowercase(),
            _ => String::new(),
        };
        let is_on = match value.as_str() {
            "true" | "on" | "1" => true,
            "false" | "off" | "0" => false,
            _ => return Err(self.expected("true or false")),
        };
        self.tokens = rest;
        Ok(is_on)
    }

    /// `schema.table (columns)`.
    fn target(&mut self) -> Result<Target, Error> {
        let relation = self.dotted_name("the name of a table")?;
        let mut columns = Vec::new();
        if self.takes(&Token::LParen) {
            loop {
                columns.push(self.name("the name of a column")?);
                match self.takes(&Token::Comma) {
                    true => {}
                    false if self.takes(&Token::RParen) => break,
                    false => return Err(self.expected("a comma or )")),
                }
            }
        }
        Ok(Target { relation, columns })
    }
}
