//! The shell: reads statements from a terminal, runs each as soon as its semicolon is typed.
//!
//! ```text
//!   line ──▶ buffer ──▶ statements that are ended ──▶ client
//!              ▲                   │
//!              └── what is left ◀──┘     the prompt tells what it ends in:  shop=>  shop->  shop'>
//! ```
//!
//! Ctrl-C while typing forgets the buffer, while a statement runs cancels it; Ctrl-D leaves.

mod completion;
mod history;
mod keywords;
mod names;

use std::ops::Range;
use std::path::Path;

use bowline::TransactionStatus;
use bowline::script::{Ending, Step, ending, steps};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};

use crate::client::Client;
use crate::exit::Exit;
use crate::message::Message;
use crate::place::{Origin, Source};
use crate::script::{Next, run_command};
use completion::Completion;
use history::History;
use names::Names;

type LineEditor = Editor<Completion, FileHistory>;

/// Runs the shell until the person leaves. `database` names it in the prompt.
pub fn run(client: &mut Client, database: Option<&Path>) -> Exit {
    let config = Config::builder().completion_type(CompletionType::List).build();
    let mut editor = match LineEditor::with_config(config) {
        Ok(editor) => editor,
        Err(error) => {
            Message::error(format!("could not read from the terminal: {error}")).print();
            return Exit::Failed;
        }
    };
    let history = History::load(&mut editor);
    client.interrupt.enter_shell();
    client.print(&format!("bowline {}, \\? shows help.\n\n", env!("CARGO_PKG_VERSION")));
    let mut shell = Shell { name: prompt_name(database), buffer: String::new() };
    loop {
        let prompt = shell.prompt(client.session.transaction_status());
        let names = Names::of(&client.session.snapshot());
        editor.set_helper(Some(Completion::new(names, shell.buffer.clone())));
        match editor.readline(&prompt) {
            Ok(line) => {
                let (input, next) = shell.accept(client, &line);
                if let Some(input) = input {
                    history.add(&mut editor, &input);
                }
                if next == Next::Leave {
                    return Exit::Done;
                }
            }
            Err(ReadlineError::Interrupted) => shell.buffer.clear(),
            Err(ReadlineError::Eof) => return Exit::Done,
            Err(error) => {
                Message::error(format!("could not read from the terminal: {error}")).print();
                return Exit::Failed;
            }
        }
    }
}

struct Shell {
    name: String,
    /// What is typed and not run yet.
    buffer: String,
}

impl Shell {
    /// As psql's: `shop=> `, in a transaction `shop=*> `, after an error in it `shop=!> `, within a statement `shop-> `.
    fn prompt(&self, status: TransactionStatus) -> String {
        let state = match ending(&self.buffer) {
            Ending::Empty | Ending::Semicolon => '=',
            Ending::Statement => '-',
            Ending::SingleQuote => '\'',
            Ending::DoubleQuote => '"',
            Ending::DollarQuote => '$',
            Ending::Comment => '*',
        };
        let transaction = match status {
            TransactionStatus::Idle => "",
            TransactionStatus::InTransaction => "*",
            TransactionStatus::Failed => "!",
        };
        format!("{}{state}{transaction}> ", self.name)
    }

    /// Runs what a line completes. Returns the whole input for the history once all of it has run.
    fn accept(&mut self, client: &mut Client, line: &str) -> (Option<String>, Next) {
        let in_statement = ending(&self.buffer) == Ending::Statement;
        if in_statement && line.trim_start().starts_with('\\') {
            // A command in the middle of a statement, as in psql: the statement waits.
            if line.trim() == "\\r" {
                self.buffer.clear();
            }
            let (_, next) = run_command(client, line, None, 0);
            return (Some(line.trim().to_owned()), next);
        }
        if !self.buffer.is_empty() {
            self.buffer.push('\n');
        }
        self.buffer.push_str(line);
        let (ready, rest) = ready_steps(&self.buffer);
        if ready.is_empty() {
            return (None, Next::GoOn);
        }
        let rest = self.buffer.split_off(rest);
        let source = Source { text: std::mem::replace(&mut self.buffer, rest), origin: Origin::Typed };
        for step in ready {
            let next = match step {
                Step::Statement(range) | Step::Unfinished(range) => {
                    client.run(&source, range);
                    Next::GoOn
                }
                Step::Command(range) => run_command(client, &source.text[range], None, 0).1,
            };
            if next == Next::Leave {
                return (Some(source.text), next);
            }
        }
        (Some(source.text.trim().to_owned()), Next::GoOn)
    }
}

/// The steps of a text that are ended, and where the rest begins, which waits for more lines.
fn ready_steps(text: &str) -> (Vec<Step>, usize) {
    let mut ready = Vec::new();
    let mut rest = 0;
    for step in steps(text) {
        match &step {
            Step::Unfinished(range) => return (ready, range.start),
            Step::Statement(Range { end, .. }) | Step::Command(Range { end, .. }) => rest = *end,
        }
        ready.push(step);
    }
    let nothing_left = matches!(ending(&text[rest..]), Ending::Empty | Ending::Semicolon);
    (ready, if nothing_left { text.len() } else { rest })
}

/// The directory's name, which says more than its path.
fn prompt_name(database: Option<&Path>) -> String {
    let Some(path) = database else { return "memory".to_owned() };
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use bowline::TransactionStatus;

    use super::{Shell, ready_steps};

    fn rest(text: &str) -> (usize, &str) {
        let (ready, rest) = ready_steps(text);
        (ready.len(), &text[rest..])
    }

    #[test]
    fn statements_run_as_soon_as_they_are_ended() {
        assert_eq!(rest("select 1"), (0, "select 1"));
        assert_eq!(rest("select 1; select"), (1, "select"));
        assert_eq!(rest("select 1; select 2;  "), (2, ""));
        assert_eq!(rest("select 1; /* more"), (1, "; /* more"));
        assert_eq!(rest("select ';"), (0, "select ';"));
        assert_eq!(rest("\\echo it's"), (1, ""));
        assert_eq!(rest("select 1; \\d t"), (2, ""));
        assert_eq!(rest("-- only a comment"), (0, ""));
    }

    #[test]
    fn the_prompt_tells_the_state() {
        let prompt = |buffer: &str, status| Shell { name: "shop".to_owned(), buffer: buffer.to_owned() }.prompt(status);
        assert_eq!(prompt("", TransactionStatus::Idle), "shop=> ");
        assert_eq!(prompt("select", TransactionStatus::Idle), "shop-> ");
        assert_eq!(prompt("", TransactionStatus::InTransaction), "shop=*> ");
        assert_eq!(prompt("", TransactionStatus::Failed), "shop=!> ");
        assert_eq!(prompt("select 'a", TransactionStatus::InTransaction), "shop'*> ");
    }
}
