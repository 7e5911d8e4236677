//! DELETE of the rows that a key leads to and further conditions choose.

use bowline_core::rows::Delta;
use datafusion::sql::sqlparser::ast::Delete;

use super::super::super::scope::{Done, Scope};
use super::super::super::write::{BoundDelete, Deleted};
use super::super::done::done;
use super::in_place;
use crate::error::Error;
use crate::query::InPlace;

/// A DELETE whose query is evaluated in place.
#[derive(Debug)]
pub(in crate::sql::direct) struct PlannedDelete {
    delete: BoundDelete,
    query: InPlace,
    is_referenced: bool,
}

impl PlannedDelete {
    /// Plans it; `None` if it takes the query engine.
    pub fn of(scope: &Scope, delete: &Delete) -> Option<PlannedDelete> {
        let delete = BoundDelete::single(scope, delete.clone()).ok()??;
        let query = in_place(scope, &delete.query)?;
        let is_referenced = !scope.catalog().foreign_keys_to(delete.target.table.id).is_empty();
        Some(PlannedDelete { delete, query, is_referenced })
    }

    /// Whether other tables reference its own, whose rows may go with it.
    pub fn is_referenced(&self) -> bool {
        self.is_referenced
    }

    /// Runs it; `None` if it takes the query engine after all. Errors: those of a DELETE.
    pub fn run(&self, scope: &Scope) -> Result<Option<Done>, Error> {
        let Some(found) = self.query.run(&scope.snapshot, None, scope.parameters)? else { return Ok(None) };
        let Deleted { changes, returned } = self.delete.of(scope, &found)?;
        let table = self.delete.target.table.id;
        let tag = format!("DELETE {}", changes.removed.len());
        let delta = Delta { tables: [(table, changes)].into(), ..Delta::default() };
        done(scope, (table, "delete from"), tag, returned, delta)
    }
}
