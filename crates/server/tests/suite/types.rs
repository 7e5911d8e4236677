//! Every type there and back, in text and in binary.

use crate::client::{Client, TestServer, bind, describe, execute, parse, row, rows, sync};

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

/// The type of arrays of a type.
const ARRAYS: [(u32, u32); 19] = [
    (16, 1000),
    (17, 1001),
    (20, 1016),
    (21, 1005),
    (23, 1007),
    (25, 1009),
    (114, 199),
    (700, 1021),
    (701, 1022),
    (1042, 1014),
    (1043, 1015),
    (1082, 1182),
    (1083, 1183),
    (1114, 1115),
    (1184, 1185),
    (1186, 1187),
    (1700, 1231),
    (2950, 2951),
    (3802, 3807),
];

#[test]
fn arrays_of_every_type_go_and_come_in_text_and_binary() {
    let server = TestServer::start();
    let mut client = server.connect();
    for (name, oid, value) in VALUES {
        let (_, array) = ARRAYS.into_iter().find(|(element, _)| *element == oid).expect("every type has its arrays");
        // Scale and length belong to a column, a parameter has none.
        let value = match name {
            "numeric(10,2)" => "0.5",
            "character(5)" => "ab",
            _ => value,
        };
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        let sent = format!("{{\"{quoted}\",NULL,\"{quoted}\"}}");
        let text = echo(&mut client, "SELECT $1", array, 0, sent.as_bytes(), 0);
        let binary = echo(&mut client, "SELECT $1", array, 0, sent.as_bytes(), 1);
        assert_eq!(
            binary[..20],
            [&[0, 0, 0, 1, 0, 0, 0, 1][..], &oid.to_be_bytes(), &[0, 0, 0, 3, 0, 0, 0, 1]].concat(),
            "{name}"
        );
        assert_eq!(echo(&mut client, "SELECT $1", array, 1, &binary, 0), text, "{name}");
        assert_eq!(echo(&mut client, "SELECT $1", array, 1, &binary, 1), binary, "{name}");
        for (format, bytes) in [(0, &text), (1, &binary)] {
            client.send_bytes(&parse("", "SELECT ($1)[1], ($1)[2], ($1)[3]", &[array]));
            client.send_bytes(&[bind("", "", &[(format, Some(bytes))], &[0]), execute("", 0), sync()].concat());
            let found = rows(&client.until_ready());
            assert_eq!(found, [vec![Some(value.to_owned()), None, Some(value.to_owned())]], "{name}");
        }
        for empty in ["{}", "{NULL}"] {
            let binary = echo(&mut client, "SELECT $1", array, 0, empty.as_bytes(), 1);
            assert_eq!(echo(&mut client, "SELECT $1", array, 1, &binary, 0), empty.as_bytes(), "{name}");
        }
    }
}

#[test]
fn numerics_without_a_scale_keep_their_digits() {
    let server = TestServer::start();
    let mut client = server.connect();
    let nines = "9".repeat(38);
    let small = format!("-0.{}1", "0".repeat(37));
    for value in [nines.as_str(), &small, "0", "1.1", "10000", "-12345.6789", "0.0001"] {
        assert_eq!(echo(&mut client, "SELECT $1", 1700, 0, value.as_bytes(), 0), value.as_bytes());
        let binary = echo(&mut client, "SELECT $1", 1700, 0, value.as_bytes(), 1);
        assert_eq!(echo(&mut client, "SELECT $1", 1700, 1, &binary, 1), binary, "{value}");
        assert_eq!(echo(&mut client, "SELECT $1", 1700, 1, &binary, 0), value.as_bytes());
        let list = format!("{{{value},NULL}}");
        assert_eq!(echo(&mut client, "SELECT $1", 1231, 0, list.as_bytes(), 0), list.as_bytes());
    }
    // A column of them as well: 1.10 has no digits that it was not given.
    client.query("CREATE TABLE t (n NUMERIC); INSERT INTO t VALUES (1.1)");
    client.send_bytes(&[parse("", "SELECT n FROM t", &[]), bind("", "", &[], &[1]), execute("", 0), sync()].concat());
    let answers = client.until_ready();
    let found = answers.iter().find(|answer| answer.kind == 'D').expect("a row").values();
    assert_eq!(found, [Some(vec![0, 2, 0, 0, 0, 0, 0, 1, 0, 1, 3, 232])]);
}

