//! What each method itself does to the orphans, before anything follows.

use arrow::array::{Array, ArrayRef, UInt32Array, new_null_array};
use arrow::buffer::NullBuffer;
use arrow::compute::take;

use super::{RepairError, RepairMethod, RepairRequest, Unfit};
use crate::catalog::{Column, ColumnId, ForeignKey, MatchType, ReferentialAction, Table};
use crate::integrity::Judge;
use crate::integrity::check::Orphan;
use crate::integrity::whole_rows::{table_batch, with_generated};
use crate::rows::{Delta, KeyForm, Keys, NewRows, Snapshot, TableDelta, Update};

/// The explicit delta of a repair. `orphans`: at least one, by row id ascending.
pub(super) fn delta(
    base: &Snapshot,
    request: &RepairRequest,
    orphans: &[Orphan],
    judge: &dyn Judge,
) -> Result<Delta, RepairError> {
    let rows: Vec<u64> = orphans.iter().map(|orphan| orphan.row).collect();
    let changes = match request.method {
        RepairMethod::Delete | RepairMethod::Quarantine => {
            let mut changes = TableDelta::new(base.rows(request.foreign_key.table).next_row());
            changes.removed = rows.into_iter().collect();
            changes
        }
        RepairMethod::SetNull => set(base, request.foreign_key, ReferentialAction::SetNull, &rows, judge)?,
        RepairMethod::SetDefault => set(base, request.foreign_key, ReferentialAction::SetDefault, &rows, judge)?,
        RepairMethod::InsertParent => {
            let table = request.foreign_key.referenced_table;
            let changes = insert_keys(base, request, &rows)?;
            return Ok(Delta { tables: [(table, changes)].into(), ..Delta::default() });
        }
    };
    Ok(Delta { tables: [(request.foreign_key.table, changes)].into(), ..Delta::default() })
}

/// The orphans with NULL or the defaults in their referencing columns.
fn set(
    base: &Snapshot,
    fk: &ForeignKey,
    action: ReferentialAction,
    rows: &[u64],
    judge: &dyn Judge,
) -> Result<TableDelta, RepairError> {
    let table = base.catalog().table(fk.table);
    let columns = columns_set(fk, action);
    refuse_columns(table, columns, action)?;
    let mut arrays = base.rows(table.id).fetch(table, rows, &table.column_ids())?;
    for id in columns {
        let column = table.column_by_id(*id);
        arrays[table.position(*id)] = match action {
            ReferentialAction::SetDefault => {
                let value = judge.default_value(table, column)?;
                take(&value, &UInt32Array::from(vec![0; rows.len()]), None)?
            }
            _ => new_null_array(&column.sql_type.arrow(), rows.len()),
        };
    }
    let mut changes = TableDelta::new(base.rows(table.id).next_row());
    let batch = with_generated(judge, table, arrays, rows.len())?;
    let first = changes.insert(NewRows::whole(table, batch));
    changes.updates = rows.iter().zip(first..).map(|(before, after)| Update { before: *before, after }).collect();
    changes.removed = rows.iter().copied().collect();
    Ok(changes)
}

/// The columns to set: those the delete rule lists where it is the same action and one NULL is enough, else all.
fn columns_set(fk: &ForeignKey, action: ReferentialAction) -> &[ColumnId] {
    let listed = fk.on_delete.action == action && fk.match_type == MatchType::Simple;
    if listed && !fk.on_delete.columns.is_empty() { &fk.on_delete.columns } else { &fk.columns }
}

fn refuse_columns(table: &Table, columns: &[ColumnId], action: ReferentialAction) -> Result<(), Unfit> {
    let named = |wanted: &dyn Fn(&Column) -> bool| {
        let columns = columns.iter().map(|id| table.column_by_id(*id)).filter(|column| wanted(column));
        columns.map(|column| column.name.clone()).collect::<Vec<_>>()
    };
    let generated = named(&|column| column.generated.is_some());
    if !generated.is_empty() {
        return Err(Unfit::Generated(generated));
    }
    if action == ReferentialAction::SetNull {
        let refusing = named(&|column| column.not_null);
        return if refusing.is_empty() { Ok(()) } else { Err(Unfit::NotNull(refusing)) };
    }
    let without = named(&|column| column.default.is_none() && column.identity.is_none());
    if without.len() == columns.len() { Err(Unfit::NoDefault(without)) } else { Ok(()) }
}

