//! The commit log: records in redb, the newest small ones in the journal before it, one wait for the disk a commit. The only place that
//! meets redb.
//!
//! ```text
//!   table "bowline"   "format" → 4, "journal" → the journal's own number, "last" → the last commit in redb
//!   table "state"     sequence → record      at most one: everything up to that commit
//!   table "commits"   sequence → record      every commit after it up to "last", without a gap
//!   journal           the commits after "last"
//!
//!   small commits ──▶ journal ──┬─ full, closed ─▶ "commits", in one transaction       large commit: with those before it
//!                               └─ checkpoint ───▶ "state"                            into "commits", at once
//! ```

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use redb::backends::InMemoryBackend;
use redb::{
    Builder, Database, DatabaseError, Durability, ReadTransaction, ReadableDatabase, ReadableTable, StorageBackend,
    StorageError, TableDefinition, TableError, TableHandle, WriteTransaction,
};

use crate::StoreError;
use crate::journal::{Journal, SECTOR};
use crate::medium::Medium;
use crate::probation::Probation;
use crate::record::{Stored, decode};

/// The newest format version this program writes and reads.
const FORMAT: u64 = 4;
/// What the journal's frames start at multiples of, by format.
fn alignment(format: u64) -> usize {
    if format < 3 { 4096 } else { SECTOR }
}

const BOWLINE: TableDefinition<&str, u64> = TableDefinition::new("bowline");
const STATE: TableDefinition<u64, &[u8]> = TableDefinition::new("state");
const COMMITS: TableDefinition<u64, &[u8]> = TableDefinition::new("commits");

/// The log is read once and then only appended to, so redb needs little memory for its pages.
const CACHE_BYTES: usize = 16 << 20;

/// An open log.
pub(crate) struct Log {
    database: Database,
    probation: Probation,
    path: PathBuf,
    /// The format version it had when it was opened.
    found_format: u64,
    /// `None` until it is there; always, where nothing lasts.
    journal: Mutex<Option<Journal>>,
}

/// Everything in the log, checksums verified.
pub(crate) struct Contents {
    /// The record that stands for all commits up to it.
    pub state: Option<Stored>,
    /// The commits after it, in order and without a gap.
    pub commits: Vec<Stored>,
    /// How many bytes the commits take.
    pub commit_bytes: usize,
}

/// What table "bowline" says.
struct Head {
    format: u64,
    last: u64,
    /// The journal's number; none before format 2, and where nothing lasts.
    journal: Option<u64>,
}

