//! A statement that comes again gets a generic plan: its answers are those of a plan made for the values of that time.

use bowline::{Database, ScalarValue, Session};

use crate::answers::answer;

const SHOP: &str = "
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, region INTEGER);
    CREATE TABLE orders (
        id INTEGER PRIMARY KEY,
        customer_id INTEGER REFERENCES customers ON DELETE CASCADE,
        total NUMERIC(10, 2));
    CREATE TABLE items (
        order_id INTEGER REFERENCES orders ON DELETE CASCADE,
        number INTEGER,
        product TEXT,
        PRIMARY KEY (order_id, number));
    CREATE VIEW large AS SELECT * FROM orders WHERE total > 50;
    INSERT INTO customers SELECT g, 'c' || g, g % 7 FROM generate_series(1, 3000) AS s(g);
    INSERT INTO orders SELECT g, 1 + g % 3000, g / 100.0 FROM generate_series(1, 12000) AS s(g);
    INSERT INTO orders VALUES (20001, NULL, 1), (20002, NULL, 2);
    INSERT INTO items SELECT 1 + g % 6000, g / 6000, 'p' || g % 11 FROM generate_series(0, 17999) AS s(g);";

/// Queries of one parameter `$1`, an integer.
const QUERIES: [&str; 29] = [
    "SELECT id, total FROM orders WHERE customer_id = $1 ORDER BY id",
    "SELECT id, total * 2 AS twice FROM orders WHERE id = $1",
    "SELECT count(*), sum(total), min(id) FROM orders WHERE customer_id = $1",
    "SELECT count(*) FROM orders WHERE id > $1",
    "SELECT count(*), $1 FROM orders",
    "SELECT c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = $1",
    "SELECT c.name, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE c.id = $1 ORDER BY o.id LIMIT 3",
    "SELECT c.name, o.id, i.product FROM customers c LEFT JOIN orders o ON o.customer_id = c.id
       LEFT JOIN items i ON i.order_id = o.id WHERE c.id IN ($1, $1 + 1) ORDER BY 1, 2, 3",
    "SELECT i.product, o.id FROM items i RIGHT JOIN orders o ON o.id = i.order_id WHERE o.customer_id = $1 ORDER BY 1, 2",
    "SELECT o.id, i.number FROM orders o FULL JOIN items i ON i.order_id = o.id AND i.number = $1 WHERE o.id < 9 ORDER BY 1, 2",
    "SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.id = $1)",
    "SELECT name FROM customers c WHERE c.id < 9 AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.id = $1)",
    "SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM orders WHERE id <> $1 AND customer_id IS NOT NULL)",
    "SELECT count(*) FROM customers WHERE id NOT IN (SELECT customer_id FROM orders WHERE id >= $1)",
    "SELECT name FROM customers WHERE id = (SELECT customer_id FROM orders WHERE id = $1)",
    "SELECT region, count(*), $1 AS asked FROM customers WHERE region <> $1 GROUP BY region ORDER BY region",
    "SELECT region FROM customers GROUP BY region HAVING count(*) > $1 ORDER BY region",
    "SELECT id FROM customers WHERE id BETWEEN $1 AND $1 + 2 UNION ALL SELECT id FROM orders WHERE id = $1 ORDER BY 1",
    "SELECT DISTINCT region FROM customers WHERE id < $1 ORDER BY region",
    "SELECT id, row_number() OVER (ORDER BY id DESC) FROM orders WHERE customer_id = $1 ORDER BY id",
    "SELECT id FROM orders ORDER BY id LIMIT 2 OFFSET $1",
    "SELECT id FROM large WHERE customer_id = $1 ORDER BY id",
    "WITH some AS (SELECT * FROM orders WHERE customer_id = $1) SELECT count(*) FROM some a JOIN items i ON i.order_id = a.id",
    "SELECT a.id FROM orders a JOIN orders b ON a.customer_id IS NOT DISTINCT FROM b.customer_id WHERE b.id = $1 ORDER BY a.id",
    "SELECT product FROM items WHERE order_id = $1 AND number = 1",
    "SELECT i.product FROM items i JOIN items j ON (i.order_id, i.number) = (j.order_id, j.number) WHERE j.order_id = $1 ORDER BY 1",
    "SELECT id, sum(id) OVER (ORDER BY id ROWS BETWEEN $1 PRECEDING AND CURRENT ROW) FROM orders WHERE id < 20 ORDER BY id",
    "SELECT customer_id % 4 AS k FROM orders WHERE id < 40 ORDER BY k FETCH FIRST ($1) ROWS WITH TIES",
    "SELECT id, total / $1, total / $1 * $1 FROM orders WHERE id < 9 ORDER BY id",
];

/// The place of the one that is planned each time: a plan made for the values reads far fewer rows.
const READS_MORE: usize = 9;

fn shop() -> Database {
    let database = Database::in_memory().expect("memory is there");
    database.session().execute(SHOP).expect("the schema is sound");
    database
}

/// Asks the query of a session that knows it, and of one that does not.
fn compare(database: &Database, session: &mut Session, sql: &str, parameters: &[ScalarValue]) {
    let mut known = answer(session, sql, parameters);
    let mut anew = answer(&mut database.session(), sql, parameters);
    if !sql.contains("ORDER BY") {
        known.sort();
        anew.sort();
    }
    assert_eq!(known, anew, "{sql} with {parameters:?}");
}

