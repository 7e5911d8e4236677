//! As much of PostgreSQL's protocol as it takes to run statements.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// A connection whose session has begun.
pub struct Client(TcpStream);

/// A message from the server.
pub struct Answer {
    pub kind: char,
    body: Vec<u8>,
}

impl Client {
    /// Connects and begins a session.
    pub fn connect(address: &str) -> Client {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
        let mut client = Client(stream);
        client.send_bytes(b"\0\0\0\x12\0\x03\0\0user\0ada\0\0");
        let begun = client.until_ready();
        assert_eq!(begun.last().map(|answer| answer.kind), Some('Z'), "the session was believed to begin");
        client
    }

    /// Sends bytes as they are.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("the server reads");
    }

    /// Sends a text of statements.
    pub fn send_query(&mut self, sql: &str) {
        let length = u32::try_from(sql.len() + 5).expect("a text is short");
        self.send_bytes(&[&b"Q"[..], &length.to_be_bytes(), sql.as_bytes(), b"\0"].concat());
    }

    /// Runs a text of statements; returns the answers.
    pub fn query(&mut self, sql: &str) -> Vec<Answer> {
        self.send_query(sql);
        self.until_ready()
    }

    /// Runs a text of statements; `None` if the server is gone before it has answered.
    pub fn attempt(&mut self, sql: &str) -> Option<Vec<Answer>> {
        let length = u32::try_from(sql.len() + 5).expect("a text is short");
        self.0.write_all(&[&b"Q"[..], &length.to_be_bytes(), sql.as_bytes(), b"\0"].concat()).ok()?;
        let answers = self.until_ready();
        answers.last().is_some_and(|answer| answer.kind == 'Z').then_some(answers)
    }

    /// Runs a text that must not fail.
    pub fn run(&mut self, sql: &str) {
        let answers = self.query(sql);
        assert_eq!(error(&answers), None, "{sql}");
    }

    /// The next message; `None` if the server has closed.
    pub fn next(&mut self) -> Option<Answer> {
        let mut head = [0; 5];
        self.0.read_exact(&mut head).ok()?;
        let length = u32::from_be_bytes(head[1..].try_into().expect("four bytes")) as usize;
        let mut body = vec![0; length - 4];
        self.0.read_exact(&mut body).ok()?;
        Some(Answer { kind: char::from(head[0]), body })
    }

    /// Everything until the server closes.
    pub fn until_closed(&mut self) -> Vec<Answer> {
        std::iter::from_fn(|| self.next()).collect()
    }

    fn until_ready(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        while let Some(answer) = self.next() {
            let ends = answer.kind == 'Z';
            answers.push(answer);
            if ends {
                break;
            }
        }
        answers
    }
}

/// Severity and SQLSTATE of the first error among answers.
pub fn error(answers: &[Answer]) -> Option<(String, String)> {
    let error = answers.iter().find(|answer| answer.kind == 'E')?;
    let field = |kind: u8| {
        let fields = error.body.split(|byte| *byte == 0);
        let found = fields.filter_map(|field| field.split_first()).find(|(first, _)| **first == kind);
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    };
    Some((field(b'S'), field(b'C')))
}
