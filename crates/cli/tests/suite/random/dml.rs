//! Random INSERT, UPDATE, DELETE and TRUNCATE over the tables that are there; MERGE and writes within WITH beside.
//!
//! New rows take most of their references from rows that are there, so that about half of them are accepted.

use std::sync::Arc;

use bowline::core::catalog::{Catalog, Column, ColumnId, Table};
use bowline::core::rows::Snapshot;

use super::engines::stored_rows;
use super::numbers::Random;
use super::schema::Dialect;
use super::statement::Statement;
use super::values::{Family, columns_of, condition, family, filter, literal, new_value, quoted, value};
use super::{merging, within};

/// A statement that changes rows; `None` where the catalog has no table with columns.
pub(super) fn change(random: &mut Random, snapshot: &Snapshot, dialect: Dialect) -> Option<Statement> {
    let catalog = snapshot.catalog();
    let tables = tables(catalog);
    let referenced: Vec<_> = tables.iter().filter(|table| !catalog.foreign_keys_to(table.id).is_empty()).collect();
    let table = match random.any(&referenced) {
        Some(table) if random.percent(45) => *table,
        _ => random.any(&tables)?,
    };
    let other = random.pick(&tables);
    let choices = [
        (22, insert as fn(&mut Random, &Snapshot, &Table, &Table) -> Statement),
        (12, |random, snapshot, table, _| first_row(random, snapshot, table)),
        (10, insert_select),
        (12, insert_on_conflict),
        (32, update),
        (6, update_from),
        (26, delete),
        (5, delete_using),
        (2, truncate),
        (if dialect.writes_within { 8 } else { 0 }, within::moved),
        (if dialect.writes_within { 8 } else { 0 }, within::together),
        (if dialect.writes_within { 4 } else { 0 }, within::followed),
    ];
    if dialect.merges && random.percent(8) {
        return Some(merging::merge(random, table, other, dialect));
    }
    let change = random.weighted(&choices)(random, snapshot, table, other);
    Some(if dialect.version >= 18 { with_images(random, change, table) } else { change })
}

/// Sometimes returns what rows were and what they are, where the statement can return but does not.
fn with_images(random: &mut Random, change: Statement, table: &Table) -> Statement {
    let kinds = ["INSERT VALUES", "ON CONFLICT", "UPDATE", "DELETE"];
    if !kinds.contains(&change.kind) || change.text().contains(" RETURNING ") || !random.percent(6) {
        return change;
    }
    let (one, two) = (&random.pick(&table.columns).name, &random.pick(&table.columns).name);
    change.ending(format!(" RETURNING old.{one}, new.{one}, new.{two}"))
}

/// The tables that have columns.
pub(super) fn tables(catalog: &Catalog) -> Vec<Arc<Table>> {
    catalog.tables().filter(|table| !table.columns.is_empty()).cloned().collect()
}

/// INSERT of a few rows of values.
pub(super) fn insert(random: &mut Random, snapshot: &Snapshot, table: &Table, _: &Table) -> Statement {
    let (head, rows) = values(random, snapshot, table);
    let tail = returning(random, table);
    Statement::listing("INSERT VALUES", head, rows, tail)
}

/// `INSERT INTO table (columns) VALUES ` and the rows.
fn values(random: &mut Random, snapshot: &Snapshot, table: &Table) -> (String, Vec<String>) {
    let columns = target_columns(random, table);
    let count = random.weighted(&[(55, 1), (25, 2), (12, 3), (8, 5)]);
    let rows = (0..count).map(|_| format!("({})", row(random, snapshot, table, &columns).join(", "))).collect();
    (format!("INSERT INTO {} ({}) VALUES ", table.name, names(&columns)), rows)
}

