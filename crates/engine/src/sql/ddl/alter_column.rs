//! ALTER COLUMN: NOT NULL, defaults, identities and expressions. Types are in `alter_type`.

use std::sync::Arc;

use bowline_core::catalog::{Catalog, Column, Event, Expression, ForeignKey, ReferentialAction, Table, well_formed};
use bowline_core::rows::Delta;
use datafusion::sql::sqlparser::ast::{AlterColumnOperation, Expr, Ident};

use super::super::clauses::{ColumnChange, column_change};
use super::super::names;
use super::super::scope::Scope;
use super::alter_type::{NewType, replaced};
use super::expressions::{check_default, check_generated};
use super::{alter_type, identity, validate};
use crate::error::Error;
use crate::outcome::Notice;
use crate::stored_names::stored_expression;

/// See `alter_table::pass`.
pub(super) fn pass(operation: &AlterColumnOperation) -> u8 {
    match operation {
        AlterColumnOperation::DropDefault | AlterColumnOperation::DropNotNull => 0,
        AlterColumnOperation::SetDataType { .. } => 1,
        AlterColumnOperation::SetNotNull => 4,
        AlterColumnOperation::AddGenerated { .. } => 6,
        AlterColumnOperation::SetDefault { value } => match column_change(value) {
            None => 6,
            Some(ColumnChange::Expression(_)) => 2,
            Some(ColumnChange::Identity(words) | ColumnChange::Other(words)) if words.first() == Some(&"drop") => 0,
            Some(_) => 4,
        },
    }
}

/// The delta of one ALTER COLUMN.
pub(super) fn delta(
    scope: &mut Scope,
    table: &Arc<Table>,
    name: &Ident,
    operation: AlterColumnOperation,
) -> Result<Delta, Error> {
    match &operation {
        AlterColumnOperation::SetDataType { data_type, using, had_set: _ } => {
            return alter_type::delta(scope, table, &NewType { column: name, data_type, using: using.as_ref() });
        }
        AlterColumnOperation::SetDefault { value } => match column_change(value) {
            Some(ColumnChange::Expression(expression)) => {
                return set_expression(scope, table, &names::folded(name), expression);
            }
            Some(ColumnChange::Identity(words)) => {
                return identity::change(scope, table, &names::folded(name), &words);
            }
            Some(ColumnChange::Other(words)) => return other_change(scope, table, &names::folded(name), &words),
            None => {}
        },
        AlterColumnOperation::AddGenerated { generated_as, sequence_options } => {
            let options = sequence_options.as_deref().unwrap_or_default();
            return identity::add(scope, table, &names::folded(name), generated_as.as_ref(), options);
        }
        _ => {}
    }
    let mut catalog = Catalog::clone(scope.catalog());
    plain_change(scope, &mut catalog, table, &names::folded(name), operation)?;
    Ok(Delta { catalog: Some(Arc::new(catalog)), ..Delta::default() })
}

/// NOT NULL and DEFAULT.
fn plain_change(
    scope: &mut Scope,
    catalog: &mut Catalog,
    table: &Table,
    name: &str,
    operation: AlterColumnOperation,
) -> Result<(), Error> {
    let mut altered = Table::clone(catalog.table(table.id));
    let id = names::column(&altered, name)?.id;
    let in_primary_key = altered.primary_key().is_some_and(|key| key.columns.contains(&id));
    let position = altered.position(id);
    let column = &mut altered.columns[position];
    let is = |kind: &str| Error::new("42601", format!("column \"{name}\" of relation \"{}\" is {kind}", table.name));
    match operation {
        AlterColumnOperation::SetNotNull => {
            if !column.is_never_null() {
                validate::not_null(scope, table, column)?;
            }
            column.not_null = true;
            column.not_null_constraint.not_valid = false;
        }
        AlterColumnOperation::DropNotNull if in_primary_key => {
            return Err(Error::new("42P16", format!("column \"{name}\" is in a primary key"))
                .with_hint("Drop the primary key first."));
        }
        AlterColumnOperation::DropNotNull if column.identity.is_some() => {
            return Err(is("an identity column").with_hint("Identity columns never hold NULL."));
        }
        AlterColumnOperation::DropNotNull => column.not_null = false,
        AlterColumnOperation::SetDefault { .. } | AlterColumnOperation::DropDefault if column.identity.is_some() => {
            return Err(
                is("an identity column").with_hint("Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.")
            );
        }
        AlterColumnOperation::SetDefault { .. } if column.generated.is_some() => {
            return Err(
                is("a generated column").with_hint("Use ALTER TABLE ... ALTER COLUMN ... SET EXPRESSION instead.")
            );
        }
        AlterColumnOperation::DropDefault if column.generated.is_some() => {
            return Err(
                is("a generated column").with_hint("Use ALTER TABLE ... ALTER COLUMN ... DROP EXPRESSION instead.")
            );
        }
        AlterColumnOperation::SetDefault { value } => {
            let text = value.to_string();
            check_default(scope, &text, table, column)?;
            column.default = Some(Expression(stored_expression(scope.catalog(), text, table.id.is_temporary())));
        }
        AlterColumnOperation::DropDefault => column.default = None,
        AlterColumnOperation::SetDataType { .. } | AlterColumnOperation::AddGenerated { .. } => {
            unreachable!("the caller takes these")
        }
    }
    catalog.put_table(altered);
    warn_of_set_null(scope, catalog, table);
    Ok(())
}

