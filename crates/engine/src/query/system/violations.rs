//! `bowline.violations`: every row that violates a foreign key, found by a full check when the table is read.
//!
//! Foreign keys that are not valid or not enforced are checked too. A filter on `constraint_name` checks only those; what
//! is only counted is not turned into text.

use std::sync::Arc;

use bowline_core::catalog::{ColumnId, ForeignKey, Table};
use bowline_core::integrity::check::{Orphan, Reason, check_foreign_key};
use bowline_core::rows::{RowsError, Snapshot, TableRows};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, RecordBatch, RecordBatchOptions, StringArray, StringBuilder,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

use super::rows::{Kind, schema};
use crate::cancel::CancelHandle;
use crate::display;
use crate::error::Error;
use crate::query::generic::with_values;
use crate::query::made::{Asked, Source};

pub(super) const COLUMNS: [(&str, Kind); 10] = [
    ("constraint_name", Kind::Text),
    ("referencing_schema", Kind::Text),
    ("referencing_table", Kind::Text),
    ("referencing_columns", Kind::Text),
    ("referenced_schema", Kind::Text),
    ("referenced_table", Kind::Text),
    ("referenced_columns", Kind::Text),
    ("key", Kind::Text),
    ("row_key", Kind::Text),
    ("reason", Kind::Text),
];

/// Positions of the columns that differ from row to row.
const KEY: usize = 7;
const ROW_KEY: usize = 8;
const REASON: usize = 9;

/// The table, over one snapshot.
#[derive(Debug)]
pub(super) struct Violations {
    snapshot: Snapshot,
    /// Asked while the rows are checked, which nothing else can end.
    cancel: CancelHandle,
}

impl Violations {
    pub fn new(snapshot: Snapshot, cancel: CancelHandle) -> Violations {
        Violations { snapshot, cancel }
    }
}

impl Source for Violations {
    fn takes(&self, filter: &Expr) -> bool {
        constraint_named(&with_values(filter)).is_some()
    }

    fn rows(&self, asked: &Asked) -> Result<Vec<RecordBatch>> {
        let schema = Arc::new(schema(&COLUMNS).project(&asked.projection)?);
        let mut left = asked.limit.unwrap_or(usize::MAX);
        let mut batches = Vec::new();
        for foreign_key in self.foreign_keys(&asked.filters) {
            if left == 0 {
                break;
            }
            let batch = self.of(&foreign_key, &asked.projection, &schema, left);
            let batch = batch.map_err(|error| DataFusionError::External(Box::new(Error::from(error))))?;
            left -= batch.num_rows();
            batches.push(batch);
        }
        Ok(batches)
    }
}

impl Violations {
    /// The violations of one foreign key, at most `limit`, with the projected columns.
    fn of(
        &self,
        key: &ForeignKey,
        projection: &[usize],
        schema: &SchemaRef,
        limit: usize,
    ) -> Result<RecordBatch, RowsError> {
        let mut orphans = check_foreign_key(&self.snapshot, key, &self.cancel)?;
        orphans.truncate(limit);
        described(&self.snapshot, key, &orphans, projection, schema)
    }

    /// The foreign keys to check, by referencing table and name.
    fn foreign_keys(&self, filters: &[Expr]) -> Vec<Arc<ForeignKey>> {
        let catalog = self.snapshot.catalog();
        let names: Vec<&str> = filters.iter().filter_map(constraint_named).collect();
        let wanted = |key: &&Arc<ForeignKey>| names.iter().all(|name| *name == key.name);
        let mut keys: Vec<_> = catalog.foreign_keys().filter(wanted).cloned().collect();
        keys.sort_by_key(|key| (catalog.table(key.table).relation_name(), key.name.clone()));
        keys
    }
}

/// The name in `constraint_name = 'name'`.
fn constraint_named(filter: &Expr) -> Option<&str> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = filter else { return None };
    match (left.as_ref(), right.as_ref()) {
        (Expr::Column(column), Expr::Literal(ScalarValue::Utf8(Some(name)), _))
        | (Expr::Literal(ScalarValue::Utf8(Some(name)), _), Expr::Column(column))
            if column.name == "constraint_name" =>
        {
            Some(name)
        }
        _ => None,
    }
}

