//! COPY over a connection.

use crate::client::{
    Answer, Client, TestServer, bind, execute, kinds, message, parse, row, rows, status, sync, tags, text,
};

const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, price NUMERIC(8,2))";

/// Begins a COPY, sends pieces of data and its end.
fn copy_in(client: &mut Client, sql: &str, pieces: &[&[u8]]) -> Vec<Answer> {
    client.send('Q', &text(sql));
    assert_eq!(client.next().expect("an answer").kind, 'G', "{sql}");
    pieces.iter().for_each(|piece| client.send('d', piece));
    client.send('c', &[]);
    client.until_ready()
}

fn copied_out(answers: &[Answer]) -> Vec<u8> {
    answers.iter().filter(|answer| answer.kind == 'd').flat_map(|answer| answer.body.clone()).collect()
}

#[test]
fn text_goes_in_and_out() {
    let server = TestServer::start();
    server.execute(TABLE);
    let mut client = server.connect();
    // Pieces end anywhere.
    let answers =
        copy_in(&mut client, "COPY t FROM STDIN", &[b"1\ta\\tb\\\\\\n", b"c\t1.5\n2\t\\N\t", b"\\N\n3\t\t0\n"]);
    assert_eq!((kinds(&answers).as_str(), tags(&answers)), ("CZ", vec!["COPY 3".to_owned()]));
    assert_eq!(client.rows("SELECT name FROM t WHERE id = 1"), [row(&["a\tb\\\nc"])]);
    assert_eq!(client.rows("SELECT name IS NULL, price IS NULL FROM t WHERE id = 2"), [row(&["t", "t"])]);
    let answers = client.query("COPY t TO STDOUT");
    assert_eq!(kinds(&answers), "HdddcCZ");
    assert_eq!(copied_out(&answers), b"1\ta\\tb\\\\\\nc\t1.50\n2\t\\N\t\\N\n3\t\t0.00\n");
    assert_eq!(tags(&answers), ["COPY 3"]);
}

#[test]
fn csv_goes_in_and_out() {
    let server = TestServer::start();
    server.execute(TABLE);
    let mut client = server.connect();
    let csv = b"id,name\n1,\"a,\"\"b\"\"\"\n2,\n3,\"\"\n";
    let answers = copy_in(&mut client, "COPY t (id, name) FROM STDIN WITH (FORMAT csv, HEADER on, FREEZE 1)", &[csv]);
    assert_eq!(tags(&answers), ["COPY 3"]);
    let answers = client.query("COPY (SELECT id, name FROM t ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER)");
    assert_eq!(copied_out(&answers), csv);
}

