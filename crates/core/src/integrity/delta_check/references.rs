//! Foreign keys, from both sides: new referencing rows find their key; keys that went are referenced no more.

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::buffer::NullBuffer;
use arrow::compute::take;
use roaring::RoaringTreemap;

use super::super::blocking::note_blocking;
use super::super::edge::Edge;
use super::super::violation::{KeySample, Violation, ViolationKind};
use super::partial;
use super::scope::Scope;
use super::touched::{Touched, any_distinct};
use crate::catalog::{Event, MatchType, ReferentialAction};
use crate::rows::{Delta, Keys, RowsError};

/// Judges the inserted rows of a table against its foreign keys.
pub(super) fn check_referencing(
    touched: &Touched,
    scope: &mut Scope,
    violations: &mut Vec<Violation>,
) -> Result<(), RowsError> {
    let catalog = touched.after.catalog();
    for foreign_key in catalog.foreign_keys_of(touched.table.id).into_iter().filter(|fk| fk.enforced) {
        if !scope.judges(foreign_key.id, foreign_key.characteristics) {
            continue;
        }
        touched.interrupt.go_on()?;
        let edge = Edge::new(catalog, foreign_key);
        let rows = touched.new_in(&foreign_key.columns)?;
        if rows.is_empty() {
            continue;
        }
        let columns = touched.fetch(&rows, &foreign_key.columns)?;
        if foreign_key.match_type == MatchType::Full {
            let partly = partly_null(&columns);
            if !partly.is_empty() {
                let kind = ViolationKind::PartlyNull(foreign_key.clone());
                violations.push(referencing_violation(touched, scope, &edge, kind, &rows, &columns, &partly)?);
            }
        }
        let referenced = touched.after.rows(edge.referenced.id);
        let missing = match edge.is_partial() {
            true => partial::missing(&edge, &columns, referenced)?,
            false => {
                let keys = Keys::new(&edge.referencing_shape.form, &columns)?;
                referenced.missing(&edge.referenced, &edge.referenced_shape, &keys)?
            }
        };
        if !missing.is_empty() {
            let kind = ViolationKind::MissingKey(foreign_key.clone());
            violations.push(referencing_violation(touched, scope, &edge, kind, &rows, &columns, &missing)?);
        }
    }
    Ok(())
}

/// Positions where some but not all columns are NULL.
fn partly_null(columns: &[ArrayRef]) -> Vec<u32> {
    let nulls: Vec<Option<NullBuffer>> = columns.iter().map(|column| column.logical_nulls()).collect();
    let is_null = |column: &Option<NullBuffer>, i: usize| column.as_ref().is_some_and(|nulls| nulls.is_null(i));
    let count = |i: usize| nulls.iter().filter(|column| is_null(column, i)).count();
    (0..columns[0].len()).filter(|i| (1..columns.len()).contains(&count(*i))).map(|i| i as u32).collect()
}

fn referencing_violation(
    touched: &Touched,
    scope: &Scope,
    edge: &Edge,
    kind: ViolationKind,
    rows: &[u64],
    columns: &[ArrayRef],
    offending: &[u32],
) -> Result<Violation, RowsError> {
    let positions = UInt32Array::from(offending.to_vec());
    let values = columns.iter().map(|array| take(array, &positions, None)).collect::<Result<Vec<_>, _>>()?;
    let path = match scope {
        Scope::Statement { trace, .. } => {
            let first = offending.iter().map(|position| rows[*position as usize]).min();
            let before = first.and_then(|row| touched.before().get(&row).copied());
            before
                .and_then(|row| trace.node_updating(edge.table.id, row))
                .map_or_else(Vec::new, |node| trace.path(node))
        }
        Scope::Rebased | Scope::Deferred(_) => Vec::new(),
    };
    Ok(Violation {
        kind,
        table: edge.table.clone(),
        referenced: Some(edge.referenced.clone()),
        keys: KeySample::new(&edge.table, &edge.foreign_key.columns, &values, &edge.referencing_shape.form)?,
        row_count: offending.len() as u64,
        path,
    })
}

