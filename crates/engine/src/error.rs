//! What went wrong, as fields: SQLSTATE, headline, detail, hint, place, and the constraint, tables, columns and key concerned.

use std::fmt;
use std::ops::{Deref, DerefMut};

use bowline_core::catalog::CatalogError;
use bowline_core::integrity::{KeyOutOfRange, Refused, Violation, ViolationKind};
use bowline_core::rows::RowsError;
use bowline_store::StoreError;
use datafusion::arrow::error::ArrowError;

use crate::display;
use crate::identifier::identifier;

/// An error of a statement. Its fields are those of [`Report`]; `Display` is the headline.
#[derive(Debug, Clone)]
pub struct Error(Box<Report>);

/// The facts of an [`Error`].
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Five characters, as PostgreSQL gives them.
    pub sqlstate: String,
    /// One factual line without a full stop.
    pub message: String,
    /// What exactly, in sentences.
    pub detail: Option<String>,
    /// What to do about it, in sentences.
    pub hint: Option<String>,
    /// Byte offset into the SQL text passed, where the error is in the text.
    pub position: Option<usize>,
    /// Schema of `table`.
    pub schema: Option<String>,
    /// The table concerned; for a foreign key the referencing one.
    pub table: Option<String>,
    /// The referenced table of a foreign key.
    pub referenced_table: Option<String>,
    /// The columns concerned, of the key told in the detail.
    pub columns: Vec<String>,
    /// The constraint violated.
    pub constraint: Option<String>,
    /// The first offending key, a text for each of `columns`.
    pub key: Vec<String>,
    /// Headlines of the further violations of the same statement.
    pub further: Vec<String>,
}

impl Error {
    /// An error with a SQLSTATE and a headline.
    pub fn new(sqlstate: &str, message: impl Into<String>) -> Error {
        Error(Box::new(Report { sqlstate: sqlstate.to_owned(), message: message.into(), ..Report::default() }))
    }

    /// 0A000: a clause or statement that bowline does not have.
    pub fn unsupported(message: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::new("0A000", message).with_hint(hint)
    }

    /// Adds a detail.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Error {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Error {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the byte offset into the SQL text.
    #[must_use]
    pub fn with_position(mut self, position: usize) -> Error {
        self.position = Some(position);
        self
    }

    /// With the columns concerned.
    #[must_use]
    pub(crate) fn with_columns<'c>(mut self, columns: impl IntoIterator<Item = &'c String>) -> Error {
        self.columns = columns.into_iter().cloned().collect();
        self
    }

    /// Adds the table concerned.
    #[must_use]
    pub fn with_table(mut self, schema: &str, table: &str) -> Error {
        self.schema = Some(schema.to_owned());
        self.table = Some(table.to_owned());
        self
    }

    /// The error for a refused delta: the first violation, the others counted.
    pub(crate) fn refused(refused: &Refused) -> Error {
        Error::violated(&refused.violations)
    }

    /// The error for violations of deferred constraints; `until` says when they are judged.
    pub(crate) fn violated_when_deferred(violations: &[Violation], until: &str) -> Error {
        let mut error = Error::violated(violations);
        let detail = error.detail.take().unwrap_or_default();
        error.detail = Some(format!("{detail} The constraint was deferred {until}."));
        error
    }

    /// The error for violations, of which there is at least one.
    pub(crate) fn violated(violations: &[Violation]) -> Error {
        let first = violations.first().expect("a refusal has a violation");
        let mut error =
            Error::new(first.sqlstate(), first.headline()).with_table(&first.table.schema, &first.table.name);
        let mut detail = first.detail(&display::text_of);
        error.further = violations[1..].iter().map(Violation::headline).collect();
        let others: Vec<_> = violations[1..].iter().filter_map(Violation::constraint).collect();
        match violations.len() - 1 {
            0 => {}
            1 => detail.push_str(&format!(" 1 more constraint is violated{}.", named(&others))),
            more => detail.push_str(&format!(" {more} more constraints are violated{}.", named(&others))),
        }
        error.detail = Some(detail);
        error.hint = first.hint(&identifier);
        error.constraint = first.constraint().map(str::to_owned);
        error.referenced_table = first.referenced.as_ref().map(|table| table.name.clone());
        error.columns = match &first.kind {
            ViolationKind::Null(column) | ViolationKind::TwoValues(column, _) => vec![column.name.clone()],
            ViolationKind::Check(_) => Vec::new(),
            _ => first.keys.columns.clone(),
        };
        if !matches!(first.kind, ViolationKind::Null(_) | ViolationKind::Check(_)) {
            error.key = first.keys.key(0, &display::text_of);
        }
        error
    }
}

fn named(constraints: &[&str]) -> String {
    if constraints.is_empty() { String::new() } else { format!(": {}", constraints.join(", ")) }
}

impl Deref for Error {
    type Target = Report;

    fn deref(&self) -> &Report {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Report {
        &mut self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<CatalogError> for Error {
    fn from(cause: CatalogError) -> Self {
        let mut error = Error::new(cause.sqlstate(), cause.to_string());
        error.detail = cause.detail();
        error.hint = cause.hint();
        error.constraint = cause.constraint().map(str::to_owned);
        error
    }
}

impl From<RowsError> for Error {
    fn from(cause: RowsError) -> Self {
        if let Some(error) = cause.0.downcast_ref::<Error>() {
            return error.clone();
        }
        if let Some(error) = cause.0.downcast_ref::<StoreError>() {
            return Error::from(error);
        }
        if let Some(refused) = cause.0.downcast_ref::<KeyOutOfRange>() {
            return Error::new(refused.sqlstate(), refused.to_string())
                .with_detail(format!(
                    "The new key does not fit column \"{}\" of \"{}\", which takes it over through \"{}\".",
                    refused.column, refused.table, refused.constraint
                ))
                .with_hint("Give the referencing column the type of the referenced one.");
        }
        Error::new("XX001", cause.to_string())
    }
}

impl From<Error> for RowsError {
    fn from(error: Error) -> Self {
        RowsError(std::sync::Arc::new(error))
    }
}

impl From<ArrowError> for Error {
    fn from(cause: ArrowError) -> Self {
        match cause {
            ArrowError::DivideByZero => Error::new("22012", "division by zero"),
            other => Error::new("22000", other.to_string()),
        }
    }
}

impl From<StoreError> for Error {
    fn from(cause: StoreError) -> Self {
        Error::from(&cause)
    }
}

impl From<&StoreError> for Error {
    fn from(cause: &StoreError) -> Self {
        let sqlstate = match cause {
            StoreError::InUse { .. } => "55006",
            StoreError::Corrupt { .. } => "XX001",
            _ => "58030",
        };
        let mut error = Error::new(sqlstate, cause.to_string()).with_hint(cause.hint());
        error.detail = cause.what().map(|what| format!("{}: {what}.", cause.file().display()));
        error
    }
}
