//! `pg_sleep`: waits, for as long as nobody cancels the statement.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::StringArray;
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::entry::told;
use crate::cancel::CancelHandle;
use crate::runtime::may_block;

/// How long it takes at most to notice that the statement was cancelled.
const NAP: Duration = Duration::from_millis(5);

/// The function of that name, for statements that `cancel` ends.
pub(in crate::query) fn waiting(name: &str, cancel: &CancelHandle) -> Option<Arc<ScalarUDF>> {
    let signature = Signature::exact(vec![DataType::Float64], Volatility::Volatile);
    (name == NAME).then(|| Arc::new(ScalarUDF::new_from_impl(Sleep { signature, cancel: cancel.clone() })))
}

const NAME: &str = "pg_sleep";

#[derive(Debug)]
struct Sleep {
    signature: Signature,
    cancel: CancelHandle,
}

impl PartialEq for Sleep {
    fn eq(&self, other: &Self) -> bool {
        self.signature == other.signature
    }
}

impl Eq for Sleep {}

impl Hash for Sleep {
    fn hash<H: Hasher>(&self, state: &mut H) {
        NAME.hash(state);
    }
}

impl ScalarUDFImpl for Sleep {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        let field: Field = told(DataType::Utf8, "void").with_name(NAME);
        Ok(Arc::new(field))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let seconds = args.args[0].to_array(args.number_rows)?;
        let seconds = seconds.as_primitive::<Float64Type>();
        // Each row waits by itself, one after the other.
        let mut ended = Vec::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            let wanted = Duration::try_from_secs_f64(seconds.value(row)).unwrap_or_default();
            if seconds.is_null(row) {
                ended.push(None);
                continue;
            }
            may_block(|| self.wait(wanted)).map_err(|error| DataFusionError::External(Box::new(error)))?;
            ended.push(Some(""));
        }
        Ok(ColumnarValue::Array(Arc::new(StringArray::from(ended))))
    }
}

impl Sleep {
    /// Errors: 57014 and its kin, when the statement is cancelled.
    fn wait(&self, wanted: Duration) -> Result<(), crate::error::Error> {
        let begun = Instant::now();
        loop {
            self.cancel.check()?;
            let left = wanted.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(NAP));
        }
    }
}
