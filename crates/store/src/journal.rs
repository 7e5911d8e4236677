//! The newest small commits: a file of fixed length, to which each is appended with one write that lasts when it returns.
//!
//! ```text
//!   frame   hash u64 │ journal u64 │ first u64 │ len u32 │ records, each after its length (u32)     padded to whole sectors
//!           └ XXH64 of everything after it but the padding
//!
//!   file    │ frame │ frame │ frame │ older frames or zeros …      records with consecutive numbers, `first` the lowest
//! ```
//!
//! redb writes eight or nine pages at places of its own choice for a commit of one row, and a disk takes each of them by
//! itself; here the same commit is a few sectors, written where the one before ended. What the file holds goes to redb all at
//! once ([`crate::log`]) when the file is full, and then it is written from its beginning again.
//!
//! Invariant: frames up to the first that is not the next commit's are everything acknowledged. What a crash tore was not; what
//! is left from before has numbers that redb has already. A frame of a later commit behind that place proves damage.
//! The file's own number in each frame, which nobody outside knows, keeps rows from posing as frames.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use redb::StorageBackend;

use crate::StoreError;
use crate::record::hash;

/// The length of the file. It never changes, so that an fsync has no metadata to write.
pub(crate) const JOURNAL_BYTES: usize = 1 << 20;
/// Frames start at multiples of this: what a disk writes whole or not at all, so that no frame is torn by the next.
pub(crate) const SECTOR: usize = 512;
/// Larger frames are not had: what is large is as quick in redb.
const FRAME_BYTES_MAX: usize = JOURNAL_BYTES / 4;

const HASH: Range<usize> = 0..8;
const JOURNAL: Range<usize> = 8..16;
const FIRST: Range<usize> = 16..24;
const LEN: Range<usize> = 24..28;
const HEADER: usize = 28;

/// An open journal.
pub(crate) struct Journal {
    file: Box<dyn StorageBackend>,
    path: PathBuf,
    number: u64,
    /// Where the next frame goes.
    end: usize,
    /// What the frames hold: commits that redb does not have yet.
    kept: Vec<(u64, Vec<u8>)>,
}

impl Journal {
    /// Reads a journal. `number`: what it must call itself. `last`: the last commit that redb has. `alignment`: what its
    /// frames start at multiples of; if it is not [`SECTOR`], they are moved away before others are written.
    /// Errors: the file has another length; a commit that was acknowledged is damaged.
    pub(crate) fn open(
        file: Box<dyn StorageBackend>,
        path: &Path,
        number: u64,
        last: u64,
        alignment: usize,
    ) -> Result<Journal, StoreError> {
        let mut bytes = vec![0; JOURNAL_BYTES];
        let found = file.len().map_err(StoreError::io(path, "read"))?;
        if found != bytes.len() as u64 {
            return Err(StoreError::corrupt(path, format!("it has {found} bytes instead of {JOURNAL_BYTES}")));
        }
        file.read(0, &mut bytes).map_err(StoreError::io(path, "read"))?;
        let mut journal = Journal { file, path: path.to_path_buf(), number, end: 0, kept: Vec::new() };
        let mut expected = last + 1;
        while let Some(frame) = Frame::read(&bytes[journal.end..], number).filter(|frame| frame.first == expected) {
            expected += frame.records.len() as u64;
            journal.end += frame.bytes.next_multiple_of(alignment);
            journal.kept.extend((frame.first..).zip(frame.records));
        }
        let behind = (journal.end..JOURNAL_BYTES).step_by(SECTOR).filter_map(|at| Frame::read(&bytes[at..], number));
        match behind.map(|frame| frame.first).find(|first| *first >= expected) {
            None => Ok(journal),
            Some(later) => {
                let what = format!("commit {expected} cannot be read, and commit {later} stands behind it");
                Err(StoreError::corrupt(path, what))
            }
        }
    }

