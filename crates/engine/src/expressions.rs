//! Gives the catalog's expressions their meaning for `core`: checks, defaults and generated columns.

use std::ops::ControlFlow;
use std::sync::Arc;

use bowline_core::catalog::{Check, Column, DEFAULT_SCHEMA, Expression, Table};
use bowline_core::integrity::Judge;
use bowline_core::rows::{Interrupt, RowsError, Snapshot};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, new_null_array,
};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Value, ValueWithSpan, visit_expressions_mut,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use crate::error::Error;
use crate::query::{QueryEngine, assign};
use crate::sequences::SessionSequences;

/// Evaluates expressions against one snapshot's catalog.
pub(crate) struct Expressions<'a> {
    queries: &'a QueryEngine,
    snapshot: &'a Snapshot,
    sequences: &'a SessionSequences,
}

impl<'a> Expressions<'a> {
    pub fn new(queries: &'a QueryEngine, snapshot: &'a Snapshot, sequences: &'a SessionSequences) -> Self {
        Self { queries, snapshot, sequences }
    }

    /// What `count` new rows have in a column that was left out: identity, sequence, default or NULL.
    pub fn defaults(&self, table: &Table, column: &Column, count: usize) -> Result<ArrayRef, Error> {
        let owned = self.snapshot.catalog().sequences().find(|s| s.owner == Some((table.id, column.id)));
        if let Some(sequence) = owned.filter(|_| column.identity.is_some() || takes_nextval(column)) {
            let values = self.sequences.next_values(sequence, count)?;
            let values: ArrayRef = Arc::new(datafusion::arrow::array::Int64Array::from(values));
            return assign(&values, &Field::new("nextval", values.data_type().clone(), true), column);
        }
        let Some(default) = &column.default else {
            return Ok(new_null_array(&column.sql_type.arrow(), count));
        };
        self.evaluate_default(table, column, default, count)
    }

    fn evaluate_default(
        &self,
        table: &Table,
        column: &Column,
        default: &Expression,
        count: usize,
    ) -> Result<ArrayRef, Error> {
        let columns = table.columns.iter().map(|c| new_null_array(&c.sql_type.arrow(), count)).collect();
        let in_the_way = !table.id.is_temporary() && self.snapshot.catalog().has_temporary();
        let text = if in_the_way { of_permanent(&default.0) } else { default.0.clone() };
        let values = self.queries.evaluate(&text, table, &whole_rows(table, columns, count)?)?;
        assign(&values, &Field::new("default", values.data_type().clone(), true), column)
    }
}

impl Interrupt for Expressions<'_> {
    fn go_on(&self) -> Result<(), RowsError> {
        self.queries.cancel().go_on()
    }
}

impl Judge for Expressions<'_> {
    fn check(&self, table: &Table, check: &Check, batch: &RecordBatch) -> Result<BooleanArray, RowsError> {
        let verdicts = self.queries.evaluate(&check.expression.0, table, batch)?;
        match verdicts.as_boolean_opt() {
            Some(verdicts) => Ok(verdicts.clone()),
            None => Ok(new_null_array(&datafusion::arrow::datatypes::DataType::Boolean, batch.num_rows())
                .as_boolean()
                .clone()),
        }
    }

    fn default_value(&self, table: &Table, column: &Column) -> Result<ArrayRef, RowsError> {
        Ok(self.defaults(table, column, 1)?)
    }

    fn generated(&self, table: &Table, column: &Column, batch: &RecordBatch) -> Result<ArrayRef, RowsError> {
        let Some(expression) = &column.generated else {
            return Ok(new_null_array(&column.sql_type.arrow(), batch.num_rows()));
        };
        let values = self.queries.evaluate(&expression.0, table, batch)?;
        Ok(assign(&values, &Field::new("generated", values.data_type().clone(), true), column)?)
    }
}

/// A batch of all columns of a table, in order, named as the table names them.
pub(crate) fn whole_rows(table: &Table, columns: Vec<ArrayRef>, count: usize) -> Result<RecordBatch, Error> {
    let fields: Vec<Field> = table.columns.iter().map(|c| Field::new(&c.name, c.sql_type.arrow(), true)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?)
}

/// A default of a permanent table, which a temporary sequence of the name that it says does not change.
fn of_permanent(default: &str) -> String {
    let parsed = Parser::new(&PostgreSqlDialect {}).try_with_sql(default).and_then(|mut parser| parser.parse_expr());
    let Ok(mut parsed) = parsed else { return default.to_owned() };
    let mut is_changed = false;
    let _: ControlFlow<()> = visit_expressions_mut(&mut parsed, |part| {
        if let Expr::Function(function) = part
            && let FunctionArguments::List(list) = &mut function.args
            && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))) = list.args.first_mut()
        {
            let called = function.name.to_string().to_lowercase();
            let called = called.strip_prefix("pg_catalog.").unwrap_or(&called);
            if matches!(called, "nextval" | "currval" | "setval") {
                is_changed |= qualify(argument);
            }
        }
        ControlFlow::Continue(())
    });
    if is_changed { parsed.to_string() } else { default.to_owned() }
}

/// Says the schema of a sequence that is named without; whether it was.
fn qualify(mut argument: &mut Expr) -> bool {
    while let Expr::Cast { expr, .. } | Expr::Nested(expr) = argument {
        argument = expr;
    }
    let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(name), .. }) = argument else { return false };
    let parsed = Parser::new(&PostgreSqlDialect {}).try_with_sql(name);
    let parts = parsed.and_then(|mut parser| parser.parse_object_name(false)).map_or(0, |name| name.0.len());
    if parts == 1 {
        *name = format!("{DEFAULT_SCHEMA}.{name}");
    }
    parts == 1
}

/// Whether the default is the column's own sequence (SERIAL).
fn takes_nextval(column: &Column) -> bool {
    column.default.as_ref().is_some_and(|default| default.0.starts_with("nextval("))
}
