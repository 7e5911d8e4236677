//! RETURNING: rows a write gives back.

use std::collections::HashSet;
use std::sync::Arc;

use bowline_core::catalog::Table;
use datafusion::arrow::array::{BooleanArray, RecordBatch, RecordBatchOptions, new_empty_array};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, SelectItem, SelectItemQualifiedWildcardKind, Statement, TableFactor,
    TableWithJoins, WildcardAdditionalOptions,
};

use super::super::names;
use super::super::plain_expressions::{self, Place};
use super::super::scope::Scope;
use super::images::{self, Images, Old};
use super::select::{Target, select, table_factor};
use crate::error::Error;
use crate::expressions::whole_rows;
use crate::outcome::ResultSet;
use crate::query::{InPlace, output_name, table_schema};
use crate::walk;

/// The RETURNING clause, if there is one.
#[derive(Debug)]
pub(in crate::sql) struct Returning(Option<Vec<SelectItem>>);

impl Returning {
    /// Errors: those of [`plain_expressions`] for functions that are not of one row.
    pub fn new(items: Option<Vec<SelectItem>>) -> Result<Self, Error> {
        plain_expressions::check(&items, Place::Returning)?;
        Ok(Self(items))
    }

    pub fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// The items to select beside the row id. `*` means the target's columns, then those of the other tables.
    pub(super) fn items_of(
        &self,
        scope: &Scope,
        target: &Target,
        others: &[TableWithJoins],
        images: Images,
    ) -> Result<Vec<SelectItem>, Error> {
        let given = self.0.clone().unwrap_or_default();
        let given = match others.is_empty() || !names_an_image(others)? {
            true => images::bind(given, &target.table, &target.called, images),
            false => given,
        };
        let own = || target.table.columns.iter().map(|column| target.column(&column.name));
        let mut items = Vec::new();
        for item in &given {
            match item {
                SelectItem::Wildcard(_) => {
                    items.extend(own());
                    for name in relations(others)? {
                        items.extend(columns_of(scope, others, name)?);
                    }
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    match name.0.as_slice() {
                        [ObjectNamePart::Identifier(name)] if is_called(target, name) => items.extend(own()),
                        _ => items.extend(columns_of(scope, others, name.clone())?),
                    }
                }
                other => items.push(other.clone()),
            }
        }
        Ok(items)
    }

    /// The columns from `first` on, one row for each distinct row id in the first column.
    pub fn columns_after(&self, found: &ResultSet, first: usize, rows: &[u64]) -> Result<Option<ResultSet>, Error> {
        if self.0.is_none() {
            return Ok(None);
        }
        let columns: Vec<usize> = (first..found.schema.fields().len()).collect();
        refuse_no_columns(columns.len())?;
        let schema = Arc::new(found.schema.project(&columns)?);
        let mut seen = HashSet::with_capacity(rows.len());
        let mut position = 0;
        let mut batches = Vec::with_capacity(found.batches.len());
        for batch in &found.batches {
            let here = &rows[position..position + batch.num_rows()];
            position += batch.num_rows();
            let keep = BooleanArray::from(here.iter().map(|row| seen.insert(*row)).collect::<Vec<_>>());
            batches.push(filter_record_batch(&batch.project(&columns)?, &keep)?);
        }
        Ok(Some(ResultSet { schema, batches }))
    }

    /// Evaluates the items over whole rows as they are after the write. `called` is the name the statement gives the
    /// table, `old` the same rows as they were.
    pub fn over_rows(
        &self,
        scope: &Scope,
        table: &Table,
        called: &Ident,
        rows: RecordBatch,
        old: Option<RecordBatch>,
    ) -> Result<Option<ResultSet>, Error> {
        let Some(items) = &self.0 else { return Ok(None) };
        let beside = old.map(|old| old_beside(table, &old)).transpose()?;
        let items = bound(items, table, called, beside.as_ref());
        over(scope, table, called, rows, items, beside.as_ref()).map(Some)
    }

