//! Binds declared constraints: keys, checks and foreign keys, named or with PostgreSQL's generated names.

use std::collections::BTreeSet;

use bowline_core::catalog::{
    CandidateKey, Catalog, CatalogError, Characteristics, Check, ColumnId, ConstraintId, Expression, ForeignKey,
    IndexDeclaration, KeyOrigin, MatchType, ReferentialAction, RelationName, Rule, Table, TableId, constraint_name,
    well_formed,
};
use datafusion::sql::sqlparser::ast::{
    self, CheckConstraint, ConstraintCharacteristics, ConstraintReferenceMatchKind, DeferrableInitial, Expr,
    ForeignKeyConstraint, Ident, IndexColumn, IndexOption, IndexType, OrderByOptions,
};

use super::super::clauses::is_include;
use super::super::constraint_attributes::must_be_deferrable;
use super::super::scope::Scope;
use super::super::tokens::offset_of;
use super::super::{action_lists, names};
use super::expressions::check_condition;
use crate::error::Error;
use crate::query::is_system_relation;
use crate::walk;

/// Columns that every table of PostgreSQL has beside its own.
const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"];

/// A PRIMARY KEY, UNIQUE or unique index to declare.
pub(super) struct KeySpec {
    pub name: Option<String>,
    pub columns: Vec<String>,
    /// INCLUDE, as far as `index` does not have it yet.
    pub include: Vec<String>,
    pub primary: bool,
    pub origin: KeyOrigin,
    pub nulls_not_distinct: bool,
    pub characteristics: Characteristics,
    pub index: IndexDeclaration,
    pub comment: Option<String>,
}

/// Declares a candidate key on a table that is being made or altered.
pub(super) fn declare_key(catalog: &mut Catalog, table: &mut Table, spec: KeySpec) -> Result<ConstraintId, Error> {
    if spec.primary && table.primary_key().is_some() {
        return Err(CatalogError::SecondPrimaryKey { table: table.name.clone() }.into());
    }
    let columns = well_formed::columns_named(table, &spec.columns, "named in key")?;
    let list = if spec.primary { "primary key constraint" } else { "unique constraint" };
    well_formed::check_key_columns(table, &columns, list)?;
    let over = match (spec.primary, spec.origin) {
        (true, _) => "primary keys",
        (false, KeyOrigin::Constraint) => "unique constraints",
        (false, KeyOrigin::Index) => "indexes",
    };
    let mut index = spec.index;
    index.include.extend(well_formed::columns_named(table, &spec.include, "named in key")?);
    well_formed::check_stored(table, &columns, over)?;
    well_formed::check_stored(table, &index.include, over)?;
    let name = match spec.name {
        Some(name) => {
            if relation_taken(catalog, table, &name) {
                return Err(CatalogError::Exists { kind: "relation", name }.into());
            }
            refuse_taken(catalog, table, &name)?;
            name
        }
        None => {
            let included = table.column_names(&index.include);
            let named = spec.columns.iter().chain(&included).map(String::as_str);
            let named: Vec<&str> = if spec.primary { Vec::new() } else { named.collect() };
            let label = match (spec.primary, spec.origin) {
                (true, _) => "pkey",
                (false, KeyOrigin::Constraint) => "key",
                (false, KeyOrigin::Index) => "idx",
            };
            constraint_name(&table.name, &named, label, &|name| relation_taken(catalog, table, name))
        }
    };
    if spec.primary {
        refuse_not_valid(table, &columns)?;
    }
    let id = ConstraintId(catalog.next_id_in(&table.schema));
    if spec.primary {
        table
            .columns
            .iter_mut()
            .filter(|column| columns.contains(&column.id))
            .for_each(|column| column.not_null = true);
    }
    table.keys.push(CandidateKey {
        id,
        name,
        columns,
        primary: spec.primary,
        origin: spec.origin,
        nulls_not_distinct: spec.nulls_not_distinct,
        index,
        characteristics: spec.characteristics,
        comment: spec.comment,
    });
    Ok(id)
}

