//! ALTER TABLE ADD COLUMN: existing rows get the default without being rewritten where one value serves all.

use std::sync::Arc;

use bowline_core::catalog::{Catalog, Column, ColumnId, SqlType, Table};
use bowline_core::integrity::Judge;
use bowline_core::rows::{Delta, NewRows, Update};
use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::sql::sqlparser::ast::{ColumnDef, ColumnOption, Expr};

use super::super::names;
use super::super::scope::Scope;
use super::constraints::{declare_check, declare_foreign_key, declare_key};
use super::create_table;
use super::declared::Declared;
use super::expressions::check_generated;
use super::validate;
use crate::display;
use crate::error::Error;
use crate::expressions::{Expressions, whole_rows};
use crate::outcome::Notice;
use crate::walk;

/// Rows rewritten at a time.
const CHUNK_ROWS: usize = 1 << 20;

/// The delta that adds a column with its constraints.
pub(super) fn delta(
    scope: &mut Scope,
    table: &Arc<Table>,
    definition: &ColumnDef,
    if_not_exists: bool,
) -> Result<Delta, Error> {
    let name = names::folded(&definition.name);
    if table.column(&name).is_some() {
        let message = format!("column \"{name}\" of relation \"{}\" already exists", table.name);
        if if_not_exists {
            scope.notice(Notice { sqlstate: "42701", ..Notice::plain(format!("{message}, skipping")) });
            return Ok(Delta::default());
        }
        return Err(Error::new("42701", message).with_hint("Choose another name, or add IF NOT EXISTS."));
    }
    let mut catalog = Catalog::clone(scope.catalog());
    let mut altered = Table::clone(table);
    let mut declared = Declared::default();
    let id = create_table::add_column(scope, &mut catalog, &mut altered, definition, &mut declared)?;
    check_generated(scope, &altered, altered.column_by_id(id))?;
    let mut delta = fill(scope, &catalog, table, &mut altered, id, definition)?;
    if altered.column_by_id(id).not_null
        && !altered.column_by_id(id).is_virtual
        && declared.keys.iter().all(|key| !key.primary)
    {
        refuse_nulls(scope, &altered, altered.column_by_id(id), &delta)?;
    }
    // The column first, then its constraints, judged over the rows with the column in them.
    let foreign_keys = std::mem::take(&mut declared.foreign_keys);
    catalog.put_table(altered.clone());
    delta.catalog = Some(Arc::new(catalog.clone()));
    let before = scope.snapshot.clone();
    scope.snapshot = before.apply(&delta)?;
    let judge = || -> Result<(), Error> {
        let column = altered.column_by_id(id);
        if column.not_null && column.is_virtual {
            validate::not_null(scope, &altered, column)?;
        }
        for key in declared.keys {
            let id = declare_key(&mut catalog, &mut altered, key)?;
            let key = altered.key(id).expect("the key was just declared");
            for column in key.columns.iter().filter(|_| key.primary) {
                validate::not_null(scope, &altered, altered.column_by_id(*column))?;
            }
            validate::key(scope, &altered, key)?;
        }
        for (name, check) in declared.checks {
            declare_check(scope, &mut catalog, &mut altered, name, &check)?;
            let check = altered.checks.last().expect("the check was just declared");
            if check.enforced {
                validate::check(scope, &altered, check)?;
            }
        }
        catalog.put_table(altered);
        for (name, foreign_key) in foreign_keys {
            let (foreign_key, warnings) = declare_foreign_key(scope, &mut catalog, table.id, name, &foreign_key)?;
            if foreign_key.enforced {
                validate::foreign_key(scope, &catalog, &foreign_key)?;
            }
            warnings.into_iter().for_each(|warning| scope.notice(Notice::warning(warning)));
        }
        Ok(())
    };
    let judged = judge();
    scope.snapshot = before;
    judged?;
    delta.catalog = Some(Arc::new(catalog));
    Ok(delta)
}

