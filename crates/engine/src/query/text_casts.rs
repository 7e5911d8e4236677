//! Casts from text, and of bytea and quotients to text, as PostgreSQL's input and output functions do them: `'\\x00ff'::bytea` is two bytes,
//! `'xyz'::uuid` an error.

use std::sync::Arc;

use bowline_core::catalog::SqlType;
use datafusion::arrow::array::{ArrayRef, AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{DataFusionError, ExprSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    Cast, ColumnarValue, Expr, ExprSchemable, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::literal;
use crate::display::{self, TYPE_KEY};

/// Whether a cast is one of these.
pub(super) fn applies(cast: &Cast, schema: &dyn ExprSchema) -> bool {
    direction(cast, schema).is_some()
}

/// What to compute instead of a cast that [`applies`].
pub(super) fn instead_of(cast: Cast, schema: &dyn ExprSchema) -> Result<Expr> {
    let Some(direction) = direction(&cast, schema) else { return Ok(Expr::Cast(cast)) };
    let function = TextCast { direction, signature: Signature::any(1, Volatility::Immutable) };
    let call = ScalarFunction::new_udf(Arc::new(ScalarUDF::new_from_impl(function)), vec![*cast.expr]);
    // The field has what else is known of the type.
    Ok(Expr::Cast(Cast { expr: Box::new(Expr::ScalarFunction(call)), field: cast.field }))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Direction {
    Read(SqlType),
    Show,
}

fn direction(cast: &Cast, schema: &dyn ExprSchema) -> Option<Direction> {
    let (_, from) = cast.expr.to_field(schema).ok()?;
    let to_text = cast.field.data_type().is_string();
    match from.data_type() {
        DataType::Binary | DataType::Decimal256(..) if to_text => Some(Direction::Show),
        text if text.is_string() && !(to_text && name(&from) == name(&cast.field)) => {
            read_as(&cast.field).map(Direction::Read)
        }
        _ => None,
    }
}

fn name(field: &Field) -> &str {
    field.metadata().get(TYPE_KEY).map_or("", String::as_str)
}

/// The type a text is read as; `None` for text itself, and for types that are read elsewhere.
fn read_as(field: &Field) -> Option<SqlType> {
    let name = name(field);
    // A name of an object, which is looked up.
    let is_object = name.starts_with("reg") || matches!(name, "oid" | "xid" | "cid" | "xid8");
    Some(match field.data_type() {
        DataType::Boolean => SqlType::Boolean,
        DataType::Int16 => SqlType::SmallInt,
        DataType::Int32 if !is_object => SqlType::Integer,
        DataType::Int64 if !is_object => SqlType::BigInt,
        DataType::Float32 => SqlType::Real,
        DataType::Float64 => SqlType::Double,
        DataType::Decimal128(precision, scale) => SqlType::Numeric(Some((*precision, *scale))),
        DataType::Binary => SqlType::Bytea,
        DataType::Date32 => SqlType::Date,
        // A comparison asks for nanoseconds; the cast around this one makes them.
        DataType::Time64(_) => SqlType::Time,
        DataType::Timestamp(_, None) => SqlType::Timestamp,
        DataType::Timestamp(_, Some(_)) => SqlType::TimestampTz,
        DataType::Interval(_) => SqlType::Interval,
        DataType::Utf8 => match name {
            "uuid" => SqlType::Uuid,
            "json" => SqlType::Json,
            "jsonb" => SqlType::Jsonb,
            _ => return None,
        },
        _ => return None,
    })
}

/// The function that does it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct TextCast {
    direction: Direction,
    signature: Signature,
}

impl TextCast {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        match self.direction {
            Direction::Read(sql_type) => {
                let texts = cast(values, &DataType::Utf8)?;
                let read = literal::parse(texts.as_string::<i32>(), sql_type);
                read.map_err(|error| DataFusionError::External(Box::new(error)))
            }
            Direction::Show => {
                let texts = (0..values.len()).map(|row| display::text(values, row));
                Ok(Arc::new(texts.collect::<StringArray>()))
            }
        }
    }
}

impl ScalarUDFImpl for TextCast {
    fn name(&self) -> &str {
        match self.direction {
            Direction::Read(_) => "read_text",
            Direction::Show => "show_text",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.direction {
            Direction::Read(sql_type) => sql_type.arrow(),
            Direction::Show => DataType::Utf8,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match &args.args[0] {
            ColumnarValue::Array(values) => self.run(values).map(ColumnarValue::Array),
            ColumnarValue::Scalar(value) => {
                let read = self.run(&value.to_array()?)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&read, 0)?))
            }
        }
    }
}
