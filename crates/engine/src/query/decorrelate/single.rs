//! The aggregate that a scalar subquery is: its one value, NULL of no rows, an error of more.

use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility};

use crate::error::Error;

/// The one value of an expression.
pub(super) fn single(expr: Expr) -> Expr {
    static SINGLE: OnceLock<Arc<AggregateUDF>> = OnceLock::new();
    let function = SINGLE.get_or_init(|| {
        let signature = Signature::any(1, Volatility::Immutable);
        Arc::new(AggregateUDF::new_from_impl(Single { signature }))
    });
    function.call(vec![expr])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Single {
    signature: Signature,
}

impl AggregateUDFImpl for Single {
    fn name(&self) -> &str {
        "__single"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        Ok(Arc::new(fields[0].as_ref().clone().with_name(self.name()).with_nullable(true)))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneValue { value: ScalarValue::try_from(args.return_field.data_type())?, count: 0 }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let value = Field::new("value", args.return_field.data_type().clone(), true);
        Ok(vec![Arc::new(value), Arc::new(Field::new("count", DataType::Int64, true))])
    }
}

#[derive(Debug)]
struct OneValue {
    value: ScalarValue,
    count: i64,
}

impl OneValue {
    fn add(&mut self, values: &ArrayRef, row: usize, count: i64) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        self.count += count;
        if self.count > 1 {
            let error = Error::new("21000", "more than one row returned by a subquery used as an expression")
                .with_hint("Add a condition that makes it one row, an aggregate, or LIMIT 1.");
            return Err(DataFusionError::External(Box::new(error)));
        }
        self.value = ScalarValue::try_from_array(values, row)?;
        Ok(())
    }
}

impl Accumulator for OneValue {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        // At most two rows are looked at: the second is an error.
        (0..values[0].len()).try_for_each(|row| self.add(&values[0], row, 1))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.value.clone())
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.value.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.value.clone(), ScalarValue::from(self.count)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let counts: &Int64Array = states[1].as_primitive::<Int64Type>();
        (0..counts.len()).try_for_each(|row| self.add(&states[0], row, counts.value(row)))
    }
}
