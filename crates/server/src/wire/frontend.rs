//! What a client sends: cut out of the bytes that have arrived, and taken apart.

use std::collections::BTreeMap;

use bytes::{Buf, Bytes, BytesMut};

use super::reader::{Malformed, Reader};

/// The longest startup packet, as in PostgreSQL.
const STARTUP_BYTES_MAX: usize = 10_000;
/// The longest message of a kind that never needs to be long.
const SHORT_BYTES_MAX: usize = 30_000;
/// Type and length.
const HEAD: usize = 5;

const CANCEL: u32 = 80_877_102;
const TLS: u32 = 80_877_103;
const GSS: u32 = 80_877_104;

/// The first message of a connection, and those after a refused encryption.
#[derive(Debug, PartialEq, Eq)]
pub enum Startup {
    /// Asks for TLS.
    Tls,
    /// Asks for GSSAPI encryption.
    Gss,
    /// Asks to cancel what another connection runs.
    Cancel { process: i32, secret: Bytes },
    /// Begins a session: protocol version and parameters.
    Session { major: u16, minor: u16, parameters: BTreeMap<String, String> },
}

/// A message within a session.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    /// Run a text.
    Query(String),
    /// Prepare a statement; `types` are OIDs, 0 where it is left to us.
    Parse { name: String, sql: String, types: Vec<u32> },
    /// Make a portal of a statement and values.
    Bind(Bind),
    /// Tell what a statement or portal takes and returns.
    Describe(Target),
    /// Run a portal, for so many rows; 0 is all.
    Execute { portal: String, rows_max: usize },
    /// Forget a statement or portal.
    Close(Target),
    /// End of a batch: commit, and read on after an error.
    Sync,
    /// Send what has been written.
    Flush,
    /// A piece of COPY data.
    CopyData(Bytes),
    /// The end of COPY data.
    CopyDone,
    /// COPY is given up, and why.
    CopyFail(String),
    /// An answer to a request for authentication.
    Password(Bytes),
    /// The client leaves.
    Terminate,
    /// The old function call.
    FunctionCall,
}

/// The body of a Bind.
#[derive(Debug, PartialEq, Eq)]
pub struct Bind {
    /// The portal to make.
    pub portal: String,
    /// The statement it runs.
    pub statement: String,
    /// None is text for all, one is for all, else one for each parameter.
    pub formats: Vec<i16>,
    /// The values; `None` is NULL.
    pub values: Vec<Option<Bytes>>,
    /// As `formats`, for the columns of the result.
    pub result_formats: Vec<i16>,
}

/// A statement or a portal, by name.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    /// A prepared statement.
    Statement(String),
    /// A portal.
    Portal(String),
}

/// Why no message can be cut out of what has arrived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    /// Its length cannot be.
    #[error("invalid message length")]
    Length,
    /// It is longer than is taken.
    #[error("message of {bytes} bytes is longer than the {bytes_max} that are taken")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// No message begins with this byte.
    #[error("invalid frontend message type {0}")]
    Type(u8),
    /// Its body is not what it should be.
    #[error(transparent)]
    Body(#[from] Malformed),
    /// It has its form, but its text is not UTF-8, which is an error of a statement.
    #[error("{what}")]
    Text {
        /// Whether it is a text of the simple protocol.
        is_query: bool,
        /// What is wrong.
        what: String,
    },
}

impl Startup {
    /// Takes the first message off the bytes; `None` until it has arrived whole.
    pub fn take(input: &mut BytesMut) -> Result<Option<Startup>, BadMessage> {
        let Some(head) = input.get(..4) else { return Ok(None) };
        let length = u32::from_be_bytes(head.try_into().expect("four bytes")) as usize;
        if !(8..=STARTUP_BYTES_MAX).contains(&length) {
            return Err(BadMessage::Length);
        }
        if input.len() < length {
            return Ok(None);
        }
        let mut body = input.split_to(length).freeze();
        body.advance(4);
        let mut reader = Reader::new(body);
        match reader.u32()? {
            TLS => Ok(Some(Startup::Tls)),
            GSS => Ok(Some(Startup::Gss)),
            CANCEL => Ok(Some(Startup::Cancel { process: reader.i32()?, secret: reader.rest() })),
            version => {
                let mut parameters = BTreeMap::new();
                let (major, minor) = ((version >> 16) as u16, (version & 0xffff) as u16);
                if major == 3 {
                    loop {
                        let name = reader.text()?;
                        if name.is_empty() {
                            break;
                        }
                        parameters.insert(name, reader.text()?);
                    }
                    reader.end()?;
                }
                Ok(Some(Startup::Session { major, minor, parameters }))
            }
        }
    }
}

