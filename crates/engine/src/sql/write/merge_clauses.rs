//! The WHEN clauses of MERGE as one list of columns to select: which clause a row meets, and the values each clause needs.
//!
//! ```text
//!   t.__row │ s.__source │ CASE WHEN pair AND p₀ THEN 0 WHEN no target row AND p₁ THEN 1 … END │ values, each under
//!                                                                                            CASE WHEN clause = k
//! ```

use std::collections::HashMap;

use bowline_core::catalog::{ColumnId, Table};
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    Assignment, AssignmentTarget, BinaryOperator, CaseWhen, Expr, Ident, JoinConstraint, JoinOperator, MergeAction,
    MergeClause, MergeClauseKind, MergeInsertExpr, MergeInsertKind, SelectItem, Value,
};

use super::super::marks::{self, Marks, Overriding};
use super::super::names;
use super::new_rows::refuse_value;
use super::one_sided::{self, Side};
use super::select::ROW;
use super::update::{NewValue, assignments};
use super::values::is_default;
use crate::error::Error;

/// The column that numbers the rows of the source.
pub(super) const SOURCE: &str = "__source";

/// Where the selected columns stand that every MERGE has.
pub(super) const SOURCE_AT: usize = 1;
pub(super) const CLAUSE_AT: usize = 2;

/// What a clause does with the rows it fits. Positions count the selected columns.
#[derive(Debug)]
pub(super) enum Deed {
    Nothing,
    Delete,
    Update(HashMap<ColumnId, NewValue>),
    Insert { given: Vec<(ColumnId, usize)>, overriding: Overriding },
}

/// The clauses of a statement, bound.
pub(super) struct Clauses {
    pub deeds: Vec<Deed>,
    /// The columns to select.
    pub items: Vec<SelectItem>,
    /// The number of the clause a row meets; NULL if it meets none.
    clause: Expr,
    kinds: Vec<MergeClauseKind>,
}

/// The two tables of a MERGE.
pub(super) struct Sides {
    pub target: Side,
    pub source: Side,
}

impl Clauses {
    /// Binds the clauses. Errors: names, columns, and clauses that no row can meet (42601).
    pub fn bind(table: &Table, sides: &Sides, mut clauses: Vec<MergeClause>) -> Result<Clauses, Error> {
        for clause in &mut clauses {
            see_one_side(sides, clause)?;
        }
        refuse_unreachable(&clauses)?;
        let clause = which_clause(sides, &clauses);
        let named = |expr: Expr, name: &str| SelectItem::ExprWithAlias { expr, alias: Ident::with_quote('"', name) };
        let items = vec![
            SelectItem::UnnamedExpr(column(&sides.target, ROW)),
            SelectItem::UnnamedExpr(column(&sides.source, SOURCE)),
            named(clause.clone(), "__clause"),
        ];
        let kinds = clauses.iter().map(|clause| clause.clause_kind).collect();
        let mut bound = Clauses { deeds: Vec::new(), items, clause, kinds };
        for clause in clauses {
            let deed = bound.deed(table, clause.action)?;
            bound.deeds.push(deed);
        }
        Ok(bound)
    }

    /// How the tables are joined: rows without a partner are wanted if there is a clause for them.
    pub fn join(&self, on: Expr) -> JoinOperator {
        let on = JoinConstraint::On(on);
        let has = |wanted: &[MergeClauseKind]| self.kinds.iter().any(|kind| wanted.contains(kind));
        let new = has(&[MergeClauseKind::NotMatched, MergeClauseKind::NotMatchedByTarget]);
        match (new, has(&[MergeClauseKind::NotMatchedBySource])) {
            (true, true) => JoinOperator::FullOuter(on),
            (true, false) => JoinOperator::RightOuter(on),
            (false, true) => JoinOperator::LeftOuter(on),
            (false, false) => JoinOperator::Inner(on),
        }
    }

