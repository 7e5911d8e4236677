//! tokio-postgres, sqlx and SeaORM against the server that libpq's variables name; a panic says what is wrong.

mod sea;
mod sqlx_client;
mod tokio_client;

/// Where the server is.
fn address() -> (String, String, String, String) {
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} says where the server is"));
    (variable("PGHOST"), variable("PGPORT"), variable("PGUSER"), variable("PGDATABASE"))
}

fn url() -> String {
    let (host, port, user, database) = address();
    format!("postgres://{user}@{host}:{port}/{database}")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    tokio_client::run().await;
    sqlx_client::run().await;
    sea::run().await;
    println!("done");
}
