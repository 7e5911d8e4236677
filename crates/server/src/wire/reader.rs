//! Reads the parts of a message body: integers, texts that end in a zero byte, and bytes.

use bytes::{Buf, Bytes};

/// A body that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is shorter or longer than it says, or has a part there is not.
    #[error("{0}")]
    Form(&'static str),
    /// It holds text that is not UTF-8.
    #[error("{0}")]
    Encoding(String),
}

/// The rest of a message body.
#[derive(Debug)]
pub struct Reader(Bytes);

impl Reader {
    /// Over a whole body.
    pub fn new(body: Bytes) -> Reader {
        Reader(body)
    }

    fn need(&self, count: usize) -> Result<(), Malformed> {
        if self.0.len() < count { Err(Malformed::Form("insufficient data left in message")) } else { Ok(()) }
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        self.need(1)?;
        Ok(self.0.get_u8())
    }

    /// Two bytes.
    pub fn i16(&mut self) -> Result<i16, Malformed> {
        self.need(2)?;
        Ok(self.0.get_i16())
    }

    /// Two bytes that count something.
    pub fn count(&mut self) -> Result<usize, Malformed> {
        self.need(2)?;
        Ok(usize::from(self.0.get_u16()))
    }

    /// Four bytes.
    pub fn i32(&mut self) -> Result<i32, Malformed> {
        self.need(4)?;
        Ok(self.0.get_i32())
    }

    /// Four bytes, unsigned.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        self.need(4)?;
        Ok(self.0.get_u32())
    }

    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Result<Bytes, Malformed> {
        self.need(count)?;
        Ok(self.0.split_to(count))
    }

    /// What is left.
    pub fn rest(self) -> Bytes {
        self.0
    }

    /// A text up to its zero byte.
    pub fn text(&mut self) -> Result<String, Malformed> {
        let Some(end) = self.0.iter().position(|byte| *byte == 0) else {
            return Err(Malformed::Form("invalid string in message"));
        };
        let text = self.0.split_to(end);
        self.0.advance(1);
        match std::str::from_utf8(&text) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(Malformed::Encoding(not_utf8(&text[error.valid_up_to()..]))),
        }
    }

    /// Fails if something is left.
    pub fn end(&self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed::Form("invalid message format")) }
    }
}

/// What is said of bytes that begin with no character: those of the length that the first of them announces.
pub fn not_utf8(bytes: &[u8]) -> String {
    let length = match bytes.first() {
        Some(lead) if lead & 0xe0 == 0xc0 => 2,
        Some(lead) if lead & 0xf0 == 0xe0 => 3,
        Some(lead) if lead & 0xf8 == 0xf0 => 4,
        _ => 1,
    };
    let bytes: Vec<String> = bytes.iter().take(length).map(|byte| format!("0x{byte:02x}")).collect();
    format!("invalid byte sequence for encoding \"UTF8\": {}", bytes.join(" "))
}
