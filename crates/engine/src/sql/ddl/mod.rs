//! Declarations: CREATE, ALTER, DROP and COMMENT. Each makes another catalog; none fires a referential action.

mod add_column;
mod alter_column;
mod alter_constraint;
mod alter_relation;
mod alter_table;
mod alter_type;
mod alter_view;
mod casts;
mod comment;
mod constraints;
mod create_as;
mod create_table;
mod declared;
mod dependents;
mod drop;
mod expressions;
mod follow;
mod identity;
mod index;
mod like;
mod new_relation;
mod not_null;
mod rename;
mod sequence;
mod storage_parameters;
mod using_index;
mod validate;
mod view;

pub(super) use create_as::of_select_into;
use datafusion::sql::sqlparser::ast::{DiscardObject, Ident, SchemaName, Statement};
pub(crate) use dependents::{sequences_of_view, sequences_used};

use super::scope::{Done, Scope};
use super::{instead, names};
use crate::error::Error;
use crate::outcome::{Notice, Outcome};
use bowline_core::catalog::{Catalog, CatalogError};

/// Runs a declaration; refuses whatever is none.
pub(super) fn run(scope: &mut Scope, statement: Statement) -> Result<Done, Error> {
    match statement {
        Statement::CreateTable(create) => create_table::run(scope, create),
        Statement::AlterTable(alter) => alter_table::run(scope, alter),
        Statement::AlterSchema(alter) => alter_relation::schema(scope, &alter),
        Statement::CreateIndex(create) => index::create(scope, create),
        Statement::CreateView(create) => view::create(scope, create),
        Statement::CreateSequence { .. } => sequence::create(scope, statement),
        Statement::CreateSchema { .. } => create_schema(scope, statement),
        Statement::Drop { .. } => drop::run(scope, statement),
        Statement::Comment { .. } => comment::run(scope, statement),
        Statement::Discard { object_type: DiscardObject::TEMP } => {
            scope.declare(Outcome::command("DISCARD TEMP"), scope.catalog().without_temporary_objects())
        }
        Statement::CreateTrigger(_) | Statement::DropTrigger(_) => Err(Error::unsupported(
            "triggers are not supported",
            "Referential actions cover cascades: declare ON DELETE and ON UPDATE rules.",
        )),
        Statement::CreateFunction(_) | Statement::CreateProcedure { .. } => Err(Error::unsupported(
            "functions and procedures are not supported",
            "Keep the logic in the application, or use CHECK and DEFAULT.",
        )),
        other => {
            let text = other.to_string();
            // CREATE, ALTER and DROP say what; after other words stand names.
            let says_what = ["CREATE", "ALTER", "DROP"].iter().any(|verb| text.starts_with(verb));
            let words = text.split_whitespace().take(if says_what { 2 } else { 1 });
            let words: Vec<String> = words.map(str::to_uppercase).collect();
            let words = words.join(" ");
            Err(Error::unsupported(format!("{words} is not supported"), instead::of(&words)))
        }
    }
}

fn create_schema(scope: &mut Scope, statement: Statement) -> Result<Done, Error> {
    let Statement::CreateSchema { schema_name, if_not_exists, with, options, default_collate_spec, clone } = statement
    else {
        unreachable!("the caller matched it")
    };
    if with.is_some() || options.is_some() || default_collate_spec.is_some() || clone.is_some() {
        return Err(Error::unsupported("this form of CREATE SCHEMA is not supported", "Use CREATE SCHEMA name."));
    }
    let named = |owner: Ident| alter_relation::owner_named(scope, &owner).map(|()| owner);
    let name = match schema_name {
        SchemaName::Simple(name) => names::last_part(&name)?,
        SchemaName::NamedAuthorization(name, owner) => {
            named(owner)?;
            names::last_part(&name)?
        }
        // It is called as its owner.
        SchemaName::UnnamedAuthorization(owner) => match alter_relation::is_whoever_asks(&owner) {
            true => scope.settings.user(),
            false => names::folded(&named(owner)?),
        },
    };
    names::check_schema_name(&name)?;
    let mut catalog = Catalog::clone(scope.catalog());
    match catalog.add_schema(&name) {
        Ok(()) => scope.declare(Outcome::command("CREATE SCHEMA"), catalog),
        Err(error @ CatalogError::Exists { .. }) if if_not_exists => {
            scope.notice(Notice { sqlstate: "42P06", ..Notice::plain(format!("{error}, skipping")) });
            Ok(Done::unchanged(Outcome::command("CREATE SCHEMA")))
        }
        Err(error) => Err(error.into()),
    }
}
