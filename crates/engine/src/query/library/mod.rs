//! PostgreSQL's functions over values that DataFusion lacks, or has with other values or types. Those that know of the session are
//! in `functions`, those that know of the catalog in `system::pg_catalog`.
//!
//! ```text
//!   name ──▶ Entry: its forms ──▶ the one whose types the arguments are nearest to ──▶ a column of results from columns of arguments
//! ```

mod arrays;
mod bytes;
mod call;
mod date_parts;
mod entry;
mod json_values;
mod number_patterns;
mod numbers;
mod parts;
mod patterns;
mod server;
mod sleep;
mod spans;
mod texts;
mod time_patterns;
mod times_read;
mod times_shown;
mod zones;

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::view::Fields;
use call::Call;
use entry::{Entry, Form};
pub(super) use server::started;
pub(super) use sleep::waiting;

/// The lists of functions, by topic.
const LISTS: [&[Entry]; 11] = [
    arrays::FUNCTIONS,
    bytes::FUNCTIONS,
    date_parts::FUNCTIONS,
    json_values::FUNCTIONS,
    numbers::FUNCTIONS,
    parts::FUNCTIONS,
    patterns::FUNCTIONS,
    server::FUNCTIONS,
    spans::FUNCTIONS,
    texts::FUNCTIONS,
    zones::FUNCTIONS,
];

type ByName = HashMap<&'static str, Arc<ScalarUDF>>;

static TYPED: LazyLock<ByName> = LazyLock::new(|| made(Fields::Typed));
static BARE: LazyLock<ByName> = LazyLock::new(|| made(Fields::Bare));

fn made(fields: Fields) -> ByName {
    let function = |entry: &'static Entry| {
        let signature = Signature::user_defined(entry.volatility);
        let function = LibraryFunction { entry, signature, is_typed: fields == Fields::Typed };
        (entry.name, Arc::new(ScalarUDF::new_from_impl(function)))
    };
    LISTS.iter().flat_map(|list| list.iter()).map(function).collect()
}

/// The function of that name.
pub(super) fn named(name: &str, fields: Fields) -> Option<Arc<ScalarUDF>> {
    let by_name = if fields == Fields::Typed { &TYPED } else { &BARE };
    by_name.get(name).cloned()
}

/// One of the functions.
struct LibraryFunction {
    entry: &'static Entry,
    signature: Signature,
    /// Whether its result says of what type it is, where Arrow's does not tell.
    is_typed: bool,
}

impl std::fmt::Debug for LibraryFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LibraryFunction").field("name", &self.entry.name).finish_non_exhaustive()
    }
}

impl PartialEq for LibraryFunction {
    fn eq(&self, other: &Self) -> bool {
        self.entry.name == other.entry.name && self.is_typed == other.is_typed
    }
}

impl Eq for LibraryFunction {}

impl Hash for LibraryFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.entry.name.hash(state);
    }
}

impl LibraryFunction {
    fn form(&self, types: &[DataType]) -> Result<&'static Form> {
        self.entry.form(types).map_err(|error| DataFusionError::External(Box::new(error)))
    }

    fn field(&self, form: &Form, arguments: &[FieldRef], constants: &[Option<&ScalarValue>]) -> Result<Field> {
        let field = (form.returns)(arguments, constants).map_err(|error| DataFusionError::External(Box::new(error)))?;
        let field = field.with_name(self.entry.name).with_nullable(true);
        Ok(if self.is_typed { field } else { field.with_metadata(HashMap::new()) })
    }
}

impl ScalarUDFImpl for LibraryFunction {
    fn name(&self) -> &str {
        self.entry.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let form = self.form(types)?;
        Ok(types.iter().enumerate().map(|(at, given)| form.takes(at).wanted(given)).collect())
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let arguments = types.iter().map(|known| Arc::new(Field::new("", known.clone(), true)));
        let arguments: Vec<FieldRef> = arguments.collect();
        let constants = vec![None; arguments.len()];
        Ok(self.field(self.form(types)?, &arguments, &constants)?.data_type().clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        Ok(Arc::new(self.field(self.form(&types)?, args.arg_fields, args.scalar_arguments)?))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_constant = self.entry.volatility != Volatility::Volatile
            && args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if is_constant { 1 } else { args.number_rows };
        let arrays = args.args.iter().map(|arg| arg.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let types: Vec<DataType> = arrays.iter().map(|array| array.data_type().clone()).collect();
        let form = self.form(&types)?;
        let call = Call { arrays, fields: &args.arg_fields, returns: &args.return_field, rows };
        let results = (form.call)(&call).map_err(|error| DataFusionError::External(Box::new(error)))?;
        Ok(match is_constant {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&results, 0)?),
            false => ColumnarValue::Array(results),
        })
    }
}
