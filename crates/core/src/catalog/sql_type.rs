//! The SQL types of columns, and how each is kept as an Arrow array.

use std::fmt;

use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use serde::{Deserialize, Serialize};

/// Precision and scale of a NUMERIC declared without them.
const NUMERIC_DEFAULT: (u8, i8) = (38, 10);

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SqlType {
    /// `BOOLEAN`.
    Boolean,
    /// `SMALLINT`, 16 bits.
    SmallInt,
    /// `INTEGER`, 32 bits.
    Integer,
    /// `BIGINT`, 64 bits.
    BigInt,
    /// `NUMERIC(precision, scale)`; `None` where the declaration gave neither.
    Numeric(Option<(u8, i8)>),
    /// `REAL`.
    Real,
    /// `DOUBLE PRECISION`.
    Double,
    /// `TEXT`.
    Text,
    /// `VARCHAR(n)`; `None` is unlimited. `n` counts characters.
    Varchar(Option<u32>),
    /// `CHAR(n)`; kept without its trailing blanks, which never count in comparisons.
    Char(u32),
    /// `BYTEA`.
    Bytea,
    /// `DATE`.
    Date,
    /// `TIME` without time zone, in microseconds.
    Time,
    /// `TIMESTAMP` without time zone, in microseconds.
    Timestamp,
    /// `TIMESTAMP WITH TIME ZONE`, in microseconds of UTC.
    TimestampTz,
    /// `INTERVAL`: months, days, nanoseconds.
    Interval,
    /// `UUID`, kept as its canonical lower-case text.
    Uuid,
    /// `JSON`, kept as the text that was given.
    Json,
    /// `JSONB`, kept as normalized text.
    Jsonb,
}

impl SqlType {
    /// The Arrow type that holds values of this type.
    pub fn arrow(&self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::SmallInt => DataType::Int16,
            Self::Integer => DataType::Int32,
            Self::BigInt => DataType::Int64,
            Self::Numeric(declared) => {
                let (precision, scale) = declared.unwrap_or(NUMERIC_DEFAULT);
                DataType::Decimal128(precision, scale)
            }
            Self::Real => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::Text | Self::Varchar(_) | Self::Char(_) | Self::Uuid | Self::Json | Self::Jsonb => DataType::Utf8,
            Self::Bytea => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time64(TimeUnit::Microsecond),
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Interval => DataType::Interval(IntervalUnit::MonthDayNano),
        }
    }

    /// PostgreSQL's name of the type without width, precision and scale.
    pub fn bare_name(&self) -> String {
        match self {
            Self::Numeric(_) => "numeric".to_owned(),
            Self::Varchar(_) => "character varying".to_owned(),
            Self::Char(_) => "character".to_owned(),
            other => other.to_string(),
        }
    }

    /// Whether values of this type can be compared for equality, as a key must be.
    pub fn has_equality(&self) -> bool {
        !matches!(self, Self::Json)
    }

    /// Whether a foreign key column of this type may reference a key column of type `other`.
    pub fn comparable(&self, other: &SqlType) -> bool {
        self.family() == other.family() && self.has_equality()
    }

    /// Whether this is SMALLINT, INTEGER or BIGINT.
    pub fn is_integer(&self) -> bool {
        matches!(self, Self::SmallInt | Self::Integer | Self::BigInt)
    }

    fn family(&self) -> &'static str {
        match self {
            Self::SmallInt | Self::Integer | Self::BigInt | Self::Numeric(_) | Self::Real | Self::Double => "number",
            Self::Text | Self::Varchar(_) | Self::Char(_) => "text",
            Self::Date | Self::Timestamp | Self::TimestampTz => "time point",
            Self::Boolean => "boolean",
            Self::Bytea => "bytea",
            Self::Time => "time",
            Self::Interval => "interval",
            Self::Uuid => "uuid",
            Self::Json => "json",
            Self::Jsonb => "jsonb",
        }
    }
}

/// PostgreSQL's name of the type, as `format_type` gives it.
impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("boolean"),
            Self::SmallInt => f.write_str("smallint"),
            Self::Integer => f.write_str("integer"),
            Self::BigInt => f.write_str("bigint"),
            Self::Numeric(None) => f.write_str("numeric"),
            Self::Numeric(Some((precision, scale))) => write!(f, "numeric({precision},{scale})"),
            Self::Real => f.write_str("real"),
            Self::Double => f.write_str("double precision"),
            Self::Text => f.write_str("text"),
            Self::Varchar(None) => f.write_str("character varying"),
            Self::Varchar(Some(n)) => write!(f, "character varying({n})"),
            Self::Char(n) => write!(f, "character({n})"),
            Self::Bytea => f.write_str("bytea"),
            Self::Date => f.write_str("date"),
            Self::Time => f.write_str("time without time zone"),
            Self::Timestamp => f.write_str("timestamp without time zone"),
            Self::TimestampTz => f.write_str("timestamp with time zone"),
            Self::Interval => f.write_str("interval"),
            Self::Uuid => f.write_str("uuid"),
            Self::Json => f.write_str("json"),
            Self::Jsonb => f.write_str("jsonb"),
        }
    }
}
