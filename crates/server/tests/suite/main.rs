//! The server from outside: a small client of the protocol, and what it must be answered.

mod client;

mod authentication;
mod copying;
mod extended;
mod hostile;
mod settings;
mod simple;
mod stopping;
mod types;
