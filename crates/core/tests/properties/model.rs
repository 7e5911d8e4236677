//! The naive model: referential integrity one row at a time, with loops and maps, straight from the rules.
//!
//! All matching looks at the rows as the explicit change leaves them. Deletions come first, to a fixpoint; then updates,
//! to a fixpoint; then everything is checked. Nothing here is shared with what it judges.

use std::collections::{BTreeMap, BTreeSet};

use super::case::{Case, Change, Chosen, KeyCase, Match, Row, RuleCase};

/// The outcome of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done {
        /// The rows of every table, sorted.
        tables: Vec<Vec<Row>>,
        /// Rows deleted, explicitly or by an action.
        deleted: u64,
        /// Rows that actions wrote to.
        written: u64,
    },
    /// The SQLSTATEs of all violations.
    Refused(BTreeSet<&'static str>),
}

/// A row as the explicit change leaves it.
struct Stated {
    /// Its values before an explicit update.
    before: Option<Row>,
    now: Row,
    deleted: bool,
}

/// What an action wrote into a column: the value, the foreign key it came through and the row it came from.
type Write = (Option<i64>, usize, Source);

/// A row as the source of an action: removed by the change, or a row that stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Removed(usize),
    Row(usize),
}

struct Model<'a> {
    case: &'a Case,
    stated: Vec<Vec<Stated>>,
    removed: Vec<Vec<Row>>,
    /// By table, row and column: every writer's latest value; the first one's counts until they are compared.
    writes: BTreeMap<(usize, usize, usize), Vec<Write>>,
    refused: BTreeSet<&'static str>,
    wrote: bool,
}

