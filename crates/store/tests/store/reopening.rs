//! What was committed is there again, from the log, from segment files and from a checkpoint.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int16Array, Int64Array, StringArray};
use bowline_core::catalog::{Catalog, ColumnId, SequenceId, SqlType, TableId};
use bowline_core::rows::Delta;
use bowline_store::{SequenceState, Store};

use crate::database::{
    Database, Sequences, catalog, change, column, columns_of_all_types, declare, rows, rows_of_all_types,
    small_integers,
};

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

#[test]
fn every_type_survives_in_the_log_and_in_segments() {
    let directory = temporary();
    for count in [100, 70_000] {
        let path = directory.path().join(count.to_string());
        let mut database = Database::open(&path);
        database.commit(declare(&catalog(&[("t", columns_of_all_types())])));
        database.commit(change(&database.snapshot, 1, vec![rows_of_all_types(count)], 3..9));
        let before = database.contents();
        drop(database);
        let segments = std::fs::read_dir(path.join("segments")).map_or(0, Iterator::count);
        assert_eq!(segments, usize::from(count > 65_536));
        let mut database = Database::open(&path);
        assert_eq!(database.contents(), before);
        database.checkpoint();
        database.commit(change(&database.snapshot, 1, vec![rows_of_all_types(8)], 20..21));
        let before = database.contents();
        drop(database);
        assert_eq!(Database::open(&path).contents(), before);
    }
}

#[test]
fn checkpoint_keeps_ids_and_drops_dead_rows() {
    let directory = temporary();
    let mut database = Database::open(directory.path());
    database.commit(declare(&catalog(&[("t", vec![column(0, "a", SqlType::SmallInt)])])));
    database.commit(change(&database.snapshot, 1, vec![small_integers(10, 0)], 0..0));
    database.commit(change(&database.snapshot, 1, vec![small_integers(70_000, 1)], 0..0));
    database.commit(change(&database.snapshot, 1, vec![small_integers(5_000, 2)], 0..0));
    database.commit(change(&database.snapshot, 1, vec![small_integers(70_000, 3)], 2..5));
    database.commit(change(&database.snapshot, 1, vec![small_integers(3, 4)], 70_010..80_000));
    for round in 0..3 {
        database.checkpoint();
        database.commit(change(&database.snapshot, 1, vec![small_integers(2, 5)], round..round + 1));
        let before = database.contents();
        drop(database);
        database = Database::open(directory.path());
        assert_eq!(database.contents(), before);
    }
    database.commit(change(&database.snapshot, 1, vec![small_integers(1, 6)], 0..200_000));
    let before = database.contents();
    database.checkpoint();
    drop(database);
    let database = Database::open(directory.path());
    assert_eq!(database.contents(), before);
    let left = std::fs::read_dir(directory.path().join("segments")).expect("the folder is there").count();
    assert_eq!(left, 0, "files whose rows are all dead go at the next open");
}

#[test]
fn opening_reads_no_segment() {
    let directory = temporary();
    let mut database = Database::open(directory.path());
    database.commit(declare(&catalog(&[("t", vec![column(0, "a", SqlType::BigInt)])])));
    let values: ArrayRef = Arc::new(Int64Array::from_iter((0..70_000).map(|n| (n > 9).then_some(n))));
    database.commit(change(&database.snapshot, 1, vec![rows(vec![values])], 0..0));
    drop(database);
    let database = Database::open(directory.path());
    let fragments = database.snapshot.rows(TableId(1)).fragments();
    let source = fragments[0].segment.source().expect("the rows are in a file");
    assert_eq!(source.integer_range(ColumnId(0)), Some((10, 69_999)));
    let segment = std::fs::read_dir(directory.path().join("segments")).expect("a folder").next().expect("a file");
    std::fs::remove_file(segment.expect("a file").path()).expect("it can be removed");
    let table = database.snapshot.catalog().table(TableId(1)).clone();
    let error = fragments[0].segment.column(&table.columns[0]).expect_err("the file is gone");
    assert!(error.to_string().contains("is damaged"), "{error}");
}

