//! What `close` makes of a change, in the terms of the model.

use std::collections::{BTreeMap, BTreeSet};

use bowline_core::catalog::{Event, ReferentialAction};
use bowline_core::integrity::{CloseError, Closed, ConstraintModes, Trace, Violation, ViolationKind, close};

use super::case::{Case, Row};
use super::database::{Database, Defaults, column_number, contents, delta, table_number, values};
use super::outcome::{Counts, Fact, KEYS_COMPARED, Kind, Node, Outcome};

/// What `close` does with the change of a case.
pub fn found(case: &Case, database: &Database) -> Outcome {
    match close(&database.snapshot, delta(case, database), &ConstraintModes::default(), &Defaults(case)) {
        Ok(closed) => done(case, &closed),
        Err(CloseError::Refused(refused)) => {
            assert!(!refused.violations.is_empty(), "a refusal names a violation");
            let facts: BTreeSet<Fact> = refused.violations.iter().map(fact).collect();
            assert_eq!(facts.len(), refused.violations.len(), "a violation is told once: {:#?}", refused.violations);
            Outcome { result: Err(facts), nodes: nodes(&refused.trace), totals: totals(case, &refused.trace) }
        }
        Err(CloseError::Rows(error)) => panic!("rows in memory could not be read: {error}"),
    }
}

fn done(case: &Case, closed: &Closed) -> Outcome {
    Outcome {
        result: Ok(contents(case, &closed.after)),
        nodes: nodes(&closed.trace),
        totals: totals(case, &closed.trace),
    }
}

fn nodes(trace: &Trace) -> BTreeMap<Node, Counts> {
    let mut found = BTreeMap::new();
    for (id, node) in trace.nodes() {
        let mut path = Vec::new();
        let mut at = id;
        let root = loop {
            let node = trace.node(at);
            let Some((fk, event)) = &node.through else { break table_number(node.table.id) };
            path.push((number(&fk.name), *event == Event::Update));
            at = node.parent.expect("a node reached by a constraint is below another");
        };
        path.reverse();
        let counts = Counts { inserted: node.inserted, deleted: node.deleted, updated: node.updated };
        if counts != Counts::default() {
            let known = found.insert((root, path), counts);
            assert_eq!(known, None, "a step has one node");
        }
    }
    found
}

fn totals(case: &Case, trace: &Trace) -> Vec<Counts> {
    let mut found = vec![Counts::default(); case.tables.len()];
    for (id, totals) in trace.row_totals() {
        let (inserted, deleted, updated) = (totals.inserted, totals.deleted, totals.updated);
        found[table_number(id)] = Counts { inserted, deleted, updated };
    }
    found
}

fn fact(violation: &Violation) -> Fact {
    let table = table_number(violation.table.id);
    let kind = match &violation.kind {
        ViolationKind::Null(column) => Kind::Null(table, column_number(column.id)),
        ViolationKind::Check(check) => panic!("no case has a check, such as {}", check.name),
        ViolationKind::Duplicate(key) => Kind::Duplicate(table, number(&key.name)),
        ViolationKind::StillReferenced(fk, event) => {
            let by_update = *event == Event::Update;
            match fk.rule(*event).action == ReferentialAction::Restrict {
                true => Kind::Restrict(number(&fk.name), by_update),
                false => Kind::StillReferenced(number(&fk.name), by_update),
            }
        }
        ViolationKind::TwoValues(column, pair) => {
            Kind::TwoValues(table, column_number(column.id), pair.each_ref().map(|fk| number(&fk.name)))
        }
        ViolationKind::MissingKey(fk) => Kind::Missing(number(&fk.name)),
        ViolationKind::PartlyNull(fk) => Kind::PartlyNull(number(&fk.name)),
    };
    let columns: Vec<_> = violation.keys.values.iter().map(values).collect();
    let kept = columns.first().map_or(0, Vec::len);
    let keys: Vec<Row> = (0..kept).map(|index| columns.iter().map(|column| column[index]).collect()).collect();
    let mut fact = Fact::new(kind, keys, violation.row_count);
    if let ViolationKind::Null(_) = violation.kind {
        // One row stands for all.
        return fact;
    }
    fact.distinct = violation.keys.distinct;
    if fact.distinct > KEYS_COMPARED {
        fact.keys.clear();
    }
    fact
}

fn number(name: &str) -> usize {
    name.trim_start_matches(char::is_alphabetic).parse().expect("constraints are named by number")
}
