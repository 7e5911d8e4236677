//! What a query is run as: a plan made for its values, or the generic one of a statement that came before.

use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::ScalarValue;
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::sql::sqlparser::ast::Statement;

use super::engine::{QueryEngine, bound, metadata_differs};
use super::generic::{Found, GenericPlan, Key, Lease, Planned, Rows, RunBy};
use super::view::{Fields, View};
use super::{errors, output_names, planning, state, told};
use crate::error::Error;
use crate::outcome::ResultSet;

/// A plan to run once.
pub(super) struct Runnable {
    pub physical: Arc<dyn ExecutionPlan>,
    /// The columns of what it returns.
    pub columns: SchemaRef,
    /// To be held until it has run, if the plan is kept.
    pub lease: Option<Lease>,
}

impl QueryEngine {
    /// Runs a query to its end. Dropping the future stops it.
    pub async fn run(&self, view: View, query: Statement, parameters: &[ScalarValue]) -> Result<ResultSet, Error> {
        match self.attempt(&view, query.clone(), parameters, Fields::Typed).await {
            Err(error) if metadata_differs(&error) => self.attempt(&view, query, parameters, Fields::Bare).await,
            done => done,
        }
    }

    async fn attempt(
        &self,
        view: &View,
        query: Statement,
        parameters: &[ScalarValue],
        fields: Fields,
    ) -> Result<ResultSet, Error> {
        let Runnable { physical, columns: schema, mut lease } = self.runnable(view, &query, parameters, fields).await?;
        let batches = collect(physical, state::task()).await.map_err(errors::error)?;
        lease.iter_mut().for_each(Lease::end);
        drop(lease);
        let renamed = |batch: RecordBatch| {
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            // The items of an array may tell more of their type than those computed.
            let options = options.with_match_field_names(false);
            Ok(RecordBatch::try_new_with_options(schema.clone(), batch.columns().to_vec(), &options)?)
        };
        let batches = batches.into_iter().map(renamed).collect::<Result<Vec<_>, Error>>()?;
        Ok(ResultSet { schema, batches })
    }

    /// What runs a query on what a view shows. Errors: as of planning it.
    pub(super) async fn runnable(
        &self,
        view: &View,
        query: &Statement,
        parameters: &[ScalarValue],
        fields: Fields,
    ) -> Result<Runnable, Error> {
        let key = Key::new(query, parameters, &view.extra);
        let catalog = view.snapshot.catalog();
        let is_wanted = match self.plans.find(&key, parameters, catalog, self.settings().changes()) {
            // What is planned without names of types is planned with them first, each time, until there is a plan for it.
            _ if fields == Fields::Bare => true,
            Found::Nothing => false,
            Found::Wanted => true,
            Found::Plan(mut lease) => {
                let names = self.names(view, lease.fields());
                let rows =
                    Rows { snapshot: &view.snapshot, made: &|name| names.made(name), objects: &|| names.objects() };
                if let Some(physical) = lease.bound(rows).map_err(errors::error)? {
                    self.plans.count(RunBy::Generic);
                    return Ok(Runnable { physical, columns: lease.columns().clone(), lease: Some(lease) });
                }
                lease.end();
                self.plans.misfit(&key);
                false
            }
        };
        let (custom, planned) = self.custom(view, query, parameters, fields).await?;
        self.plans.count(RunBy::Custom);
        if is_wanted {
            let generic = GenericPlan::made(&planned, parameters, &custom.physical, &custom.columns);
            let generic = planning::within_async(&self.cancel, generic).await;
            self.plans.keep(key, generic);
        }
        Ok(custom)
    }

    /// A plan for these values alone, and what it was made of.
    async fn custom(
        &self,
        view: &View,
        query: &Statement,
        parameters: &[ScalarValue],
        fields: Fields,
    ) -> Result<(Runnable, Planned), Error> {
        let planned = self.planned(view, query.clone(), parameters, fields)?;
        let plan = bound(planned.plan.clone(), parameters)?;
        let physical = planning::physical(state::state(), plan.clone());
        let physical = planning::within_async(&self.cancel, physical).await.map_err(errors::error)?;
        let columns = output_names::result_schema(&told::schema(&plan), &physical.schema(), &planned.names);
        Ok((Runnable { physical, columns, lease: None }, planned))
    }
}
