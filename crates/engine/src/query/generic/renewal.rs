//! The operators of a kept plan, made anew for an execution: their state is reset, their scans read the rows of now.

use std::sync::Arc;

use bowline_core::catalog::RelationName;
use bowline_core::rows::Snapshot;
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::filter_pushdown::FilterPushdown;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};

use super::super::made::{MadeScan, MadeTable};
use super::super::scan::SnapshotScan;
use super::super::state;
use super::super::system::pg_catalog::Objects;
use super::paging::Page;

const HASH_JOIN: &str = "HashJoinExec";
const SCALAR_SUBQUERIES: &str = "ScalarSubqueryExec";

/// The operators that are as new once their children are replaced and their state is reset. What else there is shares
/// something between executions, or is not known to share nothing.
const RENEWED: [&str; 27] = [
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
    "LazyMemoryExec",
    "LocalLimitExec",
    "MadeScan",
    "NestedLoopJoinExec",
    "PlaceholderRowExec",
    "ProjectionExec",
    "RecursiveQueryExec",
    "RepartitionExec",
    SCALAR_SUBQUERIES,
    "SnapshotScan",
    "SortExec",
    "SortExec(TopK)",
    "SortPreservingMergeExec",
    "UnionExec",
    "UnnestExec",
    "WindowAggExec",
    "WorkTableExec",
];

/// What a kept plan is run over.
#[derive(Clone, Copy)]
pub(in crate::query) struct Rows<'r> {
    pub snapshot: &'r Snapshot,
    /// Relations whose rows are made for the statement.
    pub made: &'r dyn Fn(&RelationName) -> Option<Arc<MadeTable>>,
    /// What functions of the catalog see.
    pub objects: &'r dyn Fn() -> Arc<Objects>,
}

/// Whether every operator of a plan can be made anew.
pub(super) fn is_renewable(root: &Arc<dyn ExecutionPlan>) -> bool {
    !root.exists(|node| Ok(!RENEWED.contains(&node.name()))).unwrap_or(true)
}

/// Whether an execution that is broken off may still put something where the next one would find it: the values of subqueries.
pub(super) fn shares(root: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    root.exists(|node| Ok(node.name() == SCALAR_SUBQUERIES))
}

/// The plan without the rows of its scans, to be kept.
pub(super) fn without_rows(root: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let emptied = |node: &Arc<dyn ExecutionPlan>| -> Option<Arc<dyn ExecutionPlan>> {
        if let Some(scan) = node.downcast_ref::<SnapshotScan>() {
            return Some(Arc::new(scan.without_rows()));
        }
        Some(Arc::new(node.downcast_ref::<MadeScan>()?.without_rows()))
    };
    Ok(root.transform_up(|node| Ok(emptied(&node).map_or(Transformed::no(node), Transformed::yes)))?.data)
}

/// The operators anew, their scans over these rows; `None` if for them the plan would have been another.
pub(super) fn renewed(
    node: &Arc<dyn ExecutionPlan>,
    rows: Rows,
    page: Option<Page>,
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(scan) = node.downcast_ref::<SnapshotScan>() {
        let limit = Page::limit(page, scan.limit());
        let scan = scan.over(rows.snapshot.rows(scan.table().id).clone(), limit)?;
        return Ok(scan.map(|scan| Arc::new(scan) as Arc<dyn ExecutionPlan>));
    }
    if let Some(scan) = node.downcast_ref::<MadeScan>() {
        let scan = scan.over(rows.made)?;
        return Ok(scan.map(|scan| Arc::new(scan) as Arc<dyn ExecutionPlan>));
    }
    let children = node.children().into_iter().map(|child| renewed(child, rows, page));
    let Some(children) = children.collect::<Result<Option<Vec<_>>>>()? else { return Ok(None) };
    // A scan over other rows has the properties it had, and so has all above it.
    let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Keep);
    let node = node.clone().replace_children(children, options)?.reset_state()?;
    Ok(Some(page.and_then(|page| page.operator(&node)).unwrap_or(node)))
}

/// The plan with its scans waiting for the keys of the joins above them.
pub(super) fn joined(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    match plan.exists(|node| Ok(node.name() == HASH_JOIN))? {
        true => FilterPushdown::new_post_optimization().optimize(plan, state::state().config_options()),
        false => Ok(plan),
    }
}

/// How many rows the scans of a plan hand out for a page, but for those that wait for a join, and those that are only counted.
pub(super) fn rows_read(plan: &Arc<dyn ExecutionPlan>, page: Option<Page>) -> usize {
    let below: usize = plan.children().into_iter().map(|child| rows_read(child, page)).sum();
    let read = |scan: &SnapshotScan| match scan.waits() || scan.only_counts() {
        true => 0,
        false => Page::limit(page, scan.limit()).map_or(scan.row_count(), |limit| limit.min(scan.row_count())),
    };
    below + plan.downcast_ref::<SnapshotScan>().map_or(0, read)
}
