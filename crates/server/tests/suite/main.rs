//! The server from outside: a small client of the protocol, and what it must be answered.

mod base64;
mod certificate;
mod client;
mod scram;

mod authentication;
mod copying;
mod extended;
mod hostile;
mod planning;
mod settings;
mod simple;
mod stopping;
mod tls;
mod types;
