//! INSERT: rows from VALUES, a query or defaults; ON CONFLICT; RETURNING.

use std::sync::Arc;

use bowline_core::catalog::{ColumnId, Table};
use bowline_core::rows::{Delta, NewRows, TableDelta};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, BooleanBuilder, Int64Builder, RecordBatch, StringBuilder, new_null_array,
};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Insert, OnInsert, Query, SetExpr, Statement, TableObject, UnaryOperator, Value, ValueWithSpan,
};

use super::super::names;
use super::super::scope::Scope;
use super::Planned;
use super::new_rows::{NewColumn, complete_rows};
use super::on_conflict;
use super::returning::Returning;
use crate::error::Error;
use crate::expressions::whole_rows;
use crate::query::assign;

/// A segment takes at most this many rows.
const CHUNK_ROWS_MAX: usize = 1 << 20;

/// What the statement gives: columns by position, some of them DEFAULT.
struct Given {
    schema: SchemaRef,
    batch: RecordBatch,
    defaulted: Vec<Option<BooleanArray>>,
}

/// Plans `INSERT INTO t (columns) source [ON CONFLICT …] [RETURNING …]`.
pub(super) fn plan(scope: &mut Scope, insert: Insert) -> Result<Planned, Error> {
    refuse_foreign_forms(&insert)?;
    let TableObject::TableName(name) = &insert.table else {
        return Err(Error::new("42601", "INSERT names one table").with_hint("Use INSERT INTO table."));
    };
    let table = names::table(scope, name)?;
    let called = match &insert.table_alias {
        Some(alias) => alias.alias.clone(),
        None => Ident::with_quote('"', &table.name),
    };
    let named = insert.columns.iter().map(names::last_part).collect::<Result<Vec<_>, _>>()?;
    let columns = match named.is_empty() {
        true => table.column_ids(),
        false => names::column_ids(&table, &named)?,
    };
    let returning = Returning::new(insert.returning);
    let chunks = match insert.source {
        None => vec![complete_rows(scope, &table, Vec::new(), 1)?],
        Some(source) => rows_of(scope, &table, &columns, !named.is_empty(), *source)?,
    };
    let conflict = match insert.on {
        None => None,
        Some(OnInsert::OnConflict(conflict)) => Some(conflict),
        Some(_) => {
            return Err(Error::unsupported(
                "ON DUPLICATE KEY UPDATE is not supported",
                "Use ON CONFLICT ... DO UPDATE.",
            ));
        }
    };
    if let Some(conflict) = conflict {
        return on_conflict::plan(scope, &table, &called, chunks, conflict, &returning);
    }
    let mut changes = scope.changes_to(&table);
    let mut returned = None;
    for rows in chunks {
        let count = rows.first().map_or(0, |array| array.len());
        if returning.is_wanted() {
            let more = returning.over_rows(scope, &table, &called, rows.clone(), count)?;
            returned = super::on_conflict::joined(returned, more);
        }
        insert_rows(&mut changes, &table, rows, count)?;
    }
    let row_count = changes.inserted_count();
    Ok(Planned { delta: delta_of(&table, changes), verb: "INSERT 0", row_count, returning: returned })
}

/// Adds whole rows to the changes.
pub(super) fn insert_rows(
    changes: &mut TableDelta,
    table: &Table,
    rows: Vec<ArrayRef>,
    count: usize,
) -> Result<u64, Error> {
    Ok(changes.insert(NewRows { columns: table.column_ids(), batch: whole_rows(table, rows, count)? }))
}

pub(super) fn delta_of(table: &Table, changes: TableDelta) -> Delta {
    match changes.is_empty() {
        true => Delta::default(),
        false => Delta { tables: [(table.id, changes)].into(), ..Delta::default() },
    }
}

