//! What is counted, for Prometheus: connections, statements and their times, commits, conflicts, violations, cascaded rows.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bowline::{Database, Error};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};

use crate::start_error::StartError;

/// The bounds of the histogram of statement times, in seconds.
const BOUNDS: [f64; 14] =
    [0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];

/// As many constraints are counted by their names; the violations of others are counted together.
const CONSTRAINTS_MAX: usize = 1000;
/// The name of the others.
const OTHER_CONSTRAINTS: &str = "(others)";

/// The constraints that are counted by their names.
static CONSTRAINTS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Offers the metrics over HTTP. Errors: the address cannot be listened on, or names no port.
pub fn offer(listen: SocketAddr) -> Result<(), StartError> {
    let failed = |what: String| StartError::Metrics { listen, what };
    if listen.port() == 0 {
        return Err(failed("nobody would know the port it got".to_owned()));
    }
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
    gauge!("bowline_connections").set(0.0);
    for count in [
        "bowline_connections_refused_total",
        "bowline_commits_total",
        "bowline_conflicts_total",
        "bowline_cascaded_rows_total",
    ] {
        counter!(count).increment(0);
    }
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
        counter!("bowline_violations_total", "constraint" => counted_name(constraint)).increment(1);
    }
}

/// The name under which a constraint is counted. Names come from clients, so that there can be any number of them.
fn counted_name(constraint: &str) -> String {
    let mut names = CONSTRAINTS.lock().unwrap_or_else(PoisonError::into_inner);
    if names.contains(constraint) {
        return constraint.to_owned();
    }
    match names.len() < CONSTRAINTS_MAX {
        true => {
            names.insert(constraint.to_owned());
            constraint.to_owned()
        }
        false => OTHER_CONSTRAINTS.to_owned(),
    }
}

/// Takes over what the engine counts.
pub fn engine(database: &Database) {
    let counts = database.counts();
    counter!("bowline_commits_total").absolute(counts.commits);
    counter!("bowline_conflicts_total").absolute(counts.conflicts);
    counter!("bowline_cascaded_rows_total").absolute(counts.cascaded_rows);
}

#[cfg(test)]
mod tests {
    use super::{CONSTRAINTS_MAX, OTHER_CONSTRAINTS, counted_name};

    #[test]
    fn names_of_constraints_are_counted_apart_up_to_a_number() {
        let names: Vec<String> = (0..CONSTRAINTS_MAX).map(|number| format!("c{number}")).collect();
        assert!(names.iter().all(|name| counted_name(name) == *name));
        assert_eq!(counted_name("one_more"), OTHER_CONSTRAINTS);
        assert_eq!(counted_name(&names[0]), names[0]);
    }
}
