//! `SELECT ... FOR UPDATE`: the rows found stay as they are until the transaction ends.
//!
//! ```text
//!   SELECT a FROM t WHERE c FOR UPDATE
//!     ─▶ SELECT a, t.__row AS __locked_0 FROM __rows."public.t" AS t WHERE c
//!     ─▶ rows for the client, and row ids ─▶ a delta that updates those rows to themselves
//! ```
//!
//! Nobody waits here. A transaction that locks a row has changed it as far as others can tell, so of two that lock one row, or
//! of one that locks it and one that changes it, the later to commit is refused with 40001. FOR SHARE is as strong. Nothing is
//! judged and no action fires, for no value changes. A statement by itself ends with its own transaction, and locks nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline_core::catalog::Table;
use bowline_core::rows::Delta;
use datafusion::arrow::array::{AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Schema, UInt64Type};
use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Ident, Join, JoinConstraint, JoinOperator, LockClause, LockType, NonBlock, Query, Select,
    SelectItem, SetExpr, Statement, TableFactor, TableWithJoins,
};

use super::names;
use super::question::Question;
use super::scope::{Done, Scope};
use super::write::{ROW, table_factor, updated};
use crate::error::Error;
use crate::outcome::{Outcome, ResultSet};
use crate::query::row_relation;

/// A query with locking clauses, bound to the catalog.
#[derive(Debug)]
pub(super) struct BoundLocks {
    /// Asks for the rows, and after them for the row ids of what is locked.
    rows: Question,
    locked: Vec<Locked>,
}

/// A table whose rows are locked, and what the query calls it.
#[derive(Debug)]
struct Locked {
    table: Arc<Table>,
    called: Ident,
}

/// Runs a query with locking clauses.
pub(super) fn run(scope: &Scope, query: Box<Query>) -> Result<Done, Error> {
    BoundLocks::of(scope, query)?.run(scope)
}

impl BoundLocks {
    /// Binds a query with locking clauses. Errors: 0A000 where a row of the result is not one row of each table, 42P01 for a
    /// table that is not there.
    pub fn of(scope: &Scope, mut query: Box<Query>) -> Result<BoundLocks, Error> {
        let clauses = std::mem::take(&mut query.locks);
        let locked = locked(scope, &mut query, &clauses)?;
        Ok(BoundLocks { rows: Question::new(Statement::Query(query)), locked })
    }

    /// Runs it. Errors: those of the query.
    pub fn run(&self, scope: &Scope) -> Result<Done, Error> {
        let found = self.rows.ask(scope)?;
        let outcome = Outcome::selected(shown(&self.locked, &found)?);
        // A statement by itself ends with its own transaction.
        let delta = if scope.in_block { touched(scope, &self.locked, &found)? } else { Delta::default() };
        match delta.is_empty() {
            false => scope.apply(outcome, delta),
            true => Ok(Done::unchanged(outcome)),
        }
    }

    /// Plans the query to be evaluated in place; whether it can be.
    pub fn plan_in_place(&mut self, scope: &Scope) -> bool {
        self.rows.plan_in_place(scope)
    }
}

/// Puts row ids into the query for every table that the clauses lock. Errors: 0A000 where a row of the result is not one row
/// of each table, 42P01 for a table that is not there.
fn locked(scope: &Scope, query: &mut Query, clauses: &[LockClause]) -> Result<Vec<Locked>, Error> {
    let strength = match clauses.iter().all(|clause| clause.lock_type == LockType::Share) {
        true => "FOR SHARE",
        false => "FOR UPDATE",
    };
    if clauses.iter().any(|clause| clause.nonblock == Some(NonBlock::SkipLocked)) {
        return Err(Error::unsupported(
            "SKIP LOCKED is not supported",
            "Leave it out: nobody waits for a lock, the later of two transactions is refused at commit with SQLSTATE 40001.",
        ));
    }
    refuse_summaries(scope, query, strength)?;
    let with: Vec<String> =
        query.with.iter().flat_map(|with| &with.cte_tables).map(|cte| names::folded(&cte.alias.name)).collect();
    let SetExpr::Select(select) = query.body.as_mut() else { unreachable!("anything else was refused") };
    let wanted = wanted(clauses)?;
    let all = wanted.is_empty();
    let mut locks = Locks { scope, strength, with, all, missing: wanted, locked: Vec::new() };
    for from in &mut select.from {
        locks.joined(from, false)?;
    }
    if let Some(name) = locks.missing.first() {
        return Err(Error::new("42P01", format!("relation \"{name}\" in {strength} clause not found in FROM clause"))
            .with_hint("Name a table of FROM as the query calls it."));
    }
    for (at, Locked { called, .. }) in locks.locked.iter().enumerate() {
        let expr = Expr::CompoundIdentifier(vec![called.clone(), Ident::new(ROW)]);
        select.projection.push(SelectItem::ExprWithAlias { expr, alias: Ident::new(format!("__locked_{at}")) });
    }
    Ok(locks.locked)
}

