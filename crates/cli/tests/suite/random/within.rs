//! Random writes within WITH: several in one statement, and rows that one hands to the next.

use bowline::core::catalog::Table;
use bowline::core::rows::Snapshot;

use super::dml::{assignments, delete, insert, names, one_value, taken, target_columns, update};
use super::numbers::Random;
use super::statement::Statement;
use super::values::{columns_of, family, filter};

/// Two or three writes in one statement, each of rows that are there before it.
pub(super) fn together(random: &mut Random, snapshot: &Snapshot, table: &Table, other: &Table) -> Statement {
    // PostgreSQL leaves open which of two changes of one row is made.
    if table.id == other.id {
        return moved(random, snapshot, table, other);
    }
    let (one, two) = match random.below(6) {
        0 => (delete(random, snapshot, table, other), delete(random, snapshot, other, table)),
        1 => (delete(random, snapshot, table, other), insert(random, snapshot, other, table)),
        2 => (insert(random, snapshot, table, other), insert(random, snapshot, other, table)),
        3 => (insert(random, snapshot, table, other), delete(random, snapshot, other, table)),
        4 => (update(random, snapshot, table, other), update(random, snapshot, other, table)),
        _ => (update(random, snapshot, table, other), insert(random, snapshot, other, table)),
    };
    let third = match random.below(4) {
        // New rows are nobody else's.
        0 => format!(", e AS ({})", insert(random, snapshot, table, other).text()),
        _ => String::new(),
    };
    Statement::whole("WITH", format!("WITH d AS ({}){third} {}", one.text(), two.text()))
}

/// Rows deleted from one table, or changed there, and inserted into another, in one statement.
pub(super) fn moved(random: &mut Random, _: &Snapshot, table: &Table, other: &Table) -> Statement {
    let first = first(random, table, other);
    let columns = target_columns(random, other);
    let taken = taken(random, &columns, "d", table);
    let (target, columns) = (&other.name, names(&columns));
    Statement::whole("WITH", format!("WITH d AS ({first}) INSERT INTO {target} ({columns}) SELECT {taken} FROM d"))
}

/// Rows of another table deleted or changed after those that went from one; a changed row finds one partner by its key.
pub(super) fn followed(random: &mut Random, snapshot: &Snapshot, table: &Table, other: &Table) -> Statement {
    let single: Vec<_> = table.keys.iter().filter(|key| key.columns.len() == 1).collect();
    let joined = random.any(&single).and_then(|key| {
        let held = table.column_by_id(key.columns[0]);
        Some((held, *random.any(&columns_of(other, family(&held.sql_type)))?))
    });
    let Some((held, own)) = joined.filter(|_| table.id != other.id) else {
        return moved(random, snapshot, table, other);
    };
    let first = format!("DELETE FROM {}{}", table.name, filter(random, table, &table.name, other));
    let join = format!("WHERE u.{} = {}.{}", held.name, other.name, own.name);
    let filter = if random.percent(30) { format!(" AND {}", one_value(random, table)) } else { String::new() };
    let second = match random.below(2) {
        0 => format!("DELETE FROM {} USING d AS u {join}{filter}", other.name),
        _ => {
            let set = assignments(random, other, Some(("u", table))).join(", ");
            format!("UPDATE {} SET {set} FROM d AS u {join}{filter}", other.name)
        }
    };
    Statement::whole("WITH", format!("WITH d AS ({first} RETURNING {}.*) {second}", table.name))
}

/// Rows deleted or changed, and returned.
fn first(random: &mut Random, table: &Table, other: &Table) -> String {
    let name = &table.name;
    let filter = filter(random, table, name, other);
    match random.below(10) {
        0..6 => format!("DELETE FROM {name}{filter} RETURNING {name}.*"),
        _ => format!("UPDATE {name} SET {}{filter} RETURNING {name}.*", assignments(random, table, None).join(", ")),
    }
}
