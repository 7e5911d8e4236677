//! What is no database is refused by name, and left as it was.

use std::fs;
use std::path::Path;

use bowline_store::{Store, StoreError};
use redb::TableDefinition;

use crate::database::{Database, catalog, declare};

fn refused(path: &Path) -> StoreError {
    match Store::open(path) {
        Err(error) => error,
        Ok(_) => panic!("{} was believed to be refused", path.display()),
    }
}

/// Names and bytes of everything in a directory.
fn listing(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let bytes = if path.is_dir() { Vec::new() } else { fs::read(&path).expect("a file") };
        found.push((path.display().to_string(), bytes));
    }
    found.sort();
    found
}

#[test]
fn missing_and_empty_directories_become_databases() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for path in [directory.path().join("a/b"), directory.path().join("empty")] {
        if path.ends_with("empty") {
            fs::create_dir(&path).expect("it can be made");
        }
        let mut database = Database::open(&path);
        database.commit(declare(&catalog(&[("t", Vec::new())])));
        let before = database.contents();
        drop(database);
        assert_eq!(Database::open(&path).contents(), before);
    }
}

#[test]
fn second_handle_finds_it_in_use() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let database = Database::open(directory.path());
    let error = refused(directory.path());
    assert_eq!(error.to_string(), "database is open in another process");
    assert!(matches!(error, StoreError::InUse { .. }));
    drop(database);
    Database::open(directory.path());
}

#[test]
fn files_and_foreign_directories_are_refused_untouched() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("file");
    fs::write(&file, "hello").expect("it can be written");
    assert!(matches!(refused(&file), StoreError::NotADirectory { .. }));
    let before = listing(directory.path());
    assert!(matches!(refused(directory.path()), StoreError::NotADatabase { .. }));
    assert_eq!(listing(directory.path()), before);
    for content in [&b"this is not a redb file at all"[..], &[0; 5000], b""] {
        let foreign = tempfile::tempdir().expect("a temporary directory");
        fs::write(foreign.path().join("commits.redb"), content).expect("it can be written");
        let before = listing(foreign.path());
        let error = refused(foreign.path());
        assert!(matches!(error, StoreError::Corrupt { .. } | StoreError::NotADatabase { .. }), "{error:?}");
        assert_eq!(error.file(), foreign.path().join("commits.redb"));
        assert_eq!(listing(foreign.path()), before, "{error:?}");
    }
}

#[test]
fn other_programs_logs_and_newer_formats_are_refused_untouched() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("commits.redb");
    let database = redb::Database::create(&path).expect("redb creates it");
    let write = database.begin_write().expect("redb writes");
    let theirs: TableDefinition<&str, u64> = TableDefinition::new("theirs");
    write.open_table(theirs).expect("a table").insert("format", 1).expect("an entry");
    write.commit().expect("redb commits");
    drop(database);
    let before = listing(directory.path());
    assert!(matches!(refused(directory.path()), StoreError::NotADatabase { .. }));
    assert_eq!(listing(directory.path()), before);

    let newer = tempfile::tempdir().expect("a temporary directory");
    drop(Database::open(newer.path()));
    let database = redb::Database::open(newer.path().join("commits.redb")).expect("redb opens it");
    let write = database.begin_write().expect("redb writes");
    let ours: TableDefinition<&str, u64> = TableDefinition::new("bowline");
    write.open_table(ours).expect("a table").insert("format", 5).expect("an entry");
    write.commit().expect("redb commits");
    drop(database);
    let before = listing(newer.path());
    let error = refused(newer.path());
    assert!(matches!(error, StoreError::NewerFormat { found: 5, known: 4, .. }), "{error:?}");
    assert_eq!(listing(newer.path()), before);
}

#[test]
fn leftovers_of_an_interrupted_creation_count_as_nothing() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    fs::write(directory.path().join("commits.redb.new"), "half").expect("it can be written");
    drop(Database::open(directory.path()));
    Database::open(directory.path());
}

#[test]
fn orphans_go_and_other_files_stay() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    drop(Database::open(directory.path()));
    let segments = directory.path().join("segments");
    fs::create_dir(&segments).expect("it can be made");
    for name in ["0001-00000007.parquet", "0001-00000008.parquet.new", "mine.parquet", "notes.txt"] {
        fs::write(segments.join(name), "x").expect("it can be written");
    }
    drop(Database::open(directory.path()));
    let left: Vec<String> = listing(&segments).into_iter().map(|(name, _)| name).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left[0].ends_with("mine.parquet") && left[1].ends_with("notes.txt"), "{left:?}");
}
