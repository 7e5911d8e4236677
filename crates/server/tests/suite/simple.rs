//! The simple protocol.

use crate::client::{TestServer, kinds, parse, row, rows, status, sync, tags};

const SHOP: &str = "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER,
        CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id));
    INSERT INTO customers VALUES (1, 'Ada'), (2, 'Grace');
    INSERT INTO orders VALUES (10, 1)";

#[test]
fn rows_come_with_their_description_and_tag() {
    let server = TestServer::start();
    let mut client = server.connect();
    let answers = client.query("SELECT 1 AS one, NULL AS nothing, 'x' AS x");
    assert_eq!(kinds(&answers), "TDCZ");
    assert_eq!(rows(&answers), [vec![Some("1".to_owned()), None, Some("x".to_owned())]]);
    assert_eq!(tags(&answers), ["SELECT 1"]);
    assert_eq!(status(&answers), 'I');
}

#[test]
fn an_empty_text_is_answered_as_such() {
    let server = TestServer::start();
    let mut client = server.connect();
    for text in ["", " ; ;", "-- nothing"] {
        assert_eq!(kinds(&client.query(text)), "IZ", "{text:?}");
    }
}

#[test]
fn several_statements_are_one_transaction() {
    let server = TestServer::start();
    let mut client = server.connect();
    assert_eq!(kinds(&client.query(SHOP)), "CCCCZ");
    let answers = client.query("INSERT INTO customers VALUES (3, 'Edsger'); INSERT INTO customers VALUES (1, 'again')");
    assert_eq!(kinds(&answers), "CEZ");
    assert_eq!(status(&answers), 'I');
    assert_eq!(client.rows("SELECT count(*) FROM customers"), [row(&["2"])]);
}

#[test]
fn begin_within_a_text_stays_open() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.query(SHOP);
    let answers =
        client.query("INSERT INTO customers VALUES (3, 'Edsger'); BEGIN; INSERT INTO customers VALUES (4, 'Barbara')");
    assert_eq!((kinds(&answers).as_str(), status(&answers)), ("CCCZ", 'T'));
    assert_eq!(status(&client.query("ROLLBACK")), 'I');
    assert_eq!(client.rows("SELECT count(*) FROM customers"), [row(&["2"])]);
}

#[test]
fn commit_within_a_text_ends_what_was_begun_for_it() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.query(SHOP);
    let answers = client.query("INSERT INTO customers VALUES (3, 'Edsger'); COMMIT; SELECT 1/0");
    assert_eq!(kinds(&answers), "CNCTEZ");
    assert_eq!(client.rows("SELECT count(*) FROM customers"), [row(&["3"])]);
}

#[test]
fn nothing_runs_of_a_text_that_does_not_parse() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.query(SHOP);
    let error = client.error("DELETE FROM orders; SELEC 1");
    assert_eq!((error.sqlstate(), error.field('P')), ("42601", Some("21")));
    assert_eq!(client.rows("SELECT count(*) FROM orders"), [row(&["1"])]);
}

#[test]
fn a_violation_is_told_in_fields() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.query(SHOP);
    let error = client.error("DELETE FROM customers WHERE id = 1");
    assert_eq!(error.sqlstate(), "23503");
    assert_eq!((error.field('S'), error.field('V')), (Some("ERROR"), Some("ERROR")));
    assert_eq!(
        error.field('M'),
        Some(
            "update or delete on table \"customers\" violates foreign key constraint \"orders_customer_fkey\" on table \"orders\""
        )
    );
    assert_eq!(error.field('D'), Some("Key (id)=(1) is still referenced from table \"orders\"."));
    assert_eq!(
        (error.field('s'), error.field('t'), error.field('n')),
        (Some("public"), Some("orders"), Some("orders_customer_fkey"))
    );
    let error = client.error("INSERT INTO customers VALUES (3, NULL)");
    assert_eq!((error.sqlstate(), error.field('t'), error.field('c')), ("23502", Some("customers"), Some("name")));
}

#[test]
fn every_kind_of_violation_names_its_constraint() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.query(
        "CREATE SCHEMA shop; CREATE TABLE shop.items (id INTEGER PRIMARY KEY, code TEXT CONSTRAINT one_code UNIQUE,
            price INTEGER CONSTRAINT no_gift CHECK (price > 0), name TEXT NOT NULL);
         INSERT INTO shop.items VALUES (1, 'a', 1, 'x')",
    );
    let mut fields = |sql: &str| {
        let error = client.error(sql);
        ['C', 's', 't', 'c', 'n'].map(|kind| error.field(kind).unwrap_or("-").to_owned())
    };
    assert_eq!(fields("INSERT INTO shop.items VALUES (1, 'b', 1, 'x')"), ["23505", "shop", "items", "-", "items_pkey"]);
    assert_eq!(fields("INSERT INTO shop.items VALUES (2, 'a', 1, 'x')"), ["23505", "shop", "items", "-", "one_code"]);
    assert_eq!(fields("INSERT INTO shop.items VALUES (2, 'b', 0, 'x')"), ["23514", "shop", "items", "-", "no_gift"]);
    assert_eq!(fields("INSERT INTO shop.items VALUES (2, 'b', 1)"), ["23502", "shop", "items", "name", "-"]);
    assert_eq!(fields("SELECT nothing"), ["42703", "-", "-", "-", "-"]);
}

