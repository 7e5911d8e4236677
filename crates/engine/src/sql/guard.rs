//! `max_cascaded_rows`: refuses a statement whose referential actions would touch more rows than the session allows.
//!
//! ```text
//!   closed delta, its trace ──▶ rows touched by actions, each once ── more than the limit? ──▶ 54000, the tree in the detail
//! ```
//!
//! The limit is on what the actions do, not on what the statement names: a DELETE of all rows of a table that nothing references is
//! never refused by it.

use bowline_core::catalog::TableId;
use bowline_core::integrity::Trace;

use super::scope::Scope;
use super::trace_tree::{TraceTree, noun, plural, titles};
use crate::error::Error;

/// The setting's name.
pub(crate) const MAX_CASCADED_ROWS: &str = "max_cascaded_rows";

/// More rows than the limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exceeded {
    count: u64,
    limit: u64,
}

/// Judges how many rows referential actions touch; `count` is asked only where there is a limit.
pub(super) fn exceeded(scope: &Scope, count: impl FnOnce() -> u64) -> Option<Exceeded> {
    let limit = scope.settings.get(MAX_CASCADED_ROWS)?.parse().ok()?;
    let count = count();
    (count > limit).then_some(Exceeded { count, limit })
}

/// Judges what a write does through its constraints. `deeds`: what its parts do to which table. Errors: 54000.
pub(super) fn check(scope: &Scope, trace: &Trace, deeds: &[(TableId, &'static str)]) -> Result<(), Error> {
    // Few statements reach another table, and only those ask the settings.
    if trace.nodes().all(|(_, node)| node.through.is_none()) {
        return Ok(());
    }
    let Some(exceeded) = exceeded(scope, || trace.cascaded_rows()) else { return Ok(()) };
    let titles = titles(scope.catalog(), deeds);
    let tree = TraceTree { titles: &titles, trace, gone: "deleted", chain: &Default::default() };
    Err(exceeded.error(noun(deeds), &tree.lines()).with_hint(exceeded.hint("with EXPLAIN first")))
}

impl Exceeded {
    /// What is wrong, for a statement of this kind.
    pub fn headline(self, noun: &str) -> String {
        let Exceeded { count, limit } = self;
        let rows = plural("row", count);
        format!(
            "referential actions of this {noun} would touch {count} {rows}, more than {MAX_CASCADED_ROWS} ({limit})"
        )
    }

    /// 54000, with the tree of what would be done.
    pub fn error(self, noun: &str, tree: &[String]) -> Error {
        Error::new("54000", self.headline(noun)).with_detail(format!("It would do this:\n{}", tree.join("\n")))
    }

    /// How to go on; `seen` says how it can be looked at.
    pub fn hint(self, seen: &str) -> String {
        format!("Look at it {seen}; if it is meant, SET {MAX_CASCADED_ROWS} = {}.", self.count)
    }
}
