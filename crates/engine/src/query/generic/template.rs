//! The logical plan of a statement for values of any time: optimized without them, calls in the place of its parameters.
//!
//! A query has none where planning itself has to know a value, or where a function that it calls tells of now.

use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::{Placeholder, ScalarFunction};
use datafusion::logical_expr::{Expr, LogicalPlan, TableScan, Volatility};

use super::super::functions::{tells_of_session, tells_time};
use super::super::parameters::place;
use super::super::system::pg_catalog::{Kept, tells_of_catalog};
use super::super::{planning, state, tree};
use super::clock;
use super::paging::Paging;
use super::parameter::{Turn, Values, replaced, with_calls, with_literals};
use super::plan::Planned;

/// A plan to be kept.
pub(super) struct Template {
    pub plan: LogicalPlan,
    pub binding: Binding,
    /// What its marks stand for, if it has any.
    pub paging: Option<Paging>,
    /// The functions of the catalog in it.
    pub kept: Kept,
}

/// What a plan has where parameters stand in LIMIT and OFFSET.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bounds {
    /// Their calls, as elsewhere.
    Open,
    /// Marks.
    Marked,
    /// The values it is planned with; it is a plan for no others.
    Fixed,
}

/// What the executions of a kept plan differ in, and what they may not differ in.
#[derive(Debug)]
pub(super) struct Binding {
    values: Arc<Values>,
    /// Parameters that planning has to know, by their places, and the values it was planned with.
    fixed: Vec<(usize, ScalarValue)>,
}

impl Template {
    /// Makes the plan; `None` if there can be none. `reads`: whether such a plan may read this relation; its rows are those of
    /// now whenever it runs.
    pub fn of(
        planned: &Planned,
        values: &[ScalarValue],
        bounds: Bounds,
        reads: &dyn Fn(&TableScan) -> bool,
    ) -> Result<Option<Template>> {
        if !is_lasting(&planned.plan, reads)? {
            return Ok(None);
        }
        let Some(places) = &planned.fixed else { return Ok(None) };
        let marked = if bounds == Bounds::Marked { Paging::marked(&planned.plan)? } else { None };
        let mut fixed = match (bounds, &marked) {
            (Bounds::Open, _) | (_, Some(_)) => Vec::new(),
            (_, None) => limits(&planned.plan, values)?,
        };
        fixed.extend(places.iter().filter_map(|place| Some((*place, values.get(*place)?.clone()))));
        let (plan, paging) = marked.map_or_else(|| (planned.plan.clone(), None), |(plan, paging)| (plan, Some(paging)));
        let kept = Kept::default();
        let (plan, clock) = clock::hidden(kept_functions(with_literals(plan, &fixed)?, &kept)?)?;
        let plan = clock::shown(planning::optimized(state::lasting(), plan)?, clock)?;
        let values = Values::planned_with(values);
        let plan = with_calls(plan, &values)?;
        Ok(Some(Template { plan, binding: Binding { values, fixed }, paging, kept }))
    }
}

impl Binding {
    /// An execution with these values; `None` while there is one, or if it is not a plan for them.
    pub fn turn(&self, values: &[ScalarValue]) -> Option<Turn> {
        let fits = self.fixed.iter().all(|(place, value)| values.get(*place) == Some(value));
        if fits { self.values.turn(values) } else { None }
    }
}

/// Whether a plan means the same at any time: it reads nothing but these relations, and no function tells of now.
fn is_lasting(plan: &LogicalPlan, reads: &dyn Fn(&TableScan) -> bool) -> Result<bool> {
    let mut lasting = true;
    tree::each_operator(plan, |node| {
        lasting = lasting
            && match node {
                LogicalPlan::TableScan(scan) => reads(scan),
                _ => true,
            };
        tree::each_part_of(node, |part| {
            lasting = lasting && !tells_of_now(part);
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(if lasting { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    })?;
    Ok(lasting)
}

/// Whether it may be computed while planning, though it tells something else later. What follows from the catalog and the settings
/// does not: a plan is kept as long as they are.
fn tells_of_now(expr: &Expr) -> bool {
    let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else { return false };
    let is_hidden = tells_time(func) && args.is_empty();
    let lasts = is_hidden || tells_of_session(func) || tells_of_catalog(func);
    func.signature().volatility == Volatility::Stable && !lasts
}

/// The plan with functions of the catalog that hold no rows.
fn kept_functions(plan: LogicalPlan, kept: &Kept) -> Result<LogicalPlan> {
    replaced(plan, &|part| {
        let Expr::ScalarFunction(ScalarFunction { func, args }) = part else { return Ok(None) };
        let call = |func| Expr::ScalarFunction(ScalarFunction::new_udf(func, args.clone()));
        Ok(kept.function(func).map(call))
    })
}

/// The values of parameters in LIMIT and OFFSET, by their places: a plan depends on how many rows are wanted.
fn limits(plan: &LogicalPlan, values: &[ScalarValue]) -> Result<Vec<(usize, ScalarValue)>> {
    let mut fixed: Vec<(usize, ScalarValue)> = Vec::new();
    tree::each_operator(plan, |node| {
        if let LogicalPlan::Limit(limit) = node {
            for bound in [&limit.skip, &limit.fetch].into_iter().flatten() {
                tree::each_part(bound, |part| {
                    let place = parameter_place(part).filter(|place| fixed.iter().all(|(known, _)| known != place));
                    fixed.extend(place.and_then(|place| Some((place, values.get(place)?.clone()))));
                    Ok(TreeNodeRecursion::Continue)
                })?;
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(fixed)
}

/// Whether parameters stand in an expression.
pub(super) fn has_parameters(expr: &Expr) -> bool {
    tree::any_part(expr, |part| parameter_place(part).is_some())
}

fn parameter_place(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Placeholder(Placeholder { id, .. }) => place(id),
        _ => None,
    }
}
