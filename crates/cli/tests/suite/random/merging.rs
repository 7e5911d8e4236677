//! Random MERGE: every kind of branch, from a table or a query over one.

use bowline::core::catalog::Table;

use super::dml::{assignments, names, taken, target_columns};
use super::numbers::Random;
use super::schema::Dialect;
use super::statement::Statement;
use super::values::{columns_of, condition, family};

/// MERGE into a table from another one, most often joined by one of its keys.
pub(super) fn merge(random: &mut Random, table: &Table, other: &Table, dialect: Dialect) -> Statement {
    let held = match random.any(&other.keys) {
        Some(key) if random.percent(90) => other.column_by_id(key.columns[0]),
        _ => random.pick(&other.columns),
    };
    let own = match random.any(&columns_of(table, family(&held.sql_type))) {
        Some(own) => (*own).clone(),
        None => return Statement::whole("DELETE", format!("DELETE FROM {}", table.name)),
    };
    let by_source = dialect.version >= 17 && random.percent(35);
    let name = &table.name;
    let mut branches = Vec::new();
    let mut has_query = false;
    for _ in 0..random.between(1, 2) {
        let then = match random.below(10) {
            0..5 => set(random, table, Some(("u", other)), &mut has_query),
            5..9 => "DELETE".to_owned(),
            _ => "DO NOTHING".to_owned(),
        };
        let from_other = random.percent(30);
        let when = when(random, if from_other { ("u", other) } else { (name, table) });
        branches.push(format!("WHEN MATCHED{when} THEN {then}"));
    }
    for _ in 0..random.weighted(&[(30, 0), (55, 1), (15, 2)]) {
        let columns = target_columns(random, table);
        let then = match random.below(20) {
            0 => "DO NOTHING".to_owned(),
            1 => "INSERT DEFAULT VALUES".to_owned(),
            _ => {
                let taken = taken(random, &columns, "u", other);
                format!("INSERT ({}) VALUES ({taken})", names(&columns))
            }
        };
        let by_target = if dialect.version >= 17 && random.percent(20) { " BY TARGET" } else { "" };
        branches.push(format!("WHEN NOT MATCHED{by_target}{} THEN {then}", when(random, ("u", other))));
    }
    if by_source {
        let then = match random.below(2) {
            0 => set(random, table, None, &mut has_query),
            _ => "DELETE".to_owned(),
        };
        branches.push(format!("WHEN NOT MATCHED BY SOURCE{} THEN {then}", when(random, (name, table))));
    }
    let source = match random.below(4) {
        0 => format!("(SELECT * FROM {} AS x WHERE {})", other.name, condition(random, other, "x")),
        _ => other.name.clone(),
    };
    let join = format!("u.{} = {name}.{}", held.name, own.name);
    let returning = match random.below(10) {
        0 if dialect.version >= 17 => format!(" RETURNING merge_action(), {name}.{}", own.name),
        _ => String::new(),
    };
    let head = format!("MERGE INTO {name} USING {source} AS u ON {join} ");
    Statement::chain("MERGE", head, branches, returning)
}

/// Half of the branches are for some rows only.
fn when(random: &mut Random, (name, table): (&str, &Table)) -> String {
    if random.percent(50) { String::new() } else { format!(" AND ({})", condition(random, table, name)) }
}

/// UPDATE SET ..., with a query in it at most once: PostgreSQL fails on a second one (XX000, unexpected PARAM_MULTIEXPR).
fn set(random: &mut Random, table: &Table, other: Option<(&str, &Table)>, has_query: &mut bool) -> String {
    let mut set = assignments(random, table, other).join(", ");
    while *has_query && set.contains("(SELECT") {
        set = assignments(random, table, other).join(", ");
    }
    *has_query |= set.contains("(SELECT");
    format!("UPDATE SET {set}")
}
