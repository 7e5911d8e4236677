//! Where sequences stand. A value once given is never given again, also after ROLLBACK.
//!
//! ```text
//!   nextval ─┬─ a sequence of the database ──────────────────────▶ Sequences: moved at once, for everyone
//!            ├─ made or restarted by this transaction ───────────▶ OwnSequences: moved in it, published by its commit
//!            ├─ of a temporary table ────────────────────────────▶ the session: moved at once, for it alone
//!            └─ in a statement that is only explained ───────────▶ a copy, dropped afterwards
//! ```
//!
//! Of a sequence of the database a session takes as many values at a time as its CACHE says, and gives them one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bowline_core::catalog::{Catalog, RelationName, Sequence, SequenceId};
use bowline_store::SequenceState;
use parking_lot::Mutex;

use crate::error::Error;
use crate::query::{SequenceAccess, SequenceName};
use crate::search_path;

/// The standings of all sequences of a database.
#[derive(Debug, Default)]
pub(crate) struct Sequences {
    inner: Mutex<Standings>,
}

#[derive(Debug, Default)]
struct Standings {
    states: BTreeMap<SequenceId, SequenceState>,
    /// Moved since the last commit.
    moved: BTreeSet<SequenceId>,
    /// Moved before it, and not known to be durable: it is being written, or that failed.
    saving: BTreeSet<SequenceId>,
    /// How often they were restarted, of those that were.
    restarts: BTreeMap<SequenceId, u64>,
}

impl Sequences {
    /// As recovered.
    pub fn new(states: BTreeMap<SequenceId, SequenceState>) -> Sequences {
        Sequences { inner: Mutex::new(Standings { states, ..Standings::default() }) }
    }

    /// The next `count` values, in order, and how many of the `more` after them were taken too: as many as there are before the
    /// sequence ends. Errors: 2200H when it ends before.
    pub fn next(&self, sequence: &Sequence, count: usize, more: u64) -> Result<(Vec<i64>, u64), Error> {
        let mut inner = self.inner.lock();
        let (values, mut state) = advanced(sequence, inner.standing(sequence), count)?;
        let more = more.min(left(sequence, state.last));
        state.last = after(sequence, state.last, more);
        inner.put(sequence.id, state);
        Ok((values, more))
    }

    /// How often a sequence was restarted: what was taken before is not given any more.
    pub fn restarts(&self, sequence: &Sequence) -> u64 {
        self.inner.lock().restarts.get(&sequence.id).copied().unwrap_or(0)
    }

    /// Sets where it stands.
    pub fn set(&self, sequence: &Sequence, state: SequenceState) {
        self.inner.lock().put(sequence.id, state);
    }

    /// Takes over what a transaction made and restarted, once its commit is durable.
    pub fn publish(&self, own: &OwnSequences) {
        let mut inner = self.inner.lock();
        for (id, state) in own.states() {
            inner.states.insert(id, state);
            *inner.restarts.entry(id).or_default() += 1;
        }
    }

    fn standing(&self, sequence: &Sequence) -> SequenceState {
        self.inner.lock().standing(sequence)
    }

    /// Begins to make standings durable. What was begun before and not ended by [`Sequences::saved`] is still to be done.
    pub fn begin_saving(&self) {
        let mut inner = self.inner.lock();
        let Standings { moved, saving, .. } = &mut *inner;
        moved.append(saving);
    }

    /// The standings that moved since this was asked last, to be made durable.
    pub fn take_moved(&self) -> BTreeMap<SequenceId, SequenceState> {
        let mut inner = self.inner.lock();
        let moved = std::mem::take(&mut inner.moved);
        inner.saving.extend(&moved);
        moved.into_iter().filter_map(|id| inner.states.get(&id).map(|state| (id, *state))).collect()
    }

    /// What was taken since [`Sequences::begin_saving`] is durable.
    pub fn saved(&self) {
        self.inner.lock().saving.clear();
    }

    /// Forgets the sequences that are not in the catalog any more.
    pub fn forget_dropped(&self, catalog: &Catalog) {
        let mut inner = self.inner.lock();
        inner.states.retain(|id, _| catalog.find_sequence(*id).is_some());
        inner.restarts.retain(|id, _| catalog.find_sequence(*id).is_some());
    }

    /// All standings.
    pub fn all(&self) -> BTreeMap<SequenceId, SequenceState> {
        self.inner.lock().states.clone()
    }
}

impl Standings {
    fn standing(&self, sequence: &Sequence) -> SequenceState {
        self.states.get(&sequence.id).copied().unwrap_or(at_start(sequence))
    }

