//! LIMIT and OFFSET of a kept plan, whose rows may be of another page each time.
//!
//! DataFusion plans them as numbers, and hands the number of rows that are wanted down to whatever can stop early: sorts, scans,
//! aggregates. So a plan is made for marks, numbers that stand nowhere else, and where they stand in it the numbers of the execution
//! are put.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::{Cast, Placeholder};
use datafusion::logical_expr::{Expr, Limit, LogicalPlan};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, LimitOptions};
use datafusion::physical_plan::limit::{GlobalLimitExec, LocalLimitExec};

use super::super::parameters::place;
use super::super::scan::SnapshotScan;
use super::super::{names, state, tree};
use super::template::has_parameters;

/// What stands for the rows to skip and for the rows to fetch.
const MARKS: Page = Page { skip: 1_000_000_007, fetch: 10_000_000_019 };

/// Which rows of all are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    skip: usize,
    fetch: usize,
}

/// What LIMIT and OFFSET say, if parameters stand in them.
#[derive(Debug)]
pub(super) struct Paging {
    skip: Option<Expr>,
    fetch: Option<Expr>,
}

impl Paging {
    /// A plan for marks in place of what parameters say, and what they say; `None` if there is nothing to mark, or too much to tell
    /// the marks apart.
    pub fn marked(plan: &LogicalPlan) -> Result<Option<(LogicalPlan, Paging)>> {
        let mut found = Vec::new();
        tree::each_operator(plan, |node| {
            if let LogicalPlan::Limit(limit) = node
                && [&limit.skip, &limit.fetch].into_iter().flatten().any(|bound| has_parameters(bound))
            {
                found.push((limit.skip.clone(), limit.fetch.clone()));
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        let [(skip, fetch)] = found.as_slice() else { return Ok(None) };
        let paging = Paging { skip: skip.as_deref().cloned(), fetch: fetch.as_deref().cloned() };
        let mark = |bound: &Option<Box<Expr>>, mark: usize| {
            bound.as_ref().map(|_| Box::new(Expr::Literal(ScalarValue::Int64(Some(mark as i64)), None)))
        };
        let marked = tree::change_operators(plan.clone(), |node| {
            Ok(match node {
                LogicalPlan::Limit(limit) if limit.skip == *skip && limit.fetch == *fetch => {
                    let (skip, fetch) = (mark(skip, MARKS.skip), mark(fetch, MARKS.fetch));
                    Transformed::yes(LogicalPlan::Limit(Limit { skip, fetch, input: limit.input }))
                }
                other => Transformed::no(other),
            })
        })?;
        Ok(Some((marked, paging)))
    }

    /// The page that values say; `None` for what is planned otherwise: no rows, all of them, and what is refused.
    pub fn page(&self, values: &[ScalarValue]) -> Option<Page> {
        let said = |bound: &Option<Expr>, absent: usize| match bound {
            None => Some(absent),
            Some(bound) => match value_of(bound, values)?.cast_to(&DataType::Int64).ok()? {
                ScalarValue::Int64(Some(count)) => usize::try_from(count).ok(),
                _ => None,
            },
        };
        let (skip, fetch) = (said(&self.skip, 0)?, said(&self.fetch, MARKS.fetch)?);
        (fetch > 0 && fetch <= MARKS.fetch && skip < MARKS.skip).then_some(Page { skip, fetch })
    }
}

impl Page {
    /// The number where a mark stands; `None` where none does.
    fn count(self, marked: usize) -> Option<usize> {
        match marked {
            marked if marked == MARKS.skip => Some(self.skip),
            marked if marked == MARKS.fetch => Some(self.fetch),
            marked if marked == MARKS.skip + MARKS.fetch => Some(self.skip + self.fetch),
            _ => None,
        }
    }

    /// An operator of a plan for marks, as one for this page; `None` if no mark stands in it. Scans are asked for their limits when
    /// they are bound to rows.
    pub fn operator(self, node: &Arc<dyn ExecutionPlan>) -> Option<Arc<dyn ExecutionPlan>> {
        if let Some(limit) = node.downcast_ref::<GlobalLimitExec>() {
            let (skip, fetch) = (self.count(limit.skip()), limit.fetch().and_then(|fetch| self.count(fetch)));
            skip.or(fetch)?;
            let (skip, fetch) = (skip.unwrap_or(limit.skip()), fetch.or(limit.fetch()));
            return Some(Arc::new(GlobalLimitExec::new(limit.input().clone(), skip, fetch)));
        }
        if let Some(limit) = node.downcast_ref::<LocalLimitExec>() {
            let fetch = self.count(limit.fetch())?;
            return Some(Arc::new(LocalLimitExec::new(limit.input().clone(), fetch)));
        }
        if let Some(aggregate) = node.downcast_ref::<AggregateExec>() {
            let LimitOptions { limit, descending } = aggregate.limit_options()?;
            let limited = LimitOptions { limit: self.count(limit)?, descending };
            return Some(Arc::new(aggregate.with_new_limit_options(Some(limited))));
        }
        node.with_fetch(Some(self.count(node.fetch()?)?))
    }

    /// Whether a plan for marks has any left: limits above each other may have become one.
    pub fn is_marked(root: &Arc<dyn ExecutionPlan>) -> Result<bool> {
        let one = Page { skip: 1, fetch: 1 };
        let limited = |scan: &SnapshotScan| scan.limit().is_some_and(|limit| one.count(limit).is_some());
        root.exists(|node| Ok(one.operator(node).is_some() || node.downcast_ref::<SnapshotScan>().is_some_and(limited)))
    }

    /// The limit of a scan that was planned for marks.
    pub fn limit(page: Option<Page>, planned: Option<usize>) -> Option<usize> {
        let planned = planned?;
        Some(page.and_then(|page| page.count(planned)).unwrap_or(planned))
    }
}

/// What a bound says; `None` where that is an error.
fn value_of(bound: &Expr, values: &[ScalarValue]) -> Option<ScalarValue> {
    match bound {
        Expr::Literal(value, _) => Some(value.clone()),
        Expr::Placeholder(Placeholder { id, .. }) => values.get(place(id)?).cloned(),
        Expr::Cast(Cast { expr, field }) => value_of(expr, values)?.cast_to(field.data_type()).ok(),
        other => names::value_of(other.clone(), values, state::state()).ok(),
    }
}
