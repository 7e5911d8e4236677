//! Functions whose values are checked before they are computed: texts that would be too long, logarithms there are none of.
//!
//! What is computed is DataFusion's; the words are PostgreSQL's, and so is the longest text: one gigabyte, however much memory there is.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, FieldRef, Float64Type, Int64Type};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

use crate::error::Error;

/// The longest text, in bytes, and the longest one in characters, each of which may have four bytes.
const BYTES_MAX: i64 = (1 << 30) - 1;
const CHARACTERS_MAX: i64 = BYTES_MAX / 4;

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Check {
    /// `repeat`: the length of a text, so many times.
    Repeated,
    /// `lpad` and `rpad`: the length itself.
    Padded,
    /// `chr`: a character that a text can have.
    Character,
    /// `ln`, `log` and the like.
    Logarithm,
}

/// The function as it is, or with its values checked.
pub(super) fn checked(function: &Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    let check = match function.name() {
        "repeat" => Check::Repeated,
        "lpad" | "rpad" => Check::Padded,
        "chr" => Check::Character,
        "ln" | "log" | "log2" | "log10" => Check::Logarithm,
        _ => return function.clone(),
    };
    Arc::new(ScalarUDF::new_from_impl(Checked { check, inner: function.clone() }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    check: Check,
    inner: Arc<ScalarUDF>,
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(types)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.check.run(&args).map_err(|error| match error {
            Fault::Value(error) => DataFusionError::External(Box::new(error)),
            Fault::Other(error) => error,
        })?;
        self.inner.invoke_with_args(args)
    }
}

/// Why nothing is computed.
enum Fault {
    Value(Error),
    Other(DataFusionError),
}

impl From<DataFusionError> for Fault {
    fn from(error: DataFusionError) -> Self {
        Fault::Other(error)
    }
}

impl Check {
    fn run(self, args: &ScalarFunctionArgs) -> std::result::Result<(), Fault> {
        let refused = |sqlstate: &str, message: &str| Err(Fault::Value(Error::new(sqlstate, message)));
        match self {
            Check::Repeated => {
                let [text, count, ..] = args.args.as_slice() else { return Ok(()) };
                let (texts, counts) = (values(text, &DataType::Utf8)?, values(count, &DataType::Int64)?);
                let (texts, counts) = (texts.as_string::<i32>(), counts.as_primitive::<Int64Type>());
                // One of them may be a constant, which stands for all rows.
                let at = |length: usize, row: usize| if length == 1 { 0 } else { row };
                let too_long = (0..texts.len().max(counts.len())).any(|row| {
                    let (text, count) = (at(texts.len(), row), at(counts.len(), row));
                    let is_known = texts.is_valid(text) && counts.is_valid(count);
                    is_known && counts.value(count).saturating_mul(i64::from(texts.value_length(text))) > BYTES_MAX
                });
                if too_long { refused("54000", "requested length too large") } else { Ok(()) }
            }
            Check::Padded => {
                let Some(length) = args.args.get(1) else { return Ok(()) };
                let lengths = values(length, &DataType::Int64)?;
                match lengths.as_primitive::<Int64Type>().iter().flatten().any(|length| length > CHARACTERS_MAX) {
                    true => refused("54000", "requested length too large"),
                    false => Ok(()),
                }
            }
            Check::Character => {
                let Some(number) = args.args.first() else { return Ok(()) };
                let numbers = values(number, &DataType::Int64)?;
                match numbers.as_primitive::<Int64Type>().iter().flatten().find(|number| *number <= 0) {
                    Some(0) => refused("54000", "null character not permitted"),
                    Some(_) => refused("22023", "character number must be positive"),
                    None => Ok(()),
                }
            }
            Check::Logarithm => {
                let Some(number) = args.args.last() else { return Ok(()) };
                let numbers = values(number, &DataType::Float64)?;
                match numbers.as_primitive::<Float64Type>().iter().flatten().find(|number| *number <= 0.0) {
                    Some(number) if number < 0.0 => refused("2201E", "cannot take logarithm of a negative number"),
                    Some(_) => refused("2201E", "cannot take logarithm of zero"),
                    None => Ok(()),
                }
            }
        }
    }
}

/// The values of an argument; one of a constant.
fn values(argument: &ColumnarValue, data_type: &DataType) -> Result<ArrayRef> {
    let array = match argument {
        ColumnarValue::Array(array) => array.clone(),
        ColumnarValue::Scalar(value) => value.to_array()?,
    };
    Ok(if array.data_type() == data_type { array } else { cast(&array, data_type)? })
}
