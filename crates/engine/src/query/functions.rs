//! Functions of PostgreSQL that DataFusion lacks: sequences, the clock of the transaction, and who and where one is.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bowline_core::catalog::{Catalog, SequenceId};
use bowline_store::SequenceState;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use parking_lot::Mutex;

use super::advisory_functions;
use super::view::ViewColumns;
use crate::advisory::SessionLocks;
use crate::display::TYPE_KEY;
use crate::error::Error;
use crate::identifier::parts;
use crate::settings::{Holds, SessionSettings, unknown};

/// A sequence's name as a text writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SequenceName {
    /// None is looked for in the schemas that are searched.
    pub schema: Option<String>,
    pub name: String,
}

/// The sequences of a session, by name.
pub(crate) trait SequenceAccess: Send + Sync + fmt::Debug {
    /// `nextval`. Errors: 42P01, 2200H at its end.
    fn next(&self, name: &SequenceName) -> std::result::Result<i64, Error>;
    /// `currval`. Errors: 42P01, 55000 before the first `nextval` of the session.
    fn current(&self, name: &SequenceName) -> std::result::Result<i64, Error>;
    /// `lastval`. Errors: 55000 before the first `nextval` of the session.
    fn last(&self) -> std::result::Result<i64, Error>;
    /// Where the sequences stand that were moved, as the transaction sees them.
    fn standings(&self) -> BTreeMap<SequenceId, SequenceState>;
    /// `setval`: `called` tells whether `value` counts as given. Errors: 42P01, 22003 out of bounds.
    fn set(&self, name: &SequenceName, value: i64, called: bool) -> std::result::Result<(), Error>;
    /// `current_schema`: where sequences and all else are made that name no schema; `None` if the search path has none.
    fn creation_schema(&self) -> Option<String>;
}

/// The functions of one session, by name.
pub(super) struct Functions {
    by_name: HashMap<&'static str, Arc<ScalarUDF>>,
    clock: Arc<Clock>,
    sequences: Arc<dyn SequenceAccess>,
    settings: Arc<SessionSettings>,
    view_columns: KeptColumns,
}

/// The columns of the views of the catalog they were last asked for.
#[derive(Debug, Default)]
pub(super) struct KeptColumns(Mutex<Option<(Arc<Catalog>, Arc<ViewColumns>)>>);

impl KeptColumns {
    /// What is known of that very catalog.
    pub fn kept(&self, catalog: &Arc<Catalog>) -> Option<Arc<ViewColumns>> {
        let kept = self.0.lock();
        kept.as_ref().filter(|(known, _)| Arc::ptr_eq(known, catalog)).map(|(_, columns)| columns.clone())
    }

    pub fn keep(&self, catalog: &Arc<Catalog>, columns: &Arc<ViewColumns>) {
        *self.0.lock() = Some((catalog.clone(), columns.clone()));
    }
}

/// The time `now()` gives.
#[derive(Debug)]
pub(super) struct Clock(AtomicI64);

/// Stands for "no time set: read the system's clock".
const UNSET: i64 = i64::MIN;

impl Clock {
    pub fn set(&self, microseconds: Option<i64>) {
        self.0.store(microseconds.unwrap_or(UNSET), Ordering::Relaxed);
    }

    fn now(&self) -> i64 {
        match self.0.load(Ordering::Relaxed) {
            UNSET => system_time(),
            set => set,
        }
    }
}

fn system_time() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

impl Functions {
    pub fn new(
        sequences: Arc<dyn SequenceAccess>,
        settings: Arc<SessionSettings>,
        locks: &Arc<SessionLocks>,
    ) -> Functions {
        super::library::started();
        let clock = Arc::new(Clock(AtomicI64::new(UNSET)));
        let session = SessionPart { sequences: sequences.clone(), settings: settings.clone(), clock: clock.clone() };
        let session = Arc::new(session);
        let entries = Kind::ALL.iter().flat_map(|kind| {
            let function = Arc::new(ScalarUDF::new_from_impl(SessionFunction::new(*kind, session.clone())));
            kind.names().iter().map(move |name| (*name, function.clone()))
        });
        let by_name = entries.chain(advisory_functions::functions(locks)).collect();
        Functions { by_name, clock, sequences, settings, view_columns: KeptColumns::default() }
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn standings(&self) -> BTreeMap<SequenceId, SequenceState> {
        self.sequences.standings()
    }

    /// The settings of the session, as they are at any time.
    pub fn settings(&self) -> Arc<SessionSettings> {
        self.settings.clone()
    }

    pub fn view_columns(&self) -> &KeptColumns {
        &self.view_columns
    }

    pub fn named(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        self.by_name.get(name).cloned()
    }
}

/// Whether a function gives the time of the transaction.
pub(super) fn tells_time(function: &ScalarUDF) -> bool {
    function.inner().downcast_ref::<SessionFunction>().is_some_and(|function| function.kind == Kind::Now)
}

/// Whether what a function gives follows from its arguments, the catalog and the settings of the session.
pub(super) fn tells_of_session(function: &ScalarUDF) -> bool {
    function.inner().downcast_ref::<SessionFunction>().is_some_and(|function| match function.kind {
        Kind::Database | Kind::Schema | Kind::User | Kind::Version | Kind::TypeOf | Kind::Setting => true,
        Kind::NextVal | Kind::CurrVal | Kind::LastVal | Kind::SetVal | Kind::SetConfig => false,
        Kind::Now | Kind::ClockTimestamp | Kind::RandomUuid => false,
    })
}

#[derive(Debug)]
struct SessionPart {
    sequences: Arc<dyn SequenceAccess>,
    settings: Arc<SessionSettings>,
    clock: Arc<Clock>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    NextVal,
    CurrVal,
    LastVal,
    SetVal,
    Now,
    ClockTimestamp,
    RandomUuid,
    Database,
    Schema,
    User,
    Version,
    TypeOf,
    Setting,
    SetConfig,
}

impl Kind {
    const ALL: [Kind; 14] = [
        Kind::NextVal,
        Kind::CurrVal,
        Kind::LastVal,
        Kind::SetVal,
        Kind::Now,
        Kind::ClockTimestamp,
        Kind::RandomUuid,
        Kind::Database,
        Kind::Schema,
        Kind::User,
        Kind::Version,
        Kind::TypeOf,
        Kind::Setting,
        Kind::SetConfig,
    ];

