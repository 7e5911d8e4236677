//! A write that comes again stays bound, and what it asks is evaluated in place: INSERT of expressions, ON CONFLICT, RETURNING, MERGE,
//! writes that name other tables, and the locks of SELECT.

use bowline::{Database, ScalarValue, Session};

use crate::answers::lines;
use crate::both_ways::{KEYS, PAIRS, Statement, bank, compare, started};

/// No parameters, three times.
const NONE: &[&[Option<&str>]] = &[&[], &[], &[]];

const STATEMENTS: [Statement; 66] = [
    // Expressions, defaults and sequences in VALUES.
    ("INSERT INTO visits (account, note) VALUES ($1, upper('x' || $2)) RETURNING id, note, seen + 1", PAIRS),
    ("INSERT INTO owners (id, name) VALUES ($1 + 1000, 'owner ' || ($1 + 1000)) RETURNING *, length(name)", KEYS),
    ("INSERT INTO accounts (id, n, note) VALUES ($1 * 10 + 5000, 10 / $2, DEFAULT)", PAIRS),
    ("INSERT INTO accounts (id, small) VALUES ($1 + 6000, $2 * 20000)", PAIRS),
    ("INSERT INTO accounts (id, balance, code) VALUES ($1 + 7000, $2 - 2, 'c' || $2) RETURNING balance / 3, code", PAIRS),
    ("INSERT INTO accounts (id, code) VALUES ($1 + 7000, 'too long for it' || $2)", PAIRS),
    ("INSERT INTO accounts (id, n) VALUES ($1 + 7000, CASE WHEN $2 > 1 THEN 1 END)", PAIRS),
    ("INSERT INTO accounts (id, n, twice) VALUES ($1 + 7000, $2 + 1, DEFAULT) RETURNING twice, thrice, twice + thrice", PAIRS),
    ("INSERT INTO accounts (id, twice) VALUES ($1 + 8000, $2 + 1)", PAIRS),
    (
        "INSERT INTO visits (account, note, at) VALUES ($1, 'x' || nextval('numbers'), now()), ($1, 'y' || nextval('numbers'), DEFAULT)
        RETURNING id, note, seen, at = now()",
        KEYS,
    ),
    ("INSERT INTO visits VALUES (nextval('numbers') + 100000, $1, abs(0 - $2), lower('ABC'), NULL)", PAIRS),
    ("INSERT INTO visits (account, id) VALUES ($1, DEFAULT), ($2 + 0, DEFAULT) RETURNING id, account", PAIRS),
    ("INSERT INTO visits (account, seen, note) VALUES ($1, 5, 'a'), (NULL, $2 + 6, 'b'), (NULL, NULL, upper('c'))", PAIRS),
    ("INSERT INTO visits (account, note) VALUES ($1, (SELECT note FROM accounts WHERE id = $1)) RETURNING note", KEYS),
    ("INSERT INTO visits (account, note) VALUES ($1::bigint, $2::text || '!') RETURNING visits.id, visits.note", PAIRS),
    ("INSERT INTO visits (seen, note) VALUES (length(gen_random_uuid()::text), $1)", KEYS),
    ("INSERT INTO visits DEFAULT VALUES RETURNING id * 2, note || '.', old.id, new.id", NONE),
    ("INSERT INTO visits (note, account) VALUES ('literal', NULL) RETURNING id, upper(note)", NONE),
    ("INSERT INTO visits AS v (note, seen) VALUES (coalesce($1, 'none'), 1) RETURNING v.id, (SELECT count(*) FROM owners WHERE id = 3)", KEYS),
    ("INSERT INTO accounts (id, at, day, flag, tag, ratio) VALUES ($1 + 9000, now() - now() + TIMESTAMPTZ '2024-01-01 00:00:00Z',
        DATE '2024-02-28' + 1, $2 > 1, '0188a5eb-0000-7000-8000-000000000001', $2 / 3.0) RETURNING at, day, flag, tag, ratio", PAIRS),
    // ON CONFLICT DO NOTHING.
    ("INSERT INTO accounts (id, n) VALUES ($1, $2) ON CONFLICT DO NOTHING", PAIRS),
    ("INSERT INTO accounts (id, n) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING id, n * 2", PAIRS),
    ("INSERT INTO accounts (id, n) VALUES ($1 + 2000, $2 + 1) ON CONFLICT ON CONSTRAINT accounts_pkey DO NOTHING RETURNING id", PAIRS),
    ("INSERT INTO accounts (id, n) VALUES ($1, 1), ($2, 2), ($1 + 3000, 3) ON CONFLICT (id) DO NOTHING RETURNING id, n + 1", PAIRS),
    ("INSERT INTO accounts (id, balance) VALUES ($1, $2 - 2) ON CONFLICT DO NOTHING", PAIRS),
    ("INSERT INTO owners (id, name) VALUES ($1, 'owner ' || $2) ON CONFLICT DO NOTHING RETURNING id", PAIRS),
    ("INSERT INTO owners (id, name) VALUES ($1 + 900, 'owner ' || $2) ON CONFLICT (id) DO NOTHING", PAIRS),
    ("INSERT INTO visits (account, seen) VALUES ($1, $2) ON CONFLICT (seen, account) DO NOTHING RETURNING id, note", PAIRS),
    // ON CONFLICT DO UPDATE.
    (
        "INSERT INTO accounts (id, n, note) VALUES ($1, $2, 'new') ON CONFLICT (id)
        DO UPDATE SET n = EXCLUDED.n, note = accounts.note || EXCLUDED.note RETURNING *",
        PAIRS,
    ),
    (
        "INSERT INTO accounts AS a (id, n) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET n = a.n + EXCLUDED.n, version = a.version + 1
        WHERE a.n < 100 AND EXCLUDED.n <> 2 RETURNING a.id, a.n, old.n, new.n - old.n, thrice, old.thrice",
        PAIRS,
    ),
    ("INSERT INTO accounts (id, n) VALUES ($1, 1), ($2, 2) ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n RETURNING id", PAIRS),
    ("INSERT INTO accounts (id, n) VALUES (7, $1), (8, $2), (9, 1) ON CONFLICT (id) DO UPDATE SET n = accounts.n + EXCLUDED.n", PAIRS),
    ("INSERT INTO accounts (id, n) VALUES ($1 + 4000, 1), ($1 + 4000, 2) ON CONFLICT (id) DO UPDATE SET n = 0", KEYS),
    (
        "INSERT INTO owners (id, name) VALUES ($1 + 900, 'owner ' || $2) ON CONFLICT (name) DO UPDATE SET region = owners.region + 1
        RETURNING id, name, region",
        PAIRS,
    ),
    (
        "INSERT INTO seats (hall, place, guest, account) VALUES ($1, $2, 'x', 3) ON CONFLICT (place, hall)
        DO UPDATE SET guest = seats.guest || '+', account = EXCLUDED.account RETURNING hall, place, upper(guest)",
        PAIRS,
    ),
    ("INSERT INTO accounts (id, n) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET id = accounts.id + 500 RETURNING id", KEYS),
    ("INSERT INTO accounts (id, n) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET n = DEFAULT, twice = DEFAULT RETURNING n, twice", KEYS),
    ("INSERT INTO accounts (id, n) VALUES ($1, $2 - 2) ON CONFLICT (id) DO UPDATE SET n = 10 / EXCLUDED.n", PAIRS),
    ("INSERT INTO accounts (id, n) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET n = NULL", KEYS),
    ("INSERT INTO accounts (id, n) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET owner = EXCLUDED.n + $2 * 100", PAIRS),
    ("INSERT INTO accounts (id, n) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET balance = accounts.balance - $2 * 2", PAIRS),
    (
        "INSERT INTO accounts (id, n) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET (n, small) = (EXCLUDED.n + 1, accounts.n)
        WHERE accounts.flag",
        PAIRS,
    ),
    (
        "INSERT INTO accounts (id, n) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET owner = (SELECT id FROM owners WHERE id = $2)
        RETURNING owner",
        PAIRS,
    ),
    (
        "INSERT INTO accounts (id, owner) VALUES ($1, $2) ON CONFLICT (id)
        DO UPDATE SET note = (SELECT name FROM owners o WHERE o.id = EXCLUDED.owner)",
        PAIRS,
    ),
    ("INSERT INTO accounts (id, n) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET owner = (SELECT max(id) - 1 FROM owners)", KEYS),
    ("INSERT INTO visits (account, seen) VALUES ($1, $2) ON CONFLICT (account, seen) DO UPDATE SET at = now(), seen = visits.seen + 3", PAIRS),
    // INSERT of a query.
    ("INSERT INTO seats SELECT 90, $2, note, id FROM accounts WHERE id = $1 RETURNING guest || '!'", PAIRS),
    ("INSERT INTO visits (account, seen) SELECT id, n + $2 FROM accounts WHERE owner = $1 ORDER BY id RETURNING id, account, seen", PAIRS),
    ("INSERT INTO visits (account, seen) SELECT id, n FROM accounts WHERE n > $1 AND id < 50", KEYS),
    ("INSERT INTO visits (note) SELECT upper('x' || $1) RETURNING note", KEYS),
    (
        "INSERT INTO visits (account, note) SELECT a.id, o.name FROM accounts a JOIN owners o ON o.id = a.owner WHERE a.id = $1
        ON CONFLICT (account, seen) DO UPDATE SET note = EXCLUDED.note || '?' RETURNING note",
        KEYS,
    ),
    // Other tables.
    (
        "UPDATE accounts SET note = o.name FROM owners o WHERE o.id = accounts.owner AND accounts.id = $1
        RETURNING accounts.id, o.name || '?', old.note, 1",
        KEYS,
    ),
    ("UPDATE accounts a SET n = a.n + 1 FROM owners o WHERE o.id = a.owner AND o.id = $1", KEYS),
    ("UPDATE accounts SET n = n + 1 FROM owners o WHERE o.id = owner AND accounts.id = $1 RETURNING 1", KEYS),
    ("UPDATE accounts SET n = s.place FROM seats s WHERE s.guest = 'guest ' || $2 AND s.hall < accounts.id AND accounts.id = $1 RETURNING accounts.id", PAIRS),
    ("DELETE FROM accounts USING owners o WHERE o.id = accounts.owner AND accounts.id = $1 RETURNING accounts.id, o.name", KEYS),
    ("UPDATE accounts SET n = 1 WHERE id = $1 AND owner IN (SELECT id FROM owners WHERE region < $2)", PAIRS),
    ("UPDATE owners SET region = region + 1 WHERE name LIKE 'owner 1%' RETURNING upper(name), $1", KEYS),
    ("DELETE FROM seats WHERE place = $1 RETURNING guest || '.'", KEYS),
    // MERGE.
    (
        "MERGE INTO accounts a USING (VALUES ($1::bigint, $2::int)) v(id, n) ON a.id = v.id
        WHEN MATCHED AND v.n = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET n = a.n + v.n
        WHEN NOT MATCHED THEN INSERT (id, n) VALUES (v.id, v.n + 1) RETURNING merge_action(), a.id, v.n, upper(a.note)",
        PAIRS,
    ),
    (
        "MERGE INTO visits USING accounts a ON visits.account = a.id AND a.id = $1 WHEN MATCHED AND $2 > 1 THEN UPDATE SET note = a.note
        WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED AND a.id < 4 THEN INSERT (account) VALUES (a.id)",
        PAIRS,
    ),
    ("MERGE INTO visits v USING (SELECT $1 + 0 AS a) s ON v.account = s.a WHEN NOT MATCHED BY SOURCE AND v.seen > 1 THEN DELETE", KEYS),
    // Locks.
    ("SELECT id, n + 1 FROM accounts WHERE id = $1 FOR UPDATE", KEYS),
    ("SELECT *, upper(note) FROM accounts WHERE id = $1 FOR SHARE", KEYS),
    ("SELECT a.note, o.name FROM accounts a JOIN owners o ON o.id = a.owner WHERE a.id = $1 FOR UPDATE OF a", KEYS),
    ("SELECT id FROM accounts WHERE owner = $1 ORDER BY id LIMIT 2 FOR NO KEY UPDATE NOWAIT", KEYS),
];

