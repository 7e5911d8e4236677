//! The `bowline` command: a shell and script runner for SQL, a checker of databases, and a server.
//!
//! ```text
//!   arguments ──▶ sql ─┬───────────▶ script ─┬─▶ client ──▶ ... ┬─▶ render    rows on stdout
//!                      └─▶ shell ─────┘      └─▶ backslash      └─▶ message   errors and notices on stderr
//!                            │
//!                            ▼
//!                     bowline::Session
//! ```
//!
//! Everything about databases is in the library; here are only its edges to a person, a terminal and a file.

mod arguments;
mod check;
mod script;
mod serve;
mod shell;
mod sql;

mod backslash;
mod client;

mod exit;
mod interrupt;
mod memory;
mod message;
mod one_line;
mod open_files;
mod place;
mod progress;
mod render;

use std::process::ExitCode;

use arguments::Command;

fn main() -> ExitCode {
    memory::set_up();
    let exit = match arguments::parse() {
        Command::Sql(arguments) => sql::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Serve(arguments) => serve::run(arguments),
    };
    exit.into()
}