#[test]
fn answers_are_those_of_plans_made_for_the_values() {
    let database = shop();
    let mut session = database.session();
    let values = [Some(5), Some(7), Some(20001), None, Some(-1), Some(1), Some(5)];
    for round in 0..2 {
        for value in values {
            for sql in QUERIES {
                compare(&database, &mut session, sql, &[ScalarValue::Int32(value)]);
            }
        }
        // Rows that plans have not seen, some by the session itself, some by another.
        let changes = "DELETE FROM items WHERE order_id = 5; UPDATE orders SET customer_id = 5 WHERE id IN (7, 20001);";
        session.execute(changes).expect("it breaks nothing");
        let inserts = format!("INSERT INTO orders VALUES ({}, 7, 99)", 30_000 + round);
        database.session().execute(&inserts).expect("it breaks nothing");
    }
    let plans = session.plan_counts();
    assert!(plans.generic > 2 * plans.custom, "most of them ran by a generic plan: {plans:?}");
}

#[test]
fn the_third_run_is_not_planned_again() {
    let database = shop();
    let custom = QUERIES.iter().enumerate().filter(|(_, sql)| {
        let mut session = database.session();
        (0..3).for_each(|_| drop(answer(&mut session, sql, &[ScalarValue::Int32(Some(5))])));
        session.plan_counts().generic != 1
    });
    assert_eq!(custom.map(|(place, _)| place).collect::<Vec<_>>(), [READS_MORE]);
}

#[test]
fn a_plan_is_not_kept_beyond_its_catalog_and_its_settings() {
    let database = shop();
    let mut session = database.session();
    let sql = "SELECT * FROM customers WHERE id = $1 ORDER BY id";
    let ask = |session: &mut Session| answer(session, sql, &[ScalarValue::Int32(Some(3))]);
    (0..4).for_each(|_| assert_eq!(ask(&mut session), ["3|c3|3"]));
    database.session().execute("ALTER TABLE customers ADD COLUMN note TEXT DEFAULT 'new'").expect("a plain change");
    assert_eq!(ask(&mut session), ["3|c3|3|new"]);
    (0..4).for_each(|_| assert_eq!(ask(&mut session), ["3|c3|3|new"]));
    session
        .execute("CREATE TEMPORARY TABLE customers (id INTEGER); INSERT INTO customers VALUES (3)")
        .expect("a table");
    assert_eq!(ask(&mut session), ["3"]);
    session.execute("DROP TABLE customers").expect("it is there");
    assert_eq!(ask(&mut session), ["3|c3|3|new"]);
}

#[test]
fn a_plan_for_few_rows_is_not_run_on_many() {
    let database = shop();
    let mut session = database.session();
    session.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, level INTEGER)").expect("a table");
    let sql = "SELECT level, count(*) FROM log GROUP BY level ORDER BY level";
    for size in [10, 40_000, 400_000] {
        session.execute("TRUNCATE log").expect("nothing references it");
        let filled = format!("INSERT INTO log SELECT g, g % 3 FROM generate_series(1, {size}) AS s(g)");
        session.execute(&filled).expect("fresh keys");
        (0..3).for_each(|_| compare(&database, &mut session, sql, &[]));
    }
}

#[test]
fn functions_that_tell_of_now_are_asked_each_time() {
    let database = shop();
    let mut session = database.session();
    session.execute("CREATE SEQUENCE numbers").expect("a sequence");
    let next = "SELECT nextval('numbers') FROM customers WHERE id = $1";
    let given: Vec<_> = (1..=5).map(|id| answer(&mut session, next, &[ScalarValue::Int32(Some(id))])).collect();
    assert_eq!(given.concat(), ["1", "2", "3", "4", "5"]);
    let next = "INSERT INTO customers VALUES (nextval('numbers') + 9000, 'c' || $1) RETURNING id";
    let given: Vec<_> = (1..=4).map(|id| answer(&mut session, next, &[ScalarValue::Int32(Some(id))])).collect();
    assert_eq!(given.concat(), ["9006", "9007", "9008", "9009"]);
    let now = "SELECT clock_timestamp() - now() < INTERVAL '1 second' FROM customers WHERE id = 1";
    (0..4).for_each(|_| assert_eq!(answer(&mut session, now, &[]), ["t"]));
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(answer(&mut session, now, &[]), ["t"], "the time is that of this statement");
}

#[test]
fn an_error_leaves_the_plan_as_it_was() {
    let database = shop();
    let mut session = database.session();
    let sql = "SELECT 10 / (id - $1) FROM customers WHERE id = 3 ORDER BY 1";
    for value in [1, 1, 1, 3, 2, 3, 1] {
        compare(&database, &mut session, sql, &[ScalarValue::Int32(Some(value))]);
    }
    let inner = "UPDATE orders SET total = total + $1 WHERE id = 9";
    for _ in 0..4 {
        session.run(inner, &[ScalarValue::Int32(Some(1))]).expect("it references nothing else");
    }
    assert_eq!(answer(&mut session, "SELECT total FROM orders WHERE id = 9", &[]), ["4.09"]);
}

#[test]
fn writes_that_come_again_find_their_rows_by_a_generic_plan() {
    let writes = [
        "UPDATE orders SET total = total + 1 WHERE customer_id = $1",
        "UPDATE orders SET total = total * 2 WHERE total < $1",
        "DELETE FROM items WHERE order_id = $1 AND number > 0",
        "DELETE FROM items WHERE number = $1",
    ];
    for sql in writes {
        let (ours, theirs) = (shop(), shop());
        let (mut session, mut other) = (ours.session(), theirs.session());
        for value in [5, 7, 9, 5] {
            let values = [ScalarValue::Int32(Some(value))];
            let tag = session.run(sql, &values).expect("nothing references the rows").tag;
            assert_eq!(tag, other.run(sql, &values).expect("nothing references the rows").tag, "{sql}");
        }
        let plans = session.plan_counts();
        assert_eq!((plans.custom, plans.generic), (2, 2), "{sql}");
    }
}
