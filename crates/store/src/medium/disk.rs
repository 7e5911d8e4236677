//! A directory on disk.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{DatabaseError, StorageBackend};

use super::{JOURNAL_NAME, LOG_NAME, Medium};
use crate::StoreError;

/// The name of a log that is being created; what is left of it after a crash counts as nothing.
const NEW_LOG_NAME: &str = "commits.redb.new";

/// The folder of segment files.
const SEGMENTS: &str = "segments";

/// A database directory.
#[derive(Debug, Clone)]
pub struct Disk {
    directory: PathBuf,
}

impl Disk {
    /// The directory at that path; it need not exist yet.
    pub fn new(directory: impl Into<PathBuf>) -> Disk {
        Disk { directory: directory.into() }
    }

    /// Refuses whatever cannot be, or become, a database. Touches nothing.
    fn check_place(&self) -> Result<(), StoreError> {
        let directory = &self.directory;
        match fs::metadata(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(StoreError::io(directory, "open")(error)),
            Ok(found) if !found.is_dir() => return Err(StoreError::NotADirectory { file: directory.clone() }),
            Ok(_) => {}
        }
        if self.log_path().is_file() {
            return Ok(());
        }
        for entry in fs::read_dir(directory).map_err(StoreError::io(directory, "list"))? {
            let name = entry.map_err(StoreError::io(directory, "list"))?.file_name();
            if name == NEW_LOG_NAME {
                continue;
            }
            let what = format!("it has no {LOG_NAME}, and is not empty: \"{}\" is in it", name.to_string_lossy());
            return Err(StoreError::NotADatabase { file: directory.clone(), what });
        }
        Ok(())
    }

    fn folder(&self) -> PathBuf {
        self.directory.join(SEGMENTS)
    }
}

impl Medium for Disk {
    fn open_log(&self) -> Result<Option<Box<dyn StorageBackend>>, StoreError> {
        self.check_place()?;
        open_file(&self.log_path())
    }

    fn open_journal(&self) -> Result<Option<Box<dyn StorageBackend>>, StoreError> {
        let path = self.journal_path();
        // A file of another length is opened as any, and refused as a journal.
        #[cfg(target_os = "linux")]
        if let Ok(file) = super::direct::DirectFile::open(&path, crate::journal::JOURNAL_BYTES) {
            return Ok(Some(Box::new(file)));
        }
        open_file(&path)
    }

    fn create_journal(&self, image: &[u8]) -> Result<bool, StoreError> {
        let path = self.journal_path();
        let write = File::create(&path).and_then(|mut file| file.write_all(image).and_then(|()| file.sync_all()));
        write.and_then(|()| sync_directory(&self.directory)).map_err(StoreError::io(&path, "create"))?;
        Ok(true)
    }

    fn journal_path(&self) -> PathBuf {
        self.directory.join(JOURNAL_NAME)
    }

    fn create_log(&self, image: &[u8]) -> Result<(), StoreError> {
        let directory = &self.directory;
        fs::create_dir_all(directory).map_err(StoreError::io(directory, "create"))?;
        let new = directory.join(NEW_LOG_NAME);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&new);
        let mut file = file.map_err(StoreError::io(&new, "create"))?;
        // Two programs may want to create the same database; the second finds it locked, or there.
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse { file: new }),
            Err(TryLockError::Error(error)) => return Err(StoreError::io(&new, "lock")(error)),
            Ok(()) if self.log_path().exists() => return Ok(()),
            Ok(()) => {}
        }
        let write = file.set_len(0).and_then(|()| file.write_all(image)).and_then(|()| file.sync_all());
        write.and_then(|()| fs::rename(&new, self.log_path())).map_err(StoreError::io(&new, "write"))?;
        sync_directory(directory).map_err(StoreError::io(directory, "sync"))?;
        // The directory's own name has to last as well.
        match directory.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => sync_directory(parent).map_err(StoreError::io(parent, "sync")),
            None => Ok(()),
        }
    }

    fn log_path(&self) -> PathBuf {
        self.directory.join(LOG_NAME)
    }

    fn segment_path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    fn list_segments(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.folder()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
        entries.map(name).collect()
    }

    fn write_segment(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if !self.folder().is_dir() {
            fs::create_dir_all(self.folder())?;
            sync_directory(&self.directory)?;
        }
        File::create(self.segment_path(name))?.write_all(bytes)
    }

    fn sync_segment(&self, name: &str) -> io::Result<()> {
        OpenOptions::new().write(true).open(self.segment_path(name))?.sync_all()
    }

    fn rename_segment(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.segment_path(from), self.segment_path(to))
    }

    fn sync_names(&self) -> io::Result<()> {
        sync_directory(&self.folder())
    }

    fn segment_len(&self, name: &str) -> io::Result<u64> {
        Ok(fs::metadata(self.segment_path(name))?.len())
    }

    fn read_segment(&self, name: &str, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let mut file = File::open(self.segment_path(name))?;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(bytes)
    }

    fn remove_segment(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.segment_path(name))
    }
}

/// Opens a file for reading and writing, for nobody else.
fn open_file(path: &Path) -> Result<Option<Box<dyn StorageBackend>>, StoreError> {
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(StoreError::io(path, "open"))?,
    };
    match FileBackend::new(file) {
        Ok(backend) => Ok(Some(Box::new(backend))),
        Err(DatabaseError::DatabaseAlreadyOpen) => Err(StoreError::InUse { file: path.to_path_buf() }),
        Err(error) => Err(StoreError::corrupt(path, error)),
    }
}

#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Elsewhere a directory cannot be opened as a file; the file system keeps names by itself.
#[cfg(not(unix))]
fn sync_directory(_directory: &Path) -> io::Result<()> {
    Ok(())
}