/// Those of them whose questions were never all evaluated in place: they read tables whole, or ask for more than one step can tell.
const LEFT: [usize; 8] = [43, 44, 48, 54, 57, 58, 60, 61];

#[test]
fn a_write_that_comes_again_does_what_the_query_engine_does() {
    assert_eq!(compare(&STATEMENTS), LEFT, "these were left to the query engine");
}

fn locked(database: &Database) -> Session {
    let mut session = database.session();
    let prepared = session.prepare("SELECT n + 1 FROM accounts WHERE id = $1 FOR UPDATE", &[]).expect("a plain query");
    for id in 3..6_i64 {
        started(&mut session, &prepared, &[ScalarValue::from(id)]).expect("it locks nothing beyond itself");
    }
    session.execute("BEGIN").expect("a transaction");
    started(&mut session, &prepared, &[ScalarValue::from(7_i64)]).expect("the row is there");
    assert_eq!(session.plan_counts().in_place, 3);
    session
}

#[test]
fn a_lock_evaluated_in_place_holds() {
    let database = bank();
    let mut one = locked(&database);
    database.session().execute("UPDATE accounts SET n = 9 WHERE id = 3").expect("another row");
    one.execute("COMMIT").expect("nobody changed the row");
    let mut one = locked(&database);
    database.session().execute("UPDATE accounts SET n = 9 WHERE id = 7").expect("nobody waits");
    assert_eq!(one.execute("COMMIT").expect_err("the row is another").sqlstate, "40001");
}

