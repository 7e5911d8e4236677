//! Turns subqueries that refer to the query around them into joins, where DataFusion's own rules cannot.
//!
//! ```text
//!   select f(t.a), (subquery of t.b)          project f(t.a), value
//!     from t                          ──▶       left join key = t.b
//!                                                 t
//!                                                 the subquery, for each of   distinct t.b as key
//! ```
//!
//! The subquery is computed once for every different combination of the outer values it uses, all of them together: those
//! combinations are joined into it at its leaves ([`push`]) and carried up through every operator. So nothing is asked per
//! row. A subquery that DataFusion decorrelates itself (plain equalities in WHERE) is left to it.
//! Source: Neumann and Kemper, Unnesting Arbitrary Queries (BTW 2015).

mod domain;
mod push;
mod simple;
mod single;

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, JoinType, Result};
use datafusion::logical_expr::expr::Exists;
use datafusion::logical_expr::{
    Aggregate, Expr, Filter, Join, LogicalPlan, LogicalPlanBuilder, Projection, Subquery, SubqueryAlias, lit,
};

use domain::{Domain, Numbers, named_as, on_and_filter};

/// The plan without the correlated subqueries that DataFusion could not plan.
pub(super) fn apply(plan: LogicalPlan) -> Result<LogicalPlan> {
    if !simple::has_hard_subquery(&plan)? {
        return Ok(plan);
    }
    process(plan, &mut Numbers::default())
}

/// Takes the correlated subqueries out of every operator, innermost first. References to queries further out stay.
fn process(plan: LogicalPlan, numbers: &mut Numbers) -> Result<LogicalPlan> {
    let processed = plan.transform_up(|node| {
        let node = match node {
            LogicalPlan::Join(join) => lateral(join, numbers)?,
            LogicalPlan::Projection(projection) => in_projection(projection, numbers)?,
            LogicalPlan::Filter(filter) => in_filter(filter, numbers)?,
            LogicalPlan::Aggregate(aggregate) => in_aggregate(aggregate, numbers)?,
            other => other,
        };
        Ok(Transformed::yes(node))
    });
    processed.map(|processed| processed.data)
}

fn in_projection(projection: Projection, numbers: &mut Numbers) -> Result<LogicalPlan> {
    let mut input = Arc::unwrap_or_clone(projection.input.clone());
    let mut changed = false;
    let exprs = projection.expr.iter().cloned().map(|expr| without_subqueries(expr, &mut input, numbers, &mut changed));
    let exprs = exprs.collect::<Result<Vec<_>>>()?;
    if !changed {
        return Ok(LogicalPlan::Projection(projection));
    }
    Ok(LogicalPlan::Projection(Projection::try_new(named_as(exprs, &projection.schema), Arc::new(input))?))
}

fn in_filter(filter: Filter, numbers: &mut Numbers) -> Result<LogicalPlan> {
    let columns = filter.input.schema().columns();
    let mut input = Arc::unwrap_or_clone(filter.input.clone());
    let mut changed = false;
    let predicate = without_subqueries(filter.predicate.clone(), &mut input, numbers, &mut changed)?;
    if !changed {
        return Ok(LogicalPlan::Filter(filter));
    }
    LogicalPlanBuilder::from(input).filter(predicate)?.project(columns.into_iter().map(Expr::Column))?.build()
}

fn in_aggregate(aggregate: Aggregate, numbers: &mut Numbers) -> Result<LogicalPlan> {
    let mut input = Arc::unwrap_or_clone(aggregate.input.clone());
    let mut changed = false;
    let group_count = aggregate.group_expr.len();
    let exprs = aggregate.group_expr.iter().chain(&aggregate.aggr_expr).cloned();
    let exprs = exprs.map(|expr| without_subqueries(expr, &mut input, numbers, &mut changed));
    let mut groups = named_as(exprs.collect::<Result<Vec<_>>>()?, &aggregate.schema);
    if !changed {
        return Ok(LogicalPlan::Aggregate(aggregate));
    }
    let values = groups.split_off(group_count);
    Ok(LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(input), groups, values)?))
}

