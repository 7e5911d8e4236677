//! Violations as values: which constraint, which tables, which keys, how many rows, reached how.
//!
//! Headline and SQLSTATE are PostgreSQL's; the detail names the first key and counts the rest, the hint says what to do.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray, UInt32Array};
use arrow::compute::{SortOptions, take};
use arrow::row::{RowConverter, SortField};

use crate::catalog::{CandidateKey, Check, Column, ColumnId, Event, ForeignKey, ReferentialAction, SqlType, Table};
use crate::rows::{KeyForm, Keys, RowsError};

use super::trace::PathStep;

/// How many keys of a violation are kept; the rest is counted.
const KEYS_KEPT: usize = 8;
/// How many further keys a detail names.
const KEYS_NAMED: usize = 4;

/// One constraint, violated by one statement.
#[derive(Debug, Clone)]
pub struct Violation {
    /// What is violated, and how.
    pub kind: ViolationKind,
    /// The table that holds the offending rows.
    pub table: Arc<Table>,
    /// For a foreign key: the referenced table.
    pub referenced: Option<Arc<Table>>,
    /// The offending keys.
    pub keys: KeySample,
    /// How many rows offend.
    pub row_count: u64,
    /// The actions that led here from the statement's own changes.
    pub path: Vec<PathStep>,
}

/// What is violated.
#[derive(Debug, Clone)]
pub enum ViolationKind {
    /// A column that refuses NULL got one.
    Null(Column),
    /// A CHECK is false.
    Check(Check),
    /// Two rows hold one candidate key.
    Duplicate(CandidateKey),
    /// RESTRICT refused, or rows still reference a key at the end of the statement.
    StillReferenced(Arc<ForeignKey>, Event),
    /// Two actions would give one column two values.
    TwoValues(Column, [Arc<ForeignKey>; 2]),
    /// Referencing rows hold a key that is not there.
    MissingKey(Arc<ForeignKey>),
    /// Referencing rows of a MATCH FULL key are NULL in part.
    PartlyNull(Arc<ForeignKey>),
}

/// The first of a set of keys in ascending order, and how many there are.
#[derive(Debug, Clone, Default)]
pub struct KeySample {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The columns' types, which say how values are shown.
    pub types: Vec<SqlType>,
    /// One array a column, equally long.
    pub values: Vec<ArrayRef>,
    /// How many different keys there are.
    pub distinct: usize,
}

/// Writes a value of a type as text, the way the edge shows values; `None` is NULL.
pub type ValueText<'a> = &'a dyn Fn(&SqlType, &dyn Array, usize) -> Option<String>;

impl KeySample {
    /// The distinct keys of these columns of a table, the first few kept. `form` orders them.
    pub fn new(
        table: &Table,
        columns: &[ColumnId],
        values: &[ArrayRef],
        form: &KeyForm,
    ) -> Result<KeySample, RowsError> {
        let positions = distinct_positions(values, form)?;
        let kept = UInt32Array::from_iter_values(positions.iter().take(KEYS_KEPT).copied());
        let values = values.iter().map(|array| take(array, &kept, None)).collect::<Result<_, _>>()?;
        let (columns, types) = (table.column_names(columns), table.column_types(columns));
        Ok(KeySample { columns, types, values, distinct: positions.len() })
    }

    /// Rows of a table shown whole rather than by key: the first stands for them.
    pub fn of_rows(table: &Table, mut values: Vec<ArrayRef>, count: usize) -> KeySample {
        let all = table.column_ids();
        let mut types = table.column_types(&all);
        // As in PostgreSQL: what a row does not hold is not computed to be shown.
        for (position, _) in table.virtual_columns() {
            types[position] = SqlType::Text;
            values[position] = Arc::new(StringArray::from(vec!["virtual"; values[position].len()]));
        }
        KeySample { columns: table.column_names(&all), types, values, distinct: count }
    }

    /// Key `index` as texts, one a column.
    pub fn key(&self, index: usize, text: ValueText) -> Vec<String> {
        let value = |(sql_type, array): (&SqlType, &ArrayRef)| {
            text(sql_type, array.as_ref(), index).unwrap_or_else(|| "null".to_owned())
        };
        self.types.iter().zip(&self.values).map(value).collect()
    }

    fn kept(&self) -> usize {
        self.values.first().map_or(0, |array| array.len())
    }

    /// `(a, b)=(1, 2)` for the first key.
    fn first(&self, text: ValueText) -> String {
        format!("({})=({})", self.columns.join(", "), self.key(0, text).join(", "))
    }

    /// As [`KeySample::first`], of the columns that are not NULL: what `MATCH PARTIAL` asks for.
    fn first_held(&self, text: ValueText) -> String {
        let mut held = KeySample { distinct: self.distinct, ..KeySample::default() };
        for position in (0..self.values.len()).filter(|position| self.values[*position].is_valid(0)) {
            held.columns.push(self.columns[position].clone());
            held.types.push(self.types[position]);
            held.values.push(self.values[position].clone());
        }
        held.first(text)
    }

