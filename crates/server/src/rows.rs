//! Rows on their way to a client: batch by batch from the engine, message by message into the output.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bowline::{Error, Rows, Tag};
use bytes::BufMut;

use crate::failure::Failure;
use crate::io::Io;
use crate::types::column_type;
use crate::types::encode::{ColumnEncoder, Format};
use crate::wire::backend;

/// The rows of one answer, and how far they have been sent.
pub struct Sending {
    rows: Rows,
    /// The answer's tag.
    pub tag: Tag,
    encoders: Vec<ColumnEncoder>,
    batch: Option<RecordBatch>,
    next: usize,
}

/// How far a client got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Rows that were sent this time.
    pub rows: usize,
    /// Nothing follows.
    pub ended: bool,
}

impl Sending {
    /// Rows in these formats: none is text for all, one is for all, else one for each column.
    /// Errors: 08P01 if their number is another; 0A000 for a type without a binary form.
    pub fn new(rows: Rows, tag: Tag, formats: &[Format]) -> Result<Sending, Error> {
        let fields = rows.schema().fields();
        let formats = column_formats(formats, fields.len())?;
        let encoders = fields.iter().zip(formats).map(|(field, format)| ColumnEncoder::new(field, format));
        let encoders = encoders.collect::<Result<Vec<_>, _>>()?;
        Ok(Sending { rows, tag, encoders, batch: None, next: 0 })
    }

    /// The columns.
    pub fn schema(&self) -> &SchemaRef {
        self.rows.schema()
    }

    /// Takes the next rows out; all that are left if there is no number.
    pub fn take(&mut self, rows_max: Option<usize>) -> Result<Rows, Error> {
        let mut left = rows_max.unwrap_or(usize::MAX);
        let mut taken = Vec::new();
        while left > 0 {
            let batch = match self.batch.take() {
                Some(batch) => batch.slice(self.next, batch.num_rows() - self.next),
                None => match self.rows.next_batch()? {
                    Some(batch) => batch,
                    None => break,
                },
            };
            let count = batch.num_rows().min(left);
            taken.push(batch.slice(0, count));
            left -= count;
            self.next = 0;
            if count < batch.num_rows() {
                self.batch = Some(batch.slice(count, batch.num_rows() - count));
            }
        }
        Ok(self.rows.these(taken))
    }

    /// Announces the columns.
    pub fn describe(&self, io: &mut Io, formats: &[Format]) -> Result<(), Error> {
        describe(io, self.rows.schema(), formats)
    }

    /// Sends at most `rows_max` rows; 0 is all. Errors: those of the statement; the client is gone.
    pub fn send(&mut self, io: &mut Io, rows_max: usize) -> Result<Sent, Failure> {
        let mut sent = 0;
        loop {
            let Some(batch) = &self.batch else {
                self.batch = self.rows.next_batch()?;
                self.next = 0;
                if self.batch.is_none() {
                    return Ok(Sent { rows: sent, ended: true });
                }
                continue;
            };
            let left = batch.num_rows() - self.next;
            let count = if rows_max == 0 { left } else { left.min(rows_max - sent) };
            for row in self.next..self.next + count {
                put_row(io, &mut self.encoders, batch, row);
                io.flush_if_much()?;
            }
            sent += count;
            self.next += count;
            if self.next == batch.num_rows() {
                self.batch = None;
            }
            if rows_max > 0 && sent == rows_max {
                return Ok(Sent { rows: sent, ended: false });
            }
        }
    }
}

/// Announces the columns of a schema.
pub fn describe(io: &mut Io, schema: &arrow::datatypes::Schema, formats: &[Format]) -> Result<(), Error> {
    let formats = column_formats(formats, schema.fields().len())?;
    let columns: Vec<_> = schema.fields().iter().zip(formats).collect();
    let columns = columns.iter().map(|(field, format)| (field.name().as_str(), column_type(field), format.code()));
    backend::row_description(&mut io.output, columns);
    Ok(())
}

/// A format for each column. Errors: 08P01 if there are neither none, nor one, nor as many as columns.
pub fn column_formats(formats: &[Format], count: usize) -> Result<Vec<Format>, Error> {
    match formats {
        [] => Ok(vec![Format::Text; count]),
        [format] => Ok(vec![*format; count]),
        formats if formats.len() == count => Ok(formats.to_vec()),
        formats => Err(Error::new(
            "08P01",
            format!("bind message has {} result formats but query has {count} columns", formats.len()),
        )),
    }
}

fn put_row(io: &mut Io, encoders: &mut [ColumnEncoder], batch: &RecordBatch, row: usize) {
    backend::message(&mut io.output, b'D', |out| {
        out.put_u16(encoders.len() as u16);
        for (encoder, array) in encoders.iter_mut().zip(batch.columns()) {
            encoder.put(out, array, row);
        }
    });
}
