//! Virtual generated columns: no row holds them, so whoever reads one reads its expression.
//!
//! ```text
//!   scan of t: a, b = NULL      ─▶  Projection: a, assigned(a * 2) AS b      what is not asked for is pruned, and never computed
//!   CHECK (b > 0) over a row    ─▶  CHECK (assigned(a * 2) > 0)
//! ```
//!
//! The value is assigned to the column as INSERT would assign it, so that one that does not fit is refused where it is read.

use std::collections::HashMap;
use std::sync::Arc;

use bowline_core::catalog::{Column, SqlType, Table};
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column as PlanColumn, DataFusionError, Result, TableReference};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlanBuilder, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use super::assignment::assign_value;
use super::{errors, tree, types};
use crate::error::Error;

/// Plans the text of an expression over the columns of a table.
pub(super) type Planner<'a> = dyn Fn(&str) -> Result<Expr, Error> + 'a;

/// Rows of a table, its virtual columns computed from the others.
///
/// `rows`: the table's columns among others. `images`: what stands before the names of the columns; where there are several, each
/// image of the row is computed from itself.
pub(super) fn computed(
    plan: &Planner,
    table: &Table,
    rows: Arc<dyn TableProvider>,
    images: &[&str],
) -> Result<Arc<dyn TableProvider>, Error> {
    if !table.has_virtual_columns() {
        return Ok(rows);
    }
    let mut values = HashMap::new();
    for image in images {
        for (_, column) in table.virtual_columns() {
            values.insert(format!("{image}{}", column.name), value(plan, column, image)?);
        }
    }
    let scan = LogicalPlanBuilder::scan(TableReference::bare(table.name.as_str()), provider_as_source(rows), None);
    let scan = scan.map_err(errors::error)?;
    let items = scan.schema().columns().into_iter().map(|column| match values.remove(&column.name) {
        Some(value) => value.alias(column.name),
        None => Expr::Column(column),
    });
    let items: Vec<Expr> = items.collect();
    let computed = scan.project(items).and_then(LogicalPlanBuilder::build).map_err(errors::error)?;
    Ok(Arc::new(ViewTable::new(computed, None)))
}

/// An expression over the columns of a table, as one over those that its rows hold.
pub(super) fn expanded(plan: &Planner, expr: Expr, table: &Table) -> Result<Expr, Error> {
    if !table.has_virtual_columns() {
        return Ok(expr);
    }
    let replace = |expr: Expr| match &expr {
        Expr::Column(PlanColumn { name, .. }) => match table.column(name).filter(|column| column.is_virtual) {
            Some(column) => {
                let value = value(plan, column, "");
                value.map(Transformed::yes).map_err(|error| DataFusionError::External(Box::new(error)))
            }
            None => Ok(Transformed::no(expr)),
        },
        _ => Ok(Transformed::no(expr)),
    };
    // What is put in names no virtual column, for no generated column is computed from another.
    tree::change_parts(expr, replace).map_err(errors::error)
}

/// What tells an expression over a table from one of the same text, when the columns it names mean something else.
pub(super) fn meaning(text: &str, table: &Table) -> String {
    let mut meaning = text.to_owned();
    for (_, column) in table.virtual_columns() {
        let expression = column.generated.as_ref().map_or("", |expression| &expression.0);
        meaning.push_str(&format!("\u{1}{} {} {expression}", column.name, column.sql_type));
    }
    meaning
}

/// The value of a virtual column over one image of its row.
fn value(plan: &Planner, column: &Column, image: &str) -> Result<Expr, Error> {
    let expression = column.generated.as_ref().expect("a virtual column has an expression");
    let value = plan(&expression.0)?;
    let of_image = |expr: Expr| match expr {
        Expr::Column(PlanColumn { relation, name, spans }) => {
            Ok(Transformed::yes(Expr::Column(PlanColumn { relation, name: format!("{image}{name}"), spans })))
        }
        other => Ok(Transformed::no(other)),
    };
    let value = tree::change_parts(value, of_image).map_err(errors::error)?;
    let assigned = Assigned {
        column: column.name.clone(),
        sql_type: column.sql_type,
        signature: Signature::any(1, Volatility::Immutable),
    };
    Ok(Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::new_from_impl(assigned)), vec![value])))
}

/// A value as its column has it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Assigned {
    column: String,
    sql_type: SqlType,
    signature: Signature,
}

impl ScalarUDFImpl for Assigned {
    fn name(&self) -> &str {
        "__assigned"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.sql_type.arrow())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(types::field(&self.column, self.sql_type, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let value = args.args[0].to_array(args.number_rows)?;
        let assigned = assign_value(&value, &args.arg_fields[0], &self.column, self.sql_type);
        assigned.map(ColumnarValue::Array).map_err(|error| DataFusionError::External(Box::new(error)))
    }
}
