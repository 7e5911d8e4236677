//! CREATE INDEX: a unique one is a candidate key; any other is a declaration, for key indexes build themselves.

use bowline_core::catalog::{
    Catalog, CatalogError, Characteristics, ConstraintId, Index, KeyOrigin, RelationName, Table, constraint_name,
};
use datafusion::sql::sqlparser::ast::{CreateIndex, IndexType};

use super::super::names;
use super::super::scope::{Done, Scope};
use super::constraints::{KeySpec, declare_key, key_columns, relation_taken};
use super::validate;
use crate::error::Error;
use crate::outcome::{Notice, Outcome};

/// Runs CREATE [UNIQUE] INDEX.
pub(super) fn create(scope: &mut Scope, create: CreateIndex) -> Result<Done, Error> {
    refuse_foreign_forms(&create)?;
    let table = names::table(scope, &create.table_name)?;
    let outcome = Outcome::command("CREATE INDEX");
    let columns = key_columns(&create.columns)?;
    let ids = names::column_ids(&table, &columns)?;
    let mut catalog = Catalog::clone(scope.catalog());
    let mut altered = Table::clone(&table);
    let name = match &create.name {
        None => {
            let named: Vec<&str> = columns.iter().map(String::as_str).collect();
            constraint_name(&table.name, &named, "idx", &|name| relation_taken(&catalog, &table, name))
        }
        Some(name) => {
            let name = names::last_part(name)?;
            if catalog.relation(&RelationName::new(&table.schema, &name)).is_some() {
                if create.if_not_exists {
                    scope.notice(Notice::plain(format!("relation \"{name}\" already exists, skipping")));
                    return Ok(Done::unchanged(outcome));
                }
                return Err(CatalogError::Exists { kind: "relation", name }.into());
            }
            name
        }
    };
    if create.unique {
        let spec = KeySpec {
            name: Some(name),
            columns,
            primary: false,
            origin: KeyOrigin::Index,
            characteristics: Characteristics::default(),
        };
        let id = declare_key(&mut catalog, &mut altered, spec)?;
        validate::key(scope, &table, altered.key(id).expect("the key was just declared"))?;
    } else {
        let id = ConstraintId(catalog.next_id());
        altered.indexes.push(Index { id, name, columns: ids, comment: None });
    }
    catalog.put_table(altered);
    scope.declare(outcome, catalog)
}

fn refuse_foreign_forms(create: &CreateIndex) -> Result<(), Error> {
    if create.predicate.is_some() {
        return Err(Error::unsupported("partial indexes are not supported", "Leave WHERE out."));
    }
    if !create.include.is_empty() {
        return Err(Error::unsupported("INCLUDE is not supported", "Leave it out: all columns are at hand."));
    }
    if create.nulls_distinct == Some(false) {
        return Err(Error::unsupported("NULLS NOT DISTINCT is not supported", "Declare the columns NOT NULL."));
    }
    if create.using.as_ref().is_some_and(|using| !matches!(using, IndexType::BTree | IndexType::Hash)) {
        return Err(Error::unsupported("only btree and hash indexes are supported", "Leave USING out."));
    }
    match create.with.is_empty() && create.index_options.is_empty() && create.alter_options.is_empty() {
        true => Ok(()),
        false => Err(Error::unsupported("index options are not supported", "Leave them out.")),
    }
}
