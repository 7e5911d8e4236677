//! INSERT ... ON CONFLICT: new rows whose key is held already are skipped, or update the row that holds it.

use std::collections::HashSet;
use std::sync::Arc;

use bowline_core::catalog::{CandidateKey, Table};
use bowline_core::integrity::check_proposed;
use bowline_core::rows::{KeyForm, KeyIndex, KeyShape, Keys, NewRows, Update as UpdatedRow};
use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array, UInt64Array, new_empty_array};
use datafusion::arrow::compute::{concat_batches, take};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::MemTable;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, ConflictTarget, Expr, Ident, ObjectName, OnConflict, OnConflictAction, SelectItem, TableWithJoins,
};

use super::super::names;
use super::super::scope::Scope;
use super::planned::{Planned, inserting};
use super::returning::Returning;
use super::select::{ROW, Target, table_factor};
use super::update::{after_images, assignments, row_ids};
use crate::error::Error;
use crate::expressions::whole_rows;
use crate::outcome::ResultSet;
use crate::query::table_schema;

/// The column of `excluded` that says which row holds the key.
const HOLDER: &str = "__holder";

/// New rows and the rows that hold their keys.
struct Conflicts {
    /// For each new row, the existing row that holds one of its keys.
    holder: Vec<Option<u64>>,
    /// For each new row, whether an earlier new row that is inserted has one of its keys.
    repeats: Vec<bool>,
}

/// Plans the insert of whole rows under a conflict clause.
pub(super) fn plan(
    scope: &mut Scope,
    table: &Arc<Table>,
    called: &Ident,
    chunks: Vec<RecordBatch>,
    conflict: OnConflict,
    returning: &Returning,
) -> Result<Planned, Error> {
    let rows = concat_batches(&whole_rows(table, empty_columns(table), 0)?.schema(), &chunks)?;
    let arbiters = arbiters(table, conflict.conflict_target.as_ref())?;
    let conflicts = conflicts(scope, table, &arbiters, &rows)?;
    refuse_broken_rows(scope, table, &rows, &conflicts)?;
    let free: Vec<u32> = (0..conflicts.holder.len())
        .filter(|i| conflicts.holder[*i].is_none() && !conflicts.repeats[*i])
        .map(|i| i as u32)
        .collect();
    let mut changes = scope.changes_to(table);
    let inserted = picked(&rows, &free)?;
    let mut returned = returning.over_rows(scope, table, called, inserted.clone(), None)?;
    changes.insert(NewRows::whole(table, inserted));
    let mut row_count = free.len();
    if let OnConflictAction::DoUpdate(update) = conflict.action {
        if conflict.conflict_target.is_none() {
            return Err(Error::new(
                "42601",
                "ON CONFLICT DO UPDATE requires inference specification or constraint name",
            )
            .with_hint("Name the key: ON CONFLICT (column) DO UPDATE ..."));
        }
        let target = Target { table: table.clone(), called: called.clone(), joins: Vec::new() };
        let mut items = vec![target.row_id()];
        let sets = assignments(table, update.assignments, &mut items)?;
        let found = updates_of(scope, &target, &rows, &conflicts, items, update.selection)?;
        refuse_second_update(&conflicts, &row_ids(&found)?)?;
        let (images, before) = after_images(scope, table, &sets, &found)?;
        let old = returning.old_rows(scope, table, &before)?;
        let images = whole_rows(table, images, before.len())?;
        let more = returning.over_rows(scope, table, called, images.clone(), old)?;
        returned = joined(returned, more);
        row_count += before.len();
        let first = changes.insert(NewRows::whole(table, images));
        changes.removed = before.iter().copied().collect();
        changes.updates =
            before.iter().zip(first..).map(|(before, after)| UpdatedRow { before: *before, after }).collect();
    }
    Ok(inserting(table, changes, row_count, returned))
}

/// Two sets of returned rows as one.
pub(super) fn joined(first: Option<ResultSet>, more: Option<ResultSet>) -> Option<ResultSet> {
    match (first, more) {
        (Some(mut first), Some(more)) => {
            first.batches.extend(more.batches);
            Some(first)
        }
        (first, more) => first.or(more),
    }
}

