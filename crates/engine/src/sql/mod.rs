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
mod declared_attributes;
mod dialect;
mod frame_offsets;
mod identity_names;
mod lock_table;
mod maintenance;
mod marks;
mod parse;
mod plain_expressions;
mod reader;
mod reserved;
mod returning_names;
mod scope;
mod set_constraints;
mod settings;
mod table_queries;
mod tokens;
mod unknown;

mod describe;
mod names;
mod parameters;
mod parts;
mod question;

mod ddl;
mod write;

mod direct;

mod guard;
mod instead;
mod locks;
mod trace_tree;

mod copy;
mod explain;
mod repair;

pub(crate) use control::{Control, Modes};
pub use copy::{CopyFormat, CopyIn, CopyInput, CopyLines, CopyOptions};
pub(crate) use copy::{copy_in, copy_out, copy_sent};
pub(crate) use ddl::{sequences_of_view, sequences_used};
pub(crate) use describe::{Description, describe};
pub(crate) use direct::Direct;
pub(crate) use maintenance::Maintenance;
pub(crate) use names::{SYSTEM_SCHEMAS, folded};
pub(crate) use parse::{located, parse, parse_query};
pub(crate) use parts::Parts;
pub(crate) use scope::{Done, Scope};
pub(crate) use set_constraints::SetConstraints;

use datafusion::sql::sqlparser::ast::{Expr, Query, SetExpr, Statement};

use crate::error::Error;
use crate::outcome::{Notice, Outcome};
use crate::query::is_advisory;
use crate::walk;

/// Runs a statement that is not transaction control.
pub(crate) fn run(scope: &mut Scope, statement: Statement) -> Result<Done, Error> {
    let statement = match statement {
        Statement::Query(query) => ddl::of_select_into(query)?,
        other => other,
    };
    match statement {
        Statement::Query(query) if write::writes(&query) => write::run(scope, Statement::Query(query)),
        Statement::Query(query) if !query.locks.is_empty() => locks::run(scope, query),
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
        Statement::Set(set) => settings::set(scope, set).map(Done::unchanged),
        Statement::Reset(reset) => settings::reset(scope, &reset.reset).map(Done::unchanged),
        Statement::ShowVariable { variable } => settings::show(scope, &variable).map(Done::unchanged),
        other => ddl::run(scope, other),
    }
}

/// Whether it is a query that changes nothing, sequences and advisory locks included.
pub(crate) fn only_reads(statement: &Statement) -> bool {
    let Statement::Query(query) = statement else { return false };
    let into = matches!(query.body.as_ref(), SetExpr::Select(select) if select.into.is_some());
    !into && query.locks.is_empty() && !write::writes(query) && !moves_or_locks(query)
}

/// Whether a query asks a sequence, which may move with it, or takes advisory locks.
fn moves_or_locks(query: &Query) -> bool {
    walk::any_expr(query, |expr| match expr {
        Expr::Function(function) => {
            let name = function.name.0.last().and_then(|part| part.as_ident()).map(|name| name.value.to_lowercase());
            let name = name.as_deref();
            matches!(name, Some("nextval" | "setval" | "currval" | "lastval")) || name.is_some_and(is_advisory)
        }
        _ => false,
    })
}

/// What is to be said of a statement's names.
pub(crate) fn notices_of_names(sql: &str) -> Vec<Notice> {
    tokens::notices_of_names(sql)
}
