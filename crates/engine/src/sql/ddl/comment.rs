//! COMMENT ON: words for people, kept with what they describe.

use bowline_core::catalog::{Catalog, Relation, Schema, Table, View};
use datafusion::sql::sqlparser::ast::{CommentObject, Statement};

use super::super::names;
use super::super::scope::{Done, Scope};
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
            let mut table = Table::clone(&*names::table(scope, &object_name)?);
            table.comment = comment;
            catalog.put_table(table);
        }
        CommentObject::Column => {
            let mut path = object_name.clone();
            let column = path.0.pop().and_then(|part| part.as_ident().map(names::folded)).unwrap_or_default();
            if path.0.is_empty() {
                return Err(Error::new("42601", "column name must be qualified").with_hint("Write table.column."));
            }
            let mut table = Table::clone(&*names::table(scope, &path)?);
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
            let name = names::relation_name(&object_name)?;
            let view = catalog.view_named(&name).ok_or_else(|| names::missing(&catalog, &name))?;
            let commented = View { comment, ..View::clone(view) };
            catalog.put_view(commented);
        }
        CommentObject::Index => {
            let name = names::relation_name(&object_name)?;
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
        other => {
            return Err(Error::unsupported(
                format!("COMMENT ON {other} is not supported"),
                "Comment on a table, column, view, index or schema.",
            ));
        }
    }
    scope.declare(Outcome::command("COMMENT"), catalog)
}
