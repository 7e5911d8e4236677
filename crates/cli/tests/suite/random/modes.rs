//! Which constraints are deferred before the last statement of a transaction, as the statements before it say.

use std::collections::{BTreeMap, BTreeSet};

use bowline::core::catalog::{Catalog, Characteristics};

use super::engines::Ending;

/// How a savepoint brings back the modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Back {
    /// It brings back those that were in force when it was made.
    Always,
    /// As PostgreSQL: it forgets them when SET CONSTRAINTS was said only in savepoints after it that were released.
    UnlessReleased,
}

/// What SET CONSTRAINTS has said so far.
#[derive(Debug, Clone, Default)]
struct Modes {
    /// Of all constraints that were not named since.
    all: Option<bool>,
    named: BTreeMap<String, bool>,
}

/// The names of the constraints that are deferred; none outside a transaction, where the end of the statement judges all.
pub(super) fn deferred(transaction: &[(String, Ending)], catalog: &Catalog) -> BTreeSet<String> {
    deferred_if(transaction, catalog, Back::Always)
}

/// Statements after which PostgreSQL has the modes that savepoints ought to have brought back; none where it has them.
pub(super) fn mended(transaction: &[(String, Ending)], catalog: &Catalog) -> Vec<String> {
    let there = deferred_if(transaction, catalog, Back::UnlessReleased);
    let wanted = deferred(transaction, catalog);
    let immediate = there.difference(&wanted).map(|name| format!("SET CONSTRAINTS {name} IMMEDIATE"));
    immediate.chain(wanted.difference(&there).map(|name| format!("SET CONSTRAINTS {name} DEFERRED"))).collect()
}

fn deferred_if(transaction: &[(String, Ending)], catalog: &Catalog, back: Back) -> BTreeSet<String> {
    let is_begun = transaction.first().is_some_and(|(text, _)| text == "BEGIN");
    let Some((_, earlier)) = transaction.split_last().filter(|_| is_begun) else { return BTreeSet::new() };
    let modes = modes(earlier, back);
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

/// The modes after these statements of a transaction.
fn modes(statements: &[(String, Ending)], back: Back) -> Modes {
    let mut now = Modes::default();
    // With what each brings back: PostgreSQL notes it at the first SET CONSTRAINTS after it.
    let mut savepoints: Vec<(&str, Option<Modes>)> = Vec::new();
    let of =
        |savepoints: &[(&str, Option<Modes>)], name: &str| savepoints.iter().rposition(|(known, _)| *known == name);
    for (text, _) in statements.iter().filter(|(_, ending)| ending.succeeded()) {
        if let Some(name) = text.strip_prefix("SAVEPOINT ") {
            savepoints.push((name, (back == Back::Always).then(|| now.clone())));
        } else if let Some(name) = text.strip_prefix("ROLLBACK TO SAVEPOINT ") {
            let Some(place) = of(&savepoints, name) else { continue };
            // Each one that ends brings back its own, the innermost first.
            for (_, noted) in savepoints.drain(place + 1..).rev() {
                now = noted.unwrap_or(now);
            }
            now = savepoints[place].1.clone().unwrap_or(now);
            if back == Back::UnlessReleased {
                savepoints[place].1 = None;
            }
        } else if let Some(name) = text.strip_prefix("RELEASE SAVEPOINT ") {
            savepoints.truncate(of(&savepoints, name).unwrap_or(savepoints.len()));
        } else if let Some((names, mode)) = text.strip_prefix("SET CONSTRAINTS ").and_then(|rest| rest.rsplit_once(' '))
        {
            if let Some((_, noted)) = savepoints.last_mut() {
                noted.get_or_insert_with(|| now.clone());
            }
            now.set(names, mode == "DEFERRED");
        }
    }
    now
}
