//! RETURNING: rows a write gives back.

use std::collections::HashSet;

use datafusion::arrow::array::{AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::UInt64Type;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, SelectItem, SelectItemQualifiedWildcardKind, TableFactor, TableWithJoins,
    WildcardAdditionalOptions,
};

use super::super::names;
use super::super::plain_expressions::{self, Place};
use super::super::scope::Scope;
use super::images::{self, Images};
use super::select::{Target, select};
use crate::error::Error;
use crate::outcome::ResultSet;
use crate::query::output_name;
use crate::walk;

/// The RETURNING clause, if there is one.
#[derive(Debug)]
pub(super) struct Returning(Option<Vec<SelectItem>>);

impl Returning {
    /// Errors: those of [`plain_expressions`] for functions that are not of one row.
    pub fn new(items: Option<Vec<SelectItem>>) -> Result<Self, Error> {
        plain_expressions::check(&items, Place::Returning)?;
        Ok(Self(items))
    }

    pub fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Its items, as they are written.
    pub fn items(&self) -> Option<&[SelectItem]> {
        self.0.as_deref()
    }

    /// The items to select beside the row id. `*` means the target's columns, then those of the other tables.
    pub fn items_of(
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
}

/// What was found as one batch, each row of the table once: a row found several times is changed once. The first column holds
/// row ids.
pub(super) fn first_of_each(found: &ResultSet) -> Result<RecordBatch, Error> {
    let batch = one_batch(found)?;
    let rows = batch.column(0).as_primitive::<UInt64Type>().values();
    let mut seen = HashSet::with_capacity(rows.len());
    let first: Vec<bool> = rows.iter().map(|row| seen.insert(*row)).collect();
    match seen.len() == rows.len() {
        true => Ok(batch),
        false => Ok(filter_record_batch(&batch, &BooleanArray::from(first))?),
    }
}

/// Whether a table of FROM is called `old` or `new`, which then mean that table.
fn names_an_image(others: &[TableWithJoins]) -> Result<bool, Error> {
    let names = relations(others)?;
    Ok(names.iter().any(|name| names::last_part(name).is_ok_and(|name| name == "old" || name == "new")))
}

/// `RETURNING *` of a table without columns. Errors: 42601.
pub(super) fn refuse_no_columns(width: usize) -> Result<(), Error> {
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
