//! DELETE: the rows to remove.

use bowline_core::catalog::Table;
use bowline_core::rows::{Delta, TableDelta};
use datafusion::sql::sqlparser::ast::{Delete, Expr, FromTable, Statement, TableWithJoins};
use roaring::RoaringTreemap;

use super::super::scope::Scope;
use super::images::Images;
use super::planned::Planned;
use super::returning::Returning;
use super::select::{Target, target};
use super::update::row_ids;
use crate::error::Error;
use crate::outcome::ResultSet;

/// Plans `DELETE FROM t [USING …] [WHERE …] [RETURNING …]`.
pub(super) fn plan(scope: &mut Scope, delete: Delete) -> Result<Planned, Error> {
    if !delete.tables.is_empty() || !delete.order_by.is_empty() || delete.limit.is_some() || delete.output.is_some() {
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
        let mut changes = scope.changes_to(&target.table);
        changes.removed = scope.rows(target.table.id).live_rows();
        scope.parts.keep_unchanged(target.table.id, &mut changes.removed);
        return Ok(planned(&target.table, changes, None));
    }
    let delete = BoundDelete::new(scope, target, others, delete.selection, Returning::new(delete.returning)?)?;
    let found = scope.query(delete.query.clone())?;
    let found = scope.parts.unchanged(delete.target.table.id, found)?;
    let Deleted { changes, returned } = delete.of(scope, &found)?;
    Ok(planned(&delete.target.table, changes, returned))
}

fn planned(table: &Table, changes: TableDelta, returning: Option<ResultSet>) -> Planned {
    let row_count = changes.removed.len() as usize;
    let delta = Delta { tables: [(table.id, changes)].into(), ..Delta::default() };
    Planned { table: table.id, verb: "delete from", delta, tag: "DELETE", row_count, returning }
}

/// A DELETE bound to its table: the query that finds its rows, and what is made of them.
#[derive(Debug)]
pub(in crate::sql) struct BoundDelete {
    pub target: Target,
    /// Selects the row ids, and after them what RETURNING asks for.
    pub query: Statement,
    returning: Returning,
}

/// What a DELETE makes of the rows it found.
pub(in crate::sql) struct Deleted {
    pub changes: TableDelta,
    pub returned: Option<ResultSet>,
}

impl BoundDelete {
    fn new(
        scope: &Scope,
        target: Target,
        others: Vec<TableWithJoins>,
        selection: Option<Expr>,
        returning: Returning,
    ) -> Result<BoundDelete, Error> {
        let mut items = vec![target.row_id()];
        items.extend(returning.items_of(scope, &target, &others, Images::Deleted)?);
        let query = target.select(items, others, selection);
        Ok(BoundDelete { target, query, returning })
    }

    /// A DELETE that names no other tables; `None` if it does, or has clauses there are not. Errors: names.
    pub fn single(scope: &Scope, delete: Delete) -> Result<Option<BoundDelete>, Error> {
        let refused = !delete.tables.is_empty() || !delete.order_by.is_empty() || delete.limit.is_some();
        if refused || delete.output.is_some() || delete.using.is_some() {
            return Ok(None);
        }
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = delete.from;
        let Ok([from]) = <[TableWithJoins; 1]>::try_from(from) else { return Ok(None) };
        let target = target(scope, from)?;
        let returning = Returning::new(delete.returning)?;
        BoundDelete::new(scope, target, Vec::new(), delete.selection, returning).map(Some)
    }

    /// The changes, and what is returned. `found`: the rows of the query.
    pub fn of(&self, scope: &Scope, found: &ResultSet) -> Result<Deleted, Error> {
        let rows = row_ids(found)?;
        let returned = self.returning.columns_after(found, 1, &rows)?;
        let mut changes = scope.changes_to(&self.target.table);
        changes.removed = rows.into_iter().collect::<RoaringTreemap>();
        Ok(Deleted { changes, returned })
    }
}
