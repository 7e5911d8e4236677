//! The server killed while clients commit: every acknowledged commit is there afterwards, every other wholly or not at all.
//!
//! ```text
//!   client c, transaction n:   1 row into done   1 into parent, 3 into child   parent n - 2 deleted, its children with it
//!   so after m transactions the rows of c are a function of m,   and   acknowledged ≤ m ≤ acknowledged + 1
//!   between them:              transactions that are rolled back, or refused at commit: nothing of them is there
//! ```
//!
//! Numbers that sequences gave are not given again.
//!
//! `BOWLINE_KILLS` sets how often it is killed, `BOWLINE_SEED` when.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::server::COMMAND;
use crate::wire::{Client, error};

const KILLS: u64 = 6;
const CLIENTS: i64 = 3;

/// Numbers of one client's rows.
const STRIDE: i64 = 1_000_000;

/// A commit that is refused.
const REFUSED: &str = "COMMIT AND NO CHAIN";

const SCHEMA: &str = "CREATE TABLE done (client INTEGER, n INTEGER, PRIMARY KEY (client, n));
    CREATE TABLE parent (id INTEGER PRIMARY KEY, client INTEGER, n INTEGER, FOREIGN KEY (client, n) REFERENCES done);
    CREATE TABLE child (id SERIAL PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parent ON DELETE CASCADE);
    CREATE TABLE late (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)";

/// Starts a server on a database that may be there; returns it and where it listens.
fn start(database: &Path) -> (Child, String) {
    let mut process = Command::new(COMMAND)
        .arg("serve")
        .arg(database)
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the server starts");
    let mut line = String::new();
    let stdout = process.stdout.as_mut().expect("stdout is piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line when ready");
    let address = line.trim().strip_prefix("listening on ").expect("the server was believed to open its database");
    (process, address.to_owned())
}

/// Commits one transaction after the other from number `next` on, until the server is gone. Returns the number of the first
/// that was not acknowledged.
fn commit_on(address: &str, client: i64, mut next: i64) -> i64 {
    let mut connection = Client::connect(address);
    loop {
        let (id, earlier) = (client * STRIDE + next, client * STRIDE + next - 2);
        let in_vain = format!("INSERT INTO done VALUES ({client}, -1)");
        let statements = [
            "BEGIN".to_owned(),
            in_vain.clone(),
            "ROLLBACK".to_owned(),
            "BEGIN".to_owned(),
            in_vain,
            "INSERT INTO late VALUES (-1)".to_owned(),
            REFUSED.to_owned(),
            "BEGIN".to_owned(),
            format!("INSERT INTO done VALUES ({client}, {next})"),
            format!("INSERT INTO parent VALUES ({id}, {client}, {next})"),
            format!("INSERT INTO child (parent) SELECT {id} FROM generate_series(1, 3)"),
            format!("DELETE FROM parent WHERE id = {earlier}"),
            "COMMIT".to_owned(),
        ];
        for statement in &statements {
            let Some(answers) = connection.attempt(statement) else { return next };
            match error(&answers).map(|(_, sqlstate)| sqlstate) {
                None => assert_ne!(statement, REFUSED, "the row that late references is not there"),
                Some(sqlstate) if sqlstate == "23503" && statement == REFUSED => {}
                // The server goes down while it still answers.
                Some(sqlstate) if sqlstate == "57P01" => return next,
                Some(sqlstate) => panic!("{statement} was believed to succeed: {sqlstate}"),
            }
        }
        next += 1;
    }
}

/// The rows of a query: lines of CSV without their head.
fn rows(database: &Path, query: &str) -> Vec<String> {
    let output = Command::new(COMMAND).arg("sql").arg(database).args(["--format", "csv", "-c", query]).output();
    let output = output.expect("the command starts");
    assert!(output.status.success(), "{query}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("the command writes UTF-8");
    text.lines().skip(1).map(str::to_owned).collect()
}

/// How many transactions of each client are there, if they are there whole.
fn committed(database: &Path) -> BTreeMap<i64, i64> {
    let counts = rows(database, "SELECT client, count(*), max(n) FROM done GROUP BY client");
    let mut committed: BTreeMap<i64, i64> = (0..CLIENTS).map(|client| (client, 0)).collect();
    for line in counts {
        let fields: Vec<i64> = line.split(',').map(|field| field.parse().expect("a number")).collect();
        assert_eq!(
            fields[1],
            fields[2] + 1,
            "the transactions of client {} were believed to be there in a row",
            fields[0]
        );
        committed.insert(fields[0], fields[1]);
    }
    let mut expected: Vec<String> = Vec::new();
    for (client, count) in &committed {
        let kept = (count - 2).max(0)..*count;
        expected.extend(kept.map(|n| format!("{},{client},{n},3", client * STRIDE + n)));
    }
    let found = rows(
        database,
        "SELECT p.id, p.client, p.n, count(*) FROM parent p JOIN child c ON c.parent = p.id GROUP BY p.id, p.client, p.n ORDER BY p.id",
    );
    assert_eq!(found, expected, "transactions were believed to be there whole");
    let children: usize = rows(database, "SELECT id FROM child").len();
    assert_eq!(children, 3 * expected.len(), "no child was believed to be left over");
    let given_again = "SELECT count(*) FROM child WHERE id >= (SELECT nextval('child_id_seq'))";
    assert_eq!(rows(database, given_again), ["0"], "no number was believed to be given again");
    committed
}

#[test]
fn a_killed_server_has_what_it_acknowledged() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (kills, seed) = (number("BOWLINE_KILLS").unwrap_or(KILLS), number("BOWLINE_SEED").unwrap_or(1));
    let directory = tempfile::tempdir().expect("a temporary directory");
    let database = directory.path().join("killed.bowline");
    let (mut process, address) = start(&database);
    Client::connect(&address).run(SCHEMA);
    process.kill().expect("the server runs");
    process.wait().expect("the server ends");
    let mut known = committed(&database);
    let mut acknowledged = 0;
    for kill in 0..kills {
        let (mut process, address) = start(&database);
        // Spread over some hundred milliseconds, the same for one seed.
        let pause = 20 + (seed.wrapping_add(kill)).wrapping_mul(0x9e37_79b9_7f4a_7c15) % 400;
        let reached: BTreeMap<i64, i64> = thread::scope(|threads| {
            let start = |(client, next): (&i64, &i64)| {
                let (address, client, next) = (&address, *client, *next);
                (client, threads.spawn(move || commit_on(address, client, next)))
            };
            let clients: Vec<_> = known.iter().map(start).collect();
            thread::sleep(Duration::from_millis(pause));
            process.kill().expect("the server runs");
            let end = |(client, thread): (i64, thread::ScopedJoinHandle<i64>)| {
                (client, thread.join().expect("no client panics"))
            };
            clients.into_iter().map(end).collect()
        });
        process.wait().expect("the server ends");
        let check = Command::new(COMMAND).arg("check").arg(&database).output().expect("the command starts");
        assert!(check.status.success(), "kill {kill}: {}", String::from_utf8_lossy(&check.stdout));
        let found = committed(&database);
        for (client, reached) in &reached {
            let found = found[client];
            let whole = *reached..=reached + 1;
            assert!(whole.contains(&found), "kill {kill}: client {client} reached {reached}, and {found} are there");
            acknowledged += reached - known[client];
        }
        known = found;
    }
    eprintln!("{kills} kills from seed {seed}, {acknowledged} commits acknowledged, all there");
    assert!(acknowledged > 0, "clients were believed to commit before the server was killed");
}
