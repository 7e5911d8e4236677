//! Queries on few rows, evaluated in place: rows are looked up by keys, and the expressions of the plan are evaluated over them,
//! a batch a step, on this thread. There are no operators to set up, and nobody to wait for.
//!
//! ```text
//!   SELECT c.note || '!', p.name FROM child c JOIN parent p ON p.id = c.parent WHERE c.id = $1 AND c.n > 0
//!
//!   Project ─ Join ─ Filter ─ Lookup child by id = $1
//!               └──────────── Lookup parent by id, told by what the join found in child
//! ```
//!
//! The steps are those of the logical plan that the engine made and optimized, their expressions the physical ones that its
//! operators would evaluate: what a query means is decided there and not here. Most queries are none of these.
//! Invariant: no step hands out more rows than [`ROWS_MAX`]; a query that would is left to the engine.

mod query;
mod step;

mod aggregate;
mod join;
mod lookup;
mod order;
mod values;

use std::sync::Arc;

use bowline_core::rows::Snapshot;
use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};
use datafusion::sql::sqlparser::ast::Statement;

use super::super::engine::QueryEngine;
use super::super::view::{Fields, View};
use super::super::{errors, planning, tree};
use super::plan::{Planned, is_table};
use super::template::{Binding, Bounds, Template};
use crate::error::Error;
use crate::outcome::ResultSet;
use query::Query;
pub(super) use values::Values;

/// So many rows are few.
const ROWS_MAX: usize = 1_024;

/// A query that is evaluated in place. It holds no rows and no values between executions, and serves one at a time.
#[derive(Debug)]
pub(crate) struct InPlace {
    query: Query,
    columns: SchemaRef,
    binding: Binding,
    /// Of the values it was planned for.
    types: Vec<DataType>,
}

/// What one execution is about.
#[derive(Clone, Copy)]
struct Now<'n> {
    snapshot: &'n Snapshot,
    /// The rows of the table made for the statement: its columns are those of the table that was planned for.
    given: Option<&'n RecordBatch>,
    /// The keys that a join tells, a column for each of the key's.
    told: &'n [ArrayRef],
}

impl QueryEngine {
    /// Plans a query to be evaluated in place, for parameters of the types of these values; `None` if it cannot be, or is wrong.
    pub fn in_place(&self, view: &View, query: Statement, parameters: &[ScalarValue]) -> Option<InPlace> {
        let planned = self.planned(view, query, parameters, Fields::Typed).ok()?;
        planning::within(&self.cancel, || InPlace::of(planned, parameters)).ok().flatten()
    }
}

impl InPlace {
    fn of(planned: Planned, parameters: &[ScalarValue]) -> Result<Option<InPlace>> {
        if has_volatile(&planned.plan)? {
            return Ok(None);
        }
        let reads = |scan: &_| is_table(scan) || step::is_given(scan);
        let template = Template::of(&planned, parameters, Bounds::Open, &reads)?;
        let Some(Template { plan, binding, kept, .. }) = template else { return Ok(None) };
        if kept.looks_at_rows() {
            return Ok(None);
        }
        let Some(query) = Query::of(&plan)? else { return Ok(None) };
        let columns = planned.columns(&query.schema());
        let types = parameters.iter().map(ScalarValue::data_type).collect();
        Ok(Some(InPlace { query, columns, binding, types }))
    }

    /// The columns of what it returns.
    pub fn columns(&self) -> &SchemaRef {
        &self.columns
    }

    /// Evaluates the query; `None` if it is not planned for such values, or too many rows would have to be looked at.
    ///
    /// `given`: the rows of the table made for the statement, if it reads one. Errors: those of the expressions.
    pub fn run(
        &self,
        snapshot: &Snapshot,
        given: Option<&RecordBatch>,
        parameters: &[ScalarValue],
    ) -> Result<Option<ResultSet>, Error> {
        let as_planned = parameters.iter().map(ScalarValue::data_type).eq(self.types.iter().cloned());
        let Some(_turn) = as_planned.then(|| self.binding.turn(parameters)).flatten() else { return Ok(None) };
        let now = Now { snapshot, given, told: &[] };
        let Some(batch) = self.query.rows(now).map_err(errors::error)? else { return Ok(None) };
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        // The items of an array may tell more of their type than those computed.
        let options = options.with_match_field_names(false);
        let named = RecordBatch::try_new_with_options(self.columns.clone(), batch.columns().to_vec(), &options)?;
        Ok(Some(ResultSet { schema: self.columns.clone(), batches: vec![named] }))
    }
}

/// Whether it calls what gives something else each time: how often that is asked is the operators' affair. Each of VALUES is
/// computed once.
fn has_volatile(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    let is_volatile = |part: &Expr| {
        matches!(part, Expr::ScalarFunction(ScalarFunction { func, .. })
            if func.signature().volatility == Volatility::Volatile)
    };
    tree::each_operator(plan, |node| {
        if let LogicalPlan::Values(_) = node {
            return Ok(TreeNodeRecursion::Continue);
        }
        tree::each_part_of(node, |part| {
            found = found || is_volatile(part);
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(found)
}

impl<'n> Now<'n> {
    /// The same execution below a join that has found these keys.
    fn told(self, told: &'n [ArrayRef]) -> Now<'n> {
        Now { told, ..self }
    }
}

/// One row without columns, over which what depends on no row is evaluated.
fn no_columns() -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let schema = Arc::new(datafusion::arrow::datatypes::Schema::empty());
    Ok(RecordBatch::try_new_with_options(schema, Vec::new(), &options)?)
}