/// A violation: SQLSTATE, table, number of the column, key or foreign key, and row.
pub type Violation = (&'static str, usize, usize, usize);

/// What the change of a case does.
pub fn outcome(case: &Case) -> Outcome {
    outcome_judged(case, &|_| true)
}

/// What the change of a case does if the result is judged by some constraints only.
pub fn outcome_judged(case: &Case, judged: &dyn Fn(&Violation) -> bool) -> Outcome {
    let mut model = Model::new(case);
    let due = model.delete();
    model.update(&due);
    if model.writes.values().any(|writers| writers.iter().any(|write| write.0 != writers[0].0)) {
        model.refused.insert("27000");
    }
    if !model.refused.is_empty() {
        return Outcome::Refused(model.refused);
    }
    let tables = model.result();
    let found = violations(case, &tables);
    let refused: BTreeSet<_> =
        found.iter().filter(|violation| judged(violation)).map(|violation| violation.0).collect();
    if !refused.is_empty() {
        return Outcome::Refused(refused);
    }
    let explicit: usize = model.removed.iter().map(Vec::len).sum();
    let by_action = model.stated.iter().flatten().filter(|row| row.deleted).count();
    let written: BTreeSet<_> = model.writes.keys().map(|(table, row, _)| (table, row)).collect();
    Outcome::Done { tables: sorted(tables), deleted: (explicit + by_action) as u64, written: written.len() as u64 }
}

impl<'a> Model<'a> {
    fn new(case: &'a Case) -> Model<'a> {
        let mut stated: Vec<Vec<Stated>> = Vec::new();
        let mut removed = Vec::new();
        for (number, table) in case.tables.iter().enumerate() {
            let mut rows: Vec<Option<Stated>> =
                table.rows.iter().map(|row| Some(Stated { before: None, now: row.clone(), deleted: false })).collect();
            let mut gone = Vec::new();
            for change in case.changes.iter().filter(|change| change.table() == number) {
                match change {
                    Change::Insert { row, .. } => {
                        rows.push(Some(Stated { before: None, now: row.clone(), deleted: false }));
                    }
                    Change::Delete { at, .. } => gone.extend(rows[*at].take().map(|row| row.now)),
                    Change::Update { at, row, .. } => {
                        let before = Some(table.rows[*at].clone());
                        rows[*at] = Some(Stated { before, now: row.clone(), deleted: false });
                    }
                }
            }
            stated.push(rows.into_iter().flatten().collect());
            removed.push(gone);
        }
        Model { case, stated, removed, writes: BTreeMap::new(), refused: BTreeSet::new(), wrote: false }
    }

    /// The rows that reference a key as stated.
    fn referencing(&self, fk: &KeyCase, key: &Option<Vec<i64>>) -> Vec<usize> {
        let rows = self.stated[fk.table].iter().enumerate();
        rows.filter(|(_, row)| key.is_some() && fk.references(&row.now) == *key).map(|(index, _)| index).collect()
    }

    /// Deletes to the fixpoint. Returns what SET NULL and SET DEFAULT have to write: foreign key, source, row.
    fn delete(&mut self) -> Vec<(usize, Source, usize)> {
        let mut due = Vec::new();
        let mut sources: Vec<(usize, Source)> = Vec::new();
        for (table, rows) in self.removed.iter().enumerate() {
            sources.extend((0..rows.len()).map(|index| (table, Source::Removed(index))));
        }
        while let Some((table, source)) = sources.pop() {
            for (number, fk) in self.case.foreign_keys.iter().enumerate().filter(|(_, fk)| fk.referenced == table) {
                let key = match source {
                    Source::Removed(index) => fk.offers(&self.removed[table][index]),
                    Source::Row(index) => fk.offers(&self.stated[table][index].now),
                };
                for row in self.referencing(fk, &key) {
                    match fk.on_delete.action {
                        Chosen::NoAction => {}
                        Chosen::Restrict => {
                            self.refused.insert("23001");
                        }
                        Chosen::Cascade => {
                            if !self.stated[fk.table][row].deleted {
                                self.stated[fk.table][row].deleted = true;
                                sources.push((fk.table, Source::Row(row)));
                            }
                        }
                        Chosen::SetNull | Chosen::SetDefault => due.push((number, source, row)),
                    }
                }
            }
        }
        due
    }

    /// Writes until nothing more changes.
    fn update(&mut self, due: &[(usize, Source, usize)]) {
        self.wrote = true;
        let mut rounds = 0;
        while std::mem::take(&mut self.wrote) {
            rounds += 1;
            assert!(rounds < 1000, "writes were believed to come to an end");
            for (number, source, row) in due {
                self.set(*number, &self.case.foreign_keys[*number].on_delete, *row, *source);
            }
            for table in 0..self.stated.len() {
                for index in 0..self.stated[table].len() {
                    // Rows may reference the key from before the statement, and the key that it left.
                    if let Some(before) = self.stated[table][index].before.clone() {
                        self.key_changed(table, index, &before);
                    }
                    let before = self.stated[table][index].now.clone();
                    self.key_changed(table, index, &before);
                }
            }
        }
    }

    /// Follows the update rules of everything that references what the row was.
    fn key_changed(&mut self, table: usize, index: usize, before: &Row) {
        for (number, fk) in self.case.foreign_keys.iter().enumerate().filter(|(_, fk)| fk.referenced == table) {
            let after = self.current(table, index);
            let is_changed = |column: &usize| before[*column] != after[*column];
            if !fk.referenced_columns.iter().any(is_changed) {
                continue;
            }
            for row in self.referencing(fk, &fk.offers(before)) {
                match fk.on_update.action {
                    Chosen::NoAction => {}
                    Chosen::Restrict => {
                        self.refused.insert("23001");
                    }
                    Chosen::Cascade => {
                        for (column, referenced) in fk.columns.iter().zip(&fk.referenced_columns) {
                            if is_changed(referenced) {
                                self.write((fk.table, row, *column), (after[*referenced], number, Source::Row(index)));
                            }
                        }
                    }
                    Chosen::SetNull | Chosen::SetDefault => self.set(number, &fk.on_update, row, Source::Row(index)),
                }
            }
        }
    }

    fn set(&mut self, number: usize, rule: &RuleCase, row: usize, source: Source) {
        let fk = &self.case.foreign_keys[number];
        let columns = if rule.listed.is_empty() { &fk.columns } else { &rule.listed };
        for column in columns {
            let default = self.case.tables[fk.table].columns[*column].default;
            let value = if rule.action == Chosen::SetDefault { default } else { None };
            self.write((fk.table, row, *column), (value, number, source));
        }
    }

    fn write(&mut self, place: (usize, usize, usize), write: Write) {
        if self.stated[place.0][place.1].deleted {
            return;
        }
        let writers = self.writes.entry(place).or_default();
        match writers.iter_mut().find(|earlier| (earlier.1, earlier.2) == (write.1, write.2)) {
            Some(earlier) if earlier.0 == write.0 => return,
            Some(earlier) => *earlier = write,
            None => writers.push(write),
        }
        self.wrote = true;
    }

    fn current(&self, table: usize, index: usize) -> Row {
        let mut row = self.stated[table][index].now.clone();
        for (column, value) in row.iter_mut().enumerate() {
            if let Some(writers) = self.writes.get(&(table, index, column)) {
                *value = writers[0].0;
            }
        }
        row
    }

    fn result(&self) -> Vec<Vec<Row>> {
        let standing =
            |table: usize| (0..self.stated[table].len()).filter(move |row| !self.stated[table][*row].deleted);
        (0..self.stated.len()).map(|table| standing(table).map(|row| self.current(table, row)).collect()).collect()
    }
}

/// Every violation in these rows: its SQLSTATE, the table, the number of the constraint in its kind, the row.
pub fn violations(case: &Case, tables: &[Vec<Row>]) -> BTreeSet<(&'static str, usize, usize, usize)> {
    let mut found = BTreeSet::new();
    for (number, table) in case.tables.iter().enumerate() {
        for (index, row) in tables[number].iter().enumerate() {
            for (column, declared) in table.columns.iter().enumerate() {
                if declared.not_null && row[column].is_none() {
                    found.insert(("23502", number, column, index));
                }
            }
            for (key, columns) in table.keys.iter().enumerate() {
                let same = |other: &Row| columns.iter().all(|c| row[*c].is_some() && row[*c] == other[*c]);
                if tables[number][..index].iter().any(same) {
                    found.insert(("23505", number, key, index));
                }
            }
        }
    }
    for (number, fk) in case.foreign_keys.iter().enumerate() {
        for (index, row) in tables[fk.table].iter().enumerate() {
            if !is_satisfied(fk, row, &tables[fk.referenced]) {
                found.insert(("23503", fk.table, number, index));
            }
        }
    }
    found
}

fn is_satisfied(fk: &KeyCase, row: &Row, referenced: &[Row]) -> bool {
    let pairs = || fk.columns.iter().zip(&fk.referenced_columns).map(|(column, other)| (row[*column], *other));
    let nulls = pairs().filter(|(value, _)| value.is_none()).count();
    let matches = |other: &Row| pairs().all(|(value, column)| value.is_none() || other[column] == value);
    match fk.match_type {
        Match::Simple if nulls > 0 => true,
        _ if nulls == fk.columns.len() => true,
        Match::Full if nulls > 0 => false,
        _ => referenced.iter().any(matches),
    }
}

/// Rows without their order.
pub fn sorted(mut tables: Vec<Vec<Row>>) -> Vec<Vec<Row>> {
    tables.iter_mut().for_each(|rows| rows.sort());
    tables
}