/// Refuses a primary key over a column that may hold NULLs from before its NOT NULL. Errors: 55000.
pub(super) fn refuse_not_valid(table: &Table, columns: &[ColumnId]) -> Result<(), Error> {
    let mut columns = columns.iter().map(|id| table.column_by_id(*id));
    match columns.find(|column| column.not_null && column.not_null_constraint.not_valid) {
        None => Ok(()),
        Some(column) => {
            let (name, constraint) = (&column.name, table.not_null_name(column));
            Err(Error::new("55000", format!("cannot create primary key on column \"{name}\""))
                .with_detail(format!(
                    "The constraint \"{constraint}\" on column \"{name}\" of table \"{}\", marked NOT VALID, is incompatible with a primary key.",
                    table.name
                ))
                .with_hint(VALIDATE_FIRST))
        }
    }
}

/// What to do about a NOT NULL that is NOT VALID.
pub(super) const VALIDATE_FIRST: &str = "You might need to validate it using ALTER TABLE ... VALIDATE CONSTRAINT.";

/// Declares a CHECK. Without a name it is called after the column it is about, if that is one, wherever it is written.
pub(super) fn declare_check(
    scope: &Scope,
    catalog: &mut Catalog,
    table: &mut Table,
    name: Option<String>,
    check: &CheckConstraint,
) -> Result<ConstraintId, Error> {
    let expression = check.expr.as_ref();
    let text = expression.to_string();
    check_condition(scope, &text, table)?;
    let used = columns_used(expression, table);
    let name = match name {
        Some(name) => {
            refuse_taken(catalog, table, &name)?;
            name
        }
        None => {
            let named: Vec<&str> = match used.len() {
                1 => used.iter().map(String::as_str).collect(),
                _ => Vec::new(),
            };
            constraint_name(&table.name, &named, "check", &|name| constraint_taken(catalog, table, name))
        }
    };
    let id = ConstraintId(catalog.next_id_in(&table.schema));
    let enforced = check.enforced != Some(false);
    table.checks.push(Check { id, name, expression: Expression(text), validated: enforced, enforced, comment: None });
    Ok(id)
}

/// Declares a foreign key of a table that is in the catalog; adds it there and returns it with warnings about it.
pub(super) fn declare_foreign_key(
    scope: &Scope,
    catalog: &mut Catalog,
    table: TableId,
    name: Option<String>,
    declared: &ForeignKeyConstraint,
) -> Result<(ForeignKey, Vec<String>), Error> {
    refuse_index_forms(declared.index_name.as_ref(), None, &[])?;
    let table = catalog.table(table).clone();
    let referenced_name = names::relation_name(catalog, &declared.foreign_table)?;
    if !referenced_name.is_nowhere()
        && catalog.schema(&referenced_name.schema).is_none()
        && !names::SYSTEM_SCHEMAS.contains(&referenced_name.schema.as_str())
    {
        return Err(Error::new("3F000", format!("schema \"{}\" does not exist", referenced_name.schema))
            .with_hint("Create the schema and the referenced table first."));
    }
    let referenced = names::table_named(catalog, &referenced_name).map_err(|mut error| {
        let alone = declared.foreign_table.0.len() == 1;
        if error.sqlstate == "42P01" && alone && is_system_relation(&referenced_name.name) {
            error = names::system_catalog(&referenced_name.name);
        } else if error.sqlstate == "42501" && referenced_name.schema != "pg_catalog" {
            // The others are views.
            error = Error::new("42809", format!("\"{}\" is not a table", referenced_name.name))
                .with_hint("Copy what it shows into a table with the key.");
        }
        if error.sqlstate == "42809" {
            error.message = format!("referenced relation {}", error.message);
        }
        at_name(scope, error, &declared.foreign_table.0.last().and_then(|part| part.as_ident().cloned()))
    })?;
    let listed: Vec<String> = declared.columns.iter().map(names::folded).collect();
    refuse_system_columns(&table, &declared.columns)?;
    refuse_system_columns(&referenced, &declared.referred_columns)?;
    let columns = well_formed::columns_named(&table, &listed, "referenced in foreign key constraint")?;
    let referenced_names: Vec<String> = declared.referred_columns.iter().map(names::folded).collect();
    let referenced_columns =
        well_formed::columns_named(&referenced, &referenced_names, "referenced in foreign key constraint")?;
    let name = match name.or_else(|| declared.name.as_ref().map(names::folded)) {
        Some(name) => {
            refuse_taken(catalog, &table, &name)?;
            name
        }
        None => {
            let named: Vec<&str> = listed.iter().map(String::as_str).collect();
            constraint_name(&table.name, &named, "fkey", &|name| constraint_taken(catalog, &table, name))
        }
    };
    let enforced = declared.characteristics.as_ref().and_then(|declared| declared.enforced) != Some(false);
    let characteristics = characteristics(declared.characteristics.as_ref())?;
    let columns_set = columns_set(scope, &table, declared)?;
    let fk = ForeignKey {
        id: ConstraintId(catalog.next_id_in(&table.schema)),
        name,
        table: table.id,
        columns,
        referenced_table: referenced.id,
        referenced_columns,
        referenced_key: ConstraintId(0),
        match_type: match_type(declared.match_kind),
        on_delete: Rule { action: action(declared.on_delete), columns: columns_set },
        on_update: Rule { action: action(declared.on_update), columns: Vec::new() },
        characteristics,
        validated: enforced,
        enforced,
        comment: None,
    };
    let fk = well_formed::complete_foreign_key(catalog, fk)?;
    let warnings = well_formed::foreign_key_warnings(catalog, &fk);
    catalog.put_foreign_key(fk.clone());
    Ok((fk, warnings))
}

