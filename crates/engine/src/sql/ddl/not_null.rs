//! NOT NULL as a constraint: its name, added and dropped by it, judged at once or NOT VALID.

use bowline_core::catalog::{Catalog, NotNull, Table};

use super::super::names;
use super::super::scope::Scope;
use super::constraints::{VALIDATE_FIRST, refuse_taken};
use super::validate;
use crate::error::Error;

/// `[CONSTRAINT name] NOT NULL column`, of a table.
pub(super) struct NotNullSpec {
    pub name: Option<String>,
    pub column: String,
}

/// Gives the NOT NULL of a column that is being declared a name. Errors: 42601 for a second one, 42710.
pub(super) fn name(catalog: &Catalog, table: &mut Table, position: usize, name: String) -> Result<(), Error> {
    if let Some(known) = &table.columns[position].not_null_constraint.name {
        return match *known == name {
            true => Ok(()),
            false => {
                Err(Error::new("42601", format!("conflicting not-null constraint names \"{known}\" and \"{name}\""))
                    .with_hint("Keep one of them."))
            }
        };
    }
    refuse_taken(catalog, table, &name)?;
    table.columns[position].not_null_constraint.name = Some(name);
    Ok(())
}

/// Declares NOT NULL in the list of a CREATE TABLE. Errors: 42703, and those of [`name`].
pub(super) fn declare(catalog: &Catalog, table: &mut Table, spec: NotNullSpec) -> Result<(), Error> {
    let position = table.position(names::column(table, &spec.column)?.id);
    table.columns[position].not_null = true;
    match spec.name {
        None => Ok(()),
        Some(given) => name(catalog, table, position, given),
    }
}

/// ADD CONSTRAINT: judged over the rows there are, unless it is `not_valid`. One that is there already is left as it is.
///
/// Errors: 42703, 42710, 23502; 55000 where the column has one of another name, or one that was never judged.
pub(super) fn add(
    scope: &Scope,
    catalog: &Catalog,
    table: &mut Table,
    spec: NotNullSpec,
    not_valid: bool,
) -> Result<(), Error> {
    let column = names::column(table, &spec.column)?.clone();
    let position = table.position(column.id);
    if column.not_null {
        let known = table.not_null_name(&column);
        if column.not_null_constraint.not_valid && !not_valid {
            let message = format!("incompatible NOT VALID constraint \"{known}\" on relation \"{}\"", table.name);
            return Err(Error::new("55000", message).with_hint(VALIDATE_FIRST));
        }
        return match spec.name {
            Some(given) if given != known => {
                let (column, table) = (&column.name, &table.name);
                let on = format!("on column \"{column}\" of table \"{table}\"");
                Err(Error::new("55000", format!("cannot create not-null constraint \"{given}\" {on}"))
                    .with_detail(format!("A not-null constraint named \"{known}\" already exists for this column."))
                    .with_hint("Rename it: ALTER TABLE ... RENAME CONSTRAINT."))
            }
            _ => Ok(()),
        };
    }
    if let Some(name) = &spec.name {
        refuse_taken(catalog, table, name)?;
    }
    if !not_valid {
        validate::not_null(scope, table, &column)?;
    }
    let altered = &mut table.columns[position];
    altered.not_null = true;
    altered.not_null_constraint = NotNull { name: spec.name, not_valid, comment: None };
    Ok(())
}

/// Drops the NOT NULL of that name. `None` if there is none. Errors: 42P16 in a primary key, 55000 of an identity column.
pub(super) fn dropped(table: &Table, name: &str) -> Result<Option<Table>, Error> {
    let Some(column) = table.not_null_named(name) else { return Ok(None) };
    if table.primary_key().is_some_and(|key| key.columns.contains(&column.id)) {
        return Err(Error::new("42P16", format!("column \"{}\" is in a primary key", column.name))
            .with_hint("Drop the primary key first."));
    }
    if column.identity.is_some() {
        let message = format!("column \"{}\" of relation \"{}\" is an identity column", column.name, table.name);
        return Err(Error::new("55000", message).with_hint("Identity columns never hold NULL."));
    }
    let mut altered = table.clone();
    let position = altered.position(column.id);
    altered.columns[position].not_null = false;
    Ok(Some(altered))
}
