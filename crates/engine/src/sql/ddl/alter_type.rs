//! ALTER COLUMN TYPE: every row is rewritten with the converted value, then all that concerns the column is judged again.
//!
//! ```text
//!   rows ─▶ USING expression, or assignment cast ─▶ a column of a new id, in the old one's place
//!                                                       └─▶ keys, checks and both sides of foreign keys judged again
//! ```
//!
//! The column gets a new id, so that values of the old type, in segments or in the transaction's own delta, are never read as
//! the new one. Source: PostgreSQL documentation, ALTER TABLE, and its `ATPrepAlterColumnType`.

use std::sync::Arc;

use bowline_core::catalog::{
    Catalog, Column, ColumnId, Expression, ForeignKey, Sequence, SequenceId, SqlType, Table, well_formed,
};
use bowline_core::integrity::Judge;
use bowline_core::rows::{Delta, NewRows};
use datafusion::arrow::array::{Array, ArrayRef, StringArray, new_null_array};
use datafusion::arrow::datatypes::Field;
use datafusion::sql::sqlparser::ast::{DataType, Expr, Ident};

use super::super::names;
use super::super::scope::Scope;
use super::casts::{is_assignable, result_is_assignable};
use super::expressions::{check_condition, check_generated, literal_text};
use super::sequence::bounds_of;
use super::{dependents, validate};
use crate::display;
use crate::error::Error;
use crate::expressions::{Expressions, whole_rows};
use crate::identifier::identifier;
use crate::query::{assign, sql_type, table_schema};

/// Rows rewritten at a time.
const CHUNK_ROWS: usize = 1 << 20;

/// `ALTER COLUMN name TYPE data_type [USING expression]`.
pub(super) struct NewType<'a> {
    pub column: &'a Ident,
    pub data_type: &'a DataType,
    pub using: Option<&'a Expr>,
}

/// The delta that gives a column another type. Errors: 42804 without a cast; 0A000 while a view or generated column uses the
/// column; whatever a value, key, check or foreign key has against it.
pub(super) fn delta(scope: &mut Scope, table: &Arc<Table>, new: &NewType) -> Result<Delta, Error> {
    let column = names::column(table, &names::folded(new.column))?.clone();
    let to = sql_type(new.data_type)?;
    let using = new.using.map(ToString::to_string);
    refuse_without_cast(scope, table, &column, to, using.as_deref())?;
    refuse_dependents(scope, table, &column)?;
    if to == column.sql_type && using.is_none() {
        return Ok(Delta::default());
    }
    let mut changed = Column { sql_type: to, ..column.clone() };
    changed.default = converted_default(scope, table, &column, &changed)?;
    replaced(scope, table, &column, changed, using.as_deref())
}

/// The delta that puts a changed column in a column's place, with every value converted or computed anew, and judges again what
/// concerns it. The id of `changed` is given here.
pub(super) fn replaced(
    scope: &mut Scope,
    table: &Arc<Table>,
    column: &Column,
    changed: Column,
    using: Option<&str>,
) -> Result<Delta, Error> {
    let mut catalog = Catalog::clone(scope.catalog());
    let mut altered = Table::clone(table);
    let id = ColumnId(altered.next_column);
    altered.next_column += 1;
    let position = altered.position(column.id);
    altered.columns[position] = Column { id, missing: None, numbered_as: Some(column.number()), ..changed };
    check_generated(scope, &altered, &altered.columns[position])?;
    rename_in_table(&mut altered, column.id, id);
    catalog.put_table(altered.clone());
    widen_sequences(&mut catalog, table, column, &altered.columns[position])?;
    let foreign_keys = rename_in_foreign_keys(&mut catalog, table, column.id, id)?;
    for key in altered.keys.iter().filter(|key| key.columns.contains(&id)) {
        well_formed::check_key_columns(&altered, &key.columns, "key")?;
    }
    let mut delta = match altered.columns[position].is_virtual {
        // No row holds it.
        true => Delta::default(),
        false => rewritten(scope, table, &altered, id, using)?,
    };
    delta.catalog = Some(Arc::new(catalog));
    let before = scope.snapshot.clone();
    scope.snapshot = before.apply(&delta)?;
    let judged = judge(scope, &altered, id, &foreign_keys);
    scope.snapshot = before;
    judged?;
    Ok(delta)
}

/// Judges what concerns the column over the converted rows.
fn judge(scope: &Scope, table: &Table, id: ColumnId, foreign_keys: &[ForeignKey]) -> Result<(), Error> {
    for key in table.keys.iter().filter(|key| key.columns.contains(&id)) {
        validate::key(scope, table, key)?;
    }
    let column = table.column_by_id(id);
    if column.is_virtual && column.is_never_null() {
        validate::not_null(scope, table, column)?;
    }
    let name = &column.name;
    for check in table.checks.iter().filter(|c| dependents::names_column(&c.expression, &table.columns, name)) {
        check_condition(scope, &check.expression.0, table)?;
        if check.enforced && check.validated {
            validate::check(scope, table, check)?;
        }
    }
    for foreign_key in foreign_keys.iter().filter(|fk| fk.enforced && fk.validated) {
        validate::foreign_key(scope, scope.catalog(), foreign_key)?;
    }
    Ok(())
}

