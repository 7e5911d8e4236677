//! What a statement takes and returns, found out before it has values: the types of its parameters, and its columns.
//!
//! A parameter that is given to a column as it stands has the column's type. All others are typed by the query engine, from
//! the query that reads the rows of the statement.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{SetExpr, Statement};

use super::parameters::typed;
use super::scope::Scope;
use super::{settings, write};
use crate::error::Error;
use crate::query::parameter_count;

/// What a statement takes and returns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Description {
    /// The types of `$1`, `$2`, ...
    pub parameters: Vec<FieldRef>,
    /// The columns of its rows, if it returns any.
    pub columns: Option<SchemaRef>,
}

/// Describes a statement. `given`: types the client gives, which win. Errors: names and types that are wrong.
pub(crate) fn describe(
    scope: &mut Scope,
    statement: &Statement,
    given: &[Option<FieldRef>],
) -> Result<Description, Error> {
    let mut known = given.to_vec();
    known.resize(known.len().max(parameter_count(statement)), None);
    let columns = match statement {
        Statement::Query(query) if !write::writes(query) => match query.body.as_ref() {
            SetExpr::Select(select) if select.into.is_some() => None,
            _ if !query.locks.is_empty() => {
                let mut unlocked = query.clone();
                unlocked.locks.clear();
                Some(typed(scope, &Statement::Query(unlocked), &mut known)?)
            }
            _ => Some(typed(scope, statement, &mut known)?),
        },
        Statement::Query(query) => write::describe_parts(scope, query, &mut known)?,
        Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) | Statement::Merge(_) => {
            write::describe(scope, statement, &mut known)?
        }
        Statement::ShowVariable { variable } => {
            Some(settings::show(scope, variable)?.rows.expect("SHOW has rows").schema)
        }
        Statement::Declare { stmts } => {
            if let Some(query) = stmts.first().and_then(|declare| declare.for_query.clone()) {
                typed(scope, &Statement::Query(query), &mut known)?;
            }
            None
        }
        Statement::Explain { .. } | Statement::ExplainTable { .. } => Some(query_plan()),
        _ => None,
    };
    let text: FieldRef = Arc::new(Field::new("", DataType::Utf8, true));
    let parameters = known.into_iter().map(|field| field.unwrap_or_else(|| text.clone())).collect();
    Ok(Description { parameters, columns })
}

fn query_plan() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("QUERY PLAN", DataType::Utf8, false)]))
}
