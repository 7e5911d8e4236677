//! `SET CONSTRAINTS {ALL | names} {DEFERRED | IMMEDIATE}`, which the parser does not know.
//!
//! ```text
//!   SET CONSTRAINTS a, s.b DEFERRED ──▶ parsed as SET constraints TO DEFERRED; names and mode are read from the text
//! ```

use std::collections::BTreeSet;

use bowline_core::catalog::{Catalog, Characteristics, ConstraintId, KeyOrigin, Table};
use bowline_core::integrity::ConstraintMode;
use datafusion::sql::sqlparser::ast::ObjectName;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::names;
use super::reader::Reader;
use super::tokens::{is_word, keyword, word};
use crate::error::Error;

/// What `SET CONSTRAINTS` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SetConstraints {
    /// The constraints named; `None` is ALL.
    names: Option<Vec<ObjectName>>,
    /// The mode they get.
    pub mode: ConstraintMode,
}

/// Reads the statement from its tokens; `None` if they are of another. Errors: 42601.
pub(super) fn read(sql: &str, tokens: &[TokenWithSpan]) -> Result<Option<SetConstraints>, Error> {
    let [set, constraints, rest @ ..] = tokens else { return Ok(None) };
    let assigns = rest.first().is_some_and(|next| next.token == Token::Eq || keyword(next) == Keyword::TO);
    if keyword(set) != Keyword::SET || !is_word(constraints, "constraints") || assigns {
        return Ok(None);
    }
    let mut reader = Reader { sql, tokens: rest };
    let names = match reader.takes_words(&["all"]) {
        true => None,
        false => {
            let mut names = vec![name(&mut reader)?];
            while reader.takes(&Token::Comma) {
                names.push(name(&mut reader)?);
            }
            Some(names)
        }
    };
    let mode = match () {
        () if reader.takes_words(&["deferred"]) => ConstraintMode::Deferred,
        () if reader.takes_words(&["immediate"]) => ConstraintMode::Immediate,
        () => return Err(reader.expected("DEFERRED or IMMEDIATE")),
    };
    match reader.is_at_end() {
        true => Ok(Some(SetConstraints { names, mode })),
        false => Err(reader.expected("the end of the statement")),
    }
}

/// A name with its schema; none of the words that follow the names.
fn name(reader: &mut Reader) -> Result<ObjectName, Error> {
    const WHAT: &str = "the name of a constraint";
    let is_other = |token: &TokenWithSpan| ["all", "deferred", "immediate"].iter().any(|word| is_word(token, word));
    match reader.tokens.first().is_some_and(is_other) {
        true => Err(reader.expected(WHAT)),
        false => reader.dotted_name(WHAT),
    }
}

/// Puts the statement as the parser reads it: an assignment of the mode.
pub(super) fn rewrite(tokens: &mut Vec<TokenWithSpan>, set: &SetConstraints) {
    let span = tokens[1].span;
    let (text, mode) = match set.mode {
        ConstraintMode::Deferred => ("DEFERRED", Keyword::DEFERRED),
        ConstraintMode::Immediate => ("IMMEDIATE", Keyword::IMMEDIATE),
    };
    tokens.truncate(2);
    tokens.extend([word("TO", Keyword::TO, span), word(text, mode, span)]);
}

impl SetConstraints {
    /// The constraints meant that are deferrable; `None` is ALL.
    ///
    /// Errors: 42704 and 3F000 for names that are not there; 42809 for one that is to be deferred and cannot.
    pub fn constraints(&self, catalog: &Catalog) -> Result<Option<BTreeSet<ConstraintId>>, Error> {
        let Some(names) = &self.names else { return Ok(None) };
        let mut chosen = BTreeSet::new();
        for name in names {
            chosen.extend(self.named(catalog, name)?);
        }
        Ok(Some(chosen))
    }

