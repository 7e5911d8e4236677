//! Differential tests: the golden scripts run on a real PostgreSQL too, and every statement must end alike.
//!
//! ```text
//!             ┌─▶ bowline session ─▶ SQLSTATE, row count, rows ─┐
//!   NAME.sql ─┤                                                 ├─▶ equal, statement by statement
//!             └─▶ psql ───────────▶ SQLSTATE, row count, rows ──┘
//! ```
//!
//! Rows are compared as PostgreSQL's text, in order where the statement says ORDER BY and as a sorted list otherwise.
//! A script whose head has a line `-- bowline only: reason` stays out; a statement with a line `-- differs: reason`
//! right above it runs on both and is not compared. `docs/differences.md` explains the reasons once.
//!
//! The server is found through `BOWLINE_PG_BIN`, `pg_config --bindir` or `/usr/lib/postgresql/*/bin`, and runs in a
//! temporary directory behind a socket of its own. Without one the test says so and passes.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use bowline::{Database, display, script};

use crate::golden;

/// What a statement did, in the terms both sides can be asked for.
#[derive(Debug, PartialEq, Eq)]
struct Ending {
    /// `00000` when it succeeded.
    sqlstate: String,
    /// Rows returned or changed.
    row_count: Option<u64>,
    /// Each row as its fields joined by [`FIELD`].
    rows: Vec<String>,
}

/// Stand between fields, rows and statements in what psql prints; no script contains them.
const FIELD: &str = "\u{1f}";
const ROW: &str = "\u{1e}";
const NULL: &str = "\u{2400}";
const STATEMENT: &str = "\u{1d}";

const START_SECONDS_MAX: u64 = 60;

#[test]
fn statements_end_as_on_postgresql() {
    let Some(server) = Server::start() else {
        eprintln!("skipped: no PostgreSQL found");
        return;
    };
    let mut differences = Vec::new();
    let mut compared = 0;
    for (number, script) in golden::all_scripts().iter().enumerate() {
        let text = fs::read_to_string(&script.path).expect("a script can be read");
        if text.lines().take_while(|line| line.starts_with("--")).any(|line| line.starts_with("-- bowline only:")) {
            continue;
        }
        compared += 1;
        let shown = script.path.strip_prefix(golden::workspace()).unwrap_or(&script.path).display().to_string();
        differences.extend(compare(&server, &format!("script_{number}"), &shown, &text));
    }
    eprintln!("{compared} scripts compared with PostgreSQL {}", server.version);
    assert!(differences.is_empty(), "{} statements differ\n\n{}", differences.len(), differences.join("\n"));
}

/// Runs one script on both sides; returns each difference with the place of its statement.
fn compare(server: &Server, database: &str, shown: &str, text: &str) -> Vec<String> {
    let statements: Vec<Range<usize>> = script::statements(text).collect();
    let theirs = server.run(database, text, &statements);
    let ours = run_here(text, &statements);
    if theirs.len() != statements.len() {
        return vec![format!("{shown}: psql answered {} of {} statements", theirs.len(), statements.len())];
    }
    let mut differences = Vec::new();
    for ((range, ours), theirs) in statements.iter().zip(ours).zip(theirs) {
        let statement = &text[range.clone()];
        if is_known_to_differ(&text[..range.start]) {
            continue;
        }
        let (ours, theirs) = (comparable(ours, statement), comparable(theirs, statement));
        if !server.agrees(&ours, &theirs) {
            let line = text[..range.start].matches('\n').count() + 1;
            differences.push(report(shown, line, statement, &ours, &theirs));
        }
    }
    differences
}

