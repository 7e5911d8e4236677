//! Properties of deferred constraints: several statements in one transaction, judged at once or at its end.

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline_core::catalog::{Catalog, Characteristics, ConstraintId, Table};
use bowline_core::integrity::{
    CloseError, ConstraintMode, ConstraintModes, Violation, ViolationKind, check_deferred, check_rebased, close,
};
use bowline_core::rows::{Delta, Snapshot};

use super::case::{Case, Row};
use super::database::{Database, Defaults, contents, database, delta, living, table_id, table_number};
use super::model;
use super::random::{Random, Wanted, changes};
use super::try_cases;

/// SQLSTATE, table, and number of the key or foreign key.
type Violated = (&'static str, usize, usize);

/// A transaction: what a session keeps of one.
#[derive(Clone)]
struct Transaction {
    current: Snapshot,
    delta: Delta,
    modes: ConstraintModes,
    put_off: BTreeSet<ConstraintId>,
}

/// How a transaction of a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Nothing was put off.
    Immediate,
    /// What was put off holds.
    Kept,
    /// A constraint that was put off is violated.
    Violated,
}

#[test]
fn what_was_put_off_is_judged_like_the_result_as_a_whole() {
    try_cases(Wanted::Change, |case| run(case).err());
}

/// The property means something only if deferred constraints are often violated at commit, and often mended before.
#[test]
fn transactions_end_in_every_way() {
    let end = |seed| run(&super::random::case(&mut Random::new(seed), Wanted::Change));
    let endings: Vec<Ending> = (1..400).filter_map(|seed| end(seed).ok()).collect();
    for ending in [Ending::Immediate, Ending::Kept, Ending::Violated] {
        let count = endings.iter().filter(|known| **known == ending).count();
        assert!(count > 15, "{ending:?} was believed to be common: {count} of {}", endings.len());
    }
}

