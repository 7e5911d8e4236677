//! Stops the running statement of a session from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use bowline_core::rows::{Interrupt, RowsError};
use tokio::sync::Notify;

use crate::error::Error;

/// Cancels whatever statement a session runs.
#[derive(Debug, Clone, Default)]
pub struct CancelHandle(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    running: AtomicBool,
    /// A [`CancelReason`], or 0.
    raised: AtomicU8,
    bell: Notify,
}

/// Why a statement is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum CancelReason {
    /// Somebody asked for it: 57014.
    Asked = 1,
    /// It ran longer than `statement_timeout`: 57014.
    Timeout = 2,
    /// The server stops: 57P01.
    Shutdown = 3,
}

impl CancelHandle {
    /// Makes the running statement fail with SQLSTATE 57014. No effect when none runs.
    pub fn cancel(&self) {
        self.cancel_because(CancelReason::Asked);
    }

    /// Makes the running statement fail for a reason, which its error tells. No effect when none runs.
    pub fn cancel_because(&self, reason: CancelReason) {
        if self.0.running.load(Ordering::SeqCst) {
            self.0.raised.store(reason as u8, Ordering::SeqCst);
            self.0.bell.notify_waiters();
        }
    }

    /// Whether a statement runs.
    pub fn is_running(&self) -> bool {
        self.0.running.load(Ordering::SeqCst)
    }

    /// A statement starts.
    pub(crate) fn start(&self) {
        self.0.raised.store(0, Ordering::SeqCst);
        self.0.running.store(true, Ordering::SeqCst);
    }

    /// The statement has ended.
    pub(crate) fn finish(&self) {
        self.0.running.store(false, Ordering::SeqCst);
    }

    /// Fails if the statement was cancelled.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.raised().map_or(Ok(()), Err)
    }

    fn raised(&self) -> Option<Error> {
        canceled(self.0.raised.load(Ordering::SeqCst))
    }

    /// Completes when the statement is cancelled, with the error to return.
    pub async fn cancelled(&self) -> Error {
        loop {
            let rung = self.0.bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            if let Some(error) = self.raised() {
                return error;
            }
            rung.await;
        }
    }
}

impl Interrupt for CancelHandle {
    fn go_on(&self) -> Result<(), RowsError> {
        Ok(self.check()?)
    }
}

fn canceled(reason: u8) -> Option<Error> {
    Some(match reason {
        0 => return None,
        reason if reason == CancelReason::Timeout as u8 => {
            Error::new("57014", "canceling statement due to statement timeout")
        }
        reason if reason == CancelReason::Shutdown as u8 => {
            Error::new("57P01", "terminating connection due to administrator command")
        }
        _ => Error::new("57014", "canceling statement due to user request"),
    })
}
