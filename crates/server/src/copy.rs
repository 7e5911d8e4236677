//! COPY over the connection: data that the client sends, and data it is sent.
//!
//! ```text
//!   CopyInResponse ─▶ CopyData … CopyDone ─▶ engine reads while it arrives        CopyFail: nothing is copied
//!   CopyOutResponse ─▶ a CopyData for each row ─▶ CopyDone
//! ```

use std::io::{self, Read};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use bowline::{CancelHandle, CopyFormat, CopyInput, CopyLines, Error, Prepared, ScalarValue, value};
use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::connection::{Connection, stopping};
use crate::failure::Failure;
use crate::io::{Io, Unfilled};
use crate::types::decode;
use crate::types::encode::{ColumnEncoder, Format};
use crate::wire::backend;
use crate::wire::frontend::Message;

/// What the binary format begins with: a signature, flags and the length of an extension, both 0.
const BINARY_HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// The length of the signature.
const SIGNATURE: usize = 11;
/// Rows of the binary format gathered to a batch.
const BATCH_ROWS: usize = 1 << 14;

impl Connection {
    /// Copies what the client sends into a table; returns the tag.
    pub(crate) fn copy_in(&mut self, prepared: &Prepared) -> Result<String, Failure> {
        let what = self.session.copy_in(prepared)?;
        let is_binary = what.options.format == CopyFormat::Binary;
        backend::copy_response(&mut self.io.output, b'G', is_binary, what.columns.fields().len());
        self.io.flush_blocking()?;
        let cancel = self.session.cancel_handle();
        let mut incoming = Incoming::new(&mut self.io, self.shared.config.message_bytes_max, cancel);
        let input = match is_binary {
            true => CopyInput::Batches(Box::new(BinaryRows {
                incoming: &mut incoming,
                columns: what.columns,
                state: At::Head,
            })),
            false => CopyInput::Bytes(Box::new(&mut incoming)),
        };
        let copied = self.session.copy_sent(prepared, input);
        let (gone, strange) = (incoming.gone, incoming.strange.take());
        if let Some(error) = strange {
            // What follows may be data or messages: nobody can tell.
            self.fatal(&error);
        }
        if gone {
            return Err(Failure::Gone);
        }
        let outcome = copied?;
        self.notices(&outcome.notices);
        backend::command_complete(&mut self.io.output, &outcome.tag);
        Ok(outcome.tag)
    }

    /// Sends rows to the client; returns the tag.
    pub(crate) fn copy_out(&mut self, prepared: &Prepared) -> Result<String, Failure> {
        let (mut rows, options) = self.session.copy_out(prepared)?;
        let schema = rows.schema().clone();
        let is_binary = options.format == CopyFormat::Binary;
        let mut writer = match is_binary {
            true => {
                let encoders = schema.fields().iter().map(|field| ColumnEncoder::new(field, Format::Binary));
                Writer::Binary(encoders.collect::<Result<_, _>>()?)
            }
            false => Writer::Lines(CopyLines::new(schema.clone(), options), Vec::new()),
        };
        backend::copy_response(&mut self.io.output, b'H', is_binary, schema.fields().len());
        writer.begin(&mut self.io.output);
        let mut head = if is_binary { BINARY_HEAD } else { &[] };
        let mut count = 0;
        while let Some(batch) = rows.next_batch()? {
            for row in 0..batch.num_rows() {
                writer.row(&mut self.io.output, std::mem::take(&mut head), &batch, row);
                self.io.flush_if_much()?;
            }
            count += batch.num_rows();
        }
        if is_binary {
            backend::message(&mut self.io.output, b'd', |out| {
                out.put_slice(head);
                out.put_i16(-1);
            });
        }
        backend::bare(&mut self.io.output, b'c');
        self.session.finished()?;
        let tag = format!("COPY {count}");
        backend::command_complete(&mut self.io.output, &tag);
        Ok(tag)
    }
}

enum Writer {
    Lines(CopyLines, Vec<u8>),
    Binary(Vec<ColumnEncoder>),
}

impl Writer {
    fn begin(&mut self, out: &mut BytesMut) {
        match self {
            Writer::Lines(lines, line) => {
                lines.header(line);
                if !line.is_empty() {
                    backend::message(out, b'd', |out| out.put_slice(line));
                }
            }
            // Its head goes with the first row, where clients look for it.
            Writer::Binary(_) => {}
        }
    }

    fn row(&mut self, out: &mut BytesMut, head: &[u8], batch: &RecordBatch, row: usize) {
        backend::message(out, b'd', |out| match self {
            Writer::Lines(lines, line) => {
                line.clear();
                lines.row(line, batch, row);
                out.put_slice(line);
            }
            Writer::Binary(encoders) => {
                out.put_slice(head);
                out.put_i16(encoders.len() as i16);
                for (encoder, array) in encoders.iter_mut().zip(batch.columns()) {
                    encoder.put(out, array, row);
                }
            }
        });
    }
}

/// The data of COPY as it arrives.
struct Incoming<'c> {
    io: &'c mut Io,
    bytes_max: usize,
    left: Bytes,
    done: bool,
    /// The client left in the middle, or is left.
    gone: bool,
    /// What the client is told before it is left.
    strange: Option<Error>,
    cancel: CancelHandle,
}

