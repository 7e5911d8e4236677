//! ALTER TABLE: one or more operations, each on the catalog the one before left.

use std::sync::Arc;

use bowline_core::catalog::{Catalog, KeyOrigin, Table};
use bowline_core::integrity::Closed;
use bowline_core::rows::Delta;
use datafusion::sql::sqlparser::ast::{AlterTable, AlterTableOperation, DropBehavior, TableConstraint};

use super::super::scope::{Done, Scope};
use super::super::{constraint_attributes, names};
use super::constraints::{declare_check, declare_foreign_key, declare_key};
use super::create_table::sort_out;
use super::declared::Declared;
use super::dependents::{Object, drop_objects};
use super::{
    add_column, alter_column, alter_constraint, alter_relation, alter_view, not_null, rename, using_index, validate,
};
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
    if let Some(done) = alter_relation::run(scope, &alter)? {
        return Ok(done);
    }
    if let Some(done) = alter_view::run(scope, &alter)? {
        return Ok(done);
    }
    let outcome = Outcome::command("ALTER TABLE");
    let mut table = match names::table(scope.catalog(), &alter.name) {
        Ok(table) => table,
        Err(error) if alter.if_exists && error.sqlstate == "42P01" => {
            scope.notice(Notice::plain(format!("{}, skipping", error.message)));
            return Ok(Done::unchanged(outcome));
        }
        Err(error) => return Err(error),
    };
    let mut operations = alter.operations;
    if let (Some(renames), true) = (operations.iter().find(|operation| renames(operation)), operations.len() > 1) {
        return Err(
            Error::new("42601", format!("{renames} stands alone")).with_hint("Write it as a statement of its own.")
        );
    }
    operations.sort_by_key(pass);
    let before = scope.snapshot.clone();
    let mut whole = Delta::default();
    for operation in operations {
        let delta = operate(scope, &table, operation)?;
        scope.snapshot = scope.snapshot.apply(&delta)?;
        whole.extend(delta);
        table = scope.catalog().table(table.id).clone();
    }
    let after = std::mem::replace(&mut scope.snapshot, before);
    Ok(Done::changed(outcome, Closed { delta: whole, after, trace: Default::default(), put_off: Default::default() }))
}

fn renames(operation: &AlterTableOperation) -> bool {
    use AlterTableOperation::{RenameColumn, RenameConstraint, RenameTable};
    matches!(operation, RenameColumn { .. } | RenameConstraint { .. } | RenameTable { .. })
}