    fn put(&mut self, id: SequenceId, state: SequenceState) {
        self.states.insert(id, state);
        self.moved.insert(id);
    }
}

/// Before the first value.
fn at_start(sequence: &Sequence) -> SequenceState {
    SequenceState { last: sequence.start, called: false }
}

/// The next `count` values after a standing, and the standing after them. Errors: 2200H when the sequence ends.
fn advanced(sequence: &Sequence, mut state: SequenceState, count: usize) -> Result<(Vec<i64>, SequenceState), Error> {
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        let value = if state.called { following(sequence, state.last)? } else { state.last };
        state = SequenceState { last: value, called: true };
        values.push(value);
    }
    Ok((values, state))
}

fn following(sequence: &Sequence, last: i64) -> Result<i64, Error> {
    let (up, name) = (sequence.increment > 0, &sequence.name.name);
    match within(sequence, last) {
        Some(next) => Ok(next),
        None if sequence.cycle => Ok(if up { sequence.min } else { sequence.max }),
        None => {
            let (end, value) = if up { ("maximum", sequence.max) } else { ("minimum", sequence.min) };
            Err(Error::new("2200H", format!("nextval: reached {end} value of sequence \"{name}\" ({value})"))
                .with_hint("Declare the sequence with CYCLE, or use a wider type."))
        }
    }
}

/// The value after another; `None` at the end.
fn within(sequence: &Sequence, last: i64) -> Option<i64> {
    last.checked_add(sequence.increment).filter(|next| (sequence.min..=sequence.max).contains(next))
}

/// How many values follow another before the sequence ends.
fn left(sequence: &Sequence, last: i64) -> u64 {
    let end = if sequence.increment > 0 { sequence.max } else { sequence.min };
    end.abs_diff(last) / sequence.increment.unsigned_abs()
}

/// The value so many steps after another, which the sequence has.
fn after(sequence: &Sequence, last: i64, steps: u64) -> i64 {
    let value = i128::from(last) + i128::from(sequence.increment) * i128::from(steps);
    i64::try_from(value).expect("a value of the sequence was believed to fit")
}

/// The sequences that stand in a transaction: those it made and those it restarted. A savepoint is a clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct OwnSequences {
    standings: BTreeMap<SequenceId, OwnStanding>,
    /// How many restarts there were in the transaction.
    restarts: u64,
}

#[derive(Debug, Clone, Copy)]
struct OwnStanding {
    state: SequenceState,
    /// The restart it counts from; 0 for a sequence the transaction made.
    restart: u64,
}

impl OwnSequences {
    pub fn is_empty(&self) -> bool {
        self.standings.is_empty()
    }

    /// Where they stand.
    pub fn states(&self) -> impl Iterator<Item = (SequenceId, SequenceState)> + '_ {
        self.standings.iter().map(|(id, own)| (*id, own.state))
    }

    /// Takes out those of temporary tables, and where they stand.
    pub fn take_temporary(&mut self) -> BTreeMap<SequenceId, SequenceState> {
        let states = self.states().filter(|(id, _)| id.is_temporary()).collect();
        self.standings.retain(|id, _| !id.is_temporary());
        states
    }

    /// Goes back to a savepoint: later restarts are undone. Values given since are not given again, as in the database.
    pub fn roll_back_to(&mut self, saved: &OwnSequences, catalog: &Catalog) {
        let goes_on = |id: &SequenceId, own: &mut OwnStanding| match saved.standings.get(id) {
            Some(saved) => saved.restart == own.restart,
            None => own.restart == 0 && catalog.find_sequence(*id).is_some(),
        };
        self.standings.retain(goes_on);
        for (id, own) in &saved.standings {
            self.standings.entry(*id).or_insert(*own);
        }
    }

    fn put(&mut self, id: SequenceId, state: SequenceState) {
        self.standings.entry(id).and_modify(|own| own.state = state).or_insert(OwnStanding { state, restart: 0 });
    }
}

/// The sequences as one session asks for them: by name in `nextval`, `currval`, `lastval` and `setval`, and behind defaults.
#[derive(Debug)]
pub(crate) struct SessionSequences {
    shared: Arc<Sequences>,
    inner: Mutex<SessionView>,
}

