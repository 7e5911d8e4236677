//! What is counted, for Prometheus: connections, statements and their times, commits, conflicts, violations, cascaded rows.

use std::net::SocketAddr;
use std::time::Duration;

use bowline::{Database, Error};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};

use crate::start_error::StartError;

/// The bounds of the histogram of statement times, in seconds.
const BOUNDS: [f64; 14] =
    [0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];

/// Offers the metrics over HTTP. Errors: the address cannot be listened on.
pub fn offer(listen: SocketAddr) -> Result<(), StartError> {
    let failed = |what: String| StartError::Metrics { listen, what };
    let builder = PrometheusBuilder::new().with_http_listener(listen);
    let builder = builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BOUNDS);
    builder.map_err(|error| failed(error.to_string()))?.install().map_err(|error| failed(error.to_string()))?;
    describe_gauge!("bowline_connections", "Open connections");
    describe_counter!("bowline_connections_refused_total", "Connections refused because there were too many");
    describe_counter!("bowline_statements_total", "Statements run, by kind");
    describe_counter!("bowline_errors_total", "Statements that failed, by SQLSTATE");
    describe_counter!("bowline_violations_total", "Statements refused by a constraint, by its name");
    describe_counter!("bowline_commits_total", "Commits made durable");
    describe_counter!("bowline_conflicts_total", "Commits that did not go with those of others, retried ones included");
    describe_counter!("bowline_cascaded_rows_total", "Rows that referential actions deleted or updated");
    describe_histogram!("bowline_statement_seconds", "Time of statements, by kind");
    Ok(())
}

/// A connection was opened (1) or closed (-1).
pub fn connections(change: f64) {
    gauge!("bowline_connections").increment(change);
}

/// A statement has ended. `kind`: the first word of its tag.
pub fn statement(kind: &'static str, time: Duration) {
    counter!("bowline_statements_total", "kind" => kind).increment(1);
    histogram!("bowline_statement_seconds", "kind" => kind).record(time);
}

/// A statement failed.
pub fn failure(error: &Error) {
    counter!("bowline_errors_total", "sqlstate" => error.sqlstate.clone()).increment(1);
    if let Some(constraint) = error.constraint.as_ref().filter(|_| error.sqlstate.starts_with("23")) {
        counter!("bowline_violations_total", "constraint" => constraint.clone()).increment(1);
    }
}

/// Takes over what the engine counts.
pub fn engine(database: &Database) {
    let counts = database.counts();
    counter!("bowline_commits_total").absolute(counts.commits);
    counter!("bowline_conflicts_total").absolute(counts.conflicts);
    counter!("bowline_cascaded_rows_total").absolute(counts.cascaded_rows);
}