    /// `""` or ` 2 more keys are missing: 43, 57.`
    fn further(&self, what: &str, text: ValueText) -> String {
        let more = self.distinct.saturating_sub(1);
        if more == 0 {
            return String::new();
        }
        let name = |index| {
            let values = self.key(index, text);
            if values.len() == 1 { values[0].clone() } else { format!("({})", values.join(", ")) }
        };
        let named: Vec<_> = (1..self.kept().min(KEYS_NAMED + 1)).map(name).collect();
        let ellipsis = if named.len() < more { ", ..." } else { "" };
        let (keys, are) = if more == 1 { ("key", "is") } else { ("keys", "are") };
        format!(" {more} more {keys} {are} {what}: {}{ellipsis}.", named.join(", "))
    }
}

/// Where the distinct keys first stand, in ascending order. Keys with a NULL come last, each once as well.
pub(super) fn distinct_positions(values: &[ArrayRef], form: &KeyForm) -> Result<Vec<u32>, RowsError> {
    let keys = Keys::new(form, values)?;
    let mut positions = keys.sorted_positions();
    positions.dedup_by(|a, b| keys.equal(*a as usize, &keys, *b as usize));
    let complete = positions.partition_point(|position| keys.is_complete(*position as usize));
    let rest = UInt32Array::from(positions.split_off(complete));
    if rest.is_empty() {
        return Ok(positions);
    }
    let last = SortOptions { nulls_first: false, ..SortOptions::default() };
    let field = |array: &ArrayRef| SortField::new_with_options(array.data_type().clone(), last);
    let columns = values.iter().map(|array| take(array, &rest, None)).collect::<Result<Vec<_>, _>>()?;
    let rows = RowConverter::new(values.iter().map(field).collect())?.convert_columns(&columns)?;
    let mut order: Vec<usize> = (0..rows.num_rows()).collect();
    order.sort_by_key(|row| rows.row(*row));
    order.dedup_by_key(|row| rows.row(*row));
    positions.extend(order.into_iter().map(|row| rest.value(row)));
    Ok(positions)
}

impl Violation {
    /// The constraint's name; `None` for NOT NULL and for two values.
    pub fn constraint(&self) -> Option<&str> {
        match &self.kind {
            ViolationKind::Null(_) | ViolationKind::TwoValues(..) => None,
            ViolationKind::Check(check) => Some(&check.name),
            ViolationKind::Duplicate(key) => Some(&key.name),
            ViolationKind::StillReferenced(fk, _) | ViolationKind::MissingKey(fk) | ViolationKind::PartlyNull(fk) => {
                Some(&fk.name)
            }
        }
    }