    /// The bytes of an empty journal.
    pub(crate) fn first_image() -> Vec<u8> {
        vec![0; JOURNAL_BYTES]
    }

    /// The commits that redb does not have yet, in order.
    pub(crate) fn kept(&self) -> &[(u64, Vec<u8>)] {
        &self.kept
    }

    /// Whether commits are small enough to be kept here at all.
    pub(crate) fn takes(records: &[(u64, Vec<u8>)]) -> bool {
        frame_len(records) <= FRAME_BYTES_MAX
    }

    /// Whether there is room for them behind those that are kept.
    pub(crate) fn has_room(&self, records: &[(u64, Vec<u8>)]) -> bool {
        self.end + sectors(frame_len(records)) <= JOURNAL_BYTES
    }

    /// Appends commits, durably: all of them or none. There is room for them, and they follow those that are kept.
    pub(crate) fn append(&mut self, records: Vec<(u64, Vec<u8>)>) -> Result<(), StoreError> {
        assert!(self.has_room(&records), "a frame was believed to fit into the journal");
        let frame = frame(self.number, &records);
        let written = self.file.write(self.end as u64, &frame).and_then(|()| self.file.sync_data());
        written.map_err(StoreError::io(&self.path, "append to"))?;
        self.end += frame.len();
        self.kept.extend(records);
        Ok(())
    }

    /// redb has everything that was kept: starts from the beginning.
    pub(crate) fn restart(&mut self) {
        self.end = 0;
        self.kept.clear();
    }

    /// Closes the file.
    pub(crate) fn close(&self) -> io::Result<()> {
        self.file.close()
    }
}

/// A frame read back.
struct Frame {
    first: u64,
    /// How long it is without its padding.
    bytes: usize,
    records: Vec<Vec<u8>>,
}

impl Frame {
    /// The frame at the start of these bytes, if there is a whole one.
    fn read(bytes: &[u8], number: u64) -> Option<Frame> {
        let word = |place: Range<usize>| Some(u64::from_le_bytes(bytes.get(place)?.try_into().ok()?));
        let short = |place: Range<usize>| Some(u32::from_le_bytes(bytes.get(place)?.try_into().ok()?) as usize);
        if word(JOURNAL)? != number {
            return None;
        }
        let end = HEADER.checked_add(short(LEN)?)?;
        if word(HASH)? != hash(bytes.get(HASH.end..end)?) {
            return None;
        }
        let mut records = Vec::new();
        let mut at = HEADER;
        while at < end {
            let start = at + 4;
            at = start.checked_add(short(at..start)?)?;
            records.push(bytes[..end].get(start..at)?.to_vec());
        }
        Some(Frame { first: word(FIRST)?, bytes: end, records })
    }
}

/// The bytes of a frame, padded to whole sectors.
fn frame(number: u64, records: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let len = frame_len(records);
    let first = records.first().map_or(0, |(sequence, _)| *sequence);
    let mut bytes = Vec::with_capacity(sectors(len));
    bytes.extend_from_slice(&[0; HASH.end]);
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&first.to_le_bytes());
    bytes.extend_from_slice(&((len - HEADER) as u32).to_le_bytes());
    for (_, record) in records {
        bytes.extend_from_slice(&(record.len() as u32).to_le_bytes());
        bytes.extend_from_slice(record);
    }
    let hash = hash(&bytes[HASH.end..]);
    bytes[HASH].copy_from_slice(&hash.to_le_bytes());
    bytes.resize(sectors(len), 0);
    bytes
}

fn frame_len(records: &[(u64, Vec<u8>)]) -> usize {
    HEADER + records.iter().map(|(_, record)| 4 + record.len()).sum::<usize>()
}

/// So many bytes, padded.
fn sectors(bytes: usize) -> usize {
    bytes.next_multiple_of(SECTOR)
}

#[cfg(test)]
mod tests {
    use redb::backends::InMemoryBackend;

