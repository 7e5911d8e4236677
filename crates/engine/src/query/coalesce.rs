//! `coalesce` whose texts are read as the type of the other values: `coalesce(due, '2020-01-01')` is a date.
//!
//! DataFusion's own takes them for texts, and refuses what it cannot make one.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::Array;
use datafusion::arrow::compute::is_not_null;
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DataFusionError, Result, internal_err, plan_err};
use datafusion::logical_expr::binary::try_type_union_resolution;
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::{planning, tree};
use crate::error::Error;

/// A value may have so many parts.
const PARTS_MAX: usize = 200_000;

static COALESCE: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
    Arc::new(ScalarUDF::new_from_impl(Coalesce { signature: Signature::user_defined(Volatility::Immutable) }))
});

/// The function of that name.
pub(super) fn named(name: &str) -> Option<Arc<ScalarUDF>> {
    (name == COALESCE.name()).then(|| Arc::clone(&COALESCE))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Coalesce {
    signature: Signature,
}

impl ScalarUDFImpl for Coalesce {
    fn name(&self) -> &str {
        "coalesce"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let others: Vec<DataType> =
            types.iter().filter(|found| !found.is_string() && !found.is_null()).cloned().collect();
        match others.is_empty() {
            true if types.is_empty() => plan_err!("coalesce must have at least one argument"),
            true => try_type_union_resolution(types),
            false => Ok(vec![try_type_union_resolution(&others)?.swap_remove(0); types.len()]),
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types.iter().find(|found| !found.is_null()).cloned().unwrap_or(DataType::Null))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let nullable = args.arg_fields.iter().all(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), self.return_type(&types)?, nullable)))
    }

    /// The optimizer writes it as CASE, which computes no more of the values than it needs.
    fn simplify(&self, args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        planning::go_on()?;
        let mut args = flattened(args);
        let Some(last) = args.pop() else { return Ok(ExprSimplifyResult::Original(args)) };
        if args.is_empty() {
            return Ok(ExprSimplifyResult::Simplified(last));
        }
        let present = |value: Expr| {
            check_size(&value)?;
            Ok((Box::new(value.clone().is_not_null()), Box::new(value)))
        };
        // What gives something else each time is asked once.
        if args.iter().any(Expr::is_volatile) {
            args.push(last);
            return Ok(ExprSimplifyResult::Original(args));
        }
        let whens = args.into_iter().map(present).collect::<Result<Vec<_>>>()?;
        Ok(ExprSimplifyResult::Simplified(Expr::Case(Case::new(None, whens, Some(Box::new(last))))))
    }

    fn conditional_arguments<'a>(&self, args: &'a [Expr]) -> Option<(Vec<&'a Expr>, Vec<&'a Expr>)> {
        let (first, rest) = args.split_first()?;
        Some((vec![first], rest.iter().collect()))
    }

    fn short_circuits(&self) -> bool {
        true
    }

    /// Where it is not written as CASE: of each row the first value there is.
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = args.args.iter().map(|value| value.to_array(args.number_rows)).collect::<Result<Vec<_>>>()?;
        let Some((first, rest)) = arrays.split_first() else { return internal_err!("coalesce of nothing") };
        let mut found = first.clone();
        for other in rest {
            if found.null_count() == 0 {
                break;
            }
            found = zip(&is_not_null(&found)?, &found, other)?;
        }
        Ok(ColumnarValue::Array(found))
    }
}

/// The values in the order in which they are tried: `coalesce(coalesce(a, b), c)` tries a, b and c.
fn flattened(args: Vec<Expr>) -> Vec<Expr> {
    let mut values = Vec::with_capacity(args.len());
    for arg in args {
        match arg {
            Expr::Case(Case { when_then_expr, expr: None, else_expr: Some(last) }) if is_written(&when_then_expr) => {
                values.extend(when_then_expr.into_iter().map(|(_, value)| *value));
                values.push(*last);
            }
            other => values.push(other),
        }
    }
    values
}

/// Whether a CASE with these branches is how `coalesce` is written.
fn is_written(branches: &[(Box<Expr>, Box<Expr>)]) -> bool {
    branches.iter().all(|(when, then)| matches!(when.as_ref(), Expr::IsNotNull(value) if value == then))
}

/// Errors: 54001 for a value that is large by now, as one in which `coalesce` is nested many times: each writes its value twice.
fn check_size(value: &Expr) -> Result<()> {
    let mut count = 0;
    let is_large = tree::any_part(value, |_| {
        count += 1;
        count > PARTS_MAX
    });
    match is_large {
        false => Ok(()),
        true => {
            let error = Error::new("54001", "statement is too complex")
                .with_detail("It has calls of coalesce within calls of coalesce.")
                .with_hint("Compute the inner ones in a subquery in FROM.");
            Err(DataFusionError::External(Box::new(error)))
        }
    }
}
