//! Reads the text format: fields between delimiters, a backslash before what is meant otherwise, `\N` for NULL.
//!
//! ```text
//!   piece ─▶ cut at line ends, a part a core ─▶ a batch each: integers and floats at once, everything else as text
//! ```

use std::borrow::Cow;
use std::sync::Arc;

use bowline_core::catalog::{ColumnId, Table};
use datafusion::arrow::array::{
    ArrayRef, Float64Builder, Int16Builder, Int32Builder, Int64Builder, RecordBatch, RecordBatchOptions, StringBuilder,
};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, SchemaRef};

use super::super::scope::Scope;
use super::CopyOptions;
use super::csv_read::file_schema;
use super::input::{CHUNK_ROWS_MAX, Input};
use crate::error::Error;
use crate::progress::Progress;

/// Input is read in pieces of this size.
const PIECE_BYTES: u64 = 16 << 20;
/// Pieces below this size are parsed in one run.
const SPLIT_BYTES_MIN: usize = 1 << 20;
/// The line that ends the data, whatever follows.
const END: &[u8] = b"\\.";

/// What the lines are read as.
struct Reader<'a> {
    table: &'a Table,
    columns: &'a [ColumnId],
    options: &'a CopyOptions,
    schema: SchemaRef,
    /// Lines end in a carriage return and a newline, as the first does; in a newline alone otherwise.
    ends_in_return: bool,
}

/// Reads text in chunks of whole rows.
pub(super) fn read(
    scope: &Scope,
    table: &Table,
    columns: &[ColumnId],
    input: &mut Input,
    options: &CopyOptions,
    take: &mut dyn FnMut(RecordBatch) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut reader = Reader { table, columns, options, schema: file_schema(table, columns), ends_in_return: false };
    let (mut pending, mut rows) = (Vec::new(), 0);
    let (mut bytes, mut done, mut line) = (Vec::new(), 0, 0);
    let mut skip_header = options.header;
    loop {
        scope.cancel.check()?;
        let known = bytes.len();
        let ended = input.read_piece(&mut bytes, PIECE_BYTES)? == 0;
        let fresh = &bytes[known.saturating_sub(3)..];
        if fresh.contains(&0) {
            return Err(invalid_byte(0));
        }
        let mut end = if ended { bytes.len() } else { records_end(&bytes) };
        if end == 0 && !ended {
            continue;
        }
        if done == 0 {
            let first = bytes[..end].iter().position(|byte| *byte == b'\n').unwrap_or(end);
            reader.ends_in_return = bytes[..first].ends_with(b"\r");
        }
        let mut start = 0;
        if skip_header && end > 0 {
            start = bytes[..end].iter().position(|byte| *byte == b'\n').map_or(end, |line_end| line_end + 1);
            skip_header = false;
            line += 1;
        }
        let stop = end_of_data(&bytes[start..end])?;
        let parsed_end = stop.map_or(end, |stop| start + stop);
        for batch in reader.parse(&bytes[start..parsed_end], line)? {
            line += batch.num_rows();
            rows += batch.num_rows();
            pending.push(batch);
            if rows >= CHUNK_ROWS_MAX / 2 {
                take(concat_batches(&reader.schema, &std::mem::take(&mut pending))?)?;
                rows = 0;
            }
        }
        if stop.is_some() {
            input.drain()?;
            end = bytes.len();
        }
        bytes.drain(..end);
        done += end as u64;
        scope.report(|| Progress { what: format!("copying {}", table.name), done, total: input.total });
        if ended || stop.is_some() {
            break;
        }
    }
    if rows > 0 {
        take(concat_batches(&reader.schema, &pending)?)?;
    }
    Ok(())
}

/// Where the last whole record ends; 0 if none has. A line end after a backslash is data.
fn records_end(bytes: &[u8]) -> usize {
    let mut end = bytes.len();
    while let Some(at) = bytes[..end].iter().rposition(|byte| *byte == b'\n') {
        if !is_escaped(bytes, at) {
            return at + 1;
        }
        end = at;
    }
    0
}

