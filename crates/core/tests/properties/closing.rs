//! Properties of `close`.

use bowline_core::integrity::check::check_snapshot;
use bowline_core::integrity::{CloseError, Closed, ConstraintModes, close};
use bowline_core::rows::Delta;

use super::case::Case;
use super::database::{Database, Defaults, contents, database, delta, table_id, table_number};
use super::found::found;
use super::model;
use super::outcome::Outcome;
use super::random::{Random, Wanted};
use super::try_cases;

/// The rows, every violation with its keys and rows, and what EXPLAIN counts: node by node, and table by table.
#[test]
fn outcome_equals_that_of_the_naive_model() {
    try_cases(Wanted::Change, |case| {
        let (expected, found) = (model::outcome(case), found(case, &database(case)));
        (expected != found).then(|| format!("the model says\n{expected:#?}\nclose says\n{found:#?}"))
    });
}

/// What the trace counts of each table is what the closed delta does to it.
#[test]
fn trace_counts_what_the_delta_does() {
    try_cases(Wanted::Change, |case| {
        let database = database(case);
        let closed =
            close(&database.snapshot, delta(case, &database), &ConstraintModes::default(), &Defaults(case)).ok()?;
        for (id, totals) in closed.trace.row_totals() {
            let (before, after) = (&database.rows[table_number(id)], closed.after.rows(id));
            let Some(changes) = closed.delta.tables.get(&id) else {
                return Some(format!("{totals:?} of a table that the delta leaves alone"));
            };
            let deleted = before.iter().filter(|row| changes.removed.contains(**row)).count() - changes.updates.len();
            let inserted = after.live_count() + deleted - before.len();
            // Rows inserted by the statement may be written to and deleted by its actions.
            let fits = match totals.inserted {
                0 => totals.deleted == deleted as u64 && totals.updated == changes.updates.len() as u64,
                _ => totals.deleted + inserted as u64 == totals.inserted + deleted as u64,
            };
            if !fits {
                return Some(format!("{totals:?}, but {deleted} deleted, {inserted} inserted: {changes:?}"));
            }
        }
        None
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
        let touched: Vec<_> = rows.filter(|(_, id)| changes.removed.contains(**id)).map(|(row, _)| row).collect();
        after[fk.table].iter().any(|row| touched.iter().any(|lost| model::matches(fk, row, lost)))
    })
}

#[test]
fn order_of_rows_constraints_and_changes_does_not_matter() {
    try_cases(Wanted::Change, |case| {
        let found_first = found(case, &database(case));
        let mut random = Random::new(case.changes.len() as u64);
        for _ in 0..3 {
            let mut other = permuted(case, &mut random);
            let again = found(&other, &database(&other));
            if found_first != again {
                return Some(format!("{found_first:?} became {again:?} for\n{other}\ninstead of"));
            }
            // Under other names the trace and what it tells first may differ.
            let mut names: Vec<usize> = (0..other.foreign_keys.len()).collect();
            random.shuffle(&mut names);
            other.foreign_keys.iter_mut().zip(names).for_each(|(fk, name)| fk.name = name);
            let again = found(&other, &database(&other));
            let essence = |outcome: &Outcome| (outcome.result.clone().ok(), outcome.states(), outcome.totals.clone());
            if essence(&found_first) != essence(&again) {
                return Some(format!("{found_first:?} became {again:?} for\n{other}\ninstead of"));
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
    assert!(count(&|outcome| outcome.result.is_ok()) > 200, "too few changes are done");
    assert!(count(&|outcome| outcome.result.is_ok() && outcome.by_actions() > 0) > 100, "too few fire actions");
    for state in ["23001", "23502", "23503", "23505", "27000"] {
        let refused = count(&|outcome| outcome.states().contains(state));
        assert!(refused > 2, "only {refused} changes are refused with {state}");
    }
}
