//! `CALL bowline.repair(constraint, method)`: mends what violates a foreign key, in one statement.
//!
//! ```text
//!   CALL ──▶ Asked { foreign key, method, now } ──core plan_repair──▶ change, and a row for each table and what was done
//!                                                              └────▶ EXPLAIN: the trace, nothing changed
//! ```
//!
//! What a repair takes along is defined in `core`'s `integrity::repair`; `docs/repair.md` tells it to users.

mod arguments;
mod refusals;
mod target;

pub(in crate::sql) use target::{callable_name, table_reference};

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline_core::catalog::{ColumnId, ConstraintId, ForeignKey, Table};
use bowline_core::integrity::repair::{Repair, RepairAction, RepairError, RepairMethod, RepairRequest, plan_repair};
use bowline_core::integrity::{Refused, Trace, Violation};
use bowline_core::rows::RowsError;
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::sql::sqlparser::ast::Function;

use super::guard;
use super::scope::{Done, Scope};
use super::trace_tree::TraceTree;
use super::write::with_generated;
use crate::error::Error;
use crate::identifier::identifier;
use crate::outcome::{Notice, Outcome, ResultSet};
use crate::query::assign;
use arguments::Asked;

/// What a repair would do, for EXPLAIN.
pub(super) struct ForeseenRepair {
    /// `repair by delete: orders`, and the like.
    pub title: String,
    /// What happens to rows that go.
    pub gone: &'static str,
    pub trace: Trace,
    pub violations: Vec<Violation>,
    /// Keys whose rule the repair replaces.
    pub chain: BTreeSet<ConstraintId>,
}

/// Runs CALL.
pub(super) fn run(scope: &mut Scope, call: &Function) -> Result<Done, Error> {
    let asked = arguments::asked(scope, call)?;
    let repair = planned(scope, &asked).map_err(|error| refusals::error(scope.catalog(), &asked, error))?;
    for (table, side) in &repair.quarantines {
        scope.notice(Notice::plain(format!("rows of \"{table}\" are kept in \"{side}\"")));
    }
    scope.notice(ending(&asked, scope, &repair));
    if let Some(exceeded) = guard::exceeded(scope, || repair.closed.trace.cascaded_rows()) {
        let titles = vec![(None, title(scope, &asked))];
        let (trace, chain) = (&repair.closed.trace, &repair.chain);
        let tree = TraceTree { titles: &titles, trace, gone: gone(asked.method), chain };
        return Err(exceeded.error("repair", &tree.lines()).with_hint(exceeded.hint("with EXPLAIN first")));
    }
    let outcome = Outcome { tag: "CALL".to_owned(), rows: Some(report(&repair)?), notices: Vec::new() };
    match repair.closed.delta.is_empty() {
        true => Ok(Done::unchanged(outcome)),
        false => Ok(Done::changed(outcome, repair.closed)),
    }
}

/// What the same CALL would do.
pub(super) fn foresee(scope: &Scope, call: &Function) -> Result<ForeseenRepair, Error> {
    let asked = arguments::asked(scope, call)?;
    let (trace, violations, chain) = match planned(scope, &asked) {
        Ok(repair) => (repair.closed.trace, Vec::new(), repair.chain),
        Err(RepairError::Refused(refused)) => {
            let Refused { violations, trace } = *refused;
            (trace, violations, BTreeSet::new())
        }
        Err(error) => return Err(refusals::error(scope.catalog(), &asked, error)),
    };
    Ok(ForeseenRepair { title: title(scope, &asked), gone: gone(asked.method), trace, violations, chain })
}

/// What EXPLAIN calls the repair.
fn title(scope: &Scope, asked: &Asked) -> String {
    let table = match asked.method {
        RepairMethod::InsertParent => scope.catalog().table(asked.foreign_key.referenced_table),
        _ => scope.catalog().table(asked.foreign_key.table),
    };
    format!("repair by {}: {}", arguments::method_text(asked.method), table.relation_name())
}

/// What happens to rows that go.
fn gone(method: RepairMethod) -> &'static str {
    if method == RepairMethod::Quarantine { "quarantined" } else { "deleted" }
}

fn planned(scope: &Scope, asked: &Asked) -> Result<Repair, RepairError> {
    let complete = |table: &Table, given, count| completed(scope, table, given, count).map_err(RowsError::from);
    let request =
        RepairRequest { foreign_key: &asked.foreign_key, method: asked.method, now: asked.now, complete: &complete };
    scope.cancel.check().map_err(RowsError::from)?;
    plan_repair(&scope.snapshot, &request, &scope.expressions())
}

/// Whole new rows. Unlike an INSERT, a repair gives identity columns their value: the key that is missed is known.
fn completed(
    scope: &Scope,
    table: &Table,
    given: Vec<(ColumnId, ArrayRef)>,
    count: usize,
) -> Result<Vec<ArrayRef>, Error> {
    let mut rows = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        rows.push(match given.iter().find(|(id, _)| *id == column.id) {
            Some((_, values)) => assign(values, &Field::new(&column.name, values.data_type().clone(), true), column)?,
            None => scope.expressions().defaults(table, column, count)?,
        });
    }
    with_generated(scope, table, rows, count)
}

/// A row for each table and what was done to it.
fn report(repair: &Repair) -> Result<ResultSet, Error> {
    let schema = Arc::new(Schema::new(vec![
        Field::new("table", DataType::Utf8, false),
        Field::new("action", DataType::Utf8, false),
        Field::new("rows", DataType::Int64, false),
    ]));
    let steps = || repair.steps.iter();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(steps().map(|step| step.table.relation_name().to_string()))),
        Arc::new(StringArray::from_iter_values(steps().map(|step| done(step.action)))),
        Arc::new(Int64Array::from_iter_values(steps().map(|step| step.row_count as i64))),
    ];
    let batches = vec![RecordBatch::try_new(schema.clone(), columns)?];
    Ok(ResultSet { schema, batches })
}

fn done(action: RepairAction) -> &'static str {
    match action {
        RepairAction::Deleted => "deleted",
        RepairAction::Quarantined => "quarantined",
        RepairAction::Updated => "updated",
        RepairAction::Inserted => "inserted",
    }
}

/// Tells that the key holds now, and what makes it stay so.
fn ending(asked: &Asked, scope: &Scope, repair: &Repair) -> Notice {
    let fk: &ForeignKey = &asked.foreign_key;
    let now = if repair.steps.is_empty() { "" } else { " now" };
    let mut notice = Notice::plain(format!("no row violates foreign key \"{}\"{now}", fk.name));
    let (table, name) = (table_reference(scope.catalog(), scope.catalog().table(fk.table)), identifier(&fk.name));
    if !fk.enforced {
        notice.hint = Some(format!(
            "It is NOT ENFORCED, so it does not judge what is written from here on. Enforce it: ALTER TABLE {table} ALTER CONSTRAINT {name} ENFORCED;"
        ));
    } else if !fk.validated {
        notice.hint = Some(format!("Validate it: ALTER TABLE {table} VALIDATE CONSTRAINT {name};"));
    }
    notice
}
