//! The options of COPY, in their new form `(FORMAT csv, HEADER)` and the old one `CSV HEADER`.

use std::path::Path;

use datafusion::sql::sqlparser::ast::{CopyLegacyCsvOption, CopyLegacyOption, CopyOption};

use crate::error::Error;

/// How the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Parquet,
}

/// What COPY was told about the file.
#[derive(Debug, Clone)]
pub(super) struct Options {
    pub format: Format,
    pub header: bool,
    pub delimiter: u8,
    /// The unquoted text that stands for NULL.
    pub null: String,
    pub quote: u8,
    pub escape: u8,
}

impl Options {
    /// Errors: 0A000 for what is not had, 22023 for what makes no sense.
    pub fn new(path: &Path, options: Vec<CopyOption>, legacy: Vec<CopyLegacyOption>) -> Result<Options, Error> {
        let mut format = None;
        let mut found = Options {
            format: Format::Csv,
            header: false,
            delimiter: b',',
            null: String::new(),
            quote: b'"',
            escape: b'"',
        };
        let mut csv_only: Option<&str> = None;
        for option in options {
            match option {
                CopyOption::Format(name) => format = Some(format_named(&name.value)?),
                CopyOption::Header(header) => (found.header, csv_only) = (header, Some("HEADER")),
                CopyOption::Delimiter(delimiter) => {
                    (found.delimiter, csv_only) = (ascii(delimiter, "DELIMITER")?, Some("DELIMITER"));
                }
                CopyOption::Null(null) => (found.null, csv_only) = (null, Some("NULL")),
                CopyOption::Quote(quote) => (found.quote, csv_only) = (ascii(quote, "QUOTE")?, Some("QUOTE")),
                CopyOption::Escape(escape) => (found.escape, csv_only) = (ascii(escape, "ESCAPE")?, Some("ESCAPE")),
                CopyOption::Encoding(name)
                    if name.eq_ignore_ascii_case("utf8") || name.eq_ignore_ascii_case("utf-8") => {}
                other => return Err(refused(&other.to_string())),
            }
        }
        for option in legacy {
            match option {
                CopyLegacyOption::Csv(csv) => {
                    format = Some(Format::Csv);
                    for option in csv {
                        match option {
                            CopyLegacyCsvOption::Header => found.header = true,
                            CopyLegacyCsvOption::Quote(quote) => found.quote = ascii(quote, "QUOTE")?,
                            CopyLegacyCsvOption::Escape(escape) => found.escape = ascii(escape, "ESCAPE")?,
                            other => return Err(refused(&other.to_string())),
                        }
                    }
                }
                CopyLegacyOption::Header => found.header = true,
                CopyLegacyOption::Delimiter(delimiter) => found.delimiter = ascii(delimiter, "DELIMITER")?,
                CopyLegacyOption::Null(null) => found.null = null,
                other => return Err(refused(&other.to_string())),
            }
        }
        found.format = match format.or_else(|| by_extension(path)) {
            Some(format) => format,
            None => {
                return Err(Error::unsupported(
                    "COPY in text format is not supported",
                    "Add WITH (FORMAT csv) or WITH (FORMAT parquet), or name the file .csv or .parquet.",
                ));
            }
        };
        match csv_only.filter(|_| found.format == Format::Parquet) {
            Some(option) => Err(Error::new("22023", format!("{option} does not go with FORMAT parquet"))
                .with_hint("A Parquet file says itself what it holds.")),
            None => Ok(found),
        }
    }
}

fn format_named(name: &str) -> Result<Format, Error> {
    match name.to_lowercase().as_str() {
        "csv" => Ok(Format::Csv),
        "parquet" => Ok(Format::Parquet),
        other => {
            Err(Error::unsupported(format!("COPY format \"{other}\" is not supported"), "There are csv and parquet."))
        }
    }
}

fn by_extension(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_lowercase().as_str() {
        "csv" => Some(Format::Csv),
        "parquet" => Some(Format::Parquet),
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
