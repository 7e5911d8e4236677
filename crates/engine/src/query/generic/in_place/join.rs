//! A join of few rows: those of its first side tell the keys of its second, whose rows are looked up all at once.
//!
//! ```text
//!   first side ─▶ keys ─▶ lookup in the second ─▶ pairs with equal values ─▶ pairs for which the condition is true
//!                                                                               │
//!                                    inner: these    outer: these, and each row without one    semi, anti: rows with, without
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::{take, take_record_batch};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{JoinType, NullEquality, Result};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{Expr, Join as JoinPlan, LogicalPlan, TableScan};
use datafusion::physical_expr::PhysicalExpr;

use super::super::super::table_source::SnapshotTable;
use super::lookup::{column, is_key};
use super::step::{By, Step, Way, physical};
use super::{Now, ROWS_MAX};

/// Joins two sides.
#[derive(Debug)]
pub(super) struct Join {
    first: Step,
    second: Step,
    /// What must be equal, over each side's columns.
    of_first: Vec<Arc<dyn PhysicalExpr>>,
    of_second: Vec<Arc<dyn PhysicalExpr>>,
    /// Which of them are the key of the second side's table; none if it states its own.
    key: Vec<usize>,
    /// What else must hold, over the columns of both.
    condition: Option<Arc<dyn PhysicalExpr>>,
    /// The columns of both sides, for the condition.
    both: SchemaRef,
    gives: Gives,
    /// The columns of the first side come first.
    first_is_left: bool,
    schema: SchemaRef,
}

/// What a join gives of the rows it has paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gives {
    Pairs,
    /// And rows of the first side without one.
    PairsAndSingle,
    /// Rows of the first side that have a pair.
    Paired,
    Single,
}

impl Join {
    /// The step of a plan; `None` if neither side tells the keys of the other, or it is another kind of join.
    pub fn of(join: &JoinPlan, way: Way) -> Result<Option<Join>> {
        let (gives, sides): (Gives, &[bool]) = match join.join_type {
            JoinType::Inner => (Gives::Pairs, &[true, false]),
            JoinType::Left => (Gives::PairsAndSingle, &[true]),
            JoinType::Right => (Gives::PairsAndSingle, &[false]),
            JoinType::LeftSemi => (Gives::Paired, &[true]),
            JoinType::RightSemi => (Gives::Paired, &[false]),
            JoinType::LeftAnti => (Gives::Single, &[true]),
            JoinType::RightAnti => (Gives::Single, &[false]),
            _ => return Ok(None),
        };
        if join.on.is_empty() || join.null_equality != NullEquality::NullEqualsNothing || join.null_aware {
            return Ok(None);
        }
        for first_is_left in sides {
            if let Some(made) = Join::made(join, gives, *first_is_left, way)? {
                return Ok(Some(made));
            }
        }
        Ok(None)
    }

