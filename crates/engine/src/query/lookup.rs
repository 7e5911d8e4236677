//! Which rows a scan must read: those whose key the filters name, or else every segment that may hold a match.
//!
//! All filters used here are applied again to what the scan yields, so an answer may hold too many rows, never too few.

use std::ops::Range;

use bowline_core::catalog::Table;
use bowline_core::rows::{KeyForm, KeyShape, Keys, RowsError, TableRows};
use datafusion::arrow::array::{ArrayRef, UInt32Array};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::Cast;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

use super::state::BATCH_ROWS;

/// A lookup of more keys than this reads the table instead.
const KEYS_MAX: usize = 10_000;

/// Rows of one fragment to read together, at most a batch.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Which of the table's fragments.
    pub fragment: usize,
    /// Which rows of it.
    pub rows: PlaceRows,
}

/// Rows of a fragment.
#[derive(Debug, Clone)]
pub(super) enum PlaceRows {
    /// A run of positions; the dead among them are left out when read.
    Run(Range<usize>),
    /// Living rows, by position.
    Positions(UInt32Array),
}

/// A filter that says something of one column.
struct ColumnFilter<'e> {
    column: &'e str,
    /// The type that the column is cast to before it is compared.
    cast: Option<&'e DataType>,
    says: Says<'e>,
}

impl ColumnFilter<'_> {
    /// Whether what it says of the cast column, it says of a column of this type.
    fn is_of(&self, own: &DataType) -> bool {
        let is_wider =
            |to: &DataType| is_integer(own) && is_integer(to) && own.primitive_width() <= to.primitive_width();
        self.cast.is_none_or(is_wider)
    }
}

enum Says<'e> {
    /// It is one of these.
    OneOf(Vec<&'e ScalarValue>),
    /// It is an integer in this range, ends included.
    Between(i64, i64),
}

/// Whether a scan can use the filter.
pub(super) fn is_useful(schema: &Schema, filter: &Expr) -> bool {
    let Some(understood) = understand(filter) else { return false };
    let Ok(field) = schema.field_with_name(understood.column) else { return false };
    let is_comparable = |value: &ScalarValue| match understood.cast {
        None => value.data_type() == *field.data_type(),
        Some(_) => is_integer(&value.data_type()),
    };
    understood.is_of(field.data_type())
        && match &understood.says {
            Says::OneOf(values) => values.iter().all(|value| is_comparable(value)),
            Says::Between(..) => is_integer(field.data_type()),
        }
}

fn is_integer(data_type: &DataType) -> bool {
    data_type.is_signed_integer()
}

/// The living rows that hold the keys the filters name, ascending; `None` if they name no key whole.
///
/// A key whose columns are all bound to values: how many combinations, and the values of each column.
struct Candidate<'k, 'v> {
    count: usize,
    key: &'k [usize],
    values: Vec<Vec<&'v ScalarValue>>,
}

/// `keys`: column positions worth looking up. Errors: key columns could not be read.
pub(super) fn rows(
    table: &Table,
    rows: &TableRows,
    keys: &[Vec<usize>],
    filters: &[Expr],
) -> Result<Option<Vec<u64>>, RowsError> {
    let bound = |position: usize| {
        let column = &table.columns[position];
        let own = column.sql_type.arrow();
        let of_column = |filter: &ColumnFilter| filter.column == column.name && filter.is_of(&own);
        filters.iter().filter_map(understand).filter(of_column).find_map(|filter| match filter.says {
            Says::OneOf(values) => Some(values),
            Says::Between(..) => None,
        })
    };
    let mut best: Option<Candidate> = None;
    for key in keys {
        let Some(values) = key.iter().map(|position| bound(*position)).collect::<Option<Vec<_>>>() else { continue };
        let count = values.iter().fold(1usize, |count, list| count.saturating_mul(list.len()));
        if count > KEYS_MAX || best.as_ref().is_some_and(|known| known.key.len() >= key.len()) {
            continue;
        }
        best = Some(Candidate { count, key, values });
    }
    let Some(Candidate { count, key, values }) = best else { return Ok(None) };
    let Some(columns) = product(&values, count) else { return Ok(None) };
    let types: Vec<_> = key.iter().map(|position| table.columns[*position].sql_type).collect();
    let own = columns.into_iter().zip(&types).map(|(array, sql_type)| as_key(array, &sql_type.arrow()));
    let Some(columns) = own.collect::<Option<Vec<_>>>() else { return Ok(None) };
    let ids = key.iter().map(|position| table.columns[*position].id).collect();
    let shape = KeyShape::new(ids, KeyForm::of(&types));
    let wanted = Keys::new(&shape.form, &columns)?;
    let mut found = rows.matching(table, &shape, &wanted)?.rows;
    found.sort_unstable();
    found.dedup();
    Ok(Some(found))
}

/// Values as a column of this type has them; NULL, which no key holds, for integers beyond it.
fn as_key(values: ArrayRef, own: &DataType) -> Option<ArrayRef> {
    if values.data_type() == own {
        return Some(values);
    }
    let both = is_integer(values.data_type()) && is_integer(own);
    both.then(|| cast(&values, own).ok()).flatten()
}

/// Every combination of the values, one array for each list.
fn product(values: &[Vec<&ScalarValue>], count: usize) -> Option<Vec<ArrayRef>> {
    let mut repeat = count;
    let mut columns = Vec::with_capacity(values.len());
    for list in values {
        if list.is_empty() {
            return None;
        }
        repeat /= list.len();
        let array = ScalarValue::iter_to_array(list.iter().map(|value| (*value).clone())).ok()?;
        let indices = UInt32Array::from_iter_values((0..count).map(|row| (row / repeat % list.len()) as u32));
        columns.push(take(&array, &indices, None).ok()?);
    }
    Some(columns)
}

