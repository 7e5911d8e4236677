//! `bowline sql`: opens the database and runs what the command line says, or the shell.

use std::io::{IsTerminal, stdin};

use bowline::{Database, TransactionStatus};

use crate::arguments::{Input, SqlArguments};
use crate::client::{Client, Settings};
use crate::exit::Exit;
use crate::message::Message;
use crate::place::{Origin, Source};
use crate::render::Layout;
use crate::script::{self, Next};
use crate::shell;

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
            Input::Text(text) => script::run_source(client, &Source { text: text.clone(), origin: Origin::Typed }, 0),
            Input::Stdin => script::run_stdin(client),
            Input::File(path) => script::run_file(client, path, 0),
        };
        worst = worst.max(exit);
        if next == Next::Leave || script::stops(client, exit) {
            break;
        }
    }
    worst
}
