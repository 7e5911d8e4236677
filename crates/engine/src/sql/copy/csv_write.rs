//! Writes CSV: values as PostgreSQL shows them, quoted where need be.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::super::scope::Scope;
use super::{Options, file_error};
use crate::display;
use crate::error::Error;
use crate::outcome::ResultSet;

/// Writes rows to a file, replacing it.
pub(super) fn write(scope: &Scope, found: &ResultSet, path: &Path, options: &Options) -> Result<(), Error> {
    let failed = |error: std::io::Error| file_error("write", path, &error);
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    let mut line = Vec::new();
    if options.header {
        for (position, field) in found.schema.fields().iter().enumerate() {
            separate(&mut line, position, options);
            put(&mut line, field.name(), options);
        }
        line.push(b'\n');
        file.write_all(&line).map_err(failed)?;
    }
    for batch in &found.batches {
        scope.cancel.check()?;
        // A file is text: each value is written once, on its own.
        for row in 0..batch.num_rows() {
            line.clear();
            for (position, array) in batch.columns().iter().enumerate() {
                separate(&mut line, position, options);
                match display::text_as(found.schema.field(position), array.as_ref(), row) {
                    None => line.extend(options.null.as_bytes()),
                    Some(text) => put(&mut line, &text, options),
                }
            }
            line.push(b'\n');
            file.write_all(&line).map_err(failed)?;
        }
    }
    file.flush().map_err(failed)
}

fn separate(line: &mut Vec<u8>, position: usize, options: &Options) {
    if position > 0 {
        line.push(options.delimiter);
    }
}

/// Adds a field, in quotes where it could be read as something else.
fn put(line: &mut Vec<u8>, text: &str, options: &Options) {
    let special = |byte: u8| byte == options.delimiter || byte == options.quote || byte == b'\n' || byte == b'\r';
    if text != options.null && !text.bytes().any(special) {
        line.extend(text.as_bytes());
        return;
    }
    line.push(options.quote);
    for byte in text.bytes() {
        if byte == options.quote || byte == options.escape {
            line.push(options.escape);
        }
        line.push(byte);
    }
    line.push(options.quote);
}
