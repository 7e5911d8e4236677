//! The steps of a query that is evaluated in place, made of its logical plan. Each takes one batch and gives one.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::common::{DFSchema, Result, internal_err};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, Filter, LogicalPlan, Projection, TableScan};
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};

use super::super::super::made::MadeTable;
use super::super::super::names::STATEMENT_SCHEMA;
use super::super::super::state;
use super::aggregate::Aggregate;
use super::join::Join;
use super::lookup::Lookup;
use super::order::{Limit, Order};
use super::values::Values;
use super::{Now, ROWS_MAX, no_columns};

/// One step and those below it.
#[derive(Debug)]
pub(super) enum Step {
    /// Rows of a table, by a key.
    Lookup(Lookup),
    /// One row without columns: that of a query without FROM.
    One,
    /// Rows of values that depend on no row.
    Values(Values),
    /// Columns of the rows that are given, by their places.
    Given {
        projection: Vec<usize>,
        schema: SchemaRef,
    },
    /// Rows for which a condition is true.
    Filter {
        input: Box<Step>,
        condition: Arc<dyn PhysicalExpr>,
    },
    /// Values computed from each row.
    Project {
        input: Box<Step>,
        values: Vec<Arc<dyn PhysicalExpr>>,
        schema: SchemaRef,
    },
    Order(Box<Order>),
    Limit(Box<Limit>),
    Aggregate(Box<Aggregate>),
    Join(Box<Join>),
}

/// How the rows of the tables below a step are found.
#[derive(Clone, Copy)]
pub(super) enum By<'p> {
    /// By values that the query states.
    Stated,
    /// By the keys that the join above tells, which are those of the columns at these places in the only table below.
    Told(&'p [usize]),
}

/// How the steps of a plan are made.
#[derive(Clone, Copy)]
pub(super) struct Way<'p> {
    pub by: By<'p>,
    /// Where expressions find the values of subqueries.
    pub context: &'p PhysicalPlanningContext,
}

/// Whether it is the table that is made for the statement, whose rows are given when it runs.
pub(super) fn is_given(scan: &TableScan) -> bool {
    let is_given = |made: &MadeTable| made.name().schema == STATEMENT_SCHEMA;
    source_as_provider(&scan.source).is_ok_and(|provider| provider.downcast_ref::<MadeTable>().is_some_and(is_given))
}

