//! A medium in memory that fails, tears or stops at the n-th operation, and loses what was not synced.
//!
//! ```text
//!   operation n:   Fail  has no effect, the ones after it work again        (a full disk, an I/O error)
//!                  Tear  has half its effect, everything after it fails     (the power goes while writing)
//!                  Stop  has no effect, everything after it fails           (the power goes)
//!   crash:         of the writes since the last sync any may be kept, torn or lost; so may new names
//! ```

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use bowline_store::StoreError;
use bowline_store::medium::Medium;
use redb::StorageBackend;

/// What happens at the n-th operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Fail,
    Tear,
    Stop,
}

/// The medium. Clones share the files.
#[derive(Debug, Clone, Default)]
pub struct Faulty(Arc<Mutex<World>>);

#[derive(Debug, Default)]
struct World {
    log: Option<Log>,
    journal: Option<Log>,
    files: Vec<File>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    renames: Vec<Rename>,
    operations: usize,
    fault: Option<(usize, Fault)>,
    stopped: bool,
}

/// The log or the journal of a medium, open.
#[derive(Debug)]
struct Open {
    medium: Faulty,
    is_journal: bool,
}

#[derive(Debug, Default)]
struct Log {
    durable: Vec<u8>,
    current: Vec<u8>,
    unsynced: Vec<Write>,
}

#[derive(Debug, Clone)]
enum Write {
    Bytes(usize, Vec<u8>),
    Len(usize),
}

#[derive(Debug)]
struct File {
    bytes: Vec<u8>,
    is_synced: bool,
}

/// A change of names since they were synced.
#[derive(Debug, Clone)]
enum Rename {
    Put(String, usize),
    Move(String, String, usize),
    Remove(String),
}

impl Faulty {
    /// How many operations there have been.
    pub fn operations(&self) -> usize {
        self.world().operations
    }

    /// Arms a fault at an operation counted from 0.
    pub fn arm(&self, at: usize, fault: Fault) {
        self.world().fault = Some((at, fault));
    }

    /// Ends the fault, and the process that met it: after a stop, what was not synced is kept or lost as `seed` has it.
    pub fn recover(&self, seed: u64) {
        let mut world = self.world();
        world.fault = None;
        if !std::mem::take(&mut world.stopped) {
            return;
        }
        let mut random = Random(seed);
        let world = &mut *world;
        for log in [&mut world.log, &mut world.journal].into_iter().flatten() {
            for write in log.unsynced.drain(..) {
                match (random.below(3), write) {
                    (0, _) => {}
                    (1, Write::Bytes(offset, bytes)) => {
                        let len = random.below(bytes.len() as u64 + 1) as usize;
                        Write::Bytes(offset, bytes[..len].to_vec()).apply(&mut log.durable);
                    }
                    (_, write) => write.apply(&mut log.durable),
                }
            }
            log.current = log.durable.clone();
        }
        for rename in world.renames.drain(..) {
            if random.below(2) == 0 {
                rename.apply(&mut world.durable_names);
            }
        }
        world.names = world.durable_names.clone();
        for file in world.files.iter_mut().filter(|file| !file.is_synced) {
            let len = random.below(file.bytes.len() as u64 + 1) as usize;
            file.bytes.truncate(len);
            file.is_synced = true;
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().expect("no panic while holding the files")
    }

    /// Counts an operation; `Ok(false)` if only half of it may happen.
    fn begin(&self) -> io::Result<(MutexGuard<'_, World>, bool)> {
        let mut world = self.world();
        let at = world.operations;
        world.operations += 1;
        let failure = || io::Error::other("injected failure");
        if world.stopped {
            return Err(failure());
        }
        match world.fault {
            Some((n, Fault::Fail)) if n == at => Err(failure()),
            Some((n, fault)) if n == at => {
                world.stopped = true;
                if fault == Fault::Tear { Ok((world, false)) } else { Err(failure()) }
            }
            _ => Ok((world, true)),
        }
    }

    /// Does an operation on the files, or half of it.
    fn operate<T>(&self, operation: impl FnOnce(&mut World, bool) -> io::Result<T>) -> io::Result<T> {
        let (mut world, whole) = self.begin()?;
        let result = operation(&mut world, whole);
        if whole { result } else { Err(io::Error::other("injected tear")) }
    }
}

impl World {
    fn file(&self, name: &str) -> io::Result<&File> {
        Ok(&self.files[*self.names.get(name).ok_or(io::ErrorKind::NotFound)?])
    }

    fn rename(&mut self, rename: Rename) {
        rename.apply(&mut self.names);
        self.renames.push(rename);
    }

    fn log(&mut self, is_journal: bool) -> &mut Log {
        let log = if is_journal { &mut self.journal } else { &mut self.log };
        log.as_mut().expect("it was created")
    }
}

impl Write {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Write::Len(len) => file.resize(*len, 0),
            Write::Bytes(offset, bytes) => {
                if file.len() < offset + bytes.len() {
                    file.resize(offset + bytes.len(), 0);
                }
                file[*offset..offset + bytes.len()].copy_from_slice(bytes);
            }
        }
    }
}

