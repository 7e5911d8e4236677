//! `bowline serve` as the one who runs it meets it: how it starts and ends, its metrics, its memory, its log.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use crate::server::{COMMAND, Server};
use crate::wire::{Client, error};

/// Runs the command to its end: exit code, stdout, stderr.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(COMMAND).args(arguments).stdin(Stdio::null()).env_remove("BOWLINE_PASSWORD").output();
    let output = output.expect("the command starts");
    let text = |bytes| String::from_utf8(bytes).expect("the command writes UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn strings(error: Option<(String, String)>) -> Option<[String; 2]> {
    error.map(|(severity, sqlstate)| [severity, sqlstate])
}

#[test]
fn sigterm_ends_what_runs_and_keeps_what_was_committed() {
    let mut server = Server::start(&[]);
    let mut client = Client::connect(&server.address);
    client.run("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    client.run("INSERT INTO t VALUES (1)");
    let mut open = Client::connect(&server.address);
    open.run("BEGIN; INSERT INTO t VALUES (2)");
    let mut running = Client::connect(&server.address);
    running.send_query("SELECT n FROM generate_series(1, 1000000000000) n");
    let begun: String = (0..2).map(|_| running.next().expect("an answer").kind).collect();
    assert_eq!(begun, "TD");
    server.terminate();
    let told = Some(["FATAL".to_owned(), "57P01".to_owned()]);
    for client in [&mut running, &mut client, &mut open] {
        assert_eq!(strings(error(&client.until_closed())), told);
    }
    let (status, said) = server.ended();
    assert_eq!(status.code(), Some(0), "{said}");
    let database = server.database();
    let database = database.to_str().expect("a path in UTF-8");
    let read = run(&["sql", database, "--format", "csv", "-c", "SELECT * FROM t"]);
    assert_eq!(read, (Some(0), "id\n1\n".to_owned(), String::new()));
    assert_eq!(run(&["check", database]).0, Some(0));
}

#[test]
fn it_does_not_start_where_that_would_be_unsafe_or_impossible() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).expect("the directory can be written to");
        path.to_str().expect("a path in UTF-8").to_owned()
    };
    let (empty, password) = (file("empty", "\n"), file("password", "lovelace\n"));
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = taken.local_addr().expect("an address").to_string();
    let cases: [(&[&str], &str); 13] = [
        (&["--listen", "0.0.0.0:0"], "0.0.0.0:0 can be reached from other machines, and no user is named"),
        (&["--listen", "[::]:0"], "[::]:0 can be reached from other machines, and no user is named"),
        (&["--listen", &taken], "could not listen on"),
        (&["--user", "ada"], "the user has no password"),
        (&["--user", "ada", "--password-file", &empty], "the user has no password"),
        (&["--user", "ada", "--password-file", "/nowhere/password"], "could not read \"/nowhere/password\""),
        (&["--password-file", &password], "a password needs a user"),
        (&["--tls-cert", &password, "--tls-key", &password], "for TLS"),
        (&["--set", "statement_timeout=soon"], "invalid value for parameter \"statement_timeout\": \"soon\""),
        (&["--set", "nowhere=1"], "unrecognized configuration parameter \"nowhere\""),
        (&["--listen", "0.0.0.0:0", "--user", ""], "a value is required for '--user <NAME>'"),
        (&["--max-connections", "0"], "nobody could connect"),
        (&["--metrics", "127.0.0.1:0"], "nobody would know the port it got"),
    ];
    for (arguments, expected) in cases {
        let elsewhere: &[&str] = if arguments.contains(&"--listen") { &[] } else { &["--listen", "127.0.0.1:0"] };
        let (code, stdout, stderr) = run(&[&["serve"], elsewhere, arguments].concat());
        let stderr_has = stderr.contains(expected);
        assert_eq!((code, stdout.as_str(), stderr_has), (Some(2), "", true), "{arguments:?}: {stderr}");
    }
    for arguments in [["--tls-cert", &password], ["--set", "statement_timeout"], ["--listen", "nowhere"]] {
        let (code, _, stderr) = run(&[&["serve"], &arguments[..]].concat());
        assert_eq!(code, Some(2), "{stderr}");
    }
}

#[test]
fn sessions_start_with_what_was_set() {
    let server = Server::start(&["--set", "statement_timeout=50ms", "--set", "idle_session_timeout = 1h"]);
    let mut client = Client::connect(&server.address);
    let endless = "SELECT count(*) FROM generate_series(1, 3000000) a, generate_series(1, 3000000) b";
    assert_eq!(error(&client.query(endless)).expect("it is cancelled").1, "57014");
    // A client may say otherwise, and go back.
    client.run("SET statement_timeout = 0; SELECT count(*) FROM generate_series(1, 300000)");
    client.run("RESET statement_timeout");
    assert_eq!(error(&client.query(endless)).expect("it is cancelled").1, "57014");
}