impl Log {
    /// Opens the log of a medium, creating one where there is none. Until [`Log::accept`] the file is not written.
    pub(crate) fn open(medium: &dyn Medium) -> Result<(Log, Contents), StoreError> {
        let path = medium.log_path();
        let file = match medium.open_log()? {
            Some(file) => file,
            None => {
                medium.create_log(&first_image(&path)?)?;
                medium.open_log()?.ok_or_else(|| StoreError::corrupt(&path, "it is missing just after its creation"))?
            }
        };
        let probation = Probation::new(file).map_err(StoreError::io(&path, "read"))?;
        // redb trusts the links between its pages; a damaged one can make it panic rather than fail.
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let database = open_database(&probation, &path)?;
            let journal = Mutex::new(None);
            let mut log =
                Log { database, probation: probation.clone(), path: path.clone(), found_format: FORMAT, journal };
            let (contents, head) = log.read()?;
            log.found_format = head.format;
            Ok((log, contents, head))
        }));
        let broken = || Err(StoreError::corrupt(path, "the links between its pages are broken"));
        let (log, mut contents, head) = opened.unwrap_or_else(|_| broken())?;
        if let Some(number) = head.journal {
            let path = medium.journal_path();
            let file = medium.open_journal()?.ok_or_else(|| StoreError::corrupt(&path, "the file is missing"))?;
            let journal = Journal::open(file, &path, number, head.last, alignment(head.format))?;
            for (sequence, record) in journal.kept() {
                contents.commit_bytes += record.len();
                let corrupt = |what| StoreError::corrupt(&path, format!("commit {sequence}: {what}"));
                contents.commits.push(parsed(*sequence, record.clone()).map_err(corrupt)?);
            }
            *log.journal() = Some(journal);
        }
        Ok((log, contents))
    }

    /// Lets redb write to the file from now on, takes over what the journal holds, and makes one if there is none.
    pub(crate) fn accept(&self, medium: &dyn Medium) -> Result<(), StoreError> {
        self.probation.accept().map_err(StoreError::io(&self.path, "write"))?;
        let mut journal = self.journal();
        if let Some(journal) = &mut *journal {
            // Whether all that was read will last, the disk alone knows: an fsync may have failed.
            self.insert(journal.kept(), &[])?;
            if self.found_format < FORMAT {
                self.write("write to", |transaction| {
                    transaction.open_table(BOWLINE)?.insert("format", FORMAT)?;
                    Ok(())
                })?;
            }
            journal.restart();
            return Ok(());
        }
        if !medium.create_journal(&Journal::first_image())? {
            return Ok(());
        }
        let path = medium.journal_path();
        let file = medium.open_journal()?;
        let file = file.ok_or_else(|| StoreError::corrupt(&path, "it is missing just after its creation"))?;
        let number = RandomState::new().hash_one(&path);
        let made = Journal::open(file, &path, number, 0, SECTOR)?;
        self.write("write to", |transaction| {
            let mut values = transaction.open_table(BOWLINE)?;
            values.insert("journal", number)?;
            values.insert("format", FORMAT)?;
            Ok(())
        })?;
        *journal = Some(made);
        Ok(())
    }

    /// Appends commits, durably: all of them or none. They ascend without a gap.
    pub(crate) fn append(&self, records: Vec<(u64, Vec<u8>)>) -> Result<(), StoreError> {
        let mut journal = self.journal();
        let journal = match &mut *journal {
            None => return self.insert(&[], &records),
            Some(journal) => journal,
        };
        if !Journal::takes(&records) {
            self.insert(journal.kept(), &records)?;
            journal.restart();
            return Ok(());
        }
        if !journal.has_room(&records) {
            self.insert(journal.kept(), &[])?;
            journal.restart();
        }
        journal.append(records)
    }

    /// Puts commits into redb: all of them or none.
    fn insert(&self, kept: &[(u64, Vec<u8>)], records: &[(u64, Vec<u8>)]) -> Result<(), StoreError> {
        let Some((last, _)) = records.last().or(kept.last()) else { return Ok(()) };
        self.write("append to", |transaction| {
            transaction.open_table(BOWLINE)?.insert("last", last)?;
            let mut commits = transaction.open_table(COMMITS)?;
            for (sequence, record) in kept.iter().chain(records) {
                commits.insert(sequence, record.as_slice())?;
            }
            Ok(())
        })
    }

    /// Moves what the journal holds into redb. To be called when nothing failed before.
    pub(crate) fn close(&self) {
        let mut journal = self.journal();
        let Some(journal) = &mut *journal else { return };
        // What cannot be moved stays in the journal, where the next to open the database finds it.
        if self.insert(journal.kept(), &[]).is_ok() {
            journal.restart();
        }
        let _ = journal.close();
    }

    fn journal(&self) -> MutexGuard<'_, Option<Journal>> {
        self.journal.lock().expect("no panic while writing")
    }

    /// Replaces the state and all commits up to `sequence`, the last there is, by a new state, durably.
    pub(crate) fn replace(&self, sequence: u64, state: &[u8]) -> Result<(), StoreError> {
        let mut journal = self.journal();
        self.write("fold", |transaction| {
            transaction.open_table(BOWLINE)?.insert("last", sequence)?;
            let mut states = transaction.open_table(STATE)?;
            states.retain(|_, _| false)?;
            states.insert(sequence, state)?;
            transaction.open_table(COMMITS)?.retain_in(..=sequence, |_, _| false)?;
            Ok(())
        })?;
        if let Some(journal) = &mut *journal {
            journal.restart();
        }
        Ok(())
    }

    fn write(
        &self,
        action: &'static str,
        change: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), StoreError> {
        let attempt = || -> Result<(), redb::Error> {
            let mut transaction = self.database.begin_write()?;
            // One phase, one fsync: after a crash redb tells a torn commit by its checksums.
            transaction.set_two_phase_commit(false);
            transaction.set_durability(Durability::Immediate)?;
            change(&transaction)?;
            transaction.commit()?;
            Ok(())
        };
        attempt().map_err(|error| match error {
            redb::Error::Io(source) => StoreError::io(&self.path, action)(source),
            redb::Error::PreviousIo => StoreError::WriteFailedBefore { file: self.path.clone() },
            other => StoreError::corrupt(&self.path, other),
        })
    }

    fn read(&self) -> Result<(Contents, Head), StoreError> {
        let corrupt = |what: String| StoreError::corrupt(&self.path, what);
        let storage = |error: redb::Error| match error {
            redb::Error::Io(source) => reading(&self.path)(source),
            other => corrupt(other.to_string()),
        };
        let transaction = self.database.begin_read().map_err(|error| storage(error.into()))?;
        let head = self.read_head(&transaction)?;
        let states = read_table(&transaction, STATE).map_err(storage)?;
        let commits = read_table(&transaction, COMMITS).map_err(storage)?;
        let commit_bytes = commits.values().map(Vec::len).sum();
        if states.len() > 1 {
            return Err(corrupt("it has more than one state".to_owned()));
        }
        let parse = |kind: &str, sequence: u64, bytes: Vec<u8>| {
            parsed(sequence, bytes).map_err(|what| corrupt(format!("{kind} {sequence}: {what}")))
        };
        let mut expected = 1;
        let mut state = None;
        for (sequence, bytes) in states {
            state = Some(parse("state", sequence, bytes)?);
            expected = sequence + 1;
        }
        let mut found = Vec::with_capacity(commits.len());
        for (sequence, bytes) in commits {
            if sequence != expected {
                return Err(corrupt(format!("commit {expected} is missing")));
            }
            found.push(parse("commit", sequence, bytes)?);
            expected += 1;
        }
        if expected != head.last + 1 {
            return Err(corrupt(format!("it ends at commit {}, and its last is {}", expected - 1, head.last)));
        }
        Ok((Contents { state, commits: found, commit_bytes }, head))
    }

    /// What table "bowline" says, after the format version was found to be known.
    fn read_head(&self, transaction: &ReadTransaction) -> Result<Head, StoreError> {
        let corrupt = |what: String| StoreError::corrupt(&self.path, what);
        let names = transaction.list_tables().map_err(|error| corrupt(error.to_string()))?;
        let names: Vec<String> = names.map(|table| table.name().to_owned()).collect();
        if !names.iter().any(|name| name == BOWLINE.name()) {
            let what = "it is a redb file of another program".to_owned();
            return Err(StoreError::NotADatabase { file: self.path.clone(), what });
        }
        let values = transaction.open_table(BOWLINE).map_err(|error| corrupt(error.to_string()))?;
        let value = |key: &str| match values.get(key) {
            Ok(value) => Ok(value.map(|value| value.value())),
            Err(error) => Err(corrupt(error.to_string())),
        };
        let required = |key: &str| value(key)?.ok_or_else(|| corrupt(format!("its entry \"{key}\" is missing")));
        let found = required("format")?;
        if found > FORMAT {
            return Err(StoreError::NewerFormat { file: self.path.clone(), found, known: FORMAT });
        }
        Ok(Head { format: found, last: required("last")?, journal: value("journal")? })
    }
}

