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
//! `postgres.rs` says how the server is found. Without one the test says so and passes.

use std::fmt::Write as _;
use std::fs;
use std::ops::Range;

use bowline::{Database, display, script};

use crate::golden;
use crate::postgres::Server;

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
    let theirs = run_there(server, database, text, &statements);
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
        if !agrees(server, &ours, &theirs) {
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
                // psql shows rows without columns by their number alone.
                if schema.fields().is_empty() {
                    continue;
                }
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

/// Runs the statements in a new database of the server and returns how each ended.
fn run_there(server: &Server, database: &str, text: &str, statements: &[Range<usize>]) -> Vec<Ending> {
    server.create_database(database);
    let mut input = String::new();
    for range in statements {
        // The semicolon stands on a line of its own: a comment may end the statement.
        let statement = &text[range.clone()];
        writeln!(input, "{statement}\n;\n\\echo '{STATEMENT}' :SQLSTATE :ROW_COUNT").expect("writing succeeds");
    }
    let file = server.directory().join(format!("{database}.sql"));
    fs::write(&file, input).expect("the script can be written");
    let mut psql = server.psql(database);
    psql.args(["-A", "-t", "-F", FIELD, "-R", ROW, "-P", &format!("null={NULL}")]).arg("-f").arg(&file);
    let output = psql.output().expect("psql runs");
    endings(&String::from_utf8_lossy(&output.stdout))
}

/// Equal, or different only in what `docs/differences.md` lists for every statement.
fn agrees(server: &Server, ours: &Ending, theirs: &Ending) -> bool {
    let restricted = ours.sqlstate == "23001" && theirs.sqlstate == "23503" && server.version < 18;
    ours == theirs || restricted
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
