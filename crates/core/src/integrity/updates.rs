//! Then updates: follows ON UPDATE rules from changed keys, and applies the SET NULL and SET DEFAULT of deletions, until no
//! further value changes.
//!
//! ```text
//!   changed rows ──▶ old key, new key ──▶ rows that hold the old key ──▶ write new key / NULL / default
//!        ▲                                                                     │ at the end of the round:
//!        └─────────────────────────────────────────────────────────────────────┘ value changed
//! ```
//!
//! A round reads the values of the round before and writes at its end, so that the order within it cannot matter. Old keys
//! are those of the stated rows, and of the before images of rows the statement itself updated.
//!
//! Comes to rest because values are copied along the edges of a finite graph. Only where keys chase each other around a cycle
//! of CASCADE, each taking the value the other had, they never agree: that is two values for one column.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt32Array, new_null_array};
use arrow::compute::kernels::cmp::distinct;
use arrow::compute::{or, take};

use super::actions::{Actions, Due};
use super::assign::assigned;
use super::edge::Edge;
use super::key_out_of_range::KeyOutOfRange;
use super::partial;
use super::reached::Reached;
use super::trace::NodeId;
use super::writes::Write;
use crate::catalog::{ColumnId, Event, ReferentialAction, Table, TableId};
use crate::rows::{Keys, Matches, RowsError, Snapshot};

/// So many rounds may pass without a column that is written for the first time, however many there are.
const QUIET_ROUNDS_MAX: usize = 1000;

/// A source that stands for no one row, where all would write the same.
const ANY_SOURCE: u64 = u64::MAX;

/// Rows of one table and node whose values changed in a round, by column.
struct Changed {
    table: Arc<Table>,
    columns: BTreeMap<ColumnId, Vec<u64>>,
}

/// What rows were before, and where they stand.
struct Images<'a> {
    node: NodeId,
    table: Arc<Table>,
    home: &'a Snapshot,
    before: Vec<u64>,
    /// The same rows in the stated snapshot; writes of actions lie over them.
    rows: Vec<u64>,
    /// Whether these are the before images of the statement's own updates.
    is_own: bool,
}

/// Keys of an edge before and after a change, one array a referenced column.
struct KeyChange {
    sources: Vec<u64>,
    old: Vec<ArrayRef>,
    new: Vec<ArrayRef>,
    /// Which referenced columns differ, for each row.
    changed: Vec<BooleanArray>,
}

/// What one constraint writes in one round from one node.
struct Planned {
    parent: NodeId,
    edges: Arc<[Edge]>,
    edge: usize,
    event: Event,
    writes: Vec<Write>,
}

/// Updates to the fixpoint.
pub(super) fn update_to_fixpoint(actions: &mut Actions) -> Result<(), RowsError> {
    let mut planned = Vec::new();
    for due in std::mem::take(&mut actions.due) {
        actions.judge.go_on()?;
        plan_due(actions, &due, &mut planned)?;
    }
    for images in explicit_updates(actions) {
        let edges = actions.edges.to(images.table.id);
        for edge in 0..edges.len() {
            actions.judge.go_on()?;
            plan_edge(actions, &images, &edges, edge, &mut planned)?;
        }
    }
    let mut quiet_rounds = 0;
    while !planned.is_empty() {
        let known = actions.cell_count();
        let changed = write(actions, std::mem::take(&mut planned))?;
        quiet_rounds = if actions.cell_count() > known { 0 } else { quiet_rounds + 1 };
        if quiet_rounds > known.min(QUIET_ROUNDS_MAX) {
            note_restless(actions, &changed);
            return Ok(());
        }
        for (node, changed) in changed {
            let edges = actions.edges.to(changed.table.id);
            for edge in 0..edges.len() {
                actions.judge.go_on()?;
                for images in images_of(actions, node, &changed, &edges[edge]) {
                    plan_edge(actions, &images, &edges, edge, &mut planned)?;
                }
            }
        }
    }
    Ok(())
}

