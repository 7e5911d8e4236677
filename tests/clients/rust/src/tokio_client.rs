//! tokio-postgres: prepared statements, pipelining, transactions, COPY, error fields, cancel.

use std::time::Duration;

use futures_util::{SinkExt, TryStreamExt, future::try_join_all};
use tokio_postgres::{NoTls, error::SqlState, types::Type};

pub async fn run() {
    let (host, port, user, database) = super::address();
    let text = format!("host={host} port={port} user={user} dbname={database}");
    let (mut client, connection) = tokio_postgres::connect(&text, NoTls).await.expect("a connection");
    tokio::spawn(connection);

    client
        .batch_execute(
            "CREATE TABLE tp_customers (id bigint PRIMARY KEY, name text NOT NULL, data jsonb, raw bytea);
             CREATE TABLE tp_orders (id serial PRIMARY KEY, customer bigint NOT NULL
                 CONSTRAINT tp_fk REFERENCES tp_customers ON DELETE CASCADE);",
        )
        .await
        .expect("tables");
    let insert = client.prepare("INSERT INTO tp_customers VALUES ($1, $2, $3, $4)").await.expect("a statement");
    assert_eq!(insert.params(), [Type::INT8, Type::TEXT, Type::JSONB, Type::BYTEA]);
    let data = serde_json::json!({"a": [1, null]});
    for id in 0..10i64 {
        let count = client.execute(&insert, &[&id, &format!("n{id}"), &data, &Some(vec![0u8, 255])]).await;
        assert_eq!(count.expect("an insert"), 1);
    }
    let select = client.prepare("SELECT name, data, raw FROM tp_customers WHERE id = $1").await.expect("a statement");
    assert_eq!(select.columns().iter().map(|c| c.type_().clone()).collect::<Vec<_>>(), [Type::TEXT, Type::JSONB, Type::BYTEA]);
    let found = try_join_all((0..10i64).map(|id| {
        let (client, select) = (&client, &select);
        async move { client.query_one(select, &[&id]).await }
    }));
    for (id, row) in found.await.expect("pipelined lookups").iter().enumerate() {
        assert_eq!(row.get::<_, &str>(0), format!("n{id}"));
        assert_eq!(row.get::<_, serde_json::Value>(1), data);
        assert_eq!(row.get::<_, Option<&[u8]>>(2), Some(&[0u8, 255][..]));
    }
    let ids: Vec<i64> = vec![1, 3, 99];
    let rows = client.query("SELECT id FROM tp_customers WHERE id = ANY($1) ORDER BY id", &[&ids]).await.expect("ANY");
    assert_eq!(rows.iter().map(|row| row.get::<_, i64>(0)).collect::<Vec<_>>(), [1, 3]);

    let error = client.execute("INSERT INTO tp_orders (customer) VALUES ($1)", &[&42i64]).await.expect_err("an orphan");
    let error = error.as_db_error().expect("an error of the server");
    assert_eq!((error.code(), error.constraint()), (&SqlState::FOREIGN_KEY_VIOLATION, Some("tp_fk")));

    let transaction = client.transaction().await.expect("a transaction");
    transaction.execute("DELETE FROM tp_customers WHERE id = 1", &[]).await.expect("a delete");
    let portal = transaction.bind("SELECT id FROM tp_customers ORDER BY id", &[]).await.expect("a portal");
    assert_eq!(transaction.query_portal(&portal, 4).await.expect("a page").len(), 4);
    assert_eq!(transaction.query_portal(&portal, 100).await.expect("the rest").len(), 5);
    transaction.rollback().await.expect("a rollback");

    let sink = client.copy_in::<_, &[u8]>("COPY tp_orders (customer) FROM STDIN").await.expect("COPY");
    let mut sink = Box::pin(sink);
    for _ in 0..100 {
        sink.send(b"1\n2\n").await.expect("two lines");
    }
    assert_eq!(sink.as_mut().finish().await.expect("the end of COPY"), 200);
    let copied = client.copy_out("COPY (SELECT count(*) FROM tp_orders) TO STDOUT").await.expect("COPY TO");
    let copied: Vec<_> = copied.try_collect().await.expect("rows");
    assert_eq!(copied.concat(), b"200\n");

    let cancel = client.cancel_token();
    let slow = client.query("SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 1000000) b WHERE a <> b", &[]);
    let cancelled = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        cancel.cancel_query(NoTls).await.expect("a cancel request");
    };
    let (slow, ()) = tokio::join!(slow, cancelled);
    assert_eq!(slow.expect_err("it was cancelled").code(), Some(&SqlState::QUERY_CANCELED));
    assert_eq!(client.query_one("SELECT 1::int4", &[]).await.expect("still alive").get::<_, i32>(0), 1);
}
