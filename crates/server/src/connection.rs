//! One connection: waits for messages, works on those that have arrived, answers.
//!
//! ```text
//!   wait (socket, idle time, stop) ─▶ work on every message that is whole ─▶ send
//!                                       light ones at once, others where they may block
//! ```
//!
//! After an error in the extended protocol messages are skipped up to Sync. A panic within a statement is an error of it.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bowline::{CancelReason, Error, Notice, Session, TransactionStatus};
use bytes::BytesMut;
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, block_in_place};

use crate::failure::{Failure, Then};
use crate::io::Io;
use crate::measure;
use crate::portals::{Portal, Statement};
use crate::registry::Place;
use crate::report::{self, Gravity, Text};
use crate::shared::Shared;
use crate::wire::backend;
use crate::wire::frontend::{self, BadMessage, Message};

/// The settings clients are told, at the start and whenever they change.
const REPORTED: [&str; 14] = [
    "application_name",
    "client_encoding",
    "DateStyle",
    "default_transaction_read_only",
    "in_hot_standby",
    "integer_datetimes",
    "IntervalStyle",
    "is_superuser",
    "search_path",
    "server_encoding",
    "server_version",
    "session_authorization",
    "standard_conforming_strings",
    "TimeZone",
];

/// A connection with its session.
pub struct Connection {
    pub(crate) io: Io,
    pub(crate) session: Session,
    pub(crate) shared: Arc<Shared>,
    pub(crate) statements: HashMap<String, Statement>,
    pub(crate) portals: HashMap<String, Portal>,
    /// An error happened; everything up to Sync is skipped.
    pub(crate) skips_to_sync: bool,
    told: BTreeMap<&'static str, String>,
    told_at: u64,
    place: Place,
}

/// What ended the wait for a message.
enum Woken {
    Message,
    Gone,
    Stop,
    Idle(Error),
}

impl Connection {
    /// A connection whose session has begun: tells the client so.
    pub fn new(io: Io, session: Session, shared: Arc<Shared>, place: Place) -> Connection {
        let mut connection = Connection {
            io,
            session,
            shared,
            statements: HashMap::new(),
            portals: HashMap::new(),
            skips_to_sync: false,
            told: BTreeMap::new(),
            told_at: 0,
            place,
        };
        connection.told =
            REPORTED.iter().map(|name| (*name, connection.session.setting(name).unwrap_or_default())).collect();
        connection.told_at = connection.session.setting_changes();
        announce(&mut connection.io.output, &connection.told);
        backend::ready_for_query(&mut connection.io.output, b'I');
        connection
    }

    /// Serves the client until it leaves, does wrong, or the server stops.
    pub async fn run(mut self) {
        loop {
            if self.io.flush().await.is_err() {
                break;
            }
            self.io.shrink();
            match self.wait().await {
                Woken::Message => {
                    if self.work() == Then::Close {
                        break;
                    }
                }
                Woken::Gone => break,
                Woken::Stop => {
                    self.fatal(&stopping());
                    break;
                }
                Woken::Idle(error) => {
                    self.fatal(&error);
                    break;
                }
            }
        }
        self.io.close().await;
    }

    /// Waits until a whole message has arrived.
    async fn wait(&mut self) -> Woken {
        let bytes_max = self.shared.config.message_bytes_max;
        let idle = self.idle_limit();
        let mut stopping = self.shared.stopping.clone();
        let arrived = async {
            while !frontend::is_ready(&self.io.input, bytes_max) {
                if !matches!(self.io.fill().await, Ok(true)) {
                    return Woken::Gone;
                }
            }
            Woken::Message
        };
        let timed = async {
            match idle {
                None => arrived.await,
                Some((limit, error)) => tokio::time::timeout(limit, arrived).await.unwrap_or(Woken::Idle(error)),
            }
        };
        tokio::select! {
            biased;
            _ = stopping.wait_for(|stops| *stops) => Woken::Stop,
            woken = timed => woken,
        }
    }

