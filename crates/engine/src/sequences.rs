//! Where sequences stand. Not transactional: a value once given is never given again, also after ROLLBACK.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bowline_core::catalog::{Catalog, RelationName, Sequence, SequenceId};
use bowline_store::SequenceState;
use parking_lot::Mutex;

use crate::error::Error;
use crate::query::SequenceAccess;

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
}

impl Sequences {
    /// As recovered.
    pub fn new(states: BTreeMap<SequenceId, SequenceState>) -> Sequences {
        Sequences { inner: Mutex::new(Standings { states, moved: BTreeSet::new() }) }
    }

    /// The next `count` values, in order. Errors: 2200H when the sequence ends.
    pub fn next(&self, sequence: &Sequence, count: usize) -> Result<Vec<i64>, Error> {
        let mut inner = self.inner.lock();
        let mut state = inner.standing(sequence);
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            let value = if state.called { following(sequence, state.last)? } else { state.last };
            state = SequenceState { last: value, called: true };
            values.push(value);
        }
        inner.put(sequence.id, state);
        Ok(values)
    }

    /// Sets where it stands. Errors: 22003 outside its bounds.
    pub fn set(&self, sequence: &Sequence, last: i64, called: bool) -> Result<(), Error> {
        if last < sequence.min || last > sequence.max {
            let name = &sequence.name.name;
            let bounds = format!("({}..{})", sequence.min, sequence.max);
            return Err(Error::new(
                "22003",
                format!("setval: value {last} is out of bounds for sequence \"{name}\" {bounds}"),
            ));
        }
        self.inner.lock().put(sequence.id, SequenceState { last, called });
        Ok(())
    }

    /// Whether any moved since they were last made durable.
    pub fn have_moved(&self) -> bool {
        !self.inner.lock().moved.is_empty()
    }

    /// The standings that moved since this was asked last, to be made durable.
    pub fn take_moved(&self) -> BTreeMap<SequenceId, SequenceState> {
        let mut inner = self.inner.lock();
        let moved = std::mem::take(&mut inner.moved);
        moved.into_iter().filter_map(|id| inner.states.get(&id).map(|state| (id, *state))).collect()
    }

    /// All standings.
    pub fn all(&self) -> BTreeMap<SequenceId, SequenceState> {
        self.inner.lock().states.clone()
    }
}

impl Standings {
    fn standing(&self, sequence: &Sequence) -> SequenceState {
        self.states.get(&sequence.id).copied().unwrap_or(SequenceState { last: sequence.start, called: false })
    }

    fn put(&mut self, id: SequenceId, state: SequenceState) {
        self.states.insert(id, state);
        self.moved.insert(id);
    }
}

fn following(sequence: &Sequence, last: i64) -> Result<i64, Error> {
    let next = last.checked_add(sequence.increment).filter(|next| (sequence.min..=sequence.max).contains(next));
    let (up, name) = (sequence.increment > 0, &sequence.name.name);
    match next {
        Some(next) => Ok(next),
        None if sequence.cycle => Ok(if up { sequence.min } else { sequence.max }),
        None => {
            let (end, value) = if up { ("maximum", sequence.max) } else { ("minimum", sequence.min) };
            Err(Error::new("2200H", format!("nextval: reached {end} value of sequence \"{name}\" ({value})"))
                .with_hint("Declare the sequence with CYCLE, or use a wider type."))
        }
    }
}

/// The sequences as one session asks for them, by name: `nextval`, `currval`, `lastval`, `setval`.
#[derive(Debug)]
pub(crate) struct SessionSequences {
    shared: Arc<Sequences>,
    inner: Mutex<SessionView>,
}

#[derive(Debug, Default)]
struct SessionView {
    catalog: Arc<Catalog>,
    given: BTreeMap<SequenceId, i64>,
    last: Option<i64>,
}

impl SessionSequences {
    pub fn new(shared: Arc<Sequences>) -> SessionSequences {
        SessionSequences { shared, inner: Mutex::default() }
    }

    /// The catalog in which the next statement's names are meant.
    pub fn enter(&self, catalog: Arc<Catalog>) {
        self.inner.lock().catalog = catalog;
    }

    fn find(&self, name: &RelationName) -> Result<Arc<Sequence>, Error> {
        let found = self.inner.lock().catalog.sequence_named(name).cloned();
        found.ok_or_else(|| {
            Error::new("42P01", format!("relation \"{name}\" does not exist")).with_hint("No sequence has that name.")
        })
    }
}

impl SequenceAccess for SessionSequences {
    fn next(&self, name: &RelationName) -> Result<i64, Error> {
        let sequence = self.find(name)?;
        let value = self.shared.next(&sequence, 1)?[0];
        let mut inner = self.inner.lock();
        inner.given.insert(sequence.id, value);
        inner.last = Some(value);
        Ok(value)
    }

    fn current(&self, name: &RelationName) -> Result<i64, Error> {
        let sequence = self.find(name)?;
        let given = self.inner.lock().given.get(&sequence.id).copied();
        given.ok_or_else(|| {
            Error::new("55000", format!("currval of sequence \"{name}\" is not yet defined in this session"))
                .with_hint("Call nextval first.")
        })
    }

    fn last(&self) -> Result<i64, Error> {
        let last = self.inner.lock().last;
        last.ok_or_else(|| {
            Error::new("55000", "lastval is not yet defined in this session").with_hint("Call nextval first.")
        })
    }

    fn set(&self, name: &RelationName, value: i64, called: bool) -> Result<(), Error> {
        let sequence = self.find(name)?;
        self.shared.set(&sequence, value, called)?;
        if called {
            self.inner.lock().given.insert(sequence.id, value);
        }
        Ok(())
    }
}
