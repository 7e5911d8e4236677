//! Key columns in a form that can be compared and hashed fast: integers as `i64`, everything else as bytes.
//!
//! Both sides of a foreign key are brought to one [`KeyForm`], so that INTEGER meets BIGINT and NUMERIC meets INTEGER. A
//! pair of 32-bit integers packs into one `i64`; other composite keys use Arrow's row format.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, TimeUnit};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};

use crate::catalog::{CandidateKey, ColumnId, SqlType, Table};

/// The common form two lists of columns are compared in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KeyForm {
    /// One integer column.
    Int,
    /// Two integer columns of at most 32 bits, packed.
    IntPair,
    /// Any columns, each in the form given here.
    Bytes(Vec<ByteForm>),
    /// The same, for a key whose NULLs are not distinct: a row with a NULL has a key like any other.
    BytesWithNulls(Vec<ByteForm>),
}

/// What a key column is brought to before its bytes are compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ByteForm {
    /// This type.
    Cast(DataType),
    /// Text without the blanks at its end, as it is compared with a CHAR key.
    Unpadded,
}

/// Which columns of a table, in which form: what a key index is made for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyShape {
    /// In the order of the constraint.
    pub columns: Vec<ColumnId>,
    /// The form of their values.
    pub form: KeyForm,
    /// Further columns that must be NULL, or else the row has no key: the rest of a `MATCH PARTIAL` key.
    pub absent: Vec<ColumnId>,
}

impl KeyShape {
    /// The shape of whole keys.
    pub fn new(columns: Vec<ColumnId>, form: KeyForm) -> KeyShape {
        KeyShape { columns, form, absent: Vec::new() }
    }
}

/// Key values of a number of rows. A row with a NULL among its key columns has no key, unless the form says otherwise.
#[derive(Debug, Clone)]
pub struct Keys {
    lane: Lane,
    /// Rows that have a key; `None` when all have.
    complete: Option<BooleanBuffer>,
}

/// The values themselves; those of incomplete rows mean nothing.
#[derive(Debug, Clone)]
pub enum Lane {
    /// Integers, or packed pairs of them.
    Int(Vec<i64>),
    /// Arrow's row format.
    Bytes(Arc<Rows>),
}

impl KeyForm {
    /// The form for columns of these types among themselves.
    pub fn of(types: &[SqlType]) -> KeyForm {
        Self::joining(types, types)
    }

    /// The form of a candidate key.
    pub fn of_key(table: &Table, key: &CandidateKey) -> KeyForm {
        let types = table.column_types(&key.columns);
        match key.nulls_not_distinct {
            false => Self::of(&types),
            true => {
                KeyForm::BytesWithNulls(types.iter().map(|sql_type| ByteForm::joining(sql_type, sql_type)).collect())
            }
        }
    }

    /// The form in which referencing columns of types `left` are compared with referenced ones of types `right`, in pairs.
    pub fn joining(left: &[SqlType], right: &[SqlType]) -> KeyForm {
        assert_eq!(left.len(), right.len(), "keys were believed to be paired");
        let all = || left.iter().chain(right);
        if all().all(SqlType::is_integer) {
            if left.len() == 1 {
                return KeyForm::Int;
            }
            if left.len() == 2 && all().all(|sql_type| *sql_type != SqlType::BigInt) {
                return KeyForm::IntPair;
            }
        }
        KeyForm::Bytes(left.iter().zip(right).map(|(a, b)| ByteForm::joining(a, b)).collect())
    }
}

impl ByteForm {
    fn joining(left: &SqlType, right: &SqlType) -> ByteForm {
        match (left, right) {
            // CHAR is kept without its blanks; it is the referenced type that says whether those of a text count.
            (SqlType::Text | SqlType::Varchar(_), SqlType::Char(_)) => ByteForm::Unpadded,
            _ => ByteForm::Cast(common_type(left, right)),
        }
    }

    fn data_type(&self) -> DataType {
        match self {
            ByteForm::Cast(data_type) => data_type.clone(),
            ByteForm::Unpadded => DataType::Utf8,
        }
    }
}

/// The type both sides are cast to before their bytes are compared.
fn common_type(left: &SqlType, right: &SqlType) -> DataType {
    let is_float = |sql_type: &SqlType| matches!(sql_type, SqlType::Real | SqlType::Double);
    let is_decimal = |sql_type: &SqlType| matches!(sql_type, SqlType::Numeric(_));
    if left.is_integer() && right.is_integer() {
        return DataType::Int64;
    }
    if left.arrow() == right.arrow() {
        return left.arrow();
    }
    if is_float(left) || is_float(right) {
        return DataType::Float64;
    }
    if is_decimal(left) || is_decimal(right) {
        let scale = |sql_type: &SqlType| match sql_type.arrow() {
            DataType::Decimal128(_, scale) => scale,
            _ => 0,
        };
        return DataType::Decimal256(76, scale(left).max(scale(right)));
    }
    DataType::Timestamp(TimeUnit::Microsecond, None)
}

impl Keys {
    /// Brings key columns to a form. `columns`: equally long, one per key column.
    /// Errors: a value that the form's type cannot hold.
    pub fn new(form: &KeyForm, columns: &[ArrayRef]) -> Result<Keys, ArrowError> {
        let nulls = match form {
            KeyForm::BytesWithNulls(_) => None,
            _ => columns
                .iter()
                .fold(None, |nulls, column| NullBuffer::union(nulls.as_ref(), column.logical_nulls().as_ref())),
        };
        let complete = nulls.filter(|nulls| nulls.null_count() > 0).map(NullBuffer::into_inner);
        let lane = match form {
            KeyForm::Int => Lane::Int(integers(&columns[0])?),
            KeyForm::IntPair => {
                let (high, low) = (integers(&columns[0])?, integers(&columns[1])?);
                Lane::Int(high.iter().zip(&low).map(|(high, low)| (high << 32) | (low & 0xffff_ffff)).collect())
            }
            KeyForm::Bytes(forms) | KeyForm::BytesWithNulls(forms) => Lane::Bytes(Arc::new(byte_rows(forms, columns)?)),
        };
        Ok(Keys { lane, complete })
    }

