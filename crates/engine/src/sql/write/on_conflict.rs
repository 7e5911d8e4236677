//! INSERT ... ON CONFLICT: new rows whose key is held already are skipped, or update the row that holds it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use bowline_core::catalog::{CandidateKey, ColumnId, KeyOrigin, Table};
use bowline_core::integrity::check_proposed;
use bowline_core::rows::{KeyForm, KeyIndex, KeyShape, Keys, NewRows, Update as UpdatedRow};
use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions, UInt32Array, UInt64Array};
use datafusion::arrow::compute::{concat_batches, sort_to_indices, take, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, UInt32Type, UInt64Type};
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, ConflictTarget, Expr, Ident, OnConflict, OnConflictAction, SelectItem, TableWithJoins,
};

use super::super::names;
use super::super::question::{GivenRows, Question, Whose};
use super::super::scope::Scope;
use super::planned::{Planned, inserting};
use super::returned_rows::ReturnedRows;
use super::returning::{Returning, one_batch};
use super::select::{ROW, Target, table_factor};
use super::update::{NewValue, after_images, assignments};
use crate::error::Error;
use crate::expressions::whole_rows;
use crate::outcome::ResultSet;
use crate::query::table_schema;

/// What the new rows are called.
const EXCLUDED: &str = "excluded";

/// The column of `excluded` that says which row holds the key.
const HOLDER: &str = "__holder";

/// The column of `excluded` that numbers the new rows.
const PLACE: &str = "__place";

/// New rows and the rows that hold their keys.
struct Conflicts {
    /// For each new row, the existing row that holds one of its keys.
    holder: Vec<Option<u64>>,
    /// For each new row, whether an earlier new row that is inserted has one of its keys.
    repeats: Vec<bool>,
}

/// An ON CONFLICT clause, bound to its table.
#[derive(Debug)]
pub(super) struct BoundConflict {
    /// The keys a conflict is looked for in, by their places among the table's.
    arbiters: Vec<usize>,
    /// DO UPDATE.
    update: Option<ConflictUpdate>,
}

/// `DO UPDATE SET … WHERE …`.
#[derive(Debug)]
struct ConflictUpdate {
    sets: HashMap<ColumnId, NewValue>,
    /// Asks about new rows and the rows that hold their keys: which of these to update, what SET asks for, and for which new row.
    question: Question,
    returned: Option<ReturnedRows>,
}

impl BoundConflict {
    /// Binds the clause. Errors: 42P10, 42704 and 55000 for its keys, names, and SET lists.
    pub fn of(
        table: &Arc<Table>,
        called: &Ident,
        conflict: OnConflict,
        returning: &Returning,
    ) -> Result<BoundConflict, Error> {
        let arbiters = arbiters(table, conflict.conflict_target.as_ref())?;
        let update = match conflict.action {
            OnConflictAction::DoNothing => None,
            OnConflictAction::DoUpdate(_) if conflict.conflict_target.is_none() => {
                return Err(Error::new(
                    "42601",
                    "ON CONFLICT DO UPDATE requires inference specification or constraint name",
                )
                .with_hint("Name the key: ON CONFLICT (column) DO UPDATE ..."));
            }
            OnConflictAction::DoUpdate(update) => {
                let target = Target { table: table.clone(), called: called.clone(), joins: Vec::new() };
                let mut items = vec![target.row_id()];
                let sets = assignments(table, update.assignments, &mut items)?;
                let question = updates(&target, items, update.selection);
                Some(ConflictUpdate { sets, question, returned: ReturnedRows::of_changed(returning, table, called) })
            }
        };
        Ok(BoundConflict { arbiters, update })
    }

    /// Whether it may update rows.
    pub fn updates(&self) -> bool {
        self.update.is_some()
    }

    /// Notes the types of parameters in SET and WHERE. Errors: names and types.
    pub fn describe(&self, scope: &Scope, known: &mut Vec<Option<FieldRef>>) -> Result<(), Error> {
        self.update.as_ref().map_or(Ok(()), |update| update.question.describe(scope, known).map(drop))
    }

    /// Plans what it asks to be evaluated in place; whether all of it can be.
    pub fn plan_in_place(&mut self, scope: &Scope) -> bool {
        let Some(update) = &mut self.update else { return true };
        let asks = update.question.plan_in_place(scope);
        update.returned.as_mut().is_none_or(|returned| returned.plan_in_place(scope)) && asks
    }