/// The keys a conflict is looked for in. Errors: 42P10, 42704; 55000 where one is deferrable, since it may stand twice.
fn arbiters<'t>(table: &'t Table, target: Option<&ConflictTarget>) -> Result<Vec<&'t CandidateKey>, Error> {
    let keys = keys_meant(table, target)?;
    let Some(key) = keys.iter().find(|key| key.characteristics.deferrable) else { return Ok(keys) };
    let message = "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters";
    let mut error = Error::new("55000", message)
        .with_table(&table.schema, &table.name)
        .with_hint("Name a key that is not deferrable: ON CONFLICT (columns) ...");
    error.constraint = Some(key.name.clone());
    Err(error)
}

/// The keys that the target means: with columns, all that are over them, in whichever order.
fn keys_meant<'t>(table: &'t Table, target: Option<&ConflictTarget>) -> Result<Vec<&'t CandidateKey>, Error> {
    let known = || {
        let keys: Vec<_> =
            table.keys.iter().map(|key| format!("({})", table.column_names(&key.columns).join(", "))).collect();
        if keys.is_empty() { "The table has no key.".to_owned() } else { format!("Its keys are {}.", keys.join(", ")) }
    };
    match target {
        None => Ok(table.keys.iter().collect()),
        Some(ConflictTarget::Columns(columns)) => {
            let names: Vec<String> = columns.iter().map(names::folded).collect();
            let wanted: HashSet<_> = names::column_ids(table, &names)?.into_iter().collect();
            let is_meant = |key: &&CandidateKey| key.columns.iter().copied().collect::<HashSet<_>>() == wanted;
            let meant: Vec<_> = table.keys.iter().filter(is_meant).collect();
            if meant.is_empty() {
                let message = "there is no unique or exclusion constraint matching the ON CONFLICT specification";
                return Err(Error::new("42P10", message).with_table(&table.schema, &table.name).with_hint(known()));
            }
            Ok(meant)
        }
        Some(ConflictTarget::OnConstraint(name)) => {
            let name = names::last_part(name)?;
            let key = table.keys.iter().find(|key| key.name == name);
            let error = || {
                Error::new("42704", format!("constraint \"{name}\" for table \"{}\" does not exist", table.name))
                    .with_hint(known())
            };
            Ok(vec![key.ok_or_else(error)?])
        }
    }
}

fn conflicts(scope: &Scope, table: &Table, arbiters: &[&CandidateKey], rows: &RecordBatch) -> Result<Conflicts, Error> {
    let count = rows.num_rows();
    let mut conflicts = Conflicts { holder: vec![None; count], repeats: vec![false; count] };
    // For each key, the first new row that has it, where new rows share keys.
    let mut shared: Vec<Vec<u32>> = Vec::new();
    for key in arbiters {
        let form = KeyForm::of_key(table, key);
        let columns: Vec<ArrayRef> = key.columns.iter().map(|id| rows.column(table.position(*id)).clone()).collect();
        let keys = Keys::new(&form, &columns)?;
        let shape = KeyShape::new(key.columns.clone(), form);
        let matches = scope.rows(table.id).matching(table, &shape, &keys)?;
        for (row, position) in matches.rows.iter().zip(&matches.keys) {
            // What an earlier part of the statement removed holds its key no more.
            if scope.parts.has_changed(table.id, *row) {
                continue;
            }
            conflicts.holder[*position as usize].get_or_insert(*row);
        }
        if !keys.strictly_ascending() {
            let mut first: Vec<u32> = (0..count as u32).collect();
            KeyIndex::build(&keys).probe(&keys, |probe, position| {
                first[probe as usize] = first[probe as usize].min(position);
            });
            shared.push(first);
        }
    }
    // The new rows in their order, for only one that is inserted stands in the way of those after it.
    let mut is_taken = vec![vec![false; count]; shared.len()];
    for row in (0..count).filter(|row| !shared.is_empty() && conflicts.holder[*row].is_none()) {
        conflicts.repeats[row] = shared.iter().zip(&is_taken).any(|(first, taken)| taken[first[row] as usize]);
        if !conflicts.repeats[row] {
            shared.iter().zip(&mut is_taken).for_each(|(first, taken)| taken[first[row] as usize] = true);
        }
    }
    Ok(conflicts)
}

