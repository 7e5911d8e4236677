//! Who works for whom: of those that wait, one takes the turn and does the work of all; the others are told how theirs went.
//!
//! ```text
//!   work ──▶ nobody has the turn ──────────▶ takes the work of all that wait ──▶ tells each ──▶ passes the turn on
//!        └─▶ somebody has it: waits ──▶ told                                                    to one who waits
//!                                   └─▶ gets the turn
//! ```
//!
//! Whoever is told goes on at once: it does not wait for a lock that the next turn may have by then. Work that is lost by a panic
//! of whoever had the turn is told so too.

use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use crate::error::Error;

/// Those that wait, and whether somebody has the turn.
pub(crate) struct Turns<W>(Mutex<Queue<W>>);

struct Queue<W> {
    waiting: Vec<(W, Verdict)>,
    is_taken: bool,
}

/// Where one that waits is told how its work went; `None` when it was.
pub(crate) struct Verdict(Option<Arc<Seat>>);

#[derive(Default)]
struct Seat {
    said: Mutex<Said>,
    changed: Condvar,
}

#[derive(Default)]
enum Said {
    #[default]
    Nothing,
    YourTurn,
    Verdict(Result<(), Error>),
}

impl<W> Default for Turns<W> {
    fn default() -> Self {
        Turns(Mutex::new(Queue { waiting: Vec::new(), is_taken: false }))
    }
}

impl<W> Turns<W> {
    /// Waits until the work is done, by another turn or by this one, which then does all there is. Errors: those that are told.
    pub fn wait(&self, work: W, turn: impl FnOnce(Vec<(W, Verdict)>)) -> Result<(), Error> {
        let seat = Arc::new(Seat::default());
        let is_taken = {
            let mut queue = self.0.lock();
            queue.waiting.push((work, Verdict(Some(seat.clone()))));
            std::mem::replace(&mut queue.is_taken, true)
        };
        if is_taken && let Some(told) = seat.wait() {
            return told;
        }
        let passed_on = PassOn(self);
        let all = std::mem::take(&mut self.0.lock().waiting);
        turn(all);
        drop(passed_on);
        seat.told().unwrap_or_else(|| Err(lost()))
    }
}

impl Verdict {
    /// Tells how the work went.
    pub fn give(mut self, verdict: Result<(), Error>) {
        self.say(Said::Verdict(verdict));
        self.0 = None;
    }

    fn say(&self, said: Said) {
        if let Some(seat) = &self.0 {
            *seat.said.lock() = said;
            seat.changed.notify_one();
        }
    }
}

impl Drop for Verdict {
    fn drop(&mut self) {
        if self.0.is_some() {
            self.say(Said::Verdict(Err(lost())));
        }
    }
}

impl Seat {
    /// The verdict; `None` if it is the turn of whoever sits here.
    fn wait(&self) -> Option<Result<(), Error>> {
        let mut said = self.said.lock();
        loop {
            match std::mem::take(&mut *said) {
                Said::Nothing => self.changed.wait(&mut said),
                Said::YourTurn => return None,
                Said::Verdict(verdict) => return Some(verdict),
            }
        }
    }

    fn told(&self) -> Option<Result<(), Error>> {
        match std::mem::take(&mut *self.said.lock()) {
            Said::Verdict(verdict) => Some(verdict),
            Said::Nothing | Said::YourTurn => None,
        }
    }
}

/// Passes the turn on when it is dropped, also by a panic.
struct PassOn<'t, W>(&'t Turns<W>);

impl<W> Drop for PassOn<'_, W> {
    fn drop(&mut self) {
        let mut queue = self.0.0.lock();
        match queue.waiting.first() {
            Some((_, next)) => next.say(Said::YourTurn),
            None => queue.is_taken = false,
        }
    }
}

fn lost() -> Error {
    Error::new("XX000", "the commit was lost by a failure of another session")
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::{Error, Turns};

    #[test]
    fn every_work_is_done_once_and_told_to_whom_it_belongs() {
        let (turns, busy, done) = (Turns::default(), AtomicBool::new(false), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (turns, busy, done) = (&turns, &busy, &done);
                scope.spawn(move || {
                    for round in 0..500 {
                        let number = thread * 1000 + round;
                        let told = turns.wait(number, |all| {
                            assert!(!busy.swap(true, Ordering::SeqCst), "one has the turn");
                            for (work, verdict) in all {
                                done.fetch_add(1, Ordering::SeqCst);
                                let verdict_of =
                                    if work % 7 == 0 { Err(Error::new("40001", work.to_string())) } else { Ok(()) };
                                verdict.give(verdict_of);
                            }
                            busy.store(false, Ordering::SeqCst);
                        });
                        assert_eq!(
                            told.err().map(|error| error.message.clone()),
                            (number % 7 == 0).then(|| number.to_string())
                        );
                    }
                });
            }
        });
        assert_eq!(done.load(Ordering::SeqCst), 8 * 500);
    }

    #[test]
    fn work_lost_by_a_panic_is_told_and_the_turn_goes_on() {
        let (turns, begun) = (Turns::default(), Barrier::new(2));
        std::thread::scope(|scope| {
            let failing = scope.spawn(|| {
                let panics = || {
                    turns.wait((), |_| {
                        begun.wait();
                        while turns.0.lock().waiting.len() < 2 {
                            std::thread::yield_now();
                        }
                        panic!("the turn fails");
                    })
                };
                catch_unwind(AssertUnwindSafe(panics)).expect_err("it panics");
            });
            begun.wait();
            // One of them gets the turn and loses the other's work.
            let others: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        let lose = |mut all: Vec<((), super::Verdict)>| {
                            let (_, own) = all.pop().expect("there is work");
                            own.give(Ok(()));
                        };
                        turns.wait((), lose).is_ok()
                    })
                })
                .collect();
            failing.join().expect("its panic was caught");
            let told = others.into_iter().map(|other| other.join().expect("no panic"));
            assert_eq!(told.filter(|is_done| *is_done).count(), 1);
        });
        turns.wait((), |all| all.into_iter().for_each(|(_, verdict)| verdict.give(Ok(())))).expect("the turn is free");
    }
}
