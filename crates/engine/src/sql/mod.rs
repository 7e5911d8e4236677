//! From SQL text to what it does: parses statements, binds names, turns writes into deltas.
//!
//! ```text
//!   text ──parse──▶ Statement ─┬─ query ───────────────▶ rows
//!                              ├─ INSERT UPDATE DELETE MERGE ─▶ explicit delta ──close──▶ change
//!                              ├─ CALL bowline.repair ──▶ repair, closed ──────────▶ change
//!                              ├─ CREATE ALTER DROP ────▶ catalog ────────────────▶ change
//!                              └─ BEGIN COMMIT … ───────▶ Control, for the session
//! ```

mod action_lists;
mod clauses;
mod constraint_attributes;
mod control;
mod marks;
mod parse;
mod reserved;
mod scope;
mod set_constraints;
mod settings;
mod tokens;
mod unknown;

mod names;

mod ddl;
mod write;

mod copy;
mod explain;
mod repair;

pub(crate) use control::Control;
pub(crate) use parse::{located, parse};
pub(crate) use scope::{Done, Scope};
pub(crate) use set_constraints::SetConstraints;
pub(crate) use settings::shown_settings;
pub(crate) use write::Parts;

use datafusion::sql::sqlparser::ast::Statement;

use crate::error::Error;
use crate::outcome::{Notice, Outcome};

/// Runs a statement that is not transaction control.
pub(crate) fn run(scope: &mut Scope, statement: Statement) -> Result<Done, Error> {
    let statement = match statement {
        Statement::Query(query) => ddl::of_select_into(query)?,
        other => other,
    };
    match statement {
        Statement::Query(query) if write::writes(&query) => write::run(scope, Statement::Query(query)),
        Statement::Query(query) => {
            let rows = scope.query(Statement::Query(query))?;
            Ok(Done::unchanged(Outcome::selected(rows)))
        }
        Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) | Statement::Merge(_) => {
            write::run(scope, statement)
        }
        Statement::Truncate(truncate) => write::truncate(scope, truncate),
        Statement::Explain { .. } => explain::run(scope, statement),
        Statement::Copy { .. } => copy::run(scope, statement),
        Statement::Call(call) => repair::run(scope, &call),
        Statement::Set(set) => settings::set(set).map(Done::unchanged),
        Statement::ShowVariable { variable } => settings::show(&variable).map(Done::unchanged),
        other => ddl::run(scope, other),
    }
}

/// What is to be said of a statement's names.
pub(crate) fn notices_of_names(sql: &str) -> Vec<Notice> {
    tokens::notices_of_names(sql)
}
