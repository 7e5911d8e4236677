//! Cancelling a statement from another thread: it is heard inside integrity work too, and nothing of the statement stays.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use bowline::{Database, Error, Outcome, Session, TransactionStatus};

use crate::library::number;

/// Rows of a chain so long that following it takes seconds: whoever cancels gets a turn before its end.
const CHAIN_ROWS: i64 = 300_000;

/// A table in which row n references row n - 1, and goes or changes with it.
fn chain() -> Database {
    let database = Database::in_memory().expect("memory is there");
    let rows = format!("INSERT INTO chain SELECT n, nullif(n - 1, 0) FROM generate_series(1, {CHAIN_ROWS}) AS g(n)");
    let schema = "CREATE TABLE chain (id BIGINT PRIMARY KEY, up BIGINT REFERENCES chain ON DELETE CASCADE)";
    database.session().execute(&format!("{schema}; {rows}")).expect("the rows are sound");
    database
}

/// Runs statements while another thread cancels whatever runs, from a moment after their start.
fn cancelled(session: &mut Session, sql: &str) -> Result<Vec<Outcome>, Error> {
    let handle = session.cancel_handle();
    let ended = AtomicBool::new(false);
    thread::scope(|threads| {
        threads.spawn(|| {
            while !ended.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(20));
                handle.cancel();
            }
        });
        let outcome = session.execute(sql);
        ended.store(true, Ordering::SeqCst);
        outcome
    })
}

fn assert_cancelled(outcome: Result<Vec<Outcome>, Error>) {
    let error = outcome.expect_err("the statement was believed to take seconds");
    assert_eq!((error.sqlstate.as_str(), error.message.as_str()), ("57014", "canceling statement due to user request"));
}

/// A query of which only the plan is made, and that takes seconds: each part of WITH stands in it twice as often as the next.
pub(crate) fn long_to_plan() -> String {
    let part = |at: usize| format!("p{at} AS (SELECT x.a, y.b FROM p{} x JOIN p{} y USING (a))", at - 1, at - 1);
    let parts: Vec<String> = (1..=12).map(part).collect();
    format!("EXPLAIN WITH p0(a, b) AS (SELECT 1, 2), {} SELECT * FROM p12", parts.join(", "))
}

#[test]
fn planning_is_cancelled() {
    let database = Database::in_memory().expect("memory is there");
    let mut session = database.session();
    session
        .execute("CREATE TABLE t (a INTEGER); BEGIN; INSERT INTO t VALUES (1); SAVEPOINT before")
        .expect("it is sound");
    assert_cancelled(cancelled(&mut session, &long_to_plan()));
    assert_eq!(session.transaction_status(), TransactionStatus::Failed);
    session.execute("ROLLBACK TO before; INSERT INTO t VALUES (2); COMMIT").expect("the transaction goes on");
    assert_eq!(number(&mut session, "SELECT count(*) FROM t").expect("a count"), 2);
}

#[test]
fn a_cancelled_cascade_deletes_nothing() {
    let database = chain();
    let mut session = database.session();
    let count = "SELECT count(*) FROM chain";
    assert_cancelled(cancelled(&mut session, "DELETE FROM chain WHERE id = 1"));
    assert_eq!(number(&mut session, count).expect("a count"), CHAIN_ROWS);

    session.execute("BEGIN; DELETE FROM chain WHERE id = 300000; SAVEPOINT before").expect("nothing references it");
    assert_cancelled(cancelled(&mut session, "DELETE FROM chain WHERE id = 1"));
    assert_eq!(session.transaction_status(), TransactionStatus::Failed);
    session.execute("ROLLBACK TO before; COMMIT").expect("the transaction goes on from the savepoint");
    assert_eq!(number(&mut session, count).expect("a count"), CHAIN_ROWS - 1);
}
