//! ALTER TABLE: one or more operations, each on the catalog the one before left.

use std::sync::Arc;

use bowline_core::catalog::{Catalog, Event, ReferentialAction, Table, well_formed};
use bowline_core::integrity::Closed;
use bowline_core::rows::Delta;
use datafusion::sql::sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation, DropBehavior, TableConstraint,
};

use super::super::scope::{Done, Scope};
use super::super::{constraint_attributes, names};
use super::constraints::{declare_check, declare_foreign_key, declare_key};
use super::create_table::{Declared, sort_out};
use super::expressions::check_default;
use super::{add_column, alter_constraint, dependents, rename, validate};
use crate::error::Error;
use crate::outcome::{Notice, Outcome};

/// Runs ALTER TABLE.
pub(super) fn run(scope: &mut Scope, alter: AlterTable) -> Result<Done, Error> {
    if alter.on_cluster.is_some() || alter.location.is_some() || alter.table_type.is_some() {
        return Err(Error::unsupported(
            "this form of ALTER TABLE is not supported",
            "Use ALTER TABLE name operation, ...",
        ));
    }
    let outcome = Outcome::command("ALTER TABLE");
    let mut table = match names::table(scope, &alter.name) {
        Ok(table) => table,
        Err(error) if alter.if_exists && error.sqlstate == "42P01" => {
            scope.notice(Notice::plain(format!("{}, skipping", error.message)));
            return Ok(Done::unchanged(outcome));
        }
        Err(error) => return Err(error),
    };
    let before = scope.snapshot.clone();
    let mut whole = Delta::default();
    for operation in alter.operations {
        let delta = operate(scope, &table, operation)?;
        scope.snapshot = scope.snapshot.apply(&delta)?;
        whole.extend(delta);
        table = scope.catalog().table(table.id).clone();
    }
    let after = std::mem::replace(&mut scope.snapshot, before);
    Ok(Done::changed(outcome, Closed { delta: whole, after, trace: Default::default(), put_off: Default::default() }))
}

/// One operation as a delta on what the scope sees, rows judged where it needs that.
fn operate(scope: &mut Scope, table: &Arc<Table>, operation: AlterTableOperation) -> Result<Delta, Error> {
    let mut catalog = Catalog::clone(scope.catalog());
    match operation {
        AlterTableOperation::AddConstraint { constraint, not_valid } => {
            return add_constraint(scope, table, constraint, not_valid);
        }
        AlterTableOperation::AddColumn { if_not_exists, column_def, column_position: None, .. } => {
            return add_column::delta(scope, table, &column_def, if_not_exists);
        }
        AlterTableOperation::DropConstraint { if_exists, name, drop_behavior } => {
            let cascade = drop_behavior == Some(DropBehavior::Cascade);
            drop_constraint(scope, &mut catalog, table, &names::folded(&name), if_exists, cascade)?;
        }
        AlterTableOperation::DropColumn { column_names, if_exists, drop_behavior, .. } => {
            let cascade = drop_behavior == Some(DropBehavior::Cascade);
            for name in &column_names {
                drop_column(scope, &mut catalog, table, &names::folded(name), if_exists, cascade)?;
            }
        }
        AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
            let (old, new) = (names::folded(&old_column_name), names::folded(&new_column_name));
            rename::column(scope, &mut catalog, table, &old, &new)?;
        }
        AlterTableOperation::RenameTable { table_name } => rename::table(scope, &mut catalog, table, &table_name)?,
        AlterTableOperation::RenameConstraint { old_name, new_name } => {
            rename::constraint(&mut catalog, table, &names::folded(&old_name), &names::folded(&new_name))?;
        }
        AlterTableOperation::AlterColumn { column_name, op } => {
            alter_column(scope, &mut catalog, table, &names::folded(&column_name), op)?;
        }
        AlterTableOperation::ValidateConstraint { name } => match constraint_attributes::of(scope.sql, &name) {
            Some(says) => alter_constraint::alter(scope, &mut catalog, table, &names::folded(&name), says)?,
            None => validate_constraint(scope, &mut catalog, table, &names::folded(&name))?,
        },
        other => {
            return Err(Error::unsupported(
                format!("ALTER TABLE ... {other} is not supported"),
                "There are ADD/DROP/ALTER CONSTRAINT, VALIDATE CONSTRAINT, ADD/DROP/RENAME COLUMN, RENAME TO and ALTER COLUMN SET/DROP NOT NULL and DEFAULT.",
            ));
        }
    }
    Ok(Delta { catalog: Some(Arc::new(catalog)), ..Delta::default() })
}

