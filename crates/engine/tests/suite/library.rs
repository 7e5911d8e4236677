//! One session: parameters, typed errors, transactions, a database closed and opened again.

use arrow::array::RecordBatch;
use bowline::{Database, Error, ScalarValue, Session, TransactionStatus};

use crate::answers::lines;

const SHOP: &str = "
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE orders (
        id INTEGER PRIMARY KEY,
        customer_id INTEGER CONSTRAINT orders_customer_fkey REFERENCES customers ON DELETE CASCADE);
    INSERT INTO customers VALUES (1, 'Ada'), (2, 'Ben');
    INSERT INTO orders VALUES (10, 1), (11, 1), (20, 2);";

fn shop() -> Session {
    let mut session = Database::in_memory().expect("memory is there").session();
    session.execute(SHOP).expect("the schema is sound");
    session
}

/// The number that a query of one row and one column gives.
pub(crate) fn number(session: &mut Session, sql: &str) -> Result<i64, Error> {
    let rows = session.query(sql, &[])?;
    let batch = rows.batches.iter().find(|batch| batch.num_rows() > 0).expect("a count has a row");
    let text = bowline::display::text(batch.column(0).as_ref(), 0).expect("a count is not NULL");
    Ok(text.parse().expect("a count is a number"))
}

#[test]
fn parameters_stand_for_values() {
    let mut session = shop();
    session
        .run("INSERT INTO orders VALUES ($1, $2)", &[ScalarValue::from(30), ScalarValue::from(2)])
        .expect("it references 2");
    let rows =
        session.query("SELECT id FROM orders WHERE customer_id = $1", &[ScalarValue::from(2)]).expect("a plain query");
    assert_eq!(rows.row_count(), 2);
    let refused =
        session.run("DELETE FROM orders WHERE id = $2", &[ScalarValue::from(1)]).expect_err("$2 has no value");
    assert_eq!(refused.sqlstate, "42P02");
}

#[test]
fn an_error_has_its_facts_as_fields() {
    let mut session = shop();
    let refused = session.execute("INSERT INTO orders VALUES (40, 7), (41, 8)").expect_err("7 and 8 are missing");
    assert_eq!(refused.sqlstate, "23503");
    assert_eq!(refused.constraint.as_deref(), Some("orders_customer_fkey"));
    assert_eq!((refused.table.as_deref(), refused.referenced_table.as_deref()), (Some("orders"), Some("customers")));
    assert_eq!((refused.columns.clone(), refused.key.clone()), (vec!["customer_id".to_owned()], vec!["7".to_owned()]));
    assert_eq!(number(&mut session, "SELECT count(*) FROM orders").expect("a count"), 3, "nothing is left behind");
}

#[test]
fn a_failed_statement_aborts_its_transaction_until_rollback_to_a_savepoint() {
    let mut session = shop();
    session.execute("BEGIN; DELETE FROM orders WHERE id = 10; SAVEPOINT here").expect("a plain transaction");
    session.execute("INSERT INTO orders VALUES (50, 99)").expect_err("99 is missing");
    assert_eq!(session.transaction_status(), TransactionStatus::Failed);
    assert_eq!(session.execute("SELECT 1").expect_err("it is aborted").sqlstate, "25P02");
    session.execute("ROLLBACK TO here").expect("the savepoint is there");
    assert_eq!(number(&mut session, "SELECT count(*) FROM orders").expect("a count"), 2);
    session.execute("COMMIT").expect("it commits");
    assert_eq!(number(&mut session, "SELECT count(*) FROM orders").expect("a count"), 2);
}

#[test]
fn a_database_reopened_is_the_one_that_was_closed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("shop.bowline");
    {
        let mut session = Database::open(&path).expect("it is made").session();
        session.execute(SHOP).expect("the schema is sound");
        session.execute("BEGIN; DELETE FROM customers WHERE id = 1").expect("it cascades");
    }
    {
        let mut session = Database::open(&path).expect("it is there").session();
        assert_eq!(number(&mut session, "SELECT count(*) FROM orders").expect("a count"), 3, "it was not committed");
        session.execute("DELETE FROM customers WHERE id = 1").expect("it cascades");
    }
    let database = Database::open(&path).expect("it is there");
    let mut session = database.session();
    assert_eq!(number(&mut session, "SELECT count(*) FROM orders").expect("a count"), 1);
    assert_eq!(number(&mut session, "SELECT count(*) FROM bowline.violations").expect("a count"), 0);
    assert_eq!(Database::open(&path).expect_err("it is open").message, "database is open in another process");
}

#[test]
fn a_restarted_sequence_is_reopened_where_it_stands() {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let path = directory.path().join("sequences");
    {
        let mut session = Database::open(&path).expect("it is made").session();
        session
            .execute("CREATE TABLE t (id SERIAL PRIMARY KEY); INSERT INTO t VALUES (DEFAULT), (DEFAULT)")
            .expect("new");
        session
            .execute("BEGIN; TRUNCATE t RESTART IDENTITY; INSERT INTO t VALUES (DEFAULT); COMMIT")
            .expect("restarted");
        session.execute("BEGIN; TRUNCATE t RESTART IDENTITY; ROLLBACK").expect("rolled back");
    }
    let mut session = Database::open(&path).expect("it is there").session();
    assert_eq!(number(&mut session, "SELECT nextval('t_id_seq')").expect("a value"), 2);
}

