//! Then updates: follows ON UPDATE rules from changed keys, and applies the SET NULL and SET DEFAULT of deletions, until no
//! further value changes.
//!
//! ```text
//!   changed rows ──▶ old key, new key ──▶ rows that hold the old key ──▶ write new key / NULL / default
//!        ▲                                                                     │ value changed
//!        └─────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Ends because a column of a row takes one value, and a refinement follows its one source.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt32Array, new_null_array};
use arrow::compute::kernels::cmp::distinct;
use arrow::compute::{CastOptions, cast_with_options, or, take};

use super::actions::{Actions, Due};
use super::close::with_generated;
use super::edge::Edge;
use super::trace::NodeId;
use super::writes::Write;
use crate::catalog::{Event, ReferentialAction, Table};
use crate::rows::{Keys, RowsError, Snapshot};

/// Rows of one table whose columns changed.
struct Changed<'a> {
    node: NodeId,
    table: Arc<Table>,
    /// Where and under which ids the old values are.
    before: (&'a Snapshot, Vec<u64>),
    /// The same rows in the stated snapshot; writes of actions lie over them.
    rows: Vec<u64>,
}

/// The keys of an edge before and after a change, one array a referenced column.
struct KeyChange {
    old: Vec<ArrayRef>,
    new: Vec<ArrayRef>,
    /// Which referenced columns changed, for each row.
    changed: Vec<BooleanArray>,
}

/// Updates to the fixpoint.
pub(super) fn update_to_fixpoint(actions: &mut Actions) -> Result<(), RowsError> {
    let mut frontier = explicit_updates(actions);
    let mut next = Vec::new();
    for due in std::mem::take(&mut actions.due) {
        apply_due(actions, &due, &mut next)?;
    }
    while !frontier.is_empty() || !next.is_empty() {
        for changed in std::mem::take(&mut frontier) {
            let edges = actions.edges.to(changed.table.id);
            for edge in edges.iter() {
                follow(actions, &changed, edge, &mut next)?;
            }
        }
        frontier = std::mem::take(&mut next);
    }
    Ok(())
}

/// The statement's own updates, and its insertions for the trace.
fn explicit_updates<'a>(actions: &mut Actions<'a>) -> Vec<Changed<'a>> {
    let (base, explicit, catalog) = (actions.base, actions.explicit, actions.catalog);
    let mut frontier = Vec::new();
    for (id, changes) in &explicit.tables {
        let Some(table) = catalog.find_table(*id) else { continue };
        let inserted = changes.inserted_count() - changes.updates.len();
        if changes.is_empty() {
            continue;
        }
        let node = actions.trace.root_of(*id).unwrap_or_else(|| actions.trace.root(table));
        let root = actions.trace.node_mut(node);
        root.inserted += inserted as u64;
        root.updated += changes.updates.len() as u64;
        if !changes.updates.is_empty() {
            frontier.push(Changed {
                node,
                table: table.clone(),
                before: (base, changes.updates.iter().map(|update| update.before).collect()),
                rows: changes.updates.iter().map(|update| update.after).collect(),
            });
        }
    }
    frontier
}

fn follow<'a>(
    actions: &mut Actions<'a>,
    changed: &Changed<'a>,
    edge: &Edge,
    next: &mut Vec<Changed<'a>>,
) -> Result<(), RowsError> {
    let action = edge.action(Event::Update);
    if action == ReferentialAction::NoAction {
        return Ok(());
    }
    let Some((sources, change)) = key_change(actions, changed, edge)? else { return Ok(()) };
    let keys = Keys::new(&edge.referenced_shape.form, &change.old)?;
    let matches = actions.stated.rows(edge.table.id).matching(&edge.table, &edge.referencing_shape, &keys)?;
    if action == ReferentialAction::Restrict {
        return actions.restrict(edge, Event::Update, changed.node, &change.old, &matches);
    }
    let kept: Vec<usize> =
        (0..matches.rows.len()).filter(|i| !actions.is_deleted(edge.table.id, matches.rows[*i])).collect();
    if kept.is_empty() {
        return Ok(());
    }
    let rows: Vec<u64> = kept.iter().map(|i| matches.rows[*i]).collect();
    let of_key: Vec<u32> = kept.iter().map(|i| matches.keys[*i]).collect();
    let from: Vec<u64> = of_key.iter().map(|key| sources[*key as usize]).collect();
    let fresh = match action {
        ReferentialAction::Cascade => cascade(actions, edge, &change, &rows, &of_key, &from)?,
        _ => set_columns(actions, edge, Event::Update, &rows, &from)?,
    };
    note_updated(actions, edge, Event::Update, changed.node, fresh, next);
    Ok(())
}

