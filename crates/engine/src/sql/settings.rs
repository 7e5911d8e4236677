//! Session settings: SET and SHOW. A setting that nothing reads is refused.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::sql::sqlparser::ast::{Ident, Set, TransactionMode};

use crate::error::Error;
use crate::outcome::{Outcome, ResultSet};

/// Settings that can be read, with their values.
const SHOWN: [(&str, &str); 9] = [
    ("transaction_isolation", "repeatable read"),
    ("default_transaction_isolation", "repeatable read"),
    ("server_version", "18.0 (bowline 0.1.0)"),
    ("server_version_num", "180000"),
    ("server_encoding", "UTF8"),
    ("client_encoding", "UTF8"),
    ("timezone", "UTC"),
    ("datestyle", "ISO, MDY"),
    ("search_path", "public"),
];

/// All settings with their values.
pub(crate) fn shown_settings() -> Vec<(String, String)> {
    SHOWN.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// `SHOW name`.
pub(super) fn show(variable: &[Ident]) -> Result<Outcome, Error> {
    let words: Vec<String> = variable.iter().map(|word| word.value.to_lowercase()).collect();
    let name = match words.join(" ").as_str() {
        "transaction isolation level" => "transaction_isolation".to_owned(),
        "time zone" => "timezone".to_owned(),
        other => other.replace(' ', "."),
    };
    let mut known = SHOWN.to_vec();
    known.sort_unstable();
    if name == "all" {
        let (names, values): (Vec<&str>, Vec<&str>) = known.into_iter().unzip();
        return table(vec![("name", names), ("setting", values)]);
    }
    let value = known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    match value {
        Some(value) => table(vec![(name.as_str(), vec![value])]),
        None => Err(unknown(&name)),
    }
}

/// `SET name = value`: accepted where it asks for what is in force anyway.
pub(super) fn set(set: Set) -> Result<Outcome, Error> {
    match set {
        Set::SingleAssignment { variable, values, .. } => {
            let name = variable.to_string().to_lowercase();
            let value = values
                .iter()
                .map(|value| value.to_string().trim_matches('\'').to_owned())
                .collect::<Vec<_>>()
                .join(", ");
            let Some((_, fixed)) = SHOWN.iter().find(|(known, _)| *known == name) else { return Err(unknown(&name)) };
            let same = value.eq_ignore_ascii_case(fixed)
                || value.eq_ignore_ascii_case("default")
                || (name == "client_encoding" && value.eq_ignore_ascii_case("utf-8"));
            match same {
                true => Ok(Outcome::command("SET")),
                false => Err(Error::unsupported(
                    format!("setting {name} cannot be changed to {value}"),
                    format!("It is always {fixed}."),
                )),
            }
        }
        Set::SetTimeZone { value, .. } if value.to_string().trim_matches('\'').eq_ignore_ascii_case("utc") => {
            Ok(Outcome::command("SET"))
        }
        Set::SetTimeZone { .. } => {
            Err(Error::unsupported("the time zone cannot be changed", "It is always UTC: convert with AT TIME ZONE."))
        }
        Set::SetTransaction { modes, .. } => {
            let weaker = modes.iter().all(|mode| {
                matches!(mode, TransactionMode::IsolationLevel(level)
                if level.to_string() != "SERIALIZABLE")
            });
            match weaker {
                true => Ok(Outcome::command("SET")),
                false => Err(Error::unsupported(
                    "this SET TRANSACTION is not supported",
                    "Transactions run under snapshot isolation; READ ONLY goes with BEGIN.",
                )),
            }
        }
        other => Err(Error::unsupported(format!("{other} is not supported"), "SHOW ALL lists the settings there are.")),
    }
}

fn unknown(name: &str) -> Error {
    Error::new("42704", format!("unrecognized configuration parameter \"{name}\""))
        .with_hint("SHOW ALL lists the settings there are.")
}

fn table(columns: Vec<(&str, Vec<&str>)>) -> Result<Outcome, Error> {
    let fields: Vec<Field> = columns.iter().map(|(name, _)| Field::new(*name, DataType::Utf8, false)).collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.into_iter().map(|(_, values)| Arc::new(StringArray::from(values)) as ArrayRef).collect();
    let batches = vec![RecordBatch::try_new(schema.clone(), arrays)?];
    let mut outcome = Outcome::selected(ResultSet { schema, batches });
    outcome.tag = "SHOW".to_owned();
    Ok(outcome)
}