    /// The deferrable constraints of a name, which several tables of a schema may have.
    fn named(&self, catalog: &Catalog, written: &ObjectName) -> Result<Vec<ConstraintId>, Error> {
        let parts = names::parts(written)?;
        let (schema, name) = match parts.as_slice() {
            [name] => match searched(catalog, name) {
                Some(schema) => (schema, name),
                None => return Err(no_constraint(name)),
            },
            [schema, name] => (schema.as_str(), name),
            _ => {
                return Err(Error::unsupported(
                    format!("cross-database references are not implemented: {written}"),
                    "Name it as schema.constraint.",
                ));
            }
        };
        if catalog.schema(schema).is_none() {
            let known: Vec<_> = catalog.schemas().map(|(name, _)| name.as_str()).collect();
            return Err(Error::new("3F000", format!("schema \"{schema}\" does not exist"))
                .with_hint(format!("There are: {}.", known.join(", "))));
        }
        let tables = catalog.tables().filter(|table| table.schema == schema);
        let found: Vec<_> = tables.flat_map(|table| constraints_named(catalog, table, name)).collect();
        if found.is_empty() {
            return Err(no_constraint(name));
        }
        let is_deferrable = |found: &&Found| found.characteristics.deferrable;
        if let Some(fixed) = found.iter().find(|found| !is_deferrable(found) && self.mode == ConstraintMode::Deferred) {
            let error = Error::new("42809", format!("constraint \"{name}\" is not deferrable"))
                .with_table(&fixed.table.schema, &fixed.table.name);
            return Err(error.with_hint(match fixed.is_foreign_key {
                true => format!("Make it so: ALTER TABLE {} ALTER CONSTRAINT {name} DEFERRABLE.", fixed.table.name),
                false => "Only keys and foreign keys that are declared DEFERRABLE can be deferred.".to_owned(),
            }));
        }
        Ok(found.iter().filter(is_deferrable).filter_map(|found| found.id).collect())
    }
}

/// A constraint found by name.
struct Found<'c> {
    table: &'c Table,
    /// `None` for NOT NULL, which is a constraint in name only.
    id: Option<ConstraintId>,
    characteristics: Characteristics,
    is_foreign_key: bool,
}

fn constraints_named<'c>(catalog: &'c Catalog, table: &'c Table, name: &str) -> Vec<Found<'c>> {
    let found = |id: Option<ConstraintId>, characteristics: Characteristics, is_foreign_key: bool| Found {
        table,
        id,
        characteristics,
        is_foreign_key,
    };
    let keys = table.keys.iter().filter(|key| key.origin == KeyOrigin::Constraint && key.name == name);
    let foreign_keys = catalog.foreign_keys_of(table.id).into_iter().filter(|fk| fk.name == name);
    let checks = table.checks.iter().filter(|check| check.name == name);
    let not_null = |column: &&bowline_core::catalog::Column| column.not_null && table.not_null_name(column) == name;
    let mut constraints: Vec<Found> = keys.map(|key| found(Some(key.id), key.characteristics, false)).collect();
    constraints.extend(foreign_keys.map(|fk| found(Some(fk.id), fk.characteristics, true)));
    constraints.extend(checks.map(|check| found(Some(check.id), Characteristics::default(), false)));
    let nulls = table.columns.iter().filter(not_null).map(|_| found(None, Characteristics::default(), false));
    constraints.extend(nulls);
    constraints
}

/// The first schema along the search path in which a table has a constraint of that name.
fn searched<'c>(catalog: &'c Catalog, name: &str) -> Option<&'c str> {
    let has = |table: &Table| !constraints_named(catalog, table, name).is_empty();
    catalog.searched().find(|schema| catalog.tables().any(|table| table.schema == *schema && has(table)))
}

fn no_constraint(name: &str) -> Error {
    Error::new("42704", format!("constraint \"{name}\" does not exist"))
        .with_hint("List them: SELECT constraint_name, table_name FROM information_schema.table_constraints.")
}
