//! The rows of VALUES: columns of literals as they stand, whatever has to be computed by a query.
//!
//! ```text
//!   VALUES (1, 'a', $1 + 1), (2, DEFAULT, now())
//!           │   │      └─ a question: VALUES (NULL, NULL, $1 + 1), (NULL, NULL, now())
//!           └───┴─ columns of literals, DEFAULT as NULL beside a mask
//! ```

use std::sync::Arc;

use bowline_core::catalog::SqlType;
use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, BooleanBuilder, Int64Builder, RecordBatch, StringArray, StringBuilder,
    new_null_array,
};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Query, SelectItem, SetExpr, SetOperator, SetQuantifier, Statement, UnaryOperator, Value,
    ValueWithSpan, Values,
};

use super::super::parse::parse_query;
use super::super::plain_expressions::is_subquery;
use super::super::question::Question;
use super::super::scope::Scope;
use super::select::select;
use crate::error::Error;
use crate::walk;

/// What a source gives: columns by position, some of them DEFAULT.
pub(super) struct Given {
    pub schema: SchemaRef,
    pub batch: RecordBatch,
    /// The rows that say DEFAULT.
    pub defaulted: Vec<Option<BooleanArray>>,
    /// Literals among computed values, which are read as the column's type one by one.
    pub texts: Vec<Option<StringArray>>,
}

/// A VALUES list, bound.
#[derive(Debug)]
pub(super) struct GivenValues {
    row_count: usize,
    /// Columns of literals; `None` has to be computed.
    columns: Vec<Option<ArrayRef>>,
    defaulted: Vec<Option<BooleanArray>>,
    texts: Vec<Option<StringArray>>,
    /// Asks for what has to be computed, if anything has.
    question: Option<Question>,
}

impl GivenValues {
    /// Binds a source; `None` if it is another query. `types`: the columns it is for, by position. Errors: 42601 for rows of
    /// different widths.
    pub fn of(source: &Query, types: &[SqlType]) -> Result<Option<GivenValues>, Error> {
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
        let columns: Vec<Option<ArrayRef>> =
            (0..width).map(|column| literal_column(&rows, column, types.get(column).copied())).collect();
        let mut texts = vec![None; width];
        for column in (0..width).filter(|column| columns[*column].is_none()) {
            texts[column] = literals_among(&rows, column, types.get(column).copied());
        }
        let asks = columns.iter().any(Option::is_none);
        let question = asks.then(|| Question::new(computed(source, &columns, &texts)));
        let defaulted = (0..width).map(|column| {
            let mask: Vec<bool> = rows.iter().map(|row| is_default(&row[column])).collect();
            mask.contains(&true).then(|| BooleanArray::from(mask))
        });
        let defaulted = defaulted.collect();
        Ok(Some(GivenValues { row_count: rows.len(), columns, defaulted, texts, question }))
    }

    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.row_count
    }

    /// What has to be computed, if anything has.
    pub fn question_mut(&mut self) -> Option<&mut Question> {
        self.question.as_mut()
    }

    /// The rows, their values computed. Errors: those of the expressions.
    pub fn rows(&self, scope: &Scope) -> Result<Given, Error> {
        let literal = |(at, column): (usize, &Option<ArrayRef>)| {
            let data_type = column.as_ref().map_or(DataType::Null, |column| column.data_type().clone());
            Field::new(format!("column{}", at + 1), data_type, true)
        };
        let mut fields: Vec<Field> = self.columns.iter().enumerate().map(literal).collect();
        let mut columns = self.columns.clone();
        if let Some(question) = &self.question {
            let found = question.ask(scope)?;
            let batch = concat_batches(&found.schema, &found.batches)?;
            for (at, column) in columns.iter_mut().enumerate().filter(|(_, column)| column.is_none()) {
                fields[at] = found.schema.field(at).clone();
                *column = Some(batch.column(at).clone());
            }
        }
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new(schema.clone(), columns.into_iter().flatten().collect())?;
        Ok(Given { schema, batch, defaulted: self.defaulted.clone(), texts: self.texts.clone() })
    }
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
    walk::any_expr(value, is_subquery)
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
pub(in crate::sql) fn is_default(value: &Expr) -> bool {
    matches!(value, Expr::Identifier(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("default"))
}
