//! Planning, step by step: what DataFusion's analyzer, optimizer and physical planner do, so that it can be cancelled anywhere.
//!
//! ```text
//!   bounded ─▶ analyzed ─▶ optimized: passes of rules, each over every operator ─▶ physical plan ─▶ its rules
//!                 │                                  │                                  │              │
//!                 └──────────────────────────── go_on: is the statement cancelled? ────┴──────────────┘
//! ```
//!
//! Rules and their order are DataFusion's; each asks before its turn at an operator. Where subqueries lie in subqueries, the rules are
//! driven from here: DataFusion checks a plan before and after them, and looks at a subquery once more for every level around it, so
//! that it takes twice as long with each.

mod asking;
mod bounds;
mod joins;
mod subqueries;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion, TreeNodeRewriter};
use datafusion::common::{DFSchema, DFSchemaRef, Result, internal_err};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{InvariantLevel, LogicalPlan};
use datafusion::optimizer::{ApplyOrder, OptimizerRule};
use datafusion::physical_plan::ExecutionPlan;

pub(super) use asking::{Asked, AskedPhysical, go_on, within, within_async};
pub(super) use bounds::{OPERATORS_MAX, bounded, too_complex};
pub(super) use joins::NamedJoins;

use super::tree;

/// The plan with its types coerced, ready to be optimized. Errors: also what DataFusion cannot plan of subqueries.
pub(super) fn analyzed(state: &SessionState, mut plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.check_invariants(InvariantLevel::Always)?;
    for rule in &state.analyzer().rules {
        go_on()?;
        plan = rule.analyze(plan, state.config_options())?;
    }
    check(&plan)?;
    Ok(plan)
}

/// The plan analyzed, and as the rules of the optimizer leave it.
pub(super) fn optimized(state: &SessionState, plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut plan = analyzed(state, plan)?;
    if !subqueries::are_nested(&plan)? {
        return state.optimizer().optimize(plan, state, |_, _| {});
    }
    let schema = plan.schema().clone();
    let mut seen = HashSet::from([signature(&plan)?]);
    for _ in 0..state.config_options().optimizer.max_passes {
        plan = passed(state, plan)?;
        if !seen.insert(signature(&plan)?) {
            break;
        }
    }
    check_schema(&schema, &plan, "all rules")?;
    check(&plan)?;
    Ok(plan)
}

/// What runs a plan that is not optimized yet.
pub(super) async fn physical(state: &SessionState, plan: LogicalPlan) -> Result<Arc<dyn ExecutionPlan>> {
    let plan = optimized(state, plan)?;
    state.query_planner().create_physical_plan(&plan, state).await
}

/// The plan after each rule had its turn.
fn passed(state: &SessionState, mut plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut has_subqueries = subqueries::are_in(&plan)?;
    for rule in state.optimizers() {
        let schema = plan.schema().clone();
        let changed = match rule.apply_order() {
            // It goes through the plan by itself.
            None => rule.rewrite(plan, state)?,
            Some(order) => {
                let (rule, inputs) = (rule.as_ref(), Inputs::default());
                match has_subqueries {
                    true => plan.rewrite_with_subqueries(&mut Walk { rule, order, state, inputs: None })?,
                    false => plan.rewrite(&mut Walk { rule, order, state, inputs: Some(inputs) })?,
                }
            }
        };
        plan = changed.data;
        check_schema(&schema, &plan, rule.name())?;
        if changed.transformed {
            has_subqueries = subqueries::are_in(&plan)?;
        }
    }
    Ok(plan)
}

/// A rule on its way through a plan.
struct Walk<'w> {
    rule: &'w (dyn OptimizerRule + Send + Sync),
    order: ApplyOrder,
    state: &'w SessionState,
    /// For operators to learn what became of the columns they read; as DataFusion has it, not among subqueries.
    inputs: Option<Inputs>,
}

/// The columns that operators which were entered and not left yet read when they were.
#[derive(Default)]
struct Inputs {
    schemas: Vec<DFSchemaRef>,
    /// For each of these operators, where its own begin.
    started: Vec<usize>,
}

impl TreeNodeRewriter for Walk<'_> {
    type Node = LogicalPlan;

    fn f_down(&mut self, node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        let mut done = match self.order {
            ApplyOrder::TopDown => self.rule.rewrite(node, self.state)?,
            ApplyOrder::BottomUp => Transformed::no(node),
        };
        if let Some(inputs) = &mut self.inputs {
            inputs.enter(&done.data)?;
            // A rule that has seen enough has seen enough of what is below.
            done.tnr = match done.tnr {
                TreeNodeRecursion::Stop => TreeNodeRecursion::Jump,
                _ => TreeNodeRecursion::Continue,
            };
        }
        Ok(done)
    }

    fn f_up(&mut self, node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        let differs = match &mut self.inputs {
            Some(inputs) => inputs.leave(&node)?,
            None => false,
        };
        let node = if differs { node.recompute_schema()? } else { node };
        let mut done = match self.order {
            ApplyOrder::TopDown => Transformed::no(node),
            ApplyOrder::BottomUp => self.rule.rewrite(node, self.state)?,
        };
        done.transformed |= differs;
        Ok(done)
    }
}

impl Inputs {
    fn enter(&mut self, node: &LogicalPlan) -> Result<()> {
        self.started.push(self.schemas.len());
        node.apply_children(|input| {
            self.schemas.push(input.schema().clone());
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(())
    }

    /// Whether the operator reads other columns than when it was entered.
    fn leave(&mut self, node: &LogicalPlan) -> Result<bool> {
        let started = self.started.pop().expect("what is left was entered");
        let (mut place, mut differs) = (started, false);
        node.apply_children(|input| {
            let before = self.schemas.get(place);
            differs |= !before.is_some_and(|before| Arc::ptr_eq(before, input.schema()) || before == input.schema());
            place += 1;
            Ok(TreeNodeRecursion::Continue)
        })?;
        self.schemas.truncate(started);
        Ok(differs)
    }
}

/// What tells one plan from another, in all likelihood.
fn signature(plan: &LogicalPlan) -> Result<(usize, u64)> {
    let mut count = 0;
    tree::each_operator(plan, |_| {
        count += 1;
        Ok(TreeNodeRecursion::Continue)
    })?;
    let mut hasher = DefaultHasher::new();
    plan.hash(&mut hasher);
    Ok((count, hasher.finish()))
}

/// Errors: what DataFusion cannot run, as of a plan that is analyzed.
fn check(plan: &LogicalPlan) -> Result<()> {
    plan.check_invariants(InvariantLevel::Always)?;
    subqueries::check(plan)
}

fn check_schema(before: &DFSchema, plan: &LogicalPlan, rule: &str) -> Result<()> {
    match plan.schema().logically_equivalent_names_and_types(before) {
        true => Ok(()),
        false => internal_err!("{rule} made of the columns {before:?} the columns {:?}", plan.schema()),
    }
}