/// Refuses new rows that are not inserted but break NOT NULL or a CHECK: a conflict is about keys only.
fn refuse_broken_rows(
    scope: &Scope,
    table: &Arc<Table>,
    rows: &RecordBatch,
    conflicts: &Conflicts,
) -> Result<(), Error> {
    let spared: Vec<u32> = (0..conflicts.holder.len())
        .filter(|i| conflicts.holder[*i].is_some() || conflicts.repeats[*i])
        .map(|i| i as u32)
        .collect();
    if spared.is_empty() {
        return Ok(());
    }
    let violations = check_proposed(table, &picked(rows, &spared)?, &scope.expressions())?;
    if violations.is_empty() { Ok(()) } else { Err(Error::violated(&violations)) }
}

/// Refuses a row that two new rows update, and one that is inserted here and updated at once. A new row whose WHERE is not
/// true updates nothing.
fn refuse_second_update(conflicts: &Conflicts, updated: &[u64]) -> Result<(), Error> {
    let mut held = HashSet::new();
    let twice = updated.iter().any(|row| !held.insert(*row));
    let own = conflicts.repeats.iter().zip(&conflicts.holder).any(|(repeats, holder)| *repeats && holder.is_none());
    if twice || own {
        return Err(Error::new("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time").with_hint(
            "Ensure that no rows proposed for insertion within the same command have duplicate constrained values.",
        ));
    }
    Ok(())
}

/// The rows to update with the values to set, joined to the new rows as `excluded`.
fn updates_of(
    scope: &Scope,
    target: &Target,
    rows: &RecordBatch,
    conflicts: &Conflicts,
    items: Vec<SelectItem>,
    selection: Option<Expr>,
) -> Result<ResultSet, Error> {
    let held: Vec<(u32, u64)> =
        conflicts.holder.iter().enumerate().filter_map(|(i, row)| row.map(|row| (i as u32, row))).collect();
    let mut columns = picked(rows, &held.iter().map(|(i, _)| *i).collect::<Vec<_>>())?.columns().to_vec();
    columns.push(Arc::new(UInt64Array::from_iter_values(held.iter().map(|(_, row)| *row))));
    let mut fields: Vec<Field> =
        table_schema(&target.table).fields().iter().map(|f| f.as_ref().clone().with_nullable(true)).collect();
    fields.push(Field::new(HOLDER, DataType::UInt64, false));
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), columns)?;
    let provider = MemTable::try_new(schema, vec![vec![batch]]).map_err(crate::query::error)?;
    let provider = scope.queries.computed(&target.table, Arc::new(provider), &[""])?;
    let excluded = Ident::new("excluded");
    let name = ObjectName::from(vec![Ident::new("__statement"), excluded.clone()]);
    let from = vec![TableWithJoins { relation: table_factor(name, excluded.clone()), joins: Vec::new() }];
    let column = |table: &Ident, name: &str| {
        Box::new(Expr::CompoundIdentifier(vec![table.clone(), Ident::with_quote('"', name)]))
    };
    let holds =
        Expr::BinaryOp { left: column(&target.called, ROW), op: BinaryOperator::Eq, right: column(&excluded, HOLDER) };
    let wanted = match selection {
        None => holds,
        Some(selection) => Expr::BinaryOp {
            left: Box::new(holds),
            op: BinaryOperator::And,
            right: Box::new(Expr::Nested(Box::new(selection))),
        },
    };
    scope.query_with(target.select(items, from, Some(wanted)), vec![("excluded".to_owned(), provider)])
}

fn empty_columns(table: &Table) -> Vec<ArrayRef> {
    table.columns.iter().map(|column| new_empty_array(&column.sql_type.arrow())).collect()
}

fn picked(rows: &RecordBatch, positions: &[u32]) -> Result<RecordBatch, Error> {
    let at = UInt32Array::from(positions.to_vec());
    let columns = rows.columns().iter().map(|array| take(array, &at, None)).collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(positions.len()));
    Ok(RecordBatch::try_new_with_options(rows.schema(), columns, &options)?)
}
