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
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema};
use datafusion::catalog::TableProvider;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Join, Merge, ObjectName, OutputClause, SelectItem, SelectItemQualifiedWildcardKind, TableFactor,
    TableWithJoins, WildcardAdditionalOptions,
};

use super::super::names;
use super::super::parts::table_of;
use super::super::plain_expressions::{self, Place};
use super::super::scope::Scope;
use super::images::{self, ACTION, Images};
use super::merge_clauses::{CLAUSE_AT, Clauses, Deed, SOURCE, SOURCE_AT, Sides, column};
use super::new_rows::{NewColumn, complete_rows};
use super::one_sided::Side;
use super::planned::{Planned, delta_of, insert_rows};
use super::returning::{beside_name, detach, one_batch, over};
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

/// Plans `MERGE INTO t USING source ON condition WHEN … [RETURNING …]`.
pub(super) fn plan(scope: &mut Scope, merge: Merge) -> Result<Planned, Error> {
    if !merge.into || merge.clauses.is_empty() {
        return Err(Error::new("42601", "syntax error in MERGE")
            .with_hint("Write MERGE INTO table USING source ON condition WHEN [NOT] MATCHED THEN ..."));
    }
    let mut target = target(scope, TableWithJoins { relation: merge.table, joins: Vec::new() })?;
    let table = target.table.clone();
    let source = Source::read(scope, &target, merge.source)?;
    let sides = Sides {
        target: Side {
            called: target.called.clone(),
            columns: table.columns.iter().map(|column| column.name.clone()).collect(),
        },
        source: Side { called: source.called.clone(), columns: source.columns.clone() },
    };
    let mut clauses = Clauses::bind(&table, &sides, merge.clauses)?;
    let mut returned = match merge.output {
        None => None,
        Some(OutputClause::Returning { select_items, .. }) => {
            plain_expressions::check(&select_items, Place::Returning)?;
            Some(returned_items(&sides, &target, select_items)?)
        }
        Some(OutputClause::Output { .. }) => {
            return Err(Error::unsupported("OUTPUT is not supported", "Use RETURNING."));
        }
    };
    let first_beside = clauses.items.len();
    if let Some(items) = &mut returned {
        let beside = detach(items, &target)?.into_iter().enumerate();
        let beside = beside.map(|(at, expr)| {
            let is_action = matches!(&expr, Expr::Identifier(name) if name.value == ACTION);
            SelectItem::ExprWithAlias { expr: if is_action { clauses.action() } else { expr }, alias: beside_name(at) }
        });
        let beside: Vec<_> = beside.collect();
        clauses.items.extend(beside);
    }
    let name = ObjectName::from(vec![Ident::new("__statement"), Ident::with_quote('"', SOURCE_TABLE)]);
    target.joins = vec![Join {
        relation: table_factor(name, source.called),
        global: false,
        join_operator: clauses.join(*merge.on),
    }];
    let query = target.select(std::mem::take(&mut clauses.items), Vec::new(), None);
    let found = scope.query_with(query, vec![(SOURCE_TABLE.to_owned(), source.rows)])?;
    let found = in_order(&found)?;
    let done = carry_out(scope, &table, &clauses.deeds, &found)?;
    let row_count = done.places.len();
    let returning = match returned {
        None => None,
        Some(items) => Some(returned_rows(scope, &target, items, &found, first_beside, &done)?),
    };
    let delta = delta_of(&table, done.changes);
    Ok(Planned { table: table.id, verb: "merge into", delta, tag: "MERGE", row_count, returning })
}

/// The source, read once.
struct Source {
    called: Ident,
    columns: Vec<String>,
    /// Its rows, and after its columns their numbers.
    rows: Arc<dyn TableProvider>,
}

impl Source {
    fn read(scope: &Scope, target: &Target, factor: TableFactor) -> Result<Source, Error> {
        let called = match &factor {
            TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
                alias.name.clone()
            }
            TableFactor::Table { name, .. } => Ident::with_quote('"', names::last_part(name)?),
            _ => {
                return Err(Error::new("42601", "the source of MERGE must have an alias")
                    .with_hint("Write USING (query) AS name."));
            }
        };
        if names::folded(&called) == names::folded(&target.called) {
            return Err(Error::new("42712", format!("name \"{}\" specified more than once", called.value))
                .with_detail("The name is used both as MERGE target table and data source.")
                .with_hint("Give one of them an alias."));
        }
        let everything = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
        let found =
            scope.query(select(everything, vec![TableWithJoins { relation: factor, joins: Vec::new() }], None))?;
        let batch = one_batch(&found)?;
        let number = Arc::new(Field::new(SOURCE, DataType::UInt64, false));
        let schema = Arc::new(Schema::new(found.schema.fields().iter().cloned().chain([number]).collect::<Vec<_>>()));
        let numbers: ArrayRef = Arc::new(UInt64Array::from_iter_values(0..batch.num_rows() as u64));
        let columns = batch.columns().iter().cloned().chain([numbers]).collect();
        let batches = vec![RecordBatch::try_new(schema.clone(), columns)?];
        let rows = table_of(ResultSet { schema, batches })?;
        let names = rows.schema();
        let columns = names.fields().iter().map(|field| field.name().clone()).filter(|name| name != SOURCE).collect();
        Ok(Source { called, columns, rows })
    }
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
            let (images, before) = after_images(scope, table, sets, here)?;
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
    target: &Target,
    items: Vec<SelectItem>,
    found: &RecordBatch,
    first_beside: usize,
    done: &Done,
) -> Result<ResultSet, Error> {
    let table = &target.table;
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
    let beside: Vec<usize> = (first_beside..found.num_columns()).collect();
    let beside = match beside.is_empty() {
        true => None,
        false => Some(take_record_batch(&found.project(&beside)?, &places)?),
    };
    over(scope, table, &target.called, whole_rows(table, rows, done.places.len())?, items, beside.as_ref())
}
