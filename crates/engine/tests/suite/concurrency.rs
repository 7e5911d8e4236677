//! Sessions on several threads: readers keep their snapshot, and writers never leave an orphan or a duplicate between them.

use std::thread;

use bowline::{Database, Error, ScalarValue, TransactionStatus};

use crate::library::number;

fn database(schema: &str) -> Database {
    let database = Database::in_memory().expect("memory is there");
    database.session().execute(schema).expect("the schema is sound");
    database
}

fn violations(database: &Database) -> i64 {
    number(&mut database.session(), "SELECT count(*) FROM bowline.violations").expect("a count")
}

#[test]
fn a_reader_keeps_the_snapshot_it_started_with() {
    let database = database("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
    let (mut reader, mut writer) = (database.session(), database.session());
    reader.execute("BEGIN; SELECT * FROM t").expect("a plain query");
    writer.execute("INSERT INTO t VALUES (2)").expect("2 is free");
    assert_eq!(number(&mut reader, "SELECT count(*) FROM t").expect("a count"), 1);
    reader.execute("COMMIT").expect("it read only");
    assert_eq!(number(&mut reader, "SELECT count(*) FROM t").expect("a count"), 2);
}

#[test]
fn no_update_by_what_a_row_holds_is_lost() {
    let database = database("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 0), (2, 0)");
    let count = |_| {
        let mut session = database.session();
        let add = session.prepare("UPDATE t SET n = n + 1 WHERE id = $1 AND n >= 0", &[]).expect("a plain update");
        let done = (0..100).filter(|turn| match session.start(&add, &[ScalarValue::from(1 + turn % 2)]) {
            Ok(answer) => {
                assert_eq!(answer.tag.text(0), "UPDATE 1");
                true
            }
            Err(error) => {
                assert_eq!(error.sqlstate, "40001");
                false
            }
        });
        (done.count() as i64, session.plan_counts().in_place)
    };
    let counted: Vec<(i64, u64)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|writer| scope.spawn(move || count(writer))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no writer panics")).collect()
    });
    let done: i64 = counted.iter().map(|(done, _)| done).sum();
    assert_eq!(number(&mut database.session(), "SELECT sum(n) FROM t").expect("a sum"), done);
    assert!(done >= 400, "few of 800 were believed to give up: {done}");
    assert!(counted.iter().all(|(_, in_place)| *in_place >= 99), "all but the first run in place");
}

#[test]
fn a_delete_and_an_insert_that_meet_leave_no_orphan() {
    let schema = "CREATE TABLE p (id INTEGER PRIMARY KEY);
        CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES p ON DELETE CASCADE);
        INSERT INTO p VALUES (1)";
    for delete_first in [true, false] {
        let database = database(schema);
        let (mut one, mut other) = (database.session(), database.session());
        one.execute("BEGIN; DELETE FROM p WHERE id = 1").expect("nothing references it");
        other.execute("BEGIN; INSERT INTO c VALUES (10, 1)").expect("1 is there in its snapshot");
        let (first, second) = if delete_first { (&mut one, &mut other) } else { (&mut other, &mut one) };
        first.execute("COMMIT").expect("the first commits");
        assert_eq!(second.execute("COMMIT").expect_err("the second conflicts").sqlstate, "40001");
        assert_eq!(violations(&database), 0);
    }
}

#[test]
fn two_inserts_of_one_key_leave_one() {
    let database = database("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    let (mut one, mut other) = (database.session(), database.session());
    one.execute("BEGIN; INSERT INTO t VALUES (1)").expect("1 is free");
    other.execute("BEGIN; INSERT INTO t VALUES (1)").expect("1 is free in its snapshot");
    one.execute("COMMIT").expect("the first commits");
    assert_eq!(other.execute("COMMIT").expect_err("the second conflicts").sqlstate, "40001");
    assert_eq!(number(&mut one, "SELECT count(*) FROM t").expect("a count"), 1);
    let again = other.execute("INSERT INTO t VALUES (1)").expect_err("1 is taken");
    assert_eq!(again.sqlstate, "23505", "an autocommit statement is told the truth");
}

#[test]
fn a_key_that_went_in_two_steps_leaves_no_orphan() {
    let schema = "CREATE TABLE p (id INTEGER PRIMARY KEY);
        CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES p ON DELETE CASCADE);
        INSERT INTO p VALUES (1)";
    for second_step in ["UPDATE p SET id = 3 WHERE id = 2", "DELETE FROM p WHERE id = 2"] {
        let database = database(schema);
        let (mut one, mut other) = (database.session(), database.session());
        one.execute("BEGIN; UPDATE p SET id = 2 WHERE id = 1").expect("nothing references it");
        one.execute(second_step).expect("nothing references it");
        other.execute("INSERT INTO c VALUES (10, 1)").expect("1 is there in its snapshot");
        assert_eq!(one.execute("COMMIT").expect_err("the second conflicts").sqlstate, "40001");
        assert_eq!(violations(&database), 0);
    }
}

