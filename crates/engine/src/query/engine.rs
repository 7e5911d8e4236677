//! Plans and runs the queries of one session.

use std::sync::Arc;

use bowline_core::catalog::Table;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::planner::ContextProvider;
use datafusion::physical_plan::displayable;
use datafusion::sql::sqlparser::ast::{Ident, ObjectName, Statement};

use super::expression::{self, Expressions};
use super::frames::{self, Offsets};
use super::functions::{Functions, SequenceAccess};
use super::generic::{PlanCache, PlanCounts, Planned, RunBy};
use super::names::{Names, ROWS_SCHEMA};
use super::output_names::{self, OutputNames};
use super::view::{Fields, StatementTable, View};
use super::{
    decorrelate, empty_subquery, errors, late_join, numeric_lists, object_names, planning, rewrite, same_names, stars,
    state, tableoid, using, virtual_columns, whole_numbers,
};
use crate::advisory::SessionLocks;
use crate::cancel::CancelHandle;
use crate::error::Error;
use crate::settings::SessionSettings;

/// Whether a query was refused because names of types do not agree, in which case it is planned again without them.
pub(super) fn metadata_differs(error: &Error) -> bool {
    ["field metadata differs", "inconsistent metadata across values"].iter().any(|told| error.message.contains(told))
}

/// Plans and runs queries. One for each session, for `currval` and `lastval` are a session's own.
pub(crate) struct QueryEngine {
    functions: Functions,
    expressions: Expressions,
    pub(super) plans: PlanCache,
    pub(super) cancel: CancelHandle,
}

/// A query that is planned for parameters of any value.
pub(super) struct Unbound {
    /// With the numbers of offsets in its window frames, in place of the offsets.
    pub plan: LogicalPlan,
    pub names: OutputNames,
    pub offsets: Offsets,
}

/// A table with its row ids, as a query names it: its columns and after them `__row`.
pub(crate) fn row_relation(table: &Table) -> ObjectName {
    let dotted = format!("{}.{}", table.schema, table.name);
    ObjectName::from(vec![Ident::new(ROWS_SCHEMA), Ident::with_quote('"', dotted)])
}

impl QueryEngine {
    /// An engine whose functions ask `sequences` and `settings` and take `locks`, and whose long work `cancel` ends.
    pub fn new(
        sequences: Arc<dyn SequenceAccess>,
        settings: Arc<SessionSettings>,
        locks: &Arc<SessionLocks>,
        cancel: CancelHandle,
    ) -> QueryEngine {
        let functions = Functions::new(sequences, settings, locks);
        QueryEngine { functions, expressions: Expressions::default(), plans: PlanCache::default(), cancel }
    }

    /// What cancels the session's statement.
    pub fn cancel(&self) -> &CancelHandle {
        &self.cancel
    }

    /// How the session's queries were planned so far.
    pub fn plan_counts(&self) -> PlanCounts {
        self.plans.counts()
    }

    /// Counts a statement that was evaluated in place.
    pub fn count_in_place(&self) {
        self.plans.count(RunBy::InPlace);
    }

    /// The time that `now()` and its kin give from here on, in microseconds of UTC; without it they read the clock.
    pub fn set_time(&self, microseconds: Option<i64>) {
        self.functions.clock().set(microseconds);
    }

    /// The settings of the session.
    pub(super) fn settings(&self) -> Arc<SessionSettings> {
        self.functions.settings()
    }

    /// Plans a query, with `$1`, `$2`, ... bound. Errors: names, types and clauses, in PostgreSQL's words.
    pub fn plan(&self, view: &View, query: Statement, parameters: &[ScalarValue]) -> Result<LogicalPlan, Error> {
        bound(self.planned(view, query, parameters, Fields::Typed)?.plan, parameters)
    }

    /// Plans a query for parameters of the types of these values, without binding them.
    pub(super) fn planned(
        &self,
        view: &View,
        query: Statement,
        parameters: &[ScalarValue],
        fields: Fields,
    ) -> Result<Planned, Error> {
        rewrite::check_parameters(&query, parameters.len())?;
        // A value tells its type, which its place may not: an interval is added to a timestamp, and so is a number to a date.
        let typed = |value: &ScalarValue| {
            let data_type = value.data_type();
            (!data_type.is_null()).then(|| Arc::new(Field::new("", data_type, true)))
        };
        let types: Vec<Option<FieldRef>> = parameters.iter().map(typed).collect();
        let Unbound { plan, names, offsets } = self.unbound(view, query, &types, fields)?;
        if offsets.is_empty() {
            return Ok(Planned { plan, names, fields, fixed: Some(Vec::new()) });
        }
        let computed = self.names(view, fields).computed(&offsets, parameters)?;
        let plan = frames::apply(plan, &computed).map_err(errors::error)?;
        Ok(Planned { plan, names, fields, fixed: offsets.parameters() })
    }

