//! A fixed workload with a fault at every operation: the reopened database is the one before the interrupted commit or the
//! one after it, and has every commit that was acknowledged.

use std::sync::Arc;

use bowline_core::catalog::{SequenceId, SqlType};
use bowline_core::rows::{Delta, Snapshot};
use bowline_store::{SequenceState, Store, StoreError};

use crate::database::{Contents, Database, Sequences, catalog, change, column, declare, small_integers};
use crate::faulty::{Fault, Faulty};

/// A step of the workload.
enum Step {
    Commit(fn(&Snapshot) -> Delta),
    Checkpoint,
    Reopen,
}

const STEPS: &[Step] = &[
    Step::Commit(|_| {
        let columns = || vec![column(0, "a", SqlType::SmallInt)];
        declare(&catalog(&[("t", columns()), ("u", columns())]))
    }),
    Step::Commit(|snapshot| change(snapshot, 1, vec![small_integers(5, 1), small_integers(3, 2)], 2..3)),
    Step::Commit(|snapshot| {
        let mut delta = change(snapshot, 1, vec![small_integers(65_536, 3)], 4..20);
        delta.tables.extend(change(snapshot, 2, vec![small_integers(2, 4)], 0..0).tables);
        delta
    }),
    Step::Checkpoint,
    Step::Commit(|snapshot| change(snapshot, 2, vec![small_integers(5_000, 5)], 0..1)),
    Step::Reopen,
    Step::Commit(|snapshot| change(snapshot, 1, vec![small_integers(65_536, 6)], 0..65_544)),
    Step::Checkpoint,
    Step::Reopen,
    Step::Commit(|snapshot| change(snapshot, 1, vec![small_integers(1, 7)], 70_000..70_001)),
];

/// How far a run came.
struct Progress {
    acknowledged: usize,
    /// The contents after each acknowledged commit, the empty database first.
    contents: Vec<Contents>,
}

fn sequences(step: usize) -> Sequences {
    Sequences::from([(SequenceId(1), SequenceState { last: step as i64, called: true })])
}

fn run(medium: &Faulty, collect: bool) -> (Progress, Result<(), StoreError>) {
    let mut progress = Progress { acknowledged: 0, contents: Vec::new() };
    let result = run_steps(medium, collect, &mut progress);
    (progress, result)
}

fn run_steps(medium: &Faulty, collect: bool, progress: &mut Progress) -> Result<(), StoreError> {
    let mut database = Database::new(Store::open_on(Arc::new(medium.clone()))?);
    if collect {
        progress.contents.push(database.contents());
    }
    for (number, step) in STEPS.iter().enumerate() {
        match step {
            Step::Checkpoint => database.store.checkpoint(&database.snapshot, &database.sequences)?,
            Step::Reopen => {
                drop(database);
                database = Database::new(Store::open_on(Arc::new(medium.clone()))?);
            }
            Step::Commit(delta) => {
                let delta = delta(&database.snapshot);
                database.try_commit(&delta, &sequences(number))?;
                progress.acknowledged += 1;
                if collect {
                    progress.contents.push(database.contents());
                }
            }
        }
    }
    Ok(())
}

fn faults_everywhere(fault: Fault) {
    let medium = Faulty::default();
    let (expected, result) = run(&medium, true);
    result.expect("nothing fails yet");
    // Reading the contents for comparison counts operations that the runs below do not make.
    let operations = {
        let medium = Faulty::default();
        run(&medium, false).1.expect("nothing fails yet");
        medium.operations()
    };
    assert!(operations > 100, "the workload was believed to be larger than {operations} operations");
    let mut interrupted = 0;
    for at in 0..operations {
        let medium = Faulty::default();
        medium.arm(at, fault);
        let (progress, result) = run(&medium, false);
        interrupted += usize::from(result.is_err());
        medium.recover(at as u64);
        let place = format!("{fault:?} at operation {at}, after {} commits: {result:?}", progress.acknowledged);
        let reopened = Store::open_on(Arc::new(medium.clone())).unwrap_or_else(|error| panic!("{place}: {error:?}"));
        let mut database = Database::new(reopened);
        let found = database.contents();
        let fits = |commits: usize| expected.contents.get(commits) == Some(&found);
        assert!(fits(progress.acknowledged) || (result.is_err() && fits(progress.acknowledged + 1)), "{place}");
        // It can also be written, and opened once more.
        database.try_commit(&Delta::default(), &sequences(77)).unwrap_or_else(|error| panic!("{place}: {error:?}"));
        let before = database.contents();
        drop(database);
        let reopened = Store::open_on(Arc::new(medium)).unwrap_or_else(|error| panic!("{place}: {error:?}"));
        assert!(Database::new(reopened).contents() == before, "{place}");
    }
    println!("{fault:?}: {interrupted} of {operations} operations interrupted the workload");
}

#[test]
fn failing_operations_lose_nothing() {
    faults_everywhere(Fault::Fail);
}

#[test]
fn torn_operations_lose_nothing() {
    faults_everywhere(Fault::Tear);
}

#[test]
fn stops_lose_nothing() {
    faults_everywhere(Fault::Stop);
}