/// PostgreSQL keeps more of a row than its columns, and lets no foreign key be over that; here it does not exist.
fn refuse_system_columns(table: &Table, columns: &[Ident]) -> Result<(), Error> {
    let is_system = |name: &&Ident| {
        let name = names::folded(name);
        SYSTEM_COLUMNS.contains(&name.as_str()) && table.column(&name).is_none()
    };
    match columns.iter().any(|name| is_system(&name)) {
        true => Err(Error::unsupported(
            "system columns cannot be used in foreign keys",
            "Name columns that the tables declare.",
        )),
        false => Ok(()),
    }
}

/// The columns of a key, and those of its INCLUDE.
pub(super) fn key_and_included(columns: &[IndexColumn]) -> Result<(Vec<String>, Vec<String>), Error> {
    let included = columns.iter().position(is_include);
    let (columns, included) = match included {
        None => (columns, &columns[..0]),
        Some(mark) => (&columns[..mark], &columns[mark + 1..]),
    };
    Ok((key_columns(columns)?, key_columns(included)?))
}

/// The plain column names of a key. Errors: expressions, operator classes, and orders, which a key has none of.
fn key_columns(columns: &[IndexColumn]) -> Result<Vec<String>, Error> {
    if let Some(ordered) = columns.iter().find(|column| column.column.options != OrderByOptions::default()) {
        return Err(Error::new("42601", format!("a key column has no order: {}", ordered.column))
            .with_hint("Name the column alone."));
    }
    if let Some(class) = columns.iter().find_map(|column| column.operator_class.as_ref()) {
        return Err(Error::new("42601", format!("a key column has no operator class: {class}"))
            .with_hint("Name the column alone."));
    }
    columns.iter().map(key_column).collect()
}

/// The plain column name of an element of a key or index, whose order and operator class the caller judges.
pub(super) fn key_column(column: &IndexColumn) -> Result<String, Error> {
    match &column.column.expr {
        Expr::Identifier(name) if column.column.with_fill.is_none() => Ok(names::folded(name)),
        other => Err(Error::unsupported(
            format!("a key or index over \"{other}\" is not supported"),
            "Name plain columns; keep a computed value in a GENERATED ... STORED column.",
        )),
    }
}

/// Refuses what only MySQL says of a key: a name and a method of its index.
pub(super) fn refuse_index_forms(
    index_name: Option<&Ident>,
    index_type: Option<&IndexType>,
    options: &[IndexOption],
) -> Result<(), Error> {
    match index_name.is_none() && index_type.is_none() && options.is_empty() {
        true => Ok(()),
        false => Err(Error::unsupported(
            "a name, method or option of a key's index is not supported",
            "Name the constraint: CONSTRAINT name UNIQUE (columns).",
        )),
    }
}

/// When a key is judged. `name` is for the error. Errors: 42601; NOT ENFORCED.
pub(super) fn key_characteristics(
    declared: Option<&ConstraintCharacteristics>,
    name: &str,
) -> Result<Characteristics, Error> {
    match declared.and_then(|declared| declared.enforced) {
        Some(false) => Err(Error::unsupported(
            format!("constraint \"{name}\": NOT ENFORCED is only supported for foreign keys"),
            "Leave the constraint out.",
        )),
        _ => characteristics(declared),
    }
}

