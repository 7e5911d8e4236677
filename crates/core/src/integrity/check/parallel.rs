//! Does the same to many pieces of work on every processor.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope};

use crate::rows::{Interrupt, RowsError};

/// With fewer rows than this in all, a thread costs more than it saves.
const ROWS_MIN: usize = 1 << 16;

/// The results of `work` on every piece, in the order of the pieces. The first error in that order is the error of all.
/// `rows`: how many rows the pieces have in all. Asks before each piece whether to go on.
pub(super) fn map<T: Sync, R: Send, E: Into<RowsError>>(
    pieces: &[T],
    rows: usize,
    interrupt: &dyn Interrupt,
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, RowsError> {
    let work = |piece: &T| interrupt.go_on().and_then(|()| work(piece).map_err(Into::into));
    let processors = || available_parallelism().map_or(1, usize::from);
    let workers = if rows < ROWS_MIN { 1 } else { processors().min(pieces.len()) };
    if workers <= 1 {
        return pieces.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(index) else { return done };
            done.push((index, work(piece)));
        }
    };
    let mut done = scope(|threads| {
        let others: Vec<_> = (1..workers).map(|_| threads.spawn(run)).collect();
        let mut done = run();
        for other in others {
            match other.join() {
                Ok(results) => done.extend(results),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
