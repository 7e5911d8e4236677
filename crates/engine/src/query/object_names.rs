//! Values of `regclass` and its kin leave a query as the names they stand for; inside it they are OIDs.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, ScalarUDF};

use super::system::pg_catalog::shown;
use crate::display::TYPE_KEY;

/// The plan with such columns turned into names by the functions that `named` finds.
pub(super) fn apply(plan: LogicalPlan, named: impl Fn(&str) -> Option<Arc<ScalarUDF>>) -> Result<LogicalPlan> {
    let function = |field: &datafusion::arrow::datatypes::Field| {
        let name = field.metadata().get(TYPE_KEY).and_then(|name| shown(name))?;
        named(name).filter(|_| field.data_type().is_integer())
    };
    let functions: Vec<_> = plan.schema().fields().iter().map(|field| function(field)).collect();
    if functions.iter().all(Option::is_none) {
        return Ok(plan);
    }
    let columns = plan.schema().iter().zip(plan.schema().columns()).zip(functions);
    let items = columns.map(|(((qualifier, field), column), function)| match function {
        Some(function) => {
            function.call(vec![Expr::Column(column)]).alias_qualified(qualifier.cloned(), field.name().clone())
        }
        None => Expr::Column(column),
    });
    let items: Vec<Expr> = items.collect();
    LogicalPlanBuilder::from(plan).project(items)?.build()
}
