//! A statement that comes again is not planned again, whatever it is made of.

use bowline::Session;

use crate::both_ways::{PAIRS, Statement, bank, compare, started, values};

/// Keys that are there, one that is not, and none.
const KEYS: &[&[Option<&str>]] = &[&[Some("3")], &[Some("9")], &[Some("-1")], &[None], &[Some("1000")]];

/// Numbers that are small.
const SMALL: &[&[Option<&str>]] = &[&[Some("1")], &[Some("0")], &[Some("2")], &[Some("1")], &[None], &[Some("3")]];

/// Statements of every make, most of which are too much to be evaluated in place.
const SHAPES: &[Statement] = &[
    // Subqueries of queries.
    ("SELECT id, (SELECT max(id) FROM owners) FROM accounts WHERE id = $1", KEYS),
    ("SELECT name FROM owners WHERE id = (SELECT owner FROM accounts WHERE id = $1)", KEYS),
    ("SELECT count(*) FROM accounts WHERE balance > (SELECT avg(balance) FROM accounts) AND n > $1", KEYS),
    (
        "SELECT name, (SELECT count(*) FROM accounts a WHERE a.owner = o.id AND a.n > $1) FROM owners o ORDER BY id",
        KEYS,
    ),
    ("SELECT (SELECT max(n) FROM accounts WHERE owner = (SELECT min(id) FROM owners WHERE region = $1))", KEYS),
    ("SELECT name FROM owners o WHERE EXISTS (SELECT FROM accounts a WHERE a.owner = o.id AND a.n = $1)", KEYS),
    ("SELECT id IN (SELECT owner FROM accounts WHERE n = $1) FROM owners ORDER BY id", KEYS),
    ("SELECT * FROM owners WHERE region = ANY (SELECT n FROM accounts WHERE id < $1)", KEYS),
    // Functions that tell of now, of the session and of the catalog.
    ("SELECT id FROM accounts WHERE at < now() AND n = $1", KEYS),
    ("SELECT id, now() - at > INTERVAL '1 day' FROM accounts WHERE n = $1", KEYS),
    ("SELECT count(*) FROM accounts WHERE day < current_date AND n = $1", KEYS),
    (
        "SELECT current_timestamp IS NOT NULL, localtimestamp IS NULL, current_time IS NULL, n FROM accounts WHERE n = $1",
        KEYS,
    ),
    ("SELECT count(*), current_user, current_schema, current_database(), version() FROM accounts WHERE n = $1", KEYS),
    ("SELECT count(*), current_setting('search_path') FROM accounts WHERE n = $1", KEYS),
    ("SELECT pg_typeof(n), count(*) FROM accounts WHERE n > $1 GROUP BY n ORDER BY n", KEYS),
    ("SELECT format('%s!', note) FROM accounts WHERE n = $1", KEYS),
    ("SELECT clock_timestamp() > at, random() < 2, n FROM accounts WHERE n = $1", KEYS),
    // Values, series and recursion.
    ("SELECT v.a, o.name FROM (VALUES (1, $1), (2, 3)) AS v(a, b) JOIN owners o ON o.region = v.a ORDER BY o.id", KEYS),
    ("SELECT * FROM (VALUES ($1, 2), (3, 4)) AS v(a, b) ORDER BY a", KEYS),
    ("VALUES ($1), (2), (3)", KEYS),
    (
        "SELECT g, count(a.id) FROM generate_series(1, 5) AS s(g) LEFT JOIN accounts a ON a.n = g AND a.small < $1 GROUP BY g ORDER BY g",
        KEYS,
    ),
    ("SELECT g FROM generate_series(1, 7) AS s(g) WHERE g % 2 = $1", SMALL),
    ("SELECT g FROM generate_series(1, $1) AS s(g)", SMALL),
    ("SELECT g, g * $2 FROM generate_series(1, $1) WITH ORDINALITY AS s(g, n) ORDER BY n DESC LIMIT 2", PAIRS),
    ("INSERT INTO visits (note) SELECT 'x' || g FROM generate_series(1, $1) AS s(g) RETURNING id", SMALL),
    ("SELECT unnest(ARRAY[1, 2, $1])", KEYS),
    ("SELECT u, o.name FROM unnest(ARRAY[1, 2]) AS x(u) JOIN owners o ON o.id = u WHERE o.id <> $1", KEYS),
    ("WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 5) SELECT n FROM s WHERE n <> $1", KEYS),
    (
        "WITH RECURSIVE below(id, depth) AS (SELECT id, 1 FROM owners WHERE id = $1
        UNION ALL SELECT a.owner, depth + 1 FROM below b JOIN accounts a ON a.id = b.id + 1 WHERE depth < 4)
        SELECT id, max(depth) FROM below GROUP BY id ORDER BY id",
        KEYS,
    ),
    ("WITH RECURSIVE s(x) AS (SELECT 'a' UNION SELECT x || 'b' FROM s WHERE length(x) < 4) SELECT x, $1 FROM s", KEYS),
    // Limits.
    (
        "SELECT id FROM accounts ORDER BY id LIMIT $1",
        &[&[Some("1")], &[Some("2")], &[Some("5")], &[Some("900")], &[Some("3")]],
    ),
    (
        "SELECT id FROM accounts ORDER BY n, id LIMIT $1 OFFSET $2",
        &[
            &[Some("1"), Some("2")],
            &[Some("2"), Some("2")],
            &[Some("5"), Some("0")],
            &[Some("9"), Some("30")],
            &[Some("2"), Some("7")],
        ],
    ),
    (
        "SELECT id FROM accounts WHERE owner = $1 ORDER BY id LIMIT $2",
        &[
            &[Some("1"), Some("2")],
            &[Some("2"), Some("2")],
            &[Some("5"), Some("4")],
            &[Some("9"), Some("30")],
            &[Some("2"), Some("7")],
        ],
    ),
    (
        "SELECT id FROM accounts OFFSET $1 LIMIT 3",
        &[&[Some("1")], &[Some("2")], &[Some("5")], &[Some("0")], &[Some("3")]],
    ),
    // Others that a plan for the values reads fewer rows for.
    ("SELECT count(*), $1 FROM accounts", KEYS),
    (
        "SELECT o.name, a.id FROM owners o LEFT JOIN accounts a ON a.owner = o.id WHERE o.id IN ($1, $1 + 1) ORDER BY 1, 2",
        KEYS,
    ),
    (
        "SELECT o.id, a.n FROM owners o FULL JOIN accounts a ON a.owner = o.id AND a.n = $1 WHERE o.id < 9 ORDER BY 1, 2",
        KEYS,
    ),
    ("SELECT id FROM accounts WHERE id = $1 OR owner = $1", KEYS),
    ("SELECT id FROM accounts WHERE $1 IS NULL OR owner = $1", KEYS),
    ("SELECT id FROM accounts WHERE id = $1 AND 1 = 1 OR id = 2 + $1", KEYS),
    (
        "SELECT grouping(owner), owner, n, count(*) FROM accounts WHERE n > $1 GROUP BY ROLLUP (owner, n) ORDER BY 1, 2, 3",
        KEYS,
    ),
    ("SELECT DISTINCT ON (owner) owner, id FROM accounts WHERE n > $1 ORDER BY owner, id DESC", KEYS),
    ("SELECT id, rank() OVER (PARTITION BY owner ORDER BY n) FROM accounts WHERE n > $1 ORDER BY id", KEYS),
    ("SELECT string_agg(note, ',' ORDER BY id) FILTER (WHERE n > $1), array_agg(n ORDER BY id) FROM accounts", KEYS),
    ("SELECT id FROM accounts WHERE n = $1 EXCEPT SELECT account FROM visits INTERSECT SELECT 3 ORDER BY 1", KEYS),
    ("SELECT * FROM accounts a, LATERAL (SELECT name FROM owners o WHERE o.id = a.owner) x WHERE a.id = $1", KEYS),
    (
        "SELECT * FROM accounts a CROSS JOIN LATERAL (SELECT v.id FROM visits v WHERE v.account = a.id AND v.seen > $1 ORDER BY v.id LIMIT 1) x",
        KEYS,
    ),
    ("SELECT id, balance FROM rich WHERE id > $1 ORDER BY id", KEYS),
    // The system's own tables.
    (
        "SELECT relname FROM pg_catalog.pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.oid <> $1 ORDER BY 1",
        KEYS,
    ),
    (
        "SELECT conname, pg_get_constraintdef(oid, true), conrelid::regclass FROM pg_constraint WHERE contype = 'f' AND oid <> $1 ORDER BY 1",
        KEYS,
    ),
    (
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_name = 'accounts' AND ordinal_position > $1 ORDER BY ordinal_position",
        KEYS,
    ),
    ("SELECT reltuples FROM pg_class WHERE relname = 'visits' AND oid <> $1", KEYS),
    ("SELECT pg_relation_size('visits') > $1", KEYS),
    ("SELECT count(*) FROM bowline.violations WHERE constraint_name = 'accounts_owner_fkey'", &[&[], &[], &[], &[]]),
    ("SELECT * FROM bowline.relationships ORDER BY 1, 2", &[&[], &[], &[], &[]]),
    ("SELECT 'accounts'::regclass::oid > $1", KEYS),
    // Writes.
    ("UPDATE accounts SET n = (SELECT count(*) FROM visits v WHERE v.account = accounts.id) WHERE id = $1", KEYS),
    ("UPDATE accounts SET n = (SELECT count(*) FROM visits v WHERE v.account = accounts.id) WHERE n = $1", KEYS),
    (
        "UPDATE accounts SET (n, note) = (SELECT count(*), max(v.note) FROM visits v WHERE v.account = accounts.id) WHERE owner = $1",
        KEYS,
    ),
    ("UPDATE accounts SET at = now() WHERE n = $1", KEYS),
    (
        "UPDATE accounts SET n = n + 1, small = (SELECT max(region) FROM owners) WHERE note LIKE $1 || '%'",
        &[&[Some("note 1")], &[Some("note 2")], &[None], &[Some("note 33")]],
    ),
    ("DELETE FROM visits WHERE account IN (SELECT id FROM accounts WHERE owner = $1)", KEYS),
    (
        "DELETE FROM visits WHERE account IN (SELECT id FROM accounts WHERE owner = $1) RETURNING id, note, at < now()",
        KEYS,
    ),
    ("DELETE FROM visits WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.id = visits.account AND a.n <> $1)", KEYS),
    (
        "DELETE FROM seats USING accounts a JOIN owners o ON o.id = a.owner WHERE seats.account = a.id AND o.region = $1",
        SMALL,
    ),
    (
        "WITH gone AS (DELETE FROM visits WHERE account = $1 RETURNING id, note) INSERT INTO visits (note) SELECT note || '!' FROM gone",
        KEYS,
    ),
    (
        "WITH gone AS (DELETE FROM visits WHERE account = $1 RETURNING id, note) SELECT id, note FROM gone ORDER BY id",
        KEYS,
    ),
    (
        "WITH new AS (INSERT INTO visits (note) VALUES ('a' || $1) RETURNING id) UPDATE accounts SET n = n + 1 WHERE id IN (SELECT id FROM new)",
        KEYS,
    ),
    (
        "WITH some AS (SELECT id FROM accounts WHERE owner = $1) UPDATE accounts SET n = n + 1 FROM some WHERE some.id = accounts.id RETURNING accounts.id",
        KEYS,
    ),
    (
        "WITH some AS (SELECT id FROM accounts WHERE n = $1) DELETE FROM visits WHERE account IN (SELECT id FROM some)",
        KEYS,
    ),
    (
        "MERGE INTO visits v USING (SELECT id, n FROM accounts WHERE n = $1) s ON v.account = s.id AND v.seen = s.n
        WHEN MATCHED THEN UPDATE SET note = 'merged' WHEN NOT MATCHED THEN INSERT (account, seen) VALUES (s.id, s.n)",
        KEYS,
    ),
    (
        "MERGE INTO visits v USING accounts s ON v.account = s.id WHEN MATCHED AND s.n = $1 THEN UPDATE SET note = 'merged' || s.n",
        KEYS,
    ),
    (
        "MERGE INTO visits v USING (SELECT $1 + 0 AS a) s ON v.account = s.a WHEN NOT MATCHED BY SOURCE AND v.seen > 1 THEN DELETE",
        KEYS,
    ),
    ("INSERT INTO visits (account, seen) SELECT id, 50 + $1 FROM accounts WHERE n = 3 ON CONFLICT DO NOTHING", SMALL),
    (
        "INSERT INTO visits (account, seen) SELECT id, 50 FROM accounts WHERE n = $1 ON CONFLICT (account, seen) DO UPDATE SET note = EXCLUDED.seen || visits.note RETURNING id, note",
        KEYS,
    ),
    ("INSERT INTO visits (note) SELECT 'x' || g FROM generate_series(1, 3) AS s(g) WHERE g <> $1 RETURNING id", KEYS),
    (
        "INSERT INTO visits (note, seen) SELECT p0::text, p1::int FROM (VALUES ($1, '1', 0), ($2, '2', 1)) AS v(p0, p1, at) ORDER BY at RETURNING id",
        PAIRS,
    ),
    (
        "INSERT INTO visits (seen, note) VALUES ($1, (SELECT max(name) FROM owners)) RETURNING (SELECT count(*) FROM owners)",
        SMALL,
    ),
    ("SELECT id, n FROM accounts WHERE n = $1 ORDER BY id FOR UPDATE", KEYS),
    (
        "SELECT id, n FROM accounts WHERE owner IN (SELECT id FROM owners WHERE region = $1) FOR UPDATE OF accounts SKIP LOCKED",
        KEYS,
    ),
];

/// How often the engine planned anything so far.
fn planned(session: &Session) -> u64 {
    session.plan_counts().custom
}

#[test]
fn a_statement_that_comes_again_is_not_planned_again() {
    let again = SHAPES.iter().filter(|(sql, times)| {
        let database = bank();
        let mut session = database.session();
        let prepared = session.prepare(sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let mut run = |given: &&[Option<&str>]| {
            // Some values are refused: that is no reason to plan anything again.
            _ = started(&mut session, &prepared, &values(given, prepared.parameters()));
            planned(&session)
        };
        let counts: Vec<u64> = times[..2].iter().chain(*times).map(&mut run).collect();
        counts[2..].iter().any(|count| *count != counts[1])
    });
    assert_eq!(again.map(|(sql, _)| *sql).collect::<Vec<_>>(), Vec::<&str>::new(), "these were planned again");
}

#[test]
fn what_a_kept_plan_answers_is_what_the_engine_answers() {
    // Where rows come in no order, they are sorted.
    compare(SHAPES);
}
