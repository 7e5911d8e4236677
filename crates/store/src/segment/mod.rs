//! Segment files: immutable Parquet files of up to a million rows.

mod encoding;
mod read;
mod write;

pub(crate) use read::StoredColumns;
pub(crate) use write::{SegmentJob, cut, write_segments};
