//! Computes a subquery for all combinations of outer values at once: each operator carries them along as columns.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, JoinType, Result, not_impl_err};
use datafusion::logical_expr::expr::{Sort as SortExpr, WindowFunction};
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, Distinct, Expr, ExprFunctionExt, FetchType, Join, Limit, LogicalPlan, LogicalPlanBuilder,
    Operator, Projection, SkipType, SubqueryAlias, Union, lit,
};

use super::super::tree;
use super::domain::{Domain, Numbers, named_as, on_and_filter};

/// The plan with the domain's columns added: its rows for each combination of outer values.
pub(super) fn push(plan: LogicalPlan, domain: &Domain, numbers: &mut Numbers) -> Result<LogicalPlan> {
    let Some(outer) = &domain.plan else { return Ok(plan) };
    if !uses(&plan, domain)? {
        return match &plan {
            LogicalPlan::EmptyRelation(empty) if empty.produce_one_row && plan.schema().fields().is_empty() => {
                Ok(outer.clone())
            }
            _ => LogicalPlanBuilder::from(plan).cross_join(outer.clone())?.build(),
        };
    }
    match plan {
        LogicalPlan::Projection(projection) => {
            let input = push(Arc::unwrap_or_clone(projection.input), domain, numbers)?;
            let exprs = projection.expr.into_iter().map(|expr| inward(expr, domain)).collect::<Result<Vec<_>>>()?;
            let mut exprs = named_as(exprs, &projection.schema);
            exprs.extend(carried(domain));
            Ok(LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(input))?))
        }
        LogicalPlan::Filter(filter) => {
            let predicate = inward(filter.predicate, domain)?;
            let input = push(Arc::unwrap_or_clone(filter.input), domain, numbers)?;
            LogicalPlanBuilder::from(input).filter(predicate)?.build()
        }
        LogicalPlan::SubqueryAlias(alias) => through_alias(alias, domain, numbers),
        LogicalPlan::Aggregate(aggregate) => through_aggregate(aggregate, domain, numbers),
        // The order of a subquery's rows means something only to LIMIT.
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => push(Arc::unwrap_or_clone(sort.input), domain, numbers),
        LogicalPlan::Limit(limit) => through_limit(limit, domain, numbers),
        LogicalPlan::Join(join) => through_join(join, domain, numbers),
        LogicalPlan::Distinct(Distinct::All(input)) => {
            let input = push(Arc::unwrap_or_clone(input), domain, numbers)?;
            LogicalPlanBuilder::from(input).distinct()?.build()
        }
        LogicalPlan::Union(union) => through_union(union, domain, numbers),
        LogicalPlan::Unnest(unnest) => {
            let input = push(Arc::unwrap_or_clone(unnest.input), domain, numbers)?;
            LogicalPlanBuilder::from(input).unnest_columns_with_options(unnest.exec_columns, unnest.options)?.build()
        }
        LogicalPlan::Window(window) => {
            let exprs = window.window_expr.into_iter().map(|expr| partitioned(inward(expr, domain)?, domain));
            let exprs = exprs.collect::<Result<Vec<_>>>()?;
            let input = push(Arc::unwrap_or_clone(window.input), domain, numbers)?;
            LogicalPlanBuilder::from(input).window(exprs)?.build()
        }
        LogicalPlan::Subquery(subquery) => push(Arc::unwrap_or_clone(subquery.subquery), domain, numbers),
        other => not_impl_err!("a subquery that refers to the query around it from within {}", other.display()),
    }
}

/// The outer columns that a plan refers to, each once.
pub(super) fn outer_columns(plan: &LogicalPlan) -> Result<Vec<Column>> {
    let mut found = Vec::new();
    tree::each_operator(plan, |node| {
        tree::each_part_of(node, |part| {
            if let Expr::OuterReferenceColumn(_, column) = part
                && !found.contains(column)
            {
                found.push(column.clone());
            }
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(found)
}

/// `a IS NOT DISTINCT FROM b`.
pub(super) fn same(left: Expr, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), Operator::IsNotDistinctFrom, Box::new(right)))
}

fn uses(plan: &LogicalPlan, domain: &Domain) -> Result<bool> {
    Ok(outer_columns(plan)?.iter().any(|column| domain.names.contains_key(column)))
}

/// The expression with the domain's columns for the outer ones.
fn inward(expr: Expr, domain: &Domain) -> Result<Expr> {
    tree::change_parts(expr, |part| {
        let inner = match &part {
            Expr::OuterReferenceColumn(_, column) => domain.names.get(column),
            _ => None,
        };
        match inner {
            Some(inner) => Ok(Transformed::yes(Expr::Column(inner.clone()))),
            None => Ok(Transformed::no(part)),
        }
    })
}

fn carried(domain: &Domain) -> impl Iterator<Item = Expr> + '_ {
    domain.columns.iter().cloned().map(Expr::Column)
}

