//! WITH clauses around writes and with writes in them: each part is planned on the same snapshot, and what they change is
//! one delta, closed once.
//!
//! ```text
//!   WITH d AS (DELETE … RETURNING …) ──▶ plan ──▶ delta ─┐
//!        i AS (INSERT … FROM d …)    ──▶ plan ──▶ delta ─┼──▶ one explicit delta ──▶ close
//!   SELECT … FROM i                  ──▶ rows            ┘
//! ```
//!
//! The parts are planned in the order they are written, the statement itself last; a row that an earlier part changed is
//! left alone by the later ones.

use bowline_core::catalog::TableId;
use bowline_core::rows::Delta;
use datafusion::arrow::datatypes::{FieldRef, SchemaRef};
use datafusion::sql::sqlparser::ast::{Cte, Query, SetExpr, Statement, With};

use super::super::names;
use super::super::parameters::typed;
use super::super::scope::Scope;
use super::describe::describe;
use super::planned::Planned;
use super::single::BoundWrite;
use crate::error::Error;
use crate::outcome::{Outcome, ResultSet};
use crate::walk::{self, Tree};

/// A whole statement, ready to be closed.
pub(in crate::sql) struct Written {
    /// What all parts change.
    pub delta: Delta,
    /// What the statement itself returns.
    pub outcome: Outcome,
    /// What each writing part does to which table, in order.
    pub deeds: Vec<(TableId, &'static str)>,
}

impl Written {
    /// A statement that is one write.
    pub(super) fn of(planned: Planned) -> Written {
        let deeds = vec![(planned.table, planned.verb)];
        let (delta, outcome) = (planned.delta, outcome_of(planned.tag, planned.row_count, planned.returning));
        Written { delta, outcome, deeds }
    }
}

/// Binds a statement that is one write. Errors: names, clauses there are not, and writes within it.
pub(in crate::sql) fn bind(scope: &Scope, statement: Statement) -> Result<BoundWrite, Error> {
    refuse_inner_writes(&statement)?;
    BoundWrite::of(scope, statement)
}

/// Whether a query writes, in itself or in a part.
pub(in crate::sql) fn writes(query: &Query) -> bool {
    walk::find_query(query, |query| is_write(query).then_some(())).is_some()
}

/// Plans a statement with all its parts.
pub(in crate::sql) fn plan(scope: &mut Scope, statement: Statement) -> Result<Written, Error> {
    let Statement::Query(query) = statement else {
        return Ok(Written::of(bind(scope, statement)?.plan(scope)?));
    };
    let mut query = *query;
    let mut deeds = Vec::new();
    if let Some(with) = query.with.take() {
        let recursive = with.recursive;
        scope.parts.open(With { cte_tables: Vec::new(), ..with.clone() });
        for cte in with.cte_tables {
            deeds.extend(plan_part(scope, cte, recursive)?);
        }
    }
    let outcome = if is_write(&query) {
        let statement = written(*query.body);
        refuse_inner_writes(&statement)?;
        let planned = BoundWrite::of(scope, statement)?.plan(scope)?;
        deeds.push((planned.table, planned.verb));
        scope.parts.change(planned.delta);
        outcome_of(planned.tag, planned.row_count, planned.returning)
    } else {
        refuse_inner_writes(&query)?;
        Outcome::selected(scope.query(Statement::Query(Box::new(query)))?)
    };
    Ok(Written { delta: scope.parts.take_changes(), outcome, deeds })
}

/// Notes the types of parameters in all parts, and returns the columns of the statement itself. Errors: names that are wrong.
pub(in crate::sql) fn describe_parts(
    scope: &mut Scope,
    query: &Query,
    known: &mut Vec<Option<FieldRef>>,
) -> Result<Option<SchemaRef>, Error> {
    let mut query = query.clone();
    if let Some(with) = query.with.take() {
        scope.parts.open(With { cte_tables: Vec::new(), ..with.clone() });
        for cte in with.cte_tables {
            describe_part(scope, cte, known)?;
        }
    }
    match is_write(&query) {
        true => describe(scope, &written(*query.body), known),
        false => typed(scope, &Statement::Query(Box::new(query)), known).map(Some),
    }
}

/// Describes one part of the WITH clause; to those after it, a writing one is a table without rows.
fn describe_part(scope: &mut Scope, mut cte: Cte, known: &mut Vec<Option<FieldRef>>) -> Result<(), Error> {
    if is_write(&cte.query) {
        let mut query = *cte.query;
        let inner = query.with.take();
        let has_inner = inner.is_some();
        if let Some(inner) = inner {
            scope.parts.open(inner);
        }
        let columns = describe(scope, &written(*query.body), known)?;
        if has_inner {
            scope.parts.close();
        }
        let Some(schema) = columns else {
            scope.parts.keep_silent(names::folded(&cte.alias.name));
            return Ok(());
        };
        cte.query = scope.parts.keep(ResultSet { schema, batches: Vec::new() })?;
    }
    scope.parts.innermost().cte_tables.push(cte);
    Ok(())
}

/// Plans one part of the WITH clause; returns what it does, if it writes.
fn plan_part(scope: &mut Scope, mut cte: Cte, recursive: bool) -> Result<Option<(TableId, &'static str)>, Error> {
    if !is_write(&cte.query) {
        refuse_inner_writes(cte.query.as_ref())?;
        scope.parts.innermost().cte_tables.push(cte);
        return Ok(None);
    }
    let name = names::folded(&cte.alias.name);
    if recursive {
        refuse_self_reference(&name, &cte.query)?;
    }
    let mut query = *cte.query;
    let inner = query.with.take();
    let statement = written(*query.body);
    refuse_inner_writes(&statement)?;
    if let Some(inner) = &inner {
        for cte in &inner.cte_tables {
            refuse_inner_part(cte)?;
            refuse_inner_writes(cte.query.as_ref())?;
        }
        scope.parts.open(inner.clone());
    }
    let planned = BoundWrite::of(scope, statement)?.plan(scope)?;
    if inner.is_some() {
        scope.parts.close();
    }
    scope.parts.change(planned.delta);
    match planned.returning {
        None => scope.parts.keep_silent(name),
        Some(returned) => {
            cte.query = scope.parts.keep(returned)?;
            scope.parts.innermost().cte_tables.push(cte);
        }
    }
    Ok(Some((planned.table, planned.verb)))
}

fn outcome_of(tag: &str, row_count: usize, rows: Option<ResultSet>) -> Outcome {
    Outcome { rows, ..Outcome::command(format!("{tag} {row_count}")) }
}

/// The write that a body is. Panics if it is none, see [`is_write`].
fn written(body: SetExpr) -> Statement {
    match body {
        SetExpr::Insert(statement)
        | SetExpr::Update(statement)
        | SetExpr::Delete(statement)
        | SetExpr::Merge(statement) => statement,
        other => unreachable!("the body was believed to be a write: {other}"),
    }
}

fn is_write(query: &Query) -> bool {
    matches!(*query.body, SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_))
}

