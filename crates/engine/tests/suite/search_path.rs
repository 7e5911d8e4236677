//! The search path: each session has its own, others commit beside it, what was prepared follows it, and nothing of it is on disk.

use bowline::{Database, ScalarValue, Session, TransactionStatus, display};

use crate::answers::{answer, lines};
use crate::library::number;

/// Two schemas with tables of the same names.
const SCHEMAS: &str = "
    CREATE SCHEMA a; CREATE SCHEMA b;
    CREATE TABLE a.t (id INTEGER PRIMARY KEY, x TEXT);
    CREATE TABLE b.t (id INTEGER PRIMARY KEY, x TEXT);
    CREATE TABLE public.t (id INTEGER PRIMARY KEY, x TEXT);
    INSERT INTO a.t VALUES (1, 'a'), (2, 'a'), (3, 'a');
    INSERT INTO b.t VALUES (1, 'b'), (2, 'b');
    INSERT INTO public.t VALUES (1, 'public');";

fn schemas() -> Database {
    let database = Database::in_memory().expect("memory is there");
    database.session().execute(SCHEMAS).expect("the schemas are sound");
    database
}

#[test]
fn sessions_have_paths_of_their_own() {
    let database = schemas();
    let (mut one, mut other) = (database.session(), database.session());
    one.execute("SET search_path = a").expect("a path");
    other.execute("SET search_path = b; BEGIN; INSERT INTO t VALUES (9, 'b')").expect("a path");
    one.execute("CREATE TABLE mine (id INTEGER REFERENCES t ON DELETE CASCADE); INSERT INTO mine VALUES (3)")
        .expect("a table");
    one.execute("DELETE FROM t WHERE id = 3").expect("it cascades");
    assert_eq!(other.execute("COMMIT").expect_err("the schema was changed").sqlstate, "40001");
    other.execute("INSERT INTO t VALUES (9, 'b')").expect("9 is free");
    assert_eq!(number(&mut one, "SELECT count(*) FROM t").expect("a count"), 2);
    assert_eq!(number(&mut other, "SELECT count(*) FROM t").expect("a count"), 3);
    assert_eq!(number(&mut database.session(), "SELECT count(*) FROM t").expect("a count"), 1);
    assert_eq!(answer(&mut other, "SELECT * FROM mine", &[]), ["42P01"]);
    // Conflicts between rows are seen along any path.
    one.execute("BEGIN; UPDATE t SET x = 'one' WHERE id = 1").expect("a plain update");
    let qualified = "UPDATE a.t SET x = 'other' WHERE id = 1";
    other.execute(qualified).expect("a plain update");
    assert_eq!(one.execute("COMMIT").expect_err("the row was changed").sqlstate, "40001");
    assert_eq!(answer(&mut one, "SELECT x FROM t WHERE id = 1", &[]), ["other"]);
}

#[test]
fn a_plan_is_kept_along_a_path_and_not_beyond_it() {
    let database = schemas();
    let mut session = database.session();
    session.execute("CREATE SCHEMA empty; SET search_path = empty, a").expect("a path");
    let sql = "SELECT x, count(*) FROM t WHERE id < $1 GROUP BY x ORDER BY x";
    let ask = |session: &mut Session| answer(session, sql, &[ScalarValue::from(10)]);
    (0..6).for_each(|_| assert_eq!(ask(&mut session), ["a|3"]));
    let plans = session.plan_counts();
    assert_eq!(plans.generic, 4, "what comes again stays planned: {plans:?}");
    // Writes of its own, and of others, change no catalog.
    session.execute("INSERT INTO t VALUES (4, 'a')").expect("4 is free");
    database.session().execute("INSERT INTO a.t VALUES (5, 'a')").expect("5 is free");
    (0..2).for_each(|_| assert_eq!(ask(&mut session), ["a|5"]));
    assert_eq!(session.plan_counts().generic, 6);
    // Nor does a transaction along the same path.
    session.execute("BEGIN").expect("a transaction");
    (0..2).for_each(|_| assert_eq!(ask(&mut session), ["a|5"]));
    session.execute("COMMIT").expect("nothing was done");
    assert_eq!(session.plan_counts().generic, 8);
    session.execute("SET search_path = b").expect("a path");
    (0..4).for_each(|_| assert_eq!(ask(&mut session), ["b|2"]));
    session.execute("BEGIN; SET LOCAL search_path = public").expect("a path");
    (0..4).for_each(|_| assert_eq!(ask(&mut session), ["public|1"]));
    session.execute("ROLLBACK").expect("it ends");
    (0..4).for_each(|_| assert_eq!(ask(&mut session), ["b|2"]));
    session.execute("CREATE SCHEMA c; SET search_path = c, b").expect("a path");
    assert_eq!(ask(&mut session), ["b|2"]);
    database.session().execute("CREATE TABLE c.t AS SELECT 7 AS id, 'c'::text AS x").expect("a table");
    assert_eq!(ask(&mut session), ["c|1"]);
    database.session().execute("DROP SCHEMA c CASCADE").expect("it is there");
    assert_eq!(ask(&mut session), ["b|2"]);
}

