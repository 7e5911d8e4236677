//! How a server stops.

use std::net::TcpStream;
use std::time::Duration;

use crate::client::{Client, TestServer, kinds, text};

#[test]
fn idle_connections_are_told_and_closed() {
    let mut server = TestServer::start();
    let mut client = server.connect();
    server.stop();
    let answers = client.until_closed();
    let error = answers[0].report();
    assert_eq!((error.field('S'), error.sqlstate()), (Some("FATAL"), "57P01"));
    assert!(TcpStream::connect(server.address).is_err());
}

#[test]
fn a_running_statement_may_end() {
    let mut server = TestServer::with(|config| config.stop_time_max = Duration::from_secs(120));
    server.execute("CREATE TABLE t (id INTEGER)");
    let mut client = server.connect();
    client.send('Q', &text("COPY t FROM STDIN"));
    assert_eq!(client.next().expect("it runs").kind, 'G');
    server.begin_to_stop();
    // Nobody is let in any more, which tells that it stops.
    while TcpStream::connect(server.address).is_ok() {
        std::thread::sleep(Duration::from_millis(1));
    }
    client.send('d', b"1\n");
    client.send('c', &[]);
    let answers = client.until_closed();
    assert_eq!(kinds(&answers), "CZE", "{:?}", answers[0].texts());
    assert_eq!(answers[2].report().sqlstate(), "57P01");
    server.stop();
    let rows = server.database.session().query("SELECT * FROM t", &[]).expect("it is there");
    assert_eq!(rows.row_count(), 1);
}

#[test]
fn a_statement_that_does_not_end_is_cancelled() {
    let mut server = TestServer::with(|config| config.stop_time_max = Duration::from_secs(2));
    let mut client = server.connect();
    client.send('Q', &text("SELECT count(*) FROM generate_series(1, 3000000) a, generate_series(1, 3000000) b"));
    // It has begun by then, or ends as an idle session does.
    std::thread::sleep(Duration::from_millis(200));
    server.begin_to_stop();
    let answers = client.until_closed();
    server.stop();
    let error = answers.iter().find(|answer| answer.kind == 'E').expect("it is told").report();
    assert_eq!((error.field('S'), error.sqlstate()), (Some("FATAL"), "57P01"));
}

#[test]
fn a_client_that_does_nothing_in_the_middle_of_a_statement_holds_nothing_up() {
    let mut server = TestServer::with(|config| config.stop_time_max = Duration::from_secs(2));
    server.execute("CREATE TABLE t (id INTEGER)");
    // One that does not send the data it announced, and one that does not read.
    let mut sender = server.connect();
    sender.send('Q', &text("COPY t FROM STDIN"));
    assert_eq!(sender.next().expect("it runs").kind, 'G');
    sender.send('d', b"1\n");
    let mut reader = server.connect();
    begin_endless(&mut reader);
    server.stop();
    let error = sender.until_closed()[0].report();
    assert_eq!((error.field('S'), error.sqlstate()), (Some("FATAL"), "57P01"));
    let rows = server.database.session().query("SELECT * FROM t", &[]).expect("it is there");
    assert_eq!(rows.row_count(), 0);
}

/// Starts a statement that is never done, and reads its first row.
fn begin_endless(client: &mut Client) {
    client.send('Q', &text("SELECT n FROM generate_series(1, 1000000000000) n"));
    let kinds: String = (0..2).map(|_| client.next().expect("an answer").kind).collect();
    assert_eq!(kinds, "TD");
}
