//! What can be wrong with a declaration. Each variant is one rule, with the constraint and columns concerned.

use thiserror::Error;

use super::SqlType;

/// A declaration that breaks a rule of the catalog. `Display` is the headline; see [`CatalogError::hint`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CatalogError {
    /// The name is taken.
    #[error("{kind} \"{name}\" already exists")]
    Exists {
        /// `relation`, `schema`, `constraint`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The referenced columns are no candidate key.
    #[error("there is no unique constraint matching given keys for referenced table \"{referenced_table}\"")]
    NoCandidateKey {
        /// The foreign key.
        constraint: String,
        /// The referenced table.
        referenced_table: String,
        /// The referenced columns, as given.
        columns: Vec<String>,
        /// The candidate keys there are, each a list of columns.
        candidates: Vec<Vec<String>>,
    },
    /// The referenced key is deferrable, so that it may stand twice.
    #[error("cannot use a deferrable {kind} for referenced table \"{referenced_table}\"")]
    DeferrableKey {
        /// The foreign key.
        constraint: String,
        /// `primary key` or `unique constraint`.
        kind: &'static str,
        /// The key's name.
        key: String,
        /// The referenced table.
        referenced_table: String,
    },
    /// No referenced columns were given and the referenced table has no primary key.
    #[error("there is no primary key for referenced table \"{referenced_table}\"")]
    NoPrimaryKey {
        /// The foreign key.
        constraint: String,
        /// The referenced table.
        referenced_table: String,
        /// The candidate keys there are, each a list of columns.
        candidates: Vec<Vec<String>>,
    },
    /// The two column lists differ in length.
    #[error("number of referencing and referenced columns for foreign key disagree")]
    ColumnCount {
        /// The foreign key.
        constraint: String,
        /// The referencing columns.
        columns: Vec<String>,
        /// The referenced columns.
        referenced_columns: Vec<String>,
    },
    /// A pair of columns cannot be compared.
    #[error("foreign key constraint \"{constraint}\" cannot be implemented")]
    NotComparable {
        /// The foreign key.
        constraint: String,
        /// The referencing column and the referenced one.
        pair: Box<[TypedColumn; 2]>,
    },
    /// A column stands twice in one list.
    #[error("column \"{column}\" appears twice in {list}")]
    ColumnTwice {
        /// The column.
        column: String,
        /// `primary key constraint`, `unique constraint`, `foreign key constraint`, ...
        list: String,
    },
    /// A referenced column stands twice in the list.
    #[error("foreign key referenced-columns list must not contain duplicates")]
    ReferencedTwice {
        /// The foreign key.
        constraint: String,
        /// The column.
        column: String,
    },
    /// A column list after SET NULL or SET DEFAULT names a column that does not reference.
    #[error("column \"{column}\" referenced in ON {event} SET action must be part of foreign key")]
    ActionColumn {
        /// The foreign key.
        constraint: String,
        /// The column named.
        column: String,
        /// `DELETE` or `UPDATE`.
        event: &'static str,
        /// The referencing columns.
        columns: Vec<String>,
    },
    /// An action that would write a generated column.
    #[error("invalid ON {event} action for foreign key constraint containing generated column")]
    GeneratedAction {
        /// The foreign key.
        constraint: String,
        /// The generated column.
        column: String,
        /// `DELETE` or `UPDATE`.
        event: &'static str,
        /// `CASCADE`, `SET NULL` or `SET DEFAULT`.
        action: String,
    },
    /// A constraint or index over a column that no row holds.
    #[error("{over} on virtual generated columns are not supported")]
    VirtualColumn {
        /// The column.
        column: String,
        /// `primary keys`, `unique constraints`, `indexes`, ...
        over: &'static str,
    },
    /// A column that does not exist.
    #[error("column \"{column}\" {clause} does not exist")]
    NoColumn {
        /// The column.
        column: String,
        /// `named in key`, `referenced in foreign key constraint`, ...
        clause: &'static str,
        /// The table that lacks it.
        table: String,
        /// The columns it has.
        known: Vec<String>,
    },
    /// A foreign key between a temporary and a permanent table.
    #[error("constraints on {kind} tables may reference only {kind} tables", kind = persistence(*.temporary))]
    Persistence {
        /// The foreign key.
        constraint: String,
        /// Whether the referencing table is the temporary one.
        temporary: bool,
    },
    /// A second primary key.
    #[error("multiple primary keys for table \"{table}\" are not allowed")]
    SecondPrimaryKey {
        /// The table.
        table: String,
    },
    /// A key column without equality.
    #[error("data type {sql_type} has no default operator class for access method \"btree\"")]
    NoEquality {
        /// The column.
        column: String,
        /// Its type.
        sql_type: String,
    },
}

