//! Serves a database over PostgreSQL's wire protocol.
//!
//! ```text
//!   server ─▶ startup ─▶ connection ─┬─ simple     Query: a text of statements
//!                                    ├─ extended   Parse, Bind, Describe, Execute, Close, Sync
//!                                    └─ copy       data in and out
//!                 wire: bytes ◀─▶ messages          types: values ◀─▶ bytes
//! ```
//!
//! Sockets are waited on without a thread. What a message asks for is done by the thread that found it, which leaves its
//! other work to another one where the engine may take long or block. Whatever a client sends can close its own connection
//! and nothing else.

mod config;
mod server;
mod shared;
mod start_error;

mod auth;
mod company;
mod newcomers;
mod registry;
mod startup;
mod tls;

mod connection;
mod copy;
mod extended;
mod failure;
mod portals;
mod rows;
mod session_statements;
mod simple;
mod transactions;

mod io;
mod measure;
mod report;
mod types;
mod wire;

pub use config::{Config, TlsFiles, User};
pub use server::Server;
pub use start_error::StartError;
