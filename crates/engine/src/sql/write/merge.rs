//! MERGE: rows of a source laid against a table; each pair, and each row without a partner, meets the first clause that fits.
//!
//! ```text
//!   source ─▶ rows, numbered ─┐
//!                             ├─ one join ─▶ row id │ source number │ which clause │ values of SET and VALUES
//!   target with row ids ──────┘                            │
//!                              DELETE: row ids    UPDATE: after images    INSERT: whole rows     ─▶ one delta
//! ```
//!
//! Source: PostgreSQL documentation, MERGE.

use std::collections::HashSet;
use std::sync::Arc;

use bowline_core::catalog::Table;
use bowline_core::rows::{NewRows, TableDelta, Update as UpdatedRow};
use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, UInt32Array, UInt64Array};
use datafusion::arrow::compute::{
    SortColumn, cast, concat, concat_batches, filter_record_batch, lexsort_to_indices, take, take_record_batch,
};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int64Type, Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Join, Merge, OutputClause, SelectItem, SelectItemQualifiedWildcardKind, TableFactor, TableWithJoins,
    WildcardAdditionalOptions,
};

use super::super::names;
use super::super::parts::told_apart;
use super::super::plain_expressions::{self, Place};
use super::super::question::{GivenRows, Question};
use super::super::scope::Scope;
use super::images::{self, ACTION, Images};
use super::merge_clauses::{CLAUSE_AT, Clauses, Deed, SOURCE, SOURCE_AT, Sides, column};
use super::new_rows::{NewColumn, complete_rows};
use super::one_sided::Side;
use super::planned::{Planned, delta_of, insert_rows};
use super::returned_rows::BesideRows;
use super::returning::{beside_name, detach, one_batch};
use super::select::{Target, select, table_factor, target};
use super::update::{after_images, row_ids};
use crate::error::Error;
use crate::expressions::whole_rows;
use crate::outcome::ResultSet;
use crate::query::{assign, output_name};
use crate::walk;

/// The rows of the source, in schema `__statement`.
const SOURCE_TABLE: &str = "merge source";

/// What the clauses did, clause by clause.
struct Done {
    changes: TableDelta,
    /// Which of the rows found each image belongs to.
    places: Vec<u32>,
    /// Whole rows, as RETURNING sees them: as they will be, or as they were where they go.
    images: Vec<Vec<ArrayRef>>,
}

/// A MERGE, bound to its table as far as the columns of its source are known.
#[derive(Debug)]
pub(super) struct BoundMerge {
    merge: Merge,
    target: Target,
    /// What the statement calls its source.
    source: Ident,
    /// Asks for the rows of the source.
    rows: Question,
    known: Option<BoundSides>,
}

/// A MERGE bound to the columns of both sides.
#[derive(Debug)]
struct BoundSides {
    /// The columns of the source, and after them the numbers of its rows.
    source: SchemaRef,
    deeds: Vec<Deed>,
    /// Asks which clause each pair and each row without a partner meets, for the values that the clauses need, and after them
    /// for what RETURNING reads beside the rows.
    pairs: Question,
    returned: Option<BesideRows>,
}

impl BoundMerge {
    /// Binds `MERGE INTO t USING source ON condition WHEN … [RETURNING …]`. Errors: names, and clauses there are not.
    pub fn of(scope: &Scope, merge: Merge) -> Result<BoundMerge, Error> {
        if !merge.into || merge.clauses.is_empty() {
            return Err(Error::new("42601", "syntax error in MERGE")
                .with_hint("Write MERGE INTO table USING source ON condition WHEN [NOT] MATCHED THEN ..."));
        }
        let target = target(scope, TableWithJoins { relation: merge.table.clone(), joins: Vec::new() })?;
        let source = called(&merge.source)?;
        if names::folded(&source) == names::folded(&target.called) {
            return Err(Error::new("42712", format!("name \"{}\" specified more than once", source.value))
                .with_detail("The name is used both as MERGE target table and data source.")
                .with_hint("Give one of them an alias."));
        }
        let everything = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
        let from = vec![TableWithJoins { relation: merge.source.clone(), joins: Vec::new() }];
        let rows = Question::new(select(everything, from, None));
        Ok(BoundMerge { merge, target, source, rows, known: None })
    }

