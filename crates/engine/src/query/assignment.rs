//! Assignment casts: a value of any type into a column, as INSERT and UPDATE make them.

use bowline_core::catalog::Column;
use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::Field;

use crate::error::Error;

/// Casts values for a column.
pub(crate) fn assign(array: &ArrayRef, _from: &Field, column: &Column) -> Result<ArrayRef, Error> {
    let to = column.sql_type.arrow();
    if *array.data_type() == to { Ok(array.clone()) } else { Ok(cast(array, &to)?) }
}
