//! A place in memory, for databases that end with the process.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};

use redb::StorageBackend;
use redb::backends::InMemoryBackend;

use super::{JOURNAL_NAME, LOG_NAME, Medium};
use crate::StoreError;

/// Files in memory. The log lasts as long as whoever opened it.
#[derive(Debug, Default)]
pub struct Memory {
    created: Mutex<Option<InMemoryBackend>>,
    segments: RwLock<BTreeMap<String, Vec<u8>>>,
}

impl Memory {
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.segments.read().expect("no panic while holding the files")
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.segments.write().expect("no panic while holding the files")
    }
}

impl Medium for Memory {
    fn open_log(&self) -> Result<Option<Box<dyn StorageBackend>>, StoreError> {
        let created = self.created.lock().expect("no panic while holding the log").take();
        Ok(created.map(|log| Box::new(log) as Box<dyn StorageBackend>))
    }

    fn create_log(&self, image: &[u8]) -> Result<(), StoreError> {
        let log = InMemoryBackend::new();
        let filled = log.set_len(image.len() as u64).and_then(|()| log.write(0, image));
        filled.map_err(StoreError::io(LOG_NAME, "create"))?;
        *self.created.lock().expect("no panic while holding the log") = Some(log);
        Ok(())
    }

    fn open_journal(&self) -> Result<Option<Box<dyn StorageBackend>>, StoreError> {
        Ok(None)
    }

    fn create_journal(&self, _image: &[u8]) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn journal_path(&self) -> PathBuf {
        PathBuf::from(JOURNAL_NAME)
    }

    fn log_path(&self) -> PathBuf {
        PathBuf::from(LOG_NAME)
    }

    fn segment_path(&self, name: &str) -> PathBuf {
        PathBuf::from(name)
    }

    fn list_segments(&self) -> io::Result<Vec<String>> {
        Ok(self.read().keys().cloned().collect())
    }

    fn write_segment(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.write().insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn sync_segment(&self, _name: &str) -> io::Result<()> {
        Ok(())
    }

    fn rename_segment(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = self.write();
        let bytes = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), bytes);
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        Ok(())
    }

    fn segment_len(&self, name: &str) -> io::Result<u64> {
        Ok(self.read().get(name).ok_or(io::ErrorKind::NotFound)?.len() as u64)
    }

    fn read_segment(&self, name: &str, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let files = self.read();
        let file = files.get(name).ok_or(io::ErrorKind::NotFound)?;
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let end = start.checked_add(bytes.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        bytes.copy_from_slice(file.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn remove_segment(&self, name: &str) -> io::Result<()> {
        self.write().remove(name).map(|_| ()).ok_or(io::ErrorKind::NotFound.into())
    }
}
