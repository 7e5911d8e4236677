//! Foreign keys: which columns point at which key, and what happens when the key goes or changes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Characteristics, ColumnId, ConstraintId, TableId};

/// How NULLs among the referencing columns count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MatchType {
    /// Any NULL satisfies the constraint.
    #[default]
    Simple,
    /// All NULL, or none and a match.
    Full,
    /// The columns that are not NULL must match some referenced row.
    Partial,
}

/// What happened to a referenced key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Event {
    /// Its row was deleted.
    Delete,
    /// Its row was updated and the key changed.
    Update,
}

/// What is done about the referencing rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ReferentialAction {
    /// Refused at the end of the statement (or at commit) if rows still reference the key.
    #[default]
    NoAction,
    /// Refused at once if rows reference the key.
    Restrict,
    /// Deleted too, or changed to the new key.
    Cascade,
    /// Referencing columns become NULL.
    SetNull,
    /// Referencing columns become their defaults.
    SetDefault,
}

/// A delete rule or update rule: the action, and the columns SET NULL and SET DEFAULT write.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rule {
    /// The referential action chosen for the event.
    pub action: ReferentialAction,
    /// `SET NULL (columns)` / `SET DEFAULT (columns)`; empty means all referencing columns.
    pub columns: Vec<ColumnId>,
}

/// A foreign key: `table (columns)` references `referenced_table (referenced_columns)`, paired in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Unique in the catalog.
    pub id: ConstraintId,
    /// Unique among the constraints of the referencing table.
    pub name: String,
    /// The referencing table.
    pub table: TableId,
    /// The referencing columns.
    pub columns: Vec<ColumnId>,
    /// The referenced table.
    pub referenced_table: TableId,
    /// The referenced columns, paired with `columns`; a permutation of the candidate key's columns.
    pub referenced_columns: Vec<ColumnId>,
    /// The candidate key of the referenced table that is meant.
    pub referenced_key: ConstraintId,
    /// How NULLs count.
    pub match_type: MatchType,
    /// The delete rule.
    pub on_delete: Rule,
    /// The update rule.
    pub on_update: Rule,
    /// When it is judged.
    pub characteristics: Characteristics,
    /// False for NOT VALID: rows from before the declaration were not checked.
    pub validated: bool,
    /// False for NOT ENFORCED: never judged by writes.
    pub enforced: bool,
    /// From `COMMENT ON CONSTRAINT`.
    pub comment: Option<String>,
}

impl ForeignKey {
    /// Whether it references its own table.
    pub fn is_self_referencing(&self) -> bool {
        self.table == self.referenced_table
    }

    /// The rule for an event.
    pub fn rule(&self, event: Event) -> &Rule {
        match event {
            Event::Delete => &self.on_delete,
            Event::Update => &self.on_update,
        }
    }

    /// The columns a SET NULL or SET DEFAULT of this event writes.
    pub fn columns_set(&self, event: Event) -> &[ColumnId] {
        let listed = &self.rule(event).columns;
        if listed.is_empty() { &self.columns } else { listed }
    }
}

impl fmt::Display for ReferentialAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        })
    }
}

impl fmt::Display for MatchType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Simple => "SIMPLE",
            Self::Full => "FULL",
            Self::Partial => "PARTIAL",
        })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Delete => "delete",
            Self::Update => "update",
        })
    }
}
