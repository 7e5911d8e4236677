//! The store: open, commit, checkpoint.
//!
//! ```text
//!   commit      small runs of rows ─▶ inside the record          large runs ─▶ segment files, which the record names
//!   checkpoint  all rows that are in no segment file yet ─▶ segment files, or inside the state record if few
//! ```
//!
//! Row ids stay the same throughout. Files that nothing names any more are deleted when the database is next opened, for a
//! snapshot still in use may read them until then.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema};
use bowline_core::catalog::{Catalog, ColumnId, SequenceId, Table, TableId};
use bowline_core::rows::{Delta, Fragment, NewRows, RowsError, Snapshot, TableRows};
use roaring::RoaringBitmap;

use crate::StoreError;
use crate::log::Log;
use crate::medium::{Disk, Medium, Memory};
use crate::record::{Blobs, Part, Place, Record, SequenceState, TableRecord, encode};
use crate::recovery::{Files, Fold, Recovered, uncovered};
use crate::rows::{Run, runs};
use crate::segment::{SegmentJob, cut, write_segments};

/// A run of at least this many rows becomes segment files when it is committed.
const COMMIT_SEGMENT_ROWS: usize = 1 << 16;
/// A run of at least this many rows becomes segment files at a checkpoint.
const CHECKPOINT_SEGMENT_ROWS: usize = 1 << 12;
/// Values of at least this size become segment files, however few the rows.
const SEGMENT_BYTES: usize = 8 << 20;
/// A log of this many commits wants a checkpoint: opening applies them in some fifty milliseconds.
const LOG_COMMITS: usize = 4096;
/// A log of this size wants a checkpoint.
const LOG_BYTES: usize = 16 << 20;

/// An open database. Nobody else can open it before this is dropped.
pub struct Store {
    medium: Arc<dyn Medium>,
    log: Log,
    state: Mutex<State>,
}

/// A change to be made durable.
#[derive(Debug)]
pub struct Commit<'a> {
    /// The newest snapshot; the delta was made on it.
    pub base: &'a Snapshot,
    /// The change.
    pub delta: &'a Delta,
    /// The sequences that moved.
    pub sequences: &'a BTreeMap<SequenceId, SequenceState>,
}

struct State {
    /// The sequence number of the last commit.
    last: u64,
    /// The next segment file's number.
    next_file: u64,
    /// The segment files in use.
    files: Files,
    /// Commits in the log since the state record.
    log_commits: usize,
    /// Their bytes.
    log_bytes: usize,
    /// A write to the log failed; nobody knows what is on the disk.
    failed: bool,
}

impl Store {
    /// Opens a database directory; creates the database if the directory is missing or empty.
    /// Errors: the path is no database, somebody has it open, a newer program wrote it, or a file is damaged or missing.
    /// Whatever is refused is left untouched.
    pub fn open(directory: &Path) -> Result<(Store, Recovered), StoreError> {
        Self::open_on(Arc::new(Disk::new(directory)))
    }

    /// A new database that ends with the process.
    pub fn in_memory() -> Result<(Store, Recovered), StoreError> {
        Self::open_on(Arc::new(Memory::default()))
    }

    /// Opens the database on a medium, or creates it there.
    pub fn open_on(medium: Arc<dyn Medium>) -> Result<(Store, Recovered), StoreError> {
        let (log, contents) = Log::open(&*medium)?;
        let mut fold = Fold::new(medium.clone());
        let log_commits = contents.commits.len();
        for record in contents.state.into_iter().chain(contents.commits) {
            let sequence = record.record.sequence;
            let corrupt = |what| StoreError::corrupt(medium.log_path(), format!("commit {sequence}: {what}"));
            fold.apply(record).map_err(corrupt)?;
        }
        let present = medium.list_segments().map_err(StoreError::io(medium.segment_path(""), "list"))?;
        check_files(&*medium, &present, fold.files())?;
        log.accept(&*medium)?;
        remove_orphans(&*medium, &present, fold.files())?;
        let (recovered, files) = fold.finish();
        let next_file = 1 + present.iter().filter_map(|name| number_of(name)).max().unwrap_or(0);
        let log_bytes = contents.commit_bytes;
        let state = State { last: recovered.version, next_file, files, log_commits, log_bytes, failed: false };
        Ok((Store { medium, log, state: Mutex::new(state) }, recovered))
    }

