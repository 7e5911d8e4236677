//! Notes on the trace which rows block a statement.

use std::sync::Arc;

use super::trace::{NodeId, Trace};
use crate::catalog::Table;
use crate::rows::{RowsError, Snapshot};

/// Notes on a trace node which rows block the statement; the first is shown by its primary key.
pub(super) fn note_blocking(
    trace: &mut Trace,
    snapshot: &Snapshot,
    table: &Arc<Table>,
    node: NodeId,
    rows: &[u64],
) -> Result<(), RowsError> {
    let Some(first) = rows.iter().min() else { return Ok(()) };
    let columns = table.primary_key().map_or_else(|| table.stored_columns(), |key| key.columns.clone());
    let values = snapshot.rows(table.id).fetch(table, &[*first], &columns)?;
    let node = trace.node_mut(node);
    node.note_blocking(rows);
    if node.blocking_row.is_empty() {
        node.blocking_row = table.column_names(&columns).into_iter().zip(values).collect();
    }
    Ok(())
}
