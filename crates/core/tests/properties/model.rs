//! The naive model: referential integrity one row at a time, with loops and maps, straight from the rules.
//!
//! All matching looks at the rows as the explicit change leaves them. Deletions come first, round by round; then updates,
//! where a round reads the values of the round before; then everything is checked. Nothing here is shared with what it judges.

use std::collections::{BTreeMap, BTreeSet};

use super::case::{Case, Change, Chosen, KeyCase, Match, Row};
use super::outcome::{Counts, Fact, Kind, Node, Outcome};

/// A row as the explicit change leaves it.
struct Stated {
    /// Its values before an explicit update.
    before: Option<Row>,
    is_new: bool,
    now: Row,
    deleted: bool,
}

impl Stated {
    /// Its values before the statement.
    fn base(&self) -> Option<&Row> {
        (!self.is_new).then(|| self.before.as_ref().unwrap_or(&self.now))
    }
}

/// Where an action comes from: a row removed by the change, a row that stands, what such a row was before the change, or
/// no row in particular.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Removed(usize),
    Row(usize),
    Before(usize),
    Any,
}

/// A column of a row: table, row, column.
type Place = (usize, usize, usize);

/// What actions write into a column.
#[derive(Default)]
struct Cell {
    /// Foreign key, which of its columns, source, latest value.
    writers: Vec<(usize, usize, Source, Option<i64>)>,
    /// What counts, once the writers agree.
    settled: Option<Option<i64>>,
}

type PlannedWrite = (usize, usize, usize, Option<i64>, Source, bool);

/// Writes of one foreign key in one round.
struct Planned {
    parent: Node,
    fk: usize,
    by_update: bool,
    /// Row, column, which of the foreign key's columns that is, value, source, whether it only refines.
    writes: Vec<PlannedWrite>,
}

/// Rows of one table deleted in one round.
struct Group {
    node: Node,
    table: usize,
    sources: Vec<Source>,
}

#[derive(Default)]
struct Counted {
    inserted: u64,
    deleted: u64,
    updated: BTreeSet<usize>,
}

struct Model<'a> {
    case: &'a Case,
    stated: Vec<Vec<Stated>>,
    removed: Vec<Vec<Row>>,
    /// Deleted rows that have been followed.
    followed: BTreeSet<(usize, usize)>,
    cells: BTreeMap<Place, Cell>,
    restless: BTreeSet<Place>,
    /// Foreign key and event, row, the key it holds.
    restricted: BTreeMap<(usize, bool), BTreeSet<(usize, Row)>>,
    /// Sources that a CASCADE was followed from, by their before images or not.
    cascaded: BTreeSet<(usize, bool, usize)>,
    /// Rows of PARTIAL keys that an update has reached.
    reached: BTreeSet<(usize, usize)>,
    nodes: BTreeMap<Node, Counted>,
}

