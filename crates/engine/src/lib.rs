//! bowline: a relational engine built around foreign keys.
//!
//! Relationships declared in SQL are enforced set at a time with every referential action of the standard, shown before
//! they happen, checked on demand, and explained when they fail.
//!
//! ```
//! use bowline::Database;
//!
//! let database = Database::in_memory()?;
//! let mut session = database.session();
//! session.execute(
//!     "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
//!      CREATE TABLE orders (
//!          id INTEGER PRIMARY KEY,
//!          customer_id INTEGER NOT NULL,
//!          CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id));
//!      INSERT INTO customers VALUES (1, 'Ada');
//!      INSERT INTO orders VALUES (10, 1);",
//! )?;
//!
//! let refused = session.execute("DELETE FROM customers WHERE id = 1").unwrap_err();
//! assert_eq!(refused.sqlstate, "23503");
//! assert_eq!(refused.constraint.as_deref(), Some("orders_customer_fkey"));
//! assert_eq!(refused.detail.as_deref(), Some("Key (id)=(1) is still referenced from table \"orders\"."));
//!
//! let rows = session.query("SELECT name FROM customers WHERE id = $1", &[bowline::ScalarValue::from(1)])?;
//! assert_eq!(rows.row_count(), 1);
//! # Ok::<(), bowline::Error>(())
//! ```
//!
//! Database and sessions: [`Database`], [`Session`]. What a statement returns: [`Outcome`]. What went wrong: [`Error`].

mod advisory;
mod answer;
mod cancel;
mod committer;
mod database;
mod declaration;
mod error;
mod expressions;
mod grammar;
mod identifier;
mod integers;
mod nesting;
mod outcome;
mod patience;
mod progress;
mod query;
mod runtime;
mod search_path;
mod sequences;
mod session;
mod settings;
mod sql;
mod stored_names;
mod temporary;
mod transaction;
mod turns;
mod walk;

pub mod display;
pub mod script;
pub mod value;

pub use answer::{Answer, Rows, Tag};
pub use bowline_core as core;
pub use cancel::{CancelHandle, CancelReason};
pub use committer::Counts;
pub use database::Database;
pub use datafusion::common::ScalarValue;
pub use error::{Error, Report};
pub use outcome::{Notice, Outcome, ResultSet, Severity};
pub use progress::{Progress, ProgressReport};
pub use query::PlanCounts;
pub use session::{Discard, Kind, Prepared, Session, TransactionStatus};
pub use sql::{CopyFormat, CopyIn, CopyInput, CopyLines, CopyOptions};
