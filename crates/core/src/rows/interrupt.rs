//! How long work is told to stop: it asks now and then whether it should go on.
//!
//! Asked between rounds, constraints and the chunks of the full check, never per row; so it may cost as much as reading a
//! flag, and is heard within the time that one such piece takes.

use super::RowsError;

/// Knows whether work should go on.
pub trait Interrupt: Sync {
    /// Errors: the work is to stop, and fails with this error.
    fn go_on(&self) -> Result<(), RowsError>;
}

/// For work that nobody stops.
#[derive(Debug, Clone, Copy)]
pub struct Uninterrupted;

impl Interrupt for Uninterrupted {
    fn go_on(&self) -> Result<(), RowsError> {
        Ok(())
    }
}
