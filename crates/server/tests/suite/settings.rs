//! Settings: told at the start, told when they change, and gone with what set them.

use std::time::Duration;

use crate::client::{TestServer, kinds, row, status, tags};

#[test]
fn a_session_begins_with_what_clients_must_know() {
    let server = TestServer::start();
    let mut client = server.socket();
    client.startup(&[
        ("user", "ada"),
        ("application_name", "tests"),
        ("client_encoding", "'utf-8'"),
        ("options", "-c statement_timeout=90000"),
    ]);
    client.until_ready();
    let told = |name: &str| client.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(told("server_version"), Some("18.0"));
    assert_eq!(told("client_encoding"), Some("UTF8"));
    assert_eq!((told("DateStyle"), told("TimeZone")), (Some("ISO, MDY"), Some("UTC")));
    assert_eq!((told("integer_datetimes"), told("standard_conforming_strings")), (Some("on"), Some("on")));
    assert_eq!(told("application_name"), Some("tests"));
    assert_eq!(client.rows("SHOW statement_timeout"), [row(&["90s"])]);
}

#[test]
fn a_change_is_told_and_goes_with_its_transaction() {
    let server = TestServer::start();
    let mut client = server.connect();
    let answers = client.query("SET application_name = 'one'");
    assert_eq!(kinds(&answers), "CSZ");
    client.query("BEGIN; SET application_name = 'two'");
    assert_eq!(client.rows("SHOW application_name"), [row(&["two"])]);
    let answers = client.query("ROLLBACK");
    assert_eq!(kinds(&answers), "CSZ");
    assert_eq!(client.rows("SHOW application_name"), [row(&["one"])]);
    client.query("BEGIN; SET LOCAL statement_timeout = '5s'");
    assert_eq!(client.rows("SHOW statement_timeout"), [row(&["5s"])]);
    client.query("COMMIT");
    assert_eq!(client.rows("SHOW statement_timeout"), [row(&["0"])]);
    client.query("SET extra_float_digits = 3; RESET ALL");
    assert_eq!(client.rows("SHOW application_name"), [row(&[""])]);
}

#[test]
fn the_search_path_comes_with_the_connection_and_is_told() {
    let server = TestServer::start();
    let mut client = server.connect();
    let told = |client: &crate::client::Client| {
        let of_path = client.parameters.iter().filter(|(name, _)| name == "search_path");
        of_path.map(|(_, value)| value.clone()).next_back().expect("it is told at the start")
    };
    assert_eq!(told(&client), "\"$user\", public");
    client.query(
        "CREATE SCHEMA shop; CREATE SCHEMA ada; CREATE TABLE shop.t (id INTEGER); CREATE TABLE ada.t (name TEXT)",
    );
    assert_eq!(client.rows("SELECT current_schema"), [row(&["ada"])], "it is called as the user");
    assert_eq!(kinds(&client.query("SET search_path = shop, public")), "CSZ");
    assert_eq!(told(&client), "shop, public");
    assert_eq!(kinds(&client.query("BEGIN; SET LOCAL search_path = ada; SELECT count(name) FROM t")), "CCTDCSZ");
    assert_eq!(kinds(&client.query("COMMIT")), "CSZ");
    assert_eq!((told(&client).as_str(), client.rows("SELECT count(id) FROM t")), ("shop, public", vec![row(&["0"])]));
    assert_eq!(kinds(&client.query("SELECT set_config('search_path', '', false)")), "TDCSZ");
    assert_eq!(client.error("SELECT * FROM t").sqlstate(), "42P01");
    for (user, name, value, schema) in [
        ("ada", "options", "-c search_path=shop,public", "shop"),
        ("ada", "options", "--search-path=nowhere,\\ shop", "shop"),
        ("ada", "search_path", "\"$user\", shop", "ada"),
        ("ada", "application_name", "none", "ada"),
        ("bob", "application_name", "none", "public"),
        ("bowline", "application_name", "none", "public"),
    ] {
        let mut client = server.socket();
        client.startup(&[("user", user), (name, value)]);
        client.until_ready();
        assert_eq!(client.rows("SELECT current_schema"), [row(&[schema])], "{user} with {name} {value}");
        client.query("SET search_path = public; RESET search_path");
        assert_eq!(client.rows("SELECT current_schema"), [row(&[schema])], "it goes back to it");
    }
    let mut wrong = server.socket();
    wrong.startup(&[("user", "ada"), ("options", "-c search_path=a,,b")]);
    let answers = wrong.until_closed();
    let error = answers.last().expect("an error").report();
    assert_eq!((error.field('S'), error.sqlstate()), (Some("FATAL"), "22023"));
}

