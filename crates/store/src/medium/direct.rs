//! A file of fixed length that is written past the page cache: one system call makes a frame of the journal last.
//!
//! With `O_DIRECT` and `O_DSYNC` a write returns when the disk has it, and there are no pages to copy to, to mark and to look for
//! in an fsync. The disk takes whole blocks, so the file's bytes are also kept in memory: what a block holds beside the bytes written
//! is written again as it was. Where a file system or a disk will not have it, writes are ordinary ones, and an fsync.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use redb::StorageBackend;

/// What offsets, lengths and memory are multiples of: a page, and no disk has larger blocks.
const BLOCK: usize = 4096;

/// An open file.
#[derive(Debug)]
pub(super) struct DirectFile {
    file: File,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    contents: Aligned,
    /// `None` once it was found that it takes no direct writes.
    direct: Option<File>,
}

/// Bytes in memory that begin at a multiple of [`BLOCK`].
#[derive(Debug)]
struct Aligned {
    bytes: Vec<u8>,
    range: Range<usize>,
}

impl DirectFile {
    /// Opens a file that is there. Errors: `InvalidInput` if its length is not that many whole blocks.
    pub(super) fn open(path: &Path, len: usize) -> io::Result<DirectFile> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        if !len.is_multiple_of(BLOCK) || file.metadata()?.len() != len as u64 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut contents = Aligned::zeros(len);
        file.read_exact_at(contents.all_mut(), 0)?;
        let direct = OpenOptions::new().write(true).custom_flags(libc::O_DIRECT | libc::O_DSYNC).open(path).ok();
        Ok(DirectFile { file, state: Mutex::new(State { contents, direct }) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while writing")
    }
}

impl Aligned {
    fn zeros(len: usize) -> Aligned {
        let bytes = vec![0; len + BLOCK];
        let start = bytes.as_ptr().align_offset(BLOCK);
        Aligned { bytes, range: start..start + len }
    }

    fn all(&self) -> &[u8] {
        &self.bytes[self.range.clone()]
    }

    fn all_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.range.clone()]
    }

    /// The place of some bytes. Errors: they end after the file.
    fn place(&self, offset: u64, len: usize) -> io::Result<Range<usize>> {
        let place = || {
            let start = usize::try_from(offset).ok()?;
            Some(start..start.checked_add(len).filter(|end| *end <= self.range.len())?)
        };
        place().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl StorageBackend for DirectFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().contents.all().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        let place = state.contents.place(offset, out.len())?;
        out.copy_from_slice(&state.contents.all()[place]);
        Ok(())
    }

    fn set_len(&self, _len: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        // What was written directly lasts.
        if self.state().direct.is_some() { Ok(()) } else { self.file.sync_data() }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let place = state.contents.place(offset, data.len())?;
        state.contents.all_mut()[place.clone()].copy_from_slice(data);
        if let Some(direct) = &state.direct {
            let blocks = place.start / BLOCK * BLOCK..place.end.next_multiple_of(BLOCK);
            match direct.write_all_at(&state.contents.all()[blocks.clone()], blocks.start as u64) {
                Err(error) if is_refusal(&error) => state.direct = None,
                written => return written,
            }
        }
        self.file.write_all_at(data, offset)
    }
}

/// Whether a direct write is what was not had, rather than a disk that failed.
fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, DirectFile, StorageBackend, io};

    #[test]
    fn what_is_written_anywhere_is_in_the_file() {
        for is_direct in [true, false] {
            let directory = tempfile::tempdir().expect("a temporary directory");
            let path = directory.path().join("file");
            let mut expected = (0..4 * BLOCK).map(|at| (at % 251) as u8).collect::<Vec<_>>();
            std::fs::write(&path, &expected).expect("it can be written");
            let file = DirectFile::open(&path, expected.len()).expect("it opens");
            if !is_direct {
                file.state().direct = None;
            }
            for (offset, len) in [(0, 512), (512, 4096), (100, 3), (BLOCK - 1, 2), (2 * BLOCK, 2 * BLOCK), (7, 0)] {
                let data = vec![(offset % 256) as u8; len];
                expected[offset..offset + len].copy_from_slice(&data);
                file.write(offset as u64, &data).and_then(|()| file.sync_data()).expect("it can be written");
                assert!(std::fs::read(&path).expect("it can be read") == expected, "{offset} {len}");
                let mut read = vec![0; expected.len()];
                file.read(0, &mut read).expect("it can be read");
                assert!(read == expected, "{offset} {len}");
            }
            let end = expected.len() as u64;
            assert_eq!(file.write(end - 1, &[1, 2]).expect_err("it ends before").kind(), io::ErrorKind::UnexpectedEof);
            assert_eq!(file.read(u64::MAX, &mut [0]).expect_err("it ends before").kind(), io::ErrorKind::UnexpectedEof);
            assert!(std::fs::read(&path).expect("it can be read") == expected);
        }
    }
}
