//! ADD CONSTRAINT ... UNIQUE or PRIMARY KEY USING INDEX: a unique index becomes the key of a constraint.

use bowline_core::catalog::{
    Catalog, CatalogError, Characteristics, ColumnOrder, ConstraintId, KeyOrigin, Relation, RelationName, Table,
};

use super::super::scope::Scope;
use super::constraints::{refuse_not_valid, refuse_taken};
use super::validate;
use crate::error::Error;
use crate::outcome::Notice;

/// A constraint over an index that is there.
pub(super) struct UsingIndex {
    pub name: Option<String>,
    pub index: String,
    pub primary: bool,
    pub characteristics: Characteristics,
}

/// Makes the index the key of a constraint, which gives it its name.
///
/// Errors: 42704 for an index that is not there; 42809 for one that is not unique or has an order; 55000 for one that is
/// another table's or of a constraint; 42P16 for a second primary key; 23502 for NULLs in a primary key; 42710 and 42P07 for a name that is taken.
pub(super) fn adopt(scope: &mut Scope, catalog: &Catalog, table: &mut Table, spec: UsingIndex) -> Result<(), Error> {
    let id = usable(catalog, table, &spec.index)?;
    let position = table.keys.iter().position(|key| key.id == id).expect("the index was just found in this table");
    if let Some(name) = spec.name.filter(|name| *name != spec.index) {
        scope.notice(Notice::plain(format!(
            "ALTER TABLE / ADD CONSTRAINT USING INDEX will rename index \"{}\" to \"{name}\"",
            spec.index
        )));
        if catalog.relation(&RelationName::new(&table.schema, &name)).is_some() {
            return Err(CatalogError::Exists { kind: "relation", name }.into());
        }
        table.keys[position].name = name;
    }
    let name = table.keys[position].name.clone();
    refuse_taken(catalog, table, &name)?;
    if spec.primary {
        make_primary(scope, table, position)?;
    }
    if spec.characteristics.deferrable
        && let Some(fk) = catalog.foreign_keys().find(|fk| fk.referenced_key == id)
    {
        return Err(CatalogError::DeferrableKey {
            constraint: fk.name.clone(),
            kind: if spec.primary { "primary key" } else { "unique constraint" },
            key: name,
            referenced_table: table.name.clone(),
        }
        .into());
    }
    let key = &mut table.keys[position];
    (key.origin, key.primary, key.characteristics) = (KeyOrigin::Constraint, spec.primary, spec.characteristics);
    Ok(())
}

/// Judges that the key can be the primary one, and makes its columns NOT NULL.
fn make_primary(scope: &Scope, table: &mut Table, position: usize) -> Result<(), Error> {
    if table.primary_key().is_some() {
        return Err(CatalogError::SecondPrimaryKey { table: table.name.clone() }.into());
    }
    if table.keys[position].nulls_not_distinct {
        return Err(Error::new("42P16", "primary keys cannot use NULLS NOT DISTINCT indexes")
            .with_hint("A primary key has no NULLs: create the index without NULLS NOT DISTINCT."));
    }
    let columns = table.keys[position].columns.clone();
    refuse_not_valid(table, &columns)?;
    for column in columns {
        validate::not_null(scope, table, table.column_by_id(column))?;
        let at = table.position(column);
        table.columns[at].not_null = true;
    }
    Ok(())
}

/// The unique index of that name, if a constraint can be made over it.
fn usable(catalog: &Catalog, table: &Table, name: &str) -> Result<ConstraintId, Error> {
    let unfit = |sqlstate: &str, message: String| {
        Error::new(sqlstate, message)
            .with_detail("Cannot create a primary key or unique constraint using such an index.")
            .with_hint("Create a UNIQUE index of plain columns, or add the constraint with its columns.")
    };
    let Some(Relation::Index(of, id)) = catalog.relation(&RelationName::new(&table.schema, name)) else {
        return Err(Error::new("42704", format!("index \"{name}\" does not exist"))
            .with_hint("Add the constraint with its columns: it makes an index of its own."));
    };
    if of.id != table.id {
        return Err(unfit("55000", format!("index \"{name}\" does not belong to table \"{}\"", table.name)));
    }
    let Some(key) = table.key(id) else { return Err(unfit("42809", format!("\"{name}\" is not a unique index"))) };
    if key.origin == KeyOrigin::Constraint {
        return Err(Error::new("55000", format!("index \"{name}\" is already associated with a constraint"))
            .with_hint("Rename the constraint, or drop it first."));
    }
    match key.index.orders.iter().position(|order| *order != ColumnOrder::default()) {
        None => Ok(id),
        Some(at) => Err(unfit(
            "42809",
            format!("index \"{name}\" column number {} does not have default sorting behavior", at + 1),
        )),
    }
}
