//! `WITH (parameter = value)` at a table: only what is so anyway.

use datafusion::sql::sqlparser::ast::{Expr, SqlOption, Value};

use crate::error::Error;

/// Checks the parameters of a table. `fillfactor = 100` is how rows are always kept, and there are no OIDs.
///
/// Errors: 0A000 for other values and parameters of PostgreSQL's, 22023 for what is none.
pub(super) fn check(options: &[SqlOption]) -> Result<(), Error> {
    for option in options {
        let (key, value) = match option {
            SqlOption::KeyValue { key, value } => (key.value.to_lowercase(), Some(written(value))),
            SqlOption::Ident(key) => (key.value.to_lowercase(), None),
            other => return Err(refused(&other.to_string())),
        };
        match (key.as_str(), value.as_deref()) {
            ("fillfactor", Some("100")) | ("oids", Some("false" | "off" | "0")) => {}
            ("fillfactor", _) => {
                return Err(Error::unsupported(
                    "a fillfactor other than 100 is not supported",
                    "Leave it out: rows are never changed in their place.",
                ));
            }
            ("oids", _) => {
                return Err(Error::unsupported("tables declared WITH OIDS are not supported", "Declare a key."));
            }
            ("parallel_workers" | "toast_tuple_target" | "user_catalog_table" | "vacuum_truncate", _) => {
                return Err(refused(&key));
            }
            (key, _) if key.starts_with("autovacuum_") || key.starts_with("log_autovacuum_") => {
                return Err(refused(key));
            }
            (key, _) => {
                return Err(Error::new("22023", format!("unrecognized parameter \"{key}\""))
                    .with_hint("Leave it out: fillfactor = 100 is the one there is."));
            }
        }
    }
    Ok(())
}

fn refused(parameter: &str) -> Error {
    Error::unsupported(format!("storage parameter {parameter} is not supported"), "Leave it out.")
}

/// A value as a word, in lower case.
fn written(value: &Expr) -> String {
    match value {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => text.to_lowercase(),
            other => other.to_string().to_lowercase(),
        },
        other => other.to_string().to_lowercase(),
    }
}