fn refuse_without_cast(
    scope: &Scope,
    table: &Table,
    column: &Column,
    to: SqlType,
    using: Option<&str>,
) -> Result<(), Error> {
    let name = &column.name;
    if column.generated.is_some() && using.is_some() {
        return Err(Error::new("42611", "cannot specify USING when altering type of generated column")
            .with_detail(format!("Column \"{name}\" is a generated column."))
            .with_hint("Leave USING out: the column is computed anew."));
    }
    if column.identity.is_some() && !to.is_integer() {
        return Err(Error::new("22023", "identity column type must be smallint, integer, or bigint")
            .with_hint("Drop the identity first: ALTER COLUMN ... DROP IDENTITY."));
    }
    match using {
        None if !is_assignable(column.sql_type, to) => Err(Error::new(
            "42804",
            format!("column \"{name}\" cannot be cast automatically to type {}", to.bare_name()),
        )
        .with_hint(format!("You might need to specify \"USING {}::{to}\".", identifier(name)))),
        None => Ok(()),
        Some(using) => {
            let (field, _) = scope.queries.validate(using, table)?;
            if let Some(text) = literal_text(using) {
                // A text is read as the new type at once.
                let text: ArrayRef = Arc::new(StringArray::from(vec![text]));
                assign(&text, &field, &Column { sql_type: to, ..column.clone() })?;
            }
            match result_is_assignable(using, &field, to) {
                true => Ok(()),
                false => Err(Error::new(
                    "42804",
                    format!(
                        "result of USING clause for column \"{name}\" cannot be cast automatically to type {}",
                        to.bare_name()
                    ),
                )
                .with_hint("You might need to add an explicit cast.")),
            }
        }
    }
}

fn refuse_dependents(scope: &Scope, table: &Table, column: &Column) -> Result<(), Error> {
    let name = &column.name;
    if let Some(generated) = dependents::generated_from(table, name).first() {
        return Err(Error::unsupported(
            "cannot alter type of a column used by a generated column",
            "Drop the generated column first, and add it again afterwards.",
        )
        .with_detail(format!("Column \"{name}\" is used by generated column \"{generated}\".")));
    }
    if let Some(view) = dependents::views_using(scope, scope.catalog(), table, column)?.first() {
        return Err(Error::unsupported(
            "cannot alter type of a column used by a view or rule",
            "Drop the view first, and create it again afterwards.",
        )
        .with_detail(format!("view {view} depends on column \"{name}\"")));
    }
    Ok(())
}

/// The default, cast to the new type: a text is of the old type, anything else of its own.
fn converted_default(scope: &Scope, table: &Table, column: &Column, to: &Column) -> Result<Option<Expression>, Error> {
    let Some(default) = &column.default else { return Ok(None) };
    let (field, _) = scope.queries.validate(&default.0, table)?;
    let literal = literal_text(&default.0);
    let castable = match &literal {
        Some(_) => is_assignable(column.sql_type, to.sql_type),
        None => result_is_assignable(&default.0, &field, to.sql_type),
    };
    if !castable {
        let sql_type = to.sql_type.bare_name();
        let message = format!("default for column \"{}\" cannot be cast automatically to type {sql_type}", to.name);
        return Err(Error::new("42804", message).with_hint("Drop the default first, and set it again afterwards."));
    }
    let Some(text) = literal else { return Ok(Some(default.clone())) };
    let text: ArrayRef = Arc::new(StringArray::from(vec![text]));
    let old_field = table_schema(table).field(table.position(column.id)).clone();
    let through = assign(&text, &field, column).and_then(|value| assign(&value, &old_field, to));
    // What the column can never hold fails when it is used, as before.
    let Some(value) = through.ok().and_then(|value| display::text(value.as_ref(), 0)) else {
        return Ok(Some(default.clone()));
    };
    Ok(Some(Expression(format!("'{}'", value.replace('\'', "''")))))
}

/// Keys and indexes name the column by its new id.
fn rename_in_table(table: &mut Table, old: ColumnId, new: ColumnId) {
    let rename = |ids: &mut Vec<ColumnId>| ids.iter_mut().filter(|id| **id == old).for_each(|id| *id = new);
    for key in &mut table.keys {
        rename(&mut key.columns);
        rename(&mut key.index.include);
    }
    for index in &mut table.indexes {
        rename(&mut index.columns);
        rename(&mut index.declaration.include);
    }
}

