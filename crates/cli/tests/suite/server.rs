//! `bowline serve` as a process of its own, on a fresh database and a free port.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use tempfile::TempDir;

/// The command under test.
pub const COMMAND: &str = env!("CARGO_BIN_EXE_bowline");

/// A server; ends with the test.
pub struct Server {
    /// Where it listens.
    pub address: String,
    process: Child,
    /// Gathers what it writes to stderr, which it could not go on without.
    said: Option<JoinHandle<String>>,
    directory: TempDir,
}

impl Server {
    /// Starts one and waits until it is ready.
    pub fn start(arguments: &[&str]) -> Server {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut process = Command::new(COMMAND)
            .arg("serve")
            .arg(directory.path().join("shop.bowline"))
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut stderr = process.stderr.take().expect("stderr is piped");
        let said = std::thread::spawn(move || {
            let mut said = String::new();
            stderr.read_to_string(&mut said).expect("the server writes UTF-8");
            said
        });
        let mut line = String::new();
        let stdout = process.stdout.as_mut().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line when ready");
        let Some(address) = line.trim().strip_prefix("listening on ") else {
            panic!("unexpected line {line:?}; {:?}", said.join());
        };
        Server { address: address.to_owned(), process, said: Some(said), directory }
    }

    /// The directory of its database.
    pub fn database(&self) -> PathBuf {
        self.directory.path().join("shop.bowline")
    }

    /// Its process.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Asks it to stop, by SIGTERM.
    pub fn terminate(&self) {
        let kill = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        assert!(kill.expect("kill is there").success());
    }

    /// Waits for its end; returns its exit status and what it wrote to stderr.
    pub fn ended(&mut self) -> (ExitStatus, String) {
        let status = self.process.wait().expect("the server ends");
        let said = self.said.take().expect("a server ends once").join();
        (status, said.expect("the server writes UTF-8"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
