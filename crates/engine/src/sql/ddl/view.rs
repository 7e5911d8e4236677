//! CREATE VIEW: a query with a name, planned once to see that it can be read.

use std::collections::BTreeSet;

use bowline_core::catalog::{Catalog, CatalogError, Relation, RelationName, TEMPORARY_SCHEMA, View};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{CreateTableOptions, CreateView, Query, Statement};

use super::super::names;
use super::super::scope::{Done, Scope};
use super::create_as::{relation_query, says_into};
use super::new_relation::check_new_relation;
use crate::display::type_name;
use crate::error::Error;
use crate::outcome::{Notice, Outcome};
use crate::query;
use crate::stored_names;

/// Runs CREATE [OR REPLACE] VIEW.
pub(super) fn create(scope: &mut Scope, create: CreateView) -> Result<Done, Error> {
    refuse_foreign_forms(&create)?;
    let reads = relations_read(scope.catalog(), &create.query)?;
    let reads_temporary = reads.iter().any(|name| name.schema == TEMPORARY_SCHEMA);
    let name = names::new_relation_name(scope.catalog(), &create.name, create.temporary || reads_temporary)?;
    if reads_temporary && !create.temporary && names::parts(&create.name)?.len() == 1 {
        scope.notice(Notice::plain(format!("view \"{}\" will be a temporary view", name.name)));
    }
    check_new_relation(scope, &name)?;
    match scope.catalog().relation(&name) {
        None => {}
        Some(Relation::View(_)) if create.or_replace => {}
        Some(Relation::View(_)) if create.if_not_exists => return Ok(Done::unchanged(Outcome::command("CREATE VIEW"))),
        Some(_) => return Err(CatalogError::Exists { kind: "relation", name: name.name }.into()),
    }
    let columns: Vec<String> = create.columns.iter().map(|column| names::folded(&column.name)).collect();
    if reads.contains(&name) {
        return Err(
            Error::new("42P17", format!("view \"{name}\" would read itself")).with_hint("Name another relation.")
        );
    }
    let text = stored_names::stored_query(scope.catalog(), &create.query, name.schema == TEMPORARY_SCHEMA);
    let query = Statement::Query(create.query);
    let found = columns_of(scope, &query)?;
    // A view has no parameters, whatever their types.
    let seen = query::View { snapshot: scope.snapshot.clone(), extra: Vec::new() };
    scope.queries.plan(&seen, query, scope.parameters)?;
    let width = found.fields().len();
    if columns.len() > width {
        return Err(Error::new("42601", "CREATE VIEW specifies more column names than columns")
            .with_detail(format!("The query has {width} columns.")));
    }
    let own = found.fields().iter().map(|field| field.name());
    let mut seen = BTreeSet::new();
    let called: Vec<&String> = columns.iter().chain(own.skip(columns.len())).collect();
    if let Some(twice) = called.iter().find(|name| !seen.insert(name.as_str())) {
        return Err(Error::new("42701", format!("column \"{twice}\" specified more than once"))
            .with_hint("Give each column a name of its own with AS."));
    }
    let replaced = scope.catalog().view_named(&name).cloned();
    if replaced.is_some() {
        let before = relation_columns(scope, &name)?;
        refuse_other_columns(&before, &called, &found)?;
    }
    let mut catalog = Catalog::clone(scope.catalog());
    if name.schema == TEMPORARY_SCHEMA {
        catalog.make_temporary_schema();
    }
    let known = reads.iter().map(|read| known_columns(scope, read)).collect::<Result<_, _>>()?;
    let (comment, column_comments) = match replaced {
        Some(view) => (view.comment.clone(), view.column_comments.clone()),
        None => Default::default(),
    };
    let reads = reads.into_iter().collect();
    catalog.put_view(View { name, query: text, columns, reads, known, comment, column_comments });
    scope.declare(Outcome::command("CREATE VIEW"), catalog)
}

/// The columns of a relation that a view keeps to.
fn known_columns(scope: &Scope, name: &RelationName) -> Result<Option<Vec<String>>, Error> {
    Ok(match scope.catalog().relation(name) {
        Some(Relation::Table(table)) => Some(table.columns.iter().map(|column| column.name.clone()).collect()),
        Some(Relation::View(_)) => {
            let columns = relation_columns(scope, name)?;
            Some(columns.fields().iter().map(|field| field.name().clone()).collect())
        }
        _ => None,
    })
}

/// The columns of a relation, with their names and types.
pub(super) fn relation_columns(scope: &Scope, name: &RelationName) -> Result<SchemaRef, Error> {
    columns_of(scope, &Statement::Query(relation_query(name)))
}

fn columns_of(scope: &Scope, query: &Statement) -> Result<SchemaRef, Error> {
    let view = query::View { snapshot: scope.snapshot.clone(), extra: Vec::new() };
    Ok(scope.queries.describe(&view, query, &[])?.columns)
}

/// A view that replaces another has its columns, and may have more after them. Errors: 42P16.
fn refuse_other_columns(old: &Schema, called: &[&String], new: &Schema) -> Result<(), Error> {
    if new.fields().len() < old.fields().len() {
        return Err(
            Error::new("42P16", "cannot drop columns from view").with_hint("Drop the view first, and create it again.")
        );
    }
    for ((old, name), new) in old.fields().iter().zip(called).zip(new.fields()) {
        if old.name() != *name {
            let message = format!("cannot change name of view column \"{}\" to \"{name}\"", old.name());
            return Err(Error::new("42P16", message)
                .with_hint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead."));
        }
        let (old, new) = (type_name(old), type_name(new));
        if old != new {
            let message = format!("cannot change data type of view column \"{name}\" from {old} to {new}");
            return Err(
                Error::new("42P16", message).with_hint("Cast the column, or drop the view first and create it again.")
            );
        }
    }
    Ok(())
}

fn relations_read(catalog: &Catalog, query: &Query) -> Result<BTreeSet<RelationName>, Error> {
    stored_names::tables_read(query).iter().map(|name| names::relation_name(catalog, name)).collect()
}

fn refuse_foreign_forms(create: &CreateView) -> Result<(), Error> {
    if says_into(&create.query.body) {
        return Err(Error::unsupported("views must not contain SELECT INTO", "Leave INTO out."));
    }
    if create.materialized {
        return Err(Error::unsupported(
            "materialized views are not supported",
            "Use a view, or a table filled by INSERT ... SELECT.",
        ));
    }
    let foreign = create.or_alter
        || create.secure
        || create.to.is_some()
        || create.comment.is_some()
        || create.params.is_some()
        || create.copy_grants
        || create.with_no_schema_binding
        || !create.cluster_by.is_empty()
        || create.options != CreateTableOptions::None
        || create.columns.iter().any(|column| column.data_type.is_some() || column.options.is_some());
    match foreign {
        false => Ok(()),
        true => Err(Error::unsupported(
            "this form of CREATE VIEW is not supported",
            "Use CREATE [OR REPLACE] VIEW name AS SELECT ...",
        )),
    }
}
