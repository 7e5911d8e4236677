//! The functions of pg_catalog: each a Rust function from arguments to a result, called once a row.
//!
//! They look things up in [`Objects`], which are in memory; none asks the rows of a table.

mod arrays;
mod definitions;
mod entry;
mod format;
mod lookups;
mod names;
mod server;
mod texts;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use parking_lot::RwLock;

use super::cell::{self, Cell};
use super::objects::Objects;
use crate::query::view::Fields;
use entry::Entry;
use format::Format;

/// The lists of functions, by topic.
const LISTS: [&[Entry]; 5] =
    [definitions::FUNCTIONS, lookups::FUNCTIONS, names::FUNCTIONS, server::FUNCTIONS, texts::FUNCTIONS];

/// Those that tell of rows and of where sequences stand.
const ROW_READERS: [&str; 6] = [
    "pg_relation_size",
    "pg_table_size",
    "pg_total_relation_size",
    "pg_database_size",
    "pg_tablespace_size",
    "pg_sequence_last_value",
];

/// The function of that name. `objects` are asked for only if there is one.
pub(in crate::query) fn named(
    name: &str,
    fields: Fields,
    objects: impl FnOnce() -> Arc<Objects>,
) -> Option<Arc<ScalarUDF>> {
    if let Some(function) = arrays::named(name, fields).or_else(|| format::named(name)) {
        return Some(function);
    }
    let entry = LISTS.iter().flat_map(|list| list.iter()).find(|entry| entry.name == name)?;
    let counts = entry.counts.clone().map(|count| match count {
        0 => TypeSignature::Nullary,
        count => TypeSignature::Any(count),
    });
    // What only writes its arguments otherwise may stand in a generated column too.
    let immutable = texts::FUNCTIONS.iter().any(|known| known.name == entry.name);
    let volatility = if immutable { Volatility::Immutable } else { Volatility::Stable };
    let signature = Signature::one_of(counts.collect(), volatility);
    let objects = Seen::Fixed(objects());
    Some(Arc::new(ScalarUDF::new_from_impl(CatalogFunction { entry, signature, fields, objects })))
}

/// The name of the function that shows values of an object identifier type (`regclass`, ...) as the names they stand for.
pub(in crate::query) fn shown(type_name: &str) -> Option<&'static str> {
    match type_name {
        "regclass" => Some("__show_regclass"),
        "regtype" => Some("__show_regtype"),
        "regnamespace" => Some("__show_regnamespace"),
        "regrole" => Some("__show_regrole"),
        _ => None,
    }
}

/// A function over one catalog.
struct CatalogFunction {
    entry: &'static Entry,
    signature: Signature,
    fields: Fields,
    objects: Seen,
}

/// What a function looks things up in.
enum Seen {
    Fixed(Arc<Objects>),
    Running(Arc<Running>),
}

impl fmt::Debug for CatalogFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatalogFunction").field("name", &self.entry.name).finish_non_exhaustive()
    }
}

impl PartialEq for CatalogFunction {
    fn eq(&self, other: &Self) -> bool {
        self.entry.name == other.entry.name && self.objects.is_same(&other.objects)
    }
}

impl Eq for CatalogFunction {}

impl Hash for CatalogFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.entry.name.hash(state);
    }
}

/// Whether it is a function over the catalog, or over nothing but its arguments.
pub(in crate::query) fn tells_of_catalog(function: &ScalarUDF) -> bool {
    function.inner().downcast_ref::<CatalogFunction>().is_some() || function.inner().downcast_ref::<Format>().is_some()
}

/// Functions in a plan that is kept: they see one catalog, and no rows but those of the execution that is running.
#[derive(Debug, Default)]
pub(in crate::query) struct Kept {
    catalog: OnceLock<Arc<Objects>>,
    running: OnceLock<Arc<Running>>,
}

/// What the execution that is running sees.
type Running = RwLock<Option<Arc<Objects>>>;

impl Kept {
    /// What stands for a function in such a plan, if it is one over a catalog.
    pub fn function(&self, function: &ScalarUDF) -> Option<Arc<ScalarUDF>> {
        let CatalogFunction { entry, signature, fields, objects: Seen::Fixed(objects) } =
            function.inner().downcast_ref()?
        else {
            return None;
        };
        let (volatility, objects) = match ROW_READERS.contains(&entry.name) {
            // Volatile, so that nothing computes it before its time.
            true => (Volatility::Volatile, Seen::Running(self.running.get_or_init(Arc::default).clone())),
            false => {
                let catalog = self.catalog.get_or_init(|| Arc::new(objects.without_rows()));
                (signature.volatility, Seen::Fixed(catalog.clone()))
            }
        };
        let signature = Signature { volatility, ..signature.clone() };
        let kept = CatalogFunction { entry, signature, fields: *fields, objects };
        Some(Arc::new(ScalarUDF::new_from_impl(kept)))
    }

    /// Whether one of them looks at rows.
    pub fn looks_at_rows(&self) -> bool {
        self.running.get().is_some()
    }

    /// An execution begins that sees these objects, or it ends.
    pub fn run_over(&self, objects: Option<Arc<Objects>>) {
        if let Some(running) = self.running.get() {
            *running.write() = objects;
        }
    }
}

impl Seen {
    fn objects(&self) -> Result<Arc<Objects>> {
        match self {
            Seen::Fixed(objects) => Ok(objects.clone()),
            Seen::Running(running) => match running.read().as_ref() {
                Some(objects) => Ok(objects.clone()),
                None => exec_err!("no execution of the plan is running"),
            },
        }
    }

    fn is_same(&self, other: &Seen) -> bool {
        match (self, other) {
            (Seen::Fixed(one), Seen::Fixed(other)) => Arc::ptr_eq(one, other),
            (Seen::Running(one), Seen::Running(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl CatalogFunction {
    fn field(&self) -> Field {
        let field = cell::field(self.entry.name, self.entry.returns);
        if self.fields == Fields::Bare { cell::bare(field) } else { field }
    }

    fn results(&self, args: &ScalarFunctionArgs, rows: usize) -> Result<ArrayRef> {
        let columns = args.args.iter().map(|arg| Ok(cell::cells(&arg.to_array(rows)?)?)).collect::<Result<Vec<_>>>()?;
        let objects = self.objects.objects()?;
        let mut results = Vec::with_capacity(rows);
        let mut arguments = Vec::with_capacity(columns.len());
        for row in 0..rows {
            arguments.clear();
            arguments.extend(columns.iter().map(|column| column[row].clone()));
            let result = match self.entry.strict && arguments.contains(&Cell::Null) {
                true => Ok(Cell::Null),
                false => (self.entry.call)(&objects, &arguments),
            };
            results.push(result.map_err(|error| DataFusionError::External(Box::new(error)))?);
        }
        Ok(cell::column(&self.field(), results.iter())?)
    }
}

impl ScalarUDFImpl for CatalogFunction {
    fn name(&self) -> &str {
        self.entry.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.field().data_type().clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(self.field()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let results = self.results(&args, if constant { 1 } else { args.number_rows })?;
        if constant {
            return Ok(ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&results, 0)?));
        }
        Ok(ColumnarValue::Array(results))
    }
}
