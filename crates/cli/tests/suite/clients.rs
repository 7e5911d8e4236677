//! PostgreSQL's own clients against `bowline serve`: Python, Node, Java and Rust programs of `tests/clients`, each with a
//! server of its own, and SQLAlchemy's dialect compliance suite.
//!
//! `tests/clients/setup` installs them below `target/clients`. Without it these tests say so and pass, unless `CLIENTS_REQUIRED`
//! is set, as `.ci/run` does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::server::{COMMAND, Server};

#[test]
fn programs_of_postgresqls_clients_hold() {
    let Some(python) = python() else { return };
    let output = pytest(&python, "tests/clients/python").env("BOWLINE", COMMAND).output().expect("pytest starts");
    report("tests/clients/python", &output);
}

#[test]
fn sqlalchemys_compliance_suite_passes() {
    let Some(python) = python() else { return };
    let server = Server::start(&["--log", "warn"]);
    let address = format!("postgresql+psycopg://postgres@{}/suite", server.address);
    let make = "import sys, sqlalchemy as s\nwith s.create_engine(sys.argv[1]).begin() as c: c.execute(s.schema.CreateSchema('test_schema'))";
    let made = Command::new(&python).args(["-c", make, &address]).output().expect("Python starts");
    report("the suite's second schema", &made);
    let output =
        pytest(&python, "tests/clients/compliance").args(["--dburi", &address]).output().expect("pytest starts");
    report("SQLAlchemy's compliance suite", &output);
}

#[test]
fn clients_written_in_rust_hold() {
    let program = installed().join("rust/debug/bowline-rust-clients");
    if !is_there(&program) {
        return;
    }
    let server = Server::start(&["--log", "warn"]);
    let (host, port) = server.address.split_once(':').expect("the server tells host and port");
    let variables = [("PGHOST", host), ("PGPORT", port), ("PGUSER", "postgres"), ("PGDATABASE", "tests")];
    report("the Rust clients", &Command::new(program).envs(variables).output().expect("the program starts"));
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn installed() -> PathBuf {
    std::env::var_os("CLIENTS_INSTALLED").map_or_else(|| root().join("target/clients"), PathBuf::from)
}

/// The Python that has the clients.
fn python() -> Option<PathBuf> {
    let python = installed().join("venv/bin/python");
    is_there(&python).then_some(python)
}

/// Whether a program of the clients is installed; says so where it is not, and fails where it has to be.
fn is_there(program: &Path) -> bool {
    if !program.exists() {
        let missing = format!("{} is not there; tests/clients/setup makes it", program.display());
        assert!(std::env::var_os("CLIENTS_REQUIRED").is_none(), "{missing}");
        eprintln!("skipped: {missing}");
        return false;
    }
    true
}

fn pytest(python: &Path, tests: &str) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", "."]);
    command.current_dir(root().join(tests)).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// The last lines are the counts of passed, failed and skipped.
fn report(what: &str, output: &Output) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{what} failed:\n{text}");
    println!("{what}: {}", text.lines().next_back().unwrap_or_default());
}
