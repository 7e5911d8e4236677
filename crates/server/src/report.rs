//! Errors and notices as the fields clients read.

use bowline::{Error, Notice, Severity};
use bytes::BytesMut;

use crate::wire::backend;

/// What goes on after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravity {
    /// The session goes on.
    Error,
    /// The connection is closed.
    Fatal,
}

/// Where in a message's text a statement stands, for the places of its errors.
#[derive(Debug, Clone, Copy)]
pub struct Text<'t> {
    /// The whole text.
    pub sql: &'t str,
    /// Where the statement begins in it, in bytes.
    pub start: usize,
}

/// Writes an error. `text`: what its place counts in.
pub fn error(out: &mut BytesMut, gravity: Gravity, error: &Error, text: Option<Text>) {
    let severity = match gravity {
        Gravity::Error => "ERROR",
        Gravity::Fatal => "FATAL",
    };
    let mut fields = head(severity, &error.sqlstate, &error.message);
    let mut add = |kind: u8, value: Option<String>| fields.extend(value.map(|value| (kind, value)));
    add(b'D', error.detail.clone());
    add(b'H', error.hint.clone());
    let place = text.and_then(|text| character(text, error.position?));
    add(b'P', place.map(|place| place.to_string()));
    add(b's', error.schema.clone());
    add(b't', error.table.clone());
    // The column of a NULL; a key's columns are told with its constraint.
    let column = (error.sqlstate == "23502").then(|| error.columns.first().cloned()).flatten();
    add(b'c', column);
    add(b'n', error.constraint.clone());
    add(b'R', Some(routine(&error.sqlstate).to_owned()));
    backend::report(out, b'E', &fields);
}

/// Writes a notice or warning.
pub fn notice(out: &mut BytesMut, notice: &Notice) {
    let severity = match notice.severity {
        Severity::Notice => "NOTICE",
        Severity::Warning => "WARNING",
    };
    let mut fields = head(severity, notice.sqlstate, &notice.message);
    fields.extend(notice.detail.clone().map(|detail| (b'D', detail)));
    fields.extend(notice.hint.clone().map(|hint| (b'H', hint)));
    backend::report(out, b'N', &fields);
}

fn head(severity: &str, sqlstate: &str, message: &str) -> Vec<(u8, String)> {
    vec![
        (b'S', severity.to_owned()),
        (b'V', severity.to_owned()),
        (b'C', sqlstate.to_owned()),
        (b'M', message.to_owned()),
    ]
}

/// A place in bytes of a statement as a character of the whole text, counted from 1.
fn character(text: Text, position: usize) -> Option<usize> {
    let before = text.sql.get(..text.start + position)?;
    Some(before.chars().count() + 1)
}

/// The part of the server that reports it.
fn routine(sqlstate: &str) -> &'static str {
    match &sqlstate[..sqlstate.len().min(2)] {
        "08" => "protocol",
        "23" | "27" => "integrity",
        "42" => "analysis",
        "25" | "40" => "transaction",
        "28" | "53" | "57" => "connection",
        _ => "execution",
    }
}
