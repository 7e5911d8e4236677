//! Clients that do wrong: they lose their own connection, and nothing else happens.

use std::time::Duration;

use bowline_server::User;

use crate::client::{TestServer, bind, kinds, message, parse, row, status, sync, text};
use crate::scram;

#[test]
fn random_bytes_close_their_connection_alone() {
    let server = TestServer::with(|config| config.connections_max = 1000);
    let mut witness = server.connect();
    let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
    for round in 0..200 {
        let bytes: Vec<u8> = (0..round * 7 % 600)
            .map(|_| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                seed as u8
            })
            .collect();
        // On the bare port, and within a session.
        let mut stranger = server.socket();
        stranger.try_send_bytes(&bytes);
        let mut client = server.connect();
        client.try_send_bytes(&bytes);
    }
    assert_eq!(witness.rows("SELECT 1"), [row(&["1"])]);
    assert_eq!(server.connect().rows("SELECT 1"), [row(&["1"])]);
}

#[test]
fn a_request_of_another_protocol_is_refused() {
    let server = TestServer::start();
    let mut client = server.socket();
    client.send_bytes(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let answers = client.until_closed();
    assert_eq!(answers[0].report().sqlstate(), "08P01");
    let mut client = server.socket();
    client.startup_of(2 << 16, &[]);
    assert_eq!(client.until_closed()[0].report().sqlstate(), "0A000");
}

#[test]
fn a_message_that_is_too_long_is_not_waited_for() {
    let server = TestServer::with(|config| config.message_bytes_max = 1000);
    // One that says a gigabyte, where 256 MB are taken.
    let usual = TestServer::start();
    let mut client = usual.connect();
    client.send_bytes(b"Q\x40\x00\x00\x00");
    assert_eq!(client.until_closed()[0].report().sqlstate(), "08P01");
    let mut client = server.connect();
    client.send_bytes(b"Q\x7f\xff\xff\xff");
    let answers = client.until_closed();
    let error = answers[0].report();
    assert_eq!((error.field('S'), error.sqlstate()), (Some("FATAL"), "08P01"));
    let mut client = server.connect();
    client.try_send_bytes(&message('Q', &text(&format!("SELECT '{}'", "x".repeat(2000)))));
    assert_eq!(client.until_closed()[0].report().sqlstate(), "08P01");
    assert_eq!(server.connect().rows("SELECT 1"), [row(&["1"])]);
}

#[test]
fn messages_that_are_malformed_close_their_connection() {
    let server = TestServer::start();
    let bad: [Vec<u8>; 8] = [
        message('Q', b"no zero byte"),
        message('P', b"\0"),
        message('P', &[&text("")[..], &text("SELECT 1"), &[0xff, 0xff]].concat()),
        message('B', b"\0\0\0\x01"),
        message('E', b"\0\0"),
        message('D', b"Xname\0"),
        message('S', b"more"),
        vec![b'!', 0, 0, 0, 4],
    ];
    for bytes in bad {
        let mut client = server.connect();
        client.send_bytes(&bytes);
        let answers = client.until_closed();
        let error = answers.first().unwrap_or_else(|| panic!("{bytes:?} was taken")).report();
        assert_eq!((error.field('S'), error.sqlstate()), (Some("FATAL"), "08P01"), "{bytes:?}");
    }
    assert_eq!(server.connect().rows("SELECT 1"), [row(&["1"])]);
}

#[test]
fn half_open_connections_end_in_time() {
    let server = TestServer::with(|config| config.startup_time_max = Duration::from_millis(200));
    let mut silent = server.socket();
    let mut slow = server.socket();
    slow.send_bytes(&[0, 0, 0, 50, 0, 3, 0, 0, b'u']);
    assert_eq!((silent.until_closed(), slow.until_closed()), (vec![], vec![]));
}

#[test]
fn clients_that_never_begin_keep_nobody_out() {
    let server = TestServer::with(|config| {
        (config.newcomers_max, config.connections_max) = (10, 3);
        config.user = Some(User { name: "ada".to_owned(), password: "lovelace".to_owned() });
    });
    let log_in = || {
        let mut client = server.socket();
        client.startup(&[("user", "ada")]);
        assert_eq!(scram::log_in(&mut client, "lovelace", "n,,"), Ok(()));
        client.until_ready();
        client
    };
    let mut witness = log_in();
    // Some say nothing, others stop before their password: the oldest of them go.
    let mut strangers: Vec<_> = (0..40)
        .map(|number| {
            let mut stranger = server.socket();
            if number % 2 == 0 {
                stranger.startup(&[("user", "ada")]);
            }
            stranger
        })
        .collect();
    assert_eq!(log_in().rows("SELECT 1"), [row(&["1"])]);
    assert!(strangers[1].until_closed().is_empty());
    assert_eq!(witness.rows("SELECT 1"), [row(&["1"])]);
}

#[test]
fn text_in_another_encoding_is_an_error_of_its_statement() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.send('Q', b"SELECT 'a\xc3'\0");
    let answers = client.until_ready();
    let error = answers[0].report();
    assert_eq!((error.field('S'), error.sqlstate()), (Some("ERROR"), "22021"));
    assert_eq!(error.field('M'), Some("invalid byte sequence for encoding \"UTF8\": 0xc3 0x27"));
    client.send_bytes(&[message('P', b"\0SELECT '\xff'\0\0\0"), bind("", "", &[], &[]), sync()].concat());
    assert_eq!(kinds(&client.until_ready()), "EZ");
    client.query("BEGIN");
    client.send('Q', b"\xed\xa0\x80\0");
    assert_eq!(status(&client.until_ready()), 'E');
    client.query("ROLLBACK");
    assert_eq!(client.rows("SELECT 1"), [row(&["1"])]);
}