#[test]
fn deferred_constraints_leave_no_orphan_between_two_sessions() {
    let schema = "CREATE TABLE p (id INTEGER PRIMARY KEY);
        CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED);
        INSERT INTO p VALUES (1)";
    for delete_first in [true, false] {
        let database = database(schema);
        let (mut one, mut other) = (database.session(), database.session());
        one.execute("BEGIN; DELETE FROM p WHERE id = 1").expect("judged at commit");
        other.execute("BEGIN; INSERT INTO c VALUES (10, 1)").expect("judged at commit");
        let (first, second) = if delete_first { (&mut one, &mut other) } else { (&mut other, &mut one) };
        first.execute("COMMIT").expect("the first commits");
        assert_eq!(second.execute("COMMIT").expect_err("the second conflicts").sqlstate, "40001");
        assert_eq!(violations(&database), 0);
    }
}

#[test]
fn what_another_session_commits_may_mend_a_deferred_violation() {
    let schema = "CREATE TABLE p (id INTEGER PRIMARY KEY);
        CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED)";
    let database = database(schema);
    let (mut one, mut other) = (database.session(), database.session());
    one.execute("BEGIN; INSERT INTO c VALUES (10, 1)").expect("judged at commit");
    other.execute("INSERT INTO p VALUES (1)").expect("1 is free");
    one.execute("COMMIT").expect("1 is there now");
    assert_eq!(violations(&database), 0);
    // What nobody mends is told as a violation, not as a conflict.
    one.execute("BEGIN; INSERT INTO c VALUES (20, 2)").expect("judged at commit");
    other.execute("INSERT INTO p VALUES (3)").expect("3 is free");
    let refused = one.execute("COMMIT").expect_err("2 is not there");
    assert_eq!((refused.sqlstate.as_str(), refused.key.as_slice()), ("23503", ["2".to_owned()].as_slice()));
    assert_eq!(number(&mut one, "SELECT count(*) FROM c").expect("a count"), 1);
}

