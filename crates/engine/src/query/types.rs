//! Type names of the SQL text, as the catalog's types.

use std::collections::HashMap;
use std::sync::Arc;

use bowline_core::catalog::SqlType;
use datafusion::arrow::datatypes::{DataType as ArrowType, Field, FieldRef};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, CharacterLength, DataType, ExactNumberInfo, ObjectName, TimezoneInfo,
};

use super::view::Fields;
use crate::display::TYPE_KEY;
use crate::error::Error;

/// The longest VARCHAR or CHAR, in characters.
const LENGTH_MAX: u64 = 10_485_760;
/// The largest precision of a NUMERIC.
const PRECISION_MAX: u64 = 38;

/// The type a type name means. Errors: 42704 for a name that is no type; 0A000 for types bowline does not have; 22023
/// for a length, precision or scale out of bounds.
pub(crate) fn sql_type(name: &DataType) -> Result<SqlType, Error> {
    Ok(match name {
        DataType::Boolean | DataType::Bool => SqlType::Boolean,
        DataType::SmallInt(None) | DataType::Int2(None) | DataType::Int16 => SqlType::SmallInt,
        DataType::Int(None) | DataType::Integer(None) | DataType::Int4(None) | DataType::Int32 => SqlType::Integer,
        DataType::BigInt(None) | DataType::Int8(None) | DataType::Int64 => SqlType::BigInt,
        DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info) => SqlType::Numeric(numeric(info)?),
        DataType::Real | DataType::Float4 | DataType::Float32 => SqlType::Real,
        DataType::Float(info) => float(info)?,
        DataType::Double(ExactNumberInfo::None) | DataType::DoublePrecision | DataType::Float8 | DataType::Float64 => {
            SqlType::Double
        }
        DataType::Text | DataType::String(None) => SqlType::Text,
        DataType::Varchar(length) | DataType::CharacterVarying(length) | DataType::CharVarying(length) => {
            SqlType::Varchar(characters(length, "character varying")?)
        }
        DataType::Char(length) | DataType::Character(length) => {
            SqlType::Char(characters(length, "character")?.unwrap_or(1))
        }
        DataType::Bytea => SqlType::Bytea,
        DataType::Date => SqlType::Date,
        DataType::Time(precision, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => {
            microseconds(precision, name)?;
            SqlType::Time
        }
        DataType::Timestamp(precision, zone) => {
            microseconds(precision, name)?;
            match zone {
                TimezoneInfo::None | TimezoneInfo::WithoutTimeZone => SqlType::Timestamp,
                TimezoneInfo::WithTimeZone | TimezoneInfo::Tz => SqlType::TimestampTz,
            }
        }
        // A longer precision is cut to that of microseconds.
        DataType::Interval { fields: None, precision: None | Some(6..) } => SqlType::Interval,
        DataType::Uuid => SqlType::Uuid,
        DataType::JSON => SqlType::Json,
        DataType::JSONB => SqlType::Jsonb,
        DataType::Regclass => SqlType::Text,
        DataType::Custom(name, arguments) => named(name, arguments)?,
        other => return Err(refused(other)),
    })
}

/// The integer type of a SERIAL column; `None` if the name is not one of the serial types.
pub(crate) fn serial_type(name: &DataType) -> Option<SqlType> {
    let DataType::Custom(name, arguments) = name else { return None };
    if !arguments.is_empty() {
        return None;
    }
    match last_part(name).as_str() {
        "smallserial" | "serial2" => Some(SqlType::SmallInt),
        "serial" | "serial4" => Some(SqlType::Integer),
        "bigserial" | "serial8" => Some(SqlType::BigInt),
        _ => None,
    }
}

/// Types the parser has no variant for.
fn named(name: &ObjectName, arguments: &[String]) -> Result<SqlType, Error> {
    let folded = last_part(name);
    if folded == "bpchar" {
        return match arguments {
            [] => Ok(SqlType::Varchar(None)),
            [length] => {
                let length = length.parse().map_err(|_| bad_length("character"))?;
                Ok(SqlType::Char(bounded(length, "character")?))
            }
            _ => Err(bad_length("character")),
        };
    }
    if arguments.is_empty() {
        match folded.as_str() {
            "name" | "regclass" | "regtype" => return Ok(SqlType::Text),
            "oid" => return Ok(SqlType::BigInt),
            _ => {}
        }
    }
    let typed = DataType::Custom(name.clone(), arguments.to_vec());
    if serial_type(&typed).is_some() {
        return Err(Error::new("42704", format!("type \"{folded}\" does not exist here"))
            .with_hint("The serial types are only for columns: cast to integer, smallint or bigint."));
    }
    if ["money", "xml", "inet", "cidr", "macaddr", "hstore", "citext", "timetz"].contains(&folded.as_str())
        || folded.ends_with("range")
    {
        return Err(refused(&typed));
    }
    Err(Error::new("42704", format!("type \"{folded}\" does not exist"))
        .with_hint("CREATE TYPE is not supported; for an enumeration use text with a CHECK constraint."))
}

fn last_part(name: &ObjectName) -> String {
    let part = name.0.last().and_then(|part| part.as_ident());
    part.map(|ident| ident.value.to_lowercase()).unwrap_or_default()
}

