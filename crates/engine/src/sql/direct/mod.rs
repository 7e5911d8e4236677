//! Statements on single keys, carried out without the query engine: rows looked up by a key, inserted from values, and
//! updated or deleted by a key.
//!
//! ```text
//!   statement ──recognize──▶ Direct ──run, with values──▶ rows or delta      (anything else: the query engine)
//!             ──plan───────▶
//! ```
//!
//! What is made of values alone is recognized by its text; what takes expressions is planned, which pays once it comes again.
//! Either is done once and run often. What it does is exactly what the query engine would do; where that
//! is not certain, [`Direct::run`] gives up and the engine does it.

mod called;
mod done;
mod filter;
mod insert;
mod operand;
mod output;
mod planned;

use std::sync::Arc;

use bowline_core::catalog::{Catalog, ColumnId, Table};
use bowline_core::rows::Delta;
use datafusion::arrow::array::{ArrayRef, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::sql::sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, FromTable, LimitClause, Query, Select, SetExpr, Statement, TableFactor,
    TableWithJoins, Update,
};
use roaring::RoaringTreemap;

use super::names;
use super::scope::{Done, Scope};
use super::write::{LIGHT_ROWS_MAX, updated, with_generated};
use crate::error::Error;
use crate::outcome::Outcome;
use called::{Called, named};
use done::done;
use filter::Filter;
use insert::Insert;
use operand::{Operand, Values};
use output::{Output, returning};
use planned::Planned;

/// A statement that can be run directly, bound to one catalog.
#[derive(Debug)]
pub(crate) struct Direct(What);

#[derive(Debug)]
enum What {
    Lookup {
        table: Arc<Table>,
        filter: Filter,
        output: Output,
    },
    Insert(Insert),
    Update {
        table: Arc<Table>,
        filter: Filter,
        sets: Vec<(ColumnId, Operand)>,
        returning: Option<Output>,
        referenced: bool,
    },
    Delete {
        table: Arc<Table>,
        filter: Filter,
        returning: Option<Output>,
        referenced: bool,
    },
    Planned(Planned),
}

impl Direct {
    /// Recognizes a statement; `None` if it takes the query engine, or is wrong, which the engine tells better.
    pub fn recognize(catalog: &Catalog, statement: &Statement) -> Option<Direct> {
        let what = match statement {
            Statement::Query(query) => lookup(catalog, query),
            Statement::Insert(insert) => Insert::recognize(catalog, insert).map(What::Insert),
            Statement::Update(update) => recognize_update(catalog, update),
            Statement::Delete(delete) => recognize_delete(catalog, delete),
            _ => None,
        };
        what.map(Direct)
    }

    /// Plans a statement that is not recognized, for parameters of the types it has now; `None` if it takes the query engine, or
    /// is wrong. The plan holds for one catalog and one state of the settings.
    pub fn planned(scope: &Scope, statement: &Statement) -> Option<Direct> {
        Planned::of(scope, statement).map(|planned| Direct(What::Planned(planned)))
    }

    /// Whether it touches few rows whatever the values, so that it is done in no time.
    pub fn is_light(&self) -> bool {
        match &self.0 {
            What::Planned(planned) => planned.is_light(),
            What::Lookup { filter, .. } => filter.is_unique(),
            What::Insert(insert) => insert.row_count() <= LIGHT_ROWS_MAX,
            // What others reference may take many rows with it.
            What::Update { filter, referenced, .. } | What::Delete { filter, referenced, .. } => {
                filter.is_unique() && !referenced
            }
        }
    }

    /// Runs it; `None` if these values take the query engine after all. Errors: those of the statement.
    pub fn run(&self, scope: &mut Scope) -> Result<Option<Done>, Error> {
        match &self.0 {
            What::Lookup { table, filter, output } => {
                let Some(rows) = filter.rows(scope, table)? else { return Ok(None) };
                let found = output.of_rows(scope, table, &rows)?;
                Ok(Some(Done::unchanged(Outcome::selected(found))))
            }
            What::Insert(insert) => insert.run(scope),
            What::Planned(planned) => planned.run(scope),
            What::Update { table, filter, sets, returning, .. } => {
                update(scope, table, filter, sets, returning.as_ref())
            }
            What::Delete { table, filter, returning, .. } => delete(scope, table, filter, returning.as_ref()),
        }
    }
}

fn lookup(catalog: &Catalog, query: &Query) -> Option<What> {
    let plain = query.with.is_none()
        && query.order_by.is_none()
        && query.fetch.is_none()
        && query.locks.is_empty()
        && query.for_clause.is_none()
        && query.settings.is_none()
        && query.format_clause.is_none()
        && query.pipe_operators.is_empty();
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    if !plain || !is_plain(select) {
        return None;
    }
    let [from] = select.from.as_slice() else { return None };
    let (table, name) = table_of(catalog, from)?;
    let called = Called { table: &table, name: &name };
    let filter = Filter::recognize(catalog, called, select.selection.as_ref()?)?;
    match &query.limit_clause {
        None => {}
        // A key holds one row at most.
        Some(LimitClause::LimitOffset { limit: Some(limit), offset: None, limit_by }) if limit_by.is_empty() => {
            let at_least_one = matches!(Operand::of(limit), Some(Operand::Integer(limit)) if limit >= 1);
            if !at_least_one || !filter.is_unique() {
                return None;
            }
        }
        Some(_) => return None,
    }
    let output = Output::recognize(called, &select.projection)?;
    Some(What::Lookup { table: table.clone(), filter, output })
}