/// ADD CONSTRAINT: declared, then judged over the rows there are.
fn add_constraint(
    scope: &mut Scope,
    table: &Arc<Table>,
    constraint: TableConstraint,
    not_valid: bool,
) -> Result<Delta, Error> {
    let mut declared = Declared::default();
    sort_out(constraint, &mut declared)?;
    let mut catalog = Catalog::clone(scope.catalog());
    let mut altered = Table::clone(table);
    if not_valid && declared.foreign_keys.is_empty() {
        return Err(Error::unsupported("NOT VALID is only supported for foreign keys", "Leave NOT VALID out."));
    }
    for key in declared.keys {
        let id = declare_key(&mut catalog, &mut altered, key)?;
        let key = altered.key(id).expect("the key was just declared");
        validate::key(scope, table, key)?;
        for column in key.columns.iter().filter(|_| key.primary) {
            validate::not_null(scope, table, table.column_by_id(*column))?;
        }
    }
    for (name, column, check) in declared.checks {
        declare_check(scope, &mut catalog, &mut altered, name, column.as_deref(), &check.expr)?;
        validate::check(scope, table, altered.checks.last().expect("the check was just declared"))?;
    }
    catalog.put_table(altered);
    for (name, foreign_key) in declared.foreign_keys {
        let (mut foreign_key, warnings) = declare_foreign_key(scope, &mut catalog, table.id, name, &foreign_key)?;
        warnings.into_iter().for_each(|warning| scope.notice(Notice::warning(warning)));
        if !foreign_key.enforced {
            continue;
        }
        if not_valid {
            foreign_key.validated = false;
            catalog.put_foreign_key(foreign_key);
        } else {
            validate::foreign_key(scope, &catalog, &foreign_key)?;
        }
    }
    Ok(Delta { catalog: Some(Arc::new(catalog)), ..Delta::default() })
}

fn validate_constraint(scope: &Scope, catalog: &mut Catalog, table: &Table, name: &str) -> Result<(), Error> {
    let found = catalog.foreign_keys_of(table.id).into_iter().find(|fk| fk.name == name).cloned();
    let Some(foreign_key) = found else {
        // Keys and checks are judged when they are added: there is nothing left to validate.
        return match catalog.constraint_names(table.id).iter().any(|known| known == name) {
            true => Ok(()),
            false => Err(no_constraint(catalog, table, name)),
        };
    };
    if !foreign_key.enforced {
        return Err(Error::new("55000", "cannot validate NOT ENFORCED constraint").with_hint(format!(
            "List what violates it in bowline.violations; enforce it with ALTER CONSTRAINT {name} ENFORCED."
        )));
    }
    validate::foreign_key(scope, catalog, &foreign_key)?;
    let mut validated = (*foreign_key).clone();
    validated.validated = true;
    catalog.put_foreign_key(validated);
    Ok(())
}

pub(super) fn no_constraint(catalog: &Catalog, table: &Table, name: &str) -> Error {
    let known = catalog.constraint_names(table.id);
    let error = Error::new("42704", format!("constraint \"{name}\" of relation \"{}\" does not exist", table.name))
        .with_table(&table.schema, &table.name);
    match known.len() {
        0 => error.with_hint("The table has no constraints."),
        _ => error.with_hint(format!("Its constraints are: {}.", known.join(", "))),
    }
}

fn drop_constraint(
    scope: &mut Scope,
    catalog: &mut Catalog,
    table: &Table,
    name: &str,
    if_exists: bool,
    cascade: bool,
) -> Result<(), Error> {
    let foreign_key = catalog.foreign_keys_of(table.id).into_iter().find(|fk| fk.name == name).map(|fk| fk.id);
    if let Some(id) = foreign_key {
        catalog.remove_foreign_key(id);
        return Ok(());
    }
    let mut altered = Table::clone(catalog.table(table.id));
    if let Some(position) = altered.checks.iter().position(|check| check.name == name) {
        altered.checks.remove(position);
        catalog.put_table(altered);
        return Ok(());
    }
    if let Some(position) = altered.keys.iter().position(|key| key.name == name) {
        let key = altered.keys.remove(position);
        let what = format!("constraint {name} on table {}", table.name);
        dependents::of_key(catalog, table, &key).drop_or_refuse(scope, catalog, &what, cascade)?;
        catalog.put_table(altered);
        return Ok(());
    }
    let error = no_constraint(catalog, table, name);
    if !if_exists {
        return Err(error);
    }
    scope.notice(Notice::plain(format!("{}, skipping", error.message)));
    Ok(())
}