#[test]
fn a_write_falls_back_question_by_question() {
    let database = bank();
    let mut session = database.session();
    session
        .execute("INSERT INTO accounts (id, owner) SELECT g, 2 FROM generate_series(5000, 8000) AS s(g)")
        .expect("new keys");
    let sql = "INSERT INTO visits (account, seen) SELECT id, NULL FROM accounts WHERE owner = $1 RETURNING note || ''";
    let prepared = session.prepare(sql, &[]).expect("a plain insert");
    let mut ask = |owner: i32| {
        let (tag, _) = started(&mut session, &prepared, &[ScalarValue::from(owner)]).expect("a plain insert");
        (tag, session.plan_counts().in_place)
    };
    let told = [ask(3), ask(4), ask(2), ask(5)].map(|(tag, in_place)| format!("{tag}, {in_place}"));
    assert_eq!(told, ["INSERT 0 9, 0", "INSERT 0 9, 1", "INSERT 0 3010, 1", "INSERT 0 9, 2"]);
}

#[test]
fn a_sequence_moves_once_a_row() {
    let database = bank();
    let mut session = database.session();
    // The RETURNING is the engine's; what VALUES took from the sequence is not taken again for that.
    let sql =
        "INSERT INTO visits (seen, note) VALUES ($1, 'v' || nextval('numbers')) RETURNING note, clock_timestamp() > at";
    let prepared = session.prepare(sql, &[]).expect("a plain insert");
    let notes: Vec<_> = (0..4)
        .flat_map(|seen| {
            let (_, rows) = started(&mut session, &prepared, &[ScalarValue::from(seen)]).expect("a plain insert");
            lines(&rows.expect("it returns a row").batches)
        })
        .collect();
    assert_eq!(notes, ["v1|t", "v2|t", "v3|t", "v4|t"]);
}

