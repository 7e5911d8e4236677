//! Expressions over the rows of one table: defaults, checks and generated columns, planned once and kept.

use std::collections::HashMap;
use std::sync::Arc;

use bowline_core::catalog::Table;
use bowline_core::rows::Snapshot;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::logical_expr::{Case, Expr, ExprSchemable, Volatility};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::sql::planner::PlannerContext;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;
use parking_lot::Mutex;

use super::functions::Functions;
use super::names::Names;
use super::view::{Fields, View};
use super::{errors, exact, rewrite, state, table_source, types, virtual_columns};
use crate::cancel::CancelHandle;
use crate::error::Error;

/// Texts are forgotten when there are more than this.
const KEPT_MAX: usize = 4096;

/// A planned expression with the schema it was planned for.
type Planned = (SchemaRef, Arc<dyn PhysicalExpr>);

/// Planned expressions by text; one text may stand for several schemas.
#[derive(Default)]
pub(super) struct Expressions(Mutex<HashMap<String, Vec<Planned>>>);

impl Expressions {
    /// See [`super::QueryEngine::evaluate`].
    pub fn evaluate(
        &self,
        functions: &Functions,
        text: &str,
        table: &Table,
        batch: &RecordBatch,
    ) -> Result<ArrayRef, Error> {
        let planned = self.planned(functions, text, table, &typed(table, batch.schema()))?;
        let value = planned.evaluate(batch).map_err(errors::error)?;
        value.into_array(batch.num_rows()).map_err(errors::error)
    }

    fn planned(
        &self,
        functions: &Functions,
        text: &str,
        table: &Table,
        schema: &SchemaRef,
    ) -> Result<Arc<dyn PhysicalExpr>, Error> {
        let meaning = virtual_columns::meaning(text, table);
        let known = |(planned_for, _): &&Planned| Arc::ptr_eq(planned_for, schema) || planned_for == schema;
        if let Some((_, found)) = self.0.lock().get(&meaning).and_then(|kept| kept.iter().find(known)) {
            return Ok(found.clone());
        }
        let df_schema = DFSchema::try_from_qualified_schema(table.name.as_str(), schema).map_err(errors::error)?;
        let expr = virtual_columns::expanded(functions, plan(functions, text, &df_schema)?, table)?;
        let expr = exact::expression(expr, &df_schema, state::state().config_options()).map_err(errors::error)?;
        let physical = state::state().create_physical_expr(expr, &df_schema).map_err(errors::error)?;
        let mut kept = self.0.lock();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.entry(meaning).or_default().push((schema.clone(), physical.clone()));
        Ok(physical)
    }

    /// See [`super::QueryEngine::validate`].
    pub fn validate(&self, functions: &Functions, text: &str, table: &Table) -> Result<(Field, Vec<String>), Error> {
        let schema = table_source::table_schema(table);
        let df_schema = DFSchema::try_from_qualified_schema(table.name.as_str(), &schema).map_err(errors::error)?;
        let expr = plan(functions, text, &df_schema)?;
        let (_, field) = expr.to_field(&df_schema).map_err(errors::error)?;
        let used: Vec<String> = expr.column_refs().into_iter().map(|column| column.name.clone()).collect();
        let used = table.columns.iter().map(|column| column.name.clone()).filter(|name| used.contains(name)).collect();
        state::state().create_physical_expr(expr, &df_schema).map_err(errors::error)?;
        Ok((Field::clone(&field), used))
    }
}

/// The schema with the types of the table's columns, where Arrow's do not tell them: a CHAR is compared as one.
fn typed(table: &Table, schema: SchemaRef) -> SchemaRef {
    let typed = |field: &FieldRef| {
        let column = table.column(field.name())?;
        let told = types::field(field.name(), column.sql_type, field.is_nullable());
        (told.metadata() != field.metadata()).then(|| field.as_ref().clone().with_metadata(told.metadata().clone()))
    };
    if schema.fields().iter().all(|field| typed(field).is_none()) {
        return schema;
    }
    let fields = schema.fields().iter().map(|field| typed(field).unwrap_or_else(|| field.as_ref().clone()));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// An expression over a table's columns, planned; its types are not coerced yet.
pub(super) fn over_table(functions: &Functions, text: &str, table: &Table) -> Result<Expr, Error> {
    let schema = table_source::table_schema(table);
    let df_schema = DFSchema::try_from_qualified_schema(table.name.as_str(), &schema).map_err(errors::error)?;
    plan(functions, text, &df_schema)
}

/// See [`super::QueryEngine::is_immutable`].
pub(super) fn is_immutable(functions: &Functions, text: &str, table: &Table) -> Result<bool, Error> {
    let expr = over_table(functions, text, table)?;
    let varies = |part: &Expr| {
        Ok(matches!(part, Expr::ScalarFunction(function)
            if function.func.signature().volatility != Volatility::Immutable))
    };
    expr.exists(varies).map(|varies| !varies).map_err(errors::error)
}

fn plan(functions: &Functions, text: &str, schema: &DFSchema) -> Result<Expr, Error> {
    let parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(text);
    let mut parsed = parser.and_then(|mut parser| parser.parse_expr()).map_err(|error| errors::error(error.into()))?;
    rewrite::expression(&mut parsed)?;
    let view = View { snapshot: Snapshot::default(), extra: Vec::new() };
    // An expression reads no table, so there is nothing to cancel.
    let cancel = CancelHandle::default();
    let names = Names::new(state::state(), functions, &view, Fields::Typed, &cancel);
    let expr = names.planner().sql_to_expr(parsed, schema, &mut PlannerContext::new()).map_err(errors::error)?;
    refuse_queries(&expr)?;
    expr.transform_up(coalesce_as_case).map(|transformed| transformed.data).map_err(errors::error)
}

/// `coalesce` has no evaluation of its own in DataFusion: its optimizer, which is not asked here, writes it as CASE.
fn coalesce_as_case(expr: Expr) -> Result<Transformed<Expr>, DataFusionError> {
    let Expr::ScalarFunction(mut call) = expr else { return Ok(Transformed::no(expr)) };
    if call.name() != "coalesce" {
        return Ok(Transformed::no(Expr::ScalarFunction(call)));
    }
    let Some(last) = call.args.pop() else { return Ok(Transformed::no(Expr::ScalarFunction(call))) };
    let present = |value: Expr| (Box::new(value.clone().is_not_null()), Box::new(value));
    let whens: Vec<_> = call.args.into_iter().map(present).collect();
    Ok(Transformed::yes(match whens.is_empty() {
        true => last,
        false => Expr::Case(Case::new(None, whens, Some(Box::new(last)))),
    }))
}

/// Refuses what cannot stand in an expression about one row. Errors: 0A000, 42803, 42P20.
pub(super) fn refuse_queries(expr: &Expr) -> Result<(), Error> {
    let mut found = None;
    let visited = expr.apply(|part| {
        found = match part {
            Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) => Some(("0A000", "subquery")),
            Expr::AggregateFunction(_) => Some(("42803", "aggregate function")),
            Expr::WindowFunction(_) => Some(("42P20", "window function")),
            _ => return Ok(TreeNodeRecursion::Continue),
        };
        Ok(TreeNodeRecursion::Stop)
    });
    visited.map_err(errors::error)?;
    match found {
        None => Ok(()),
        Some((sqlstate, what)) => Err(Error::new(sqlstate, format!("cannot use {what} in this expression"))
            .with_hint("It may only use the columns of its own row.")),
    }
}
