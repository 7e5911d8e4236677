//! Makes a failing case small: drops foreign keys, changes and rows as long as it still fails.

use super::case::{Case, Change};
use super::model;

/// The smallest case that can be reached in which `fails` still tells a fault, with what it tells.
pub fn shrink(case: &Case, fails: impl Fn(&Case) -> Option<String>) -> Option<(Case, String)> {
    let mut smallest = (case.clone(), fails(case)?);
    'again: loop {
        for candidate in smaller(&smallest.0) {
            if let Some(fault) = fails(&candidate) {
                smallest = (candidate, fault);
                continue 'again;
            }
        }
        return Some(smallest);
    }
}

/// Cases with one thing less, whose base rows still satisfy the constraints if they did.
fn smaller(case: &Case) -> Vec<Case> {
    let was_sound = is_sound(case);
    let mut candidates = Vec::new();
    for index in 0..case.changes.len() {
        let mut less = case.clone();
        less.changes.remove(index);
        candidates.push(less);
    }
    for index in 0..case.foreign_keys.len() {
        let mut less = case.clone();
        less.foreign_keys.remove(index);
        candidates.push(less);
    }
    for table in 0..case.tables.len() {
        for row in 0..case.tables[table].rows.len() {
            candidates.extend(without_row(case, table, row));
        }
        for key in 1..case.tables[table].keys.len() {
            let mut less = case.clone();
            let columns = sorted(&less.tables[table].keys.remove(key));
            let used = |fk: &super::case::KeyCase| fk.referenced == table && sorted(&fk.referenced_columns) == columns;
            if !less.foreign_keys.iter().any(used) {
                candidates.push(less);
            }
        }
    }
    for index in 0..case.changes.len() {
        let Change::Update { table, at, row } = &case.changes[index] else { continue };
        let before = &case.tables[*table].rows[*at];
        for column in (0..row.len()).filter(|column| row[*column] != before[*column]) {
            let mut less = case.clone();
            if let Change::Update { row, .. } = &mut less.changes[index] {
                row[column] = before[column];
            }
            candidates.push(less);
        }
    }
    candidates.retain(|candidate| !was_sound || is_sound(candidate));
    candidates
}

fn sorted(columns: &[usize]) -> Vec<usize> {
    let mut columns = columns.to_vec();
    columns.sort_unstable();
    columns
}

fn is_sound(case: &Case) -> bool {
    let tables: Vec<_> = case.tables.iter().map(|table| table.rows.clone()).collect();
    model::violations(case, &tables).is_empty()
}

/// The case without a row that no change means.
fn without_row(case: &Case, table: usize, row: usize) -> Option<Case> {
    let mut less = case.clone();
    less.tables[table].rows.remove(row);
    for change in less.changes.iter_mut().filter(|change| change.table() == table) {
        let Some(at) = change.at_mut() else { continue };
        if *at == row {
            return None;
        }
        *at -= usize::from(*at > row);
    }
    Some(less)
}
