//! What INSERT, UPDATE and DELETE take and return, before they have values.

use std::sync::Arc;

use bowline_core::catalog::Table;
use datafusion::arrow::array::{RecordBatch, new_empty_array};
use datafusion::arrow::datatypes::{FieldRef, SchemaRef};
use datafusion::sql::sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr, FromTable, Ident, Insert, OnConflictAction, OnInsert, SelectItem,
    SetExpr, Statement, TableObject, TableWithJoins, Update, UpdateTableFromKind,
};

use super::super::marks::Marks;
use super::super::names;
use super::super::parameters::{fields_of, note, note_rows, typed};
use super::super::scope::Scope;
use super::images::Images;
use super::returning::Returning;
use super::select::{Target, target};
use super::update::assignments;
use crate::error::Error;
use crate::expressions::whole_rows;

/// Notes the types of parameters, and returns the columns of RETURNING. Errors: names that are wrong.
pub(in crate::sql) fn describe(
    scope: &mut Scope,
    statement: &Statement,
    known: &mut Vec<Option<FieldRef>>,
) -> Result<Option<SchemaRef>, Error> {
    match statement {
        Statement::Insert(insert) => describe_insert(scope, insert, known),
        Statement::Update(update) => describe_update(scope, update.clone(), known),
        Statement::Delete(delete) => describe_delete(scope, delete.clone(), known),
        _ => Ok(None),
    }
}

fn describe_insert(
    scope: &Scope,
    insert: &Insert,
    known: &mut Vec<Option<FieldRef>>,
) -> Result<Option<SchemaRef>, Error> {
    let TableObject::TableName(name) = &insert.table else { return Ok(None) };
    let table = names::table(scope.catalog(), name)?;
    let mut columns = insert.columns.clone();
    Marks::take(&mut columns);
    let named = columns.iter().map(names::last_part).collect::<Result<Vec<_>, _>>()?;
    let all = fields_of(&table);
    let fields: Vec<FieldRef> = match named.is_empty() {
        true => all,
        false => names::column_ids(&table, &named)?.into_iter().map(|id| all[table.position(id)].clone()).collect(),
    };
    if let Some(source) = &insert.source {
        note_rows(known, &source.body, &fields);
        let query = Statement::Query(source.clone());
        // DEFAULT is no expression of a query; a row that has it is made of literals and parameters, mostly.
        match (source.body.as_ref(), typed(scope, &query, known)) {
            (SetExpr::Values(_), _) => {}
            (_, done) => drop(done?),
        }
    }
    let called = match &insert.table_alias {
        Some(alias) => alias.alias.clone(),
        None => Ident::with_quote('"', &table.name),
    };
    if let Some(OnInsert::OnConflict(conflict)) = &insert.on
        && let OnConflictAction::DoUpdate(update) = &conflict.action
    {
        note_assignments(known, &table, &update.assignments);
    }
    let returned =
        Returning::new(insert.returning.clone())?.over_rows(scope, &table, &called, no_rows(&table)?, None)?;
    Ok(returned.map(|rows| rows.schema))
}

fn describe_update(
    scope: &Scope,
    update: Update,
    known: &mut Vec<Option<FieldRef>>,
) -> Result<Option<SchemaRef>, Error> {
    let target = target(scope, update.table)?;
    let others = match update.from {
        None => Vec::new(),
        Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => from,
    };
    note_assignments(known, &target.table, &update.assignments);
    let mut items = vec![target.row_id()];
    assignments(&target.table, update.assignments, &mut items)?;
    let first_returned = items.len();
    if others.is_empty() {
        let returning = Returning::new(update.returning)?;
        typed(scope, &target.select(items, others, update.selection), known)?;
        let empty = no_rows(&target.table)?;
        let returned = returning.over_rows(scope, &target.table, &target.called, empty.clone(), Some(empty))?;
        return Ok(returned.map(|rows| rows.schema));
    }
    returned(scope, &target, Returning::new(update.returning)?, items, others, update.selection, first_returned, known)
}

fn describe_delete(
    scope: &Scope,
    delete: Delete,
    known: &mut Vec<Option<FieldRef>>,
) -> Result<Option<SchemaRef>, Error> {
    let (FromTable::WithFromKeyword(mut from) | FromTable::WithoutKeyword(mut from)) = delete.from;
    if from.len() != 1 {
        return Ok(None);
    }
    let target = target(scope, from.remove(0))?;
    let others = delete.using.unwrap_or_default();
    let items = vec![target.row_id()];
    returned(scope, &target, Returning::new(delete.returning)?, items, others, delete.selection, 1, known)
}

/// Whole rows of a table, none of them.
fn no_rows(table: &Table) -> Result<RecordBatch, Error> {
    let columns = table.columns.iter().map(|column| new_empty_array(&column.sql_type.arrow())).collect();
    whole_rows(table, columns, 0)
}

/// The columns of RETURNING over the rows that are found; the parameters of the whole query are noted.
#[expect(clippy::too_many_arguments, reason = "the parts of one query, taken apart by the caller")]
fn returned(
    scope: &Scope,
    target: &Target,
    returning: Returning,
    mut items: Vec<SelectItem>,
    others: Vec<TableWithJoins>,
    selection: Option<Expr>,
    first_returned: usize,
    known: &mut Vec<Option<FieldRef>>,
) -> Result<Option<SchemaRef>, Error> {
    items.extend(returning.items_of(scope, target, &others, Images::Deleted)?);
    let schema = typed(scope, &target.select(items, others, selection), known)?;
    if !returning.is_wanted() {
        return Ok(None);
    }
    let columns: Vec<usize> = (first_returned..schema.fields().len()).collect();
    Ok(Some(Arc::new(schema.project(&columns)?)))
}

/// `SET column = $1` gives the parameter the column's type.
fn note_assignments(known: &mut [Option<FieldRef>], table: &Table, sets: &[Assignment]) {
    let fields = fields_of(table);
    let mut note_for = |name: &str, value: &Expr| {
        if let Some(column) = table.column(name) {
            note(known, value, &fields[table.position(column.id)]);
        }
    };
    for set in sets {
        match (&set.target, &set.value) {
            (AssignmentTarget::ColumnName(name), value) => {
                if let Ok(name) = names::last_part(name) {
                    note_for(&name, value);
                }
            }
            (AssignmentTarget::Tuple(columns), Expr::Tuple(values)) => {
                for (name, value) in columns.iter().zip(values) {
                    if let Ok(name) = names::last_part(name) {
                        note_for(&name, value);
                    }
                }
            }
            _ => {}
        }
    }
}
