//! Dates and literals among timestamps are timestamps, of microseconds as all others.
//!
//! ```text
//!   t < '1500-01-01'   greatest(t, d)   CASE t WHEN d      ─▶     t < CAST('1500-01-01' AS timestamp)   greatest(t, CAST(d AS …))   …
//!   t IN (SELECT d …)                                      ─▶     t IN (SELECT CAST(d AS timestamp) …)
//!   SELECT t … UNION SELECT d …                            ─▶     SELECT t … UNION SELECT CAST(d AS timestamp) …
//! ```
//!
//! DataFusion would turn all of them into nanoseconds, which begin in 1677 and end in 2262. Done before it brings types together.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::common::{ExprSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{Between, Case, InList, InSubquery, ScalarFunction};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Subquery, Union,
};
use datafusion::optimizer::AnalyzerRule;

use super::tree;

/// The rule for plans.
#[derive(Debug)]
pub(super) struct AmongTimestamps;

impl AnalyzerRule for AmongTimestamps {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        if !has_timestamps(&plan)? {
            return Ok(plan);
        }
        let mut is_changed = false;
        tree::change_operators(plan, |operator| {
            let operator = match operator {
                LogicalPlan::Union(union) => in_union(union)?,
                LogicalPlan::Join(mut join) => {
                    let schema = merge_schema(&[&join.left, &join.right]);
                    let pairs = join.on.iter_mut().map(|(left, right)| alike(&mut [left, right], &schema));
                    is_changed |= pairs.fold(false, |one, other| one | other);
                    tree::change_parts_of(LogicalPlan::Join(join), |part| in_part(part, &schema))?
                }
                operator => {
                    let schema = merge_schema(&operator.inputs());
                    tree::change_parts_of(operator, |part| in_part(part, &schema))?
                }
            };
            is_changed |= operator.transformed;
            // What stands above learns the types of what was changed below.
            let operator = if is_changed { operator.data.recompute_schema()? } else { operator.data };
            Ok(changed(operator, is_changed))
        })
    }

    fn name(&self) -> &'static str {
        "among_timestamps"
    }
}

