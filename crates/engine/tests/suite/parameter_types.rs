//! The types of parameters that nobody gives: those that PostgreSQL finds at their places.

use bowline::Database;
use bowline::display::type_name;

const TABLE: &str =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, n INTEGER, num NUMERIC(10, 2), ts TIMESTAMPTZ, d DATE)";

/// Statements and the types of their parameters, as PostgreSQL 18 tells them.
const STATEMENTS: [(&str, &str); 20] = [
    ("SELECT left(name, $1) FROM t", "integer"),
    ("SELECT repeat('x', $1)", "integer"),
    ("SELECT round(num, $1) FROM t", "integer"),
    ("SELECT substr(name, $1, $2) FROM t", "integer, integer"),
    ("SELECT lpad(name, $1, $2) FROM t", "integer, text"),
    ("SELECT split_part(name, $1, $2) FROM t", "text, integer"),
    ("SELECT make_date($1, $2, $3)", "integer, integer, integer"),
    ("SELECT power(n, $1) FROM t", "double precision"),
    ("SELECT ntile($1) OVER (ORDER BY id), lag(n, $2) OVER (ORDER BY id) FROM t", "integer, integer"),
    ("SELECT chr($1), encode($2, 'hex')", "integer, bytea"),
    ("SELECT set_config($1, $2, $3)", "text, text, boolean"),
    ("SELECT CASE WHEN $1 THEN 1 END, NOT $2, $3 AND n > 1 FROM t", "boolean, boolean, boolean"),
    ("SELECT ts + $1 FROM t", "interval"),
    ("SELECT n + $1, num * $2 FROM t WHERE id = $3", "integer, numeric, integer"),
    ("SELECT name || $1, name LIKE $2 FROM t WHERE d = $3", "text, text, date"),
    ("SELECT * FROM t WHERE id = ANY ($1) LIMIT $2", "integer[], bigint"),
    ("SELECT coalesce($1, n), greatest(n, $2) FROM t", "integer, integer"),
    ("UPDATE t SET name = left(name, $1), n = n + $2 WHERE id = $3", "integer, integer, integer"),
    ("INSERT INTO t (id, name, num) VALUES ($1, repeat($2, $3), $4)", "integer, text, integer, numeric(10,2)"),
    ("SELECT left($1::text, 2), $2::int", "text, integer"),
];

#[test]
fn parameters_have_the_types_of_their_places() {
    let database = Database::in_memory().expect("memory is there");
    let mut session = database.session();
    session.execute(TABLE).expect("the schema is sound");
    for (sql, types) in STATEMENTS {
        let prepared = session.prepare(sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let told: Vec<String> = prepared.parameters().iter().map(|field| type_name(field)).collect();
        assert_eq!(told.join(", "), types, "{sql}");
    }
}
