//! The types of values on the wire: which of PostgreSQL's types a field is, and which field a type a client names is.
//!
//! ```text
//!   field (Arrow type, bowline.type) ──▶ Type ──▶ OID, size, modifier        results
//!   OID a client gives ──▶ field                                            parameters
//! ```

pub mod decode;
pub mod encode;
mod numeric;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, IntervalUnit, TimeUnit};
use bowline::Error;
use bowline::display::TYPE_KEY;
use pgwire::api::Type;

use crate::wire::backend::ColumnType;

/// PostgreSQL's type of a field.
pub fn type_of(field: &Field) -> Type {
    if let Some(name) = field.metadata().get(TYPE_KEY)
        && let Some(known) = type_named(name)
    {
        return known;
    }
    if let DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) = field.data_type() {
        return array_of(&type_of(item));
    }
    match field.data_type() {
        // What has no type of its own is text, as an untyped literal is.
        DataType::Null => Type::TEXT,
        DataType::Decimal256(..) | DataType::Decimal32(..) | DataType::Decimal64(..) => Type::NUMERIC,
        DataType::Struct(_) => Type::RECORD,
        other => arrow_pg::datatypes::into_pg_type(other).unwrap_or(Type::TEXT),
    }
}

/// How a column of this field is announced.
pub fn column_type(field: &Field) -> ColumnType {
    let pg_type = type_of(field);
    ColumnType { oid: pg_type.oid(), size: size(&pg_type), modifier: modifier(field) }
}

/// The type of a name as `format_type` gives it.
fn type_named(name: &str) -> Option<Type> {
    if let Some(element) = name.strip_suffix("[]") {
        return Some(array_of(&type_named(element)?));
    }
    let bare = name.split_once('(').map_or(name, |(bare, rest)| match rest.split_once(") ") {
        // `timestamp(3) with time zone`.
        Some((_, "with time zone")) => "timestamp with time zone",
        _ => bare,
    });
    Some(match bare {
        "boolean" => Type::BOOL,
        "smallint" => Type::INT2,
        "integer" => Type::INT4,
        "bigint" => Type::INT8,
        "numeric" => Type::NUMERIC,
        "real" => Type::FLOAT4,
        "double precision" => Type::FLOAT8,
        "text" => Type::TEXT,
        "character varying" => Type::VARCHAR,
        "character" | "bpchar" => Type::BPCHAR,
        "\"char\"" => Type::CHAR,
        "name" => Type::NAME,
        "bytea" => Type::BYTEA,
        "date" => Type::DATE,
        "time without time zone" => Type::TIME,
        "timestamp without time zone" => Type::TIMESTAMP,
        "timestamp with time zone" => Type::TIMESTAMPTZ,
        "interval" => Type::INTERVAL,
        "uuid" => Type::UUID,
        "json" => Type::JSON,
        "jsonb" => Type::JSONB,
        "oid" => Type::OID,
        "regclass" => Type::REGCLASS,
        "regtype" => Type::REGTYPE,
        "regproc" => Type::REGPROC,
        "regprocedure" => Type::REGPROCEDURE,
        "regnamespace" => Type::REGNAMESPACE,
        "regrole" => Type::REGROLE,
        "regoper" => Type::REGOPER,
        "regoperator" => Type::REGOPERATOR,
        "regcollation" => Type::REGCOLLATION,
        "regconfig" => Type::REGCONFIG,
        "int2vector" => Type::INT2_VECTOR,
        "oidvector" => Type::OID_VECTOR,
        "pg_node_tree" => Type::PG_NODE_TREE,
        "xid" => Type::XID,
        "cid" => Type::CID,
        "tid" => Type::TID,
        "xid8" => Type::XID8,
        "pg_lsn" => Type::PG_LSN,
        "void" => Type::VOID,
        "unknown" => Type::TEXT,
        "inet" => Type::INET,
        "aclitem" => Type::ACLITEM,
        _ => return None,
    })
}

