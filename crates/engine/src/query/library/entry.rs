//! An entry in the lists of functions: the forms that a name has, by the types that they take, and which of them a call means.
//!
//! Of the forms with as many arguments, a call means the one whose types its arguments are nearest to: the same type before a wider
//! one, a wider one before `double precision`, and a text only where nothing else is meant, for a literal in quotes is of any type.
//! Source: PostgreSQL documentation, Function Type Resolution.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, IntervalUnit, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Volatility;

use super::call::Call;
use crate::display::{TYPE_KEY, type_name};
use crate::error::Error;

/// Integers as numerics.
const INTEGER_DIGITS: u8 = 20;

/// What the results are, of arguments of these fields, some of them constants.
pub(super) type Returns = fn(&[FieldRef], &[Option<&ScalarValue>]) -> Result<Field, Error>;

/// A function.
pub(super) struct Entry {
    pub name: &'static str,
    pub volatility: Volatility,
    pub forms: &'static [Form],
}

/// What a function is for arguments of some types.
pub(super) struct Form {
    pub arguments: &'static [Kind],
    /// Whether the last argument may come any number of times, or not at all.
    pub is_variadic: bool,
    pub returns: Returns,
    pub call: fn(&Call) -> Result<ArrayRef, Error>,
}

/// A type of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int4,
    Int8,
    /// Of whatever precision and scale the argument is.
    Numeric,
    Float8,
    Text,
    Bytea,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    Interval,
    /// An array of whatever the argument holds.
    List,
    Any,
}

impl Entry {
    /// A function whose results follow from its arguments.
    pub const fn new(name: &'static str, forms: &'static [Form]) -> Entry {
        Entry { name, volatility: Volatility::Immutable, forms }
    }

    /// The form that a call with arguments of these types means. Errors: 42883.
    pub fn form(&self, types: &[DataType]) -> Result<&'static Form, Error> {
        let distance = |form: &&Form| form.distance(types);
        let near = self.forms.iter().filter(|form| distance(form).is_some()).min_by_key(distance);
        near.ok_or_else(|| {
            let named = |known: &DataType| match known {
                DataType::Null => "unknown".to_owned(),
                DataType::Decimal128(..) => "numeric".to_owned(),
                known => type_name(&Field::new("", known.clone(), true)),
            };
            let types: Vec<String> = types.iter().map(named).collect();
            let name = self.name.trim_start_matches('_');
            Error::new("42883", format!("function {name}({}) does not exist", types.join(", "))).with_hint(
                "No function matches the given name and argument types. You might need to add explicit type casts.",
            )
        })
    }
}

impl Form {
    pub const fn new(arguments: &'static [Kind], returns: Returns, call: fn(&Call) -> Result<ArrayRef, Error>) -> Form {
        Form { arguments, is_variadic: false, returns, call }
    }

    pub const fn variadic(
        arguments: &'static [Kind],
        returns: Returns,
        call: fn(&Call) -> Result<ArrayRef, Error>,
    ) -> Form {
        Form { arguments, is_variadic: true, returns, call }
    }

    /// What the argument at a place is taken for.
    pub fn takes(&self, at: usize) -> Kind {
        self.arguments.get(at).or(self.arguments.last()).copied().unwrap_or(Kind::Any)
    }

    fn distance(&self, types: &[DataType]) -> Option<u32> {
        let fits = match self.is_variadic {
            true => types.len() + 1 >= self.arguments.len(),
            false => types.len() == self.arguments.len(),
        };
        let mut distances = types.iter().enumerate().map(|(at, given)| self.takes(at).distance(given));
        if fits { distances.try_fold(0, |sum, distance| Some(sum + distance?)) } else { None }
    }
}

impl Kind {
    /// The type that an argument of a type is turned into.
    pub fn wanted(self, given: &DataType) -> DataType {
        match self {
            Kind::Int4 => DataType::Int32,
            Kind::Int8 => DataType::Int64,
            Kind::Numeric => match given {
                DataType::Decimal128(..) | DataType::Decimal256(..) => given.clone(),
                whole if whole.is_integer() => DataType::Decimal128(INTEGER_DIGITS, 0),
                _ => bowline_core::catalog::SqlType::Numeric(None).arrow(),
            },
            Kind::Float8 => DataType::Float64,
            Kind::Text => DataType::Utf8,
            Kind::Bytea => DataType::Binary,
            Kind::Date => DataType::Date32,
            Kind::Time => DataType::Time64(TimeUnit::Microsecond),
            Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Kind::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Interval => DataType::Interval(IntervalUnit::MonthDayNano),
            Kind::List => match given {
                DataType::FixedSizeList(item, _) | DataType::LargeList(item) => DataType::List(item.clone()),
                given => given.clone(),
            },
            Kind::Any => given.clone(),
        }
    }

