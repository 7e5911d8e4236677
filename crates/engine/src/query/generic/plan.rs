//! One generic plan: how it is made, and how it is bound to rows and values.

use std::sync::Arc;

use bowline_core::rows::Snapshot;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, ScalarValue};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{LogicalPlan, TableScan};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::filter_pushdown::FilterPushdown;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};

use super::super::output_names::OutputNames;
use super::super::scan::SnapshotScan;
use super::super::table_source::SnapshotTable;
use super::super::{output_names, state, told};
use super::parameter::Turn;
use super::template::{Binding, Template};

const HASH_JOIN: &str = "HashJoinExec";

/// The operators that are as new once their children are replaced and their state is reset. What else there is shares
/// something between executions, or is not known to share nothing.
const RENEWED: [&str; 22] = [
    "AggregateExec",
    "BoundedWindowAggExec",
    "CoalesceBatchesExec",
    "CoalescePartitionsExec",
    "CooperativeExec",
    "CrossJoinExec",
    "EmptyExec",
    "FilterExec",
    "GlobalLimitExec",
    HASH_JOIN,
    "LocalLimitExec",
    "NestedLoopJoinExec",
    "PlaceholderRowExec",
    "ProjectionExec",
    "RepartitionExec",
    "SnapshotScan",
    "SortExec",
    "SortExec(TopK)",
    "SortPreservingMergeExec",
    "UnionExec",
    "UnnestExec",
    "WindowAggExec",
];

/// A query planned without its values, and what its columns are called.
pub(in crate::query) struct Planned {
    pub plan: LogicalPlan,
    pub names: OutputNames,
    /// The places of parameters whose values the plan was made with all the same; `None` if it is a plan for one execution.
    pub fixed: Option<Vec<usize>>,
}

impl Planned {
    /// The columns of what a physical plan of it returns.
    pub fn columns(&self, physical: &Schema) -> SchemaRef {
        output_names::result_schema(&told::schema(&self.plan), physical, &self.names)
    }
}

/// A physical plan that is kept. It holds no rows and no values between executions, and serves one at a time.
#[derive(Debug)]
pub(in crate::query) struct GenericPlan {
    root: Arc<dyn ExecutionPlan>,
    columns: SchemaRef,
    binding: Binding,
}

/// One execution of a generic plan; the next may begin when it is dropped.
#[derive(Debug)]
pub(in crate::query) struct Lease {
    plan: Arc<GenericPlan>,
    _turn: Turn,
}

impl GenericPlan {
    /// Makes the plan; `None` if it can have none, or `custom`, which was made for these values, is better. `columns`: of the
    /// custom plan.
    pub async fn made(
        planned: &Planned,
        values: &[ScalarValue],
        custom: &Arc<dyn ExecutionPlan>,
        columns: &SchemaRef,
    ) -> Option<GenericPlan> {
        let made = GenericPlan::attempt(planned, values).await.ok().flatten()?;
        let is_as_good = rows_read(&joined(made.root.clone()).ok()?) <= rows_read(custom) && made.columns == *columns;
        let is_renewed = !made.root.exists(|node| Ok(!RENEWED.contains(&node.name()))).unwrap_or(true);
        (is_as_good && is_renewed).then_some(())?;
        let root = made.root.clone().transform_up(|node| {
            Ok(match node.downcast_ref::<SnapshotScan>() {
                Some(scan) => Transformed::yes(Arc::new(scan.without_rows()) as Arc<dyn ExecutionPlan>),
                None => Transformed::no(node),
            })
        });
        Some(GenericPlan { root: root.ok()?.data, ..made })
    }

    async fn attempt(planned: &Planned, values: &[ScalarValue]) -> Result<Option<GenericPlan>> {
        // VALUES are computed while they are planned, which would move the sequences in them.
        if planned.plan.exists(|node| Ok(matches!(node, LogicalPlan::Values(_))))? {
            return Ok(None);
        }
        let Some(Template { plan, binding }) = Template::of(planned, values, &is_table)? else { return Ok(None) };
        let state = state::lasting();
        let root = state.query_planner().create_physical_plan(&plan, state).await?;
        let columns = planned.columns(&root.schema());
        Ok(Some(GenericPlan { root, columns, binding }))
    }

    /// An execution with these values; `None` while there is one, or if it is not a plan for them.
    pub fn leased(self: &Arc<Self>, values: &[ScalarValue]) -> Option<Lease> {
        Some(Lease { _turn: self.binding.turn(values)?, plan: self.clone() })
    }
}

impl Lease {
    /// The columns of what it returns.
    pub fn columns(&self) -> &SchemaRef {
        &self.plan.columns
    }

    /// The plan over the rows of a snapshot; `None` if for these rows it would have been planned otherwise.
    pub fn bound(&self, snapshot: &Snapshot) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        renewed(&self.plan.root, snapshot)?.map(joined).transpose()
    }
}

/// Whether it reads a table of the catalog.
pub(super) fn is_table(scan: &TableScan) -> bool {
    source_as_provider(&scan.source).is_ok_and(|provider| provider.downcast_ref::<SnapshotTable>().is_some())
}

/// The operators anew, their scans over the rows of a snapshot.
fn renewed(node: &Arc<dyn ExecutionPlan>, snapshot: &Snapshot) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(scan) = node.downcast_ref::<SnapshotScan>() {
        let scan = scan.over(snapshot.rows(scan.table().id).clone())?;
        return Ok(scan.map(|scan| Arc::new(scan) as Arc<dyn ExecutionPlan>));
    }
    let children = node.children().into_iter().map(|child| renewed(child, snapshot));
    let Some(children) = children.collect::<Result<Option<Vec<_>>>>()? else { return Ok(None) };
    // A scan over other rows has the properties it had, and so has all above it.
    let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Keep);
    node.clone().replace_children(children, options)?.reset_state().map(Some)
}

/// The plan with its scans waiting for the keys of the joins above them.
fn joined(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    match plan.exists(|node| Ok(node.name() == HASH_JOIN))? {
        true => FilterPushdown::new_post_optimization().optimize(plan, state::state().config_options()),
        false => Ok(plan),
    }
}

/// How many rows the scans of a plan hand out, but for those that wait for a join.
fn rows_read(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let below: usize = plan.children().into_iter().map(rows_read).sum();
    let read = |scan: &SnapshotScan| if scan.waits() { 0 } else { scan.row_count() };
    below + plan.downcast_ref::<SnapshotScan>().map_or(0, read)
}