    /// Makes a change durable, all of it or nothing.
    /// Errors: if the log could not be written, the store refuses every further commit until the database is reopened.
    pub fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        self.commit_all(std::slice::from_ref(commit))
    }

    /// Makes changes durable with one write to the log: all of them, each on top of the one before, or nothing.
    /// Errors: as of [`Store::commit`].
    pub fn commit_all(&self, commits: &[Commit]) -> Result<(), StoreError> {
        let mut state = self.writable()?;
        let mut records = Vec::with_capacity(commits.len());
        let mut new_files = Files::new();
        for commit in commits {
            let sequence = state.last + 1 + records.len() as u64;
            let (bytes, files) = self.encoded(&mut state, commit, sequence)?;
            records.push((sequence, bytes));
            new_files.extend(files);
        }
        let Some((last, _)) = records.last() else { return Ok(()) };
        let (last, count) = (*last, records.len());
        let bytes = records.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
        self.log.append(records).inspect_err(|_| state.failed = true)?;
        state.last = last;
        let commit = commits.last().expect("there is a commit");
        let catalog = commit.delta.catalog.as_ref().unwrap_or(commit.base.catalog());
        state.files.extend(new_files);
        state.files.retain(|(table, _), _| catalog.find_table(*table).is_some());
        state.log_commits += count;
        state.log_bytes += bytes;
        Ok(())
    }

    /// The record of a commit, its large runs of rows written as segment files.
    fn encoded(&self, state: &mut State, commit: &Commit, sequence: u64) -> Result<(Vec<u8>, Files), StoreError> {
        let catalog = commit.delta.catalog.as_ref().unwrap_or(commit.base.catalog());
        let mut pieces = Vec::new();
        let log_path = self.medium.log_path();
        for (id, changes) in &commit.delta.tables {
            // Rows of a table that the same change drops are nobody's.
            let Some(table) = catalog.find_table(*id).filter(|_| !changes.is_empty()) else { continue };
            for run in runs(table, changes.first_inserted, changes.inserted.batches(), &log_path)? {
                pieces.push(Piece { table: *id, is_large: run.is_large(COMMIT_SEGMENT_ROWS), run, dead: None });
            }
        }
        let mut blobs = Blobs::default();
        let (mut parts, files) = self.write_parts(state, &pieces, &mut blobs)?;
        let mut tables = BTreeMap::new();
        for (id, changes) in &commit.delta.tables {
            if catalog.find_table(*id).is_some() && !changes.is_empty() {
                let Range { start: first, end: next } = changes.inserted_rows();
                let parts = parts.remove(id).unwrap_or_default();
                tables.insert(*id, TableRecord { first, next, parts, removed: blobs.add_rows(&changes.removed) });
            }
        }
        let record = Record {
            sequence,
            catalog: commit.delta.catalog.as_deref().cloned(),
            sequences: commit.sequences.clone(),
            tables,
        };
        Ok((encode(&record, &blobs), files))
    }

    /// Folds the log into a state record, and into segment files what is large enough. `snapshot`: the newest committed.
    pub fn checkpoint(
        &self,
        snapshot: &Snapshot,
        sequences: &BTreeMap<SequenceId, SequenceState>,
    ) -> Result<(), StoreError> {
        let mut state = self.writable()?;
        let catalog = snapshot.catalog();
        let mut blobs = Blobs::default();
        let mut pieces = Vec::new();
        let mut kept = Vec::new();
        let mut files = Files::new();
        for table in catalog.tables() {
            let rows = snapshot.rows(table.id);
            let stored = state.files.range((table.id, 0)..=(table.id, u64::MAX));
            let stored: Vec<_> = stored.map(|((_, first), (file, len))| (*first, *len, file)).collect();
            for (first, len, file) in &stored {
                let dead = dead_rows(rows, *first, *len);
                if dead.len() < *len as u64 {
                    files.insert((table.id, *first), ((*file).clone(), *len));
                    let dead = blobs.add_positions(&dead);
                    let part = Part { first: *first, rows: *len, place: Place::Segment((*file).clone()), dead };
                    kept.push((table.id, part));
                }
            }
            for fragment in rows.fragments() {
                let first = fragment.segment.first();
                let covered = stored.iter().map(|(first, len, _)| *first..*first + *len as u64);
                for range in uncovered(first..first + fragment.segment.len() as u64, covered) {
                    pieces.extend(self.piece(table, fragment, range)?);
                }
            }
        }
        let (mut parts, new_files) = self.write_parts(&mut state, &pieces, &mut blobs)?;
        files.extend(new_files);
        kept.into_iter().for_each(|(table, part)| parts.entry(table).or_default().push(part));
        let table_record = |table: &Arc<Table>| {
            let mut parts = parts.remove(&table.id).unwrap_or_default();
            parts.sort_by_key(|part| part.first);
            (table.id, TableRecord { first: 0, next: snapshot.rows(table.id).next_row(), parts, removed: None })
        };
        let tables = catalog.tables().map(table_record).collect();
        let catalog = Some(Catalog::clone(catalog));
        let record = Record { sequence: state.last, catalog, sequences: sequences.clone(), tables };
        let bytes = encode(&record, &blobs);
        self.log.replace(record.sequence, &bytes).inspect_err(|_| state.failed = true)?;
        (state.files, state.log_commits, state.log_bytes) = (files, 0, 0);
        Ok(())
    }

    /// Whether the log has grown enough since the last checkpoint to be worth another.
    pub fn wants_checkpoint(&self) -> bool {
        let state = self.lock();
        !state.failed && (state.log_commits >= LOG_COMMITS || state.log_bytes >= LOG_BYTES)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while writing")
    }

    fn writable(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let state = self.lock();
        if state.failed { Err(StoreError::WriteFailedBefore { file: self.medium.log_path() }) } else { Ok(state) }
    }

    /// Rows of a fragment that are in no segment file, unless all of them are dead.
    fn piece<'t>(
        &self,
        table: &'t Table,
        fragment: &Fragment,
        rows: Range<u64>,
    ) -> Result<Option<Piece<'t>>, StoreError> {
        let start = rows.start - fragment.segment.first();
        let len = (rows.end - rows.start) as usize;
        let inside = fragment.dead.range(start as u32..(start + len as u64) as u32);
        let dead: RoaringBitmap = inside.map(|position| position - start as u32).collect();
        if dead.len() == len as u64 {
            return Ok(None);
        }
        let kept = |id: &&ColumnId| table.columns.iter().any(|column| column.id == **id);
        let columns: Vec<ColumnId> = fragment.segment.stored_columns().iter().filter(kept).copied().collect();
        let slice = |id: &ColumnId| -> Result<ArrayRef, StoreError> {
            let array = fragment.segment.column(table.column_by_id(*id)).map_err(|error| self.unreadable(error))?;
            Ok(array.slice(start as usize, len))
        };
        let arrays = columns.iter().map(slice).collect::<Result<Vec<_>, _>>()?;
        let fields = arrays.iter().map(|array| Field::new("", array.data_type().clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let options = RecordBatchOptions::new().with_row_count(Some(len));
        let batch = RecordBatch::try_new_with_options(schema, arrays, &options);
        let batch = batch.map_err(|error| self.unreadable(error.into()))?;
        let run = runs(table, rows.start, &[NewRows { columns, batch }], &self.medium.log_path())?.remove(0);
        let is_large = run.is_large(CHECKPOINT_SEGMENT_ROWS);
        Ok(Some(Piece { table: table.id, run, is_large, dead: Some(dead) }))
    }

    fn unreadable(&self, error: RowsError) -> StoreError {
        match error.0.downcast_ref::<StoreError>() {
            Some(error) => error.clone(),
            None => StoreError::Encode { file: self.medium.log_path(), what: error.to_string() },
        }
    }

    /// Writes the large pieces as segment files and puts the others among the blobs; parts by table, in order of row id.
    fn write_parts(
        &self,
        state: &mut State,
        pieces: &[Piece],
        blobs: &mut Blobs,
    ) -> Result<(BTreeMap<TableId, Vec<Part>>, Files), StoreError> {
        let mut jobs = Vec::new();
        for piece in pieces.iter().filter(|piece| piece.is_large) {
            for rows in cut(&piece.run) {
                let name = format!("{:04}-{:08}.parquet", piece.table.0, state.next_file);
                state.next_file += 1;
                jobs.push(SegmentJob { name, run: &piece.run, rows });
            }
        }
        let mut written = write_segments(&*self.medium, jobs)?.into_iter();
        let mut parts: BTreeMap<TableId, Vec<Part>> = BTreeMap::new();
        let mut files = Files::new();
        for Piece { table, run, is_large, dead } in pieces {
            let parts = parts.entry(*table).or_default();
            let ranges = if *is_large { cut(run) } else { std::iter::once(0..run.rows).collect() };
            for rows in ranges {
                let first = run.first + rows.start as u64;
                let dead = dead.as_ref().and_then(|dead| {
                    let inside = dead.range(rows.start as u32..rows.end as u32);
                    blobs.add_positions(&inside.map(|position| position - rows.start as u32).collect())
                });
                let place = if *is_large {
                    let file = written.next().expect("every job has its file");
                    files.insert((*table, first), (file.clone(), rows.len()));
                    Place::Segment(file)
                } else {
                    let path = self.medium.log_path();
                    run.inline(blobs).map_err(|error| StoreError::Encode { file: path, what: error.to_string() })?
                };
                parts.push(Part { first, rows: rows.len(), place, dead });
            }
        }
        Ok((parts, files))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // After a failure nobody knows what is on the disk; opening finds out.
        if self.state.lock().is_ok_and(|state| !state.failed) {
            self.log.close();
        }
    }
}

