//! Connections whose session has not begun yet: there are only so many, and one more takes the place of the oldest.
//!
//! Who connects and says nothing, or stops before its password, holds a socket until its time to begin is over. The one that has
//! waited longest is let go first, so that whoever means it, and is done in no time, gets in however many say nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// All newcomers of a server.
#[derive(Debug, Default)]
pub struct Newcomers(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    last: u64,
    /// How each is told to go, the oldest first.
    by_age: BTreeMap<u64, Arc<Notify>>,
}

/// One that is among the newcomers until this is dropped.
#[derive(Debug)]
pub struct Newcomer {
    all: Arc<Newcomers>,
    number: u64,
    goes: Arc<Notify>,
}

impl Newcomers {
    /// Takes one more in; the oldest goes if there are more than `newcomers_max` then.
    pub fn enter(self: &Arc<Self>, newcomers_max: usize) -> Newcomer {
        let goes = Arc::new(Notify::new());
        let mut waiting = self.waiting();
        waiting.last += 1;
        let number = waiting.last;
        waiting.by_age.insert(number, goes.clone());
        if waiting.by_age.len() > newcomers_max.max(1) {
            waiting.let_oldest_go();
        }
        Newcomer { all: self.clone(), number, goes }
    }

    /// Lets the oldest go, which gives its socket back. False if there is none.
    pub fn let_oldest_go(&self) -> bool {
        self.waiting().let_oldest_go()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn let_oldest_go(&mut self) -> bool {
        let oldest = self.by_age.pop_first();
        // The word waits for one that does not listen yet.
        oldest.inspect(|(_, goes)| goes.notify_one()).is_some()
    }
}

impl Newcomer {
    /// Completes when it has to go.
    pub async fn goes(&self) {
        self.goes.notified().await;
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        self.all.waiting().by_age.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Newcomer, Newcomers};

    async fn has_to_go(newcomer: &Newcomer) -> bool {
        tokio::time::timeout(Duration::from_millis(10), newcomer.goes()).await.is_ok()
    }

    #[tokio::test]
    async fn the_oldest_goes_first() {
        let all: Arc<Newcomers> = Arc::default();
        let (first, second) = (all.enter(3), all.enter(3));
        drop(all.enter(3));
        let _third = all.enter(3);
        assert!(!has_to_go(&first).await);
        let _fourth = all.enter(3);
        assert!(has_to_go(&first).await);
        assert!(!has_to_go(&second).await);
        assert!(all.let_oldest_go());
        assert!(has_to_go(&second).await);
        drop((second, _third, _fourth));
        assert!(!all.let_oldest_go());
    }
}
