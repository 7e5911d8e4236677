//! How far long work has come, for whoever shows it.

use std::sync::Arc;

/// How far a long statement has come.
#[derive(Debug, Clone)]
pub struct Progress {
    /// What is being done: `copying orders`.
    pub what: String,
    /// Units done so far: bytes of a file, or rows.
    pub done: u64,
    /// Units in all, if known.
    pub total: Option<u64>,
}

/// Called now and then during long work.
pub type ProgressReport = Arc<dyn Fn(Progress) + Send + Sync>;
