//! UPDATE: after images of the rows it finds, each linked to its before image.

use std::collections::HashMap;

use bowline_core::catalog::{ColumnId, Table};
use bowline_core::integrity::Judge;
use bowline_core::rows::{Delta, NewRows, Update as UpdatedRow};
use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::UInt64Type;
use datafusion::sql::sqlparser::ast::{
    Assignment, AssignmentTarget, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName,
    Query, Select, SelectItem, SetExpr, Update, UpdateTableFromKind,
};
use roaring::RoaringTreemap;

use super::super::names;
use super::super::plain_expressions::{self, Place};
use super::super::question::Question;
use super::super::scope::Scope;
use super::images::{Images, Old};
use super::planned::Planned;
use super::returned_rows::{BesideRows, ReturnedRows};
use super::returning::{Returning, beside_name, detach, first_of_each};
use super::select::{Target, target};
use super::values::is_default;
use crate::error::Error;
use crate::expressions::whole_rows;
use crate::outcome::ResultSet;
use crate::query::assign;

/// What SET gives a column.
#[derive(Debug)]
pub(super) enum NewValue {
    /// The expression selected at this position.
    Selected(usize),
    /// `DEFAULT`.
    Default,
}

/// An UPDATE bound to its table.
#[derive(Debug)]
pub(super) struct BoundUpdate {
    target: Target,
    sets: HashMap<ColumnId, NewValue>,
    /// Asks for the row ids, after them what SET asks for, and after that what RETURNING reads beside the rows.
    rows: Question,
    returned: Returned,
}

/// What RETURNING is evaluated over.
#[derive(Debug)]
enum Returned {
    /// There is none.
    Nothing,
    /// The rows of the table.
    Rows(ReturnedRows),
    /// These and columns of other tables, which are selected with the rows that are found.
    Beside(BesideRows),
}

impl BoundUpdate {
    /// Binds `UPDATE t SET … [FROM …] [WHERE …] [RETURNING …]`. Errors: names, SET lists, and clauses there are not.
    pub fn of(scope: &Scope, update: Update) -> Result<BoundUpdate, Error> {
        if update.or.is_some() || !update.order_by.is_empty() || update.limit.is_some() || update.output.is_some() {
            return Err(Error::unsupported(
                "this form of UPDATE is not supported",
                "Use UPDATE table SET ... [FROM ...] [WHERE ...] [RETURNING ...].",
            ));
        }
        let target = target(scope, update.table)?;
        let others = match update.from {
            None => Vec::new(),
            Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => from,
        };
        target.refuse_namesake(scope.catalog(), &others)?;
        let returning = Returning::new(update.returning)?;
        let mut items = vec![target.row_id()];
        let sets = assignments(&target.table, update.assignments, &mut items)?;
        let returned = match others.is_empty() {
            true => ReturnedRows::of_changed(&returning, &target.table, &target.called)
                .map_or(Returned::Nothing, Returned::Rows),
            false if !returning.is_wanted() => Returned::Nothing,
            false => {
                let first = items.len();
                let images = Images::Updated { old: Old::Selected };
                let mut returned = returning.items_of(scope, &target, &others, images)?;
                let beside = detach(&mut returned, &target)?.into_iter().enumerate();
                items.extend(beside.map(|(at, expr)| SelectItem::ExprWithAlias { expr, alias: beside_name(at) }));
                Returned::Beside(BesideRows::new(&target.table, &target.called, returned, first))
            }
        };
        let rows = Question::new(target.select(items, others, update.selection));
        Ok(BoundUpdate { target, sets, rows, returned })
    }