    use super::{Journal, Path, SECTOR, StorageBackend, StoreError, frame};

    /// The length of a frame with one of the records below.
    const FRAME: usize = 6 * SECTOR;

    fn file(contents: &[u8]) -> Box<dyn StorageBackend> {
        let file = InMemoryBackend::new();
        file.set_len(contents.len() as u64).and_then(|()| file.write(0, contents)).expect("memory can be written");
        Box::new(file)
    }

    fn open(contents: &[u8], last: u64) -> Result<Vec<u64>, StoreError> {
        let journal = Journal::open(file(contents), Path::new("journal"), 7, last, SECTOR)?;
        assert!(journal.kept().iter().all(|(sequence, record)| *record == vec![*sequence as u8; 3000]));
        Ok(journal.kept().iter().map(|(sequence, _)| *sequence).collect())
    }

    fn records(sequences: std::ops::Range<u64>) -> Vec<(u64, Vec<u8>)> {
        sequences.map(|sequence| (sequence, vec![sequence as u8; 3000])).collect()
    }

    /// Frames one after the other: `5`, `6 7`, `8`.
    fn image() -> Vec<u8> {
        let mut image: Vec<u8> = [5..6, 6..8, 8..9].into_iter().flat_map(|range| frame(7, &records(range))).collect();
        assert_eq!(image.len(), 4 * FRAME, "the frames were believed to take 6, 12 and 6 sectors");
        image.resize(Journal::first_image().len(), 0);
        image
    }

    #[test]
    fn frames_are_read_as_far_as_they_follow_each_other() {
        let none: [u64; 0] = [];
        assert_eq!(open(&Journal::first_image(), 4).expect("it opens"), none);
        assert_eq!(open(&image(), 4).expect("it opens"), [5, 6, 7, 8]);
        // redb has them all: what stands there is from before.
        assert_eq!(open(&image(), 8).expect("it opens"), none);
        let mut overwritten = image();
        overwritten[..FRAME].copy_from_slice(&frame(7, &records(9..10)));
        assert_eq!(open(&overwritten, 8).expect("it opens"), [9]);
        // Another journal's frames are not this one's.
        let mut foreign = Journal::first_image();
        foreign[..FRAME].copy_from_slice(&frame(8, &records(5..6)));
        assert_eq!(open(&foreign, 4).expect("it opens"), none);
    }

    #[test]
    fn torn_end_is_left_out_and_damage_before_it_is_refused() {
        for position in [3 * FRAME, 3 * FRAME + 8, 3 * FRAME + 20, 3 * FRAME + 1000] {
            let mut torn = image();
            torn[position] ^= 1;
            assert_eq!(open(&torn, 4).expect("it opens"), [5, 6, 7], "{position}");
        }
        for position in [0, 8, 20, 25, 1000, FRAME, FRAME + 5000] {
            let mut damaged = image();
            damaged[position] ^= 1;
            let error = open(&damaged, 4).expect_err("the damage is noticed");
            assert!(matches!(error, StoreError::Corrupt { .. }), "{position}: {error:?}");
        }
        open(&image(), 3).expect_err("commit 4 is missing");
        open(&image()[..FRAME], 4).expect_err("it is cut off");
    }

    #[test]
    fn appended_frames_are_read_back() {
        let empty = file(&Journal::first_image());
        let mut journal = Journal::open(empty, Path::new("journal"), 7, 0, SECTOR).expect("it opens");
        let mut next = 1;
        while journal.has_room(&records(next..next + 3)) {
            journal.append(records(next..next + 3)).expect("memory can be written");
            next += 3;
        }
        assert!(next > 200 && journal.kept().len() == next as usize - 1);
        journal.restart();
        journal.append(records(next..next + 1)).expect("memory can be written");
        let mut image = Journal::first_image();
        journal.file.read(0, &mut image).expect("memory can be read");
        assert_eq!(open(&image, next - 1).expect("it opens"), [next]);
    }
}
