//! From a socket to a session: encryption, cancel requests, protocol version, parameters, password.
//!
//! ```text
//!   TLS? ─▶ startup packet ─▶ password ─▶ AuthenticationOk, parameters, key, ReadyForQuery
//!       └─▶ cancel request ─▶ close
//! ```
//!
//! Until the session has begun a client has a limited time, and its messages a small size.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use bowline::{Error, Session};
use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::ring;

use crate::connection::Connection;
use crate::io::Io;
use crate::registry::Place;
use crate::report::{self, Gravity};
use crate::shared::Shared;
use crate::wire::backend;
use crate::wire::frontend::{BadMessage, Message, Startup};

/// The newest minor version of the protocol that is spoken.
const MINOR: u16 = 2;
/// The longest message before the password was found right.
const PASSWORD_BYTES_MAX: usize = 10_000;
/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// Why no session begins.
enum Failure {
    /// The client left, or was no client; nobody is told.
    Gone,
    /// The client is told.
    Told(Error),
}

impl From<std::io::Error> for Failure {
    fn from(_: std::io::Error) -> Self {
        Failure::Gone
    }
}

impl From<BadMessage> for Failure {
    fn from(bad: BadMessage) -> Self {
        Failure::Told(Error::new("08P01", bad.to_string()))
    }
}

/// Parameters of a startup packet.
struct Request {
    minor: u16,
    parameters: BTreeMap<String, String>,
}

/// Makes a socket a connection with a session; `None` if that is not to be.
pub async fn begin(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>) -> Option<Connection> {
    let _ = stream.set_nodelay(true);
    // A peer that went without a word is noticed in the end, as PostgreSQL does.
    let _ = socket2::SockRef::from(&stream).set_keepalive(true);
    let limit = shared.config.startup_time_max;
    let begun = tokio::time::timeout(limit, begin_within(Io::new(stream, shared.cut.clone()), peer, &shared)).await;
    match begun {
        Ok(connection) => connection,
        Err(_) => {
            tracing::info!(%peer, "no session was begun in time");
            None
        }
    }
}

async fn begin_within(io: Io, peer: SocketAddr, shared: &Arc<Shared>) -> Option<Connection> {
    let (mut io, request) = match negotiate(io, shared).await {
        Ok(found) => found?,
        Err((io, failure)) => {
            refuse(*io, peer, failure).await;
            return None;
        }
    };
    match admitted(&mut io, &request, shared).await {
        Ok((session, place)) => {
            let user = request.parameters.get("user").cloned().unwrap_or_default();
            tracing::info!(%peer, user, tls = io.is_tls(), "connected");
            Some(Connection::new(io, session, shared.clone(), place))
        }
        Err(failure) => {
            refuse(io, peer, failure).await;
            None
        }
    }
}

async fn refuse(mut io: Io, peer: SocketAddr, failure: Failure) {
    if let Failure::Told(error) = failure {
        tracing::info!(%peer, sqlstate = error.sqlstate, why = error.message, "refused");
        report::error(&mut io.output, Gravity::Fatal, &error, None);
        io.close().await;
    }
}

/// Reads up to the startup packet; `None` if there is nothing more to do.
async fn negotiate(mut io: Io, shared: &Shared) -> Result<Option<(Io, Request)>, (Box<Io>, Failure)> {
    macro_rules! attempt {
        ($result:expr) => {
            match $result {
                Ok(value) => value,
                Err(error) => return Err((Box::new(io), Failure::from(error))),
            }
        };
    }
    if let Some(acceptor) = &shared.tls
        && attempt!(io.peek().await) == Some(TLS_HANDSHAKE)
    {
        match io.accept_tls(acceptor).await {
            Ok(secured) => io = secured,
            Err(error) => {
                tracing::info!("TLS: {error}");
                return Ok(None);
            }
        }
        // Without a word on the protocol the handshake may have been meant for another server.
        if !io.tells_protocol() {
            tracing::info!("TLS: received direct SSL connection request without ALPN protocol negotiation extension");
            return Ok(None);
        }
    }
    loop {
        let startup = loop {
            match attempt!(Startup::take(&mut io.input)) {
                Some(startup) => break startup,
                None if attempt!(io.fill().await) => {}
                None => return Ok(None),
            }
        };
        match startup {
            Startup::Tls => match shared.tls.as_ref().filter(|_| !io.is_tls()) {
                Some(acceptor) => {
                    io.output.extend_from_slice(b"S");
                    attempt!(io.flush().await);
                    match io.accept_tls(acceptor).await {
                        Ok(secured) => io = secured,
                        Err(error) => {
                            tracing::info!("TLS: {error}");
                            return Ok(None);
                        }
                    }
                }
                None => {
                    io.output.extend_from_slice(b"N");
                    attempt!(io.flush().await);
                }
            },
            Startup::Gss => {
                io.output.extend_from_slice(b"N");
                attempt!(io.flush().await);
            }
            Startup::Cancel { process, secret } => {
                shared.registry.cancel(process, &secret);
                return Ok(None);
            }
            Startup::Session { major: 3, minor, parameters } => return Ok(Some((io, Request { minor, parameters }))),
            Startup::Session { major, minor, .. } => {
                let message =
                    format!("unsupported frontend protocol {major}.{minor}: server supports 3.0 to 3.{MINOR}");
                return Err((Box::new(io), Failure::Told(Error::new("0A000", message))));
            }
        }
    }
}