/// The violations of one foreign key: those `orphans`, with the projected columns.
fn described(
    snapshot: &Snapshot,
    key: &ForeignKey,
    orphans: &[Orphan],
    projection: &[usize],
    schema: &SchemaRef,
) -> Result<RecordBatch, RowsError> {
    let catalog = snapshot.catalog();
    let (table, referenced) = (catalog.table(key.table), catalog.table(key.referenced_table));
    let same = |text: &str| repeated(text, orphans.len());
    let rows = snapshot.rows(key.table);
    let column = |position: &usize| match *position {
        0 => same(&key.name),
        1 => same(&table.schema),
        2 => same(&table.name),
        3 => same(&table.column_names(&key.columns).join(", ")),
        4 => same(&referenced.schema),
        5 => same(&referenced.name),
        6 => same(&referenced.column_names(&key.referenced_columns).join(", ")),
        KEY => key_text(table, rows, orphans, &key.columns, None),
        ROW_KEY => match table.primary_key() {
            Some(primary) => key_text(table, rows, orphans, &primary.columns, Some(table)),
            None => Ok(Arc::new(StringArray::new_null(orphans.len())) as ArrayRef),
        },
        REASON => reasons(orphans, &referenced.name),
        other => unreachable!("bowline.violations has no column {other}"),
    };
    let columns = projection.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(orphans.len()));
    Ok(RecordBatch::try_new_with_options(schema.clone(), columns, &options)?)
}

/// One text for all rows.
fn repeated(text: &str, count: usize) -> Result<ArrayRef, RowsError> {
    let once = StringArray::from(vec![text]);
    let all = DictionaryArray::new(Int32Array::from(vec![0; count]), Arc::new(once));
    Ok(cast(&all, &DataType::Utf8)?)
}

fn reasons(orphans: &[Orphan], referenced: &str) -> Result<ArrayRef, RowsError> {
    let texts = StringArray::from(vec![
        format!("the key is not present in table \"{referenced}\""),
        "MATCH FULL does not allow mixing of null and nonnull key values".to_owned(),
    ]);
    let which = orphans.iter().map(|orphan| match orphan.reason {
        Reason::Missing => 0,
        Reason::PartlyNull => 1,
    });
    let all = DictionaryArray::new(Int32Array::from_iter_values(which), Arc::new(texts));
    Ok(cast(&all, &DataType::Utf8)?)
}

/// The rows' values in these columns, separated by commas; with `named`, as `column = value`.
fn key_text(
    table: &Table,
    rows: &TableRows,
    orphans: &[Orphan],
    columns: &[ColumnId],
    named: Option<&Table>,
) -> Result<ArrayRef, RowsError> {
    let ids: Vec<u64> = orphans.iter().map(|orphan| orphan.row).collect();
    let arrays = rows.fetch(table, &ids, columns)?;
    let texts = arrays.iter().map(texts).collect::<Result<Vec<_>, _>>()?;
    if let ([only], None) = (texts.as_slice(), named) {
        return Ok(Arc::new(only.clone()));
    }
    let labels: Vec<String> = match named {
        Some(table) => table.column_names(columns).into_iter().map(|name| format!("{name} = ")).collect(),
        None => vec![String::new(); columns.len()],
    };
    let mut builder = StringBuilder::with_capacity(ids.len(), ids.len() * 8 * columns.len());
    let mut line = String::new();
    for row in 0..ids.len() {
        line.clear();
        for (at, (label, texts)) in labels.iter().zip(&texts).enumerate() {
            if at > 0 {
                line.push_str(", ");
            }
            line.push_str(label);
            line.push_str(if texts.is_null(row) { "NULL" } else { texts.value(row) });
        }
        builder.append_value(&line);
    }
    Ok(Arc::new(builder.finish()))
}

/// Values as text: numbers by Arrow's kernel, others as PostgreSQL writes them.
fn texts(array: &ArrayRef) -> Result<StringArray, RowsError> {
    match array.data_type() {
        DataType::Utf8 => Ok(array.as_string::<i32>().clone()),
        data_type if data_type.is_integer() => Ok(cast(array, &DataType::Utf8)?.as_string::<i32>().clone()),
        _ => Ok((0..array.len()).map(|row| display::text(array, row)).collect()),
    }
}
