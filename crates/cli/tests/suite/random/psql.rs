//! PostgreSQL through one long-lived psql, asked over its standard input.
//!
//! ```text
//!   ──▶ statement ; \echo MARK :SQLSTATE :LAST_ERROR_MESSAGE      ◀── rows, tag, then the line that starts with MARK
//! ```

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::engines::{Contents, Ending, Engine, FIELD, NULL};
use crate::postgres::Server;

/// Starts the line that ends an answer; no generated value contains it.
const MARK: &str = "\u{1d}";

/// A session of psql. Ends with the value.
pub(super) struct Psql {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Psql {
    /// Opens a session in a new database of the server.
    pub(super) fn open(server: &Server, database: &str) -> Psql {
        server.create_database(database);
        let mut command = server.psql(database);
        // Command tags are wanted, so psql is not quiet; all it has to say about errors is asked for.
        command.args(["-v", "QUIET=off", "-A", "-t", "-F", FIELD, "-P", &format!("null={NULL}"), "-f", "-"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("psql starts");
        let input = process.stdin.take().expect("the input is a pipe");
        let output = BufReader::new(process.stdout.take().expect("the output is a pipe"));
        let mut psql = Psql { process, input: Some(input), output };
        // What the test does with a plan is not what is tested, and short plans are made sooner.
        psql.run("SET jit = off");
        // Keys that chase each other around a cycle of ON UPDATE CASCADE keep PostgreSQL busy for ever: 57014. Anything else
        // takes milliseconds.
        psql.run("SET statement_timeout = '10s'");
        psql
    }

    /// Runs statements in one go and returns how each ended.
    pub(super) fn run_all(&mut self, statements: &[&str]) -> Vec<Ending> {
        let mut text = String::new();
        for statement in statements {
            writeln!(text, "{statement}\n;\n\\echo {MARK} :SQLSTATE :LAST_ERROR_MESSAGE").expect("writing succeeds");
        }
        let input = self.input.as_mut().expect("psql is open");
        input.write_all(text.as_bytes()).and_then(|()| input.flush()).expect("psql reads what it is sent");
        statements.iter().map(|statement| self.answer(statement)).collect()
    }

    fn answer(&mut self, statement: &str) -> Ending {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).expect("psql prints UTF-8");
            assert!(read > 0, "psql was believed to answer {statement}");
            let line = line.trim_end_matches('\n');
            if let Some(told) = line.strip_prefix(MARK) {
                let (sqlstate, message) = told.trim_start().split_once(' ').unwrap_or((told.trim(), ""));
                return ending(lines, sqlstate, message);
            }
            lines.push(line.to_owned());
        }
    }
}

/// Reads the lines of an answer. The tag is the last line, if there is one: words in capitals, then numbers.
fn ending(mut lines: Vec<String>, sqlstate: &str, message: &str) -> Ending {
    if sqlstate != "00000" {
        return Ending { sqlstate: sqlstate.to_owned(), headlines: vec![message.to_owned()], ..Ending::default() };
    }
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ';
    let is_tag =
        |line: &String| line.starts_with(|first: char| first.is_ascii_uppercase()) && line.chars().all(is_part);
    let tag = lines.pop_if(|line| is_tag(line)).unwrap_or_default();
    lines.sort();
    Ending { sqlstate: sqlstate.to_owned(), tag, rows: lines, headlines: Vec::new() }
}

impl Engine for Psql {
    fn reset(&mut self) {
        self.run_all(&["ROLLBACK", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public"]);
    }

    fn run(&mut self, sql: &str) -> Ending {
        self.run_all(&[sql]).pop().expect("one statement, one answer")
    }

    fn contents(&mut self, tables: &[String]) -> Contents {
        let selects: Vec<String> = tables.iter().map(|table| format!("SELECT * FROM {table}")).collect();
        let answers = self.run_all(&selects.iter().map(String::as_str).collect::<Vec<_>>());
        let read = |(table, answer): (&String, Ending)| (table.clone(), answer.succeeded().then_some(answer.rows));
        tables.iter().zip(answers).map(read).collect()
    }
}

impl Drop for Psql {
    fn drop(&mut self) {
        // At the end of its input psql ends.
        drop(self.input.take());
        let _ = self.process.wait();
    }
}