/// PostgreSQL's built-in types and their arrays, by OID.
const ARRAYS: [(u32, u32); 33] = [
    (16, 1000),
    (17, 1001),
    (18, 1002),
    (19, 1003),
    (20, 1016),
    (21, 1005),
    (22, 1006),
    (23, 1007),
    (24, 1008),
    (25, 1009),
    (26, 1028),
    (27, 1010),
    (28, 1011),
    (29, 1012),
    (30, 1013),
    (114, 199),
    (700, 1021),
    (701, 1022),
    (869, 1041),
    (1033, 1034),
    (1042, 1014),
    (1043, 1015),
    (1082, 1182),
    (1083, 1183),
    (1114, 1115),
    (1184, 1185),
    (1186, 1187),
    (1700, 1231),
    (2205, 2210),
    (2206, 2211),
    (2249, 2287),
    (2950, 2951),
    (3802, 3807),
];

/// The type of arrays of a type, that of arrays itself for arrays; `text[]` for what has none.
fn array_of(element: &Type) -> Type {
    if element_of(element).is_some() {
        return element.clone();
    }
    let array = ARRAYS.iter().find(|(of, _)| *of == element.oid()).and_then(|(_, array)| Type::from_oid(*array));
    array.unwrap_or(Type::TEXT_ARRAY)
}

/// The type of an array type's elements.
fn element_of(array: &Type) -> Option<Type> {
    ARRAYS.iter().find(|(_, of)| *of == array.oid()).and_then(|(element, _)| Type::from_oid(*element))
}

/// The size of a type's values in bytes, -1 where it varies.
fn size(pg_type: &Type) -> i16 {
    match *pg_type {
        Type::BOOL | Type::CHAR => 1,
        Type::INT2 => 2,
        Type::INT4 | Type::FLOAT4 | Type::DATE | Type::OID | Type::XID | Type::CID => 4,
        Type::REGCLASS | Type::REGTYPE | Type::REGPROC | Type::REGPROCEDURE | Type::REGNAMESPACE => 4,
        Type::REGROLE | Type::REGOPER | Type::REGOPERATOR | Type::REGCOLLATION | Type::REGCONFIG | Type::VOID => 4,
        Type::INT8 | Type::FLOAT8 | Type::TIME | Type::TIMESTAMP | Type::TIMESTAMPTZ | Type::XID8 => 8,
        Type::INTERVAL | Type::UUID => 16,
        Type::NAME => 64,
        _ => -1,
    }
}

/// The length of `character varying(n)`, and precision and scale of a numeric, as PostgreSQL packs them.
fn modifier(field: &Field) -> i32 {
    const HEADER: i32 = 4;
    let told = field.metadata().get(TYPE_KEY);
    if let Some(name) = told {
        let length = name
            .strip_prefix("character varying(")
            .or_else(|| name.strip_prefix("character("))
            .and_then(|rest| rest.trim_end_matches(')').parse::<i32>().ok());
        return length.map_or(-1, |length| length + HEADER);
    }
    match field.data_type() {
        DataType::Decimal128(precision, scale) => (i32::from(*precision) << 16 | i32::from(*scale)) + HEADER,
        _ => -1,
    }
}

/// The field of a parameter whose type a client gives; `None` where it leaves the type to us. Errors: 0A000 for types
/// there are not, 42704 for OIDs that are no type.
pub fn field_of(oid: u32) -> Result<Option<FieldRef>, Error> {
    if oid == 0 || oid == Type::UNKNOWN.oid() {
        return Ok(None);
    }
    let Some(pg_type) = Type::from_oid(oid) else {
        return Err(Error::new("42704", format!("type with OID {oid} does not exist")));
    };
    let field = match element_of(&pg_type) {
        Some(element) => Field::new("", DataType::List(Arc::new(value_field("item", &element)?)), true),
        None => value_field("", &pg_type)?,
    };
    Ok(Some(Arc::new(field)))
}

