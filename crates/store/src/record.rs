//! Records of the log: a commit, or the state that a checkpoint folded all commits before it into.
//!
//! ```text
//!   hash u64 │ header_len u32 │ header: JSON │ blobs: row id sets and rows as Arrow IPC, as the header places them
//!   └ XXH64 of everything after it
//! ```
//!
//! One form serves both: a state is the record that, applied to the empty database, gives it. Integers are little-endian.

use std::collections::BTreeMap;
use std::ops::Range;

use bowline_core::catalog::{Catalog, ColumnId, SequenceId, SqlType, TableId};
use roaring::{RoaringBitmap, RoaringTreemap};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash64;

/// Where a sequence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceState {
    /// The value given out last, or to be given out first.
    pub last: i64,
    /// Whether `last` was given out.
    pub called: bool,
}

/// What a record says. Row ids ascend from part to part.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    /// One more than the commit's before; of a state, that of the last commit in it.
    pub sequence: u64,
    /// The whole catalog, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog: Option<Catalog>,
    /// Where sequences stand, if they moved.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sequences: BTreeMap<SequenceId, SequenceState>,
    /// The changed tables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<TableId, TableRecord>,
}

/// The changes of one table.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TableRecord {
    /// The table's next row id before.
    pub first: u64,
    /// The table's next row id afterwards.
    pub next: u64,
    /// Rows added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Rows removed; a serialized [`RoaringTreemap`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Blob>,
}

/// A run of rows with consecutive ids.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Part {
    /// The id of the first row.
    pub first: u64,
    /// How many rows.
    pub rows: usize,
    /// Where they are.
    pub place: Place,
    /// Positions that are dead already, in a state; a serialized [`RoaringBitmap`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead: Option<Blob>,
}

/// Where rows are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    /// In the record, as an Arrow IPC message of one batch; its schema is that of the columns. Without columns there is no message.
    Rows { columns: Vec<ColumnId>, message: Option<Blob> },
    /// In the record, as an Arrow IPC stream of one batch: so it was before format 4.
    Inline { columns: Vec<ColumnId>, ipc: Option<Blob> },
    /// In a segment file.
    Segment(SegmentFile),
}

/// A Parquet file, and all that is needed to refuse it if it is not the one that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SegmentFile {
    /// Its name in the folder of segments.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// The length of the footer: metadata, its length, and the closing magic.
    pub footer_bytes: u64,
    /// XXH64 of the footer.
    pub footer_hash: u64,
    /// In the order of the file.
    pub columns: Vec<SegmentColumn>,
}

/// A column of a segment file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SegmentColumn {
    /// Also the Parquet field id.
    pub id: ColumnId,
    /// The type when it was written.
    pub sql_type: SqlType,
    /// XXH64 of the bytes of all its column chunks, in the order of the row groups.
    pub hash: u64,
    /// Smallest and largest value of an integer column; none if all are NULL.
    pub range: Option<(i64, i64)>,
}

/// A stretch of the blobs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Blob {
    offset: u64,
    len: u64,
}

/// Collects the blobs of a record while its header is being made.
#[derive(Debug, Default)]
pub(crate) struct Blobs(Vec<u8>);

impl Blobs {
    /// Adds what `write` writes. Writing to memory cannot fail.
    pub(crate) fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Blob {
        let offset = self.0.len() as u64;
        write(&mut self.0);
        Blob { offset, len: self.0.len() as u64 - offset }
    }

    /// Adds row ids, unless there are none.
    pub(crate) fn add_rows(&mut self, rows: &RoaringTreemap) -> Option<Blob> {
        let write = |bytes: &mut Vec<u8>| rows.serialize_into(bytes).expect("writing to memory succeeds");
        (!rows.is_empty()).then(|| self.add(write))
    }

    /// Adds positions, unless there are none.
    pub(crate) fn add_positions(&mut self, positions: &RoaringBitmap) -> Option<Blob> {
        let write = |bytes: &mut Vec<u8>| positions.serialize_into(bytes).expect("writing to memory succeeds");
        (!positions.is_empty()).then(|| self.add(write))
    }
}

/// A record read back: its header, and the bytes its blobs are in.
#[derive(Debug)]
pub(crate) struct Stored {
    /// The header.
    pub record: Record,
    bytes: Vec<u8>,
    blobs: usize,
}

const HASH: Range<usize> = 0..8;
const HEADER_LEN: Range<usize> = 8..12;
const HEADER: usize = 12;

/// The bytes of a record.
pub(crate) fn encode(record: &Record, blobs: &Blobs) -> Vec<u8> {
    let header = serde_json::to_vec(record).expect("a record is made of plain values");
    let mut bytes = Vec::with_capacity(HEADER + header.len() + blobs.0.len());
    bytes.extend_from_slice(&[0; HEADER_LEN.end]);
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(&blobs.0);
    let header_len = u32::try_from(header.len()).expect("a header stays far below 4 GiB");
    bytes[HEADER_LEN].copy_from_slice(&header_len.to_le_bytes());
    let hash = hash(&bytes[HASH.end..]);
    bytes[HASH].copy_from_slice(&hash.to_le_bytes());
    bytes
}

/// Reads a record. Errors: what is wrong with it, as a phrase.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<Stored, String> {
    let (Some(expected), Some(header_len)) = (bytes.get(HASH), bytes.get(HEADER_LEN)) else {
        return Err("it is cut short".to_owned());
    };
    if expected != hash(&bytes[HASH.end..]).to_le_bytes() {
        return Err("its checksum is wrong".to_owned());
    }
    let header_len = header_len.iter().rev().fold(0, |len, byte| len << 8 | usize::from(*byte));
    let blobs = HEADER + header_len;
    let header = bytes.get(HEADER..blobs).ok_or("its header is cut short")?;
    let record = serde_json::from_slice(header).map_err(|error| format!("its header cannot be read: {error}"))?;
    Ok(Stored { record, bytes, blobs })
}

impl Stored {
    /// The bytes of a blob.
    pub(crate) fn blob(&self, blob: &Blob) -> Result<&[u8], String> {
        let place = || {
            let start = self.blobs.checked_add(usize::try_from(blob.offset).ok()?)?;
            self.bytes.get(start..start.checked_add(usize::try_from(blob.len).ok()?)?)
        };
        place().ok_or_else(|| "one of its blobs lies outside".to_owned())
    }

    /// Row ids of a blob; none if there is no blob.
    pub(crate) fn rows(&self, blob: Option<&Blob>) -> Result<RoaringTreemap, String> {
        let Some(blob) = blob else { return Ok(RoaringTreemap::new()) };
        RoaringTreemap::deserialize_from(self.blob(blob)?).map_err(|error| format!("a set of rows: {error}"))
    }

    /// Positions of a blob; none if there is no blob.
    pub(crate) fn positions(&self, blob: Option<&Blob>) -> Result<RoaringBitmap, String> {
        let Some(blob) = blob else { return Ok(RoaringBitmap::new()) };
        RoaringBitmap::deserialize_from(self.blob(blob)?).map_err(|error| format!("a set of positions: {error}"))
    }
}

/// The checksum used everywhere: XXH64 with seed 0.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    XxHash64::oneshot(0, bytes)
}