    /// How long the session may be idle, and the error when it was longer.
    fn idle_limit(&self) -> Option<(Duration, Error)> {
        match self.session.transaction_status() {
            TransactionStatus::Idle => self
                .session
                .setting_time("idle_session_timeout")
                .map(|limit| (limit, Error::new("57P05", "terminating connection due to idle-session timeout"))),
            _ => self
                .session
                .setting_time("idle_in_transaction_session_timeout")
                .map(|limit| (limit, Error::new("25P03", "terminating connection due to idle-in-transaction timeout"))),
        }
    }

    /// Works on every message that has arrived whole.
    fn work(&mut self) -> Then {
        let is_alone = self.shared.company.is_alone(self.place.process());
        self.session.keep_thread(is_alone);
        loop {
            match Message::take(&mut self.io.input, self.shared.config.message_bytes_max) {
                Ok(None) => return Then::On,
                Ok(Some(message)) => {
                    let then = match self.is_light(&message) {
                        true => self.guarded(message),
                        false => block_in_place(|| self.guarded(message)),
                    };
                    if then == Then::Close || self.io.flush_if_much().is_err() {
                        return Then::Close;
                    }
                }
                Err(BadMessage::Text { .. }) if self.skips_to_sync => {}
                Err(BadMessage::Text { is_query, what }) => self.refuse_text(is_query, what),
                Err(bad) => {
                    self.fatal(&Error::new("08P01", bad.to_string()));
                    return Then::Close;
                }
            }
        }
    }

    /// Tells that a text is not UTF-8. `is_query`: ReadyForQuery follows the error.
    fn refuse_text(&mut self, is_query: bool, what: String) {
        self.session.fail();
        self.error(&Error::new("22021", what), None);
        match is_query {
            true => self.ready_after_refusal(),
            false => self.skips_to_sync = true,
        }
    }

    /// Whether a message is worked on in no time, so that no other connection has to wait. What blocks after all, as a commit
    /// does, makes room by itself.
    fn is_light(&self, message: &Message) -> bool {
        match message {
            Message::Query(_) | Message::Parse { .. } => self.skips_to_sync,
            Message::Execute { portal, .. } => {
                self.skips_to_sync || self.portals.get(portal).is_some_and(Portal::is_light)
            }
            _ => true,
        }
    }

    fn guarded(&mut self, message: Message) -> Then {
        let is_query = matches!(message, Message::Query(_));
        self.guard(is_query, |connection| connection.handle(message))
    }

    /// Does the work of a message; a panic is an error of its statement. `is_query`: ReadyForQuery follows the error.
    fn guard(&mut self, is_query: bool, work: impl FnOnce(&mut Self) -> Then) -> Then {
        let status = self.session.transaction_status();
        let done = catch_unwind(AssertUnwindSafe(|| work(self)));
        match done {
            Ok(then) => then,
            Err(panic) => {
                let what = panic_text(panic.as_ref());
                tracing::error!("a statement panicked: {what}");
                self.session.abort(status);
                backend::drop_begun_message(&mut self.io.output);
                let error = Error::new("XX000", format!("internal error: {what}"))
                    .with_hint("This is a fault of bowline; the statement was not carried out.");
                self.error(&error, None);
                match is_query {
                    true => self.ready_after_refusal(),
                    false => self.skips_to_sync = true,
                }
                Then::On
            }
        }
    }

    fn handle(&mut self, message: Message) -> Then {
        if self.skips_to_sync && !matches!(message, Message::Sync | Message::Terminate) {
            return Then::On;
        }
        match message {
            Message::Query(sql) => return self.query(&sql),
            Message::Parse { name, sql, types } => return self.step(|connection| connection.parse(name, &sql, &types)),
            Message::Bind(bind) => return self.step(|connection| connection.bind(bind)),
            Message::Describe(target) => return self.step(|connection| connection.describe(target)),
            Message::Execute { portal, rows_max } => {
                return self.step(|connection| connection.execute(&portal, rows_max));
            }
            Message::Close(target) => self.close(&target),
            Message::Sync => return self.sync(),
            Message::Flush => {
                if self.io.flush_blocking().is_err() {
                    return Then::Close;
                }
            }
            // What is left of a COPY that failed.
            Message::CopyData(_) | Message::CopyDone | Message::CopyFail(_) => {}
            Message::Terminate => return Then::Close,
            Message::Password(_) => {
                self.fatal(&Error::new("08P01", "invalid frontend message type 112"));
                return Then::Close;
            }
            Message::FunctionCall => {
                let error =
                    Error::unsupported("function calls by protocol are not supported", "Use SELECT function().");
                self.session.fail();
                self.error(&error, None);
                self.ready_after_refusal();
            }
        }
        Then::On
    }

