//! The full check: every row of every table against every constraint, in code that shares nothing with `close`.
//!
//! ```text
//!   columns ──▶ chunks of 64 Ki rows ──▶ integers: a bit per key of the referenced range ──▶ orphans
//!                                   └──▶ anything else: one byte string a row, set of them ──▶ orphans, duplicates
//! ```
//!
//! Invariant: neither key indexes nor the key forms of `rows` are used here, so that a fault in one is seen by the other.
//! Cost: one pass over the columns concerned, on every processor.

mod bytes;
mod chunks;
mod duplicates;
mod finding;
mod foreign_key;
mod integers;
mod orphans;
mod parallel;
mod report;

pub use finding::{Finding, FindingKind, Orphan, Reason};
pub use foreign_key::check_foreign_key;
pub use report::check_snapshot;