    /// The insert of whole rows under the clause. `returned`: RETURNING over the rows that are inserted.
    pub fn plan(
        &self,
        scope: &Scope,
        table: &Arc<Table>,
        chunks: &[RecordBatch],
        returned: Option<&ReturnedRows>,
    ) -> Result<Planned, Error> {
        let rows = concat_batches(&chunks[0].schema(), chunks)?;
        let conflicts = self.conflicts(scope, table, &rows)?;
        refuse_broken_rows(scope, table, &rows, &conflicts)?;
        let free: Vec<u32> = (0..conflicts.holder.len())
            .filter(|i| conflicts.holder[*i].is_none() && !conflicts.repeats[*i])
            .map(|i| i as u32)
            .collect();
        let mut changes = scope.changes_to(table);
        let inserted = picked(&rows, &free)?;
        let mut given_back = returned.map(|items| items.ask(scope, &inserted, &[])).transpose()?;
        changes.insert(NewRows::whole(table, inserted));
        let mut row_count = free.len();
        if let Some(update) = &self.update {
            let found = update.rows(scope, &rows, &conflicts)?;
            refuse_second_update(&conflicts, &found)?;
            let (images, before) = after_images(scope, table, &update.sets, &found)?;
            let images = whole_rows(table, images, before.len())?;
            if let (Some(items), Some(inserted)) = (&update.returned, given_back.take()) {
                let updated = items.ask_changed(scope, &images, &before)?;
                given_back = Some(interleaved(&free, inserted, places(&found), updated)?);
            }
            row_count += before.len();
            let first = changes.insert(NewRows::whole(table, images));
            changes.removed = before.iter().copied().collect();
            changes.updates =
                before.iter().zip(first..).map(|(before, after)| UpdatedRow { before: *before, after }).collect();
        }
        Ok(inserting(table, changes, row_count, given_back))
    }