fn is_escaped(bytes: &[u8], at: usize) -> bool {
    bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Where the line `\.` begins, if there is one. Errors: 22P04 if something else stands on it.
fn end_of_data(bytes: &[u8]) -> Result<Option<usize>, Error> {
    let mut from = 0;
    while let Some(found) = bytes[from..].windows(2).position(|pair| pair == END) {
        let at = from + found;
        let starts = at == 0 || (bytes[at - 1] == b'\n' && !is_escaped(bytes, at - 1));
        let rest = &bytes[at + 2..];
        let is_alone = rest.is_empty() || rest.starts_with(b"\n") || rest.starts_with(b"\r\n");
        match (starts, is_alone) {
            (true, true) => return Ok(Some(at)),
            (true, false) => return Err(Error::new("22P04", "end-of-copy marker is not alone on its line")),
            (false, _) => from = at + 2,
        }
    }
    Ok(None)
}

impl Reader<'_> {
    /// Parses whole records, on all cores where there are enough. `line`: how many lines came before.
    fn parse(&self, bytes: &[u8], line: usize) -> Result<Vec<RecordBatch>, Error> {
        let text = std::str::from_utf8(bytes).map_err(|error| invalid_byte(bytes[error.valid_up_to()]))?;
        let parts = parts(text);
        let parsed: Vec<Result<RecordBatch, Error>> = std::thread::scope(|threads| {
            let first_line = |index: usize| (index == 0).then_some(line);
            let running: Vec<_> = parts[1..]
                .iter()
                .enumerate()
                .map(|(index, part)| threads.spawn(move || self.parse_part(part, first_line(index + 1))))
                .collect();
            let mut parsed = vec![self.parse_part(parts[0], first_line(0))];
            parsed.extend(running.into_iter().map(|thread| thread.join().expect("the parser does not panic")));
            parsed
        });
        parsed.into_iter().collect()
    }

    /// Parses one part. `line`: how many lines came before, if that is known.
    fn parse_part(&self, text: &str, line: Option<usize>) -> Result<RecordBatch, Error> {
        let mut columns: Vec<Column> =
            self.schema.fields().iter().map(|field| Column::new(field.data_type())).collect();
        let mut rest = text;
        let mut count = 0;
        while !rest.is_empty() {
            let here = line.map(|line| line + count + 1);
            rest = self.parse_record(rest, &mut columns, here)?;
            count += 1;
        }
        let arrays = columns.into_iter().map(Column::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)?)
    }

    /// Parses the first record; returns what follows it.
    fn parse_record<'t>(&self, text: &'t str, columns: &mut [Column], line: Option<usize>) -> Result<&'t str, Error> {
        let bytes = text.as_bytes();
        let delimiter = self.options.delimiter;
        let (mut start, mut at, mut field, mut escaped) = (0, 0, 0, false);
        loop {
            let byte = bytes.get(at).copied();
            match byte {
                Some(b'\\') => {
                    escaped = true;
                    at += 2;
                    continue;
                }
                Some(b'\r') if !(self.ends_in_return && matches!(bytes.get(at + 1), Some(b'\n') | None)) => {
                    let error = Error::new("22P04", "literal carriage return found in data");
                    let error = error.with_hint("Use \"\\r\" to represent carriage return.");
                    return Err(self.located(error, line));
                }
                Some(byte) if byte != delimiter && byte != b'\n' => {
                    at += 1;
                    continue;
                }
                _ => {}
            }
            let at_end = byte != Some(delimiter);
            let stop = at.min(bytes.len());
            let returns = at_end && bytes[..stop].last() == Some(&b'\r');
            if self.ends_in_return && byte == Some(b'\n') && !returns {
                let error = Error::new("22P04", "literal newline found in data");
                return Err(self.located(error.with_hint("Use \"\\n\" to represent newline."), line));
            }
            let trimmed = if returns && stop > start { stop - 1 } else { stop };
            let raw = &text[start..trimmed];
            let Some(column) = columns.get_mut(field) else {
                // A table without columns has empty lines.
                if columns.is_empty() && raw.is_empty() && at_end {
                    return Ok(text.get(at + 1..).unwrap_or(""));
                }
                return Err(self.located(Error::new("22P04", "extra data after last expected column"), line));
            };
            let value = if raw == self.options.null {
                None
            } else if escaped {
                Some(unescaped(raw).map_err(|error| self.located(error, line))?)
            } else {
                Some(Cow::Borrowed(raw))
            };
            if let Err(error) = column.push(value.as_deref()) {
                let name = &self.table.column_by_id(self.columns[field]).name;
                let sql_type = self.table.column_by_id(self.columns[field]).sql_type;
                let shown = value.as_deref().unwrap_or_default();
                let error = match error {
                    Misfit::Syntax => {
                        Error::new("22P02", format!("invalid input syntax for type {sql_type}: \"{shown}\""))
                    }
                    Misfit::Range => {
                        Error::new("22003", format!("value \"{shown}\" is out of range for type {sql_type}"))
                    }
                };
                return Err(self.located(error.with_detail(format!("Column \"{name}\".")), line));
            }
            field += 1;
            (start, escaped) = (at + 1, false);
            at += 1;
            if at_end {
                break;
            }
        }
        if field < columns.len() {
            let name = &self.table.column_by_id(self.columns[field]).name;
            return Err(self.located(Error::new("22P04", format!("missing data for column \"{name}\"")), line));
        }
        Ok(text.get(at..).unwrap_or(""))
    }

    fn located(&self, mut error: Error, line: Option<usize>) -> Error {
        let place = match line {
            Some(line) => format!("COPY {}, line {line}.", self.table.name),
            None => format!("COPY {}.", self.table.name),
        };
        error.detail = Some(match error.detail.take() {
            Some(detail) => format!("{detail} {place}"),
            None => place,
        });
        error
    }
}

