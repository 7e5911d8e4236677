//! Properties of repairs, over random rows that obey candidate keys and NOT NULL, and foreign keys as they please.

use std::cell::Cell;
use std::collections::BTreeSet;

use arrow::array::{ArrayRef, UInt32Array, new_null_array};
use arrow::compute::{cast, take};
use bowline_core::catalog::{Catalog, ColumnId, ConstraintId, ForeignKey, RelationName, Table};
use bowline_core::integrity::repair::{Repair, RepairAction, RepairError, RepairMethod, RepairRequest, plan_repair};
use bowline_core::integrity::{Judge, Orphan, check_foreign_key};
use bowline_core::rows::{Delta, RowsError, Snapshot, Uninterrupted};

use super::case::{Case, Chosen, KeyCase, Row};
use super::database::{Database, Defaults, contents, database, table_id, table_number};
use super::model;
use super::random::Wanted;
use super::try_cases;

pub const METHODS: [RepairMethod; 5] = [
    RepairMethod::Delete,
    RepairMethod::SetNull,
    RepairMethod::SetDefault,
    RepairMethod::Quarantine,
    RepairMethod::InsertParent,
];

/// A table and the place of a row in it.
type Place = (usize, usize);

/// The case without rows that break a candidate key or NOT NULL.
pub fn mendable(case: &Case) -> Case {
    let mut case = case.clone();
    loop {
        let tables: Vec<Vec<Row>> = case.tables.iter().map(|table| table.rows.clone()).collect();
        let broken = model::violations(&case, &tables).into_iter().find(|(state, ..)| *state != "23503");
        let Some((_, table, _, row)) = broken else { return case };
        case.tables[table].rows.remove(row);
    }
}

/// The case as a database. A key without orphans is valid; the others are NOT VALID or NOT ENFORCED by turns.
pub fn with_orphans(case: &Case) -> Database {
    let mut made = database(case);
    let mut catalog = Catalog::clone(made.snapshot.catalog());
    // Ids of cases are not taken from the catalog.
    (0..100).for_each(|_| {
        catalog.next_id();
    });
    let keys: Vec<ForeignKey> = catalog.foreign_keys().map(|fk| ForeignKey::clone(fk)).collect();
    for (number, mut fk) in keys.into_iter().enumerate() {
        let orphans = orphans(&made.snapshot, &fk).len();
        fk.validated = orphans == 0;
        fk.enforced = orphans == 0 || (number + orphans).is_multiple_of(2);
        catalog.put_foreign_key(fk);
    }
    let declared = Delta { catalog: Some(catalog.into()), ..Delta::default() };
    made.snapshot = made.snapshot.apply(&declared).expect("rows in memory can be read");
    made
}

fn orphans(snapshot: &Snapshot, fk: &ForeignKey) -> Vec<Orphan> {
    check_foreign_key(snapshot, fk, &Uninterrupted).expect("rows in memory can be read")
}

fn repaired(case: &Case, base: &Snapshot, key: ConstraintId, method: RepairMethod) -> Result<Repair, RepairError> {
    repaired_with(&Defaults(case), case, base, (key, method))
}

/// See [`plan_repair`].
pub fn repaired_with(
    judge: &dyn Judge,
    case: &Case,
    base: &Snapshot,
    (key, method): (ConstraintId, RepairMethod),
) -> Result<Repair, RepairError> {
    let complete = |table: &Table, given: Vec<(ColumnId, ArrayRef)>, count: usize| {
        let known = table_number(table.id) < case.tables.len();
        let column = |column: &bowline_core::catalog::Column| -> Result<ArrayRef, RowsError> {
            let to = column.sql_type.arrow();
            match given.iter().find(|(id, _)| *id == column.id) {
                Some((_, values)) if *values.data_type() == to => Ok(values.clone()),
                Some((_, values)) => Ok(cast(values, &to)?),
                None if known => {
                    let value = Defaults(case).default_value(table, column)?;
                    Ok(take(&value, &UInt32Array::from(vec![0; count]), None)?)
                }
                None => Ok(new_null_array(&to, count)),
            }
        };
        table.columns.iter().map(column).collect()
    };
    let foreign_key = base.catalog().foreign_key(key).expect("the key is in the catalog");
    plan_repair(base, &RepairRequest { foreign_key, method, now: 0, complete: &complete }, judge)
}

