//! Prepared statements and portals: statements with values, and how far they have run.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use bowline::{Error, Prepared, Rows, ScalarValue, Tag};

use crate::rows::Sending;
use crate::types::encode::Format;

/// A prepared statement.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// `None` for a text without a statement.
    pub prepared: Option<Arc<Prepared>>,
}

/// A statement with values, and how far it has run.
pub(crate) struct Portal {
    pub prepared: Option<Arc<Prepared>>,
    pub values: Vec<ScalarValue>,
    pub formats: Vec<Format>,
    pub state: State,
    /// How many savepoints the session had set when it was made.
    pub savepoints: u64,
    pub lasts: Lasts,
}

/// How long a portal lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lasts {
    /// To the end of its transaction.
    Transaction,
    /// To the end of the session, if the transaction that is open commits.
    IfCommitted,
    /// To the end of the session.
    Session,
}

/// How far a portal has run.
pub(crate) enum State {
    /// Not yet.
    Ready,
    /// Rows are left.
    Running(Box<Sending>),
    /// To the end of its rows; a further Execute gives none.
    Done(Tag),
    /// It gave no rows, and is not run again.
    Spent,
}

impl Portal {
    /// A portal whose rows are read by FETCH.
    pub fn cursor(sending: Sending, savepoints: u64, lasts: Lasts) -> Portal {
        let state = State::Running(Box::new(sending));
        Portal { prepared: None, values: Vec::new(), formats: Vec::new(), state, savepoints, lasts }
    }

    /// Whether ROLLBACK TO a savepoint leaves it: one that was made since is gone with all that was. `savepoints`: how many
    /// were set when that savepoint had been.
    pub fn outlives(&self, savepoints: u64) -> bool {
        self.savepoints < savepoints
    }

    /// Whether it is run in no time.
    pub fn is_light(&self) -> bool {
        self.prepared.as_ref().is_some_and(|prepared| prepared.is_light())
    }

    /// The columns of a portal that runs.
    pub fn columns(&self) -> Option<SchemaRef> {
        match &self.state {
            State::Running(sending) => Some(sending.schema().clone()),
            _ => self.prepared.as_ref()?.columns().cloned(),
        }
    }

    /// Takes the next rows of a portal that runs; all if there is no number.
    pub fn take(&mut self, rows: Option<usize>) -> Result<Rows, Error> {
        match &mut self.state {
            State::Running(sending) => sending.take(rows),
            _ => Err(Error::new("55000", "portal cannot be run")),
        }
    }
}
