//! What a query's columns are called as types, where its plan forgets: `varchar(5)`, `json`, `uuid`, `oid`.
//!
//! PostgreSQL's name of a type travels in a field's metadata, which the plan keeps for a column and loses where several values
//! become one. Those that are all of one type are of that type afterwards:
//!
//! ```text
//!   CASE … THEN v ELSE NULL END   coalesce(v, 'x')   min(v)   array_agg(v)   (SELECT v …)   v UNION ALL v
//! ```
//!
//! Asked of a plan before types are coerced, for a cast that coercion adds forgets too.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::DFSchema;
use datafusion::logical_expr::expr::{AggregateFunction, Alias, Case, Cast, ScalarFunction};
use datafusion::logical_expr::{Distinct, Expr, ExprSchemable, JoinType, LogicalPlan};

use crate::display::TYPE_KEY;

/// Text of a length that may be bounded.
const VARYING: &str = "character varying";

/// The columns of a plan, with the names of their types.
pub(super) fn schema(plan: &LogicalPlan) -> Schema {
    Schema::new(fields(plan))
}

fn fields(plan: &LogicalPlan) -> Vec<FieldRef> {
    let known = plan.schema().fields();
    let told = match plan {
        LogicalPlan::Projection(projection) => of_all(&projection.expr, &projection.input, &fields(&projection.input)),
        LogicalPlan::Filter(filter) => fields(&filter.input),
        LogicalPlan::Sort(sort) => fields(&sort.input),
        LogicalPlan::Limit(limit) => fields(&limit.input),
        LogicalPlan::Distinct(Distinct::All(input)) => fields(input),
        LogicalPlan::Distinct(Distinct::On(distinct)) => {
            of_all(&distinct.select_expr, &distinct.input, &fields(&distinct.input))
        }
        LogicalPlan::SubqueryAlias(alias) => fields(&alias.input),
        LogicalPlan::Subquery(subquery) => fields(&subquery.subquery),
        LogicalPlan::RecursiveQuery(query) => fields(&query.static_term),
        LogicalPlan::Window(window) => {
            let below = fields(&window.input);
            let made = of_all(&window.window_expr, &window.input, &below);
            below.into_iter().chain(made).collect()
        }
        LogicalPlan::Aggregate(aggregate) => {
            let below = fields(&aggregate.input);
            let groups = of_all(&aggregate.group_expr, &aggregate.input, &below);
            groups.into_iter().chain(of_all(&aggregate.aggr_expr, &aggregate.input, &below)).collect()
        }
        LogicalPlan::Join(join) => match join.join_type {
            JoinType::LeftSemi | JoinType::LeftAnti => fields(&join.left),
            JoinType::RightSemi | JoinType::RightAnti => fields(&join.right),
            _ => fields(&join.left).into_iter().chain(fields(&join.right)).collect(),
        },
        LogicalPlan::Union(union) => {
            let inputs: Vec<Vec<FieldRef>> = union.inputs.iter().map(|input| fields(input)).collect();
            let column = |at: usize| {
                let column = inputs.iter().map(|input| input.get(at).cloned());
                column.collect::<Option<Vec<_>>>().and_then(|column| alike(&column))
            };
            let unnamed = |field: &FieldRef| Arc::new(Field::clone(field).with_metadata(HashMap::new()));
            known.iter().enumerate().map(|(at, field)| column(at).unwrap_or_else(|| unnamed(field))).collect()
        }
        _ => Vec::new(),
    };
    // Where a plan adds columns of its own (grouping sets, marks of joins), its schema is all there is.
    if told.len() != known.len() {
        return known.iter().cloned().collect();
    }
    let merged =
        known.iter().zip(told).map(|(known, told)| match known.data_type().equals_datatype(told.data_type()) {
            true => {
                let field = Field::clone(known).with_data_type(told.data_type().clone());
                Arc::new(field.with_metadata(told.metadata().clone()))
            }
            false => known.clone(),
        });
    merged.collect()
}

