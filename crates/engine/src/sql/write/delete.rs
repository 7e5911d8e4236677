//! DELETE: the rows to remove.

use bowline_core::rows::Delta;
use datafusion::sql::sqlparser::ast::{Delete, FromTable};
use roaring::RoaringTreemap;

use super::super::scope::Scope;
use super::images::Images;
use super::planned::Planned;
use super::returning::Returning;
use super::select::target;
use super::update::row_ids;
use crate::error::Error;

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
    let mut changes = scope.changes_to(&target.table);
    let everything = others.is_empty() && delete.selection.is_none() && delete.returning.is_none();
    let mut returned = None;
    if everything {
        changes.removed = scope.rows(target.table.id).live_rows();
        scope.parts.keep_unchanged(target.table.id, &mut changes.removed);
    } else {
        let returning = Returning::new(delete.returning);
        let mut items = vec![target.row_id()];
        items.extend(returning.items_of(scope, &target, &others, Images::Deleted)?);
        let found = scope.query(target.select(items, others, delete.selection))?;
        let found = scope.parts.unchanged(target.table.id, found)?;
        let rows = row_ids(&found)?;
        changes.removed = rows.iter().copied().collect::<RoaringTreemap>();
        returned = returning.columns_after(&found, 1, &rows)?;
    }
    let row_count = changes.removed.len() as usize;
    let delta = Delta { tables: [(target.table.id, changes)].into(), ..Delta::default() };
    Ok(Planned { table: target.table.id, verb: "delete from", delta, tag: "DELETE", row_count, returning: returned })
}
