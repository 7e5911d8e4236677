//! Reads CSV, piece by piece. Pieces without quotes are split at line ends and parsed on all cores; others in one run.
//!
//! An unquoted empty field is NULL and a quoted one is an empty text, as in PostgreSQL. The parser does not tell them
//! apart, so where a file has empty quoted fields they are marked first.

use std::borrow::Cow;
use std::io::Cursor;
use std::sync::Arc;

use bowline_core::catalog::{ColumnId, SqlType, Table};
use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::csv::ReaderBuilder;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;

use super::super::scope::Scope;
use super::CopyOptions;
use super::input::{CHUNK_ROWS_MAX, Input};
use crate::error::Error;
use crate::progress::Progress;

/// Rows parsed at a time.
const BATCH_ROWS: usize = 1 << 16;
/// Input is read in pieces of this size, so that its text is never in memory whole.
const PIECE_BYTES: u64 = 16 << 20;
/// Pieces below this size are parsed in one run.
const SPLIT_BYTES_MIN: usize = 1 << 20;
/// Stands for an empty quoted field while the file is parsed; no text can hold it otherwise, NUL being refused.
const EMPTY: &str = "\u{0}";

/// Reads CSV in chunks of whole rows.
pub(super) fn read(
    scope: &Scope,
    table: &Table,
    columns: &[ColumnId],
    input: &mut Input,
    options: &CopyOptions,
    take: &mut dyn FnMut(RecordBatch) -> Result<(), Error>,
) -> Result<(), Error> {
    let schema = file_schema(table, columns);
    let (mut pending, mut rows) = (Vec::new(), 0);
    let (mut bytes, mut done, mut first) = (Vec::new(), 0, true);
    loop {
        scope.cancel.check()?;
        let known = bytes.len();
        let more = input.read_piece(&mut bytes, PIECE_BYTES)?;
        if bytes[known..].contains(&0) {
            return Err(Error::new("22021", format!("{} holds a NUL byte", input.name))
                .with_hint("Only UTF-8 text can be copied."));
        }
        let ended = more == 0;
        let end = if ended { bytes.len() } else { records_end(&bytes, options) };
        if ended && ends_within_quotes(&bytes, options) {
            return Err(Error::new("22P04", "unterminated CSV quoted field"));
        }
        if end == 0 && !ended {
            continue;
        }
        for batch in parse(&bytes[..end], first, &schema, options, &input.name, table)? {
            rows += batch.num_rows();
            pending.push(batch);
            if rows + BATCH_ROWS > CHUNK_ROWS_MAX {
                take(concat_batches(&schema, &std::mem::take(&mut pending))?)?;
                rows = 0;
            }
        }
        bytes.drain(..end);
        done += end as u64;
        first = false;
        scope.report(|| Progress { what: format!("copying {}", table.name), done, total: input.total });
        if ended {
            break;
        }
    }
    if rows > 0 {
        take(concat_batches(&schema, &pending)?)?;
    }
    Ok(())
}

