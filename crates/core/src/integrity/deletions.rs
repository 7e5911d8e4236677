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
use super::trace::NodeId;
use crate::catalog::{Event, ReferentialAction, Table};
use crate::rows::{Keys, Matches, RowsError, Snapshot};

/// Rows of one table deleted in one round.
struct Group<'a> {
    node: NodeId,
    table: Arc<Table>,
    rows: Vec<u64>,
    /// Where they can be read: the base for the statement's own, the stated snapshot for others.
    home: &'a Snapshot,
}

/// Deletes to the fixpoint.
pub(super) fn delete_to_fixpoint(actions: &mut Actions) -> Result<(), RowsError> {
    let mut frontier = explicit_deletions(actions);
    while !frontier.is_empty() {
        let mut next: Vec<Group> = Vec::new();
        for group in frontier {
            let edges = actions.edges.to(group.table.id);
            for edge in 0..edges.len() {
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
        groups.push(Group { node, table: table.clone(), rows, home: base });
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
    let keys = Keys::new(&edge.referenced_shape.form, &columns)?;
    let stated = actions.stated;
    let matches = stated.rows(edge.table.id).matching(&edge.table, &edge.referencing_shape, &keys)?;
    if matches.rows.is_empty() {
        return Ok(());
    }
    match action {
        ReferentialAction::NoAction => {}
        ReferentialAction::Restrict => actions.restrict(edge, Event::Delete, group.node, &columns, &matches)?,
        ReferentialAction::Cascade => {
            let deleted = actions.deleted.entry(edge.table.id).or_default();
            let mut fresh = matches.rows;
            fresh.retain(|row| deleted.insert(*row));
            if !fresh.is_empty() {
                let node = actions.trace.step(group.node, &edge.table, &edge.foreign_key, Event::Delete);
                let noted = actions.trace.node_mut(node);
                noted.deleted += fresh.len() as u64;
                noted.deleted_rows.extend_from_slice(&fresh);
                next.push(Group { node, table: edge.table.clone(), rows: fresh, home: stated });
            }
        }
        ReferentialAction::SetNull | ReferentialAction::SetDefault => {
            let Matches { rows, keys } = matches;
            let sources = keys.iter().map(|key| group.rows[*key as usize]).collect();
            actions.due.push(Due { edges: edges.clone(), edge: position, node: group.node, rows, sources });
        }
    }
    Ok(())
}
