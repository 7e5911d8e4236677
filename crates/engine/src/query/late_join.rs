//! Joins a table after grouping rather than before, where the groups are rows of that table anyway.
//!
//! ```text
//!   group by c.id, c.name                           c.id, c.name, total
//!     join c.id = o.customer_id          ──▶          join c.id = o.customer_id
//!       c      orders o …                               c      group by o.customer_id
//!                                                                orders o …
//! ```
//!
//! Sound because `c.id` is a candidate key that cannot be deferred: each row of the other side meets at most one row of `c`, and all rows of a group
//! meet the same one. The other columns of `c` are then carried once a group instead of once a row.

use std::collections::HashSet;
use std::sync::Arc;

use bowline_core::catalog::Table;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, ExprSchema, JoinType, NullEquality, Result};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Aggregate, BinaryExpr, Expr, Join, LogicalPlan, LogicalPlanBuilder, Operator};

use super::table_source::SnapshotTable;

/// A table taken out of a tree of joins.
struct TakenOut {
    /// The tree without it.
    rest: LogicalPlan,
    table: LogicalPlan,
    /// Columns of its key, each with the column of the rest it equals.
    pairs: Vec<(Column, Column)>,
}

/// Applies the rule wherever it fits.
pub(super) fn apply(plan: LogicalPlan) -> Result<LogicalPlan> {
    let rewritten = plan.transform_up(|node| {
        let LogicalPlan::Aggregate(aggregate) = &node else { return Ok(Transformed::no(node)) };
        match regrouped(aggregate)? {
            Some(rewritten) => Ok(Transformed::yes(rewritten)),
            None => Ok(Transformed::no(node)),
        }
    });
    rewritten.map(|rewritten| rewritten.data)
}

fn regrouped(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let group = aggregate.group_expr.iter().map(|expression| match expression {
        Expr::Column(column) => Some(column.clone()),
        _ => None,
    });
    let Some(group) = group.collect::<Option<Vec<Column>>>() else { return Ok(None) };
    let computed = aggregate.aggr_expr.iter().flat_map(|expression| expression.column_refs());
    let needed: HashSet<Column> = computed.cloned().collect();
    let Some(taken) = take_out(&aggregate.input, &group, &needed)? else { return Ok(None) };
    let of_table: HashSet<Column> = taken.table.schema().columns().into_iter().collect();
    let mut regrouped: Vec<Column> = group.iter().filter(|column| !of_table.contains(*column)).cloned().collect();
    for (_, other) in &taken.pairs {
        if !regrouped.contains(other) {
            regrouped.push(other.clone());
        }
    }
    let (of_rest, of_key): (Vec<Column>, Vec<Column>) =
        taken.pairs.into_iter().map(|(key, other)| (other, key)).unzip();
    let output = aggregate.schema.columns().into_iter().map(Expr::Column);
    let plan = LogicalPlanBuilder::from(taken.rest)
        .aggregate(regrouped.into_iter().map(Expr::Column), aggregate.aggr_expr.clone())?
        .join(taken.table, JoinType::Inner, (of_rest, of_key), None)?
        .project(output)?
        .build()?;
    Ok(Some(plan))
}

/// Takes a table out of a tree of inner joins: one grouped by its key, more of its columns grouped by, and nothing else in
/// `needed` or in the conditions on the way.
fn take_out(plan: &LogicalPlan, group: &[Column], needed: &HashSet<Column>) -> Result<Option<TakenOut>> {
    let LogicalPlan::Join(join) = plan else { return Ok(None) };
    if join.join_type != JoinType::Inner || join.null_equality != NullEquality::NullEqualsNothing {
        return Ok(None);
    }
    for (table, rest) in [(&join.left, &join.right), (&join.right, &join.left)] {
        if let Some(pairs) = key_pairs(join, table, group, needed) {
            let (rest, table) = (LogicalPlan::clone(rest), LogicalPlan::clone(table));
            return Ok(Some(TakenOut { rest, table, pairs }));
        }
    }
    let conditions = join.on.iter().flat_map(|(left, right)| [left, right]).chain(&join.filter);
    let mut needed = needed.clone();
    needed.extend(conditions.flat_map(|condition| condition.column_refs()).cloned());
    for (child, is_left) in [(&join.left, true), (&join.right, false)] {
        if let Some(taken) = take_out(child, group, &needed)? {
            let rest = Arc::new(taken.rest);
            let (left, right) = if is_left { (rest, join.right.clone()) } else { (join.left.clone(), rest) };
            let conditions = on_and_filter(join);
            let rest = LogicalPlanBuilder::from(LogicalPlan::clone(&left))
                .join_on(LogicalPlan::clone(&right), JoinType::Inner, conditions)?
                .build()?;
            return Ok(Some(TakenOut { rest, ..taken }));
        }
    }
    Ok(None)
}

/// All conditions of a join as expressions.
fn on_and_filter(join: &Join) -> Vec<Expr> {
    let on = join.on.iter().map(|(left, right)| left.clone().eq(right.clone()));
    on.chain(join.filter.clone()).collect()
}

/// The pairs a join equates, if `side` is a table, they are exactly a candidate key of it that is grouped by with further
/// columns of it, and none of its columns is needed elsewhere.
fn key_pairs(
    join: &Join,
    side: &LogicalPlan,
    group: &[Column],
    needed: &HashSet<Column>,
) -> Option<Vec<(Column, Column)>> {
    let table = base_table(side)?;
    let columns = side.schema().columns();
    if columns.iter().any(|column| needed.contains(column)) {
        return None;
    }
    let mut pairs = Vec::new();
    for condition in on_and_filter(join).iter().flat_map(|condition| split_conjunction(condition)) {
        let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = condition else { return None };
        let (Expr::Column(left), Expr::Column(right)) = (left.as_ref(), right.as_ref()) else { return None };
        let (of_table, other) = if columns.contains(left) { (left, right) } else { (right, left) };
        if !columns.contains(of_table) || columns.contains(other) {
            return None;
        }
        let types = (join.schema.field_from_column(of_table).ok()?, join.schema.field_from_column(other).ok()?);
        if types.0.data_type() != types.1.data_type() {
            return None;
        }
        pairs.push((of_table.clone(), other.clone()));
    }
    let equated: HashSet<&str> = pairs.iter().map(|(column, _)| column.name()).collect();
    let is_equated = |names: &[String]| names.iter().map(String::as_str).collect::<HashSet<_>>() == equated;
    // A key that can be deferred may stand twice until commit.
    let mut keys = table.keys.iter().filter(|key| !key.characteristics.deferrable);
    let has_key = keys.any(|key| is_equated(&table.column_names(&key.columns)));
    let grouped = pairs.iter().all(|(column, _)| group.contains(column));
    let carries_more = group.iter().filter(|column| columns.contains(column)).count() > pairs.len();
    (has_key && grouped && carries_more).then_some(pairs)
}

/// The table behind a scan or an alias of one.
fn base_table(plan: &LogicalPlan) -> Option<Arc<Table>> {
    match plan {
        LogicalPlan::SubqueryAlias(alias) => base_table(&alias.input),
        LogicalPlan::TableScan(scan) if scan.filters.is_empty() && scan.fetch.is_none() => {
            let provider = source_as_provider(&scan.source).ok()?;
            Some(provider.downcast_ref::<SnapshotTable>()?.table.clone())
        }
        _ => None,
    }
}
