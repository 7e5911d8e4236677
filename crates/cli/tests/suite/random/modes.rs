//! Which constraints are deferred before the last statement of a transaction, as the statements before it say.

use std::collections::{BTreeMap, BTreeSet};

use bowline::core::catalog::{Catalog, Characteristics};

use super::engines::Ending;

/// What SET CONSTRAINTS has said so far.
#[derive(Debug, Clone, Default)]
struct Modes {
    /// Of all constraints that were not named since.
    all: Option<bool>,
    named: BTreeMap<String, bool>,
}

/// The names of the constraints that are deferred; none outside a transaction, where the end of the statement judges all.
pub(super) fn deferred(transaction: &[(String, Ending)], catalog: &Catalog) -> BTreeSet<String> {
    let is_begun = transaction.first().is_some_and(|(text, _)| text == "BEGIN");
    let Some((_, earlier)) = transaction.split_last().filter(|_| is_begun) else { return BTreeSet::new() };
    let modes = modes(earlier);
    let keys = catalog.tables().flat_map(|table| &table.keys).map(|key| (&key.name, key.characteristics));
    let all = catalog.foreign_keys().map(|fk| (&fk.name, fk.characteristics)).chain(keys);
    all.filter(|(name, how)| modes.defers(name, *how)).map(|(name, _)| name.clone()).collect()
}

/// Statements that make the modes what they are, fit for a schema in which every constraint was declared anew.
pub(super) fn again(transaction: &[(String, Ending)], catalog: &Catalog) -> Vec<String> {
    let deferred = deferred(transaction, catalog);
    let mut statements = vec!["SET CONSTRAINTS ALL IMMEDIATE".to_owned()];
    statements.extend(deferred.into_iter().map(|name| format!("SET CONSTRAINTS {name} DEFERRED")));
    statements
}

impl Modes {
    fn defers(&self, name: &str, how: Characteristics) -> bool {
        how.deferrable && self.named.get(name).copied().or(self.all).unwrap_or(how.initially_deferred)
    }

    fn set(&mut self, names: &str, deferred: bool) {
        if names == "ALL" {
            *self = Modes { all: Some(deferred), named: BTreeMap::new() };
        } else {
            self.named.extend(names.split(", ").map(|name| (name.to_owned(), deferred)));
        }
    }
}

/// A savepoint brings back the modes that were in force when it was made.
fn modes(statements: &[(String, Ending)]) -> Modes {
    let mut now = Modes::default();
    let mut savepoints: Vec<(&str, Modes)> = Vec::new();
    let of = |savepoints: &[(&str, Modes)], name: &str| savepoints.iter().rposition(|(known, _)| *known == name);
    for (text, _) in statements.iter().filter(|(_, ending)| ending.succeeded()) {
        if let Some(name) = text.strip_prefix("SAVEPOINT ") {
            savepoints.push((name, now.clone()));
        } else if let Some(name) = text.strip_prefix("ROLLBACK TO SAVEPOINT ") {
            if let Some(place) = of(&savepoints, name) {
                savepoints.truncate(place + 1);
                now = savepoints[place].1.clone();
            }
        } else if let Some(name) = text.strip_prefix("RELEASE SAVEPOINT ") {
            savepoints.truncate(of(&savepoints, name).unwrap_or(savepoints.len()));
        } else if let Some((names, mode)) = text.strip_prefix("SET CONSTRAINTS ").and_then(|rest| rest.rsplit_once(' '))
        {
            now.set(names, mode == "DEFERRED");
        }
    }
    now
}