    /// The items planned to be evaluated in place over whole rows as they are after the write, and after those as they were if the
    /// items read them; `Some(None)` if there are no items, `None` if they cannot be.
    pub fn in_place(&self, scope: &Scope, table: &Table, called: &Ident) -> Option<Option<InPlace>> {
        let Some(items) = &self.0 else { return Some(None) };
        let columns = table.columns.iter().map(|column| new_empty_array(&column.sql_type.arrow())).collect();
        let rows = whole_rows(table, columns, 0).ok()?;
        let old = images::mention_old(items).then(|| old_beside(table, &rows)).transpose().ok()?;
        let items = bound(items, table, called, old.as_ref());
        let (query, rows) = asked(scope, table, called, rows, items, old.as_ref()).ok()?;
        let planned = scope.queries.in_place(&scope.view(vec![rows]), query, scope.parameters)?;
        (!planned.columns().fields().is_empty()).then_some(Some(planned))
    }

    /// The rows as they were, if the items read them.
    pub fn old_rows(&self, scope: &Scope, table: &Table, before: &[u64]) -> Result<Option<RecordBatch>, Error> {
        match self.0.as_deref().is_some_and(images::mention_old) {
            false => Ok(None),
            true => {
                let old = scope.rows(table.id).fetch(table, before, &table.column_ids())?;
                whole_rows(table, old, before.len()).map(Some)
            }
        }
    }
}

