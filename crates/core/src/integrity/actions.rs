//! The state that referential actions build up while a delta is closed.
//!
//! All matching looks at one fixed state, the snapshot as the statement itself leaves it (`stated`), so that the order
//! of rounds, constraints and rows cannot matter.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::compute::{concat, take};
use roaring::RoaringTreemap;

use super::Judge;
use super::blocking::note_blocking;
use super::edge::{Edge, Edges};
use super::trace::{NodeId, Trace};
use super::violation::{KeySample, Violation, ViolationKind, distinct_positions};
use super::whole_rows::with_generated;
use super::writes::{Disagreement, TableWrites};
use crate::catalog::{Catalog, ColumnId, ConstraintId, Event, ForeignKey, Table, TableId};
use crate::rows::{Delta, KeyForm, Matches, RowsError, Snapshot};

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
    /// Rows deleted by actions, by table.
    pub deleted: BTreeMap<TableId, RoaringTreemap>,
    /// Values written by actions, by table.
    pub writes: BTreeMap<TableId, TableWrites>,
    /// Deleted rows whose referencing rows are being looked for or have been, as far as PARTIAL keys ask for it.
    pub followed: BTreeMap<TableId, RoaringTreemap>,
    /// Rows of PARTIAL keys that an update rule has reached.
    pub reached: BTreeMap<ConstraintId, RoaringTreemap>,
    /// Rows from which ON UPDATE CASCADE was followed; apart those followed by their before images (`true`).
    pub cascaded: BTreeMap<(ConstraintId, bool), RoaringTreemap>,
    /// Columns of rows that do not come to rest.
    pub restless: BTreeMap<(TableId, ColumnId), RoaringTreemap>,
    restricted: BTreeMap<(ConstraintId, Event), Restricted>,
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
    /// For each, the deleted row it references; none where it may be several.
    pub sources: Option<Vec<u64>>,
}

