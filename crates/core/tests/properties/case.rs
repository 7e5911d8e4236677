//! A case: a small schema, rows that satisfy it, and a change. Plain data, so that it can be printed, permuted and shrunk.

use std::fmt;

/// A row; every value is a small number, whatever the column's type.
pub type Row = Vec<Option<i64>>;

/// A schema with rows and a change to them.
#[derive(Debug, Clone)]
pub struct Case {
    /// Columns hold text rather than numbers.
    pub text: bool,
    pub tables: Vec<TableCase>,
    pub foreign_keys: Vec<KeyCase>,
    pub changes: Vec<Change>,
}

#[derive(Debug, Clone)]
pub struct TableCase {
    pub columns: Vec<ColumnCase>,
    /// Candidate keys by column; the first may be the primary key.
    pub keys: Vec<Vec<usize>>,
    pub has_primary: bool,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, Copy)]
pub struct ColumnCase {
    pub not_null: bool,
    pub default: Option<i64>,
    /// Which of the comparable types it has.
    pub width: u8,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub struct KeyCase {
    /// Its name is `fk` and this number.
    pub name: usize,
    pub table: usize,
    pub columns: Vec<usize>,
    pub referenced: usize,
    pub referenced_columns: Vec<usize>,
    pub match_type: Match,
    pub on_delete: RuleCase,
    pub on_update: RuleCase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    Simple,
    Full,
    Partial,
}

#[derive(Debug, Clone)]
pub struct RuleCase {
    pub action: Chosen,
    /// `SET NULL (columns)`; empty means all.
    pub listed: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

/// A part of the explicit delta. Rows are meant by their place in the table; no row is changed twice.
#[derive(Debug, Clone)]
pub enum Change {
    Insert { table: usize, row: Row },
    Delete { table: usize, at: usize },
    Update { table: usize, at: usize, row: Row },
}

impl Change {
    pub fn table(&self) -> usize {
        match self {
            Self::Insert { table, .. } | Self::Delete { table, .. } | Self::Update { table, .. } => *table,
        }
    }

    /// The row it changes, and a way to say where that row is now.
    pub fn at_mut(&mut self) -> Option<&mut usize> {
        match self {
            Self::Insert { .. } => None,
            Self::Delete { at, .. } | Self::Update { at, .. } => Some(at),
        }
    }

    pub fn at(&self) -> Option<usize> {
        self.clone().at_mut().copied()
    }
}

/// As statements in shorthand: what a person needs to follow a failing case.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, table) in self.tables.iter().enumerate() {
            write!(f, "t{number}:")?;
            for (position, column) in table.columns.iter().enumerate() {
                let not_null = if column.not_null { " NOT NULL" } else { "" };
                write!(f, " c{position}{not_null} DEFAULT {}", text(&column.default))?;
            }
            writeln!(f, " keys {:?}", table.keys)?;
            for (at, row) in table.rows.iter().enumerate() {
                writeln!(f, "  row {at}: {}", row_text(row))?;
            }
        }
        for fk in &self.foreign_keys {
            let KeyCase { name, table, columns, referenced, referenced_columns, match_type, on_delete, on_update } = fk;
            write!(f, "fk{name}: t{table} {columns:?} references t{referenced} {referenced_columns:?} {match_type:?}")?;
            writeln!(f, " on delete {on_delete} on update {on_update}")?;
        }
        for change in &self.changes {
            match change {
                Change::Insert { table, row } => writeln!(f, "insert into t{table} {}", row_text(row))?,
                Change::Delete { table, at } => writeln!(f, "delete from t{table} row {at}")?,
                Change::Update { table, at, row } => writeln!(f, "update t{table} row {at} to {}", row_text(row))?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for RuleCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.action)?;
        if self.listed.is_empty() { Ok(()) } else { write!(f, " {:?}", self.listed) }
    }
}

fn text(value: &Option<i64>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

fn row_text(row: &Row) -> String {
    format!("({})", row.iter().map(text).collect::<Vec<_>>().join(", "))
}
