//! Reads columns of a segment file, each when first asked for, and believes nothing that was not checked.
//!
//! ```text
//!   "PAR1" │ chunks of row group 0 │ chunks of row group 1 │ … │ footer
//!             └ a column's chunks together have a checksum       └ has one too, and places the chunks
//! ```

use std::fmt;
use std::hash::Hasher;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use bowline_core::catalog::ColumnId;
use bowline_core::rows::{ColumnSource, RowsError};
use bytes::{Buf, Bytes, buf::Reader};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};
use twox_hash::XxHash64;

use super::encoding::from_file;
use crate::StoreError;
use crate::medium::Medium;
use crate::record::{SegmentFile, hash};

/// A footer ends with the length of its metadata and the magic.
pub(super) const FOOTER_TAIL: usize = 8;
const MAGIC: &[u8] = b"PAR1";

/// The columns of one segment file.
pub(crate) struct StoredColumns {
    medium: Arc<dyn Medium>,
    file: SegmentFile,
    rows: usize,
    metadata: OnceLock<ArrowReaderMetadata>,
}

impl StoredColumns {
    /// Columns of a file that is not opened before one of them is asked for.
    pub(crate) fn new(medium: Arc<dyn Medium>, file: SegmentFile, rows: usize) -> StoredColumns {
        StoredColumns { medium, file, rows, metadata: OnceLock::new() }
    }

    fn corrupt(&self, what: impl ToString) -> StoreError {
        StoreError::corrupt(self.medium.segment_path(&self.file.name), what)
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes, StoreError> {
        if range.end > self.file.bytes || range.start > range.end {
            return Err(self.corrupt("a column lies outside of it"));
        }
        let mut bytes = vec![0; (range.end - range.start) as usize];
        let read = self.medium.read_segment(&self.file.name, range.start, &mut bytes);
        read.map_err(|error| self.read_error(error))?;
        Ok(bytes.into())
    }

    fn read_error(&self, error: std::io::Error) -> StoreError {
        match error.kind() {
            std::io::ErrorKind::NotFound => self.corrupt("the file is missing"),
            std::io::ErrorKind::UnexpectedEof => self.corrupt("the file is cut short"),
            _ => StoreError::io(self.medium.segment_path(&self.file.name), "read")(error),
        }
    }

    fn metadata(&self) -> Result<&ArrowReaderMetadata, StoreError> {
        if let Some(metadata) = self.metadata.get() {
            return Ok(metadata);
        }
        let metadata = self.load_metadata()?;
        Ok(self.metadata.get_or_init(|| metadata))
    }

    fn load_metadata(&self) -> Result<ArrowReaderMetadata, StoreError> {
        let found = self.medium.segment_len(&self.file.name).map_err(|error| self.read_error(error))?;
        if found != self.file.bytes {
            return Err(self.corrupt(format!("it has {found} bytes instead of {}", self.file.bytes)));
        }
        let start = self.file.bytes.checked_sub(self.file.footer_bytes);
        let start = start.ok_or_else(|| self.corrupt("its footer is longer than the file"))?;
        let footer = self.read(start..self.file.bytes)?;
        if hash(&footer) != self.file.footer_hash {
            return Err(self.corrupt("the checksum of its footer is wrong"));
        }
        let metadata = parse_footer(&footer).map_err(|what| self.corrupt(what))?;
        let rows = metadata.file_metadata().num_rows();
        if rows != self.rows as i64 {
            return Err(self.corrupt(format!("it has {rows} rows instead of {}", self.rows)));
        }
        let columns = metadata.file_metadata().schema_descr().num_columns();
        if columns != self.file.columns.len() {
            return Err(self.corrupt(format!("it has {columns} columns instead of {}", self.file.columns.len())));
        }
        let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), ArrowReaderOptions::new());
        metadata.map_err(|error| self.corrupt(error))
    }

    fn load_column(&self, id: ColumnId) -> Result<ArrayRef, StoreError> {
        let position = self.file.columns.iter().position(|column| column.id == id);
        let position = position.expect("only stored columns are asked for");
        let column = &self.file.columns[position];
        let metadata = self.metadata()?;
        let mut chunks = Vec::new();
        let mut found = XxHash64::with_seed(0);
        for range in column_chunks(metadata.metadata(), position) {
            let bytes = self.read(range.clone())?;
            found.write(&bytes);
            chunks.push((range.start, bytes));
        }
        let name = metadata.schema().field(position).name();
        if found.finish() != column.hash {
            return Err(self.corrupt(format!("the checksum of column \"{name}\" is wrong")));
        }
        let array = self.decode(metadata, position, chunks).map_err(|error| self.corrupt(error))?;
        let array =
            from_file(array, &column.sql_type).map_err(|what| self.corrupt(format!("column \"{name}\": {what}")))?;
        if array.len() != self.rows {
            return Err(self.corrupt(format!("column \"{name}\" has {} values instead of {}", array.len(), self.rows)));
        }
        Ok(array)
    }

    fn decode(
        &self,
        metadata: &ArrowReaderMetadata,
        position: usize,
        chunks: Vec<(u64, Bytes)>,
    ) -> Result<ArrayRef, ParquetError> {
        let projection = ProjectionMask::leaves(metadata.parquet_schema(), [position]);
        let input = Checked { len: self.file.bytes, chunks };
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata.clone())
            .with_projection(projection)
            .with_batch_size(self.rows)
            .build()?;
        let arrays = reader.map(|batch| Ok(batch?.column(0).clone())).collect::<Result<Vec<_>, ParquetError>>()?;
        match arrays.as_slice() {
            [array] => Ok(array.clone()),
            arrays => Ok(concat(&arrays.iter().map(AsRef::as_ref).collect::<Vec<&dyn Array>>())?),
        }
    }
}

