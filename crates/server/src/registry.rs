//! The connections there are, by number: counted against the limit, and found by requests to cancel.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bowline::{CancelHandle, CancelReason};

use crate::measure;

/// All connections of a server.
#[derive(Debug, Default)]
pub struct Registry {
    last: AtomicI32,
    open: AtomicUsize,
    sessions: Mutex<HashMap<i32, Entry>>,
}

#[derive(Debug)]
struct Entry {
    secret: Vec<u8>,
    cancel: CancelHandle,
}

/// A place among the connections, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    registry: Arc<Registry>,
    process: Option<i32>,
}

impl Registry {
    /// A place for one more connection; `None` when there are `connections_max`.
    pub fn enter(self: &Arc<Self>, connections_max: usize) -> Option<Place> {
        let more = |open: usize| (open < connections_max).then_some(open + 1);
        let entered = self.open.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
        entered.is_ok().then(|| {
            measure::connections(1.0);
            Place { registry: self.clone(), process: None }
        })
    }

    /// How many connections there are.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Cancels what a session runs, if the secret is its own.
    pub fn cancel(&self, process: i32, secret: &[u8]) {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = sessions.get(&process).filter(|entry| same(&entry.secret, secret)) {
            entry.cancel.cancel();
        }
    }

    /// Cancels what every session runs, for the server stops.
    pub fn cancel_all(&self) {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.values().for_each(|entry| entry.cancel.cancel_because(CancelReason::Shutdown));
    }
}

impl Place {
    /// The number of the session that has the place; 0 before it is named.
    pub fn process(&self) -> i32 {
        self.process.unwrap_or_default()
    }

    /// Names the session that has the place, so that it can be cancelled. Returns its number.
    pub fn name(&mut self, secret: Vec<u8>, cancel: CancelHandle) -> i32 {
        let registry = &self.registry;
        let next = |last: i32| Some(if last == i32::MAX { 1 } else { last + 1 });
        let last = registry.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next).unwrap_or(0);
        let process = next(last).unwrap_or(1);
        let mut sessions = registry.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(process, Entry { secret, cancel });
        self.process = Some(process);
        process
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        measure::connections(-1.0);
        if let Some(process) = self.process {
            self.registry.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&process);
        }
        // Whoever waits for the last connection to end waits for this.
        self.registry.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Compares all bytes, however early two differ, so that the time tells nothing of the secret.
fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |differ, (l, r)| differ | (l ^ r)) == 0
}
