//! A query with the scalar subqueries in it: each is evaluated first, and once.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{HashMap, Result, ScalarValue};
use datafusion::logical_expr::physical_planning_context::{
    PhysicalPlanningContext, ScalarSubqueryResults, SubqueryIndex,
};
use datafusion::logical_expr::{Expr, LogicalPlan, Subquery};

use super::Now;
use super::step::{By, Step, Way};

/// Steps, and what they read beside rows.
#[derive(Debug)]
pub(super) struct Query {
    root: Step,
    subqueries: Vec<Query>,
    /// A place for the value of each.
    results: ScalarSubqueryResults,
}

impl Query {
    /// The steps of a plan and of its subqueries; `None` if one has others.
    pub fn of(plan: &LogicalPlan) -> Result<Option<Query>> {
        let found = subqueries(plan)?;
        let made = found.iter().map(|subquery| Query::of(&subquery.subquery)).collect::<Result<Option<Vec<_>>>>()?;
        let Some(subqueries) = made else { return Ok(None) };
        let results = ScalarSubqueryResults::new(found.len());
        let places = found.into_iter().enumerate().map(|(at, subquery)| (subquery, SubqueryIndex::new(at)));
        let context = PhysicalPlanningContext::new(places.collect::<HashMap<_, _>>(), results.clone());
        let root = Step::found(plan, Way { by: By::Stated, context: &context })?;
        Ok(root.map(|root| Query { root, subqueries, results }))
    }

    /// The columns of what it gives.
    pub fn schema(&self) -> SchemaRef {
        self.root.schema()
    }

    /// The rows of now; `None` if there are too many to be evaluated in place, or a subquery gives several.
    pub fn rows(&self, now: Now) -> Result<Option<RecordBatch>> {
        self.results.clear();
        for (at, subquery) in self.subqueries.iter().enumerate() {
            let Some(found) = subquery.rows(now)? else { return Ok(None) };
            let value = match found.num_rows() {
                0 => ScalarValue::try_from(found.schema().field(0).data_type())?,
                1 => ScalarValue::try_from_array(found.column(0), 0)?,
                _ => return Ok(None),
            };
            self.results.set(SubqueryIndex::new(at), value)?;
        }
        self.root.rows(now)
    }
}

/// The scalar subqueries in a plan's own expressions, each once.
fn subqueries(plan: &LogicalPlan) -> Result<Vec<Subquery>> {
    let mut found: Vec<Subquery> = Vec::new();
    plan.apply(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|part| {
                if let Expr::ScalarSubquery(subquery) = part
                    && !found.contains(subquery)
                {
                    found.push(subquery.clone());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(found)
}