/// An alias renames the domain's columns too, which is undone above it.
fn through_alias(alias: SubqueryAlias, domain: &Domain, numbers: &mut Numbers) -> Result<LogicalPlan> {
    let columns = alias.schema.columns();
    let input = push(Arc::unwrap_or_clone(alias.input), domain, numbers)?;
    let order = input.schema().columns();
    // The alias names the columns by their place, so the domain's stand last.
    let (own, added): (Vec<_>, Vec<_>) = order.into_iter().partition(|column| !domain.columns.contains(column));
    let items: Vec<Expr> = own.into_iter().chain(added).map(Expr::Column).collect();
    let named = LogicalPlanBuilder::from(input).project(items)?.alias(alias.alias.clone())?;
    let back = domain.columns.iter().map(|column| {
        Expr::Column(Column::new(Some(alias.alias.clone()), column.name.clone())).alias(column.name.clone())
    });
    let items: Vec<Expr> = columns.into_iter().map(Expr::Column).chain(back).collect();
    named.project(items)?.build()
}

/// Groups by the domain too. Without groups there is one row also where the input has none, so that is put back.
fn through_aggregate(aggregate: Aggregate, domain: &Domain, numbers: &mut Numbers) -> Result<LogicalPlan> {
    let Aggregate { input, group_expr, aggr_expr, schema, .. } = aggregate;
    let input = push(Arc::unwrap_or_clone(input), domain, numbers)?;
    let has_groups = !group_expr.is_empty();
    let (group_count, all) = (group_expr.len(), group_expr.into_iter().chain(aggr_expr.clone()));
    let all = all.map(|expr| inward(expr, domain)).collect::<Result<Vec<_>>>()?;
    let mut groups = all;
    let values = groups.split_off(group_count);
    // An aggregate keeps its name though what it is of is called otherwise now.
    let values: Vec<Expr> = named_as(values, &tail(&schema, group_count)?);
    groups.extend(carried(domain));
    let grouped = LogicalPlanBuilder::from(input).aggregate(groups, values)?;
    if has_groups {
        return grouped.build();
    }
    let number = numbers.next();
    let matches = |at: usize| Column::new_unqualified(format!("__match_{number}_{at}"));
    let columns = schema.columns();
    let renamed =
        domain.columns.iter().enumerate().map(|(at, column)| Expr::Column(column.clone()).alias(matches(at).name));
    let items: Vec<Expr> = columns.iter().cloned().map(Expr::Column).chain(renamed).collect();
    let grouped = grouped.project(items)?.build()?;
    let on: Vec<Expr> = domain
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| same(Expr::Column(column.clone()), Expr::Column(matches(at))))
        .collect();
    let Some(outer) = &domain.plan else { return Ok(grouped) };
    let values = columns.iter().zip(&aggr_expr).map(|(column, expr)| of_nothing(column, expr));
    let items: Vec<Expr> = named_as(values.collect(), &schema).into_iter().chain(carried(domain)).collect();
    LogicalPlanBuilder::from(outer.clone()).join_on(grouped, JoinType::Left, on)?.project(items)?.build()
}

/// What an aggregate is of no rows: 0 for a count, else NULL.
fn of_nothing(column: &Column, expr: &Expr) -> Expr {
    let counts = match expr.clone().unalias() {
        Expr::AggregateFunction(function) => function.func.name() == "count",
        _ => false,
    };
    let value = Expr::Column(column.clone());
    if !counts {
        return value;
    }
    datafusion::functions::core::coalesce().call(vec![value, lit(0_i64)])
}

/// The schema's fields from a place on.
fn tail(schema: &DFSchema, from: usize) -> Result<DFSchema> {
    let fields = schema.iter().skip(from).map(|(qualifier, field)| (qualifier.cloned(), field.clone()));
    DFSchema::new_with_metadata(fields.collect(), HashMap::new())
}

