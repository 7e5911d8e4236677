//! Advisory locks: numbers that sessions lock for one another, with a meaning that is theirs alone.
//!
//! ```text
//!   pg_try_advisory_lock(k)    taken or not, at once
//!   pg_advisory_lock(k)        taken ─▶ on        held by another ─▶ the statement ends with `wanted` noted ─▶ the session waits
//!                                                 until the lock is free, and runs the statement again
//! ```
//!
//! Hence nobody waits inside a query, on a thread that others need. What a statement took before it has to wait is given back first: it
//! takes all of its locks or waits for one with none of them. Two sessions that still wait for each other hold locks from before; the one
//! that would close the circle is refused (40P01).
//!
//! A lock is shared or exclusive, and held by a session until it is unlocked as often as it was locked, or by its transaction to the end of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::cancel::CancelHandle;
use crate::error::Error;
use crate::runtime::may_block;

/// How often somebody who waits looks whether the statement was cancelled.
const STEP: Duration = Duration::from_millis(20);

/// What is locked: one number of 64 bits, or two of 32, which are never the same lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AdvisoryKey {
    One(i64),
    Two(i32, i32),
}

/// Who may hold a lock at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    Shared,
    Exclusive,
}

/// How long a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HeldBy {
    Session,
    Transaction,
}

/// A lock as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AdvisoryLock {
    pub key: AdvisoryKey,
    pub strength: Strength,
    pub by: HeldBy,
}

type Owner = u64;

/// The advisory locks of a database.
#[derive(Debug, Default)]
pub(crate) struct AdvisoryLocks {
    held: Mutex<Held>,
    freed: Condvar,
    owners: AtomicU64,
}

#[derive(Debug, Default)]
struct Held {
    /// How often each is held by whom.
    locks: BTreeMap<AdvisoryKey, BTreeMap<(Owner, Strength, HeldBy), u64>>,
    waiting: BTreeMap<Owner, AdvisoryLock>,
}

impl Held {
    /// The others whose locks do not go together with this one.
    fn in_the_way(&self, owner: Owner, lock: &AdvisoryLock) -> impl Iterator<Item = Owner> {
        let both_shared = |strength: Strength| strength == Strength::Shared && lock.strength == Strength::Shared;
        let holders = self.locks.get(&lock.key).into_iter().flat_map(BTreeMap::keys);
        holders.filter(move |(other, strength, _)| *other != owner && !both_shared(*strength)).map(|(other, ..)| *other)
    }

    fn take(&mut self, owner: Owner, lock: &AdvisoryLock) -> bool {
        if self.in_the_way(owner, lock).next().is_some() {
            return false;
        }
        *self.locks.entry(lock.key).or_default().entry((owner, lock.strength, lock.by)).or_default() += 1;
        true
    }

    /// Gives back a lock once; whether it was held.
    fn give_back(&mut self, owner: Owner, lock: &AdvisoryLock) -> bool {
        let Some(holders) = self.locks.get_mut(&lock.key) else { return false };
        let held = (owner, lock.strength, lock.by);
        let Some(count) = holders.get_mut(&held) else { return false };
        *count -= 1;
        if *count == 0 {
            holders.remove(&held);
        }
        if holders.is_empty() {
            self.locks.remove(&lock.key);
        }
        true
    }

    fn give_back_all(&mut self, owner: Owner, by: HeldBy) {
        self.locks.retain(|_, holders| {
            holders.retain(|(other, _, held_by), _| *other != owner || *held_by != by);
            !holders.is_empty()
        });
    }

    /// Whether those in the way of a lock wait for its owner, be it through others.
    fn is_circular(&self, owner: Owner, lock: &AdvisoryLock) -> bool {
        let mut met: Vec<Owner> = self.in_the_way(owner, lock).collect();
        let mut at = 0;
        while let Some(other) = met.get(at).copied() {
            if other == owner {
                return true;
            }
            if let Some(wanted) = self.waiting.get(&other) {
                let more: Vec<Owner> = self.in_the_way(other, wanted).filter(|next| !met.contains(next)).collect();
                met.extend(more);
            }
            at += 1;
        }
        false
    }
}

/// The advisory locks of a database as one session takes them. What it still holds is given back when it ends.
#[derive(Debug)]
pub(crate) struct SessionLocks {
    all: Arc<AdvisoryLocks>,
    owner: Owner,
    /// Whether it ever took one.
    takes: AtomicBool,
    statement: Mutex<OfStatement>,
}

/// What the running statement took, and what it has to wait for.
#[derive(Debug, Default)]
struct OfStatement {
    taken: Vec<AdvisoryLock>,
    wanted: Option<AdvisoryLock>,
}

impl SessionLocks {
    /// For a new session.
    pub fn new(all: Arc<AdvisoryLocks>) -> SessionLocks {
        let owner = all.owners.fetch_add(1, Ordering::Relaxed);
        SessionLocks { all, owner, takes: AtomicBool::default(), statement: Mutex::default() }
    }

    /// Takes a lock if it is free; whether it was.
    pub fn try_take(&self, lock: AdvisoryLock) -> bool {
        let taken = self.all.held.lock().take(self.owner, &lock);
        if taken {
            self.takes.store(true, Ordering::Relaxed);
            self.statement.lock().taken.push(lock);
        }
        taken
    }

