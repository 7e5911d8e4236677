//! COMMENT ON: words for people, kept with what they describe.

use bowline_core::catalog::{Catalog, ForeignKey, KeyOrigin, Relation, Schema, Sequence, Table, View};
use datafusion::sql::sqlparser::ast::{CommentObject, Statement};

use super::super::dialect::constraint_of_comment;
use super::super::names;
use super::super::scope::{Done, Scope};
use super::view::relation_columns;
use crate::error::Error;
use crate::outcome::Outcome;

/// Runs COMMENT ON; NULL removes the comment.
pub(super) fn run(scope: &mut Scope, statement: Statement) -> Result<Done, Error> {
    let Statement::Comment { object_type, object_name, comment, if_exists } = statement else {
        unreachable!("the caller matched it")
    };
    if if_exists {
        return Err(Error::unsupported("COMMENT IF EXISTS is not supported", "Leave IF EXISTS out."));
    }
    let mut catalog = Catalog::clone(scope.catalog());
    match object_type {
        CommentObject::Table => {
            let table = names::table(scope.catalog(), &object_name)?;
            match constraint_of_comment(scope.sql) {
                None => catalog.put_table(Table { comment, ..Table::clone(&table) }),
                Some(name) => on_constraint(&mut catalog, &table, &names::folded(&name), comment)?,
            }
        }
        CommentObject::Column => {
            let mut path = object_name.clone();
            let column = path.0.pop().and_then(|part| part.as_ident().map(names::folded)).unwrap_or_default();
            if path.0.is_empty() {
                return Err(Error::new("42601", "column name must be qualified").with_hint("Write table.column."));
            }
            let name = names::relation_name(&catalog, &path)?;
            if let Some(view) = catalog.view_named(&name).map(|view| View::clone(view)) {
                on_view_column(scope, &mut catalog, view, &column, comment)?;
                return scope.declare(Outcome::command("COMMENT"), catalog);
            }
            let mut table = Table::clone(&*names::table(scope.catalog(), &path)?);
            let position = table.position(names::column(&table, &column)?.id);
            table.columns[position].comment = comment;
            catalog.put_table(table);
        }
        CommentObject::Schema => {
            let name = names::last_part(&object_name)?;
            if catalog.schema(&name).is_none() {
                return Err(
                    Error::new("3F000", format!("schema \"{name}\" does not exist")).with_hint("Create it first.")
                );
            }
            catalog.put_schema(&name, Schema { comment });
        }
        CommentObject::View => {
            let name = names::relation_name(&catalog, &object_name)?;
            let view = catalog.view_named(&name).ok_or_else(|| names::missing(&catalog, &name))?;
            let commented = View { comment, ..View::clone(view) };
            catalog.put_view(commented);
        }
        CommentObject::Index => {
            let name = names::relation_name(&catalog, &object_name)?;
            let Some(Relation::Index(table, id)) = catalog.relation(&name) else {
                return Err(names::missing(&catalog, &name));
            };
            let mut table = Table::clone(&table);
            table.keys.iter_mut().filter(|key| key.id == id).for_each(|key| key.comment.clone_from(&comment));
            table
                .indexes
                .iter_mut()
                .filter(|index| index.id == id)
                .for_each(|index| index.comment.clone_from(&comment));
            catalog.put_table(table);
        }
        CommentObject::Sequence => {
            let name = names::relation_name(&catalog, &object_name)?;
            let sequence = match catalog.relation(&name) {
                Some(Relation::Sequence(sequence)) => Sequence { comment, ..Sequence::clone(&sequence) },
                Some(_) => {
                    return Err(Error::new("42809", format!("\"{}\" is not a sequence", name.name))
                        .with_hint("Use the COMMENT ON of its own kind."));
                }
                None => return Err(names::missing(&catalog, &name)),
            };
            catalog.put_sequence(sequence);
        }
        other => {
            return Err(Error::unsupported(
                format!("COMMENT ON {other} is not supported"),
                "Comment on a table, column, constraint, view, index, sequence or schema.",
            ));
        }
    }
    scope.declare(Outcome::command("COMMENT"), catalog)
}

/// Comments on a column of a view. Errors: 42703.
fn on_view_column(
    scope: &Scope,
    catalog: &mut Catalog,
    mut view: View,
    name: &str,
    comment: Option<String>,
) -> Result<(), Error> {
    let columns = relation_columns(scope, &view.name)?;
    let Some(position) = columns.fields().iter().position(|column| column.name() == name) else {
        let message = format!("column \"{name}\" of relation \"{}\" does not exist", view.name.name);
        return Err(Error::new("42703", message).with_table(&view.name.schema, &view.name.name));
    };
    match comment {
        Some(comment) => drop(view.column_comments.insert(position, comment)),
        None => drop(view.column_comments.remove(&position)),
    }
    catalog.put_view(view);
    Ok(())
}

/// Comments on a key, check or foreign key of a table. Errors: 42704.
fn on_constraint(catalog: &mut Catalog, table: &Table, name: &str, comment: Option<String>) -> Result<(), Error> {
    let foreign_key = catalog.foreign_keys_of(table.id).into_iter().find(|key| key.name == name);
    if let Some(foreign_key) = foreign_key.map(|key| ForeignKey::clone(key)) {
        catalog.put_foreign_key(ForeignKey { comment, ..foreign_key });
        return Ok(());
    }
    let mut table = table.clone();
    let not_null = table.not_null_named(name).map(|column| table.position(column.id));
    let keys = table.keys.iter_mut().filter(|key| key.origin == KeyOrigin::Constraint);
    let keys = keys.map(|key| (&key.name, &mut key.comment));
    let checks = table.checks.iter_mut().map(|check| (&check.name, &mut check.comment));
    let place = keys.chain(checks).find(|(known, _)| known.as_str() == name).map(|(_, place)| place);
    let place = match not_null {
        Some(position) => Some(&mut table.columns[position].not_null_constraint.comment),
        None => place,
    };
    let Some(place) = place else {
        let names = catalog.constraint_names(table.id).join(", ");
        let error = Error::new("42704", format!("constraint \"{name}\" for table \"{}\" does not exist", table.name))
            .with_table(&table.schema, &table.name);
        return Err(if names.is_empty() { error } else { error.with_hint(format!("Its constraints are: {names}.")) });
    };
    *place = comment;
    catalog.put_table(table);
    Ok(())
}