    fn names(self) -> &'static [&'static str] {
        match self {
            Kind::NextVal => &["nextval"],
            Kind::CurrVal => &["currval"],
            Kind::LastVal => &["lastval"],
            Kind::SetVal => &["setval"],
            Kind::Now => &["now", "transaction_timestamp", "statement_timestamp"],
            Kind::ClockTimestamp => &["clock_timestamp"],
            Kind::RandomUuid => &["gen_random_uuid", "uuidv4", "uuid_generate_v4"],
            Kind::Database => &["current_database", "current_catalog"],
            Kind::Schema => &["current_schema"],
            Kind::User => &["current_user", "session_user", "current_role"],
            Kind::Version => &["version"],
            Kind::TypeOf => &["pg_typeof"],
            Kind::Setting => &["current_setting"],
            Kind::SetConfig => &["set_config"],
        }
    }

    fn signature(self) -> Signature {
        let volatility = match self {
            Kind::NextVal | Kind::CurrVal | Kind::LastVal | Kind::SetVal => Volatility::Volatile,
            Kind::ClockTimestamp | Kind::RandomUuid | Kind::SetConfig => Volatility::Volatile,
            _ => Volatility::Stable,
        };
        match self {
            Kind::NextVal | Kind::CurrVal => Signature::exact(vec![DataType::Utf8], volatility),
            Kind::SetVal => Signature::one_of(
                vec![
                    TypeSignature::Exact(vec![DataType::Utf8, DataType::Int64]),
                    TypeSignature::Exact(vec![DataType::Utf8, DataType::Int64, DataType::Boolean]),
                ],
                volatility,
            ),
            Kind::TypeOf => Signature::any(1, volatility),
            Kind::Setting => Signature::one_of(
                vec![
                    TypeSignature::Exact(vec![DataType::Utf8]),
                    TypeSignature::Exact(vec![DataType::Utf8, DataType::Boolean]),
                ],
                volatility,
            ),
            Kind::SetConfig => Signature::exact(vec![DataType::Utf8, DataType::Utf8, DataType::Boolean], volatility),
            _ => Signature::nullary(volatility),
        }
    }

    fn returns(self) -> DataType {
        match self {
            Kind::NextVal | Kind::CurrVal | Kind::LastVal | Kind::SetVal => DataType::Int64,
            Kind::Now | Kind::ClockTimestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            _ => DataType::Utf8,
        }
    }
}

/// One of the functions. Equal to another of the same kind and session.
#[derive(Debug)]
struct SessionFunction {
    kind: Kind,
    signature: Signature,
    session: Arc<SessionPart>,
}

impl SessionFunction {
    fn new(kind: Kind, session: Arc<SessionPart>) -> SessionFunction {
        SessionFunction { kind, signature: kind.signature(), session }
    }

    fn timestamp(microseconds: i64) -> ColumnarValue {
        ColumnarValue::Scalar(ScalarValue::TimestampMicrosecond(Some(microseconds), Some("UTC".into())))
    }
}

impl PartialEq for SessionFunction {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && Arc::ptr_eq(&self.session, &other.session)
    }
}

impl Eq for SessionFunction {}

impl Hash for SessionFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
    }
}