/// One row, most often with keys that no row holds: what fills the tables.
pub(super) fn first_row(random: &mut Random, snapshot: &Snapshot, table: &Table) -> Statement {
    let columns = written_columns(table);
    let known = stored_rows(snapshot, table);
    let is_taken = |fields: &[String]| {
        table.keys.iter().any(|key| {
            let same = |row: &Vec<Option<String>>| {
                key.columns.iter().all(|id| {
                    let given = columns.iter().position(|column| column.id == *id);
                    let text = row[table.position(*id)].as_ref();
                    let held = text.map(|text| quoted(text, family(&table.column_by_id(*id).sql_type)));
                    given.is_some_and(|given| held.as_ref() == Some(&fields[given]))
                })
            };
            known.iter().any(same)
        })
    };
    let mut fields = row(random, snapshot, table, &columns);
    for _ in 0..3 {
        if is_taken(&fields) {
            fields = row(random, snapshot, table, &columns);
        }
    }
    let text = format!("INSERT INTO {} ({}) VALUES ({})", table.name, names(&columns), fields.join(", "));
    Statement::whole("INSERT VALUES", text)
}

/// A row of values for the columns.
fn row(random: &mut Random, snapshot: &Snapshot, table: &Table, columns: &[&Column]) -> Vec<String> {
    let mut fields: Vec<_> = columns
        .iter()
        .map(|column| match random.below(100) {
            0..3 => "DEFAULT".to_owned(),
            3 if family(&column.sql_type) == Family::Text => "'abcd'".to_owned(),
            _ => literal(random, column),
        })
        .collect();
    let catalog = snapshot.catalog();
    for fk in catalog.foreign_keys_of(table.id) {
        let held = catalog.table(fk.referenced_table);
        let rows = stored_rows(snapshot, held);
        let Some(row) = random.any(&rows).filter(|_| random.percent(75)) else { continue };
        for (own, referenced) in fk.columns.iter().zip(&fk.referenced_columns) {
            let place = columns.iter().position(|column| column.id == *own);
            if let (Some(place), Some(text)) = (place, &row[held.position(*referenced)]) {
                fields[place] = quoted(text, family(&columns[place].sql_type));
            }
        }
    }
    fields
}

/// All columns or, less often, some of them.
pub(super) fn target_columns<'t>(random: &mut Random, table: &'t Table) -> Vec<&'t Column> {
    let all: Vec<&Column> = if random.percent(2) { table.columns.iter().collect() } else { written_columns(table) };
    if random.percent(80) { all } else { random.some(&all, 1, all.len()) }
}

/// The columns that are not computed from others.
fn written_columns(table: &Table) -> Vec<&Column> {
    table.columns.iter().filter(|column| column.generated.is_none()).collect()
}

fn insert_select(random: &mut Random, _: &Snapshot, table: &Table, other: &Table) -> Statement {
    let columns = target_columns(random, table);
    let taken = taken(random, &columns, "s", other);
    let filter = filter(random, other, "s", table);
    let returning = returning(random, table);
    let (target, source) = (names(&columns), &other.name);
    let text = format!("INSERT INTO {} ({target}) SELECT {taken} FROM {source} AS s{filter}{returning}", table.name);
    Statement::whole("INSERT SELECT", text)
}

/// Values for columns, most of them from a relation.
pub(super) fn taken(random: &mut Random, columns: &[&Column], name: &str, from: &Table) -> String {
    let value = |column: &&Column| match random.any(&columns_of(from, family(&column.sql_type))) {
        Some(from) if random.percent(75) => format!("{name}.{}", from.name),
        _ => literal(random, column),
    };
    columns.iter().map(value).collect::<Vec<_>>().join(", ")
}