fn run_here(text: &str, statements: &[Range<usize>]) -> Vec<Ending> {
    let database = Database::in_memory().expect("a database in memory opens");
    let mut session = database.session();
    let run = |range: &Range<usize>| match session.run(&text[range.clone()], &[]) {
        Err(error) => Ending { sqlstate: error.sqlstate.clone(), row_count: None, rows: Vec::new() },
        Ok(outcome) => {
            let row_count = outcome.tag.rsplit(' ').next().and_then(|word| word.parse().ok());
            let mut rows = Vec::new();
            for batch in outcome.rows.iter().flat_map(|result| &result.batches) {
                let schema = batch.schema();
                for row in 0..batch.num_rows() {
                    let columns = schema.fields().iter().zip(batch.columns());
                    let fields = columns.map(|(field, column)| display::text_as(field, column.as_ref(), row));
                    let fields: Vec<_> = fields.map(|field| field.unwrap_or(NULL.to_owned())).collect();
                    rows.push(fields.join(FIELD));
                }
            }
            Ending { sqlstate: "00000".to_owned(), row_count, rows }
        }
    };
    statements.iter().map(run).collect()
}

/// Leaves out what only one side defines: the order of rows nobody asked to be ordered, and the row count of a
/// statement that has none.
fn comparable(mut ending: Ending, statement: &str) -> Ending {
    let statement = statement.to_ascii_lowercase();
    if !statement.contains("order by") {
        ending.rows.sort();
    }
    let counted = ["insert", "update", "delete", "merge", "select", "with", "values", "table"];
    let is_counted = counted.iter().any(|word| statement.starts_with(word));
    ending.row_count = ending.row_count.filter(|_| is_counted && ending.sqlstate == "00000");
    ending
}

/// Whether the last line above a statement is a `-- differs:` comment.
fn is_known_to_differ(before: &str) -> bool {
    let above = before.trim_end().lines().next_back().unwrap_or_default();
    above.trim_start().starts_with("-- differs:")
}

fn report(shown: &str, line: usize, statement: &str, ours: &Ending, theirs: &Ending) -> String {
    let mut text = format!("{shown}:{line}: {}\n", statement.replace('\n', "\n    "));
    for (who, ending) in [("bowline", ours), ("PostgreSQL", theirs)] {
        let count = ending.row_count.map_or(String::new(), |count| format!(", {count} rows"));
        writeln!(text, "  {who}: {}{count}", ending.sqlstate).expect("writing to a String succeeds");
        for row in &ending.rows {
            writeln!(text, "    {}", row.replace(FIELD, " | ")).expect("writing to a String succeeds");
        }
    }
    text
}

/// A PostgreSQL server in a temporary directory, stopped and removed when dropped.
struct Server {
    programs: PathBuf,
    /// Holds `data`, the socket and the log. Removed last.
    directory: tempfile::TempDir,
    process: Child,
    version: u32,
}