    /// What it would change by itself. Errors: names in its clauses, those of its expressions, and values that do not fit their
    /// columns.
    pub fn plan(&self, scope: &Scope) -> Result<Planned, Error> {
        let source = one_batch(&self.rows.ask(scope)?)?;
        let schema = numbered(&source.schema());
        let numbers: ArrayRef = Arc::new(UInt64Array::from_iter_values(0..source.num_rows() as u64));
        let columns = source.columns().iter().cloned().chain([numbers]).collect();
        let (table, count) = (&self.target.table, source.num_rows());
        match &self.known {
            Some(known) if known.source == schema => known.plan(scope, table, columns, count),
            _ => self.sides(schema)?.plan(scope, table, columns, count),
        }
    }

    /// The columns of RETURNING, if it returns any; the types of parameters are noted. Errors: names and types.
    pub fn describe(&self, scope: &Scope, known: &mut Vec<Option<FieldRef>>) -> Result<Option<SchemaRef>, Error> {
        let sides = self.sides(numbered(&self.rows.describe(scope, known)?))?;
        let found = sides.pairs.describe(scope, known)?;
        sides.returned.map(|items| items.describe(scope, &found, known)).transpose()
    }

    /// Plans what it asks to be evaluated in place; whether all of it can be.
    pub fn plan_in_place(&mut self, scope: &Scope) -> bool {
        self.rows.plan_in_place(scope);
        let Some(schema) = self.rows.columns().map(numbered) else { return false };
        let Ok(mut known) = self.sides(schema) else { return false };
        let planned = known.plan_in_place(scope);
        self.known = Some(known);
        planned
    }

    /// Whether it touches few rows whatever the values, if all it asks is evaluated in place.
    pub fn is_light(&self, scope: &Scope) -> bool {
        // What others reference may take many rows with it.
        scope.catalog().foreign_keys_to(self.target.table.id).is_empty()
    }

    /// Binds the clauses to the columns of both sides.
    fn sides(&self, source: SchemaRef) -> Result<BoundSides, Error> {
        let Merge { clauses, output, on, .. } = self.merge.clone();
        let table = &self.target.table;
        let columns = source.fields().iter().map(|field| field.name().clone()).filter(|name| name != SOURCE).collect();
        let sides = Sides {
            target: Side {
                called: self.target.called.clone(),
                columns: table.columns.iter().map(|column| column.name.clone()).collect(),
            },
            source: Side { called: self.source.clone(), columns },
        };
        let mut clauses = Clauses::bind(table, &sides, clauses)?;
        let mut returned = match output {
            None => None,
            Some(OutputClause::Returning { select_items, .. }) => {
                plain_expressions::check(&select_items, Place::Returning)?;
                Some(returned_items(&sides, &self.target, select_items)?)
            }
            Some(OutputClause::Output { .. }) => {
                return Err(Error::unsupported("OUTPUT is not supported", "Use RETURNING."));
            }
        };
        let first = clauses.items.len();
        if let Some(items) = &mut returned {
            let beside = detach(items, &self.target)?.into_iter().enumerate();
            let beside = beside.map(|(at, expr)| {
                let is_action = matches!(&expr, Expr::Identifier(name) if name.value == ACTION);
                let expr = if is_action { clauses.action() } else { expr };
                SelectItem::ExprWithAlias { expr, alias: beside_name(at) }
            });
            let beside: Vec<_> = beside.collect();
            clauses.items.extend(beside);
        }
        let joins = vec![Join {
            relation: table_factor(GivenRows::relation_name(SOURCE_TABLE), self.source.clone()),
            global: false,
            join_operator: clauses.join(*on),
        }];
        let target = Target { table: table.clone(), called: self.target.called.clone(), joins };
        let query = target.select(std::mem::take(&mut clauses.items), Vec::new(), None);
        let rows = GivenRows { name: SOURCE_TABLE, of: None, schema: source.clone() };
        let returned = returned.map(|items| BesideRows::new(table, &self.target.called, items, first));
        Ok(BoundSides { source, deeds: clauses.deeds, pairs: Question::about(query, rows), returned })
    }
}

impl BoundSides {
    /// What the clauses change. `source`: the columns of its rows and their numbers.
    fn plan(&self, scope: &Scope, table: &Arc<Table>, source: Vec<ArrayRef>, count: usize) -> Result<Planned, Error> {
        let found = in_order(&self.pairs.ask_about(scope, source, count)?)?;
        let done = carry_out(scope, table, &self.deeds, &found)?;
        let row_count = done.places.len();
        let returned = self.returned.as_ref().map(|items| returned_rows(scope, table, items, &found, &done));
        let delta = delta_of(table, done.changes);
        Ok(Planned {
            table: table.id,
            verb: "merge into",
            delta,
            tag: "MERGE",
            row_count,
            returning: returned.transpose()?,
        })
    }

