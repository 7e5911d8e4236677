//! The rules a declaration obeys, judged before it enters the catalog.
//!
//! Each returns the finished declaration or the one [`CatalogError`] that names the broken rule. Source: DESIGN of
//! well-formedness; messages and SQLSTATEs as PostgreSQL gives them.

use std::collections::BTreeSet;

use super::{
    CandidateKey, Catalog, CatalogError, Column, ColumnId, Event, ForeignKey, ReferentialAction, Table, TypedColumn,
};

/// Finds the columns of these names. `clause` says where they were named, for the error.
pub fn columns_named(table: &Table, names: &[String], clause: &'static str) -> Result<Vec<ColumnId>, CatalogError> {
    let find = |name: &String| {
        let column = table.column(name).map(|column| column.id);
        column.ok_or_else(|| CatalogError::NoColumn {
            column: name.clone(),
            clause,
            table: table.name.clone(),
            known: table.columns.iter().map(|column| column.name.clone()).collect(),
        })
    };
    names.iter().map(find).collect()
}

/// Judges the columns of a candidate key: each named once, each comparable for equality.
pub fn check_key_columns(table: &Table, columns: &[ColumnId], list: &str) -> Result<(), CatalogError> {
    check_once(table, columns, list)?;
    for id in columns {
        let column = table.column_by_id(*id);
        if !column.sql_type.has_equality() {
            return Err(CatalogError::NoEquality {
                column: column.name.clone(),
                sql_type: column.sql_type.to_string(),
            });
        }
    }
    Ok(())
}

/// Refuses columns that are computed where they are read, over which nothing is kept. `over`: what would be over them, `indexes`, ...
pub fn check_stored(table: &Table, columns: &[ColumnId], over: &'static str) -> Result<(), CatalogError> {
    match columns.iter().map(|id| table.column_by_id(*id)).find(|column| column.is_virtual) {
        None => Ok(()),
        Some(column) => Err(CatalogError::VirtualColumn { column: column.name.clone(), over }),
    }
}