impl Server {
    /// `None` where PostgreSQL is not installed. Panics if an installed one does not start.
    fn start() -> Option<Server> {
        let programs = programs()?;
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let (data, log) = (directory.path().join("data"), directory.path().join("log"));
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(directory.path()).status();
            assert!(owned.is_ok_and(|status| status.success()), "the user postgres was believed to exist");
        }
        let mut initdb = as_server_user(&programs.join("initdb"));
        initdb.args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "-D"]).arg(&data);
        let made = initdb.current_dir(directory.path()).output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));

        let mut postgres = as_server_user(&programs.join("postgres"));
        postgres.arg("-D").arg(&data).arg("-k").arg(directory.path());
        for setting in ["listen_addresses=", "fsync=off", "full_page_writes=off", "timezone=UTC"] {
            postgres.args(["-c", setting]);
        }
        let log = fs::File::create(log).expect("the log can be made");
        postgres.current_dir(directory.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let process = postgres.spawn().expect("postgres starts");
        let mut server = Server { programs, directory, process, version: 0 };
        server.version = server.wait_until_ready();
        Some(server)
    }

    /// Asks until the server answers; returns its major version.
    fn wait_until_ready(&self) -> u32 {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(START_SECONDS_MAX) {
            let asked = self.psql("postgres").args(["-A", "-t", "-c", "SHOW server_version_num"]).output();
            let answer = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
            if let Ok(number) = answer.unwrap_or_default().parse::<u32>() {
                return number / 10_000;
            }
            thread::sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        panic!("PostgreSQL was believed to start within {START_SECONDS_MAX} seconds:\n{log}");
    }

    fn psql(&self, database: &str) -> Command {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-U", "postgres", "-d", database, "-h"]).arg(self.directory.path());
        psql.env_remove("PGOPTIONS").env("PGTZ", "UTC").env("PGCLIENTENCODING", "UTF8");
        psql
    }

    /// Runs the statements in a new database and returns how each ended.
    fn run(&self, database: &str, text: &str, statements: &[Range<usize>]) -> Vec<Ending> {
        let created = self.psql("postgres").args(["-c", &format!("CREATE DATABASE {database}")]).status();
        assert!(created.is_ok_and(|status| status.success()), "PostgreSQL was believed to make a database");
        let mut input = String::new();
        for range in statements {
            // The semicolon stands on a line of its own: a comment may end the statement.
            let statement = &text[range.clone()];
            writeln!(input, "{statement}\n;\n\\echo '{STATEMENT}' :SQLSTATE :ROW_COUNT").expect("writing succeeds");
        }
        let file = self.directory.path().join(format!("{database}.sql"));
        fs::write(&file, input).expect("the script can be written");
        let mut psql = self.psql(database);
        psql.args(["-A", "-t", "-F", FIELD, "-R", ROW, "-P", &format!("null={NULL}")]).arg("-f").arg(&file);
        let output = psql.output().expect("psql runs");
        endings(&String::from_utf8_lossy(&output.stdout))
    }

    /// Equal, or different only in what `docs/differences.md` lists for every statement.
    fn agrees(&self, ours: &Ending, theirs: &Ending) -> bool {
        let restricted = ours.sqlstate == "23001" && theirs.sqlstate == "23503" && self.version < 18;
        ours == theirs || restricted
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = as_server_user(&self.programs.join("pg_ctl"));
        stop.args(["stop", "-m", "immediate", "-D"]).arg(self.directory.path().join("data"));
        stop.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
        if !stop.status().is_ok_and(|status| status.success()) {
            // Nothing more can be done from a destructor; the process is ours, so end it.
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// Reads what psql printed: for each statement its rows, then the line with SQLSTATE and row count.
fn endings(printed: &str) -> Vec<Ending> {
    let mut parts = printed.split(STATEMENT);
    let mut rows = parts.next().unwrap_or_default();
    let mut endings = Vec::new();
    for part in parts {
        let (line, next_rows) = part.split_once('\n').unwrap_or((part, ""));
        let mut words = line.split_whitespace();
        let sqlstate = words.next().unwrap_or_default().to_owned();
        let row_count = words.next().and_then(|word| word.parse().ok());
        // psql ends the last row of a statement with a newline whatever the separator is.
        let rows_of_it = rows.strip_suffix('\n').map(|rows| rows.split(ROW).map(str::to_owned).collect());
        endings.push(Ending { sqlstate, row_count, rows: rows_of_it.unwrap_or_default() });
        rows = next_rows;
    }
    endings
}

/// The folder of PostgreSQL's programs.
fn programs() -> Option<PathBuf> {
    let named = env::var_os("BOWLINE_PG_BIN").map(PathBuf::from);
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<_> = installed.map(|entry| entry.path().join("bin")).collect();
    // The newest last, so that it is found first.
    installed.sort();
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let mut folders = named.into_iter().chain(told).chain(installed.into_iter().rev());
    folders.find(|folder| folder.join("initdb").is_file() && folder.join("psql").is_file())
}

/// PostgreSQL refuses to run as root, so root becomes the user postgres.
fn as_server_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

fn is_root() -> bool {
    let asked = Command::new("id").arg("-u").output();
    asked.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