    /// What `merge_action()` gives.
    pub fn action(&self) -> Expr {
        let word = |deed: &Deed| match deed {
            Deed::Insert { .. } => "INSERT",
            Deed::Update(_) => "UPDATE",
            Deed::Delete => "DELETE",
            Deed::Nothing => "",
        };
        let words = self.deeds.iter().enumerate().map(|(k, deed)| {
            let text = Expr::value(Value::SingleQuotedString(word(deed).to_owned()));
            CaseWhen { condition: self.is_clause(k), result: text }
        });
        case(words.collect())
    }

    fn deed(&mut self, table: &Table, action: MergeAction) -> Result<Deed, Error> {
        let first = self.items.len();
        let deed = match action {
            MergeAction::Delete { .. } => Deed::Delete,
            MergeAction::Update(update) => {
                if update.update_predicate.is_some() || update.delete_predicate.is_some() {
                    return Err(Error::new("42601", "syntax error at or near \"WHERE\"")
                        .with_hint("Put the condition after WHEN MATCHED AND."));
                }
                match does_nothing(&update.assignments) {
                    true => Deed::Nothing,
                    false => Deed::Update(assignments(table, update.assignments, &mut self.items)?),
                }
            }
            MergeAction::Insert(insert) => self.insert(table, insert)?,
        };
        let number = self.deeds.len();
        for at in first..self.items.len() {
            self.guard(at, number);
        }
        Ok(deed)
    }

    fn insert(&mut self, table: &Table, mut insert: MergeInsertExpr) -> Result<Deed, Error> {
        let marks = Marks::take(&mut insert.columns);
        if marks.do_nothing {
            return Ok(Deed::Nothing);
        }
        let overriding = marks.overriding;
        if marks.default_values {
            return Ok(Deed::Insert { given: Vec::new(), overriding });
        }
        let MergeInsertKind::Values(values) = insert.kind else {
            return Err(Error::unsupported("INSERT ROW is not supported", "Use INSERT (columns) VALUES (...)."));
        };
        let Ok([row]) = <[_; 1]>::try_from(values.rows) else {
            return Err(Error::new("42601", "INSERT of MERGE takes one row of VALUES")
                .with_hint("Each row of the source is inserted once: put more rows in the source."));
        };
        if insert.insert_predicate.is_some() {
            return Err(Error::new("42601", "syntax error at or near \"WHERE\"")
                .with_hint("Put the condition after WHEN NOT MATCHED AND."));
        }
        let named = insert.columns.iter().map(names::last_part).collect::<Result<Vec<_>, _>>()?;
        let columns = if named.is_empty() { table.column_ids() } else { names::column_ids(table, &named)? };
        let width = row.content.len();
        if width > columns.len() || (width < columns.len() && !named.is_empty()) {
            let (more, fewer) = if width > columns.len() {
                ("expressions", "target columns")
            } else {
                ("target columns", "expressions")
            };
            return Err(Error::new("42601", format!("INSERT has more {more} than {fewer}"))
                .with_detail(format!("There are {width} expressions for {} columns.", columns.len()))
                .with_table(&table.schema, &table.name));
        }
        let mut given = Vec::new();
        for (id, value) in columns.into_iter().zip(row.content) {
            if is_default(&value) {
                continue;
            }
            refuse_value(table.column_by_id(id), overriding)?;
            let alias = Ident::with_quote('"', format!("__set_{}", self.items.len()));
            given.push((id, self.items.len()));
            self.items.push(SelectItem::ExprWithAlias { expr: value, alias });
        }
        Ok(Deed::Insert { given, overriding })
    }

    /// Computes a selected value for the rows of one clause alone.
    fn guard(&mut self, at: usize, number: usize) {
        let condition = self.is_clause(number);
        let SelectItem::ExprWithAlias { expr, .. } = &mut self.items[at] else { return };
        if !matches!(expr, Expr::Value(_)) {
            let result = std::mem::replace(expr, Expr::value(Value::Null));
            *expr = case(vec![CaseWhen { condition, result }]);
        }
    }

