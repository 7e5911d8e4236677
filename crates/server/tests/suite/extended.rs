//! The extended protocol.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::client::{
    TestServer, bind, close, describe, execute, kinds, message, parse, row, rows, status, sync, tags, text,
};

const SHOP: &str = "CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, born DATE);
    INSERT INTO customers VALUES (1, 'Ada', '1815-12-10'), (2, 'Grace', '1906-12-09'), (3, 'Edsger', NULL)";

#[test]
fn a_statement_is_described_before_it_has_values() {
    let server = TestServer::start();
    server.execute(SHOP);
    let mut client = server.connect();
    let sql = "SELECT id, name, born FROM customers WHERE id = $1 AND name <> $2";
    client.send_bytes(&[parse("s", sql, &[]), describe('S', "s"), sync()].concat());
    let answers = client.until_ready();
    assert_eq!(kinds(&answers), "1tTZ");
    assert_eq!(answers[1].body, [0, 2, 0, 0, 0, 23, 0, 0, 4, 19]);
    let columns = &answers[2].body;
    // varchar(20): OID 1043, size -1, modifier 24, format 0.
    let name = columns.windows(5).position(|bytes| bytes == b"name\0").expect("the column is there") + 5;
    assert_eq!(columns[name..name + 18], [0, 0, 0, 0, 0, 0, 0, 0, 4, 19, 255, 255, 0, 0, 0, 24, 0, 0]);
}

#[test]
fn types_are_found_from_where_parameters_stand() {
    let server = TestServer::start();
    server.execute(SHOP);
    server.execute("CREATE TABLE things (a BIGINT, b NUMERIC(10,2), c UUID, d TIMESTAMPTZ, e BOOLEAN, f JSONB)");
    let mut client = server.connect();
    let cases: [(&str, &[u32], &[u32]); 10] = [
        ("INSERT INTO things VALUES ($1, $2, $3, $4, $5, $6)", &[], &[20, 1700, 2950, 1184, 16, 3802]),
        ("INSERT INTO things (b, a) VALUES ($1, $2) RETURNING a", &[], &[1700, 20]),
        ("UPDATE things SET b = $1 WHERE a = $2", &[], &[1700, 20]),
        ("DELETE FROM things WHERE d < $1 AND e = $2", &[], &[1184, 16]),
        ("SELECT $1::int, $2::text", &[], &[23, 25]),
        ("SELECT * FROM customers WHERE id = ANY($1)", &[], &[1007]),
        ("SELECT * FROM customers WHERE id IN ($1, $2) LIMIT $3", &[], &[23, 23, 20]),
        ("SELECT coalesce(name, $1) FROM customers WHERE born BETWEEN $2 AND $3", &[], &[1043, 1082, 1082]),
        ("SELECT * FROM customers WHERE id = $1", &[20], &[20]),
        ("SELECT $1", &[], &[25]),
    ];
    for (sql, given, expected) in cases {
        client.send_bytes(&[parse("", sql, given), describe('S', ""), sync()].concat());
        let answers = client.until_ready();
        let types = answers.iter().find(|answer| answer.kind == 't').unwrap_or_else(|| panic!("{sql}: {answers:?}"));
        let found: Vec<u32> =
            types.body[2..].chunks(4).map(|oid| u32::from_be_bytes(oid.try_into().expect("four bytes"))).collect();
        assert_eq!(found, expected, "{sql}");
    }
}

