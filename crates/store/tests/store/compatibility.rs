//! Databases of earlier format versions still open.
//!
//! A fixture is a database directory whose log and journal are kept as their pages that are not all zero, each after its number
//! (u64, little-endian); the length comes first. `BOWLINE_WRITE_FIXTURE=1` writes the one of the current version anew.

use std::fs;
use std::path::{Path, PathBuf};

use bowline_core::catalog::{SqlType, TableId};

use crate::database::{
    Database, catalog, change, column, columns_of_all_types, declare, rows_of_all_types, small_integers,
};

const PAGE: usize = 4096;
/// The format that is written now.
const CURRENT: u32 = 4;

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

/// What every fixture has: rows in the state, in a segment file and in the log after it.
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

/// The files that are kept as their pages; format 1 has no journal.
const PACKED: [&str; 2] = ["commits.redb", "commits.journal"];

fn opens(version: u32) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let built = directory.path().join("built");
    let expected = build(&built).contents();
    let fixture = fixture(version);
    if version == CURRENT && std::env::var_os("BOWLINE_WRITE_FIXTURE").is_some() {
        fs::create_dir_all(fixture.join("segments")).expect("the fixture's folder");
        for name in PACKED {
            let bytes = fs::read(built.join(name)).expect("a file");
            assert!(unpack(&pack(&bytes)) == bytes);
            fs::write(fixture.join(format!("{name}.pages")), pack(&bytes)).expect("it can be written");
        }
        copy(&built.join("segments"), &fixture.join("segments"));
    }
    let opened = directory.path().join("opened");
    fs::create_dir_all(opened.join("segments")).expect("a folder");
    for name in &PACKED[..if version == 1 { 1 } else { 2 }] {
        let packed = fs::read(fixture.join(format!("{name}.pages"))).expect("the fixture is there");
        fs::write(opened.join(name), unpack(&packed)).expect("it can be written");
    }
    copy(&fixture.join("segments"), &opened.join("segments"));
    let mut database = Database::open(&opened);
    assert_eq!(database.snapshot.rows(TableId(1)).live_count(), 5 + 6 - 3);
    assert!(database.contents() == expected);
    // It is written in the current format from now on.
    database.commit(change(&database.snapshot, 2, vec![small_integers(1, 9)], 0..0));
    let expected = database.contents();
    drop(database);
    assert!(opened.join("commits.journal").is_file());
    assert!(Database::open(&opened).contents() == expected);
}

#[test]
fn version_1_still_opens() {
    opens(1);
}

#[test]
fn version_2_still_opens() {
    opens(2);
}

#[test]
fn version_3_still_opens() {
    opens(3);
}

#[test]
fn version_4_opens() {
    opens(4);
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, to.join(path.file_name().expect("a file has a name"))).expect("it can be copied");
    }
}
