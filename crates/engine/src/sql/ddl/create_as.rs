//! CREATE TABLE AS and SELECT INTO: a table of the columns of a query, filled with its rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline_core::catalog::{Catalog, Column, ColumnId, NotNull, RelationName, SqlType};
use bowline_core::rows::{Delta, NewRows, TableDelta};
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::sql::sqlparser::ast::helpers::stmt_create_table::CreateTableBuilder;
use datafusion::sql::sqlparser::ast::{CreateTable, Query, Select, SetExpr, Statement};

use super::super::clauses::is_untyped;
use super::super::dialect::is_without_data;
use super::super::names;
use super::super::parse::parse_query;
use super::super::scope::{Done, Scope};
use super::create_table::refuse_system_column;
use super::new_relation::{empty_table, is_new, temporary_forms};
use crate::display::{TYPE_KEY, type_name};
use crate::error::Error;
use crate::expressions::whole_rows;
use crate::grammar;
use crate::outcome::{Outcome, ResultSet};
use crate::query::{assign, sql_type};

/// NUMERIC without precision keeps this many digits after the point, and this many before it.
const NUMERIC_DIGITS: (i8, i16) = (10, 28);

/// The CREATE TABLE that a `SELECT ... INTO table` is; other queries stay as they are. Errors: 42601 for INTO elsewhere.
pub(in crate::sql) fn of_select_into(mut query: Box<Query>) -> Result<Statement, Error> {
    let into = first_select(&mut query.body).and_then(|select| select.into.take());
    if says_into(&query.body) {
        return Err(Error::new("42601", "INTO is only allowed on first SELECT of UNION/INTERSECT/EXCEPT")
            .with_hint("Write INTO after the first list of columns."));
    }
    let Some(into) = into else { return Ok(Statement::Query(query)) };
    if into.unlogged {
        return Err(Error::unsupported("unlogged tables are not supported", "Leave UNLOGGED out."));
    }
    let create = CreateTableBuilder::new(into.name).temporary(into.temporary).query(Some(query)).build();
    Ok(Statement::CreateTable(create))
}

fn first_select(body: &mut SetExpr) -> Option<&mut Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::SetOperation { left, .. } => first_select(left),
        _ => None,
    }
}

/// Whether a query, subqueries aside, has an INTO.
pub(super) fn says_into(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_some(),
        SetExpr::SetOperation { left, right, .. } => says_into(left) || says_into(right),
        SetExpr::Query(query) => says_into(&query.body),
        _ => false,
    }
}

/// Runs `CREATE TABLE name [(columns)] AS query [WITH [NO] DATA]`.
pub(super) fn run(scope: &mut Scope, create: CreateTable) -> Result<Done, Error> {
    let name = names::new_relation_name(scope.catalog(), &create.name, create.temporary)?;
    let on_commit = temporary_forms(scope, &create, &name)?;
    let unfilled = || Outcome::command("CREATE TABLE AS");
    if !is_new(scope, &name, create.if_not_exists)? {
        return Ok(Done::unchanged(unfilled()));
    }
    let typed = create.columns.iter().find(|column| !is_untyped(column) || !column.options.is_empty());
    if typed.is_some() || !create.constraints.is_empty() {
        return Err(Error::new("42601", "CREATE TABLE AS takes names of columns, without types and constraints")
            .with_hint("Name the columns alone, cast in the query, and add constraints with ALTER TABLE."));
    }
    let called: Vec<String> = create.columns.iter().map(|column| names::folded(&column.name)).collect();
    let query = create.query.expect("the caller saw a query");
    let without_data = is_without_data(scope.sql);
    let (columns, rows) = match without_data {
        true => (columns_of(scope, query, &called)?, None),
        false => {
            let rows = scope.query(Statement::Query(query))?;
            let fields: Vec<Field> = rows.schema.fields().iter().map(|field| field.as_ref().clone()).collect();
            (columns_of_fields(&fields, &called)?, Some(rows))
        }
    };
    let mut catalog = Catalog::clone(scope.catalog());
    let mut table = empty_table(&mut catalog, name);
    catalog.set_on_commit(table.id, on_commit);
    table.next_column += columns.len() as u32;
    table.columns = columns;
    catalog.put_table(table.clone());
    let mut delta = Delta { catalog: Some(Arc::new(catalog)), ..Delta::default() };
    let outcome = match rows {
        None => unfilled(),
        Some(rows) => {
            let changes = filled(&table, &rows)?;
            let outcome = Outcome::command(format!("SELECT {}", changes.inserted_count()));
            delta.tables.insert(table.id, changes);
            outcome
        }
    };
    scope.apply(outcome, delta)
}

