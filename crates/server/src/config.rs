//! What a server is told when it starts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The settings of a server.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who may connect. Without it everybody may, and only from this machine.
    pub user: Option<User>,
    /// What TLS is offered with.
    pub tls: Option<TlsFiles>,
    /// The most connections at a time.
    pub connections_max: usize,
    /// The most clients at a time whose session has not begun; one more takes the place of the oldest.
    pub newcomers_max: usize,
    /// The longest message that is taken, in bytes.
    pub message_bytes_max: usize,
    /// How long a client may take until its session has begun.
    pub startup_time_max: Duration,
    /// How long a running statement may go on after the server was asked to stop.
    pub stop_time_max: Duration,
    /// Where metrics are to be had.
    pub metrics: Option<SocketAddr>,
    /// What sessions start with, by name; a client may say otherwise.
    pub settings: Vec<(String, String)>,
}

/// A user with a password.
#[derive(Clone)]
pub struct User {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
}

/// The files of a certificate, in PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate, and those that vouch for it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Config {
    /// A server for this machine alone, with the usual limits.
    pub fn new(listen: SocketAddr) -> Config {
        Config {
            listen,
            user: None,
            tls: None,
            connections_max: 100,
            newcomers_max: 100,
            message_bytes_max: 256 << 20,
            startup_time_max: Duration::from_secs(60),
            stop_time_max: Duration::from_secs(10),
            metrics: None,
            settings: Vec::new(),
        }
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The password stays out of logs.
        f.debug_struct("User").field("name", &self.name).finish_non_exhaustive()
    }
}