fn refuse_foreign_forms(insert: &Insert) -> Result<(), Error> {
    let foreign = insert.or.is_some()
        || insert.ignore
        || insert.overwrite
        || insert.replace_into
        || insert.partitioned.is_some()
        || !insert.after_columns.is_empty()
        || !insert.assignments.is_empty()
        || insert.output.is_some()
        || insert.insert_alias.is_some()
        || insert.settings.is_some()
        || insert.format_clause.is_some()
        || insert.multi_table_insert_type.is_some();
    match foreign {
        false => Ok(()),
        true => Err(Error::unsupported(
            "this form of INSERT is not supported",
            "Use INSERT INTO table (columns) VALUES ... or SELECT ... [ON CONFLICT ...] [RETURNING ...].",
        )),
    }
}

/// Whole rows from the source, in chunks a segment takes.
fn rows_of(
    scope: &Scope,
    table: &Table,
    columns: &[ColumnId],
    named: bool,
    source: Query,
) -> Result<Vec<Vec<ArrayRef>>, Error> {
    let given = match given_values(scope, &source)? {
        Some(given) => vec![given],
        None => given_query(scope, source)?,
    };
    given.into_iter().map(|given| assigned_rows(scope, table, columns, named, given)).collect()
}

/// Assigns what is given to the columns and completes the rows.
fn assigned_rows(
    scope: &Scope,
    table: &Table,
    columns: &[ColumnId],
    named: bool,
    given: Given,
) -> Result<Vec<ArrayRef>, Error> {
    let (count, width) = (given.batch.num_rows(), given.batch.num_columns());
    if width > columns.len() {
        return Err(Error::new("42601", "INSERT has more expressions than target columns")
            .with_detail(format!("There are {width} expressions for {} columns.", columns.len()))
            .with_table(&table.schema, &table.name));
    }
    if width < columns.len() && named {
        return Err(Error::new("42601", "INSERT has more target columns than expressions")
            .with_detail(format!("There are {width} expressions for {} columns.", columns.len()))
            .with_table(&table.schema, &table.name));
    }
    let new_column = |(position, defaulted): (usize, Option<BooleanArray>)| {
        let column = table.column_by_id(columns[position]);
        let values = assign(given.batch.column(position), given.schema.field(position), column)?;
        Ok(NewColumn { id: column.id, values, defaulted })
    };
    let columns = given.defaulted.into_iter().enumerate().map(new_column).collect::<Result<Vec<_>, Error>>()?;
    complete_rows(scope, table, columns, count)
}

/// The rows of a VALUES list; `None` if the source is another query.
fn given_values(scope: &Scope, source: &Query) -> Result<Option<Given>, Error> {
    let SetExpr::Values(values) = source.body.as_ref() else { return Ok(None) };
    if source.with.is_some() || source.order_by.is_some() || source.limit_clause.is_some() {
        return Ok(None);
    }
    let rows: Vec<&[Expr]> = values.rows.iter().map(|row| row.content.as_slice()).collect();
    let width = rows[0].len();
    if rows.iter().any(|row| row.len() != width) {
        return Err(Error::new("42601", "VALUES lists must all be the same length")
            .with_hint("Give every row the same columns."));
    }
    let literal = (0..width).map(|column| literal_column(&rows, column)).collect::<Option<Vec<_>>>();
    let (schema, batch) = match literal {
        Some(columns) => {
            let fields: Vec<Field> = columns
                .iter()
                .enumerate()
                .map(|(i, c)| Field::new(format!("column{}", i + 1), c.data_type().clone(), true))
                .collect();
            let schema = Arc::new(Schema::new(fields));
            (schema.clone(), RecordBatch::try_new(schema, columns)?)
        }
        None => {
            let mut query = source.clone();
            let SetExpr::Values(values) = query.body.as_mut() else { unreachable!("it is a VALUES list") };
            let null = || Expr::Value(Value::Null.into());
            values.rows.iter_mut().flat_map(|row| &mut row.content).filter(|e| is_default(e)).for_each(|e| *e = null());
            let found = scope.query(Statement::Query(Box::new(query)))?;
            (found.schema.clone(), concat_batches(&found.schema, &found.batches)?)
        }
    };
    let defaulted = (0..width).map(|column| {
        let mask: Vec<bool> = rows.iter().map(|row| is_default(&row[column])).collect();
        mask.contains(&true).then(|| BooleanArray::from(mask))
    });
    let defaulted = defaulted.collect();
    Ok(Some(Given { schema, batch, defaulted }))
}