#[test]
fn whole_numbers_are_integers_where_they_fit() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.query("CREATE TABLE t (s SMALLINT, i INTEGER, l BIGINT)");
    let mut types = |sql: &str| -> Vec<u32> {
        client.send_bytes(&[parse("", sql, &[]), describe('S', ""), sync()].concat());
        let answers = client.until_ready();
        let described =
            answers.iter().find(|answer| answer.kind == 'T').unwrap_or_else(|| panic!("{:?}", shown(&answers)));
        let mut rest = &described.body[2..];
        let mut types = Vec::new();
        while let Some(end) = rest.iter().position(|byte| *byte == 0) {
            types.push(u32::from_be_bytes(rest[end + 7..end + 11].try_into().expect("four bytes")));
            rest = &rest[end + 19..];
        }
        types
    };
    assert_eq!(types("SELECT 1, -1, 2147483647, 2147483648, 1::bigint, 1.5"), [23, 23, 23, 20, 20, 1700]);
    assert_eq!(types("SELECT s + 1, i + 1, l + 1, i * 2 - 1, i::text FROM t"), [23, 23, 20, 23, 25]);
    assert_eq!(
        types("SELECT coalesce(i, 0), coalesce(l, 0), CASE WHEN i > 1 THEN 1 ELSE 0 END, ARRAY[1, 2] FROM t"),
        [23, 20, 23, 1007]
    );
    assert_eq!(types("SELECT 1 UNION ALL SELECT 2 ORDER BY 1 LIMIT 5"), [23]);
    assert_eq!(types("SELECT 1 UNION SELECT 3000000000"), [20]);
    assert_eq!(types("SELECT count(*), sum(i) FROM t"), [20, 20]);
}

#[test]
fn infinity_is_refused_as_what_it_is() {
    let server = TestServer::start();
    let mut client = server.connect();
    let (least, most) = (i64::MIN.to_be_bytes(), i64::MAX.to_be_bytes());
    let interval = [&most[..], &i32::MAX.to_be_bytes(), &i32::MAX.to_be_bytes()].concat();
    let cases: [(u32, i16, &[u8]); 14] = [
        (1082, 0, b"infinity"),
        (1082, 0, b"-infinity"),
        (1082, 1, &i32::MIN.to_be_bytes()),
        (1082, 1, &i32::MAX.to_be_bytes()),
        (1114, 0, b"infinity"),
        (1114, 1, &least),
        (1114, 1, &most),
        (1184, 0, b"-Infinity"),
        (1184, 1, &least),
        (1184, 1, &most),
        (1186, 0, b"infinity"),
        (1186, 1, &interval),
        (1700, 0, b"NaN"),
        (1700, 1, &[0, 0, 0, 0, 0xd0, 0, 0, 32]),
    ];
    for (oid, format, value) in cases {
        client.send_bytes(&parse("", "SELECT $1", &[oid]));
        client.send_bytes(&[bind("", "", &[(format, Some(value))], &[]), execute("", 0), sync()].concat());
        let answers = client.until_ready();
        let error = answers.iter().find(|answer| answer.kind == 'E').expect("it is refused").report();
        assert_eq!(error.sqlstate(), "0A000", "{oid} {value:?}: {error:?}");
        assert!(error.field('M').is_some_and(|message| message.contains("infinity")), "{error:?}");
    }
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
    assert_eq!(sqlstate(23, 1, b"x").as_deref(), Some("08P01"));
    assert_eq!(sqlstate(23, 1, b"12345678").as_deref(), Some("22P03"));
    assert_eq!(sqlstate(2950, 1, &[0; 17]).as_deref(), Some("22P03"));
    assert_eq!(sqlstate(1083, 1, &(-1i64).to_be_bytes()).as_deref(), Some("22008"));
    assert_eq!(sqlstate(1083, 1, &86_400_000_000i64.to_be_bytes()).as_deref(), Some("22008"));
    assert_eq!(sqlstate(1082, 1, &(-2_451_546i32).to_be_bytes()).as_deref(), Some("22008"));
    assert_eq!(sqlstate(1114, 1, &(i64::MIN + 1).to_be_bytes()).as_deref(), Some("22008"));
    assert_eq!(sqlstate(25, 0, b"\xff").as_deref(), Some("22021"));
    assert_eq!(sqlstate(1082, 0, b"2024-02-30").as_deref(), Some("22008"));
    assert_eq!(sqlstate(1700, 1, &[0, 0, 0, 0, 0xc0, 0, 0, 0]).as_deref(), Some("0A000"));
    assert_eq!(sqlstate(1007, 0, b"{1,").as_deref(), Some("22P02"));
    assert_eq!(sqlstate(1007, 1, &[0, 0, 0, 1, 0, 0]).as_deref(), Some("08P01"));
    assert_eq!(sqlstate(869, 0, b"127.0.0.1").as_deref(), Some("0A000"));
    assert_eq!(sqlstate(99_999, 0, b"x").as_deref(), Some("42704"));
    assert_eq!(sqlstate(25, 0, b"fine"), None);
}