    /// What it would update by itself. Errors: those of its expressions, and values that do not fit their columns.
    pub fn plan(&self, scope: &Scope) -> Result<Planned, Error> {
        let table = &self.target.table;
        let found = self.rows.ask(scope)?;
        let found = scope.parts.unchanged(table.id, found)?;
        let found = first_of_each(&found)?;
        let (images, before) = after_images(scope, table, &self.sets, &found)?;
        let rows = whole_rows(table, images.clone(), before.len())?;
        let returning = match &self.returned {
            Returned::Nothing => None,
            Returned::Rows(items) => Some(items.ask_changed(scope, &rows, &before)?),
            Returned::Beside(items) => Some(items.ask(scope, &rows, &items.beside(&found)?)?),
        };
        let delta = updated(scope, table, &before, images)?;
        let row_count = before.len();
        Ok(Planned { table: table.id, verb: "update", delta, tag: "UPDATE", row_count, returning })
    }

    /// Plans what it asks to be evaluated in place; whether all of it can be.
    pub fn plan_in_place(&mut self, scope: &Scope) -> bool {
        let finds = self.rows.plan_in_place(scope);
        let returns = match &mut self.returned {
            Returned::Nothing => true,
            Returned::Rows(items) => items.plan_in_place(scope),
            Returned::Beside(items) => items.plan_in_place(scope, self.rows.columns()),
        };
        finds && returns
    }

    /// Whether it touches few rows whatever the values, if all it asks is evaluated in place.
    pub fn is_light(&self, scope: &Scope) -> bool {
        // What others reference may change many rows with it.
        scope.catalog().foreign_keys_to(self.target.table.id).is_empty()
    }
}

/// Binds the SET list; expressions are added to `items`. Errors: columns that are unknown, repeated or generated.
pub(super) fn assignments(
    table: &Table,
    sets: Vec<Assignment>,
    items: &mut Vec<SelectItem>,
) -> Result<HashMap<ColumnId, NewValue>, Error> {
    let mut bound = HashMap::new();
    let mut bind = |name: String, value: Expr, items: &mut Vec<SelectItem>| {
        let column = names::column(table, &name)?;
        plain_expressions::check(&value, Place::Update)?;
        let is_default = is_default(&value);
        let always = column.identity.is_some_and(|identity| identity.always);
        if (column.generated.is_some() || always) && !is_default {
            let kind = if always { "an identity column defined as GENERATED ALWAYS" } else { "a generated column" };
            return Err(Error::new("428C9", format!("column \"{name}\" can only be updated to DEFAULT"))
                .with_detail(format!("Column \"{name}\" is {kind}."))
                .with_hint("Leave it out of SET."));
        }
        let new = if is_default {
            NewValue::Default
        } else {
            items.push(SelectItem::ExprWithAlias {
                expr: value,
                alias: Ident::with_quote('"', format!("__set_{}", items.len())),
            });
            NewValue::Selected(items.len() - 1)
        };
        match bound.insert(column.id, new) {
            None => Ok(()),
            Some(_) => Err(Error::new("42601", format!("multiple assignments to same column \"{name}\""))
                .with_hint("Set each column once.")),
        }
    };
    for set in sets {
        match set.target {
            AssignmentTarget::ColumnName(name) => bind(set_column(table, &name)?, set.value, items)?,
            AssignmentTarget::Tuple(columns) => {
                let values = values_of(set.value)?;
                if values.len() != columns.len() {
                    return Err(Error::new("42601", "number of columns does not match number of values")
                        .with_hint("Give one value for each column."));
                }
                for (name, value) in columns.into_iter().zip(values) {
                    bind(set_column(table, &name)?, value, items)?;
                }
            }
        }
    }
    Ok(bound)
}

/// The column that SET names, which is the target's without saying so. Errors: 42703 for a name of several parts.
fn set_column(table: &Table, name: &ObjectName) -> Result<String, Error> {
    match names::parts(name)?.as_slice() {
        [only] => Ok(only.clone()),
        [first, ..] => {
            let message = format!("column \"{first}\" of relation \"{}\" does not exist", table.name);
            Err(Error::new("42703", message)
                .with_table(&table.schema, &table.name)
                .with_hint("SET target columns cannot be qualified with the relation name."))
        }
        [] => unreachable!("a name has a part"),
    }
}

