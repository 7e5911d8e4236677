//! PostgreSQL's built-in types: their rows in pg_type, and the type of a column as OID and modifier.

use std::collections::HashMap;
use std::sync::OnceLock;

use bowline_core::catalog::SqlType;
use datafusion::arrow::datatypes::Field;

use crate::display;

/// A built-in type, as a line of `types.txt` has it.
#[derive(Debug)]
pub(super) struct BuiltIn {
    pub oid: u32,
    /// The internal name: `int4`, `_text`.
    pub name: &'static str,
    pub length: i32,
    pub by_value: bool,
    /// The element's type of an array, else 0.
    pub element: u32,
    /// The type of arrays of this one, or 0.
    pub array: u32,
    pub alignment: &'static str,
    pub storage: &'static str,
    pub collation: u32,
    /// All its fields, as in the file.
    pub words: Vec<&'static str>,
}

/// All built-in types, by OID.
pub(super) fn all() -> &'static [BuiltIn] {
    static TYPES: OnceLock<Vec<BuiltIn>> = OnceLock::new();
    TYPES.get_or_init(|| {
        let lines = include_str!("types.txt").lines().filter(|line| !line.starts_with('#'));
        lines.map(built_in).collect()
    })
}

fn built_in(line: &'static str) -> BuiltIn {
    let words: Vec<&str> = line.split(' ').collect();
    let number = |at: usize| words[at].parse().expect("types.txt was believed to hold numbers there");
    BuiltIn {
        oid: number(0),
        name: words[1],
        length: words[2].parse().expect("types.txt was believed to hold a length there"),
        by_value: words[3] == "t",
        element: number(8),
        array: number(9),
        alignment: words[16],
        storage: words[17],
        collation: number(18),
        words,
    }
}

/// The type with that OID.
pub(super) fn by_oid(oid: u32) -> Option<&'static BuiltIn> {
    static BY_OID: OnceLock<HashMap<u32, &'static BuiltIn>> = OnceLock::new();
    BY_OID.get_or_init(|| all().iter().map(|known| (known.oid, known)).collect()).get(&oid).copied()
}

/// The type of that internal name.
pub(super) fn by_name(name: &str) -> Option<&'static BuiltIn> {
    static BY_NAME: OnceLock<HashMap<&'static str, &'static BuiltIn>> = OnceLock::new();
    BY_NAME.get_or_init(|| all().iter().map(|known| (known.name, known)).collect()).get(name).copied()
}

