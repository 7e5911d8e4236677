//! Plays statements on both engines and compares: the ending of each, the contents after it, the full check between
//! transactions.
//!
//! PostgreSQL runs every statement inside a transaction, also one that commits by itself, so that it can be taken back
//! while nothing is decided. What is deferred is judged before that commit, as the commit would.

use bowline::TransactionStatus;
use bowline::core::integrity::check_foreign_key;
use bowline::core::rows::{Snapshot, Uninterrupted};

use super::engines::{Bowline, Contents, Ending, Engine};
use super::psql::Psql;

/// Judges all that is deferred.
pub(super) const JUDGE: &str = "SET CONSTRAINTS ALL IMMEDIATE";

/// Both engines, and what they did since the transaction began.
pub(super) struct Player<'p> {
    pub(super) bowline: Bowline,
    pub(super) postgres: &'p mut Psql,
    /// The statements of the transaction, and how they ended in bowline.
    pub(super) transaction: Vec<(String, Ending)>,
    /// What bowline had before the last statement.
    pub(super) before: Snapshot,
}

/// A statement that the engines do not agree on.
#[derive(Debug, Clone)]
pub(super) struct Difference {
    /// How it stood with bowline's transaction before the statement.
    pub(super) before: TransactionStatus,
    pub(super) ours: Ending,
    pub(super) theirs: Ending,
    /// What the tables hold after it; `None` where a side refused it.
    pub(super) our_contents: Option<Contents>,
    pub(super) their_contents: Option<Contents>,
    /// What is wrong with bowline's rows by themselves: a validated foreign key is broken, or a query reads other rows.
    pub(super) unsound: Option<String>,
}

impl Difference {
    /// What stays the same while a case is made smaller.
    pub(super) fn signature(&self) -> (String, String, bool, bool) {
        let endings_agree = self.ours.agrees(&self.theirs);
        let (ours, theirs) = (&self.ours, &self.theirs);
        (ours.sqlstate.clone(), theirs.sqlstate.clone(), endings_agree && ours.tells(theirs), self.unsound.is_some())
    }
}

impl<'p> Player<'p> {
    /// Both engines with an empty database.
    pub(super) fn new(postgres: &'p mut Psql) -> Player<'p> {
        postgres.reset();
        let bowline = Bowline::new();
        let before = bowline.snapshot();
        Player { bowline, postgres, transaction: Vec::new(), before }
    }

    /// Runs a statement on both. Where they agree, PostgreSQL's transaction goes on or is ended as bowline's is.
    /// Returns bowline's ending, and the difference if there is one; then PostgreSQL's transaction is still open.
    pub(super) fn play(&mut self, statement: &str) -> (Ending, Option<Difference>) {
        let before = self.bowline.status();
        self.before = self.bowline.snapshot();
        let ours = self.bowline.run(statement);
        let after = self.bowline.status();
        let snapshot = self.bowline.snapshot();
        if before == TransactionStatus::Idle {
            self.transaction.clear();
        }
        self.transaction.push((statement.to_owned(), ours.clone()));
        let tables = table_names(&snapshot);
        let shows_rows = ours.succeeded() && !is_silent(statement);
        let our_contents = shows_rows.then(|| self.bowline.contents(&tables));
        let theirs = self.run_there(statement, before);
        let shows_rows = theirs.succeeded() && shows_rows;
        let their_contents = shows_rows.then(|| self.postgres.contents(&tables));
        let mut unsound = (after == TransactionStatus::Idle).then(|| unsound(&snapshot)).flatten();
        if ours.tag == "COMMIT" && our_contents.as_ref().is_some_and(|rows| *rows != self.bowline.selected(&tables)) {
            unsound = Some("queries do not read the rows that are stored".to_owned());
        }
        let same_rows = our_contents == their_contents || !theirs.succeeded();
        let tells = ours.sqlstate != theirs.sqlstate || ours.tells(&theirs);
        if !ours.agrees(&theirs) || !tells || !same_rows || unsound.is_some() {
            let difference = Difference { before, ours: ours.clone(), theirs, our_contents, their_contents, unsound };
            return (ours, Some(difference));
        }
        self.settle(before, after, &ours);
        (ours, None)
    }

    /// Ends PostgreSQL's transaction where bowline's has ended.
    pub(super) fn settle(&mut self, before: TransactionStatus, after: TransactionStatus, ours: &Ending) {
        if after != TransactionStatus::Idle {
            return;
        }
        let committed = ours.succeeded() && (before == TransactionStatus::Idle || ours.tag == "COMMIT");
        self.postgres.run(if committed { "COMMIT" } else { "ROLLBACK" });
    }

    /// Takes back the transaction on both sides. False where bowline has committed it.
    pub(super) fn take_back(&mut self, difference: &Difference) -> bool {
        self.postgres.run("ROLLBACK");
        let committed = difference.ours.succeeded() && self.bowline.status() == TransactionStatus::Idle;
        self.bowline.run("ROLLBACK");
        !committed
    }

    /// Takes PostgreSQL back to where the last statement began, inside a transaction.
    pub(super) fn rewind(&mut self) {
        self.postgres.run_all(&["ROLLBACK", "BEGIN"]);
        let earlier = &self.transaction[..self.transaction.len().saturating_sub(1)];
        for (statement, _) in earlier.iter().filter(|(statement, _)| statement != "BEGIN") {
            self.postgres.run(statement);
        }
    }

    fn run_there(&mut self, statement: &str, before: TransactionStatus) -> Ending {
        let is_control = is_control(statement);
        let stands_alone = before == TransactionStatus::Idle && !is_control;
        let commits = before == TransactionStatus::InTransaction && statement == "COMMIT";
        if commits {
            let judged = self.postgres.run(JUDGE);
            let tag = if judged.succeeded() { "COMMIT".to_owned() } else { String::new() };
            return Ending { tag, ..judged };
        }
        if !stands_alone {
            return self.postgres.run(statement);
        }
        let endings = self.postgres.run_all(&["BEGIN", statement, JUDGE]);
        let [_, ending, judged] = &endings[..] else { unreachable!("three statements have three endings") };
        if ending.succeeded() && !judged.succeeded() { judged.clone() } else { ending.clone() }
    }
}

/// Whether it begins, ends or divides transactions.
fn is_control(statement: &str) -> bool {
    let words = ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"];
    words.iter().any(|word| statement.starts_with(word))
}

/// Whether it leaves all rows as they are.
fn is_silent(statement: &str) -> bool {
    let words = ["BEGIN", "SAVEPOINT", "RELEASE", "SET CONSTRAINTS"];
    words.iter().any(|word| statement.starts_with(word))
}

fn table_names(snapshot: &Snapshot) -> Vec<String> {
    snapshot.catalog().tables().map(|table| table.name.clone()).collect()
}

/// The first validated foreign key that the rows break.
fn unsound(snapshot: &Snapshot) -> Option<String> {
    let catalog = snapshot.catalog();
    let mut judged = catalog.foreign_keys().filter(|fk| fk.validated && fk.enforced);
    let broken = judged.find(|fk| {
        let orphans = check_foreign_key(snapshot, fk, &Uninterrupted).expect("rows in memory can be read");
        !orphans.is_empty()
    });
    broken.map(|fk| format!("rows break {}", fk.name))
}
