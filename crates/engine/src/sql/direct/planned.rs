//! Statements whose expressions were planned: what the query engine made of them is evaluated in place, over the rows that keys
//! lead to.
//!
//! ```text
//!   SELECT … WHERE id = $1                       query, in place ─▶ rows
//!   UPDATE t SET n = n + $2 WHERE id = $1        question, in place ─▶ what the UPDATE makes of its rows ─▶ delta
//!   INSERT … ON CONFLICT DO UPDATE … RETURNING   several questions, each in place or of the engine
//! ```
//!
//! A write stays bound, and asks the very questions that it asks when it comes once: those that can be are evaluated in place, the
//! others, and those about too many rows, are the query engine's.

use datafusion::sql::sqlparser::ast::{SetExpr, Statement};

use super::super::locks::BoundLocks;
use super::super::only_reads;
use super::super::scope::{Done, Scope};
use super::super::write::{self, BoundWrite};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::query::InPlace;

/// A statement that was planned, bound to one catalog and one state of the settings.
#[derive(Debug)]
pub(super) struct Planned {
    what: What,
    is_light: bool,
}

#[derive(Debug)]
enum What {
    Query(Box<InPlace>),
    Locks(Box<BoundLocks>),
    Write(BoundWrite),
}

impl Planned {
    /// Plans a statement for parameters of the types it has now; `None` if it takes the query engine, or is wrong, which the
    /// engine tells better.
    pub fn of(scope: &Scope, statement: &Statement) -> Option<Planned> {
        match statement {
            Statement::Query(_) if only_reads(statement) => {
                let query = scope.queries.in_place(&scope.view(Vec::new()), statement.clone(), scope.parameters)?;
                Some(Planned { what: What::Query(Box::new(query)), is_light: true })
            }
            Statement::Query(query) if !query.locks.is_empty() && !write::writes(query) => {
                let into = matches!(query.body.as_ref(), SetExpr::Select(select) if select.into.is_some());
                let mut locks = if into { None } else { BoundLocks::of(scope, query.clone()).ok() }?;
                let is_light = locks.plan_in_place(scope);
                Some(Planned { what: What::Locks(Box::new(locks)), is_light })
            }
            Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) | Statement::Merge(_) => {
                let mut write = write::bind(scope, statement.clone()).ok()?;
                let is_light = write.plan_in_place(scope) && write.is_light(scope);
                Some(Planned { what: What::Write(write), is_light })
            }
            _ => None,
        }
    }

    /// Whether it touches few rows whatever the values: what is evaluated in place does, unless more rows go with them.
    pub fn is_light(&self) -> bool {
        self.is_light
    }

    /// Runs it; `None` if it takes the query engine after all. Errors: those of the statement.
    pub fn run(&self, scope: &Scope) -> Result<Option<Done>, Error> {
        let done = match &self.what {
            What::Query(query) => {
                let found = query.run(&scope.snapshot, None, scope.parameters)?;
                let Some(found) = found else { return Ok(None) };
                Ok(Done::unchanged(Outcome::selected(found)))
            }
            What::Locks(locks) => locks.run(scope),
            What::Write(write) => write::run_bound(scope, write),
        };
        if scope.engine_queries.get() == 0 {
            scope.queries.count_in_place();
        }
        done.map(Some)
    }
}