/// LIMIT and OFFSET count the rows of each combination.
fn through_limit(limit: Limit, domain: &Domain, numbers: &mut Numbers) -> Result<LogicalPlan> {
    let (FetchType::Literal(fetch), SkipType::Literal(skip)) = (limit.get_fetch_type()?, limit.get_skip_type()?) else {
        return not_impl_err!("a computed LIMIT in a subquery that refers to the query around it");
    };
    if let LogicalPlan::Projection(projection) = limit.input.as_ref()
        && matches!(projection.input.as_ref(), LogicalPlan::Sort(_))
    {
        // What is sorted by but not selected is dropped after the sort; the limit does as well before.
        let limited = Limit { input: projection.input.clone(), ..limit.clone() };
        let made = Projection::try_new(projection.expr.clone(), Arc::new(LogicalPlan::Limit(limited)))?;
        return push(LogicalPlan::Projection(made), domain, numbers);
    }
    let columns = limit.input.schema().columns();
    let (input, order) = match Arc::unwrap_or_clone(limit.input) {
        LogicalPlan::Sort(sort) => (Arc::unwrap_or_clone(sort.input), sort.expr),
        other => (other, Vec::new()),
    };
    let order = order.into_iter().map(|sort| Ok(SortExpr { expr: inward(sort.expr, domain)?, ..sort }));
    let order = order.collect::<Result<Vec<_>>>()?;
    let input = push(input, domain, numbers)?;
    let place = format!("__place_{}", numbers.next());
    let row_number = datafusion::functions_window::expr_fn::row_number();
    let row_number = row_number.partition_by(carried(domain).collect());
    let row_number = if order.is_empty() { row_number.build()? } else { row_number.order_by(order).build()? };
    let numbered = LogicalPlanBuilder::from(input).window(vec![row_number.alias(&place)])?;
    let at = || Expr::Column(Column::new_unqualified(&place));
    let mut wanted = at().gt(lit(skip as u64));
    if let Some(fetch) = fetch {
        wanted = wanted.and(at().lt_eq(lit((skip + fetch) as u64)));
    }
    let items: Vec<Expr> = columns.into_iter().map(Expr::Column).chain(carried(domain)).collect();
    numbered.filter(wanted)?.project(items)?.build()
}

fn through_join(join: Join, domain: &Domain, numbers: &mut Numbers) -> Result<LogicalPlan> {
    let condition = on_and_filter(&join).into_iter().map(|expr| inward(expr, domain));
    let mut condition = condition.collect::<Result<Vec<_>>>()?;
    let keeps_left = match join.join_type {
        JoinType::Inner => false,
        JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti => true,
        other => return not_impl_err!("{other} JOIN in a subquery that refers to the query around it"),
    };
    let (left, right) = (Arc::unwrap_or_clone(join.left), Arc::unwrap_or_clone(join.right));
    let right_uses = uses(&right, domain)?;
    let left = match keeps_left || !right_uses || uses(&left, domain)? {
        true => push(left, domain, numbers)?,
        false => {
            // Only the right side refers outward: it alone carries the domain.
            let right = push(right, domain, numbers)?;
            return joined(left, right, JoinType::Inner, condition);
        }
    };
    if !right_uses {
        return joined(left, right, join.join_type, condition);
    }
    // Both sides carry it, under different names, and meet where it is the same.
    let number = numbers.next();
    let columns = right.schema().columns();
    let other = |at: usize| format!("__same_{number}_{at}");
    let right = push(right, domain, numbers)?;
    let renamed = domain.columns.iter().enumerate().map(|(at, column)| Expr::Column(column.clone()).alias(other(at)));
    let items: Vec<Expr> = columns.into_iter().map(Expr::Column).chain(renamed).collect();
    let right = LogicalPlanBuilder::from(right).project(items)?.build()?;
    condition.extend(
        domain
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| same(Expr::Column(column.clone()), Expr::Column(Column::new_unqualified(other(at))))),
    );
    joined(left, right, join.join_type, condition)
}

fn joined(left: LogicalPlan, right: LogicalPlan, join_type: JoinType, condition: Vec<Expr>) -> Result<LogicalPlan> {
    let condition = if condition.is_empty() { vec![lit(true)] } else { condition };
    LogicalPlanBuilder::from(left).join_on(right, join_type, condition)?.build()
}

fn through_union(union: Union, domain: &Domain, numbers: &mut Numbers) -> Result<LogicalPlan> {
    let part = |input: Arc<LogicalPlan>| {
        let columns = input.schema().columns();
        let pushed = push(Arc::unwrap_or_clone(input), domain, numbers)?;
        let items: Vec<Expr> = columns.into_iter().map(Expr::Column).chain(carried(domain)).collect();
        Ok(Arc::new(LogicalPlanBuilder::from(pushed).project(items)?.build()?))
    };
    let parts = union.inputs.into_iter().map(part).collect::<Result<Vec<_>>>()?;
    let made = LogicalPlan::Union(Union::try_new_with_loose_types(parts)?);
    let given: Vec<Expr> = made.schema().columns().into_iter().map(Expr::Column).collect();
    let mut items = named_as(given, &union.schema);
    items.extend(carried(domain));
    LogicalPlanBuilder::from(made).project(items)?.build()
}

/// A window function looks at the rows of one combination only.
fn partitioned(expr: Expr, domain: &Domain) -> Result<Expr> {
    tree::change_parts(expr, |part| match part {
        Expr::WindowFunction(mut function) => {
            let WindowFunction { params, .. } = function.as_mut();
            params.partition_by.extend(carried(domain));
            Ok(Transformed::yes(Expr::WindowFunction(function)))
        }
        other => Ok(Transformed::no(other)),
    })
}
