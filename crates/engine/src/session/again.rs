//! What a prepared statement is run by once it has come again: planning it to be run without the query engine takes as long as the
//! engine takes to run it, so what comes once is left to the engine.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::settings::SessionSettings;
use crate::sql::Direct;

/// How often a statement has come, and what it is run by since.
#[derive(Debug, Default)]
pub(super) struct Again(Mutex<Seen>);

#[derive(Debug, Default)]
enum Seen {
    #[default]
    Never,
    Once(Under),
    Often(Under, Option<Arc<Direct>>),
}

/// The session that a statement was planned in, whose functions it calls, and the state of its settings.
#[derive(Debug)]
struct Under {
    settings: Arc<SessionSettings>,
    changes: u64,
}

impl Under {
    fn now(settings: &Arc<SessionSettings>) -> Under {
        Under { settings: settings.clone(), changes: settings.changes() }
    }

    fn is_of(&self, settings: &Arc<SessionSettings>) -> bool {
        Arc::ptr_eq(&self.settings, settings) && self.changes == settings.changes()
    }
}

impl Again {
    /// What the statement is run by now that it comes, if not by the query engine. `plan`: asked when it comes for the second
    /// time in a session with these settings.
    pub fn direct(
        &self,
        settings: &Arc<SessionSettings>,
        plan: impl FnOnce() -> Option<Direct>,
    ) -> Option<Arc<Direct>> {
        let mut seen = self.0.lock();
        let (next, direct) = match &*seen {
            Seen::Often(under, direct) if under.is_of(settings) => return direct.clone(),
            Seen::Once(under) if under.is_of(settings) => {
                let direct = plan().map(Arc::new);
                (Seen::Often(Under::now(settings), direct.clone()), direct)
            }
            _ => (Seen::Once(Under::now(settings)), None),
        };
        *seen = next;
        direct
    }

    /// What the statement was run by when it came last.
    pub fn planned(&self) -> Option<Arc<Direct>> {
        match &*self.0.lock() {
            Seen::Often(_, direct) => direct.clone(),
            _ => None,
        }
    }
}