    fn made(join: &JoinPlan, gives: Gives, first_is_left: bool, way: Way) -> Result<Option<Join>> {
        let (left, right): (Vec<&Expr>, Vec<&Expr>) = join.on.iter().map(|(left, right)| (left, right)).unzip();
        let ((first_plan, first_on), (second_plan, second_on)) = match first_is_left {
            true => ((&join.left, left), (&join.right, right)),
            false => ((&join.right, right), (&join.left, left)),
        };
        let Some(first) = Step::found(first_plan, way)? else { return Ok(None) };
        let of_first = all_physical(&first_on, first_plan, way)?;
        let types = of_first.iter().map(|value| value.data_type(&first.schema()));
        let types = types.collect::<Result<Vec<_>>>()?;
        let (second, key) = match told(second_plan, &second_on, &types, way)? {
            Some((second, key)) => (second, key),
            None => match Step::found(second_plan, way)? {
                Some(second) => (second, Vec::new()),
                None => return Ok(None),
            },
        };
        let of_second = all_physical(&second_on, second_plan, way)?;
        for (value, first_type) in of_second.iter().zip(&types) {
            if value.data_type(&second.schema())? != *first_type || !is_equal_by_bytes(first_type) {
                return Ok(None);
            }
        }
        let both = join.left.schema().join(join.right.schema())?;
        let condition = join.filter.as_ref().map(|filter| physical(filter, &both, way.context)).transpose()?;
        let both = Arc::new(both.as_arrow().clone());
        let schema = Arc::new(join.schema.as_arrow().clone());
        Ok(Some(Join { first, second, of_first, of_second, key, condition, both, gives, first_is_left, schema }))
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub fn rows(&self, now: Now) -> Result<Option<RecordBatch>> {
        let Some(first) = self.first.rows(now)? else { return Ok(None) };
        if first.num_rows() == 0 {
            return Ok(Some(RecordBatch::new_empty(self.schema.clone())));
        }
        let of_first = evaluated(&self.of_first, &first)?;
        let keys: Vec<ArrayRef> = self.key.iter().map(|at| of_first[*at].clone()).collect();
        let Some(second) = self.second.rows(now.told(&keys))? else { return Ok(None) };
        let of_second = evaluated(&self.of_second, &second)?;
        let Some(mut pairs) = pairs(&of_first, &of_second)? else { return Ok(None) };
        if let Some(condition) = &self.condition
            && !pairs.is_empty()
        {
            let joined = self.joined(&first, &second, &pairs, &self.both)?;
            let holds = condition.evaluate(&joined)?.into_array(joined.num_rows())?;
            pairs = kept(pairs, holds.as_boolean());
        }
        let given = match self.gives {
            Gives::Pairs => self.joined(&first, &second, &pairs, &self.schema)?,
            Gives::PairsAndSingle => {
                let single = chosen(&pairs, first.num_rows(), false);
                pairs.extend(single.into_iter().map(|first| Pair { first, second: None }));
                self.joined(&first, &second, &pairs, &self.schema)?
            }
            Gives::Paired | Gives::Single => {
                let rows = chosen(&pairs, first.num_rows(), self.gives == Gives::Paired);
                let taken = take_record_batch(&first, &UInt32Array::from(rows))?;
                let options = RecordBatchOptions::new().with_row_count(Some(taken.num_rows()));
                RecordBatch::try_new_with_options(self.schema.clone(), taken.columns().to_vec(), &options)?
            }
        };
        Ok((given.num_rows() <= ROWS_MAX).then_some(given))
    }

    /// The columns of both sides for each pair.
    fn joined(
        &self,
        first: &RecordBatch,
        second: &RecordBatch,
        pairs: &[Pair],
        schema: &SchemaRef,
    ) -> Result<RecordBatch> {
        let of_first = UInt32Array::from_iter_values(pairs.iter().map(|pair| pair.first));
        let of_second: UInt32Array = pairs.iter().map(|pair| pair.second).collect();
        let taken = |side: &RecordBatch, rows: &UInt32Array| {
            side.columns().iter().map(|column| Ok(take(column, rows, None)?)).collect::<Result<Vec<_>>>()
        };
        let (mut left, mut right) = (taken(first, &of_first)?, taken(second, &of_second)?);
        if !self.first_is_left {
            std::mem::swap(&mut left, &mut right);
        }
        left.append(&mut right);
        let options = RecordBatchOptions::new().with_row_count(Some(pairs.len()));
        Ok(RecordBatch::try_new_with_options(schema.clone(), left, &options)?)
    }
}

/// A row of the first side and one of the second, or none.
struct Pair {
    first: u32,
    second: Option<u32>,
}

/// The second side with its rows looked up by a key that these expressions are, and which of them it is; `None` if they bind
/// none whole. `types`: of what they are compared with.
fn told(plan: &LogicalPlan, on: &[&Expr], types: &[DataType], way: Way) -> Result<Option<(Step, Vec<usize>)>> {
    let Some(scan) = only_scan(plan) else { return Ok(None) };
    let provider = source_as_provider(&scan.source)?;
    let Some(source) = provider.downcast_ref::<SnapshotTable>() else { return Ok(None) };
    let places: Vec<Option<usize>> = on.iter().map(|expr| column(&source.table, expr)).collect();
    let at = |place: &usize| {
        let at = places.iter().position(|known| *known == Some(*place))?;
        let is_comparable = match source.table.columns.get(*place) {
            Some(column) => is_key(&types[at], column.sql_type),
            None => types[at] == DataType::UInt64,
        };
        is_comparable.then_some(at)
    };
    let bound = |key: &&Vec<usize>| !key.is_empty() && key.iter().all(|place| at(place).is_some());
    let row_id = vec![source.table.columns.len()];
    let Some(key) = std::iter::once(&row_id).chain(source.keys.iter()).find(bound) else { return Ok(None) };
    let step = Step::found(plan, Way { by: By::Told(key), ..way })?;
    Ok(step.map(|step| (step, key.iter().filter_map(at).collect())))
}

/// The only scan below a plan whose columns are those of the scan, by the same names.
fn only_scan(plan: &LogicalPlan) -> Option<&TableScan> {
    match plan {
        LogicalPlan::TableScan(scan) => Some(scan),
        LogicalPlan::SubqueryAlias(alias) => only_scan(&alias.input),
        LogicalPlan::Filter(filter) => only_scan(&filter.input),
        LogicalPlan::Projection(projection) => {
            let columns = projection.expr.iter().all(|expr| matches!(expr, Expr::Column(_)));
            if columns { only_scan(&projection.input) } else { None }
        }
        _ => None,
    }
}

/// Whether two values of a type are equal exactly if their bytes are.
fn is_equal_by_bytes(data_type: &DataType) -> bool {
    !data_type.is_floating() && !data_type.is_nested() && !matches!(data_type, DataType::Interval(_) | DataType::Null)
}

fn all_physical(exprs: &[&Expr], side: &LogicalPlan, way: Way) -> Result<Vec<Arc<dyn PhysicalExpr>>> {
    exprs.iter().map(|expr| physical(expr, side.schema(), way.context)).collect()
}

fn evaluated(values: &[Arc<dyn PhysicalExpr>], rows: &RecordBatch) -> Result<Vec<ArrayRef>> {
    values.iter().map(|value| value.evaluate(rows)?.into_array(rows.num_rows())).collect()
}

/// The pairs of rows with equal values, in the order of the first; NULL equals nothing. `None` if there are too many.
fn pairs(first: &[ArrayRef], second: &[ArrayRef]) -> Result<Option<Vec<Pair>>> {
    let fields = first.iter().map(|values| SortField::new(values.data_type().clone()));
    let converter = RowConverter::new(fields.collect())?;
    let (of_first, of_second) = (converter.convert_columns(first)?, converter.convert_columns(second)?);
    let (first_nulls, second_nulls) = (nulls(first), nulls(second));
    let is_whole = |nulls: &Option<NullBuffer>, row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
    // A loop over rows: there are few of them, and each is looked at once.
    let mut places: HashMap<&[u8], Vec<u32>> = HashMap::with_capacity(of_second.num_rows());
    for row in (0..of_second.num_rows()).filter(|row| is_whole(&second_nulls, *row)) {
        places.entry(of_second.row(row).data()).or_default().push(row as u32);
    }
    let mut pairs = Vec::new();
    for row in (0..of_first.num_rows()).filter(|row| is_whole(&first_nulls, *row)) {
        let found = places.get(of_first.row(row).data()).into_iter().flatten();
        pairs.extend(found.map(|place| Pair { first: row as u32, second: Some(*place) }));
        if pairs.len() > ROWS_MAX {
            return Ok(None);
        }
    }
    Ok(Some(pairs))
}

/// Rows with a NULL among their values.
fn nulls(values: &[ArrayRef]) -> Option<NullBuffer> {
    values.iter().fold(None, |nulls, values| NullBuffer::union(nulls.as_ref(), values.logical_nulls().as_ref()))
}

fn kept(pairs: Vec<Pair>, holds: &BooleanArray) -> Vec<Pair> {
    pairs.into_iter().zip(holds).filter(|(_, holds)| *holds == Some(true)).map(|(pair, _)| pair).collect()
}

/// The rows of the first side that are in a pair, or those that are in none, in order.
fn chosen(pairs: &[Pair], row_count: usize, paired: bool) -> Vec<u32> {
    let mut is_paired = vec![false; row_count];
    pairs.iter().for_each(|pair| is_paired[pair.first as usize] = true);
    (0..row_count as u32).filter(|row| is_paired[*row as usize] == paired).collect()
}
