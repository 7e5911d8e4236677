//! `MATCH PARTIAL`: the columns of a referencing row that are not NULL must match some referenced row.
//!
//! ```text
//!   (1, 2)     all columns        ─┐
//!   (1, NULL)  the first alone     ├─ a part each: its own key shape on both sides, one question each
//!   (NULL, 2)  the second alone   ─┘
//! ```
//!
//! A referencing row may match several referenced rows. An action reaches it when it has lost the last of them: the delete
//! rule when all are deleted, the update rule when all are deleted or changed and at least one is changed. What it matches
//! is looked up in the rows as the statement leaves them, and in the before images of what the statement updates.
//! Cost: one question for each pattern of NULLs that occurs, over distinct keys.

use std::collections::BTreeSet;

use arrow::array::{ArrayRef, BooleanArray, UInt32Array};
use arrow::compute::kernels::cmp::distinct;
use arrow::compute::{concat, take};
use roaring::RoaringTreemap;

use super::actions::Actions;
use super::edge::Edge;
use super::reached::Reached;
use crate::catalog::{Event, MatchType, ReferentialAction};
use crate::rows::{KeyForm, KeyIndex, KeyShape, Keys, NullPattern, RowsError, TableRows, Update};

/// The columns of a key in which some referencing rows hold values, all others being NULL.
pub(super) struct Part {
    /// Which columns, as positions in the constraint's lists.
    pub positions: Vec<usize>,
    pub referencing: KeyShape,
    pub referenced: KeyShape,
}

/// Rows by the distinct keys they hold in a part.
pub(super) struct Holders {
    pub rows: Vec<u64>,
    /// For each row, which of the keys.
    key_of: Vec<u32>,
    keys: Keys,
}

impl Edge {
    pub fn is_partial(&self) -> bool {
        self.foreign_key.match_type == MatchType::Partial
    }

    /// The part that a pattern means; none where all columns are NULL, which satisfies the constraint.
    pub fn part(&self, pattern: &NullPattern) -> Option<Part> {
        let fk = &self.foreign_key;
        let positions: Vec<usize> = (0..pattern.len()).filter(|position| pattern[*position]).collect();
        let referencing: Vec<_> = positions.iter().map(|position| fk.columns[*position]).collect();
        let referenced: Vec<_> = positions.iter().map(|position| fk.referenced_columns[*position]).collect();
        let absent = (0..pattern.len()).filter(|position| !pattern[*position]).map(|position| fk.columns[position]);
        if positions.is_empty() {
            return None;
        }
        let form = KeyForm::joining(&self.table.column_types(&referencing), &self.referenced.column_types(&referenced));
        Some(Part {
            referencing: KeyShape { absent: absent.collect(), ..KeyShape::new(referencing, form.clone()) },
            referenced: KeyShape::new(referenced, form),
            positions,
        })
    }

    /// The parts that referencing rows hold.
    pub fn parts(&self, referencing: &TableRows) -> Result<Vec<Part>, RowsError> {
        let patterns = referencing.patterns(&self.table, &self.foreign_key.columns)?;
        Ok(patterns.iter().filter_map(|pattern| self.part(pattern)).collect())
    }
}

impl Part {
    /// Its columns among all columns of the key.
    pub fn pick(&self, columns: &[ArrayRef]) -> Vec<ArrayRef> {
        self.positions.iter().map(|position| columns[*position].clone()).collect()
    }

    /// The keys of its columns.
    pub fn keys(&self, columns: &[ArrayRef]) -> Result<Keys, RowsError> {
        Ok(Keys::new(&self.referenced.form, &self.pick(columns))?)
    }

    /// The referencing rows of this part that match one of these referenced keys. `columns`: all columns of the keys.
    pub fn holders(
        &self,
        edge: &Edge,
        referencing: &TableRows,
        columns: &[ArrayRef],
        wanted: impl Fn(u64) -> bool,
    ) -> Result<Holders, RowsError> {
        let matches = referencing.matching(&edge.table, &self.referencing, &self.keys(columns)?)?;
        let rows: BTreeSet<u64> = matches.rows.into_iter().filter(|row| wanted(*row)).collect();
        let rows: Vec<u64> = rows.into_iter().collect();
        let held = referencing.fetch(&edge.table, &rows, &self.referencing.columns)?;
        let keys = Keys::new(&self.referencing.form, &held)?;
        let mut key_of = vec![0; rows.len()];
        let mut firsts: Vec<u32> = Vec::new();
        for position in keys.sorted_positions() {
            if firsts.last().is_none_or(|first| !keys.equal(*first as usize, &keys, position as usize)) {
                firsts.push(position);
            }
            key_of[position as usize] = firsts.len() as u32 - 1;
        }
        let firsts = UInt32Array::from(firsts);
        let distinct = held.iter().map(|column| take(column, &firsts, None)).collect::<Result<Vec<_>, _>>()?;
        Ok(Holders { rows, key_of, keys: Keys::new(&self.referencing.form, &distinct)? })
    }
}

impl Holders {
    /// The rows whose key no row of `referenced` matches.
    pub fn unmatched(self, edge: &Edge, part: &Part, referenced: &TableRows) -> Result<Vec<u64>, RowsError> {
        let missing: BTreeSet<u32> =
            referenced.missing(&edge.referenced, &part.referenced, &self.keys)?.into_iter().collect();
        Ok(self
            .rows
            .into_iter()
            .zip(self.key_of)
            .filter(|(_, key)| missing.contains(key))
            .map(|(row, _)| row)
            .collect())
    }
}

/// A referenced row that matches a key: as it stands, or as it was before the statement updated it.
struct Match {
    /// The row as it stands.
    row: u64,
    /// Its before image, if that is what matches.
    before: Option<u64>,
    /// Which of the keys.
    key: u32,
}