/// Parses whole records, on all cores where they can be split. `first`: they start the file, with its header.
fn parse(
    bytes: &[u8],
    first: bool,
    schema: &SchemaRef,
    options: &CopyOptions,
    name: &str,
    table: &Table,
) -> Result<Vec<RecordBatch>, Error> {
    let marked = mark_empty(bytes, options);
    let has_marks = matches!(marked, Cow::Owned(_));
    let parts = parts(&marked, options);
    let parse_part = |part: &[u8], header: bool| -> Result<Vec<RecordBatch>, ArrowError> {
        let mut builder = ReaderBuilder::new(schema.clone())
            .with_header(header)
            .with_delimiter(options.delimiter)
            .with_quote(options.quote)
            .with_batch_size(BATCH_ROWS);
        if options.escape != options.quote {
            builder = builder.with_escape(options.escape);
        }
        if !options.null.is_empty() {
            builder = builder.with_null_regex(exactly(&options.null));
        }
        builder.build_buffered(Cursor::new(part))?.collect()
    };
    let parsed: Vec<Result<Vec<RecordBatch>, ArrowError>> = std::thread::scope(|threads| {
        let parse_part = &parse_part;
        let header = |index: usize| options.header && first && index == 0;
        let running: Vec<_> = parts
            .iter()
            .enumerate()
            .map(|(index, part)| threads.spawn(move || parse_part(part, header(index))))
            .collect();
        running.into_iter().map(|thread| thread.join().expect("the CSV parser does not panic")).collect()
    });
    let lines_known = first && parts.len() == 1;
    let mut batches = Vec::new();
    for part in parsed {
        batches.extend(part.map_err(|error| csv_error(error, name, (table, schema), !lines_known))?);
    }
    match has_marks {
        true => batches.iter().map(without_marks).collect(),
        false => Ok(batches),
    }
}

/// Where the last whole record ends; 0 if that cannot be told yet. A line end after an even number of quotes ends a record.
fn records_end(bytes: &[u8], options: &CopyOptions) -> usize {
    if !bytes.contains(&options.quote) {
        return bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |line_end| line_end + 1);
    }
    if options.escape != options.quote {
        return 0;
    }
    let (mut inside, mut end) = (false, 0);
    for (position, byte) in bytes.iter().enumerate() {
        if *byte == options.quote {
            inside = !inside;
        } else if *byte == b'\n' && !inside {
            end = position + 1;
        }
    }
    end
}

/// Whether whole records end within quotes.
fn ends_within_quotes(bytes: &[u8], options: &CopyOptions) -> bool {
    let mut inside = false;
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        if inside && *byte == options.escape && options.escape != options.quote {
            // What comes next stands for itself.
            rest.next();
        } else if *byte == options.quote {
            inside = !inside;
        }
    }
    inside
}

/// The types fields are parsed to: numbers at once, everything else as text, to be judged on assignment.
pub(super) fn file_schema(table: &Table, columns: &[ColumnId]) -> SchemaRef {
    let field = |id: &ColumnId| {
        let column = table.column_by_id(*id);
        let data_type = match column.sql_type {
            SqlType::SmallInt | SqlType::Integer | SqlType::BigInt | SqlType::Double => column.sql_type.arrow(),
            _ => DataType::Utf8,
        };
        Field::new(&column.name, data_type, true)
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// Cuts a piece without quotes at line ends, one part a core.
fn parts<'b>(bytes: &'b [u8], options: &CopyOptions) -> Vec<&'b [u8]> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if bytes.len() < SPLIT_BYTES_MIN || cores == 1 || bytes.contains(&options.quote) {
        return vec![bytes];
    }
    let mut parts = Vec::with_capacity(cores);
    let mut rest = bytes;
    for left in (2..=cores).rev() {
        let middle = rest.len() / left;
        let Some(line_end) = rest[middle..].iter().position(|byte| *byte == b'\n') else { break };
        let (part, after) = rest.split_at(middle + line_end + 1);
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

/// Puts a mark into every empty quoted field; borrows where there is none.
fn mark_empty<'b>(bytes: &'b [u8], options: &CopyOptions) -> Cow<'b, [u8]> {
    let (quote, delimiter) = (options.quote, options.delimiter);
    if !bytes.windows(2).any(|pair| pair == [quote, quote]) {
        return Cow::Borrowed(bytes);
    }
    let mut marked = Vec::with_capacity(bytes.len() + bytes.len() / 8);
    let (mut inside, mut at_start, mut position) = (false, true, 0);
    while position < bytes.len() {
        let byte = bytes[position];
        let next = bytes.get(position + 1).copied();
        if inside {
            if byte == options.escape && options.escape != quote && next.is_some() {
                marked.extend([byte, bytes[position + 1]]);
                position += 2;
                continue;
            }
            if byte == quote && next == Some(quote) {
                marked.extend([quote, quote]);
                position += 2;
                continue;
            }
            inside = byte != quote;
            marked.push(byte);
        } else if byte == quote && at_start {
            let ends = |after: Option<&u8>| matches!(after, None | Some(b'\n' | b'\r')) || after == Some(&delimiter);
            if next == Some(quote) && ends(bytes.get(position + 2)) {
                marked.push(quote);
                marked.extend(EMPTY.as_bytes());
                marked.push(quote);
                position += 2;
                at_start = false;
                continue;
            }
            inside = true;
            marked.push(byte);
        } else {
            marked.push(byte);
        }
        at_start = !inside && (byte == delimiter || byte == b'\n');
        position += 1;
    }
    Cow::Owned(marked)
}

