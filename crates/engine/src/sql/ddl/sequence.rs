//! CREATE SEQUENCE, and the options it shares with identity columns.

use bowline_core::catalog::{
    Catalog, CatalogError, ColumnId, RelationName, Sequence, SequenceId, SqlType, TEMPORARY_SCHEMA, TableId,
};
use datafusion::sql::sqlparser::ast::{Expr, SequenceOptions, Statement, UnaryOperator, Value, ValueWithSpan};

use super::super::names;
use super::super::scope::{Done, Scope};
use super::new_relation::check_new_relation;
use crate::error::Error;
use crate::outcome::{Notice, Outcome};
use crate::query::sql_type;
use crate::search_path;

/// Runs CREATE SEQUENCE.
pub(super) fn create(scope: &mut Scope, statement: Statement) -> Result<Done, Error> {
    let Statement::CreateSequence { temporary, if_not_exists, name, data_type, sequence_options, owned_by } = statement
    else {
        unreachable!("the caller matched it")
    };
    let name = names::new_relation_name(scope.catalog(), &name, temporary)?;
    check_new_relation(scope, &name)?;
    if scope.catalog().relation(&name).is_some() {
        if if_not_exists {
            let message = format!("relation \"{}\" already exists, skipping", name.name);
            scope.notice(Notice { sqlstate: "42P07", ..Notice::plain(message) });
            return Ok(Done::unchanged(Outcome::command("CREATE SEQUENCE")));
        }
        return Err(CatalogError::Exists { kind: "relation", name: name.name }.into());
    }
    let sql_type = data_type.as_ref().map_or(Ok(SqlType::BigInt), sql_type)?;
    let mut catalog = Catalog::clone(scope.catalog());
    if name.schema == TEMPORARY_SCHEMA {
        catalog.make_temporary_schema();
    }
    let id = SequenceId(catalog.next_id_in(&name.schema));
    let mut sequence = with_options(id, name, sql_type, &sequence_options)?;
    sequence.sql_type = Some(sql_type);
    if let Some(owner) = owned_by {
        let owner = names::parts(&owner)?.join(".");
        sequence.owner = owner_named(&catalog, &sequence, &owner)?;
    }
    catalog.put_sequence(sequence);
    scope.declare(Outcome::command("CREATE SEQUENCE"), catalog)
}

/// A sequence with these options, within the bounds of its type. Errors: 22023.
pub(super) fn with_options(
    id: SequenceId,
    name: RelationName,
    sql_type: SqlType,
    options: &[SequenceOptions],
) -> Result<Sequence, Error> {
    let (type_min, type_max) = bounds_of(sql_type)?;
    let (mut increment, mut min, mut max, mut start, mut cycle, mut cache) = (1, None, None, None, false, 1);
    for option in options {
        match option {
            SequenceOptions::IncrementBy(value, _) => increment = integer(value)?,
            SequenceOptions::MinValue(value) => min = value.as_ref().map(integer).transpose()?,
            SequenceOptions::MaxValue(value) => max = value.as_ref().map(integer).transpose()?,
            SequenceOptions::StartWith(value, _) => start = Some(integer(value)?),
            SequenceOptions::Cycle(no) => cycle = !no,
            SequenceOptions::Cache(value) => cache = integer(value)?,
        }
    }
    let min = min.unwrap_or(if increment > 0 { 1 } else { type_min });
    let max = max.unwrap_or(if increment > 0 { type_max } else { -1 });
    let start = start.unwrap_or(if increment > 0 { min } else { max });
    let sequence =
        Sequence { id, name, start, increment, min, max, cycle, cache, owner: None, sql_type: None, comment: None };
    check_bounds(&sequence, (type_min, type_max))?;
    Ok(sequence)
}

/// Changes of an identity column and its sequence, as `SET option ...` and `RESTART` say them.
#[derive(Default)]
pub(super) struct Changes {
    /// `SET GENERATED ALWAYS`, or `BY DEFAULT`.
    pub always: Option<bool>,
    /// `RESTART [WITH value]`.
    pub restart: Option<Option<i64>>,
    increment: Option<i64>,
    /// `NO MINVALUE` is `Some(None)`.
    min: Option<Option<i64>>,
    max: Option<Option<i64>>,
    start: Option<i64>,
    cycle: Option<bool>,
    cache: Option<i64>,
    /// `AS type`.
    sql_type: Option<SqlType>,
}