/// INITIALLY DEFERRED implies DEFERRABLE. Errors: 42601 for NOT DEFERRABLE INITIALLY DEFERRED.
fn characteristics(declared: Option<&ConstraintCharacteristics>) -> Result<Characteristics, Error> {
    let deferrable = declared.and_then(|declared| declared.deferrable);
    let deferred = declared.and_then(|declared| declared.initially) == Some(DeferrableInitial::Deferred);
    match (deferrable, deferred) {
        (Some(false), true) => Err(must_be_deferrable()),
        _ => Ok(Characteristics { deferrable: deferrable == Some(true) || deferred, initially_deferred: deferred }),
    }
}

/// The columns that SET NULL or SET DEFAULT of ON DELETE write; empty for all. Errors: 42703.
fn columns_set(scope: &Scope, table: &Table, declared: &ForeignKeyConstraint) -> Result<Vec<ColumnId>, Error> {
    let listed = action_lists::of(scope.sql, &declared.foreign_table);
    let listed: Vec<String> = listed.iter().map(names::folded).collect();
    let mut columns = well_formed::columns_named(table, &listed, "referenced in foreign key constraint")?;
    let mut seen = BTreeSet::new();
    columns.retain(|column| seen.insert(*column));
    Ok(columns)
}

fn match_type(declared: Option<ConstraintReferenceMatchKind>) -> MatchType {
    match declared {
        None | Some(ConstraintReferenceMatchKind::Simple) => MatchType::Simple,
        Some(ConstraintReferenceMatchKind::Full) => MatchType::Full,
        Some(ConstraintReferenceMatchKind::Partial) => MatchType::Partial,
    }
}

fn action(declared: Option<ast::ReferentialAction>) -> ReferentialAction {
    match declared {
        None | Some(ast::ReferentialAction::NoAction) => ReferentialAction::NoAction,
        Some(ast::ReferentialAction::Restrict) => ReferentialAction::Restrict,
        Some(ast::ReferentialAction::Cascade) => ReferentialAction::Cascade,
        Some(ast::ReferentialAction::SetNull) => ReferentialAction::SetNull,
        Some(ast::ReferentialAction::SetDefault) => ReferentialAction::SetDefault,
    }
}

/// The columns of the table an expression names.
pub(super) fn columns_used(expression: &Expr, table: &Table) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    walk::each_expr(expression, |part| {
        let name = match part {
            Expr::Identifier(name) => Some(name),
            Expr::CompoundIdentifier(parts) => parts.last(),
            _ => None,
        };
        if let Some(column) = name.and_then(|name| table.column(&names::folded(name))) {
            used.insert(column.name.clone());
        }
    });
    used
}

/// Whether a relation of that name is in the table's schema, or will be.
pub(super) fn relation_taken(catalog: &Catalog, table: &Table, name: &str) -> bool {
    let own = table.keys.iter().map(|key| &key.name).chain(table.indexes.iter().map(|index| &index.name));
    let mut own = own.chain([&table.name]);
    own.any(|known| known == name) || catalog.relation(&RelationName::new(&table.schema, name)).is_some()
}

/// Whether a constraint of that name is in the table's schema.
fn constraint_taken(catalog: &Catalog, table: &Table, name: &str) -> bool {
    table.own_constraint_names().any(|known| known == name)
        || catalog
            .tables()
            .filter(|other| other.schema == table.schema)
            .any(|other| catalog.constraint_names(other.id).iter().any(|known| known == name))
}

/// Refuses a name that another constraint of the same table has.
pub(super) fn refuse_taken(catalog: &Catalog, table: &Table, name: &str) -> Result<(), Error> {
    // The table may not be in the catalog yet.
    let mut own = table.own_constraint_names().cloned().collect::<Vec<_>>();
    if catalog.find_table(table.id).is_some() {
        own.extend(catalog.constraint_names(table.id));
    }
    match own.iter().any(|known| known == name) {
        false => Ok(()),
        true => {
            Err(Error::new("42710", format!("constraint \"{name}\" for relation \"{}\" already exists", table.name))
                .with_hint("Choose another name, or drop the existing constraint first.")
                .with_table(&table.schema, &table.name))
        }
    }
}

/// Adds the place of a name in the statement's text to an error.
pub(super) fn at_name(scope: &Scope, error: Error, name: &Option<Ident>) -> Error {
    let start = name.as_ref().map(|name| name.span.start);
    match start.and_then(|start| offset_of(scope.sql, start.line as usize, start.column as usize)) {
        Some(position) => error.with_position(position),
        None => error,
    }
}