    /// The SQLSTATE, as PostgreSQL 18 gives it.
    pub fn sqlstate(&self) -> &'static str {
        match &self.kind {
            ViolationKind::Null(_) => "23502",
            ViolationKind::Check(_) => "23514",
            ViolationKind::Duplicate(_) => "23505",
            ViolationKind::StillReferenced(fk, event) if is_restrict(fk, *event) => "23001",
            ViolationKind::TwoValues(..) => "27000",
            ViolationKind::StillReferenced(..) | ViolationKind::MissingKey(_) | ViolationKind::PartlyNull(_) => "23503",
        }
    }

    /// One factual line.
    pub fn headline(&self) -> String {
        let table = &self.table.name;
        match &self.kind {
            ViolationKind::Null(column) => {
                format!("null value in column \"{}\" of relation \"{table}\" violates not-null constraint", column.name)
            }
            ViolationKind::Check(check) => {
                format!("new row for relation \"{table}\" violates check constraint \"{}\"", check.name)
            }
            ViolationKind::Duplicate(key) => {
                format!("duplicate key value violates unique constraint \"{}\"", key.name)
            }
            ViolationKind::StillReferenced(fk, event) => {
                let what = if is_restrict(fk, *event) { "RESTRICT setting of foreign key" } else { "foreign key" };
                format!(
                    "update or delete on table \"{}\" violates {what} constraint \"{}\" on table \"{table}\"",
                    self.referenced_name(),
                    fk.name
                )
            }
            ViolationKind::MissingKey(fk) | ViolationKind::PartlyNull(fk) => {
                format!("insert or update on table \"{table}\" violates foreign key constraint \"{}\"", fk.name)
            }
            ViolationKind::TwoValues(column, _) => {
                format!("referential actions give column \"{}\" of table \"{table}\" two different values", column.name)
            }
        }
    }

    /// The key, the further keys, and how the row was reached.
    pub fn detail(&self, text: ValueText) -> String {
        let mut detail = match &self.kind {
            ViolationKind::Null(_) | ViolationKind::Check(_) => {
                let more = match self.row_count - 1 {
                    0 => String::new(),
                    1 => " 1 more row fails.".to_owned(),
                    more => format!(" {more} more rows fail."),
                };
                format!("Failing row contains ({}).{more}", self.keys.key(0, text).join(", "))
            }
            ViolationKind::Duplicate(_) => {
                format!("Key {} already exists.{}", self.keys.first(text), self.keys.further("duplicate", text))
            }
            ViolationKind::StillReferenced(fk, event) => {
                let still = if is_restrict(fk, *event) { "" } else { "still " };
                let further = self.keys.further(if still.is_empty() { "referenced" } else { "still referenced" }, text);
                format!(
                    "Key {} is {still}referenced from table \"{}\".{further}",
                    self.keys.first_held(text),
                    self.table.name
                )
            }
            ViolationKind::MissingKey(_) => format!(
                "Key {} is not present in table \"{}\".{}",
                self.keys.first_held(text),
                self.referenced_name(),
                self.keys.further("missing", text)
            ),
            ViolationKind::PartlyNull(_) => {
                "MATCH FULL does not allow mixing of null and nonnull key values.".to_owned()
            }
            ViolationKind::TwoValues(_, [first, second]) if first.id == second.id => {
                format!("Foreign key \"{}\" reaches the same row twice.", first.name)
            }
            ViolationKind::TwoValues(_, [first, second]) => {
                format!("Foreign keys \"{}\" and \"{}\" reach the same row.", first.name, second.name)
            }
        };
        let step = |step: &PathStep| format!("from \"{}\" through {} ({})", step.from, step.constraint, step.action);
        if !self.path.is_empty() {
            let steps: Vec<_> = self.path.iter().map(step).collect();
            detail.push_str(&format!(" Reached {}.", steps.join(", ")));
        }
        detail
    }

    /// What to do. `written`: a name as a statement writes it, in quotes where it needs them.
    pub fn hint(&self, written: &dyn Fn(&str) -> String) -> Option<String> {
        let list = |names: &[String]| names.iter().map(|name| written(name)).collect::<Vec<_>>().join(", ");
        match &self.kind {
            ViolationKind::Null(column) => Some(match &column.default {
                None => format!("Give \"{}\" a value, or drop its NOT NULL.", column.name),
                Some(_) => format!("Leave \"{}\" out to get its default.", column.name),
            }),
            ViolationKind::Check(check) => Some(format!("The row must satisfy CHECK ({}).", check.expression.0)),
            ViolationKind::Duplicate(key) if key.characteristics.deferrable => {
                Some("Use another key, or change the row that holds it before the constraint is judged.".to_owned())
            }
            ViolationKind::Duplicate(_) => {
                Some("Use another key, or INSERT ... ON CONFLICT to skip or update the existing row.".to_owned())
            }
            ViolationKind::MissingKey(fk) => {
                let names = list(&self.table.column_names(&fk.columns));
                let nullable = fk.columns.iter().any(|id| !self.table.column_by_id(*id).not_null);
                let or_null = if nullable { format!(", or set {names} to NULL") } else { String::new() };
                let referenced = self.referenced_name();
                Some(if self.path.is_empty() {
                    format!("Insert the row into \"{referenced}\" first{or_null}.")
                } else {
                    format!("Insert the row into \"{referenced}\" first, or change the default of {names}.")
                })
            }
            ViolationKind::PartlyNull(_) => {
                Some(format!("Set all of {} to NULL, or none of them.", list(&self.keys.columns)))
            }
            ViolationKind::StillReferenced(fk, event) => {
                let verb = if *event == Event::Delete { "Delete" } else { "Change" };
                Some(format!(
                    "{verb} the rows of \"{}\" first, or declare \"{}\" with ON {} CASCADE or SET NULL.",
                    self.table.name,
                    fk.name,
                    upper(*event)
                ))
            }
            ViolationKind::TwoValues(..) => {
                Some("Change the referenced keys in separate statements, or drop one of the two actions.".to_owned())
            }
        }
    }

    /// The fixed order in which violations are told: as PostgreSQL would meet them, then by constraint and key.
    pub(super) fn order(&self, other: &Violation) -> Ordering {
        let place = |violation: &Violation| {
            let name = violation.constraint().unwrap_or_default().to_owned();
            match &violation.kind {
                ViolationKind::Null(column) => (0, violation.table.id, violation.table.position(column.id), name),
                ViolationKind::Check(_) => (1, violation.table.id, 0, name),
                ViolationKind::Duplicate(_) => (2, violation.table.id, 0, name),
                ViolationKind::StillReferenced(fk, event) if is_restrict(fk, *event) => {
                    (3, crate::catalog::TableId(0), 0, name)
                }
                ViolationKind::TwoValues(..) => (4, violation.table.id, 0, name),
                _ => (5, crate::catalog::TableId(0), 0, name),
            }
        };
        place(self).cmp(&place(other))
    }

    fn referenced_name(&self) -> &str {
        self.referenced.as_ref().map_or("", |table| table.name.as_str())
    }
}

fn is_restrict(fk: &ForeignKey, event: Event) -> bool {
    fk.rule(event).action == ReferentialAction::Restrict
}

fn upper(event: Event) -> &'static str {
    match event {
        Event::Delete => "DELETE",
        Event::Update => "UPDATE",
    }
}
