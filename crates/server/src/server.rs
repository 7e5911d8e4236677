//! Listens, hands each connection to a task of its own, and stops when it is told.
//!
//! ```text
//!   bind ─▶ accept ─▶ startup ─▶ connection … ─▶ closed
//!                                     ▲
//!   stop: nobody is accepted; idle connections are closed; running statements end, or are cancelled after a while
//! ```

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bowline::Database;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::auth::Credentials;
use crate::config::Config;
use crate::shared::Shared;
use crate::start_error::StartError;
use crate::{measure, startup, tls};

/// How long to wait after an accept that failed for want of resources.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How often the end of the last connections is looked for.
const STOP_STEP: Duration = Duration::from_millis(10);

/// A server that listens, and serves when it is run.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    cut: watch::Sender<bool>,
}

impl Server {
    /// Begins to listen. Errors: the address is taken, or open to others without a user; files for TLS or settings are
    /// wrong.
    pub async fn bind(database: Database, config: Config) -> Result<Server, StartError> {
        let listen = config.listen;
        if !listen.ip().is_loopback() && config.user.is_none() {
            return Err(StartError::Open { listen });
        }
        let mut session = database.session();
        for (name, value) in &config.settings {
            let refused = |error| StartError::Setting { name: name.clone(), error: Box::new(error) };
            session.start_with(name, value).map_err(refused)?;
        }
        if let Some(address) = config.metrics {
            measure::offer(address)?;
        }
        let tls = config.tls.as_ref().map(tls::acceptor).transpose()?;
        let certificate = config.tls.as_ref().and_then(|files| std::fs::read(&files.certificate).ok());
        let credentials = config.user.as_ref().map(|user| Credentials::new(user, certificate.as_deref()));
        let failed = |source| StartError::Listen { listen, source };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stop, stopping) = watch::channel(false);
        let (cut, is_cut) = watch::channel(false);
        let shared = Shared {
            database,
            config,
            registry: Arc::default(),
            company: Default::default(),
            newcomers: Arc::default(),
            tls,
            credentials,
            stopping,
            cut: is_cut,
        };
        Ok(Server { listener, address, shared: Arc::new(shared), stop, cut })
    }

    /// Where it listens, with the port it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` completes, and then until the last statement has ended or was cancelled.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tracing::info!(address = %self.address, "listening");
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        let shared = self.shared.clone();
                        let newcomer = shared.newcomers.enter(shared.config.newcomers_max);
                        tokio::spawn(async move {
                            let begun = tokio::select! {
                                begun = startup::begin(stream, peer, shared) => begun,
                                () = newcomer.goes() => None,
                            };
                            drop(newcomer);
                            if let Some(connection) = begun {
                                connection.run().await;
                            }
                        });
                    }
                    Err(error) => {
                        tracing::warn!("could not accept a connection: {error}");
                        // What is wanting most often is a socket.
                        self.shared.newcomers.let_oldest_go();
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
        drop(self.listener);
        tracing::info!("stopping");
        let _ = self.stop.send(true);
        let registry = &self.shared.registry;
        let cancel_at = Instant::now() + self.shared.config.stop_time_max;
        // Whoever reads still is told why a statement ends; then nobody is waited for.
        let cut_at = cancel_at + self.shared.config.stop_time_max / 2;
        let leave_at = cancel_at + self.shared.config.stop_time_max;
        while registry.open() > 0 && Instant::now() < leave_at {
            if Instant::now() >= cancel_at {
                registry.cancel_all();
            }
            if Instant::now() >= cut_at {
                let _ = self.cut.send(true);
            }
            tokio::time::sleep(STOP_STEP).await;
        }
        tracing::info!(connections = registry.open(), "stopped");
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}
