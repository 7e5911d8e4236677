//! `FETCH FIRST n ROWS WITH TIES`: the first rows, and those that ORDER BY does not tell from the last of them.
//!
//! ```text
//!   text   … ORDER BY k FETCH FIRST n ROWS WITH TIES    ─▶  … ORDER BY k LIMIT __with_ties(n)
//!   plan   Limit(skip, __with_ties(n)) over Sort(k)     ─▶  Sort(k) over
//!                                                             Filter(number > skip AND rank <= skip + n) over
//!                                                               Window(row_number() as number, rank() as rank, both by k)
//! ```

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::functions_window::expr_fn::{rank, row_number};
use datafusion::logical_expr::expr::{Cast, Sort as Key};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprFunctionExt, Limit, LogicalPlan, LogicalPlanBuilder, Projection, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, Sort, Volatility, col, lit,
};

use super::tree;
use crate::error::Error;

/// What stands for `n ROWS WITH TIES` as a limit.
pub(crate) const MARK: &str = "__with_ties";

const NUMBER: &str = "__number";
const RANK: &str = "__rank";

static WITH_TIES: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
    let signature = Signature::exact(vec![DataType::Int64], Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(WithTies { signature }))
});

/// The function of that name.
pub(super) fn named(name: &str) -> Option<Arc<ScalarUDF>> {
    (name == MARK).then(|| Arc::clone(&WITH_TIES))
}

/// 42601: which rows are tied, ORDER BY says.
pub(super) fn without_order() -> Error {
    Error::new("42601", "WITH TIES cannot be specified without ORDER BY clause")
}

/// Carries out the marked limits of a plan. Errors: 42601 for one without ORDER BY.
pub(super) fn apply(plan: LogicalPlan) -> Result<LogicalPlan> {
    tree::change_operators(plan, |node| match node {
        LogicalPlan::Limit(limit) if is_marked(&limit) => with_ties(limit).map(Transformed::yes),
        other => Ok(Transformed::no(other)),
    })
}

fn is_marked(limit: &Limit) -> bool {
    matches!(limit.fetch.as_deref(), Some(Expr::ScalarFunction(call)) if call.name() == MARK)
}

fn with_ties(limit: Limit) -> Result<LogicalPlan> {
    let Limit { skip, fetch, input } = limit;
    let count = fetch.map_or_else(|| lit(0_i64), |count| *count);
    let skip = skip.map_or_else(|| lit(0_i64), |skip| bigint(*skip));
    match Arc::unwrap_or_clone(input) {
        LogicalPlan::Sort(sort) => fetched(sort, &skip, &count),
        // Above what is ordered by and not returned.
        LogicalPlan::Projection(Projection { expr, input, .. }) => match Arc::unwrap_or_clone(input) {
            LogicalPlan::Sort(sort) => {
                let fetched = fetched(sort, &skip, &count)?;
                Ok(LogicalPlan::Projection(Projection::try_new(expr, Arc::new(fetched))?))
            }
            _ => Err(external(without_order())),
        },
        _ => Err(external(without_order())),
    }
}

fn fetched(sort: Sort, skip: &Expr, count: &Expr) -> Result<LogicalPlan> {
    let Sort { expr: keys, input, .. } = sort;
    let columns: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
    let over = |function: Expr, name: &str, keys: &[Key]| -> Result<Expr> {
        Ok(function.order_by(keys.to_vec()).build()?.alias(name))
    };
    let windows = [over(row_number(), NUMBER, &keys)?, over(rank(), RANK, &keys)?];
    // The count first, for it is what tells the type of a parameter.
    let wanted = count.clone().gt(lit(0_i64));
    let wanted = wanted.and(bigint(col(NUMBER)).gt(skip.clone()));
    let wanted = wanted.and(bigint(col(RANK)).lt_eq(skip.clone() + count.clone()));
    LogicalPlanBuilder::from(input).window(windows)?.filter(wanted)?.sort(keys)?.project(columns)?.build()
}

fn bigint(expr: Expr) -> Expr {
    Expr::Cast(Cast::new(Box::new(expr), DataType::Int64))
}

/// How many rows are wanted. Errors: 2201W for NULL and negative counts.
#[derive(Debug, PartialEq, Eq, Hash)]
struct WithTies {
    signature: Signature,
}

impl ScalarUDFImpl for WithTies {
    fn name(&self) -> &str {
        MARK
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let count = match &args.args[0] {
            ColumnarValue::Scalar(ScalarValue::Int64(count)) => *count,
            other => first(&other.to_array(args.number_rows)?),
        };
        let message = match count {
            Some(0..) => return Ok(ColumnarValue::Scalar(ScalarValue::Int64(count))),
            Some(_) => "LIMIT must not be negative",
            None => "row count cannot be null in FETCH FIRST ... WITH TIES clause",
        };
        Err(external(Error::new("2201W", message)))
    }
}

/// A count is constant: all its values are the first.
fn first(counts: &ArrayRef) -> Option<i64> {
    let counts: &PrimitiveArray<Int64Type> = counts.as_primitive();
    (!counts.is_empty() && !counts.is_null(0)).then(|| counts.value(0))
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