/// When an operation's turn is among those of its statement: what is dropped goes first, then types, then columns are added,
/// then keys, then what may need them. So operations may be written in any order.
///
/// Source: PostgreSQL's `AlterTablePass`.
fn pass(operation: &AlterTableOperation) -> u8 {
    match operation {
        AlterTableOperation::DropColumn { .. } | AlterTableOperation::DropConstraint { .. } => 0,
        AlterTableOperation::AlterColumn { op, .. } => alter_column::pass(op),
        AlterTableOperation::AddColumn { .. } => 3,
        AlterTableOperation::AddConstraint {
            constraint: TableConstraint::PrimaryKey(_) | TableConstraint::Unique(_),
            ..
        } => 5,
        AlterTableOperation::AddConstraint { .. } => 6,
        _ => 7,
    }
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
        AlterTableOperation::RenameConstraint { old_name, new_name } => {
            rename::constraint(&mut catalog, table, &names::folded(&old_name), &names::folded(&new_name))?;
        }
        AlterTableOperation::AlterColumn { column_name, op } => {
            return alter_column::delta(scope, table, &column_name, op);
        }
        AlterTableOperation::ValidateConstraint { name } => match constraint_attributes::of(scope.sql, &name) {
            Some(says) => alter_constraint::alter(scope, &mut catalog, table, &names::folded(&name), says)?,
            None => validate_constraint(scope, &mut catalog, table, &names::folded(&name))?,
        },
        AlterTableOperation::OwnerTo { new_owner } => {
            alter_relation::check_owner(scope, &new_owner)?;
            return Ok(Delta::default());
        }
        other => {
            return Err(Error::unsupported(
                format!("ALTER TABLE ... {other} is not supported"),
                "There are ADD/DROP/ALTER CONSTRAINT, VALIDATE CONSTRAINT, ADD/DROP/RENAME COLUMN, RENAME TO and ALTER COLUMN SET/DROP NOT NULL and DEFAULT, and TYPE.",
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
    let primary = |declared: &Declared| {
        declared.keys.iter().any(|key| key.primary) || declared.using_indexes.iter().any(|over| over.primary)
    };
    if not_valid && (!declared.keys.is_empty() || !declared.using_indexes.is_empty()) {
        let kind = if primary(&declared) { "PRIMARY KEY" } else { "UNIQUE" };
        return Err(Error::unsupported(
            format!("{kind} constraints cannot be marked NOT VALID"),
            "Leave NOT VALID out.",
        ));
    }
    for key in declared.keys {
        let id = declare_key(&mut catalog, &mut altered, key)?;
        let key = altered.key(id).expect("the key was just declared");
        validate::key(scope, table, key)?;
        if key.primary {
            // In the table's order, whichever the key has.
            let columns = table.columns.iter().filter(|column| key.columns.contains(&column.id));
            validate::none_null(scope, table, &columns.collect::<Vec<_>>())?;
        }
    }
    for (name, check) in declared.checks {
        declare_check(scope, &mut catalog, &mut altered, name, &check)?;
        let check = altered.checks.last_mut().expect("the check was just declared");
        if not_valid {
            check.validated = false;
        } else if check.enforced {
            validate::check(scope, table, check)?;
        }
    }
    for spec in declared.not_nulls {
        not_null::add(scope, &catalog, &mut altered, spec, not_valid)?;
    }
    for spec in declared.using_indexes {
        using_index::adopt(scope, &catalog, &mut altered, spec)?;
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
    let Some(foreign_key) = found else { return validate_other(scope, catalog, table, name) };
    if !foreign_key.enforced {
        return Err(not_enforced().with_hint(format!(
            "List what violates it in bowline.violations; enforce it with ALTER CONSTRAINT {name} ENFORCED."
        )));
    }
    validate::foreign_key(scope, catalog, &foreign_key)?;
    let mut validated = (*foreign_key).clone();
    validated.validated = true;
    catalog.put_foreign_key(validated);
    Ok(())
}

/// VALIDATE CONSTRAINT of a CHECK or NOT NULL. Keys are judged when they are added.
fn validate_other(scope: &Scope, catalog: &mut Catalog, table: &Table, name: &str) -> Result<(), Error> {
    let mut altered = table.clone();
    if let Some(position) = table.checks.iter().position(|check| check.name == name) {
        let check = &table.checks[position];
        if !check.enforced {
            return Err(not_enforced().with_hint("Drop it, and add it again without NOT ENFORCED."));
        }
        if !check.validated {
            validate::check(scope, table, check)?;
        }
        altered.checks[position].validated = true;
    } else if let Some(column) = table.not_null_named(name) {
        if !column.is_never_null() {
            validate::not_null(scope, table, column)?;
        }
        altered.columns[table.position(column.id)].not_null_constraint.not_valid = false;
    } else {
        return Err(match catalog.constraint_names(table.id).iter().any(|known| known == name) {
            false => names::no_constraint(catalog, table, name),
            true => {
                let message = format!("cannot validate constraint \"{name}\" of relation \"{}\"", table.name);
                Error::new("42809", message)
                    .with_detail("This operation is not supported for this type of constraint.")
                    .with_hint("Keys always hold.")
            }
        });
    }
    catalog.put_table(altered);
    Ok(())
}

fn not_enforced() -> Error {
    Error::new("55000", "cannot validate NOT ENFORCED constraint")
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
    if let Some(altered) = not_null::dropped(&altered, name)? {
        catalog.put_table(altered);
        return Ok(());
    }
    // A unique index is no constraint, though it is a key.
    let key = altered.keys.iter().find(|key| key.name == name && key.origin == KeyOrigin::Constraint);
    if let Some(key) = key {
        return drop_objects(scope, catalog, &[Object::Key(table.id, key.id)], cascade);
    }
    let error = names::no_constraint(catalog, table, name);
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
    let id = match names::column(catalog.table(table.id), name) {
        Ok(column) => column.id,
        Err(error) if if_exists => {
            scope.notice(Notice::plain(format!("{}, skipping", error.message)));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    drop_objects(scope, catalog, &[Object::Column(table.id, id)], cascade)
}