/// SET EXPRESSION: the column is computed anew in every row.
fn set_expression(scope: &mut Scope, table: &Arc<Table>, name: &str, expression: &Expr) -> Result<Delta, Error> {
    let column = generated_column(table, name)?.clone();
    let changed = Column { generated: Some(Expression(expression.to_string())), ..column.clone() };
    let mut altered = Table::clone(table);
    let position = altered.position(column.id);
    altered.columns[position] = changed.clone();
    check_generated(scope, &altered, &changed)?;
    if column.is_virtual && !table.checks.is_empty() {
        let refused = "SET EXPRESSION is not supported for virtual generated columns in tables with check constraints";
        return Err(of_virtual(table, &column, refused, "Drop the checks first, and add them again afterwards."));
    }
    replaced(scope, table, &column, changed, None)
}

/// Refuses what cannot be done to a virtual column.
fn of_virtual(table: &Table, column: &Column, refused: &str, hint: &str) -> Error {
    let (name, table) = (&column.name, &table.name);
    Error::unsupported(format!("ALTER TABLE / {refused}"), hint)
        .with_detail(format!("Column \"{name}\" of relation \"{table}\" is a virtual generated column."))
}

/// DROP EXPRESSION: the values stay as they are. Refuses what concerns storage and statistics.
fn other_change(scope: &mut Scope, table: &Arc<Table>, name: &str, words: &[&str]) -> Result<Delta, Error> {
    let if_exists = match words {
        ["drop", "expression"] => false,
        ["drop", "expression", "if", "exists"] => true,
        _ => {
            return Err(Error::unsupported(
                format!("ALTER COLUMN ... {} is not supported", words.join(" ").to_uppercase()),
                "Leave it out: it changes no answer.",
            ));
        }
    };
    match generated_column(table, name) {
        Err(error) if if_exists && error.sqlstate == "55000" => {
            scope.notice(Notice::plain(format!("{}, skipping", error.message)));
            Ok(Delta::default())
        }
        Err(error) => Err(error),
        Ok(column) if column.is_virtual => {
            let refused = "DROP EXPRESSION is not supported for virtual generated columns";
            Err(of_virtual(table, column, refused, "Drop the column, and add it without an expression."))
        }
        Ok(column) => {
            let mut altered = Table::clone(table);
            let position = altered.position(column.id);
            altered.columns[position].generated = None;
            let mut catalog = Catalog::clone(scope.catalog());
            catalog.put_table(altered);
            Ok(Delta { catalog: Some(Arc::new(catalog)), ..Delta::default() })
        }
    }
}

/// Errors: 55000 for a column that is not generated.
fn generated_column<'t>(table: &'t Table, name: &str) -> Result<&'t Column, Error> {
    let column = names::column(table, name)?;
    match column.generated {
        Some(_) => Ok(column),
        None => {
            let message = format!("column \"{name}\" of relation \"{}\" is not a generated column", table.name);
            Err(Error::new("55000", message).with_hint("Only a GENERATED ALWAYS AS (...) column has an expression."))
        }
    }
}

/// SET NOT NULL can make a SET NULL rule that never works.
fn warn_of_set_null(scope: &mut Scope, catalog: &Catalog, table: &Table) {
    let sets_null = |event| move |fk: &&&Arc<ForeignKey>| fk.rule(event).action == ReferentialAction::SetNull;
    let known = |fk| well_formed::foreign_key_warnings(scope.catalog(), fk);
    let mut warnings = Vec::new();
    let foreign_keys = catalog.foreign_keys_of(table.id);
    for fk in foreign_keys.iter().filter(|fk| sets_null(Event::Delete)(fk) || sets_null(Event::Update)(fk)) {
        warnings.extend(well_formed::foreign_key_warnings(catalog, fk).into_iter().filter(|w| !known(fk).contains(w)));
    }
    warnings.into_iter().for_each(|warning| scope.notice(Notice::warning(warning)));
}
