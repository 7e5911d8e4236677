//! What to say when a repair is refused: why, and which way is open.

use bowline_core::catalog::{Catalog, Table};
use bowline_core::integrity::repair::{RepairError, RepairMethod, Unfit};

use super::arguments::{Asked, method_text};
use super::target::{callable_name, table_reference};
use crate::error::Error;
use crate::identifier::identifier;

/// The error for a refused repair.
pub(super) fn error(catalog: &Catalog, asked: &Asked, error: RepairError) -> Error {
    match error {
        RepairError::Rows(error) => error.into(),
        RepairError::Unfit(unfit) => unfit_error(catalog, asked, unfit),
        RepairError::Refused(refused) => {
            let mut error = Error::refused(&refused);
            if asked.method != RepairMethod::Quarantine {
                let name = callable_name(catalog, &asked.foreign_key);
                let other = format!("CALL bowline.repair('{name}', 'quarantine') keeps the rows in a side table.");
                error.hint = Some(match error.hint.take() {
                    Some(hint) => format!("{hint} Or {other}"),
                    None => other,
                });
            }
            error
        }
    }
}

fn unfit_error(catalog: &Catalog, asked: &Asked, unfit: Unfit) -> Error {
    let fk = &asked.foreign_key;
    let (table, referenced) = (catalog.table(fk.table), catalog.table(fk.referenced_table));
    let touched = if asked.method == RepairMethod::InsertParent { referenced } else { table };
    let refused = |sqlstate: &str, why: String| {
        let headline = format!("cannot repair foreign key \"{}\" by '{}': {why}", fk.name, method_text(asked.method));
        let mut error = Error::new(sqlstate, headline).with_table(&touched.schema, &touched.name);
        error.constraint = Some(fk.name.clone());
        error
    };
    let about = |columns: &[String], of: &Table| {
        let quoted: Vec<_> = columns.iter().map(|column| format!("\"{column}\"")).collect();
        let (columns, are) = if quoted.len() == 1 { ("column", "is") } else { ("columns", "are") };
        (format!("{columns} {} of table \"{}\"", quoted.join(", "), of.name), are)
    };
    match unfit {
        Unfit::NotNull(columns) => {
            let (named, are) = about(&columns, touched);
            let mut error = refused("23502", format!("{named} {are} NOT NULL"))
                .with_hint("Repair by 'delete', 'set default', 'quarantine' or 'insert parent', or drop the NOT NULL.");
            error.columns = columns;
            error
        }
        Unfit::Generated(columns) => {
            let (named, are) = about(&columns, touched);
            let mut error = refused("428C9", format!("{named} {are} generated"))
                .with_hint("Repair by 'delete' or 'quarantine', or change the columns it is computed from.");
            error.columns = columns;
            error
        }
        Unfit::NoDefault(columns) => {
            let (named, _) = about(&columns, touched);
            let have = if columns.len() == 1 { "has" } else { "have" };
            let mut error = refused("22023", format!("{named} {have} no default")).with_hint(format!(
                "Repair by 'set null', or give a default first: ALTER TABLE {} ALTER COLUMN {} SET DEFAULT ....",
                table_reference(catalog, table),
                identifier(&columns[0])
            ));
            error.columns = columns;
            error
        }
        Unfit::ParentNeeds(columns) => {
            let (named, are) = about(&columns, touched);
            let have = if columns.len() == 1 { "has" } else { "have" };
            let mut error = refused("23502", format!("{named} {are} NOT NULL and {have} no default")).with_hint(format!(
                "Give a default first, or insert the missing rows yourself: SELECT DISTINCT key FROM bowline.violations WHERE constraint_name = '{}'.",
                fk.name.replace('\'', "''")
            ));
            error.columns = columns;
            error
        }
        Unfit::NameTaken(name) => refused("42809", format!("\"{name}\" is not a table"))
            .with_hint("Quarantined rows are kept under that name: rename what has it."),
        Unfit::SideColumn(name, column, sql_type) => {
            refused("42804", format!("table \"{name}\" has no column \"{column}\" of type {sql_type}")).with_hint(
                "Quarantined rows are kept in it: add the column, or rename the table and another one is made.",
            )
        }
        Unfit::OwnColumn(column) => {
            refused("42701", format!("table \"{}\" has a column \"{column}\" of its own", table.name))
                .with_hint("The side table says under that name what it knows of a row: rename the column first.")
        }
        Unfit::PartlyNull(columns, count) => {
            let rows = if count == 1 { "1 row is".to_owned() } else { format!("{count} rows are") };
            let (named, _) = about(&columns, table);
            let mut error = refused("23503", format!("{rows} NULL in {named}"))
                .with_detail("Nothing tells what the missing rows would hold there.")
                .with_hint("Give the rows a value first, or repair by 'delete', 'set null' or 'quarantine'.");
            error.columns = columns;
            error
        }
        Unfit::Remaining(1) => remaining(refused("23503", "1 row would violate it still".to_owned())),
        Unfit::Remaining(count) => remaining(refused("23503", format!("{count} rows would violate it still"))),
    }
}

fn remaining(error: Error) -> Error {
    error
        .with_detail("A key that is NULL in part, or that the referenced column cannot hold, is the key of no row.")
        .with_hint("Repair by 'delete', 'set null' or 'quarantine'.")
}
