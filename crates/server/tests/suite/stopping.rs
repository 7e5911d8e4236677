//! How a server stops.

use std::time::{Duration, Instant};

use crate::client::{TestServer, text};

#[test]
fn idle_connections_are_told_and_closed() {
    let mut server = TestServer::start();
    let mut client = server.connect();
    server.stop();
    let answers = client.until_closed();
    let error = answers[0].report();
    assert_eq!((error.field('S'), error.sqlstate()), (Some("FATAL"), "57P01"));
    assert!(std::net::TcpStream::connect(server.address).is_err());
}

#[test]
fn a_running_statement_may_end() {
    let mut server = TestServer::with(|config| config.stop_time_max = Duration::from_secs(20));
    server.execute("CREATE TABLE t (id INTEGER)");
    let mut client = server.connect();
    client
        .send('Q', &text("INSERT INTO t SELECT count(*) FROM generate_series(1, 3000) a, generate_series(1, 3000) b"));
    std::thread::sleep(Duration::from_millis(50));
    server.begin_to_stop();
    let answers = client.until_closed();
    assert_eq!(crate::client::kinds(&answers), "CZE", "{:?}", answers[0].texts());
    server.stop();
    let rows = server.database.session().query("SELECT * FROM t", &[]).expect("it is there");
    assert_eq!(rows.row_count(), 1);
}

#[test]
fn a_statement_that_does_not_end_is_cancelled() {
    let mut server = TestServer::with(|config| config.stop_time_max = Duration::from_millis(300));
    let mut client = server.connect();
    client.send('Q', &text("SELECT count(*) FROM generate_series(1, 3000000) a, generate_series(1, 3000000) b"));
    std::thread::sleep(Duration::from_millis(200));
    let started = Instant::now();
    server.stop();
    assert!(started.elapsed() < Duration::from_secs(10));
    let answers = client.until_closed();
    let error = answers.iter().find(|answer| answer.kind == 'E').expect("it is told").report();
    assert_eq!((error.field('S'), error.sqlstate()), (Some("FATAL"), "57P01"));
}
