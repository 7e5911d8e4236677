//! `coalesce` whose texts are read as the type of the other values: `coalesce(due, '2020-01-01')` is a date.
//!
//! DataFusion's own takes them for texts, and refuses what it cannot make one.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, internal_err, plan_err};
use datafusion::logical_expr::binary::try_type_union_resolution;
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

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
    fn simplify(&self, mut args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let Some(last) = args.pop() else { return Ok(ExprSimplifyResult::Original(args)) };
        if args.is_empty() {
            return Ok(ExprSimplifyResult::Simplified(last));
        }
        let present = |value: Expr| (Box::new(value.clone().is_not_null()), Box::new(value));
        let whens = args.into_iter().map(present).collect();
        Ok(ExprSimplifyResult::Simplified(Expr::Case(Case::new(None, whens, Some(Box::new(last))))))
    }

    fn conditional_arguments<'a>(&self, args: &'a [Expr]) -> Option<(Vec<&'a Expr>, Vec<&'a Expr>)> {
        let (first, rest) = args.split_first()?;
        Some((vec![first], rest.iter().collect()))
    }

    fn short_circuits(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("coalesce was believed to be written as CASE before it is computed")
    }
}