#[test]
fn a_deferred_key_stands_once_after_two_sessions() {
    let database = database("CREATE TABLE t (id INTEGER UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    let (mut one, mut other) = (database.session(), database.session());
    one.execute("BEGIN; INSERT INTO t VALUES (1)").expect("1 is free");
    other.execute("BEGIN; INSERT INTO t VALUES (1)").expect("1 is free in its snapshot");
    one.execute("COMMIT").expect("the first commits");
    assert_eq!(other.execute("COMMIT").expect_err("the second conflicts").sqlstate, "40001");
    assert_eq!(number(&mut one, "SELECT count(*) FROM t").expect("a count"), 1);
}

#[test]
fn many_writers_under_deferral_leave_a_sound_database() {
    let database = database(
        "CREATE TABLE p (id INTEGER PRIMARY KEY, place INTEGER UNIQUE DEFERRABLE INITIALLY DEFERRED);
         CREATE TABLE c (id SERIAL PRIMARY KEY, p INTEGER NOT NULL REFERENCES p DEFERRABLE INITIALLY DEFERRED);
         INSERT INTO p SELECT g, g FROM generate_series(0, 9) AS s (g)",
    );
    let write = |writer: i64| -> Result<(), Error> {
        let mut session = database.session();
        for turn in 0..40 {
            let (key, next) = ((writer * 7 + turn * 3) % 10, (writer * 3 + turn) % 10);
            let sql = match turn % 4 {
                0 => format!("BEGIN; DELETE FROM p WHERE id = {key}; DELETE FROM c WHERE p = {key}; COMMIT"),
                1 => format!("BEGIN; INSERT INTO c (p) VALUES ({key}); INSERT INTO p VALUES ({key}, {key}); COMMIT"),
                2 => format!(
                    "BEGIN; UPDATE p SET id = 99 WHERE id = {key}; UPDATE p SET id = {key}, place = {next} WHERE id = 99; COMMIT"
                ),
                _ => {
                    format!("BEGIN; INSERT INTO c (p) VALUES ({key}); UPDATE c SET p = {next} WHERE p = {key}; COMMIT")
                }
            };
            let done = session.execute(&sql);
            if session.transaction_status() != TransactionStatus::Idle {
                session.execute("ROLLBACK")?;
            }
            match done {
                Ok(_) => {}
                Err(error) if ["23503", "23505", "40001"].contains(&error.sqlstate.as_str()) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    };
    thread::scope(|threads| {
        let writers: Vec<_> = (0..4).map(|writer| threads.spawn(move || write(writer))).collect();
        for writer in writers {
            writer.join().expect("no writer panics").expect("no writer meets another error");
        }
    });
    assert_eq!(violations(&database), 0);
    let mut session = database.session();
    let twice = "SELECT count(*) FROM (SELECT place FROM p GROUP BY place HAVING count(*) > 1)";
    assert_eq!(number(&mut session, twice).expect("a count"), 0);
}

#[test]
fn a_declaration_and_a_write_that_meet_leave_nothing_unjudged() {
    let schema = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)";
    let declarations = [
        ("ALTER TABLE c ADD FOREIGN KEY (p) REFERENCES p", "INSERT INTO c VALUES (9)"),
        ("ALTER TABLE c ADD FOREIGN KEY (p) REFERENCES p", "DELETE FROM p"),
        ("ALTER TABLE c ALTER p SET NOT NULL", "INSERT INTO c VALUES (NULL)"),
        ("ALTER TABLE c ADD UNIQUE (p)", "INSERT INTO c VALUES (1)"),
        ("ALTER TABLE c ADD CHECK (p < 5)", "UPDATE c SET p = 7"),
        ("ALTER TABLE c ALTER p TYPE TEXT", "INSERT INTO c VALUES (2)"),
    ];
    for (declaration, write) in declarations {
        let database = database(schema);
        let (mut one, mut other) = (database.session(), database.session());
        one.execute(&format!("BEGIN; {declaration}")).expect("it holds for the rows there are");
        other.execute(write).expect("nothing is declared yet");
        assert_eq!(one.execute("COMMIT").expect_err(declaration).sqlstate, "40001", "{declaration}");
        assert_eq!(violations(&database), 0);
    }
}

#[test]
fn a_table_made_and_filled_meets_other_commits() {
    let database = database("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    let (mut one, mut other) = (database.session(), database.session());
    one.execute("BEGIN; CREATE TABLE made (id INTEGER PRIMARY KEY); INSERT INTO made VALUES (1)").expect("it is new");
    other.execute("INSERT INTO t VALUES (1)").expect("another table");
    one.execute("COMMIT").expect("nothing it needs was changed");
    assert_eq!(number(&mut other, "SELECT count(*) FROM made, t").expect("a count"), 1);
}

#[test]
fn many_writers_leave_a_sound_database() {
    let database = database(
        "CREATE TABLE p (id INTEGER PRIMARY KEY);
         CREATE TABLE c (id SERIAL PRIMARY KEY, p INTEGER NOT NULL REFERENCES p ON DELETE CASCADE);
         INSERT INTO p SELECT * FROM generate_series(0, 9)",
    );
    let write = |writer: i64| -> Result<(), Error> {
        let mut session = database.session();
        for turn in 0..40 {
            let key = (writer * 7 + turn * 3) % 10;
            let sql = match turn % 4 {
                0 => format!("DELETE FROM p WHERE id = {key}"),
                1 => format!("INSERT INTO p VALUES ({key}) ON CONFLICT DO NOTHING"),
                _ => format!("INSERT INTO c (p) VALUES ({key})"),
            };
            match session.execute(&sql) {
                Ok(_) => {}
                Err(error) if ["23503", "23505", "40001"].contains(&error.sqlstate.as_str()) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    };
    thread::scope(|threads| {
        let writers: Vec<_> = (0..4).map(|writer| threads.spawn(move || write(writer))).collect();
        for writer in writers {
            writer.join().expect("no writer panics").expect("no writer meets another error");
        }
    });
    assert_eq!(violations(&database), 0);
    let mut session = database.session();
    let twice = number(&mut session, "SELECT count(*) FROM (SELECT id FROM c GROUP BY id HAVING count(*) > 1)");
    assert_eq!(twice.expect("a count"), 0);
}

#[test]
fn a_restarted_sequence_starts_again_for_others_at_commit() {
    let database = database("CREATE TABLE t (id SERIAL PRIMARY KEY, v INTEGER); INSERT INTO t (v) VALUES (1), (2)");
    let (mut one, mut other) = (database.session(), database.session());
    one.execute("BEGIN; TRUNCATE t RESTART IDENTITY").expect("nothing references it");
    assert_eq!(number(&mut one, "SELECT nextval('t_id_seq')").expect("a value"), 1);
    assert_eq!(number(&mut other, "SELECT nextval('t_id_seq')").expect("a value"), 3);
    one.execute("COMMIT").expect("nobody wrote");
    assert_eq!(number(&mut other, "SELECT nextval('t_id_seq')").expect("a value"), 2);
}

#[test]
fn explaining_beside_others_takes_no_value() {
    let database = database("CREATE TABLE t (id SERIAL PRIMARY KEY, v INTEGER)");
    let (mut one, mut other) = (database.session(), database.session());
    one.execute("BEGIN; EXPLAIN INSERT INTO t (v) VALUES (1), (2), (3)").expect("it can be explained");
    assert_eq!(number(&mut other, "SELECT nextval('t_id_seq')").expect("a value"), 1);
    one.execute("EXPLAIN INSERT INTO t (v) VALUES (1), (2), (3)").expect("it can be explained");
    assert_eq!(number(&mut one, "SELECT nextval('t_id_seq')").expect("a value"), 2);
}

#[test]
fn of_two_that_lock_a_row_one_commits() {
    let schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO t VALUES (1, 0), (2, 0)";
    let locks = ["FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE", "FOR KEY SHARE"]
        .map(|lock| format!("BEGIN; SELECT * FROM t WHERE id = 1 {lock}; UPDATE t SET v = v + 1 WHERE id = 2"));
    let others = ["BEGIN; UPDATE t SET v = 5 WHERE id = 1", "BEGIN; DELETE FROM t WHERE id = 1", &locks[0]];
    for lock in &locks {
        for other in others {
            let database = database(schema);
            let (mut one, mut two) = (database.session(), database.session());
            one.execute(lock).expect("the row is there");
            two.execute(other).expect("the row is there in its snapshot");
            two.execute("COMMIT").expect("the first commits");
            assert_eq!(one.execute("COMMIT").expect_err("the row is another").sqlstate, "40001", "{lock}, {other}");
        }
    }
    let database = database(schema);
    let (mut one, mut two) = (database.session(), database.session());
    one.execute("BEGIN; SELECT * FROM t WHERE id = 1 FOR UPDATE").expect("the row is there");
    two.execute("UPDATE t SET v = 5 WHERE id = 2").expect("another row");
    one.execute("COMMIT").expect("nobody changed row 1");
    assert_eq!(number(&mut one, "SELECT sum(v) FROM t").expect("a sum"), 5);
}

#[test]
fn a_sequence_that_moved_beside_a_commit_that_fails_is_durable_all_the_same() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("shop.bowline");
    let segments = path.join("segments");
    let database = Database::open(&path).expect("a new database");
    let (mut one, mut other) = (database.session(), database.session());
    one.execute("CREATE SEQUENCE s; CREATE TABLE bulk (n INTEGER)").expect("the schema is sound");
    one.execute("BEGIN").expect("a plain transaction");
    assert_eq!(number(&mut one, "SELECT nextval('s')").expect("a value"), 1);
    // Many rows are written to a file of their own, for which there is no folder.
    std::fs::write(&segments, b"in its place").expect("the folder is not there yet");
    other.execute("INSERT INTO bulk SELECT * FROM generate_series(1, 70000)").expect_err("there is no folder");
    std::fs::remove_file(&segments).expect("the file is there");
    one.execute("COMMIT").expect("the log can be written");
    drop((one, other, database));
    let mut again = Database::open(&path).expect("it is sound").session();
    assert_eq!(number(&mut again, "SELECT nextval('s')").expect("a value"), 2, "1 was given in a commit");
}

#[test]
fn a_declaration_of_another_session_costs_a_prepared_statement_one_binding() {
    let database = database("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 0)");
    let (mut one, mut other) = (database.session(), database.session());
    let add = one.prepare("UPDATE t SET n = n + 1 WHERE id = $1 AND n >= 0", &[]).expect("a plain update");
    let mut run = |times| {
        for _ in 0..times {
            one.start(&add, &[ScalarValue::from(1)]).expect("the row is there");
        }
        one.plan_counts().in_place
    };
    assert_eq!(run(5), 4, "all but the first run in place");
    other.execute("CREATE TABLE another (id INTEGER)").expect("it is new");
    assert_eq!(run(5), 8, "all but the first run in place again");
    assert_eq!(number(&mut other, "SELECT n FROM t").expect("a number"), 10);
}