    /// How far a type is from this one; `None` if it cannot stand for it.
    fn distance(self, given: &DataType) -> Option<u32> {
        const LITERAL: u32 = 20;
        if given.is_null() {
            return Some(0);
        }
        let whole = given.is_integer();
        let decimal = matches!(given, DataType::Decimal128(..) | DataType::Decimal256(..));
        let zoned = matches!(given, DataType::Timestamp(_, Some(_)));
        let unzoned = matches!(given, DataType::Timestamp(_, None));
        match self {
            Kind::Int4 if *given == DataType::Int32 => Some(0),
            // A literal is a bigint, whatever it is taken for.
            Kind::Int4 if *given == DataType::Int64 => Some(3),
            Kind::Int4 if whole => Some(1),
            Kind::Int8 if *given == DataType::Int64 => Some(0),
            Kind::Int8 if whole => Some(2),
            Kind::Numeric if decimal => Some(0),
            Kind::Numeric if whole => Some(6),
            Kind::Float8 if given.is_floating() => Some(0),
            // What is both a numeric and a float for an integer is the latter.
            Kind::Float8 if decimal || whole => Some(5),
            Kind::Text if given.is_string() => Some(0),
            Kind::Bytea if matches!(given, DataType::Binary | DataType::LargeBinary | DataType::BinaryView) => Some(0),
            Kind::Date if *given == DataType::Date32 => Some(0),
            Kind::Time if matches!(given, DataType::Time64(_)) => Some(0),
            Kind::Timestamp if unzoned => Some(0),
            Kind::Timestamp if *given == DataType::Date32 => Some(2),
            Kind::TimestampTz if zoned => Some(0),
            Kind::TimestampTz if unzoned => Some(3),
            Kind::TimestampTz if *given == DataType::Date32 => Some(1),
            Kind::Interval if matches!(given, DataType::Interval(_)) => Some(0),
            Kind::List if matches!(given, DataType::List(_) | DataType::FixedSizeList(..) | DataType::LargeList(_)) => {
                Some(0)
            }
            Kind::List | Kind::Text => None,
            Kind::Any => Some(10),
            _ if given.is_string() => Some(LITERAL),
            _ => None,
        }
    }
}

/// Results of one type, whatever the arguments.
macro_rules! returning {
    ($($name:ident: $data_type:expr, $told:expr;)*) => {
        $(
            #[doc = concat!("Results are ", stringify!($name), ".")]
            pub(super) fn $name(_: &[FieldRef], _: &[Option<&ScalarValue>]) -> Result<Field, Error> {
                Ok(told($data_type, $told))
            }
        )*
    };
}

returning! {
    boolean: DataType::Boolean, "";
    int2: DataType::Int16, "";
    int4: DataType::Int32, "";
    int8: DataType::Int64, "";
    float8: DataType::Float64, "";
    text: DataType::Utf8, "";
    uuid: DataType::Utf8, "uuid";
    json: DataType::Utf8, "json";
    bytea: DataType::Binary, "";
    date: DataType::Date32, "";
    time: DataType::Time64(TimeUnit::Microsecond), "";
    timestamp: DataType::Timestamp(TimeUnit::Microsecond, None), "";
    timestamptz: DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), "";
    interval: DataType::Interval(IntervalUnit::MonthDayNano), "";
    texts: DataType::List(Arc::new(Field::new("item", DataType::Utf8, true))), "";
    numeric: bowline_core::catalog::SqlType::Numeric(None).arrow(), "numeric";
}

/// Results are as the first argument.
pub(super) fn first(fields: &[FieldRef], _: &[Option<&ScalarValue>]) -> Result<Field, Error> {
    Ok(Field::new("", Kind::List.wanted(fields[0].data_type()), true).with_metadata(fields[0].metadata().clone()))
}

/// A field of a type that is called so, unless Arrow's type tells.
pub(super) fn told(data_type: DataType, name: &str) -> Field {
    let field = Field::new("", data_type, true);
    match name {
        "" => field,
        name => field.with_metadata(HashMap::from([(TYPE_KEY.to_owned(), name.to_owned())])),
    }
}