/// A record with the number it is kept under. Errors: what is wrong with it, as a phrase.
fn parsed(sequence: u64, bytes: Vec<u8>) -> Result<Stored, String> {
    let stored = decode(bytes)?;
    match stored.record.sequence == sequence {
        true => Ok(stored),
        false => Err(format!("it says it is {}", stored.record.sequence)),
    }
}

fn open_database(backend: &Probation, path: &Path) -> Result<Database, StoreError> {
    let opened = Builder::new().set_cache_size(CACHE_BYTES).create_with_backend(backend.clone());
    let refused = |error| match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::InUse { file: path.to_path_buf() },
        DatabaseError::Storage(StorageError::Io(source)) => reading(path)(source),
        other => StoreError::corrupt(path, other),
    };
    let mut database = opened.map_err(refused)?;
    // redb verifies checksums by itself only after a crash. The log is short, and everything hangs on it.
    match database.check_integrity().map_err(refused)? {
        true => Ok(database),
        false => Err(StoreError::corrupt(path, "the checksums of its pages are wrong")),
    }
}

/// An error while reading: what the file says wrongly is damage, the rest is the operating system's.
fn reading(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_path_buf();
    move |source| match source.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            StoreError::corrupt(path, source)
        }
        _ => StoreError::io(path, "read")(source),
    }
}

fn read_table(
    transaction: &ReadTransaction,
    table: TableDefinition<u64, &[u8]>,
) -> Result<BTreeMap<u64, Vec<u8>>, redb::Error> {
    match transaction.open_table(table) {
        Err(TableError::TableDoesNotExist(_)) => Ok(BTreeMap::new()),
        Err(error) => Err(error.into()),
        Ok(found) => {
            let entry = |entry: Result<_, StorageError>| -> Result<(u64, Vec<u8>), redb::Error> {
                let (key, value): (redb::AccessGuard<u64>, redb::AccessGuard<&[u8]>) = entry?;
                Ok((key.value(), value.value().to_vec()))
            };
            found.iter()?.map(entry).collect()
        }
    }
}

/// The bytes of a log without commits. Made in memory, so that a log is created whole or not at all.
fn first_image(path: &Path) -> Result<Vec<u8>, StoreError> {
    let make = || -> Result<Vec<u8>, redb::Error> {
        let image = Probation::new(Box::new(InMemoryBackend::new()))?;
        let database = Builder::new().set_cache_size(CACHE_BYTES).create_with_backend(image.clone())?;
        let transaction = database.begin_write()?;
        {
            let mut values = transaction.open_table(BOWLINE)?;
            values.insert("format", FORMAT)?;
            values.insert("last", 0)?;
            transaction.open_table(STATE)?;
            transaction.open_table(COMMITS)?;
        }
        transaction.commit()?;
        drop(database);
        let mut bytes = vec![0; image.len()? as usize];
        image.read(0, &mut bytes)?;
        Ok(bytes)
    };
    make().map_err(|error| StoreError::Encode { file: path.to_path_buf(), what: error.to_string() })
}
