//! Prepared queries: the types of `$1`, `$2`, ... and of the columns, found out before there are values; and rows as a stream.
//!
//! ```text
//!   types the client gives ─▶ plan ─▶ types from where a parameter stands ─▶ plan again, all types known ─▶ columns
//! ```
//!
//! A parameter whose place says nothing is text, as a literal in quotes would be.

use std::sync::Arc;

use bowline_core::catalog::SqlType;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::expr::{Case, Cast, Placeholder, ScalarFunction};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use datafusion::physical_plan::execute_stream;
use datafusion::sql::sqlparser::ast::Statement;

use super::engine::{QueryEngine, Unbound, metadata_differs};
use super::generic::Leased;
use super::output_names::result_schema;
use super::parameters::{parameter_count, place};
use super::runnable::Runnable;
use super::view::{Fields, View};
use super::{argument_types, errors, frames, planning, state, told, tree, types};
use crate::error::Error;

/// What is known of a query before it has values.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    /// The types of `$1`, `$2`, ...
    pub parameters: Vec<FieldRef>,
    /// The columns it returns.
    pub columns: SchemaRef,
}

impl QueryEngine {
    /// Finds the types of a query's parameters and columns. `known`: types that are given, by position; more may follow.
    /// Errors: as of planning it.
    pub fn describe(&self, view: &View, query: &Statement, known: &[Option<FieldRef>]) -> Result<Described, Error> {
        let count = parameter_count(query).max(known.len());
        let mut known = known.to_vec();
        known.resize(count, None);
        argument_types::note(query, &mut known);
        let described = |fields| -> Result<Described, Error> {
            let mut types = known.clone();
            if types.iter().any(Option::is_none) {
                // What cannot be planned for want of a type may be once the parameter is taken as text.
                let untyped = self.unbound(view, query.clone(), &types, fields).or_else(|error| {
                    let mut guessed = types.clone();
                    match argument_types::note_intervals(query, &mut guessed) {
                        true => self.unbound(view, query.clone(), &guessed, fields).inspect(|_| types = guessed),
                        false => Err(error),
                    }
                });
                if let Ok(unbound) = untyped {
                    infer(&unbound.plan, &mut types).map_err(errors::error)?;
                    self.infer_offsets(&unbound, view, &mut types, fields)?;
                }
            }
            let parameters: Vec<FieldRef> = types.into_iter().map(|field| field.unwrap_or_else(text)).collect();
            let types: Vec<Option<FieldRef>> = parameters.iter().cloned().map(Some).collect();
            let Unbound { plan, names, .. } = self.unbound(view, query.clone(), &types, fields)?;
            let plan = frames::without_offsets(plan).map_err(errors::error)?;
            let told = told::schema(&plan);
            let analyzed = planning::within(&self.cancel, || planning::analyzed(state::state(), plan));
            let analyzed = analyzed.map_err(errors::error)?;
            let schema = analyzed.schema().as_arrow();
            Ok(Described { parameters, columns: result_schema(&told, schema, &names) })
        };
        match described(Fields::Typed) {
            Err(error) if metadata_differs(&error) => described(Fields::Bare),
            done => done,
        }
    }

    /// Takes over the types that offsets of window frames tell: those they are cast to, or else those their frames ask for.
    fn infer_offsets(
        &self,
        unbound: &Unbound,
        view: &View,
        types: &mut [Option<FieldRef>],
        fields: Fields,
    ) -> Result<(), Error> {
        if unbound.offsets.is_empty() {
            return Ok(());
        }
        let asked = frames::types(&unbound.plan, unbound.offsets.count()).map_err(errors::error)?;
        let schema = DFSchema::empty();
        for (written, asked) in unbound.offsets.iter().zip(asked) {
            let offset = self.names(view, fields).constant(written.clone(), types)?;
            note(&offset, || asked, types);
            let walked = tree::each_part(&offset, |part| {
                infer_part(part, &schema, types);
                Ok(TreeNodeRecursion::Continue)
            });
            walked.map_err(errors::error)?;
        }
        Ok(())
    }

    /// Starts a query; its rows come as they are computed. Dropping the stream stops it.
    pub async fn open(
        &self,
        view: &View,
        query: &Statement,
        parameters: &[ScalarValue],
    ) -> Result<(SchemaRef, SendableRecordBatchStream), Error> {
        match self.opened(view, query.clone(), parameters, Fields::Typed).await {
            Err(error) if metadata_differs(&error) => self.opened(view, query.clone(), parameters, Fields::Bare).await,
            done => done,
        }
    }

