//! The command line: what it accepts, as its help shows it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

/// Understands the command line of this process. Prints help or what is wrong with it, and exits, where asked or needed.
pub fn parse() -> Command {
    let matches = Arguments::command().get_matches();
    let mut arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if let (Command::Sql(sql), Some(("sql", matches))) = (&mut arguments.command, matches.subcommand()) {
        sql.inputs = inputs(sql, matches);
    }
    arguments.command
}

/// A relational engine built around foreign keys.
#[derive(Debug, Parser)]
#[command(name = "bowline", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run SQL: a shell on a terminal, otherwise a script
    Sql(SqlArguments),
    /// Print every row that violates a foreign key; exit 1 if there are any
    Check(CheckArguments),
    /// Serve a database over PostgreSQL's wire protocol, until SIGTERM or Ctrl-C
    Serve(ServeArguments),
}

/// The arguments of `bowline sql`.
#[derive(Debug, Args)]
pub struct SqlArguments {
    /// The database, a directory that is made if it does not exist; in memory if left out
    #[arg(value_name = "DB")]
    pub database: Option<PathBuf>,

    /// Run this SQL or backslash command; -c and -f run in the order given
    #[arg(short, long = "command", value_name = "SQL")]
    commands: Vec<String>,

    /// Run this file; - is the standard input
    #[arg(short, long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How rows are printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,

    /// Print how long each statement took
    #[arg(long)]
    pub timing: bool,

    /// Print each statement before what it answers
    #[arg(long)]
    pub echo: bool,

    /// Carry on after an error; the exit code tells it all the same
    #[arg(long)]
    pub keep_going: bool,

    /// The values of -c and -f, in the order of the command line.
    #[arg(skip)]
    pub inputs: Vec<Input>,
}

/// The arguments of `bowline check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The database, a directory
    #[arg(value_name = "DB")]
    pub database: PathBuf,

    /// How the violations are printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// The arguments of `bowline serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// The database, a directory that is made if it does not exist; in memory if left out
    #[arg(value_name = "DB")]
    pub database: Option<PathBuf>,

    /// Where to listen; port 0 takes a free one, which is printed
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:5432")]
    pub listen: SocketAddr,

    /// Who may connect, with a password; needed to listen on other addresses than this machine's own
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub user: Option<String>,

    /// The file that holds the password; else it is in the environment variable BOWLINE_PASSWORD
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,

    /// Offer TLS with this certificate, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// The private key of the certificate, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// The most connections at a time
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = connection_count)]
    pub max_connections: usize,

    /// The longest message that is taken, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20)]
    pub max_message_bytes: usize,

    /// Start each session with a setting, as statement_timeout=30s; clients may SET another value
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,

    /// Offer metrics for Prometheus over HTTP at this address
    #[arg(long, value_name = "ADDRESS")]
    pub metrics: Option<SocketAddr>,

    /// What to log on stderr: a level, or levels by part as in bowline_server=debug
    #[arg(long, value_name = "FILTER", default_value = "info")]
    pub log: String,

    /// How the log is written
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line an event
    Text,
    /// A JSON object an event
    Json,
}

/// Something to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// SQL given on the command line.
    Text(String),
    /// A file.
    File(PathBuf),
    /// The standard input.
    Stdin,
}

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// As psql prints them
    Table,
    /// Comma-separated values with a header; NULL is empty
    Csv,
    /// One array of objects for each result
    Json,
}

/// At least one.
fn connection_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("nobody could connect".to_owned()),
        Ok(count) => Ok(count),
        Err(error) => Err(format!("{error}")),
    }
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a setting is given as name=value")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Clap keeps the values of each option by themselves; their indices tell how they were mixed.
fn inputs(arguments: &SqlArguments, matches: &ArgMatches) -> Vec<Input> {
    let places = |id: &str| matches.indices_of(id).into_iter().flatten();
    let commands = places("commands").zip(arguments.commands.iter().cloned().map(Input::Text));
    let files = places("files").zip(arguments.files.iter().map(|path| match path.as_os_str() {
        name if name == "-" => Input::Stdin,
        _ => Input::File(path.clone()),
    }));
    let mut inputs: Vec<_> = commands.chain(files).collect();
    inputs.sort_by_key(|(place, _)| *place);
    inputs.into_iter().map(|(_, input)| input).collect()
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches};

    use super::{Arguments, Command, Input, inputs};

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn commands_and_files_keep_their_order() {
        let matches =
            Arguments::command().get_matches_from(["bowline", "sql", "-f", "a", "-c", "b", "--file=-", "-cd"]);
        let arguments = Arguments::from_arg_matches(&matches).expect("valid arguments");
        let Command::Sql(sql) = arguments.command else { panic!("sql was asked for") };
        let matches = matches.subcommand_matches("sql").expect("sql was asked for");
        let expected =
            [Input::File("a".into()), Input::Text("b".to_owned()), Input::Stdin, Input::Text("d".to_owned())];
        assert_eq!(inputs(&sql, matches), expected);
    }
}
