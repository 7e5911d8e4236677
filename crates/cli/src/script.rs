//! Scripts: statements, and backslash commands that stand between them.
//!
//! A script stops at the first error unless told to keep going; its exit code is that of the worst that happened.

use std::fs;
use std::io::{Read, stdin};
use std::path::Path;

use bowline::script::{Step, steps};

use crate::backslash::{self, Then};
use crate::client::Client;
use crate::exit::Exit;
use crate::message::Message;
use crate::place::{Origin, Source};

/// Files that include files that include files: deeper than this is taken for a circle.
const INCLUDE_DEPTH_MAX: usize = 32;

/// Whether to carry on after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The next one.
    GoOn,
    /// `\q`.
    Leave,
}

/// Whether a script ends here.
pub fn stops(client: &Client, exit: Exit) -> bool {
    match exit {
        Exit::Done => false,
        Exit::Refused | Exit::Failed => !client.settings.keep_going,
        Exit::Interrupted => true,
    }
}

/// Runs a script from the standard input.
pub fn run_stdin(client: &mut Client) -> (Exit, Next) {
    let mut bytes = Vec::new();
    if let Err(error) = stdin().lock().read_to_end(&mut bytes) {
        Message::error(format!("could not read the standard input: {error}")).print();
        return (Exit::Failed, Next::GoOn);
    }
    run_bytes(client, bytes, Origin::Stdin, "the standard input", 0)
}

/// Runs a script from a file. `depth` counts the files that include it.
pub fn run_file(client: &mut Client, path: &Path, depth: usize) -> (Exit, Next) {
    let name = path.display().to_string();
    if depth > INCLUDE_DEPTH_MAX {
        let hint = "Look for a file that includes itself, directly or through others.";
        Message::error(format!("files include each other too deeply at \"{name}\"")).hint(hint).print();
        return (Exit::Failed, Next::GoOn);
    }
    match fs::read(path) {
        Ok(bytes) => run_bytes(client, bytes, Origin::File(name.clone()), &name, depth),
        Err(error) => {
            Message::error(format!("could not read \"{name}\": {error}")).print();
            (Exit::Failed, Next::GoOn)
        }
    }
}

fn run_bytes(client: &mut Client, bytes: Vec<u8>, origin: Origin, name: &str, depth: usize) -> (Exit, Next) {
    match String::from_utf8(bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
            run_source(client, &Source { text, origin }, depth)
        }
        Err(error) => {
            let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
            Message::error(format!("{name} is not UTF-8 text, at line {line}"))
                .hint("Save the script as UTF-8.")
                .print();
            (Exit::Failed, Next::GoOn)
        }
    }
}

/// Runs every step of a text. Returns the worst that happened, and whether a command asked to leave.
pub fn run_source(client: &mut Client, source: &Source, depth: usize) -> (Exit, Next) {
    let mut worst = Exit::Done;
    for step in steps(&source.text) {
        let (exit, next) = match step {
            Step::Statement(statement) | Step::Unfinished(statement) => (client.run(source, statement), Next::GoOn),
            Step::Command(command) => {
                let line = &source.text[command.clone()];
                if client.settings.echo {
                    client.print(&format!("{line}\n"));
                }
                run_command(client, line, source.place(command, None), depth)
            }
        };
        worst = worst.max(exit);
        if next == Next::Leave || stops(client, exit) {
            return (worst, next);
        }
    }
    (worst, Next::GoOn)
}

/// Runs a backslash command. `place` is shown with an error; `depth` counts the files being run.
pub fn run_command(client: &mut Client, line: &str, place: Option<String>, depth: usize) -> (Exit, Next) {
    let (exit, then) = backslash::run(client, line, place);
    match then {
        Then::GoOn => (exit, Next::GoOn),
        Then::Leave => (exit, Next::Leave),
        Then::Include(path) => run_file(client, &path, depth + 1),
    }
}