impl fmt::Debug for StoredColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredColumns").field("file", &self.file.name).field("rows", &self.rows).finish()
    }
}

impl ColumnSource for StoredColumns {
    fn load(&self, column: ColumnId) -> Result<ArrayRef, RowsError> {
        Ok(self.load_column(column)?)
    }

    fn integer_range(&self, column: ColumnId) -> Option<(i64, i64)> {
        self.file.columns.iter().find(|known| known.id == column)?.range
    }
}

/// The pieces of a file whose checksums were found right; nothing else can be read through it.
struct Checked {
    len: u64,
    chunks: Vec<(u64, Bytes)>,
}

impl Checked {
    fn from(&self, start: u64) -> Result<Bytes, ParquetError> {
        let inside = |(first, bytes): &&(u64, Bytes)| (*first..*first + bytes.len() as u64).contains(&start);
        let found = self.chunks.iter().find(inside);
        let (first, bytes) = found.ok_or_else(|| ParquetError::EOF("beyond the column's chunks".to_owned()))?;
        Ok(bytes.slice((start - first) as usize..))
    }
}

impl Length for Checked {
    fn len(&self) -> u64 {
        self.len
    }
}

impl ChunkReader for Checked {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let bytes = self.from(start)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF("beyond the column's chunks".to_owned()));
        }
        Ok(bytes.slice(..length))
    }
}

/// The length of the footer whose last bytes these are. Errors: what is wrong, as a phrase.
pub(super) fn footer_len(tail: &[u8]) -> Result<usize, String> {
    match tail.split_first_chunk::<4>() {
        Some((len, magic)) if magic == MAGIC => Ok(u32::from_le_bytes(*len) as usize + FOOTER_TAIL),
        _ => Err("it does not end like a Parquet file".to_owned()),
    }
}

/// The metadata in a footer. Errors: what is wrong, as a phrase.
pub(super) fn parse_footer(footer: &[u8]) -> Result<ParquetMetaData, String> {
    let tail = footer.len().checked_sub(FOOTER_TAIL).ok_or("its footer is cut short")?;
    if footer_len(&footer[tail..])? != footer.len() {
        return Err("its footer has another length than it says".to_owned());
    }
    ParquetMetaDataReader::decode_metadata(&footer[..tail]).map_err(|error| error.to_string())
}

/// Where the chunks of a column are, in the order of the row groups.
pub(super) fn column_chunks(metadata: &ParquetMetaData, position: usize) -> impl Iterator<Item = Range<u64>> {
    metadata.row_groups().iter().map(move |group| {
        let (start, len) = group.column(position).byte_range();
        start..start.saturating_add(len)
    })
}