fn has_timestamps(plan: &LogicalPlan) -> Result<bool> {
    let found = tree::each_operator(plan, |operator| {
        let is_found = operator.schema().fields().iter().any(|field| is_timestamp(field.data_type()));
        Ok(if is_found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found == TreeNodeRecursion::Stop)
}

/// One expression; its parts are as they should be.
pub(super) fn in_part(mut part: Expr, schema: &dyn ExprSchema) -> Result<Transformed<Expr>> {
    let mut is_changed = false;
    match &mut part {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if op.supports_propagation() => {
            is_changed = alike(&mut [left.as_mut(), right.as_mut()], schema);
        }
        Expr::Between(Between { expr, low, high, .. }) => {
            is_changed = alike(&mut [expr.as_mut(), low.as_mut(), high.as_mut()], schema);
        }
        Expr::InList(InList { expr, list, .. }) => {
            is_changed = alike(&mut std::iter::once(expr.as_mut()).chain(list).collect::<Vec<_>>(), schema);
        }
        Expr::Case(Case { expr: subject, when_then_expr, else_expr }) => {
            let (mut compared, mut results): (Vec<&mut Expr>, Vec<&mut Expr>) =
                when_then_expr.iter_mut().map(|(when, then)| (when.as_mut(), then.as_mut())).unzip();
            if let Some(subject) = subject {
                compared.push(subject);
                is_changed = alike(&mut compared, schema);
            }
            results.extend(else_expr.as_deref_mut());
            is_changed |= alike(&mut results, schema);
        }
        Expr::ScalarFunction(ScalarFunction { func, args })
            if ["coalesce", "greatest", "least", "nullif"].contains(&func.name()) =>
        {
            is_changed = alike(&mut args.iter_mut().collect::<Vec<_>>(), schema);
        }
        Expr::InSubquery(InSubquery { expr, subquery, .. }) => {
            let found = subquery.subquery.schema().field(0).data_type().clone();
            match (expr.get_type(schema)?, &found) {
                (wanted, DataType::Date32) if is_timestamp(&wanted) => {
                    *subquery = Subquery {
                        subquery: Arc::new(casted(&subquery.subquery, &[Some(wanted)])?),
                        ..subquery.clone()
                    };
                    is_changed = true;
                }
                (DataType::Date32, wanted) if is_timestamp(wanted) => {
                    cast(expr, wanted);
                    is_changed = true;
                }
                _ => {}
            }
        }
        _ => {}
    }
    Ok(changed(part, is_changed))
}

/// Takes the dates and literals among timestamps of one type for timestamps; whether there are any.
fn alike(exprs: &mut [&mut Expr], schema: &dyn ExprSchema) -> bool {
    let Ok(types) = exprs.iter().map(|expr| expr.get_type(schema)).collect::<Result<Vec<_>>>() else { return false };
    let Some(wanted) = types.iter().find(|found| is_timestamp(found)) else { return false };
    let fits = |expr: &Expr, found: &DataType| {
        found == wanted || found.is_null() || *found == DataType::Date32 || is_text(expr)
    };
    if !exprs.iter().zip(&types).all(|(expr, found)| fits(expr, found)) {
        return false;
    }
    let mut is_changed = false;
    for (expr, _) in exprs.iter_mut().zip(&types).filter(|(_, found)| *found != wanted) {
        cast(expr, wanted);
        is_changed = true;
    }
    is_changed
}

/// The columns of a union that are timestamps in one of its parts are so in all.
fn in_union(union: Union) -> Result<Transformed<LogicalPlan>> {
    let type_of =
        |input: &Arc<LogicalPlan>, at: usize| input.schema().fields().get(at).map(|field| field.data_type().clone());
    let wanted = |at: usize| {
        let mut found = union.inputs.iter().filter_map(|input| type_of(input, at));
        found.find(is_timestamp)
    };
    let wanted: Vec<Option<DataType>> = (0..union.schema.fields().len()).map(wanted).collect();
    let mut is_changed = false;
    let inputs = union.inputs.iter().map(|input| {
        let is_date = |at: usize| type_of(input, at) == Some(DataType::Date32) || is_text_in(input, at);
        let casts: Vec<_> =
            wanted.iter().enumerate().map(|(at, wanted)| wanted.clone().filter(|_| is_date(at))).collect();
        if casts.iter().all(Option::is_none) {
            return Ok(input.clone());
        }
        is_changed = true;
        casted(input, &casts).map(Arc::new)
    });
    let inputs = inputs.collect::<Result<Vec<_>>>()?;
    Ok(match is_changed {
        false => Transformed::no(LogicalPlan::Union(union)),
        true => Transformed::yes(LogicalPlan::Union(Union::try_new_with_loose_types(inputs)?)),
    })
}

/// Whether a column of a plan is a literal in quotes.
fn is_text_in(plan: &LogicalPlan, at: usize) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => projection.expr.get(at).is_some_and(|expr| is_text(unaliased(expr))),
        _ => false,
    }
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(ScalarValue::Utf8(Some(_)), _))
}

fn unaliased(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => unaliased(&alias.expr),
        expr => expr,
    }
}

/// The plan with its first columns cast to these types, where there is one. Every column keeps its name.
fn casted(plan: &Arc<LogicalPlan>, types: &[Option<DataType>]) -> Result<LogicalPlan> {
    let columns = plan.schema().columns().into_iter().enumerate().map(|(at, column)| {
        let (relation, name) = (column.relation.clone(), column.name.clone());
        match types.get(at).cloned().flatten() {
            Some(wanted) => {
                Expr::Cast(Cast::new(Box::new(Expr::Column(column)), wanted)).alias_qualified(relation, name)
            }
            None => Expr::Column(column),
        }
    });
    LogicalPlanBuilder::new_from_arc(plan.clone()).project(columns.collect::<Vec<_>>())?.build()
}

fn changed<T>(data: T, is_changed: bool) -> Transformed<T> {
    if is_changed { Transformed::yes(data) } else { Transformed::no(data) }
}

fn cast(expr: &mut Expr, wanted: &DataType) {
    *expr = Expr::Cast(Cast::new(Box::new(std::mem::take(expr)), wanted.clone()));
}

fn is_timestamp(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(TimeUnit::Microsecond, _))
}