/// The values of `SET (columns) = value`, one a column: of a row, or of a query with one scalar query for each of its columns.
/// Errors: 0A000 for queries whose columns mean something only together.
fn values_of(value: Expr) -> Result<Vec<Expr>, Error> {
    let apart = |query: &Query| match query.body.as_ref() {
        SetExpr::Select(select) if select.distinct.is_none() => {
            let plain =
                |item: &SelectItem| matches!(item, SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. });
            let alone = |item: &SelectItem| {
                let select = Select { projection: vec![item.clone()], ..Select::clone(select) };
                let body = Box::new(SetExpr::Select(Box::new(select)));
                Expr::Subquery(Box::new(Query { body, ..query.clone() }))
            };
            let all_plain = select.projection.iter().all(plain);
            all_plain.then(|| select.projection.iter().map(alone).collect::<Vec<_>>())
        }
        _ => None,
    };
    let values = match value {
        Expr::Tuple(values) => Some(values),
        Expr::Nested(value) => Some(vec![*value]),
        Expr::Subquery(query) => apart(&query),
        Expr::Function(Function { name, args: FunctionArguments::List(list), .. })
            if name.to_string().eq_ignore_ascii_case("row") =>
        {
            let value = |argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value),
                _ => None,
            };
            list.args.into_iter().map(value).collect()
        }
        _ => None,
    };
    values.ok_or_else(|| {
        Error::unsupported(
            "this form of SET (columns) = value is not supported",
            "Give a row of values, or a query that names its columns; else use UPDATE ... FROM.",
        )
    })
}

/// The row ids in the first column.
pub(super) fn row_ids(found: &ResultSet) -> Result<Vec<u64>, Error> {
    let ids =
        found.batches.iter().flat_map(|batch| batch.column(0).as_primitive::<UInt64Type>().values().iter().copied());
    Ok(ids.collect())
}

/// Whole rows as they will be, and the ids of the rows they were. `found`: row ids, each once, and the values that SET asks for.
pub(super) fn after_images(
    scope: &Scope,
    table: &Table,
    sets: &HashMap<ColumnId, NewValue>,
    found: &RecordBatch,
) -> Result<(Vec<ArrayRef>, Vec<u64>), Error> {
    let before = found.column(0).as_primitive::<UInt64Type>().values().to_vec();
    let kept: Vec<ColumnId> = table.column_ids().into_iter().filter(|id| !sets.contains_key(id)).collect();
    let mut old = scope.rows(table.id).fetch(table, &before, &kept)?.into_iter();
    let mut images: Vec<ArrayRef> = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        images.push(match sets.get(&column.id) {
            None => old.next().expect("every column that is not set was fetched"),
            Some(NewValue::Selected(position)) => {
                assign(found.column(*position), found.schema().field(*position), column)?
            }
            Some(NewValue::Default) => scope.expressions().defaults(table, column, before.len())?,
        });
    }
    Ok((with_generated(scope, table, images, before.len())?, before))
}

/// Whole rows, with stored generated columns computed; virtual ones are NULL in them.
pub(in crate::sql) fn with_generated(
    scope: &Scope,
    table: &Table,
    mut rows: Vec<ArrayRef>,
    count: usize,
) -> Result<Vec<ArrayRef>, Error> {
    for (position, column) in table.stored_generated() {
        let batch = whole_rows(table, rows.clone(), count)?;
        rows[position] = scope.expressions().generated(table, column, &batch)?;
    }
    Ok(rows)
}

/// The delta of an update.
pub(in crate::sql) fn updated(
    scope: &Scope,
    table: &Table,
    before: &[u64],
    images: Vec<ArrayRef>,
) -> Result<Delta, Error> {
    if before.is_empty() {
        return Ok(Delta::default());
    }
    let mut changes = scope.changes_to(table);
    let batch = whole_rows(table, images, before.len())?;
    let first = changes.insert(NewRows::whole(table, batch));
    changes.removed = before.iter().copied().collect::<RoaringTreemap>();
    changes.updates = before.iter().zip(first..).map(|(before, after)| UpdatedRow { before: *before, after }).collect();
    Ok(Delta { tables: [(table.id, changes)].into(), ..Delta::default() })
}