    /// The keys of the rows in which all these columns are NULL; the others have none. The columns are as long as the keys.
    pub fn where_null(mut self, absent: &[ArrayRef]) -> Keys {
        for column in absent {
            let null = match column.logical_nulls() {
                Some(nulls) => !nulls.inner(),
                None => BooleanBuffer::new_unset(column.len()),
            };
            self.complete = Some(match self.complete {
                Some(complete) => &complete & &null,
                None => null,
            });
        }
        self
    }

    /// How many rows there are, with or without a key.
    pub fn len(&self) -> usize {
        match &self.lane {
            Lane::Int(values) => values.len(),
            Lane::Bytes(rows) => rows.num_rows(),
        }
    }

    /// Whether there are no rows at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values.
    pub fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Which rows have a key; `None` when all have.
    pub fn complete(&self) -> Option<&BooleanBuffer> {
        self.complete.as_ref()
    }

    /// Whether row `index` has a key: no NULL among its key columns.
    pub fn is_complete(&self, index: usize) -> bool {
        self.complete.as_ref().is_none_or(|complete| complete.value(index))
    }

    /// Whether rows `a` of these and `b` of `other` (of the same form) hold the same key. Incomplete rows equal nothing.
    pub fn equal(&self, a: usize, other: &Keys, b: usize) -> bool {
        self.is_complete(a)
            && other.is_complete(b)
            && match (&self.lane, &other.lane) {
                (Lane::Int(left), Lane::Int(right)) => left[a] == right[b],
                (Lane::Bytes(left), Lane::Bytes(right)) => left.row(a) == right.row(b),
                _ => unreachable!("keys of one form have one lane"),
            }
    }

    /// Whether the keys ascend strictly and none is missing, which proves them unique at the cost of one pass.
    pub fn strictly_ascending(&self) -> bool {
        self.complete.is_none()
            && match &self.lane {
                Lane::Int(values) => values.is_sorted_by(|a, b| a < b),
                Lane::Bytes(rows) => (1..rows.num_rows()).all(|next| rows.row(next - 1) < rows.row(next)),
            }
    }

    /// The rows in ascending order of key; incomplete ones last.
    pub fn sorted_positions(&self) -> Vec<u32> {
        let mut positions: Vec<u32> = (0..self.len() as u32).collect();
        match &self.lane {
            Lane::Int(values) => positions.sort_by_key(|p| (!self.is_complete(*p as usize), values[*p as usize])),
            Lane::Bytes(rows) => {
                positions.sort_by_key(|p| (!self.is_complete(*p as usize), rows.row(*p as usize)));
            }
        }
        positions
    }

    /// Which rows have a key, as an Arrow array.
    pub fn complete_array(&self) -> BooleanArray {
        let all = || BooleanBuffer::new_set(self.len());
        BooleanArray::new(self.complete.clone().unwrap_or_else(all), None)
    }
}

/// The values of an integer column of any width; NULLs hold anything.
fn integers(column: &ArrayRef) -> Result<Vec<i64>, ArrowError> {
    Ok(match column.data_type() {
        DataType::Int64 => column.as_primitive::<Int64Type>().values().to_vec(),
        DataType::Int32 => column.as_primitive::<Int32Type>().values().iter().map(|v| i64::from(*v)).collect(),
        DataType::Int16 => column.as_primitive::<Int16Type>().values().iter().map(|v| i64::from(*v)).collect(),
        other => return Err(ArrowError::CastError(format!("an integer key column has type {other}"))),
    })
}

fn byte_rows(forms: &[ByteForm], columns: &[ArrayRef]) -> Result<Rows, ArrowError> {
    let fields = forms.iter().map(|form| SortField::new(form.data_type())).collect();
    let in_form = |(column, form): (&ArrayRef, &ByteForm)| match form {
        ByteForm::Cast(to) => canonical(column, to),
        ByteForm::Unpadded => Ok(unpadded(column)),
    };
    let columns: Result<Vec<_>, _> = columns.iter().zip(forms).map(in_form).collect();
    RowConverter::new(fields)?.convert_columns(&columns?)
}

/// Texts without the blanks at their end.
fn unpadded(column: &ArrayRef) -> ArrayRef {
    let texts = column.as_string::<i32>();
    Arc::new(texts.iter().map(|text| text.map(|text| text.trim_end_matches(' '))).collect::<StringArray>())
}

/// Casts to the common type and gives equal values equal bits: one zero, one NaN.
fn canonical(column: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    let column = if column.data_type() == to { column.clone() } else { cast(column, to)? };
    Ok(match to {
        DataType::Float32 => {
            let values = column.as_primitive::<Float32Type>();
            Arc::new(values.unary::<_, Float32Type>(|v| if v.is_nan() { f32::NAN } else { v + 0.0 }))
        }
        DataType::Float64 => {
            let values = column.as_primitive::<Float64Type>();
            Arc::new(values.unary::<_, Float64Type>(|v| if v.is_nan() { f64::NAN } else { v + 0.0 }))
        }
        _ => column,
    })
}