    /// Takes a lock. Errors: 55P03 if it is not free, which the session is to wait for and never shows.
    pub fn take(&self, lock: AdvisoryLock) -> Result<(), Error> {
        if self.try_take(lock) {
            return Ok(());
        }
        self.statement.lock().wanted = Some(lock);
        Err(Error::new("55P03", "could not obtain lock"))
    }

    /// Gives back a lock of the session's once; whether it was held.
    pub fn give_back(&self, lock: AdvisoryLock) -> bool {
        let was_held = self.all.held.lock().give_back(self.owner, &lock);
        self.all.freed.notify_all();
        was_held
    }

    /// Gives back every lock of the session's but those of its transaction.
    pub fn give_back_all(&self) {
        self.end(HeldBy::Session);
    }

    /// The transaction ends.
    pub fn end_transaction(&self) {
        self.end(HeldBy::Transaction);
    }

    fn end(&self, by: HeldBy) {
        if self.takes.load(Ordering::Relaxed) {
            self.all.held.lock().give_back_all(self.owner, by);
            self.all.freed.notify_all();
        }
    }

    /// A statement starts.
    pub fn begin_statement(&self) {
        if self.takes.load(Ordering::Relaxed) {
            *self.statement.lock() = OfStatement::default();
        }
    }

    /// Waits for the lock that stopped the statement; whether there was one, so that the statement is to be run again.
    ///
    /// Errors: 40P01 if the others wait for this session, 55P03 when `timeout` is over, 57014 if the statement is cancelled.
    pub fn wait(&self, timeout: Option<Duration>, cancel: &CancelHandle) -> Result<bool, Error> {
        let OfStatement { taken, wanted } = std::mem::take(&mut *self.statement.lock());
        let Some(wanted) = wanted else { return Ok(false) };
        may_block(|| {
            let started = Instant::now();
            let mut held = self.all.held.lock();
            for lock in &taken {
                held.give_back(self.owner, lock);
            }
            self.all.freed.notify_all();
            held.waiting.insert(self.owner, wanted);
            let waited = loop {
                if held.in_the_way(self.owner, &wanted).next().is_none() {
                    break Ok(true);
                }
                if held.is_circular(self.owner, &wanted) {
                    break Err(
                        Error::new("40P01", "deadlock detected").with_hint("Take locks in the same order everywhere.")
                    );
                }
                if timeout.is_some_and(|timeout| started.elapsed() >= timeout) {
                    break Err(Error::new("55P03", "canceling statement due to lock timeout"));
                }
                if let Err(error) = cancel.check() {
                    break Err(error);
                }
                self.all.freed.wait_for(&mut held, STEP);
            };
            held.waiting.remove(&self.owner);
            waited
        })
    }
}

impl Drop for SessionLocks {
    fn drop(&mut self) {
        self.end(HeldBy::Transaction);
        self.end(HeldBy::Session);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{AdvisoryKey, AdvisoryLock, AdvisoryLocks, HeldBy, SessionLocks, Strength};
    use crate::cancel::CancelHandle;

    fn lock(key: i64, strength: Strength, by: HeldBy) -> AdvisoryLock {
        AdvisoryLock { key: AdvisoryKey::One(key), strength, by }
    }

    #[test]
    fn locks_are_counted_and_shared() {
        let all = Arc::new(AdvisoryLocks::default());
        let (one, other) = (SessionLocks::new(all.clone()), SessionLocks::new(all));
        let exclusive = lock(1, Strength::Exclusive, HeldBy::Session);
        let shared = lock(1, Strength::Shared, HeldBy::Session);
        assert!(one.try_take(exclusive) && one.try_take(exclusive));
        assert!(!other.try_take(exclusive) && !other.try_take(shared));
        assert!(one.give_back(exclusive));
        assert!(!other.try_take(shared), "it was taken twice");
        assert!(one.give_back(exclusive) && !one.give_back(exclusive));
        assert!(one.try_take(shared) && other.try_take(shared));
        assert!(!one.try_take(exclusive));
        drop(one);
        assert!(other.try_take(exclusive));
        let of_transaction = lock(2, Strength::Exclusive, HeldBy::Transaction);
        assert!(other.try_take(of_transaction));
        assert!(!other.give_back(of_transaction.by_session()), "it is not the session's to unlock");
        other.end_transaction();
        assert!(other.try_take(of_transaction));
    }

    #[test]
    fn who_would_close_a_circle_is_refused() {
        let all = Arc::new(AdvisoryLocks::default());
        let (one, other) = (SessionLocks::new(all.clone()), SessionLocks::new(all));
        let [first, second] = [1, 2].map(|key| lock(key, Strength::Exclusive, HeldBy::Session));
        assert!(one.try_take(first) && other.try_take(second));
        one.begin_statement();
        other.begin_statement();
        std::thread::scope(|threads| {
            let waits = threads.spawn(|| {
                assert!(one.take(second).is_err());
                one.wait(None, &CancelHandle::default())
            });
            while !one.all.held.lock().waiting.contains_key(&one.owner) {
                std::thread::yield_now();
            }
            assert!(other.take(first).is_err());
            let refused = other.wait(None, &CancelHandle::default());
            assert_eq!(refused.map_err(|error| error.sqlstate.clone()), Err("40P01".into()));
            assert!(other.give_back(second));
            let waited = waits.join().expect("it does not panic");
            assert_eq!(waited.map_err(|error| error.sqlstate.clone()), Ok(true));
        });
    }

    impl AdvisoryLock {
        fn by_session(self) -> AdvisoryLock {
            AdvisoryLock { by: HeldBy::Session, ..self }
        }
    }
}