#[test]
fn what_cannot_be_is_refused() {
    let server = TestServer::start();
    let mut client = server.connect();
    assert_eq!(client.error("SET client_encoding = 'LATIN1'").sqlstate(), "0A000");
    assert_eq!(client.error("SET timezone = 'Europe/Berlin'").sqlstate(), "0A000");
    assert_eq!(client.error("SET nowhere = 1").sqlstate(), "42704");
    assert_eq!(client.error("SET server_version = '9'").sqlstate(), "55P02");
    assert_eq!(client.error("SET default_transaction_isolation = 'serializable'").sqlstate(), "0A000");
    assert_eq!(tags(&client.query("SET default_transaction_isolation = 'read committed'")), ["SET"]);
    let mut other = server.socket();
    other.startup(&[("user", "ada"), ("client_encoding", "LATIN1")]);
    let answers = other.until_closed();
    let error = answers.last().expect("an error").report();
    assert_eq!((error.field('S'), error.sqlstate()), (Some("FATAL"), "0A000"));
}

#[test]
fn a_session_limits_what_its_actions_touch() {
    let server = TestServer::start();
    let mut client = server.socket();
    client.startup(&[("user", "ada"), ("options", "-c max_cascaded_rows=1")]);
    client.until_ready();
    client.query("CREATE TABLE p (id INTEGER PRIMARY KEY)");
    client.query("CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ON DELETE CASCADE)");
    client.query("INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1), (2, 1)");
    let error = client.error("DELETE FROM p WHERE id = 1");
    let message = "referential actions of this delete would touch 2 rows, more than max_cascaded_rows (1)";
    assert_eq!((error.sqlstate(), error.field('M')), ("54000", Some(message)));
    assert_eq!(client.rows("SHOW max_cascaded_rows"), [row(&["1"])]);
    let mut other = server.connect();
    assert_eq!(tags(&other.query("DELETE FROM p WHERE id = 1")), ["DELETE 1"]);
}

#[test]
fn a_statement_ends_when_its_time_is_over() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.query("SET statement_timeout = '200ms'");
    let error = client.error("SELECT count(*) FROM generate_series(1, 3000000) a, generate_series(1, 3000000) b");
    assert_eq!((error.sqlstate(), error.field('M')), ("57014", Some("canceling statement due to statement timeout")));
    assert_eq!(client.rows("SELECT 1"), [row(&["1"])]);
}

#[test]
fn a_transaction_that_idles_too_long_is_ended() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.query("SET idle_in_transaction_session_timeout = '100ms'");
    // Between transactions it may idle.
    std::thread::sleep(Duration::from_millis(300));
    client.query("CREATE TABLE t (id INTEGER); BEGIN; INSERT INTO t VALUES (1)");
    let answers = client.until_closed();
    let error = answers[0].report();
    assert_eq!((error.field('S'), error.sqlstate()), (Some("FATAL"), "25P03"));
    // All statements of the text were one transaction, which BEGIN kept open.
    assert_eq!(server.connect().error("SELECT * FROM t").sqlstate(), "42P01");
}

#[test]
fn a_session_that_idles_too_long_is_ended() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.query("SET idle_session_timeout = '100ms'");
    let answers = client.until_closed();
    let error = answers[0].report();
    assert_eq!((error.field('S'), error.sqlstate()), (Some("FATAL"), "57P05"));
}

#[test]
fn read_only_is_a_default_that_can_be_set() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.query("CREATE TABLE t (id INTEGER)");
    client.query("SET default_transaction_read_only = on");
    assert_eq!(client.error("INSERT INTO t VALUES (1)").sqlstate(), "25006");
    assert_eq!(status(&client.query("BEGIN READ WRITE; INSERT INTO t VALUES (1); COMMIT")), 'I');
    assert_eq!(client.rows("SELECT count(*) FROM t"), [row(&["1"])]);
}

#[test]
fn discard_all_leaves_a_new_session() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.query("SET application_name = 'x'; PREPARE p AS SELECT 1");
    assert_eq!(tags(&client.query("DISCARD ALL")), ["DISCARD ALL"]);
    assert_eq!(client.rows("SHOW application_name"), [row(&[""])]);
    assert_eq!(client.error("EXECUTE p").sqlstate(), "26000");
    client.query("BEGIN");
    assert_eq!(client.error("DISCARD ALL").sqlstate(), "25001");
}