/// A column of plain literals of one kind, without asking the query engine. DEFAULT stands as NULL.
fn literal_column(rows: &[&[Expr]], column: usize) -> Option<ArrayRef> {
    let values = || rows.iter().map(|row| &row[column]).filter(|value| !is_default(value));
    let first = values().find_map(|value| match literal(value)? {
        Literal::Null => None,
        other => Some(other),
    });
    Some(match first {
        None => {
            // Nothing but NULL and DEFAULT, or something that is no literal.
            values()
                .all(|value| matches!(literal(value), Some(Literal::Null)))
                .then(|| new_null_array(&DataType::Null, rows.len()))?
        }
        Some(Literal::Integer(_)) => {
            let mut array = Int64Builder::with_capacity(rows.len());
            for row in rows {
                match if is_default(&row[column]) { Literal::Null } else { literal(&row[column])? } {
                    Literal::Integer(value) => array.append_value(value),
                    Literal::Null => array.append_null(),
                    _ => return None,
                }
            }
            Arc::new(array.finish())
        }
        Some(Literal::Text(_)) => {
            let mut array = StringBuilder::new();
            for row in rows {
                match if is_default(&row[column]) { Literal::Null } else { literal(&row[column])? } {
                    Literal::Text(value) => array.append_value(value),
                    Literal::Null => array.append_null(),
                    _ => return None,
                }
            }
            Arc::new(array.finish())
        }
        Some(Literal::Boolean(_)) => {
            let mut array = BooleanBuilder::with_capacity(rows.len());
            for row in rows {
                match if is_default(&row[column]) { Literal::Null } else { literal(&row[column])? } {
                    Literal::Boolean(value) => array.append_value(value),
                    Literal::Null => array.append_null(),
                    _ => return None,
                }
            }
            Arc::new(array.finish())
        }
        Some(Literal::Null) => unreachable!("the first literal that is not NULL was taken"),
    })
}

enum Literal<'e> {
    Null,
    Integer(i64),
    Text(&'e str),
    Boolean(bool),
}

fn literal(value: &Expr) -> Option<Literal<'_>> {
    match value {
        Expr::Value(ValueWithSpan { value, .. }) => match value {
            Value::Null => Some(Literal::Null),
            Value::Number(text, _) => text.parse().ok().map(Literal::Integer),
            Value::SingleQuotedString(text) => Some(Literal::Text(text)),
            Value::Boolean(value) => Some(Literal::Boolean(*value)),
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match literal(expr)? {
            Literal::Integer(value) => Some(Literal::Integer(-value)),
            _ => None,
        },
        _ => None,
    }
}

/// The word DEFAULT in place of a value.
fn is_default(value: &Expr) -> bool {
    matches!(value, Expr::Identifier(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("default"))
}

/// The rows of a query, gathered into chunks.
fn given_query(scope: &Scope, source: Query) -> Result<Vec<Given>, Error> {
    let found = scope.query(Statement::Query(Box::new(source)))?;
    let width = found.schema.fields().len();
    let mut chunks: Vec<Vec<RecordBatch>> = vec![Vec::new()];
    let mut rows = 0;
    for batch in found.batches {
        if rows > 0 && rows + batch.num_rows() > CHUNK_ROWS_MAX {
            chunks.push(Vec::new());
            rows = 0;
        }
        rows += batch.num_rows();
        chunks.last_mut().expect("there is a chunk").push(batch);
    }
    let given = |batches: Vec<RecordBatch>| {
        let batch = concat_batches(&found.schema, &batches)?;
        Ok(Given { schema: found.schema.clone(), batch, defaulted: vec![None; width] })
    };
    chunks.into_iter().map(given).collect()
}
