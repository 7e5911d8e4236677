//! INSERT: rows from VALUES, a query or defaults; ON CONFLICT; RETURNING.

use std::sync::Arc;

use bowline_core::catalog::{ColumnId, SqlType, Table};
use bowline_core::rows::NewRows;
use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, BooleanBuilder, Int64Builder, RecordBatch, StringArray, StringBuilder,
    new_null_array,
};
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::{concat_batches, is_not_null};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Insert, OnInsert, Query, SelectItem, SetExpr, SetOperator, SetQuantifier, Statement, TableObject,
    UnaryOperator, Value, ValueWithSpan, Values,
};

use super::super::marks::{Marks, Overriding};
use super::super::names;
use super::super::parse::parse_query;
use super::super::scope::Scope;
use super::new_rows::{NewColumn, complete_rows, refuse_generated};
use super::on_conflict;
use super::planned::{Planned, inserting};
use super::returning::Returning;
use super::select::select;
use crate::error::Error;
use crate::expressions::whole_rows;
use crate::query::assign;
use crate::walk;

/// A segment takes at most this many rows.
const CHUNK_ROWS_MAX: usize = 1 << 20;

/// What the statement gives: columns by position, some of them DEFAULT.
struct Given {
    schema: SchemaRef,
    batch: RecordBatch,
    defaulted: Vec<Option<BooleanArray>>,
    /// Literals among computed values, which are read as the column's type one by one.
    texts: Vec<Option<StringArray>>,
}

/// Where the rows go.
struct Into<'a> {
    table: &'a Table,
    columns: &'a [ColumnId],
    /// Whether the statement lists the columns.
    named: bool,
    overriding: Overriding,
}

/// Plans `INSERT INTO t (columns) source [ON CONFLICT …] [RETURNING …]`.
pub(super) fn plan(scope: &mut Scope, mut insert: Insert) -> Result<Planned, Error> {
    refuse_foreign_forms(&insert)?;
    let TableObject::TableName(name) = &insert.table else {
        return Err(Error::new("42601", "INSERT names one table").with_hint("Use INSERT INTO table."));
    };
    let table = names::table(scope.catalog(), name)?;
    let called = match &insert.table_alias {
        Some(alias) => alias.alias.clone(),
        None => Ident::with_quote('"', &table.name),
    };
    let overriding = Marks::take(&mut insert.columns).overriding;
    let named = insert.columns.iter().map(names::last_part).collect::<Result<Vec<_>, _>>()?;
    let columns = match named.is_empty() {
        true => table.column_ids(),
        false => names::column_ids(&table, &named)?,
    };
    let returning = Returning::new(insert.returning)?;
    let chunks = match insert.source {
        None => vec![whole_rows(&table, complete_rows(scope, &table, Vec::new(), Overriding::Neither, 1)?, 1)?],
        Some(source) => {
            let into = Into { table: &table, columns: &columns, named: !named.is_empty(), overriding };
            rows_of(scope, &into, *source)?
        }
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
        if returning.is_wanted() {
            let more = returning.over_rows(scope, &table, &called, rows.clone(), None)?;
            returned = super::on_conflict::joined(returned, more);
        }
        changes.insert(NewRows::whole(&table, rows));
    }
    let row_count = changes.inserted_count();
    Ok(inserting(&table, changes, row_count, returned))
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
fn rows_of(scope: &Scope, into: &Into, source: Query) -> Result<Vec<RecordBatch>, Error> {
    let types: Vec<SqlType> = into.columns.iter().map(|id| into.table.column_by_id(*id).sql_type).collect();
    let given = match given_values(scope, &source, &types)? {
        Some(given) => vec![given],
        None => given_query(scope, source)?,
    };
    given.into_iter().map(|given| assigned_rows(scope, into, given)).collect()
}

/// Assigns what is given to the columns and completes the rows.
fn assigned_rows(scope: &Scope, into: &Into, given: Given) -> Result<RecordBatch, Error> {
    let Into { table, columns, named, overriding } = *into;
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
    // Before any value is read as its column's type, which may fail.
    for (id, defaulted) in columns.iter().zip(&given.defaulted) {
        refuse_generated(table.column_by_id(*id), defaulted.as_ref(), overriding, count)?;
    }
    let new_column = |(position, defaulted): (usize, Option<BooleanArray>)| {
        let column = table.column_by_id(columns[position]);
        let mut values = assign(given.batch.column(position), given.schema.field(position), column)?;
        if let Some(texts) = &given.texts[position] {
            let read: ArrayRef = Arc::new(texts.clone());
            let read = assign(&read, &Field::new("text", DataType::Utf8, true), column)?;
            values = zip(&is_not_null(texts)?, &read, &values)?;
        }
        Ok(NewColumn { id: column.id, values, defaulted })
    };
    let columns = given.defaulted.into_iter().enumerate().map(new_column).collect::<Result<Vec<_>, Error>>()?;
    whole_rows(table, complete_rows(scope, table, columns, overriding, count)?, count)
}

/// The rows of a VALUES list; `None` if the source is another query. `types`: the columns they are for, by position.
fn given_values(scope: &Scope, source: &Query, types: &[SqlType]) -> Result<Option<Given>, Error> {
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
    let mut columns: Vec<Option<ArrayRef>> =
        (0..width).map(|column| literal_column(&rows, column, types.get(column).copied())).collect();
    let mut fields: Vec<Field> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let data_type = column.as_ref().map_or(DataType::Null, |column| column.data_type().clone());
            Field::new(format!("column{}", at + 1), data_type, true)
        })
        .collect();
    let mut texts = vec![None; width];
    if columns.iter().any(Option::is_none) {
        for column in (0..width).filter(|column| columns[*column].is_none()) {
            texts[column] = literals_among(&rows, column, types.get(column).copied());
        }
        let found = scope.query(computed(source, &columns, &texts))?;
        let batch = concat_batches(&found.schema, &found.batches)?;
        for (at, column) in columns.iter_mut().enumerate().filter(|(_, column)| column.is_none()) {
            fields[at] = found.schema.field(at).clone();
            *column = Some(batch.column(at).clone());
        }
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), columns.into_iter().flatten().collect())?;
    let defaulted = (0..width).map(|column| {
        let mask: Vec<bool> = rows.iter().map(|row| is_default(&row[column])).collect();
        mask.contains(&true).then(|| BooleanArray::from(mask))
    });
    let defaulted = defaulted.collect();
    Ok(Some(Given { schema, batch, defaulted, texts }))
}

