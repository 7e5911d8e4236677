//! The two engines behind one trait: what a statement did, and what the tables hold.

use arrow::array::ArrayRef;
use bowline::core::catalog::{Column, SqlType, Table};
use bowline::core::rows::Snapshot;
use bowline::{Database, Error, Prepared, ResultSet, ScalarValue, Session, TransactionStatus, display};

use super::twice::{self, Sent};

/// Stands for NULL in a row; no generated value contains it.
pub(super) const NULL: &str = "\u{2400}";

/// Stands between the fields of a row.
pub(super) const FIELD: &str = "|";

/// What a statement did, in the terms both engines have.
#[derive(Debug, Clone, Default)]
pub(super) struct Ending {
    /// `00000` when it succeeded.
    pub(super) sqlstate: String,
    /// The command tag; empty for a query and for what failed.
    pub(super) tag: String,
    /// The rows it returned, sorted.
    pub(super) rows: Vec<String>,
    /// The headline of the error, and for bowline those of the further violations.
    pub(super) headlines: Vec<String>,
}

/// The rows of each table, sorted; `None` where they cannot be read.
pub(super) type Contents = Vec<(String, Option<Vec<String>>)>;

/// An engine that runs statements one after the other, in one session.
pub(super) trait Engine {
    /// Starts anew, with an empty database.
    fn reset(&mut self);

    /// Runs one statement.
    fn run(&mut self, sql: &str) -> Ending;

    /// Reads whole tables.
    fn contents(&mut self, tables: &[String]) -> Contents;
}

impl Ending {
    pub(super) fn succeeded(&self) -> bool {
        self.sqlstate == "00000"
    }

    /// Whether a user sees the same.
    pub(super) fn agrees(&self, other: &Ending) -> bool {
        self.sqlstate == other.sqlstate && self.tag == other.tag && self.rows == other.rows
    }

    /// Whether this tells what the other tells: its headline is among all the violations that were found.
    pub(super) fn tells(&self, other: &Ending) -> bool {
        other.headlines.iter().all(|headline| self.headlines.contains(headline))
    }

    /// As one line and the rows below it.
    pub(super) fn shown(&self) -> String {
        let headlines = if self.headlines.is_empty() { String::new() } else { format!(" {:?}", self.headlines) };
        let rows: String = self.rows.iter().map(|row| format!("\n      {row}")).collect();
        format!("{} {}{headlines}{rows}", self.sqlstate, self.tag)
    }
}

/// bowline, in this process.
pub(super) struct Bowline {
    session: Session,
}

impl Bowline {
    pub(super) fn new() -> Bowline {
        Bowline { session: in_memory() }
    }

    /// The catalog and rows as the session sees them.
    pub(super) fn snapshot(&self) -> Snapshot {
        self.session.snapshot()
    }

    /// Reads whole tables by queries.
    pub(super) fn selected(&mut self, tables: &[String]) -> Contents {
        let mut read = |table: &String| {
            let rows = self.session.query(&format!("SELECT * FROM {table}"), &[]);
            (table.clone(), rows.ok().map(|result| rows_of(&result)))
        };
        tables.iter().map(&mut read).collect()
    }

    pub(super) fn status(&self) -> TransactionStatus {
        self.session.transaction_status()
    }

    /// How many statements were evaluated in place.
    pub(super) fn in_place(&self) -> u64 {
        self.session.plan_counts().in_place
    }

    /// Runs a prepared statement, and before it once to be taken back.
    fn run_twice(&mut self, sent: &Sent) -> Ending {
        let prepared = match self.session.prepare(&sent.sql, &sent.types()) {
            Ok(prepared) => prepared,
            Err(error) => return refused(&error),
        };
        let (begin, end): (&str, &[&str]) = match self.status() {
            TransactionStatus::Idle => ("BEGIN", &["ROLLBACK"]),
            TransactionStatus::InTransaction => ("SAVEPOINT twice", &["ROLLBACK TO twice", "RELEASE twice"]),
            TransactionStatus::Failed => return self.run_prepared(&prepared, &sent.values),
        };
        let is_alone = self.status() == TransactionStatus::Idle;
        let control = |session: &mut Session, sql| drop(session.run(sql, &[]).expect("the transaction goes on"));
        control(&mut self.session, begin);
        let first = self.run_prepared(&prepared, &sent.values);
        end.iter().for_each(|sql| control(&mut self.session, sql));
        let second = self.run_prepared(&prepared, &sent.values);
        // What is deferred is judged when a statement commits by itself.
        if second.succeeded() || !is_alone {
            let alike = first.agrees(&second) && first.headlines == second.headlines;
            assert!(alike, "{} ended otherwise in place:\n{}\n{}", sent.sql, first.shown(), second.shown());
        }
        second
    }

