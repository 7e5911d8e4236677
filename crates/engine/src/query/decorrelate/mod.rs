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
mod on;
mod push;
mod simple;
mod single;

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DataFusionError, JoinType, Result, ScalarValue};
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, Expr, ExprSchemable, Filter, Join, LogicalPlan, LogicalPlanBuilder, Operator, Projection,
    Subquery, SubqueryAlias, lit, when,
};

use super::planning::bounded;
use domain::{Domain, Numbers, named_as, on_and_filter};

/// The plan without the correlated subqueries that DataFusion could not plan.
pub(super) fn apply(plan: LogicalPlan) -> Result<LogicalPlan> {
    if !simple::has_hard_subquery(&plan)? {
        return Ok(plan);
    }
    // Every such subquery is given the rows of what is around it, and with them what those are made of.
    process(plan, &mut Numbers::default()).and_then(bounded)
}

/// Takes the correlated subqueries out of every operator, innermost first. References to queries further out stay.
fn process(plan: LogicalPlan, numbers: &mut Numbers) -> Result<LogicalPlan> {
    let processed = plan.transform_up(|node| {
        let node = match node {
            LogicalPlan::Join(join) => match lateral(join, numbers)? {
                LogicalPlan::Join(join) => on::in_condition(join, numbers)?,
                other => other,
            },
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
    let exprs = projection
        .expr
        .iter()
        .cloned()
        .map(|expr| without_subqueries(expr, &Place::Value, &mut input, numbers, &mut changed));
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
    let predicate = in_condition(&filter.predicate, &Within::Conjunction, &mut input, numbers, &mut changed)?;
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
    let exprs = exprs.map(|expr| without_subqueries(expr, &Place::Value, &mut input, numbers, &mut changed));
    let mut groups = named_as(exprs.collect::<Result<Vec<_>>>()?, &aggregate.schema);
    if !changed {
        return Ok(LogicalPlan::Aggregate(aggregate));
    }
    let values = groups.split_off(group_count);
    Ok(LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(input), groups, values)?))
}

/// What a part of a condition is joined to the others by.
#[derive(PartialEq)]
enum Within {
    /// By AND alone, where DataFusion joins with NOT IN as SQL has it.
    Conjunction,
    /// By AND and OR.
    Disjunction,
}

/// A condition that keeps no row where it is NULL, as where it is false; so IN may be either.
fn in_condition(
    condition: &Expr,
    within: &Within,
    input: &mut LogicalPlan,
    numbers: &mut Numbers,
    changed: &mut bool,
) -> Result<Expr> {
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
            let within = if *op == Operator::And { within } else { &Within::Disjunction };
            let left = in_condition(left, within, input, numbers, changed)?;
            let right = in_condition(right, within, input, numbers, changed)?;
            Ok(Expr::BinaryExpr(BinaryExpr { left: Box::new(left), op: *op, right: Box::new(right) }))
        }
        Expr::InSubquery(asked) if !asked.negated && is_correlated(&asked.subquery)? => {
            *changed = true;
            found_in(asked, input, numbers)
        }
        Expr::InSubquery(asked) if simple::is_joined(asked, *within == Within::Conjunction)? => Ok(condition.clone()),
        other => without_subqueries(other.clone(), &Place::Condition, input, numbers, changed),
    }
}

/// Where an expression stands.
enum Place {
    /// Part of a condition of a filter, in which DataFusion has EXISTS, and IN with two values.
    Condition,
    Value,
}

/// The expression with each subquery that DataFusion would not take there replaced by a column, which a join adds to the input.
fn without_subqueries(
    expr: Expr,
    place: &Place,
    input: &mut LogicalPlan,
    numbers: &mut Numbers,
    changed: &mut bool,
) -> Result<Expr> {
    let is_taken =
        |subquery: &Subquery| Ok::<_, DataFusionError>(matches!(place, Place::Value) || is_correlated(subquery)?);
    let replaced = expr.transform_down(|part| {
        let value = match &part {
            Expr::ScalarSubquery(subquery) if is_correlated(subquery)? => scalar(subquery, input, numbers)?,
            Expr::Exists(Exists { subquery, negated }) if is_taken(subquery)? => {
                let found = exists(&subquery.subquery, input, numbers)?;
                if *negated { found.is_null() } else { found.is_not_null() }
            }
            Expr::InSubquery(within) => is_in(within, place, input, numbers)?,
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

/// Whether a value is among those of a subquery: NULL where it is not, but one of the two is NULL.
fn is_in(within: &InSubquery, place: &Place, input: &mut LogicalPlan, numbers: &mut Numbers) -> Result<Expr> {
    let InSubquery { expr, subquery, negated } = within;
    let within = InSubquery {
        expr: Box::new(without_subqueries(Expr::clone(expr), place, input, numbers, &mut false)?),
        subquery: subquery.clone(),
        negated: *negated,
    };
    let found = found_in(&within, input, numbers)?;
    let plan = &subquery.subquery;
    let (value, may_be_null) = (plan.schema().columns().remove(0), plan.schema().field(0).is_nullable());
    let mut unknown = Vec::new();
    if may_be_null {
        let nulls = LogicalPlan::clone(plan);
        let nulls = LogicalPlanBuilder::from(nulls).filter(Expr::Column(value).is_null())?.build()?;
        unknown.push(exists(&nulls, input, numbers)?.is_not_null());
    }
    if within.expr.nullable(input.schema())? {
        unknown.push(within.expr.is_null().and(exists(plan, input, numbers)?.is_not_null()));
    }
    let found = match unknown.into_iter().reduce(Expr::or) {
        None => found,
        Some(unknown) => when(found, lit(true)).when(unknown, lit(ScalarValue::Boolean(None))).otherwise(lit(false))?,
    };
    Ok(if *negated { Expr::Not(Box::new(found)) } else { found })
}

/// Joins the rows of a subquery that are equal to a value to the input; whether there are such.
fn found_in(within: &InSubquery, input: &mut LogicalPlan, numbers: &mut Numbers) -> Result<Expr> {
    let schema = input.schema().clone();
    let outward = within.expr.as_ref().clone().transform(|part| match part {
        Expr::Column(column) => {
            let field = schema.qualified_field_from_column(&column)?.1.clone();
            Ok(Transformed::yes(Expr::OuterReferenceColumn(field, column)))
        }
        other => Ok(Transformed::no(other)),
    })?;
    let plan = LogicalPlan::clone(&within.subquery.subquery);
    let value = Expr::Column(plan.schema().columns().remove(0));
    let same = LogicalPlanBuilder::from(plan).filter(value.eq(outward.data))?.build()?;
    Ok(exists(&same, input, numbers)?.is_not_null())
}

/// Joins a subquery to the input once; returns a column that is not NULL where the subquery has rows.
fn exists(subquery: &LogicalPlan, input: &mut LogicalPlan, numbers: &mut Numbers) -> Result<Expr> {
    let plan = process(subquery.clone(), numbers)?;
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
