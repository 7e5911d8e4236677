//! Properties of `close`.

use std::collections::BTreeSet;

use bowline_core::integrity::check::check_snapshot;
use bowline_core::integrity::{CloseError, Closed, ConstraintModes, Trace, close};
use bowline_core::rows::Delta;

use super::case::Case;
use super::database::{Database, Defaults, contents, database, delta, table_id};
use super::model::{self, Outcome};
use super::random::{Random, Wanted};
use super::try_cases;

/// What `close` does with the change of a case, and its trace.
fn closed(case: &Case, database: &Database) -> (Outcome, Trace) {
    match close(&database.snapshot, delta(case, database), &ConstraintModes::default(), &Defaults(case)) {
        Ok(closed) => {
            let deleted = closed.trace.nodes().map(|(_, node)| node.deleted).sum();
            let written = closed.trace.nodes().filter(|(_, node)| node.through.is_some()).map(|(_, node)| node.updated);
            let tables = contents(case, &closed.after);
            (Outcome::Done { tables, deleted, written: written.sum() }, closed.trace)
        }
        Err(CloseError::Refused(refused)) => {
            assert!(!refused.violations.is_empty(), "a refusal names a violation");
            let states = refused.violations.iter().map(|violation| violation.sqlstate()).collect();
            (Outcome::Refused(states), refused.trace)
        }
        Err(CloseError::Rows(error)) => panic!("rows in memory could not be read: {error}"),
    }
}

/// Whether two outcomes are the same to whoever asked for the change. What else is wrong beside two values for one column
/// depends on which of them is taken.
fn agree(left: &Outcome, right: &Outcome) -> bool {
    match (left, right) {
        (Outcome::Done { tables, .. }, Outcome::Done { tables: others, .. }) => tables == others,
        (Outcome::Refused(states), Outcome::Refused(others)) => {
            let two_values = |states: &BTreeSet<&str>| states.contains("27000");
            states == others || two_values(states) || two_values(others)
        }
        _ => false,
    }
}

#[test]
fn result_equals_the_naive_model() {
    try_cases(Wanted::Change, |case| {
        let (expected, (found, _)) = (model::outcome(case), closed(case, &database(case)));
        (!agree(&expected, &found)).then(|| format!("the model says {expected:?}, close says {found:?}"))
    });
}

#[test]
fn trace_counts_what_happened() {
    try_cases(Wanted::Change, |case| {
        let (expected, (found, trace)) = (model::outcome(case), closed(case, &database(case)));
        let (Outcome::Done { deleted, written, .. }, Outcome::Done { deleted: told, written: told_written, .. }) =
            (&expected, &found)
        else {
            return None;
        };
        // A row that two constraints write to is told under both.
        let right = deleted == told && written <= told_written && (*written == 0) == (*told_written == 0);
        let inserted: u64 = trace.nodes().map(|(_, node)| node.inserted).sum();
        let stated = case.changes.iter().filter(|change| change.at().is_none()).count() as u64;
        (!right || inserted != stated).then(|| {
            format!(
                "deleted {deleted}, written {written}, inserted {stated}; trace: {told}, {told_written}, {inserted}"
            )
        })
    });
}

#[test]
fn closed_delta_passes_the_full_check() {
    try_cases(Wanted::Change, |case| {
        let database = database(case);
        let closed =
            close(&database.snapshot, delta(case, &database), &ConstraintModes::default(), &Defaults(case)).ok()?;
        let findings = check_snapshot(&closed.after, &Defaults(case)).expect("rows in memory can be read");
        (!findings.is_empty()).then(|| format!("{findings:#?}"))
    });
}

#[test]
fn closed_delta_leads_to_the_snapshot_it_came_with() {
    try_cases(Wanted::Change, |case| {
        let database = database(case);
        let closed =
            close(&database.snapshot, delta(case, &database), &ConstraintModes::default(), &Defaults(case)).ok()?;
        let applied = database.snapshot.apply(&closed.delta).expect("rows in memory can be joined");
        (contents(case, &applied) != contents(case, &closed.after)).then(|| "applied and told differ".to_owned())
    });
}

