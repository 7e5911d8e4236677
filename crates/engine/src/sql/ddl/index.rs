//! CREATE INDEX: a unique one is a candidate key; any other is a declaration, for key indexes build themselves.
//!
//! Method, order, operator classes and INCLUDE are kept as declared and shown; no answer depends on them.

use bowline_core::catalog::{
    Catalog, CatalogError, Characteristics, ColumnOrder, ConstraintId, Index, IndexDeclaration, IndexMethod, KeyOrigin,
    RelationName, SqlType, Table, constraint_name, well_formed,
};
use datafusion::sql::sqlparser::ast::{CreateIndex, IndexColumn, IndexType, OrderByOptions};

use super::super::names;
use super::super::scope::{Done, Scope};
use super::constraints::{KeySpec, declare_key, key_column, relation_taken};
use super::validate;
use crate::error::Error;
use crate::outcome::{Notice, Outcome};

/// Runs CREATE [UNIQUE] INDEX. CONCURRENTLY is what every index does here: none makes a write wait.
pub(super) fn create(scope: &mut Scope, create: CreateIndex) -> Result<Done, Error> {
    refuse_foreign_forms(&create)?;
    let table = names::table(scope.catalog(), &create.table_name)?;
    let outcome = Outcome::command("CREATE INDEX");
    let columns: Vec<String> = create.columns.iter().map(key_column).collect::<Result<_, _>>()?;
    let ids = names::column_ids(&table, &columns)?;
    let declaration = declaration(&table, &create)?;
    well_formed::check_stored(&table, &ids, "indexes")?;
    well_formed::check_stored(&table, &declaration.include, "indexes")?;
    let mut catalog = Catalog::clone(scope.catalog());
    let mut altered = Table::clone(&table);
    let name = match &create.name {
        None => {
            let named = columns.iter().chain(create.include.iter().map(|name| &name.value));
            let named: Vec<&str> = named.map(String::as_str).collect();
            constraint_name(&table.name, &named, "idx", &|name| relation_taken(&catalog, &table, name))
        }
        Some(name) => {
            let parts = names::parts(name)?;
            let [name] = parts.as_slice() else {
                return Err(Error::new("42601", format!("syntax error at or near \".\" in \"{name}\""))
                    .with_hint("An index is in the schema of its table: name it alone."));
            };
            if catalog.relation(&RelationName::new(&table.schema, name)).is_some() {
                if create.if_not_exists {
                    let message = format!("relation \"{name}\" already exists, skipping");
                    scope.notice(Notice { sqlstate: "42P07", ..Notice::plain(message) });
                    return Ok(Done::unchanged(outcome));
                }
                return Err(CatalogError::Exists { kind: "relation", name: name.clone() }.into());
            }
            name.clone()
        }
    };
    if create.unique {
        let spec = KeySpec {
            name: Some(name),
            columns,
            include: Vec::new(),
            primary: false,
            origin: KeyOrigin::Index,
            nulls_not_distinct: create.nulls_distinct == Some(false),
            characteristics: Characteristics::default(),
            index: declaration,
            comment: None,
        };
        let id = declare_key(&mut catalog, &mut altered, spec)?;
        validate::key(scope, &table, altered.key(id).expect("the key was just declared"))?;
    } else {
        let id = ConstraintId(catalog.next_id_in(&table.schema));
        altered.indexes.push(Index { id, name, columns: ids, declaration, comment: None });
    }
    catalog.put_table(altered);
    scope.declare(outcome, catalog)
}

/// Method, orders and INCLUDE. Errors: what a hash index does not have; a column that is not there.
fn declaration(table: &Table, create: &CreateIndex) -> Result<IndexDeclaration, Error> {
    let method = match &create.using {
        None | Some(IndexType::BTree) => IndexMethod::Btree,
        Some(IndexType::Hash) => IndexMethod::Hash,
        Some(_) => {
            return Err(Error::unsupported("only btree and hash indexes are supported", "Leave USING out."));
        }
    };
    let operator_classes = operator_classes(table, &create.columns, method)?;
    let orders: Vec<ColumnOrder> = create.columns.iter().map(|column| order(column.column.options)).collect();
    let include: Vec<String> = create.include.iter().map(names::folded).collect();
    let include = include.iter().map(|name| Ok(names::column(table, name)?.id)).collect::<Result<Vec<_>, Error>>()?;
    if method == IndexMethod::Hash {
        let said = |column: &OrderByOptions| *column != OrderByOptions::default();
        let lacks = match () {
            () if create.unique => Some("unique indexes"),
            () if !include.is_empty() => Some("included columns"),
            () if create.columns.len() > 1 => Some("multicolumn indexes"),
            () if create.columns.iter().any(|column| said(&column.column.options)) => Some("ASC/DESC options"),
            () => None,
        };
        if let Some(lacks) = lacks {
            let message = format!("access method \"hash\" does not support {lacks}");
            return Err(Error::unsupported(message, "Leave USING out, or use btree."));
        }
    }
    let plain = orders.iter().all(|order| *order == ColumnOrder::default());
    Ok(IndexDeclaration { method, orders: if plain { Vec::new() } else { orders }, include, operator_classes })
}