#[test]
fn a_prepared_statement_follows_the_path() {
    let database = schemas();
    let mut session = database.session();
    let select = session.prepare("SELECT x FROM t WHERE id = $1", &[]).expect("a sound statement");
    let delete = session.prepare("DELETE FROM t WHERE id = $1", &[]).expect("a sound statement");
    let ask = |session: &mut Session| {
        let mut found = session.start(&select, &[ScalarValue::from(1)]).expect("it runs").rows.expect("it has rows");
        let batch = found.next_batch().expect("rows can be read").expect("a row");
        session.finished().expect("nothing is to be made durable");
        display::text(batch.column(0).as_ref(), 0).expect("no NULL")
    };
    assert_eq!(ask(&mut session), "public");
    for (path, expected) in [("b, a", "b"), ("a, b", "a"), ("nowhere, b", "b"), ("\"$user\", public", "public")] {
        session.execute(&format!("SET search_path = {path}")).expect("a path");
        (0..3).for_each(|_| assert_eq!(ask(&mut session), expected, "{path}"));
        // The same text prepared again is known, and means the same.
        let again = session.prepare("SELECT x FROM t WHERE id = $1", &[]).expect("a sound statement");
        assert!(again.is_light(), "it is a lookup by key");
    }
    session.execute("SELECT set_config('search_path', 'b', false)").expect("a path");
    session.start(&delete, &[ScalarValue::from(2)]).expect("a plain delete");
    assert_eq!(number(&mut session, "SELECT count(*) FROM b.t").expect("a count"), 1);
    assert_eq!(number(&mut session, "SELECT count(*) FROM a.t").expect("a count"), 3);
    session.execute("SET search_path = a; ALTER TABLE a.t RENAME COLUMN x TO y").expect("a plain change");
    let changed = session.start(&select, &[ScalarValue::from(1)]).expect_err("its column is gone");
    assert_eq!(changed.sqlstate, "42703");
    assert_eq!(session.transaction_status(), TransactionStatus::Idle);
}

#[test]
fn nothing_of_a_path_is_on_disk() {
    let directory = tempfile::tempdir().expect("a directory");
    {
        let database = Database::open(directory.path()).expect("a new database");
        let mut session = database.session();
        session.execute(SCHEMAS).expect("the schemas are sound");
        session
            .execute(
                "SET search_path = b; CREATE SEQUENCE q; CREATE TABLE made (n BIGINT DEFAULT nextval('q'));
                 CREATE VIEW seen AS SELECT x FROM t; BEGIN; SET search_path = a; CREATE TABLE more (id INTEGER);
                 INSERT INTO more VALUES (1); COMMIT",
            )
            .expect("they are new");
    }
    let database = Database::open(directory.path()).expect("it was closed");
    let mut session = database.session();
    assert_eq!(answer(&mut session, "SELECT current_schema", &[]), ["public"]);
    assert_eq!(answer(&mut session, "SELECT x FROM t", &[]), ["public"]);
    assert_eq!(answer(&mut session, "SELECT x FROM b.seen", &[]), ["b", "b"]);
    assert_eq!(answer(&mut session, "INSERT INTO b.made DEFAULT VALUES RETURNING n", &[]), ["1"]);
    assert_eq!(answer(&mut session, "SELECT id FROM a.more", &[]), ["1"]);
    assert_eq!(answer(&mut session, "SELECT * FROM more", &[]), ["42P01"]);
}

