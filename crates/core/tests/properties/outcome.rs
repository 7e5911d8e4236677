//! What a change comes to, as plain data: said by the model and by `close` alike, and compared exactly.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Row;

/// The keys of a violation are compared up to this many.
pub const KEYS_COMPARED: usize = 8;

/// What a change comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The rows of every table, sorted; or every violation.
    pub result: Result<Vec<Vec<Row>>, BTreeSet<Fact>>,
    /// What happened, by node of the trace; nodes in which nothing did are left out.
    pub nodes: BTreeMap<Node, Counts>,
    /// What became of the rows of each table, each once: the trace's totals.
    pub totals: Vec<Counts>,
}

/// A node of a trace: the table of its root, and the steps from there: which foreign key, and whether by an update.
pub type Node = (usize, Vec<(usize, bool)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub inserted: u64,
    pub deleted: u64,
    pub updated: u64,
}

/// A violation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    pub kind: Kind,
    /// How many different keys.
    pub distinct: usize,
    /// All of them, unless they are too many.
    pub keys: BTreeSet<Row>,
    /// How many rows offend.
    pub rows: u64,
}

/// What is violated. Tables, columns and keys by number, foreign keys by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Null(usize, usize),
    Duplicate(usize, usize),
    /// By deletion, or by update.
    Restrict(usize, bool),
    TwoValues(usize, usize, [usize; 2]),
    Missing(usize),
    PartlyNull(usize),
    StillReferenced(usize, bool),
    /// A row that nothing explains.
    Unexplained(usize),
}

impl Fact {
    pub fn new(kind: Kind, keys: impl IntoIterator<Item = Row>, rows: u64) -> Fact {
        let keys: BTreeSet<Row> = keys.into_iter().collect();
        let distinct = keys.len();
        Fact { kind, distinct, keys: if distinct > KEYS_COMPARED { BTreeSet::new() } else { keys }, rows }
    }
}

impl Kind {
    pub fn sqlstate(&self) -> &'static str {
        match self {
            Kind::Null(..) => "23502",
            Kind::Duplicate(..) => "23505",
            Kind::Restrict(..) => "23001",
            Kind::TwoValues(..) => "27000",
            Kind::Missing(_) | Kind::PartlyNull(_) | Kind::StillReferenced(..) | Kind::Unexplained(_) => "23503",
        }
    }
}

impl Outcome {
    /// The SQLSTATEs of a refusal.
    pub fn states(&self) -> BTreeSet<&'static str> {
        self.result.as_ref().err().into_iter().flatten().map(|fact| fact.kind.sqlstate()).collect()
    }

    /// Rows that actions deleted or wrote to, as the nodes count them.
    pub fn by_actions(&self) -> u64 {
        self.nodes.iter().filter(|((_, path), _)| !path.is_empty()).map(|(_, n)| n.deleted + n.updated).sum()
    }
}