/// Turns marks back into empty texts.
fn without_marks(batch: &RecordBatch) -> Result<RecordBatch, Error> {
    let unmark = |array: &ArrayRef| -> ArrayRef {
        match array.as_string_opt::<i32>() {
            None => array.clone(),
            Some(texts) => Arc::new(
                texts.iter().map(|text| text.map(|t| if t == EMPTY { "" } else { t })).collect::<StringArray>(),
            ),
        }
    };
    Ok(RecordBatch::try_new(batch.schema(), batch.columns().iter().map(unmark).collect())?)
}

fn exactly(null: &str) -> regex::Regex {
    regex::Regex::new(&format!("^{}$", regex::escape(null))).expect("an escaped text is a pattern")
}

/// The parser's complaint in PostgreSQL's words. Lines are only known where the file was read in one run.
fn csv_error(error: ArrowError, name: &str, (table, schema): (&Table, &Schema), split: bool) -> Error {
    let text = match &error {
        ArrowError::ParseError(text) | ArrowError::CsvError(text) => text.clone(),
        other => other.to_string(),
    };
    let place = |line: &str| match split {
        true => format!("In {name}."),
        false => format!("In {name}, line {line}."),
    };
    let parsed = text.strip_prefix("Error while parsing value '").and_then(|rest| {
        let (value, rest) = rest.split_once("' as type '")?;
        let (_, rest) = rest.split_once("' for column ")?;
        let (column, rest) = rest.split_once(" at line ")?;
        Some((value, column.parse::<usize>().ok()?, rest.split('.').next()?))
    });
    let counted = text.strip_prefix("incorrect number of fields for line ").and_then(|rest| {
        let (line, rest) = rest.split_once(", expected ")?;
        let (expected, got) = rest.split_once(" got ")?;
        let got: usize = got.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok()?;
        Some((line, expected.parse::<usize>().ok()?, got))
    });
    if let Some((line, expected, got)) = counted {
        let message = match schema.fields().get(got) {
            Some(field) => format!("missing data for column \"{}\"", field.name()),
            None => "extra data after last expected column".to_owned(),
        };
        return Error::new("22P04", message)
            .with_detail(format!("There are {got} fields for {expected} columns. {}", place(line)))
            .with_hint("Check DELIMITER and QUOTE, or list the columns that the file has: COPY table (column, ...).");
    }
    match parsed {
        Some((value, column, line)) => {
            let column = schema.fields().get(column).and_then(|field| table.column(field.name()));
            let sql_type = column.map_or_else(String::new, |column| column.sql_type.to_string());
            let name = column.map_or("", |column| column.name.as_str());
            Error::new("22P02", format!("invalid input syntax for type {sql_type}: \"{value}\""))
                .with_detail(format!("Column \"{name}\". {}", place(line)))
                .with_hint("Mend the file, or copy into a table with a text column first.")
        }
        None => Error::new("22P04", format!("bad CSV file format: {text}"))
            .with_detail(format!("In {name}."))
            .with_hint("Check DELIMITER, QUOTE and HEADER, and that every line has the columns of the table."),
    }
}