/// Judges the keys a table lost: no row may still reference them. After a statement, only rules that leave referencing
/// rows as they are need judging.
pub(super) fn check_referenced(
    touched: &Touched,
    delta: &Delta,
    scope: &mut Scope,
    violations: &mut Vec<Violation>,
) -> Result<(), RowsError> {
    let Some(rows_before) = touched.rows_before() else { return Ok(()) };
    let removed: Vec<u64> =
        touched.changes.removed.iter().take_while(|row| *row < touched.changes.first_inserted).collect();
    if removed.is_empty() {
        return Ok(());
    }
    let catalog = touched.after.catalog();
    for foreign_key in catalog.foreign_keys_to(touched.table.id).into_iter().filter(|fk| fk.enforced) {
        if !scope.judges(foreign_key.id, foreign_key.characteristics) {
            continue;
        }
        let edge = Edge::new(catalog, foreign_key);
        for event in [Event::Delete, Event::Update] {
            let judged = match (&*scope, edge.action(event)) {
                (Scope::Statement { .. }, ReferentialAction::NoAction | ReferentialAction::SetDefault) => true,
                // The columns it lists may be NULL already.
                (Scope::Statement { .. }, ReferentialAction::SetNull) => edge.is_partial(),
                // A value that was rounded on its way may be the one that was held before.
                (Scope::Statement { .. }, ReferentialAction::Cascade) => event == Event::Update && edge.rounds(),
                (Scope::Statement { .. }, _) => false,
                (Scope::Rebased | Scope::Deferred(_), _) => true,
            };
            if !judged {
                continue;
            }
            let lost = rows_that_lost_key(touched, &edge, event, &removed)?;
            if lost.is_empty() {
                continue;
            }
            touched.interrupt.go_on()?;
            let columns = rows_before.fetch(touched.table, &lost, &edge.referenced_shape.columns)?;
            check_lost_keys(touched, delta, &edge, event, &lost, &columns, scope, violations)?;
        }
    }
    Ok(())
}

/// Rows deleted, or updated so that the key of `edge` changed.
fn rows_that_lost_key(touched: &Touched, edge: &Edge, event: Event, removed: &[u64]) -> Result<Vec<u64>, RowsError> {
    let updates = touched.updates();
    if event == Event::Delete {
        if updates.is_empty() {
            return Ok(removed.to_vec());
        }
        let updated: RoaringTreemap = updates.iter().map(|update| update.before).collect();
        return Ok(removed.iter().copied().filter(|row| !updated.contains(*row)).collect());
    }
    let Some(rows_before) = touched.rows_before() else { return Ok(Vec::new()) };
    if updates.is_empty() {
        return Ok(Vec::new());
    }
    let columns = &edge.referenced_shape.columns;
    let before: Vec<u64> = updates.iter().map(|update| update.before).collect();
    let after: Vec<u64> = updates.iter().map(|update| update.after).collect();
    let old = rows_before.fetch(touched.table, &before, columns)?;
    let new = touched.rows_after().fetch(touched.table, &after, columns)?;
    let changed = any_distinct(&old, &new)?;
    Ok(changed.values().set_indices().map(|position| before[position]).collect())
}