/// Whether a whole message has arrived, or one that will be refused.
pub fn is_ready(input: &[u8], bytes_max: usize) -> bool {
    match input.get(..HEAD) {
        None => input.first().is_some_and(|first| limit(*first, bytes_max).is_none()),
        Some(head) => match length(head, bytes_max) {
            Ok(length) => input.len() > length,
            Err(_) => true,
        },
    }
}

/// Whether the bytes begin with a whole message of this type.
pub fn starts_with(input: &[u8], message_type: u8) -> bool {
    input.first() == Some(&message_type) && is_ready(input, usize::MAX)
}

/// The length of the message the bytes begin with, type included, if it has arrived whole.
pub fn whole_length(input: &[u8]) -> Option<usize> {
    let length = 1 + length(input.get(..HEAD)?, usize::MAX).ok()?;
    (input.len() >= length).then_some(length)
}

/// The most bytes a message of this type may have; `None` if there is no such type.
fn limit(message_type: u8, bytes_max: usize) -> Option<usize> {
    match message_type {
        b'Q' | b'P' | b'B' | b'd' | b'F' => Some(bytes_max),
        b'D' | b'E' | b'C' | b'H' | b'S' | b'X' | b'c' | b'f' | b'p' => Some(bytes_max.min(SHORT_BYTES_MAX)),
        _ => None,
    }
}

/// The length that a head says, without the type.
fn length(head: &[u8], bytes_max: usize) -> Result<usize, BadMessage> {
    let message_type = head[0];
    let bytes_max = limit(message_type, bytes_max).ok_or(BadMessage::Type(message_type))?;
    let length = i32::from_be_bytes(head[1..HEAD].try_into().expect("four bytes"));
    match usize::try_from(length) {
        Ok(bytes) if bytes < 4 => Err(BadMessage::Length),
        Ok(bytes) if bytes > bytes_max => Err(BadMessage::TooLong { bytes, bytes_max }),
        Ok(bytes) => Ok(bytes),
        Err(_) => Err(BadMessage::Length),
    }
}

impl Message {
    /// Takes the next message off the bytes; `None` until it has arrived whole. `bytes_max`: the longest that is taken.
    pub fn take(input: &mut BytesMut, bytes_max: usize) -> Result<Option<Message>, BadMessage> {
        let Some(head) = input.get(..HEAD) else {
            return match input.first() {
                Some(first) if limit(*first, bytes_max).is_none() => Err(BadMessage::Type(*first)),
                _ => Ok(None),
            };
        };
        let message_type = head[0];
        let length = length(head, bytes_max)?;
        if input.len() <= length {
            return Ok(None);
        }
        let mut body = input.split_to(1 + length).freeze();
        body.advance(HEAD);
        match parse(message_type, Reader::new(body)) {
            Err(BadMessage::Body(Malformed::Encoding(what))) => {
                Err(BadMessage::Text { is_query: message_type == b'Q', what })
            }
            parsed => parsed.map(Some),
        }
    }
}

fn parse(message_type: u8, mut reader: Reader) -> Result<Message, BadMessage> {
    let message = match message_type {
        b'Q' => Message::Query(reader.text()?),
        b'P' => {
            let (name, sql) = (reader.text()?, reader.text()?);
            let count = reader.count()?;
            let types = (0..count).map(|_| reader.u32()).collect::<Result<_, _>>()?;
            Message::Parse { name, sql, types }
        }
        b'B' => Message::Bind(Bind::parse(&mut reader)?),
        b'D' => Message::Describe(target(&mut reader)?),
        b'C' => Message::Close(target(&mut reader)?),
        b'E' => {
            let portal = reader.text()?;
            // A negative limit is none, as 0 is.
            Message::Execute { portal, rows_max: usize::try_from(reader.i32()?).unwrap_or(0) }
        }
        b'S' => Message::Sync,
        b'H' => Message::Flush,
        b'X' => Message::Terminate,
        b'c' => Message::CopyDone,
        b'f' => Message::CopyFail(reader.text()?),
        b'd' => return Ok(Message::CopyData(reader.rest())),
        b'p' => return Ok(Message::Password(reader.rest())),
        b'F' => return Ok(Message::FunctionCall),
        other => return Err(BadMessage::Type(other)),
    };
    reader.end()?;
    Ok(message)
}

