//! A referenced key changed to a value that the type of a referencing column cannot hold.

use std::fmt;

use crate::catalog::SqlType;
use crate::rows::RowsError;

/// ON UPDATE CASCADE would write a value that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOutOfRange {
    /// The foreign key.
    pub constraint: String,
    /// The referencing table.
    pub table: String,
    /// The referencing column.
    pub column: String,
    /// Its type.
    pub sql_type: SqlType,
}

impl KeyOutOfRange {
    /// The SQLSTATE, as PostgreSQL gives it.
    pub fn sqlstate(&self) -> &'static str {
        if self.is_text() { "22001" } else { "22003" }
    }

    fn is_text(&self) -> bool {
        matches!(self.sql_type, SqlType::Varchar(_) | SqlType::Char(_))
    }
}

impl fmt::Display for KeyOutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sql_type {
            SqlType::Numeric(_) => f.write_str("numeric field overflow"),
            sql_type if self.is_text() => write!(f, "value too long for type {sql_type}"),
            sql_type => write!(f, "{sql_type} out of range"),
        }
    }
}

impl std::error::Error for KeyOutOfRange {}

impl From<KeyOutOfRange> for RowsError {
    fn from(error: KeyOutOfRange) -> Self {
        RowsError(std::sync::Arc::new(error))
    }
}
