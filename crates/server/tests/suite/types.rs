//! Every type there and back, in text and in binary.

use crate::client::{Client, TestServer, bind, execute, parse, row, sync};

/// A value in its text, under its type, with its array's type.
const VALUES: [(&str, u32, &str); 22] = [
    ("boolean", 16, "t"),
    ("smallint", 21, "-32768"),
    ("integer", 23, "2147483647"),
    ("bigint", 20, "-9223372036854775808"),
    ("numeric", 1700, "-12345678901234567890.0123456789"),
    ("numeric(10,2)", 1700, "0.50"),
    ("numeric(10,0)", 1700, "1000000"),
    ("real", 700, "1.5"),
    ("double precision", 701, "1e+100"),
    ("double precision", 701, "-Infinity"),
    ("text", 25, "a 'text' {\"with\"} \\ everything, äöü"),
    ("character varying(9)", 1043, "äöü"),
    ("character(5)", 1042, "ab   "),
    ("bytea", 17, "\\x00ff10"),
    ("date", 1082, "1815-12-10"),
    ("time", 1083, "23:59:59.999999"),
    ("timestamp", 1114, "0044-03-15 12:00:00.000001"),
    ("timestamptz", 1184, "2024-02-29 23:59:59.5+00"),
    ("interval", 1186, "1 year 2 mons -3 days +04:05:06.000007"),
    ("uuid", 2950, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("json", 114, "{\"b\": 1, \"a\": [1, 2]}"),
    ("jsonb", 3802, "{\"a\": [1, 2], \"b\": 1}"),
];

/// Sends a value as a parameter and has it sent back.
fn echo(client: &mut Client, sql: &str, oid: u32, format: i16, value: &[u8], result: i16) -> Vec<u8> {
    client.send_bytes(&parse("", sql, &[oid]));
    client.send_bytes(&[bind("", "", &[(format, Some(value))], &[result]), execute("", 0), sync()].concat());
    let answers = client.until_ready();
    let found = answers.iter().find(|answer| answer.kind == 'D');
    let found = found.unwrap_or_else(|| panic!("{sql}, {oid}: {:?}", answers.last().map(|_| shown(&answers))));
    found.values()[0].clone().expect("it is not NULL")
}

fn shown(answers: &[crate::client::Answer]) -> Vec<String> {
    answers.iter().map(|answer| String::from_utf8_lossy(&answer.body).into_owned()).collect()
}

#[test]
fn values_are_the_same_after_text_and_binary() {
    let server = TestServer::start();
    let mut client = server.connect();
    for (at, (name, oid, value)) in VALUES.iter().enumerate() {
        let table = format!("t{at}");
        client.query(&format!("CREATE TABLE {table} (v {name})"));
        client.send_bytes(&parse("", &format!("INSERT INTO {table} VALUES ($1)"), &[]));
        client.send_bytes(&[bind("", "", &[(0, Some(value.as_bytes()))], &[]), execute("", 0), sync()].concat());
        client.until_ready();
        assert_eq!(client.rows(&format!("SELECT v FROM {table}")), [row(&[value])], "{name}");
        // Read in binary, sent back in binary, and compared as text.
        client.send_bytes(&parse("", &format!("SELECT v FROM {table}"), &[]));
        client.send_bytes(&[bind("", "", &[], &[1]), execute("", 0), sync()].concat());
        let answers = client.until_ready();
        let binary = answers.iter().find(|answer| answer.kind == 'D').expect("a row").values()[0].clone();
        let binary = binary.expect("it is not NULL");
        client.query(&format!("DELETE FROM {table}"));
        client.send_bytes(&parse("", &format!("INSERT INTO {table} VALUES ($1)"), &[*oid]));
        client.send_bytes(&[bind("", "", &[(1, Some(&binary))], &[]), execute("", 0), sync()].concat());
        client.until_ready();
        assert_eq!(client.rows(&format!("SELECT v FROM {table}")), [row(&[value])], "{name} in binary");
    }
}

#[test]
fn binary_is_postgres_own() {
    let server = TestServer::start();
    let mut client = server.connect();
    let mut binary = |sql: &str| {
        client.send_bytes(&parse("", sql, &[]));
        client.send_bytes(&[bind("", "", &[], &[1]), execute("", 0), sync()].concat());
        let answers = client.until_ready();
        let found = answers.iter().find(|answer| answer.kind == 'D').unwrap_or_else(|| panic!("{:?}", shown(&answers)));
        found.values()[0].clone().expect("it is not NULL")
    };
    assert_eq!(binary("SELECT true"), [1]);
    assert_eq!(binary("SELECT '2000-01-02'::date"), [0, 0, 0, 1]);
    assert_eq!(binary("SELECT '2000-01-01 00:00:01'::timestamp"), 1_000_000i64.to_be_bytes());
    assert_eq!(binary("SELECT 12345.67::numeric(7,2)"), [0, 3, 0, 1, 0, 0, 0, 2, 0, 1, 9, 41, 26, 44]);
    assert_eq!(binary("SELECT '{\"a\": 1}'::jsonb"), b"\x01{\"a\": 1}");
    let array = binary("SELECT ARRAY['a', NULL]");
    let expected = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, b'a', 255, 255, 255, 255];
    assert_eq!(array, expected);
}

