//! What a statement does through which constraint: the tree that EXPLAIN prints and messages quote.
//!
//! ```text
//!   statement's own rows ─┬─ through fk_a, on delete cascade ── through fk_b, on delete set null
//!                         └─ through fk_c, on delete restrict: blocked
//! ```
//!
//! A node stands for all rows of a table that one constraint reached from the node above. Where a constraint reaches its
//! own table again, round after round, the rounds share one node.
//!
//! What is counted: a row is deleted once, under the node that reaches it in the earliest round, the first by constraint name. A
//! row that several constraints write to is updated under each of them, and once in the totals of its table.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::ArrayRef;
use roaring::RoaringTreemap;

use crate::catalog::{Event, ForeignKey, ReferentialAction, Table, TableId};

/// A tree of steps, the statement's own changes at the roots.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    nodes: Vec<TraceNode>,
}

/// A node of a [`Trace`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(usize);

/// One action on the way to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathStep {
    /// The table whose key went or changed.
    pub from: String,
    /// The foreign key.
    pub constraint: String,
    /// What it did.
    pub action: ReferentialAction,
}

/// Rows of one table, reached in one way.
#[derive(Debug, Clone)]
pub struct TraceNode {
    /// The node above; `None` for the statement's own changes.
    pub parent: Option<NodeId>,
    /// The table whose rows are meant.
    pub table: Arc<Table>,
    /// The constraint and event that led here; `None` at a root.
    pub through: Option<(Arc<ForeignKey>, Event)>,
    /// How often the constraint led here; more than once where it reaches its own table.
    pub rounds: u32,
    /// Rows inserted (roots only).
    pub inserted: u64,
    /// Rows deleted.
    pub deleted: u64,
    /// At a root: rows the statement itself updates. Below: rows to which the constraint gave a value, from the node above,
    /// be it the value they had. Each row once.
    pub updated: u64,
    /// Rows that refuse the statement, each once.
    pub blocking: u64,
    /// The first blocking row: column names and one value each.
    pub blocking_row: Vec<(String, ArrayRef)>,
    /// Row ids deleted here, in the snapshot the actions look at.
    pub(super) deleted_rows: Vec<u64>,
    /// Row ids updated here, as they are in that snapshot.
    updated_rows: RoaringTreemap,
    blocking_rows: RoaringTreemap,
}

/// What became of the rows of one table; each row counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowTotals {
    /// Rows inserted, whatever became of them then.
    pub inserted: u64,
    /// Rows deleted.
    pub deleted: u64,
    /// Rows updated and not deleted.
    pub updated: u64,
}

impl Trace {
    /// All nodes; a node stands after the one above it.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &TraceNode)> {
        self.nodes.iter().enumerate().map(|(index, node)| (NodeId(index), node))
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &TraceNode {
        &self.nodes[id.0]
    }

    /// The nodes below a node, or the roots, in order of table and constraint name.
    pub fn children(&self, parent: Option<NodeId>) -> Vec<NodeId> {
        let mut found: Vec<_> = self.nodes().filter(|(_, node)| node.parent == parent).map(|(id, _)| id).collect();
        found.sort_by_key(|id| {
            let node = self.node(*id);
            let constraint = node.through.as_ref().map(|(fk, event)| (fk.name.clone(), *event));
            (constraint, node.table.relation_name())
        });
        found
    }

    /// Rows changed by referential actions, each once.
    pub fn cascaded_rows(&self) -> u64 {
        self.totals(|node| node.through.is_some()).values().map(|totals| totals.deleted + totals.updated).sum()
    }

    /// What became of the rows of each table, through the statement itself and its actions.
    pub fn row_totals(&self) -> BTreeMap<TableId, RowTotals> {
        self.totals(|_| true)
    }

    fn totals(&self, counts: impl Fn(&TraceNode) -> bool) -> BTreeMap<TableId, RowTotals> {
        let mut rows: BTreeMap<TableId, (RowTotals, RoaringTreemap, RoaringTreemap)> = BTreeMap::new();
        for node in self.nodes.iter().filter(|node| counts(node)) {
            let (totals, deleted, updated) = rows.entry(node.table.id).or_default();
            totals.inserted += node.inserted;
            deleted.extend(node.deleted_rows.iter().copied());
            *updated |= &node.updated_rows;
        }
        let count = |(totals, deleted, updated): (RowTotals, RoaringTreemap, RoaringTreemap)| RowTotals {
            deleted: deleted.len(),
            updated: (updated - deleted).len(),
            ..totals
        };
        rows.into_iter().map(|(id, rows)| (id, count(rows))).collect()
    }

