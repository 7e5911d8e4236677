//! Runs one statement at a time in a session, and prints what comes of it.
//!
//! Rows and command tags go to stdout, messages to stderr; each is out before the other begins, so that a terminal or
//! a file that takes both has them in order.

use std::io::{ErrorKind, Write, stderr, stdout};
use std::ops::Range;
use std::process;
use std::time::Instant;

use bowline::{Error, Outcome, Session};

use crate::arguments::Format;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::message::Message;
use crate::place::Source;
use crate::progress::ProgressLine;
use crate::render::{self, Layout};

/// How much is written between two looks at whether Ctrl-C was pressed.
const CHUNK_BYTES: usize = 64 * 1024;

/// A session, and how its results are shown.
pub struct Client {
    /// The session.
    pub session: Session,
    /// How results are shown.
    pub settings: Settings,
    /// What Ctrl-C cancels.
    pub interrupt: Interrupt,
    progress: ProgressLine,
}

/// How results are shown.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How rows are printed.
    pub format: Format,
    /// A line for each row, or for each value.
    pub layout: Layout,
    /// Print how long each statement took.
    pub timing: bool,
    /// Print each statement before what it answers.
    pub echo: bool,
    /// Carry on after an error.
    pub keep_going: bool,
}

impl Client {
    /// A client of that session.
    pub fn new(mut session: Session, settings: Settings) -> Client {
        let progress = ProgressLine::follow(&mut session);
        Client { session, settings, interrupt: Interrupt::listen(), progress }
    }

    /// Runs a statement of a text and prints what comes of it.
    pub fn run(&mut self, source: &Source, statement: Range<usize>) -> Exit {
        let sql = &source.text[statement.clone()];
        if self.settings.echo {
            self.print(&format!("{sql};\n"));
        }
        let started = Instant::now();
        let result = self.quietly(|session| session.run(sql, &[]));
        let taken = started.elapsed();
        let exit = match result {
            Ok(outcome) => {
                self.print_outcome(&outcome);
                Exit::Done
            }
            Err(error) => {
                Message::from(&error).place(source.place(statement, error.position)).print();
                Exit::of(&error)
            }
        };
        if self.settings.timing {
            let _ = writeln!(stderr(), "Time: {:.3} ms", taken.as_secs_f64() * 1e3);
        }
        // A statement that ended before it heard of Ctrl-C ends the script all the same.
        if self.interrupt.pressed() { Exit::Interrupted } else { exit }
    }

    /// The line that tells how far work is.
    pub fn progress(&self) -> ProgressLine {
        self.progress.clone()
    }

    /// Lets a session work, with its progress shown and with Ctrl-C cancelling it. Prints nothing.
    pub fn quietly<T>(&mut self, work: impl FnOnce(&mut Session) -> Result<T, Error>) -> Result<T, Error> {
        self.interrupt.begin(self.session.cancel_handle());
        self.progress.begin();
        let result = work(&mut self.session);
        self.progress.end();
        self.interrupt.end();
        result
    }

    fn print_outcome(&self, outcome: &Outcome) {
        for notice in &outcome.notices {
            Message::from(notice).print();
        }
        let mut text = String::new();
        if let Some(rows) = &outcome.rows {
            text.push_str(&render::result(rows, self.settings.format, self.settings.layout));
        }
        // Only rows are data: in the formats for programs, a tag would be in the way.
        if self.settings.format == Format::Table && shows_tag(outcome) {
            text.push_str(&outcome.tag);
            text.push('\n');
        }
        self.print(&text);
    }

    /// Prints data. A reader who has gone ends the command, quietly.
    pub fn print(&self, text: &str) {
        let mut stdout = stdout().lock();
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let (chunk, next) = rest.split_at(rest.len().min(CHUNK_BYTES));
            if let Err(error) = stdout.write_all(chunk).and_then(|()| stdout.flush()) {
                if error.kind() != ErrorKind::BrokenPipe {
                    Message::error(format!("could not write to the standard output: {error}")).print();
                }
                process::exit(Exit::Failed.code().into());
            }
            if self.interrupt.pressed() {
                break;
            }
            rest = next;
        }
    }
}

/// As in psql: rows speak for themselves, except those that a write returns.
fn shows_tag(outcome: &Outcome) -> bool {
    let writes = ["INSERT", "UPDATE", "DELETE", "MERGE"];
    outcome.rows.is_none() || writes.iter().any(|verb| outcome.tag.starts_with(verb))
}
