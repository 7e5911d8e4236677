//! Why a server does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Nobody could tell who connects from elsewhere.
    #[error("{listen} can be reached from other machines, and no user is named")]
    Open {
        /// The address.
        listen: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("could not listen on {listen}: {source}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Certificate or key are not what they should be.
    #[error("could not use \"{}\" for TLS: {what}", path.display())]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Sessions cannot start with a setting.
    #[error("{error}")]
    Setting {
        /// Its name.
        name: String,
        /// Why.
        error: Box<bowline::Error>,
    },
    /// Metrics cannot be offered.
    #[error("could not offer metrics on {listen}: {what}")]
    Metrics {
        /// The address.
        listen: SocketAddr,
        /// Why.
        what: String,
    },
}
