//! Whether a connection is the only one at work, so that nobody waits while its commit keeps the thread.
//!
//! A commit waits for the disk. Where others are at work, its thread first hands their work over to another thread, which has to
//! be woken for it; to a connection alone that is a good part of what a small commit takes.

use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Whoever has not worked for so long is not at work.
const LATELY: Duration = Duration::from_millis(100);

/// Who works on a server.
#[derive(Debug)]
pub struct Company {
    started: Instant,
    /// The connection that worked last.
    last: AtomicI32,
    /// When it began to be the last, in microseconds.
    since: AtomicU64,
}

impl Default for Company {
    fn default() -> Self {
        Company { started: Instant::now(), last: AtomicI32::new(0), since: AtomicU64::new(0) }
    }
}

impl Company {
    /// Notes that a connection works, and tells whether it is alone.
    pub fn is_alone(&self, connection: i32) -> bool {
        self.is_alone_at(connection, self.started.elapsed())
    }

    fn is_alone_at(&self, connection: i32, now: Duration) -> bool {
        let now = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
        if self.last.swap(connection, Ordering::Relaxed) != connection {
            self.since.store(now, Ordering::Relaxed);
        }
        now.saturating_sub(self.since.load(Ordering::Relaxed)) > LATELY.as_micros() as u64
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Company;

    #[test]
    fn whoever_works_after_another_is_not_alone_for_a_while() {
        let company = Company::default();
        let is_alone = |connection, milliseconds| company.is_alone_at(connection, Duration::from_millis(milliseconds));
        assert!(!is_alone(7, 1000));
        assert!(!is_alone(7, 1050));
        assert!(is_alone(7, 1101));
        assert!(!is_alone(8, 1102));
        assert!(!is_alone(7, 1103));
        assert!(!is_alone(7, 1200));
        assert!(is_alone(7, 1204));
    }
}
