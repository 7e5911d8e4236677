//! A scalar subquery may find no row, and is NULL then, also where the column it selects has no NULLs.
//!
//! ```text
//!   (SELECT id FROM t WHERE …)    ─▶    nullable((SELECT id FROM t WHERE …))      for planners and batches the same value
//! ```
//!
//! The outside engine takes the column's word for it, and refuses the NULL when it comes. Correlated subqueries become outer
//! joins, which know.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlan, LogicalPlanBuilder, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};

use super::tree;

/// The plan with such subqueries marked.
pub(super) fn apply(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut is_needed = false;
    tree::each_operator(&plan, |node| {
        tree::each_part_of(node, |part| {
            is_needed |= is_strict(part);
            Ok(if is_needed { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })
    })?;
    match is_needed {
        false => Ok(plan),
        true => tree::change_operators(plan, marked),
    }
}

/// Whether a subquery is taken for one that always has a value.
fn is_strict(expr: &Expr) -> bool {
    match expr {
        Expr::ScalarSubquery(subquery) => {
            subquery.outer_ref_columns.is_empty() && !subquery.subquery.schema().field(0).is_nullable()
        }
        _ => false,
    }
}

fn marked(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let node = tree::change_parts_of(node, |part| {
        Ok(match is_strict(&part) {
            true => Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(NULLABLE.clone(), vec![part]))),
            false => Transformed::no(part),
        })
    })?;
    // Rows of values do not learn the types of what they hold again by themselves.
    let node = match node.data {
        LogicalPlan::Values(values) if node.transformed => LogicalPlanBuilder::values(values.values)?.build()?,
        other => other.recompute_schema()?,
    };
    Ok(Transformed::yes(node))
}

static NULLABLE: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
    let signature = Signature::any(1, Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(Nullable { signature }))
});

/// Its argument, which may be NULL.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Nullable {
    signature: Signature,
}

impl ScalarUDFImpl for Nullable {
    fn name(&self) -> &str {
        "nullable"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::clone(&args.arg_fields[0]).with_nullable(true)))
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(args.args.swap_remove(0))
    }
}