/// A number in a row that only the seed decides.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// A statement in which `@` stands before every name of a relation.
    fn statement(&mut self) -> String {
        let (one, other) = (["p", "c", "g"][self.below(3) as usize], ["p", "c", "g"][self.below(3) as usize]);
        let (key, value) = (self.below(12), self.below(12));
        match self.below(17) {
            0 => format!("INSERT INTO @{one} VALUES ({key}, {value})"),
            1 => format!("INSERT INTO @{one} (id) SELECT g + {key} FROM generate_series(1, 3) AS s(g)"),
            2 => format!("INSERT INTO @{one} VALUES ({key}, {value}) ON CONFLICT (id) DO UPDATE SET v = {one}.v + 1"),
            3 => format!("UPDATE @{one} SET v = {value} WHERE id = {key}"),
            4 => format!("UPDATE @{one} SET id = id + {value} WHERE id > {key} RETURNING id"),
            5 => format!("UPDATE @{one} SET v = o.id FROM @{other} AS o WHERE o.id = {one}.id"),
            6 => format!("DELETE FROM @{one} WHERE id = {key} RETURNING *"),
            7 => format!("DELETE FROM @{one} USING @{other} AS o WHERE o.id = {one}.id AND o.v = {value}"),
            8 => format!("SELECT x.id, y.v FROM @{one} x LEFT JOIN @{other} y USING (id) ORDER BY 1, 2"),
            9 => format!("SELECT (SELECT count(*) FROM @{one}), EXISTS (SELECT 1 FROM @{other} WHERE v = {value})"),
            10 => format!(
                "MERGE INTO @{one} USING @{other} AS o ON o.id = {one}.id WHEN MATCHED THEN UPDATE SET v = 1 WHEN NOT MATCHED THEN INSERT VALUES (o.id, o.v)"
            ),
            11 => format!(
                "WITH d AS (DELETE FROM @{one} WHERE id = {key} RETURNING id) INSERT INTO @{other} SELECT id, 1 FROM d"
            ),
            12 => format!("CREATE OR REPLACE VIEW @w AS SELECT id, v FROM @{one} WHERE id < {value}"),
            13 => "SELECT * FROM @w ORDER BY id".to_owned(),
            14 => format!("ALTER TABLE @{one} ADD COLUMN IF NOT EXISTS more BIGINT DEFAULT nextval('@q')"),
            15 => format!("ALTER TABLE @{one} DROP COLUMN IF EXISTS more"),
            _ => format!("TRUNCATE @{one} CASCADE"),
        }
    }
}

/// What a statement told: its tag and rows, or its error but for the names of relations with their schemas.
fn told(session: &mut Session, sql: &str) -> String {
    let outcome = match session.run(sql, &[]) {
        Err(error) => return format!("{} {} {:?}", error.sqlstate, error.message.replace("s.", ""), error.constraint),
        Ok(outcome) => outcome,
    };
    let rows = outcome.rows.map(|found| {
        let mut rows = lines(&found.batches);
        rows.sort();
        rows
    });
    format!("{} {rows:?}", outcome.tag)
}

#[test]
fn a_path_means_what_names_with_their_schema_mean() {
    const TABLES: &str = "
        CREATE SEQUENCE @q;
        CREATE TABLE @p (id BIGINT PRIMARY KEY, v BIGINT);
        CREATE TABLE @c (id BIGINT PRIMARY KEY, v BIGINT REFERENCES @p ON DELETE CASCADE ON UPDATE CASCADE);
        CREATE TABLE @g (id BIGINT PRIMARY KEY REFERENCES @c ON DELETE SET NULL DEFERRABLE, v BIGINT REFERENCES @p ON DELETE SET NULL);
        CREATE VIEW @w AS SELECT id, v FROM @p";
    let elsewhere = "CREATE TABLE public.p (id INTEGER, w TEXT); CREATE TABLE public.c (id INTEGER); CREATE SEQUENCE public.q START 500";
    for seed in 0..12 {
        let mut dice = Dice(seed);
        let (qualified, along) = (Database::in_memory().expect("memory"), Database::in_memory().expect("memory"));
        let (mut qualified, mut along) = (qualified.session(), along.session());
        for session in [&mut qualified, &mut along] {
            session.execute(&format!("CREATE SCHEMA s; {elsewhere}")).expect("they are new");
        }
        along.execute("SET search_path = nowhere, s").expect("a path");
        let statements = TABLES.split(';').map(str::to_owned).chain((0..60).map(|_| dice.statement()));
        for (at, statement) in statements.enumerate() {
            let with_schema = told(&mut qualified, &statement.replace('@', "s."));
            let alone = told(&mut along, &statement.replace('@', ""));
            assert_eq!(alone, with_schema.replace("s.", ""), "seed {seed}, statement {at}: {statement}");
            assert!(at > 4 || !alone.starts_with("42"), "the tables are sound: {alone}");
        }
        for table in ["p", "c", "g"] {
            let sql = format!("SELECT * FROM s.{table} ORDER BY id");
            assert_eq!(answer(&mut along, &sql, &[]), answer(&mut qualified, &sql, &[]), "seed {seed}, table {table}");
        }
    }
}