#[test]
fn values_come_and_go_in_text_and_binary() {
    let server = TestServer::start();
    server.execute(SHOP);
    let mut client = server.connect();
    client.send_bytes(&parse("s", "SELECT id, name, born FROM customers WHERE id = $1", &[]));
    client.send_bytes(&bind("", "s", &[(1, Some(&[0, 0, 0, 1]))], &[1, 0, 1]));
    client.send_bytes(&[describe('P', ""), execute("", 0), sync()].concat());
    let answers = client.until_ready();
    assert_eq!(kinds(&answers), "12TDCZ");
    let days: i32 = -67_227;
    assert_eq!(answers[3].values(), [Some(vec![0, 0, 0, 1]), Some(b"Ada".to_vec()), Some(days.to_be_bytes().to_vec())]);
    client.send_bytes(&[bind("", "s", &[(0, Some(b"3"))], &[]), execute("", 0), sync()].concat());
    assert_eq!(rows(&client.until_ready()), [vec![Some("3".to_owned()), Some("Edsger".to_owned()), None]]);
    client.send_bytes(&[bind("", "s", &[(0, None)], &[]), execute("", 0), sync()].concat());
    let answers = client.until_ready();
    assert_eq!((kinds(&answers).as_str(), tags(&answers)), ("2CZ", vec!["SELECT 0".to_owned()]));
}

#[test]
fn a_portal_gives_its_rows_in_parts() {
    let server = TestServer::start();
    server.execute(SHOP);
    let mut client = server.connect();
    client.query("BEGIN");
    client.send_bytes(&parse("", "SELECT id FROM customers ORDER BY id", &[]));
    client.send_bytes(&[bind("p", "", &[], &[]), execute("p", 2), sync()].concat());
    let answers = client.until_ready();
    assert_eq!((kinds(&answers).as_str(), status(&answers)), ("12DDsZ", 'T'));
    client.query("INSERT INTO customers VALUES (4, 'Barbara', NULL)");
    client.send_bytes(&[execute("p", 2), sync()].concat());
    let answers = client.until_ready();
    assert_eq!((rows(&answers), tags(&answers)), (vec![row(&["3"])], vec!["SELECT 1".to_owned()]));
    client.send_bytes(&[execute("p", 2), sync()].concat());
    assert_eq!(tags(&client.until_ready()), ["SELECT 0"]);
    client.query("COMMIT");
    client.send_bytes(&[execute("p", 2), sync()].concat());
    let answers = client.until_ready();
    assert_eq!(answers[0].report().sqlstate(), "34000");
}

#[test]
fn after_an_error_all_is_skipped_up_to_sync() {
    let server = TestServer::start();
    server.execute(SHOP);
    let mut client = server.connect();
    let insert = |id: &'static [u8]| [bind("", "i", &[(0, Some(id)), (0, Some(b"x"))], &[]), execute("", 0)].concat();
    client.send_bytes(&parse("i", "INSERT INTO customers VALUES ($1, $2, NULL)", &[]));
    client.send_bytes(&[insert(b"10"), insert(b"1"), insert(b"11"), sync(), insert(b"12"), sync()].concat());
    let answers = client.until_ready();
    assert_eq!(kinds(&answers), "12C2EZ");
    assert_eq!(kinds(&client.until_ready()), "2CZ");
    // What stood before the error in the same batch went with it.
    assert_eq!(client.rows("SELECT id FROM customers WHERE id > 3"), [row(&["12"])]);
}

#[test]
fn a_batch_is_one_transaction() {
    let server = TestServer::start();
    server.execute(SHOP);
    let mut client = server.connect();
    client.send_bytes(&parse("i", "INSERT INTO customers VALUES ($1, 'x', NULL)", &[]));
    for id in ["10", "11", "12"] {
        client.send_bytes(&[bind("", "i", &[(0, Some(id.as_bytes()))], &[]), execute("", 0)].concat());
    }
    let before = server.database.counts().commits;
    client.send_bytes(&sync());
    assert_eq!(kinds(&client.until_ready()), "12C2C2CZ");
    assert_eq!(server.database.counts().commits, before + 1);
    assert_eq!(client.rows("SELECT count(*) FROM customers"), [row(&["6"])]);
}

