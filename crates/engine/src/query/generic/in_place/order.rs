//! ORDER BY, LIMIT and OFFSET over the few rows there are.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::{SortColumn, SortOptions, lexsort_to_indices, take_record_batch};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, Limit as LimitPlan, Sort};
use datafusion::physical_expr::PhysicalExpr;

use super::step::{Step, physical};
use super::{Now, no_columns};

/// Rows in order.
#[derive(Debug)]
pub(super) struct Order {
    pub input: Step,
    by: Vec<(Arc<dyn PhysicalExpr>, SortOptions)>,
    /// How many of them are wanted.
    fetch: Option<usize>,
}

/// Some of the rows, by their place.
#[derive(Debug)]
pub(super) struct Limit {
    pub input: Step,
    skip: Option<Arc<dyn PhysicalExpr>>,
    fetch: Option<Arc<dyn PhysicalExpr>>,
}

impl Order {
    /// The step of a plan; `None` for values without an order of their own.
    pub fn of(input: Step, sort: &Sort, context: &PhysicalPlanningContext) -> Result<Option<Order>> {
        let by = sort.expr.iter().map(|item| {
            let options = SortOptions { descending: !item.asc, nulls_first: item.nulls_first };
            Ok((physical(&item.expr, sort.input.schema(), context)?, options))
        });
        let by = by.collect::<Result<Vec<_>>>()?;
        let schema = input.schema();
        for (value, _) in &by {
            if value.data_type(&schema)?.is_nested() {
                return Ok(None);
            }
        }
        Ok((!by.is_empty()).then_some(Order { input, by, fetch: sort.fetch }))
    }

    pub fn rows(&self, now: Now) -> Result<Option<RecordBatch>> {
        let Some(rows) = self.input.rows(now)? else { return Ok(None) };
        if rows.num_rows() == 0 {
            return Ok(Some(rows));
        }
        let column = |(value, options): &(Arc<dyn PhysicalExpr>, SortOptions)| {
            let values = value.evaluate(&rows)?.into_array(rows.num_rows())?;
            Ok(SortColumn { values, options: Some(*options) })
        };
        let columns = self.by.iter().map(column).collect::<Result<Vec<_>>>()?;
        Ok(Some(take_record_batch(&rows, &lexsort_to_indices(&columns, self.fetch)?)?))
    }
}

impl Limit {
    /// The step of a plan.
    pub fn of(input: Step, limit: &LimitPlan, context: &PhysicalPlanningContext) -> Result<Limit> {
        let bound = |bound: &Option<Box<Expr>>| {
            bound.as_ref().map(|bound| physical(bound, &DFSchema::empty(), context)).transpose()
        };
        Ok(Limit { input, skip: bound(&limit.skip)?, fetch: bound(&limit.fetch)? })
    }

    /// The rows; `None` also for bounds that the engine refuses.
    pub fn rows(&self, now: Now) -> Result<Option<RecordBatch>> {
        let (Some(skip), Some(fetch)) = (count(self.skip.as_ref())?, count(self.fetch.as_ref())?) else {
            return Ok(None);
        };
        let Some(rows) = self.input.rows(now)? else { return Ok(None) };
        let skip = skip.unwrap_or(0).min(rows.num_rows());
        let left = rows.num_rows() - skip;
        Ok(Some(rows.slice(skip, fetch.map_or(left, |fetch| fetch.min(left)))))
    }
}

/// How many rows a bound says, if it says a number; `None` if it cannot be one.
fn count(bound: Option<&Arc<dyn PhysicalExpr>>) -> Result<Option<Option<usize>>> {
    let Some(bound) = bound else { return Ok(Some(None)) };
    let value = ScalarValue::try_from_array(&bound.evaluate(&no_columns()?)?.into_array(1)?, 0)?;
    Ok(match value.cast_to(&DataType::Int64)? {
        ScalarValue::Int64(Some(count)) => usize::try_from(count).ok().map(Some),
        _ => Some(None),
    })
}
