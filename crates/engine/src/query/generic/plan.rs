//! One generic plan: how it is made, and what is kept of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::cte_worktable::CteWorkTable;
use datafusion::common::{Result, ScalarValue};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{LogicalPlan, TableScan};
use datafusion::physical_plan::ExecutionPlan;

use super::super::made::MadeTable;
use super::super::output_names::OutputNames;
use super::super::scan::ROWS_FREE;
use super::super::series::FixedSeries;
use super::super::system::pg_catalog::Kept;
use super::super::table_source::SnapshotTable;
use super::super::view::Fields;
use super::super::{output_names, state, told};
use super::lease::Lease;
use super::paging::{Page, Paging};
use super::renewal::{is_renewable, joined, rows_read, shares, without_rows};
use super::template::{Binding, Bounds, Template};
use super::values;

/// A query planned without its values, and what its columns are called.
pub(in crate::query) struct Planned {
    pub plan: LogicalPlan,
    pub names: OutputNames,
    pub fields: Fields,
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
    /// How the relations were described that it reads.
    fields: Fields,
    binding: Binding,
    paging: Option<Paging>,
    functions: Kept,
    /// Whether an execution that is broken off may leave something to the next.
    shares: bool,
    /// Whether one did, so that there is no next one.
    is_spent: AtomicBool,
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
        let marked = GenericPlan::attempt(planned, values, Bounds::Marked).await.ok().flatten();
        let is_whole = |plan: &GenericPlan| plan.paging.is_none() || Page::is_marked(&plan.root).unwrap_or(false);
        let made = match marked {
            Some(plan) if is_whole(&plan) => plan,
            _ => GenericPlan::attempt(planned, values, Bounds::Fixed).await.ok().flatten()?,
        };
        let page = made.paging.as_ref().map(|paging| paging.page(values));
        let costs_less = match page {
            // For such values there is no page.
            Some(None) => true,
            page => rows_read(&joined(made.root.clone()).ok()?, page.flatten()) <= rows_read(custom, None) + ROWS_FREE,
        };
        let is_as_good = costs_less && made.columns == *columns && is_renewable(&made.root);
        is_as_good.then_some(())?;
        Some(GenericPlan { root: without_rows(made.root.clone()).ok()?, ..made })
    }

    async fn attempt(planned: &Planned, values: &[ScalarValue], bounds: Bounds) -> Result<Option<GenericPlan>> {
        let Some(template) = Template::of(planned, values, bounds, &is_lasting)? else { return Ok(None) };
        let Template { plan, binding, paging, kept: functions } = template;
        let Some(plan) = values::late(plan)? else { return Ok(None) };
        let state = state::lasting();
        let root = state.query_planner().create_physical_plan(&plan, state).await?;
        let columns = planned.columns(&root.schema());
        let (fields, shares, is_spent) = (planned.fields, shares(&root)?, AtomicBool::new(false));
        Ok(Some(GenericPlan { root, columns, fields, binding, paging, functions, shares, is_spent }))
    }

    /// An execution with these values; `None` while there is one, or if it is not a plan for them.
    pub fn leased(self: &Arc<Self>, values: &[ScalarValue]) -> Option<Lease> {
        let page = match &self.paging {
            None => None,
            Some(paging) => Some(paging.page(values)?),
        };
        Some(Lease { _turn: self.binding.turn(values)?, plan: self.clone(), page, has_ended: false })
    }

    /// Whether LIMIT and OFFSET say a page that it can be for.
    pub fn has_page(&self, values: &[ScalarValue]) -> bool {
        self.paging.as_ref().is_none_or(|paging| paging.page(values).is_some())
    }

    /// The operators, without rows.
    pub(super) fn root(&self) -> &Arc<dyn ExecutionPlan> {
        &self.root
    }

    /// The columns of what it returns.
    pub(super) fn columns(&self) -> &SchemaRef {
        &self.columns
    }

    /// How the relations were described that it reads.
    pub(super) fn fields(&self) -> Fields {
        self.fields
    }

    /// The functions of the catalog that it calls.
    pub(super) fn functions(&self) -> &Kept {
        &self.functions
    }

    /// An execution ended before it had rows.
    pub(super) fn break_off(&self) {
        if self.shares {
            self.is_spent.store(true, Ordering::Relaxed);
        }
    }

    /// Whether it can be leased no more.
    pub fn is_spent(&self) -> bool {
        self.is_spent.load(Ordering::Relaxed)
    }
}

/// Whether it reads a table of the catalog.
pub(super) fn is_table(scan: &TableScan) -> bool {
    source_as_provider(&scan.source).is_ok_and(|provider| provider.downcast_ref::<SnapshotTable>().is_some())
}

/// Whether it reads what is made anew, or is the same, whenever the plan runs.
fn is_lasting(scan: &TableScan) -> bool {
    let Ok(provider) = source_as_provider(&scan.source) else { return false };
    is_table(scan)
        || provider.downcast_ref::<MadeTable>().is_some()
        || provider.downcast_ref::<CteWorkTable>().is_some()
        || provider.downcast_ref::<FixedSeries>().is_some()
}