/// A closed delta fires nothing more, unless a key it took away is held by another row now: then what references the new
/// holder cannot be told from what referenced the old one.
#[test]
fn closing_again_changes_nothing() {
    try_cases(Wanted::Change, |case| {
        let database = database(case);
        let closed =
            close(&database.snapshot, delta(case, &database), &ConstraintModes::default(), &Defaults(case)).ok()?;
        let again = close(&closed.after, Delta::default(), &ConstraintModes::default(), &Defaults(case));
        let settled = again.is_ok_and(|again| contents(case, &again.after) == contents(case, &closed.after));
        if !settled {
            return Some("an empty delta on the result changes it".to_owned());
        }
        if keys_are_taken_over(case, &database, &closed) {
            return None;
        }
        let again = match close(&database.snapshot, closed.delta.clone(), &ConstraintModes::default(), &Defaults(case))
        {
            Ok(again) => again,
            Err(CloseError::Refused(refused)) => {
                let states: Vec<_> = refused.violations.iter().map(|violation| violation.sqlstate()).collect();
                return Some(format!("closed again it is refused: {states:?}"));
            }
            Err(CloseError::Rows(error)) => return Some(error.to_string()),
        };
        (contents(case, &again.after) != contents(case, &closed.after)).then(|| "closing again changes it".to_owned())
    });
}

/// Whether a row of the result references the key of a base row that is gone or was changed.
fn keys_are_taken_over(case: &Case, database: &Database, closed: &Closed) -> bool {
    let after = contents(case, &closed.after);
    case.foreign_keys.iter().any(|fk| {
        let Some(changes) = closed.delta.tables.get(&table_id(fk.referenced)) else { return false };
        let rows = case.tables[fk.referenced].rows.iter().zip(&database.rows[fk.referenced]);
        let touched = rows.filter(|(_, id)| changes.removed.contains(**id));
        let lost: BTreeSet<_> = touched.filter_map(|(row, _)| fk.offers(row)).collect();
        after[fk.table].iter().filter_map(|row| fk.references(row)).any(|key| lost.contains(&key))
    })
}

#[test]
fn order_of_rows_constraints_and_changes_does_not_matter() {
    try_cases(Wanted::Change, |case| {
        let (found, _) = closed(case, &database(case));
        let mut random = Random::new(case.changes.len() as u64);
        for _ in 0..3 {
            let other = permuted(case, &mut random);
            let (again, _) = closed(&other, &database(&other));
            if !agree(&found, &again) {
                return Some(format!("{found:?} became {again:?} for\n{other}\ninstead of"));
            }
        }
        None
    });
}

fn permuted(case: &Case, random: &mut Random) -> Case {
    let mut other = case.clone();
    random.shuffle(&mut other.foreign_keys);
    random.shuffle(&mut other.changes);
    for (number, table) in other.tables.iter_mut().enumerate() {
        let mut order: Vec<usize> = (0..table.rows.len()).collect();
        random.shuffle(&mut order);
        table.rows = order.iter().map(|at| case.tables[number].rows[*at].clone()).collect();
        for change in other.changes.iter_mut().filter(|change| change.table() == number) {
            if let Some(at) = change.at_mut() {
                *at = order.iter().position(|known| known == at).expect("a permutation has every place");
            }
        }
    }
    other
}

#[test]
fn refused_delta_leaves_no_trace() {
    try_cases(Wanted::Change, |case| {
        let database = database(case);
        let before = contents(case, &database.snapshot);
        let refused =
            close(&database.snapshot, delta(case, &database), &ConstraintModes::default(), &Defaults(case)).is_err();
        (refused && contents(case, &database.snapshot) != before).then(|| "the base changed".to_owned())
    });
}

/// The properties mean something only if both kinds of outcome occur often, and actions fire.
#[test]
fn cases_are_of_every_kind() {
    let of_seed = |seed| model::outcome(&super::random::case(&mut Random::new(seed), Wanted::Change));
    let outcomes: Vec<_> = (1..600).map(of_seed).collect();
    let count = |is: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count();
    assert!(count(&|outcome| matches!(outcome, Outcome::Done { .. })) > 200, "too few changes are done");
    assert!(count(&|outcome| matches!(outcome, Outcome::Done { written, .. } if *written > 0)) > 40, "too few write");
    for state in ["23001", "23502", "23503", "23505", "27000"] {
        let refused = count(&|outcome| matches!(outcome, Outcome::Refused(states) if states.contains(state)));
        assert!(refused > 2, "only {refused} changes are refused with {state}");
    }
}
