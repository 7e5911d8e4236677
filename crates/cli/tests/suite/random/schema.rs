//! Random tables and foreign keys: composite, permuted, to the own table, in cycles and diamonds, of every action.

use std::collections::BTreeMap;

use bowline::core::catalog::{Catalog, Column, ForeignKey, SqlType, Table, TableId};

use super::numbers::Random;
use super::statement::Statement;
use super::values::{Family, family, value};

/// How foreign keys may lie between the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// At most one way from table to table, and no key change that comes back to its own table: no two actions meet.
    Forest,
    /// Anything: diamonds, cycles, several foreign keys between two tables.
    Tangle,
}

/// Which clauses both engines have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    /// PostgreSQL's major version.
    pub(super) version: u32,
    /// DEFERRABLE and SET CONSTRAINTS.
    pub(super) defers: bool,
    /// SET NULL (columns) and SET DEFAULT (columns).
    pub(super) lists: bool,
    /// ALTER CONSTRAINT.
    pub(super) alters_constraints: bool,
    /// ALTER COLUMN TYPE.
    pub(super) alters_types: bool,
    /// MERGE.
    pub(super) merges: bool,
    /// INSERT, UPDATE and DELETE inside WITH.
    pub(super) writes_within: bool,
}

/// Gives out names that were not used before.
#[derive(Debug, Default)]
pub(super) struct Names(usize);

impl Names {
    pub(super) fn fresh(&mut self, prefix: &str) -> String {
        self.0 += 1;
        format!("{prefix}{}", self.0)
    }
}

const COLUMN_NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// CREATE TABLE with columns, keys and checks.
pub(super) fn create_table(random: &mut Random, names: &mut Names, dialect: Dialect) -> Statement {
    let table = names.fresh("t");
    let count = random.between(2, 5);
    let mut families = Vec::new();
    let mut parts = Vec::new();
    for name in &COLUMN_NAMES[..count] {
        let (sql_type, of) = column_type(random);
        parts.push(format!("{name} {sql_type}{}", column_clauses(random, of)));
        families.push((*name, of));
    }
    let mut uniques = Vec::new();
    let numbers: Vec<&str> = families.iter().filter(|(_, of)| *of == Family::Number).map(|(name, _)| *name).collect();
    if random.percent(8)
        && let Some(from) = random.any(&numbers)
    {
        parts.push(format!("g BIGINT GENERATED ALWAYS AS ({from} + 1) STORED"));
        families.push(("g", Family::Number));
    }
    let columns: Vec<&str> = families.iter().map(|(name, _)| *name).collect();
    let count = columns.len();
    if random.percent(75) {
        let key = random.weighted(&[(60, 1), (35, 2), (5, 3)]).min(count);
        let columns = random.some(&columns, key, key).join(", ");
        parts.push(format!("CONSTRAINT {} PRIMARY KEY ({columns})", names.fresh("pk")));
        uniques.push(columns);
    }
    for _ in 0..random.weighted(&[(45, 0), (35, 1), (20, 2)]) {
        let key = random.weighted(&[(35, 1), (55, 2), (10, 3)]).min(count);
        let columns = random.some(&columns, key, key).join(", ");
        // PostgreSQL silently leaves out a UNIQUE that says what another of the same CREATE TABLE says.
        if uniques.contains(&columns) {
            continue;
        }
        uniques.push(columns.clone());
        let how = if random.percent(15) { characteristics(random, dialect) } else { "" };
        parts.push(format!("CONSTRAINT {} UNIQUE ({columns}){how}", names.fresh("u")));
    }
    if random.percent(20) {
        let (name, of) = *random.pick(&families);
        parts.push(format!("CONSTRAINT {} CHECK ({name} <> {})", names.fresh("ck"), value(random, of)));
    }
    Statement::listing("CREATE TABLE", format!("CREATE TABLE {table} ("), parts, ")")
}

pub(super) fn column_type(random: &mut Random) -> (&'static str, Family) {
    let number = [(55, "INTEGER"), (10, "SMALLINT"), (10, "BIGINT"), (6, "NUMERIC(4,0)")];
    let text = [(7, "TEXT"), (4, "VARCHAR(3)"), (3, "CHAR(3)"), (2, "CHAR(5)")];
    let day = [(3, "DATE"), (1, "TIMESTAMP")];
    let families = [(78, Family::Number), (15, Family::Text), (4, Family::Day), (3, Family::Uuid)];
    let of = random.weighted(&families);
    let sql_type = match of {
        Family::Number => random.weighted(&number),
        Family::Text => random.weighted(&text),
        Family::Day => random.weighted(&day),
        Family::Uuid => "UUID",
    };
    (sql_type, of)
}

/// NOT NULL and DEFAULT.
pub(super) fn column_clauses(random: &mut Random, of: Family) -> String {
    let not_null = if random.percent(12) { " NOT NULL" } else { "" };
    let default = if random.percent(40) { format!(" DEFAULT {}", value(random, of)) } else { String::new() };
    format!("{not_null}{default}")
}

