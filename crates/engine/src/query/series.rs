//! `generate_series` and its kin in FROM, of arguments that are the same at any time.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, TableType, Volatility};
use datafusion::physical_plan::ExecutionPlan;

use super::tree;

/// A series that is the same whenever a plan runs that reads it.
#[derive(Debug)]
pub(super) struct FixedSeries(Arc<dyn TableProvider>);

/// What a table function made, told apart if its arguments are the same at any time.
pub(super) fn of(made: Arc<dyn TableProvider>, args: &[Expr]) -> Arc<dyn TableProvider> {
    let changes = |part: &Expr| {
        matches!(part, Expr::ScalarFunction(ScalarFunction { func, .. })
            if func.signature().volatility != Volatility::Immutable)
    };
    match args.iter().any(|arg| tree::any_part(arg, changes)) {
        true => made,
        false => Arc::new(FixedSeries(made)),
    }
}

#[async_trait]
impl TableProvider for FixedSeries {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }

    fn table_type(&self) -> TableType {
        self.0.table_type()
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.0.scan(state, projection, filters, limit).await
    }
}