/// The operator class of each column, `None` for the default of its type; none at all where all have the default.
/// Errors: 42704 for a class there is not, 42804 for one of another type.
fn operator_classes(table: &Table, columns: &[IndexColumn], method: IndexMethod) -> Result<Vec<Option<String>>, Error> {
    let class_of = |column: &IndexColumn| {
        let Some(class) = &column.operator_class else { return Ok(None) };
        let parts = names::parts(class)?;
        let name = match parts.as_slice() {
            [name] => name,
            [schema, name] if schema == "pg_catalog" => name,
            _ => return Err(no_operator_class(&parts.join("."), method)),
        };
        let sql_type = names::column(table, &key_column(column)?)?.sql_type;
        operator_class(name, sql_type, method)
    };
    let classes = columns.iter().map(class_of).collect::<Result<Vec<_>, Error>>()?;
    Ok(if classes.iter().all(Option::is_none) { Vec::new() } else { classes })
}

/// The operator class as it is kept: `None` for the default of the type.
fn operator_class(name: &str, sql_type: SqlType, method: IndexMethod) -> Result<Option<String>, Error> {
    // PostgreSQL's classes, with the types they take; a type's default is the first that takes it.
    const TEXTS: &[&str] = &["text", "character varying"];
    const CLASSES: [(&str, &[&str]); 21] = [
        ("bool_ops", &["boolean"]),
        ("int2_ops", &["smallint"]),
        ("int4_ops", &["integer"]),
        ("int8_ops", &["bigint"]),
        ("numeric_ops", &["numeric"]),
        ("float4_ops", &["real"]),
        ("float8_ops", &["double precision"]),
        ("text_ops", TEXTS),
        ("varchar_ops", TEXTS),
        ("text_pattern_ops", TEXTS),
        ("varchar_pattern_ops", TEXTS),
        ("bpchar_ops", &["character"]),
        ("bpchar_pattern_ops", &["character"]),
        ("bytea_ops", &["bytea"]),
        ("date_ops", &["date"]),
        ("time_ops", &["time without time zone"]),
        ("timestamp_ops", &["timestamp without time zone"]),
        ("timestamptz_ops", &["timestamp with time zone"]),
        ("interval_ops", &["interval"]),
        ("uuid_ops", &["uuid"]),
        ("jsonb_ops", &["jsonb"]),
    ];
    let Some((_, types)) = CLASSES.iter().find(|(known, _)| *known == name) else {
        return Err(no_operator_class(name, method));
    };
    let shown = sql_type.to_string();
    let base = shown.split('(').next().unwrap_or_default();
    if !types.contains(&base) {
        let message = format!("operator class \"{name}\" does not accept data type {base}");
        return Err(Error::new("42804", message));
    }
    let default = CLASSES.iter().find(|(_, types)| types.contains(&base)).map(|(name, _)| *name);
    Ok((default != Some(name)).then(|| name.to_owned()))
}

fn no_operator_class(name: &str, method: IndexMethod) -> Error {
    Error::new("42704", format!("operator class \"{name}\" does not exist for access method \"{method}\""))
}

/// NULLs stand last in ascending order and first in descending order, unless the declaration says where.
fn order(options: OrderByOptions) -> ColumnOrder {
    let descending = options.asc == Some(false);
    ColumnOrder { descending, nulls_first: options.nulls_first.unwrap_or(descending) }
}

fn refuse_foreign_forms(create: &CreateIndex) -> Result<(), Error> {
    if create.predicate.is_some() {
        return Err(Error::unsupported("partial indexes are not supported", "Leave WHERE out."));
    }
    if !create.unique && create.nulls_distinct.is_some() {
        return Err(Error::unsupported(
            "NULLS [NOT] DISTINCT is only supported for unique indexes",
            "Leave it out: only a unique index compares NULLs.",
        ));
    }
    match create.with.is_empty() && create.index_options.is_empty() && create.alter_options.is_empty() {
        true => Ok(()),
        false => Err(Error::unsupported("index options are not supported", "Leave them out.")),
    }
}