/// The VALUES list as a query for what has to be computed; NULL stands for what is known without.
fn computed(source: &Query, known: &[Option<ArrayRef>], texts: &[Option<StringArray>]) -> Statement {
    let mut query = source.clone();
    let SetExpr::Values(values) = query.body.as_mut() else { unreachable!("it is a VALUES list") };
    for (at, row) in values.rows.iter_mut().enumerate() {
        for (column, value) in row.content.iter_mut().enumerate() {
            let is_text = texts[column].as_ref().is_some_and(|texts| texts.is_valid(at));
            if known[column].is_some() || is_text || is_default(value) {
                *value = Expr::Value(Value::Null.into());
            }
        }
    }
    match values.rows.iter().any(|row| row.content.iter().any(holds_subquery)) {
        true => selected_rows(values),
        false => Statement::Query(Box::new(query)),
    }
}

/// `SELECT row UNION ALL SELECT row ... ORDER BY number`: the rows of VALUES with subqueries, which VALUES itself does not
/// compute. The last column is their number.
fn selected_rows(values: &Values) -> Statement {
    let mut union: Option<SetExpr> = None;
    let mut width = 0;
    for (at, row) in values.rows.iter().enumerate() {
        width = row.content.len();
        let number = Expr::Value(Value::Number(at.to_string(), false).into());
        let named = |(at, expr): (usize, Expr)| SelectItem::ExprWithAlias {
            expr,
            alias: Ident::with_quote('"', format!("column{}", at + 1)),
        };
        let items = row.content.iter().cloned().chain([number]).enumerate().map(named).collect();
        let Statement::Query(query) = select(items, Vec::new(), None) else { unreachable!("a SELECT is a query") };
        let right = query.body;
        union = Some(match union {
            None => *right,
            Some(left) => SetExpr::SetOperation {
                op: SetOperator::Union,
                set_quantifier: SetQuantifier::All,
                left: Box::new(left),
                right,
            },
        });
    }
    let mut query = parse_query(&format!("SELECT 1 ORDER BY {}", width + 1));
    *query.body = union.expect("VALUES has a row");
    Statement::Query(query)
}