    fn conflicts(&self, scope: &Scope, table: &Table, rows: &RecordBatch) -> Result<Conflicts, Error> {
        let count = rows.num_rows();
        let mut conflicts = Conflicts { holder: vec![None; count], repeats: vec![false; count] };
        // For each key, the first new row that has it, where new rows share keys.
        let mut shared: Vec<Vec<u32>> = Vec::new();
        for key in self.arbiters.iter().map(|place| &table.keys[*place]) {
            let form = KeyForm::of_key(table, key);
            let columns: Vec<ArrayRef> =
                key.columns.iter().map(|id| rows.column(table.position(*id)).clone()).collect();
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
}

impl ConflictUpdate {
    /// The rows to update with the values to set, asked about the new rows whose keys are held, and in their order.
    fn rows(&self, scope: &Scope, rows: &RecordBatch, conflicts: &Conflicts) -> Result<RecordBatch, Error> {
        let held = conflicts.holder.iter().enumerate().filter_map(|(i, row)| row.map(|row| (i as u32, row)));
        let (held, holders): (Vec<u32>, Vec<u64>) = held.unzip();
        let mut columns = picked(rows, &held)?.columns().to_vec();
        columns.push(Arc::new(UInt64Array::from(holders)));
        columns.push(Arc::new(UInt32Array::from(held.clone())));
        let found = one_batch(&self.question.ask_about(scope, columns, held.len())?)?;
        match places(&found).is_sorted() {
            true => Ok(found),
            false => {
                let last = found.column(found.num_columns() - 1);
                Ok(take_record_batch(&found, &sort_to_indices(last, None, None)?)?)
            }
        }
    }
}

/// Which new row each row to update was found for.
fn places(found: &RecordBatch) -> &[u32] {
    found.column(found.num_columns() - 1).as_primitive::<UInt32Type>().values()
}

/// What is returned of the rows that are inserted and of those that are updated, in the order of the new rows.
fn interleaved(free: &[u32], inserted: ResultSet, held: &[u32], updated: ResultSet) -> Result<ResultSet, Error> {
    let schema = inserted.schema;
    let batches: Vec<RecordBatch> = inserted.batches.into_iter().chain(updated.batches).collect();
    let batch = concat_batches(&schema, &batches)?;
    let places: ArrayRef = Arc::new(UInt32Array::from_iter_values(free.iter().chain(held).copied()));
    let batch = take_record_batch(&batch, &sort_to_indices(&places, None, None)?)?;
    Ok(ResultSet { schema, batches: vec![batch] })
}

/// The keys a conflict is looked for in, by their places. Errors: 42P10, 42704; 55000 where one is deferrable, since it may stand twice.
fn arbiters(table: &Table, target: Option<&ConflictTarget>) -> Result<Vec<usize>, Error> {
    let places = keys_meant(table, target)?;
    let deferrable = places.iter().map(|place| &table.keys[*place]).find(|key| key.characteristics.deferrable);
    let Some(key) = deferrable else { return Ok(places) };
    let message = "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters";
    let mut error = Error::new("55000", message)
        .with_table(&table.schema, &table.name)
        .with_hint("Name a key that is not deferrable: ON CONFLICT (columns) ...");
    error.constraint = Some(key.name.clone());
    Err(error)
}

/// The keys that the target means: with columns, all that are over them, in whichever order.
fn keys_meant(table: &Table, target: Option<&ConflictTarget>) -> Result<Vec<usize>, Error> {
    let known = || {
        let keys: Vec<_> =
            table.keys.iter().map(|key| format!("({})", table.column_names(&key.columns).join(", "))).collect();
        if keys.is_empty() { "The table has no key.".to_owned() } else { format!("Its keys are {}.", keys.join(", ")) }
    };
    match target {
        None => Ok((0..table.keys.len()).collect()),
        Some(ConflictTarget::Columns(columns)) => {
            // A column may be named twice.
            let names: BTreeSet<String> = columns.iter().map(names::folded).collect();
            let names: Vec<String> = names.into_iter().collect();
            let wanted: HashSet<_> = names::column_ids(table, &names)?.into_iter().collect();
            let is_meant = |place: &usize| table.keys[*place].columns.iter().copied().collect::<HashSet<_>>() == wanted;
            let meant: Vec<_> = (0..table.keys.len()).filter(is_meant).collect();
            if meant.is_empty() {
                let message = "there is no unique or exclusion constraint matching the ON CONFLICT specification";
                return Err(Error::new("42P10", message).with_table(&table.schema, &table.name).with_hint(known()));
            }
            Ok(meant)
        }
        Some(ConflictTarget::OnConstraint(name)) => {
            let name = names::last_part(name)?;
            let is_named = |key: &CandidateKey| key.name == name && key.origin != KeyOrigin::Index;
            let key = table.keys.iter().position(is_named);
            let error = || {
                Error::new("42704", format!("constraint \"{name}\" for table \"{}\" does not exist", table.name))
                    .with_hint(known())
            };
            Ok(vec![key.ok_or_else(error)?])
        }
    }
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
fn refuse_second_update(conflicts: &Conflicts, found: &RecordBatch) -> Result<(), Error> {
    let mut held = HashSet::new();
    let twice = found.column(0).as_primitive::<UInt64Type>().values().iter().any(|row| !held.insert(*row));
    let own = conflicts.repeats.iter().zip(&conflicts.holder).any(|(repeats, holder)| *repeats && holder.is_none());
    if twice || own {
        return Err(Error::new("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time").with_hint(
            "Ensure that no rows proposed for insertion within the same command have duplicate constrained values.",
        ));
    }
    Ok(())
}

/// Asks for the rows to update with the values to set, about the new rows as `excluded` and the ids of those that hold their keys.
fn updates(target: &Target, mut items: Vec<SelectItem>, selection: Option<Expr>) -> Question {
    let mut fields: Vec<Field> =
        table_schema(&target.table).fields().iter().map(|f| f.as_ref().clone().with_nullable(true)).collect();
    fields.push(Field::new(HOLDER, DataType::UInt64, false));
    fields.push(Field::new(PLACE, DataType::UInt32, false));
    let excluded = Ident::new(EXCLUDED);
    let relation = table_factor(GivenRows::relation_name(EXCLUDED), excluded.clone());
    let from = vec![TableWithJoins { relation, joins: Vec::new() }];
    let column = |table: &Ident, name: &str| {
        Box::new(Expr::CompoundIdentifier(vec![table.clone(), Ident::with_quote('"', name)]))
    };
    items.push(SelectItem::UnnamedExpr(*column(&excluded, PLACE)));
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
    let rows = GivenRows {
        name: EXCLUDED,
        of: Some(Whose { table: target.table.clone(), images: &[""] }),
        schema: Arc::new(Schema::new(fields)),
    };
    Question::about(target.select(items, from, Some(wanted)), rows)
}

fn picked(rows: &RecordBatch, positions: &[u32]) -> Result<RecordBatch, Error> {
    let at = UInt32Array::from(positions.to_vec());
    let columns = rows.columns().iter().map(|array| take(array, &at, None)).collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(positions.len()));
    Ok(RecordBatch::try_new_with_options(rows.schema(), columns, &options)?)
}
