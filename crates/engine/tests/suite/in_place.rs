//! A prepared statement that comes again and is evaluated in place does what the query engine does: the same rows, tag or error, and
//! the same contents afterwards.

use std::thread;

use bowline::{ScalarValue, Session, display};

use crate::both_ways::{KEYS, LISTS, PAIRS, SAME, Statement, TAGS, bank, compare, started};

/// Statements, and the values of their parameters for each time they run.
const STATEMENTS: [Statement; 72] = [
    // Expressions over a looked up row.
    ("SELECT id, upper(note), n + 1 FROM accounts WHERE id = $1", KEYS),
    ("SELECT note || '!' AS loud, n * $2 AS times, $2 FROM accounts WHERE id = $1", PAIRS),
    ("SELECT *, coalesce(note, code, 'none') FROM accounts a WHERE a.id = $1", KEYS),
    (
        "SELECT CASE WHEN flag THEN n ELSE small END, balance * 2, balance / 3, ratio / 2 FROM accounts WHERE id = $1",
        KEYS,
    ),
    ("SELECT 10 / n FROM accounts WHERE id = $1", KEYS),
    ("SELECT small + $2::smallint FROM accounts WHERE id = $1", PAIRS),
    (
        "SELECT n + $2 FROM accounts WHERE id = $1",
        &[&[Some("1"), Some("1")], &[Some("1000"), Some("0")], &[Some("1000"), Some("1")]],
    ),
    (
        "SELECT day + 1, at + INTERVAL '1 day', extract(year FROM at), fixed, length(fixed) FROM accounts WHERE id = $1",
        KEYS,
    ),
    ("SELECT twice, thrice, thrice + twice FROM accounts WHERE id = $1", KEYS),
    ("SELECT code::integer FROM accounts WHERE id = $1", KEYS),
    ("SELECT tag, tag = $2::uuid FROM accounts WHERE id = $1", TAGS),
    ("SELECT at < now(), now() - at > INTERVAL '1 day', current_date > day FROM accounts WHERE id = $1", KEYS),
    ("SELECT note FROM accounts WHERE id = $1 AND n >= $2 AND balance < 500 AND note LIKE 'note%'", PAIRS),
    ("SELECT note FROM accounts WHERE id = $1 AND 10 / n > 1", KEYS),
    ("SELECT note FROM accounts WHERE $1 = id OR id = $2", PAIRS),
    ("SELECT note FROM accounts WHERE id IN ($1, $2, 7, 8, 9, 10, 11) AND flag", PAIRS),
    ("SELECT note FROM accounts WHERE id = ANY($1)", LISTS),
    ("SELECT note, n + 1 FROM accounts WHERE id = ANY($1::integer[]) AND n > 1", LISTS),
    ("SELECT $1 + 1, now() IS NOT NULL, upper('x')", &[&[Some("3")], &[None], &[Some("2147483647")]]),
    ("SELECT note FROM accounts WHERE id = $1 + 1", KEYS),
    ("SELECT note FROM accounts WHERE id = $1::integer", KEYS),
    ("SELECT note FROM accounts WHERE id::numeric = $1", KEYS),
    ("SELECT note FROM rich WHERE id = $1", KEYS),
    ("SELECT name, region + 1 FROM owners WHERE name = 'owner ' || $1", KEYS),
    ("SELECT x.twofold FROM (SELECT id, n * 2 AS twofold FROM accounts) x WHERE x.id = $1", KEYS),
    ("WITH a AS (SELECT * FROM accounts) SELECT n, note FROM a WHERE id = $1", KEYS),
    ("SELECT guest || '?' FROM seats WHERE hall = $1 AND place = $2", PAIRS),
    ("SELECT guest || '?' FROM seats WHERE (hall, place) = ($1, $2)", PAIRS),
    ("SELECT fixed FROM accounts WHERE id = $1 AND fixed = 'f3'", KEYS),
    // Rows by a foreign key or an index, in order.
    ("SELECT id, note FROM accounts WHERE owner = $1 ORDER BY id DESC LIMIT 3", KEYS),
    ("SELECT id, note FROM accounts WHERE owner = $1 ORDER BY note NULLS FIRST, id OFFSET 2", KEYS),
    ("SELECT id FROM accounts WHERE owner = $1 ORDER BY balance DESC, id LIMIT $2", PAIRS),
    ("SELECT place FROM seats WHERE guest = 'guest ' || $1 ORDER BY place LIMIT 5 OFFSET 1", KEYS),
    ("SELECT DISTINCT n FROM accounts WHERE owner = $1 ORDER BY n", KEYS),
    ("SELECT count(*), sum(balance), min(note), avg(n) + 1, count(DISTINCT n) FROM accounts WHERE owner = $1", KEYS),
    ("SELECT count(*), sum(balance), min(note), max(at), avg(n) + 1 FROM accounts WHERE owner = $1", KEYS),
    ("SELECT EXISTS (SELECT 1 FROM accounts WHERE id = $1)", KEYS),
    (
        "SELECT n, (SELECT count(*) FROM seats WHERE account = $1), NOT EXISTS (SELECT 1 FROM owners WHERE id = $1) FROM accounts WHERE id = $1",
        KEYS,
    ),
    (
        "SELECT (SELECT note FROM accounts WHERE owner = $1) AS one",
        &[&[Some("40")], &[Some("39")], &[Some("-1")], &[Some("8")]],
    ),
    // Chains of keys.
    ("SELECT a.note, o.name FROM accounts a JOIN owners o ON o.id = a.owner WHERE a.id = $1", KEYS),
    ("SELECT a.note, o.name FROM accounts a LEFT JOIN owners o ON o.id = a.owner WHERE a.id = $1", KEYS),
    (
        "SELECT a.note, o.name FROM accounts a LEFT JOIN owners o ON o.id = a.owner AND o.region = 1 WHERE a.id = $1",
        KEYS,
    ),
    (
        "SELECT a.note, o.name FROM accounts a LEFT JOIN owners o ON o.id = a.owner AND o.region > a.n WHERE a.id = $1",
        KEYS,
    ),
    ("SELECT o.name, a.id FROM owners o LEFT JOIN accounts a ON a.owner = o.id WHERE o.id = $1 ORDER BY a.id", KEYS),
    (
        "SELECT o.name, a.id FROM accounts a RIGHT JOIN owners o ON a.owner = o.id WHERE o.id = $1 ORDER BY a.id LIMIT 4",
        KEYS,
    ),
    (
        "SELECT s.guest, a.n, o.* FROM seats s JOIN accounts a ON a.id = s.account JOIN owners o ON o.id = a.owner
        WHERE s.hall = $1 AND s.place = $2",
        PAIRS,
    ),
    (
        "SELECT s.place, o.name FROM owners o, accounts a, seats s WHERE o.id = $1 AND a.owner = o.id AND s.account = a.id ORDER BY 1",
        KEYS,
    ),
    (
        "SELECT a.id, b.id FROM accounts a JOIN accounts b ON b.owner = a.owner AND b.id <> a.id WHERE a.id = $1 ORDER BY 2",
        KEYS,
    ),
    ("SELECT o.name FROM owners o JOIN accounts a USING (id) WHERE o.id = $1", KEYS),
    ("SELECT name FROM owners WHERE id = (SELECT owner FROM accounts WHERE id = $1)", KEYS),
    ("SELECT name FROM owners o WHERE id = $1 AND EXISTS (SELECT 1 FROM accounts a WHERE a.owner = o.id)", KEYS),
    (
        "SELECT name FROM owners o WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.owner = o.id AND a.n > o.region)",
        KEYS,
    ),
    (
        "SELECT name FROM owners WHERE id = $1 AND id NOT IN (SELECT owner FROM accounts WHERE owner IS NOT NULL AND owner < 5)",
        KEYS,
    ),
    // Writes.
    ("UPDATE accounts SET note = note || '!' WHERE id = $1 RETURNING note", KEYS),
    ("UPDATE accounts SET n = n + 1, version = version + 1 WHERE id = $1 AND version = $2 RETURNING *", PAIRS),
    ("UPDATE accounts SET balance = balance - $2 WHERE id = $1 RETURNING id, balance, balance * 2 AS twofold", PAIRS),
    (
        "UPDATE accounts SET small = small + $2 WHERE id = $1",
        &[&[Some("3"), Some("1")], &[Some("1000"), Some("0")], &[Some("1000"), Some("1")]],
    ),
    (
        "UPDATE accounts SET n = n + $2 WHERE id = $1",
        &[&[Some("3"), Some("1")], &[Some("1000"), Some("0")], &[Some("1000"), Some("1")]],
    ),
    (
        "UPDATE accounts SET n = 12 / (n - $2) WHERE id = $1",
        &[&[Some("3"), Some("9")], &[Some("7"), Some("9")], &[Some("11"), Some("3")]],
    ),
    ("UPDATE accounts SET n = CASE WHEN n > 100 THEN NULL ELSE n END WHERE id = $1", KEYS),
    ("UPDATE accounts SET code = code || 'abc' WHERE id = $1 RETURNING code, upper(code)", SAME),
    (
        "UPDATE accounts SET n = DEFAULT, note = coalesce(note, $2), twice = DEFAULT WHERE id = $1 RETURNING n, note, twice, thrice",
        PAIRS,
    ),
    (
        "UPDATE accounts SET day = day + 1, at = now(), fixed = 'x' || n WHERE id = $1 RETURNING day, at = now(), fixed",
        KEYS,
    ),
    ("UPDATE accounts SET (n, small) = (n + 1, n) WHERE owner = $1 RETURNING id, n, old.n, new.small", KEYS),
    (
        "UPDATE accounts SET n = n * 2, note = $2 WHERE id = $1 RETURNING old.*, new.n - old.n, old.thrice, coalesce(old.note, 'was NULL')",
        PAIRS,
    ),
    ("UPDATE accounts AS a SET id = a.id + 500 WHERE a.id = $1 RETURNING a.id", KEYS),
    (
        "UPDATE accounts SET owner = owner + $2 WHERE id = $1",
        &[&[Some("3"), Some("1")], &[Some("4"), Some("1")], &[Some("4"), Some("900")]],
    ),
    ("UPDATE owners SET id = id + 100 WHERE id = $1 RETURNING id", KEYS),
    ("UPDATE owners SET name = 'owner ' || ($2 + 1) WHERE id = $1", PAIRS),
    ("DELETE FROM accounts WHERE id = $1 AND n <= $2 RETURNING id, upper(note), n + $2", PAIRS),
    ("DELETE FROM seats WHERE account = $1 AND place % 2 = 0 RETURNING *", KEYS),
    ("DELETE FROM owners WHERE id = $1 AND region < $2 RETURNING name || '.'", PAIRS),
];