#[test]
fn a_message_that_is_cut_short_is_waited_for_without_harm() {
    let server = TestServer::with(|config| config.connections_max = 2);
    server.execute("CREATE TABLE t (id INTEGER)");
    let whole = message('Q', &text("INSERT INTO t VALUES (1)"));
    let mut witness = server.connect();
    for cut in [1, 5, whole.len() - 1] {
        // The place of the one before is free again: its client left in the middle.
        let mut client = server.connect_when_possible();
        client.send_bytes(&whole[..cut]);
        assert_eq!(witness.rows("SELECT count(*) FROM t"), [row(&["0"])]);
    }
    let mut client = server.connect_when_possible();
    client.send_bytes(&whole[..7]);
    client.send_bytes(&whole[7..]);
    client.until_ready();
    assert_eq!(witness.rows("SELECT count(*) FROM t"), [row(&["1"])]);
}

#[test]
fn there_are_only_so_many_connections() {
    let server = TestServer::with(|config| config.connections_max = 2);
    let (first, _second) = (server.connect(), server.connect());
    let mut third = server.socket();
    third.startup(&[("user", "ada")]);
    let error = third.until_closed()[0].report();
    assert_eq!(
        (error.field('S'), error.sqlstate(), error.field('M')),
        (Some("FATAL"), "53300", Some("sorry, too many clients already"))
    );
    drop(first);
    assert_eq!(server.connect_when_possible().rows("SELECT 1"), [row(&["1"])]);
}

#[test]
fn a_thousand_idle_connections_leave_room_for_work() {
    let server = TestServer::with(|config| config.connections_max = 1100);
    let idle: Vec<_> = (0..1000).map(|_| server.connect()).collect();
    let threads = std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    assert!(threads < 200, "{threads} threads for idle connections");
    let mut client = server.connect();
    for _ in 0..20 {
        assert_eq!(client.rows("SELECT 1"), [row(&["1"])]);
    }
    let mut idle = idle;
    for client in idle.iter_mut().step_by(100) {
        assert_eq!(client.rows("SELECT 2"), [row(&["2"])]);
    }
}