#[test]
fn the_metrics_page_counts_what_happens() {
    // The port is free now, and nobody else is likely to take it in between.
    let metrics = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").to_string();
    let server = Server::start(&["--metrics", &metrics]);
    let mut client = Client::connect(&server.address);
    client.run(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, visits INTEGER);
         CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER CONSTRAINT orders_customer_fkey REFERENCES customers
             ON DELETE CASCADE)",
    );
    client.run("INSERT INTO customers VALUES (1, 0), (2, 0)");
    client.run("INSERT INTO orders VALUES (10, 1), (11, 1), (20, 2)");
    assert_eq!(error(&client.query("INSERT INTO orders VALUES (30, 3)")).expect("an orphan").1, "23503");
    client.run("DELETE FROM customers WHERE id = 1");
    // Two transactions change one row: the second to commit is refused.
    let mut other = Client::connect(&server.address);
    client.run("BEGIN; UPDATE customers SET visits = 1 WHERE id = 2");
    other.run("UPDATE customers SET visits = 2 WHERE id = 2");
    assert_eq!(error(&client.query("COMMIT")).expect("a conflict").1, "40001");
    let page = http(&metrics);
    let value = |name: &str| {
        let line = page.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
        let line = line.unwrap_or_else(|| panic!("{name} is not told:\n{page}"));
        line.rsplit(' ').next().and_then(|number| number.parse::<f64>().ok()).expect("a number")
    };
    assert_eq!(value("bowline_connections"), 2.0);
    assert_eq!(value("bowline_statements_total{kind=\"INSERT\"}"), 2.0);
    assert_eq!(value("bowline_statements_total{kind=\"DELETE\"}"), 1.0);
    assert_eq!(value("bowline_errors_total{sqlstate=\"23503\"}"), 1.0);
    assert_eq!(value("bowline_violations_total{constraint=\"orders_customer_fkey\"}"), 1.0);
    assert_eq!(value("bowline_cascaded_rows_total"), 2.0);
    assert_eq!(value("bowline_commits_total"), 5.0);
    assert_eq!(value("bowline_conflicts_total"), 1.0);
    assert_eq!(value("bowline_statement_seconds_bucket{kind=\"INSERT\",le=\"+Inf\"}"), 2.0);
    assert_eq!(value("bowline_statement_seconds_count{kind=\"INSERT\"}"), 2.0);
    assert!(value("bowline_statement_seconds_sum{kind=\"INSERT\"}") > 0.0);
    assert!(page.contains("# HELP bowline_violations_total ") && page.contains("# TYPE bowline_connections gauge"));
}

/// The page at an address.
fn http(address: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the metrics are offered");
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").expect("the server reads");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("a page");
    assert!(page.starts_with("HTTP/1.0 200"), "{page}");
    page
}

#[cfg(target_os = "linux")]
#[test]
fn a_thousand_idle_connections_and_long_messages_to_come_take_little_memory() {
    // Each connection is a file of this process as well.
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the calls write and read the struct they are given.
    unsafe {
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
        limit.rlim_cur = limit.rlim_max.min(limit.rlim_cur.max(4096));
        libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
    }
    let server = Server::start(&["--max-connections", "1100", "--log", "error"]);
    let mut client = Client::connect(&server.address);
    client.run("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1); SELECT * FROM t");
    let before = resident_kib(server.process_id());
    let mut idle: Vec<Client> = (0..1000).map(|_| Client::connect(&server.address)).collect();
    client.run("SELECT * FROM t");
    let with_idle = resident_kib(server.process_id());
    // A tenth of them says that 200 MB follow, and sends a little of it.
    let begun = [&b"Q"[..], &200_000_000u32.to_be_bytes(), &[b' '; 1000]].concat();
    idle.iter_mut().step_by(10).for_each(|client| client.send_bytes(&begun));
    client.run("SELECT * FROM t");
    let with_messages = resident_kib(server.process_id());
    assert!(with_idle - before < 100 << 10, "from {before} to {with_idle} KiB");
    assert!(with_messages - with_idle < 20 << 10, "from {with_idle} to {with_messages} KiB");
    idle[1].run("SELECT * FROM t");
}

/// The memory a process has in use.
#[cfg(target_os = "linux")]
fn resident_kib(process: u32) -> i64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("Linux tells the status of a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the status tells memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn the_log_goes_to_stderr_in_the_form_asked_for() {
    let lines = |arguments: &[&str]| {
        let mut server = Server::start(arguments);
        Client::connect(&server.address).run("SELECT 1");
        server.terminate();
        let (status, said) = server.ended();
        assert_eq!(status.code(), Some(0), "{said}");
        said
    };
    let text = lines(&[]);
    assert!(text.contains(" INFO ") && text.contains("connected") && text.contains("user=\"ada\""), "{text}");
    let json = lines(&["--log-format", "json"]);
    assert!(json.lines().count() > 1 && json.lines().all(|line| line.starts_with("{\"timestamp\":")), "{json}");
    assert_eq!(lines(&["--log", "error"]), "");
}

#[test]
fn the_page_about_clients_tells_every_option() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/clients.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let (_, help, _) = run(&["serve", "--help"]);
    let words = help.split(|c: char| !(c.is_ascii_lowercase() || c == '-')).filter(|word| word.starts_with("--"));
    let missing: Vec<&str> = words.filter(|word| *word != "--help" && !page.contains(&format!("`{word} "))).collect();
    assert_eq!(missing, Vec::<&str>::new(), "options that docs/clients.md does not tell");
    assert!(help.contains("--max-message-bytes"), "the help was believed to list the options");
}
