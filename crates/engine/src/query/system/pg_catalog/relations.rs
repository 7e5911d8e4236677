//! Which system relations there are, with their columns: pg_catalog's as PostgreSQL has them, and our own schemas' tables.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};

use super::super::definitions::DEFINITIONS;
use super::super::rows::Kind;
use super::cell;
use crate::query::view::Fields;

/// The OIDs of the system tables that are not PostgreSQL's count from here.
const OTHER_SYSTEM: u32 = 13_100;

/// A system relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query) struct SystemRelation {
    pub oid: u32,
    /// `r` for a table, `v` for a view, `f` for what a function returns.
    pub kind: &'static str,
    pub schema: &'static str,
    pub name: &'static str,
}

/// A relation of pg_catalog with its columns as (name, internal type).
#[derive(Debug)]
pub(super) struct Described {
    pub relation: SystemRelation,
    pub columns: Vec<(&'static str, &'static str)>,
}

/// The relations of pg_catalog, by name.
pub(super) fn pg_catalog() -> &'static HashMap<&'static str, Described> {
    static RELATIONS: OnceLock<HashMap<&'static str, Described>> = OnceLock::new();
    RELATIONS.get_or_init(|| {
        let lines = include_str!("relations.txt").lines().filter(|line| !line.starts_with('#'));
        lines.map(described).map(|described| (described.relation.name, described)).collect()
    })
}

fn described(line: &'static str) -> Described {
    let mut words = line.split(' ');
    let mut next = || words.next().expect("relations.txt was believed to hold an OID, a kind and a name on each line");
    let oid = next().parse().expect("relations.txt was believed to hold an OID first");
    let relation = SystemRelation { oid, kind: next(), schema: "pg_catalog", name: next() };
    let column = |word: &'static str| word.split_once(':').expect("a column was believed to be written name:type");
    Described { relation, columns: words.map(column).collect() }
}

/// All system relations, by OID.
pub(in crate::query::system) fn system() -> &'static [SystemRelation] {
    static ALL: OnceLock<Vec<SystemRelation>> = OnceLock::new();
    ALL.get_or_init(|| {
        let own = DEFINITIONS.iter().map(|known| (known.schema, known.name)).chain([("bowline", "violations")]);
        let own = own.enumerate().map(|(at, (schema, name))| {
            let oid = OTHER_SYSTEM + at as u32;
            SystemRelation { oid, kind: "v", schema, name }
        });
        // What a function returns is no relation of its own.
        let listed = pg_catalog().values().filter(|described| described.relation.kind != "f");
        let mut all: Vec<_> = listed.map(|described| described.relation).chain(own).collect();
        all.sort_by_key(|relation| relation.oid);
        all
    })
}

/// The columns of a system relation as (name, internal type).
pub(super) fn columns(relation: &SystemRelation) -> Vec<(&'static str, &'static str)> {
    if let Some(described) = pg_catalog().get(relation.name).filter(|_| relation.schema == "pg_catalog") {
        return described.columns.clone();
    }
    let kind = |kind: &Kind| match kind {
        Kind::Text => "text",
        Kind::Integer => "int4",
        Kind::Boolean => "bool",
    };
    let known =
        |known: &&&super::super::lazy::Definition| known.schema == relation.schema && known.name == relation.name;
    match DEFINITIONS.iter().find(known) {
        Some(definition) => definition.columns.iter().map(|(name, of)| (*name, kind(of))).collect(),
        None => super::super::violations::COLUMNS.iter().map(|(name, of)| (*name, kind(of))).collect(),
    }
}

/// The Arrow schema of a relation of pg_catalog.
pub(super) fn schema(described: &Described, fields: Fields) -> SchemaRef {
    let field = |(name, internal): &(&str, &str)| match fields {
        Fields::Typed => cell::field(name, internal),
        Fields::Bare => cell::bare(cell::field(name, internal)),
    };
    Arc::new(Schema::new(described.columns.iter().map(field).collect::<Vec<Field>>()))
}
