//! CREATE SEQUENCE, and the options it shares with identity columns.

use bowline_core::catalog::{Catalog, CatalogError, RelationName, Sequence, SequenceId, SqlType};
use datafusion::sql::sqlparser::ast::{Expr, SequenceOptions, Statement, UnaryOperator, Value, ValueWithSpan};

use super::super::names;
use super::super::scope::{Done, Scope};
use super::create_table::check_new_relation;
use crate::error::Error;
use crate::outcome::{Notice, Outcome};
use crate::query::sql_type;

/// Runs CREATE SEQUENCE.
pub(super) fn create(scope: &mut Scope, statement: Statement) -> Result<Done, Error> {
    let Statement::CreateSequence { temporary, if_not_exists, name, data_type, sequence_options, owned_by } = statement
    else {
        unreachable!("the caller matched it")
    };
    if temporary || owned_by.is_some() {
        return Err(Error::unsupported(
            "TEMPORARY and OWNED BY are not supported for sequences",
            "A SERIAL or IDENTITY column owns its sequence.",
        ));
    }
    let name = names::relation_name(&name)?;
    check_new_relation(scope, &name)?;
    if scope.catalog().relation(&name).is_some() {
        if if_not_exists {
            scope.notice(Notice::plain(format!("relation \"{}\" already exists, skipping", name.name)));
            return Ok(Done::unchanged(Outcome::command("CREATE SEQUENCE")));
        }
        return Err(CatalogError::Exists { kind: "relation", name: name.name }.into());
    }
    let sql_type = data_type.as_ref().map_or(Ok(SqlType::BigInt), sql_type)?;
    let mut catalog = Catalog::clone(scope.catalog());
    let id = SequenceId(catalog.next_id());
    catalog.put_sequence(with_options(id, name, sql_type, &sequence_options)?);
    scope.declare(Outcome::command("CREATE SEQUENCE"), catalog)
}

/// A sequence with these options, within the bounds of its type. Errors: 22023.
pub(super) fn with_options(
    id: SequenceId,
    name: RelationName,
    sql_type: SqlType,
    options: &[SequenceOptions],
) -> Result<Sequence, Error> {
    let (type_min, type_max) = match sql_type {
        SqlType::SmallInt => (i64::from(i16::MIN), i64::from(i16::MAX)),
        SqlType::Integer => (i64::from(i32::MIN), i64::from(i32::MAX)),
        SqlType::BigInt => (i64::MIN, i64::MAX),
        _ => {
            return Err(Error::new("22023", "sequence type must be smallint, integer, or bigint")
                .with_hint("Use one of these types."));
        }
    };
    let (mut increment, mut min, mut max, mut start, mut cycle) = (1, None, None, None, false);
    for option in options {
        match option {
            SequenceOptions::IncrementBy(value, _) => increment = integer(value)?,
            SequenceOptions::MinValue(value) => min = value.as_ref().map(integer).transpose()?,
            SequenceOptions::MaxValue(value) => max = value.as_ref().map(integer).transpose()?,
            SequenceOptions::StartWith(value, _) => start = Some(integer(value)?),
            SequenceOptions::Cycle(no) => cycle = !no,
            // Values are never handed out in advance, so CACHE 1 is what is done.
            SequenceOptions::Cache(value) if integer(value)? == 1 => {}
            SequenceOptions::Cache(_) => {
                return Err(Error::unsupported("CACHE above 1 is not supported", "Leave CACHE out."));
            }
        }
    }
    if increment == 0 {
        return Err(Error::new("22023", "INCREMENT must not be zero").with_hint("Use a positive or negative step."));
    }
    let min = min.unwrap_or(if increment > 0 { 1 } else { type_min });
    let max = max.unwrap_or(if increment > 0 { type_max } else { -1 });
    let start = start.unwrap_or(if increment > 0 { min } else { max });
    if min < type_min || max > type_max || min >= max {
        return Err(Error::new("22023", format!("MINVALUE ({min}) must be less than MAXVALUE ({max})"))
            .with_hint(format!("Both lie between {type_min} and {type_max}.")));
    }
    if !(min..=max).contains(&start) {
        return Err(Error::new("22023", format!("START value ({start}) must lie between {min} and {max}"))
            .with_hint("Choose a start within the bounds."));
    }
    Ok(Sequence { id, name, start, increment, min, max, cycle, owner: None })
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
