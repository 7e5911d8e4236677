//! Passwords, and what is asked before a session begins.

use bowline_server::{Config, Server, StartError, User};

use crate::client::{TestServer, row};
use crate::scram;

fn with_user() -> TestServer {
    TestServer::with(|config| config.user = Some(User { name: "ada".to_owned(), password: "lovelace".to_owned() }))
}

#[test]
fn a_right_password_begins_a_session() {
    let server = with_user();
    let mut client = server.socket();
    client.startup(&[("user", "ada")]);
    assert_eq!(scram::log_in(&mut client, "lovelace", "n,,"), Ok(()));
    client.until_ready();
    assert_eq!(client.rows("SELECT 1"), [row(&["1"])]);
}

#[test]
fn a_wrong_password_and_a_wrong_user_are_refused_alike() {
    let server = with_user();
    for (user, password) in [("ada", "byron"), ("ada", ""), ("nobody", "lovelace"), ("nobody", "byron")] {
        let mut client = server.socket();
        client.startup(&[("user", user)]);
        assert_eq!(scram::log_in(&mut client, password, "n,,"), Err("28P01".to_owned()), "{user} {password}");
        assert_eq!(client.until_closed(), []);
    }
    // A proof that is none.
    let mut client = server.socket();
    client.startup(&[("user", "ada")]);
    let (_, without_proof) = scram::challenge(&mut client, "n,,");
    let answer = scram::finish(&mut client, &without_proof, "?");
    assert_eq!((answer.kind, answer.report().sqlstate()), ('E', "28P01"));
}

#[test]
fn nothing_runs_before_the_password() {
    let server = with_user();
    let mut client = server.socket();
    client.startup(&[("user", "ada")]);
    client.next();
    client.send('Q', b"SELECT 1\0");
    assert_eq!(client.until_closed()[0].report().sqlstate(), "08P01");
    let mut client = server.socket();
    client.startup(&[("user", "ada")]);
    client.next();
    client.send('p', b"nonsense");
    assert_eq!(client.until_closed()[0].report().sqlstate(), "28P01");
}

#[test]
fn a_user_must_be_named() {
    let server = TestServer::start();
    let mut client = server.socket();
    client.startup(&[("database", "shop")]);
    assert_eq!(client.until_closed()[0].report().sqlstate(), "28000");
}

#[test]
fn encryption_that_is_not_offered_is_declined() {
    let server = TestServer::start();
    let mut client = server.socket();
    client.send_bytes(&[0, 0, 0, 8, 4, 210, 22, 47]);
    assert_eq!(client.byte(), 'N');
    client.send_bytes(&[0, 0, 0, 8, 4, 210, 22, 48]);
    assert_eq!(client.byte(), 'N');
    client.startup(&[("user", "ada")]);
    client.until_ready();
    assert_eq!(client.rows("SELECT 1"), [row(&["1"])]);
}

#[test]
fn a_newer_protocol_is_negotiated_down() {
    let server = TestServer::start();
    let mut client = server.socket();
    client.startup_of(3 << 16 | 9999, &[("user", "ada"), ("_pq_.new", "1")]);
    let answers = client.until_ready();
    assert_eq!(answers[0].kind, 'v');
    assert_eq!(&answers[0].body[..8], [0, 3, 0, 2, 0, 0, 0, 1]);
    assert_eq!(client.secret.len(), 32);
    let mut client = server.connect();
    assert_eq!(client.secret.len(), 4);
    assert_eq!(client.rows("SELECT 1"), [row(&["1"])]);
}

#[test]
fn a_server_for_others_needs_a_user() {
    let config = Config::new(([0, 0, 0, 0], 0).into());
    let database = bowline::Database::in_memory().expect("memory is there");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let refused = runtime.block_on(Server::bind(database, config)).expect_err("nobody is named");
    assert!(matches!(refused, StartError::Open { .. }));
}