impl<'c> Incoming<'c> {
    fn new(io: &'c mut Io, bytes_max: usize, cancel: CancelHandle) -> Incoming<'c> {
        Incoming { io, bytes_max, left: Bytes::new(), done: false, gone: false, strange: None, cancel }
    }

    /// Makes sure there are bytes; false at the end. Errors: 57014 if the client gives up or the statement is cancelled, 08P01
    /// for other messages.
    fn more(&mut self) -> Result<bool, Error> {
        while self.left.is_empty() && !self.done {
            let message_type = self.io.input.first().copied().unwrap_or_default();
            match Message::take(&mut self.io.input, self.bytes_max) {
                Ok(Some(Message::CopyData(data))) => self.left = data,
                Ok(Some(Message::CopyDone)) => self.done = true,
                Ok(Some(Message::CopyFail(why))) => {
                    self.done = true;
                    return Err(Error::new("57014", format!("COPY from stdin failed: {why}")));
                }
                // Drivers may send Sync early; it says nothing here.
                Ok(Some(Message::Flush | Message::Sync)) => {}
                Ok(Some(Message::Terminate)) => return Err(self.lost("unexpected EOF on client connection")),
                Ok(Some(_)) => {
                    let what = format!("unexpected message type 0x{message_type:02X} during COPY from stdin");
                    self.strange = Some(Error::new("08P01", what.clone()));
                    return Err(self.lost(&what));
                }
                Ok(None) => match self.io.fill_unless(self.cancel.cancelled()) {
                    Ok(true) => {}
                    Err(Unfilled::Ended(error)) => {
                        self.done = true;
                        return Err(error);
                    }
                    Err(_) if self.io.is_cut() => {
                        self.done = true;
                        return Err(stopping());
                    }
                    _ => return Err(self.lost("unexpected EOF on client connection with an open transaction")),
                },
                Err(bad) => {
                    let what = bad.to_string();
                    return Err(self.lost(&what));
                }
            }
        }
        Ok(!self.left.is_empty())
    }

    fn lost(&mut self, what: &str) -> Error {
        (self.gone, self.done) = (true, true);
        Error::new("08006", what.to_owned())
    }
}

impl Read for Incoming<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if !self.more().map_err(io::Error::other)? {
            return Ok(0);
        }
        let count = self.left.len().min(bytes.len());
        self.left.copy_to_slice(&mut bytes[..count]);
        Ok(count)
    }
}

/// Reads the binary format: rows of a count of fields, each with its length and its bytes.
struct BinaryRows<'i, 'c> {
    incoming: &'i mut Incoming<'c>,
    columns: SchemaRef,
    state: At,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Head,
    Rows,
    End,
}

impl BinaryRows<'_, '_> {
    fn exactly(&mut self, count: usize) -> Result<Bytes, Error> {
        if !self.incoming.more()? {
            return Err(Error::new("22P04", "unexpected EOF in COPY data"));
        }
        if self.incoming.left.len() >= count {
            return Ok(self.incoming.left.split_to(count));
        }
        let mut bytes = BytesMut::new();
        while bytes.len() < count {
            if !self.incoming.more()? {
                return Err(Error::new("22P04", "unexpected EOF in COPY data"));
            }
            let take = (count - bytes.len()).min(self.incoming.left.len());
            bytes.extend_from_slice(&self.incoming.left.split_to(take));
        }
        Ok(bytes.freeze())
    }

    fn head(&mut self) -> Result<(), Error> {
        let head = self.exactly(BINARY_HEAD.len())?;
        if head[..SIGNATURE] != BINARY_HEAD[..SIGNATURE] {
            return Err(Error::new("22P04", "COPY file signature not recognized"));
        }
        let word = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().expect("four bytes"));
        if word(SIGNATURE) >> 16 != 0 {
            return Err(Error::new("22P04", "unrecognized critical flags in COPY file header"));
        }
        // An extension is for others.
        let mut left = word(SIGNATURE + 4) as usize;
        while left > 0 {
            let step = left.min(4096);
            self.exactly(step)?;
            left -= step;
        }
        Ok(())
    }

    /// The next row; `None` after the last.
    fn row(&mut self) -> Result<Option<Vec<ScalarValue>>, Error> {
        if !self.incoming.more()? {
            return Ok(None);
        }
        let count = self.exactly(2)?.get_i16();
        if count == -1 {
            // Whatever follows the end is nobody's.
            while self.incoming.more()? {
                self.incoming.left.clear();
            }
            return Ok(None);
        }
        let columns = self.columns.clone();
        let wanted = columns.fields().len();
        if usize::try_from(count) != Ok(wanted) {
            return Err(Error::new("22P04", format!("row field count is {count}, expected {wanted}")));
        }
        let mut row = Vec::with_capacity(wanted);
        for field in columns.fields() {
            let length = self.exactly(4)?.get_i32();
            row.push(match usize::try_from(length) {
                Ok(0) => decode::binary(&[], field)?,
                Ok(length) if length <= self.incoming.bytes_max => decode::binary(&self.exactly(length)?, field)?,
                _ if length == -1 => value::null(field),
                _ => return Err(Error::new("22P04", "invalid field size")),
            });
        }
        Ok(Some(row))
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>, Error> {
        if self.state == At::Head {
            self.head()?;
            self.state = At::Rows;
        }
        let mut columns: Vec<Vec<ScalarValue>> = vec![Vec::new(); self.columns.fields().len()];
        let mut count = 0;
        while count < BATCH_ROWS && self.state == At::Rows {
            match self.row()? {
                Some(row) => row.into_iter().zip(&mut columns).for_each(|(value, column)| column.push(value)),
                None => {
                    self.state = At::End;
                    break;
                }
            }
            count += 1;
        }
        if count == 0 {
            return Ok(None);
        }
        let array = |(values, field): (Vec<ScalarValue>, &arrow::datatypes::FieldRef)| value::column(values, field);
        let arrays = columns.into_iter().zip(self.columns.fields()).map(array).collect::<Result<Vec<ArrayRef>, _>>()?;
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(count));
        Ok(Some(RecordBatch::try_new_with_options(self.columns.clone(), arrays, &options)?))
    }
}

impl Iterator for BinaryRows<'_, '_> {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}
