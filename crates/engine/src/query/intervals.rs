//! `make_interval`: a length of time from its parts.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, IntervalMonthDayNanoBuilder};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int32Type, IntervalMonthDayNano, IntervalUnit};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::error::Error;

/// The function of that name.
pub(super) fn named(name: &str) -> Option<Arc<ScalarUDF>> {
    let mut types = vec![DataType::Int32; 6];
    types.push(DataType::Float64);
    let signature = Signature::exact(types, Volatility::Immutable);
    (name == NAME).then(|| Arc::new(ScalarUDF::new_from_impl(MakeInterval { signature })))
}

/// What `make_interval` is called once each argument is in its place: years, months, weeks, days, hours, minutes, seconds.
const NAME: &str = "__make_interval";

#[derive(Debug, PartialEq, Eq, Hash)]
struct MakeInterval {
    signature: Signature,
}

impl ScalarUDFImpl for MakeInterval {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Interval(IntervalUnit::MonthDayNano))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = args.args.iter().map(|arg| arg.to_array(args.number_rows)).collect::<Result<Vec<_>>>()?;
        let mut made = IntervalMonthDayNanoBuilder::new();
        for row in 0..args.number_rows {
            if arrays.iter().any(|array| array.is_null(row)) {
                made.append_null();
                continue;
            }
            let whole = |at: usize| i64::from(arrays[at].as_primitive::<Int32Type>().value(row));
            let seconds = arrays[6].as_primitive::<Float64Type>().value(row);
            let interval = interval([whole(0), whole(1), whole(2), whole(3), whole(4), whole(5)], seconds);
            let out_of_range = || DataFusionError::External(Box::new(Error::new("22008", "interval out of range")));
            made.append_value(interval.ok_or_else(out_of_range)?);
        }
        Ok(ColumnarValue::Array(Arc::new(made.finish())))
    }
}

/// `None` if it is out of range.
fn interval([years, months, weeks, days, hours, minutes]: [i64; 6], seconds: f64) -> Option<IntervalMonthDayNano> {
    let months = i32::try_from(years * 12 + months).ok()?;
    let days = i32::try_from(weeks * 7 + days).ok()?;
    let microseconds = (seconds * 1e6).round();
    if microseconds.abs() >= i64::MAX as f64 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    let nanoseconds = seconds.checked_mul(1_000_000)?.checked_add(microseconds as i64)?.checked_mul(1000)?;
    Some(IntervalMonthDayNano::new(months, days, nanoseconds))
}