/// The statement's own updates, as images; and its insertions and updates for the trace.
fn explicit_updates<'a>(actions: &mut Actions<'a>) -> Vec<Images<'a>> {
    let (base, explicit, catalog) = (actions.base, actions.explicit, actions.catalog);
    let mut found = Vec::new();
    for (id, changes) in &explicit.tables {
        let Some(table) = catalog.find_table(*id) else { continue };
        let inserted = changes.inserted_count() - changes.updates.len();
        if changes.is_empty() {
            continue;
        }
        let node = actions.trace.root_of(*id).unwrap_or_else(|| actions.trace.root(table));
        let updated: Vec<u64> = changes.updates.iter().map(|update| update.after).collect();
        let root = actions.trace.node_mut(node);
        root.inserted += inserted as u64;
        root.note_updated(&updated);
        // A row that is updated and deleted is deleted.
        let standing = || changes.updates.iter().filter(|update| !actions.is_deleted(*id, update.after));
        let before: Vec<u64> = standing().map(|update| update.before).collect();
        let rows: Vec<u64> = standing().map(|update| update.after).collect();
        if !rows.is_empty() {
            found.push(Images { node, table: table.clone(), home: base, before, rows, is_own: true });
        }
    }
    found
}

/// What rows that an action wrote were before, as far as the columns of an edge are concerned: as they are stated, and as
/// they were before the statement itself updated them.
fn images_of<'a>(actions: &Actions<'a>, node: NodeId, changed: &Changed, edge: &Edge) -> Vec<Images<'a>> {
    let referenced = &edge.referenced_shape.columns;
    // A key that is computed changes with the columns it is computed from.
    let mut rows: Vec<u64> = match changed.table.computes_any(referenced) {
        true => changed.columns.values().flatten().copied().collect(),
        false => referenced.iter().filter_map(|column| changed.columns.get(column)).flatten().copied().collect(),
    };
    rows.sort_unstable();
    rows.dedup();
    if rows.is_empty() {
        return Vec::new();
    }
    let (table, home) = (&changed.table, actions.stated);
    let own = actions.explicit.tables.get(&table.id).map_or(&[][..], |changes| &changes.updates);
    let own: Vec<_> = own.iter().filter(|update| rows.binary_search(&update.after).is_ok()).collect();
    let mut images = Vec::new();
    if !own.is_empty() {
        images.push(Images {
            node,
            table: table.clone(),
            home: actions.base,
            before: own.iter().map(|update| update.before).collect(),
            rows: own.iter().map(|update| update.after).collect(),
            is_own: true,
        });
    }
    images.push(Images { node, table: table.clone(), home, before: rows.clone(), rows, is_own: false });
    images
}

/// Plans what an edge does about changed keys.
fn plan_edge(
    actions: &mut Actions,
    images: &Images,
    edges: &Arc<[Edge]>,
    position: usize,
    planned: &mut Vec<Planned>,
) -> Result<(), RowsError> {
    let edge = &edges[position];
    let action = edge.action(Event::Update);
    if action == ReferentialAction::NoAction {
        return Ok(());
    }
    let Some(change) = key_change(actions, images, edge)? else { return Ok(()) };
    let reached = match edge.is_partial() {
        true => partial::lost_by_update(actions, edge, &change.old)?,
        false => {
            let keys = Keys::new(&edge.referenced_shape.form, &change.old)?;
            let found = actions.stated.rows(edge.table.id).matching(&edge.table, &edge.referencing_shape, &keys)?;
            if action == ReferentialAction::Restrict {
                return actions.restrict(edge, Event::Update, images.node, &change.old, &found);
            }
            vec![holding(actions, edge, change, &found)]
        }
    };
    let mut writes = Vec::new();
    for reached in &reached {
        if reached.rows.is_empty() {
            continue;
        }
        match action {
            ReferentialAction::NoAction => {}
            ReferentialAction::Restrict => {
                actions.restrict_rows(edge, Event::Update, images.node, &reached.rows)?;
            }
            ReferentialAction::Cascade => cascade(edge, reached, &mut writes)?,
            ReferentialAction::SetNull | ReferentialAction::SetDefault => {
                let sources = match edge.is_partial() {
                    true => vec![ANY_SOURCE; reached.rows.len()],
                    false => reached.sources.clone(),
                };
                set_columns(actions, edge, Event::Update, &reached.rows, &sources, &mut writes)?;
            }
        }
    }
    if !writes.is_empty() {
        planned.push(Planned {
            parent: images.node,
            edges: edges.clone(),
            edge: position,
            event: Event::Update,
            writes,
        });
    }
    Ok(())
}