/// The tables of a FROM clause that its locking clauses lock, as they are found.
struct Locks<'a> {
    scope: &'a Scope<'a>,
    strength: &'static str,
    /// The names of the query's common table expressions.
    with: Vec<String>,
    /// Whether every table is locked, rather than those named.
    all: bool,
    /// The tables named, but for those found.
    missing: BTreeSet<String>,
    locked: Vec<Locked>,
}

impl Locks<'_> {
    /// The tables of a join. `nullable`: whether an outer join around it may put NULLs in the place of its rows.
    fn joined(&mut self, from: &mut TableWithJoins, nullable: bool) -> Result<(), Error> {
        let before = self.locked.len();
        // Joins are taken from the left: each may null all that stands before it.
        let nulled = from.joins.iter().rposition(|join| nulls(&join.join_operator).left).map_or(0, |last| last + 1);
        self.factor(&mut from.relation, nullable || nulled > 0)?;
        for (at, join) in from.joins.iter_mut().enumerate() {
            let nullable = nullable || nulls(&join.join_operator).right || at + 1 < nulled;
            self.factor(&mut join.relation, nullable)?;
        }
        let natural = |join: &Join| matches!(constraint(&join.join_operator), Some(JoinConstraint::Natural));
        match self.locked.len() > before && from.joins.iter().any(natural) {
            true => Err(Error::unsupported(
                format!("{} is not supported with NATURAL JOIN", self.strength),
                "Name the columns that both have: JOIN table USING (column, ...).",
            )),
            false => Ok(()),
        }
    }

    fn factor(&mut self, factor: &mut TableFactor, nullable: bool) -> Result<(), Error> {
        if let TableFactor::NestedJoin { table_with_joins, alias: None } = factor {
            return self.joined(table_with_joins, nullable);
        }
        let called = called(factor);
        let is_named = called.as_ref().is_some_and(|called| self.missing.remove(&called.value));
        if !self.all && !is_named {
            return Ok(());
        }
        let (Some(table), Some(called)) = (self.lockable(factor)?, called) else { return Ok(()) };
        if nullable {
            return Err(Error::unsupported(
                format!("{} cannot be applied to the nullable side of an outer join", self.strength),
                format!("Name the tables to lock: {} OF table.", self.strength),
            ));
        }
        *factor = table_factor(row_relation(&table), called.clone());
        self.locked.push(Locked { table, called });
        Ok(())
    }

    /// The table behind an item of FROM; `None` for what has no rows of its own to lock, or is not there, which the query will say.
    fn lockable(&self, factor: &TableFactor) -> Result<Option<Arc<Table>>, Error> {
        let refused = |what: &str| {
            let hint = format!("Name the tables to lock: {} OF table.", self.strength);
            Err(Error::unsupported(format!("{} is not supported for {what}", self.strength), hint))
        };
        let (name, alias) = match factor {
            TableFactor::Table { name, alias, args: None, .. } => (name, alias),
            TableFactor::Derived { .. } => return refused("a subquery in FROM"),
            TableFactor::NestedJoin { .. } => return refused("a join that has a name"),
            // Functions.
            _ => return Ok(None),
        };
        if alias.as_ref().is_some_and(|alias| !alias.columns.is_empty()) {
            return refused(&format!("\"{name}\" with other names for its columns"));
        }
        let parts = names::parts(name)?;
        if matches!(parts.as_slice(), [only] if self.with.contains(only)) {
            return Ok(None);
        }
        match names::table(self.scope.catalog(), name) {
            Ok(table) => Ok(Some(table)),
            Err(error) if error.sqlstate == "42809" => refused(&format!("\"{name}\", which is no table")),
            Err(_) => Ok(None),
        }
    }
}

/// On which sides a join may put NULLs in the place of rows.
struct Nulls {
    left: bool,
    right: bool,
}

