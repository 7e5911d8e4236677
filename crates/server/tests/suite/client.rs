//! A small client of the protocol, written by hand, and a server of its own for each test.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bowline::Database;
use bowline_server::{Config, Server};
use tokio::sync::oneshot;

/// How long an answer may take, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that stops when it is dropped.
pub struct TestServer {
    pub address: SocketAddr,
    pub database: Database,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestServer {
    /// A server over a database in memory.
    pub fn start() -> TestServer {
        TestServer::with(|_| {})
    }

    /// A server with settings of its own.
    pub fn with(change: impl FnOnce(&mut Config)) -> TestServer {
        let mut config = Config::new(([127, 0, 0, 1], 0).into());
        config.stop_time_max = Duration::from_millis(200);
        change(&mut config);
        let database = Database::in_memory().expect("memory is there");
        let served = database.clone();
        let (told, address) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_multi_thread();
            // With the stack that `bowline serve` gives its threads.
            let runtime = runtime.worker_threads(2).thread_stack_size(8 << 20).enable_all().build();
            let runtime = runtime.expect("threads can be started");
            runtime.block_on(async {
                let server = Server::bind(served, config).await.expect("it can listen");
                told.send(server.address()).expect("the test waits");
                server.run(async { drop(stopped.await) }).await;
            });
            runtime.shutdown_timeout(Duration::from_millis(100));
        });
        let address = address.recv_timeout(PATIENCE).expect("the server starts");
        TestServer { address, database, stop: Some(stop), thread: Some(thread) }
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server does not panic");
        }
    }

    /// Asks it to stop.
    pub fn begin_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// A connection whose session has begun.
    pub fn connect(&self) -> Client {
        let mut client = self.socket();
        client.startup(&[("user", "ada"), ("database", "shop")]);
        client.until_ready();
        client
    }

    /// A bare connection.
    pub fn socket(&self) -> Client {
        Client::over(self.stream())
    }

    /// A socket.
    pub fn stream(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
        stream.set_nodelay(true).expect("a socket takes it");
        stream
    }

    /// A connection whose session has begun, as soon as there is a place for it.
    pub fn connect_when_possible(&self) -> Client {
        let started = Instant::now();
        loop {
            let mut client = self.socket();
            client.startup(&[("user", "ada")]);
            match client.next() {
                Some(answer) if answer.kind != 'E' => {
                    client.until_ready();
                    return client;
                }
                refused => assert!(started.elapsed() < PATIENCE, "no place was given back: {refused:?}"),
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Runs statements in a session beside the server.
    pub fn execute(&self, sql: &str) {
        self.database.session().execute(sql).expect("the test's own SQL is right");
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

/// A message from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub kind: char,
    pub body: Vec<u8>,
}

/// A socket, bare or under TLS.
pub trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

pub struct Client {
    stream: Box<dyn Stream>,
    pub process: i32,
    pub secret: Vec<u8>,
    pub parameters: Vec<(String, String)>,
}

impl Client {
    pub fn over(stream: impl Stream + 'static) -> Client {
        Client { stream: Box::new(stream), process: 0, secret: Vec::new(), parameters: Vec::new() }
    }

    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server reads");
    }

    /// As [`Client::send_bytes`], for a server that may have closed.
    pub fn try_send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    pub fn startup(&mut self, parameters: &[(&str, &str)]) {
        self.startup_of(3 << 16, parameters);
    }

    pub fn startup_of(&mut self, version: u32, parameters: &[(&str, &str)]) {
        let mut body = version.to_be_bytes().to_vec();
        for (name, value) in parameters {
            body.extend(text(name));
            body.extend(text(value));
        }
        body.push(0);
        let mut packet = (body.len() as u32 + 4).to_be_bytes().to_vec();
        packet.extend(body);
        self.send_bytes(&packet);
    }

    pub fn send(&mut self, kind: char, body: &[u8]) {
        self.send_bytes(&message(kind, body));
    }

    /// The next message; `None` when the server has closed.
    pub fn next(&mut self) -> Option<Answer> {
        let mut head = [0; 5];
        if !self.read(&mut head) {
            return None;
        }
        let length = u32::from_be_bytes(head[1..].try_into().expect("four bytes")) as usize;
        let mut body = vec![0; length - 4];
        if !self.read(&mut body) {
            return None;
        }
        let answer = Answer { kind: char::from(head[0]), body };
        match answer.kind {
            'S' => {
                let mut texts = answer.body.split(|byte| *byte == 0).map(|t| String::from_utf8_lossy(t).into_owned());
                let (name, value) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
                self.parameters.push((name, value));
            }
            'K' => {
                self.process = i32::from_be_bytes(answer.body[..4].try_into().expect("four bytes"));
                self.secret = answer.body[4..].to_vec();
            }
            _ => {}
        }
        Some(answer)
    }

    /// Fills the bytes; false if the server has closed.
    fn read(&mut self, bytes: &mut [u8]) -> bool {
        match self.stream.read_exact(bytes) {
            Ok(()) => true,
            Err(error) => {
                let is_late = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
                assert!(!is_late, "the server neither answered nor closed");
                false
            }
        }
    }

    /// One byte that is no message: the answer to a request for TLS.
    pub fn byte(&mut self) -> char {
        let mut byte = [0];
        self.stream.read_exact(&mut byte).expect("an answer");
        char::from(byte[0])
    }

    /// Everything up to ReadyForQuery, which is the last. Panics if the server closes before.
    pub fn until_ready(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        loop {
            let answer = self.next().unwrap_or_else(|| panic!("closed after {answers:?}"));
            let ends = answer.kind == 'Z';
            answers.push(answer);
            if ends {
                return answers;
            }
        }
    }

    /// Everything until the server closes.
    pub fn until_closed(&mut self) -> Vec<Answer> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// Runs a text by the simple protocol.
    pub fn query(&mut self, sql: &str) -> Vec<Answer> {
        self.send('Q', &text(sql));
        self.until_ready()
    }

    /// Runs a text that must not fail; returns the rows of all its results.
    pub fn rows(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        let answers = self.query(sql);
        assert_eq!(kinds(&answers).find('E'), None, "{sql}: {}", shown(&answers));
        rows(&answers)
    }

    /// Runs a text that must fail; returns its error.
    pub fn error(&mut self, sql: &str) -> Report {
        let answers = self.query(sql);
        let error = answers.iter().find(|answer| answer.kind == 'E');
        error.unwrap_or_else(|| panic!("{sql} did not fail: {}", shown(&answers))).report()
    }
}

impl Answer {
    /// The zero-terminated texts of the body.
    pub fn texts(&self) -> Vec<String> {
        let texts = self.body.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
        texts.filter(|text| !text.is_empty()).collect()
    }

    /// The fields of an error or a notice.
    pub fn report(&self) -> Report {
        let fields = self.texts().into_iter().map(|field| {
            let kind = field.chars().next().expect("a field has a kind");
            (kind, field[kind.len_utf8()..].to_owned())
        });
        Report(fields.collect())
    }

    /// The values of a row.
    pub fn values(&self) -> Vec<Option<Vec<u8>>> {
        let mut rest = &self.body[2..];
        let mut values = Vec::new();
        while !rest.is_empty() {
            let length = i32::from_be_bytes(rest[..4].try_into().expect("four bytes"));
            rest = &rest[4..];
            values.push(usize::try_from(length).ok().map(|length| {
                let (value, after) = rest.split_at(length);
                rest = after;
                value.to_vec()
            }));
        }
        values
    }
}

/// The fields of an error or a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report(pub Vec<(char, String)>);

impl Report {
    pub fn field(&self, kind: char) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == kind).map(|(_, value)| value.as_str())
    }

    pub fn sqlstate(&self) -> &str {
        self.field('C').expect("an error has a SQLSTATE")
    }
}