/// What matches the holders' keys among the rows that stand, those matching by their before images last. `gone`: rows that
/// count as deleted.
fn matches(
    actions: &Actions,
    edge: &Edge,
    part: &Part,
    holders: &Holders,
    gone: Option<&RoaringTreemap>,
) -> Result<Vec<Match>, RowsError> {
    let table = &edge.referenced;
    let stands = |row: &u64| gone.is_none_or(|gone| !gone.contains(*row));
    let stated = actions.stated.rows(table.id).matching(table, &part.referenced, &holders.keys)?;
    let mut found: Vec<Match> =
        stated.rows.into_iter().zip(stated.keys).map(|(row, key)| Match { row, before: None, key }).collect();
    let updates = actions.explicit.tables.get(&table.id).map_or(&[][..], |changes| &changes.updates);
    if !updates.is_empty() {
        let before: Vec<u64> = updates.iter().map(|update| update.before).collect();
        let columns = actions.base.rows(table.id).fetch(table, &before, &part.referenced.columns)?;
        let index = KeyIndex::build(&holders.keys);
        index.probe(&Keys::new(&part.referenced.form, &columns)?, |update, key| {
            let Update { before, after } = updates[update as usize];
            found.push(Match { row: after, before: Some(before), key });
        });
    }
    found.retain(|found| stands(&found.row));
    Ok(found)
}

/// The referencing rows that lose their last match by the deletion of these keys' rows. Deleted are all rows that the
/// deletions have been followed to so far.
pub(super) fn lost_by_deletion(actions: &Actions, edge: &Edge, columns: &[ArrayRef]) -> Result<Vec<u64>, RowsError> {
    let referencing = actions.stated.rows(edge.table.id);
    let mut lost = Vec::new();
    for part in edge.parts(referencing)? {
        let holders = part.holders(edge, referencing, columns, |_| true)?;
        if holders.rows.is_empty() {
            continue;
        }
        let mut is_held = vec![false; holders.keys.len()];
        for found in matches(actions, edge, &part, &holders, actions.followed.get(&edge.referenced.id))? {
            is_held[found.key as usize] = true;
        }
        let rows = holders.rows.iter().zip(&holders.key_of).filter(|(_, key)| !is_held[**key as usize]);
        lost.extend(rows.map(|(row, _)| *row));
    }
    Ok(lost)
}

/// The referencing rows that have lost their last match by the change of these keys, part by part, each with every match it
/// had and what became of it. A row reached once stays reached.
pub(super) fn lost_by_update(
    actions: &mut Actions,
    edge: &Edge,
    columns: &[ArrayRef],
) -> Result<Vec<Reached>, RowsError> {
    let stated = actions.stated;
    let referencing = stated.rows(edge.table.id);
    let mut lost = Vec::new();
    for part in edge.parts(referencing)? {
        // RESTRICT refuses before any action runs, also for the sake of rows that one would delete.
        let restricts = edge.action(Event::Update) == ReferentialAction::Restrict;
        let wanted = |row| restricts || !actions.is_deleted(edge.table.id, row);
        let holders = part.holders(edge, referencing, columns, wanted)?;
        if holders.rows.is_empty() {
            continue;
        }
        let deleted = actions.deleted.get(&edge.referenced.id);
        let found = matches(actions, edge, &part, &holders, deleted)?;
        let rows: Vec<u64> = found.iter().map(|found| found.row).collect();
        let old = matched(actions, edge, &part, &found)?;
        let new = actions.current(&edge.referenced, &rows, &part.referenced.columns)?;
        let changed: Vec<BooleanArray> =
            old.iter().zip(&new).map(|(old, new)| distinct(old, new)).collect::<Result<_, _>>()?;
        let mut is_held = vec![false; holders.keys.len()];
        for (position, found) in found.iter().enumerate() {
            if !changed.iter().any(|column| column.value(position)) {
                is_held[found.key as usize] = true;
            }
        }
        let reached = actions.reached.entry(edge.foreign_key.id).or_default();
        let mut of_key: Vec<Vec<u32>> = vec![Vec::new(); holders.keys.len()];
        found.iter().enumerate().for_each(|(position, found)| of_key[found.key as usize].push(position as u32));
        let mut pairs = Reached::new(part.positions, new, changed);
        for (row, key) in holders.rows.iter().zip(&holders.key_of) {
            if is_held[*key as usize] && !reached.contains(*row) {
                continue;
            }
            reached.insert(*row);
            for position in &of_key[*key as usize] {
                pairs.push(*row, rows[*position as usize], *position);
            }
        }
        lost.push(pairs);
    }
    lost.retain(|pairs| !pairs.rows.is_empty());
    Ok(lost)
}

/// The keys as they were matched.
fn matched(actions: &Actions, edge: &Edge, part: &Part, found: &[Match]) -> Result<Vec<ArrayRef>, RowsError> {
    let (table, columns) = (&edge.referenced, &part.referenced.columns);
    let standing: Vec<u64> = found.iter().filter(|found| found.before.is_none()).map(|found| found.row).collect();
    let before: Vec<u64> = found.iter().filter_map(|found| found.before).collect();
    let standing = actions.stated.rows(table.id).fetch(table, &standing, columns)?;
    if before.is_empty() {
        return Ok(standing);
    }
    let before = actions.base.rows(table.id).fetch(table, &before, columns)?;
    let join = |(one, other): (&ArrayRef, &ArrayRef)| Ok(concat(&[one.as_ref(), other.as_ref()])?);
    standing.iter().zip(&before).map(join).collect()
}
