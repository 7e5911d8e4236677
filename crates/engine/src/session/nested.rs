//! Statements about statements: PREPARE and EXECUTE, cursors, DISCARD. Whoever keeps statements and cursors carries them out;
//! here is what they say.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::{
    CloseCursor, CopyTarget, Declare, DeclareType, DiscardObject, Expr, FetchDirection, SelectItem, SetExpr, Statement,
    UnaryOperator, Value,
};

use super::{Prepared, Session, State, aborted};
use crate::error::Error;
use crate::query::field_of_type;
use crate::sql::{folded, parse_query};
use crate::{display, value};

/// What kind of statement it is, for whoever carries it between a client and a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// BEGIN, COMMIT, ROLLBACK and savepoints.
    Transaction,
    /// `COPY ... FROM STDIN`.
    CopyIn,
    /// `COPY ... TO STDOUT`.
    CopyOut,
    /// `PREPARE name AS ...`.
    Prepare(String),
    /// `EXECUTE name (...)`.
    Execute(String),
    /// `DEALLOCATE name`; all if there is none.
    Deallocate(Option<String>),
    /// `DECLARE name CURSOR FOR ...`.
    Declare {
        /// The cursor.
        cursor: String,
        /// Whether it outlives its transaction: `WITH HOLD`.
        holds: bool,
    },
    /// `FETCH n FROM name`; all rows if there is no number.
    Fetch {
        /// The cursor.
        cursor: String,
        /// How many rows.
        rows: Option<usize>,
    },
    /// `CLOSE name`; all if there is none.
    Close(Option<String>),
    /// `DISCARD ALL` and its parts.
    Discard(Discard),
    /// `UNLISTEN`, which has nothing to do where nobody can listen.
    Unlisten,
    /// Anything else.
    Other,
}

/// What DISCARD forgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discard {
    /// Everything of the session.
    All,
    /// Plans, which are kept with their statements.
    Plans,
    /// What sequences gave.
    Sequences,
    /// Temporary tables.
    Temporary,
}

impl Prepared {
    /// What kind of statement it is. Errors: 0A000 for forms of cursors that are not had.
    pub fn kind(&self) -> Result<Kind, Error> {
        Ok(match self.statement() {
            Statement::Copy { target: CopyTarget::Stdin, to: false, .. } => Kind::CopyIn,
            Statement::Copy { target: CopyTarget::Stdout, to: true, .. } => Kind::CopyOut,
            Statement::StartTransaction { .. }
            | Statement::Commit { .. }
            | Statement::Rollback { .. }
            | Statement::Savepoint { .. }
            | Statement::ReleaseSavepoint { .. } => Kind::Transaction,
            Statement::Prepare { name, .. } => Kind::Prepare(folded(name)),
            Statement::Execute { name: Some(name), immediate: false, .. } => {
                Kind::Execute(name.0.last().and_then(|part| part.as_ident()).map(folded).unwrap_or_default())
            }
            Statement::Deallocate { name, .. } => {
                let all = name.quote_style.is_none() && name.value.eq_ignore_ascii_case("all");
                Kind::Deallocate((!all).then(|| folded(name)))
            }
            Statement::Declare { stmts } => declared(stmts)?,
            Statement::Fetch { name, direction, into: None, .. } => {
                Kind::Fetch { cursor: folded(name), rows: fetched(direction)? }
            }
            Statement::Close { cursor: CloseCursor::All } => Kind::Close(None),
            Statement::Close { cursor: CloseCursor::Specific { name } } => Kind::Close(Some(folded(name))),
            Statement::Discard { object_type } => Kind::Discard(match object_type {
                DiscardObject::ALL => Discard::All,
                DiscardObject::PLANS => Discard::Plans,
                DiscardObject::SEQUENCES => Discard::Sequences,
                DiscardObject::TEMP => Discard::Temporary,
            }),
            Statement::UNLISTEN { .. } => Kind::Unlisten,
            _ => Kind::Other,
        })
    }

    /// The query of a cursor.
    pub fn cursor_query(&self) -> Option<Prepared> {
        let Statement::Declare { stmts } = self.statement() else { return None };
        let query = stmts.first()?.for_query.clone()?;
        Some(self.with_statement(Statement::Query(query)))
    }
}

/// The name of a cursor, of a form that is had, and whether it is held.
fn declared(declares: &[Declare]) -> Result<Kind, Error> {
    let refused = |what: &str, hint: &str| Err(Error::unsupported(format!("{what} is not supported"), hint));
    let [declare] = declares else { return refused("this form of DECLARE", "Declare one cursor at a time.") };
    let (Some(DeclareType::Cursor), [name], Some(_)) =
        (&declare.declare_type, declare.names.as_slice(), &declare.for_query)
    else {
        return refused("this form of DECLARE", "Use DECLARE name CURSOR FOR query.");
    };
    if declare.scroll == Some(true) {
        return refused("DECLARE SCROLL CURSOR", "Rows are fetched forward only: leave SCROLL out.");
    }
    if declare.binary == Some(true) {
        return refused("DECLARE BINARY CURSOR", "Ask for the binary format when the rows are fetched.");
    }
    Ok(Kind::Declare { cursor: folded(name), holds: declare.hold == Some(true) })
}

