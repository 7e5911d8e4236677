//! Temporary tables: each session has its own, others commit beside them, and nothing of them is on disk.

use std::fs;
use std::path::Path;

use bowline::{Database, ScalarValue};

use crate::library::number;

#[test]
fn sessions_do_not_see_each_others_tables() {
    let database = Database::in_memory().expect("memory is there");
    let (mut one, mut other) = (database.session(), database.session());
    one.execute("CREATE TEMP TABLE t (id SERIAL PRIMARY KEY, a TEXT); INSERT INTO t (a) VALUES ('x'), ('y')")
        .expect("a table");
    let missing = other.execute("SELECT * FROM t").expect_err("it is another session's");
    assert_eq!(missing.sqlstate, "42P01");
    other.execute("CREATE TEMP TABLE t (b INTEGER UNIQUE); INSERT INTO t VALUES (7)").expect("the name is free here");
    assert_eq!(number(&mut one, "SELECT count(*) FROM t").expect("a count"), 2);
    assert_eq!(number(&mut other, "SELECT b FROM t").expect("a number"), 7);
    assert_eq!(number(&mut one, "INSERT INTO t (a) VALUES ('z') RETURNING id").expect("an id"), 3);
    let mut third = database.session();
    assert_eq!(number(&mut third, "SELECT count(*) FROM pg_class WHERE relpersistence = 't'").expect("a count"), 0);
}

#[test]
fn others_change_the_schema_meanwhile() {
    let database = Database::in_memory().expect("memory is there");
    let (mut one, mut other) = (database.session(), database.session());
    other.execute("CREATE TABLE p (id INTEGER PRIMARY KEY)").expect("a table");
    one.execute("BEGIN; CREATE TEMP TABLE t (a INTEGER); INSERT INTO t VALUES (1)").expect("a table");
    other.execute("CREATE TABLE q (id INTEGER); INSERT INTO p VALUES (1)").expect("a table");
    one.execute("COMMIT").expect("what is temporary meets nobody");
    one.execute("INSERT INTO q SELECT a FROM t").expect("both tables are there");
    one.execute("BEGIN; INSERT INTO t VALUES (2); INSERT INTO p VALUES (2)").expect("2 is free");
    other.execute("INSERT INTO p VALUES (2)").expect("2 is free");
    assert_eq!(one.execute("COMMIT").expect_err("2 is taken").sqlstate, "40001");
    assert_eq!(number(&mut one, "SELECT count(*) FROM t").expect("a count"), 1, "it went with its transaction");
    other.execute("DROP TABLE q").expect("nothing is on it");
    assert_eq!(number(&mut one, "SELECT count(*) FROM t").expect("a count"), 1);
    assert_eq!(one.execute("SELECT * FROM q").expect_err("it was dropped").sqlstate, "42P01");
}

#[test]
fn a_prepared_statement_finds_the_table_that_hides_another() {
    let mut session = Database::in_memory().expect("memory is there").session();
    session.execute("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)").expect("a table");
    let delete = session.prepare("DELETE FROM t WHERE id = $1", &[]).expect("a sound statement");
    let insert = session.prepare("INSERT INTO t VALUES ($1)", &[]).expect("a sound statement");
    session.execute("CREATE TEMP TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)").expect("a table");
    session.start(&delete, &[ScalarValue::from(1)]).expect("a plain delete");
    session.start(&insert, &[ScalarValue::from(5)]).expect("5 is free");
    session.start(&insert, &[ScalarValue::from(6)]).expect("6 is free");
    assert_eq!(number(&mut session, "SELECT sum(id) FROM t").expect("a sum"), 11);
    assert_eq!(number(&mut session, "SELECT count(*) FROM public.t").expect("a count"), 2);
    session.execute("DROP TABLE t").expect("nothing is on it");
    session.start(&delete, &[ScalarValue::from(1)]).expect("a plain delete");
    assert_eq!(number(&mut session, "SELECT count(*) FROM t").expect("a count"), 1);
}

#[test]
fn nothing_of_them_is_on_disk() {
    let directory = std::env::temp_dir().join(format!("bowline-temporary-{}", std::process::id()));
    let _ = fs::remove_dir_all(&directory);
    let database = Database::open(&directory).expect("a new directory");
    let mut session = database.session();
    // More rows than a commit keeps in the log, among changes that are kept.
    session
        .execute(
            "CREATE TABLE kept (a TEXT);
             BEGIN;
             CREATE TEMP TABLE secretive (id SERIAL PRIMARY KEY, a TEXT, CONSTRAINT secretive_check CHECK (a <> ''));
             INSERT INTO secretive (a) SELECT 'confidential' FROM generate_series(1, 100000);
             INSERT INTO kept VALUES ('ordinary');
             COMMIT;
             CREATE TEMP VIEW secretive_view AS SELECT * FROM secretive;
             UPDATE secretive SET a = 'confidential too' WHERE id < 50000;
             CREATE TABLE other (id SERIAL);
             INSERT INTO other DEFAULT VALUES",
        )
        .expect("sound statements");
    assert_eq!(number(&mut session, "SELECT count(*) FROM secretive").expect("a count"), 100_000);
    // The session is still there, as it would be if the process were killed now.
    for word in ["secretive", "confidential", "pg_temp"] {
        assert_eq!(files_with(&directory, word), 0, "{word} is in a file");
    }
    assert!(files_with(&directory, "kept") > 0, "what is permanent was believed to be found this way");
    drop(session);
    drop(database);
    let reopened = Database::open(&directory).expect("a sound database");
    let mut session = reopened.session();
    assert_eq!(session.execute("SELECT * FROM secretive").expect_err("it ended with its session").sqlstate, "42P01");
    assert_eq!(number(&mut session, "SELECT count(*) FROM kept").expect("a count"), 1);
    assert_eq!(number(&mut session, "INSERT INTO other DEFAULT VALUES RETURNING id").expect("an id"), 2);
    drop(session);
    drop(reopened);
    fs::remove_dir_all(&directory).expect("it is ours");
}

/// How many files below a directory hold these bytes.
fn files_with(directory: &Path, word: &str) -> usize {
    let mut found = 0;
    for entry in fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            found += files_with(&entry, word);
        } else {
            let bytes = fs::read(&entry).expect("a file");
            found += usize::from(bytes.windows(word.len()).any(|window| window == word.as_bytes()));
        }
    }
    found
}
