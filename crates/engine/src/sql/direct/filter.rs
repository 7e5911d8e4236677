//! Which rows: `key = value AND …` or `key IN (values)`, answered by the key's index; further columns are compared with the
//! rows found.

use bowline_core::catalog::{Catalog, ColumnId, Table};
use bowline_core::rows::{KeyForm, KeyShape, Keys};
use datafusion::arrow::array::{ArrayRef, Datum, Scalar};
use datafusion::arrow::compute::concat;
use datafusion::arrow::compute::kernels::cmp::eq;
use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr};

use super::super::scope::Scope;
use super::called::Called;
use super::operand::{Compared, Operand, Values};
use crate::error::Error;

/// A key bound to values, and further columns bound to values.
#[derive(Debug)]
pub(super) struct Filter {
    shape: KeyShape,
    key: Key,
    rest: Vec<(ColumnId, Operand)>,
    unique: bool,
}

/// What a key is bound to.
#[derive(Debug)]
enum Key {
    /// For each column, its value.
    One(Vec<Operand>),
    /// For the only column, its values.
    Any(Vec<Operand>),
}

impl Filter {
    /// Recognizes a condition that binds every column of a key, index or foreign key of the table.
    pub fn recognize(catalog: &Catalog, called: Called, condition: &Expr) -> Option<Filter> {
        let table = called.table;
        if let Some((id, values)) = list(called, condition) {
            let mut keys = table.keys.iter().map(|key| &key.columns);
            let mut indexes = table.indexes.iter().map(|index| &index.columns);
            let is_key = keys.any(|columns| *columns == [id])
                || indexes.any(|columns| *columns == [id])
                || catalog.foreign_keys_of(table.id).iter().any(|foreign_key| foreign_key.columns == [id]);
            let form = KeyForm::of(&[table.column_by_id(id).sql_type]);
            let shape = KeyShape::new(vec![id], form);
            return is_key.then(|| Filter { shape, key: Key::Any(values), rest: Vec::new(), unique: false });
        }
        let mut bound = Vec::new();
        bindings(called, condition, &mut bound)?;
        let unique = table.keys.iter().map(|key| (key.columns.as_slice(), true));
        let indexes = table.indexes.iter().map(|index| (index.columns.as_slice(), false));
        let foreign_keys = catalog.foreign_keys_of(table.id);
        let referencing = foreign_keys.iter().map(|foreign_key| (foreign_key.columns.as_slice(), false));
        let is_bound = |columns: &[ColumnId]| columns.iter().all(|id| bound.iter().any(|(bound, _)| bound == id));
        let (columns, unique) =
            unique.chain(indexes).chain(referencing).find(|(columns, _)| !columns.is_empty() && is_bound(columns))?;
        let mut key = Vec::with_capacity(columns.len());
        for id in columns {
            // What is left of a column bound twice is compared like any other.
            let at = bound.iter().position(|(bound, _)| bound == id)?;
            key.push(bound.remove(at).1);
        }
        let types: Vec<_> = columns.iter().map(|id| table.column_by_id(*id).sql_type).collect();
        let shape = KeyShape::new(columns.to_vec(), KeyForm::of(&types));
        Some(Filter { shape, key: Key::One(key), rest: bound, unique })
    }

    /// Whether it finds one row at most.
    pub fn is_unique(&self) -> bool {
        self.unique
    }

    /// The ids of the rows, ascending. `None`: the query engine has to see to it.
    pub fn rows(&self, scope: &Scope, table: &Table) -> Result<Option<Vec<u64>>, Error> {
        let values = Values { parameters: scope.parameters };
        let mut never = false;
        let key: Vec<ArrayRef> = match &self.key {
            Key::One(operands) => {
                let mut key = Vec::with_capacity(operands.len());
                for (operand, id) in operands.iter().zip(&self.shape.columns) {
                    match values.compared(operand, table.column_by_id(*id))? {
                        None => return Ok(None),
                        Some(Compared::Never) => never = true,
                        Some(Compared::Value(value)) => key.push(value),
                    }
                }
                key
            }
            Key::Any(operands) => {
                let mut found = Vec::with_capacity(operands.len());
                for operand in operands {
                    match values.compared(operand, table.column_by_id(self.shape.columns[0]))? {
                        None => return Ok(None),
                        Some(Compared::Never) => {}
                        Some(Compared::Value(value)) => found.push(value),
                    }
                }
                never = found.is_empty();
                if never { Vec::new() } else { vec![concat(&found.iter().map(AsRef::as_ref).collect::<Vec<_>>())?] }
            }
        };
        let mut rest = Vec::with_capacity(self.rest.len());
        for (id, operand) in &self.rest {
            match values.compared(operand, table.column_by_id(*id))? {
                None => return Ok(None),
                Some(Compared::Never) => never = true,
                Some(Compared::Value(value)) => rest.push((*id, value)),
            }
        }
        if never {
            return Ok(Some(Vec::new()));
        }
        let wanted = Keys::new(&self.shape.form, &key)?;
        let mut rows = scope.rows(table.id).matching(table, &self.shape, &wanted)?.rows;
        rows.sort_unstable();
        // A value may be listed twice.
        rows.dedup();
        for (id, value) in rest {
            if rows.is_empty() {
                break;
            }
            let column = scope.rows(table.id).fetch(table, &rows, &[id])?.remove(0);
            let wanted = Scalar::new(value);
            let same = eq(&column as &dyn Datum, &wanted)?;
            let kept = rows.iter().zip(same.iter()).filter(|(_, same)| *same == Some(true)).map(|(row, _)| *row);
            rows = kept.collect();
        }
        Ok(Some(rows))
    }
}

/// The column and the values of `column IN (values)`.
fn list(called: Called, condition: &Expr) -> Option<(ColumnId, Vec<Operand>)> {
    match condition {
        Expr::Nested(inner) => list(called, inner),
        Expr::InList { expr, list, negated: false } => {
            Some((called.column(expr)?, list.iter().map(Operand::of).collect::<Option<_>>()?))
        }
        _ => None,
    }
}

/// The columns a conjunction of equalities binds; `None` if it says anything else.
fn bindings(called: Called, condition: &Expr, bound: &mut Vec<(ColumnId, Operand)>) -> Option<()> {
    match condition {
        Expr::Nested(inner) => bindings(called, inner, bound),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            bindings(called, left, bound)?;
            bindings(called, right, bound)
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            let (column, operand) = match called.column(left) {
                Some(column) => (column, Operand::of(right)?),
                None => (called.column(right)?, Operand::of(left)?),
            };
            bound.push((column, operand));
            Some(())
        }
        _ => None,
    }
}
