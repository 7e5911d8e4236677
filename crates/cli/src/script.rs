//! `bowline sql`: opens the database and runs what the command line says, or the shell.
//!
//! A script is statements, and backslash commands that stand between them. It stops at the first error unless told
//! to keep going; the exit code is that of the worst that happened.

use std::fs;
use std::io::{IsTerminal, Read, stdin};
use std::path::Path;

use bowline::script::{Step, steps};
use bowline::{Database, TransactionStatus};

use crate::arguments::{Input, SqlArguments};
use crate::backslash::{self, Next};
use crate::client::{Client, Settings};
use crate::exit::Exit;
use crate::message::Message;
use crate::place::{Origin, Source};
use crate::render::Layout;
use crate::shell;

/// Files that include files that include files: deeper than this is taken for a circle.
const INCLUDE_DEPTH_MAX: usize = 32;

/// Runs `bowline sql`.
pub fn run(arguments: SqlArguments) -> Exit {
    let database = match &arguments.database {
        Some(path) => Database::open(path),
        None => Database::in_memory(),
    };
    let database = match database {
        Ok(database) => database,
        Err(error) => {
            Message::from(&error).print();
            return Exit::Failed;
        }
    };
    let settings = Settings {
        format: arguments.format,
        layout: Layout::default(),
        timing: arguments.timing,
        echo: arguments.echo,
        keep_going: arguments.keep_going,
    };
    let mut client = Client::new(database.session(), settings);
    if arguments.inputs.is_empty() && stdin().is_terminal() {
        return shell::run(&mut client, arguments.database.as_deref());
    }
    let inputs = if arguments.inputs.is_empty() { vec![Input::Stdin] } else { arguments.inputs };
    let exit = run_inputs(&mut client, &inputs);
    if client.session.transaction_status() != TransactionStatus::Idle {
        Message::warning("the script ended inside a transaction, which is rolled back")
            .hint("End the transaction with COMMIT to keep its changes.")
            .print();
    }
    exit
}

fn run_inputs(client: &mut Client, inputs: &[Input]) -> Exit {
    let mut worst = Exit::Done;
    for input in inputs {
        let (exit, next) = match input {
            Input::Text(text) => run_source(client, &Source { text: text.clone(), origin: Origin::Typed }, 0),
            Input::Stdin => run_stdin(client),
            Input::File(path) => run_file(client, path, 0),
        };
        worst = worst.max(exit);
        if next == Next::Leave || stops(client, exit) {
            break;
        }
    }
    worst
}

/// Whether a script ends here.
fn stops(client: &Client, exit: Exit) -> bool {
    match exit {
        Exit::Done => false,
        Exit::Refused | Exit::Failed => !client.settings.keep_going,
        Exit::Interrupted => true,
    }
}

fn run_stdin(client: &mut Client) -> (Exit, Next) {
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
                backslash::run(client, line, source.place(command, None), depth)
            }
        };
        worst = worst.max(exit);
        if next == Next::Leave || stops(client, exit) {
            return (worst, next);
        }
    }
    (worst, Next::GoOn)
}
