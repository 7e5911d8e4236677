//! A statement that takes long to plan: its time is over, it is cancelled, and others are served meanwhile.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::client::{TestServer, bind, execute, kinds, parse, row, sync};
use crate::extended::cancel_request;

/// A query of which only the plan is made, and that takes seconds: each part of WITH stands in it twice as often as the next.
fn long_to_plan() -> String {
    let part = |at: usize| format!("p{at} AS (SELECT x.a, y.b FROM p{} x JOIN p{} y USING (a))", at - 1, at - 1);
    let parts: Vec<String> = (1..=12).map(part).collect();
    format!("EXPLAIN WITH p0(a, b) AS (SELECT 1, 2), {} SELECT * FROM p12", parts.join(", "))
}

#[test]
fn planning_ends_when_its_time_is_over() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.query(
        "CREATE TABLE t (id INTEGER); SET statement_timeout = '50ms'; BEGIN; INSERT INTO t VALUES (1); SAVEPOINT s",
    );
    let error = client.error(&long_to_plan());
    assert_eq!((error.sqlstate(), error.field('M')), ("57014", Some("canceling statement due to statement timeout")));
    assert_eq!(client.error("SELECT 1").sqlstate(), "25P02");
    client.query("ROLLBACK TO s; INSERT INTO t VALUES (2); COMMIT");
    assert_eq!(client.rows("SELECT count(*) FROM t"), [row(&["2"])]);
}

/// The types of a statement are found out by planning it.
#[test]
fn preparing_ends_when_its_time_is_over() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.query("SET statement_timeout = '5ms'");
    let query = long_to_plan().replacen("EXPLAIN ", "", 1);
    client.send_bytes(&[parse("s", &query, &[]), bind("", "s", &[], &[]), execute("", 0), sync()].concat());
    let answers = client.until_ready();
    assert_eq!(kinds(&answers), "EZ");
    assert_eq!(answers[0].report().sqlstate(), "57014");
    client.send_bytes(&[parse("s", "SELECT 1", &[]), bind("", "s", &[], &[]), execute("", 0), sync()].concat());
    assert_eq!(kinds(&client.until_ready()), "12DCZ");
}

#[test]
fn planning_is_cancelled_while_others_are_served() {
    // More of them than the server has threads to begin with.
    const BUSY: usize = 4;
    let server = TestServer::start();
    let mut other = server.connect();
    let (told, packets) = mpsc::channel();
    std::thread::scope(|scope| {
        let plan = || {
            let mut client = server.connect();
            told.send(cancel_request(client.process, &client.secret)).expect("the test waits");
            let error = client.error(&long_to_plan());
            (Instant::now(), error.sqlstate().to_owned(), error.field('M').map(str::to_owned))
        };
        let busy: Vec<_> = (0..BUSY).map(|_| scope.spawn(plan)).collect();
        let packets: Vec<_> = packets.iter().take(BUSY).collect();
        assert_eq!(other.rows("SELECT 2"), [row(&["2"])]);
        let served = Instant::now();
        // Again and again, for nobody tells when a statement has begun.
        while busy.iter().any(|client| !client.is_finished()) {
            for packet in &packets {
                let mut canceller = server.socket();
                canceller.send_bytes(packet);
                assert_eq!(canceller.until_closed(), []);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        for client in busy {
            let (ended, sqlstate, message) = client.join().expect("it is answered");
            let message = message.as_deref();
            assert_eq!((sqlstate.as_str(), message), ("57014", Some("canceling statement due to user request")));
            assert!(ended > served, "the other was served first");
        }
    });
}