fn drop_column(
    scope: &mut Scope,
    catalog: &mut Catalog,
    table: &Table,
    name: &str,
    if_exists: bool,
    cascade: bool,
) -> Result<(), Error> {
    let mut altered = Table::clone(catalog.table(table.id));
    let id = match names::column(&altered, name) {
        Ok(column) => column.id,
        Err(error) if if_exists => {
            scope.notice(Notice::plain(format!("{}, skipping", error.message)));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    if altered.columns.len() == 1 {
        return Err(Error::unsupported("a table keeps at least one column", "Drop the table instead."));
    }
    let what = format!("column {name} of table {}", table.name);
    let mut found = dependents::of_column(catalog, &altered, id);
    // Constraints of the table itself that name the column go with it.
    let own: Vec<_> =
        catalog.foreign_keys_of(table.id).iter().filter(|fk| fk.columns.contains(&id)).map(|fk| fk.id).collect();
    own.into_iter().for_each(|fk| catalog.remove_foreign_key(fk));
    found.foreign_keys.retain(|fk| catalog.foreign_key(*fk).is_some());
    found.drop_or_refuse(scope, catalog, &what, cascade)?;
    let column = altered.column_by_id(id).clone();
    altered.keys.retain(|key| !key.columns.contains(&id));
    altered.indexes.retain(|index| !index.columns.contains(&id));
    altered.checks.retain(|check| !dependents::names_column(&check.expression, &altered.columns, &column.name));
    altered.columns.retain(|column| column.id != id);
    let sequences: Vec<_> = catalog.sequences().filter(|s| s.owner == Some((table.id, id))).map(|s| s.id).collect();
    sequences.into_iter().for_each(|sequence| catalog.remove_sequence(sequence));
    catalog.put_table(altered);
    dependents::check_views(scope, catalog, &what, cascade)
}

fn alter_column(
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
    match operation {
        AlterColumnOperation::SetNotNull => {
            validate::not_null(scope, table, column)?;
            column.not_null = true;
        }
        AlterColumnOperation::DropNotNull if in_primary_key => {
            return Err(Error::new("42P16", format!("column \"{name}\" is in a primary key"))
                .with_hint("Drop the primary key first."));
        }
        AlterColumnOperation::DropNotNull if column.identity.is_some() => {
            return Err(Error::new(
                "42601",
                format!("column \"{name}\" of relation \"{}\" is an identity column", table.name),
            )
            .with_hint("Identity columns never hold NULL."));
        }
        AlterColumnOperation::DropNotNull => column.not_null = false,
        AlterColumnOperation::SetDefault { .. } | AlterColumnOperation::DropDefault if column.generated.is_some() => {
            return Err(Error::new(
                "42601",
                format!("column \"{name}\" of relation \"{}\" is a generated column", table.name),
            )
            .with_hint("A generated column has its expression for a default."));
        }
        AlterColumnOperation::SetDefault { value } => {
            let text = value.to_string();
            check_default(scope, &text, table, column)?;
            column.default = Some(bowline_core::catalog::Expression(text));
        }
        AlterColumnOperation::DropDefault => column.default = None,
        other => {
            return Err(Error::unsupported(
                format!("ALTER COLUMN ... {other} is not supported"),
                "Add a column of the new type, fill it with UPDATE, drop the old one and rename.",
            ));
        }
    }
    catalog.put_table(altered);
    warn_of_set_null(scope, catalog, table);
    Ok(())
}

/// SET NOT NULL can make a SET NULL rule that never works.
fn warn_of_set_null(scope: &mut Scope, catalog: &Catalog, table: &Table) {
    let sets_null = |event| {
        move |fk: &&&Arc<bowline_core::catalog::ForeignKey>| fk.rule(event).action == ReferentialAction::SetNull
    };
    let known = |fk| well_formed::foreign_key_warnings(scope.catalog(), fk);
    let mut warnings = Vec::new();
    let foreign_keys = catalog.foreign_keys_of(table.id);
    for fk in foreign_keys.iter().filter(|fk| sets_null(Event::Delete)(fk) || sets_null(Event::Update)(fk)) {
        warnings.extend(well_formed::foreign_key_warnings(catalog, fk).into_iter().filter(|w| !known(fk).contains(w)));
    }
    warnings.into_iter().for_each(|warning| scope.notice(Notice::warning(warning)));
}