    /// Plans what it asks to be evaluated in place; whether all of it can be.
    fn plan_in_place(&mut self, scope: &Scope) -> bool {
        let pairs = self.pairs.plan_in_place(scope);
        let found = self.pairs.columns();
        self.returned.as_mut().is_none_or(|returned| returned.plan_in_place(scope, found)) && pairs
    }
}

/// What the statement calls its source. Errors: 42601 for one without a name.
fn called(source: &TableFactor) -> Result<Ident, Error> {
    match source {
        TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
            Ok(alias.name.clone())
        }
        TableFactor::Table { name, .. } => Ok(Ident::with_quote('"', names::last_part(name)?)),
        _ => {
            Err(Error::new("42601", "the source of MERGE must have an alias").with_hint("Write USING (query) AS name."))
        }
    }
}

/// The columns of the source, those of one name told apart, and after them the numbers of its rows.
fn numbered(source: &SchemaRef) -> SchemaRef {
    let number = Arc::new(Field::new(SOURCE, DataType::UInt64, false));
    told_apart(&Schema::new(source.fields().iter().cloned().chain([number]).collect::<Vec<_>>()))
}

/// The rows found, in the order of the source and then of the table, so that new numbers are given in that order.
fn in_order(found: &ResultSet) -> Result<RecordBatch, Error> {
    let batch = concat_batches(&found.schema, &found.batches)?;
    let by = |at: usize| {
        let options = datafusion::arrow::compute::SortOptions { descending: false, nulls_first: false };
        SortColumn { values: batch.column(at).clone(), options: Some(options) }
    };
    let order = lexsort_to_indices(&[by(SOURCE_AT), by(0)], None)?;
    Ok(take_record_batch(&batch, &order)?)
}

/// Does what each clause says with the rows it fits.
fn carry_out(scope: &Scope, table: &Arc<Table>, deeds: &[Deed], found: &RecordBatch) -> Result<Done, Error> {
    // Where no clause can be met, the column has no type.
    let met = cast(found.column(CLAUSE_AT), &DataType::Int64)?;
    let met: Vec<Option<i64>> = met.as_primitive::<Int64Type>().iter().collect();
    let mut done = Done { changes: scope.changes_to(table), places: Vec::new(), images: Vec::new() };
    let mut changed = HashSet::new();
    for (number, deed) in deeds.iter().enumerate() {
        let places: Vec<u32> =
            (0..found.num_rows()).filter(|row| met[*row] == Some(number as i64)).map(|row| row as u32).collect();
        if places.is_empty() || matches!(deed, Deed::Nothing) {
            continue;
        }
        let fits: BooleanArray = met.iter().map(|met| Some(*met == Some(number as i64))).collect();
        let batch = filter_record_batch(found, &fits)?;
        let here = ResultSet { schema: batch.schema(), batches: vec![batch] };
        if let Deed::Delete | Deed::Update(_) = deed {
            refuse_second_change(scope, table, &row_ids(&here)?, &mut changed)?;
        }
        done.images.push(carry_out_one(scope, table, deed, &here, &mut done.changes)?);
        done.places.extend(places);
    }
    Ok(done)
}

/// Does what one clause says with all the rows it fits; returns the rows as RETURNING sees them.
fn carry_out_one(
    scope: &Scope,
    table: &Arc<Table>,
    deed: &Deed,
    here: &ResultSet,
    changes: &mut TableDelta,
) -> Result<Vec<ArrayRef>, Error> {
    let batch = &here.batches[0];
    let count = batch.num_rows();
    match deed {
        Deed::Nothing => Ok(Vec::new()),
        Deed::Delete => {
            let rows = row_ids(here)?;
            changes.removed.extend(rows.iter().copied());
            Ok(scope.rows(table.id).fetch(table, &rows, &table.column_ids())?)
        }
        Deed::Update(sets) => {
            let (images, before) = after_images(scope, table, sets, batch)?;
            let batch = whole_rows(table, images.clone(), count)?;
            let first = changes.insert(NewRows::whole(table, batch));
            changes.removed.extend(before.iter().copied());
            let pairs = before.into_iter().zip(first..);
            changes.updates.extend(pairs.map(|(before, after)| UpdatedRow { before, after }));
            Ok(images)
        }
        Deed::Insert { given, overriding } => {
            let new_column = |(id, at): &(_, usize)| {
                let column = table.column_by_id(*id);
                let values = assign(batch.column(*at), here.schema.field(*at), column)?;
                Ok(NewColumn { id: *id, values, defaulted: None })
            };
            let given = given.iter().map(new_column).collect::<Result<Vec<_>, Error>>()?;
            let rows = complete_rows(scope, table, given, *overriding, count)?;
            insert_rows(changes, table, rows.clone(), count)?;
            Ok(rows)
        }
    }
}

