//! Values of `regclass` and its kin leave a query as the names they stand for; inside it they are OIDs. With an OID in another part of a
//! UNION they are OIDs outside it too, as PostgreSQL has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::metadata::FieldMetadata;
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, LogicalPlanBuilder, ScalarUDF};

use super::system::pg_catalog::shown;
use crate::display::TYPE_KEY;

/// The plan with such columns turned into names by the functions that `named` finds.
pub(super) fn apply(plan: LogicalPlan, named: impl Fn(&str) -> Option<Arc<ScalarUDF>>) -> Result<LogicalPlan> {
    let function = |field: &datafusion::arrow::datatypes::Field| {
        let name = field.metadata().get(TYPE_KEY).and_then(|name| shown(name))?;
        named(name).filter(|_| field.data_type().is_integer())
    };
    let fields = plan.schema().fields().iter().enumerate();
    let functions: Vec<_> = fields.map(|(at, field)| Some((function(field)?, is_oid_elsewhere(&plan, at)))).collect();
    if functions.iter().all(Option::is_none) {
        return Ok(plan);
    }
    let columns = plan.schema().iter().zip(plan.schema().columns()).zip(functions);
    let items = columns.map(|(((qualifier, field), column), function)| match function {
        Some((_, true)) => {
            let told = FieldMetadata::new(BTreeMap::from([(TYPE_KEY.to_owned(), "oid".to_owned())]));
            Expr::Column(column).alias_qualified_with_metadata(qualifier.cloned(), field.name(), Some(told))
        }
        Some((function, false)) => {
            function.call(vec![Expr::Column(column)]).alias_qualified(qualifier.cloned(), field.name().clone())
        }
        None => Expr::Column(column),
    });
    let items: Vec<Expr> = items.collect();
    LogicalPlanBuilder::from(plan).project(items)?.build()
}

/// Whether a column comes from a UNION in which some part has an OID there.
fn is_oid_elsewhere(plan: &LogicalPlan, at: usize) -> bool {
    match plan {
        LogicalPlan::Union(union) => union.inputs.iter().any(|part| {
            let told = part.schema().field(at).metadata().get(TYPE_KEY).map(String::as_str);
            told == Some("oid") || is_oid_elsewhere(part, at)
        }),
        LogicalPlan::Sort(sort) => is_oid_elsewhere(&sort.input, at),
        LogicalPlan::Limit(limit) => is_oid_elsewhere(&limit.input, at),
        LogicalPlan::Distinct(Distinct::All(input)) => is_oid_elsewhere(input, at),
        LogicalPlan::Projection(projection) => match projection.expr[at].clone().unalias() {
            Expr::Column(column) => {
                let found = projection.input.schema().maybe_index_of_column(&column);
                found.is_some_and(|at| is_oid_elsewhere(&projection.input, at))
            }
            _ => false,
        },
        _ => false,
    }
}
