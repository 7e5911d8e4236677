//! UPDATE of the rows that a key leads to, by expressions over them.

use datafusion::sql::sqlparser::ast::Update;

use super::super::super::scope::{Done, Scope};
use super::super::super::write::{BoundUpdate, Updated};
use super::super::done::done;
use super::in_place;
use crate::error::Error;
use crate::query::InPlace;

/// An UPDATE whose query and RETURNING are evaluated in place.
#[derive(Debug)]
pub(in crate::sql::direct) struct PlannedUpdate {
    update: BoundUpdate,
    query: InPlace,
    returning: Option<InPlace>,
    is_referenced: bool,
}

impl PlannedUpdate {
    /// Plans it; `None` if it takes the query engine.
    pub fn of(scope: &Scope, update: &Update) -> Option<PlannedUpdate> {
        let update = BoundUpdate::single(scope, update.clone()).ok()??;
        let query = in_place(scope, &update.query)?;
        let table = &update.target.table;
        let returning = update.returning.in_place(scope, table, &update.target.called)?;
        let is_referenced = !scope.catalog().foreign_keys_to(table.id).is_empty();
        Some(PlannedUpdate { update, query, returning, is_referenced })
    }

    /// Whether other tables reference its own, whose rows may change with it.
    pub fn is_referenced(&self) -> bool {
        self.is_referenced
    }

    /// Runs it; `None` if it takes the query engine after all. Errors: those of an UPDATE.
    pub fn run(&self, scope: &Scope) -> Result<Option<Done>, Error> {
        let Some(found) = self.query.run(&scope.snapshot, None, scope.parameters)? else { return Ok(None) };
        let updated = self.update.of(scope, &found)?;
        let returned = match &self.returning {
            None => None,
            Some(items) => match items.run(&scope.snapshot, Some(&updated.images()?), scope.parameters)? {
                None => return Ok(None),
                returned => returned,
            },
        };
        let Updated { delta, rows, .. } = updated;
        let deed = (self.update.target.table.id, "update");
        done(scope, deed, format!("UPDATE {}", rows.num_rows()), returned, delta)
    }
}
