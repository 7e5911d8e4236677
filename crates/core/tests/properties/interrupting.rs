//! Properties of being told to stop: the work ends with that error at whichever question it is told, and leaves nothing behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use bowline_core::catalog::{Check, Column, Table};
use bowline_core::integrity::check::check_snapshot;
use bowline_core::integrity::repair::RepairError;
use bowline_core::integrity::{CloseError, ConstraintModes, Judge, close};
use bowline_core::rows::{Interrupt, RowsError};

use super::case::{Case, Change, Chosen, ColumnCase, KeyCase, Match, RuleCase, TableCase};
use super::database::{Defaults, contents, database, delta};
use super::random::Wanted;
use super::repairing::{METHODS, mendable, repaired_with, with_orphans};
use super::try_cases;

/// What work that was told to stop fails with.
#[derive(Debug)]
struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("told to stop")
    }
}

impl std::error::Error for Stopped {}

/// Knows the defaults of a case, and says at the question of that number that the work is to stop.
struct StopsAt<'a> {
    judge: Defaults<'a>,
    question: usize,
    asked: AtomicUsize,
}

impl<'a> StopsAt<'a> {
    fn new(case: &'a Case, question: usize) -> Self {
        StopsAt { judge: Defaults(case), question, asked: AtomicUsize::new(0) }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Interrupt for StopsAt<'_> {
    fn go_on(&self) -> Result<(), RowsError> {
        match self.asked.fetch_add(1, Ordering::Relaxed) == self.question {
            true => Err(RowsError(Arc::new(Stopped))),
            false => Ok(()),
        }
    }
}

impl Judge for StopsAt<'_> {
    fn check(&self, table: &Table, check: &Check, batch: &RecordBatch) -> Result<BooleanArray, RowsError> {
        self.judge.check(table, check, batch)
    }

    fn default_value(&self, table: &Table, column: &Column) -> Result<ArrayRef, RowsError> {
        self.judge.default_value(table, column)
    }

    fn generated(&self, table: &Table, column: &Column, batch: &RecordBatch) -> Result<ArrayRef, RowsError> {
        self.judge.generated(table, column, batch)
    }
}

fn was_told(error: &RowsError) -> bool {
    error.0.is::<Stopped>()
}

/// How often `close` asks over the change of a case.
fn questions(case: &Case) -> usize {
    let made = database(case);
    let judge = StopsAt::new(case, usize::MAX);
    // Whether it is refused does not matter here.
    let _ = close(&made.snapshot, delta(case, &made), &ConstraintModes::default(), &judge);
    judge.asked()
}

#[test]
fn a_close_told_to_stop_stops_and_changes_nothing() {
    try_cases(Wanted::Change, |case| {
        let made = database(case);
        let before = contents(case, &made.snapshot);
        (0..questions(case)).find_map(|question| {
            let judge = StopsAt::new(case, question);
            let closed = close(&made.snapshot, delta(case, &made), &ConstraintModes::default(), &judge);
            let stopped = matches!(&closed, Err(CloseError::Rows(error)) if was_told(error));
            if !stopped || judge.asked() != question + 1 {
                return Some(format!("told at question {question}, it asked {} and came to {closed:?}", judge.asked()));
            }
            (contents(case, &made.snapshot) != before).then(|| format!("told at question {question}, it left a trace"))
        })
    });
}

#[test]
fn a_check_told_to_stop_stops() {
    try_cases(Wanted::Anything, |case| {
        let made = database(case);
        let all = StopsAt::new(case, usize::MAX);
        check_snapshot(&made.snapshot, &all).expect("rows in memory can be read");
        // Where there are no rows, nothing is asked.
        let has_rows = |table: usize| !case.tables[table].rows.is_empty();
        let keys = case.foreign_keys.iter().filter(|fk| has_rows(fk.table)).count()
            + case.tables.iter().filter(|table| !table.rows.is_empty()).map(|table| table.keys.len()).sum::<usize>();
        if all.asked() < keys {
            return Some(format!("it asked {} times for {keys} constraints", all.asked()));
        }
        (0..all.asked()).find_map(|question| {
            let judge = StopsAt::new(case, question);
            let checked = check_snapshot(&made.snapshot, &judge);
            let stopped = matches!(&checked, Err(error) if was_told(error));
            (!stopped).then(|| format!("told at question {question}, it came to {checked:?}"))
        })
    });
}

#[test]
fn a_repair_told_to_stop_stops() {
    try_cases(Wanted::Anything, |case| {
        let case = mendable(case);
        let made = with_orphans(&case);
        made.snapshot.catalog().foreign_keys().zip(METHODS).find_map(|(key, method)| {
            let all = StopsAt::new(&case, usize::MAX);
            // Whether it is refused does not matter here.
            let _ = repaired_with(&all, &case, &made.snapshot, (key.id, method));
            if all.asked() == 0 && made.snapshot.rows(key.table).live_count() > 0 {
                return Some(format!("{} by {method:?} asked nothing", key.name));
            }
            (0..all.asked()).find_map(|question| {
                let judge = StopsAt::new(&case, question);
                let repair = repaired_with(&judge, &case, &made.snapshot, (key.id, method));
                let stopped = matches!(&repair, Err(RepairError::Rows(error)) if was_told(error));
                (!stopped).then(|| format!("told at question {question}, {} by {method:?} went on", key.name))
            })
        })
    });
}

/// Row n references row n - 1, all of them go with the first.
fn chain(length: i64) -> Case {
    let column = ColumnCase { not_null: false, default: None, width: 0 };
    let rule = |action| RuleCase { action, listed: Vec::new() };
    Case {
        text: false,
        tables: vec![TableCase {
            columns: vec![column, column],
            keys: vec![vec![0]],
            has_primary: false,
            rows: (0..length).map(|n| vec![Some(n), (n > 0).then(|| n - 1)]).collect(),
        }],
        foreign_keys: vec![KeyCase {
            name: 0,
            table: 0,
            columns: vec![1],
            referenced: 0,
            referenced_columns: vec![0],
            match_type: Match::Simple,
            on_delete: rule(Chosen::Cascade),
            on_update: rule(Chosen::NoAction),
        }],
        changes: vec![Change::Delete { table: 0, at: 0 }],
    }
}

#[test]
fn every_round_of_a_cascade_asks() {
    let (short, long) = (questions(&chain(10)), questions(&chain(60)));
    assert!(short >= 10, "{short} questions in 10 rounds");
    assert!(long - short >= 50, "{} questions in 50 rounds more", long - short);
}
