//! How rows are kept and found: immutable segments of columns, key indexes over them, and changes as values.
//!
//! ```text
//!   Snapshot ── catalog
//!      └─ TableRows ── Segment Segment Segment …     rows 0..n in order of insertion, columns as Arrow arrays
//!                        │       │       │
//!                      dead    dead    dead           positions removed since
//!   Delta ── per table: rows inserted, row ids removed, which of them are an update's two images
//! ```
//!
//! A row id is the row's place in the order of insertion into its table. It never changes and is never used again,
//! so deltas, actions and the commit log all speak of rows by id.

mod delta;
mod inserted_rows;
mod interrupt;
mod key_index;
mod keys;
mod matching;
mod null_patterns;
mod segment;
mod snapshot;
mod table_rows;

pub use delta::{Delta, NewRows, TableDelta, Update};
pub use inserted_rows::InsertedRows;
pub use interrupt::{Interrupt, Uninterrupted};
pub use key_index::KeyIndex;
pub use keys::{ByteForm, KeyForm, KeyShape, Keys, Lane};
pub use matching::Matches;
pub use null_patterns::{NullPattern, null_patterns};
pub use segment::{ColumnSource, RowsError, Segment};
pub use snapshot::Snapshot;
pub use table_rows::{Fragment, TableRows};
