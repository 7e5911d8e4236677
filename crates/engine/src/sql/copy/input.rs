//! Where the rows of a COPY come from: a file, or whatever sends it; and how many are taken in one piece.

use std::io::Read;
use std::path::Path;

use crate::error::Error;

/// A segment takes at most this many rows.
pub(super) const CHUNK_ROWS_MAX: usize = 1 << 20;

/// Text to read, with a name for messages.
pub(in crate::sql) struct Input<'r> {
    reader: Box<dyn Read + 'r>,
    /// How messages name it: `file "orders.csv"`.
    pub name: String,
    /// Its length in bytes, if it is known.
    pub total: Option<u64>,
}

impl<'r> Input<'r> {
    /// A file. Errors: it cannot be opened.
    pub fn file(path: &Path) -> Result<Input<'static>, Error> {
        let file = std::fs::File::open(path).map_err(|error| file_error("open", path, &error))?;
        let total = file.metadata().ok().map(|data| data.len());
        Ok(Input { reader: Box::new(file), name: format!("file \"{}\"", path.display()), total })
    }

    /// What a client sends.
    pub fn sent(reader: Box<dyn Read + 'r>) -> Input<'r> {
        Input { reader, name: "the data sent".to_owned(), total: None }
    }

    /// Adds up to `bytes_max` bytes; returns how many, 0 at the end.
    pub fn read_piece(&mut self, bytes: &mut Vec<u8>, bytes_max: u64) -> Result<usize, Error> {
        let read = self.reader.by_ref().take(bytes_max).read_to_end(bytes);
        read.map_err(|error| self.failed(error))
    }

    /// Reads what is left, and forgets it.
    pub fn drain(&mut self) -> Result<(), Error> {
        let drained = std::io::copy(&mut self.reader, &mut std::io::sink());
        drained.map(drop).map_err(|error| self.failed(error))
    }

    /// An error of the reader, which may be one of ours.
    fn failed(&self, error: std::io::Error) -> Error {
        let text = error.to_string();
        match error.into_inner().map(|inner| inner.downcast::<Error>()) {
            Some(Ok(error)) => *error,
            _ => Error::new("58030", format!("could not read {}: {text}", self.name)),
        }
    }
}

/// A file that cannot be opened, read or written.
pub(super) fn file_error(verb: &str, path: &Path, error: &std::io::Error) -> Error {
    let sqlstate = match error.kind() {
        std::io::ErrorKind::NotFound => "58P01",
        std::io::ErrorKind::PermissionDenied => "42501",
        _ => "58030",
    };
    Error::new(sqlstate, format!("could not {verb} file \"{}\": {error}", path.display()))
        .with_hint("Paths are relative to the directory the program runs in.")
}