/// Rows that refuse the statement by RESTRICT, for one constraint and event.
struct Restricted {
    foreign_key: Arc<ForeignKey>,
    table: Arc<Table>,
    referenced: Arc<Table>,
    form: KeyForm,
    rows: RoaringTreemap,
    /// The keys they hold, with the node that lost them, as they were found.
    keys: Vec<(NodeId, Vec<ArrayRef>)>,
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
            deleted: BTreeMap::new(),
            writes: BTreeMap::new(),
            followed: BTreeMap::new(),
            reached: BTreeMap::new(),
            cascaded: BTreeMap::new(),
            restless: BTreeMap::new(),
            restricted: BTreeMap::new(),
            due: Vec::new(),
        }
    }

    /// Whether a row was deleted by an action.
    pub fn is_deleted(&self, table: TableId, row: u64) -> bool {
        self.deleted.get(&table).is_some_and(|deleted| deleted.contains(row))
    }

    /// Columns of stated rows with the writes of actions over them, those that are generated computed from them.
    pub fn current(&self, table: &Table, rows: &[u64], columns: &[ColumnId]) -> Result<Vec<ArrayRef>, RowsError> {
        let stated = self.stated.rows(table.id);
        match self.writes.get(&table.id) {
            Some(writes) if table.computes_any(columns) => {
                let whole = writes.fetch(stated, table, rows, &table.column_ids())?;
                let whole = with_generated(self.judge, table, whole, rows.len())?;
                Ok(columns.iter().map(|id| whole.column(table.position(*id)).clone()).collect())
            }
            Some(writes) => writes.fetch(stated, table, rows, columns),
            None => stated.fetch(table, rows, columns),
        }
    }

    /// How many columns of rows actions have written.
    pub fn cell_count(&self) -> usize {
        self.writes.values().map(TableWrites::cell_count).sum()
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
        let offending = UInt32Array::from(matches.keys.clone());
        let held = keys.iter().map(|array| take(array, &offending, None)).collect::<Result<_, _>>()?;
        self.note_restricted(edge, event, parent, held, &matches.rows)
    }

    /// Notes rows of a PARTIAL key that refuse the statement by RESTRICT; told by what they hold.
    pub fn restrict_rows(&mut self, edge: &Edge, event: Event, parent: NodeId, rows: &[u64]) -> Result<(), RowsError> {
        let held = self.stated.rows(edge.table.id).fetch(&edge.table, rows, &edge.foreign_key.columns)?;
        self.note_restricted(edge, event, parent, held, rows)
    }

    fn note_restricted(
        &mut self,
        edge: &Edge,
        event: Event,
        parent: NodeId,
        held: Vec<ArrayRef>,
        rows: &[u64],
    ) -> Result<(), RowsError> {
        if rows.is_empty() {
            return Ok(());
        }
        let empty = || Restricted {
            foreign_key: edge.foreign_key.clone(),
            table: edge.table.clone(),
            referenced: edge.referenced.clone(),
            form: edge.referenced_shape.form.clone(),
            rows: RoaringTreemap::new(),
            keys: Vec::new(),
        };
        let restricted = self.restricted.entry((edge.foreign_key.id, event)).or_insert_with(empty);
        restricted.rows.extend(rows.iter().copied());
        restricted.keys.push((parent, held));
        let node = self.trace.step(parent, &edge.table, &edge.foreign_key, event);
        note_blocking(&mut self.trace, self.stated, &edge.table, node, rows)
    }

    /// What refuses the statement before its outcome is judged: RESTRICT, and columns to which actions gave two values. To
    /// be called when the actions have come to their end.
    pub fn refusals(&mut self) -> Result<Vec<Violation>, RowsError> {
        let mut violations = Vec::new();
        for ((_, event), restricted) in &self.restricted {
            violations.push(restricted.violation(*event, &self.trace)?);
        }
        for (id, writes) in &self.writes {
            let mut disagreements = writes.disagreements()?;
            let known: BTreeSet<_> = disagreements.iter().map(|one| (one.column, one.row)).collect();
            for ((_, column), rows) in self.restless.iter().filter(|((table, _), _)| table == id) {
                let further = rows.iter().filter(|row| !known.contains(&(*column, *row)));
                disagreements.extend(further.map(|row| writes.restless(*column, row)));
            }
            violations.extend(self.two_values(self.catalog.table(*id), disagreements)?);
        }
        Ok(violations)
    }

    /// A violation for each column and pair of constraints.
    fn two_values(&self, table: &Arc<Table>, found: Vec<Disagreement>) -> Result<Vec<Violation>, RowsError> {
        let mut groups: BTreeMap<_, ([Arc<ForeignKey>; 2], Vec<u64>)> = BTreeMap::new();
        for Disagreement { row, column, foreign_keys } in found {
            let names = foreign_keys.each_ref().map(|fk| fk.name.clone());
            groups.entry((column, names)).or_insert((foreign_keys, Vec::new())).1.push(row);
        }
        let violation = |column: ColumnId, foreign_keys: [Arc<ForeignKey>; 2], rows: Vec<u64>| {
            let identifying = table.primary_key().map_or_else(|| vec![column], |key| key.columns.clone());
            let values = self.stated.rows(table.id).fetch(table, &rows, &identifying)?;
            let form = KeyForm::of(&table.column_types(&identifying));
            Ok(Violation {
                kind: ViolationKind::TwoValues(table.column_by_id(column).clone(), foreign_keys),
                table: table.clone(),
                referenced: None,
                keys: KeySample::new(table, &identifying, &values, &form)?,
                row_count: rows.len() as u64,
                path: Vec::new(),
            })
        };
        groups.into_iter().map(|((column, _), (foreign_keys, rows))| violation(column, foreign_keys, rows)).collect()
    }
}

impl Restricted {
    fn violation(&self, event: Event, trace: &Trace) -> Result<Violation, RowsError> {
        let join = |column: usize| {
            let parts: Vec<&dyn Array> = self.keys.iter().map(|(_, keys)| keys[column].as_ref()).collect();
            concat(&parts)
        };
        let keys = (0..self.foreign_key.columns.len()).map(join).collect::<Result<Vec<_>, _>>()?;
        let first = distinct_positions(&keys, &self.form)?[0] as usize;
        let mut end = 0;
        let holds_first = |(_, keys): &&(NodeId, Vec<ArrayRef>)| {
            end += keys[0].len();
            first < end
        };
        let (node, _) = self.keys.iter().find(holds_first).expect("every key was found at a node");
        Ok(Violation {
            kind: ViolationKind::StillReferenced(self.foreign_key.clone(), event),
            table: self.table.clone(),
            referenced: Some(self.referenced.clone()),
            keys: KeySample::new(&self.referenced, &self.foreign_key.referenced_columns, &keys, &self.form)?,
            row_count: self.rows.len(),
            path: trace.path(*node),
        })
    }
}