#[test]
fn rows_by_listed_keys_are_the_same_prepared_or_not() {
    let number = |value: i32| ScalarValue::from(value);
    let null = ScalarValue::Int32(None);
    let cases: [(&str, Vec<ScalarValue>); 7] = [
        ("SELECT id, name FROM customers WHERE id IN (2, 1, 2, 7)", vec![]),
        ("SELECT id FROM orders o WHERE o.customer_id IN ($1, $2, $1)", vec![number(1), number(9)]),
        ("SELECT id FROM orders WHERE (id IN ($1, $2))", vec![null.clone(), number(20)]),
        ("SELECT id FROM orders WHERE id IN ($1)", vec![null]),
        ("SELECT id FROM orders WHERE id NOT IN ($1)", vec![number(10)]),
        ("UPDATE orders SET customer_id = $1 WHERE id IN (10, 20) RETURNING id, customer_id", vec![number(1)]),
        ("DELETE FROM customers WHERE id IN (1, $1) RETURNING name", vec![number(3)]),
    ];
    for (sql, parameters) in cases {
        let mut session = shop();
        let prepared = session.prepare(sql, &[]).expect("it is a statement");
        let mut rows = session.start(&prepared, &parameters).expect("it runs").rows.expect("it returns rows");
        let mut found = Vec::new();
        while let Some(batch) = rows.next_batch().expect("rows can be read") {
            found.push(batch);
        }
        session.finished().expect("nothing is to be made durable");
        let mut other = shop();
        let expected = other.query(sql, &parameters).expect("it runs");
        let sorted = |batches: &[RecordBatch]| {
            let mut rows = lines(batches);
            rows.sort();
            rows
        };
        assert_eq!(sorted(&found), sorted(&expected.batches), "{sql}");
        for session in [&mut session, &mut other] {
            session.execute("SELECT 1").expect("the session goes on");
        }
    }
}

#[test]
fn a_statement_prepared_again_means_what_the_catalog_says_now() {
    let mut session = shop();
    let columns = |session: &mut Session| {
        let prepared = session.prepare("SELECT * FROM customers WHERE id = $1", &[])?;
        Ok::<_, Error>(prepared.columns().map_or(0, |columns| columns.fields().len()))
    };
    assert_eq!(columns(&mut session).expect("it is a query"), 2);
    assert_eq!(columns(&mut session).expect("it is a query"), 2);
    session.execute("BEGIN; ALTER TABLE customers ADD COLUMN city TEXT").expect("a plain change");
    assert_eq!(columns(&mut session).expect("it is a query"), 3);
    session.execute("SELECT 1 / 0").expect_err("it fails");
    assert_eq!(columns(&mut session).expect_err("it is aborted").sqlstate, "25P02");
    session.execute("ROLLBACK").expect("it ends");
    assert_eq!(columns(&mut session).expect("it is a query"), 2);
    session.execute("DROP TABLE orders; DROP TABLE customers").expect("nothing needs them");
    assert_eq!(columns(&mut session).expect_err("it is gone").sqlstate, "42P01");
}

#[test]
fn a_write_is_described_before_it_has_values() {
    let mut session = shop();
    let mut described = |sql: &str| {
        let prepared = session.prepare(sql, &[]).expect("it is a statement");
        let columns = prepared.columns().expect("it returns rows").fields().iter();
        let columns: Vec<_> = columns.map(|column| format!("{} {}", column.name(), column.data_type())).collect();
        let types = prepared.parameters().iter().map(|field| field.data_type().to_string());
        (columns.join(", "), types.collect::<Vec<_>>().join(", "))
    };
    let merge = "MERGE INTO customers c USING (SELECT $1::integer AS id) s ON c.id = s.id WHEN MATCHED AND c.id > $2 THEN UPDATE SET name = $3
        WHEN NOT MATCHED THEN INSERT VALUES ($4, 'x' || $5) RETURNING merge_action(), c.*, s.id + $6 AS sum";
    let told = described(merge);
    assert_eq!(told.0, "merge_action Utf8, id Int32, name Utf8, sum Int32");
    assert_eq!(told.1, "Int32, Int32, Utf8, Int32, Utf8, Int32");
    let insert = "INSERT INTO orders (id, customer_id) VALUES ($1 + 1, DEFAULT) ON CONFLICT (id)
        DO UPDATE SET customer_id = orders.customer_id + $2 WHERE orders.id <> $3 RETURNING id, customer_id * $4 AS product";
    let told = described(insert);
    assert_eq!(told, ("id Int32, product Int32".to_owned(), "Int64, Int32, Int32, Int32".to_owned()));
    let update = "UPDATE orders SET customer_id = $1 WHERE id = $2 RETURNING id + $3 AS sum, $2 AS id";
    assert_eq!(described(update), ("sum Int32, id Int32".to_owned(), "Int32, Int32, Int32".to_owned()));
}