/// Every key of a case, repaired by every method: `fails` is asked about each repair that is not refused. At least
/// every fifth is not.
fn try_repairs(fails: impl Fn(&Case, &Database, &ForeignKey, RepairMethod, &Repair) -> Option<String>) {
    let (asked, done) = (Cell::new(0), Cell::new(0));
    try_cases(Wanted::Anything, |case| {
        let case = mendable(case);
        let made = with_orphans(&case);
        for fk in made.snapshot.catalog().foreign_keys() {
            if orphans(&made.snapshot, fk).is_empty() {
                continue;
            }
            for method in METHODS {
                asked.set(asked.get() + 1);
                let repair = match repaired(&case, &made.snapshot, fk.id, method) {
                    Ok(repair) => repair,
                    Err(RepairError::Rows(error)) => panic!("rows in memory could not be read: {error}"),
                    Err(_) => continue,
                };
                done.set(done.get() + 1);
                if let Some(fault) = fails(&case, &made, fk, method, &repair) {
                    return Some(format!("{} by {method:?}: {fault}\n{case}", fk.name));
                }
            }
        }
        None
    });
    assert!(done.get() * 5 > asked.get(), "{} of {} repairs were not refused", done.get(), asked.get());
}

/// The rows that reference orphans of a key, or rows that do, through any key; the orphans themselves included.
fn reachable(case: &Case, made: &Database, key: &ForeignKey) -> BTreeSet<Place> {
    followed(case, made, key, &|fk, at, reached| reached.iter().any(|above| references(case, fk, at, *above)))
}

/// As [`reachable`], where rows go: a row that matches several goes with the last of them.
fn deletable(case: &Case, made: &Database, key: &ForeignKey) -> BTreeSet<Place> {
    followed(case, made, key, &|fk, at, reached| {
        let rows = (0..case.tables[fk.referenced].rows.len()).map(|above| (fk.referenced, above));
        let mut matched = rows.filter(|above| references(case, fk, at, *above)).peekable();
        matched.peek().is_some() && matched.all(|above| reached.contains(&above))
    })
}

/// The orphans of a key and what follows them, to the fixpoint.
fn followed(
    case: &Case,
    made: &Database,
    key: &ForeignKey,
    follows: &dyn Fn(&KeyCase, usize, &BTreeSet<Place>) -> bool,
) -> BTreeSet<Place> {
    let table = table_number(key.table);
    let place = |orphan: &Orphan| {
        let at = made.rows[table].iter().position(|row| *row == orphan.row).expect("a living row");
        (table, at)
    };
    let mut reached: BTreeSet<Place> = orphans(&made.snapshot, key).iter().map(place).collect();
    loop {
        let known = reached.len();
        for fk in &case.foreign_keys {
            for at in 0..case.tables[fk.table].rows.len() {
                if follows(fk, at, &reached) {
                    reached.insert((fk.table, at));
                }
            }
        }
        if reached.len() == known {
            return reached;
        }
    }
}

fn references(case: &Case, fk: &KeyCase, at: usize, (above_table, above): Place) -> bool {
    let row = &case.tables[fk.table].rows[at];
    fk.referenced == above_table && model::matches(fk, row, &case.tables[above_table].rows[above])
}

/// The rows of a case that are not among these, sorted, by table.
fn others(case: &Case, places: &BTreeSet<Place>) -> Vec<Vec<Row>> {
    let rows_of = |table: usize| {
        let rows = case.tables[table].rows.iter().enumerate();
        let mut rows: Vec<Row> =
            rows.filter(|(at, _)| !places.contains(&(table, *at))).map(|(_, row)| row.clone()).collect();
        rows.sort();
        rows
    };
    (0..case.tables.len()).map(rows_of).collect()
}

