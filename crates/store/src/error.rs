//! Everything that can go wrong with a stored database, each with the file it happened to.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bowline_core::rows::RowsError;

/// Why a database could not be opened, read or written. `Display` is the headline; see also [`StoreError::hint`].
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The path is a file where a database is a directory.
    #[error("\"{}\" is not a directory", file.display())]
    NotADirectory {
        /// The path that was given.
        file: PathBuf,
    },
    /// The directory has files in it, but no commit log.
    #[error("\"{}\" is not a bowline database", file.display())]
    NotADatabase {
        /// The directory, or the commit log that is none.
        file: PathBuf,
        /// What was found instead.
        what: String,
    },
    /// A newer bowline wrote it.
    #[error("\"{}\" has format version {found}, and this program reads up to version {known}", file.display())]
    NewerFormat {
        /// The commit log.
        file: PathBuf,
        /// The version it states.
        found: u64,
        /// The newest version known here.
        known: u64,
    },
    /// Somebody else has it open.
    #[error("database is open in another process")]
    InUse {
        /// The locked commit log.
        file: PathBuf,
    },
    /// A file is not as it was written.
    #[error("\"{}\" is damaged", file.display())]
    Corrupt {
        /// The damaged or missing file.
        file: PathBuf,
        /// What is wrong with it, and where.
        what: String,
    },
    /// The operating system refused an operation.
    #[error("could not {action} \"{}\"", file.display())]
    Io {
        /// The file or directory.
        file: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The operating system's reason.
        source: Arc<io::Error>,
    },
    /// An earlier write failed, so what the disk holds is not known.
    #[error("database must be reopened after a failed write")]
    WriteFailedBefore {
        /// The commit log.
        file: PathBuf,
    },
    /// Rows could not be brought into the form of the file.
    #[error("rows could not be encoded for \"{}\"", file.display())]
    Encode {
        /// The file they were meant for.
        file: PathBuf,
        /// What the encoder says.
        what: String,
    },
}

impl StoreError {
    /// The file or directory it is about.
    pub fn file(&self) -> &Path {
        match self {
            Self::NotADirectory { file }
            | Self::NotADatabase { file, .. }
            | Self::NewerFormat { file, .. }
            | Self::InUse { file }
            | Self::Corrupt { file, .. }
            | Self::Io { file, .. }
            | Self::WriteFailedBefore { file }
            | Self::Encode { file, .. } => file,
        }
    }

    /// What is wrong in particular, as a phrase.
    pub fn what(&self) -> Option<String> {
        match self {
            Self::NotADatabase { what, .. } | Self::Corrupt { what, .. } | Self::Encode { what, .. } => {
                Some(what.clone())
            }
            Self::Io { source, .. } => Some(source.to_string()),
            Self::InUse { file } => Some(format!("\"{}\" is locked", file.display())),
            Self::NotADirectory { .. } | Self::NewerFormat { .. } | Self::WriteFailedBefore { .. } => None,
        }
    }

    /// What to do about it, as a sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotADirectory { .. } => "Name a directory; it is created if it does not exist.",
            Self::NotADatabase { .. } => "Name a bowline database, or an empty or new directory to create one in.",
            Self::NewerFormat { .. } => "Open it with the version of bowline that wrote it, or a later one.",
            Self::InUse { .. } => "Close the other program that uses this database.",
            Self::Corrupt { .. } => "Restore the database directory from a backup; nothing was changed.",
            Self::Io { .. } => "Check the disk's free space and the permissions, then open the database again.",
            Self::WriteFailedBefore { .. } => "Open the database again; every acknowledged commit is kept.",
            Self::Encode { .. } => "The change was not made.",
        }
    }

    pub(crate) fn io(file: impl Into<PathBuf>, action: &'static str) -> impl FnOnce(io::Error) -> StoreError {
        let file = file.into();
        move |source| StoreError::Io { file, action, source: Arc::new(source) }
    }

    pub(crate) fn corrupt(file: impl Into<PathBuf>, what: impl ToString) -> StoreError {
        StoreError::Corrupt { file: file.into(), what: what.to_string() }
    }
}

impl From<StoreError> for RowsError {
    fn from(error: StoreError) -> Self {
        RowsError(Arc::new(error))
    }
}
