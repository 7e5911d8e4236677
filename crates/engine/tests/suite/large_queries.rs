//! Queries that nest deeply or read many tables: they run to their end.

use bowline::{Database, Session};

use crate::library::number;

/// Does it with the stack that a server gives its threads, and rows (1, 1) and (2, 2).
fn with_rows(work: fn(&mut Session)) {
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(move || work(&mut session()));
    thread.expect("a thread can be started").join().expect("it succeeds");
}

fn session() -> Session {
    let mut session = Database::in_memory().expect("memory is there").session();
    session
        .execute("CREATE TABLE t (a BIGINT, b BIGINT); INSERT INTO t VALUES (1, 1), (2, 2)")
        .expect("they are sound");
    session
}

fn answer(session: &mut Session, sql: &str) -> i64 {
    number(session, sql).unwrap_or_else(|error| panic!("{error}: {sql}"))
}

/// As deep as a statement may nest: each join hands the rows of those below on.
#[test]
fn many_joins_run_to_their_end() {
    with_rows(|session| {
        let joined =
            |how: &str| -> String { (1..230).map(|at| format!(" {how} t t{at} ON t{at}.a = t{}.a", at - 1)).collect() };
        for how in ["LEFT JOIN", "JOIN"] {
            assert_eq!(answer(session, &format!("SELECT count(*) FROM t t0{}", joined(how))), 2, "{how}");
        }
    });
}
