//! The statements a session prepared last, for clients that send the same text again and again without keeping it prepared.
//!
//! What is known of a statement is found by its text, the types given for its parameters, and the settings it was prepared under.
//! Whether the catalog is still the same is looked at when it is bound again, as for every prepared statement.

use datafusion::arrow::datatypes::FieldRef;

use super::prepared::Prepared;

/// So many statements are kept, the last used ones.
const STATEMENTS_MAX: usize = 128;
/// So much text of theirs.
const TEXT_BYTES_MAX: usize = 512 << 10;

/// Statements by text.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The last used at the end.
    statements: Vec<Entry>,
    /// The number of changes of settings they were prepared after.
    settings: u64,
}

#[derive(Debug)]
struct Entry {
    given: Vec<Option<FieldRef>>,
    prepared: Prepared,
}

impl Known {
    /// The statement as it was prepared last, if that was under the same settings.
    pub fn find(&mut self, sql: &str, given: &[Option<FieldRef>], settings: u64) -> Option<Prepared> {
        if self.settings != settings {
            self.statements.clear();
            self.settings = settings;
        }
        let is_it = |entry: &Entry| entry.prepared.sql() == sql && entry.given == given;
        let found = self.statements.iter().rposition(is_it)?;
        self.statements[found..].rotate_left(1);
        self.statements.last().map(|entry| entry.prepared.clone())
    }

    /// Keeps a statement just prepared, in place of what was known of it.
    pub fn keep(&mut self, given: &[Option<FieldRef>], prepared: &Prepared) {
        if prepared.sql().len() > TEXT_BYTES_MAX {
            return;
        }
        self.statements.retain(|entry| entry.prepared.sql() != prepared.sql() || entry.given != given);
        self.statements.push(Entry { given: given.to_vec(), prepared: prepared.clone() });
        let mut bytes: usize = self.statements.iter().map(|entry| entry.prepared.sql().len()).sum();
        while self.statements.len() > STATEMENTS_MAX || bytes > TEXT_BYTES_MAX {
            bytes -= self.statements.remove(0).prepared.sql().len();
        }
    }
}