/// A violation: SQLSTATE, table, number of the column or key or name of the foreign key, and row.
pub type Violation = (&'static str, usize, usize, usize);

/// What the change of a case comes to.
pub fn outcome(case: &Case) -> Outcome {
    outcome_judged(case, &|_| true)
}

/// What the change of a case comes to if the result is judged by some constraints only.
pub fn outcome_judged(case: &Case, judged: &dyn Fn(&Violation) -> bool) -> Outcome {
    let mut model = Model::new(case);
    let due = model.delete();
    model.update(due);
    let mut facts = model.refusals();
    match facts.is_empty() {
        true => facts = model.final_violations(judged),
        // Actions that are refused are not run: the rows are judged as the statement itself leaves them.
        false => facts.extend(model.facts(model.broken_rows(&model.stated_tables(), judged))),
    }
    let tables = (0..case.tables.len()).map(|table| model.result(table).into_iter().map(|(_, row)| row).collect());
    let result = if facts.is_empty() { Ok(sorted(tables.collect())) } else { Err(facts) };
    Outcome { result, totals: model.totals(), nodes: model.counts() }
}

/// Whether a referencing row matches a referenced one.
pub fn matches(fk: &KeyCase, row: &Row, referenced: &Row) -> bool {
    let pairs =
        || fk.columns.iter().zip(&fk.referenced_columns).map(|(column, other)| (row[*column], referenced[*other]));
    let held = pairs().filter(|(value, _)| value.is_some()).count();
    let enough = if fk.match_type == Match::Partial { held > 0 } else { held == fk.columns.len() };
    enough && pairs().all(|(value, other)| value.is_none() || value == other)
}

fn pick(row: &Row, columns: &[usize]) -> Row {
    columns.iter().map(|column| row[*column]).collect()
}

impl<'a> Model<'a> {
    fn new(case: &'a Case) -> Model<'a> {
        let mut model = Model {
            case,
            stated: Vec::new(),
            removed: Vec::new(),
            followed: BTreeSet::new(),
            cells: BTreeMap::new(),
            restless: BTreeSet::new(),
            restricted: BTreeMap::new(),
            cascaded: BTreeSet::new(),
            reached: BTreeSet::new(),
            nodes: BTreeMap::new(),
        };
        for (number, table) in case.tables.iter().enumerate() {
            let stated =
                |row: &Row, before: Option<Row>, is_new| Stated { before, is_new, now: row.clone(), deleted: false };
            let mut rows: Vec<Option<Stated>> = table.rows.iter().map(|row| Some(stated(row, None, false))).collect();
            let mut gone = Vec::new();
            for change in case.changes.iter().filter(|change| change.table() == number) {
                match change {
                    Change::Insert { row, .. } => rows.push(Some(stated(row, None, true))),
                    Change::Delete { at, .. } => gone.extend(rows[*at].take().map(|row| row.now)),
                    Change::Update { at, row, .. } => {
                        rows[*at] = Some(stated(row, Some(table.rows[*at].clone()), false))
                    }
                }
            }
            let rows: Vec<Stated> = rows.into_iter().flatten().collect();
            let root = model.nodes.entry((number, Vec::new())).or_default();
            root.inserted = rows.iter().filter(|row| row.is_new).count() as u64;
            root.deleted = gone.len() as u64;
            root.updated = (0..rows.len()).filter(|row| rows[*row].before.is_some()).collect();
            model.stated.push(rows);
            model.removed.push(gone);
        }
        model
    }

    /// The foreign keys to a table, by name.
    fn foreign_keys_to(&self, table: usize) -> Vec<usize> {
        let keys = &self.case.foreign_keys;
        let mut found: Vec<usize> = (0..keys.len()).filter(|number| keys[*number].referenced == table).collect();
        found.sort_by_key(|number| format!("fk{}", keys[*number].name));
        found
    }

    /// The node that a step leads to: where the same step was taken on the way, that node again.
    fn step(&self, (root, path): &Node, fk: usize, by_update: bool) -> Node {
        let step = (self.case.foreign_keys[fk].name, by_update);
        let mut path = path.clone();
        match path.iter().rposition(|known| *known == step) {
            Some(position) => path.truncate(position + 1),
            None => path.push(step),
        }
        (*root, path)
    }

    fn source_row(&self, table: usize, source: Source) -> &Row {
        match source {
            Source::Removed(index) => &self.removed[table][index],
            Source::Row(index) => &self.stated[table][index].now,
            Source::Before(index) => self.stated[table][index].before.as_ref().expect("only updated rows have one"),
            Source::Any => unreachable!("it is no row"),
        }
    }

    /// What matches a referencing row, as it stands or as it was before an explicit update.
    fn all_matches(&self, fk: &KeyCase, row: &Row) -> Vec<(usize, &Row)> {
        let images = |(index, stated): (usize, &'_ Stated)| -> Vec<(usize, Source)> {
            let before = stated.before.as_ref().map(|_| (index, Source::Before(index)));
            [(index, Source::Row(index))].into_iter().chain(before).collect()
        };
        let all = self.stated[fk.referenced].iter().enumerate().flat_map(images);
        let all = all.map(|(index, source)| (index, self.source_row(fk.referenced, source)));
        all.filter(|(_, image)| matches(fk, row, image)).collect()
    }

    /// Deletes round by round. Returns what SET NULL and SET DEFAULT have to write.
    fn delete(&mut self) -> Vec<Planned> {
        let mut due = Vec::new();
        let mut frontier: Vec<Group> = Vec::new();
        for (table, rows) in self.removed.iter().enumerate() {
            let sources = (0..rows.len()).map(Source::Removed).collect();
            frontier.push(Group { node: (table, Vec::new()), table, sources });
        }
        while !frontier.is_empty() {
            for Group { table, sources, .. } in &frontier {
                for source in sources {
                    if let Source::Row(row) = source {
                        self.followed.insert((*table, *row));
                    }
                }
            }
            let mut next = Vec::new();
            for group in &frontier {
                for number in self.foreign_keys_to(group.table) {
                    self.follow_deletion(group, number, &mut next, &mut due);
                }
            }
            frontier = next;
        }
        due
    }

    fn follow_deletion(&mut self, group: &Group, number: usize, next: &mut Vec<Group>, due: &mut Vec<Planned>) {
        let fk = &self.case.foreign_keys[number];
        let is_partial = fk.match_type == Match::Partial;
        let mut found: Vec<(usize, Source)> = Vec::new();
        for (index, row) in self.stated[fk.table].iter().enumerate() {
            let is_held = |source: &&Source| matches(fk, &row.now, self.source_row(group.table, **source));
            let sources: Vec<Source> = group.sources.iter().filter(is_held).copied().collect();
            let remaining = self.all_matches(fk, &row.now).into_iter();
            let mut remaining = remaining.filter(|(other, _)| !self.followed.contains(&(fk.referenced, *other)));
            match is_partial {
                true if sources.is_empty() || remaining.next().is_some() => {}
                true => found.push((index, Source::Any)),
                false => found.extend(sources.into_iter().map(|source| (index, source))),
            }
        }
        match fk.on_delete.action {
            Chosen::NoAction => {}
            Chosen::Restrict => found.iter().for_each(|(row, _)| self.restrict(number, false, *row)),
            Chosen::Cascade => {
                let rows: BTreeSet<usize> = found.into_iter().map(|(row, _)| row).collect();
                let fresh: Vec<usize> = rows.into_iter().filter(|row| !self.stated[fk.table][*row].deleted).collect();
                if fresh.is_empty() {
                    return;
                }
                let node = self.step(&group.node, number, false);
                fresh.iter().for_each(|row| self.stated[fk.table][*row].deleted = true);
                self.nodes.entry(node.clone()).or_default().deleted += fresh.len() as u64;
                let updated = fresh.iter().filter(|row| self.stated[fk.table][**row].before.is_some());
                let before = updated.map(|row| Source::Before(*row)).collect();
                next.push(Group { node: node.clone(), table: fk.table, sources: before });
                next.push(Group { node, table: fk.table, sources: fresh.into_iter().map(Source::Row).collect() });
            }
            Chosen::SetNull | Chosen::SetDefault => {
                let (parent, mut writes) = (group.node.clone(), Vec::new());
                found.into_iter().for_each(|(row, source)| self.set(number, false, row, source, &mut writes));
                due.push(Planned { parent, fk: number, by_update: false, writes });
            }
        }
    }

    fn restrict(&mut self, number: usize, by_update: bool, row: usize) {
        let fk = &self.case.foreign_keys[number];
        let key = pick(&self.stated[fk.table][row].now, &fk.columns);
        self.restricted.entry((number, by_update)).or_default().insert((row, key));
    }

    fn set(&self, number: usize, by_update: bool, row: usize, source: Source, writes: &mut Vec<PlannedWrite>) {
        let fk = &self.case.foreign_keys[number];
        let rule = if by_update { &fk.on_update } else { &fk.on_delete };
        for column in if rule.listed.is_empty() { &fk.columns } else { &rule.listed } {
            let default = self.case.tables[fk.table].columns[*column].default;
            let value = if rule.action == Chosen::SetDefault { default } else { None };
            writes.push((row, *column, 0, value, source, false));
        }
    }

    /// Writes round by round until nothing changes, or until it is clear that it never comes to rest.
    fn update(&mut self, due: Vec<Planned>) {
        let mut planned = due;
        planned.iter_mut().for_each(|planned| {
            let table = self.case.foreign_keys[planned.fk].table;
            planned.writes.retain(|write| !self.stated[table][write.0].deleted);
        });
        for table in 0..self.stated.len() {
            let standing =
                self.stated[table].iter().enumerate().filter(|(_, row)| row.before.is_some() && !row.deleted);
            let own: Vec<usize> = standing.map(|(index, _)| index).collect();
            for number in self.foreign_keys_to(table) {
                self.follow_update(&(table, Vec::new()), number, &own, true, &mut planned);
            }
        }
        let mut quiet = 0;
        while !planned.is_empty() {
            let known = self.cells.len();
            let changed = self.write(std::mem::take(&mut planned));
            quiet = if self.cells.len() > known { 0 } else { quiet + 1 };
            if quiet > known {
                self.restless = changed.into_iter().map(|(_, place)| place).collect();
                return;
            }
            let groups: BTreeSet<(Node, usize)> =
                changed.iter().map(|(node, (table, _, _))| (node.clone(), *table)).collect();
            for (node, table) in groups {
                for number in self.foreign_keys_to(table) {
                    let key = &self.case.foreign_keys[number].referenced_columns;
                    let of_edge = |(at, place): &&(Node, Place)| *at == node && key.contains(&place.2);
                    let rows: BTreeSet<usize> = changed.iter().filter(of_edge).map(|(_, place)| place.1).collect();
                    let rows: Vec<usize> = rows.into_iter().collect();
                    let own: Vec<usize> =
                        rows.iter().copied().filter(|row| self.stated[table][*row].before.is_some()).collect();
                    self.follow_update(&node, number, &own, true, &mut planned);
                    self.follow_update(&node, number, &rows, false, &mut planned);
                }
            }
        }
    }

    /// Follows the update rule of a foreign key from rows that changed, by what they were before the statement or after it.
    fn follow_update(
        &mut self,
        node: &Node,
        number: usize,
        rows: &[usize],
        by_before: bool,
        planned: &mut Vec<Planned>,
    ) {
        let fk = &self.case.foreign_keys[number];
        let image = |row: usize| if by_before { Source::Before(row) } else { Source::Row(row) };
        let mut followed: Vec<usize> = Vec::new();
        for row in rows.iter().copied() {
            let (before, now) = (self.source_row(fk.referenced, image(row)), self.current(fk.referenced, row));
            let is_changed = fk.referenced_columns.iter().any(|column| before[*column] != now[*column]);
            let cascades = fk.on_update.action == Chosen::Cascade;
            if is_changed || (cascades && self.cascaded.contains(&(number, by_before, row))) {
                followed.push(row);
            }
            if is_changed && cascades {
                self.cascaded.insert((number, by_before, row));
            }
        }
        let mut writes = Vec::new();
        for index in 0..self.stated[fk.table].len() {
            let action = fk.on_update.action;
            if action == Chosen::NoAction || (self.stated[fk.table][index].deleted && action != Chosen::Restrict) {
                continue;
            }
            let row = self.stated[fk.table][index].now.clone();
            let is_held = |source: &&usize| matches(fk, &row, self.source_row(fk.referenced, image(**source)));
            let mut sources: Vec<(usize, Row)> = followed
                .iter()
                .filter(is_held)
                .map(|source| (*source, self.source_row(fk.referenced, image(*source)).clone()))
                .collect();
            if sources.is_empty() {
                continue;
            }
            let held: Vec<usize> = (0..fk.columns.len()).filter(|c| row[fk.columns[*c]].is_some()).collect();
            if fk.match_type == Match::Partial {
                let all = self.all_matches(fk, &row).into_iter();
                let all = all.filter(|(source, _)| !self.stated[fk.referenced][*source].deleted);
                sources = all.map(|(source, image)| (source, image.clone())).collect();
                let is_kept = |(source, image): &(usize, Row)| {
                    let now = self.current(fk.referenced, *source);
                    held.iter().all(|c| image[fk.referenced_columns[*c]] == now[fk.referenced_columns[*c]])
                };
                if sources.iter().any(is_kept) && !self.reached.contains(&(number, index)) {
                    continue;
                }
                self.reached.insert((number, index));
            }
            match action {
                Chosen::NoAction => {}
                Chosen::Restrict => self.restrict(number, true, index),
                Chosen::Cascade => {
                    for (source, image) in &sources {
                        let now = self.current(fk.referenced, *source);
                        for c in &held {
                            let (column, referenced) = (fk.columns[*c], fk.referenced_columns[*c]);
                            let refines = image[referenced] == now[referenced];
                            writes.push((index, column, *c, now[referenced], Source::Row(*source), refines));
                        }
                    }
                }
                Chosen::SetNull | Chosen::SetDefault => {
                    for (source, _) in &sources {
                        let source = if fk.match_type == Match::Partial { Source::Any } else { Source::Row(*source) };
                        self.set(number, true, index, source, &mut writes);
                    }
                }
            }
        }
        if !writes.is_empty() {
            planned.push(Planned { parent: node.clone(), fk: number, by_update: true, writes });
        }
    }

    /// Ends a round: writes what was planned. Returns which values changed, through which node.
    fn write(&mut self, planned: Vec<Planned>) -> BTreeSet<(Node, Place)> {
        let mut dirty: BTreeSet<(Node, Place)> = BTreeSet::new();
        for Planned { parent, fk, by_update, writes } in planned {
            let table = self.case.foreign_keys[fk].table;
            let node = self.step(&parent, fk, by_update);
            for (row, column, position, value, source, refines) in writes {
                let place = (table, row, column);
                let writers = self.cells.get(&place).map_or(&[][..], |cell| &cell.writers);
                let known = writers.iter().position(|writer| (writer.0, writer.1, writer.2) == (fk, position, source));
                if known.is_none() && refines {
                    continue;
                }
                let cell = self.cells.entry(place).or_default();
                let is_new = known.is_none_or(|known| cell.writers[known].3 != value);
                match known {
                    Some(known) => cell.writers[known].3 = value,
                    None => cell.writers.push((fk, position, source, value)),
                }
                if is_new {
                    dirty.insert((node.clone(), place));
                }
                if is_new || !refines {
                    self.nodes.entry(node.clone()).or_default().updated.insert(row);
                }
            }
        }
        let mut settled = BTreeSet::new();
        for (place, cell) in &mut self.cells {
            let value = cell.writers[0].3;
            if cell.writers.iter().all(|writer| writer.3 == value) && cell.settled != Some(value) {
                cell.settled = Some(value);
                settled.insert(*place);
            }
        }
        dirty.retain(|(_, place)| settled.contains(place));
        dirty
    }

    fn current(&self, table: usize, index: usize) -> Row {
        let mut row = self.stated[table][index].now.clone();
        for (column, value) in row.iter_mut().enumerate() {
            if let Some(settled) = self.cells.get(&(table, index, column)).and_then(|cell| cell.settled) {
                *value = settled;
            }
        }
        row
    }

    /// The rows of a table at the end, by their number as stated.
    fn result(&self, table: usize) -> Vec<(usize, Row)> {
        let standing = (0..self.stated[table].len()).filter(|row| !self.stated[table][*row].deleted);
        standing.map(|row| (row, self.current(table, row))).collect()
    }

    fn counts(&self) -> BTreeMap<Node, Counts> {
        let counts = |counted: &Counted| Counts {
            inserted: counted.inserted,
            deleted: counted.deleted,
            updated: counted.updated.len() as u64,
        };
        let all = self.nodes.iter().map(|(node, counted)| (node.clone(), counts(counted)));
        all.filter(|(_, counts)| *counts != Counts::default()).collect()
    }

    fn totals(&self) -> Vec<Counts> {
        let total = |table: usize| {
            let rows = &self.stated[table];
            let is_written = |row: usize| self.cells.keys().any(|place| (place.0, place.1) == (table, row));
            let updated = |row: &usize| !rows[*row].deleted && (rows[*row].before.is_some() || is_written(*row));
            Counts {
                inserted: rows.iter().filter(|row| row.is_new).count() as u64,
                deleted: (self.removed[table].len() + rows.iter().filter(|row| row.deleted).count()) as u64,
                updated: (0..rows.len()).filter(updated).count() as u64,
            }
        };
        (0..self.stated.len()).map(total).collect()
    }

    /// RESTRICT, and columns with two values.
    fn refusals(&self) -> BTreeSet<Fact> {
        let name = |number: usize| self.case.foreign_keys[number].name;
        let mut facts = BTreeSet::new();
        for ((number, by_update), rows) in &self.restricted {
            let count = rows.iter().map(|(row, _)| row).collect::<BTreeSet<_>>().len();
            let keys = rows.iter().map(|(_, key)| key.clone());
            facts.insert(Fact::new(Kind::Restrict(name(*number), *by_update), keys, count as u64));
        }
        let mut disputed: BTreeMap<(usize, usize, [usize; 2]), Vec<usize>> = BTreeMap::new();
        for (place @ (table, row, column), cell) in &self.cells {
            let text = |number: &usize| format!("fk{}", name(*number));
            let mut pairs: Vec<[usize; 2]> = Vec::new();
            for (one, _, _, value) in &cell.writers {
                let others = cell.writers.iter().filter(|other| other.3 != *value && text(one) <= text(&other.0));
                pairs.extend(others.map(|other| [*one, other.0]));
                if self.restless.contains(place) && cell.writers.iter().all(|other| other.3 == *value) {
                    pairs.push([*one, *one]);
                }
            }
            if let Some(pair) = pairs.into_iter().min_by_key(|pair| pair.each_ref().map(text)) {
                disputed.entry((*table, *column, pair.map(name))).or_default().push(*row);
            }
        }
        for ((table, column, pair), rows) in disputed {
            let declared = &self.case.tables[table];
            let identifying = if declared.has_primary { declared.keys[0].clone() } else { vec![column] };
            let keys = rows.iter().map(|row| pick(&self.stated[table][*row].now, &identifying));
            facts.insert(Fact::new(Kind::TwoValues(table, column, pair), keys, rows.len() as u64));
        }
        facts
    }

    /// What is wrong with the rows at the end.
    fn final_violations(&self, judged: &dyn Fn(&Violation) -> bool) -> BTreeSet<Fact> {
        let tables: Vec<Vec<(usize, Row)>> = (0..self.stated.len()).map(|table| self.result(table)).collect();
        let mut found = self.broken_rows(&tables, judged);
        for fk in &self.case.foreign_keys {
            let referenced: Vec<Row> = tables[fk.referenced].iter().map(|(_, row)| row.clone()).collect();
            for (index, row) in tables[fk.table].iter().filter(|(_, row)| !is_satisfied(fk, row, &referenced)) {
                if !judged(&("23503", fk.table, fk.name, *index)) {
                    continue;
                }
                let key = pick(row, &fk.columns);
                for kind in self.why(fk, *index, row, &tables[fk.referenced]) {
                    found.entry(kind).or_default().push(key.clone());
                }
            }
        }
        self.facts(found)
    }

    /// The rows as the statement itself leaves them.
    fn stated_tables(&self) -> Vec<Vec<(usize, Row)>> {
        let rows = |rows: &Vec<Stated>| rows.iter().enumerate().map(|(at, row)| (at, row.now.clone())).collect();
        self.stated.iter().map(rows).collect()
    }

    /// What is wrong with rows by themselves.
    fn broken_rows(
        &self,
        tables: &[Vec<(usize, Row)>],
        judged: &dyn Fn(&Violation) -> bool,
    ) -> BTreeMap<Kind, Vec<Row>> {
        let mut found: BTreeMap<Kind, Vec<Row>> = BTreeMap::new();
        for (number, table) in self.case.tables.iter().enumerate() {
            for (index, row) in &tables[number] {
                for (column, declared) in table.columns.iter().enumerate() {
                    if declared.not_null && row[column].is_none() && judged(&("23502", number, column, *index)) {
                        found.entry(Kind::Null(number, column)).or_default().push(row.clone());
                    }
                }
                for (key, columns) in table.keys.iter().enumerate() {
                    let value = pick(row, columns);
                    let same = |(other, held): &&(usize, Row)| other != index && pick(held, columns) == value;
                    let repeats = value.iter().all(Option::is_some) && tables[number].iter().find(same).is_some();
                    let counts = judged(&("23505", number, key, *index));
                    if counts && repeats && self.is_new_in(number, *index, row, columns) {
                        found.entry(Kind::Duplicate(number, key)).or_default().push(value);
                    }
                }
            }
        }
        found
    }

    fn facts(&self, found: BTreeMap<Kind, Vec<Row>>) -> BTreeSet<Fact> {
        let fact = |(kind, keys): (Kind, Vec<Row>)| {
            let rows = keys.len() as u64;
            match kind {
                // The first row stands for all.
                Kind::Null(table, _) => {
                    Fact::new(kind, keys.into_iter().min_by_key(|row| self.order(table, row)), rows)
                }
                _ => Fact::new(kind, keys, rows),
            }
        };
        found.into_iter().map(fact).collect()
    }

    /// Rows stand in the order of their primary key, then of all columns, NULLs last.
    fn order(&self, table: usize, row: &Row) -> Vec<(bool, Option<(String, i64)>)> {
        let text = |value: i64| if self.case.text { value.to_string() } else { String::new() };
        let declared = &self.case.tables[table];
        let mut columns = if declared.has_primary { declared.keys[0].clone() } else { Vec::new() };
        columns.extend(0..row.len());
        let part = |column: &usize| (row[*column].is_none(), row[*column].map(|value| (text(value), value)));
        columns.iter().map(part).collect()
    }

    fn is_new_in(&self, table: usize, index: usize, row: &Row, columns: &[usize]) -> bool {
        let base = self.stated[table][index].base();
        base.is_none_or(|base| pick(base, columns) != pick(row, columns))
    }

    /// Why a row at the end does not satisfy a foreign key.
    fn why(&self, fk: &KeyCase, index: usize, row: &Row, referenced: &[(usize, Row)]) -> Vec<Kind> {
        if self.is_new_in(fk.table, index, row, &fk.columns) {
            let partly = fk.match_type == Match::Full && fk.columns.iter().any(|column| row[*column].is_none());
            return vec![if partly { Kind::PartlyNull(fk.name) } else { Kind::Missing(fk.name) }];
        }
        let stated = &self.stated[fk.referenced];
        let deleted = stated.iter().filter(|other| other.deleted).filter_map(Stated::base);
        let mut gone = self.removed[fk.referenced].iter().chain(deleted);
        let is_changed = |(other, now): &&(usize, Row)| {
            stated[*other].base().is_some_and(|base| {
                pick(base, &fk.referenced_columns) != pick(now, &fk.referenced_columns) && matches(fk, row, base)
            })
        };
        let judged = |action: Chosen| match action {
            Chosen::NoAction | Chosen::SetDefault => true,
            Chosen::SetNull => fk.match_type == Match::Partial,
            Chosen::Restrict | Chosen::Cascade => false,
        };
        let mut kinds = Vec::new();
        if judged(fk.on_delete.action) && gone.any(|other| matches(fk, row, other)) {
            kinds.push(Kind::StillReferenced(fk.name, false));
        }
        if judged(fk.on_update.action) && referenced.iter().find(is_changed).is_some() {
            kinds.push(Kind::StillReferenced(fk.name, true));
        }
        if kinds.is_empty() {
            kinds.push(Kind::Unexplained(fk.name));
        }
        kinds
    }
}

/// Every violation in these rows: its SQLSTATE, the table, the number of the constraint in its kind, or its name, the row.
pub fn violations(case: &Case, tables: &[Vec<Row>]) -> BTreeSet<Violation> {
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
    for fk in &case.foreign_keys {
        for (index, row) in tables[fk.table].iter().enumerate() {
            if !is_satisfied(fk, row, &tables[fk.referenced]) {
                found.insert(("23503", fk.table, fk.name, index));
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
