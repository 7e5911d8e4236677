//! The heart of bowline: keys, rows and referential integrity, as values and pure functions.
//!
//! ```text
//!   catalog     what tables, keys and foreign keys there are
//!      ▲
//!   rows        segments of columns, key indexes, Snapshot and Delta
//!      ▲
//!   integrity   close a delta under referential actions; check a snapshot
//! ```
//!
//! Invariant: no I/O, no SQL text to parse, no async, no query engine. SQL expressions are carried as
//! opaque text and judged by whoever calls (see [`integrity::Judge`]).

pub mod catalog;
pub mod rows;

pub mod integrity;