fn nulls(operator: &JoinOperator) -> Nulls {
    use JoinOperator::{FullOuter, Left, LeftOuter, Right, RightOuter};
    Nulls {
        left: matches!(operator, Right(_) | RightOuter(_) | FullOuter(_)),
        right: matches!(operator, Left(_) | LeftOuter(_) | FullOuter(_)),
    }
}

/// How a join finds which rows belong together; `None` if it takes all.
fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    use JoinOperator::{FullOuter, Inner, Join, Left, LeftOuter, Right, RightOuter};
    match operator {
        Join(by) | Inner(by) | Left(by) | LeftOuter(by) | Right(by) | RightOuter(by) | FullOuter(by) => Some(by),
        _ => None,
    }
}

/// The names after OF; none if every table is meant.
fn wanted(clauses: &[LockClause]) -> Result<BTreeSet<String>, Error> {
    if clauses.iter().any(|clause| clause.of.is_none()) {
        return Ok(BTreeSet::new());
    }
    clauses.iter().filter_map(|clause| clause.of.as_ref()).map(names::last_part).collect()
}

/// What the query calls a table of FROM.
fn called(factor: &TableFactor) -> Option<Ident> {
    let (alias, name) = match factor {
        TableFactor::Table { name, alias, .. } => (alias, names::last_part(name).ok()?),
        TableFactor::Derived { alias: alias @ Some(_), .. } => (alias, String::new()),
        _ => return None,
    };
    let name = alias.as_ref().map_or(name, |alias| names::folded(&alias.name));
    Some(Ident::with_quote('"', name))
}

/// 0A000 for queries whose rows are not rows of tables.
fn refuse_summaries(scope: &Scope, query: &Query, strength: &str) -> Result<(), Error> {
    let refused = |with: &str| {
        let hint = "Lock the rows in a query of their own, or as part of the statement that changes them.";
        Err(Error::unsupported(format!("{strength} is not allowed with {with}"), hint))
    };
    let SetExpr::Select(select) = query.body.as_ref() else { return refused("UNION/INTERSECT/EXCEPT") };
    let Select { distinct, group_by, having, .. } = select.as_ref();
    if distinct.is_some() {
        return refused("DISTINCT clause");
    }
    if !matches!(group_by, GroupByExpr::Expressions(exprs, _) if exprs.is_empty()) {
        return refused("GROUP BY clause");
    }
    if having.is_some() {
        return refused("HAVING clause");
    }
    match scope.summarizes(Statement::Query(Box::new(query.clone())))? {
        true => refused("aggregate or window functions"),
        false => Ok(()),
    }
}

/// The rows as the client asked for them, without row ids.
fn shown(locked: &[Locked], found: &ResultSet) -> Result<ResultSet, Error> {
    let width = found.schema.fields().len() - locked.len();
    let shown: Vec<usize> = (0..width).filter(|at| found.schema.field(*at).name() != ROW).collect();
    let fields: Vec<_> = shown.iter().map(|at| found.schema.fields()[*at].clone()).collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, found.schema.metadata().clone()));
    let narrowed = |batch: &RecordBatch| {
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let columns = shown.iter().map(|at| batch.column(*at).clone()).collect();
        RecordBatch::try_new_with_options(schema.clone(), columns, &options)
    };
    let batches = found.batches.iter().map(narrowed).collect::<Result<_, _>>()?;
    Ok(ResultSet { schema, batches })
}

/// The delta that updates the rows found to themselves.
fn touched(scope: &Scope, locked: &[Locked], found: &ResultSet) -> Result<Delta, Error> {
    let width = found.schema.fields().len() - locked.len();
    let mut delta = Delta::default();
    for (at, Locked { table, .. }) in locked.iter().enumerate() {
        let ids = found
            .batches
            .iter()
            .flat_map(|batch| batch.column(width + at).as_primitive::<UInt64Type>().values().iter().copied());
        // A table may stand in FROM more than once.
        let rows: BTreeSet<u64> = match delta.tables.remove(&table.id) {
            None => ids.collect(),
            Some(before) => ids.chain(before.removed).collect(),
        };
        let rows: Vec<u64> = rows.into_iter().collect();
        let images = scope.rows(table.id).fetch(table, &rows, &table.column_ids())?;
        delta.tables.extend(updated(scope, table, &rows, images)?.tables);
    }
    Ok(delta)
}