impl Rename {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Rename::Put(name, file) => {
                names.insert(name.clone(), *file);
            }
            Rename::Move(from, to, file) => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
            Rename::Remove(name) => {
                names.remove(name);
            }
        }
    }
}

impl StorageBackend for Open {
    fn len(&self) -> io::Result<u64> {
        self.medium.operate(|world, _| Ok(world.log(self.is_journal).current.len() as u64))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.medium.operate(|world, _| {
            let range = offset as usize..offset as usize + out.len();
            out.copy_from_slice(world.log(self.is_journal).current.get(range).ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.medium.operate(|world, whole| {
            if whole {
                let write = Write::Len(len as usize);
                write.apply(&mut world.log(self.is_journal).current);
                world.log(self.is_journal).unsynced.push(write);
            }
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.medium.operate(|world, whole| {
            let log = world.log(self.is_journal);
            let kept = if whole { log.unsynced.len() } else { log.unsynced.len() / 2 };
            log.unsynced.drain(..kept).for_each(|write| write.apply(&mut log.durable));
            Ok(())
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.medium.operate(|world, whole| {
            let len = if whole { data.len() } else { data.len() / 2 };
            let write = Write::Bytes(offset as usize, data[..len].to_vec());
            write.apply(&mut world.log(self.is_journal).current);
            world.log(self.is_journal).unsynced.push(write);
            Ok(())
        })
    }
}

impl Medium for Faulty {
    fn open_log(&self) -> Result<Option<Box<dyn StorageBackend>>, StoreError> {
        let found = self.world().log.is_some();
        Ok(found.then(|| Box::new(Open { medium: self.clone(), is_journal: false }) as Box<dyn StorageBackend>))
    }

    fn open_journal(&self) -> Result<Option<Box<dyn StorageBackend>>, StoreError> {
        let found = self.world().journal.is_some();
        Ok(found.then(|| Box::new(Open { medium: self.clone(), is_journal: true }) as Box<dyn StorageBackend>))
    }

    fn create_journal(&self, image: &[u8]) -> Result<bool, StoreError> {
        let create = |world: &mut World, whole: bool| {
            let bytes = if whole { image } else { &image[..image.len() / 2] };
            world.journal = Some(Log { durable: bytes.to_vec(), current: bytes.to_vec(), unsynced: Vec::new() });
            Ok(true)
        };
        self.operate(create).map_err(|error| StoreError::Io {
            file: self.journal_path(),
            action: "create",
            source: Arc::new(error),
        })
    }

    fn journal_path(&self) -> PathBuf {
        PathBuf::from("faulty/commits.journal")
    }

    fn create_log(&self, image: &[u8]) -> Result<(), StoreError> {
        let create = |world: &mut World, whole: bool| {
            if whole {
                world.log = Some(Log { durable: image.to_vec(), current: image.to_vec(), unsynced: Vec::new() });
            }
            Ok(())
        };
        self.operate(create).map_err(|error| StoreError::Io {
            file: self.log_path(),
            action: "create",
            source: Arc::new(error),
        })
    }

    fn log_path(&self) -> PathBuf {
        PathBuf::from("faulty/commits.redb")
    }

    fn segment_path(&self, name: &str) -> PathBuf {
        PathBuf::from("faulty/segments").join(name)
    }

    fn list_segments(&self) -> io::Result<Vec<String>> {
        self.operate(|world, _| Ok(world.names.keys().cloned().collect()))
    }

    fn write_segment(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.operate(|world, whole| {
            let len = if whole { bytes.len() } else { bytes.len() / 2 };
            world.files.push(File { bytes: bytes[..len].to_vec(), is_synced: false });
            let file = world.files.len() - 1;
            world.rename(Rename::Put(name.to_owned(), file));
            Ok(())
        })
    }

    fn sync_segment(&self, name: &str) -> io::Result<()> {
        self.operate(|world, whole| {
            let file = *world.names.get(name).ok_or(io::ErrorKind::NotFound)?;
            world.files[file].is_synced |= whole;
            Ok(())
        })
    }

    fn rename_segment(&self, from: &str, to: &str) -> io::Result<()> {
        self.operate(|world, whole| {
            let file = *world.names.get(from).ok_or(io::ErrorKind::NotFound)?;
            if whole {
                world.rename(Rename::Move(from.to_owned(), to.to_owned(), file));
            }
            Ok(())
        })
    }

    fn sync_names(&self) -> io::Result<()> {
        self.operate(|world, whole| {
            if whole {
                world.renames.clear();
                world.durable_names = world.names.clone();
            }
            Ok(())
        })
    }

    fn segment_len(&self, name: &str) -> io::Result<u64> {
        self.operate(|world, _| Ok(world.file(name)?.bytes.len() as u64))
    }

    fn read_segment(&self, name: &str, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.operate(|world, _| {
            let range = offset as usize..offset as usize + bytes.len();
            bytes.copy_from_slice(world.file(name)?.bytes.get(range).ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        })
    }

    fn remove_segment(&self, name: &str) -> io::Result<()> {
        self.operate(|world, whole| {
            if whole {
                world.rename(Rename::Remove(name.to_owned()));
            }
            Ok(())
        })
    }
}

/// SplitMix64: the same choices for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}
