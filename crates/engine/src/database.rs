//! A database: a directory or memory, and the sessions on it.

use std::path::Path;
use std::sync::Arc;

use bowline_core::rows::Snapshot;
use bowline_store::Store;

use crate::committer::{Committer, Counts};
use crate::error::Error;
use crate::session::Session;

/// A database, open in this process. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Database {
    committer: Arc<Committer>,
}

impl Database {
    /// Opens the database in a directory; makes one where the directory is missing or empty.
    ///
    /// Errors: the directory holds something else, a newer format or damaged files (each named), or is open in another
    /// process.
    pub fn open(path: impl AsRef<Path>) -> Result<Database, Error> {
        let (store, recovered) = Store::open(path.as_ref())?;
        Ok(Database { committer: Arc::new(Committer::new(store, recovered)) })
    }

    /// A database that lives as long as this value and its sessions.
    pub fn in_memory() -> Result<Database, Error> {
        let (store, recovered) = Store::in_memory()?;
        Ok(Database { committer: Arc::new(Committer::new(store, recovered)) })
    }

    /// A new session. Sessions of one database may be used from different threads at once.
    pub fn session(&self) -> Session {
        Session::new(self.committer.clone())
    }

    /// The newest committed snapshot.
    pub fn snapshot(&self) -> Snapshot {
        self.committer.published().snapshot
    }

    /// What has been done since it was opened.
    pub fn counts(&self) -> Counts {
        self.committer.counts()
    }
}