/// Which rows' referenced key changed, and how; `None` if no row's did. Keys with a NULL before are referenced by nothing.
fn key_change(actions: &Actions, changed: &Changed, edge: &Edge) -> Result<Option<(Vec<u64>, KeyChange)>, RowsError> {
    let (table, columns) = (&changed.table, &edge.referenced_shape.columns);
    let (home, before) = &changed.before;
    let old = home.rows(table.id).fetch(table, before, columns)?;
    let stated = actions.stated.rows(table.id);
    let computed = columns.iter().any(|id| table.column_by_id(*id).generated.is_some());
    let new = match actions.writes.get(&table.id) {
        // A key that is computed changes with the columns it is computed from.
        Some(writes) if computed => {
            let whole = writes.fetch(stated, table, &changed.rows, &table.column_ids())?;
            let whole = with_generated(actions.judge, table, whole)?;
            columns.iter().map(|id| whole.column(table.position(*id)).clone()).collect()
        }
        Some(writes) => writes.fetch(stated, table, &changed.rows, columns)?,
        None => stated.fetch(table, &changed.rows, columns)?,
    };
    let differs = old.iter().zip(&new).map(|(old, new)| Ok(distinct(old, new)?));
    let differs = differs.collect::<Result<Vec<BooleanArray>, RowsError>>()?;
    let any = differs[1..].iter().try_fold(differs[0].clone(), |any, more| or(&any, more))?;
    let positions = UInt32Array::from_iter_values(any.values().set_indices().map(|position| position as u32));
    if positions.is_empty() {
        return Ok(None);
    }
    let pick =
        |arrays: Vec<ArrayRef>| arrays.iter().map(|array| take(array, &positions, None)).collect::<Result<_, _>>();
    let picked = differs.iter().map(|array| {
        let taken: Vec<bool> = positions.values().iter().map(|position| array.value(*position as usize)).collect();
        BooleanArray::from(taken)
    });
    let sources = positions.values().iter().map(|position| changed.rows[*position as usize]).collect();
    Ok(Some((sources, KeyChange { old: pick(old)?, new: pick(new)?, changed: picked.collect() })))
}

/// Writes the new key, only into columns whose referenced column changed.
fn cascade(
    actions: &mut Actions,
    edge: &Edge,
    change: &KeyChange,
    rows: &[u64],
    of_key: &[u32],
    from: &[u64],
) -> Result<Vec<u64>, RowsError> {
    let mut fresh = Vec::new();
    for (position, column) in edge.foreign_key.columns.iter().enumerate() {
        let touched: Vec<usize> =
            (0..rows.len()).filter(|i| change.changed[position].value(of_key[*i] as usize)).collect();
        if touched.is_empty() {
            continue;
        }
        let keys = UInt32Array::from_iter_values(touched.iter().map(|i| of_key[*i]));
        let values = take(&change.new[position], &keys, None)?;
        let to = edge.table.column_by_id(*column).sql_type.arrow();
        // A value that the referencing column cannot hold is an error, never a NULL.
        let strict = CastOptions { safe: false, ..CastOptions::default() };
        let write = Write {
            foreign_key: &edge.foreign_key,
            column: *column,
            rows: &touched.iter().map(|i| rows[*i]).collect::<Vec<_>>(),
            values: if *values.data_type() == to { values } else { cast_with_options(&values, &to, &strict)? },
            sources: &touched.iter().map(|i| from[*i]).collect::<Vec<_>>(),
        };
        fresh.extend(actions.write(&edge.table, write)?);
    }
    Ok(fresh)
}

/// Writes NULL or the default into the columns the rule names.
fn set_columns(
    actions: &mut Actions,
    edge: &Edge,
    event: Event,
    rows: &[u64],
    from: &[u64],
) -> Result<Vec<u64>, RowsError> {
    let mut fresh = Vec::new();
    for id in edge.foreign_key.columns_set(event).to_vec() {
        let column = edge.table.column_by_id(id);
        let values = match edge.action(event) {
            ReferentialAction::SetDefault => {
                let value = actions.judge.default_value(&edge.table, column)?;
                take(&value, &UInt32Array::from(vec![0; rows.len()]), None)?
            }
            _ => new_null_array(&column.sql_type.arrow(), rows.len()),
        };
        let write = Write { foreign_key: &edge.foreign_key, column: id, rows, values, sources: from };
        fresh.extend(actions.write(&edge.table, write)?);
    }
    Ok(fresh)
}

fn apply_due<'a>(actions: &mut Actions<'a>, due: &Due, next: &mut Vec<Changed<'a>>) -> Result<(), RowsError> {
    let edge = &due.edges[due.edge];
    let kept: Vec<usize> = (0..due.rows.len()).filter(|i| !actions.is_deleted(edge.table.id, due.rows[*i])).collect();
    if kept.is_empty() {
        return Ok(());
    }
    let rows: Vec<u64> = kept.iter().map(|i| due.rows[*i]).collect();
    let from: Vec<u64> = kept.iter().map(|i| due.sources[*i]).collect();
    let fresh = set_columns(actions, edge, Event::Delete, &rows, &from)?;
    note_updated(actions, edge, Event::Delete, due.node, fresh, next);
    Ok(())
}

/// Notes rows whose values changed in the trace, and passes them to the next round.
fn note_updated<'a>(
    actions: &mut Actions<'a>,
    edge: &Edge,
    event: Event,
    parent: NodeId,
    mut rows: Vec<u64>,
    next: &mut Vec<Changed<'a>>,
) {
    rows.sort_unstable();
    rows.dedup();
    if rows.is_empty() {
        return;
    }
    let node = actions.trace.step(parent, &edge.table, &edge.foreign_key, event);
    actions.trace.node_mut(node).note_updated(&rows);
    // Rows that reference what the statement itself changed further follow the key it had before, too.
    let own = actions.explicit.tables.get(&edge.table.id).map_or(&[][..], |changes| &changes.updates);
    let again: Vec<_> = own.iter().filter(|update| rows.binary_search(&update.after).is_ok()).collect();
    if !again.is_empty() {
        let before = (actions.base, again.iter().map(|update| update.before).collect());
        let rows = again.iter().map(|update| update.after).collect();
        next.push(Changed { node, table: edge.table.clone(), before, rows });
    }
    next.push(Changed { node, table: edge.table.clone(), before: (actions.stated, rows.clone()), rows });
}
