//! Writes segment files, row groups encoded on two threads.
//!
//! ```text
//!   run ─▶ segments of ≤ 1,048,576 rows ─▶ row groups of ≤ 131,072 rows
//!                                            └─ encoded by whichever thread is free; the last one of a segment
//!                                               assembles, writes and syncs the file
//! ```
//!
//! Files are durable under their names when [`write_segments`] returns: temporary name, sync, rename, sync of the names.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use bowline_core::catalog::SqlType;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::encoding::{file_schema, integer_range, to_file, wider};
use super::read::{FOOTER_TAIL, column_chunks, footer_len, parse_footer};
use crate::StoreError;
use crate::medium::Medium;
use crate::record::{SegmentColumn, SegmentFile, hash};
use crate::rows::Run;

/// The most rows of a segment.
const SEGMENT_ROWS_MAX: usize = 1 << 20;
/// Segments of wide rows are cut earlier, so that a column of one never outgrows an Arrow array.
const SEGMENT_BYTES_MAX: usize = 512 << 20;
/// The most rows of a row group.
const GROUP_ROWS_MAX: usize = 1 << 17;
/// How many threads encode.
const THREADS: usize = 2;
/// Ends the name of a file that is not complete.
const UNFINISHED: &str = ".new";

/// A segment to be written.
pub(crate) struct SegmentJob<'a> {
    /// The name of the file.
    pub name: String,
    /// The rows it is part of.
    pub run: &'a Run<'a>,
    /// Which rows of the run.
    pub rows: Range<usize>,
}

/// Where to cut a run into segments.
pub(crate) fn cut(run: &Run) -> Vec<Range<usize>> {
    let row_bytes = run.bytes() / run.rows.max(1);
    let rows_max = SEGMENT_ROWS_MAX.min((SEGMENT_BYTES_MAX / row_bytes.max(1)).max(1));
    (0..run.rows).step_by(rows_max).map(|start| start..run.rows.min(start + rows_max)).collect()
}

/// Writes segments; durable when it returns. Returns their files in the order of the jobs.
pub(crate) fn write_segments(medium: &dyn Medium, jobs: Vec<SegmentJob>) -> Result<Vec<SegmentFile>, StoreError> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let failed = |job: &SegmentJob, error: ParquetError| StoreError::Encode {
        file: medium.segment_path(&job.name),
        what: error.to_string(),
    };
    let mut segments = Vec::with_capacity(jobs.len());
    for job in jobs {
        let started = Segment::start(job).map_err(|(job, error)| failed(&job, error))?;
        segments.push(started);
    }
    let tasks: Vec<(usize, usize)> =
        segments.iter().enumerate().flat_map(|(s, segment)| (0..segment.group_count()).map(move |g| (s, g))).collect();
    let next = AtomicUsize::new(0);
    let work = || -> Result<(), StoreError> {
        while let Some((segment, group)) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let segment: &Segment = &segments[*segment];
            let result = match segment.encode_group(*group) {
                Ok(false) => Ok(()),
                Ok(true) => segment.finish(medium),
                Err(error) => Err(failed(&segment.job, error)),
            };
            if result.is_err() {
                next.store(tasks.len(), Ordering::Relaxed);
                return result;
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..THREADS.min(tasks.len())).map(|_| scope.spawn(work)).collect();
        let mine = work();
        others.into_iter().fold(mine, |result, other| {
            let theirs = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            result.and(theirs)
        })
    })?;
    medium.sync_names().map_err(StoreError::io(segments[0].path(medium), "sync the name of"))?;
    let file = |segment: Segment| segment.file.into_inner().expect("no panic while writing");
    Ok(segments.into_iter().map(|segment| file(segment).expect("every segment was finished")).collect())
}

/// A segment being written.
struct Segment<'a> {
    job: SegmentJob<'a>,
    schema: SchemaRef,
    writer: Mutex<Option<SerializedFileWriter<Vec<u8>>>>,
    factory: ArrowRowGroupWriterFactory,
    groups: Mutex<Groups>,
    file: Mutex<Option<SegmentFile>>,
}

/// The row groups encoded so far.
struct Groups {
    chunks: Vec<Option<Vec<ArrowColumnChunk>>>,
    missing: usize,
    ranges: Vec<Option<(i64, i64)>>,
}

