//! Random cases over tiny domains, so that keys meet: cycles, self-references, diamonds, composite and permuted keys.

use super::case::{Case, Change, Chosen, ColumnCase, KeyCase, Match, Row, RuleCase, TableCase};
use super::model;

/// Values are below this.
const DOMAIN: u64 = 6;

/// A stream of numbers that one seed determines (the SplitMix64 generator).
pub struct Random(u64);

/// Which cases are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Base rows that satisfy every constraint, and a change.
    Change,
    /// Rows that obey nothing, of every match type, and no change.
    Anything,
}

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn index(&mut self, end: usize) -> usize {
        self.below(end as u64) as usize
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.index(last + 1));
        }
    }

    fn value(&mut self, column: ColumnCase) -> Option<i64> {
        let null = !column.not_null && self.percent(20);
        (!null).then(|| self.below(DOMAIN) as i64)
    }

    fn choose(&mut self, count: usize, of: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..of).collect();
        self.shuffle(&mut all);
        all.truncate(count);
        all
    }
}

/// The case of a seed. Changes that fire no action are common in random cases, so most of them are passed over.
pub fn case(random: &mut Random, wanted: Wanted) -> Case {
    loop {
        let case = any_case(random, wanted);
        if wanted == Wanted::Anything || random.percent(5) || fires(&case) {
            return case;
        }
    }
}

/// Whether the change of a case reaches further rows, or is refused by an action.
fn fires(case: &Case) -> bool {
    let outcome = model::outcome(case);
    let states = outcome.states();
    match outcome.result {
        Ok(_) => outcome.by_actions() > 0,
        Err(_) => states.contains("23001") || states.contains("27000"),
    }
}

fn any_case(random: &mut Random, wanted: Wanted) -> Case {
    let most = if random.percent(20) { 5 } else { 3 };
    let table_count = 1 + random.index(most);
    let tables: Vec<TableCase> = (0..table_count).map(|_| table(random)).collect();
    let mut case = Case { text: random.percent(15), tables, foreign_keys: Vec::new(), changes: Vec::new() };
    let key_count = 1 + random.index(2 * table_count + 1);
    for _ in 0..key_count {
        let found = foreign_key(random, &case);
        case.foreign_keys.extend(found);
    }
    for _ in 0..2 {
        for table in 0..table_count {
            for _ in 0..random.below(5) {
                let row = fitting_row(random, &case, table, wanted);
                case.tables[table].rows.push(row);
            }
        }
    }
    if wanted == Wanted::Change {
        satisfy(random, &mut case);
        changes(random, &mut case);
    }
    case
}

fn table(random: &mut Random) -> TableCase {
    let column_count = 1 + random.index(4);
    let mut columns: Vec<ColumnCase> = (0..column_count)
        .map(|_| ColumnCase {
            not_null: random.percent(15),
            default: random.percent(60).then(|| random.below(DOMAIN) as i64),
            width: random.below(4) as u8,
        })
        .collect();
    let mut keys = Vec::new();
    for _ in 0..1 + random.index(2) {
        let most = if random.percent(20) { 3 } else { 2 };
        let size = 1 + random.index(column_count.min(most));
        let key = random.choose(size, column_count);
        keys.push(key);
    }
    let has_primary = random.percent(70);
    if has_primary {
        keys[0].iter().for_each(|column| columns[*column].not_null = true);
    }
    TableCase { columns, keys, has_primary, rows: Vec::new() }
}

fn foreign_key(random: &mut Random, case: &Case) -> Option<KeyCase> {
    let referenced = random.index(case.tables.len());
    let key = random.index(case.tables[referenced].keys.len());
    let mut referenced_columns = case.tables[referenced].keys[key].clone();
    random.shuffle(&mut referenced_columns);
    let table = random.index(case.tables.len());
    let width = case.tables[table].columns.len();
    if width < referenced_columns.len() {
        return None;
    }
    let mut columns = random.choose(referenced_columns.len(), width);
    // A key may name a column twice.
    if columns.len() > 1 && random.percent(10) {
        columns[1] = columns[0];
    }
    let match_type = match random.below(10) {
        0..=1 => Match::Full,
        2..=4 => Match::Partial,
        _ => Match::Simple,
    };
    let on_delete = rule(random, &columns);
    let on_update = rule(random, &columns);
    Some(KeyCase {
        name: case.foreign_keys.len(),
        table,
        columns,
        referenced,
        referenced_columns,
        match_type,
        on_delete,
        on_update,
    })
}

