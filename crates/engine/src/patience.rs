//! Statements that meet the commits of others again and again take turns, so that each of them gets through.
//!
//! ```text
//!   run, commit ─▶ conflict ─▶ run again, at once ─▶ conflict ─▶ wait, until no other statement is at this point ─▶ run again …
//! ```
//!
//! Of many sessions that change one row at once, one commits and the others have run in vain. Were all to run again at once, hardly
//! any would ever be first. Whoever waits here has no transaction and no turn to commit, so that nobody waits for it.

use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

use crate::cancel::CancelHandle;
use crate::error::Error;
use crate::runtime::may_block;

/// So many attempts are made at once.
pub(crate) const ATTEMPTS_AT_ONCE: usize = 2;
/// Longer than this nobody waits: the statement before may take as long as it likes.
const WAIT_MAX: Duration = Duration::from_secs(1);
/// How often a statement that waits looks whether it was cancelled.
const STEP: Duration = Duration::from_millis(20);

/// One statement at a time.
#[derive(Debug, Default)]
pub(crate) struct Patience(Mutex<()>);

impl Patience {
    /// Waits for the statement that is at this point. Nobody else gets here until what is returned is dropped; `None` if it took
    /// too long. Errors: the statement that waits was cancelled.
    pub fn wait(&self, cancel: &CancelHandle) -> Result<Option<MutexGuard<'_, ()>>, Error> {
        may_block(|| {
            let started = Instant::now();
            while started.elapsed() < WAIT_MAX {
                cancel.check()?;
                if let Some(alone) = self.0.try_lock_for(STEP) {
                    return Ok(Some(alone));
                }
            }
            Ok(None)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CancelHandle, Patience, WAIT_MAX};

    #[test]
    fn one_is_let_in_and_nobody_waits_for_ever() {
        let (patience, cancel) = (Patience::default(), CancelHandle::default());
        let first = patience.wait(&cancel).expect("it was not cancelled").expect("nobody is there");
        std::thread::scope(|threads| {
            let second = threads.spawn(|| {
                let started = std::time::Instant::now();
                let second = patience.wait(&cancel).expect("it was not cancelled");
                (second.is_some(), started.elapsed())
            });
            let (is_in, waited) = second.join().expect("it does not panic");
            assert!(!is_in && waited >= WAIT_MAX);
            cancel.start();
            cancel.cancel();
            let third = threads.spawn(|| patience.wait(&cancel).is_err());
            assert!(third.join().expect("it does not panic"), "it was cancelled");
        });
        cancel.start();
        drop(first);
        assert!(patience.wait(&cancel).expect("it was not cancelled").is_some());
    }
}
