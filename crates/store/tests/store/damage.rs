//! A damaged file is refused by name, never half-read.

use std::fs;
use std::path::{Path, PathBuf};

use bowline_core::catalog::SqlType;
use bowline_store::{Store, StoreError};

use crate::database::{Contents, Database, catalog, change, column, declare, small_integers};

/// A database with a log, a state and segment files; returns its contents.
fn build(directory: &Path) -> Contents {
    let mut database = Database::open(directory);
    database.commit(declare(&catalog(&[("t", vec![column(0, "a", SqlType::SmallInt)])])));
    database.commit(change(&database.snapshot, 1, vec![small_integers(70_000, 1)], 0..0));
    database.checkpoint();
    database.commit(change(&database.snapshot, 1, vec![small_integers(10, 2)], 3..5));
    database.contents()
}

fn segment(directory: &Path) -> PathBuf {
    let entry = fs::read_dir(directory.join("segments")).expect("a folder").next().expect("a file");
    entry.expect("an entry").path()
}

/// What opening and reading everything gives.
fn read(directory: &Path) -> Result<Contents, String> {
    let (_store, recovered) = Store::open(directory).map_err(|error| {
        assert!(matches!(error, StoreError::Corrupt { .. } | StoreError::NotADatabase { .. }), "{error:?}");
        format!("{}: {}", error.file().display(), error.what().unwrap_or_default())
    })?;
    Contents::try_of(&recovered.snapshot, &recovered.sequences).map_err(|error| {
        let error = error.0.downcast_ref::<StoreError>().expect("the store's own error");
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
        format!("{}: {}", error.file().display(), error.what().unwrap_or_default())
    })
}

#[test]
fn every_damaged_byte_of_a_segment_is_noticed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let before = build(directory.path());
    let path = segment(directory.path());
    let bytes = fs::read(&path).expect("a file");
    let footer = bytes.len() - 900;
    for position in (4..footer).step_by(footer / 40).chain((footer..bytes.len()).step_by(11)) {
        let mut damaged = bytes.clone();
        damaged[position] ^= 0x10;
        fs::write(&path, &damaged).expect("it can be written");
        let found = read(directory.path()).expect_err("the damage is noticed");
        assert!(found.starts_with(&path.display().to_string()) && found.contains("checksum"), "{position}: {found}");
    }
    fs::write(&path, &bytes[..bytes.len() - 1]).expect("it can be written");
    assert!(read(directory.path()).expect_err("it is too short").contains("bytes instead of"));
    fs::remove_file(&path).expect("it can be removed");
    assert!(read(directory.path()).expect_err("it is missing").contains("missing"));
    fs::write(&path, &bytes).expect("it can be written");
    assert_eq!(read(directory.path()), Ok(before));
}

#[test]
fn damaged_log_is_refused_or_still_whole() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let before = build(directory.path());
    let path = directory.path().join("commits.redb");
    let bytes = fs::read(&path).expect("a file");
    // Pages that hold something, and of those the places where the structure is.
    let used = (0..bytes.len()).filter(|position| bytes[*position] != 0);
    let (mut refused, mut whole) = (0, 0);
    for position in used.step_by(211) {
        let mut damaged = bytes.clone();
        damaged[position] ^= 0x04;
        fs::write(&path, &damaged).expect("it can be written");
        match read(directory.path()) {
            Err(_) => {
                refused += 1;
                assert!(fs::read(&path).expect("a file") == damaged, "a refused file stays as it was");
            }
            Ok(contents) => {
                whole += 1;
                assert_eq!(contents, before, "at byte {position}");
            }
        }
    }
    println!("{refused} refused, {whole} whole");
    assert!(refused > 0);
    for len in [bytes.len() / 2, 100, 5] {
        fs::write(&path, &bytes[..len]).expect("it can be written");
        read(directory.path()).expect_err("half a log is refused");
    }
}

/// A copy of a database that is open: what a crash would leave.
fn crashed(directory: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a temporary directory");
    for name in ["commits.redb", "commits.journal"] {
        fs::copy(directory.join(name), copy.path().join(name)).expect("it can be copied");
    }
    copy
}

#[test]
fn damaged_journal_is_refused_but_for_its_end() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut database = Database::open(directory.path());
    database.commit(declare(&catalog(&[("t", vec![column(0, "a", SqlType::SmallInt)])])));
    let mut steps = Vec::new();
    for step in 0..5 {
        database.commit(change(&database.snapshot, 1, vec![small_integers(3, step)], 0..0));
        steps.push(database.contents());
    }
    let crashed = crashed(directory.path());
    let path = crashed.path().join("commits.journal");
    let journal = fs::read(&path).expect("a file");
    let log = fs::read(crashed.path().join("commits.redb")).expect("a file");
    let used: Vec<usize> = (0..journal.len()).filter(|position| journal[*position] != 0).collect();
    // Every frame has the journal's number after its hash.
    let is_frame = |position: &usize| journal[position + 8..position + 16] == journal[8..16];
    let last_frame = (0..journal.len()).step_by(512).rfind(is_frame).expect("there are frames");
    for position in used.into_iter().step_by(53).chain([last_frame]) {
        let mut damaged = journal.clone();
        damaged[position] ^= 0x04;
        fs::write(&path, &damaged).expect("it can be written");
        fs::write(crashed.path().join("commits.redb"), &log).expect("it can be written");
        match read(crashed.path()) {
            Err(error) => {
                assert!(position < last_frame && error.contains("commits.journal"), "{position}: {error}");
                assert!(fs::read(&path).expect("a file") == damaged, "a refused file stays as it was");
            }
            // It cannot be told from one that a crash tore.
            Ok(contents) => assert!(position >= last_frame && contents == steps[3], "at byte {position}"),
        }
    }
    fs::write(crashed.path().join("commits.redb"), &log).expect("it can be written");
    fs::remove_file(&path).expect("it can be removed");
    assert!(read(crashed.path()).expect_err("it is missing").contains("missing"));
    fs::write(&path, &journal[..4096]).expect("it can be written");
    assert!(read(crashed.path()).expect_err("it is cut off").contains("4096 bytes"));
    fs::write(&path, &journal).expect("it can be written");
    assert_eq!(read(crashed.path()).as_ref(), Ok(&steps[4]));
    // It was taken over into the log.
    assert_eq!(read(crashed.path()).as_ref(), Ok(&steps[4]));
}

#[test]
fn journal_is_used_again_when_it_is_full() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut database = Database::open(directory.path());
    database.commit(declare(&catalog(&[("t", vec![column(0, "a", SqlType::SmallInt)])])));
    for step in 0..300 {
        // Some are too large for the journal.
        let rows = if step % 90 == 89 { 60_000 } else { 3_000 };
        database.commit(change(&database.snapshot, 1, vec![small_integers(rows, step)], 0..0));
        if step % 97 == 0 || step == 299 {
            let crashed = crashed(directory.path());
            // Segment files are not copied: there are none.
            assert_eq!(read(crashed.path()).as_ref(), Ok(&database.contents()), "after {step}");
        }
    }
    let before = database.contents();
    drop(database);
    assert_eq!(read(directory.path()), Ok(before));
}