/// Errors: 21000 for a row that is changed already, by another row of the source or an earlier part of the statement.
fn refuse_second_change(scope: &Scope, table: &Table, rows: &[u64], changed: &mut HashSet<u64>) -> Result<(), Error> {
    match rows.iter().all(|row| changed.insert(*row) && !scope.parts.has_changed(table.id, *row)) {
        true => Ok(()),
        false => Err(Error::new("21000", "MERGE command cannot affect row a second time")
            .with_hint("Ensure that not more than one source row matches any one target row.")),
    }
}

/// The items of RETURNING: `*` means the source's columns, then the target's; `merge_action()` is put in later.
fn returned_items(sides: &Sides, target: &Target, items: Vec<SelectItem>) -> Result<Vec<SelectItem>, Error> {
    let all = |side: &Side| -> Vec<SelectItem> {
        side.columns.iter().map(|name| SelectItem::UnnamedExpr(column(side, name))).collect()
    };
    let items = match ["old", "new"].contains(&names::folded(&sides.source.called).as_str()) {
        true => items,
        false => images::bind(items, &target.table, &target.called, Images::Merged),
    };
    let mut expanded = Vec::new();
    for item in items {
        match item {
            SelectItem::Wildcard(_) => {
                expanded.extend(all(&sides.source));
                expanded.extend(all(&sides.target));
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                let named = names::last_part(&name)?;
                let side = [&sides.target, &sides.source].into_iter().find(|side| names::folded(&side.called) == named);
                let missing = || {
                    Error::new("42P01", format!("missing FROM-clause entry for table \"{named}\""))
                        .with_hint(format!("There are \"{}\" and the source.", target.called.value))
                };
                expanded.extend(all(side.ok_or_else(missing)?));
            }
            other => expanded.push(with_action(other)),
        }
    }
    Ok(expanded)
}

/// The item with `merge_action()` as a name.
fn with_action(mut item: SelectItem) -> SelectItem {
    if let SelectItem::UnnamedExpr(expr) = item {
        let alias = Ident::with_quote('"', output_name(&expr));
        item = SelectItem::ExprWithAlias { expr, alias };
    }
    walk::change_exprs(&mut item, |expr| {
        if let Expr::Function(function) = expr
            && function.name.to_string().eq_ignore_ascii_case("merge_action")
        {
            *expr = Expr::Identifier(Ident::with_quote('"', ACTION));
        }
    });
    item
}

/// Evaluates RETURNING over all rows that were changed, in the order they were found.
fn returned_rows(
    scope: &Scope,
    table: &Table,
    items: &BesideRows,
    found: &RecordBatch,
    done: &Done,
) -> Result<ResultSet, Error> {
    let mut order: Vec<u32> = (0..done.places.len() as u32).collect();
    order.sort_by_key(|at| done.places[*at as usize]);
    let places = UInt32Array::from_iter_values(order.iter().map(|at| done.places[*at as usize]));
    let order = UInt32Array::from(order);
    let image = |(position, column): (usize, &bowline_core::catalog::Column)| {
        let arrays: Vec<_> = done.images.iter().map(|image| image[position].as_ref()).collect();
        match arrays.is_empty() {
            true => Ok(datafusion::arrow::array::new_empty_array(&column.sql_type.arrow())),
            false => Ok(take(&concat(&arrays)?, &order, None)?),
        }
    };
    let rows = table.columns.iter().enumerate().map(image).collect::<Result<Vec<_>, Error>>()?;
    let rows = whole_rows(table, rows, done.places.len())?;
    items.ask(scope, &rows, &take_record_batch(&items.beside(found)?, &places)?)
}
