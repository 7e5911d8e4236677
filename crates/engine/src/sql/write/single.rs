//! One write, bound to the catalog: what it asks, and what it would change by itself.

use datafusion::sql::sqlparser::ast::Statement;

use super::super::scope::Scope;
use super::delete::BoundDelete;
use super::insert::BoundInsert;
use super::merge::BoundMerge;
use super::planned::Planned;
use super::update::BoundUpdate;
use crate::error::Error;

/// An INSERT, UPDATE, DELETE or MERGE, bound to one catalog. It holds no rows, and may run many times.
#[derive(Debug)]
pub(in crate::sql) struct BoundWrite(Write);

#[derive(Debug)]
enum Write {
    Insert(Box<BoundInsert>),
    Update(Box<BoundUpdate>),
    Delete(Box<BoundDelete>),
    Merge(Box<BoundMerge>),
}

impl BoundWrite {
    /// Binds a statement. Errors: names, and clauses there are not.
    pub fn of(scope: &Scope, statement: Statement) -> Result<BoundWrite, Error> {
        Ok(BoundWrite(match statement {
            Statement::Insert(insert) => Write::Insert(Box::new(BoundInsert::of(scope, insert)?)),
            Statement::Update(update) => Write::Update(Box::new(BoundUpdate::of(scope, update)?)),
            Statement::Delete(delete) => Write::Delete(Box::new(BoundDelete::of(scope, delete)?)),
            Statement::Merge(merge) => Write::Merge(Box::new(BoundMerge::of(scope, merge)?)),
            other => {
                let message = format!("{other} is not a write");
                return Err(Error::unsupported(message, "Use INSERT, UPDATE, DELETE or MERGE."));
            }
        }))
    }

    /// What it would change by itself, before any referential action. Errors: those of its expressions, and values that do not
    /// fit their columns.
    pub(super) fn plan(&self, scope: &Scope) -> Result<Planned, Error> {
        match &self.0 {
            Write::Insert(insert) => insert.plan(scope),
            Write::Update(update) => update.plan(scope),
            Write::Delete(delete) => delete.plan(scope),
            Write::Merge(merge) => merge.plan(scope),
        }
    }

    /// Plans what it asks to be evaluated in place, for parameters of the types they have now; whether all of it can be.
    pub fn plan_in_place(&mut self, scope: &Scope) -> bool {
        match &mut self.0 {
            Write::Insert(insert) => insert.plan_in_place(scope),
            Write::Update(update) => update.plan_in_place(scope),
            Write::Delete(delete) => delete.plan_in_place(scope),
            Write::Merge(merge) => merge.plan_in_place(scope),
        }
    }

    /// Whether it touches few rows whatever the values, if all it asks is evaluated in place.
    pub fn is_light(&self, scope: &Scope) -> bool {
        match &self.0 {
            Write::Insert(insert) => insert.is_light(scope),
            Write::Update(update) => update.is_light(scope),
            Write::Delete(delete) => delete.is_light(scope),
            Write::Merge(merge) => merge.is_light(scope),
        }
    }
}