#[expect(clippy::too_many_arguments, reason = "the facts of one question, each of another kind")]
fn check_lost_keys(
    touched: &Touched,
    delta: &Delta,
    edge: &Edge,
    event: Event,
    lost: &[u64],
    columns: &[ArrayRef],
    scope: &mut Scope,
    violations: &mut Vec<Violation>,
) -> Result<(), RowsError> {
    // Rows whose reference this delta wrote are judged as referencing rows.
    let mut judged = RoaringTreemap::new();
    if let Some(changes) = delta.tables.get(&edge.table.id) {
        let other = Touched::new(touched.base, touched.after, &edge.table, changes, touched.interrupt);
        judged.extend(other.new_in(&edge.foreign_key.columns)?);
    }
    let (offending, values, first_lost) = if edge.is_partial() {
        let offending = partial::unmatched(touched, edge, columns, |row| !judged.contains(row))?;
        let values = touched.after.rows(edge.table.id).fetch(&edge.table, &offending, &edge.foreign_key.columns)?;
        (offending, values, 0)
    } else {
        still_referencing(touched, edge, columns, &judged)?
    };
    if offending.is_empty() {
        return Ok(());
    }
    let path = match scope {
        Scope::Rebased | Scope::Deferred(_) => Vec::new(),
        Scope::Statement { trace, .. } => {
            let parent = trace
                .node_deleting(touched.table.id, lost[first_lost])
                .or_else(|| trace.node_updating(touched.table.id, lost[first_lost]))
                .or_else(|| trace.root_of(touched.table.id));
            match parent {
                None => Vec::new(),
                Some(parent) => {
                    let path = trace.path(parent);
                    let node = trace.step(parent, &edge.table, &edge.foreign_key, event);
                    note_blocking(trace, touched.after, &edge.table, node, &offending)?;
                    path
                }
            }
        }
    };
    // A rule that leaves no referencing row behind has done so: these rows took the key again after it had gone.
    let taken_again = matches!(scope, Scope::Deferred(_))
        && !matches!(edge.action(event), ReferentialAction::NoAction | ReferentialAction::SetDefault);
    let fk = &edge.foreign_key;
    let (kind, table, columns) = match taken_again {
        true => (ViolationKind::MissingKey(fk.clone()), &edge.table, &fk.columns),
        false => (ViolationKind::StillReferenced(fk.clone(), event), &edge.referenced, &fk.referenced_columns),
    };
    violations.push(Violation {
        kind,
        table: edge.table.clone(),
        referenced: Some(edge.referenced.clone()),
        keys: KeySample::new(table, columns, &values, &edge.referenced_shape.form)?,
        row_count: offending.len() as u64,
        path,
    });
    Ok(())
}

/// The referencing rows left behind, the keys they hold, and the position of the first such key among those lost.
fn still_referencing(
    touched: &Touched,
    edge: &Edge,
    columns: &[ArrayRef],
    judged: &RoaringTreemap,
) -> Result<(Vec<u64>, Vec<ArrayRef>, usize), RowsError> {
    let keys = Keys::new(&edge.referenced_shape.form, columns)?;
    let mut matches = touched.after.rows(edge.table.id).matching(&edge.table, &edge.referencing_shape, &keys)?;
    if !judged.is_empty() {
        let kept = |(row, _): &(u64, u32)| !judged.contains(*row);
        (matches.rows, matches.keys) = matches.rows.into_iter().zip(matches.keys).filter(kept).unzip();
    }
    if matches.rows.is_empty() {
        return Ok((Vec::new(), Vec::new(), 0));
    }
    // A key that another row holds now is not lost.
    let positions = UInt32Array::from(matches.keys.clone());
    let held = columns.iter().map(|array| take(array, &positions, None)).collect::<Result<Vec<_>, _>>()?;
    let held_keys = Keys::new(&edge.referenced_shape.form, &held)?;
    let missing = touched.rows_after().missing(touched.table, &edge.referenced_shape, &held_keys)?;
    let Some(first) = missing.first() else { return Ok((Vec::new(), Vec::new(), 0)) };
    let first_lost = matches.keys[*first as usize] as usize;
    let offending = missing.iter().map(|position| matches.rows[*position as usize]).collect();
    let positions = UInt32Array::from(missing);
    let values = held.iter().map(|array| take(array, &positions, None)).collect::<Result<Vec<_>, _>>()?;
    Ok((offending, values, first_lost))
}