/// Living rows as places, by fragment. `rows` ascends.
pub(super) fn places(table: &TableRows, rows: Vec<u64>) -> Vec<Place> {
    let mut places: Vec<(usize, Vec<u32>)> = Vec::new();
    for row in rows {
        let (fragment, position) = table.locate(row).expect("a row just found exists");
        match places.last_mut() {
            Some((last, positions)) if *last == fragment && positions.len() < BATCH_ROWS => positions.push(position),
            _ => places.push((fragment, vec![position])),
        }
    }
    let place = |(fragment, positions)| Place { fragment, rows: PlaceRows::Positions(UInt32Array::from(positions)) };
    places.into_iter().map(place).collect()
}

/// All segments, in runs of at most a batch; without those whose integers are known to lie outside the filters.
pub(super) fn slices(table: &Table, rows: &TableRows, filters: &[Expr]) -> Vec<Place> {
    let ranges: Vec<_> = filters.iter().filter_map(understand).filter_map(|filter| range(table, &filter)).collect();
    let mut places = Vec::new();
    for (fragment, part) in rows.fragments().iter().enumerate() {
        let known = |column| part.segment.source().and_then(|source| source.integer_range(column));
        let outside = ranges.iter().any(|(column, low, high)| {
            let stored = part.segment.stored_columns().contains(column);
            stored && known(*column).is_some_and(|(min, max)| max < *low || min > *high)
        });
        if outside {
            continue;
        }
        let len = part.segment.len();
        let starts = (0..len).step_by(BATCH_ROWS);
        places.extend(starts.map(|at| Place { fragment, rows: PlaceRows::Run(at..len.min(at + BATCH_ROWS)) }));
    }
    places
}

fn range(table: &Table, filter: &ColumnFilter) -> Option<(bowline_core::catalog::ColumnId, i64, i64)> {
    let column = table.column(filter.column).filter(|column| column.sql_type.is_integer())?;
    filter.is_of(&column.sql_type.arrow()).then_some(())?;
    let (low, high) = match &filter.says {
        Says::Between(low, high) => (*low, *high),
        Says::OneOf(values) => {
            let values: Option<Vec<i64>> = values.iter().map(|value| integer(value)).collect();
            let values = values?;
            (*values.iter().min()?, *values.iter().max()?)
        }
    };
    Some((column.id, low, high))
}

/// Reads `column = literal`, `column IN (literals)`, `column < literal` and `column BETWEEN literals`.
fn understand(filter: &Expr) -> Option<ColumnFilter<'_>> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { op: Operator::Or, .. }) => either(filter),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (left.as_ref(), right.as_ref()) {
            (column, Expr::Literal(value, _)) => said(column, compared(*op, value)?),
            (Expr::Literal(value, _), column) => said(column, compared(op.swap()?, value)?),
            _ => None,
        },
        Expr::InList(list) if !list.negated => {
            let literals = list.list.iter().map(|item| match item {
                Expr::Literal(value, _) => Some(value),
                _ => None,
            });
            said(&list.expr, Says::OneOf(literals.collect::<Option<Vec<_>>>()?))
        }
        Expr::Between(between) if !between.negated => match (between.low.as_ref(), between.high.as_ref()) {
            (Expr::Literal(low, _), Expr::Literal(high, _)) => {
                said(&between.expr, Says::Between(integer(low)?, integer(high)?))
            }
            _ => None,
        },
        _ => None,
    }
}

/// What is said of a column, or of a column that is cast.
fn said<'e>(column: &'e Expr, says: Says<'e>) -> Option<ColumnFilter<'e>> {
    match column {
        Expr::Column(column) => Some(ColumnFilter { column: &column.name, cast: None, says }),
        Expr::Cast(Cast { expr, field }) => match expr.as_ref() {
            Expr::Column(column) => Some(ColumnFilter { column: &column.name, cast: Some(field.data_type()), says }),
            _ => None,
        },
        _ => None,
    }
}

/// `column = a OR column = b`, which short IN lists become.
fn either(filter: &Expr) -> Option<ColumnFilter<'_>> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) = filter else { return None };
    let (left, right) = (understand(left)?, understand(right)?);
    match (left.says, right.says) {
        (Says::OneOf(mut values), Says::OneOf(more)) if left.column == right.column && left.cast == right.cast => {
            values.extend(more);
            Some(ColumnFilter { column: left.column, cast: left.cast, says: Says::OneOf(values) })
        }
        _ => None,
    }
}

fn compared(op: Operator, value: &ScalarValue) -> Option<Says<'_>> {
    Some(match op {
        Operator::Eq => Says::OneOf(vec![value]),
        Operator::Lt => Says::Between(i64::MIN, integer(value)?.saturating_sub(1)),
        Operator::LtEq => Says::Between(i64::MIN, integer(value)?),
        Operator::Gt => Says::Between(integer(value)?.saturating_add(1), i64::MAX),
        Operator::GtEq => Says::Between(integer(value)?, i64::MAX),
        _ => return None,
    })
}

fn integer(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::Int16(Some(value)) => Some(i64::from(*value)),
        ScalarValue::Int32(Some(value)) => Some(i64::from(*value)),
        ScalarValue::Int64(Some(value)) => Some(*value),
        _ => None,
    }
}