/// A foreign key as table and definition, fit for ADD; `None` where no columns go together, or not in this shape.
pub(super) fn foreign_key(
    random: &mut Random,
    names: &mut Names,
    catalog: &Catalog,
    shape: Shape,
    dialect: Dialect,
) -> Option<(String, String)> {
    let tables = super::dml::tables(catalog);
    let referenced = random.any(&tables)?;
    let to_itself = random.percent(15);
    let table = if to_itself { referenced } else { random.pick(&tables) };
    let is_own = table.id == referenced.id;
    if shape == Shape::Forest && !is_own && are_connected(catalog, table.id, referenced.id) {
        return None;
    }
    let key = random.any(&referenced.keys)?;
    let held: Vec<&Column> = key.columns.iter().map(|id| referenced.column_by_id(*id)).collect();
    let held = random.some(&held, held.len(), held.len());
    let own = referencing_columns(random, table, &held)?;
    let list = |columns: &[&Column]| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>().join(", ");
    let match_type = random.weighted(&[(75, ""), (20, " MATCH FULL"), (5, " MATCH SIMPLE")]);
    let on_delete = rule(random, "DELETE", if dialect.lists { &own } else { &[] });
    let on_update = if shape == Shape::Forest && is_own { String::new() } else { rule(random, "UPDATE", &[]) };
    let how = match random.below(100) {
        0..4 if dialect.version >= 18 => " NOT ENFORCED",
        _ => characteristics(random, dialect),
    };
    let name = if random.percent(10) { String::new() } else { format!("CONSTRAINT {} ", names.fresh("fk")) };
    // The primary key need not be named, if its columns are meant in their order.
    let is_plain = referenced.primary_key().is_some_and(|key| key.columns.iter().eq(held.iter().map(|own| &own.id)));
    let columns = if is_plain && random.percent(25) { String::new() } else { format!(" ({})", list(&held)) };
    let (own, referenced) = (list(&own), &referenced.name);
    let definition =
        format!("{name}FOREIGN KEY ({own}) REFERENCES {referenced}{columns}{match_type}{on_delete}{on_update}{how}");
    Some((table.name.clone(), definition))
}

/// Distinct columns that can reference the given ones, in the same order.
fn referencing_columns<'t>(random: &mut Random, table: &'t Table, held: &[&Column]) -> Option<Vec<&'t Column>> {
    let mut own: Vec<&Column> = Vec::new();
    for column in held {
        let fits = |candidate: &&Column| {
            can_reference(&candidate.sql_type, &column.sql_type) && own.iter().all(|taken| taken.id != candidate.id)
        };
        let candidates: Vec<&Column> = table.columns.iter().filter(fits).collect();
        own.push(*random.any(&candidates)?);
    }
    Some(own)
}

/// PostgreSQL takes a NUMERIC referencing column only for a NUMERIC key.
fn can_reference(own: &SqlType, held: &SqlType) -> bool {
    family(own) == family(held) && (own.is_integer() || !held.is_integer())
}

/// ON DELETE or ON UPDATE; SET NULL and SET DEFAULT sometimes only of some of the listed columns.
fn rule(random: &mut Random, event: &str, listed: &[&Column]) -> String {
    let actions = [(42, ""), (4, "NO ACTION"), (16, "RESTRICT"), (20, "CASCADE"), (10, "SET NULL"), (8, "SET DEFAULT")];
    match random.weighted(&actions) {
        "" => String::new(),
        action if action.starts_with("SET") && !listed.is_empty() && random.percent(25) => {
            let columns = random.some(listed, 1, listed.len());
            let columns: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
            format!(" ON {event} {action} ({})", columns.join(", "))
        }
        action => format!(" ON {event} {action}"),
    }
}

/// When a constraint is judged; most often at once.
pub(super) fn characteristics(random: &mut Random, dialect: Dialect) -> &'static str {
    if !dialect.defers {
        return "";
    }
    let choices = [
        (70, ""),
        (10, " DEFERRABLE"),
        (12, " DEFERRABLE INITIALLY DEFERRED"),
        (4, " DEFERRABLE INITIALLY IMMEDIATE"),
        (4, " NOT DEFERRABLE"),
    ];
    random.weighted(&choices)
}

/// Whether foreign keys lead from one table to the other, in whichever direction.
fn are_connected(catalog: &Catalog, one: TableId, other: TableId) -> bool {
    let mut group: BTreeMap<TableId, TableId> = catalog.tables().map(|table| (table.id, table.id)).collect();
    for fk in catalog.foreign_keys() {
        let ForeignKey { table, referenced_table, .. } = fk.as_ref();
        let (from, to) = (group[table], group[referenced_table]);
        group.values_mut().filter(|of| **of == from).for_each(|of| *of = to);
    }
    group.get(&one) == group.get(&other)
}
