//! Casts to NUMERIC without a scale, which leave a numeric the digits that it has.
//!
//! ```text
//!   CAST(x AS numeric)    of a numeric                    ─▶  x
//!                         of an integer, a float, a text  ─▶  a numeric of 38 digits, 10 of them after the point
//! ```
//!
//! What `x` is, is known when the expression is planned: the rewriting of the text leaves a function for it. Literals in quotes and
//! parameters stay casts, which tell what type they are of.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use bowline_core::catalog::SqlType;
use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::errors::type_words;
use super::view::Fields;
use super::{assignment, literal};
use crate::display::TYPE_KEY;
use crate::error::Error;

/// What stands for the cast.
pub(super) const NAME: &str = "__numeric";

static TYPED: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| NumericCast::of(Fields::Typed));
static BARE: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| NumericCast::of(Fields::Bare));

/// The function of that name.
pub(super) fn named(name: &str, fields: Fields) -> Option<Arc<ScalarUDF>> {
    let function = if fields == Fields::Typed { &TYPED } else { &BARE };
    (name == NAME).then(|| Arc::clone(function))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NumericCast {
    /// Whether what is no numeric is told to be one without a declared scale.
    tells: bool,
    signature: Signature,
}

impl NumericCast {
    fn of(fields: Fields) -> Arc<ScalarUDF> {
        let signature = Signature::any(1, Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(NumericCast { tells: fields == Fields::Typed, signature }))
    }
}

impl ScalarUDFImpl for NumericCast {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match &types[0] {
            numeric if numeric.is_decimal() => Ok(numeric.clone()),
            other if other.is_numeric() || other.is_string() || other.is_null() => Ok(SqlType::Numeric(None).arrow()),
            other => {
                let message = format!("cannot cast type {} to numeric", type_words(&other.to_string()));
                Err(DataFusionError::External(Box::new(Error::new("42846", message))))
            }
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let given = &args.arg_fields[0];
        let field = Field::new(NAME, self.return_type(&[given.data_type().clone()])?, true);
        let told = |name: &str| HashMap::from([(TYPE_KEY.to_owned(), name.to_owned())]);
        Ok(Arc::new(match given.data_type().is_decimal() {
            true => field.with_metadata(given.metadata().clone()),
            false if self.tells => field.with_metadata(told("numeric")),
            false => field,
        }))
    }

    fn simplify(&self, mut args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        match info.get_data_type(&args[0])?.is_decimal() {
            true => Ok(ExprSimplifyResult::Simplified(args.swap_remove(0))),
            false => Ok(ExprSimplifyResult::Original(args)),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let run = |values: &ArrayRef| run(values).map_err(|error| DataFusionError::External(Box::new(error)));
        match &args.args[0] {
            ColumnarValue::Array(values) => run(values).map(ColumnarValue::Array),
            ColumnarValue::Scalar(value) => {
                let cast = run(&value.to_array()?)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&cast, 0)?))
            }
        }
    }
}

/// Errors: 22P02 for a text that is no number, 22003 for one with too many digits.
fn run(values: &ArrayRef) -> Result<ArrayRef, Error> {
    let numeric = SqlType::Numeric(None);
    match values.data_type() {
        data_type if data_type.is_decimal() => Ok(values.clone()),
        data_type if data_type.is_string() => {
            literal::parse(cast(values, &DataType::Utf8)?.as_string::<i32>(), numeric)
        }
        _ => assignment::numerics(values, &numeric.arrow()),
    }
}