#[test]
fn arrays_are_parameters() {
    let server = TestServer::start();
    server.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c,\"d\"')",
    );
    let mut client = server.connect();
    let mut found = |sql: &str, oid: u32, format: i16, value: &[u8]| {
        String::from_utf8(echo(&mut client, sql, oid, format, value, 0)).expect("text")
    };
    let by_id = "SELECT string_agg(name, '|' ORDER BY id) FROM t WHERE id = ANY($1)";
    assert_eq!(found(by_id, 0, 0, b"{1,3,NULL}"), "a|c,\"d\"");
    let binary =
        [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 2];
    assert_eq!(found(by_id, 1007, 1, &binary), "a|b");
    let by_name = "SELECT string_agg(id::text, '|' ORDER BY id) FROM t WHERE name = ANY($1)";
    assert_eq!(found(by_name, 1009, 0, br#"{b,"c,\"d\""}"#), "2|3");
    assert_eq!(found("SELECT $1", 1016, 0, b"{1,2,NULL}"), "{1,2,NULL}");
}

#[test]
fn a_value_that_is_none_is_refused_by_its_type() {
    let server = TestServer::start();
    let mut client = server.connect();
    let mut sqlstate = |oid: u32, format: i16, value: &[u8]| {
        client.send_bytes(&parse("", "SELECT $1", &[oid]));
        client.send_bytes(&[bind("", "", &[(format, Some(value))], &[]), execute("", 0), sync()].concat());
        let answers = client.until_ready();
        answers.iter().find(|answer| answer.kind == 'E').map(|answer| answer.report().sqlstate().to_owned())
    };
    assert_eq!(sqlstate(23, 0, b"x").as_deref(), Some("22P02"));
    assert_eq!(sqlstate(23, 0, b"3000000000").as_deref(), Some("22003"));
    assert_eq!(sqlstate(23, 1, b"x").as_deref(), Some("22P03"));
    assert_eq!(sqlstate(25, 0, b"\xff").as_deref(), Some("22021"));
    assert_eq!(sqlstate(1082, 0, b"2024-02-30").as_deref(), Some("22008"));
    assert_eq!(sqlstate(1700, 1, &[0, 0, 0, 0, 0xc0, 0, 0, 0]).as_deref(), Some("0A000"));
    assert_eq!(sqlstate(1007, 0, b"{1,").as_deref(), Some("22P02"));
    assert_eq!(sqlstate(1007, 1, &[0, 0, 0, 1, 0, 0]).as_deref(), Some("22P03"));
    assert_eq!(sqlstate(869, 0, b"127.0.0.1").as_deref(), Some("0A000"));
    assert_eq!(sqlstate(99_999, 0, b"x").as_deref(), Some("42704"));
    assert_eq!(sqlstate(25, 0, b"fine"), None);
}
