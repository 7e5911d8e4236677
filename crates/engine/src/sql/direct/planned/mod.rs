//! Statements whose expressions were planned: what the query engine made of them is evaluated in place, over the rows that keys
//! lead to.
//!
//! ```text
//!   SELECT … WHERE id = $1                       query, in place ─▶ rows
//!   UPDATE t SET n = n + $2 WHERE id = $1        query, in place ─▶ what the UPDATE makes of its rows ─▶ delta
//! ```
//!
//! An UPDATE or DELETE asks the very query that it asks of the engine, and makes the same of what is found.

mod delete;
mod update;

use datafusion::sql::sqlparser::ast::Statement;

use super::super::only_reads;
use super::super::scope::{Done, Scope};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::query::InPlace;
use delete::PlannedDelete;
use update::PlannedUpdate;

/// A statement that was planned, bound to one catalog and one state of the settings.
#[derive(Debug)]
pub(super) enum Planned {
    Query(Box<InPlace>),
    Update(Box<PlannedUpdate>),
    Delete(Box<PlannedDelete>),
}

impl Planned {
    /// Plans a statement for parameters of the types it has now; `None` if it takes the query engine, or is wrong, which the
    /// engine tells better.
    pub fn of(scope: &Scope, statement: &Statement) -> Option<Planned> {
        match statement {
            Statement::Query(_) if only_reads(statement) => Some(Planned::Query(Box::new(in_place(scope, statement)?))),
            Statement::Update(update) => Some(Planned::Update(Box::new(PlannedUpdate::of(scope, update)?))),
            Statement::Delete(delete) => Some(Planned::Delete(Box::new(PlannedDelete::of(scope, delete)?))),
            _ => None,
        }
    }

    /// Whether it touches few rows whatever the values: what is evaluated in place does, unless more rows go with them.
    pub fn is_light(&self) -> bool {
        match self {
            Planned::Query(_) => true,
            Planned::Update(update) => !update.is_referenced(),
            Planned::Delete(delete) => !delete.is_referenced(),
        }
    }

    /// Runs it; `None` if it takes the query engine after all. Errors: those of the statement.
    pub fn run(&self, scope: &Scope) -> Result<Option<Done>, Error> {
        let done = match self {
            Planned::Query(query) => {
                let found = query.run(&scope.snapshot, None, scope.parameters)?;
                found.map(|found| Done::unchanged(Outcome::selected(found)))
            }
            Planned::Update(update) => update.run(scope)?,
            Planned::Delete(delete) => delete.run(scope)?,
        };
        if done.is_some() {
            scope.queries.count_in_place();
        }
        Ok(done)
    }
}

fn in_place(scope: &Scope, query: &Statement) -> Option<InPlace> {
    scope.queries.in_place(&scope.view(Vec::new()), query.clone(), scope.parameters)
}
