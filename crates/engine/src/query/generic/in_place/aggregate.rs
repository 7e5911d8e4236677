//! Aggregates over all rows there are: one row, also of none.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::logical_expr::Aggregate as AggregatePlan;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::physical_expr::aggregate::{AggregateFunctionExpr, LoweredAggregateBuilder};

use super::super::super::state;
use super::Now;
use super::step::Step;

/// Aggregates of one group.
#[derive(Debug)]
pub(super) struct Aggregate {
    input: Step,
    functions: Vec<Arc<AggregateFunctionExpr>>,
    schema: SchemaRef,
}

impl Aggregate {
    /// The step of a plan; `None` if it has groups, or aggregates that choose or order their rows.
    pub fn of(input: Step, plan: &AggregatePlan, context: &PhysicalPlanningContext) -> Result<Option<Aggregate>> {
        if !plan.group_expr.is_empty() {
            return Ok(None);
        }
        let (below, columns) = (plan.input.schema(), input.schema());
        let properties = state::lasting().execution_props();
        let mut functions = Vec::with_capacity(plan.aggr_expr.len());
        for expr in &plan.aggr_expr {
            let lowered = LoweredAggregateBuilder::new(expr, below, &columns, properties, context).build()?;
            if lowered.filter.is_some() || !lowered.order_bys.is_empty() || lowered.aggregate.is_distinct() {
                return Ok(None);
            }
            functions.push(lowered.aggregate);
        }
        let fields = functions.iter().map(|function| function.field().as_ref().clone().with_nullable(true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Ok(Some(Aggregate { input, functions, schema }))
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub fn rows(&self, now: Now) -> Result<Option<RecordBatch>> {
        let Some(rows) = self.input.rows(now)? else { return Ok(None) };
        let value = |function: &Arc<AggregateFunctionExpr>| {
            let mut accumulator = function.create_accumulator()?;
            if rows.num_rows() > 0 {
                let arguments = function.expressions();
                let values = arguments.iter().map(|value| value.evaluate(&rows)?.into_array(rows.num_rows()));
                accumulator.update_batch(&values.collect::<Result<Vec<_>>>()?)?;
            }
            accumulator.evaluate()?.to_array()
        };
        let columns = self.functions.iter().map(value).collect::<Result<_>>()?;
        Ok(Some(RecordBatch::try_new(self.schema.clone(), columns)?))
    }
}
