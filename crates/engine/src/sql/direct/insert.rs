//! Rows from values: parameters and literals, a column at a time.

use std::sync::Arc;

use bowline_core::catalog::{Catalog, Column, ColumnId, Table};
use bowline_core::rows::{Delta, NewRows};
use datafusion::arrow::array::{ArrayRef, BooleanArray, new_null_array};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::{Insert as InsertStatement, SetExpr, TableObject};

use super::super::marks::Overriding;
use super::super::names;
use super::super::scope::{Done, Scope};
use super::super::write::{NewColumn, complete_rows, is_default};
use super::called::{Called, named};
use super::done::done;
use super::operand::{Operand, Values};
use super::output::Output;
use super::output::returning;
use crate::error::Error;
use crate::expressions::whole_rows;
use crate::query::assign;

/// An INSERT of rows that are made of values.
#[derive(Debug)]
pub(super) struct Insert {
    table: Arc<Table>,
    /// For each column given, its value in each row; `None` is DEFAULT.
    columns: Vec<(ColumnId, Vec<Option<Operand>>)>,
    row_count: usize,
    returning: Option<Output>,
}

impl Insert {
    /// Recognizes an INSERT of values, with a parameter among them; the others need no query engine anyway.
    pub fn recognize(catalog: &Catalog, insert: &InsertStatement) -> Option<Insert> {
        let plain = insert.or.is_none()
            && !insert.ignore
            && !insert.overwrite
            && !insert.replace_into
            && insert.on.is_none()
            && insert.partitioned.is_none()
            && insert.after_columns.is_empty()
            && insert.assignments.is_empty()
            && insert.output.is_none()
            && insert.insert_alias.is_none()
            && insert.settings.is_none()
            && insert.format_clause.is_none()
            && insert.multi_table_insert_type.is_none();
        let (TableObject::TableName(name), Some(source), true) = (&insert.table, &insert.source, plain) else {
            return None;
        };
        let SetExpr::Values(values) = source.body.as_ref() else { return None };
        if source.with.is_some() || source.order_by.is_some() || source.limit_clause.is_some() || source.fetch.is_some()
        {
            return None;
        }
        let table = named(catalog, name)?;
        let ids = match insert.columns.is_empty() {
            true => table.column_ids(),
            false => {
                let listed = insert.columns.iter().map(names::last_part).collect::<Result<Vec<_>, _>>().ok()?;
                names::column_ids(&table, &listed).ok()?
            }
        };
        let row_count = values.rows.len();
        let mut columns: Vec<(ColumnId, Vec<Option<Operand>>)> =
            ids.into_iter().map(|id| (id, Vec::with_capacity(row_count))).collect();
        for row in &values.rows {
            if row.content.len() != columns.len() {
                return None;
            }
            for (value, (_, column)) in row.content.iter().zip(&mut columns) {
                column.push(if is_default(value) { None } else { Some(Operand::of(value)?) });
            }
        }
        let has_parameter =
            |column: &Vec<Option<Operand>>| column.iter().any(|operand| matches!(operand, Some(Operand::Parameter(_))));
        let called = match &insert.table_alias {
            Some(alias) => names::folded(&alias.alias),
            None => table.name.clone(),
        };
        let called = Called { table: &table, name: &called };
        let returning = returning(called, insert.returning.as_deref())?;
        let pays = returning.is_some() || columns.iter().any(|(_, column)| has_parameter(column));
        pays.then(|| Insert { table: table.clone(), columns, row_count, returning })
    }

    /// How many rows it inserts.
    pub fn row_count(&self) -> usize {
        self.row_count
    }

    /// Inserts the rows. `None`: the query engine has to see to it. Errors: those of an INSERT.
    pub fn run(&self, scope: &mut Scope) -> Result<Option<Done>, Error> {
        let table = &self.table;
        let values = Values { parameters: scope.parameters };
        let mut given = Vec::with_capacity(self.columns.len());
        for (id, operands) in &self.columns {
            let column = table.column_by_id(*id);
            let Some(array) = column_of(&values, operands, column)? else { return Ok(None) };
            let defaulted = operands.iter().any(Option::is_none);
            let defaulted = defaulted.then(|| operands.iter().map(Option::is_none).collect::<Vec<_>>());
            given.push(NewColumn { id: *id, values: array, defaulted: defaulted.map(BooleanArray::from) });
        }
        let rows = complete_rows(scope, table, given, Overriding::Neither, self.row_count)?;
        let returned =
            self.returning.as_ref().map(|output| output.of_columns(table, &rows, self.row_count)).transpose()?;
        let mut changes = scope.changes_to(table);
        let batch = whole_rows(table, rows, self.row_count)?;
        changes.insert(NewRows::whole(table, batch));
        let delta = Delta { tables: [(table.id, changes)].into(), ..Delta::default() };
        done(scope, (table.id, "insert into"), format!("INSERT 0 {}", self.row_count), returned, delta)
    }
}

/// The values of one column, of the column's type; NULL stands for DEFAULT.
fn column_of(values: &Values, operands: &[Option<Operand>], column: &Column) -> Result<Option<ArrayRef>, Error> {
    if let [Some(operand)] = operands {
        return values.assigned(operand, column);
    }
    let mut scalars = Vec::with_capacity(operands.len());
    for operand in operands {
        let Some(scalar) = operand.as_ref().map_or(Some(ScalarValue::Null), |operand| values.scalar(operand)) else {
            return Ok(None);
        };
        scalars.push(scalar);
    }
    let data_type = scalars.iter().find(|value| !value.is_null()).map(ScalarValue::data_type);
    let Some(data_type) = data_type else {
        return Ok(Some(new_null_array(&column.sql_type.arrow(), operands.len())));
    };
    for scalar in &mut scalars {
        if scalar.is_null() {
            let Ok(null) = ScalarValue::try_from(&data_type) else { return Ok(None) };
            *scalar = null;
        } else if scalar.data_type() != data_type {
            return Ok(None);
        }
    }
    let array = ScalarValue::iter_to_array(scalars).map_err(crate::query::error)?;
    let field = Field::new("value", DataType::clone(array.data_type()), true);
    assign(&array, &field, column).map(Some)
}
