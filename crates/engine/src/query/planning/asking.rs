//! Planning asks whether its statement is cancelled.
//!
//! It runs from its start to its end without waiting for anything, so that nobody can drop it: it has to ask. The rules that do the
//! work are shared by all sessions; what they ask is the statement that is planned on their thread.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use datafusion::physical_optimizer::{PhysicalOptimizerContext, PhysicalOptimizerRule};
use datafusion::physical_plan::ExecutionPlan;

use crate::cancel::CancelHandle;

thread_local! {
    /// What cancels the statement that this thread plans.
    static PLANNED: RefCell<Option<CancelHandle>> = const { RefCell::new(None) };
}

/// Plans for the statement that `cancel` ends.
pub(in crate::query) fn within<R>(cancel: &CancelHandle, plan: impl FnOnce() -> R) -> R {
    let _around = Around(PLANNED.replace(Some(cancel.clone())));
    plan()
}

/// As [`within`], of what may wait.
pub(in crate::query) async fn within_async<F: Future>(cancel: &CancelHandle, planning: F) -> F::Output {
    let mut planning = pin!(planning);
    poll_fn(|context| within(cancel, || planning.as_mut().poll(context))).await
}

/// Errors: the statement that this thread plans is cancelled.
pub(in crate::query) fn go_on() -> Result<()> {
    PLANNED.with_borrow(|cancel| match cancel {
        Some(cancel) if cancel.is_running() => {
            cancel.check().map_err(|error| DataFusionError::External(Box::new(error)))
        }
        _ => Ok(()),
    })
}

/// What was planned before on this thread, and is again afterwards.
struct Around(Option<CancelHandle>);

impl Drop for Around {
    fn drop(&mut self) {
        PLANNED.set(self.0.take());
    }
}

/// A rule that asks before its turn: at every operator, if the optimizer leads it through the plan.
#[derive(Debug)]
pub(in crate::query) struct Asked(pub Arc<dyn OptimizerRule + Send + Sync>);

impl OptimizerRule for Asked {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.0.apply_order()
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        go_on()?;
        self.0.rewrite(plan, config)
    }
}

/// As [`Asked`], of physical plans.
#[derive(Debug)]
pub(in crate::query) struct AskedPhysical(pub Arc<dyn PhysicalOptimizerRule + Send + Sync>);

impl PhysicalOptimizerRule for AskedPhysical {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        go_on()?;
        self.0.optimize(plan, config)
    }

    fn optimize_with_context(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        context: &dyn PhysicalOptimizerContext,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        go_on()?;
        self.0.optimize_with_context(plan, context)
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

#[cfg(test)]
mod tests {
    use super::{go_on, within};
    use crate::cancel::CancelHandle;

    #[test]
    fn a_thread_asks_for_the_statement_it_plans() {
        let (cancelled, other) = (CancelHandle::default(), CancelHandle::default());
        cancelled.start();
        cancelled.cancel();
        within(&cancelled, || {
            assert!(go_on().is_err());
            within(&other, || go_on().expect("nobody cancelled the inner one"));
            assert!(go_on().is_err(), "the outer one is planned again");
        });
        go_on().expect("nothing is planned any more");
        cancelled.finish();
        within(&cancelled, || go_on().expect("what was cancelled has ended"));
    }
}
