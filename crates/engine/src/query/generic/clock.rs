//! `now()` in a plan that is kept: a parameter to the optimizer, which would put the time of planning in its place, and a call
//! again once it is optimized.

use std::cell::RefCell;
use std::sync::Arc;

use datafusion::arrow::datatypes::Field;
use datafusion::common::Result;
use datafusion::logical_expr::expr::{Placeholder, ScalarFunction};
use datafusion::logical_expr::{Expr, LogicalPlan, ScalarUDF};

use super::super::functions::tells_time;
use super::parameter::replaced;

/// What the parameter is called. The parameters of a statement have numbers.
const NAME: &str = "$now";

/// The plan without calls of the clock, and the function they call.
pub(super) fn hidden(plan: LogicalPlan) -> Result<(LogicalPlan, Option<Arc<ScalarUDF>>)> {
    let clock = RefCell::new(None);
    let plan = replaced(plan, &|part| match part {
        Expr::ScalarFunction(ScalarFunction { func, args }) if tells_time(func) && args.is_empty() => {
            *clock.borrow_mut() = Some(func.clone());
            let field = Arc::new(Field::new(NAME, func.return_type(&[])?, true));
            Ok(Some(Expr::Placeholder(Placeholder::new_with_field(NAME.to_owned(), Some(field)))))
        }
        _ => Ok(None),
    })?;
    Ok((plan, clock.into_inner()))
}

/// The plan with its calls of the clock.
pub(super) fn shown(plan: LogicalPlan, clock: Option<Arc<ScalarUDF>>) -> Result<LogicalPlan> {
    let Some(clock) = clock else { return Ok(plan) };
    replaced(plan, &|part| match part {
        Expr::Placeholder(parameter) if parameter.id == NAME => {
            Ok(Some(Expr::ScalarFunction(ScalarFunction::new_udf(clock.clone(), Vec::new()))))
        }
        _ => Ok(None),
    })
}