/// Whether a value holds a subquery.
fn holds_subquery(value: &Expr) -> bool {
    walk::any_expr(value, |expr| matches!(expr, Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. }))
}

/// Literals that stand among computed values of a column: texts, and numbers for a column of inexact or scaled numbers.
fn literals_among(rows: &[&[Expr]], column: usize, sql_type: Option<SqlType>) -> Option<StringArray> {
    let numbers = matches!(sql_type, Some(SqlType::Numeric(_) | SqlType::Real | SqlType::Double));
    let text = |row: &&[Expr]| match literal(&row[column])? {
        Literal::Text(text) => Some(text.to_owned()),
        Literal::Integer(number) if numbers => Some(number.to_string()),
        Literal::Number(number) if numbers => Some(number),
        _ => None,
    };
    let texts: StringArray = rows.iter().map(text).collect();
    (texts.null_count() < texts.len()).then_some(texts)
}

/// A column of literals of several kinds as texts, which are read as the column's type.
fn text_column(rows: &[&[Expr]], column: usize, sql_type: SqlType) -> Option<ArrayRef> {
    let takes_numbers = matches!(
        sql_type,
        SqlType::Numeric(_) | SqlType::Real | SqlType::Double | SqlType::Text | SqlType::Varchar(_) | SqlType::Char(_)
    );
    let mut texts = StringBuilder::new();
    for row in rows {
        match if is_default(&row[column]) { Literal::Null } else { literal(&row[column])? } {
            Literal::Null => texts.append_null(),
            Literal::Text(text) => texts.append_value(text),
            Literal::Integer(number) if takes_numbers || sql_type.is_integer() => {
                texts.append_value(number.to_string());
            }
            Literal::Number(number) if takes_numbers => texts.append_value(number),
            Literal::Boolean(value) if sql_type == SqlType::Boolean => {
                texts.append_value(if value { "true" } else { "false" });
            }
            _ => return None,
        }
    }
    Some(Arc::new(texts.finish()))
}

/// A column of plain literals, without asking the query engine. DEFAULT stands as NULL.
fn literal_column(rows: &[&[Expr]], column: usize, sql_type: Option<SqlType>) -> Option<ArrayRef> {
    let plain = plain_column(rows, column);
    plain.or_else(|| text_column(rows, column, sql_type?))
}

/// A column of literals of one kind.
fn plain_column(rows: &[&[Expr]], column: usize) -> Option<ArrayRef> {
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
        Some(Literal::Number(_)) => return None,
        Some(Literal::Null) => unreachable!("the first literal that is not NULL was taken"),
    })
}

enum Literal<'e> {
    Null,
    Integer(i64),
    /// A number with a point or an exponent, or beyond 64 bits.
    Number(String),
    Text(&'e str),
    Boolean(bool),
}

fn literal(value: &Expr) -> Option<Literal<'_>> {
    match value {
        Expr::Value(ValueWithSpan { value, .. }) => match value {
            Value::Null => Some(Literal::Null),
            Value::Number(text, _) => Some(match text.parse() {
                Ok(value) => Literal::Integer(value),
                Err(_) => Literal::Number(text.clone()),
            }),
            Value::SingleQuotedString(text) => Some(Literal::Text(text)),
            Value::Boolean(value) => Some(Literal::Boolean(*value)),
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match literal(expr)? {
            Literal::Integer(value) => value.checked_neg().map(Literal::Integer),
            Literal::Number(text) if !text.starts_with('-') => Some(match format!("-{text}").parse() {
                Ok(value) => Literal::Integer(value),
                Err(_) => Literal::Number(format!("-{text}")),
            }),
            _ => None,
        },
        _ => None,
    }
}

/// The word DEFAULT in place of a value.
pub(super) fn is_default(value: &Expr) -> bool {
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
        Ok(Given { schema: found.schema.clone(), batch, defaulted: vec![None; width], texts: vec![None; width] })
    };
    chunks.into_iter().map(given).collect()
}