    /// What the names of a query over a view mean.
    pub(super) fn names<'a>(&'a self, view: &'a View, fields: Fields) -> Names<'a> {
        Names::new(state::state(), &self.functions, view, fields, &self.cancel)
    }

    /// Plans a query whose parameters, if it has any, have these types; one without a type is typed by its place.
    pub(super) fn unbound(
        &self,
        view: &View,
        query: Statement,
        types: &[Option<FieldRef>],
        fields: Fields,
    ) -> Result<Unbound, Error> {
        planning::within(&self.cancel, || self.meant(view, query, types, fields))
    }

    fn meant(
        &self,
        view: &View,
        mut query: Statement,
        types: &[Option<FieldRef>],
        fields: Fields,
    ) -> Result<Unbound, Error> {
        let offsets = Offsets::take(&mut query)?;
        let meaning = self.names(view, fields);
        let plan = |query| match types {
            [] => meaning.plan(query),
            _ => meaning.plan_with(query, types),
        };
        same_names::write_out(&mut query, &|name| meaning.meant(name))?;
        using::write_out(&mut query, &|name| meaning.columns_of(name));
        stars::write_out(&mut query, &|mut query| {
            tableoid::write_out(&mut query, &|name| meaning.system_table(name));
            rewrite::statement(&mut query).ok()?;
            plan(query).ok()
        });
        let names = output_names::of(&query);
        numeric_lists::as_rows(&mut query, types);
        tableoid::write_out(&mut query, &|name| meaning.system_table(name));
        rewrite::statement(&mut query)?;
        let plan = plan(query).and_then(late_join::apply).and_then(decorrelate::apply);
        let plan = plan.and_then(empty_subquery::apply).and_then(whole_numbers::apply);
        let plan = plan.and_then(|plan| object_names::apply(plan, |name| meaning.get_function_meta(name)));
        Ok(Unbound { plan: plan.map_err(errors::error)?, names, offsets })
    }

    /// How a query would be run: the physical plan, a line an operator.
    pub async fn explain(&self, view: &View, query: Statement, parameters: &[ScalarValue]) -> Result<String, Error> {
        let plan = self.plan(view, query, parameters)?;
        let physical = planning::physical(state::state(), plan);
        let physical = planning::within_async(&self.cancel, physical).await.map_err(errors::error)?;
        Ok(displayable(physical.as_ref()).indent(false).to_string())
    }

    /// An expression over rows of a table: a default, check or generated column.
    ///
    /// `batch`: columns named as the table's; those the expression uses must be among them. Returns as many values as the
    /// batch has rows. Planned once for each text and schema.
    pub fn evaluate(&self, expression: &str, table: &Table, batch: &RecordBatch) -> Result<ArrayRef, Error> {
        self.expressions.evaluate(&self.functions, expression, table, batch)
    }

    /// Plans an expression over a table's columns: its type as a field, and the columns it uses, in order of declaration.
    /// Errors: unknown names, types that do not fit, and what cannot stand in such an expression (subqueries, aggregates).
    pub fn validate(&self, expression: &str, table: &Table) -> Result<(Field, Vec<String>), Error> {
        self.expressions.validate(&self.functions, expression, table)
    }

    /// Rows of a table made for a statement, with its virtual columns computed. `images`: what stands before the names of the
    /// table's columns among those of the rows. Errors: an expression that cannot be planned.
    pub fn computed(&self, rows: StatementTable, table: &Table, images: &[&str]) -> Result<StatementTable, Error> {
        let plan = |text: &str| expression::over_table(&self.functions, text, table);
        let read = virtual_columns::computed(&plan, table, rows.read, images)?;
        Ok(StatementTable { read, ..rows })
    }

    /// Whether an expression over a table's columns gives the same for the same row at any time. Errors: as [`Self::validate`].
    pub fn is_immutable(&self, text: &str, table: &Table) -> Result<bool, Error> {
        expression::is_immutable(&self.functions, text, table)
    }
}

/// The plan with the values of its parameters.
pub(super) fn bound(plan: LogicalPlan, parameters: &[ScalarValue]) -> Result<LogicalPlan, Error> {
    match parameters {
        [] => Ok(plan),
        _ => plan.with_param_values(parameters.to_vec()).map_err(errors::error),
    }
}