fn refused(name: &DataType) -> Error {
    let hint = match name {
        DataType::Array(_) => "Keep the elements as rows of another table that references this one.",
        DataType::Time(..) => "Use TIMESTAMP WITH TIME ZONE, or TIME without a time zone.",
        DataType::Enum(..) => "Use text with a CHECK constraint.",
        DataType::Blob(_) | DataType::Binary(_) | DataType::Varbinary(_) | DataType::Bytes(_) => "Use BYTEA.",
        DataType::Datetime(_) => "Use TIMESTAMP.",
        DataType::TinyInt(_) | DataType::MediumInt(_) => "Use SMALLINT or INTEGER.",
        _ => {
            "Use one of boolean, smallint, integer, bigint, numeric, real, double precision, text, varchar, char, bytea, \
              date, time, timestamp, timestamptz, interval, uuid, json and jsonb."
        }
    };
    Error::unsupported(format!("type {} is not supported", name.to_string().to_lowercase()), hint)
}

fn numeric(info: &ExactNumberInfo) -> Result<Option<(u8, i8)>, Error> {
    let (precision, scale) = match *info {
        ExactNumberInfo::None => return Ok(None),
        ExactNumberInfo::Precision(precision) => (precision, 0),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => (precision, scale),
    };
    if !(1..=PRECISION_MAX).contains(&precision) {
        return Err(Error::new(
            "22023",
            format!("NUMERIC precision {precision} must be between 1 and {PRECISION_MAX}"),
        )
        .with_hint("Declare a smaller precision; double precision holds larger numbers inexactly."));
    }
    if !(0..=precision as i64).contains(&scale) {
        return Err(Error::new("22023", format!("NUMERIC scale {scale} must be between 0 and precision {precision}"))
            .with_hint("Declare NUMERIC(precision, scale) with the digits after the point as scale."));
    }
    Ok(Some((precision as u8, scale as i8)))
}

fn float(info: &ExactNumberInfo) -> Result<SqlType, Error> {
    match info {
        ExactNumberInfo::None | ExactNumberInfo::Precision(25..=53) => Ok(SqlType::Double),
        ExactNumberInfo::Precision(1..=24) => Ok(SqlType::Real),
        _ => Err(Error::new("22023", "precision for type float must be between 1 and 53 bits")),
    }
}

fn characters(length: &Option<CharacterLength>, type_name: &str) -> Result<Option<u32>, Error> {
    match length {
        None => Ok(None),
        Some(CharacterLength::IntegerLength { length, .. }) => bounded(*length, type_name).map(Some),
        Some(CharacterLength::Max) => Err(bad_length(type_name)),
    }
}

fn bounded(length: u64, type_name: &str) -> Result<u32, Error> {
    if (1..=LENGTH_MAX).contains(&length) { Ok(length as u32) } else { Err(bad_length(type_name)) }
}

fn bad_length(type_name: &str) -> Error {
    Error::new("22023", format!("length for type {type_name} must be between 1 and {LENGTH_MAX}"))
        .with_hint("Use text where no length is wanted.")
}

/// Times are kept in microseconds; fewer digits would have to be rounded on every write.
fn microseconds(precision: &Option<u64>, name: &DataType) -> Result<(), Error> {
    match precision {
        None | Some(6) => Ok(()),
        Some(_) => Err(Error::unsupported(
            format!("{} is not supported", name.to_string().to_lowercase()),
            "Leave the precision out: microseconds are kept.",
        )),
    }
}

/// A field of a type, with PostgreSQL's name of the type where Arrow's does not tell.
pub(super) fn field(name: &str, sql_type: SqlType, nullable: bool) -> Field {
    let field = Field::new(name, sql_type.arrow(), nullable);
    let told = matches!(
        sql_type,
        SqlType::Varchar(_)
            | SqlType::Char(_)
            | SqlType::Uuid
            | SqlType::Json
            | SqlType::Jsonb
            | SqlType::Numeric(None)
    );
    if !told {
        return field;
    }
    field.with_metadata(HashMap::from([(TYPE_KEY.to_owned(), sql_type.to_string())]))
}

/// The field a cast to a type makes: what columns can be declared as, arrays of it, and the types of pg_catalog.
pub(crate) fn field_of_type(name: &DataType) -> Result<Field, Error> {
    if let DataType::Array(
        ArrayElemTypeDef::SquareBracket(element, _)
        | ArrayElemTypeDef::AngleBracket(element)
        | ArrayElemTypeDef::Parenthesis(element),
    ) = name
    {
        let item = field_of_type(element)?.with_name("item");
        return Ok(Field::new("", ArrowType::List(Arc::new(item)), true));
    }
    if let DataType::Custom(custom, arguments) = name
        && arguments.is_empty()
    {
        let told = |arrow: ArrowType, name: &str| {
            Field::new("", arrow, true).with_metadata(HashMap::from([(TYPE_KEY.to_owned(), name.to_owned())]))
        };
        match last_part(custom).as_str() {
            "oid" => return Ok(told(ArrowType::Int64, "oid")),
            "xid" => return Ok(told(ArrowType::Int64, "xid")),
            "name" => return Ok(told(ArrowType::Utf8, "name")),
            "char" => return Ok(told(ArrowType::Utf8, "\"char\"")),
            "int2vector" => {
                let item = Arc::new(Field::new("item", ArrowType::Int16, true));
                return Ok(told(ArrowType::List(item), "int2vector"));
            }
            _ => {}
        }
    }
    Ok(field("", sql_type(name)?, true))
}

/// Casts in queries mean the catalog's types.
#[derive(Debug)]
pub(super) struct PostgresTypes(pub Fields);

impl TypePlanner for PostgresTypes {
    fn plan_type_field(&self, name: &DataType) -> Result<Option<FieldRef>, DataFusionError> {
        let field = field_of_type(name).map_err(|error| DataFusionError::External(Box::new(error)))?;
        Ok(Some(Arc::new(if self.0 == Fields::Bare { field.with_metadata(HashMap::new()) } else { field })))
    }
}