fn invalid_byte(byte: u8) -> Error {
    Error::new("22021", format!("invalid byte sequence for encoding \"UTF8\": 0x{byte:02x}"))
}

/// Cuts whole records at line ends, one part a core.
fn parts(text: &str) -> Vec<&str> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if text.len() < SPLIT_BYTES_MIN || cores == 1 {
        return vec![text];
    }
    let mut parts = Vec::with_capacity(cores);
    let mut rest = text;
    for left in (2..=cores).rev() {
        let bytes = rest.as_bytes();
        let mut from = rest.len() / left;
        let cut = loop {
            match bytes[from..].iter().position(|byte| *byte == b'\n') {
                Some(found) if is_escaped(bytes, from + found) => from += found + 1,
                found => break found.map(|found| from + found + 1),
            }
        };
        let Some(cut) = cut else { break };
        let (part, after) = rest.split_at(cut);
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

/// A field with its backslashes taken away. Errors: 22021 if what they stood for is no text.
fn unescaped(raw: &str) -> Result<Cow<'_, str>, Error> {
    if !raw.contains('\\') {
        return Ok(Cow::Borrowed(raw));
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let Some((escaped, after)) = rest.split_first() else {
            bytes.push(b'\\');
            break;
        };
        rest = after;
        match escaped {
            b'b' => bytes.push(0x08),
            b'f' => bytes.push(0x0c),
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'v' => bytes.push(0x0b),
            b'0'..=b'7' => {
                let digits = after.iter().take(2).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                let octal = after[..digits].iter().fold(u32::from(escaped - b'0'), |n, d| n * 8 + u32::from(d - b'0'));
                bytes.push((octal & 0xff) as u8);
                rest = &after[digits..];
            }
            b'x' if after.first().is_some_and(u8::is_ascii_hexdigit) => {
                let digits = after.iter().take(2).take_while(|byte| byte.is_ascii_hexdigit()).count();
                let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap_or(0);
                bytes.push(after[..digits].iter().fold(0, |n, d| n * 16 + digit(d)) as u8);
                rest = &after[digits..];
            }
            other => bytes.push(*other),
        }
    }
    if bytes.contains(&0) {
        return Err(invalid_byte(0));
    }
    let text = String::from_utf8(bytes);
    text.map(Cow::Owned).map_err(|error| invalid_byte(error.as_bytes()[error.utf8_error().valid_up_to()]))
}

/// A column as it is read.
enum Column {
    SmallInt(Int16Builder),
    Integer(Int32Builder),
    BigInt(Int64Builder),
    Double(Float64Builder),
    Text(StringBuilder),
}

/// Why a text is no value of a column.
enum Misfit {
    Syntax,
    Range,
}

impl Column {
    fn new(data_type: &DataType) -> Column {
        match data_type {
            DataType::Int16 => Column::SmallInt(Int16Builder::new()),
            DataType::Int32 => Column::Integer(Int32Builder::new()),
            DataType::Int64 => Column::BigInt(Int64Builder::new()),
            DataType::Float64 => Column::Double(Float64Builder::new()),
            _ => Column::Text(StringBuilder::new()),
        }
    }

    fn push(&mut self, value: Option<&str>) -> Result<(), Misfit> {
        match self {
            Column::SmallInt(builder) => builder.append_option(value.map(integer).transpose()?),
            Column::Integer(builder) => builder.append_option(value.map(integer).transpose()?),
            Column::BigInt(builder) => builder.append_option(value.map(integer).transpose()?),
            Column::Double(builder) => {
                builder.append_option(value.map(float).transpose()?);
            }
            Column::Text(builder) => builder.append_option(value),
        }
        Ok(())
    }

    fn finish(self) -> ArrayRef {
        match self {
            Column::SmallInt(mut builder) => Arc::new(builder.finish()),
            Column::Integer(mut builder) => Arc::new(builder.finish()),
            Column::BigInt(mut builder) => Arc::new(builder.finish()),
            Column::Double(mut builder) => Arc::new(builder.finish()),
            Column::Text(mut builder) => Arc::new(builder.finish()),
        }
    }
}

fn float(text: &str) -> Result<f64, Misfit> {
    let value: f64 = text.trim().parse().map_err(|_| Misfit::Syntax)?;
    // Digits that are beyond every number, not the word for what is.
    match value.is_infinite() && text.contains(|c: char| c.is_ascii_digit()) {
        true => Err(Misfit::Range),
        false => Ok(value),
    }
}

fn integer<T: std::str::FromStr<Err = std::num::ParseIntError>>(text: &str) -> Result<T, Misfit> {
    use std::num::IntErrorKind;
    text.trim().parse().map_err(|error: std::num::ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => Misfit::Range,
        _ => Misfit::Syntax,
    })
}
