//! DELETE: the rows to remove.

use bowline_core::catalog::Table;
use bowline_core::rows::{Delta, TableDelta};
use datafusion::sql::sqlparser::ast::{Delete, FromTable};
use roaring::RoaringTreemap;

use super::super::question::Question;
use super::super::scope::Scope;
use super::images::Images;
use super::planned::Planned;
use super::returning::{Returning, first_of_each, refuse_no_columns};
use super::select::{Target, target};
use super::update::row_ids;
use crate::error::Error;
use crate::outcome::ResultSet;

/// A DELETE bound to its table.
#[derive(Debug)]
pub(super) struct BoundDelete {
    target: Target,
    /// Asks for the row ids, and after them for what RETURNING asks for; `None`: every row goes, and nothing is returned.
    rows: Option<Question>,
    returns: bool,
}

impl BoundDelete {
    /// Binds `DELETE FROM t [USING …] [WHERE …] [RETURNING …]`. Errors: names, and clauses there are not.
    pub fn of(scope: &Scope, delete: Delete) -> Result<BoundDelete, Error> {
        if !delete.tables.is_empty() || !delete.order_by.is_empty() || delete.limit.is_some() || delete.output.is_some()
        {
            return Err(Error::unsupported(
                "this form of DELETE is not supported",
                "Use DELETE FROM table [USING ...] [WHERE ...] [RETURNING ...].",
            ));
        }
        let (FromTable::WithFromKeyword(mut from) | FromTable::WithoutKeyword(mut from)) = delete.from;
        if from.len() != 1 {
            return Err(Error::new("42601", "DELETE names one table").with_hint("Put the other tables after USING."));
        }
        let target = target(scope, from.remove(0))?;
        let others = delete.using.unwrap_or_default();
        target.refuse_namesake(scope.catalog(), &others)?;
        if others.is_empty() && delete.selection.is_none() && delete.returning.is_none() {
            return Ok(BoundDelete { target, rows: None, returns: false });
        }
        let returning = Returning::new(delete.returning)?;
        let mut items = vec![target.row_id()];
        items.extend(returning.items_of(scope, &target, &others, Images::Deleted)?);
        let rows = Question::new(target.select(items, others, delete.selection));
        Ok(BoundDelete { target, rows: Some(rows), returns: returning.is_wanted() })
    }

    /// What it would delete by itself. Errors: those of its expressions.
    pub fn plan(&self, scope: &Scope) -> Result<Planned, Error> {
        let table = &self.target.table;
        let mut changes = scope.changes_to(table);
        let Some(rows) = &self.rows else {
            changes.removed = scope.rows(table.id).live_rows();
            scope.parts.keep_unchanged(table.id, &mut changes.removed);
            return Ok(planned(table, changes, None));
        };
        let found = rows.ask(scope)?;
        let found = scope.parts.unchanged(table.id, found)?;
        changes.removed = row_ids(&found)?.into_iter().collect::<RoaringTreemap>();
        let returned = self.returns.then(|| returned(&found)).transpose()?;
        Ok(planned(table, changes, returned))
    }

    /// Plans what it asks to be evaluated in place; whether all of it can be.
    pub fn plan_in_place(&mut self, scope: &Scope) -> bool {
        self.rows.as_mut().is_some_and(|rows| rows.plan_in_place(scope))
    }

    /// Whether it touches few rows whatever the values, if all it asks is evaluated in place.
    pub fn is_light(&self, scope: &Scope) -> bool {
        // What others reference may take many rows with it.
        scope.catalog().foreign_keys_to(self.target.table.id).is_empty()
    }
}

/// What is selected after the row ids, for each row once.
fn returned(found: &ResultSet) -> Result<ResultSet, Error> {
    let batch = first_of_each(found)?;
    let batch = batch.project(&(1..batch.num_columns()).collect::<Vec<_>>())?;
    refuse_no_columns(batch.num_columns())?;
    Ok(ResultSet { schema: batch.schema(), batches: vec![batch] })
}

fn planned(table: &Table, changes: TableDelta, returning: Option<ResultSet>) -> Planned {
    let row_count = changes.removed.len() as usize;
    let delta = Delta { tables: [(table.id, changes)].into(), ..Delta::default() };
    Planned { table: table.id, verb: "delete from", delta, tag: "DELETE", row_count, returning }
}