#[test]
fn names_are_kept_apart_and_told_when_they_are_wrong() {
    let server = TestServer::start();
    let mut client = server.connect();
    let mut sqlstate = |bytes: Vec<u8>| {
        client.send_bytes(&[bytes, sync()].concat());
        let answers = client.until_ready();
        answers.iter().find(|answer| answer.kind == 'E').map(|answer| answer.report().sqlstate().to_owned())
    };
    assert_eq!(sqlstate(parse("a", "SELECT 1", &[])), None);
    assert_eq!(sqlstate(parse("a", "SELECT 1", &[])).as_deref(), Some("42P05"));
    assert_eq!(sqlstate(close('S', "a")), None);
    assert_eq!(sqlstate(close('S', "a")), None);
    assert_eq!(sqlstate(bind("", "a", &[], &[])).as_deref(), Some("26000"));
    assert_eq!(sqlstate(execute("nowhere", 0)).as_deref(), Some("34000"));
    assert_eq!(sqlstate(describe('P', "nowhere")).as_deref(), Some("34000"));
    assert_eq!(sqlstate(parse("", "SELECT 1; SELECT 2", &[])).as_deref(), Some("42601"));
    assert_eq!(sqlstate(parse("", "SELEC", &[])).as_deref(), Some("42601"));
    assert_eq!(sqlstate(parse("", "SELECT * FROM nowhere", &[])).as_deref(), Some("42P01"));
    assert_eq!(sqlstate(parse("one", "SELECT $1::int", &[])), None);
    assert_eq!(sqlstate(bind("", "one", &[], &[])).as_deref(), Some("08P01"));
    assert_eq!(sqlstate(bind("", "one", &[(1, Some(b"abc"))], &[])).as_deref(), Some("08P01"));
    assert_eq!(sqlstate(bind("", "one", &[(1, Some(b"abcde"))], &[])).as_deref(), Some("22P03"));
    assert_eq!(sqlstate(bind("", "one", &[(0, Some(b"abc"))], &[])).as_deref(), Some("22P02"));
    assert_eq!(sqlstate(bind("", "one", &[(7, Some(b"1"))], &[])).as_deref(), Some("22023"));
}

#[test]
fn an_empty_statement_is_a_statement() {
    let server = TestServer::start();
    let mut client = server.connect();
    client
        .send_bytes(&[parse("", "", &[]), bind("", "", &[], &[]), describe('P', ""), execute("", 0), sync()].concat());
    assert_eq!(kinds(&client.until_ready()), "12nIZ");
}

#[test]
fn flush_sends_what_there_is() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.send_bytes(&[parse("", "SELECT 1", &[]), message('H', &[])].concat());
    assert_eq!(client.next().expect("an answer").kind, '1');
    client.send_bytes(&[bind("", "", &[], &[]), execute("", 0), message('H', &[])].concat());
    let answers: String = (0..3).map(|_| client.next().expect("an answer").kind).collect();
    assert_eq!(answers, "2DC");
    client.send_bytes(&sync());
    assert_eq!(kinds(&client.until_ready()), "Z");
}

#[test]
fn a_statement_outlives_a_change_of_the_catalog_unless_its_columns_change() {
    let server = TestServer::start();
    server.execute(SHOP);
    let mut client = server.connect();
    client.send_bytes(&[parse("s", "SELECT * FROM customers WHERE id = $1", &[]), sync()].concat());
    client.until_ready();
    let mut run = || {
        client.send_bytes(&[bind("", "s", &[(0, Some(b"1"))], &[]), execute("", 0), sync()].concat());
        client.until_ready()
    };
    assert_eq!(kinds(&run()), "2DCZ");
    server.execute("CREATE TABLE others (id INTEGER)");
    assert_eq!(kinds(&run()), "2DCZ");
    server.execute("ALTER TABLE customers ADD COLUMN more INTEGER");
    let answers = run();
    assert_eq!(kinds(&answers), "2EZ");
    assert_eq!(answers[1].report().sqlstate(), "0A000");
}