/// The fields of expressions over the columns of `input`, which are told as `below`.
fn of_all(exprs: &[Expr], input: &LogicalPlan, below: &[FieldRef]) -> Vec<FieldRef> {
    exprs.iter().map(|expr| of(expr, input.schema(), below).unwrap_or_else(untold)).collect()
}

/// The field of an expression over columns with these fields; `None` for a NULL or a literal in quotes, which are of any type.
fn of(expr: &Expr, schema: &DFSchema, below: &[FieldRef]) -> Option<FieldRef> {
    let part = |expr: &Expr| of(expr, schema, below);
    let several = |exprs: &mut dyn Iterator<Item = &Expr>| {
        let parts: Vec<Option<FieldRef>> = exprs.map(part).collect();
        let told: Vec<FieldRef> = parts.iter().flatten().cloned().collect();
        // What is of any type has no length.
        let common = alike(&told)?;
        Some(if told.len() < parts.len() { without_length(&common) } else { common })
    };
    let told = match expr {
        Expr::Column(column) => schema.maybe_index_of_column(column).and_then(|at| below.get(at).cloned()),
        Expr::Alias(Alias { expr, .. }) => return part(expr),
        Expr::Literal(value, _) if value.is_null() || value.data_type() == DataType::Utf8 => return None,
        Expr::Case(Case { when_then_expr, else_expr, .. }) => {
            let results = when_then_expr.iter().map(|(_, then)| then.as_ref());
            let told = several(&mut results.chain(else_expr.as_deref()));
            if else_expr.is_none() { told.map(|told| without_length(&told)) } else { told }
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) => match func.name() {
            "coalesce" | "greatest" | "least" => several(&mut args.iter()),
            "__json_get" | "__json_path" => args.first().and_then(part),
            "nullif" => args.first().and_then(part).filter(|field| !is_varying(field)),
            _ => None,
        },
        Expr::AggregateFunction(AggregateFunction { func, params }) => match func.name() {
            // PostgreSQL has these of text, which a varchar is taken as.
            "min" | "max" => params.args.first().and_then(part).filter(|field| !is_varying(field)),
            "first_value" | "last_value" => params.args.first().and_then(part),
            "array_agg" => params.args.first().and_then(part).map(|item| list_of(&item)),
            _ => None,
        },
        // A plan's own field of a cast keeps what the value was called before.
        Expr::Cast(Cast { field, .. }) => Some(field.clone()),
        Expr::ScalarSubquery(subquery) => fields(&subquery.subquery).into_iter().next(),
        _ => None,
    };
    Some(told.or_else(|| expr.to_field(schema).ok().map(|(_, field)| field)).unwrap_or_else(untold))
}

/// The type that values of all these fields have in common; a length that is not the same for all is left out.
fn alike(fields: &[FieldRef]) -> Option<FieldRef> {
    let (first, rest) = fields.split_first()?;
    let name = |field: &FieldRef| field.metadata().get(TYPE_KEY).cloned();
    let same_type = |field: &FieldRef| field.data_type().equals_datatype(first.data_type());
    if !rest.iter().all(same_type) {
        return None;
    }
    if rest.iter().all(|field| name(field) == name(first)) {
        return Some(first.clone());
    }
    fields.iter().all(is_varying).then(|| without_length(first))
}

/// `character varying` of a `character varying(5)`; any other field as it is.
fn without_length(field: &FieldRef) -> FieldRef {
    match is_varying(field) {
        true => {
            let named = HashMap::from([(TYPE_KEY.to_owned(), VARYING.to_owned())]);
            Arc::new(Field::clone(field).with_metadata(named))
        }
        false => field.clone(),
    }
}

fn is_varying(field: &FieldRef) -> bool {
    field.metadata().get(TYPE_KEY).is_some_and(|name| name.starts_with(VARYING))
}

fn list_of(item: &FieldRef) -> FieldRef {
    let item = Field::new("item", item.data_type().clone(), true).with_metadata(item.metadata().clone());
    Arc::new(Field::new("", DataType::List(Arc::new(item)), true))
}

fn untold() -> FieldRef {
    Arc::new(Field::new("", DataType::Null, true))
}
