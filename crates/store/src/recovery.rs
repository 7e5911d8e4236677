//! Recovery: the state record, then every commit after it, folded into a snapshot. Segment files are not read.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::Schema;
use bowline_core::catalog::{Catalog, Column, ColumnId, SequenceId, TableId};
use bowline_core::rows::{Fragment, NewRows, Segment, Snapshot, TableRows};

use crate::medium::Medium;
use crate::record::{Part, Place, SegmentFile, SequenceState, Stored};
use crate::rows::{read_rows, read_stream};
use crate::segment::StoredColumns;

/// What was found on opening.
#[derive(Debug)]
pub struct Recovered {
    /// The newest committed snapshot.
    pub snapshot: Snapshot,
    /// Where the sequences stood; those that never moved are not in it.
    pub sequences: BTreeMap<SequenceId, SequenceState>,
    /// How many commits there have been.
    pub version: u64,
}

/// The segment files in use: table and first row id, with the number of rows.
pub(crate) type Files = BTreeMap<(TableId, u64), (SegmentFile, usize)>;

/// The database as far as it was folded.
pub(crate) struct Fold {
    medium: Arc<dyn Medium>,
    catalog: Arc<Catalog>,
    tables: BTreeMap<TableId, TableRows>,
    sequences: BTreeMap<SequenceId, SequenceState>,
    version: u64,
    files: Files,
}

impl Fold {
    /// The empty database.
    pub(crate) fn new(medium: Arc<dyn Medium>) -> Fold {
        Fold {
            medium,
            catalog: Arc::default(),
            tables: BTreeMap::new(),
            sequences: BTreeMap::new(),
            version: 0,
            files: Files::new(),
        }
    }

    /// Applies a state or commit record. Errors: what is wrong with it, as a phrase.
    pub(crate) fn apply(&mut self, mut stored: Stored) -> Result<(), String> {
        self.version = stored.record.sequence;
        if let Some(catalog) = stored.record.catalog.take() {
            self.catalog = Arc::new(catalog);
            self.tables.retain(|id, _| self.catalog.find_table(*id).is_some());
            self.files.retain(|(id, _), _| self.catalog.find_table(*id).is_some());
            self.sequences.retain(|id, _| self.catalog.sequences().any(|sequence| sequence.id == *id));
        }
        self.sequences.extend(&stored.record.sequences);
        for (id, changes) in &stored.record.tables {
            if self.catalog.find_table(*id).is_none() {
                return Err(format!("it changes table {}, which does not exist", id.0));
            }
            let mut rows = self.tables.remove(id).unwrap_or_default();
            if rows.next_row() != changes.first {
                return Err(format!(
                    "table {} continues at row {} instead of {}",
                    id.0,
                    changes.first,
                    rows.next_row()
                ));
            }
            for part in &changes.parts {
                let end = part.first.checked_add(part.rows as u64);
                let fits = end.is_some_and(|end| end <= changes.next) && u32::try_from(part.rows).is_ok();
                if part.first < rows.next_row() || !fits {
                    return Err(format!("rows of table {} are out of place", id.0));
                }
                rows = self.add(*id, rows, part, &stored)?;
            }
            let rows_end = rows.next_row();
            let mut rows = match rows_end == changes.next {
                true => rows,
                false => TableRows::from_fragments(rows.fragments().to_vec(), changes.next),
            };
            rows.remove(&stored.rows(changes.removed.as_ref())?);
            self.tables.insert(*id, rows);
        }
        Ok(())
    }

    fn add(&mut self, id: TableId, mut rows: TableRows, part: &Part, stored: &Stored) -> Result<TableRows, String> {
        let is_plain = part.first == rows.next_row() && part.dead.is_none();
        let segment = match &part.place {
            Place::Rows { columns, message: blob } | Place::Inline { columns, ipc: blob } => {
                let bytes = blob.as_ref().map(|blob| stored.blob(blob)).transpose()?;
                let read = if matches!(part.place, Place::Rows { .. }) { read_rows } else { read_stream };
                let batch = self.inline(id, columns, bytes, part.rows, read)?;
                if is_plain {
                    let new = NewRows { columns: columns.clone(), batch };
                    return rows.append(&new).map(|()| rows).map_err(|error| error.to_string());
                }
                Segment::in_memory(part.first, columns, &batch)
            }
            Place::Segment(file) => {
                self.files.insert((id, part.first), (file.clone(), part.rows));
                let source = Arc::new(StoredColumns::new(self.medium.clone(), file.clone(), part.rows));
                let columns = file.columns.iter().map(|column| column.id).collect();
                Segment::stored(part.first, part.rows, columns, source)
            }
        };
        let dead = stored.positions(part.dead.as_ref())?;
        if dead.max().is_some_and(|last| last as usize >= part.rows) {
            return Err(format!("a dead row of table {} lies outside its part", id.0));
        }
        let mut fragments = rows.fragments().to_vec();
        fragments.push(Fragment { segment: Arc::new(segment), dead: Arc::new(dead) });
        Ok(TableRows::from_fragments(fragments, part.first + part.rows as u64))
    }

    fn inline(
        &self,
        id: TableId,
        columns: &[ColumnId],
        bytes: Option<&[u8]>,
        rows: usize,
        read: impl FnOnce(&[u8], &[&Column], usize) -> Result<RecordBatch, String>,
    ) -> Result<RecordBatch, String> {
        let table = self.catalog.table(id);
        let find = |id: &ColumnId| table.columns.iter().find(|column| column.id == *id);
        // A state keeps only columns the table has; a commit was written under the catalog that is in force here.
        let found: Option<Vec<&Column>> = columns.iter().map(find).collect();
        let found = found.ok_or_else(|| format!("rows of table {} have a column it does not have", id.0))?;
        match bytes {
            Some(bytes) => read(bytes, &found, rows),
            None if columns.is_empty() => {
                let options = RecordBatchOptions::new().with_row_count(Some(rows));
                let batch = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options);
                batch.map_err(|error| error.to_string())
            }
            None => Err(format!("rows of table {} are missing", id.0)),
        }
    }

    /// The segment files named so far.
    pub(crate) fn files(&self) -> &Files {
        &self.files
    }

    /// What was recovered.
    pub(crate) fn finish(self) -> (Recovered, Files) {
        let snapshot = Snapshot::new(self.catalog, self.tables);
        (Recovered { snapshot, sequences: self.sequences, version: self.version }, self.files)
    }
}

/// The parts of a range of row ids that lie in none of the ascending `covered` ranges.
pub(crate) fn uncovered(rows: Range<u64>, covered: impl Iterator<Item = Range<u64>>) -> Vec<Range<u64>> {
    let mut pieces = Vec::new();
    let mut start = rows.start;
    for range in covered {
        let end = range.start.min(rows.end);
        if start < end {
            pieces.push(start..end);
        }
        start = start.max(range.end);
    }
    if start < rows.end {
        pieces.push(start..rows.end);
    }
    pieces
}