#[test]
fn an_array_is_read_to_its_last_byte() {
    let server = TestServer::start();
    let mut client = server.connect();
    let mut answer = |head: &[i32], elements: &[u8]| {
        let bytes: Vec<u8> = head.iter().flat_map(|word| word.to_be_bytes()).chain(elements.iter().copied()).collect();
        client.send_bytes(&parse("", "SELECT $1", &[1007]));
        client.send_bytes(&[bind("", "", &[(1, Some(&bytes))], &[]), execute("", 0), sync()].concat());
        let answers = client.until_ready();
        match answers.iter().find(|answer| answer.kind == 'E') {
            Some(error) => Err(error.report().sqlstate().to_owned()),
            None => Ok(rows(&answers)),
        }
    };
    let seven = [0, 0, 0, 4, 0, 0, 0, 7];
    assert_eq!(answer(&[1, 0, 23, 1, 1], &seven), Ok(vec![row(&["{7}"])]));
    assert_eq!(answer(&[0, 0, 23], &[]), Ok(vec![row(&["{}"])]));
    let refused: [(&[i32], &[u8], &str); 10] = [
        (&[1, 0, 23, 1, 1], &[0, 0, 0, 4, 0, 0, 0, 7, 1], "22P03"),
        (&[1, 0, 23, 1, 1], &seven[..7], "08P01"),
        (&[1, 5, 23, 1, 1], &seven, "22P03"),
        (&[-1, 0, 23], &[], "22P03"),
        (&[7, 0, 23], &[], "54000"),
        (&[2, 0, 23, 1, 1, 1, 1], &seven, "0A000"),
        (&[1, 0, 23, -1, 1], &[], "54000"),
        (&[1, 0, 23, i32::MAX, 1], &[], "54000"),
        (&[1, 0, 23, 1, 0], &seven, "0A000"),
        (&[1, 0, 20, 1, 1], &seven, "42804"),
    ];
    for (head, elements, sqlstate) in refused {
        assert_eq!(answer(head, elements), Err(sqlstate.to_owned()), "{head:?} {elements:?}");
    }
}

#[test]
fn arrays_are_parameters_of_statements_that_come_again() {
    let server = TestServer::start();
    server.execute("CREATE TABLE prices (id INTEGER PRIMARY KEY, price NUMERIC(10,2))");
    server.execute("INSERT INTO prices VALUES (1, 1.10), (2, 2), (3, NULL)");
    let mut client = server.connect();
    let mut answers = |sql: &str, oid: u32, value: &[u8]| -> Vec<Vec<Vec<Option<String>>>> {
        client.send_bytes(&[parse("s", sql, &[oid]), sync()].concat());
        client.until_ready();
        let answers = (0..3).map(|_| {
            client.send_bytes(&[bind("", "s", &[(0, Some(value))], &[]), execute("", 0), sync()].concat());
            rows(&client.until_ready())
        });
        let answers = answers.collect();
        client.query("DEALLOCATE s");
        answers
    };
    for (name, oid, value) in [
        ("uuid", 2951, "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}"),
        ("varchar", 1015, "{a,NULL}"),
        ("jsonb", 3807, "{\"{\\\"a\\\": 1}\"}"),
        ("numeric", 1231, "{1.1,2}"),
        ("integer", 1007, "{1,NULL}"),
    ] {
        let found = answers(&format!("SELECT $1::{name}[]"), oid, value.as_bytes());
        assert_eq!(found, vec![vec![row(&[value])]; 3], "{name}");
    }
    let among = "SELECT id FROM prices WHERE price = ANY($1) ORDER BY id";
    assert_eq!(answers(among, 1231, b"{1.1,2.000}"), vec![vec![row(&["1"]), row(&["2"])]; 3]);
    assert_eq!(answers(among, 0, b"{1.105,2}"), vec![vec![row(&["2"])]; 3]);
    let not_among = "SELECT id FROM prices WHERE price <> ALL($1::numeric[])";
    assert_eq!(answers(not_among, 0, b"{1.1}"), vec![vec![row(&["2"])]; 3]);
    assert_eq!(answers(not_among, 0, b"{1.1,NULL}"), vec![Vec::<Vec<Option<String>>>::new(); 3]);
}

#[test]
fn arrays_of_arrays_are_shown_as_text() {
    let server = TestServer::start();
    let mut client = server.connect();
    let query = [parse("", "SELECT ARRAY[[1, 2], [3, 4]]", &[]), describe('S', "")].concat();
    client.send_bytes(&[query, bind("", "", &[], &[0]), execute("", 0), sync()].concat());
    let answers = client.until_ready();
    assert_eq!(rows(&answers), [row(&["{{1,2},{3,4}}"])]);
    let described = &answers.iter().find(|answer| answer.kind == 'T').expect("it has columns").body;
    // As in PostgreSQL, the type is that of one array of the elements.
    let end = described[2..].iter().position(|byte| *byte == 0).expect("a name") + 3;
    assert!(matches!(described[end + 6..end + 10], [0, 0, 3, 239 | 248]), "{described:?}");
    client.send_bytes(&[bind("", "", &[], &[1]), execute("", 0), sync()].concat());
    assert_eq!(client.until_ready()[1].report().sqlstate(), "0A000");
}