impl Changes {
    /// Reads the words. Errors: 42601 for an option said twice or unknown.
    pub fn of(words: &[&str]) -> Result<Changes, Error> {
        let mut changes = Changes::default();
        let mut rest = words;
        while !rest.is_empty() {
            rest = changes.take(rest)?;
        }
        Ok(changes)
    }

    /// Reads one option from the front; returns what follows it.
    fn take<'w, 'a>(&mut self, words: &'w [&'a str]) -> Result<&'w [&'a str], Error> {
        let number = |text: &str| {
            let value = text.trim_start_matches('+').parse::<i64>();
            value.map_err(|_| {
                Error::new("42601", format!("\"{text}\" is not an integer")).with_hint("Write a whole number.")
            })
        };
        let option = match words {
            ["set", "generated", "always", rest @ ..] => return once(&mut self.always, true, rest),
            ["set", "generated", "by", "default", rest @ ..] => return once(&mut self.always, false, rest),
            ["restart", "with", value, rest @ ..] => return once(&mut self.restart, Some(number(value)?), rest),
            ["restart", value, rest @ ..] if value.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                return once(&mut self.restart, Some(number(value)?), rest);
            }
            ["restart", rest @ ..] => return once(&mut self.restart, None, rest),
            ["set", option @ ..] => option,
            _ => words,
        };
        match option {
            ["increment", "by", value, rest @ ..] => once(&mut self.increment, number(value)?, rest),
            ["increment", value, rest @ ..] => once(&mut self.increment, number(value)?, rest),
            ["no", "minvalue", rest @ ..] => once(&mut self.min, None, rest),
            ["minvalue", value, rest @ ..] => once(&mut self.min, Some(number(value)?), rest),
            ["no", "maxvalue", rest @ ..] => once(&mut self.max, None, rest),
            ["maxvalue", value, rest @ ..] => once(&mut self.max, Some(number(value)?), rest),
            ["start", "with", value, rest @ ..] => once(&mut self.start, number(value)?, rest),
            ["start", value, rest @ ..] => once(&mut self.start, number(value)?, rest),
            ["no", "cycle", rest @ ..] => once(&mut self.cycle, false, rest),
            ["cycle", rest @ ..] => once(&mut self.cycle, true, rest),
            ["cache", value, rest @ ..] => once(&mut self.cache, number(value)?, rest),
            ["as", name, rest @ ..] => once(&mut self.sql_type, integer_type(name)?, rest),
            other => Err(Error::new("42601", format!("syntax error at or near \"{}\"", other.first().unwrap_or(&"")))
                .with_hint("Write SET GENERATED ..., SET option or RESTART.")),
        }
    }

    /// The sequence with the changes. Errors: 22023 for bounds that do not go together.
    pub fn over(&self, sequence: &Sequence, sql_type: SqlType) -> Result<Sequence, Error> {
        let (old_min, old_max) = bounds_of(sql_type)?;
        let (type_min, type_max) = bounds_of(self.sql_type.unwrap_or(sql_type))?;
        let increment = self.increment.unwrap_or(sequence.increment);
        let (least, most) = if increment > 0 { (1, type_max) } else { (type_min, -1) };
        // A bound that is the old type's becomes the new one's.
        let bound = |now: i64, old: i64, new: i64| if now == old { new } else { now };
        let (min, max) = (bound(sequence.min, old_min, type_min), bound(sequence.max, old_max, type_max));
        let changed = Sequence {
            increment,
            min: self.min.map_or(min, |min| min.unwrap_or(least)),
            max: self.max.map_or(max, |max| max.unwrap_or(most)),
            sql_type: self.sql_type.or(sequence.sql_type),
            start: self.start.unwrap_or(sequence.start),
            cycle: self.cycle.unwrap_or(sequence.cycle),
            cache: self.cache.unwrap_or(sequence.cache),
            ..sequence.clone()
        };
        check_bounds(&changed, (type_min, type_max))?;
        Ok(changed)
    }
}

/// Notes an option; returns what follows it. Errors: 42601 when it was said before.
fn once<'w, 'a, T>(place: &mut Option<T>, value: T, rest: &'w [&'a str]) -> Result<&'w [&'a str], Error> {
    match place.replace(value) {
        None => Ok(rest),
        Some(_) => Err(Error::new("42601", "conflicting or redundant options").with_hint("Say each option once.")),
    }
}

