//! LOCK TABLE, read from the tokens of the statement.
//!
//! ```text
//!   LOCK [TABLE] [ONLY] table [*], ... [IN mode MODE] [NOWAIT]
//! ```
//!
//! A transaction sees one snapshot, which nothing that others do disturbs, and no session keeps another one out. So the modes that go
//! together with each other (ACCESS SHARE, ROW SHARE, ROW EXCLUSIVE) hold as they are; the others would promise what nobody keeps, and are
//! refused. Source: PostgreSQL documentation, Table-Level Locks.

use bowline_core::catalog::{Catalog, Relation, SYSTEM_SCHEMA};
use datafusion::sql::sqlparser::ast::ObjectName;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::names;
use super::reader::Reader;
use super::tokens::{is_word, without_blanks};
use crate::error::Error;
use crate::query::{is_system_relation, is_system_relation_of};

/// The tables that a statement locks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LockTable {
    tables: Vec<ObjectName>,
}

/// The modes, longer names before those they begin with.
const MODES: [(&[&str], bool); 8] = [
    (&["access", "share"], true),
    (&["row", "share"], true),
    (&["row", "exclusive"], true),
    (&["share", "update", "exclusive"], false),
    (&["share", "row", "exclusive"], false),
    (&["share"], false),
    (&["exclusive"], false),
    (&["access", "exclusive"], false),
];

/// Reads the statement from its tokens; `None` if they are of another. Errors: 42601, 0A000 for modes that keep others out.
pub(super) fn read(sql: &str, tokens: &[TokenWithSpan]) -> Result<Option<LockTable>, Error> {
    let Some((_, rest)) = tokens.split_first().filter(|(first, _)| is_word(first, "lock")) else { return Ok(None) };
    let mut reader = Reader { sql, tokens: rest };
    reader.takes_words(&["table"]);
    let mut tables = Vec::new();
    loop {
        reader.takes_words(&["only"]);
        tables.push(reader.dotted_name("the name of a table")?);
        reader.takes(&Token::Mul);
        if !reader.takes(&Token::Comma) {
            break;
        }
    }
    let mode = match reader.takes_words(&["in"]) {
        true => {
            let mode = MODES.iter().find(|(words, _)| reader.takes_words(words));
            let mode = mode.ok_or_else(|| reader.expected("a mode"))?;
            if !reader.takes_words(&["mode"]) {
                return Err(reader.expected("MODE"));
            }
            *mode
        }
        false => MODES[MODES.len() - 1],
    };
    // Nothing is waited for anyway.
    reader.takes_words(&["nowait"]);
    if !reader.is_at_end() {
        return Err(reader.expected("the end of the statement"));
    }
    match mode {
        (_, true) => Ok(Some(LockTable { tables })),
        (words, false) => Err(Error::unsupported(
            format!("LOCK TABLE in {} mode is not supported", words.join(" ").to_uppercase()),
            "No session keeps others out of a table. Lock rows: SELECT ... FOR UPDATE.",
        )),
    }
}

/// What a text asks for that is parsed otherwise.
pub(super) fn of(sql: &str) -> Option<LockTable> {
    read(sql, &without_blanks(sql)?).ok()?
}

impl LockTable {
    /// Checks the names. Errors: 42P01 and 3F000 for what is not there, 42809 for what is neither table nor view.
    pub fn check(&self, catalog: &Catalog) -> Result<(), Error> {
        self.tables.iter().try_for_each(|table| {
            let name = names::relation_name(catalog, table)?;
            let kind = match catalog.relation(&name) {
                Some(Relation::Table(_) | Relation::View(_)) => return Ok(()),
                Some(Relation::Sequence(_)) => "sequences",
                Some(Relation::Index(..)) => "indexes",
                None if name.schema == SYSTEM_SCHEMA && is_system_relation(&name.name) => return Ok(()),
                None if is_system_relation_of(&name.schema, &name.name) => return Ok(()),
                None if table.0.len() > 1 && catalog.schema(&name.schema).is_none() => {
                    return Err(Error::new("3F000", format!("schema \"{}\" does not exist", name.schema)));
                }
                None => return Err(names::missing(catalog, &name)),
            };
            Err(Error::new("42809", format!("cannot lock relation \"{}\"", name.name))
                .with_detail(format!("This operation is not supported for {kind}.")))
        })
    }
}