fn rule(random: &mut Random, columns: &[usize]) -> RuleCase {
    let action = match random.below(20) {
        0..=2 => Chosen::NoAction,
        3..=4 => Chosen::Restrict,
        5..=11 => Chosen::Cascade,
        12..=15 => Chosen::SetNull,
        _ => Chosen::SetDefault,
    };
    let sets = matches!(action, Chosen::SetNull | Chosen::SetDefault);
    let listed =
        if sets && random.percent(30) { columns[..1 + random.index(columns.len())].to_vec() } else { Vec::new() };
    RuleCase { action, listed }
}

/// A row that often references rows there are.
fn row(random: &mut Random, case: &Case, table: usize) -> Row {
    let mut row: Row = case.tables[table].columns.iter().map(|column| random.value(*column)).collect();
    for fk in case.foreign_keys.iter().filter(|fk| fk.table == table) {
        let referenced = &case.tables[fk.referenced].rows;
        if !referenced.is_empty() && random.percent(70) {
            let target = &referenced[random.index(referenced.len())];
            for (column, other) in fk.columns.iter().zip(&fk.referenced_columns) {
                if target[*other].is_some() || !case.tables[table].columns[*column].not_null {
                    row[*column] = target[*other];
                }
            }
        }
    }
    row
}

/// A row that adds no violation, if one is found in a few attempts.
fn fitting_row(random: &mut Random, case: &Case, table: usize, wanted: Wanted) -> Row {
    let attempts = if wanted == Wanted::Anything { 1 } else { 8 };
    let mut tables: Vec<Vec<Row>> = case.tables.iter().map(|table| table.rows.clone()).collect();
    let mut latest = Row::new();
    for _ in 0..attempts {
        latest = row(random, case, table);
        tables[table].push(latest.clone());
        if model::violations(case, &tables).is_empty() {
            break;
        }
        tables[table].pop();
    }
    latest
}

/// Mends or drops rows until every constraint holds.
fn satisfy(random: &mut Random, case: &mut Case) {
    loop {
        let tables: Vec<Vec<Row>> = case.tables.iter().map(|table| table.rows.clone()).collect();
        let Some((state, table, number, row)) = model::violations(case, &tables).into_iter().next() else { return };
        let named = case.foreign_keys.iter().find(|fk| state == "23503" && fk.name == number);
        let columns = named.map_or_else(Vec::new, |fk| fk.columns.clone());
        let nullable = columns.iter().all(|column| !case.tables[table].columns[*column].not_null);
        if state == "23503" && nullable && random.percent(60) {
            columns.iter().for_each(|column| case.tables[table].rows[row][*column] = None);
        } else {
            case.tables[table].rows.remove(row);
        }
    }
}

/// Adds a change to a case without one.
pub fn changes(random: &mut Random, case: &mut Case) {
    let only = random.percent(60).then(|| random.index(case.tables.len()));
    for table in (0..case.tables.len()).filter(|table| only.is_none_or(|only| only == *table)) {
        let deletes = random.percent(50);
        for at in 0..case.tables[table].rows.len() {
            if !random.percent(35) {
                continue;
            }
            if random.percent(if deletes { 70 } else { 15 }) {
                case.changes.push(Change::Delete { table, at });
                continue;
            }
            let mut changed = case.tables[table].rows[at].clone();
            let other = row(random, case, table);
            for column in 0..changed.len() {
                match random.below(10) {
                    0..=2 => changed[column] = other[column],
                    // A value that no row holds yet, so that keys change without meeting others.
                    3 => changed[column] = Some((DOMAIN + random.below(DOMAIN)) as i64),
                    _ => {}
                }
            }
            case.changes.push(Change::Update { table, at, row: changed });
        }
        if random.percent(30) {
            for _ in 0..1 + random.below(2) {
                let row = row(random, case, table);
                case.changes.push(Change::Insert { table, row });
            }
        }
    }
}
