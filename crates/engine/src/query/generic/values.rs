//! VALUES in a plan that is kept: computed when the plan runs, not while it is planned, for they may be parameters or move sequences.

use std::sync::Arc;

use bowline_core::catalog::RelationName;
use datafusion::arrow::array::RecordBatch;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Result, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, LogicalPlan, TableScan, Values as ValuesPlan};

use super::super::made::{Asked, MadeTable, Source};
use super::super::tree;
use super::in_place::Values;

/// The plan with its VALUES as relations whose rows are made when it runs; `None` if there are some that cannot be.
pub(super) fn late(plan: LogicalPlan) -> Result<Option<LogicalPlan>> {
    let mut all = true;
    let plan = tree::change_operators(plan, |node| {
        let LogicalPlan::Values(values) = &node else { return Ok(Transformed::no(node)) };
        Ok(match scan(values)? {
            Some(scan) => Transformed::yes(LogicalPlan::TableScan(scan)),
            None => {
                all = false;
                Transformed::no(node)
            }
        })
    })?;
    Ok(all.then_some(plan))
}

fn scan(values: &ValuesPlan) -> Result<Option<TableScan>> {
    let asks = |value: &Expr| tree::any_part(value, |part| matches!(part, Expr::ScalarSubquery(_)));
    if values.values.iter().flatten().any(asks) {
        return Ok(None);
    }
    let Some(made) = Values::of(values, &PhysicalPlanningContext::default())? else { return Ok(None) };
    let name = RelationName::new("__values", "values");
    let table = MadeTable::new(name, values.schema.inner().clone(), Arc::new(made));
    Ok(Some(TableScan {
        table_name: TableReference::bare("values"),
        source: provider_as_source(Arc::new(table)),
        projection: None,
        projected_schema: values.schema.clone(),
        filters: Vec::new(),
        fetch: None,
        statistics_requests: Default::default(),
    }))
}

impl Source for Values {
    fn rows(&self, asked: &Asked) -> Result<Vec<RecordBatch>> {
        Ok(vec![self.computed()?.project(&asked.projection)?])
    }

    fn is_late(&self) -> Option<usize> {
        Some(self.row_count())
    }
}
