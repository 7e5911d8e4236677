//! Whole rows from the columns an INSERT or COPY gives: the others get their defaults.

use bowline_core::catalog::{Column, ColumnId, Table};
use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::compute::kernels::zip::zip;

use super::super::scope::Scope;
use super::update::with_generated;
use crate::error::Error;

/// A column given by the statement, of the column's own type.
pub(in crate::sql) struct NewColumn {
    pub id: ColumnId,
    pub values: ArrayRef,
    /// Rows that say DEFAULT here.
    pub defaulted: Option<BooleanArray>,
}

/// Whole rows, columns in the table's order. Errors: 428C9 for a value given to a generated column.
pub(in crate::sql) fn complete_rows(
    scope: &Scope,
    table: &Table,
    given: Vec<NewColumn>,
    count: usize,
) -> Result<Vec<ArrayRef>, Error> {
    let mut rows = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let values = match given.iter().find(|given| given.id == column.id) {
            None => scope.expressions().defaults(table, column, count)?,
            Some(given) => {
                refuse_generated(column, given, count)?;
                match &given.defaulted {
                    None => given.values.clone(),
                    Some(mask) => zip(mask, &scope.expressions().defaults(table, column, count)?, &given.values)?,
                }
            }
        };
        rows.push(values);
    }
    with_generated(scope, table, rows, count)
}

fn refuse_generated(column: &Column, given: &NewColumn, count: usize) -> Result<(), Error> {
    let always = column.identity.is_some_and(|identity| identity.always);
    let all_default = given.defaulted.as_ref().is_some_and(|mask| mask.true_count() == count);
    if (column.generated.is_none() && !always) || all_default {
        return Ok(());
    }
    let name = &column.name;
    let kind = if always { "an identity column defined as GENERATED ALWAYS" } else { "a generated column" };
    Err(Error::new("428C9", format!("cannot insert a non-DEFAULT value into column \"{name}\""))
        .with_detail(format!("Column \"{name}\" is {kind}."))
        .with_hint("Leave the column out, or give DEFAULT."))
}