#[test]
fn a_kept_write_is_bound_anew_when_the_catalog_changes() {
    let database = bank();
    let mut session = database.session();
    let sql = "INSERT INTO accounts (id, n) VALUES ($1, $1 - 1) ON CONFLICT (id) DO UPDATE SET n = accounts.n + 1";
    let mut times = |id: i64| {
        let prepared = session.prepare(sql, &[]).map_err(|error| error.sqlstate.to_string())?;
        let ended = started(&mut session, &prepared, &[ScalarValue::from(id)]);
        ended.map(|(tag, _)| tag).map_err(|error| error.sqlstate.to_string())
    };
    (0..4).for_each(|_| assert_eq!(times(3).as_deref(), Ok("INSERT 0 1")));
    database.session().execute("ALTER TABLE accounts ADD CHECK (n < 10000) NOT VALID").expect("a plain change");
    (0..4).for_each(|_| assert_eq!(times(20_000), Err("23514".to_owned())));
    database.session().execute("ALTER TABLE seats DROP CONSTRAINT seats_account_fkey").expect("it is there");
    database.session().execute("ALTER TABLE visits DROP COLUMN account").expect("it is there");
    database.session().execute("ALTER TABLE accounts DROP CONSTRAINT accounts_pkey").expect("nothing references it");
    assert_eq!(times(3), Err("42P10".to_owned()));
}
