//! A random statement: its text in pieces, so that it can be made smaller without knowing its grammar.

/// A statement as `head item, item, item tail`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    /// What the counts call it.
    pub(super) kind: &'static str,
    head: String,
    items: Vec<String>,
    /// Stands between items.
    between: &'static str,
    tail: String,
}

impl Statement {
    /// A statement that cannot be made smaller.
    pub(super) fn whole(kind: &'static str, text: impl Into<String>) -> Statement {
        Statement { kind, head: text.into(), items: Vec::new(), between: "", tail: String::new() }
    }

    /// A statement with a list in it, of which items may be left out.
    pub(super) fn listing(
        kind: &'static str,
        head: impl Into<String>,
        items: Vec<String>,
        tail: impl Into<String>,
    ) -> Statement {
        Statement { kind, head: head.into(), items, between: ", ", tail: tail.into() }
    }

    /// A statement of branches one after the other, of which some may be left out.
    pub(super) fn chain(
        kind: &'static str,
        head: impl Into<String>,
        items: Vec<String>,
        tail: impl Into<String>,
    ) -> Statement {
        Statement { kind, head: head.into(), items, between: " ", tail: tail.into() }
    }

    /// The same statement with more at its end.
    pub(super) fn ending(mut self, more: String) -> Statement {
        self.tail.push_str(&more);
        self
    }

    /// As SQL, without a semicolon.
    pub(super) fn text(&self) -> String {
        format!("{}{}{}", self.head, self.items.join(self.between), self.tail)
    }

    /// The same statement with one item less, for each item; none where there is one item or no list.
    pub(super) fn smaller(&self) -> Vec<Statement> {
        if self.items.len() < 2 {
            return Vec::new();
        }
        let without = |position: usize| {
            let mut smaller = self.clone();
            smaller.items.remove(position);
            smaller
        };
        (0..self.items.len()).map(without).collect()
    }
}