/// Checks the password, if one is wanted, takes a place and begins the session.
async fn admitted(io: &mut Io, request: &Request, shared: &Shared) -> Result<(Session, Place), Failure> {
    let unknown: Vec<&str> =
        request.parameters.keys().map(String::as_str).filter(|name| name.starts_with("_pq_.")).collect();
    if request.minor > MINOR || !unknown.is_empty() {
        backend::negotiate_protocol_version(&mut io.output, MINOR.min(request.minor), &unknown);
    }
    let Some(user) = request.parameters.get("user").filter(|user| !user.is_empty()) else {
        return Err(Failure::Told(Error::new("28000", "no PostgreSQL user name specified in startup packet")));
    };
    if let Some(credentials) = &shared.credentials {
        let wrong =
            || Failure::Told(Error::new("28P01", format!("password authentication failed for user \"{user}\"")));
        let is_tls = io.is_tls();
        backend::authentication_sasl(&mut io.output, credentials.mechanisms(is_tls));
        io.flush().await?;
        let first = password_message(io).await?;
        let exchange = credentials.begin(user, is_tls, first, &mut io.output).map_err(|_| wrong())?;
        io.flush().await?;
        let last = password_message(io).await?;
        exchange.finish(&last, &mut io.output).map_err(|_| wrong())?;
    }
    // Places are for those who may have one: nobody else can take them all.
    let Some(mut place) = shared.registry.enter(shared.config.connections_max) else {
        metrics::counter!("bowline_connections_refused_total").increment(1);
        return Err(Failure::Told(Error::new("53300", "sorry, too many clients already")));
    };
    backend::authentication_ok(&mut io.output);
    let mut session = shared.database.session();
    for (name, value) in &shared.config.settings {
        session.start_with(name, value).map_err(Failure::Told)?;
    }
    apply(&request.parameters, &mut session).map_err(Failure::Told)?;
    let secret = secret(if request.minor >= 2 { 32 } else { 4 });
    let process = place.name(secret.clone(), session.cancel_handle());
    backend::backend_key_data(&mut io.output, process, &secret);
    Ok((session, place))
}

async fn password_message(io: &mut Io) -> Result<bytes::Bytes, Failure> {
    loop {
        match Message::take(&mut io.input, PASSWORD_BYTES_MAX)? {
            Some(Message::Password(body)) => return Ok(body),
            Some(Message::Terminate) => return Err(Failure::Gone),
            Some(_) => return Err(Failure::Told(Error::new("08P01", "expected SASL response"))),
            None if io.fill().await? => {}
            None => return Err(Failure::Gone),
        }
    }
}

/// Sets what the startup packet asks for. Errors: as of SET.
fn apply(parameters: &BTreeMap<String, String>, session: &mut Session) -> Result<(), Error> {
    for (name, value) in parameters {
        match name.as_str() {
            "user" => session.start_as(value),
            // A client that names none means the one called as its user.
            "database" if !value.is_empty() => session.name_database(value),
            "database" => {}
            "replication" if matches!(value.as_str(), "false" | "off" | "no" | "0") => {}
            "replication" => {
                return Err(Error::unsupported("replication connections are not supported", "Connect without it."));
            }
            "options" => {
                for (name, value) in options(value)? {
                    session.start_with(&name, &value)?;
                }
            }
            name if name.starts_with("_pq_.") => {}
            // Some drivers put the value in quotes.
            name => session.start_with(name, value.trim_matches('\''))?,
        }
    }
    if let Some(user) = parameters.get("user") {
        session.name_database(user);
    }
    Ok(())
}

/// Settings in the form of a server's command line: `-c name=value` and `--name=value`. A backslash takes a blank's meaning.
fn options(text: &str) -> Result<Vec<(String, String)>, Error> {
    let mut words = vec![String::new()];
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let word = words.last_mut().expect("there is a word");
        match c {
            '\\' => word.extend(characters.next()),
            c if c.is_whitespace() => words.push(String::new()),
            c => word.push(c),
        }
    }
    let mut words = words.into_iter().filter(|word| !word.is_empty());
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let wrong = || Error::new("42601", format!("invalid command-line argument for server process: {word}"));
        let setting = match word.strip_prefix("--") {
            Some(setting) => setting.to_owned(),
            None => match word.strip_prefix("-c").ok_or_else(wrong)? {
                "" => words.next().ok_or_else(wrong)?,
                setting => setting.to_owned(),
            },
        };
        let (name, value) = setting.split_once('=').ok_or_else(wrong)?;
        found.push((name.replace('-', "_"), value.to_owned()));
    }
    Ok(found)
}

/// Random bytes, which a request to cancel has to show.
fn secret(length: usize) -> Vec<u8> {
    let mut secret = vec![0; length];
    let filled = ring::default_provider().secure_random.fill(&mut secret);
    filled.expect("the system was believed to have random bytes");
    secret
}

#[cfg(test)]
mod tests {
    use super::options;

    #[test]
    fn options_are_read_as_a_command_line() {
        let read = |text: &str| options(text).map_err(|error| error.sqlstate.clone());
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(
            read("-c statement_timeout=5s  -cTimeZone=UTC --application-name=a\\ b"),
            Ok(vec![pair("statement_timeout", "5s"), pair("TimeZone", "UTC"), pair("application_name", "a b")])
        );
        assert_eq!(read("-x"), Err("42601".to_owned()));
        assert_eq!(read("-c"), Err("42601".to_owned()));
    }
}