fn is_plain(select: &Select) -> bool {
    use datafusion::sql::sqlparser::ast::GroupByExpr;
    let no_groups =
        matches!(&select.group_by, GroupByExpr::Expressions(by, modifiers) if by.is_empty() && modifiers.is_empty());
    no_groups
        && select.distinct.is_none()
        && select.top.is_none()
        && select.into.is_none()
        && select.lateral_views.is_empty()
        && select.prewhere.is_none()
        && select.cluster_by.is_empty()
        && select.distribute_by.is_empty()
        && select.sort_by.is_empty()
        && select.having.is_none()
        && select.named_window.is_empty()
        && select.qualify.is_none()
        && select.value_table_mode.is_none()
        && select.exclude.is_none()
}

/// The one table of a FROM item, and what the statement calls it.
fn table_of(catalog: &Catalog, from: &TableWithJoins) -> Option<(Arc<Table>, String)> {
    if !from.joins.is_empty() {
        return None;
    }
    match &from.relation {
        TableFactor::Table {
            name,
            alias,
            args: None,
            with_hints,
            version: None,
            with_ordinality: false,
            partitions,
            json_path: None,
            sample: None,
            index_hints,
        } if with_hints.is_empty() && partitions.is_empty() && index_hints.is_empty() => {
            let table = named(catalog, name)?;
            let called = match alias {
                Some(alias) if alias.columns.is_empty() => names::folded(&alias.name),
                Some(_) => return None,
                None => table.name.clone(),
            };
            Some((table, called))
        }
        _ => None,
    }
}

fn recognize_update(catalog: &Catalog, update: &Update) -> Option<What> {
    if update.from.is_some() || update.or.is_some() || !update.order_by.is_empty() || update.limit.is_some() {
        return None;
    }
    if update.output.is_some() {
        return None;
    }
    let (table, name) = table_of(catalog, &update.table)?;
    let called = Called { table: &table, name: &name };
    let filter = Filter::recognize(catalog, called, update.selection.as_ref()?)?;
    let sets = update.assignments.iter().map(|set| assignment(called, set)).collect::<Option<Vec<_>>>()?;
    let repeated = |at: usize| sets[..at].iter().any(|(column, _)| *column == sets[at].0);
    if (0..sets.len()).any(repeated) {
        return None;
    }
    let returning = returning(called, update.returning.as_deref())?;
    let referenced = !catalog.foreign_keys_to(table.id).is_empty();
    Some(What::Update { table: table.clone(), filter, sets, returning, referenced })
}

/// `column = value`. The query engine tells what is wrong with the others.
fn assignment(called: Called, set: &Assignment) -> Option<(ColumnId, Operand)> {
    let AssignmentTarget::ColumnName(name) = &set.target else { return None };
    let column = called.table.column(&names::last_part(name).ok()?)?;
    let computed = column.generated.is_some() || column.identity.is_some_and(|identity| identity.always);
    if computed {
        return None;
    }
    Some((column.id, Operand::of(&set.value)?))
}

fn recognize_delete(catalog: &Catalog, delete: &Delete) -> Option<What> {
    if !delete.tables.is_empty() || delete.using.is_some() || !delete.order_by.is_empty() || delete.limit.is_some() {
        return None;
    }
    if delete.output.is_some() {
        return None;
    }
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    let [from] = from.as_slice() else { return None };
    let (table, name) = table_of(catalog, from)?;
    let called = Called { table: &table, name: &name };
    let filter = Filter::recognize(catalog, called, delete.selection.as_ref()?)?;
    let returning = returning(called, delete.returning.as_deref())?;
    let referenced = !catalog.foreign_keys_to(table.id).is_empty();
    Some(What::Delete { table: table.clone(), filter, returning, referenced })
}

fn update(
    scope: &mut Scope,
    table: &Table,
    filter: &Filter,
    sets: &[(ColumnId, Operand)],
    returning: Option<&Output>,
) -> Result<Option<Done>, Error> {
    let Some(before) = filter.rows(scope, table)? else { return Ok(None) };
    let values = Values { parameters: scope.parameters };
    let kept: Vec<ColumnId> =
        table.column_ids().into_iter().filter(|id| sets.iter().all(|(set, _)| set != id)).collect();
    let mut old = scope.rows(table.id).fetch(table, &before, &kept)?.into_iter();
    let same = UInt32Array::from(vec![0; before.len()]);
    let mut images: Vec<ArrayRef> = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        images.push(match sets.iter().find(|(id, _)| *id == column.id) {
            None => old.next().expect("every column that is not set was fetched"),
            Some((_, value)) => {
                let Some(value) = values.assigned(value, column)? else { return Ok(None) };
                take(&value, &same, None)?
            }
        });
    }
    let images = with_generated(scope, table, images, before.len())?;
    let returned = returning.map(|output| output.of_columns(table, &images, before.len())).transpose()?;
    let delta = updated(scope, table, &before, images)?;
    done(scope, (table.id, "update"), format!("UPDATE {}", before.len()), returned, delta)
}

fn delete(
    scope: &mut Scope,
    table: &Table,
    filter: &Filter,
    returning: Option<&Output>,
) -> Result<Option<Done>, Error> {
    let Some(rows) = filter.rows(scope, table)? else { return Ok(None) };
    let returned = returning.map(|output| output.of_rows(scope, table, &rows)).transpose()?;
    let mut changes = scope.changes_to(table);
    changes.removed = rows.iter().copied().collect::<RoaringTreemap>();
    let delta = match rows.is_empty() {
        true => Delta::default(),
        false => Delta { tables: [(table.id, changes)].into(), ..Delta::default() },
    };
    done(scope, (table.id, "delete from"), format!("DELETE {}", rows.len()), returned, delta)
}
