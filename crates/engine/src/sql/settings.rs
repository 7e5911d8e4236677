//! SET, SHOW and RESET of the session's settings, in all their forms.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::sql::sqlparser::ast::{
    ContextModifier, Expr, Ident, ObjectName, Reset, Set, TransactionAccessMode, TransactionMode, Value, ValueWithSpan,
};

use super::scope::Scope;
use crate::error::Error;
use crate::identifier::folded;
use crate::outcome::{Notice, Outcome, ResultSet};
use crate::query::quoted_name;
use crate::settings::{Holds, SEARCH_PATH, isolation_level, unknown};

/// `SHOW name`.
pub(super) fn show(scope: &mut Scope, variable: &[Ident]) -> Result<Outcome, Error> {
    scope.is_setting = true;
    let words: Vec<String> = variable.iter().map(|word| word.value.to_lowercase()).collect();
    let name = match words.join(" ").as_str() {
        "transaction isolation level" => "transaction_isolation".to_owned(),
        "session authorization" => "session_authorization".to_owned(),
        "time zone" => "TimeZone".to_owned(),
        other => other.replace(' ', "."),
    };
    if name == "all" {
        let (names, values): (Vec<String>, Vec<String>) = scope.settings.all().into_iter().unzip();
        return table(vec![("name", names), ("setting", values)]);
    }
    if name == "transaction_read_only" {
        let value = if scope.read_only { "on" } else { "off" };
        return table(vec![("transaction_read_only", vec![value.to_owned()])]);
    }
    match scope.settings.get(&name) {
        Some(value) => table(vec![(name.as_str(), vec![value])]),
        None => Err(unknown(&name)),
    }
}

/// `SET name = value` and its kin.
pub(super) fn set(scope: &mut Scope, set: Set) -> Result<Outcome, Error> {
    scope.is_setting = true;
    match set {
        Set::SingleAssignment { scope: modifier, hivevar: false, variable, values } => {
            let name = name_of(&variable);
            let holds = holds(scope, modifier)?;
            match values.as_slice() {
                [Expr::Identifier(word)]
                    if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("default") =>
                {
                    match holds {
                        Holds::Session => scope.settings.reset(&name)?,
                        Holds::Transaction => scope.settings.reset_locally(&name)?,
                    }
                }
                _ => {
                    let text = if name == SEARCH_PATH { name_of_value } else { text_of };
                    let values = values.iter().map(text).collect::<Result<Vec<_>, _>>()?;
                    scope.settings.set(&name, &values.join(", "), holds)?;
                }
            }
        }
        Set::SetTimeZone { local, value } => {
            let holds = holds(scope, local.then_some(ContextModifier::Local))?;
            let value = zone_of(&value)?;
            match value.to_lowercase().as_str() {
                "default" | "local" => scope.settings.reset("TimeZone")?,
                _ => scope.settings.set("TimeZone", &value, holds)?,
            }
        }
        Set::SetNames { charset_name, collation_name: None } => {
            scope.settings.set("client_encoding", &charset_name.value, Holds::Session)?;
        }
        Set::SetNamesDefault {} => scope.settings.reset("client_encoding")?,
        Set::SetTransaction { modes, snapshot: None, session: true } => characteristics(scope, &modes)?,
        Set::SetRole { role_name: None, .. } => {}
        other => {
            return Err(Error::unsupported(
                format!("{other} is not supported"),
                "SHOW ALL lists the settings there are.",
            ));
        }
    }
    Ok(Outcome::command("SET"))
}

/// `RESET name` and `RESET ALL`.
pub(super) fn reset(scope: &mut Scope, what: &Reset) -> Result<Outcome, Error> {
    scope.is_setting = true;
    match what {
        Reset::ALL => scope.settings.reset_all(),
        Reset::ConfigurationParameter(name) => match name_of(name).as_str() {
            "role" | "session authorization" => {}
            name => scope.settings.reset(name)?,
        },
    }
    Ok(Outcome::command("RESET"))
}

/// `SET SESSION CHARACTERISTICS AS TRANSACTION`, which is about the transactions to come.
fn characteristics(scope: &Scope, modes: &[TransactionMode]) -> Result<(), Error> {
    for mode in modes {
        match mode {
            TransactionMode::IsolationLevel(level) => {
                let level = isolation_level(&level.to_string())?;
                scope.settings.set("default_transaction_isolation", level, Holds::Session)?;
            }
            TransactionMode::AccessMode(access) => {
                let value = if *access == TransactionAccessMode::ReadOnly { "on" } else { "off" };
                scope.settings.set("default_transaction_read_only", value, Holds::Session)?;
            }
        }
    }
    Ok(())
}

/// How long a SET holds. `SET LOCAL` outside a transaction does nothing, and says so.
fn holds(scope: &mut Scope, modifier: Option<ContextModifier>) -> Result<Holds, Error> {
    match modifier {
        None | Some(ContextModifier::Session) => Ok(Holds::Session),
        Some(ContextModifier::Local) => {
            if !scope.in_block {
                let notice = Notice::warning("SET LOCAL can only be used in transaction blocks");
                scope.notice(Notice { sqlstate: "25P01", ..notice });
            }
            Ok(Holds::Transaction)
        }
        Some(ContextModifier::Global) => {
            Err(Error::unsupported("SET GLOBAL is not supported", "Settings are a session's own: use SET."))
        }
    }
}

fn name_of(name: &ObjectName) -> String {
    let parts = name.0.iter().map(|part| part.as_ident().map_or_else(|| part.to_string(), |word| word.value.clone()));
    parts.collect::<Vec<_>>().join(".").to_lowercase()
}

/// A value as it is written, quotes taken off.
fn text_of(value: &Expr) -> Result<String, Error> {
    match value {
        Expr::Value(value) => Ok(match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => text.clone(),
            other => other.to_string(),
        }),
        Expr::Identifier(word) => Ok(word.value.clone()),
        Expr::UnaryOp { .. } | Expr::CompoundIdentifier(_) => Ok(value.to_string()),
        other => Err(Error::new("42601", format!("{other} is no value of a setting"))
            .with_hint("Write a word, a number or a text in quotes.")),
    }
}

/// A time zone as it is written; one that is an interval says how far it is from UTC.
fn zone_of(value: &Expr) -> Result<String, Error> {
    match value {
        Expr::Interval(interval) => text_of(&interval.value),
        other => text_of(other),
    }
}

/// A value of a list of names, in quotes where it needs them: each word and each text is one name.
fn name_of_value(value: &Expr) -> Result<String, Error> {
    match value {
        Expr::Identifier(word) => Ok(quoted_name(&folded(word))),
        Expr::Value(ValueWithSpan {
            value: Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text),
            ..
        }) => Ok(quoted_name(text)),
        Expr::CompoundIdentifier(_) => {
            let shown = value.to_string();
            Err(Error::new("42601", format!("syntax error at or near \".\" in \"{shown}\""))
                .with_hint("Name each schema alone, with commas between them."))
        }
        other => text_of(other),
    }
}

fn table(columns: Vec<(&str, Vec<String>)>) -> Result<Outcome, Error> {
    let fields: Vec<Field> = columns.iter().map(|(name, _)| Field::new(*name, DataType::Utf8, false)).collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.into_iter().map(|(_, values)| Arc::new(StringArray::from(values)) as ArrayRef).collect();
    let batches = vec![RecordBatch::try_new(schema.clone(), arrays)?];
    let mut outcome = Outcome::selected(ResultSet { schema, batches });
    outcome.tag = "SHOW".to_owned();
    Ok(outcome)
}