#[test]
fn repaired_keys_have_no_violation() {
    try_repairs(|case, _, fk, _, repair| {
        let number = fk.name.trim_start_matches(char::is_alphabetic).parse::<usize>().expect("named by number");
        let left = model::violations(case, &contents(case, &repair.closed.after));
        let left = left.into_iter().filter(|(state, _, key, _)| *state == "23503" && *key == number).count();
        (left > 0).then(|| format!("{left} rows still violate it"))
    });
}

#[test]
fn repairs_lead_to_the_snapshot_they_came_with() {
    try_repairs(|case, made, _, _, repair| {
        let applied = made.snapshot.apply(&repair.closed.delta).expect("rows in memory can be joined");
        let after = &repair.closed.after;
        let live = |snapshot: &Snapshot| {
            let tables = snapshot.catalog().tables().map(|table| (table.id, snapshot.rows(table.id).live_rows()));
            tables.collect::<Vec<_>>()
        };
        let same = applied.catalog() == after.catalog()
            && live(&applied) == live(after)
            && contents(case, &applied) == contents(case, after);
        (!same).then(|| "applied and told differ".to_owned())
    });
}

#[test]
fn repairs_make_no_other_key_worse() {
    try_repairs(|case, made, repaired, method, repair| {
        let worse = |fk: &&std::sync::Arc<ForeignKey>| {
            orphans(&repair.closed.after, fk).len() > orphans(&made.snapshot, fk).len()
        };
        // A new referenced row has the defaults of its columns; a key that is not enforced does not judge them.
        let judged = |fk: &&std::sync::Arc<ForeignKey>| {
            method != RepairMethod::InsertParent || fk.enforced || fk.table != repaired.referenced_table
        };
        let found = made.snapshot.catalog().foreign_keys().filter(judged).find(worse);
        let tables = contents(case, &repair.closed.after);
        let broken = model::violations(case, &tables).into_iter().find(|(state, ..)| *state != "23503");
        found.map(|fk| format!("{} has more orphans", fk.name)).or(broken.map(|what| format!("it breaks {what:?}")))
    });
}

#[test]
fn rows_outside_the_chain_are_untouched() {
    try_repairs(|case, made, fk, method, repair| {
        let untouched = match method {
            RepairMethod::InsertParent => others(case, &BTreeSet::new()),
            _ => others(case, &reachable(case, made, fk)),
        };
        let after = contents(case, &repair.closed.after);
        let missing = |table: &usize| {
            let mut rows = after[*table].clone();
            untouched[*table].iter().any(|row| match rows.binary_search(row) {
                Ok(found) => {
                    rows.remove(found);
                    false
                }
                Err(_) => true,
            })
        };
        (0..after.len()).find(missing).map(|table| format!("rows of t{table} are gone or changed"))
    });
}

#[test]
fn steps_count_what_happened() {
    try_repairs(|case, _, _, method, repair| {
        let sum = |action: RepairAction| {
            let steps = repair.steps.iter().filter(|step| step.action == action);
            steps.map(|step| step.row_count as usize).sum::<usize>()
        };
        let gone = sum(RepairAction::Deleted) + sum(RepairAction::Quarantined);
        let before: usize = case.tables.iter().map(|table| table.rows.len()).sum();
        let after: usize = contents(case, &repair.closed.after).iter().map(Vec::len).sum();
        let side = |(_, name): &(RelationName, RelationName)| {
            let table = repair.closed.after.catalog().table_named(name).expect("the side table was made").id;
            repair.closed.after.rows(table).live_count()
        };
        let kept: usize = repair.quarantines.iter().map(side).sum();
        let right = before - gone + sum(RepairAction::Inserted) == after
            && kept == sum(RepairAction::Quarantined)
            && (method == RepairMethod::Quarantine || kept == 0);
        (!right).then(|| format!("{:?}, from {before} to {after} rows, {kept} kept", repair.steps))
    });
}

