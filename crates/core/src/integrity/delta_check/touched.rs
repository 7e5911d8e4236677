//! The rows of one table that a delta touches, before and after.

use std::cell::OnceCell;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::compute::kernels::cmp::distinct;
use arrow::compute::{concat, or};
use arrow::error::ArrowError;
use hashbrown::HashMap;

use crate::catalog::{ColumnId, Table};
use crate::rows::{Interrupt, NewRows, RowsError, Snapshot, TableDelta, TableRows, Update};

/// One table's part of a delta.
pub(super) struct Touched<'a> {
    pub base: &'a Snapshot,
    pub after: &'a Snapshot,
    pub table: &'a Arc<Table>,
    pub changes: &'a TableDelta,
    /// Asked before each constraint.
    pub interrupt: &'a dyn Interrupt,
    /// Rows inserted and still there at the end, ascending.
    pub inserted: Vec<u64>,
    updates: OnceCell<Vec<Update>>,
    before: OnceCell<HashMap<u64, u64>>,
}

impl<'a> Touched<'a> {
    pub fn new(
        base: &'a Snapshot,
        after: &'a Snapshot,
        table: &'a Arc<Table>,
        changes: &'a TableDelta,
        interrupt: &'a dyn Interrupt,
    ) -> Self {
        let mut inserted: Vec<u64> = changes.inserted_rows().collect();
        if changes.removed.max().is_some_and(|last| last >= changes.first_inserted) {
            inserted.retain(|row| !changes.removed.contains(*row));
        }
        Self { base, after, table, changes, interrupt, inserted, updates: OnceCell::new(), before: OnceCell::new() }
    }

    pub fn rows_before(&self) -> Option<&TableRows> {
        self.base.catalog().find_table(self.table.id).map(|_| self.base.rows(self.table.id))
    }

    pub fn rows_after(&self) -> &TableRows {
        self.after.rows(self.table.id)
    }

    /// Columns of inserted rows. All of them at once are read from the delta itself, without a look-up per row.
    pub fn fetch(&self, rows: &[u64], columns: &[ColumnId]) -> Result<Vec<ArrayRef>, RowsError> {
        let all = self.changes.inserted_rows();
        if rows.len() as u64 == all.end - all.start
            && let Some(arrays) = columns.iter().map(|id| self.whole_column(*id)).collect::<Option<Vec<_>>>()
        {
            return arrays.into_iter().map(|parts| Ok(joined(&parts)?)).collect();
        }
        self.rows_after().fetch(self.table, rows, columns)
    }

    /// A column of all inserted rows, in parts; `None` where it was added after some of them.
    fn whole_column(&self, id: ColumnId) -> Option<Vec<ArrayRef>> {
        let part = |rows: &NewRows| {
            let position = rows.columns.iter().position(|known| *known == id)?;
            Some(rows.batch.column(position).clone())
        };
        self.changes.inserted.batches().iter().map(part).collect()
    }

    /// The inserted rows that are new or whose values in these columns changed.
    pub fn new_in(&self, columns: &[ColumnId]) -> Result<Vec<u64>, RowsError> {
        let Some(rows_before) = self.rows_before().filter(|_| !self.updates().is_empty()) else {
            return Ok(self.inserted.clone());
        };
        let before = self.before();
        let pairs: Vec<(u64, u64)> = self.inserted.iter().filter_map(|row| Some((*before.get(row)?, *row))).collect();
        let old = rows_before.fetch(self.table, &pairs.iter().map(|(old, _)| *old).collect::<Vec<_>>(), columns)?;
        let new = self.fetch(&pairs.iter().map(|(_, new)| *new).collect::<Vec<_>>(), columns)?;
        let changed = any_distinct(&old, &new)?;
        let mut changed =
            pairs.iter().zip(changed.values()).filter(|(_, changed)| *changed).map(|((_, new), _)| *new).peekable();
        let is_new = |row: &u64| !before.contains_key(row) || changed.next_if_eq(row).is_some();
        Ok(self.inserted.iter().copied().filter(is_new).collect())
    }

    /// The rows of the base that are updated and stay, each with its last image: an update of an update is one.
    pub fn updates(&self) -> &[Update] {
        self.updates.get_or_init(|| {
            let own = self.changes.first_inserted;
            let gone = |row: u64| row >= own && self.changes.removed.contains(row);
            let updates = &self.changes.updates;
            if updates.iter().all(|update| update.before < own && !gone(update.after)) {
                return updates.clone();
            }
            // Invariant: an update of a delta's own row stands behind the one that made the row.
            let mut first_image: HashMap<u64, u64> = HashMap::with_capacity(updates.len());
            for update in updates {
                let first = if update.before < own { Some(update.before) } else { first_image.remove(&update.before) };
                first_image.extend(first.map(|first| (update.after, first)));
            }
            let last = first_image.into_iter().filter(|(after, _)| !gone(*after));
            let mut updates: Vec<Update> = last.map(|(after, before)| Update { before, after }).collect();
            updates.sort_unstable_by_key(|update| update.after);
            updates
        })
    }

    /// For each inserted row that is the last image of a row of the base, that row.
    pub fn before(&self) -> &HashMap<u64, u64> {
        self.before.get_or_init(|| self.updates().iter().map(|update| (update.after, update.before)).collect())
    }
}

fn joined(parts: &[ArrayRef]) -> Result<ArrayRef, ArrowError> {
    match parts {
        [whole] => Ok(whole.clone()),
        parts => concat(&parts.iter().map(AsRef::as_ref).collect::<Vec<_>>()),
    }
}

/// For each row, whether any column differs; NULL equals NULL.
pub(super) fn any_distinct(old: &[ArrayRef], new: &[ArrayRef]) -> Result<BooleanArray, RowsError> {
    let mut any = distinct(&old[0], &new[0])?;
    for (old, new) in old.iter().zip(new).skip(1) {
        any = or(&any, &distinct(old, new)?)?;
    }
    Ok(any)
}