#[test]
fn binary_goes_in_and_out() {
    let server = TestServer::start();
    server.execute(TABLE);
    server.execute("INSERT INTO t VALUES (1, 'a', 1.5), (2, NULL, NULL)");
    let mut client = server.connect();
    let answers = client.query("COPY t TO STDOUT WITH (FORMAT binary)");
    let data = copied_out(&answers);
    assert!(data.starts_with(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\0\x03") && data.ends_with(b"\xff\xff"));
    client.query("DELETE FROM t");
    let pieces: Vec<&[u8]> = data.chunks(7).collect();
    assert_eq!(tags(&copy_in(&mut client, "COPY t FROM STDIN (FORMAT binary)", &pieces)), ["COPY 2"]);
    assert_eq!(client.rows("SELECT count(*), sum(price) FROM t"), [row(&["2", "1.50"])]);
    let answers = copy_in(&mut client, "COPY t FROM STDIN (FORMAT binary)", &[b"no copy at all, this is"]);
    assert_eq!(answers[0].report().sqlstate(), "22P04");
}

#[test]
fn what_is_wrong_with_the_data_is_told_and_nothing_is_copied() {
    let server = TestServer::start();
    server.execute(TABLE);
    let mut client = server.connect();
    let mut error = |data: &[u8]| {
        let answers = copy_in(&mut client, "COPY t FROM STDIN", &[data]);
        assert_eq!(kinds(&answers), "EZ");
        let report = answers[0].report();
        (report.sqlstate().to_owned(), report.field('M').unwrap_or_default().to_owned())
    };
    let expected = |sqlstate: &str, message: &str| (sqlstate.to_owned(), message.to_owned());
    assert_eq!(error(b"1\ta\n"), expected("22P04", "missing data for column \"price\""));
    assert_eq!(error(b"1\ta\t1\t2\n"), expected("22P04", "extra data after last expected column"));
    assert_eq!(error(b"x\ta\t1\n"), expected("22P02", "invalid input syntax for type integer: \"x\""));
    assert_eq!(error(b"1\t\xff\t1\n").0, "22021");
    assert_eq!(error(b"1\ta\t1\n1\tb\t2\n").0, "23505");
    assert_eq!(client.rows("SELECT count(*) FROM t"), [row(&["0"])]);
}

#[test]
fn the_client_may_give_up() {
    let server = TestServer::start();
    server.execute(TABLE);
    let mut client = server.connect();
    client.query("BEGIN");
    client.send('Q', &text("COPY t FROM STDIN"));
    client.next();
    client.send('d', b"1\ta\t1\n");
    client.send('f', &text("changed my mind"));
    let answers = client.until_ready();
    let error = answers[0].report();
    assert_eq!((error.sqlstate(), error.field('M')), ("57014", Some("COPY from stdin failed: changed my mind")));
    assert_eq!(status(&answers), 'E');
}

#[test]
fn copy_goes_through_the_extended_protocol() {
    let server = TestServer::start();
    server.execute(TABLE);
    let mut client = server.connect();
    client.send_bytes(&[parse("", "COPY t FROM STDIN", &[]), bind("", "", &[], &[]), execute("", 0), sync()].concat());
    client.send_bytes(&[message('d', b"1\ta\t1\n"), message('c', &[]), sync()].concat());
    let answers = client.until_ready();
    assert_eq!(kinds(&answers), "12GCZ");
    assert_eq!(rows(&client.query("SELECT id FROM t")), [row(&["1"])]);
}

#[test]
fn a_client_that_leaves_in_the_middle_copies_nothing() {
    let server = TestServer::start();
    server.execute(TABLE);
    let mut client = server.connect();
    client.send('Q', &text("COPY t FROM STDIN"));
    client.next();
    client.send('d', b"1\ta\t1\n");
    drop(client);
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(server.connect().rows("SELECT count(*) FROM t"), [row(&["0"])]);
}

#[test]
fn a_message_that_has_no_place_in_a_copy_closes_its_connection() {
    let server = TestServer::start();
    server.execute(TABLE);
    let mut client = server.connect();
    client.send('Q', &text("COPY t FROM STDIN"));
    client.send('d', b"1\ta\t1\n");
    client.send('Q', &text("SELECT 1"));
    let answers = client.until_closed();
    assert_eq!(kinds(&answers), "GE");
    let error = answers[1].report();
    assert_eq!(
        (error.field('S'), error.sqlstate(), error.field('M')),
        (Some("FATAL"), "08P01", Some("unexpected message type 0x51 during COPY from stdin"))
    );
    assert_eq!(server.connect().rows("SELECT count(*) FROM t"), [row(&["0"])]);
}

#[test]
fn a_copy_that_waits_for_data_can_be_cancelled() {
    let server = TestServer::start();
    server.execute(TABLE);
    let mut client = server.connect();
    client.query("SET statement_timeout = '100ms'");
    client.send('Q', &text("COPY t FROM STDIN"));
    client.send('d', b"1\ta\t1\n");
    let answers = client.until_ready();
    assert_eq!((kinds(&answers).as_str(), answers[1].report().sqlstate()), ("GEZ", "57014"));
    // What still comes is nobody's.
    client.send('d', b"2\tb\t2\n");
    client.send('c', &[]);
    assert_eq!(client.rows("SELECT count(*) FROM t"), [row(&["0"])]);
}

#[test]
fn data_that_is_no_data_is_refused() {
    let server = TestServer::start();
    server.execute("CREATE TABLE d (id INTEGER, name TEXT, f DOUBLE PRECISION)");
    let mut client = server.connect();
    let text_data: [(&[u8], &str, &str); 7] = [
        (b"1\ta\\xff\t1\n", "22021", "invalid byte sequence for encoding \"UTF8\": 0xff"),
        (b"1\ta\\000b\t1\n", "22021", "invalid byte sequence for encoding \"UTF8\": 0x00"),
        (b"1\ta\t1e400\n", "22003", "value \"1e400\" is out of range for type double precision"),
        (b"1\ta\t1\r\n2\tb\t2\n", "22P04", "literal newline found in data"),
        (b"1\ta\t1\n2\tb\t2\r\n", "22P04", "literal carriage return found in data"),
        (b"1\ta\rb\t1\n", "22P04", "literal carriage return found in data"),
        (b"1\ta\t1\n\\.x\n", "22P04", "end-of-copy marker is not alone on its line"),
    ];
    for (data, sqlstate, message) in text_data {
        let answers = copy_in(&mut client, "COPY d FROM STDIN", &[data]);
        let error = answers[0].report();
        assert_eq!((error.sqlstate(), error.field('M')), (sqlstate, Some(message)), "{data:?}");
    }
    for (data, options) in
        [(&b"1,\"a\n"[..], "FORMAT csv"), (b"1,\"a\"\"\n", "FORMAT csv"), (b"1,\"a\\\"\n", "FORMAT csv, ESCAPE '\\'")]
    {
        let answers = copy_in(&mut client, &format!("COPY d (id, name) FROM STDIN WITH ({options})"), &[data]);
        let error = answers[0].report();
        assert_eq!((error.sqlstate(), error.field('M')), ("22P04", Some("unterminated CSV quoted field")), "{data:?}");
    }
    assert_eq!(client.rows("SELECT count(*) FROM d"), [row(&["0"])]);
    let returns = copy_in(&mut client, "COPY d FROM STDIN", &[b"1\ta\t1\r\n2\t\\r\\x41\tinf\r\n\\.\r\n"]);
    assert_eq!(tags(&returns), ["COPY 2"]);
    assert_eq!(client.rows("SELECT name, f FROM d WHERE id = 2"), [row(&["\rA", "Infinity"])]);
}