#[test]
fn the_place_of_an_error_counts_characters_of_the_whole_text() {
    let server = TestServer::start();
    let mut client = server.connect();
    let error = client.error("SELECT 'äöü'; SELECT nowhere");
    assert_eq!((error.sqlstate(), error.field('P')), ("42703", Some("22")));
}

#[test]
fn a_failed_transaction_waits_for_its_end() {
    let server = TestServer::start();
    let mut client = server.connect();
    assert_eq!(status(&client.query("BEGIN")), 'T');
    assert_eq!(status(&client.query("SELECT 1/0")), 'E');
    assert_eq!(client.error("SELECT 1").sqlstate(), "25P02");
    let answers = client.query("COMMIT");
    assert_eq!((tags(&answers), status(&answers)), (vec!["ROLLBACK".to_owned()], 'I'));
}

#[test]
fn notices_and_warnings_come_as_far_as_they_are_wanted() {
    let server = TestServer::start();
    let mut client = server.connect();
    let answers = client.query("DROP TABLE IF EXISTS nowhere");
    assert_eq!(kinds(&answers), "NCZ");
    assert_eq!(answers[0].report().field('S'), Some("NOTICE"));
    assert_eq!(answers[0].report().field('M'), Some("table \"nowhere\" does not exist, skipping"));
    client.query("SET client_min_messages = warning");
    assert_eq!(kinds(&client.query("DROP TABLE IF EXISTS nowhere")), "CZ");
    let answers = client.query("ROLLBACK");
    assert_eq!((kinds(&answers).as_str(), answers[0].report().field('S')), ("NCZ", Some("WARNING")));
}

#[test]
fn prepared_statements_and_cursors_are_had_in_sql() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.query(SHOP);
    client.query("PREPARE one (integer) AS SELECT name FROM customers WHERE id = $1");
    assert_eq!(client.rows("EXECUTE one(1 + 1)"), [row(&["Grace"])]);
    assert_eq!(client.error("EXECUTE one").sqlstate(), "42601");
    assert_eq!(tags(&client.query("DEALLOCATE one")), ["DEALLOCATE"]);
    assert_eq!(client.error("EXECUTE one(1)").sqlstate(), "26000");

    assert_eq!(client.error("DECLARE c CURSOR FOR SELECT 1").sqlstate(), "25P01");
    client.query("BEGIN; DECLARE c CURSOR FOR SELECT id FROM customers ORDER BY id");
    let answers = client.query("FETCH 1 FROM c");
    assert_eq!((rows(&answers), tags(&answers)), (vec![row(&["1"])], vec!["FETCH 1".to_owned()]));
    client.query("DELETE FROM customers WHERE id = 2");
    let answers = client.query("FETCH ALL FROM c");
    assert_eq!((rows(&answers), tags(&answers)), (vec![row(&["2"])], vec!["FETCH 1".to_owned()]));
    assert_eq!(tags(&client.query("FETCH NEXT FROM c")), ["FETCH 0"]);
    client.query("COMMIT");
    assert_eq!(client.error("FETCH 1 FROM c").sqlstate(), "34000");
}

#[test]
fn what_is_not_had_is_refused_clearly() {
    let server = TestServer::start();
    let mut client = server.connect();
    for statement in ["LISTEN news", "NOTIFY news", "VACUUM FULL"] {
        let error = client.error(statement);
        assert_eq!(error.sqlstate(), "0A000", "{statement}");
        let word = statement.split(' ').next().expect("a word");
        assert!(error.field('M').is_some_and(|message| message.contains(word)), "{error:?}");
        assert!(error.field('H').is_some(), "{error:?}");
    }
}

#[test]
fn a_comment_has_an_end() {
    let server = TestServer::start();
    let mut client = server.connect();
    for (sql, place) in [("/* abc", "1"), ("CREATE TABLE t (id INTEGER); /* a /* b */", "30")] {
        let error = client.error(sql);
        assert_eq!((error.sqlstate(), error.field('P')), ("42601", Some(place)), "{sql}");
        assert!(error.field('M').is_some_and(|message| message.starts_with("unterminated /* comment at or near")));
    }
    client.send_bytes(&[parse("", "SELECT 1 /*", &[]), sync()].concat());
    assert_eq!(client.until_ready()[0].report().sqlstate(), "42601");
    assert_eq!(client.error("SELECT * FROM t").sqlstate(), "42P01");
    assert_eq!(client.rows("SELECT '/*', 1 /* c */ -- /*"), [row(&["/*", "1"])]);
}