/// Judges increment, bounds, start and cache together. Errors: 22023.
fn check_bounds(sequence: &Sequence, (type_min, type_max): (i64, i64)) -> Result<(), Error> {
    let Sequence { start, increment, min, max, cache, .. } = sequence;
    if *increment == 0 {
        return Err(Error::new("22023", "INCREMENT must not be zero").with_hint("Use a positive or negative step."));
    }
    let kind = kind_of(type_max);
    for (bound, value, is_outside) in [("MAXVALUE", max, *max > type_max), ("MINVALUE", min, *min < type_min)] {
        if is_outside {
            let message = format!("{bound} ({value}) is out of range for sequence data type {kind}");
            return Err(Error::new("22023", message).with_hint(format!("It lies between {type_min} and {type_max}.")));
        }
    }
    if min >= max {
        return Err(Error::new("22023", format!("MINVALUE ({min}) must be less than MAXVALUE ({max})")));
    }
    let beyond = match () {
        () if start < min => format!("cannot be less than MINVALUE ({min})"),
        () if start > max => format!("cannot be greater than MAXVALUE ({max})"),
        () => String::new(),
    };
    if !beyond.is_empty() {
        return Err(Error::new("22023", format!("START value ({start}) {beyond}"))
            .with_hint("Choose a start within the bounds."));
    }
    if *cache < 1 {
        return Err(Error::new("22023", format!("CACHE ({cache}) must be greater than zero")));
    }
    Ok(())
}

/// The column that `OWNED BY` names; `None` for NONE. Errors: 42703, 42P01, 55000 for a table of another schema, 0A000 of an identity.
pub(super) fn owner_named(
    catalog: &Catalog,
    sequence: &Sequence,
    owner: &str,
) -> Result<Option<(TableId, ColumnId)>, Error> {
    let own = sequence.owner.map(|(table, column)| catalog.table(table).column_by_id(column));
    if own.is_some_and(|column| column.identity.is_some_and(|identity| identity.sequence == sequence.id)) {
        return Err(Error::unsupported(
            "cannot change ownership of identity sequence",
            "Drop the identity: ALTER COLUMN ... DROP IDENTITY.",
        ));
    }
    if owner == "none" {
        return Ok(None);
    }
    let mut parts: Vec<&str> = owner.split('.').collect();
    let column = parts.pop().unwrap_or_default();
    let name = match parts.as_slice() {
        [table] => search_path::on_path(catalog, table),
        [schema, table] => RelationName::new(*schema, *table),
        _ => {
            return Err(Error::new("42601", "invalid OWNED BY option")
                .with_hint("Specify OWNED BY table.column or OWNED BY NONE."));
        }
    };
    let table = names::table_named(catalog, &name)?;
    if table.schema != sequence.name.schema {
        return Err(Error::new("55000", "sequence must be in same schema as table it is linked to")
            .with_hint("Move one of them with SET SCHEMA first."));
    }
    Ok(Some((table.id, names::column(&table, column)?.id)))
}

/// The type of a sequence by its name. Errors: 22023 for what is no integer type.
fn integer_type(name: &str) -> Result<SqlType, Error> {
    match name {
        "smallint" | "int2" => Ok(SqlType::SmallInt),
        "integer" | "int" | "int4" => Ok(SqlType::Integer),
        "bigint" | "int8" => Ok(SqlType::BigInt),
        _ => Err(no_integer_type()),
    }
}

/// The integer type with this largest value.
fn kind_of(type_max: i64) -> &'static str {
    match type_max {
        max if max == i64::from(i16::MAX) => "smallint",
        max if max == i64::from(i32::MAX) => "integer",
        _ => "bigint",
    }
}

/// The smallest and the largest value of an integer type. Errors: 22023 for any other.
pub(super) fn bounds_of(sql_type: SqlType) -> Result<(i64, i64), Error> {
    match sql_type {
        SqlType::SmallInt => Ok((i64::from(i16::MIN), i64::from(i16::MAX))),
        SqlType::Integer => Ok((i64::from(i32::MIN), i64::from(i32::MAX))),
        SqlType::BigInt => Ok((i64::MIN, i64::MAX)),
        _ => Err(no_integer_type()),
    }
}

fn no_integer_type() -> Error {
    Error::new("22023", "sequence type must be smallint, integer, or bigint").with_hint("Use one of these types.")
}

fn integer(value: &Expr) -> Result<i64, Error> {
    let found = match value {
        Expr::Value(ValueWithSpan { value: Value::Number(text, _), .. }) => text.parse().ok(),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => integer(expr)?.checked_neg(),
        _ => None,
    };
    found
        .ok_or_else(|| Error::new("42601", format!("\"{value}\" is not an integer")).with_hint("Write a whole number."))
}
