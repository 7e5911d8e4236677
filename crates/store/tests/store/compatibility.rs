//! Databases of earlier format versions still open.
//!
//! A fixture is a database directory whose log is kept as its pages that are not all zero, each after its number (u64,
//! little-endian); the length comes first. `BOWLINE_WRITE_FIXTURE=1` writes the one of the current version anew.

use std::fs;
use std::path::{Path, PathBuf};

use bowline_core::catalog::{SqlType, TableId};

use crate::database::{
    Database, catalog, change, column, columns_of_all_types, declare, rows_of_all_types, small_integers,
};

const PAGE: usize = 4096;

fn fixture(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/store/fixtures/v{version}"))
}

fn pack(log: &[u8]) -> Vec<u8> {
    let mut packed = (log.len() as u64).to_le_bytes().to_vec();
    for (number, page) in log.chunks(PAGE).enumerate().filter(|(_, page)| page.iter().any(|byte| *byte != 0)) {
        packed.extend_from_slice(&(number as u64).to_le_bytes());
        packed.extend_from_slice(page);
        packed.resize(packed.len() + PAGE - page.len(), 0);
    }
    packed
}

fn unpack(packed: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    let len = number(packed);
    let mut log = vec![0; len.next_multiple_of(PAGE)];
    for page in packed[8..].chunks(8 + PAGE) {
        let start = number(page) * PAGE;
        log[start..start + PAGE].copy_from_slice(&page[8..]);
    }
    log.truncate(len);
    log
}

/// What the fixture of version 1 has: rows in the state, in a segment file and in the log after it.
fn build(directory: &Path) -> Database {
    let mut database = Database::open(directory);
    database
        .commit(declare(&catalog(&[("t", columns_of_all_types()), ("u", vec![column(0, "a", SqlType::SmallInt)])])));
    database.commit(change(&database.snapshot, 1, vec![rows_of_all_types(5)], 1..2));
    database.checkpoint();
    drop(database);
    let mut database = Database::open(directory);
    database.commit(change(&database.snapshot, 2, vec![small_integers(5_000, 3)], 7..9));
    database.checkpoint();
    database.commit(change(&database.snapshot, 1, vec![rows_of_all_types(6)], 2..4));
    database
}

#[test]
fn version_1_still_opens() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let expected = build(&directory.path().join("built")).contents();
    let fixture = fixture(1);
    if std::env::var_os("BOWLINE_WRITE_FIXTURE").is_some() {
        let built = directory.path().join("built");
        fs::create_dir_all(fixture.join("segments")).expect("the fixture's folder");
        let log = fs::read(built.join("commits.redb")).expect("a log");
        assert!(unpack(&pack(&log)) == log);
        fs::write(fixture.join("commits.redb.pages"), pack(&log)).expect("it can be written");
        copy(&built.join("segments"), &fixture.join("segments"));
    }
    let opened = directory.path().join("opened");
    fs::create_dir_all(opened.join("segments")).expect("a folder");
    let packed = fs::read(fixture.join("commits.redb.pages")).expect("the fixture is there");
    fs::write(opened.join("commits.redb"), unpack(&packed)).expect("it can be written");
    copy(&fixture.join("segments"), &opened.join("segments"));
    let database = Database::open(&opened);
    assert_eq!(database.snapshot.rows(TableId(1)).live_count(), 5 + 6 - 3);
    assert!(database.contents() == expected);
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, to.join(path.file_name().expect("a file has a name"))).expect("it can be copied");
    }
}