    async fn opened(
        &self,
        view: &View,
        query: Statement,
        parameters: &[ScalarValue],
        fields: Fields,
    ) -> Result<(SchemaRef, SendableRecordBatchStream), Error> {
        let Runnable { physical, columns, lease } = self.runnable(view, &query, parameters, fields).await?;
        let rows = execute_stream(physical, state::task()).map_err(errors::error)?;
        Ok(match lease {
            None => (columns, rows),
            Some(lease) => (columns, Box::pin(Leased::new(rows, lease))),
        })
    }
}

fn text() -> FieldRef {
    Arc::new(Field::new("", DataType::Utf8, true))
}

/// Takes over the types that the places of parameters tell. The first place decides.
fn infer(plan: &LogicalPlan, types: &mut [Option<FieldRef>]) -> datafusion::common::Result<()> {
    tree::each_operator(plan, |node| {
        let mut schema = DFSchema::clone(node.schema());
        for input in node.inputs() {
            schema.merge(input.schema());
        }
        if let LogicalPlan::Limit(limit) = node {
            for bound in [&limit.skip, &limit.fetch].into_iter().flatten() {
                note(bound, || Some(Arc::new(Field::new("", DataType::Int64, true))), types);
            }
        }
        tree::each_part_of(node, |part| {
            infer_part(part, &schema, types);
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(())
}

/// Notes the type of a parameter, if the expression is one without and a type can be told.
fn note(expr: &Expr, field: impl FnOnce() -> Option<FieldRef>, types: &mut [Option<FieldRef>]) {
    let Expr::Placeholder(Placeholder { id, .. }) = bare(expr) else { return };
    let Some(slot) = place(id).and_then(|place| types.get_mut(place)) else { return };
    if slot.is_none() {
        *slot = field().filter(|field| !field.data_type().is_null()).map(unbounded);
    }
}

/// A type without the digits that a column declares: a value that is computed with has its own.
fn unbounded(field: FieldRef) -> FieldRef {
    match field.data_type() {
        data_type if data_type.is_decimal() => Arc::new(types::field("", SqlType::Numeric(None), true)),
        _ => field,
    }
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => bare(&alias.expr),
        other => other,
    }
}

fn infer_part(part: &Expr, schema: &DFSchema, types: &mut [Option<FieldRef>]) {
    let field_of = |expr: &Expr| match expr {
        Expr::Placeholder(Placeholder { field, .. }) => field.clone(),
        other => other.to_field(schema).ok().map(|(_, field)| field),
    };
    match part {
        Expr::Placeholder(Placeholder { field: Some(field), .. }) => note(part, || Some(field.clone()), types),
        Expr::Cast(Cast { expr, field }) => note(expr, || Some(field.clone()), types),
        Expr::BinaryExpr(binary) => {
            note(&binary.left, || field_of(&binary.right), types);
            note(&binary.right, || field_of(&binary.left), types);
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) => match (func.name(), args.as_slice()) {
            ("array_has", [list, item]) => {
                note(list, || field_of(item).map(|item| list_of(&item)), types);
                note(item, || field_of(list).and_then(|list| item_of(&list)), types);
            }
            ("coalesce" | "nullif" | "greatest" | "least" | "generate_series", args) => {
                alike(args.iter(), field_of, types)
            }
            _ => {}
        },
        Expr::Case(Case { expr, when_then_expr, else_expr }) => {
            if let Some(subject) = expr {
                alike(
                    std::iter::once(subject.as_ref()).chain(when_then_expr.iter().map(|w| w.0.as_ref())),
                    field_of,
                    types,
                );
            }
            let results = when_then_expr.iter().map(|(_, then)| then.as_ref()).chain(else_expr.as_deref());
            alike(results, field_of, types);
        }
        _ => {}
    }
}

/// Expressions of one type: those that tell it tell it for the parameters among them.
fn alike<'e>(
    exprs: impl Iterator<Item = &'e Expr> + Clone,
    field_of: impl Fn(&Expr) -> Option<FieldRef>,
    types: &mut [Option<FieldRef>],
) {
    let told = || exprs.clone().filter_map(&field_of).find(|field| !field.data_type().is_null());
    for expr in exprs.clone() {
        note(expr, told, types);
    }
}

fn list_of(item: &FieldRef) -> FieldRef {
    let item = Field::new("item", item.data_type().clone(), true).with_metadata(item.metadata().clone());
    Arc::new(Field::new("", DataType::List(Arc::new(item)), true))
}

fn item_of(list: &FieldRef) -> Option<FieldRef> {
    match list.data_type() {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => Some(item.clone()),
        _ => None,
    }
}