/// A column and its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedColumn {
    /// The column's name.
    pub name: String,
    /// Its type.
    pub sql_type: SqlType,
}

impl CatalogError {
    /// The SQLSTATE, as PostgreSQL gives it.
    pub fn sqlstate(&self) -> &'static str {
        match self {
            Self::Exists { kind: "relation", .. } => "42P07",
            Self::Exists { kind: "schema", .. } => "42P06",
            Self::Exists { .. } => "42710",
            Self::NoCandidateKey { .. } | Self::ColumnCount { .. } | Self::ReferencedTwice { .. } => "42830",
            Self::NoPrimaryKey { .. } => "42704",
            Self::DeferrableKey { .. } => "55000",
            Self::NotComparable { .. } => "42804",
            Self::ColumnTwice { .. } => "42701",
            Self::ActionColumn { .. } => "42P10",
            Self::GeneratedAction { .. } => "42601",
            Self::NoColumn { .. } => "42703",
            Self::VirtualColumn { .. } => "0A000",
            Self::SecondPrimaryKey { .. } | Self::Persistence { .. } => "42P16",
            Self::NoEquality { .. } => "42704",
        }
    }

    /// The constraint concerned, if it has a name.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::NoCandidateKey { constraint, .. }
            | Self::NoPrimaryKey { constraint, .. }
            | Self::DeferrableKey { constraint, .. }
            | Self::ColumnCount { constraint, .. }
            | Self::NotComparable { constraint, .. }
            | Self::ReferencedTwice { constraint, .. }
            | Self::ActionColumn { constraint, .. }
            | Self::GeneratedAction { constraint, .. }
            | Self::Persistence { constraint, .. } => Some(constraint),
            _ => None,
        }
    }

    /// What is wrong, in a sentence.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::NoCandidateKey { constraint, columns, referenced_table, .. } => Some(format!(
                "Foreign key \"{constraint}\" references ({}) of \"{referenced_table}\", which is not exactly a PRIMARY KEY or UNIQUE key.",
                columns.join(", ")
            )),
            Self::NoPrimaryKey { constraint, .. } => {
                Some(format!("Foreign key \"{constraint}\" names no referenced columns, so the primary key is meant."))
            }
            Self::DeferrableKey { constraint, key, .. } => Some(format!(
                "Foreign key \"{constraint}\" references \"{key}\", which two rows may hold until commit."
            )),
            Self::ColumnCount { constraint, columns, referenced_columns } => Some(format!(
                "Foreign key \"{constraint}\" pairs {} referencing column(s) ({}) with {} referenced column(s) ({}).",
                columns.len(),
                columns.join(", "),
                referenced_columns.len(),
                referenced_columns.join(", ")
            )),
            Self::NotComparable { pair, .. } => {
                let [column, referenced] = pair.as_ref();
                Some(format!(
                    "Key columns \"{}\" of the referencing table and \"{}\" of the referenced table are of incompatible types: {} and {}.",
                    column.name,
                    referenced.name,
                    column.sql_type.bare_name(),
                    referenced.sql_type.bare_name()
                ))
            }
            Self::ReferencedTwice { constraint, column } => {
                Some(format!("Foreign key \"{constraint}\" references column \"{column}\" twice."))
            }
            Self::ActionColumn { constraint, columns, .. } => {
                Some(format!("The referencing columns of \"{constraint}\" are ({}).", columns.join(", ")))
            }
            Self::GeneratedAction { constraint, column, action, .. } => Some(format!(
                "{action} of \"{constraint}\" would write column \"{column}\", which is computed from its row."
            )),
            Self::VirtualColumn { column, .. } => {
                Some(format!("Column \"{column}\" is computed where it is read, and no row holds it."))
            }
            Self::NoColumn { table, known, .. } => {
                Some(format!("Table \"{table}\" has the columns {}.", known.join(", ")))
            }
            _ => None,
        }
    }

    /// What would be right.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Exists { kind: "relation", .. } => {
                Some("Choose another name, drop the existing one first, or add IF NOT EXISTS.".to_owned())
            }
            Self::Exists { .. } => Some("Choose another name.".to_owned()),
            Self::NoCandidateKey { referenced_table, columns, candidates, .. } => {
                let columns = columns.join(", ");
                let add = format!("ALTER TABLE {referenced_table} ADD UNIQUE ({columns})");
                Some(match candidates.len() {
                    0 => format!("Declare the key first: {add}."),
                    _ => format!("Reference {}, or declare the key first: {add}.", listed(candidates)),
                })
            }
            Self::NoPrimaryKey { referenced_table, candidates, .. } => Some(match candidates.len() {
                0 => format!("Declare one first: ALTER TABLE {referenced_table} ADD PRIMARY KEY (...)."),
                _ => format!("Name the referenced columns, {}, or declare a primary key.", listed(candidates)),
            }),
            Self::DeferrableKey { .. } => {
                Some("Declare the key without DEFERRABLE; the foreign key itself may be deferrable.".to_owned())
            }
            Self::ColumnCount { .. } => Some("Name one referenced column for each referencing column.".to_owned()),
            Self::NotComparable { pair, .. } => {
                let [column, referenced] = pair.as_ref();
                Some(format!(
                    "Declare \"{}\" as {}, the type of the column it references.",
                    column.name, referenced.sql_type
                ))
            }
            Self::ColumnTwice { .. } | Self::ReferencedTwice { .. } => Some("Name each column once.".to_owned()),
            Self::ActionColumn { .. } => Some("Name only columns of the foreign key itself.".to_owned()),
            Self::GeneratedAction { event, .. } => {
                let fitting =
                    if *event == "DELETE" { "NO ACTION, RESTRICT or CASCADE" } else { "NO ACTION or RESTRICT" };
                Some(format!("Use ON {event} {fitting}."))
            }
            Self::SecondPrimaryKey { .. } => {
                Some("Name all its columns in one PRIMARY KEY (...), or declare the other key UNIQUE.".to_owned())
            }
            Self::VirtualColumn { .. } => Some("Declare the column as GENERATED ALWAYS AS (...) STORED.".to_owned()),
            Self::NoEquality { .. } => Some("Use jsonb or text for a column in a key.".to_owned()),
            Self::Persistence { temporary: true, .. } => {
                Some("Copy the referenced rows into a temporary table with the same key.".to_owned())
            }
            Self::Persistence { temporary: false, .. } => {
                Some("Declare the referenced table without TEMPORARY: it ends with its session.".to_owned())
            }
            Self::NoColumn { .. } => None,
        }
    }
}

fn persistence(temporary: bool) -> &'static str {
    if temporary { "temporary" } else { "permanent" }
}

fn listed(candidates: &[Vec<String>]) -> String {
    let keys: Vec<_> = candidates.iter().map(|columns| format!("({})", columns.join(", "))).collect();
    keys.join(" or ")
}