/// Foreign keys on and to the column name it by its new id. Returns them. Errors: 42804 where the types no longer compare.
fn rename_in_foreign_keys(
    catalog: &mut Catalog,
    table: &Table,
    old: ColumnId,
    new: ColumnId,
) -> Result<Vec<ForeignKey>, Error> {
    let rename = |ids: &mut Vec<ColumnId>| ids.iter_mut().filter(|id| **id == old).for_each(|id| *id = new);
    let mut concerned: Vec<ForeignKey> = catalog
        .foreign_keys()
        .filter(|fk| {
            fk.table == table.id && fk.columns.contains(&old)
                || fk.referenced_table == table.id && fk.referenced_columns.contains(&old)
        })
        .map(|fk| ForeignKey::clone(fk))
        .collect();
    // The table's own are told first, as by PostgreSQL.
    concerned.sort_by_key(|fk| fk.table != table.id);
    let mut renamed = Vec::with_capacity(concerned.len());
    for mut fk in concerned {
        if fk.table == table.id {
            rename(&mut fk.columns);
            rename(&mut fk.on_delete.columns);
            rename(&mut fk.on_update.columns);
        }
        if fk.referenced_table == table.id {
            rename(&mut fk.referenced_columns);
        }
        let referenced_key = fk.referenced_key;
        let fk = ForeignKey { referenced_key, ..well_formed::complete_foreign_key(catalog, fk)? };
        catalog.put_foreign_key(fk.clone());
        renamed.push(fk);
    }
    Ok(renamed)
}

/// Sequences that the column owns follow its id; that of an identity column also the width of its type.
fn widen_sequences(catalog: &mut Catalog, table: &Table, old: &Column, new: &Column) -> Result<(), Error> {
    let owned = |sequence: &&Arc<Sequence>| sequence.owner == Some((table.id, old.id));
    let owned: Vec<SequenceId> = catalog.sequences().filter(owned).map(|sequence| sequence.id).collect();
    for id in owned {
        let mut sequence = Sequence::clone(catalog.sequence(id));
        sequence.owner = Some((table.id, new.id));
        if new.identity.is_some() {
            let ((old_min, old_max), (min, max)) = (bounds_of(old.sql_type)?, bounds_of(new.sql_type)?);
            sequence.min = if sequence.min == old_min { min } else { sequence.min };
            sequence.max = if sequence.max == old_max { max } else { sequence.max };
            for (word, value) in
                [("MINVALUE", sequence.min), ("MAXVALUE", sequence.max), ("START value", sequence.start)]
            {
                if value < min || value > max {
                    let message = format!("{word} ({value}) is out of range for sequence data type {}", new.sql_type);
                    return Err(Error::new("22023", message).with_hint("Change the sequence's bounds first."));
                }
            }
        }
        catalog.put_sequence(sequence);
    }
    Ok(())
}

/// All rows removed and inserted again, with the converted column.
fn rewritten(
    scope: &Scope,
    table: &Arc<Table>,
    altered: &Table,
    id: ColumnId,
    using: Option<&str>,
) -> Result<Delta, Error> {
    let rows = scope.rows(table.id);
    let live: Vec<u64> = rows.live_rows().iter().collect();
    if live.is_empty() {
        return Ok(Delta::default());
    }
    let position = altered.position(id);
    let column = &altered.columns[position];
    let old_field = table_schema(table).field(position).clone();
    let mut changes = scope.changes_to(table);
    for chunk in live.chunks(CHUNK_ROWS) {
        let mut arrays = rows.fetch(table, chunk, &table.column_ids())?;
        let values = match (using, &column.generated) {
            (_, Some(_)) => {
                arrays[position] = new_null_array(&column.sql_type.arrow(), chunk.len());
                let batch = whole_rows(altered, arrays.clone(), chunk.len())?;
                Expressions::new(scope.queries, &scope.snapshot, scope.sequences).generated(altered, column, &batch)?
            }
            (Some(using), None) => {
                let batch = whole_rows(table, arrays.clone(), chunk.len())?;
                let (field, _) = scope.queries.validate(using, table)?;
                let values = scope.queries.evaluate(using, table, &batch)?;
                let field =
                    Field::new(field.name(), values.data_type().clone(), true).with_metadata(field.metadata().clone());
                assign(&values, &field, column)?
            }
            (None, None) => assign(&arrays[position], &old_field, column)?,
        };
        if column.is_never_null() && values.logical_null_count() > 0 {
            let message = format!("column \"{}\" of relation \"{}\" contains null values", column.name, table.name);
            return Err(Error::new("23502", message)
                .with_columns([&column.name])
                .with_table(&table.schema, &table.name)
                .with_hint("Give USING an expression that is never NULL."));
        }
        arrays[position] = values;
        changes.insert(NewRows::whole(altered, whole_rows(altered, arrays, chunk.len())?));
    }
    changes.removed = live.into_iter().collect();
    Ok(Delta { tables: [(table.id, changes)].into(), ..Delta::default() })
}