impl Bind {
    fn parse(reader: &mut Reader) -> Result<Bind, BadMessage> {
        let (portal, statement) = (reader.text()?, reader.text()?);
        let value_formats = formats(reader)?;
        let count = reader.count()?;
        let mut values = Vec::with_capacity(count.min(1024));
        for _ in 0..count {
            values.push(match reader.i32()? {
                -1 => None,
                length => {
                    let length = usize::try_from(length).map_err(|_| BadMessage::Length)?;
                    Some(reader.bytes(length)?)
                }
            });
        }
        Ok(Bind { portal, statement, formats: value_formats, values, result_formats: formats(reader)? })
    }
}

fn formats(reader: &mut Reader) -> Result<Vec<i16>, BadMessage> {
    let count = reader.count()?;
    Ok((0..count).map(|_| reader.i16()).collect::<Result<_, _>>()?)
}

fn target(reader: &mut Reader) -> Result<Target, BadMessage> {
    match reader.u8()? {
        b'S' => Ok(Target::Statement(reader.text()?)),
        b'P' => Ok(Target::Portal(reader.text()?)),
        _ => Err(BadMessage::Body(Malformed::Form("invalid message format"))),
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::{BadMessage, Message, Startup};

    fn message(bytes: &[u8]) -> Result<Option<Message>, BadMessage> {
        Message::take(&mut BytesMut::from(bytes), 1000)
    }

    #[test]
    fn a_message_is_taken_when_it_is_whole() {
        let whole = b"Q\0\0\0\x0dSELECT 1\0";
        for cut in 0..whole.len() {
            assert_eq!(message(&whole[..cut]), Ok(None), "{cut} bytes");
        }
        assert_eq!(message(whole), Ok(Some(Message::Query("SELECT 1".to_owned()))));
    }

    #[test]
    fn what_cannot_be_is_refused_at_once() {
        assert_eq!(message(b"Q\0\0\0\x03"), Err(BadMessage::Length));
        assert_eq!(message(b"Q\xff\xff\xff\xff"), Err(BadMessage::Length));
        assert_eq!(message(b"Q\0\0\x04\0"), Err(BadMessage::TooLong { bytes: 1024, bytes_max: 1000 }));
        assert_eq!(message(b"\0"), Err(BadMessage::Type(0)));
        // A Bind that announces more values than there are bytes, and a value longer than the message.
        assert!(matches!(message(b"B\0\0\0\x0a\0\0\0\0\xff\xff"), Err(BadMessage::Body(_))));
        assert!(matches!(message(b"B\0\0\0\x0e\0\0\0\0\0\x01\x7f\xff\xff\xff"), Err(BadMessage::Body(_))));
        assert!(matches!(message(b"Q\0\0\0\x06a\xc3"), Err(BadMessage::Body(_))));
        let what = "invalid byte sequence for encoding \"UTF8\": 0xc3 0x28".to_owned();
        assert_eq!(message(b"Q\0\0\0\x07\xc3(\0"), Err(BadMessage::Text { is_query: true, what }));
    }

    #[test]
    fn a_startup_packet_has_a_sane_length() {
        let take = |bytes: &[u8]| Startup::take(&mut BytesMut::from(bytes));
        assert_eq!(take(b"\0\0\0\x08\x04\xd2\x16\x2f"), Ok(Some(Startup::Tls)));
        assert_eq!(take(b"GET / HTTP/1.1\r\n"), Err(BadMessage::Length));
        assert_eq!(take(b"\0\0\0\x10"), Ok(None));
    }
}
