//! A scan that waits for the join above it: once the join has read its other side, it tells which keys can match, and those few
//! rows are looked up instead of reading the table.
//!
//! ```text
//!   HashJoinExec  customer_id = id
//!     ├─ SnapshotScan: lookup orders         10 rows, read first
//!     └─ SnapshotScan: customer by id        the 10 keys they hold, looked up
//! ```
//!
//! The join applies its condition to whatever the scan yields, so a scan may yield too many rows, never too few.

use std::sync::Arc;

use bowline_core::catalog::Table;
use bowline_core::rows::{KeyForm, KeyShape, Keys, RowsError, TableRows};
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, DynamicFilterPhysicalExpr, InListExpr, Literal};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};

/// A key of a scanned table that a join compares with what its other side holds.
#[derive(Debug, Clone)]
pub(super) struct JoinKeys {
    filter: Arc<DynamicFilterPhysicalExpr>,
    /// The key's columns, as positions in the table.
    key: Vec<usize>,
    /// For each of them, which column of the scan it is.
    scanned: Vec<usize>,
}

impl JoinKeys {
    /// The key that a join's filter binds; `None` if it binds no key whole, or is not a join's. `keys`: column lists that are
    /// worth looking up, as positions. `projection`: the positions of the scan's columns.
    pub fn of(filter: &Arc<dyn PhysicalExpr>, keys: &[Vec<usize>], projection: &[usize]) -> Option<JoinKeys> {
        let filter = Arc::downcast::<DynamicFilterPhysicalExpr>(filter.clone()).ok()?;
        let joined: Vec<usize> = filter.children().into_iter().map(column).collect::<Option<_>>()?;
        let scanned_as = |position: &usize| joined.iter().copied().find(|at| projection.get(*at) == Some(position));
        let bound = |key: &&Vec<usize>| !key.is_empty() && key.iter().all(|position| scanned_as(position).is_some());
        let key = keys.iter().filter(bound).max_by_key(|key| key.len())?.clone();
        let scanned = key.iter().filter_map(scanned_as).collect();
        Some(JoinKeys { filter, key, scanned })
    }

    /// The filter itself, by which the join knows that somebody asks for its keys.
    pub fn filter(&self) -> Arc<dyn PhysicalExpr> {
        self.filter.clone()
    }

    /// Waits until the join has read its other side, and gives the keys it holds, a column for each of the key's; `None` if
    /// there are too many to tell.
    pub async fn values(&self) -> Result<Option<Vec<ArrayRef>>> {
        self.filter.wait_complete().await;
        let now = self.filter.current()?;
        listed(now.as_ref(), &self.scanned)
    }

    /// Whether these values are of the key's types.
    pub fn fits(&self, table: &Table, values: &[ArrayRef]) -> bool {
        let types = self.key.iter().map(|position| table.columns[*position].sql_type.arrow());
        values.iter().zip(types).all(|(values, data_type)| *values.data_type() == data_type)
    }

    /// The living rows that hold these keys, ascending; `None` if they are of other types than the key.
    pub fn rows(&self, table: &Table, rows: &TableRows, values: &[ArrayRef]) -> Result<Option<Vec<u64>>, RowsError> {
        let columns: Vec<_> = self.key.iter().map(|position| &table.columns[*position]).collect();
        let types: Vec<_> = columns.iter().map(|column| column.sql_type).collect();
        if !self.fits(table, values) {
            return Ok(None);
        }
        let shape = KeyShape::new(columns.iter().map(|column| column.id).collect(), KeyForm::of(&types));
        let wanted = Keys::new(&shape.form, values)?;
        let mut found = rows.matching(table, &shape, &wanted)?.rows;
        found.sort_unstable();
        found.dedup();
        Ok(Some(found))
    }
}

/// The column an expression is, counted in the scan's.
fn column(expr: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    expr.downcast_ref::<Column>().map(Column::index)
}

/// The values that `column IN (...)` or `struct(columns) IN (...)` lists for these columns, alone or among conditions that must
/// all hold.
fn listed(expr: &dyn PhysicalExpr, columns: &[usize]) -> Result<Option<Vec<ArrayRef>>> {
    if let Some(both) = expr.downcast_ref::<BinaryExpr>().filter(|both| *both.op() == Operator::And) {
        return Ok(match listed(both.left().as_ref(), columns)? {
            None => listed(both.right().as_ref(), columns)?,
            found => found,
        });
    }
    let Some(list) = expr.downcast_ref::<InListExpr>().filter(|list| !list.negated()) else { return Ok(None) };
    let values = list.list().iter().map(|item| item.downcast_ref::<Literal>().map(|literal| literal.value().clone()));
    let Some(values) = values.collect::<Option<Vec<ScalarValue>>>().filter(|values| !values.is_empty()) else {
        return Ok(None);
    };
    let values = ScalarValue::iter_to_array(values)?;
    if column(list.expr()).is_some_and(|only| columns == [only]) {
        return Ok(Some(vec![values]));
    }
    let Some(call) = list.expr().downcast_ref::<ScalarFunctionExpr>() else { return Ok(None) };
    if !matches!(values.data_type(), DataType::Struct(_)) || values.null_count() > 0 {
        return Ok(None);
    }
    let parts: Option<Vec<usize>> = call.args().iter().map(column).collect();
    let place = |column: &usize| parts.as_ref()?.iter().position(|part| part == column);
    Ok(columns.iter().map(|column| place(column).map(|at| values.as_struct().column(at).clone())).collect())
}
