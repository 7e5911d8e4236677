//! In which order many tables are joined, so that each is joined by a key where there is one: `FROM a, b, c WHERE a.x = c.x …`.
//!
//! ```text
//!   FROM a, b, c WHERE a.x = c.x AND c.y = b.y      ─▶      (a JOIN c ON a.x = c.x) JOIN b ON c.y = b.y
//! ```
//!
//! For few tables DataFusion's rule does it, which looks for every table at every key and at every column joined so far. Of many
//! tables that takes minutes; here every column is looked up once.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::common::{JoinConstraint, JoinType, NullEquality, Result};
use datafusion::logical_expr::utils::{can_hash, conjunction, split_conjunction_owned};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Filter, Join, LogicalPlan, Operator, Projection};
use datafusion::optimizer::eliminate_cross_join::EliminateCrossJoin;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use super::super::tree;
use super::asking::go_on;

/// A plan with more joins is not DataFusion's to order.
const JOINS_FEW: usize = 32;

/// DataFusion's rule, and ours for plans of many joins.
#[derive(Debug, Default)]
pub(in crate::query) struct NamedJoins(EliminateCrossJoin);

impl OptimizerRule for NamedJoins {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let mut count = 0;
        tree::each_operator(&plan, |node| {
            count += usize::from(matches!(node, LogicalPlan::Join(_)));
            Ok(if count > JOINS_FEW { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
        match count > JOINS_FEW {
            true => plan.transform_down_with_subqueries(ordered),
            false => self.0.rewrite(plan, config),
        }
    }
}

/// An operator, its joins in another order if they are the outermost of those that are ordered together.
fn ordered(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    go_on()?;
    let joins = match &node {
        LogicalPlan::Filter(filter) => filter.input.as_ref(),
        other => other,
    };
    if !has_cross_join(joins) {
        return Ok(Transformed::no(node));
    }
    let schema = node.schema().clone();
    let (mut inputs, mut conditions) = (Vec::new(), Vec::new());
    let joins = match node {
        LogicalPlan::Filter(Filter { predicate, input, .. }) => {
            conditions.extend(split_conjunction_owned(predicate));
            input
        }
        other => Arc::new(other),
    };
    flatten(joins, &mut inputs, &mut conditions);
    // What is below the joins and in their conditions has its turn here; the joins themselves are as they shall be.
    let within = |plan: LogicalPlan| plan.transform_down_with_subqueries(ordered);
    let below = inputs.into_iter().map(|input| Ok(Arc::new(within(Arc::unwrap_or_clone(input))?.data)));
    let joined = join(below.collect::<Result<_>>()?, conditions)?.map_subqueries(within)?.data;
    let joined = match schema == *joined.schema() {
        true => joined,
        false => LogicalPlan::Projection(Projection::new_from_schema(Arc::new(joined), schema)),
    };
    Ok(Transformed::new(joined, true, TreeNodeRecursion::Jump))
}

/// Whether it can be ordered together with the joins around it.
fn is_plain(join: &Join) -> bool {
    join.join_type == JoinType::Inner && join.null_equality == NullEquality::NullEqualsNothing && !join.null_aware
}

/// Whether a join without a key is among joins that can be ordered.
fn has_cross_join(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Join(join) if is_plain(join) => {
            join.on.is_empty() || has_cross_join(&join.left) || has_cross_join(&join.right)
        }
        _ => false,
    }
}

/// The inputs of joins that can be ordered, and what the joins ask of them.
fn flatten(plan: Arc<LogicalPlan>, inputs: &mut Vec<Arc<LogicalPlan>>, conditions: &mut Vec<Expr>) {
    match plan.as_ref() {
        LogicalPlan::Join(join) if is_plain(join) => {
            conditions.extend(join.on.iter().map(|(left, right)| left.clone().eq(right.clone())));
            conditions.extend(join.filter.clone().into_iter().flat_map(split_conjunction_owned));
            flatten(join.left.clone(), inputs, conditions);
            flatten(join.right.clone(), inputs, conditions);
        }
        _ => inputs.push(plan),
    }
}

/// An equality, and the inputs that the columns of its sides are of.
struct Key {
    sides: [(Expr, HashSet<usize>); 2],
}

impl Key {
    /// The sides, that of the joined inputs first, if it joins an input to them.
    fn joining(&self, joined: &HashSet<usize>, input: usize) -> Option<(&Expr, &Expr)> {
        let is_input = |of: &HashSet<usize>| of.len() == 1 && of.contains(&input);
        let [(left, of_left), (right, of_right)] = &self.sides;
        if of_left.is_subset(joined) && is_input(of_right) {
            return Some((left, right));
        }
        (of_right.is_subset(joined) && is_input(of_left)).then_some((right, left))
    }
}

/// The inputs joined, next always the first that has a key with those before it. What is no key is asked of the whole.
fn join(inputs: Vec<Arc<LogicalPlan>>, conditions: Vec<Expr>) -> Result<LogicalPlan> {
    let (mut keys, mut others) = (Vec::new(), Vec::new());
    for condition in conditions {
        match key(&condition, &inputs)? {
            Some(key) => keys.push(key),
            None => others.push(condition),
        }
    }
    let mut waiting: Vec<usize> = (1..inputs.len()).collect();
    let mut joined = HashSet::from([0]);
    let mut plan = inputs[0].clone();
    while !waiting.is_empty() {
        go_on()?;
        let is_named = |input: &usize| keys.iter().any(|key| key.joining(&joined, *input).is_some());
        let input = waiting.remove(waiting.iter().position(is_named).unwrap_or_default());
        let mut on = Vec::new();
        keys.retain(|key| match key.joining(&joined, input) {
            Some((left, right)) => {
                on.push((left.clone(), right.clone()));
                false
            }
            None => true,
        });
        let (right, named, equality) = (inputs[input].clone(), JoinConstraint::On, NullEquality::NullEqualsNothing);
        plan =
            Arc::new(LogicalPlan::Join(Join::try_new(plan, right, on, None, JoinType::Inner, named, equality, false)?));
        joined.insert(input);
    }
    others.extend(keys.into_iter().map(|key| {
        let [(left, _), (right, _)] = key.sides;
        left.eq(right)
    }));
    Ok(match conjunction(others) {
        Some(asked) => LogicalPlan::Filter(Filter::try_new(asked, plan)?),
        None => Arc::unwrap_or_clone(plan),
    })
}

/// An equality that two inputs can be joined by.
fn key(condition: &Expr, inputs: &[Arc<LogicalPlan>]) -> Result<Option<Key>> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = condition else { return Ok(None) };
    let (Some(of_left), Some(of_right)) = (inputs_of(left, inputs), inputs_of(right, inputs)) else { return Ok(None) };
    if !of_left.is_disjoint(&of_right) {
        return Ok(None);
    }
    // A side of several inputs is not compared with one of several; so that of one tells the type.
    let (told, of) = if of_left.len() == 1 { (left, &of_left) } else { (right, &of_right) };
    let Some(input) = of.iter().next().filter(|_| of.len() == 1) else { return Ok(None) };
    if !can_hash(&told.get_type(inputs[*input].schema())?) {
        return Ok(None);
    }
    Ok(Some(Key { sides: [(Expr::clone(left), of_left), (Expr::clone(right), of_right)] }))
}

/// The inputs that the columns of an expression are of; `None` if there are none, or it is not told.
fn inputs_of(expr: &Expr, inputs: &[Arc<LogicalPlan>]) -> Option<HashSet<usize>> {
    if tree::any_part(expr, |part| matches!(part, Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_))) {
        return None;
    }
    let mut found = HashSet::new();
    for column in expr.column_refs() {
        let mut of = (0..inputs.len()).filter(|input| inputs[*input].schema().has_column(column));
        found.insert(of.next()?);
        if of.next().is_some() {
            return None;
        }
    }
    (!found.is_empty()).then_some(found)
}
