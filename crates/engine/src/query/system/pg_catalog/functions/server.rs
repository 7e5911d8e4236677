//! What a client asks of the server it talks to.

use bowline_core::catalog::TEMPORARY_SCHEMA;

use super::super::cell::Cell;
use super::super::fixed::TABLESPACE;
use super::super::objects::Objects;
use super::super::session::backend;
use super::entry::Entry;
use crate::error::Error;

pub(super) const FUNCTIONS: &[Entry] = &[
    Entry::lenient("pg_backend_pid", 0..=0, "int4", |_, _| Ok(Cell::Int(backend()))),
    Entry::lenient("pg_is_in_recovery", 0..=0, "bool", |_, _| Ok(false.into())),
    Entry::lenient("pg_is_wal_replay_paused", 0..=0, "bool", |_, _| Ok(false.into())),
    // 0 before the session makes its first temporary table; nobody sees those of another.
    Entry::lenient("pg_my_temp_schema", 0..=0, "oid", |objects, _| Ok(objects.schema(TEMPORARY_SCHEMA).into())),
    Entry::strict("pg_is_other_temp_schema", 1..=1, "bool", |_, _| Ok(false.into())),
    Entry::lenient("pg_jit_available", 0..=0, "bool", |_, _| Ok(false.into())),
    Entry::lenient("inet_server_addr", 0..=0, "text", unknown),
    Entry::lenient("inet_server_port", 0..=0, "int4", unknown),
    Entry::lenient("inet_client_addr", 0..=0, "text", unknown),
    Entry::lenient("inet_client_port", 0..=0, "int4", unknown),
    Entry::lenient("getdatabaseencoding", 0..=0, "name", |_, _| Ok("UTF8".into())),
    // A database is one directory.
    Entry::strict("pg_tablespace_location", 1..=1, "text", |_, arguments| match arguments[0].oid() {
        Some(TABLESPACE) => Ok("".into()),
        _ => Err(Error::new("42704", "tablespace does not exist").with_hint("pg_tablespace lists those there are.")),
    }),
    // Locks are never held, so there are none to let go.
    Entry::lenient("pg_advisory_unlock_all", 0..=0, "text", |_, _| Ok("".into())),
    Entry::strict("current_schemas", 1..=1, "_name", |objects, arguments| {
        let catalog = &objects.catalog;
        let path: Vec<&str> = match arguments[0] {
            Cell::Bool(true) => catalog.searched().collect(),
            _ => catalog.path().schemas().iter().map(String::as_str).collect(),
        };
        let there = path.into_iter().filter(|schema| objects.schema(schema) != 0);
        Ok(Cell::Texts(there.map(str::to_owned).collect()))
    }),
];

fn unknown(_: &Objects, _: &[Cell]) -> Result<Cell, Error> {
    Ok(Cell::Null)
}