#[derive(Debug, Clone, Default)]
struct SessionView {
    /// In which the statement's names are meant.
    catalog: Arc<Catalog>,
    /// What the transaction started from: a sequence that is not in it stands in the transaction.
    base: Arc<Catalog>,
    own: OwnSequences,
    /// Whether every sequence is moved in `own` alone.
    detached: bool,
    given: BTreeMap<SequenceId, i64>,
    last: Option<i64>,
    /// The standings of the session's temporary sequences.
    temporary: BTreeMap<SequenceId, SequenceState>,
    /// Values taken from sequences of the database and not given yet.
    taken: BTreeMap<SequenceId, Taken>,
    /// Whether the session moved sequences of the database since its last commit.
    has_moved: bool,
}

/// Values a session took in advance.
#[derive(Debug, Clone)]
struct Taken {
    /// The sequence they were taken from, as it was then.
    sequence: Arc<Sequence>,
    restarts: u64,
    /// The value before the next one.
    last: i64,
    /// How many there are.
    left: u64,
}

impl SessionSequences {
    pub fn new(shared: Arc<Sequences>) -> SessionSequences {
        SessionSequences { shared, inner: Mutex::default() }
    }

    /// Starts a statement of a transaction that started from `base`, sees `catalog` and has sequences of its own.
    pub fn enter(&self, base: &Arc<Catalog>, catalog: &Arc<Catalog>, own: OwnSequences) {
        let mut inner = self.inner.lock();
        (inner.base, inner.catalog, inner.own) = (base.clone(), catalog.clone(), own);
    }

    /// Ends the statement; returns the transaction's own sequences.
    pub fn leave(&self) -> OwnSequences {
        std::mem::take(&mut self.inner.lock().own)
    }

    /// Does something after which every sequence, and `currval` and `lastval`, are as they were.
    pub fn foresee<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.inner.lock().clone();
        self.inner.lock().detached = true;
        let done = work();
        *self.inner.lock() = before;
        done
    }

    /// The next `count` values, in order. Errors: 2200H when the sequence ends.
    pub fn next_values(&self, sequence: &Sequence, count: usize) -> Result<Vec<i64>, Error> {
        let mut inner = self.inner.lock();
        let mut values = inner.taken_ahead(sequence, count, &self.shared);
        let count = count - values.len();
        let next = match inner.own_standing(sequence, &self.shared) {
            _ if count == 0 => Vec::new(),
            None if sequence.id.is_temporary() => {
                let (values, state) = advanced(sequence, inner.temporary_standing(sequence), count)?;
                inner.temporary.insert(sequence.id, state);
                values
            }
            None => inner.take(sequence, count, &self.shared)?,
            Some(standing) => {
                let (values, state) = advanced(sequence, standing, count)?;
                inner.own.put(sequence.id, state);
                values
            }
        };
        values.extend(next);
        if let Some(value) = values.last() {
            inner.given.insert(sequence.id, *value);
            inner.last = Some(*value);
        }
        Ok(values)
    }

    /// Starts it again, at its first value, as part of the transaction: rolled back with it, seen by others after its commit.
    pub fn restart(&self, sequence: &Sequence) {
        self.restart_at(sequence, sequence.start);
    }

    /// Starts it again so that the next value is `first`, which must lie within its bounds.
    pub fn restart_at(&self, sequence: &Sequence, first: i64) {
        let mut inner = self.inner.lock();
        inner.own.restarts += 1;
        let state = SequenceState { last: first, called: false };
        let standing = OwnStanding { state, restart: inner.own.restarts };
        inner.own.standings.insert(sequence.id, standing);
    }

    /// Whether the session moved sequences of the database, which may not be durable yet.
    pub fn have_moved(&self) -> bool {
        self.inner.lock().has_moved
    }

    /// What the session moved is durable.
    pub fn saved(&self) {
        self.inner.lock().has_moved = false;
    }

    /// Forgets what the session was given: `DISCARD SEQUENCES`.
    pub fn forget(&self) {
        let mut inner = self.inner.lock();
        (inner.given, inner.last, inner.taken) = (BTreeMap::new(), None, BTreeMap::new());
    }

    /// Takes over where temporary sequences stand that a committed transaction made or restarted.
    pub fn keep_temporary(&self, states: BTreeMap<SequenceId, SequenceState>) {
        self.inner.lock().temporary.extend(states);
    }

    fn find(&self, name: &SequenceName) -> Result<Arc<Sequence>, Error> {
        let catalog = self.inner.lock().catalog.clone();
        let name = &match &name.schema {
            Some(schema) => RelationName::new(schema, &name.name),
            None => search_path::on_path(&catalog, &name.name),
        };
        let found = catalog.sequence_named(name).cloned();
        found.ok_or_else(|| {
            Error::new("42P01", format!("relation \"{name}\" does not exist")).with_hint("No sequence has that name.")
        })
    }
}