#[test]
fn cancel_stops_the_statement_that_runs() {
    let server = TestServer::start();
    let mut client = server.connect();
    let packet = cancel_request(client.process, &client.secret);
    let endless = "SELECT count(*) FROM generate_series(1, 3000000) a, generate_series(1, 3000000) b";
    client.send('Q', &text(endless));
    let answered = AtomicBool::new(false);
    let answers = std::thread::scope(|scope| {
        // Again and again, for nobody tells when the statement has begun.
        scope.spawn(|| {
            for _ in 0..10_000 {
                if answered.load(Ordering::SeqCst) {
                    break;
                }
                let mut canceller = server.socket();
                canceller.send_bytes(&packet);
                assert_eq!(canceller.until_closed(), []);
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let answers = client.until_ready();
        answered.store(true, Ordering::SeqCst);
        answers
    });
    let error = answers.iter().find(|answer| answer.kind == 'E').expect("it was cancelled").report();
    assert_eq!((error.sqlstate(), error.field('M')), ("57014", Some("canceling statement due to user request")));
    assert_eq!(client.rows("SELECT 1"), [row(&["1"])]);
}

#[test]
fn a_wrong_secret_cancels_nothing() {
    let server = TestServer::start();
    let mut client = server.connect();
    let wrong: Vec<u8> = client.secret.iter().map(|byte| !byte).collect();
    let packet = cancel_request(client.process, &wrong);
    client.send('Q', &text("SELECT count(*) FROM generate_series(1, 2000) a, generate_series(1, 5000) b"));
    let mut canceller = server.socket();
    canceller.send_bytes(&packet);
    assert_eq!(canceller.until_closed(), []);
    assert_eq!(rows(&client.until_ready()), [row(&["10000000"])]);
}

/// What asks to cancel the statement of another connection.
pub fn cancel_request(process: i32, secret: &[u8]) -> Vec<u8> {
    let mut packet = (12 + secret.len() as u32).to_be_bytes().to_vec();
    packet.extend(80_877_102u32.to_be_bytes());
    packet.extend(process.to_be_bytes());
    packet.extend(secret);
    packet
}

#[test]
fn what_has_no_name_lasts_until_the_next() {
    let server = TestServer::start();
    let mut client = server.connect();
    let run = [bind("", "", &[], &[]), execute("", 0), sync()].concat();
    client.send_bytes(&[parse("", "SELECT 1", &[]), sync(), run.clone()].concat());
    client.until_ready();
    assert_eq!(rows(&client.until_ready()), [row(&["1"])]);
    // A statement that is none takes its place all the same, and so does a text.
    client.send_bytes(&[parse("", "SELEC 2", &[]), sync(), run.clone()].concat());
    assert_eq!(client.until_ready()[0].report().sqlstate(), "42601");
    assert_eq!(client.until_ready()[0].report().sqlstate(), "26000");
    client.send_bytes(&[parse("", "SELECT 3", &[]), sync()].concat());
    client.until_ready();
    assert_eq!(client.rows("SELECT 4"), [row(&["4"])]);
    client.send_bytes(&run);
    assert_eq!(client.until_ready()[0].report().sqlstate(), "26000");
    // So does a portal, also in the middle of a transaction.
    client.query("BEGIN");
    client.send_bytes(&[parse("s", "SELECT 5", &[]), bind("", "s", &[], &[]), message('H', &[])].concat());
    assert_eq!(client.rows("SELECT 6"), [row(&["6"])]);
    client.send_bytes(&[execute("", 0), sync()].concat());
    assert_eq!(client.until_ready()[0].report().sqlstate(), "34000");
}

#[test]
fn what_gave_no_rows_is_not_run_again() {
    let server = TestServer::start();
    server.execute(SHOP);
    let mut client = server.connect();
    client.query("BEGIN");
    let insert = parse("", "INSERT INTO customers VALUES (4, 'Barbara', NULL)", &[]);
    client.send_bytes(&[insert, bind("p", "", &[], &[]), execute("p", 0), execute("p", 0), sync()].concat());
    let answers = client.until_ready();
    assert_eq!(kinds(&answers), "12CEZ");
    let error = answers[3].report();
    assert_eq!((error.sqlstate(), error.field('M')), ("55000", Some("portal \"p\" cannot be run")));
    client.query("ROLLBACK");
    // One that gave rows gives no more of them.
    let select = parse("", "SELECT id FROM customers", &[]);
    client.send_bytes(&[select, bind("p", "", &[], &[]), execute("p", 0), execute("p", 0), sync()].concat());
    assert_eq!(tags(&client.until_ready()), ["SELECT 3", "SELECT 0"]);
}

#[test]
fn a_failed_transaction_does_nothing_more() {
    let server = TestServer::start();
    server.execute(SHOP);
    let mut client = server.connect();
    client.send_bytes(&[parse("s", "SELECT id FROM customers ORDER BY id", &[]), parse("r", "ROLLBACK", &[])].concat());
    client.send_bytes(&sync());
    client.until_ready();
    client.query("BEGIN");
    client.send_bytes(&[bind("p", "s", &[], &[]), execute("p", 1), sync()].concat());
    client.until_ready();
    client.query("SELEC");
    for message in [bind("", "s", &[], &[]), describe('S', "s"), describe('P', "p"), execute("p", 1)] {
        client.send_bytes(&[message, sync()].concat());
        let answers = client.until_ready();
        assert_eq!((answers[0].report().sqlstate(), status(&answers)), ("25P02", 'E'));
    }
    client.send_bytes(&[bind("", "r", &[], &[]), execute("", 0), sync()].concat());
    assert_eq!(status(&client.until_ready()), 'I');
}

#[test]
fn a_portal_goes_with_the_savepoint_it_was_made_after() {
    let server = TestServer::start();
    server.execute(SHOP);
    let mut client = server.connect();
    client.send_bytes(&[parse("s", "SELECT id FROM customers ORDER BY id", &[]), sync()].concat());
    client.until_ready();
    client.query("BEGIN");
    client.send_bytes(&[bind("before", "s", &[], &[]), execute("before", 1), sync()].concat());
    client.until_ready();
    client.query("SAVEPOINT a");
    client.query("DECLARE since CURSOR FOR SELECT 1");
    client.query("SAVEPOINT b");
    client.query("RELEASE b");
    client.send_bytes(&[bind("later", "s", &[], &[]), execute("later", 1), sync()].concat());
    client.until_ready();
    client.query("ROLLBACK TO a");
    client.send_bytes(&[execute("before", 1), sync()].concat());
    assert_eq!(rows(&client.until_ready()), [row(&["2"])]);
    // What is made after it went back is not what it took along, until it goes back again.
    client.send_bytes(&[bind("again", "s", &[], &[]), execute("again", 1), sync()].concat());
    client.until_ready();
    client.send_bytes(&[execute("again", 1), sync()].concat());
    assert_eq!(rows(&client.until_ready()), [row(&["2"])]);
    for gone in ["later", "since", "again"] {
        client.query("ROLLBACK TO a");
        client.send_bytes(&[execute(gone, 1), sync()].concat());
        assert_eq!(client.until_ready()[0].report().sqlstate(), "34000", "{gone}");
    }
}

#[test]
fn formats_of_results_are_counted_when_a_portal_is_made() {
    let server = TestServer::start();
    let mut client = server.connect();
    let wrong = bind("", "", &[], &[0, 1]);
    client.send_bytes(&[parse("", "SELECT 1, 2, 3", &[]), wrong, execute("", 0), sync()].concat());
    let answers = client.until_ready();
    assert_eq!((kinds(&answers).as_str(), answers[1].report().sqlstate()), ("1EZ", "08P01"));
    client.send_bytes(&[parse("", "SELECT $65536::int", &[]), sync()].concat());
    assert_eq!(client.until_ready()[0].report().sqlstate(), "54000");
}