fn insert_on_conflict(random: &mut Random, snapshot: &Snapshot, table: &Table, other: &Table) -> Statement {
    let Some(key) = random.any(&table.keys).cloned() else { return insert(random, snapshot, table, other) };
    let (head, rows) = values(random, snapshot, table);
    let returning = returning(random, table);
    let target = if random.percent(15) {
        format!(" ON CONSTRAINT {}", key.name)
    } else {
        format!(" ({})", table.column_names(&key.columns).join(", "))
    };
    if random.percent(40) {
        let target = if random.percent(50) { String::new() } else { target };
        return Statement::listing("ON CONFLICT", head, rows, format!(" ON CONFLICT{target} DO NOTHING{returning}"));
    }
    // Where several new rows update the key by which they found their row, PostgreSQL's error depends on their order.
    let may_set = |column: &&Column| rows.len() == 1 || !key.columns.contains(&column.id);
    let columns: Vec<&Column> = written_columns(table).into_iter().filter(may_set).collect();
    if columns.is_empty() {
        return insert(random, snapshot, table, other);
    }
    let set: Vec<_> = random
        .some(&columns, 1, columns.len().min(2))
        .into_iter()
        .map(|column| match random.below(3) {
            0 => format!("{} = EXCLUDED.{}", column.name, column.name),
            1 => format!("{} = {}", column.name, new_value(random, table, &table.name, column, None)),
            _ => format!("{} = {}", column.name, literal(random, column)),
        })
        .collect();
    let filter =
        if random.percent(25) { format!(" WHERE {}", condition(random, table, &table.name)) } else { String::new() };
    let tail = format!(" ON CONFLICT{target} DO UPDATE SET {}{filter}{returning}", set.join(", "));
    Statement::listing("ON CONFLICT", head, rows, tail)
}

pub(super) fn update(random: &mut Random, snapshot: &Snapshot, table: &Table, other: &Table) -> Statement {
    let set = assignments(random, table, None);
    let tail = format!("{}{}", aimed(random, snapshot, table, other), returning(random, table));
    Statement::listing("UPDATE", format!("UPDATE {} SET ", table.name), set, tail)
}

/// UPDATE from another table joined by one of its keys, so that no row finds two partners.
pub(super) fn update_from(random: &mut Random, snapshot: &Snapshot, table: &Table, other: &Table) -> Statement {
    let single: Vec<_> = other.keys.iter().filter(|key| key.columns.len() == 1).collect();
    let joined = random.any(&single).and_then(|key| {
        let held = other.column_by_id(key.columns[0]);
        Some((held, *random.any(&columns_of(table, family(&held.sql_type)))?))
    });
    let Some((held, own)) = joined else { return update(random, snapshot, table, other) };
    let set = assignments(random, table, Some(("u", other)));
    let join = format!(" FROM {} AS u WHERE u.{} = {}.{}", other.name, held.name, table.name, own.name);
    let filter = if random.percent(40) { format!(" AND {}", one_value(random, other)) } else { String::new() };
    let tail = format!("{join}{filter}{}", returning(random, table));
    Statement::listing("UPDATE FROM", format!("UPDATE {} SET ", table.name), set, tail)
}

pub(super) fn one_value(random: &mut Random, table: &Table) -> String {
    let column = random.pick(&table.columns);
    format!("u.{} = {}", column.name, value(random, family(&column.sql_type)))
}

/// New values for one or two columns, more often for those of keys.
pub(super) fn assignments(random: &mut Random, table: &Table, other: Option<(&str, &Table)>) -> Vec<String> {
    let columns = written_columns(table);
    let chosen = random.some(&columns, 1, columns.len().min(2));
    let values: Vec<_> = chosen.iter().map(|column| new_value(random, table, &table.name, column, other)).collect();
    let set = chosen.iter().zip(&values).map(|(column, to)| format!("{} = {to}", column.name));
    match random.below(100) {
        0..8 => vec![format!("({}) = ROW ({})", names(&chosen), values.join(", "))],
        // A literal in a query is a text, there as here.
        8..14 if !values.iter().any(|value| value == "DEFAULT" || value == "NULL" || value.starts_with('\'')) => {
            vec![format!("({}) = (SELECT {})", names(&chosen), values.join(", "))]
        }
        _ => set.collect(),
    }
}