impl Step {
    /// The steps of a plan; `None` if it has others.
    pub fn found(plan: &LogicalPlan, way: Way) -> Result<Option<Step>> {
        match plan {
            LogicalPlan::SubqueryAlias(alias) => Step::found(&alias.input, way),
            LogicalPlan::TableScan(scan) => Step::scan(scan, &[], way),
            LogicalPlan::EmptyRelation(empty) => {
                let is_one = empty.produce_one_row && empty.schema.fields().is_empty();
                Ok(is_one.then_some(Step::One))
            }
            LogicalPlan::Values(values) => Ok(Values::of(values, way.context)?.map(Step::Values)),
            LogicalPlan::Filter(filter) => Step::filter(filter, way),
            LogicalPlan::Projection(projection) => {
                let input = Step::found(&projection.input, way)?;
                input.map(|input| Step::project(input, projection, way.context)).transpose()
            }
            LogicalPlan::Sort(sort) => {
                let input = Step::found(&sort.input, way)?;
                let order = input.map(|input| Order::of(input, sort, way.context)).transpose()?.flatten();
                Ok(order.map(|order| Step::Order(Box::new(order))))
            }
            LogicalPlan::Limit(limit) => {
                let input = Step::found(&limit.input, way)?;
                let limit = input.map(|input| Limit::of(input, limit, way.context)).transpose()?;
                Ok(limit.map(|limit| Step::Limit(Box::new(limit))))
            }
            LogicalPlan::Aggregate(aggregate) => {
                let input = Step::found(&aggregate.input, way)?;
                let made = input.map(|input| Aggregate::of(input, aggregate, way.context)).transpose()?.flatten();
                Ok(made.map(|made| Step::Aggregate(Box::new(made))))
            }
            LogicalPlan::Join(join) => match way.by {
                By::Stated => Ok(Join::of(join, way)?.map(|join| Step::Join(Box::new(join)))),
                By::Told(_) => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// A scan below conditions that must all hold.
    fn scan(scan: &TableScan, conditions: &[&Expr], way: Way) -> Result<Option<Step>> {
        if is_given(scan) {
            let schema = Arc::new(scan.projected_schema.as_arrow().clone());
            let all = || (0..schema.fields().len()).collect();
            let projection = scan.projection.clone().unwrap_or_else(all);
            // Nothing was asked of its rows but what stands above it.
            let is_whole = scan.filters.is_empty() && scan.fetch.is_none();
            return Ok(is_whole.then_some(Step::Given { projection, schema }));
        }
        Ok(Lookup::of(scan, conditions, way)?.map(Step::Lookup))
    }

    fn filter(filter: &Filter, way: Way) -> Result<Option<Step>> {
        let input = match scan_of(&filter.input) {
            Some(scan) => Step::scan(scan, &split_conjunction(&filter.predicate), way)?,
            None => Step::found(&filter.input, way)?,
        };
        let Some(input) = input else { return Ok(None) };
        let condition = physical(&filter.predicate, filter.input.schema(), way.context)?;
        let is_condition = condition.data_type(&input.schema())? == DataType::Boolean;
        Ok(is_condition.then(|| Step::Filter { input: Box::new(input), condition }))
    }

    fn project(input: Step, projection: &Projection, context: &PhysicalPlanningContext) -> Result<Step> {
        let below = projection.input.schema();
        let values = projection.expr.iter().map(|expr| physical(expr, below, context)).collect::<Result<Vec<_>>>()?;
        let schema = input.schema();
        let fields = values.iter().zip(projection.schema.fields()).map(|(value, named)| {
            let field = value.return_field(&schema)?;
            Ok(field.as_ref().clone().with_name(named.name()).with_nullable(true))
        });
        let schema = Arc::new(Schema::new(fields.collect::<Result<Vec<_>>>()?));
        Ok(Step::Project { input: Box::new(input), values, schema })
    }

    /// The columns of what it gives.
    pub fn schema(&self) -> SchemaRef {
        match self {
            Step::Lookup(lookup) => lookup.schema().clone(),
            Step::One => Arc::new(Schema::empty()),
            Step::Values(values) => values.schema().clone(),
            Step::Given { schema, .. } | Step::Project { schema, .. } => schema.clone(),
            Step::Filter { input, .. } => input.schema(),
            Step::Order(order) => order.input.schema(),
            Step::Limit(limit) => limit.input.schema(),
            Step::Aggregate(aggregate) => aggregate.schema().clone(),
            Step::Join(join) => join.schema().clone(),
        }
    }

    /// The rows of now; `None` if there are too many to be evaluated in place.
    pub fn rows(&self, now: Now) -> Result<Option<RecordBatch>> {
        match self {
            Step::Lookup(lookup) => lookup.rows(now),
            Step::One => no_columns().map(Some),
            Step::Values(values) => values.computed().map(Some),
            Step::Given { projection, schema } => given(now, projection, schema),
            Step::Filter { input, condition } => {
                let Some(rows) = input.rows(now)? else { return Ok(None) };
                filtered(rows, condition).map(Some)
            }
            Step::Project { input, values, schema } => {
                let Some(rows) = input.rows(now)? else { return Ok(None) };
                projected(&rows, values, schema).map(Some)
            }
            Step::Order(order) => order.rows(now),
            Step::Limit(limit) => limit.rows(now),
            Step::Aggregate(aggregate) => aggregate.rows(now),
            Step::Join(join) => join.rows(now),
        }
    }
}

/// The scan that a plan is, under whatever name.
fn scan_of(plan: &LogicalPlan) -> Option<&TableScan> {
    match plan {
        LogicalPlan::TableScan(scan) => Some(scan),
        LogicalPlan::SubqueryAlias(alias) => scan_of(&alias.input),
        _ => None,
    }
}

/// The expression as an operator would evaluate it over columns.
pub(super) fn physical(
    expr: &Expr,
    columns: &DFSchema,
    context: &PhysicalPlanningContext,
) -> Result<Arc<dyn PhysicalExpr>> {
    create_physical_expr(expr, columns, state::lasting().execution_props(), context)
}

fn given(now: Now, projection: &[usize], schema: &SchemaRef) -> Result<Option<RecordBatch>> {
    let Some(rows) = now.given else { return internal_err!("a query over given rows was believed to be given some") };
    if rows.num_rows() > ROWS_MAX {
        return Ok(None);
    }
    let columns = projection.iter().map(|place| rows.column(*place).clone()).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    Ok(Some(RecordBatch::try_new_with_options(schema.clone(), columns, &options)?))
}

/// The rows for which a condition is true. Without rows, nothing is evaluated.
pub(super) fn filtered(rows: RecordBatch, condition: &Arc<dyn PhysicalExpr>) -> Result<RecordBatch> {
    if rows.num_rows() == 0 {
        return Ok(rows);
    }
    let holds = condition.evaluate(&rows)?.into_array(rows.num_rows())?;
    Ok(filter_record_batch(&rows, holds.as_boolean())?)
}

fn projected(rows: &RecordBatch, values: &[Arc<dyn PhysicalExpr>], schema: &SchemaRef) -> Result<RecordBatch> {
    if rows.num_rows() == 0 {
        return Ok(RecordBatch::new_empty(schema.clone()));
    }
    let evaluated = values.iter().map(|value| value.evaluate(rows)?.into_array(rows.num_rows()));
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    Ok(RecordBatch::try_new_with_options(schema.clone(), evaluated.collect::<Result<_>>()?, &options)?)
}