/// Refuses writes where none can stand: below the outermost WITH clause.
fn refuse_inner_writes(node: &impl Tree) -> Result<(), Error> {
    let refused = walk::find_query(node, |query| {
        let mut parts = query.with.iter().flat_map(|With { cte_tables, .. }| cte_tables);
        parts.try_for_each(refuse_inner_part).and_then(|()| refuse_write(query)).err()
    });
    refused.map_or(Ok(()), Err)
}

fn refuse_write(query: &Query) -> Result<(), Error> {
    if !is_write(query) {
        return Ok(());
    }
    let text = query.body.to_string();
    let word = text.split_whitespace().next().unwrap_or_default();
    Err(Error::new("42601", format!("syntax error at or near \"{word}\""))
        .with_hint("A write can stand in WITH, or be the statement itself."))
}

fn refuse_inner_part(cte: &Cte) -> Result<(), Error> {
    match is_write(&cte.query) {
        false => Ok(()),
        true => Err(Error::unsupported(
            "WITH clause containing a data-modifying statement must be at the top level",
            "Move the part to the WITH clause that begins the statement.",
        )),
    }
}

/// `WITH RECURSIVE d AS (DELETE … USING d …)`. Errors: 42P19.
fn refuse_self_reference(name: &str, query: &Query) -> Result<(), Error> {
    let found = walk::find_relation(query, |relation| match names::parts(relation).as_deref() {
        Ok([read]) if read == name => Some(()),
        _ => None,
    });
    match found {
        None => Ok(()),
        Some(()) => {
            let message = format!("recursive query \"{name}\" must not contain data-modifying statements");
            Err(Error::new("42P19", message).with_hint("Collect the rows in a recursive SELECT first, then write."))
        }
    }
}
