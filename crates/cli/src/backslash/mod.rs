//! The shell's own commands, such as `\d orders`, which scripts may use as well.

mod describe;
mod list;
mod names;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::arguments::Format;
use crate::client::Client;
use crate::exit::Exit;
use crate::message::Message;
use crate::render::Layout;

/// What each command does, in the order of the help.
const COMMANDS: [(&str, &str); 14] = [
    ("\\d [NAME]", "describe a table, view, sequence or index; without a name, list them all"),
    ("\\dt [PATTERN]", "list tables"),
    ("\\dv [PATTERN]", "list views"),
    ("\\di [PATTERN]", "list indexes and keys"),
    ("\\ds [PATTERN]", "list sequences"),
    ("\\dn [PATTERN]", "list schemas"),
    ("\\i FILE", "run a script"),
    ("\\echo TEXT", "print a text"),
    ("\\format [FORMAT]", "print rows as table, csv or json"),
    ("\\x [on|off]", "print a line for each value instead of each row"),
    ("\\timing [on|off]", "print how long each statement takes"),
    ("\\r", "forget the statement typed so far"),
    ("\\?", "show this help"),
    ("\\q", "leave"),
];

/// What comes after a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// The next statement.
    GoOn,
    /// A script from a file: `\i`.
    Include(PathBuf),
    /// Nothing more: `\q`.
    Leave,
}

/// The words that start a command: `\d`, `\dt`, ...
pub fn command_names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().filter_map(|(usage, _)| usage.split(' ').next())
}

/// Runs a command and prints what comes of it. `place` is shown with an error.
pub fn run(client: &mut Client, line: &str, place: Option<String>) -> (Exit, Then) {
    let line = line.trim().trim_end_matches(';').trim_end();
    let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let argument = argument.trim();
    let done = match name {
        "\\q" => return (Exit::Done, Then::Leave),
        "\\i" if argument.is_empty() => Err(Message::error("\\i needs a file").hint("Write \\i FILE.")),
        "\\i" => return (Exit::Done, Then::Include(argument.trim_matches('\'').into())),
        "\\?" => Ok(help()),
        "\\d" if argument.is_empty() => Ok(list::relations(client, list::Kind::ALL, "")),
        "\\d" => describe::relation(client, argument),
        "\\dt" => Ok(list::relations(client, &[list::Kind::Table], argument)),
        "\\dv" => Ok(list::relations(client, &[list::Kind::View], argument)),
        "\\ds" => Ok(list::relations(client, &[list::Kind::Sequence], argument)),
        "\\di" => Ok(list::indexes(client, argument)),
        "\\dn" => Ok(list::schemas(client, argument)),
        "\\echo" => Ok(format!("{argument}\n")),
        "\\format" => set_format(client, argument),
        "\\x" => set_layout(client, argument),
        "\\timing" => set_timing(client, argument),
        "\\r" => Ok(String::new()),
        _ => Err(Message::error(format!("unknown command {name}")).hint("\\? lists the commands.")),
    };
    match done {
        Ok(text) => {
            client.print(&text);
            (Exit::Done, Then::GoOn)
        }
        Err(message) => {
            message.place(place).print();
            (Exit::Refused, Then::GoOn)
        }
    }
}

fn help() -> String {
    let width = COMMANDS.iter().map(|(usage, _)| usage.len()).max().unwrap_or(0);
    let commands: String = COMMANDS.iter().map(|(usage, what)| format!("{usage:width$}  {what}\n")).collect();
    format!(
        "{commands}\nA statement ends with a semicolon. Tab completes keywords and names, Ctrl-C cancels.\n\
         EXPLAIN DELETE ... shows what a statement would take with it, without doing it.\n"
    )
}

fn set_format(client: &mut Client, argument: &str) -> Result<String, Message> {
    if !argument.is_empty() {
        client.settings.format = Format::from_str(argument, true).map_err(|_| {
            Message::error(format!("unknown format \"{argument}\"")).hint("The formats are table, csv and json.")
        })?;
    }
    let name = client.settings.format.to_possible_value().map(|value| value.get_name().to_owned());
    Ok(format!("Rows are printed as {}.\n", name.unwrap_or_default()))
}

fn set_layout(client: &mut Client, argument: &str) -> Result<String, Message> {
    let expanded = switch(argument, client.settings.layout == Layout::Expanded)?;
    client.settings.layout = if expanded { Layout::Expanded } else { Layout::Aligned };
    Ok(format!("Expanded display is {}.\n", on_or_off(expanded)))
}

fn set_timing(client: &mut Client, argument: &str) -> Result<String, Message> {
    client.settings.timing = switch(argument, client.settings.timing)?;
    Ok(format!("Timing is {}.\n", on_or_off(client.settings.timing)))
}

/// What an argument of `on`, `off` or nothing makes of a setting.
fn switch(argument: &str, before: bool) -> Result<bool, Message> {
    match argument {
        "" => Ok(!before),
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(Message::error(format!("\"{other}\" is neither on nor off")).hint("Write on, off or nothing.")),
    }
}

fn on_or_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}
