//! The options of COPY, in their new form `(FORMAT csv, HEADER)` and the old one `CSV HEADER`.

use std::path::Path;

use datafusion::sql::sqlparser::ast::{CopyLegacyCsvOption, CopyLegacyOption, CopyOption};

use crate::error::Error;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyFormat {
    /// Lines of fields, backslashes before what would be misread.
    Text,
    /// Comma-separated values.
    Csv,
    /// PostgreSQL's binary form, on a connection only.
    Binary,
    /// A Parquet file, in files only.
    Parquet,
}

/// What COPY was told about the form of its data.
#[derive(Debug, Clone)]
pub struct CopyOptions {
    /// The form.
    pub format: CopyFormat,
    /// The first line has the names of the columns.
    pub header: bool,
    /// Stands between fields.
    pub delimiter: u8,
    /// The unquoted text that stands for NULL.
    pub null: String,
    /// Stands around fields of CSV that would be misread.
    pub quote: u8,
    /// Stands before a quote within quotes.
    pub escape: u8,
}

/// Options as they are named, before the form is known.
#[derive(Default)]
struct Named {
    format: Option<CopyFormat>,
    header: Option<bool>,
    delimiter: Option<u8>,
    null: Option<String>,
    quote: Option<u8>,
    escape: Option<u8>,
}

impl CopyOptions {
    /// `path`: the file; none for a connection. Errors: 0A000 for what is not had, 22023 and 42601 for what makes no sense.
    pub(super) fn new(
        path: Option<&Path>,
        options: Vec<CopyOption>,
        legacy: Vec<CopyLegacyOption>,
    ) -> Result<CopyOptions, Error> {
        let mut named = Named::default();
        for option in options {
            match option {
                CopyOption::Format(name) => named.format = Some(format_named(&name.value)?),
                CopyOption::Header(header) => named.header = Some(header),
                CopyOption::Delimiter(delimiter) => named.delimiter = Some(ascii(delimiter, "DELIMITER")?),
                CopyOption::Null(null) => named.null = Some(null),
                CopyOption::Quote(quote) => named.quote = Some(ascii(quote, "QUOTE")?),
                CopyOption::Escape(escape) => named.escape = Some(ascii(escape, "ESCAPE")?),
                CopyOption::Encoding(name)
                    if name.eq_ignore_ascii_case("utf8") || name.eq_ignore_ascii_case("utf-8") => {}
                // Rows are not numbered by transactions: there is nothing to freeze.
                CopyOption::Freeze(_) => {}
                other => return Err(refused(&other.to_string())),
            }
        }
        for option in legacy {
            match option {
                CopyLegacyOption::Csv(csv) => {
                    named.format = Some(CopyFormat::Csv);
                    for option in csv {
                        match option {
                            CopyLegacyCsvOption::Header => named.header = Some(true),
                            CopyLegacyCsvOption::Quote(quote) => named.quote = Some(ascii(quote, "QUOTE")?),
                            CopyLegacyCsvOption::Escape(escape) => named.escape = Some(ascii(escape, "ESCAPE")?),
                            other => return Err(refused(&other.to_string())),
                        }
                    }
                }
                CopyLegacyOption::Binary => named.format = Some(CopyFormat::Binary),
                CopyLegacyOption::Header => named.header = Some(true),
                CopyLegacyOption::Delimiter(delimiter) => named.delimiter = Some(ascii(delimiter, "DELIMITER")?),
                CopyLegacyOption::Null(null) => named.null = Some(null),
                other => return Err(refused(&other.to_string())),
            }
        }
        named.complete(path)
    }
}

impl Named {
    /// With what each form has unless told. Errors: options that do not go with the form.
    fn complete(self, path: Option<&Path>) -> Result<CopyOptions, Error> {
        let format = match self.format.or_else(|| by_extension(path?)) {
            Some(CopyFormat::Binary) if path.is_some() => {
                return Err(Error::unsupported(
                    "COPY of a file in binary format is not supported",
                    "Use FORMAT csv, text or parquet for files; binary goes over a connection.",
                ));
            }
            Some(CopyFormat::Parquet) if path.is_none() => {
                return Err(Error::unsupported(
                    "COPY of a connection in Parquet format is not supported",
                    "Use FORMAT csv, text or binary, or name a file.",
                ));
            }
            Some(format) => format,
            None => CopyFormat::Text,
        };
        let told = [
            ("HEADER", self.header == Some(true)),
            ("DELIMITER", self.delimiter.is_some()),
            ("NULL", self.null.is_some()),
            ("QUOTE", self.quote.is_some()),
            ("ESCAPE", self.escape.is_some()),
        ];
        let goes = |option: &str| match format {
            CopyFormat::Csv => true,
            CopyFormat::Text => !matches!(option, "QUOTE" | "ESCAPE"),
            CopyFormat::Binary | CopyFormat::Parquet => false,
        };
        if let Some((option, _)) = told.into_iter().find(|(option, told)| *told && !goes(option)) {
            return Err(match format {
                CopyFormat::Text => Error::new("0A000", format!("COPY {option} requires CSV mode")),
                CopyFormat::Binary => Error::new("42601", format!("cannot specify {option} in BINARY mode")),
                _ => Error::new("22023", format!("{option} does not go with FORMAT parquet"))
                    .with_hint("A Parquet file says itself what it holds."),
            });
        }
        let is_text = format == CopyFormat::Text;
        let quote = self.quote.unwrap_or(b'"');
        let found = CopyOptions {
            format,
            header: self.header.unwrap_or(false),
            delimiter: self.delimiter.unwrap_or(if is_text { b'\t' } else { b',' }),
            null: self.null.unwrap_or_else(|| if is_text { "\\N".to_owned() } else { String::new() }),
            quote,
            escape: self.escape.unwrap_or(quote),
        };
        if is_text && (found.delimiter.is_ascii_alphanumeric() || matches!(found.delimiter, b'\\' | b'.')) {
            return Err(Error::new("22023", format!("COPY delimiter cannot be \"{}\"", char::from(found.delimiter))));
        }
        if matches!(found.delimiter, b'\n' | b'\r') {
            return Err(Error::new("22023", "COPY delimiter cannot be newline or carriage return"));
        }
        Ok(found)
    }
}

fn format_named(name: &str) -> Result<CopyFormat, Error> {
    match name.to_lowercase().as_str() {
        "text" => Ok(CopyFormat::Text),
        "csv" => Ok(CopyFormat::Csv),
        "binary" => Ok(CopyFormat::Binary),
        "parquet" => Ok(CopyFormat::Parquet),
        other => Err(Error::new("22023", format!("COPY format \"{other}\" not recognized"))
            .with_hint("There are text, csv, binary and parquet.")),
    }
}

fn by_extension(path: &Path) -> Option<CopyFormat> {
    match path.extension()?.to_str()?.to_lowercase().as_str() {
        "csv" => Some(CopyFormat::Csv),
        "parquet" => Some(CopyFormat::Parquet),
        _ => None,
    }
}

fn ascii(character: char, option: &str) -> Result<u8, Error> {
    u8::try_from(character).ok().filter(u8::is_ascii).ok_or_else(|| {
        Error::new("22023", format!("COPY {option} must be a single one-byte character"))
            .with_hint("Choose an ASCII character.")
    })
}

fn refused(option: &str) -> Error {
    Error::unsupported(
        format!("COPY option {option} is not supported"),
        "There are FORMAT, HEADER, DELIMITER, NULL, QUOTE and ESCAPE.",
    )
}