    fn run_prepared(&mut self, prepared: &Prepared, values: &[ScalarValue]) -> Ending {
        let answer = match self.session.start(prepared, values) {
            Ok(answer) => answer,
            Err(error) => return refused(&error),
        };
        let mut rows = Vec::new();
        if let Some(mut returned) = answer.rows {
            let mut batches = Vec::new();
            while let Some(batch) = returned.next_batch().expect("what a write returns is there") {
                batches.push(batch);
            }
            rows = rows_of(&ResultSet { schema: returned.schema().clone(), batches });
        }
        self.session.finished().expect("sequences in memory are durable");
        Ending { sqlstate: "00000".to_owned(), tag: answer.tag.text(rows.len()), rows, headlines: Vec::new() }
    }
}

fn refused(error: &Error) -> Ending {
    let headlines = [error.message.clone()].into_iter().chain(error.further.iter().cloned()).collect();
    Ending { sqlstate: error.sqlstate.clone(), headlines, ..Ending::default() }
}

fn in_memory() -> Session {
    Database::in_memory().expect("a database in memory opens").session()
}

impl Engine for Bowline {
    fn reset(&mut self) {
        self.session = in_memory();
    }

    fn run(&mut self, sql: &str) -> Ending {
        if let Some(sent) = twice::sent(sql) {
            return self.run_twice(&sent);
        }
        match self.session.run(sql, &[]) {
            Ok(outcome) => {
                let rows = outcome.rows.as_ref().map(rows_of).unwrap_or_default();
                // psql shows no tag for these.
                let is_silent = ["SELECT", "MERGE"].iter().any(|tag| outcome.tag.starts_with(tag));
                let tag = if outcome.rows.is_some() && is_silent { String::new() } else { outcome.tag };
                Ending { sqlstate: "00000".to_owned(), tag, rows, headlines: Vec::new() }
            }
            Err(error) => refused(&error),
        }
    }

    /// Reads the rows as they are stored, which is much faster than a query of each table.
    fn contents(&mut self, tables: &[String]) -> Contents {
        let snapshot = self.snapshot();
        let read = |name: &String| {
            let table = snapshot.catalog().tables().find(|table| table.name == *name)?;
            let field = |text: Option<String>| text.unwrap_or_else(|| NULL.to_owned());
            let line = |row: Vec<Option<String>>| row.into_iter().map(field).collect::<Vec<_>>().join(FIELD);
            let mut lines: Vec<_> = stored_rows(&snapshot, table).into_iter().map(line).collect();
            lines.sort();
            Some(lines)
        };
        tables.iter().map(|table| (table.clone(), read(table))).collect()
    }
}

/// The rows of a table as text, in no order.
pub(super) fn stored_rows(snapshot: &Snapshot, table: &Table) -> Vec<Vec<Option<String>>> {
    let rows = snapshot.rows(table.id);
    let live: Vec<u64> = rows.live_rows().iter().collect();
    let columns = rows.fetch(table, &live, &table.column_ids()).expect("rows in memory can be read");
    let field = |(declared, values): (&Column, &ArrayRef), row: usize| {
        let text = display::text(values.as_ref(), row)?;
        Some(match declared.sql_type {
            SqlType::Char(width) => format!("{text:width$}", width = width as usize),
            _ => text,
        })
    };
    let line = |row: usize| table.columns.iter().zip(&columns).map(|column| field(column, row)).collect();
    (0..live.len()).map(line).collect()
}

/// The rows of a result as text, sorted.
fn rows_of(result: &ResultSet) -> Vec<String> {
    let mut rows = Vec::new();
    for batch in &result.batches {
        let schema = batch.schema();
        for row in 0..batch.num_rows() {
            let columns = schema.fields().iter().zip(batch.columns());
            let fields = columns.map(|(field, column)| display::text_as(field, column.as_ref(), row));
            let fields: Vec<_> = fields.map(|field| field.unwrap_or_else(|| NULL.to_owned())).collect();
            rows.push(fields.join(FIELD));
        }
    }
    rows.sort();
    rows
}