/// Where every rule is CASCADE or is replaced by the repair, exactly what can be reached goes.
#[test]
fn deletion_and_quarantine_take_exactly_the_chain() {
    let seen = Cell::new(0);
    try_repairs(|case, made, fk, method, repair| {
        if !matches!(method, RepairMethod::Delete | RepairMethod::Quarantine) {
            return None;
        }
        let sets = |fk: &KeyCase| matches!(fk.on_delete.action, Chosen::SetNull | Chosen::SetDefault);
        if case.foreign_keys.iter().any(sets) {
            return None;
        }
        seen.set(seen.get() + 1);
        let chain = deletable(case, made, fk);
        (contents(case, &repair.closed.after) != others(case, &chain)).then(|| format!("the chain is {chain:?}"))
    });
    assert!(seen.get() > 0, "some case was believed to have no rule that sets values");
}

/// Only a key that is valid and enforced can hold a deletion up where no rule sets values, and nothing holds up a quarantine.
#[test]
fn chains_are_refused_by_valid_keys_alone() {
    let seen = Cell::new(0);
    try_cases(Wanted::Anything, |case| {
        let case = mendable(case);
        let made = with_orphans(&case);
        let catalog = made.snapshot.catalog();
        let sets = |fk: &KeyCase| matches!(fk.on_delete.action, Chosen::SetNull | Chosen::SetDefault);
        if case.foreign_keys.iter().any(sets) {
            return None;
        }
        let any_valid = catalog.foreign_keys().any(|fk| fk.validated && fk.enforced);
        for fk in catalog.foreign_keys() {
            for method in [RepairMethod::Delete, RepairMethod::Quarantine] {
                if any_valid && method == RepairMethod::Delete {
                    continue;
                }
                seen.set(seen.get() + 1);
                if let Err(error) = repaired(&case, &made.snapshot, fk.id, method) {
                    return Some(format!("{} by {method:?}: {error:?}\n{case}", fk.name));
                }
            }
        }
        None
    });
    assert!(seen.get() > 0, "some case was believed to have no rule that sets values");
}

#[test]
fn side_tables_hold_the_rows_that_went() {
    try_repairs(|case, _, _, method, repair| {
        if method != RepairMethod::Quarantine {
            return None;
        }
        let catalog = repair.closed.after.catalog();
        let mut whole = contents(case, &repair.closed.after);
        for (name, side) in &repair.quarantines {
            let number =
                (0..case.tables.len()).find(|number| catalog.table(table_id(*number)).relation_name() == *name);
            let number = number.expect("rows of a table of the case went");
            let side = catalog.table_named(side).expect("the side table was made");
            let rows = repair.closed.after.rows(side.id);
            let live: Vec<u64> = rows.live_rows().iter().collect();
            let columns: Vec<_> = side.columns[..case.tables[number].columns.len()].iter().map(|c| c.id).collect();
            let columns = rows.fetch(side, &live, &columns).expect("rows in memory can be read");
            let columns: Vec<_> = columns.iter().map(super::database::values).collect();
            let kept = (0..live.len()).map(|row| columns.iter().map(|column| column[row]).collect::<Row>());
            whole[number].extend(kept);
            whole[number].sort();
        }
        // Rows that a rule changed are other rows now; only tables without such rows are whole again.
        let updated = repair.steps.iter().filter(|step| step.action == RepairAction::Updated);
        let changed: BTreeSet<_> = updated.map(|step| step.table.id).collect();
        let before = others(case, &BTreeSet::new());
        let differs = |number: &usize| !changed.contains(&table_id(*number)) && whole[*number] != before[*number];
        (0..whole.len()).find(differs).map(|number| format!("rows of t{number} are in neither table"))
    });
}
