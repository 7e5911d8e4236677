//! What a statement returns: a command tag, rows if it has any, and notices.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

/// The outcome of one statement.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// PostgreSQL's command tag: `INSERT 0 3`, `CREATE TABLE`, `SELECT 5`.
    pub tag: String,
    /// Rows, for statements that return them.
    pub rows: Option<ResultSet>,
    /// In the order they came up.
    pub notices: Vec<Notice>,
}

/// Rows of a query, as Arrow batches.
#[derive(Debug, Clone)]
pub struct ResultSet {
    /// Names and types. Field metadata `bowline.type` has PostgreSQL's type name where the Arrow type does not tell.
    pub schema: SchemaRef,
    /// All of this schema; any may be empty.
    pub batches: Vec<RecordBatch>,
}

/// Something worth saying that is no error.
#[derive(Debug, Clone)]
pub struct Notice {
    /// How grave.
    pub severity: Severity,
    /// Five characters, `00000` for a plain notice.
    pub sqlstate: &'static str,
    /// One factual line without a full stop.
    pub message: String,
    /// What exactly.
    pub detail: Option<String>,
    /// What to do.
    pub hint: Option<String>,
}

/// How grave a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Information.
    Notice,
    /// Accepted, but probably not what is wanted.
    Warning,
}

impl Outcome {
    /// An outcome without rows.
    pub(crate) fn command(tag: impl Into<String>) -> Outcome {
        Outcome { tag: tag.into(), rows: None, notices: Vec::new() }
    }

    /// An outcome with rows, tagged `SELECT n`.
    pub(crate) fn selected(rows: ResultSet) -> Outcome {
        Outcome { tag: format!("SELECT {}", rows.row_count()), rows: Some(rows), notices: Vec::new() }
    }
}

impl ResultSet {
    /// How many rows.
    pub fn row_count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

impl Notice {
    /// A plain notice.
    pub(crate) fn plain(message: impl Into<String>) -> Notice {
        Notice { severity: Severity::Notice, sqlstate: "00000", message: message.into(), detail: None, hint: None }
    }

    /// A warning.
    pub(crate) fn warning(message: impl Into<String>) -> Notice {
        Notice { severity: Severity::Warning, sqlstate: "01000", message: message.into(), detail: None, hint: None }
    }
}
