//! Writes rows as lines of COPY: text with backslashes, or CSV with quotes.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::{CopyFormat, CopyOptions};
use crate::display::TextWriter;

/// Writes the rows of one result.
#[derive(Debug)]
pub struct CopyLines {
    schema: SchemaRef,
    options: CopyOptions,
    writers: Vec<TextWriter>,
    value: String,
}

impl CopyLines {
    /// For rows of a schema, in text or CSV.
    pub fn new(schema: SchemaRef, options: CopyOptions) -> CopyLines {
        let writers = schema.fields().iter().map(|field| TextWriter::new(field)).collect();
        CopyLines { schema, options, writers, value: String::new() }
    }

    /// Adds the line of column names, if one is wanted.
    pub fn header(&mut self, out: &mut Vec<u8>) {
        if !self.options.header {
            return;
        }
        for (position, field) in self.schema.clone().fields().iter().enumerate() {
            self.value.clear();
            self.value.push_str(field.name());
            self.separate(out, position);
            self.put(out);
        }
        out.push(b'\n');
    }

    /// Adds a line for a row.
    pub fn row(&mut self, out: &mut Vec<u8>, batch: &RecordBatch, row: usize) {
        for (position, array) in batch.columns().iter().enumerate() {
            self.separate(out, position);
            self.value.clear();
            let writer = self.writers[position];
            match writer.write(&mut self.value, array.as_ref(), row) {
                true => self.put(out),
                false => out.extend(self.options.null.as_bytes()),
            }
        }
        out.push(b'\n');
    }

    fn separate(&self, out: &mut Vec<u8>, position: usize) {
        if position > 0 {
            out.push(self.options.delimiter);
        }
    }

    fn put(&self, out: &mut Vec<u8>) {
        match self.options.format {
            CopyFormat::Text => self.put_escaped(out),
            _ => self.put_quoted(out),
        }
    }

    /// Adds the value, a backslash before what would end it.
    fn put_escaped(&self, out: &mut Vec<u8>) {
        let special = |byte: u8| byte < b' ' || byte == b'\\' || byte == self.options.delimiter;
        let mut rest = self.value.as_bytes();
        while let Some(at) = rest.iter().position(|byte| special(*byte)) {
            out.extend(&rest[..at]);
            let byte = rest[at];
            let escaped = match byte {
                0x08 => b'b',
                b'\t' => b't',
                b'\n' => b'n',
                0x0b => b'v',
                0x0c => b'f',
                b'\r' => b'r',
                other => other,
            };
            if escaped != byte || byte == b'\\' || byte == self.options.delimiter {
                out.push(b'\\');
            }
            out.push(escaped);
            rest = &rest[at + 1..];
        }
        out.extend(rest);
    }

    /// Adds the value, in quotes where it could be read as something else.
    fn put_quoted(&self, out: &mut Vec<u8>) {
        let options = &self.options;
        let special = |byte: u8| byte == options.delimiter || byte == options.quote || byte == b'\n' || byte == b'\r';
        let ends_input = self.value == "\\." && self.schema.fields().len() == 1;
        if self.value != options.null && !ends_input && !self.value.bytes().any(special) {
            out.extend(self.value.as_bytes());
            return;
        }
        out.push(options.quote);
        for byte in self.value.bytes() {
            if byte == options.quote || byte == options.escape {
                out.push(options.escape);
            }
            out.push(byte);
        }
        out.push(options.quote);
    }
}