/// Those of them that are left to the query engine whatever the values, by their places: they ask for more than rows that keys
/// lead to, or compare keys with values of other types.
const LEFT: [usize; 5] = [21, 33, 34, 51, 52];

#[test]
fn what_is_evaluated_in_place_is_what_the_query_engine_does() {
    assert_eq!(compare(&STATEMENTS), LEFT, "these were left to the query engine");
}

#[test]
fn a_statement_that_comes_once_is_not_planned_for_more() {
    let database = bank();
    let mut session = database.session();
    let prepared = session.prepare("SELECT n + 1 FROM accounts WHERE id = $1", &[]).expect("a plain query");
    let ask = |session: &mut Session| {
        started(session, &prepared, &[ScalarValue::from(1_i64)]).expect("a plain query");
        session.plan_counts().in_place
    };
    assert_eq!([ask(&mut session), ask(&mut session), ask(&mut session)], [0, 1, 2]);
    session.execute("SET TimeZone TO 'UTC'").expect("a setting");
    assert_eq!(
        [ask(&mut session), ask(&mut session), ask(&mut session)],
        [2, 3, 4],
        "what was set may change what it means"
    );
}

#[test]
fn many_rows_of_one_key_are_left_to_the_query_engine() {
    let database = bank();
    let mut session = database.session();
    session
        .execute("INSERT INTO accounts (id, owner) SELECT g, 2 FROM generate_series(5000, 8000) AS s(g)")
        .expect("new keys");
    let prepared = session.prepare("SELECT id, n + 1 FROM accounts WHERE owner = $1", &[]).expect("a plain query");
    let mut ask = |owner: i32| {
        let (tag, _) = started(&mut session, &prepared, &[ScalarValue::from(owner)]).expect("a plain query");
        (tag, session.plan_counts().in_place)
    };
    let told = [ask(3), ask(3), ask(2), ask(3)].map(|(tag, in_place)| format!("{tag}, {in_place}"));
    assert_eq!(told, ["SELECT 9, 0", "SELECT 9, 1", "SELECT 3010, 1", "SELECT 9, 2"]);
}

#[test]
fn the_clock_is_that_of_each_execution() {
    let database = bank();
    let mut session = database.session();
    let sql = "UPDATE accounts SET at = now() WHERE id = $1 RETURNING clock_timestamp() - at < INTERVAL '1 second', at";
    // What is asked each time anew is left to the engine; the rest is not.
    for sql in [sql, "UPDATE accounts SET at = now() WHERE id = $1 RETURNING at = now(), at"] {
        let prepared = session.prepare(sql, &[]).expect("a plain update");
        let mut times = Vec::new();
        for _ in 0..4 {
            thread::sleep(std::time::Duration::from_millis(2));
            let (_, rows) = started(&mut session, &prepared, &[ScalarValue::from(1_i64)]).expect("a plain update");
            let batch = rows.expect("it returns a row").batches.remove(0);
            assert_eq!(display::text(batch.column(0), 0).as_deref(), Some("t"));
            times.push(display::text(batch.column(1), 0));
        }
        assert!(times.is_sorted() && times.windows(2).all(|pair| pair[0] != pair[1]), "{times:?}");
    }
    assert_eq!(session.plan_counts().in_place, 3);
}
