//! What the store needs of the place it keeps files in, as one small trait.
//!
//! ```text
//!   log file       create whole; read, write, set length, sync            at any offset: redb's backend
//!   journal        create; read, write, sync                             its length stays
//!   segment file   write whole under a temporary name ─▶ sync ─▶ rename ─▶ sync directory     then only read
//! ```
//!
//! Assumed: what was synced stays; a rename is atomic, and stays once the directory was synced. Nothing is assumed
//! about writes that were not synced: they may be kept, lost or torn, in any order.

#[cfg(target_os = "linux")]
mod direct;
mod disk;
mod memory;

use std::fmt::Debug;
use std::io;
use std::path::PathBuf;

use redb::StorageBackend;

use crate::StoreError;

pub use disk::Disk;
pub use memory::Memory;

/// The name of the commit log.
pub const LOG_NAME: &str = "commits.redb";

/// The name of the journal before it.
pub const JOURNAL_NAME: &str = "commits.journal";

/// A place for one commit log and any number of segment files.
pub trait Medium: Send + Sync + Debug {
    /// Opens the log, which redb then locks; `None` where a database can be created. Touches nothing.
    /// Errors: the place is no database and cannot become one.
    fn open_log(&self) -> Result<Option<Box<dyn StorageBackend>>, StoreError>;

    /// Puts a first log there, whole and durable or not at all.
    fn create_log(&self, image: &[u8]) -> Result<(), StoreError>;

    /// Opens the journal; `None` if there is none.
    fn open_journal(&self) -> Result<Option<Box<dyn StorageBackend>>, StoreError>;

    /// Puts a first journal there, durable with its name, in place of any that is left over. False where nothing lasts: there
    /// is none then.
    fn create_journal(&self, image: &[u8]) -> Result<bool, StoreError>;

    /// How messages name the journal.
    fn journal_path(&self) -> PathBuf;

    /// How messages name the log.
    fn log_path(&self) -> PathBuf;

    /// How messages name a segment file.
    fn segment_path(&self, name: &str) -> PathBuf;

    /// The names of all segment files, temporary ones included, in any order.
    fn list_segments(&self) -> io::Result<Vec<String>>;

    /// Writes a new file, replacing one of that name. Not durable yet.
    fn write_segment(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Makes a file's bytes durable, though not yet its name.
    fn sync_segment(&self, name: &str) -> io::Result<()>;

    /// Gives a file another name.
    fn rename_segment(&self, from: &str, to: &str) -> io::Result<()>;

    /// Makes the names of all segment files durable.
    fn sync_names(&self) -> io::Result<()>;

    /// The length of a file, in bytes.
    fn segment_len(&self, name: &str) -> io::Result<u64>;

    /// Fills `bytes` from a file. Errors: also if the file ends before.
    fn read_segment(&self, name: &str, offset: u64, bytes: &mut [u8]) -> io::Result<()>;

    /// Deletes a file.
    fn remove_segment(&self, name: &str) -> io::Result<()>;
}