/// Runs a few statements in one transaction beside the model. Errors: where they differ.
fn run(case: &Case) -> Result<Ending, String> {
    let seed = case.to_string().bytes().fold(7u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut random = Random::new(seed);
    let base = deferrable(&mut random, database(case).snapshot);
    let mut transaction = Transaction {
        current: base.clone(),
        delta: Delta::default(),
        modes: ConstraintModes::default(),
        put_off: BTreeSet::new(),
    };
    let mut savepoint = transaction.clone();
    for statement in 0..5 {
        let (rows, mut step) = standing(case, &transaction.current);
        match statement {
            0 => step.changes.clone_from(&case.changes),
            _ => changes(&mut random, &mut step),
        }
        change_modes(&mut random, &base, &step, &mut transaction)?;
        run_statement(&step, rows, &mut transaction)?;
        match random.below(8) {
            0 => savepoint = transaction.clone(),
            1 => transaction = savepoint.clone(),
            _ => {}
        }
    }
    let judge = Defaults(case);
    let Transaction { current, delta, put_off, .. } = transaction;
    let found = check_deferred(&base, &current, &delta, &put_off, &judge).expect("rows in memory can be read");
    let expected = violated(&standing(case, &current).1);
    if told(&found) != expected {
        return Err(format!("at commit {:?} is found, nested loops find {expected:?}", told(&found)));
    }
    let rebased = check_rebased(&base, &current, &delta, &judge).expect("rows in memory can be read");
    if rebased.is_empty() != expected.is_empty() {
        return Err(format!("on the newest snapshot {:?} is found, nested loops find {expected:?}", told(&rebased)));
    }
    Ok(match (put_off.is_empty(), expected.is_empty()) {
        (true, _) => Ending::Immediate,
        (false, true) => Ending::Kept,
        (false, false) => Ending::Violated,
    })
}

/// The database with some constraints deferrable: foreign keys, and keys that none references.
fn deferrable(random: &mut Random, snapshot: Snapshot) -> Snapshot {
    let mut catalog = Catalog::clone(snapshot.catalog());
    let mut characteristics = || {
        let deferrable = random.percent(70);
        Characteristics { deferrable, initially_deferred: deferrable && random.percent(50) }
    };
    let foreign_keys: Vec<_> = catalog.foreign_keys().cloned().collect();
    for fk in &foreign_keys {
        let mut fk = (**fk).clone();
        fk.characteristics = characteristics();
        catalog.put_foreign_key(fk);
    }
    let tables: Vec<Table> = catalog.tables().map(|table| Table::clone(table)).collect();
    for mut table in tables {
        let is_free = |id| foreign_keys.iter().all(|fk| fk.referenced_key != id);
        table.keys.iter_mut().filter(|key| is_free(key.id)).for_each(|key| key.characteristics = characteristics());
        catalog.put_table(table);
    }
    let declared = Delta { catalog: Some(Arc::new(catalog)), ..Delta::default() };
    snapshot.apply(&declared).expect("a catalog can be replaced")
}

/// What stands now, as the base of another change.
fn standing(case: &Case, snapshot: &Snapshot) -> (Vec<Vec<u64>>, Case) {
    let (ids, rows): (Vec<Vec<u64>>, Vec<Vec<Row>>) = living(case, snapshot).into_iter().unzip();
    let mut step = Case { changes: Vec::new(), ..case.clone() };
    step.tables.iter_mut().zip(rows).for_each(|(table, rows)| table.rows = rows);
    (ids, step)
}

/// SET CONSTRAINTS, now and then: back to immediate judges at once.
fn change_modes(
    random: &mut Random,
    base: &Snapshot,
    step: &Case,
    transaction: &mut Transaction,
) -> Result<(), String> {
    let catalog = transaction.current.catalog().clone();
    let keys = catalog.tables().flat_map(|table| table.keys.iter().map(|key| (key.id, key.characteristics)));
    let foreign_keys = catalog.foreign_keys().map(|fk| (fk.id, fk.characteristics));
    for (id, characteristics) in keys.chain(foreign_keys).filter(|(_, when)| when.deferrable) {
        if !random.percent(15) {
            continue;
        }
        if transaction.modes.of(id, characteristics) == ConstraintMode::Immediate {
            transaction.modes.set(id, ConstraintMode::Deferred);
            continue;
        }
        let only = &transaction.put_off & &BTreeSet::from([id]);
        let found = check_deferred(base, &transaction.current, &transaction.delta, &only, &Defaults(step));
        let found = told(&found.expect("rows in memory can be read"));
        let expected: BTreeSet<Violated> =
            violated(step).into_iter().filter(|known| constraint(&catalog, known) == Some(id)).collect();
        if found != expected {
            return Err(format!("set immediate {found:?} is found, nested loops find {expected:?}"));
        }
        if found.is_empty() {
            transaction.modes.set(id, ConstraintMode::Immediate);
            transaction.put_off.remove(&id);
        }
    }
    Ok(())
}

/// Runs the change of `step`, unless it is refused.
fn run_statement(step: &Case, rows: Vec<Vec<u64>>, transaction: &mut Transaction) -> Result<(), String> {
    let catalog = transaction.current.catalog().clone();
    let is_deferred = |violated: &Violated| {
        let Some(id) = constraint(&catalog, violated) else { return false };
        let key = catalog.table(table_id(violated.1)).key(id).map(|key| key.characteristics);
        let declared = key.or_else(|| catalog.foreign_key(id).map(|fk| fk.characteristics));
        transaction.modes.of(id, declared.expect("the constraint is in the catalog")) == ConstraintMode::Deferred
    };
    let expected = model::outcome_judged(step, &|(state, table, number, _)| !is_deferred(&(state, *table, *number)));
    let made_on = Database { snapshot: transaction.current.clone(), rows };
    match close(&made_on.snapshot, delta(step, &made_on), &transaction.modes, &Defaults(step)) {
        Ok(closed) => {
            let found = contents(step, &closed.after);
            if expected.result.as_ref() != Ok(&found) {
                return Err(format!("the model says {expected:?}, close says {found:?} for\n{step}\nafter"));
            }
            transaction.delta.extend(closed.delta);
            transaction.current = closed.after;
            transaction.put_off.extend(closed.put_off);
            Ok(())
        }
        Err(CloseError::Refused(refused)) => {
            let states: BTreeSet<_> = refused.violations.iter().map(|violation| violation.sqlstate()).collect();
            if expected.result.is_ok() || expected.states() != states {
                return Err(format!("the model says {expected:?}, close refuses with {states:?} for\n{step}\nafter"));
            }
            Ok(())
        }
        Err(CloseError::Rows(error)) => panic!("rows in memory could not be read: {error}"),
    }
}

/// The constraint that is meant; `None` for NOT NULL.
fn constraint(catalog: &Catalog, (state, table, number): &Violated) -> Option<ConstraintId> {
    match *state {
        "23505" => Some(catalog.table(table_id(*table)).keys[*number].id),
        "23503" => {
            let name = format!("fk{number}");
            let found = catalog.foreign_keys_of(table_id(*table)).into_iter().find(|fk| fk.name == name);
            Some(found.expect("the model names a foreign key of the table").id)
        }
        _ => None,
    }
}

/// The constraints that the rows of a case violate.
fn violated(case: &Case) -> BTreeSet<Violated> {
    let tables: Vec<_> = case.tables.iter().map(|table| table.rows.clone()).collect();
    model::violations(case, &tables).into_iter().map(|(state, table, number, _)| (state, table, number)).collect()
}

fn told(violations: &[Violation]) -> BTreeSet<Violated> {
    let number = |name: &str| name.trim_start_matches(char::is_alphabetic).parse().expect("named by number");
    let violated = |violation: &Violation| {
        let name = match &violation.kind {
            ViolationKind::Duplicate(key) => &key.name,
            ViolationKind::StillReferenced(fk, _) | ViolationKind::MissingKey(fk) | ViolationKind::PartlyNull(fk) => {
                &fk.name
            }
            other => panic!("a deferred violation was believed to be of a key or foreign key: {other:?}"),
        };
        (violation.sqlstate(), table_number(violation.table.id), number(name))
    };
    violations.iter().map(violated).collect()
}