fn value_field(name: &str, pg_type: &Type) -> Result<Field, Error> {
    let told = |type_name: &str| HashMap::from([(TYPE_KEY.to_owned(), type_name.to_owned())]);
    let plain = |data_type| Field::new(name, data_type, true);
    Ok(match *pg_type {
        Type::BOOL => plain(DataType::Boolean),
        Type::INT2 => plain(DataType::Int16),
        Type::INT4 => plain(DataType::Int32),
        Type::INT8 => plain(DataType::Int64),
        Type::FLOAT4 => plain(DataType::Float32),
        Type::FLOAT8 => plain(DataType::Float64),
        Type::NUMERIC => plain(DataType::Decimal128(38, 10)).with_metadata(told("numeric")),
        Type::TEXT => plain(DataType::Utf8),
        Type::VARCHAR => plain(DataType::Utf8).with_metadata(told("character varying")),
        Type::BPCHAR => plain(DataType::Utf8).with_metadata(told("bpchar")),
        Type::CHAR => plain(DataType::Utf8).with_metadata(told("\"char\"")),
        Type::NAME => plain(DataType::Utf8).with_metadata(told("name")),
        Type::BYTEA => plain(DataType::Binary),
        Type::DATE => plain(DataType::Date32),
        Type::TIME => plain(DataType::Time64(TimeUnit::Microsecond)),
        Type::TIMESTAMP => plain(DataType::Timestamp(TimeUnit::Microsecond, None)),
        Type::TIMESTAMPTZ => plain(DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
        Type::INTERVAL => plain(DataType::Interval(IntervalUnit::MonthDayNano)),
        Type::UUID => plain(DataType::Utf8).with_metadata(told("uuid")),
        Type::JSON => plain(DataType::Utf8).with_metadata(told("json")),
        Type::JSONB => plain(DataType::Utf8).with_metadata(told("jsonb")),
        Type::OID => plain(DataType::Int64).with_metadata(told("oid")),
        Type::REGCLASS => plain(DataType::Int64).with_metadata(told("regclass")),
        Type::REGTYPE => plain(DataType::Int64).with_metadata(told("regtype")),
        ref other => {
            return Err(Error::new("0A000", format!("parameters of type {} are not supported", other.name()))
                .with_hint("Send the value as text, or of a type that a column can have."));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Arc, DataType, Field, HashMap, TYPE_KEY, Type, column_type, field_of, type_of};

    #[test]
    fn a_field_is_announced_as_the_type_it_was_declared_with() {
        let told = |name: &str, data_type| {
            Field::new("c", data_type, true).with_metadata(HashMap::from([(TYPE_KEY.to_owned(), name.to_owned())]))
        };
        let varchar = column_type(&told("character varying(10)", DataType::Utf8));
        assert_eq!((varchar.oid, varchar.size, varchar.modifier), (1043, -1, 14));
        let numeric = column_type(&Field::new("c", DataType::Decimal128(10, 2), true));
        assert_eq!((numeric.oid, numeric.modifier), (1700, (10 << 16 | 2) + 4));
        let bare = column_type(&told("numeric", DataType::Decimal128(38, 10)));
        assert_eq!((bare.oid, bare.modifier), (1700, -1));
        let uuids = DataType::List(Arc::new(told("uuid", DataType::Utf8)));
        assert_eq!(type_of(&Field::new("c", uuids, true)), Type::UUID_ARRAY);
    }

    #[test]
    fn a_type_a_client_names_comes_back() {
        for oid in
            [16, 17, 20, 21, 23, 25, 26, 114, 700, 701, 1042, 1043, 1082, 1083, 1114, 1184, 1186, 1700, 2950, 3802]
        {
            let field = field_of(oid).expect("it is had").expect("it is a type");
            assert_eq!(type_of(&field).oid(), oid);
        }
        for oid in [1007, 1009, 1016, 1231, 2951] {
            let field = field_of(oid).expect("it is had").expect("it is a type");
            assert_eq!(type_of(&field).oid(), oid);
        }
        assert!(field_of(0).expect("left to us").is_none());
        assert_eq!(field_of(869).expect_err("inet").sqlstate, "0A000");
        assert_eq!(field_of(99_999).expect_err("no type").sqlstate, "42704");
    }
}