#[test]
fn a_deep_statement_is_an_error_of_its_own() {
    let server = TestServer::start();
    let mut client = server.connect();
    let deep = format!("SELECT {}1{}", "(".repeat(5000), ")".repeat(5000));
    assert_eq!(client.error(&deep).sqlstate(), "54001");
    client.send_bytes(&[parse("", &deep, &[]), bind("", "", &[], &[]), sync()].concat());
    assert_eq!(client.until_ready()[0].report().sqlstate(), "54001");
    assert_eq!(client.rows("SELECT 1"), [row(&["1"])]);
}

#[test]
fn a_long_statement_is_done_or_refused_and_ends_no_other_session() {
    let server = TestServer::start();
    server.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')");
    let (mut client, mut witness) = (server.connect(), server.connect());
    let chain = |first: &str, link: &str, count: usize| format!("{first}{}", link.repeat(count));
    for deep in [
        chain("SELECT 1", "+1", 20_000),
        chain("SELECT 'a'", "||'a'", 2000),
        chain("SELECT 1", "::int", 2000),
        chain("SELECT * FROM t WHERE id = 1", " AND id = 1", 20_000),
        chain("DELETE FROM t WHERE id = 1", " AND NOT (id = 2 OR id = 3)", 20_000),
        chain("UPDATE t SET v = v", "||'a'", 2000),
        chain("SELECT 1", " EXCEPT SELECT 1", 2000),
        chain("SELECT 1 FROM t", ", t", 2000),
        chain("CREATE TABLE deep (id INTEGER CHECK (id > 0", "+1", 2000) + "))",
        chain("CREATE VIEW deep AS SELECT 1", "+1", 2000),
        chain("SELECT", " INTERVAL", 2000) + " '1'",
    ] {
        assert_eq!(client.error(&deep).sqlstate(), "54001", "{}", &deep[..40]);
        client.send_bytes(&[parse("", &deep, &[]), sync()].concat());
        assert_eq!(client.until_ready()[0].report().sqlstate(), "54001", "{}", &deep[..40]);
    }
    // As deep as can be.
    assert_eq!(client.rows(&chain("SELECT 1", "+1", 200)), [row(&["201"])]);
    client.rows(&chain("UPDATE t SET v = v", "||'a'", 200));
    // Chains that need not be deep.
    assert_eq!(client.rows(&chain("SELECT count(*) FROM t WHERE id = 0", " OR id = 1", 1500)), [row(&["1"])]);
    assert_eq!(client.rows(&chain("SELECT count(*) FROM t WHERE id > 0", " AND id <> 1", 1500)), [row(&["1"])]);
    client.rows(&(chain("CREATE TABLE long (id INTEGER CHECK (id <> 0", " AND id <> 1", 1500) + "))"));
    assert_eq!(client.error("INSERT INTO long VALUES (1)").sqlstate(), "23514");
    assert_eq!(client.rows(&chain("SELECT 0", " UNION SELECT 1", 300)).len(), 2);
    assert_eq!(witness.rows("SELECT count(*) FROM t"), [row(&["2"])]);
}

#[test]
fn calls_within_calls_are_understood_at_once() {
    let server = TestServer::start();
    let mut client = server.connect();
    let calls = format!("SELECT {}'a'{}", "replace(".repeat(40), ", 'a', 'b')".repeat(40));
    assert_eq!(client.rows(&calls), [row(&["b"])]);
}

#[test]
fn views_nest_a_few_levels() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.rows("CREATE TABLE t (id INTEGER); CREATE VIEW v1 AS SELECT * FROM t");
    for level in 2..=20 {
        client.rows(&format!("CREATE VIEW v{level} AS SELECT * FROM v{}", level - 1));
    }
    assert_eq!(client.error("CREATE VIEW v21 AS SELECT * FROM v20; SELECT * FROM v21").sqlstate(), "54001");
    assert_eq!(client.rows("SELECT count(*) FROM v20"), [row(&["0"])]);
}
