//! Whole rows from the columns an INSERT or COPY gives: the others get their defaults.

use bowline_core::catalog::{Column, ColumnId, Table};
use datafusion::arrow::array::{ArrayRef, BooleanArray, UInt32Array};
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::take;

use super::super::marks::Overriding;
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
    overriding: Overriding,
    count: usize,
) -> Result<Vec<ArrayRef>, Error> {
    let mut rows = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let left_aside = overriding == Overriding::User && column.identity.is_some();
        let values = match given.iter().find(|given| given.id == column.id && !left_aside) {
            None => scope.expressions().defaults(table, column, count)?,
            Some(given) => {
                refuse_generated(column, given.defaulted.as_ref(), overriding, count)?;
                match &given.defaulted {
                    None => given.values.clone(),
                    Some(mask) => {
                        let defaults = scope.expressions().defaults(table, column, mask.true_count())?;
                        zip(mask, &spread(&defaults, mask)?, &given.values)?
                    }
                }
            }
        };
        rows.push(values);
    }
    with_generated(scope, table, rows, count)
}

/// Values for the rows that say DEFAULT, in those rows' places; a sequence gives as many values as there are such rows.
fn spread(defaults: &ArrayRef, mask: &BooleanArray) -> Result<ArrayRef, Error> {
    let mut next = 0_u32..;
    let places = mask.values().iter().map(|is_default| if is_default { next.next() } else { None });
    let places: UInt32Array = places.collect();
    Ok(take(defaults, &places, None)?)
}

/// Refuses values for a column that computes its own, unless all of them are DEFAULT. Errors: 428C9.
pub(super) fn refuse_generated(
    column: &Column,
    defaulted: Option<&BooleanArray>,
    overriding: Overriding,
    count: usize,
) -> Result<(), Error> {
    let all_default = defaulted.is_some_and(|mask| mask.true_count() == count);
    if all_default { Ok(()) } else { refuse_value(column, overriding) }
}

/// Refuses a value other than DEFAULT for a column that computes its own. Errors: 428C9.
pub(super) fn refuse_value(column: &Column, overriding: Overriding) -> Result<(), Error> {
    let always = column.identity.is_some_and(|identity| identity.always) && overriding == Overriding::Neither;
    if column.generated.is_none() && !always {
        return Ok(());
    }
    let name = &column.name;
    let error = Error::new("428C9", format!("cannot insert a non-DEFAULT value into column \"{name}\""));
    Err(match always {
        true => error
            .with_detail(format!("Column \"{name}\" is an identity column defined as GENERATED ALWAYS."))
            .with_hint("Use OVERRIDING SYSTEM VALUE to override."),
        false => error
            .with_detail(format!("Column \"{name}\" is a generated column."))
            .with_hint("Leave the column out, or give DEFAULT."),
    })
}