/// The expression with each correlated subquery replaced by a column, which a join adds to the input.
fn without_subqueries(expr: Expr, input: &mut LogicalPlan, numbers: &mut Numbers, changed: &mut bool) -> Result<Expr> {
    let replaced = expr.transform_down(|part| {
        let value = match &part {
            Expr::ScalarSubquery(subquery) if is_correlated(subquery)? => scalar(subquery, input, numbers)?,
            Expr::Exists(Exists { subquery, negated }) if is_correlated(subquery)? => {
                let found = exists(subquery, input, numbers)?;
                if *negated { found.is_null() } else { found.is_not_null() }
            }
            _ => return Ok(Transformed::no(part)),
        };
        *changed = true;
        Ok(Transformed::new(value, true, TreeNodeRecursion::Jump))
    });
    replaced.map(|replaced| replaced.data)
}

fn is_correlated(subquery: &Subquery) -> Result<bool> {
    Ok(!push::outer_columns(&subquery.subquery)?.is_empty())
}

/// Joins a scalar subquery to the input; returns the column that holds its value.
fn scalar(subquery: &Subquery, input: &mut LogicalPlan, numbers: &mut Numbers) -> Result<Expr> {
    let plan = process(LogicalPlan::clone(&subquery.subquery), numbers)?;
    let value = plan.schema().columns().remove(0);
    let number = numbers.next();
    let keys = Keys::of(&plan, input, number)?;
    let at_most_one = simple::is_single_row(&plan);
    let plan = push::push(plan, &keys.domain(input)?, numbers)?;
    let name = format!("__value_{number}");
    let plan = if at_most_one {
        let items = keys.renamed().chain([Expr::Column(value).alias(&name)]);
        LogicalPlanBuilder::from(plan).project(items)?.build()?
    } else {
        let groups: Vec<Expr> = keys.inner().map(Expr::Column).collect();
        let only = single::single(Expr::Column(value)).alias(&name);
        let items: Vec<Expr> = keys.renamed().chain([Expr::Column(Column::new_unqualified(&name))]).collect();
        LogicalPlanBuilder::from(plan).aggregate(groups, vec![only])?.project(items)?.build()?
    };
    *input = keys.joined(input.clone(), plan, JoinType::Left, None)?;
    Ok(Expr::Column(Column::new_unqualified(name)))
}

/// Joins a subquery to the input once; returns a column that is not NULL where the subquery has rows.
fn exists(subquery: &Subquery, input: &mut LogicalPlan, numbers: &mut Numbers) -> Result<Expr> {
    let plan = process(LogicalPlan::clone(&subquery.subquery), numbers)?;
    let number = numbers.next();
    let keys = Keys::of(&plan, input, number)?;
    let plan = push::push(plan, &keys.domain(input)?, numbers)?;
    let name = format!("__found_{number}");
    let items: Vec<Expr> = keys.renamed().chain([lit(true).alias(&name)]).collect();
    let plan = LogicalPlanBuilder::from(plan).project(items)?.distinct()?.build()?;
    *input = keys.joined(input.clone(), plan, JoinType::Left, None)?;
    Ok(Expr::Column(Column::new_unqualified(name)))
}

/// A LATERAL subquery on the right of a join. One without references to the left is a relation like any other.
fn lateral(join: Join, numbers: &mut Numbers) -> Result<LogicalPlan> {
    let left = match unwrapped(&join.left) {
        Some(plan) => Arc::new(plan?),
        None => join.left.clone(),
    };
    let Some(right) = unwrapped(&join.right) else {
        let condition = on_and_filter(&join);
        if Arc::ptr_eq(&left, &join.left) {
            return Ok(LogicalPlan::Join(join));
        }
        let right = LogicalPlan::clone(&join.right);
        return LogicalPlanBuilder::from(LogicalPlan::clone(&left)).join_on(right, join.join_type, condition)?.build();
    };
    let right = process(right?, numbers)?;
    let columns: Vec<Expr> =
        left.schema().columns().into_iter().chain(right.schema().columns()).map(Expr::Column).collect();
    let number = numbers.next();
    let keys = Keys::of(&right, &left, number)?;
    let pushed = push::push(right.clone(), &keys.domain(&left)?, numbers)?;
    let kept = right.schema().columns().into_iter().map(Expr::Column);
    let items: Vec<Expr> = kept.chain(keys.renamed()).collect();
    let pushed = LogicalPlanBuilder::from(pushed).project(items)?.build()?;
    let condition = on_and_filter(&join).into_iter().reduce(Expr::and);
    let joined = keys.joined(LogicalPlan::clone(&left), pushed, join.join_type, condition)?;
    LogicalPlanBuilder::from(joined).project(columns)?.build()
}