/// A query for all columns of a relation.
pub(super) fn relation_query(name: &RelationName) -> Box<Query> {
    let quoted = |part: &str| format!("\"{}\"", part.replace('"', "\"\""));
    parse_query(&format!("SELECT * FROM {}.{}", quoted(&name.schema), quoted(&name.name)))
}

/// The columns a table of this query has, the first of them called as given.
pub(super) fn columns_of(scope: &Scope, query: Box<Query>, called: &[String]) -> Result<Vec<Column>, Error> {
    // Only the plan is wanted; running it over no rows gives types as they come out.
    let planned = scope.query(Statement::Query(parse_query(&format!("SELECT * FROM ({query}) AS q LIMIT 0"))))?;
    let fields: Vec<Field> = planned.schema.fields().iter().map(|field| field.as_ref().clone()).collect();
    columns_of_fields(&fields, called)
}

fn columns_of_fields(fields: &[Field], called: &[String]) -> Result<Vec<Column>, Error> {
    if called.len() > fields.len() {
        return Err(Error::new("42601", "too many column names were specified")
            .with_detail(format!("The query has {} columns.", fields.len())));
    }
    let mut seen = BTreeSet::new();
    let mut columns = Vec::with_capacity(fields.len());
    for (position, field) in fields.iter().enumerate() {
        let name = called.get(position).unwrap_or_else(|| field.name()).clone();
        refuse_system_column(&name)?;
        if !seen.insert(name.clone()) {
            return Err(Error::new("42701", format!("column \"{name}\" specified more than once"))
                .with_hint("Give each column a name of its own with AS."));
        }
        columns.push(Column {
            id: ColumnId(position as u32 + 1),
            sql_type: type_of(field)?,
            name,
            not_null: false,
            default: None,
            identity: None,
            generated: None,
            is_virtual: false,
            numbered_as: None,
            not_null_constraint: NotNull::default(),
            missing: None,
            comment: None,
        });
    }
    Ok(columns)
}

/// The type a column of a result is kept in. Errors: 0A000 for one that no column has.
fn type_of(field: &Field) -> Result<SqlType, Error> {
    if !field.metadata().contains_key(TYPE_KEY) {
        match field.data_type() {
            // What a numeric expression gives has no declared digits; those it has must fit.
            DataType::Decimal128(precision, scale) => {
                let whole = i16::from(*precision) - i16::from(*scale);
                let fits = *scale <= NUMERIC_DIGITS.0 && whole <= NUMERIC_DIGITS.1;
                return Ok(SqlType::Numeric(if fits { None } else { Some((*precision, *scale)) }));
            }
            DataType::Decimal256(..) => return Ok(SqlType::Numeric(None)),
            DataType::UInt64 => return Ok(SqlType::BigInt),
            _ => {}
        }
    }
    let name = type_name(field);
    let parsed = grammar::parser().try_with_sql(&name).and_then(|mut parser| parser.parse_data_type());
    let parsed = parsed.map_err(|_| {
        Error::unsupported(format!("a column of type {name} is not supported"), "Cast it to a type that columns have.")
    })?;
    sql_type(&parsed)
}

/// The rows of a result, as the table's.
fn filled(table: &bowline_core::catalog::Table, rows: &ResultSet) -> Result<TableDelta, Error> {
    let mut changes = TableDelta::new(0);
    for batch in &rows.batches {
        let arrays = batch.columns().iter().zip(rows.schema.fields()).zip(&table.columns);
        let arrays = arrays.map(|((array, field), column)| assign(array, field, column));
        let arrays = arrays.collect::<Result<Vec<ArrayRef>, Error>>()?;
        let batch = whole_rows(table, arrays, batch.num_rows())?;
        changes.insert(NewRows::whole(table, batch));
    }
    Ok(changes)
}
