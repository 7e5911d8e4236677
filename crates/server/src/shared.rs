//! What all connections of a server share.

use std::sync::Arc;

use bowline::Database;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::auth::Credentials;
use crate::company::Company;
use crate::config::Config;
use crate::newcomers::Newcomers;
use crate::registry::Registry;

/// One for each server.
pub struct Shared {
    /// The database that is served.
    pub database: Database,
    /// What the server was told.
    pub config: Config,
    /// The connections there are.
    pub registry: Arc<Registry>,
    /// Which of them are at work.
    pub company: Company,
    /// Those whose session has not begun.
    pub newcomers: Arc<Newcomers>,
    /// TLS, if it is offered.
    pub tls: Option<TlsAcceptor>,
    /// The user who may connect; everybody may if there is none.
    pub credentials: Option<Credentials>,
    /// Turns true when the server stops.
    pub stopping: watch::Receiver<bool>,
    /// Turns true when running statements had their time.
    pub cut: watch::Receiver<bool>,
}
