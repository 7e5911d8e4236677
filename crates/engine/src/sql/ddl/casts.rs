//! Which types are cast to which without being asked, as a new type of a column needs it.
//!
//! Source: PostgreSQL documentation, CREATE CAST, and its catalog `pg_cast`: implicit and assignment casts.

use bowline_core::catalog::SqlType;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::sql::sqlparser::ast::{Expr, Value, ValueWithSpan};

use crate::display::TYPE_KEY;
use crate::grammar;

/// Whether PostgreSQL has an assignment cast from one type to the other.
pub(super) fn is_assignable(from: SqlType, to: SqlType) -> bool {
    use SqlType::{Date, Interval, Json, Jsonb, Time, Timestamp, TimestampTz};
    match (from, to) {
        _ if is_text(to) => true,
        (Json | Jsonb, Json | Jsonb) | (Date, Timestamp | TimestampTz) => true,
        (Timestamp | TimestampTz, Date | Time | Timestamp | TimestampTz) => true,
        (Time, Time) | (Interval, Interval) => true,
        _ => from == to || is_number(from) && is_number(to),
    }
}

/// Whether the result of an expression can be assigned to a type. A text or NULL written out takes the type it meets.
pub(super) fn result_is_assignable(expression: &str, field: &Field, to: SqlType) -> bool {
    if is_text(to) || is_untyped(expression) || field.data_type().is_null() {
        return true;
    }
    if let Some(told) = field.metadata().get(TYPE_KEY) {
        let jsons = ["json", "jsonb"];
        return *told == to.to_string()
            || jsons.contains(&told.as_str()) && matches!(to, SqlType::Json | SqlType::Jsonb)
            || told == "numeric" && is_number(to);
    }
    match field.data_type() {
        number if number.is_numeric() => is_number(to),
        DataType::Boolean => to == SqlType::Boolean,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => to == SqlType::Bytea,
        DataType::Date32 | DataType::Date64 => is_assignable(SqlType::Date, to),
        DataType::Timestamp(..) => is_assignable(SqlType::Timestamp, to),
        DataType::Time32(_) | DataType::Time64(_) => is_assignable(SqlType::Time, to),
        DataType::Interval(_) | DataType::Duration(_) => to == SqlType::Interval,
        _ => false,
    }
}

fn is_text(sql_type: SqlType) -> bool {
    matches!(sql_type, SqlType::Text | SqlType::Varchar(_) | SqlType::Char(_))
}

fn is_number(sql_type: SqlType) -> bool {
    sql_type.is_integer() || matches!(sql_type, SqlType::Numeric(_) | SqlType::Real | SqlType::Double)
}

fn is_untyped(expression: &str) -> bool {
    let parsed = grammar::expr(expression);
    matches!(parsed, Ok(Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(_) | Value::Null, .. })))
}

#[cfg(test)]
mod tests {
    use super::{SqlType, is_assignable};

    #[test]
    fn casts_are_those_of_postgres() {
        let may = |from, to| assert!(is_assignable(from, to), "{from} to {to}");
        let may_not = |from, to| assert!(!is_assignable(from, to), "{from} to {to}");
        may(SqlType::Integer, SqlType::BigInt);
        may(SqlType::Double, SqlType::SmallInt);
        may(SqlType::Uuid, SqlType::Text);
        may(SqlType::Timestamp, SqlType::Date);
        may(SqlType::Json, SqlType::Jsonb);
        may_not(SqlType::Text, SqlType::Integer);
        may_not(SqlType::Integer, SqlType::Boolean);
        may_not(SqlType::Boolean, SqlType::Integer);
        may_not(SqlType::Text, SqlType::Uuid);
        may_not(SqlType::Date, SqlType::Time);
    }
}
