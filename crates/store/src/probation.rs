//! Holds back every write to the log until the database has been recognized and recovered.
//!
//! Opening makes redb write (it marks the file as open, repairs after a crash); a file that turns out to be damaged,
//! foreign or too new must be left as it was. So writes go to pages in memory first. Once the database is accepted they
//! are repeated on the file in the same order, syncs included, so that redb's own protocol against crashes holds.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::{Arc, RwLock};

use redb::{BackendError, StorageBackend};

/// Pages of this size are held back.
const PAGE: u64 = 4096;

/// A log file on probation, shared by redb and whoever judges it.
#[derive(Debug, Clone)]
pub(crate) struct Probation(Arc<Held>);

#[derive(Debug)]
struct Held {
    file: Box<dyn StorageBackend>,
    /// `None` once accepted.
    overlay: RwLock<Option<Overlay>>,
}

/// The file as it would be, and what led there.
#[derive(Debug, Default)]
struct Overlay {
    len: u64,
    /// Up to where the file's own bytes still count.
    in_file: u64,
    pages: BTreeMap<u64, Vec<u8>>,
    operations: Vec<Operation>,
}

#[derive(Debug)]
enum Operation {
    Write { offset: u64, data: Vec<u8> },
    SetLen(u64),
    Sync,
}

impl Probation {
    /// Holds back writes from now on.
    pub(crate) fn new(file: Box<dyn StorageBackend>) -> io::Result<Probation> {
        let overlay = Overlay { len: file.len()?, in_file: file.len()?, ..Overlay::default() };
        Ok(Probation(Arc::new(Held { file, overlay: RwLock::new(Some(overlay)) })))
    }

    /// Does what was held back, and holds back no more.
    pub(crate) fn accept(&self) -> io::Result<()> {
        let mut held = self.0.overlay.write().expect("no panic while holding pages");
        let Some(overlay) = held.take() else { return Ok(()) };
        overlay.operations.iter().try_for_each(|operation| match operation {
            Operation::Write { offset, data } => self.0.file.write(*offset, data),
            Operation::SetLen(len) => self.0.file.set_len(*len),
            Operation::Sync => self.0.file.sync_data(),
        })
    }
}

impl Overlay {
    fn read(&self, file: &dyn StorageBackend, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let end = offset + out.len() as u64;
        if end > self.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let in_file = self.in_file.min(end).saturating_sub(offset) as usize;
        if in_file > 0 {
            file.read(offset, &mut out[..in_file])?;
        }
        out[in_file..].fill(0);
        for (page, bytes) in self.pages.range(offset / PAGE..end.div_ceil(PAGE)) {
            let (from, to) = (offset.max(page * PAGE), end.min((page + 1) * PAGE));
            let target = &mut out[(from - offset) as usize..(to - offset) as usize];
            target.copy_from_slice(&bytes[(from - page * PAGE) as usize..(to - page * PAGE) as usize]);
        }
        Ok(())
    }

    fn write(&mut self, file: &dyn StorageBackend, offset: u64, data: &[u8]) -> io::Result<()> {
        let end = offset + data.len() as u64;
        self.len = self.len.max(end);
        for page in offset / PAGE..end.div_ceil(PAGE) {
            let start = page * PAGE;
            let mut bytes = vec![0; PAGE as usize];
            let filled = PAGE.min(self.len.saturating_sub(start)) as usize;
            self.read(file, start, &mut bytes[..filled])?;
            let (from, to) = (offset.max(start), end.min(start + PAGE));
            let source = &data[(from - offset) as usize..(to - offset) as usize];
            bytes[(from - start) as usize..(to - start) as usize].copy_from_slice(source);
            self.pages.insert(page, bytes);
        }
        Ok(())
    }

    fn set_len(&mut self, len: u64) {
        // What is cut off must read as zero if the file grows again.
        if len < self.len {
            self.in_file = self.in_file.min(len);
            self.pages.retain(|page, _| page * PAGE < len);
            if let Some(last) = self.pages.get_mut(&(len / PAGE)) {
                last[(len % PAGE) as usize..].fill(0);
            }
        }
        self.len = len;
    }
}

impl StorageBackend for Probation {
    fn len(&self) -> io::Result<u64> {
        match &*self.0.overlay.read().expect("no panic while holding pages") {
            Some(overlay) => Ok(overlay.len),
            None => self.0.file.len(),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        match &*self.0.overlay.read().expect("no panic while holding pages") {
            Some(overlay) => overlay.read(&*self.0.file, offset, out),
            None => self.0.file.read(offset, out),
        }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if let Some(overlay) = &mut *self.0.overlay.write().expect("no panic while holding pages") {
            overlay.operations.push(Operation::SetLen(len));
            overlay.set_len(len);
            return Ok(());
        }
        self.0.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        if let Some(overlay) = &mut *self.0.overlay.write().expect("no panic while holding pages") {
            overlay.operations.push(Operation::Sync);
            return Ok(());
        }
        self.0.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        if let Some(overlay) = &mut *self.0.overlay.write().expect("no panic while holding pages") {
            overlay.operations.push(Operation::Write { offset, data: data.to_vec() });
            return overlay.write(&*self.0.file, offset, data);
        }
        self.0.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.query_lock_range(start, end)
    }
}
