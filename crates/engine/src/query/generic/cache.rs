//! Which statements a session has a generic plan for.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use bowline_core::catalog::Catalog;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::Statement;
use parking_lot::Mutex;

use super::super::view::StatementTable;
use super::lease::Lease;
use super::plan::GenericPlan;

/// So many statements have a plan, the last used ones.
const PLANS_MAX: usize = 128;
/// So many statements are remembered that came once.
const SEEN_MAX: usize = 512;
/// So many plans are kept of one statement, for executions at the same time and for values that planning has to know.
const PLANS_OF_ONE_MAX: usize = 4;
/// A statement whose generic plans did not fit the rows so often gets no other. A table that grows takes fewer.
const MISFITS_MAX: u8 = 16;

/// How the queries of a session were planned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanCounts {
    /// Runs by a plan made for their values alone.
    pub custom: u64,
    /// Runs by a plan that was there.
    pub generic: u64,
    /// Runs of statements that were planned before and evaluated in place, without the operators of a plan.
    pub in_place: u64,
}

/// What a query is run by.
#[derive(Debug, Clone, Copy)]
pub(in crate::query) enum RunBy {
    Custom,
    Generic,
    InPlace,
}

/// The generic plans of one session.
#[derive(Debug, Default)]
pub(in crate::query) struct PlanCache(Mutex<Plans>);

#[derive(Debug, Default)]
struct Plans {
    counts: PlanCounts,
    /// What the plans were made for.
    catalog: Option<Arc<Catalog>>,
    settings: u64,
    /// Statements that came once, by their hashes, the last at the end.
    seen: VecDeque<u64>,
    /// The last used at the end.
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    hash: u64,
    statement: Statement,
    types: Vec<DataType>,
    given: Vec<(String, SchemaRef)>,
    plans: Vec<Arc<GenericPlan>>,
    misfits: u8,
}

/// A statement as it is looked for: its text does not matter, the types of its values do, and the columns of what it is given.
pub(in crate::query) struct Key<'s> {
    statement: &'s Statement,
    types: Vec<DataType>,
    given: &'s [StatementTable],
    hash: u64,
}

/// What there is for a statement.
pub(in crate::query) enum Found {
    /// Its generic plan.
    Plan(Lease),
    /// No plan; it comes again, so one is worth making.
    Wanted,
    /// No plan, and none is wanted.
    Nothing,
}

impl<'s> Key<'s> {
    pub fn new(statement: &'s Statement, values: &[ScalarValue], given: &'s [StatementTable]) -> Key<'s> {
        let types: Vec<DataType> = values.iter().map(ScalarValue::data_type).collect();
        let mut hasher = DefaultHasher::new();
        (statement, &types).hash(&mut hasher);
        for table in given {
            (&table.given.name().name, table.given.columns()).hash(&mut hasher);
        }
        Key { statement, types, given, hash: hasher.finish() }
    }

    fn is_of(&self, entry: &Entry) -> bool {
        let is_given = |(table, (name, columns)): (&StatementTable, &(String, SchemaRef))| {
            table.given.name().name == *name && table.given.columns() == columns
        };
        entry.hash == self.hash
            && entry.types == self.types
            && entry.given.len() == self.given.len()
            && self.given.iter().zip(&entry.given).all(is_given)
            && entry.statement == *self.statement
    }
}

impl PlanCache {
    /// What there is for a statement with these values. `settings`: the number of their changes so far.
    pub fn find(&self, key: &Key, values: &[ScalarValue], catalog: &Arc<Catalog>, settings: u64) -> Found {
        let mut plans = self.0.lock();
        if plans.settings != settings || plans.catalog.as_ref().is_none_or(|known| !Arc::ptr_eq(known, catalog)) {
            *plans = Plans { catalog: Some(catalog.clone()), settings, counts: plans.counts, ..Plans::default() };
        }
        match plans.position(key) {
            Some(at) => {
                plans.entries[at..].rotate_left(1);
                plans.entries.last_mut().expect("an entry was just put last").found(values)
            }
            None if plans.seen.contains(&key.hash) => Found::Wanted,
            None => {
                if plans.seen.len() == SEEN_MAX {
                    plans.seen.pop_front();
                }
                plans.seen.push_back(key.hash);
                Found::Nothing
            }
        }
    }

    /// How the session's queries were planned so far.
    pub fn counts(&self) -> PlanCounts {
        self.0.lock().counts
    }

    /// Counts a query that is run.
    pub fn count(&self, by: RunBy) {
        let counts = &mut self.0.lock().counts;
        *match by {
            RunBy::Custom => &mut counts.custom,
            RunBy::Generic => &mut counts.generic,
            RunBy::InPlace => &mut counts.in_place,
        } += 1;
    }

    /// Keeps a statement's plan; `None`: it can have none.
    pub fn keep(&self, key: Key, plan: Option<GenericPlan>) {
        let mut plans = self.0.lock();
        let misfits = if plan.is_some() { 0 } else { MISFITS_MAX };
        let made = plan.map(Arc::new);
        match plans.position(&key) {
            Some(at) => {
                let entry = &mut plans.entries[at];
                if made.is_some() && entry.plans.len() == PLANS_OF_ONE_MAX {
                    // Plans that come and go are not worth making.
                    entry.plans.remove(0);
                    entry.misfits += 1;
                }
                entry.plans.extend(made);
                entry.misfits = entry.misfits.max(misfits);
            }
            None => {
                if plans.entries.len() == PLANS_MAX {
                    plans.entries.remove(0);
                }
                let Key { statement, types, given, hash } = key;
                let given = given.iter().map(|table| (table.given.name().name.clone(), table.given.columns().clone()));
                let (statement, given) = (statement.clone(), given.collect());
                let made = made.into_iter().collect();
                plans.entries.push(Entry { hash, statement, types, given, plans: made, misfits });
            }
        }
    }

    /// The plan of a statement does not fit the rows there are.
    pub fn misfit(&self, key: &Key) {
        let mut plans = self.0.lock();
        if let Some(at) = plans.position(key) {
            let entry = &mut plans.entries[at];
            entry.plans.clear();
            entry.misfits += 1;
        }
    }
}

impl Entry {
    /// What there is for these values.
    fn found(&mut self, values: &[ScalarValue]) -> Found {
        self.plans.retain(|plan| !plan.is_spent());
        match self.plans.iter().rev().find_map(|plan| plan.leased(values)) {
            Some(lease) => Found::Plan(lease),
            None if self.plans.iter().any(|plan| !plan.has_page(values)) => Found::Nothing,
            None if self.misfits < MISFITS_MAX => Found::Wanted,
            None => Found::Nothing,
        }
    }
}

impl Plans {
    fn position(&self, key: &Key) -> Option<usize> {
        self.entries.iter().rposition(|entry| key.is_of(entry))
    }
}
