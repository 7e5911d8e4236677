//! `pg_constraint`, and a constraint as the clause that would declare it.

use std::sync::Arc;

use bowline_core::catalog::{
    CandidateKey, Characteristics, Check, Column, ColumnId, ForeignKey, KeyOrigin, MatchType, ReferentialAction, Rule,
    Table,
};

use super::cell::Cell;
use super::objects::{Objects, attribute_number};
use super::quoting::{quoted, relation};

/// A constraint of a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Constraint<'c> {
    Key(&'c Table, &'c CandidateKey),
    ForeignKey(&'c ForeignKey),
    Check(&'c Table, &'c Check),
    NotNull(&'c Table, &'c Column),
}

/// What OID 0 says: there is no such object.
const NONE: i64 = 0;

/// The constraints of all tables.
pub(super) fn all(objects: &Objects) -> Vec<Constraint<'_>> {
    let catalog = &objects.catalog;
    let of_table = |table: &'_ Arc<Table>| -> Vec<Constraint<'_>> {
        let table = catalog.table(table.id);
        let keys = table.keys.iter().filter(|key| key.origin == KeyOrigin::Constraint);
        let keys = keys.map(|key| Constraint::Key(table, key));
        let checks = table.checks.iter().map(|check| Constraint::Check(table, check));
        let not_nulls = table.columns.iter().filter(|column| column.not_null);
        keys.chain(checks).chain(not_nulls.map(|column| Constraint::NotNull(table, column))).collect()
    };
    let foreign_keys = catalog.foreign_keys().map(|key| Constraint::ForeignKey(key));
    catalog.tables().flat_map(of_table).chain(foreign_keys).collect()
}

/// The rows of pg_constraint.
pub(super) fn pg_constraint(objects: &Objects) -> Vec<Vec<Cell>> {
    all(objects).into_iter().map(|constraint| row(objects, constraint)).collect()
}

impl<'c> Constraint<'c> {
    pub fn table(self, objects: &'c Objects) -> &'c Table {
        match self {
            Constraint::Key(table, _) | Constraint::Check(table, _) | Constraint::NotNull(table, _) => table,
            Constraint::ForeignKey(key) => objects.catalog.table(key.table),
        }
    }

    pub fn name(self) -> String {
        match self {
            Constraint::Key(_, key) => key.name.clone(),
            Constraint::ForeignKey(key) => key.name.clone(),
            Constraint::Check(_, check) => check.name.clone(),
            Constraint::NotNull(table, column) => table.not_null_name(column),
        }
    }

    pub fn oid(self, objects: &Objects) -> u32 {
        match self {
            Constraint::Key(_, key) => objects.constraint(key.id),
            Constraint::ForeignKey(key) => objects.constraint(key.id),
            Constraint::Check(_, check) => objects.constraint(check.id),
            Constraint::NotNull(table, column) => objects.not_null(table.id, column.id),
        }
    }

    pub fn comment(self) -> Option<&'c String> {
        match self {
            Constraint::Key(_, key) => key.comment.as_ref(),
            Constraint::ForeignKey(key) => key.comment.as_ref(),
            Constraint::Check(_, check) => check.comment.as_ref(),
            Constraint::NotNull(_, column) => column.not_null_constraint.comment.as_ref(),
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Constraint::Key(_, key) if key.primary => "p",
            Constraint::Key(..) => "u",
            Constraint::ForeignKey(_) => "f",
            Constraint::Check(..) => "c",
            Constraint::NotNull(..) => "n",
        }
    }

    fn characteristics(self) -> Characteristics {
        match self {
            Constraint::Key(_, key) => key.characteristics,
            Constraint::ForeignKey(key) => key.characteristics,
            Constraint::Check(..) | Constraint::NotNull(..) => Characteristics::default(),
        }
    }

    fn is_enforced(self) -> bool {
        match self {
            Constraint::ForeignKey(key) => key.enforced,
            Constraint::Check(_, check) => check.enforced,
            Constraint::Key(..) | Constraint::NotNull(..) => true,
        }
    }

    fn is_validated(self) -> bool {
        match self {
            Constraint::ForeignKey(key) => key.validated,
            Constraint::Check(_, check) => check.validated,
            Constraint::NotNull(_, column) => !column.not_null_constraint.not_valid,
            Constraint::Key(..) => true,
        }
    }

    /// The columns of the table it is about.
    fn columns(self) -> Vec<ColumnId> {
        match self {
            Constraint::Key(_, key) => key.columns.clone(),
            Constraint::ForeignKey(key) => key.columns.clone(),
            Constraint::Check(table, check) => {
                crate::query::system::constraints::named_columns(&check.expression.0, table).into_iter().collect()
            }
            Constraint::NotNull(_, column) => vec![column.id],
        }
    }
}

