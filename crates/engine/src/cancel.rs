//! Stops the running statement of a session from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::error::Error;

/// Cancels whatever statement a session runs.
#[derive(Debug, Clone, Default)]
pub struct CancelHandle(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    running: AtomicBool,
    raised: AtomicBool,
    bell: Notify,
}

impl CancelHandle {
    /// Makes the running statement fail with SQLSTATE 57014. No effect when none runs.
    pub fn cancel(&self) {
        if self.0.running.load(Ordering::SeqCst) {
            self.0.raised.store(true, Ordering::SeqCst);
            self.0.bell.notify_waiters();
        }
    }

    /// A statement starts.
    pub(crate) fn start(&self) {
        self.0.raised.store(false, Ordering::SeqCst);
        self.0.running.store(true, Ordering::SeqCst);
    }

    /// The statement has ended.
    pub(crate) fn finish(&self) {
        self.0.running.store(false, Ordering::SeqCst);
    }

    /// Fails if the statement was cancelled.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.0.raised.load(Ordering::SeqCst) { Err(canceled()) } else { Ok(()) }
    }

    /// Completes when the statement is cancelled, with the error to return.
    pub(crate) async fn cancelled(&self) -> Error {
        loop {
            let rung = self.0.bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            if self.0.raised.load(Ordering::SeqCst) {
                return canceled();
            }
            rung.await;
        }
    }
}

fn canceled() -> Error {
    Error::new("57014", "canceling statement due to user request")
}