pub(super) fn delete(random: &mut Random, snapshot: &Snapshot, table: &Table, other: &Table) -> Statement {
    let filter = aimed(random, snapshot, table, other);
    Statement::whole("DELETE", format!("DELETE FROM {}{filter}{}", table.name, returning(random, table)))
}

/// A WHERE clause that half of the time names rows that are there.
fn aimed(random: &mut Random, snapshot: &Snapshot, table: &Table, other: &Table) -> String {
    let rows = stored_rows(snapshot, table);
    if random.percent(45)
        && let Some(key) = by_key(random, snapshot, table, &rows)
    {
        let further = if random.percent(40) {
            format!(" AND ({})", condition(random, table, &table.name))
        } else {
            String::new()
        };
        return format!(" WHERE {key}{further}");
    }
    let place = random.below(table.columns.len());
    let column = &table.columns[place];
    let values: Vec<_> = rows.iter().filter_map(|row| row[place].as_ref()).collect();
    let count = values.len().min(2);
    if count == 0 || random.percent(50) {
        return filter(random, table, &table.name, other);
    }
    let literals: Vec<_> =
        random.some(&values, 1, count).iter().map(|text| quoted(text, family(&column.sql_type))).collect();
    format!(" WHERE {}.{} IN ({})", table.name, column.name, literals.join(", "))
}

/// Equalities that bind a key or a foreign key to the values of a row that is there.
fn by_key(random: &mut Random, snapshot: &Snapshot, table: &Table, rows: &[Vec<Option<String>>]) -> Option<String> {
    let foreign_keys = snapshot.catalog().foreign_keys_of(table.id);
    let keys = table.keys.iter().map(|key| key.columns.as_slice());
    let keys: Vec<_> = keys.chain(foreign_keys.iter().map(|fk| fk.columns.as_slice())).collect();
    let (key, row) = (random.any(&keys)?, random.any(rows)?);
    let equality = |id: &ColumnId| {
        let column = table.column_by_id(*id);
        let text = row[table.position(*id)].as_ref()?;
        Some(format!("{}.{} = {}", table.name, column.name, quoted(text, family(&column.sql_type))))
    };
    Some(key.iter().map(equality).collect::<Option<Vec<_>>>()?.join(" AND "))
}

pub(super) fn delete_using(random: &mut Random, snapshot: &Snapshot, table: &Table, other: &Table) -> Statement {
    let own = random.pick(&table.columns);
    let Some(held) = random.any(&columns_of(other, family(&own.sql_type))).copied() else {
        return delete(random, snapshot, table, other);
    };
    let filter = if random.percent(40) { format!(" AND {}", one_value(random, other)) } else { String::new() };
    let (name, own, held) = (&table.name, &own.name, &held.name);
    let text = format!("DELETE FROM {name} USING {} AS u WHERE u.{held} = {name}.{own}{filter}", other.name);
    Statement::whole("DELETE USING", text)
}

fn truncate(random: &mut Random, _: &Snapshot, table: &Table, other: &Table) -> Statement {
    let mut tables = vec![table.name.clone()];
    if other.name != table.name && random.percent(40) {
        tables.push(other.name.clone());
    }
    let tail = random.weighted(&[(50, ""), (40, " CASCADE"), (10, " RESTRICT")]);
    Statement::listing("TRUNCATE", "TRUNCATE ", tables, tail)
}

pub(super) fn returning(random: &mut Random, table: &Table) -> String {
    match random.below(100) {
        0..85 => String::new(),
        85..93 => " RETURNING *".to_owned(),
        93..95 => {
            let (one, two) = (&random.pick(&table.columns).name, &random.pick(&table.columns).name);
            format!(" RETURNING {one} IS NULL, {two} = {two}, {two}")
        }
        _ => format!(" RETURNING {}.{}", table.name, random.pick(&table.columns).name),
    }
}

pub(super) fn names(columns: &[&Column]) -> String {
    columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}