#[test]
fn columns_added_and_dropped_later_are_told_apart() {
    let directory = temporary();
    let mut database = Database::open(directory.path());
    let first = vec![column(0, "a", SqlType::SmallInt), column(1, "b", SqlType::SmallInt)];
    database.commit(declare(&catalog(&[("t", first)])));
    let pair = |count: usize| {
        let array = || Arc::new(Int16Array::from_iter_values((0..count).map(|n| n as i16))) as ArrayRef;
        rows(vec![array(), array()])
    };
    database.commit(change(&database.snapshot, 1, vec![pair(3), pair(66_000), pair(5)], 1..2));
    let mut added = column(2, "a", SqlType::Text);
    added.missing = Some("früher".to_owned());
    database.commit(declare(&catalog(&[("t", vec![column(1, "b", SqlType::SmallInt), added])])));
    let mut new = rows(vec![Arc::new(StringArray::from(vec!["x"])), Arc::new(Int16Array::from(vec![7]))]);
    new.columns = vec![ColumnId(2), ColumnId(1)];
    database.commit(change(&database.snapshot, 1, vec![new], 0..0));
    let before = database.contents();
    drop(database);
    let database = Database::open(directory.path());
    assert_eq!(database.contents(), before);
    database.checkpoint();
    drop(database);
    assert_eq!(Database::open(directory.path()).contents(), before);
}

#[test]
fn sequences_and_dropped_tables_follow_the_catalog() {
    let directory = temporary();
    let mut database = Database::open(directory.path());
    let one = vec![column(0, "a", SqlType::SmallInt)];
    let both = catalog(&[("t", one.clone()), ("u", one.clone())]);
    database.commit(declare(&both));
    let moved = Sequences::from([(SequenceId(9), SequenceState { last: i64::MIN, called: true })]);
    database.try_commit(&Delta::default(), &moved).expect("a commit may move sequences only");
    let mut dropping = change(&database.snapshot, 1, vec![small_integers(3, 0)], 0..0);
    dropping.tables.extend(change(&database.snapshot, 2, vec![small_integers(4, 0)], 0..0).tables);
    let mut only = Catalog::clone(&both);
    only.remove_table(TableId(1));
    dropping.catalog = Some(Arc::new(only));
    assert_eq!(database.sequences.len(), 1);
    drop(database);
    let mut database = Database::open(directory.path());
    assert_eq!(database.sequences, moved);
    database.commit(dropping);
    drop(database);
    let (_, recovered) = Store::open(directory.path()).expect("it opens");
    assert_eq!((recovered.version, recovered.sequences.len()), (3, 0), "the sequence is not in the catalog");
    assert_eq!(recovered.snapshot.rows(TableId(2)).live_count(), 4);
}

#[test]
fn memory_keeps_no_file_and_checkpoints_too() {
    let mut database = Database::new(Store::in_memory().expect("memory is there"));
    database.commit(declare(&catalog(&[("t", vec![column(0, "a", SqlType::SmallInt)])])));
    for _ in 0..4096 {
        database.commit(change(&database.snapshot, 1, vec![small_integers(1, 0)], 0..0));
    }
    assert!(database.store.wants_checkpoint());
    database.checkpoint();
    assert!(!database.store.wants_checkpoint());
}

#[test]
fn text_repeated_many_times_is_read_whole() {
    let directory = temporary();
    let mut database = Database::open(directory.path());
    database.commit(declare(&catalog(&[("t", vec![column(0, "a.b \"c\"", SqlType::Text)])])));
    let array = || Arc::new(StringArray::from_iter_values((0..140_000).map(|n| format!("{}", n % 50_000)))) as ArrayRef;
    assert_eq!(array().len(), 140_000);
    database.commit(change(&database.snapshot, 1, vec![rows(vec![array()])], 0..0));
    let before = database.contents();
    drop(database);
    assert_eq!(Database::open(directory.path()).contents(), before);
}