/// What a LATERAL subquery selects, its alias kept.
fn unwrapped(plan: &LogicalPlan) -> Option<Result<LogicalPlan>> {
    match plan {
        LogicalPlan::Subquery(subquery) => Some(Ok(LogicalPlan::clone(&subquery.subquery))),
        LogicalPlan::SubqueryAlias(SubqueryAlias { input, alias, .. }) => {
            let inner = unwrapped(input)?;
            Some(inner.and_then(|inner| LogicalPlanBuilder::from(inner).alias(alias.clone())?.build()))
        }
        LogicalPlan::Projection(projection) => {
            let inner = unwrapped(&projection.input)?;
            Some(inner.and_then(|inner| {
                let made = Projection::try_new(projection.expr.clone(), Arc::new(inner))?;
                Ok(LogicalPlan::Projection(made))
            }))
        }
        _ => None,
    }
}

/// The outer columns that a subquery uses, and what they are called inside of it.
struct Keys {
    number: usize,
    outer: Vec<Column>,
}

impl Keys {
    /// The columns of `input` that `plan` refers to from inside.
    fn of(plan: &LogicalPlan, input: &LogicalPlan, number: usize) -> Result<Keys> {
        let mut outer = push::outer_columns(plan)?;
        outer.retain(|column| input.schema().has_column(column));
        Ok(Keys { number, outer })
    }

    fn inner(&self) -> impl Iterator<Item = Column> + '_ {
        let name = |at| Column::new_unqualified(format!("__outer_{}_{at}", self.number));
        (0..self.outer.len()).map(name)
    }

    /// The inner columns under names that the join's other side does not have.
    fn renamed(&self) -> impl Iterator<Item = Expr> + '_ {
        let number = self.number;
        self.inner().enumerate().map(move |(at, column)| Expr::Column(column).alias(format!("__key_{number}_{at}")))
    }

    fn domain(&self, input: &LogicalPlan) -> Result<Domain> {
        let columns: Vec<Column> = self.inner().collect();
        let names = self.outer.iter().cloned().zip(columns.iter().cloned()).collect();
        let plan = match self.outer.is_empty() {
            true => None,
            false => {
                let items = self
                    .outer
                    .iter()
                    .zip(&columns)
                    .map(|(outer, inner)| Expr::Column(outer.clone()).alias(inner.name.clone()));
                let items: Vec<Expr> = items.collect();
                Some(LogicalPlanBuilder::from(input.clone()).project(items)?.distinct()?.build()?)
            }
        };
        Ok(Domain { plan, columns, names })
    }

    /// Joins what was computed for each key to the rows with that key; two NULLs are one key.
    fn joined(
        &self,
        input: LogicalPlan,
        plan: LogicalPlan,
        join_type: JoinType,
        condition: Option<Expr>,
    ) -> Result<LogicalPlan> {
        let number = self.number;
        let keys = self.outer.iter().enumerate().map(|(at, outer)| {
            let inner = Column::new_unqualified(format!("__key_{number}_{at}"));
            push::same(Expr::Column(outer.clone()), Expr::Column(inner))
        });
        let conditions: Vec<Expr> = keys.chain(condition).collect();
        let conditions = if conditions.is_empty() { vec![lit(true)] } else { conditions };
        LogicalPlanBuilder::from(input).join_on(plan, join_type, conditions)?.build()
    }
}
