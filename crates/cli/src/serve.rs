//! `bowline serve`: the database over PostgreSQL's wire protocol, until SIGTERM or Ctrl-C.

use std::future::Future;
use std::io::Write as _;
use std::time::Duration;

use bowline::Database;
use bowline_server::{Config, Server, StartError, TlsFiles, User};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::arguments::{LogFormat, ServeArguments};
use crate::exit::Exit;
use crate::message::Message;
use crate::open_files;

/// Where the password is looked for, unless a file is named.
const PASSWORD_VARIABLE: &str = "BOWLINE_PASSWORD";
/// Planning recurses deeply over deeply nested queries.
const STACK_BYTES: usize = 8 << 20;
/// As many clients at least may be about to connect.
const NEWCOMERS_MIN: usize = 100;
/// Threads for statements beyond those that may run at a time.
const SPARE_THREADS: usize = 16;

/// Runs `bowline serve`.
pub fn run(arguments: ServeArguments) -> Exit {
    match serve(&arguments) {
        Ok(()) => Exit::Done,
        Err(message) => {
            message.print();
            Exit::Failed
        }
    }
}

fn serve(arguments: &ServeArguments) -> Result<(), Message> {
    log(arguments)?;
    let mut config = config(arguments)?;
    let sockets = open_files::allow(config.connections_max + config.newcomers_max);
    if sockets < config.connections_max + config.newcomers_max {
        config.newcomers_max = config.newcomers_max.min(sockets / 4);
        let possible = (sockets - config.newcomers_max).min(config.connections_max);
        tracing::warn!("the system's limit of open files (ulimit -n) leaves room for {possible} connections");
    }
    let database = match &arguments.database {
        Some(path) => Database::open(path),
        None => Database::in_memory(),
    };
    let database = database.map_err(|error| Message::from(&error))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("bowline-serve")
        .thread_stack_size(STACK_BYTES)
        // A statement takes a thread while it runs.
        .max_blocking_threads(config.connections_max + SPARE_THREADS)
        .build()
        .map_err(|error| Message::error(format!("could not start threads: {error}")))?;
    runtime.block_on(async {
        // Signals are listened for before the line that says so, so that none is missed.
        let stop = stop().map_err(|error| Message::error(format!("could not listen for signals: {error}")))?;
        let server = Server::bind(database, config).await.map_err(start_error)?;
        let mut out = std::io::stdout().lock();
        let told = writeln!(out, "listening on {}", server.address()).and_then(|()| out.flush());
        drop(out);
        told.map_err(|error| Message::error(format!("could not write to the standard output: {error}")))?;
        server.run(stop).await;
        Ok::<(), Message>(())
    })?;
    // What still runs had its time.
    runtime.shutdown_timeout(Duration::from_millis(100));
    Ok(())
}

/// Completes at SIGTERM or SIGINT.
fn stop() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn log(arguments: &ServeArguments) -> Result<(), Message> {
    let filter = EnvFilter::try_new(&arguments.log).map_err(|error| {
        Message::error(format!("--log {} is not understood", arguments.log)).detail(format!("{error}."))
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match arguments.log_format {
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}

fn config(arguments: &ServeArguments) -> Result<Config, Message> {
    let user = match &arguments.user {
        None if arguments.password_file.is_some() => {
            return Err(Message::error("a password needs a user").hint("Add --user name."));
        }
        None => None,
        Some(name) => Some(User { name: name.clone(), password: password(arguments)? }),
    };
    let tls = match (&arguments.tls_cert, &arguments.tls_key) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate: certificate.clone(), key: key.clone() }),
        _ => None,
    };
    Ok(Config {
        user,
        tls,
        connections_max: arguments.max_connections,
        // As many as may connect may do so at once.
        newcomers_max: arguments.max_connections.max(NEWCOMERS_MIN),
        message_bytes_max: arguments.max_message_bytes,
        metrics: arguments.metrics,
        settings: arguments.settings.clone(),
        ..Config::new(arguments.listen)
    })
}

fn password(arguments: &ServeArguments) -> Result<String, Message> {
    let password = match &arguments.password_file {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Message::error(format!("could not read \"{}\": {error}", path.display())))?;
            Some(text.trim_end_matches(['\r', '\n']).to_owned())
        }
        None => std::env::var(PASSWORD_VARIABLE).ok(),
    };
    password.filter(|password| !password.is_empty()).ok_or_else(|| {
        Message::error("the user has no password").hint(format!(
            "Put it into the environment variable {PASSWORD_VARIABLE}, or name a file with --password-file."
        ))
    })
}

fn start_error(error: StartError) -> Message {
    let message = Message::error(error.to_string());
    match error {
        StartError::Open { .. } => message.hint(format!(
            "Name one with --user, with the password in {PASSWORD_VARIABLE} or --password-file; or listen on 127.0.0.1."
        )),
        StartError::Setting { error, .. } => Message::from(error.as_ref()),
        _ => message,
    }
}
