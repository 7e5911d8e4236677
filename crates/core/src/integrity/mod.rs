//! Referential integrity: a pure function of a snapshot and a delta.
//!
//! ```text
//!   close   widens a delta by referential actions, then judges what it touches      (writes)
//!   repair  makes the delta after which a foreign key holds                         (CALL bowline.repair)
//!   check   judges whole tables, by other code                                      (CHECK, VALIDATE, tests)
//! ```
//!
//! Invariant: `check` shares nothing with `close` but the columns of the rows.

mod actions;
mod assign;
mod blocking;
pub mod check;
mod close;
mod deletions;
mod delta_check;
mod edge;
mod judge;
mod key_out_of_range;
mod modes;
mod partial;
mod reached;
pub mod repair;
mod trace;
mod updates;
mod violation;
mod whole_rows;
mod writes;

pub use check::{Finding, FindingKind, Orphan, Reason, check_foreign_key, check_snapshot};
pub use close::{CloseError, Closed, Refused, close};
pub use delta_check::{check_deferred, check_proposed, check_rebased};
pub use judge::Judge;
pub use key_out_of_range::KeyOutOfRange;
pub use modes::{ConstraintMode, ConstraintModes};
pub use repair::{Repair, RepairError, RepairMethod, RepairRequest, plan_repair};
pub use trace::{NodeId, PathStep, RowTotals, Trace, TraceNode};
pub use violation::{KeySample, ValueText, Violation, ViolationKind};