/// How many rows a FETCH wants. Errors: 55000 for going back, which no cursor here can.
fn fetched(direction: &FetchDirection) -> Result<Option<usize>, Error> {
    let backward = || {
        Err(Error::new("55000", "cursor can only scan forward").with_hint("Declare it again to read from its start."))
    };
    let count = |limit: &Value| match limit {
        Value::Number(number, _) => number.parse::<usize>().map(Some).or_else(|_| backward()),
        _ => Err(Error::new("42601", "FETCH takes a number of rows")),
    };
    match direction {
        FetchDirection::Next | FetchDirection::Forward { limit: None } => Ok(Some(1)),
        FetchDirection::Count { limit } | FetchDirection::Forward { limit: Some(limit) } => count(&limit.value),
        FetchDirection::All | FetchDirection::ForwardAll => Ok(None),
        _ => backward(),
    }
}

impl Session {
    /// Fails if the transaction has failed. Errors: 25P02.
    pub fn check_alive(&self) -> Result<(), Error> {
        match self.state {
            State::Failed(_) => Err(aborted()),
            _ => Ok(()),
        }
    }

    /// Prepares the statement within a PREPARE. Errors: as of [`Session::prepare`].
    pub fn prepare_within(&mut self, prepared: &Prepared) -> Result<Prepared, Error> {
        let Statement::Prepare { data_types, statement, .. } = prepared.statement() else {
            return Err(Error::new("42601", "it is no PREPARE"));
        };
        let given: Result<Vec<Option<FieldRef>>, Error> =
            data_types.iter().map(|name| Ok(Some(Arc::new(field_of_type(name)?)))).collect();
        let inner = prepared.with_statement(Statement::clone(statement));
        self.bind(inner, given?)
    }

    /// The values of an EXECUTE, as the types of the parameters they are for. Errors: those of computing them.
    pub fn execute_values(
        &mut self,
        prepared: &Prepared,
        outer: &[ScalarValue],
        fields: &[FieldRef],
    ) -> Result<Vec<ScalarValue>, Error> {
        let Statement::Execute { name, parameters, .. } = prepared.statement() else {
            return Err(Error::new("42601", "it is no EXECUTE"));
        };
        if parameters.len() != fields.len() {
            let name = name.as_ref().map(ToString::to_string).unwrap_or_default();
            return Err(Error::new("42601", format!("wrong number of parameters for prepared statement \"{name}\""))
                .with_detail(format!("Expected {} parameters but got {}.", fields.len(), parameters.len())));
        }
        if let State::Failed(_) = &self.state {
            return Err(aborted());
        }
        // What stands there as it is takes no query.
        if let Some(texts) = parameters.iter().map(literal).collect::<Option<Vec<_>>>() {
            return texts.into_iter().zip(fields).map(|(text, to)| converted(text, to)).collect();
        }
        let query = prepared.with_statement(selecting(parameters));
        let mut answer = self.start(&query, outer)?;
        let rows = answer.rows.as_mut().expect("a query has rows");
        let batch =
            rows.next_batch()?.ok_or_else(|| Error::new("XX000", "a query without FROM was believed to have a row"))?;
        self.finished()?;
        let values = batch.columns().iter().zip(batch.schema_ref().fields()).zip(fields);
        values.map(|((array, from), to)| converted(display::text_as(from, array.as_ref(), 0), to)).collect()
    }
}

/// The text of a literal, NULL within; `None` for any other expression, and for numbers that are written otherwise than they are shown.
fn literal(expr: &Expr) -> Option<Option<String>> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Null => Some(None),
            Value::SingleQuotedString(text) => Some(Some(text.clone())),
            Value::Boolean(truth) => Some(Some(if *truth { "t" } else { "f" }.to_owned())),
            Value::Number(digits, _) => {
                let is_plain =
                    !digits.starts_with('0') && digits.len() <= 18 && digits.bytes().all(|b| b.is_ascii_digit());
                (is_plain || digits == "0").then(|| Some(digits.clone()))
            }
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match (expr.as_ref(), literal(expr)?) {
            (Expr::Value(value), Some(digits)) if matches!(value.value, Value::Number(..)) && digits != "0" => {
                Some(Some(format!("-{digits}")))
            }
            _ => None,
        },
        _ => None,
    }
}

fn converted(text: Option<String>, field: &Field) -> Result<ScalarValue, Error> {
    match text {
        None => Ok(value::null(field)),
        Some(text) if *field.data_type() == DataType::Utf8 && field.metadata().is_empty() => {
            Ok(ScalarValue::from(text))
        }
        Some(text) => value::parse(&text, field),
    }
}

/// `SELECT expressions`.
fn selecting(expressions: &[Expr]) -> Statement {
    let mut query = parse_query("SELECT 1");
    let SetExpr::Select(select) = query.body.as_mut() else { unreachable!("SELECT 1 is a SELECT") };
    select.projection = expressions.iter().cloned().map(SelectItem::UnnamedExpr).collect();
    Statement::Query(query)
}