impl<'a> Segment<'a> {
    fn start(job: SegmentJob<'a>) -> Result<Segment<'a>, (SegmentJob<'a>, ParquetError)> {
        let schema = Arc::new(file_schema(&job.run.schema()));
        let properties = properties(job.run, &schema);
        let parts = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties))
            .and_then(ArrowWriter::into_serialized_writer);
        let (writer, factory) = match parts {
            Ok(parts) => parts,
            Err(error) => return Err((job, error)),
        };
        let count = job.rows.len().div_ceil(GROUP_ROWS_MAX);
        let chunks = std::iter::repeat_with(|| None).take(count).collect();
        let groups = Groups { chunks, missing: count, ranges: vec![None; job.run.columns.len()] };
        let (writer, groups) = (Mutex::new(Some(writer)), Mutex::new(groups));
        Ok(Segment { job, schema, writer, factory, groups, file: Mutex::default() })
    }

    fn group_count(&self) -> usize {
        self.job.rows.len().div_ceil(GROUP_ROWS_MAX)
    }

    fn path(&self, medium: &dyn Medium) -> PathBuf {
        medium.segment_path(&self.job.name)
    }

    /// Encodes a row group; true if it was the last one missing.
    fn encode_group(&self, group: usize) -> Result<bool, ParquetError> {
        let start = self.job.rows.start + group * GROUP_ROWS_MAX;
        let rows = start..self.job.rows.end.min(start + GROUP_ROWS_MAX);
        let batches = slices(&self.job.run.batches, rows);
        let mut chunks = Vec::with_capacity(self.schema.fields().len());
        let mut ranges = Vec::with_capacity(chunks.capacity());
        let writers = self.factory.create_column_writers(group)?;
        assert_eq!(writers.len(), self.schema.fields().len(), "every column was believed to be one Parquet leaf");
        for (position, mut writer) in writers.into_iter().enumerate() {
            let mut range = None;
            for batch in &batches {
                let array = batch.column(position);
                range = wider(range, integer_range(array));
                for leaf in compute_leaves(self.schema.field(position), &to_file(array)?)? {
                    writer.write(&leaf)?;
                }
            }
            chunks.push(writer.close()?);
            ranges.push(range);
        }
        let mut groups = self.groups.lock().expect("no panic while holding the row groups");
        groups.chunks[group] = Some(chunks);
        groups.ranges.iter_mut().zip(ranges).for_each(|(known, range)| *known = wider(*known, range));
        groups.missing -= 1;
        Ok(groups.missing == 0)
    }

    /// Assembles, writes, syncs and names the file.
    fn finish(&self, medium: &dyn Medium) -> Result<(), StoreError> {
        let encode = |what: String| StoreError::Encode { file: self.path(medium), what };
        let bytes = self.assemble().map_err(|error| encode(error.to_string()))?;
        let file = self.describe(&bytes).map_err(encode)?;
        let unfinished = format!("{}{UNFINISHED}", self.job.name);
        let done = medium.write_segment(&unfinished, &bytes);
        let done = done.and_then(|()| medium.sync_segment(&unfinished));
        let done = done.and_then(|()| medium.rename_segment(&unfinished, &self.job.name));
        done.map_err(StoreError::io(self.path(medium), "write"))?;
        *self.file.lock().expect("no panic while writing") = Some(file);
        Ok(())
    }

    fn assemble(&self) -> Result<Vec<u8>, ParquetError> {
        let writer = self.writer.lock().expect("no panic while assembling").take();
        let mut writer = writer.expect("a segment is assembled once");
        let chunks = std::mem::take(&mut self.groups.lock().expect("no panic while holding the row groups").chunks);
        for group in chunks {
            let mut row_group = writer.next_row_group()?;
            for chunk in group.expect("every row group was encoded") {
                chunk.append_to_row_group(&mut row_group)?;
            }
            row_group.close()?;
        }
        writer.into_inner()
    }

    /// What the record says of the file, from the bytes as a reader would see them.
    fn describe(&self, bytes: &[u8]) -> Result<SegmentFile, String> {
        let tail = bytes.len().checked_sub(FOOTER_TAIL).ok_or("it is too short")?;
        let footer = bytes.len().checked_sub(footer_len(&bytes[tail..])?).ok_or("its footer is too long")?;
        let metadata = parse_footer(&bytes[footer..])?;
        let ranges = &self.groups.lock().expect("no panic while holding the row groups").ranges;
        let column = |position: usize| {
            let column = self.job.run.columns[position];
            let mut hash = twox_hash::XxHash64::with_seed(0);
            for chunk in column_chunks(&metadata, position) {
                hash.write(&bytes[chunk.start as usize..chunk.end as usize]);
            }
            SegmentColumn { id: column.id, sql_type: column.sql_type, hash: hash.finish(), range: ranges[position] }
        };
        use std::hash::Hasher;
        Ok(SegmentFile {
            name: self.job.name.clone(),
            bytes: bytes.len() as u64,
            footer_bytes: (bytes.len() - footer) as u64,
            footer_hash: hash(&bytes[footer..]),
            columns: (0..self.job.run.columns.len()).map(column).collect(),
        })
    }
}

/// Fast to write and to read: LZ4, dictionaries only for text that may repeat, statistics of whole chunks.
fn properties(run: &Run, schema: &Schema) -> WriterProperties {
    let builder = WriterProperties::builder()
        .set_compression(Compression::LZ4_RAW)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_max_row_group_row_count(Some(GROUP_ROWS_MAX))
        .set_created_by("bowline".to_owned());
    let text = |sql_type: &SqlType| matches!(sql_type, SqlType::Text | SqlType::Varchar(_) | SqlType::Char(_));
    let columns = schema.fields().iter().zip(&run.columns).filter(|(_, column)| text(&column.sql_type));
    let path = |name: &String| ColumnPath::new(vec![name.clone()]);
    columns.fold(builder, |builder, (field, _)| builder.set_column_dictionary_enabled(path(field.name()), true)).build()
}

/// The rows of a range, as slices of the batches.
fn slices(batches: &[RecordBatch], rows: Range<usize>) -> Vec<RecordBatch> {
    let mut slices = Vec::new();
    let mut start = 0;
    for batch in batches {
        let end = start + batch.num_rows();
        let (from, to) = (rows.start.max(start), rows.end.min(end));
        if from < to {
            slices.push(batch.slice(from - start, to - from));
        }
        start = end;
    }
    slices
}
