//! RETURNING over whole rows as a write leaves them, and over what stands beside them: the same rows as they were, or what was
//! read with them.

use std::sync::Arc;

use bowline_core::catalog::Table;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{Expr, Ident, SelectItem, SelectItemQualifiedWildcardKind, TableWithJoins};

use super::super::names;
use super::super::question::{GivenRows, Question, Whose};
use super::super::scope::Scope;
use super::images::{self, Images, Old};
use super::returning::{Returning, refuse_no_columns};
use super::select::{select, table_factor};
use crate::error::Error;
use crate::outcome::ResultSet;
use crate::query::table_schema;

/// What the rows are called in schema `__statement`.
const NAME: &str = "returning";

/// The items of RETURNING, bound to a table.
#[derive(Debug)]
pub(super) struct ReturnedRows {
    table: Arc<Table>,
    question: Question,
    /// Whether the rows as they were stand beside them.
    reads_old: bool,
}

impl ReturnedRows {
    /// The items over new rows of a table that the statement calls `called`; `None` if there are no items.
    pub fn of_new(returning: &Returning, table: &Arc<Table>, called: &Ident) -> Option<ReturnedRows> {
        let items = images::bind(returning.items()?.to_vec(), table, called, Images::Inserted);
        Some(ReturnedRows::beside(table, called, items, &Schema::empty()))
    }

    /// The items over rows that were there before, and over those as they were if the items read them; `None` if there are no
    /// items.
    pub fn of_changed(returning: &Returning, table: &Arc<Table>, called: &Ident) -> Option<ReturnedRows> {
        let items = returning.items()?;
        if !images::mention_old(items) {
            return ReturnedRows::of_new(returning, table, called);
        }
        let items = images::bind(items.to_vec(), table, called, Images::Updated { old: Old::Beside });
        let items = items.into_iter().flat_map(|item| own_columns(item, table, called)).collect();
        let named = |field: &FieldRef| field.as_ref().clone().with_name(images::old_name(field.name()));
        let old = Schema::new(table_schema(table).fields().iter().map(named).collect::<Vec<Field>>());
        Some(ReturnedRows { reads_old: true, ..ReturnedRows::beside(table, called, items, &old) })
    }

    /// Items over rows of a table and over what was read beside them, row by row.
    fn beside(table: &Arc<Table>, called: &Ident, items: Vec<SelectItem>, beside: &Schema) -> ReturnedRows {
        let own = table_schema(table);
        // Rows are judged after RETURNING is computed, so that any column may be NULL here.
        let nullable = |field: &FieldRef| field.as_ref().clone().with_nullable(true);
        let fields: Vec<Field> = own.fields().iter().chain(beside.fields()).map(nullable).collect();
        let from = TableWithJoins {
            relation: table_factor(GivenRows::relation_name(NAME), called.clone()),
            joins: Vec::new(),
        };
        let rows = GivenRows {
            name: NAME,
            of: Some(Whose { table: table.clone(), images: &["", images::OLD] }),
            schema: Arc::new(Schema::new(fields)),
        };
        let question = Question::about(select(items, vec![from], None), rows);
        ReturnedRows { table: table.clone(), question, reads_old: false }
    }

    /// Plans the items to be evaluated in place; whether they can be.
    pub fn plan_in_place(&mut self, scope: &Scope) -> bool {
        self.question.plan_in_place(scope)
    }

    /// The items over whole rows as they are after the write, and over the columns beside them. Errors: those of the items.
    pub fn ask(&self, scope: &Scope, rows: &RecordBatch, beside: &[ArrayRef]) -> Result<ResultSet, Error> {
        let columns = rows.columns().iter().chain(beside).cloned().collect();
        let returned = self.question.ask_about(scope, columns, rows.num_rows())?;
        refuse_no_columns(returned.schema.fields().len())?;
        Ok(returned)
    }

