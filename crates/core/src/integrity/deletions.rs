//! Deletions first: follows ON DELETE rules from the deleted rows, round by round, until no further row is deleted.
//!
//! ```text
//!   deleted rows ──▶ their keys ──▶ referencing rows     RESTRICT: refuse     CASCADE: delete, next round
//!        ▲                               │               SET …: due afterwards (a deleted row needs none)
//!        └───────────────────────────────┘               NO ACTION: judged at the end
//! ```
//!
//! Cost: one probe or one semi-join per foreign key and round; a round of one row costs microseconds.

use std::sync::Arc;

use super::actions::{Actions, Due};
use super::edge::Edge;
use super::partial::lost_by_deletion;
use super::trace::NodeId;
use crate::catalog::{Event, MatchType, ReferentialAction, Table};
use crate::rows::{Keys, RowsError, Snapshot};

/// Rows of one table deleted in one round.
struct Group<'a> {
    node: NodeId,
    table: Arc<Table>,
    rows: Vec<u64>,
    /// Where they can be read: the base for what was there before the statement, the stated snapshot for others.
    home: &'a Snapshot,
    /// Whether they are known by their ids in the base, no longer in the stated snapshot.
    are_before_images: bool,
}

/// Deletes to the fixpoint.
pub(super) fn delete_to_fixpoint(actions: &mut Actions) -> Result<(), RowsError> {
    let mut frontier = explicit_deletions(actions);
    let any_partial = actions.catalog.foreign_keys().any(|fk| fk.match_type == MatchType::Partial);
    while !frontier.is_empty() {
        if any_partial {
            for group in frontier.iter().filter(|group| !group.are_before_images) {
                actions.followed.entry(group.table.id).or_default().extend(group.rows.iter().copied());
            }
        }
        let mut next: Vec<Group> = Vec::new();
        for group in frontier {
            let edges = actions.edges.to(group.table.id);
            for edge in 0..edges.len() {
                actions.judge.go_on()?;
                follow(actions, &group, &edges, edge, &mut next)?;
            }
        }
        frontier = next;
    }
    Ok(())
}

/// The statement's own deletions: rows removed without an after image.
fn explicit_deletions<'a>(actions: &mut Actions<'a>) -> Vec<Group<'a>> {
    let (base, explicit, catalog) = (actions.base, actions.explicit, actions.catalog);
    let mut groups = Vec::new();
    for (id, changes) in &explicit.tables {
        let Some(table) = catalog.find_table(*id) else { continue };
        let mut removed = changes.removed.clone();
        changes.updates.iter().for_each(|update| {
            removed.remove(update.before);
        });
        if removed.is_empty() {
            continue;
        }
        let rows: Vec<u64> = removed.iter().take_while(|row| *row < changes.first_inserted).collect();
        let node = actions.trace.root(table);
        let root = actions.trace.node_mut(node);
        root.deleted += rows.len() as u64;
        root.deleted_rows.clone_from(&rows);
        groups.push(Group { node, table: table.clone(), rows, home: base, are_before_images: true });
    }
    groups
}

fn follow<'a>(
    actions: &mut Actions<'a>,
    group: &Group<'a>,
    edges: &Arc<[Edge]>,
    position: usize,
    next: &mut Vec<Group<'a>>,
) -> Result<(), RowsError> {
    let edge = &edges[position];
    let action = edge.action(Event::Delete);
    if action == ReferentialAction::NoAction {
        return Ok(());
    }
    let columns = group.home.rows(group.table.id).fetch(&group.table, &group.rows, &edge.referenced_shape.columns)?;
    let stated = actions.stated;
    let (rows, sources) = if edge.is_partial() {
        let rows = lost_by_deletion(actions, edge, &columns)?;
        if action == ReferentialAction::Restrict {
            return actions.restrict_rows(edge, Event::Delete, group.node, &rows);
        }
        (rows, None)
    } else {
        let keys = Keys::new(&edge.referenced_shape.form, &columns)?;
        let matches = stated.rows(edge.table.id).matching(&edge.table, &edge.referencing_shape, &keys)?;
        if action == ReferentialAction::Restrict {
            return actions.restrict(edge, Event::Delete, group.node, &columns, &matches);
        }
        let sources = matches.keys.iter().map(|key| group.rows[*key as usize]);
        let sources = (action != ReferentialAction::Cascade).then(|| sources.collect());
        (matches.rows, sources)
    };
    if rows.is_empty() {
        return Ok(());
    }
    if action != ReferentialAction::Cascade {
        actions.due.push(Due { edges: edges.clone(), edge: position, node: group.node, rows, sources });
        return Ok(());
    }
    let deleted = actions.deleted.entry(edge.table.id).or_default();
    let mut fresh = rows;
    fresh.retain(|row| deleted.insert(*row));
    if fresh.is_empty() {
        return Ok(());
    }
    let node = actions.trace.step(group.node, &edge.table, &edge.foreign_key, Event::Delete);
    let noted = actions.trace.node_mut(node);
    noted.deleted += fresh.len() as u64;
    noted.deleted_rows.extend_from_slice(&fresh);
    let table = &edge.table;
    // What the statement updated and an action deletes is gone under its former key, too.
    let own = actions.explicit.tables.get(&table.id).map_or(&[][..], |changes| &changes.updates);
    if !own.is_empty() {
        fresh.sort_unstable();
        let before = own.iter().filter(|update| fresh.binary_search(&update.after).is_ok());
        let rows: Vec<u64> = before.map(|update| update.before).collect();
        next.push(Group { node, table: table.clone(), rows, home: actions.base, are_before_images: true });
    }
    next.push(Group { node, table: table.clone(), rows: fresh, home: stated, are_before_images: false });
    Ok(())
}
