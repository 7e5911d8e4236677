//! What ALTER VIEW changes of a view's columns: their names. Views that read it go on under the old name.

use bowline_core::catalog::{Catalog, RelationName, View};
use datafusion::sql::sqlparser::ast::{AlterColumnOperation, AlterTable, AlterTableOperation};

use super::super::names;
use super::super::scope::{Done, Scope};
use super::alter_relation::kind;
use super::view::relation_columns;
use super::{dependents, follow};
use crate::error::Error;
use crate::outcome::{Notice, Outcome};

/// Runs what concerns the columns of a view; `None` for a table's.
pub(super) fn run(scope: &mut Scope, alter: &AlterTable) -> Result<Option<Done>, Error> {
    let (kind, tag) = kind(scope.sql);
    let name = names::relation_name(scope.catalog(), &alter.name)?;
    let Some(view) = scope.catalog().view_named(&name).map(|view| View::clone(view)) else {
        let renames = matches!(alter.operations.as_slice(), [AlterTableOperation::RenameColumn { .. }]);
        return match (kind, scope.catalog().relation(&name)) {
            // As in PostgreSQL, that renames columns of anything.
            ("a view", Some(_)) if !renames => Err(Error::new("42809", format!("\"{}\" is not a view", name.name))
                .with_hint("Use the ALTER of its own kind.")),
            ("a view", None) if alter.if_exists => {
                scope.notice(Notice::plain(format!("relation \"{name}\" does not exist, skipping")));
                Ok(Some(Done::unchanged(Outcome::command(tag))))
            }
            _ => Ok(None),
        };
    };
    use AlterColumnOperation::{DropDefault, SetDefault};
    match alter.operations.as_slice() {
        [AlterTableOperation::RenameColumn { old_column_name, new_column_name }] => {
            let (old, new) = (names::folded(old_column_name), names::folded(new_column_name));
            let catalog = renamed(scope, &view, &old, &new)?;
            scope.declare(Outcome::command(tag), catalog).map(Some)
        }
        [AlterTableOperation::AlterColumn { op: SetDefault { .. } | DropDefault, .. }, ..] => Err(Error::unsupported(
            "defaults of a view's columns are not supported",
            "Declare the default at the table: ALTER TABLE ... ALTER COLUMN ... SET DEFAULT.",
        )),
        _ => Ok(None),
    }
}

/// The catalog with a column of a view called otherwise.
fn renamed(scope: &Scope, view: &View, old: &str, new: &str) -> Result<Catalog, Error> {
    let columns = relation_columns(scope, &view.name)?;
    let mut columns: Vec<String> = columns.fields().iter().map(|field| field.name().clone()).collect();
    let name = &view.name.name;
    let Some(position) = columns.iter().position(|column| column == old) else {
        return Err(Error::new("42703", format!("column \"{old}\" does not exist"))
            .with_hint(format!("The columns of \"{name}\" are: {}.", columns.join(", "))));
    };
    if columns.iter().any(|column| column == new) {
        return Err(Error::new("42701", format!("column \"{new}\" of relation \"{name}\" already exists"))
            .with_hint("Choose another name."));
    }
    let mut catalog = Catalog::clone(scope.catalog());
    let mut uses = uses(scope, &catalog, view, &columns, old)?;
    columns[position] = new.to_owned();
    for (_, used) in &mut uses {
        used.iter_mut().filter(|column| *column == old).for_each(|column| *column = new.to_owned());
    }
    catalog.put_view(View { columns, ..view.clone() });
    follow::column(&mut catalog, &view.name, (old, new), &uses);
    dependents::check_views(scope, &catalog, &format!("column {old} of view {name}"))?;
    Ok(catalog)
}

/// The views that use a column, each with all columns of this view that it uses.
fn uses(
    scope: &Scope,
    catalog: &Catalog,
    view: &View,
    columns: &[String],
    renamed: &str,
) -> Result<follow::Uses, Error> {
    let using = |column: &String| dependents::views_using_view(scope, catalog, view, columns, column);
    let concerned: Vec<RelationName> = using(&renamed.to_owned())?;
    let mut uses: follow::Uses = concerned.into_iter().map(|reading| (reading, Vec::new())).collect();
    for column in columns.iter().take(if uses.is_empty() { 0 } else { usize::MAX }) {
        let using = using(column)?;
        uses.iter_mut().filter(|(reading, _)| using.contains(reading)).for_each(|(_, used)| used.push(column.clone()));
    }
    Ok(uses)
}
