//! Generic plans: a statement that comes again is not planned again.
//!
//! ```text
//!   first time     custom plan: made for its values, run, forgotten
//!   second time    custom plan, and beside it a generic one, in which parameters stand as calls: it is kept
//!   from then on   the generic plan, its scans bound to the rows of now, its calls to the values of now
//! ```
//!
//! What is planned for one catalog, under one state of the settings, is forgotten when either changes. A generic plan is refused
//! where planning itself has to know a value, and where the custom plan reads fewer rows; it is left aside where a scan finds
//! so many rows that it would have been planned otherwise.
//!
//! A query on the few rows that a key leads to needs no operators either: [`in_place`] evaluates what its plan says.

mod cache;
mod clock;
mod lease;
mod paging;
mod parameter;
mod plan;
mod renewal;
mod template;
mod values;

mod in_place;

pub use cache::PlanCounts;
pub(super) use cache::{Found, Key, PlanCache, RunBy};
pub(crate) use in_place::InPlace;
pub(super) use lease::{Lease, Leased};
pub(super) use parameter::with_values;
pub(super) use plan::{GenericPlan, Planned};
pub(super) use renewal::Rows;
