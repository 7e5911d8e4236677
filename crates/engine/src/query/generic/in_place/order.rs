//! ORDER BY, LIMIT and OFFSET over the few rows there are.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::{SortColumn, SortOptions, lexsort_to_indices, take_record_batch};
use datafusion::common::Result;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{FetchType, Limit as LimitPlan, SkipType, Sort};
use datafusion::physical_expr::PhysicalExpr;

use super::Now;
use super::step::{Step, physical};

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
    skip: usize,
    fetch: Option<usize>,
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
    /// The step of a plan; `None` where its bounds are not known yet.
    pub fn of(input: Step, limit: &LimitPlan) -> Result<Option<Limit>> {
        let (SkipType::Literal(skip), FetchType::Literal(fetch)) = (limit.get_skip_type()?, limit.get_fetch_type()?)
        else {
            return Ok(None);
        };
        Ok(Some(Limit { input, skip, fetch }))
    }

    pub fn rows(&self, now: Now) -> Result<Option<RecordBatch>> {
        let Some(rows) = self.input.rows(now)? else { return Ok(None) };
        let skip = self.skip.min(rows.num_rows());
        let left = rows.num_rows() - skip;
        Ok(Some(rows.slice(skip, self.fetch.map_or(left, |fetch| fetch.min(left)))))
    }
}