    /// A message of the extended protocol; after an error the rest is skipped up to Sync.
    fn step(&mut self, work: impl FnOnce(&mut Self) -> Result<(), Failure>) -> Then {
        match work(self) {
            Ok(()) => Then::On,
            Err(Failure::Gone) => Then::Close,
            Err(Failure::Sql(error)) => {
                self.session.fail();
                self.skips_to_sync = true;
                self.told_error(&error, None)
            }
            Err(Failure::Placed(error, start, sql)) => {
                self.session.fail();
                self.skips_to_sync = true;
                self.told_error(&error, Some(Text { sql: &sql, start }))
            }
        }
    }

    /// Tells an error, which closes the connection if the server stops.
    pub(crate) fn told_error(&mut self, error: &Error, text: Option<Text>) -> Then {
        if error.sqlstate == "57P01" {
            self.fatal(error);
            return Then::Close;
        }
        self.error(error, text);
        Then::On
    }

    /// Writes an error; the session goes on.
    pub(crate) fn error(&mut self, error: &Error, text: Option<Text>) {
        measure::failure(error);
        tracing::debug!(sqlstate = error.sqlstate, why = error.message, "a statement failed");
        report::error(&mut self.io.output, Gravity::Error, error, text);
    }

    /// Writes an error that ends the connection.
    pub(crate) fn fatal(&mut self, error: &Error) {
        tracing::info!(sqlstate = error.sqlstate, why = error.message, "closed");
        report::error(&mut self.io.output, Gravity::Fatal, error, None);
    }

    /// Writes notices, as far as the client wants them.
    pub(crate) fn notices(&mut self, notices: &[Notice]) {
        if notices.is_empty() {
            return;
        }
        let wanted = self.session.setting("client_min_messages").unwrap_or_default();
        for notice in notices {
            let shown = match notice.severity {
                bowline::Severity::Notice => !matches!(wanted.as_str(), "warning" | "error"),
                bowline::Severity::Warning => wanted != "error",
            };
            if shown {
                report::notice(&mut self.io.output, notice);
            }
        }
    }

    /// Tells that the next statement can come after one that was not carried out.
    pub(crate) fn ready_after_refusal(&mut self) {
        // What was begun without BEGIN ends with it: it failed, so that there is nothing to commit.
        let _ = self.session.end_implicit();
        self.drop_portals();
        self.ready();
    }

    /// Tells that the next statement can come, and what was set otherwise.
    pub(crate) fn ready(&mut self) {
        let changes = self.session.setting_changes();
        if changes != self.told_at {
            self.told_at = changes;
            for (name, told) in &mut self.told {
                let now = self.session.setting(name).unwrap_or_default();
                if *told != now {
                    backend::parameter_status(&mut self.io.output, name, &now);
                    *told = now;
                }
            }
        }
        let status = match self.session.transaction_status() {
            TransactionStatus::Idle => b'I',
            TransactionStatus::InTransaction => b'T',
            TransactionStatus::Failed => b'E',
        };
        backend::ready_for_query(&mut self.io.output, status);
        measure::engine(&self.shared.database);
    }

    /// Starts the clock of a statement: it is cancelled when `statement_timeout` is over.
    pub(crate) fn clock(&self) -> Clock {
        let limit = self.session.setting_time("statement_timeout");
        let alarm = limit.map(|limit| {
            let cancel = self.session.cancel_handle();
            Handle::current().spawn(async move {
                tokio::time::sleep(limit).await;
                cancel.cancel_because(CancelReason::Timeout);
            })
        });
        Clock { started: Instant::now(), alarm }
    }
}

