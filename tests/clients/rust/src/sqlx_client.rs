//! sqlx: a pool, bound values, transactions, errors by constraint.

use sqlx::postgres::PgPoolOptions;
use sqlx::{Row, error::ErrorKind};

pub async fn run() {
    let pool = PgPoolOptions::new().max_connections(4).connect(&super::url()).await.expect("a pool");
    sqlx::raw_sql(
        "CREATE TABLE sx_authors (id serial PRIMARY KEY, name text NOT NULL CONSTRAINT sx_name UNIQUE);
         CREATE TABLE sx_books (id serial PRIMARY KEY, author integer CONSTRAINT sx_fk REFERENCES sx_authors ON DELETE SET NULL,
             price double precision NOT NULL DEFAULT 0);",
    )
    .execute(&pool)
    .await
    .expect("tables");
    let id: i32 = sqlx::query_scalar("INSERT INTO sx_authors (name) VALUES ($1) RETURNING id")
        .bind("Ann")
        .fetch_one(&pool)
        .await
        .expect("an author");
    let mut transaction = pool.begin().await.expect("a transaction");
    for price in [1.5, 2.5] {
        sqlx::query("INSERT INTO sx_books (author, price) VALUES ($1, $2)")
            .bind(id)
            .bind(price)
            .execute(&mut *transaction)
            .await
            .expect("a book");
    }
    transaction.commit().await.expect("a commit");

    let error = sqlx::query("INSERT INTO sx_books (author) VALUES ($1)").bind(99).execute(&pool).await.expect_err("an orphan");
    let error = error.into_database_error().expect("an error of the server");
    assert!(matches!(error.kind(), ErrorKind::ForeignKeyViolation), "{error}");
    assert_eq!((error.constraint(), error.table()), (Some("sx_fk"), Some("sx_books")));
    let error = sqlx::query("INSERT INTO sx_authors (name) VALUES ('Ann')").execute(&pool).await.expect_err("a duplicate");
    assert_eq!(error.into_database_error().expect("an error of the server").constraint(), Some("sx_name"));

    let deleted = sqlx::query("DELETE FROM sx_authors WHERE id = ANY($1)").bind(vec![id, 7]).execute(&pool).await;
    assert_eq!(deleted.expect("a delete").rows_affected(), 1);
    let rows = sqlx::query("SELECT author, price FROM sx_books ORDER BY id").fetch_all(&pool).await.expect("books");
    let books: Vec<(Option<i32>, f64)> = rows.iter().map(|row| (row.get(0), row.get("price"))).collect();
    assert_eq!(books, [(None, 1.5), (None, 2.5)]);
    pool.close().await;
}
