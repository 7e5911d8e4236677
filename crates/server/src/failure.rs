//! How the work on a message ends.

use bowline::Error;

/// What becomes of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// It goes on.
    On,
    /// It is closed.
    Close,
}

/// Why a statement could not be carried out.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The client is told.
    Sql(Error),
    /// The client is told, and where in a text the statement begins.
    Placed(Error, usize, String),
    /// The client is gone, or does not keep to the protocol.
    Gone,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Sql(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(_: std::io::Error) -> Self {
        Failure::Gone
    }
}
