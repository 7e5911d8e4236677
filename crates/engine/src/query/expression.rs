//! Expressions over the rows of one table: defaults, checks and generated columns, planned once and kept.

use std::collections::HashMap;
use std::sync::Arc;

use bowline_core::catalog::Table;
use bowline_core::rows::Snapshot;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::logical_expr::{Expr, ExprSchemable, Volatility};
use datafusion::physical_expr::PhysicalExpr;
use parking_lot::Mutex;

use super::functions::Functions;
use super::names::Names;
use super::view::{Fields, View};
use super::{errors, exact, state, table_source, tree, types, virtual_columns};
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
        let expr = virtual_columns::expanded(
            &|text| over_table(functions, text, table),
            plan(functions, text, &df_schema)?,
            table,
        )?;
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

/// See [`super::QueryEngine::is_immutable`].
pub(super) fn is_immutable(functions: &Functions, text: &str, table: &Table) -> Result<bool, Error> {
    let expr = over_table(functions, text, table)?;
    let varies = |part: &Expr| match part {
        Expr::ScalarFunction(function) => function.func.signature().volatility != Volatility::Immutable,
        _ => false,
    };
    Ok(!tree::any_part(&expr, varies))
}

/// The expression planned over the columns of a schema.
fn plan(functions: &Functions, text: &str, schema: &DFSchema) -> Result<Expr, Error> {
    planned(functions, |names| names.over_columns(text, schema))
}

/// The expression planned over a table's columns; its types are not coerced yet.
pub(super) fn over_table(functions: &Functions, text: &str, table: &Table) -> Result<Expr, Error> {
    planned(functions, |names| names.over_table(text, table))
}

fn planned(functions: &Functions, plan: impl FnOnce(&Names) -> Result<Expr, Error>) -> Result<Expr, Error> {
    // An expression reads no table, so there is nothing to see and nothing to cancel.
    let view = View { snapshot: Snapshot::default(), extra: Vec::new() };
    let cancel = CancelHandle::default();
    plan(&Names::new(state::state(), functions, &view, Fields::Typed, &cancel))
}
