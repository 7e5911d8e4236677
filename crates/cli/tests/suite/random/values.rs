//! Random values, expressions and conditions over the columns of a table.

use bowline::core::catalog::{Column, SqlType, Table};

use super::numbers::Random;

/// Most numbers are from 1 to this, most texts are that many letters: keys meet often.
const DOMAIN: usize = 5;

/// What can be compared and assigned without a cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Number,
    Text,
    /// Dates and timestamps, all at midnight.
    Day,
    Uuid,
}

pub(super) fn family(sql_type: &SqlType) -> Family {
    match sql_type {
        SqlType::Text | SqlType::Varchar(_) | SqlType::Char(_) => Family::Text,
        SqlType::Date | SqlType::Timestamp => Family::Day,
        SqlType::Uuid => Family::Uuid,
        _ => Family::Number,
    }
}

/// The columns of a table that have the family.
pub(super) fn columns_of(table: &Table, wanted: Family) -> Vec<&Column> {
    table.columns.iter().filter(|column| family(&column.sql_type) == wanted).collect()
}

/// A value that is not NULL.
pub(super) fn value(random: &mut Random, wanted: Family) -> String {
    let domain = if random.percent(85) { DOMAIN } else { 2 * DOMAIN };
    let number = 1 + random.below(domain);
    match wanted {
        Family::Number => number.to_string(),
        // Blanks at the end count in a text, and do not in a CHAR.
        Family::Text if random.percent(8) => format!("'{} '", char::from(b'a' + number as u8 - 1)),
        Family::Text => format!("'{}'", char::from(b'a' + number as u8 - 1)),
        Family::Day => format!("'2024-01-{number:02}'"),
        Family::Uuid => format!("'00000000-0000-0000-0000-{number:012}'"),
    }
}

/// A stored value as a literal.
pub(super) fn quoted(text: &str, of: Family) -> String {
    match of {
        Family::Number => text.to_owned(),
        Family::Text => format!("'{}'", text.trim_end()),
        Family::Day => format!("'{}'", &text[..10]),
        Family::Uuid => format!("'{text}'"),
    }
}

/// A value for a column: often NULL, less often where the column refuses it.
pub(super) fn literal(random: &mut Random, column: &Column) -> String {
    let chance = if column.not_null { 4 } else { 22 };
    if random.percent(chance) {
        return "NULL".to_owned();
    }
    value(random, family(&column.sql_type))
}

/// What an UPDATE may set a column to; `other` is the name and table of a further relation in scope.
pub(super) fn new_value(
    random: &mut Random,
    table: &Table,
    name: &str,
    column: &Column,
    other: Option<(&str, &Table)>,
) -> String {
    let own = format!("{name}.{}", column.name);
    let wanted = family(&column.sql_type);
    if let Some((other_name, other)) = other
        && random.percent(60)
        && let Some(from) = random.any(&columns_of(other, wanted))
    {
        return format!("{other_name}.{}", from.name);
    }
    match random.below(100) {
        0..30 => literal(random, column),
        30..40 => "NULL".to_owned(),
        40..46 => "DEFAULT".to_owned(),
        46..52 => own,
        52..62 => {
            let from = random.pick(&columns_of(table, wanted)).name.clone();
            format!("{name}.{from}")
        }
        62..70 if wanted == Family::Number => format!("{own} + 1"),
        70..74 if wanted == Family::Number => format!("{own} - 1"),
        74..84 => {
            let (one, two) = (value(random, wanted), value(random, wanted));
            format!("CASE WHEN {own} = {one} THEN {two} WHEN {own} = {two} THEN {one} ELSE {own} END")
        }
        _ => value(random, wanted),
    }
}

/// A condition over one relation, for WHERE and CHECK.
pub(super) fn condition(random: &mut Random, table: &Table, name: &str) -> String {
    match random.below(100) {
        0..25 => format!("{} OR {}", comparison(random, table, name), comparison(random, table, name)),
        25..35 => format!("{} AND {}", comparison(random, table, name), comparison(random, table, name)),
        _ => comparison(random, table, name),
    }
}

fn comparison(random: &mut Random, table: &Table, name: &str) -> String {
    let column = random.pick(&table.columns);
    let wanted = family(&column.sql_type);
    let own = if name.is_empty() { column.name.clone() } else { format!("{name}.{}", column.name) };
    match random.below(100) {
        0..40 => format!("{own} = {}", value(random, wanted)),
        40..55 => format!("{own} IN ({}, {})", value(random, wanted), value(random, wanted)),
        55..65 => format!("{own} IS NULL"),
        65..72 => format!("{own} IS NOT NULL"),
        72..82 => format!("{own} < {}", value(random, wanted)),
        82..90 => format!("{own} > {}", value(random, wanted)),
        _ => format!("{own} <> {}", value(random, wanted)),
    }
}

/// A WHERE clause, or none; `other` may be looked into by a subquery.
pub(super) fn filter(random: &mut Random, table: &Table, name: &str, other: &Table) -> String {
    match random.below(100) {
        0..5 => String::new(),
        5..15 => {
            let column = random.pick(&table.columns);
            let fitting = columns_of(other, family(&column.sql_type));
            let Some(held) = random.any(&fitting) else { return String::new() };
            let not = if random.percent(40) { "NOT " } else { "" };
            let (own, theirs) = (&column.name, &held.name);
            format!(" WHERE {not}EXISTS (SELECT 1 FROM {} AS x WHERE x.{theirs} = {name}.{own})", other.name)
        }
        _ => format!(" WHERE {}", condition(random, table, name)),
    }
}