    /// As [`ReturnedRows::ask`], over rows that were there before. `before`: their ids.
    pub fn ask_changed(&self, scope: &Scope, rows: &RecordBatch, before: &[u64]) -> Result<ResultSet, Error> {
        let old = match self.reads_old {
            false => Vec::new(),
            true => scope.rows(self.table.id).fetch(&self.table, before, &self.table.column_ids())?,
        };
        self.ask(scope, rows, &old)
    }

    /// The columns of what is returned, before there are values; the types of parameters are noted. Errors: names and types.
    pub fn describe(&self, scope: &Scope, known: &mut Vec<Option<FieldRef>>) -> Result<SchemaRef, Error> {
        let schema = self.question.describe(scope, known)?;
        refuse_no_columns(schema.fields().len())?;
        Ok(schema)
    }
}

/// RETURNING over what is selected with the rows that are found, whose types are known once they are.
#[derive(Debug)]
pub(super) struct BesideRows {
    table: Arc<Table>,
    called: Ident,
    items: Vec<SelectItem>,
    /// Where it stands among what is selected.
    first: usize,
    /// The items bound to what is selected.
    known: Option<(SchemaRef, ReturnedRows)>,
}

impl BesideRows {
    /// Items over rows of a table that the statement calls `called`, and over what is selected from `first` on.
    pub fn new(table: &Arc<Table>, called: &Ident, items: Vec<SelectItem>, first: usize) -> BesideRows {
        BesideRows { table: table.clone(), called: called.clone(), items, first, known: None }
    }

    /// Plans the items to be evaluated in place; whether they can be. `found`: the columns that are selected, if they are known.
    pub fn plan_in_place(&mut self, scope: &Scope, found: Option<&SchemaRef>) -> bool {
        let Some(found) = found else { return false };
        let beside = self.beside_of(found);
        let mut items = self.bound(&beside);
        let planned = items.plan_in_place(scope);
        self.known = Some((beside, items));
        planned
    }

    /// The columns of what is returned, before there are values; the types of parameters are noted. `found`: the columns that are
    /// selected. Errors: names and types.
    pub fn describe(
        &self,
        scope: &Scope,
        found: &SchemaRef,
        known: &mut Vec<Option<FieldRef>>,
    ) -> Result<SchemaRef, Error> {
        self.bound(&self.beside_of(found)).describe(scope, known)
    }

    fn beside_of(&self, found: &SchemaRef) -> SchemaRef {
        Arc::new(Schema::new(found.fields()[self.first..].to_vec()))
    }

    /// What was selected for the items.
    pub fn beside(&self, found: &RecordBatch) -> Result<RecordBatch, Error> {
        Ok(found.project(&(self.first..found.num_columns()).collect::<Vec<_>>())?)
    }

    /// The items over whole rows as they are after the write, and what was selected for each of them. Errors: those of the items.
    pub fn ask(&self, scope: &Scope, rows: &RecordBatch, beside: &RecordBatch) -> Result<ResultSet, Error> {
        match &self.known {
            Some((schema, items)) if *schema == beside.schema() => items.ask(scope, rows, beside.columns()),
            _ => self.bound(&beside.schema()).ask(scope, rows, beside.columns()),
        }
    }

    fn bound(&self, beside: &Schema) -> ReturnedRows {
        ReturnedRows::beside(&self.table, &self.called, self.items.clone(), beside)
    }
}

/// Returned rows, and more of them.
pub(super) fn joined(first: Option<ResultSet>, more: ResultSet) -> ResultSet {
    match first {
        None => more,
        Some(mut first) => {
            first.batches.extend(more.batches);
            first
        }
    }
}

/// A star as the table's columns: what stands beside them is not meant.
fn own_columns(item: SelectItem, table: &Table, called: &Ident) -> Vec<SelectItem> {
    let is_own = match &item {
        SelectItem::Wildcard(_) => true,
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
            names::last_part(name).is_ok_and(|name| name == names::folded(called))
        }
        _ => false,
    };
    if !is_own {
        return vec![item];
    }
    let column = |name: &String| {
        let parts = vec![called.clone(), Ident::with_quote('"', name)];
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts))
    };
    table.columns.iter().map(|each| column(&each.name)).collect()
}