/// Which rows' referenced key changed, and how; `None` if no row's did. Keys with a NULL before are referenced by nothing, but
/// in part. A CASCADE also follows the rows it followed before, to take back what they no longer say.
fn key_change(actions: &mut Actions, images: &Images, edge: &Edge) -> Result<Option<KeyChange>, RowsError> {
    let (table, columns) = (&images.table, &edge.referenced_shape.columns);
    let computed = table.computes_any(columns);
    let written = actions.writes.get(&table.id);
    let written = written.is_some_and(|writes| computed || columns.iter().any(|column| writes.has_column(*column)));
    if !images.is_own && !written {
        return Ok(None);
    }
    let old = images.home.rows(table.id).fetch(table, &images.before, columns)?;
    let new = actions.current(table, &images.rows, columns)?;
    let differs = old.iter().zip(&new).map(|(old, new)| Ok(distinct(old, new)?));
    let differs = differs.collect::<Result<Vec<BooleanArray>, RowsError>>()?;
    let any = differs[1..].iter().try_fold(differs[0].clone(), |any, more| or(&any, more))?;
    let mut kept: Vec<u32> = any.values().set_indices().map(|position| position as u32).collect();
    if edge.action(Event::Update) == ReferentialAction::Cascade {
        let followed = actions.cascaded.entry((edge.foreign_key.id, images.is_own)).or_default();
        let again = (0..images.rows.len()).filter(|p| !any.value(*p) && followed.contains(images.rows[*p]));
        let again: Vec<u32> = again.map(|position| position as u32).collect();
        followed.extend(kept.iter().map(|position| images.rows[*position as usize]));
        kept.extend(again);
        kept.sort_unstable();
    }
    if kept.is_empty() {
        return Ok(None);
    }
    let positions = UInt32Array::from(kept);
    let pick =
        |arrays: Vec<ArrayRef>| arrays.iter().map(|array| take(array, &positions, None)).collect::<Result<_, _>>();
    let picked = differs.iter().map(|array| {
        let taken: Vec<bool> = positions.values().iter().map(|position| array.value(*position as usize)).collect();
        BooleanArray::from(taken)
    });
    Ok(Some(KeyChange {
        sources: positions.values().iter().map(|position| images.rows[*position as usize]).collect(),
        old: pick(old)?,
        new: pick(new)?,
        changed: picked.collect(),
    }))
}

/// The living rows that hold changed keys.
fn holding(actions: &Actions, edge: &Edge, change: KeyChange, found: &Matches) -> Reached {
    let mut reached = Reached::new((0..change.new.len()).collect(), change.new, change.changed);
    for (row, key) in found.rows.iter().zip(&found.keys) {
        if !actions.is_deleted(edge.table.id, *row) {
            reached.push(*row, change.sources[*key as usize], *key);
        }
    }
    reached
}

/// Writes the new key into the columns whose referenced column changed; where it did not, what was written before is
/// brought up to date.
fn cascade(edge: &Edge, reached: &Reached, writes: &mut Vec<Write>) -> Result<(), RowsError> {
    for (slot, position) in reached.positions.iter().enumerate() {
        let column = edge.foreign_key.columns[*position];
        let taking = edge.table.column_by_id(column);
        for refines in [false, true] {
            let touched: Vec<usize> = (0..reached.rows.len())
                .filter(|i| reached.changed[slot].value(reached.of_key[*i] as usize) != refines)
                .collect();
            if touched.is_empty() {
                continue;
            }
            let keys = UInt32Array::from_iter_values(touched.iter().map(|i| reached.of_key[*i]));
            let values = take(&reached.new[slot], &keys, None)?;
            let unfit = |_| KeyOutOfRange {
                constraint: edge.foreign_key.name.clone(),
                table: edge.table.name.clone(),
                column: taking.name.clone(),
                sql_type: taking.sql_type,
            };
            writes.push(Write {
                column,
                position: *position,
                rows: touched.iter().map(|i| reached.rows[*i]).collect(),
                values: assigned(&values, &taking.sql_type).map_err(unfit)?,
                sources: touched.iter().map(|i| reached.sources[*i]).collect(),
                refines,
            });
        }
    }
    Ok(())
}

