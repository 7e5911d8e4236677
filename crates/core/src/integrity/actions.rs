//! The state that referential actions build up while a delta is closed.
//!
//! All matching looks at one fixed state, the snapshot as the statement itself leaves it (`stated`), so that the order
//! of rounds, constraints and rows cannot matter.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::ArrayRef;
use roaring::RoaringTreemap;

use super::Judge;
use super::edge::{Edge, Edges};
use super::trace::{NodeId, Trace};
use super::violation::{KeySample, Violation, ViolationKind};
use super::writes::{Disagreement, TableWrites, Write};
use crate::catalog::{Catalog, Event, Table, TableId};
use crate::rows::{Delta, Matches, RowsError, Snapshot};

/// Everything the two phases share.
pub(super) struct Actions<'a> {
    pub base: &'a Snapshot,
    /// The base with the explicit delta applied.
    pub stated: &'a Snapshot,
    pub explicit: &'a Delta,
    pub catalog: &'a Catalog,
    pub judge: &'a dyn Judge,
    pub edges: Edges<'a>,
    pub trace: Trace,
    pub violations: Vec<Violation>,
    /// Rows deleted by actions, by table.
    pub deleted: BTreeMap<TableId, RoaringTreemap>,
    /// Values written by actions, by table.
    pub writes: BTreeMap<TableId, TableWrites>,
    /// SET NULL and SET DEFAULT found due while deleting, applied afterwards to the rows that remain.
    pub due: Vec<Due>,
}

/// A SET NULL or SET DEFAULT to apply: `edges[edge]` of the table that was deleted from.
pub(super) struct Due {
    pub edges: Arc<[Edge]>,
    pub edge: usize,
    pub node: NodeId,
    /// Referencing rows.
    pub rows: Vec<u64>,
    /// For each, the deleted row it references.
    pub sources: Vec<u64>,
}

impl<'a> Actions<'a> {
    pub fn new(base: &'a Snapshot, stated: &'a Snapshot, explicit: &'a Delta, judge: &'a dyn Judge) -> Self {
        let catalog = stated.catalog().as_ref();
        Actions {
            base,
            stated,
            explicit,
            catalog,
            judge,
            edges: Edges::new(catalog),
            trace: Trace::default(),
            violations: Vec::new(),
            deleted: BTreeMap::new(),
            writes: BTreeMap::new(),
            due: Vec::new(),
        }
    }

    /// Whether a row was deleted by an action.
    pub fn is_deleted(&self, table: TableId, row: u64) -> bool {
        self.deleted.get(&table).is_some_and(|deleted| deleted.contains(row))
    }

    /// Notes rows that refuse the statement by RESTRICT. `keys` are the referenced keys asked for.
    pub fn restrict(
        &mut self,
        edge: &Edge,
        event: Event,
        parent: NodeId,
        keys: &[ArrayRef],
        matches: &Matches,
    ) -> Result<(), RowsError> {
        if matches.rows.is_empty() {
            return Ok(());
        }
        let offending = arrow::array::UInt32Array::from(matches.keys.clone());
        let held = keys.iter().map(|array| arrow::compute::take(array, &offending, None));
        let names = edge.referenced.column_names(&edge.foreign_key.referenced_columns);
        let path = self.trace.path(parent);
        let violation = Violation {
            kind: ViolationKind::StillReferenced(edge.foreign_key.clone(), event),
            table: edge.table.clone(),
            referenced: Some(edge.referenced.clone()),
            keys: KeySample::new(names, &held.collect::<Result<Vec<_>, _>>()?, &edge.referenced_shape.form)?,
            row_count: matches.rows.len() as u64,
            path,
        };
        let node = self.trace.step(parent, &edge.table, &edge.foreign_key, event);
        note_blocking(&mut self.trace, self.stated, &edge.table, node, &matches.rows)?;
        self.violations.push(violation);
        Ok(())
    }

    /// Notes values an action writes; returns the rows that got a value they did not have before in these writes.
    pub fn write(&mut self, table: &Arc<Table>, write: Write) -> Result<Vec<u64>, RowsError> {
        self.writes.entry(table.id).or_default().note(write)
    }

    /// Refuses columns to which actions gave two values. To be called when the actions have come to their end.
    pub fn refuse_disagreements(&mut self) -> Result<(), RowsError> {
        let disagreements: Result<Vec<_>, RowsError> =
            self.writes.iter().map(|(id, writes)| Ok((*id, writes.disagreements()?))).collect();
        for (id, disagreements) in disagreements? {
            let table = self.catalog.table(id).clone();
            self.refuse_two_values(&table, &disagreements)?;
        }
        Ok(())
    }

    fn refuse_two_values(&mut self, table: &Arc<Table>, disagreements: &[Disagreement]) -> Result<(), RowsError> {
        let Some(first) = disagreements.iter().min_by_key(|one| one.row) else { return Ok(()) };
        let identifying = table.primary_key().map_or_else(|| vec![first.column], |key| key.columns.clone());
        let values = self.stated.rows(table.id).fetch(table, &[first.row], &identifying)?;
        let mut foreign_keys = first.foreign_keys.clone();
        foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
        self.violations.push(Violation {
            kind: ViolationKind::TwoValues(table.column_by_id(first.column).clone(), foreign_keys),
            table: table.clone(),
            referenced: None,
            keys: KeySample::of_rows(table.column_names(&identifying), values, disagreements.len()),
            row_count: disagreements.len() as u64,
            path: Vec::new(),
        });
        Ok(())
    }
}

/// Notes on a trace node which rows block the statement; the first is shown by its primary key.
pub(super) fn note_blocking(
    trace: &mut Trace,
    snapshot: &Snapshot,
    table: &Arc<Table>,
    node: NodeId,
    rows: &[u64],
) -> Result<(), RowsError> {
    let Some(first) = rows.iter().min() else { return Ok(()) };
    let columns = table.primary_key().map_or_else(|| table.column_ids(), |key| key.columns.clone());
    let values = snapshot.rows(table.id).fetch(table, &[*first], &columns)?;
    let node = trace.node_mut(node);
    node.blocking += rows.len() as u64;
    if node.blocking_row.is_empty() {
        node.blocking_row = table.column_names(&columns).into_iter().zip(values).collect();
    }
    Ok(())
}