    /// How many constraints block the statement.
    pub fn blocking_constraints(&self) -> usize {
        self.nodes.iter().filter(|node| node.blocking > 0).count()
    }

    /// The actions that led to a node, the first one first.
    pub fn path(&self, node: NodeId) -> Vec<PathStep> {
        let mut path = Vec::new();
        let mut at = node;
        while let Some(above) = self.node(at).parent {
            let (fk, event) = self.node(at).through.as_ref().expect("a node below another was reached by a constraint");
            path.push(PathStep {
                from: self.node(above).table.name.clone(),
                constraint: fk.name.clone(),
                action: fk.rule(*event).action,
            });
            at = above;
        }
        path.reverse();
        path
    }

    /// The node in which a row of a table was deleted, among the statement's own changes or by an action.
    pub(super) fn node_deleting(&self, table: TableId, row: u64) -> Option<NodeId> {
        let deleting = |node: &TraceNode| node.table.id == table && node.deleted_rows.contains(&row);
        self.nodes().find(|(_, node)| deleting(node)).map(|(id, _)| id)
    }

    /// The node in which an action updated a row of a table.
    pub(super) fn node_updating(&self, table: TableId, row: u64) -> Option<NodeId> {
        let updating =
            |node: &TraceNode| node.table.id == table && node.through.is_some() && node.updated_rows.contains(row);
        self.nodes().find(|(_, node)| updating(node)).map(|(id, _)| id)
    }

    /// The root for a table's own changes, if the statement has any.
    pub(super) fn root_of(&self, table: TableId) -> Option<NodeId> {
        self.nodes().find(|(_, node)| node.parent.is_none() && node.table.id == table).map(|(id, _)| id)
    }

    /// Adds a root: the statement's own changes of a table.
    pub(super) fn root(&mut self, table: &Arc<Table>) -> NodeId {
        self.push(None, table, None)
    }

    /// The node for rows reached from `parent` through a constraint. The same step again is the same node.
    pub(super) fn step(
        &mut self,
        parent: NodeId,
        table: &Arc<Table>,
        foreign_key: &Arc<ForeignKey>,
        event: Event,
    ) -> NodeId {
        let same = |node: &TraceNode| {
            node.through.as_ref().is_some_and(|(fk, known)| fk.id == foreign_key.id && *known == event)
        };
        let mut above = Some(parent);
        while let Some(id) = above {
            if same(self.node(id)) {
                self.nodes[id.0].rounds += 1;
                return id;
            }
            above = self.node(id).parent;
        }
        let known = self.nodes().find(|(_, node)| node.parent == Some(parent) && same(node)).map(|(id, _)| id);
        known.unwrap_or_else(|| self.push(Some(parent), table, Some((foreign_key.clone(), event))))
    }

    pub(super) fn node_mut(&mut self, id: NodeId) -> &mut TraceNode {
        &mut self.nodes[id.0]
    }

    fn push(
        &mut self,
        parent: Option<NodeId>,
        table: &Arc<Table>,
        through: Option<(Arc<ForeignKey>, Event)>,
    ) -> NodeId {
        self.nodes.push(TraceNode {
            parent,
            table: table.clone(),
            through,
            rounds: 1,
            inserted: 0,
            deleted: 0,
            updated: 0,
            blocking: 0,
            blocking_row: Vec::new(),
            deleted_rows: Vec::new(),
            updated_rows: RoaringTreemap::new(),
            blocking_rows: RoaringTreemap::new(),
        });
        NodeId(self.nodes.len() - 1)
    }
}

impl TraceNode {
    /// Notes rows that refuse the statement; a row counts once.
    pub(super) fn note_blocking(&mut self, rows: &[u64]) {
        self.blocking_rows.extend(rows.iter().copied());
        self.blocking = self.blocking_rows.len();
    }

    /// Notes rows updated here; a row counts once.
    pub(super) fn note_updated(&mut self, rows: &[u64]) {
        self.updated_rows.extend(rows.iter().copied());
        self.updated = self.updated_rows.len();
    }

    /// The referential action taken here; `None` at a root.
    pub fn action(&self) -> Option<ReferentialAction> {
        self.through.as_ref().map(|(fk, event)| fk.rule(*event).action)
    }
}
