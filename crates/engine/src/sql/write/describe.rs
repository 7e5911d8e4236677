//! What INSERT, UPDATE, DELETE and MERGE take and return, before they have values.

use std::sync::Arc;

use bowline_core::catalog::Table;
use datafusion::arrow::datatypes::{FieldRef, SchemaRef};
use datafusion::sql::sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr, FromTable, Ident, Insert, Merge, MergeAction, MergeInsertExpr,
    MergeInsertKind, OnConflictAction, OnInsert, SelectItem, SetExpr, Statement, TableFactor, TableObject,
    TableWithJoins, Update, UpdateTableFromKind, Value,
};

use super::super::marks::Marks;
use super::super::names;
use super::super::parameters::{fields_of, note, note_rows, typed};
use super::super::scope::Scope;
use super::images::Images;
use super::merge::BoundMerge;
use super::on_conflict::BoundConflict;
use super::returned_rows::ReturnedRows;
use super::returning::Returning;
use super::select::{Target, target};
use super::update::assignments;
use super::values::is_default;
use crate::error::Error;

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
        Statement::Merge(merge) => describe_merge(scope, merge.clone(), known),
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
        let mut query = source.clone();
        match query.body.as_mut() {
            SetExpr::Values(values) => {
                // DEFAULT is no expression of a query.
                let given = values.rows.iter_mut().flat_map(|row| &mut row.content);
                given.filter(|value| is_default(value)).for_each(|value| *value = Expr::Value(Value::Null.into()));
                // Nor does VALUES of a query take subqueries, which that of an INSERT does.
                _ = typed(scope, &Statement::Query(query), known);
            }
            _ => drop(typed(scope, &Statement::Query(query), known)?),
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
        BoundConflict::of(&table, &called, conflict.clone(), &Returning::new(None)?)?.describe(scope, known)?;
    }
    let returned = ReturnedRows::of_new(&Returning::new(insert.returning.clone())?, &table, &called);
    returned.map(|items| items.describe(scope, known)).transpose()
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
        let returned = ReturnedRows::of_changed(&returning, &target.table, &target.called);
        return returned.map(|items| items.describe(scope, known)).transpose();
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

fn describe_merge(scope: &Scope, merge: Merge, known: &mut Vec<Option<FieldRef>>) -> Result<Option<SchemaRef>, Error> {
    if let TableFactor::Table { name, .. } = &merge.table {
        let table = names::table(scope.catalog(), name)?;
        for clause in &merge.clauses {
            match &clause.action {
                MergeAction::Update(update) => note_assignments(known, &table, &update.assignments),
                MergeAction::Insert(insert) => note_inserted(known, &table, insert),
                MergeAction::Delete { .. } => {}
            }
        }
    }
    BoundMerge::of(scope, merge)?.describe(scope, known)
}

/// `INSERT (column) VALUES ($1)` of MERGE gives the parameter the column's type.
fn note_inserted(known: &mut [Option<FieldRef>], table: &Table, insert: &MergeInsertExpr) {
    let MergeInsertKind::Values(values) = &insert.kind else { return };
    let mut columns = insert.columns.clone();
    Marks::take(&mut columns);
    let all = fields_of(table);
    let of_column = |name| names::last_part(name).ok().and_then(|name| Some(table.position(table.column(&name)?.id)));
    let places = match columns.is_empty() {
        true => Some((0..all.len()).collect()),
        false => columns.iter().map(of_column).collect::<Option<Vec<usize>>>(),
    };
    for row in &values.rows {
        for (place, value) in places.iter().flatten().zip(&row.content) {
            note(known, value, &all[*place]);
        }
    }
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