/// How long a statement has run, and the alarm that cancels it.
pub(crate) struct Clock {
    started: Instant,
    alarm: Option<JoinHandle<()>>,
}

impl Clock {
    /// The statement has ended; `tag` is its command tag.
    pub fn stop(self, tag: &str) {
        measure::statement(kind(tag), self.started.elapsed());
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        if let Some(alarm) = &self.alarm {
            alarm.abort();
        }
    }
}

/// The kinds that statements are counted by.
fn kind(tag: &str) -> &'static str {
    const KINDS: [&str; 14] = [
        "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "BEGIN", "COMMIT", "ROLLBACK", "CREATE", "ALTER",
        "DROP", "SET", "TRUNCATE",
    ];
    let word = tag.split(' ').next().unwrap_or_default();
    KINDS.into_iter().find(|kind| *kind == word).unwrap_or("OTHER")
}

/// The error of a connection that ends because the server does.
pub(crate) fn stopping() -> Error {
    Error::new("57P01", "terminating connection due to administrator command")
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".to_owned())
}

/// Writes the parameters clients are told at the start.
fn announce(out: &mut BytesMut, values: &BTreeMap<&'static str, String>) {
    for (name, value) in values {
        backend::parameter_status(out, name, value);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;
    use std::sync::Arc;

    use bowline::Database;
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::watch;

    use super::{Connection, Then};
    use crate::company::Company;
    use crate::config::Config;
    use crate::io::Io;
    use crate::shared::Shared;
    use crate::wire::backend;

    /// The kinds of the messages that wait to be sent, which are taken.
    fn sent(connection: &mut Connection) -> String {
        let out = connection.io.output.split();
        let (mut kinds, mut rest) = (String::new(), &out[..]);
        while let Some((kind, after)) = rest.split_first() {
            let (length, _) = after.split_first_chunk::<4>().expect("a message has a length");
            kinds.push(char::from(*kind));
            rest = &after[u32::from_be_bytes(*length) as usize..];
        }
        kinds
    }

    async fn connection() -> Connection {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (stream, _accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let database = Database::in_memory().expect("memory is there");
        let session = database.session();
        let ((_, stopping), (_, cut)) = (watch::channel(false), watch::channel(false));
        let io = Io::new(stream.expect("a connection"), cut.clone());
        let (config, registry) = (Config::new(address), Arc::default());
        let (company, newcomers) = (Company::default(), Arc::default());
        let (tls, credentials) = (None, None);
        let shared = Shared { database, config, registry, company, newcomers, tls, credentials, stopping, cut };
        let place = shared.registry.enter(1).expect("a place");
        let mut connection = Connection::new(io, session, Arc::new(shared), place);
        sent(&mut connection);
        connection
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_panic_is_an_error_of_its_statement() {
        let mut connection = connection().await;
        connection.query("CREATE TABLE t (id INTEGER)");
        connection.query("BEGIN; INSERT INTO t VALUES (1)");
        assert_eq!(sent(&mut connection), "CZCCZ");
        // In the simple protocol, in the middle of a message, with a transaction open.
        let then = connection.guard(true, |connection| {
            backend::message(&mut connection.io.output, b'D', |_| panic!("this is a test"));
            Then::On
        });
        assert_eq!(then, Then::On);
        assert_eq!(connection.io.output.last(), Some(&b'E'), "the transaction was believed to have failed");
        assert_eq!(sent(&mut connection), "EZ");
        connection.query("ROLLBACK");
        assert_eq!(sent(&mut connection), "CZ");
        // In the extended protocol; the rest is skipped up to Sync.
        connection.guard(false, |_| panic_any(1));
        assert!(connection.skips_to_sync);
        connection.sync();
        assert_eq!(sent(&mut connection), "EZ");
        connection.query("SELECT * FROM t");
        assert_eq!(sent(&mut connection), "TCZ");
        // Among several statements that are one transaction.
        connection.guard(true, |connection| {
            connection.session.begin_implicit();
            panic!("this is a test")
        });
        connection.query("SELECT * FROM t");
        assert_eq!(sent(&mut connection), "EZTCZ");
    }
}
