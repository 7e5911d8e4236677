//! Joins that pair rows make room now and then, so that a cancelled query ends.
//!
//! A cross join that has its inputs in memory hands out batch after batch without ever waiting for anything, for minutes
//! if the inputs are large; whatever would stop it never gets its turn.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;

/// The operators whose output may be many times their input.
const WIDENING: [&str; 3] = ["CrossJoinExec", "NestedLoopJoinExec", "HashJoinExec"];

/// Puts a point of rest above every join.
#[derive(Debug)]
pub(super) struct RestfulJoins;

impl PhysicalOptimizerRule for RestfulJoins {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let rested = plan.transform_up(|node| match WIDENING.contains(&node.name()) {
            true => Ok(Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>)),
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
