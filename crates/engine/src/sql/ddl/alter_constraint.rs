//! ALTER TABLE ... ALTER CONSTRAINT: when a foreign key is judged, and whether it is at all.
//!
//! What statements of the transaction put off stays to be judged at commit, also if the constraint cannot be deferred any more.

use bowline_core::catalog::{Catalog, Characteristics, Table};

use super::super::constraint_attributes::Attributes;
use super::super::names;
use super::super::scope::Scope;
use super::validate;
use crate::error::Error;

/// Changes a foreign key; one that is enforced from now on is judged over the rows there are.
pub(super) fn alter(
    scope: &Scope,
    catalog: &mut Catalog,
    table: &Table,
    name: &str,
    says: Attributes,
) -> Result<(), Error> {
    let found = catalog.foreign_keys_of(table.id).into_iter().find(|fk| fk.name == name).cloned();
    let Some(foreign_key) = found else { return other_constraint(catalog, table, name, says) };
    if says.inherits {
        return Err(not_not_null(table, name));
    }
    let mut altered = (*foreign_key).clone();
    if says.deferrable.is_some() || says.initially_deferred.is_some() {
        let deferred = says.initially_deferred == Some(true);
        let deferrable = says.deferrable == Some(true) || deferred;
        altered.characteristics = Characteristics { deferrable, initially_deferred: deferred };
    }
    if let Some(enforced) = says.enforced.filter(|enforced| *enforced != foreign_key.enforced) {
        altered.enforced = enforced;
        altered.validated = enforced;
        if enforced {
            validate::foreign_key(scope, catalog, &altered)?;
        }
    }
    catalog.put_foreign_key(altered);
    Ok(())
}

/// Keys and checks stay as they were declared; to say just that is no error.
fn other_constraint(catalog: &Catalog, table: &Table, name: &str, says: Attributes) -> Result<(), Error> {
    if !catalog.constraint_names(table.id).iter().any(|known| known == name) {
        return Err(names::no_constraint(catalog, table, name));
    }
    if says.inherits {
        return Err(not_not_null(table, name));
    }
    let message = match (says.enforced, says.deferrable.is_some() || says.initially_deferred.is_some()) {
        (Some(_), _) => format!("cannot alter enforceability of constraint \"{name}\" of relation \"{}\"", table.name),
        (None, true) => format!("constraint \"{name}\" of relation \"{}\" is not a foreign key constraint", table.name),
        (None, false) => return Ok(()),
    };
    Err(Error::new("42809", message)
        .with_table(&table.schema, &table.name)
        .with_hint("Only foreign keys can be altered: drop the constraint and add it again."))
}

/// INHERIT and NO INHERIT are of NOT NULL alone, which has no name here.
fn not_not_null(table: &Table, name: &str) -> Error {
    let message = format!("constraint \"{name}\" of relation \"{}\" is not a not-null constraint", table.name);
    Error::new("42809", message).with_table(&table.schema, &table.name).with_hint("Leave INHERIT out.")
}
