//! How long commits and bulk loads take; printed, and asserted only where the shape of the cost would be wrong.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, Int32Array};
use bowline_core::catalog::SqlType;

use crate::database::{Database, catalog, change, column, declare, rows, small_integers};

#[test]
fn commits_and_loads_are_timed() {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary directory");
    let mut database = Database::open(directory.path());
    let four = (0..4).map(|id| column(id, &format!("c{id}"), SqlType::Integer)).collect();
    database.commit(declare(&catalog(&[("small", vec![column(0, "a", SqlType::SmallInt)]), ("large", four)])));
    let started = Instant::now();
    for _ in 0..100 {
        database.commit(change(&database.snapshot, 1, vec![small_integers(1, 0)], 0..0));
    }
    println!("a commit of one row: {:?}", started.elapsed() / 100);
    let count = if cfg!(debug_assertions) { 200_000 } else { 4_000_000 };
    let mixed = |n: i32, column: i32| n.wrapping_mul(0x9e37_79b9_u32 as i32).rotate_left(7) % (1_000_000 << column);
    let array = |column| Arc::new(Int32Array::from_iter_values((0..count).map(|n| mixed(n, column)))) as ArrayRef;
    let delta = change(&database.snapshot, 2, vec![rows((0..4).map(array).collect())], 0..0);
    let started = Instant::now();
    database.commit(delta);
    println!("a commit of {count} rows of four integers: {:?}", started.elapsed());
    let before = database.contents();
    let started = Instant::now();
    database.checkpoint();
    println!("a checkpoint: {:?}", started.elapsed());
    drop(database);
    let started = Instant::now();
    let database = Database::open(directory.path());
    println!("opening: {:?}", started.elapsed());
    let started = Instant::now();
    let table = database.snapshot.catalog().tables().nth(1).expect("two tables").clone();
    for fragment in database.snapshot.rows(table.id).fragments() {
        fragment.segment.column(&table.columns[0]).expect("a column");
    }
    println!("loading one column: {:?}", started.elapsed());
    assert!(database.contents() == before);
}
