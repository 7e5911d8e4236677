//! Rows of a table by a key: one that the query states, or that the join above has found.
//!
//! The conditions that state a key are evaluated over the rows again, so a lookup may find too many rows, never too few.

use std::sync::Arc;

use bowline_core::catalog::{SqlType, Table};
use bowline_core::rows::{KeyForm, KeyShape, Keys, TableRows};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, UInt64Array};
use datafusion::arrow::compute::{cast, concat};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef, UInt64Type};
use datafusion::common::{DFSchema, DataFusionError, Result};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::expr::{Cast, InList, ScalarFunction};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableScan};
use datafusion::physical_expr::PhysicalExpr;

use super::super::super::table_source::{ROW_COLUMN, SnapshotTable};
use super::step::{By, Way, physical};
use super::{Now, ROWS_MAX, no_columns};
use crate::error::Error;

/// Looks rows up.
#[derive(Debug)]
pub(super) struct Lookup {
    table: Arc<Table>,
    /// What is read, by places among the table's columns and after them the row id.
    projection: Vec<usize>,
    schema: SchemaRef,
    wanted: Wanted,
}

/// What is looked up.
#[derive(Debug)]
enum Wanted {
    /// Keys: for each column of the key its value, or for the only column its values.
    Stated(KeyShape, Vec<Values>),
    /// The keys that the join above tells.
    Told(KeyShape),
    /// The row ids that the join above tells.
    ToldRows,
}

/// What a query states as values: expressions over no columns.
#[derive(Debug, Clone, Copy)]
enum Stated<E> {
    Value(E),
    /// The items of an array.
    Items(E),
}

/// What a column is looked up by.
type Values = Vec<Stated<Arc<dyn PhysicalExpr>>>;

/// A column that a condition binds to values.
struct Bound<'e> {
    /// Among the table's columns.
    place: usize,
    values: Vec<Stated<&'e Expr>>,
}

impl Lookup {
    /// The lookup that a scan is; `None` if its key is not bound whole, or to values of other types.
    ///
    /// `conditions`: those above the scan, all of which must hold.
    pub fn of(scan: &TableScan, conditions: &[&Expr], way: Way) -> Result<Option<Lookup>> {
        let provider = source_as_provider(&scan.source)?;
        let Some(source) = provider.downcast_ref::<SnapshotTable>() else { return Ok(None) };
        if scan.fetch.is_some() {
            return Ok(None);
        }
        let table = &source.table;
        let wanted = match way.by {
            By::Told(places) if *places == [table.columns.len()] => Some(Wanted::ToldRows),
            By::Told(places) => Some(Wanted::Told(shape(table, places))),
            By::Stated => stated(source, conditions, way.context)?
                .map(|(places, values)| Wanted::Stated(shape(table, &places), values)),
        };
        let Some(wanted) = wanted else { return Ok(None) };
        let schema = Arc::new(scan.projected_schema.as_arrow().clone());
        let all = || (0..schema.fields().len()).collect();
        let projection = scan.projection.clone().unwrap_or_else(all);
        Ok(Some(Lookup { table: table.clone(), projection, schema, wanted }))
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The rows, by their ids ascending; `None` if there are too many.
    pub fn rows(&self, now: Now) -> Result<Option<RecordBatch>> {
        let rows = now.snapshot.rows(self.table.id);
        let mut found: Vec<u64> = match &self.wanted {
            Wanted::Told(shape) => self.matching(rows, shape, now.told)?,
            Wanted::Stated(shape, columns) => {
                let keys = columns.iter().map(|values| evaluated(values)).collect::<Result<Vec<_>>>()?;
                self.matching(rows, shape, &keys)?
            }
            Wanted::ToldRows => {
                let told = now.told[0].as_primitive::<UInt64Type>().iter().flatten();
                told.filter(|row| rows.is_live(*row)).collect()
            }
        };
        found.sort_unstable();
        // A value may be stated twice.
        found.dedup();
        if found.len() > ROWS_MAX {
            return Ok(None);
        }
        let stored = self.projection.iter().filter_map(|place| self.table.columns.get(*place));
        let stored: Vec<_> = stored.map(|column| column.id).collect();
        let mut fetched = rows.fetch(&self.table, &found, &stored).map_err(unreadable)?.into_iter();
        let column = |place: &usize| match *place < self.table.columns.len() {
            true => fetched.next().expect("a column for each that is stored was believed to be fetched"),
            false => Arc::new(UInt64Array::from(found.clone())) as ArrayRef,
        };
        let columns = self.projection.iter().map(column).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(found.len()));
        Ok(Some(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?))
    }

    /// The ids of rows with these keys, in any order. `keys`: a column for each of the key's.
    fn matching(&self, rows: &TableRows, shape: &KeyShape, keys: &[ArrayRef]) -> Result<Vec<u64>> {
        let types = shape.columns.iter().map(|id| self.table.column_by_id(*id).sql_type);
        let keys =
            keys.iter().zip(types).map(|(values, sql_type)| as_key(values, sql_type)).collect::<Result<Vec<_>>>()?;
        let keys = Keys::new(&shape.form, &keys)?;
        Ok(rows.matching(&self.table, shape, &keys).map_err(unreadable)?.rows)
    }
}

/// The key that columns at these places are.
fn shape(table: &Table, places: &[usize]) -> KeyShape {
    let columns: Vec<_> = places.iter().map(|place| &table.columns[*place]).collect();
    let types: Vec<_> = columns.iter().map(|column| column.sql_type).collect();
    KeyShape::new(columns.iter().map(|column| column.id).collect(), KeyForm::of(&types))
}