impl ScalarUDFImpl for SessionFunction {
    fn name(&self) -> &str {
        self.kind.names()[0]
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.kind.returns())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let text = |text: &str| Ok(ColumnarValue::Scalar(ScalarValue::from(text)));
        match self.kind {
            Kind::Now => Ok(Self::timestamp(self.session.clock.now())),
            Kind::ClockTimestamp => Ok(Self::timestamp(system_time())),
            Kind::RandomUuid => {
                let ids = (0..args.number_rows).map(|_| Some(uuid::Uuid::new_v4().to_string()));
                Ok(ColumnarValue::Array(Arc::new(StringArray::from_iter(ids))))
            }
            Kind::Database => text(&self.session.settings.database()),
            Kind::Schema => Ok(ColumnarValue::Scalar(ScalarValue::Utf8(self.session.sequences.creation_schema()))),
            Kind::User => text(&self.session.settings.user()),
            Kind::Version => text(concat!("PostgreSQL 18.0 (bowline ", env!("CARGO_PKG_VERSION"), ")")),
            Kind::TypeOf => {
                let mut field = args.arg_fields[0].as_ref();
                let mut brackets = "";
                if let DataType::List(item) | DataType::FixedSizeList(item, _) = field.data_type()
                    && field.metadata().get(TYPE_KEY).is_none()
                {
                    (field, brackets) = (item.as_ref(), "[]");
                }
                let text = |name: &str| text(&format!("{name}{brackets}"));
                match field.metadata().get(TYPE_KEY) {
                    Some(name) => text(name),
                    None if field.data_type().is_decimal() => text("numeric"),
                    None => text(&super::errors::type_words(&field.data_type().to_string())),
                }
            }
            Kind::Setting | Kind::SetConfig => {
                let values = self.setting_values(&args);
                Ok(ColumnarValue::Array(values.map_err(|error| DataFusionError::External(Box::new(error)))?))
            }
            Kind::NextVal | Kind::CurrVal | Kind::LastVal | Kind::SetVal => {
                let values = self.sequence_values(&args);
                Ok(ColumnarValue::Array(values.map_err(|error| DataFusionError::External(Box::new(error)))?))
            }
        }
    }
}

impl SessionFunction {
    /// Row by row: a call of `set_config` changes what the next one finds.
    fn setting_values(&self, args: &ScalarFunctionArgs) -> std::result::Result<ArrayRef, Error> {
        let arrays = args.args.iter().map(|arg| arg.to_array(args.number_rows)).collect::<Result<Vec<_>>>();
        let arrays = arrays.map_err(super::error)?;
        let settings = &self.session.settings;
        let text_at = |at: usize, row: usize| {
            let array: &StringArray = arrays[at].as_string();
            (!array.is_null(row)).then(|| array.value(row))
        };
        let flag_at = |at: usize, row: usize| {
            let array: Option<&BooleanArray> = arrays.get(at).map(|array| array.as_boolean());
            array.is_some_and(|array| !array.is_null(row) && array.value(row))
        };
        let mut values = Vec::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            let name = text_at(0, row);
            values.push(match (self.kind, name) {
                (Kind::Setting, None) => None,
                (Kind::Setting, Some(name)) => match settings.get(name) {
                    None if !flag_at(1, row) => return Err(unknown(name)),
                    found => found,
                },
                (_, None) => {
                    return Err(Error::new("22004", "SET requires parameter name"));
                }
                (_, Some(name)) => {
                    let holds = if flag_at(2, row) { Holds::Transaction } else { Holds::Session };
                    match text_at(1, row) {
                        Some(value) => settings.set(name, value, holds)?,
                        None => settings.reset(name)?,
                    }
                    settings.get(name)
                }
            });
        }
        Ok(Arc::new(StringArray::from(values)))
    }

    /// Row by row, for each call of a sequence function moves or reads what is not part of the snapshot.
    fn sequence_values(&self, args: &ScalarFunctionArgs) -> std::result::Result<ArrayRef, Error> {
        let arrays = args.args.iter().map(|arg| arg.to_array(args.number_rows)).collect::<Result<Vec<_>>>();
        let arrays = arrays.map_err(super::error)?;
        let sequences = &self.session.sequences;
        let mut values = Vec::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            if arrays.iter().any(|array| array.is_null(row)) {
                values.push(None);
                continue;
            }
            let name = || sequence_name(arrays[0].as_string::<i32>().value(row));
            values.push(Some(match self.kind {
                Kind::NextVal => sequences.next(&name()?)?,
                Kind::CurrVal => sequences.current(&name()?)?,
                Kind::LastVal => sequences.last()?,
                _ => {
                    let value = arrays[1].as_primitive::<Int64Type>().value(row);
                    let called = arrays.get(2).is_none_or(|array| {
                        let flags: &BooleanArray = array.as_boolean();
                        flags.value(row)
                    });
                    sequences.set(&name()?, value, called)?;
                    value
                }
            }));
        }
        Ok(Arc::new(Int64Array::from(values)))
    }
}

/// `seq`, `schema.seq` or `"Quoted"`, as a text that names a sequence. Errors: 42602.
fn sequence_name(text: &str) -> std::result::Result<SequenceName, Error> {
    match parts(text).unwrap_or_default().as_slice() {
        [name] => Ok(SequenceName { schema: None, name: name.clone() }),
        [schema, name] => Ok(SequenceName { schema: Some(schema.clone()), name: name.clone() }),
        _ => Err(Error::new("42602", format!("invalid name syntax: \"{text}\""))
            .with_hint("Name the sequence as 'name' or 'schema.name'.")),
    }
}