    fn is_clause(&self, number: usize) -> Expr {
        let number = Expr::value(Value::Number(number.to_string(), false));
        Expr::BinaryOp { left: Box::new(self.clause.clone()), op: BinaryOperator::Eq, right: Box::new(number) }
    }
}

/// `called.name`.
pub(super) fn column(side: &Side, name: &str) -> Expr {
    Expr::CompoundIdentifier(vec![side.called.clone(), Ident::with_quote('"', name)])
}

/// The number of the first clause that fits.
fn which_clause(sides: &Sides, clauses: &[MergeClause]) -> Expr {
    let row = || Box::new(column(&sides.target, ROW));
    let source = || Box::new(column(&sides.source, SOURCE));
    let cases = clauses.iter().enumerate().map(|(number, clause)| {
        let kind = match clause.clause_kind {
            MergeClauseKind::Matched => both(Expr::IsNotNull(row()), Expr::IsNotNull(source())),
            MergeClauseKind::NotMatched | MergeClauseKind::NotMatchedByTarget => Expr::IsNull(row()),
            MergeClauseKind::NotMatchedBySource => Expr::IsNull(source()),
        };
        let condition = match &clause.predicate {
            None => kind,
            Some(predicate) => both(kind, Expr::Nested(Box::new(predicate.clone()))),
        };
        CaseWhen { condition, result: Expr::value(Value::Number(number.to_string(), false)) }
    });
    Expr::Nested(Box::new(case(cases.collect())))
}

/// Binds the names of a clause for rows without a partner to the side that is there.
fn see_one_side(sides: &Sides, clause: &mut MergeClause) -> Result<(), Error> {
    let (side, other) = match clause.clause_kind {
        MergeClauseKind::Matched => return Ok(()),
        MergeClauseKind::NotMatched | MergeClauseKind::NotMatchedByTarget => (&sides.source, &sides.target),
        MergeClauseKind::NotMatchedBySource => (&sides.target, &sides.source),
    };
    if let Some(predicate) = &mut clause.predicate {
        one_sided::bind(predicate, side, other)?;
    }
    match &mut clause.action {
        MergeAction::Insert(MergeInsertExpr { kind: MergeInsertKind::Values(values), .. }) => {
            let values = values.rows.iter_mut().flat_map(|row| &mut row.content).filter(|value| !is_default(value));
            values.into_iter().try_for_each(|value| one_sided::bind(value, side, other))
        }
        MergeAction::Update(update) => {
            let values = update.assignments.iter_mut().map(|set| &mut set.value).filter(|value| !is_default(value));
            values.into_iter().try_for_each(|value| one_sided::bind(value, side, other))
        }
        MergeAction::Insert(_) | MergeAction::Delete { .. } => Ok(()),
    }
}

fn refuse_unreachable(clauses: &[MergeClause]) -> Result<(), Error> {
    let kind = |clause: &MergeClause| match clause.clause_kind {
        MergeClauseKind::NotMatched => MergeClauseKind::NotMatchedByTarget,
        other => other,
    };
    let mut always = Vec::new();
    for clause in clauses {
        if always.contains(&kind(clause)) {
            return Err(Error::new("42601", "unreachable WHEN clause specified after unconditional WHEN clause")
                .with_hint("Put the clause without a condition last."));
        }
        if clause.predicate.is_none() {
            always.push(kind(clause));
        }
    }
    Ok(())
}

fn does_nothing(sets: &[Assignment]) -> bool {
    matches!(sets, [Assignment { target: AssignmentTarget::ColumnName(name), .. }] if marks::is_do_nothing(name))
}

fn both(left: Expr, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op: BinaryOperator::And, right: Box::new(right) }
}

fn case(conditions: Vec<CaseWhen>) -> Expr {
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions,
        else_result: None,
    }
}