impl SessionView {
    /// Up to `count` of the values taken in advance, unless the sequence is another one by now.
    fn taken_ahead(&mut self, sequence: &Sequence, count: usize, shared: &Sequences) -> Vec<i64> {
        let Some(taken) = self.taken.get_mut(&sequence.id) else { return Vec::new() };
        let restarted = self.own.standings.contains_key(&sequence.id) || taken.restarts != shared.restarts(sequence);
        if restarted || *taken.sequence != *sequence {
            self.taken.remove(&sequence.id);
            return Vec::new();
        }
        let given = taken.left.min(count as u64);
        let values = (1..=given).map(|step| after(sequence, taken.last, step)).collect();
        (taken.last, taken.left) = (after(sequence, taken.last, given), taken.left - given);
        if taken.left == 0 {
            self.taken.remove(&sequence.id);
        }
        values
    }

    /// The next `count` values of a sequence of the database; what its CACHE takes beyond them is kept. Errors: 2200H.
    fn take(&mut self, sequence: &Sequence, count: usize, shared: &Sequences) -> Result<Vec<i64>, Error> {
        let cache = sequence.cache.unsigned_abs();
        let more = (count as u64).checked_next_multiple_of(cache).unwrap_or(u64::MAX) - count as u64;
        let restarts = shared.restarts(sequence);
        let (values, left) = shared.next(sequence, count, more)?;
        self.has_moved = true;
        if let Some(last) = values.last().filter(|_| left > 0) {
            let taken = Taken { sequence: Arc::new(sequence.clone()), restarts, last: *last, left };
            self.taken.insert(sequence.id, taken);
        }
        Ok(values)
    }

    /// Where a sequence stands that is moved in the transaction alone; `None` for one of the database.
    fn own_standing(&self, sequence: &Sequence, shared: &Sequences) -> Option<SequenceState> {
        match self.own.standings.get(&sequence.id) {
            Some(own) => Some(own.state),
            None if self.base.find_sequence(sequence.id).is_none() => Some(at_start(sequence)),
            None if !self.detached => None,
            None if sequence.id.is_temporary() => Some(self.temporary_standing(sequence)),
            None => Some(shared.standing(sequence)),
        }
    }

    fn temporary_standing(&self, sequence: &Sequence) -> SequenceState {
        self.temporary.get(&sequence.id).copied().unwrap_or(at_start(sequence))
    }
}

impl SequenceAccess for SessionSequences {
    fn creation_schema(&self) -> Option<String> {
        self.inner.lock().catalog.creation_schema().map(str::to_owned)
    }

    fn next(&self, name: &SequenceName) -> Result<i64, Error> {
        let sequence = self.find(name)?;
        Ok(self.next_values(&sequence, 1)?[0])
    }

    fn current(&self, name: &SequenceName) -> Result<i64, Error> {
        let sequence = self.find(name)?;
        let given = self.inner.lock().given.get(&sequence.id).copied();
        given.ok_or_else(|| {
            Error::new("55000", format!("currval of sequence \"{}\" is not yet defined in this session", sequence.name))
                .with_hint("Call nextval first.")
        })
    }

    fn last(&self) -> Result<i64, Error> {
        let last = self.inner.lock().last;
        last.ok_or_else(|| {
            Error::new("55000", "lastval is not yet defined in this session").with_hint("Call nextval first.")
        })
    }

    fn standings(&self) -> BTreeMap<SequenceId, SequenceState> {
        let mut standings = self.shared.all();
        let inner = self.inner.lock();
        standings.extend(inner.temporary.iter().map(|(id, state)| (*id, *state)));
        standings.extend(inner.own.states());
        standings
    }

    fn set(&self, name: &SequenceName, value: i64, called: bool) -> Result<(), Error> {
        let sequence = self.find(name)?;
        if value < sequence.min || value > sequence.max {
            let bounds = format!("({}..{})", sequence.min, sequence.max);
            let message = format!("setval: value {value} is out of bounds for sequence \"{}\" {bounds}", name.name);
            return Err(Error::new("22003", message).with_hint("Give a value within the bounds."));
        }
        let state = SequenceState { last: value, called };
        let mut inner = self.inner.lock();
        inner.taken.remove(&sequence.id);
        match inner.own_standing(&sequence, &self.shared) {
            None if sequence.id.is_temporary() => {
                inner.temporary.insert(sequence.id, state);
            }
            None => {
                self.shared.set(&sequence, state);
                inner.has_moved = true;
            }
            Some(_) => inner.own.put(sequence.id, state),
        }
        if called {
            inner.given.insert(sequence.id, value);
        }
        Ok(())
    }
}