/// Gives existing rows their value: one constant for all, or each row its own.
fn fill(
    scope: &Scope,
    catalog: &Catalog,
    table: &Arc<Table>,
    altered: &mut Table,
    id: ColumnId,
    definition: &ColumnDef,
) -> Result<Delta, Error> {
    let rows = scope.rows(table.id);
    let column = altered.column_by_id(id).clone();
    let plain = column.default.is_none() && column.identity.is_none() && column.generated.is_none();
    if plain || column.is_virtual || rows.live_count() == 0 {
        return Ok(Delta::default());
    }
    let mut declared = catalog.clone();
    declared.put_table(altered.clone());
    let snapshot = bowline_core::rows::Snapshot::new(Arc::new(declared), Default::default());
    let expressions = Expressions::new(scope.queries, &snapshot, scope.sequences);
    let one_value = column.identity.is_none() && column.generated.is_none() && !varies(definition);
    // Types whose text is not read back by a plain cast are rewritten.
    if one_value && !matches!(column.sql_type, SqlType::Bytea | SqlType::Interval) {
        let value = expressions.defaults(altered, &column, 1)?;
        let position = altered.position(id);
        altered.columns[position].missing = display::text(value.as_ref(), 0);
        return Ok(Delta::default());
    }
    let live: Vec<u64> = rows.live_rows().iter().collect();
    let mut changes = scope.changes_to(table);
    for chunk in live.chunks(CHUNK_ROWS) {
        let mut columns: Vec<ArrayRef> = rows.fetch(table, chunk, &table.column_ids())?;
        let null = datafusion::arrow::array::new_null_array(&column.sql_type.arrow(), chunk.len());
        let mut with_null = columns.clone();
        with_null.push(null);
        let batch = whole_rows(altered, with_null, chunk.len())?;
        columns.push(match column.generated {
            Some(_) => expressions.generated(altered, &column, &batch)?,
            None => expressions.defaults(altered, &column, chunk.len())?,
        });
        let batch = whole_rows(altered, columns, chunk.len())?;
        changes.insert(NewRows::whole(altered, batch));
    }
    // The rows stay the same rows: whoever judges the whole transaction looks at what changed in them.
    let images = live.iter().zip(changes.first_inserted..);
    changes.updates = images.map(|(before, after)| Update { before: *before, after }).collect();
    changes.removed = live.into_iter().collect();
    Ok(Delta { tables: [(table.id, changes)].into(), ..Delta::default() })
}

/// Whether the default may give each row another value.
fn varies(definition: &ColumnDef) -> bool {
    let is_varying = |part: &Expr| match part {
        Expr::Function(function) => {
            let name = function.name.to_string().to_lowercase();
            !matches!(name.as_str(), "now" | "current_timestamp" | "current_date" | "upper" | "lower")
        }
        _ => false,
    };
    let varies = definition.options.iter().any(|option| match &option.option {
        ColumnOption::Default(expression) => walk::any_expr(expression, is_varying),
        _ => false,
    });
    varies || create_table_is_serial(definition)
}

fn create_table_is_serial(definition: &ColumnDef) -> bool {
    crate::query::serial_type(&definition.data_type).is_some()
}

fn refuse_nulls(scope: &Scope, table: &Table, column: &Column, delta: &Delta) -> Result<(), Error> {
    let existing = scope.rows(table.id).live_count();
    let filled = column.missing.is_some()
        || delta.tables.get(&table.id).is_some_and(|changes| {
            changes
                .inserted
                .batches()
                .iter()
                .all(|rows| rows.batch.columns().last().is_some_and(|values| values.logical_null_count() == 0))
        });
    if existing == 0 || filled {
        return Ok(());
    }
    let message = format!("column \"{}\" of relation \"{}\" contains null values", column.name, table.name);
    Err(Error::new("23502", message)
        .with_columns([&column.name])
        .with_table(&table.schema, &table.name)
        .with_detail(match existing {
            1 => "1 existing row would have NULL in it.".to_owned(),
            _ => format!("{existing} existing rows would have NULL in it."),
        })
        .with_hint("Give the column a DEFAULT, or add it without NOT NULL and fill it first."))
}
