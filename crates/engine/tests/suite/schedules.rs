//! Property: whatever sessions do side by side, in whatever order their statements come, every commit leaves a sound database.
//!
//! ```text
//!   seed ─▶ three sessions, each a list of transactions ─▶ one schedule: whose statement is next
//!             after each commit: the full check finds nothing, every key stands once
//! ```
//!
//! The transactions are what meets in foreign keys: a row inserted under a key that another session deletes, cascades that
//! cross, keys shifted under a reference, deferred keys that another session mends or breaks.

use std::collections::VecDeque;

use bowline::{Database, Session, TransactionStatus};

use crate::library::number;

const SCHEMA: &str = "
    CREATE TABLE p (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);
    CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE);
    CREATE TABLE d (id INTEGER PRIMARY KEY, c INTEGER REFERENCES c ON DELETE SET NULL ON UPDATE CASCADE,
        p INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED, up INTEGER REFERENCES d ON DELETE CASCADE);
    CREATE TABLE r (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ON DELETE RESTRICT ON UPDATE CASCADE);
    INSERT INTO p SELECT g, g FROM generate_series(0, 7) AS s (g);
    INSERT INTO c SELECT g, g FROM generate_series(0, 5) AS s (g);
    INSERT INTO d SELECT g, g, g, NULL FROM generate_series(0, 4) AS s (g)";

const TABLES: [&str; 4] = ["p", "c", "d", "r"];

/// Refusals that may come: the data speaks against it, two actions disagree, or another session was first.
const REFUSALS: [&str; 5] = ["23001", "23503", "23505", "27000", "40001"];

const SCHEDULES: u64 = 40;
const SESSIONS: usize = 3;
const TRANSACTIONS: usize = 4;

/// The SplitMix64 generator.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// A session and what it still has to run.
struct Player {
    session: Session,
    statements: VecDeque<String>,
}

fn database() -> Database {
    let database = Database::in_memory().expect("memory is there");
    database.session().execute(SCHEMA).expect("the schema is sound");
    database
}

fn statement(random: &mut Random) -> String {
    let (one, other, new) = (random.below(8), random.below(8), 8 + random.below(40));
    match random.below(14) {
        0 => format!("DELETE FROM p WHERE id = {one}"),
        1 => format!("DELETE FROM p WHERE id IN ({one}, {other})"),
        2 => format!("UPDATE p SET id = {new} WHERE id = {one}"),
        3 => format!("UPDATE p SET id = CASE id WHEN {one} THEN {other} ELSE {one} END WHERE id IN ({one}, {other})"),
        4 => format!("INSERT INTO p VALUES ({one}, {other})"),
        5 => format!("INSERT INTO c VALUES ({new}, {one})"),
        6 => format!("UPDATE c SET p = {one} WHERE id = {other}"),
        7 => format!("DELETE FROM c WHERE p = {one}"),
        8 => format!("INSERT INTO d VALUES ({new}, {one}, {other}, NULL)"),
        9 => format!("INSERT INTO d VALUES ({new}, NULL, {new}, {one}) ON CONFLICT (id) DO UPDATE SET p = EXCLUDED.p"),
        10 => format!("UPDATE d SET p = {one}, c = NULL WHERE id = {other}"),
        11 => format!("INSERT INTO r SELECT {new}, max(id) FROM p"),
        12 => format!("UPDATE p SET n = (SELECT count(*) FROM c) WHERE id = {one}"),
        _ => format!("DELETE FROM d WHERE up = {one} OR id = {other}"),
    }
}

fn transactions(random: &mut Random) -> VecDeque<String> {
    let mut statements = VecDeque::new();
    for _ in 0..TRANSACTIONS {
        statements.push_back("BEGIN".to_owned());
        for _ in 0..1 + random.below(3) {
            statements.push_back(statement(random));
        }
        statements.push_back("COMMIT".to_owned());
    }
    statements
}

fn assert_sound(database: &Database, seed: u64) {
    let mut session = database.session();
    let violations = number(&mut session, "SELECT count(*) FROM bowline.violations").expect("a count");
    assert_eq!(violations, 0, "seed {seed}: a foreign key is broken");
    for table in TABLES {
        let twice = format!("SELECT count(*) FROM (SELECT id FROM {table} GROUP BY id HAVING count(*) > 1)");
        assert_eq!(number(&mut session, &twice).expect("a count"), 0, "seed {seed}: a key of {table} stands twice");
    }
}

/// Plays one schedule. Returns how many transactions committed and how many met another's commit.
fn play(seed: u64) -> (usize, usize) {
    let mut random = Random(seed);
    let database = database();
    let player = |random: &mut Random| Player { session: database.session(), statements: transactions(random) };
    let mut players: Vec<Player> = (0..SESSIONS).map(|_| player(&mut random)).collect();
    let (mut committed, mut conflicts) = (0, 0);
    loop {
        let open: Vec<usize> = (0..SESSIONS).filter(|at| !players[*at].statements.is_empty()).collect();
        if open.is_empty() {
            break;
        }
        let Player { session, statements } = &mut players[open[random.below(open.len() as u64) as usize]];
        let next = statements.pop_front().expect("an open player has a statement");
        let ended = session.execute(&next);
        let done = ended.is_ok();
        if let Err(error) = ended {
            let known = REFUSALS.contains(&error.sqlstate.as_str());
            assert!(known, "seed {seed}: {next}: {} {}", error.sqlstate, error.message);
            conflicts += usize::from(error.sqlstate == "40001");
            if session.transaction_status() != TransactionStatus::Idle {
                session.execute("ROLLBACK").expect("a transaction can be given up");
            }
            // The rest of the transaction is left out.
            while statements.front().is_some_and(|next| next != "BEGIN") {
                statements.pop_front();
            }
        }
        if next == "COMMIT" {
            committed += usize::from(done);
            assert_sound(&database, seed);
        }
    }
    (committed, conflicts)
}

#[test]
fn every_schedule_leaves_a_sound_database() {
    let first = std::env::var("BOWLINE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let count = std::env::var("BOWLINE_SCHEDULES").ok().and_then(|text| text.parse().ok()).unwrap_or(SCHEDULES);
    let (mut committed, mut conflicts) = (0, 0);
    for seed in first..first + count {
        let (done, met) = play(seed);
        committed += done;
        conflicts += met;
    }
    eprintln!("seeds {first} to {}: {committed} transactions committed, {conflicts} conflicts", first + count - 1);
    assert!(committed > 0 && conflicts > 0, "schedules were believed to commit and to conflict");
}