/// A key that conditions bind whole, by its columns' places, and the values of each of them.
fn stated(
    source: &SnapshotTable,
    conditions: &[&Expr],
    context: &PhysicalPlanningContext,
) -> Result<Option<(Vec<usize>, Vec<Values>)>> {
    let bound: Vec<Bound> = conditions.iter().filter_map(|condition| bound(&source.table, condition)).collect();
    for key in source.keys.iter().filter(|key| !key.is_empty()) {
        let of = |place: &usize| bound.iter().find(|bound| bound.place == *place).map(|bound| &bound.values);
        let Some(values) = key.iter().map(of).collect::<Option<Vec<_>>>() else { continue };
        // Lists of several columns would have to be combined.
        let is_one = |values: &&Vec<Stated<&Expr>>| matches!(values.as_slice(), [Stated::Value(_)]);
        if key.len() > 1 && !values.iter().all(is_one) {
            continue;
        }
        let types = key.iter().map(|place| source.table.columns[*place].sql_type);
        let columns = values.into_iter().zip(types).map(|(values, sql_type)| constants(values, sql_type, context));
        if let Some(columns) = columns.collect::<Result<Option<Vec<_>>>>()? {
            return Ok(Some((key.clone(), columns)));
        }
    }
    Ok(None)
}

/// The column that a condition says to have one of some values.
fn bound<'e>(table: &Table, condition: &'e Expr) -> Option<Bound<'e>> {
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => match column(table, left) {
            Some(place) => Some(Bound { place, values: vec![Stated::Value(right)] }),
            None => Some(Bound { place: column(table, right)?, values: vec![Stated::Value(left)] }),
        },
        // What short IN lists become.
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let (mut either, or) = (bound(table, left)?, bound(table, right)?);
            (either.place == or.place).then(|| {
                either.values.extend(or.values);
                either
            })
        }
        Expr::InList(InList { expr, list, negated: false }) => {
            Some(Bound { place: column(table, expr)?, values: list.iter().map(Stated::Value).collect() })
        }
        // What `column = ANY (array)` is to the engine.
        Expr::ScalarFunction(ScalarFunction { func, args }) if func.name() == "array_has" => match args.as_slice() {
            [list, item] => Some(Bound { place: column(table, item)?, values: vec![Stated::Items(list)] }),
            _ => None,
        },
        _ => None,
    }
}

/// The place of the column that an expression is, or of an integer one that is cast to be wide enough for its comparison. The
/// row id stands after the table's columns.
pub(super) fn column(table: &Table, expr: &Expr) -> Option<usize> {
    let place = |name: &str| table.columns.iter().position(|column| column.name == name);
    match expr {
        Expr::Column(column) if column.name == ROW_COLUMN => place(ROW_COLUMN).or(Some(table.columns.len())),
        Expr::Column(column) => place(&column.name),
        Expr::Cast(Cast { expr, field }) => {
            let Expr::Column(column) = expr.as_ref() else { return None };
            let place = place(&column.name)?;
            let own = table.columns[place].sql_type.arrow();
            let is_wider = |from: &DataType, to: &DataType| {
                from.is_signed_integer() && to.is_signed_integer() && from.primitive_width() <= to.primitive_width()
            };
            is_wider(&own, field.data_type()).then_some(place)
        }
        _ => None,
    }
}

/// Values that depend on no row; `None` if one does, or is of another type than the column.
fn constants(values: &[Stated<&Expr>], sql_type: SqlType, context: &PhysicalPlanningContext) -> Result<Option<Values>> {
    let mut constants = Vec::with_capacity(values.len());
    for value in values {
        let (Stated::Value(expr) | Stated::Items(expr)) = value;
        if !expr.column_refs().is_empty() {
            return Ok(None);
        }
        let constant = physical(expr, &DFSchema::empty(), context)?;
        let data_type = constant.data_type(&Schema::empty())?;
        constants.push(match (value, &data_type) {
            (Stated::Value(_), data_type) if is_key(data_type, sql_type) => Stated::Value(constant),
            (Stated::Items(_), DataType::List(item)) if is_key(item.data_type(), sql_type) => Stated::Items(constant),
            _ => return Ok(None),
        });
    }
    Ok((!constants.is_empty()).then_some(constants))
}

/// Whether values of a type can be looked up in a column.
pub(super) fn is_key(data_type: &DataType, sql_type: SqlType) -> bool {
    *data_type == sql_type.arrow() || (data_type.is_signed_integer() && sql_type.is_integer())
}

/// Values of a type that [`is_key`], as the column's; NULL, which no key holds, for numbers beyond it.
fn as_key(values: &ArrayRef, sql_type: SqlType) -> Result<ArrayRef> {
    let to = sql_type.arrow();
    if *values.data_type() == to { Ok(values.clone()) } else { Ok(cast(values, &to)?) }
}

/// The values of a column, for one execution.
fn evaluated(values: &[Stated<Arc<dyn PhysicalExpr>>]) -> Result<ArrayRef> {
    let row = no_columns()?;
    let value = |value: &Stated<Arc<dyn PhysicalExpr>>| match value {
        Stated::Value(value) => value.evaluate(&row)?.into_array(1),
        Stated::Items(list) => Ok(list.evaluate(&row)?.into_array(1)?.as_list::<i32>().value(0)),
    };
    let arrays = values.iter().map(value).collect::<Result<Vec<_>>>()?;
    match arrays.as_slice() {
        [only] => Ok(only.clone()),
        several => Ok(concat(&several.iter().map(|array| array.as_ref() as &dyn Array).collect::<Vec<_>>())?),
    }
}

fn unreadable(error: bowline_core::rows::RowsError) -> DataFusionError {
    DataFusionError::External(Box::new(Error::from(error)))
}