fn row(objects: &Objects, constraint: Constraint) -> Vec<Cell> {
    let table = constraint.table(objects);
    let when = constraint.characteristics();
    let foreign_key = if let Constraint::ForeignKey(key) = constraint { Some(key) } else { None };
    let index = match constraint {
        Constraint::Key(_, key) => objects.index(key.id).into(),
        Constraint::ForeignKey(key) => objects.index(key.referenced_key).into(),
        _ => NONE,
    };
    let check = if let Constraint::Check(_, check) = constraint { Some(&check.expression.0) } else { None };
    let letter = |letter: Option<&'static str>| Cell::from(letter.unwrap_or(" "));
    let numbers_of = |table: &Table, columns: &[ColumnId]| {
        Cell::Ints(columns.iter().map(|column| attribute_number(table, *column)).collect())
    };
    let numbers = |columns: &[ColumnId]| numbers_of(table, columns);
    let referenced = |key: &ForeignKey| objects.catalog.table(key.referenced_table);
    // The equality operators of a foreign key are not told: nothing can be done with them here.
    let operators = || Cell::Null;
    let set = foreign_key.map(|key| &key.on_delete.columns).filter(|columns| !columns.is_empty());
    vec![
        constraint.oid(objects).into(),
        constraint.name().into(),
        objects.schema(&table.schema).into(),
        constraint.kind().into(),
        when.deferrable.into(),
        when.initially_deferred.into(),
        constraint.is_enforced().into(),
        (constraint.is_validated() && constraint.is_enforced()).into(),
        objects.table(table.id).into(),
        NONE.into(),
        index.into(),
        NONE.into(),
        foreign_key.map_or(NONE, |key| objects.table(key.referenced_table).into()).into(),
        letter(foreign_key.map(|key| action_letter(key.on_update.action))),
        letter(foreign_key.map(|key| action_letter(key.on_delete.action))),
        letter(foreign_key.map(|key| match_letter(key.match_type))),
        true.into(),
        0.into(),
        (!matches!(constraint, Constraint::Check(..) | Constraint::NotNull(..))).into(),
        false.into(),
        numbers(&constraint.columns()),
        foreign_key.map_or(Cell::Null, |key| numbers_of(referenced(key), &key.referenced_columns)),
        operators(),
        operators(),
        operators(),
        set.map_or(Cell::Null, |columns| numbers(columns)),
        Cell::Null,
        check.into(),
    ]
}

fn action_letter(action: ReferentialAction) -> &'static str {
    match action {
        ReferentialAction::NoAction => "a",
        ReferentialAction::Restrict => "r",
        ReferentialAction::Cascade => "c",
        ReferentialAction::SetNull => "n",
        ReferentialAction::SetDefault => "d",
    }
}

fn match_letter(match_type: MatchType) -> &'static str {
    match match_type {
        MatchType::Simple => "s",
        MatchType::Full => "f",
        MatchType::Partial => "p",
    }
}

/// The clause that declares a constraint. `pretty`: without the parentheses that only a parser needs.
pub(super) fn definition(objects: &Objects, constraint: Constraint, pretty: bool) -> String {
    let mut text = clause(objects, constraint, pretty);
    if !constraint.is_enforced() {
        text.push_str(" NOT ENFORCED");
    } else if !constraint.is_validated() {
        text.push_str(" NOT VALID");
    }
    text
}

fn clause(objects: &Objects, constraint: Constraint, pretty: bool) -> String {
    match constraint {
        Constraint::Key(table, key) => {
            let kind = match (key.primary, key.nulls_not_distinct) {
                (true, _) => "PRIMARY KEY",
                (false, false) => "UNIQUE",
                (false, true) => "UNIQUE NULLS NOT DISTINCT",
            };
            let include = match key.index.include.as_slice() {
                [] => String::new(),
                included => format!(" INCLUDE ({})", columns(table, included)),
            };
            format!("{kind} ({}){include}{}", columns(table, &key.columns), when(key.characteristics))
        }
        Constraint::ForeignKey(key) => foreign_key(objects, key),
        Constraint::Check(_, check) if pretty => format!("CHECK ({})", unwrapped(&check.expression.0)),
        Constraint::Check(_, check) => format!("CHECK (({}))", unwrapped(&check.expression.0)),
        Constraint::NotNull(_, column) => format!("NOT NULL {}", quoted(&column.name)),
    }
}

fn foreign_key(objects: &Objects, key: &ForeignKey) -> String {
    let (table, referenced) = (objects.catalog.table(key.table), objects.catalog.table(key.referenced_table));
    let mut text = format!(
        "FOREIGN KEY ({}) REFERENCES {}({})",
        columns(table, &key.columns),
        relation(objects, &referenced.relation_name()),
        columns(referenced, &key.referenced_columns),
    );
    if key.match_type != MatchType::Simple {
        text.push_str(&format!(" MATCH {}", key.match_type));
    }
    for (event, rule) in [("UPDATE", &key.on_update), ("DELETE", &key.on_delete)] {
        text.push_str(&rule_clause(table, event, rule));
    }
    text.push_str(when(key.characteristics));
    text
}

fn rule_clause(table: &Table, event: &str, rule: &Rule) -> String {
    if rule.action == ReferentialAction::NoAction {
        return String::new();
    }
    let listed = if rule.columns.is_empty() { String::new() } else { format!(" ({})", columns(table, &rule.columns)) };
    format!(" ON {event} {}{listed}", rule.action)
}

fn when(characteristics: Characteristics) -> &'static str {
    match (characteristics.deferrable, characteristics.initially_deferred) {
        (false, _) => "",
        (true, false) => " DEFERRABLE",
        (true, true) => " DEFERRABLE INITIALLY DEFERRED",
    }
}

fn columns(table: &Table, ids: &[ColumnId]) -> String {
    let names: Vec<String> = table.column_names(ids).iter().map(|name| quoted(name)).collect();
    names.join(", ")
}

/// An expression without the parentheses around all of it.
fn unwrapped(expression: &str) -> &str {
    let mut inner = expression.trim();
    while let Some(within) = inner.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        let mut depth = 0_i32;
        let mut quote = None;
        let closes_within = within.chars().any(|character| {
            match (quote, character) {
                (Some(open), close) if open == close => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(character),
                (None, '(') => depth += 1,
                (None, ')') => depth -= 1,
                _ => {}
            }
            depth < 0
        });
        if closes_within {
            break;
        }
        inner = within.trim();
    }
    inner
}
