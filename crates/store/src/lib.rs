//! Keeps a database on disk: a commit log in redb, bulk rows in Parquet segments, recovery as a fold over the log.
//!
//! ```text
//!   commit ──▶ bulk rows ──▶ segments/*.parquet (synced)
//!          └─▶ record ─────▶ commits.redb       (one fsync: the commit point; small records in the journal before it)
//!
//!   open ────▶ newest state record ─▶ fold the records after it ─▶ Snapshot      Parquet data is read when first touched
//! ```
//!
//! Invariant: a record is appended only after every segment it names is durable, so whatever the log says can be read.
//! The layout of everything on disk is in `docs/format.md`.

mod error;
mod store;

mod journal;
mod log;
mod probation;
mod record;
mod recovery;
mod rows;
mod segment;

pub mod medium;

pub use error::StoreError;
pub use record::SequenceState;
pub use recovery::Recovered;
pub use store::{Commit, Store};
