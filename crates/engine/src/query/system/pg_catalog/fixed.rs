//! What is the same in every database: the role, the database itself, access methods, operator classes, collations.

use super::cell::Cell;
use super::objects::{DATABASE, DATABASE_OWNER, DATABASE_OWNER_NAME, OWN_SCHEMA, Objects, PG_CATALOG, ROLE};

/// The default tablespace.
pub(super) const TABLESPACE: u32 = 1663;
/// UTF8, as PostgreSQL counts encodings.
pub(super) const UTF8: i64 = 6;

/// The access methods of indexes.
pub(super) const BTREE: u32 = 403;

/// B-tree operator classes: OID, name, the type they are for, whether they are its default, and their family.
pub(super) const OPERATOR_CLASSES: [(u32, &str, u32, bool, u32); 23] = [
    (1978, "int4_ops", 23, true, 1976),
    (1979, "int2_ops", 21, true, 1976),
    (1981, "oid_ops", 26, true, 1989),
    (3122, "date_ops", 1082, true, 434),
    (3123, "float8_ops", 701, true, 1970),
    (3124, "int8_ops", 20, true, 1976),
    (3125, "numeric_ops", 1700, true, 1988),
    (3126, "text_ops", 25, true, 1994),
    (3127, "timestamptz_ops", 1184, true, 434),
    (3128, "timestamp_ops", 1114, true, 434),
    (10003, "bool_ops", 16, true, 424),
    (4217, "text_pattern_ops", 25, false, 2095),
    (4218, "varchar_pattern_ops", 25, false, 2095),
    (4219, "bpchar_pattern_ops", 1042, false, 2097),
    (10044, "varchar_ops", 25, false, 1994),
    (10004, "bpchar_ops", 1042, true, 426),
    (10006, "bytea_ops", 17, true, 428),
    (10012, "float4_ops", 700, true, 1970),
    (10022, "interval_ops", 1186, true, 1982),
    (10028, "name_ops", 19, true, 1994),
    (10038, "time_ops", 1083, true, 1996),
    (10065, "uuid_ops", 2950, true, 2968),
    (10088, "jsonb_ops", 3802, true, 4033),
];

/// The rows of pg_opclass.
pub(super) fn pg_opclass(_: &Objects) -> Vec<Vec<Cell>> {
    let row = |(oid, name, of, default, family): &(u32, &str, u32, bool, u32)| {
        vec![
            (*oid).into(),
            BTREE.into(),
            (*name).into(),
            PG_CATALOG.into(),
            ROLE.into(),
            (*family).into(),
            (*of).into(),
            (*default).into(),
            0.into(),
        ]
    };
    OPERATOR_CLASSES.iter().map(row).collect()
}

/// The rows of pg_am.
pub(super) fn pg_am(_: &Objects) -> Vec<Vec<Cell>> {
    let methods =
        [(2, "heap", "heap_tableam_handler", "t"), (403, "btree", "bthandler", "i"), (405, "hash", "hashhandler", "i")];
    methods
        .into_iter()
        .map(|(oid, name, handler, kind)| vec![oid.into(), name.into(), handler.into(), kind.into()])
        .collect()
}

/// The rows of pg_collation.
pub(super) fn pg_collation(_: &Objects) -> Vec<Vec<Cell>> {
    let row = |(oid, name, provider, collate): (u32, &str, &str, Option<&str>)| {
        vec![
            oid.into(),
            name.into(),
            PG_CATALOG.into(),
            ROLE.into(),
            provider.into(),
            true.into(),
            (-1).into(),
            collate.into(),
            collate.into(),
            Cell::Null,
            Cell::Null,
            Cell::Null,
        ]
    };
    [(100, "default", "d", None), (950, "C", "c", Some("C")), (951, "POSIX", "c", Some("POSIX"))].map(row).into()
}

/// The rows of pg_language.
pub(super) fn pg_language(_: &Objects) -> Vec<Vec<Cell>> {
    let row = |(oid, name, trusted): (u32, &str, bool)| {
        let rest = [0.into(), 0.into(), 0.into(), Cell::Null];
        let row = [oid.into(), name.into(), ROLE.into(), false.into(), trusted.into()];
        row.into_iter().chain(rest).collect()
    };
    [(12, "internal", false), (14, "sql", true)].map(row).into()
}

/// The rows of pg_tablespace.
pub(super) fn pg_tablespace(_: &Objects) -> Vec<Vec<Cell>> {
    vec![vec![TABLESPACE.into(), "pg_default".into(), ROLE.into(), Cell::Null, Cell::Null]]
}

/// The rows of pg_database.
pub(super) fn pg_database(objects: &Objects) -> Vec<Vec<Cell>> {
    vec![vec![
        DATABASE.into(),
        objects.settings.database().into(),
        ROLE.into(),
        UTF8.into(),
        "c".into(),
        false.into(),
        true.into(),
        false.into(),
        (-1).into(),
        0.into(),
        0.into(),
        TABLESPACE.into(),
        "C".into(),
        "C".into(),
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        // A column that went in PostgreSQL 17; psql 15 asks for it whatever the server.
        Cell::Null,
    ]]
}

/// The extension that schema bowline and its relations count as, so that pg_dump takes them for what is there anyway.
pub(super) const EXTENSION: u32 = 13_050;

/// The rows of pg_extension.
pub(super) fn pg_extension(objects: &Objects) -> Vec<Vec<Cell>> {
    let schema = objects.schema(OWN_SCHEMA).into();
    let row = [EXTENSION.into(), OWN_SCHEMA.into(), ROLE.into(), schema, false.into()];
    vec![row.into_iter().chain([env!("CARGO_PKG_VERSION").into(), Cell::Null, Cell::Null]).collect()]
}

/// The rows of pg_authid.
pub(super) fn pg_authid(objects: &Objects) -> Vec<Vec<Cell>> {
    let may = || Cell::Bool(true);
    let mut row = vec![ROLE.into(), objects.role().into()];
    row.extend([may(), may(), may(), may(), may(), may(), may(), (-1).into(), Cell::Null, Cell::Null]);
    let not = || Cell::Bool(false);
    let mut owner = vec![DATABASE_OWNER.into(), DATABASE_OWNER_NAME.into()];
    owner.extend([not(), may(), not(), not(), not(), not(), not(), (-1).into(), Cell::Null, Cell::Null]);
    vec![row, owner]
}

/// The rows of pg_roles.
pub(super) fn pg_roles(objects: &Objects) -> Vec<Vec<Cell>> {
    let may = || Cell::Bool(true);
    let mut row = vec![objects.role().into(), may(), may(), may(), may(), may(), may()];
    row.extend([(-1).into(), "********".into(), Cell::Null, may(), Cell::Null, ROLE.into()]);
    let not = || Cell::Bool(false);
    let mut owner = vec![DATABASE_OWNER_NAME.into(), not(), may(), not(), not(), not(), not()];
    owner.extend([(-1).into(), "********".into(), Cell::Null, not(), Cell::Null, DATABASE_OWNER.into()]);
    vec![row, owner]
}

/// The rows of pg_user and pg_shadow.
pub(super) fn pg_user(objects: &Objects) -> Vec<Vec<Cell>> {
    let may = || Cell::Bool(true);
    let row = vec![objects.role().into(), ROLE.into(), may(), may(), may(), may()];
    vec![row.into_iter().chain(["********".into(), Cell::Null, Cell::Null]).collect()]
}