/// The keys that orphans miss, as new rows of the referenced table. Keys with a NULL stand for no one row.
fn insert_keys(base: &Snapshot, request: &RepairRequest, rows: &[u64]) -> Result<TableDelta, RepairError> {
    let fk = request.foreign_key;
    let (table, referenced) = (base.catalog().table(fk.table), base.catalog().table(fk.referenced_table));
    refuse_parents(referenced, &fk.referenced_columns)?;
    let columns = base.rows(table.id).fetch(table, rows, &fk.columns)?;
    let types = (table.column_types(&fk.columns), referenced.column_types(&fk.referenced_columns));
    let keys = Keys::new(&KeyForm::joining(&types.0, &types.1), &columns)?;
    let mut positions = keys.sorted_positions();
    positions.retain(|position| keys.is_complete(*position as usize));
    positions.dedup_by(|a, b| keys.equal(*a as usize, &keys, *b as usize));
    if positions.is_empty() {
        return Err(partly_null(table, &fk.columns, &columns).into());
    }
    let distinct = UInt32Array::from(positions);
    let values = columns.iter().map(|array| take(array, &distinct, None)).collect::<Result<Vec<ArrayRef>, _>>()?;
    let given = fk.referenced_columns.iter().copied().zip(values).collect();
    let arrays = (request.complete)(referenced, given, distinct.len())?;
    let mut changes = TableDelta::new(base.rows(referenced.id).next_row());
    changes.insert(NewRows::whole(referenced, table_batch(referenced, arrays, distinct.len())?));
    Ok(changes)
}

/// Why rows still violate the key after a repair. `orphans`: at least one, of the snapshot after it.
pub(super) fn remaining(after: &Snapshot, request: &RepairRequest, orphans: &[Orphan]) -> Result<Unfit, RepairError> {
    let fk = request.foreign_key;
    let table = after.catalog().table(fk.table);
    let rows: Vec<u64> = orphans.iter().map(|orphan| orphan.row).collect();
    let columns = after.rows(table.id).fetch(table, &rows, &fk.columns)?;
    let any_null = columns.iter().any(|column| column.logical_null_count() > 0);
    Ok(match request.method {
        RepairMethod::InsertParent if any_null => partly_null(table, &fk.columns, &columns),
        _ => Unfit::Remaining(rows.len() as u64),
    })
}

/// Referencing columns and their values, NULL in part in some rows.
fn partly_null(table: &Table, ids: &[ColumnId], columns: &[ArrayRef]) -> Unfit {
    let with_null = ids.iter().zip(columns).filter(|(_, column)| column.logical_null_count() > 0);
    let names = with_null.map(|(id, _)| table.column_by_id(*id).name.clone()).collect();
    let either = |nulls: Option<NullBuffer>, column: &ArrayRef| {
        NullBuffer::union(nulls.as_ref(), column.logical_nulls().as_ref())
    };
    let nulls = columns.iter().fold(None, either);
    Unfit::PartlyNull(names, nulls.map_or(0, |nulls| nulls.null_count() as u64))
}

/// Refuses tables whose rows need more than a key.
fn refuse_parents(referenced: &Table, key: &[ColumnId]) -> Result<(), Unfit> {
    let in_key = |column: &&Column| key.contains(&column.id);
    let named = |columns: Vec<&Column>| columns.into_iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    let generated = named(referenced.columns.iter().filter(in_key).filter(|c| c.generated.is_some()).collect());
    if !generated.is_empty() {
        return Err(Unfit::Generated(generated));
    }
    let filled = |column: &Column| column.default.is_some() || column.identity.is_some() || column.generated.is_some();
    let needed = referenced.columns.iter().filter(|column| column.not_null && !filled(column) && !in_key(column));
    let needed = named(needed.collect());
    if needed.is_empty() { Ok(()) } else { Err(Unfit::ParentNeeds(needed)) }
}

impl From<Unfit> for RepairError {
    fn from(unfit: Unfit) -> Self {
        RepairError::Unfit(unfit)
    }
}