/// A run of rows to be stored, and where.
struct Piece<'t> {
    table: TableId,
    run: Run<'t>,
    /// Goes into segment files.
    is_large: bool,
    dead: Option<RoaringBitmap>,
}

impl Run<'_> {
    fn is_large(&self, rows: usize) -> bool {
        !self.columns.is_empty() && (self.rows >= rows || self.takes(SEGMENT_BYTES))
    }
}

/// The positions among `len` rows from `first` on that are not alive.
fn dead_rows(rows: &TableRows, first: u64, len: usize) -> RoaringBitmap {
    let end = first + len as u64;
    let mut dead = RoaringBitmap::new();
    dead.insert_range(0..len as u32);
    for fragment in rows.fragments() {
        let start = fragment.segment.first();
        let (from, to) = (start.max(first), end.min(start + fragment.segment.len() as u64));
        if from < to {
            dead.remove_range((from - first) as u32..(to - first) as u32);
            let inside = fragment.dead.range((from - start) as u32..(to - start) as u32);
            dead.extend(inside.map(|position| (u64::from(position) + start - first) as u32));
        }
    }
    dead
}

/// Every file that a record names must be there, as long as it was.
fn check_files(medium: &dyn Medium, present: &[String], files: &Files) -> Result<(), StoreError> {
    let present: BTreeSet<&String> = present.iter().collect();
    for (file, _) in files.values() {
        let path = || -> PathBuf { medium.segment_path(&file.name) };
        if !present.contains(&file.name) {
            return Err(StoreError::corrupt(path(), "the file is missing"));
        }
        let found = medium.segment_len(&file.name).map_err(StoreError::io(path(), "read"))?;
        if found != file.bytes {
            return Err(StoreError::corrupt(path(), format!("it has {found} bytes instead of {}", file.bytes)));
        }
    }
    Ok(())
}

/// Deletes the segment files that no record names; what else is in the folder stays.
fn remove_orphans(medium: &dyn Medium, present: &[String], files: &Files) -> Result<(), StoreError> {
    let named: BTreeSet<&String> = files.values().map(|(file, _)| &file.name).collect();
    for name in present.iter().filter(|name| number_of(name).is_some() && !named.contains(name)) {
        medium.remove_segment(name).map_err(StoreError::io(medium.segment_path(name), "delete"))?;
    }
    Ok(())
}

/// The number in the name of a segment file, finished or not: `<table>-<number>.parquet[.new]`.
fn number_of(name: &str) -> Option<u64> {
    let name = name.strip_suffix(".new").unwrap_or(name).strip_suffix(".parquet")?;
    let (table, number) = name.split_once('-')?;
    table.parse::<u32>().ok()?;
    number.parse().ok()
}
