//! Joins that pair rows make room now and then, so that a cancelled query ends.
//!
//! A cross join that has its inputs in memory hands out batch after batch without ever waiting for anything, for minutes
//! if the inputs are large; whatever would stop it never gets its turn.
//!
//! A task may do so much before it has to make room. DataFusion's operator that counts it takes its share before it asks its input,
//! and gives it back if nothing came: below more of them than a task has shares nothing would ever come. This one takes its share
//! once it has a batch to hand out, so that joins may lie as deep as they want.

use std::fmt::{self, Formatter};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, Statistics};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::SchedulingType;
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterDescription, FilterPushdownPhase, FilterPushdownPropagation,
};
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, ReplaceChildrenOptions,
};
use futures::{Stream, StreamExt};
use tokio::task::coop::poll_proceed;

/// The operators whose output may be many times their input.
const WIDENING: [&str; 3] = ["CrossJoinExec", "NestedLoopJoinExec", "HashJoinExec"];

/// Puts a point of rest above every join.
#[derive(Debug)]
pub(super) struct RestfulJoins;

impl PhysicalOptimizerRule for RestfulJoins {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let rested = plan.transform_up(|node| match WIDENING.contains(&node.name()) {
            true => Ok(Transformed::yes(Arc::new(Rest::below(node)) as Arc<dyn ExecutionPlan>)),
            false => Ok(Transformed::no(node)),
        });
        rested.map(|rested| rested.data)
    }

    fn name(&self) -> &str {
        "RestfulJoins"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Hands out what its input does, and makes room.
#[derive(Debug, Clone)]
struct Rest {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl Rest {
    fn below(input: Arc<dyn ExecutionPlan>) -> Rest {
        let properties = PlanProperties::clone(input.properties()).with_scheduling_type(SchedulingType::Cooperative);
        Rest { input, properties: Arc::new(properties) }
    }
}

impl DisplayAs for Rest {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl ExecutionPlan for Rest {
    /// As DataFusion's own.
    fn name(&self) -> &'static str {
        "CooperativeExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.swap_remove(0);
        Ok(Arc::new(match options.children_properties {
            ChildrenPropertiesMode::Keep => Rest { input, properties: self.properties.clone() },
            ChildrenPropertiesMode::Recompute => Rest::below(input),
        }))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        Ok(Box::pin(Resting { input: self.input.execute(partition, context)?, ready: None }))
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        Ok(inputs[0].clone())
    }

    fn gather_filters_for_pushdown(
        &self,
        _: FilterPushdownPhase,
        parent_filters: Vec<Arc<dyn PhysicalExpr>>,
        _: &ConfigOptions,
    ) -> Result<FilterDescription> {
        FilterDescription::from_children(parent_filters, &self.children())
    }

    fn handle_child_pushdown_result(
        &self,
        _: FilterPushdownPhase,
        pushed: ChildPushdownResult,
        _: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        Ok(FilterPushdownPropagation::if_all(pushed))
    }
}

/// The rows of [`Rest`].
struct Resting {
    input: SendableRecordBatchStream,
    /// What waits until there is a share to hand it out.
    ready: Option<Result<RecordBatch>>,
}

impl Stream for Resting {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ready.is_none() {
            match ready!(self.input.poll_next_unpin(context)) {
                Some(batch) => self.ready = Some(batch),
                None => return Poll::Ready(None),
            }
        }
        ready!(poll_proceed(context)).made_progress();
        Poll::Ready(self.ready.take())
    }
}

impl RecordBatchStream for Resting {
    fn schema(&self) -> SchemaRef {
        self.input.schema()
    }
}
