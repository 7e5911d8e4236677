//! Plans one write: INSERT, UPDATE, DELETE or MERGE.

use datafusion::sql::sqlparser::ast::Statement;

use super::super::scope::Scope;
use super::planned::Planned;
use super::{delete, insert, merge, update};
use crate::error::Error;

/// What one write would change by itself, before any referential action.
pub(super) fn plan(scope: &mut Scope, statement: Statement) -> Result<Planned, Error> {
    match statement {
        Statement::Insert(insert) => insert::plan(scope, insert),
        Statement::Update(update) => update::plan(scope, update),
        Statement::Delete(delete) => delete::plan(scope, delete),
        Statement::Merge(merge) => merge::plan(scope, merge),
        other => Err(Error::unsupported(format!("{other} is not a write"), "Use INSERT, UPDATE, DELETE or MERGE.")),
    }
}
