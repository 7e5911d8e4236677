//! The types of a statement's parameters, noted from the places where they stand.
//!
//! `known` has a place for each parameter; a type that is known already stays.

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline_core::catalog::Table;
use datafusion::arrow::datatypes::{Field, FieldRef, SchemaRef};
use datafusion::sql::sqlparser::ast::{Expr, SelectItem, SetExpr, Statement};

use super::scope::Scope;
use crate::error::Error;
use crate::query::{StatementTable, parameter, table_schema};
use crate::walk;

/// The columns of a query; the types of its parameters are noted.
pub(in crate::sql) fn typed(
    scope: &Scope,
    query: &Statement,
    known: &mut Vec<Option<FieldRef>>,
) -> Result<SchemaRef, Error> {
    typed_with(scope, query, Vec::new(), known)
}

/// As [`typed`], for a query that may also name these tables, in schema `__statement`.
pub(in crate::sql) fn typed_with(
    scope: &Scope,
    query: &Statement,
    extra: Vec<StatementTable>,
    known: &mut Vec<Option<FieldRef>>,
) -> Result<SchemaRef, Error> {
    let query = scope.parts.around(query.clone())?;
    let described = scope.queries.describe(&scope.view(extra), &query, known)?;
    // One that stands elsewhere in the statement is typed there.
    let here = parameters(&query);
    for (at, field) in described.parameters.into_iter().enumerate().filter(|(at, _)| here.contains(&(at + 1))) {
        if at >= known.len() {
            known.resize(at + 1, None);
        }
        known[at].get_or_insert(field);
    }
    Ok(described.columns)
}

/// The numbers of the parameters that stand in a statement.
fn parameters(statement: &Statement) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    walk::each_expr(statement, |expr| found.extend(parameter(expr)));
    found
}

/// Notes the column's type for a value that is a parameter as it stands.
pub(in crate::sql) fn note(known: &mut [Option<FieldRef>], value: &Expr, field: &Field) {
    let place = parameter(value).and_then(|number| number.checked_sub(1));
    if let Some(slot) = place.and_then(|place| known.get_mut(place)) {
        slot.get_or_insert_with(|| Arc::new(field.clone()));
    }
}

/// Notes the types of parameters in the rows of an INSERT: those of VALUES, and items of a SELECT.
pub(in crate::sql) fn note_rows(known: &mut [Option<FieldRef>], body: &SetExpr, fields: &[FieldRef]) {
    match body {
        SetExpr::Values(values) => {
            for row in &values.rows {
                row.content.iter().zip(fields).for_each(|(value, field)| note(known, value, field));
            }
        }
        SetExpr::Select(select) => {
            for (item, field) in select.projection.iter().zip(fields) {
                if let SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. } = item {
                    note(known, value, field);
                }
            }
        }
        _ => {}
    }
}

/// The fields of columns of a table.
pub(in crate::sql) fn fields_of(table: &Table) -> Vec<FieldRef> {
    table_schema(table).fields().iter().cloned().collect()
}