/// Judges a foreign key whose tables are in the catalog, and fills in the key it references.
///
/// Empty `referenced_columns` mean the primary key. Errors: `NoPrimaryKey`, `ReferencedTwice`, `ColumnCount`,
/// `NoCandidateKey`, `DeferrableKey`, `NotComparable`, `ActionColumn`, `VirtualColumn`, `GeneratedAction`, `Persistence`.
pub fn complete_foreign_key(catalog: &Catalog, mut fk: ForeignKey) -> Result<ForeignKey, CatalogError> {
    let table = catalog.table(fk.table).clone();
    let referenced = catalog.table(fk.referenced_table).clone();
    if table.id.is_temporary() != referenced.id.is_temporary() {
        return Err(CatalogError::Persistence { constraint: fk.name, temporary: table.id.is_temporary() });
    }
    if fk.referenced_columns.is_empty() {
        let primary = referenced.primary_key().ok_or_else(|| CatalogError::NoPrimaryKey {
            constraint: fk.name.clone(),
            referenced_table: referenced.name.clone(),
            candidates: candidates(&referenced),
        })?;
        if primary.characteristics.deferrable {
            return Err(deferrable_key(&referenced, &fk, primary));
        }
        fk.referenced_columns = primary.columns.clone();
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = fk.referenced_columns.iter().find(|id| !seen.insert(**id)) {
        let column = referenced.column_by_id(*twice).name.clone();
        return Err(CatalogError::ReferencedTwice { constraint: fk.name.clone(), column });
    }
    if fk.columns.len() != fk.referenced_columns.len() {
        return Err(CatalogError::ColumnCount {
            constraint: fk.name.clone(),
            columns: table.column_names(&fk.columns),
            referenced_columns: referenced.column_names(&fk.referenced_columns),
        });
    }
    fk.referenced_key = referenced_key(&referenced, &fk)?;
    check_action_columns(&table, &fk)?;
    check_stored(&table, &fk.columns, "foreign key constraints")?;
    check_generated_columns(&table, &fk)?;
    check_comparable(&table, &referenced, &fk)?;
    Ok(fk)
}

/// What can be declared but never work: SET NULL over a column that refuses NULL. One sentence each.
pub fn foreign_key_warnings(catalog: &Catalog, fk: &ForeignKey) -> Vec<String> {
    let table = catalog.table(fk.table);
    let mut warnings = Vec::new();
    for event in [Event::Delete, Event::Update] {
        if fk.rule(event).action != ReferentialAction::SetNull {
            continue;
        }
        let refusing = fk.columns_set(event).iter().map(|id| table.column_by_id(*id)).filter(|column| column.not_null);
        for column in refusing {
            let warning = format!(
                "foreign key \"{}\" has ON {} SET NULL, but column \"{}\" is NOT NULL: every such {event} of a referenced row will be refused",
                fk.name,
                event.to_string().to_uppercase(),
                column.name,
            );
            // A column may stand in the key twice.
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    warnings
}

fn referenced_key(referenced: &Table, fk: &ForeignKey) -> Result<super::ConstraintId, CatalogError> {
    let wanted: BTreeSet<_> = fk.referenced_columns.iter().collect();
    let matching = referenced.keys.iter().filter(|key| key.columns.iter().collect::<BTreeSet<_>>() == wanted);
    // The primary key is meant where a UNIQUE key repeats it; a deferrable one never is, for it may stand twice.
    let key = matching.max_by_key(|key| (!key.characteristics.deferrable, key.primary, std::cmp::Reverse(key.id)));
    match key {
        Some(key) if key.characteristics.deferrable => Err(deferrable_key(referenced, fk, key)),
        Some(key) => Ok(key.id),
        None => Err(CatalogError::NoCandidateKey {
            constraint: fk.name.clone(),
            referenced_table: referenced.name.clone(),
            columns: referenced.column_names(&fk.referenced_columns),
            candidates: candidates(referenced),
        }),
    }
}

fn deferrable_key(referenced: &Table, fk: &ForeignKey, key: &CandidateKey) -> CatalogError {
    CatalogError::DeferrableKey {
        constraint: fk.name.clone(),
        kind: if key.primary { "primary key" } else { "unique constraint" },
        key: key.name.clone(),
        referenced_table: referenced.name.clone(),
    }
}

fn check_comparable(table: &Table, referenced: &Table, fk: &ForeignKey) -> Result<(), CatalogError> {
    for (column, referenced_column) in fk.columns.iter().zip(&fk.referenced_columns) {
        let (column, other) = (table.column_by_id(*column), referenced.column_by_id(*referenced_column));
        if !column.sql_type.comparable(&other.sql_type) {
            let typed = |column: &Column| TypedColumn { name: column.name.clone(), sql_type: column.sql_type };
            let pair = Box::new([typed(column), typed(other)]);
            return Err(CatalogError::NotComparable { constraint: fk.name.clone(), pair });
        }
    }
    Ok(())
}

fn check_action_columns(table: &Table, fk: &ForeignKey) -> Result<(), CatalogError> {
    for (event, name) in [(Event::Delete, "DELETE"), (Event::Update, "UPDATE")] {
        let rule = fk.rule(event);
        if let Some(stranger) = rule.columns.iter().find(|id| !fk.columns.contains(id)) {
            return Err(CatalogError::ActionColumn {
                constraint: fk.name.clone(),
                column: table.column_by_id(*stranger).name.clone(),
                event: name,
                columns: table.column_names(&fk.columns),
            });
        }
    }
    Ok(())
}

/// No action writes a column that is computed from its row; a deletion writes nothing.
fn check_generated_columns(table: &Table, fk: &ForeignKey) -> Result<(), CatalogError> {
    let mut columns = fk.columns.iter().map(|id| table.column_by_id(*id));
    let Some(generated) = columns.find(|column| column.generated.is_some()) else { return Ok(()) };
    for (event, name) in [(Event::Update, "UPDATE"), (Event::Delete, "DELETE")] {
        let action = fk.rule(event).action;
        let writes = match action {
            ReferentialAction::NoAction | ReferentialAction::Restrict => false,
            ReferentialAction::Cascade => event == Event::Update,
            ReferentialAction::SetNull | ReferentialAction::SetDefault => true,
        };
        if writes {
            return Err(CatalogError::GeneratedAction {
                constraint: fk.name.clone(),
                column: generated.name.clone(),
                event: name,
                action: action.to_string(),
            });
        }
    }
    Ok(())
}

fn check_once(table: &Table, columns: &[ColumnId], list: &str) -> Result<(), CatalogError> {
    let mut seen = BTreeSet::new();
    match columns.iter().find(|id| !seen.insert(**id)) {
        None => Ok(()),
        Some(twice) => {
            Err(CatalogError::ColumnTwice { column: table.column_by_id(*twice).name.clone(), list: list.to_owned() })
        }
    }
}

fn candidates(table: &Table) -> Vec<Vec<String>> {
    table.keys.iter().map(|key| table.column_names(&key.columns)).collect()
}