/// A message with its head.
pub fn message(kind: char, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind as u8];
    bytes.extend((body.len() as u32 + 4).to_be_bytes());
    bytes.extend(body);
    bytes
}

/// A text and its zero byte.
pub fn text(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0);
    bytes
}

pub fn parse(name: &str, sql: &str, types: &[u32]) -> Vec<u8> {
    let mut body = [text(name), text(sql)].concat();
    body.extend((types.len() as u16).to_be_bytes());
    types.iter().for_each(|oid| body.extend(oid.to_be_bytes()));
    message('P', &body)
}

/// A Bind of values, each with its format.
pub fn bind(portal: &str, statement: &str, values: &[(i16, Option<&[u8]>)], results: &[i16]) -> Vec<u8> {
    let mut body = [text(portal), text(statement)].concat();
    body.extend((values.len() as u16).to_be_bytes());
    values.iter().for_each(|(format, _)| body.extend(format.to_be_bytes()));
    body.extend((values.len() as u16).to_be_bytes());
    for (_, value) in values {
        match value {
            None => body.extend((-1i32).to_be_bytes()),
            Some(value) => {
                body.extend((value.len() as u32).to_be_bytes());
                body.extend(*value);
            }
        }
    }
    body.extend((results.len() as u16).to_be_bytes());
    results.iter().for_each(|format| body.extend(format.to_be_bytes()));
    message('B', &body)
}

pub fn describe(kind: char, name: &str) -> Vec<u8> {
    message('D', &[&[kind as u8][..], &text(name)].concat())
}

pub fn close(kind: char, name: &str) -> Vec<u8> {
    message('C', &[&[kind as u8][..], &text(name)].concat())
}

pub fn execute(portal: &str, rows_max: i32) -> Vec<u8> {
    message('E', &[text(portal), rows_max.to_be_bytes().to_vec()].concat())
}

pub fn sync() -> Vec<u8> {
    message('S', &[])
}

/// The kinds of answers, as a word.
pub fn kinds(answers: &[Answer]) -> String {
    answers.iter().map(|answer| answer.kind).collect()
}

/// The rows among answers, as texts.
pub fn rows(answers: &[Answer]) -> Vec<Vec<Option<String>>> {
    let row = |answer: &Answer| {
        answer.values().into_iter().map(|value| value.map(|v| String::from_utf8_lossy(&v).into_owned())).collect()
    };
    answers.iter().filter(|answer| answer.kind == 'D').map(row).collect()
}

/// The command tags among answers.
pub fn tags(answers: &[Answer]) -> Vec<String> {
    answers.iter().filter(|answer| answer.kind == 'C').map(|answer| answer.texts()[0].clone()).collect()
}

/// The transaction status at the end of answers.
pub fn status(answers: &[Answer]) -> char {
    char::from(answers.last().expect("there are answers").body[0])
}

/// A row of texts.
pub fn row(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|value| Some((*value).to_owned())).collect()
}

fn shown(answers: &[Answer]) -> String {
    answers.iter().map(|answer| format!("{} {:?}\n", answer.kind, String::from_utf8_lossy(&answer.body))).collect()
}
