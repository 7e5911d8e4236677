//! Passwords, and what is asked before a session begins.

use bowline_server::{Config, Server, StartError, User};

use crate::client::{Client, TestServer, row};

fn with_user() -> TestServer {
    TestServer::with(|config| config.user = Some(User { name: "ada".to_owned(), password: "lovelace".to_owned() }))
}

/// Carries out SCRAM-SHA-256 as far as the server lets it; returns the last answer before it closes or is ready.
fn log_in(client: &mut Client, user: &str, proof: &[u8]) -> String {
    client.startup(&[("user", user)]);
    let offer = client.next().expect("an answer");
    assert_eq!((offer.kind, &offer.body[..4]), ('R', &[0, 0, 0, 10][..]));
    assert_eq!(offer.body[4..], b"SCRAM-SHA-256\0\0"[..]);
    let first = b"n,,n=,r=abcdefghijklmnopqrstuvwx";
    let mut body = b"SCRAM-SHA-256\0".to_vec();
    body.extend((first.len() as u32).to_be_bytes());
    body.extend(first);
    client.send('p', &body);
    let challenge = client.next().expect("an answer");
    assert_eq!((challenge.kind, &challenge.body[..4]), ('R', &[0, 0, 0, 11][..]));
    let challenge = String::from_utf8_lossy(&challenge.body[4..]).into_owned();
    assert!(challenge.starts_with("r=abcdefghijklmnopqrstuvwx") && challenge.contains(",i=4096"), "{challenge}");
    let nonce = challenge.split(',').next().expect("a nonce").to_owned();
    client.send('p', &[format!("c=biws,{nonce},p=").as_bytes(), proof].concat());
    client.next().expect("an answer").report().sqlstate().to_owned()
}

#[test]
fn a_wrong_password_and_a_wrong_user_are_refused_alike() {
    let server = with_user();
    for user in ["ada", "nobody"] {
        let mut client = server.socket();
        assert_eq!(log_in(&mut client, user, b"d3JvbmcgcHJvb2Ygb2YgdGhlIHBhc3N3b3JkISEhISE="), "28P01");
        assert_eq!(client.until_closed(), []);
    }
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