/// The items over rows as they are after a write, and `beside` them as they were.
fn bound(items: &[SelectItem], table: &Table, called: &Ident, beside: Option<&RecordBatch>) -> Vec<SelectItem> {
    match beside {
        None => images::bind(items.to_vec(), table, called, Images::Inserted),
        Some(_) => {
            let items = images::bind(items.to_vec(), table, called, Images::Updated { old: Old::Beside });
            items.into_iter().flat_map(|item| own_columns(item, table, called)).collect()
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

/// Rows as they were, under the names they have beside the rows as they are.
fn old_beside(table: &Table, old: &RecordBatch) -> Result<RecordBatch, Error> {
    let schema = table_schema(table);
    let fields = schema.fields().iter().map(|field| {
        let named = field.as_ref().clone().with_name(images::old_name(field.name()));
        named.with_nullable(true)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<Field>>()));
    let options = RecordBatchOptions::new().with_row_count(Some(old.num_rows()));
    Ok(RecordBatch::try_new_with_options(schema, old.columns().to_vec(), &options)?)
}

/// Whether a table of FROM is called `old` or `new`, which then mean that table.
fn names_an_image(others: &[TableWithJoins]) -> Result<bool, Error> {
    let names = relations(others)?;
    Ok(names.iter().any(|name| names::last_part(name).is_ok_and(|name| name == "old" || name == "new")))
}

/// Evaluates items over whole rows of a table, and over what was read beside them, row by row.
pub(super) fn over(
    scope: &Scope,
    table: &Table,
    called: &Ident,
    rows: RecordBatch,
    items: Vec<SelectItem>,
    beside: Option<&RecordBatch>,
) -> Result<ResultSet, Error> {
    let (query, rows) = asked(scope, table, called, rows, items, beside)?;
    let returned = scope.query_with(query, vec![rows])?;
    refuse_no_columns(returned.schema.fields().len())?;
    Ok(returned)
}

/// Rows as a table of a query, by its name.
type NamedRows = (String, Arc<dyn TableProvider>);

/// The query that evaluates items over whole rows of a table, and over what was read beside them; and the rows as the table
/// that it names.
fn asked(
    scope: &Scope,
    table: &Table,
    called: &Ident,
    rows: RecordBatch,
    items: Vec<SelectItem>,
    beside: Option<&RecordBatch>,
) -> Result<(Statement, NamedRows), Error> {
    let own = table_schema(table);
    let further = beside.map(|batch| batch.schema());
    let fields = own.fields().iter().chain(further.iter().flat_map(|schema| schema.fields()));
    // Rows are judged after RETURNING is computed, so that any column may be NULL here.
    let fields: Vec<Field> = fields.map(|field| field.as_ref().clone().with_nullable(true)).collect();
    let columns = rows.columns().iter().chain(beside.iter().flat_map(|batch| batch.columns())).cloned().collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?;
    let provider = MemTable::try_new(batch.schema(), vec![vec![batch]]).map_err(crate::query::error)?;
    let provider = scope.queries.computed(table, Arc::new(provider), &["", images::OLD])?;
    let name = ObjectName::from(vec![Ident::new("__statement"), Ident::new("returning")]);
    let from = TableWithJoins { relation: table_factor(name, called.clone()), joins: Vec::new() };
    Ok((select(items, vec![from], None), ("returning".to_owned(), provider)))
}

/// `RETURNING *` of a table without columns. Errors: 42601.
fn refuse_no_columns(width: usize) -> Result<(), Error> {
    match width {
        0 => Err(Error::new("42601", "RETURNING must have at least one column").with_hint("Name an expression.")),
        _ => Ok(()),
    }
}

/// Splits items over joined rows: what they read beside the target is returned, to be selected with the rows, and stands
/// in the items under its [`beside_name`]. Errors: 0A000 for subqueries, whose names mean something else.
pub(super) fn detach(items: &mut [SelectItem], target: &Target) -> Result<Vec<Expr>, Error> {
    let mut beside: Vec<Expr> = Vec::new();
    for item in items {
        if let SelectItem::UnnamedExpr(expression) = item {
            let alias = Ident::with_quote('"', output_name(expression));
            *item = SelectItem::ExprWithAlias { expr: expression.clone(), alias };
        }
        let mut has_subquery = false;
        walk::change_exprs(item, |part| {
            if let Some((image, column)) = images::image_of(part)
                && image == "old"
                && !is_called(target, &Ident::new("old"))
            {
                *part = Expr::CompoundIdentifier(vec![target.called.clone(), column]);
                let at = beside.iter().position(|known| known == part).unwrap_or(beside.len());
                if at == beside.len() {
                    beside.push(part.clone());
                }
                *part = Expr::Identifier(beside_name(at));
                return;
            }
            let of_target = match part {
                Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => return has_subquery = true,
                Expr::Identifier(name) if is_beside(name) => return,
                Expr::Identifier(name) => target.table.column(&names::folded(name)).is_some(),
                Expr::CompoundIdentifier(parts) => parts.len() == 2 && is_called(target, &parts[0]),
                _ => return,
            };
            // The target's are read too, so that a name that two tables have is found to be ambiguous.
            let at = beside.iter().position(|known| known == part).unwrap_or(beside.len());
            if at == beside.len() {
                beside.push(part.clone());
            }
            if !of_target {
                *part = Expr::Identifier(beside_name(at));
            }
        });
        if has_subquery {
            return Err(Error::unsupported(
                "a subquery in RETURNING of an UPDATE with FROM is not supported",
                "Read the updated rows with a SELECT afterwards.",
            ));
        }
    }
    Ok(beside)
}

/// What the column at this place among the detached is called.
pub(super) fn beside_name(at: usize) -> Ident {
    Ident::with_quote('"', format!("__beside_{at}"))
}

/// Whether a name was put in by [`detach`]; what it puts in may be visited again.
fn is_beside(name: &Ident) -> bool {
    name.value.starts_with("__beside_")
}

fn is_called(target: &Target, name: &Ident) -> bool {
    names::folded(name) == names::folded(&target.called)
}

/// The names the tables of FROM go by.
fn relations(from: &[TableWithJoins]) -> Result<Vec<ObjectName>, Error> {
    let factors = from
        .iter()
        .flat_map(|item| std::iter::once(&item.relation).chain(item.joins.iter().map(|join| &join.relation)));
    let name = |factor: &TableFactor| match factor {
        TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
            Ok(ObjectName::from(vec![alias.name.clone()]))
        }
        TableFactor::Table { name, .. } => Ok(name.clone()),
        _ => Err(Error::unsupported("RETURNING * over this FROM is not supported", "Name the columns.")),
    };
    factors.map(name).collect()
}

/// The columns of one of the tables in FROM.
fn columns_of(scope: &Scope, from: &[TableWithJoins], name: ObjectName) -> Result<Vec<SelectItem>, Error> {
    let qualifier = name.0.last().and_then(|part| part.as_ident()).cloned();
    let star = SelectItemQualifiedWildcardKind::ObjectName(name);
    let items = vec![SelectItem::QualifiedWildcard(star, WildcardAdditionalOptions::default())];
    let names = scope.column_names(select(items, from.to_vec(), None))?;
    let column = |name: &String| {
        let parts = qualifier.iter().cloned().chain([Ident::with_quote('"', name)]);
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts.collect()))
    };
    Ok(names.iter().map(column).collect())
}

/// Batches as one.
pub(super) fn one_batch(found: &ResultSet) -> Result<RecordBatch, Error> {
    Ok(datafusion::arrow::compute::concat_batches(&found.schema, &found.batches)?)
}