/// SQL's names of types, where they are not the internal ones.
const SQL_NAMES: [(&str, &str); 17] = [
    ("bool", "boolean"),
    ("char", "\"char\""),
    ("int8", "bigint"),
    ("int2", "smallint"),
    ("int4", "integer"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("bpchar", "character"),
    ("varchar", "character varying"),
    ("bit", "bit"),
    ("varbit", "bit varying"),
    ("time", "time without time zone"),
    ("timetz", "time with time zone"),
    ("timestamp", "timestamp without time zone"),
    ("timestamptz", "timestamp with time zone"),
    ("numeric", "numeric"),
    ("any", "\"any\""),
];

/// SQL's name of a type, given its internal one.
pub(super) fn formatted(internal: &str) -> String {
    match internal.strip_prefix('_') {
        Some(element) => format!("{}[]", formatted(element)),
        None => SQL_NAMES.iter().find(|(known, _)| *known == internal).map_or(internal, |(_, name)| name).to_owned(),
    }
}

/// `format_type(oid, modifier)`: SQL's name with length, precision and scale.
pub(super) fn format_type(oid: u32, modifier: Option<i64>) -> String {
    let Some(known) = by_oid(oid) else { return if oid == 0 { "-".to_owned() } else { "???".to_owned() } };
    if known.element != 0 && known.words[5] == "A" && known.name.starts_with('_') {
        return format!("{}[]", format_type(known.element, modifier));
    }
    match (known.name, modifier) {
        ("varchar", Some(modifier)) if modifier > 4 => format!("character varying({})", modifier - 4),
        ("bpchar", Some(modifier)) if modifier > 4 => format!("character({})", modifier - 4),
        // Said with a modifier, `character` would be read as one of length 1.
        ("bpchar", Some(_)) => "bpchar".to_owned(),
        ("numeric", Some(modifier)) if modifier >= 4 => {
            format!("numeric({},{})", (modifier - 4) >> 16, (modifier - 4) & 0xffff)
        }
        (name, _) => formatted(name),
    }
}

/// The OID and the modifier of a column's type.
pub(super) fn of(sql_type: SqlType) -> (u32, i32) {
    let plain = |oid: u32| (oid, -1);
    match sql_type {
        SqlType::Boolean => plain(16),
        SqlType::SmallInt => plain(21),
        SqlType::Integer => plain(23),
        SqlType::BigInt => plain(20),
        SqlType::Numeric(None) => plain(1700),
        SqlType::Numeric(Some((precision, scale))) => (1700, (i32::from(precision) << 16 | i32::from(scale)) + 4),
        SqlType::Real => plain(700),
        SqlType::Double => plain(701),
        SqlType::Text => plain(25),
        SqlType::Varchar(None) => plain(1043),
        SqlType::Varchar(Some(length)) => (1043, length as i32 + 4),
        SqlType::Char(length) => (1042, length as i32 + 4),
        SqlType::Bytea => plain(17),
        SqlType::Date => plain(1082),
        SqlType::Time => plain(1083),
        SqlType::Timestamp => plain(1114),
        SqlType::TimestampTz => plain(1184),
        SqlType::Interval => plain(1186),
        SqlType::Uuid => plain(2950),
        SqlType::Json => plain(114),
        SqlType::Jsonb => plain(3802),
    }
}

/// The OID and the modifier of a query's column.
pub(super) fn of_field(field: &Field) -> (u32, i32) {
    let name = display::type_name(field);
    parsed(&name).unwrap_or((25, -1))
}

/// The OID and modifier of a type written as SQL does: `integer`, `varchar(10)`, `pg_catalog.int4`, `"pg_catalog"."int4"`, `text[]`.
pub(super) fn parsed(text: &str) -> Option<(u32, i32)> {
    let text = text.trim();
    let qualified = text.strip_prefix("pg_catalog.").or_else(|| text.strip_prefix("\"pg_catalog\"."));
    let text = qualified.unwrap_or(text);
    if let Some(element) = text.strip_suffix("[]") {
        let (element, modifier) = parsed(element)?;
        return Some((by_oid(element)?.array, modifier)).filter(|(oid, _)| *oid != 0);
    }
    let folded = if text.starts_with('"') { text.to_owned() } else { text.to_lowercase() };
    let (name, arguments) = match folded.split_once('(') {
        Some((before, rest)) => {
            let (arguments, after) = rest.split_once(')')?;
            (format!("{}{}", before.trim_end(), after), Some(arguments.to_owned()))
        }
        None => (folded, None),
    };
    let internal = match name.as_str() {
        "int" => "int4",
        "decimal" | "dec" => "numeric",
        "char" => "bpchar",
        "float" => "float8",
        other => SQL_NAMES.iter().find(|(_, sql)| *sql == other).map_or(other.trim_matches('"'), |(known, _)| known),
    };
    let known = by_name(internal)?;
    Some((known.oid, arguments.map_or(-1, |arguments| modifier(known.name, &arguments))))
}

fn modifier(internal: &str, arguments: &str) -> i32 {
    let numbers: Vec<i32> = arguments.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    match (internal, numbers.as_slice()) {
        ("varchar" | "bpchar", [length]) => length + 4,
        ("numeric", [precision]) => (precision << 16) + 4,
        ("numeric", [precision, scale]) => (precision << 16 | scale) + 4,
        _ => -1,
    }
}