/// Writes NULL or the default into the columns the rule names.
fn set_columns(
    actions: &Actions,
    edge: &Edge,
    event: Event,
    rows: &[u64],
    sources: &[u64],
    writes: &mut Vec<Write>,
) -> Result<(), RowsError> {
    for id in edge.foreign_key.columns_set(event).iter().copied() {
        let column = edge.table.column_by_id(id);
        let values = match edge.action(event) {
            ReferentialAction::SetDefault => {
                let value = actions.judge.default_value(&edge.table, column)?;
                take(&value, &UInt32Array::from(vec![0; rows.len()]), None)?
            }
            _ => new_null_array(&column.sql_type.arrow(), rows.len()),
        };
        let (rows, sources) = (rows.to_vec(), sources.to_vec());
        writes.push(Write { column: id, position: 0, rows, values, sources, refines: false });
    }
    Ok(())
}

fn plan_due(actions: &Actions, due: &Due, planned: &mut Vec<Planned>) -> Result<(), RowsError> {
    let edge = &due.edges[due.edge];
    let kept: Vec<usize> = (0..due.rows.len()).filter(|i| !actions.is_deleted(edge.table.id, due.rows[*i])).collect();
    if kept.is_empty() {
        return Ok(());
    }
    let rows: Vec<u64> = kept.iter().map(|i| due.rows[*i]).collect();
    let sources = match &due.sources {
        Some(sources) => kept.iter().map(|i| sources[*i]).collect(),
        None => vec![ANY_SOURCE; rows.len()],
    };
    let mut writes = Vec::new();
    set_columns(actions, edge, Event::Delete, &rows, &sources, &mut writes)?;
    planned.push(Planned { parent: due.node, edges: due.edges.clone(), edge: due.edge, event: Event::Delete, writes });
    Ok(())
}

/// Writes what a round has planned. Returns which values changed by it.
fn write(actions: &mut Actions, planned: Vec<Planned>) -> Result<BTreeMap<NodeId, Changed>, RowsError> {
    let mut found: BTreeMap<NodeId, Changed> = BTreeMap::new();
    for Planned { parent, edges, edge, event, writes } in planned {
        let edge = &edges[edge];
        let mut told: Vec<u64> = Vec::new();
        let mut dirty: Vec<(ColumnId, Vec<u64>)> = Vec::new();
        for write in writes {
            let column = write.column;
            if !write.refines {
                told.extend(&write.rows);
            }
            let rows = actions.writes.entry(edge.table.id).or_default().note(&edge.foreign_key, write)?;
            dirty.push((column, rows));
        }
        told.extend(dirty.iter().flat_map(|(_, rows)| rows));
        if told.is_empty() {
            continue;
        }
        let node = actions.trace.step(parent, &edge.table, &edge.foreign_key, event);
        actions.trace.node_mut(node).note_updated(&told);
        let empty = || Changed { table: edge.table.clone(), columns: BTreeMap::new() };
        let changed = found.entry(node).or_insert_with(empty);
        dirty.into_iter().for_each(|(column, rows)| changed.columns.entry(column).or_default().extend(rows));
    }
    let mut withheld: BTreeMap<TableId, _> = BTreeMap::new();
    for (id, writes) in &mut actions.writes {
        withheld.insert(*id, writes.settle()?);
    }
    for changed in found.values_mut() {
        let withheld = &withheld[&changed.table.id];
        for (column, rows) in &mut changed.columns {
            if let Some(withheld) = withheld.get(column).filter(|withheld| !withheld.is_empty()) {
                rows.retain(|row| !withheld.contains(row));
            }
        }
        changed.columns.retain(|_, rows| !rows.is_empty());
    }
    found.retain(|_, changed| !changed.columns.is_empty());
    Ok(found)
}

/// Notes columns that keys chasing each other never leave alone.
fn note_restless(actions: &mut Actions, changed: &BTreeMap<NodeId, Changed>) {
    for changed in changed.values() {
        for (column, rows) in &changed.columns {
            let restless = actions.restless.entry((changed.table.id, *column)).or_default();
            restless.extend(rows.iter().copied());
        }
    }
}
