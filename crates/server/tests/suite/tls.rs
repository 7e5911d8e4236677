//! Encrypted connections.

use std::io::{Read, Write};
use std::sync::Arc;

use bowline_server::{Config, Server, StartError, TlsFiles, User};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::certificate::Certificate;
use crate::client::{Client, TestServer, row, text};
use crate::scram;

const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

fn server(certificate: &Certificate, change: impl FnOnce(&mut Config)) -> TestServer {
    TestServer::with(|config| {
        config.tls = Some(TlsFiles { certificate: certificate.certificate_file(), key: certificate.key_file() });
        change(config);
    })
}

/// A client that believes this certificate and no other. `asks`: begins as PostgreSQL's clients do, by a request in the clear.
fn encrypted(server: &TestServer, certificate: &Certificate, asks: bool) -> Client {
    encrypted_for(server, certificate, asks, &[b"postgresql"])
}

/// The same, for one of these protocols.
fn encrypted_for(server: &TestServer, certificate: &Certificate, asks: bool, protocols: &[&[u8]]) -> Client {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(certificate.der.clone())).expect("a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS is had");
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let mut stream = server.stream();
    if asks {
        stream.write_all(&TLS_REQUEST).expect("the server reads");
        let mut answer = [0];
        stream.read_exact(&mut answer).expect("an answer");
        assert_eq!(&answer, b"S");
    }
    let name = ServerName::try_from("localhost").expect("a name");
    let session = ClientConnection::new(Arc::new(config), name).expect("a session");
    Client::over(StreamOwned::new(session, stream))
}

#[test]
fn a_connection_is_encrypted_where_it_asks_for_it() {
    let certificate = Certificate::new();
    let server = server(&certificate, |_| {});
    for asks in [true, false] {
        let mut client = encrypted(&server, &certificate, asks);
        client.startup(&[("user", "ada")]);
        client.until_ready();
        assert_eq!(client.rows("SELECT 1"), [row(&["1"])]);
        // More than fits into one record, both ways.
        let long = "x".repeat(300_000);
        assert_eq!(client.rows(&format!("SELECT '{long}'")), [row(&[&long])]);
    }
    assert_eq!(server.connect().rows("SELECT 2"), [row(&["2"])]);
}

#[test]
fn encryption_that_nobody_asked_for_is_for_this_protocol() {
    let certificate = Certificate::new();
    let server = server(&certificate, |_| {});
    let mut client = encrypted_for(&server, &certificate, true, &[]);
    client.startup(&[("user", "ada")]);
    client.until_ready();
    let mut client = encrypted_for(&server, &certificate, false, &[]);
    client.startup(&[("user", "ada")]);
    assert_eq!(client.until_closed(), []);
}

#[test]
fn a_password_goes_under_encryption_too() {
    let certificate = Certificate::new();
    let user = User { name: "ada".to_owned(), password: "lovelace".to_owned() };
    let server = server(&certificate, |config| config.user = Some(user));
    let encrypted = || {
        let mut client = encrypted(&server, &certificate, true);
        client.startup(&[("user", "ada")]);
        client
    };
    let mut client = encrypted();
    assert_eq!(scram::log_in(&mut client, "lovelace", "n,,"), Ok(()));
    client.until_ready();
    assert_eq!(client.rows("SELECT 1"), [row(&["1"])]);
    // Bound to the certificate, to another one, and by a client that was told that the server cannot.
    let mut client = encrypted();
    assert_eq!(scram::log_in_bound(&mut client, "lovelace", &certificate.der), Ok(()));
    client.until_ready();
    assert_eq!(client.rows("SELECT 1"), [row(&["1"])]);
    let refused = Err("28P01".to_owned());
    assert_eq!(scram::log_in_bound(&mut encrypted(), "byron", &certificate.der), refused);
    assert_eq!(scram::log_in_bound(&mut encrypted(), "lovelace", &Certificate::new().der), refused);
    let mut client = encrypted();
    client.next();
    let first = "y,,n=,r=abcdefghijklmnopqrstuvwx";
    client.send('p', &[&text("SCRAM-SHA-256")[..], &(first.len() as u32).to_be_bytes(), first.as_bytes()].concat());
    assert_eq!(client.until_closed()[0].report().sqlstate(), "28P01");
    // In the clear there is nothing to bind it to, and a client may say so.
    let mut client = server.socket();
    client.startup(&[("user", "ada")]);
    assert_eq!(scram::log_in(&mut client, "lovelace", "y,,"), Ok(()));
}

#[test]
fn what_came_before_the_encryption_is_not_taken_for_part_of_it() {
    let certificate = Certificate::new();
    let server = server(&certificate, |_| {});
    let mut client = server.socket();
    let mut bytes = TLS_REQUEST.to_vec();
    bytes.extend(b"\0\0\0\x11\0\x03\0\0user\0ada\0\0");
    client.send_bytes(&bytes);
    assert_eq!(client.byte(), 'S');
    assert_eq!(client.until_closed(), []);
}

#[test]
fn a_handshake_that_is_none_closes_its_connection() {
    let certificate = Certificate::new();
    let server = server(&certificate, |_| {});
    // One that goes wrong, and one that is never ended.
    let mut wrong = server.socket();
    wrong.send_bytes(&TLS_REQUEST);
    assert_eq!(wrong.byte(), 'S');
    wrong.send_bytes(b"nonsense that goes on for a while");
    // What the server says of it is for clients of TLS.
    while wrong.next().is_some() {}
    let mut slow = server.socket();
    slow.send_bytes(b"\x16\x03\x01");
    assert_eq!(server.connect().rows("SELECT 1"), [row(&["1"])]);
}

#[test]
fn files_that_are_no_certificate_or_key_are_refused_by_name() {
    let certificate = Certificate::new();
    let other = Certificate::new();
    let refused = |files: TlsFiles| {
        let config = Config { tls: Some(files), ..Config::new(([127, 0, 0, 1], 0).into()) };
        let database = bowline::Database::in_memory().expect("memory is there");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        match runtime.block_on(Server::bind(database, config)).expect_err("the files are wrong") {
            StartError::Tls { path, .. } => path.file_name().expect("a file").to_owned(),
            error => panic!("{error}"),
        }
    };
    let (crt, key) = (certificate.certificate_file(), certificate.key_file());
    assert_eq!(refused(TlsFiles { certificate: "/nowhere.crt".into(), key: key.clone() }), "nowhere.crt");
    assert_eq!(refused(TlsFiles { certificate: crt.clone(), key: "/nowhere.key".into() }), "nowhere.key");
    assert_eq!(refused(TlsFiles { certificate: key.clone(), key }), "server.key");
    assert_eq!(refused(TlsFiles { certificate: crt.clone(), key: crt.clone() }), "server.crt");
    assert_eq!(refused(TlsFiles { certificate: crt, key: other.key_file() }), "server.crt");
}
