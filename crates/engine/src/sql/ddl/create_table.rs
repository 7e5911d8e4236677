//! CREATE TABLE: columns, keys, checks and foreign keys in one declaration.

use bowline_core::catalog::{
    Catalog, Characteristics, Column, ColumnId, ConstraintId, DEFAULT_SCHEMA, Expression, Identity, IndexDeclaration,
    KeyOrigin, NotNull, RelationName, Sequence, SequenceId, SqlType, TEMPORARY_SCHEMA, Table, constraint_name,
};
use datafusion::sql::sqlparser::ast::helpers::stmt_create_table::CreateTableBuilder;
use datafusion::sql::sqlparser::ast::{
    ColumnDef, ColumnOption, ColumnOptionDef, CreateTable, CreateTableOptions, GeneratedAs, Ident, KeyOrIndexDisplay,
    NullsDistinctOption, SequenceOptions, TableConstraint,
};

use super::super::clauses::{NULLS_NOT_DISTINCT, VIRTUAL, is_untyped, like_options, not_null_column, using_index};
use super::super::names;
use super::super::reserved::refused;
use super::super::scope::{Done, Scope};
use super::constraints::{self, KeySpec, declare_check, declare_foreign_key, declare_key};
use super::declared::Declared;
use super::expressions::{check_default, check_generated};
use super::like::{self, Like};
use super::new_relation::{empty_table, is_new, temporary_forms};
use super::not_null::{self, NotNullSpec};
use super::using_index::UsingIndex;
use super::{create_as, sequence, storage_parameters};
use crate::error::Error;
use crate::identifier::{identifier, is_reserved};
use crate::outcome::{Notice, Outcome};
use crate::query::{serial_type, sql_type};
use crate::stored_names::stored_expression;

/// Runs CREATE TABLE.
pub(super) fn run(scope: &mut Scope, create: CreateTable) -> Result<Done, Error> {
    refuse_foreign_forms(&create)?;
    if create.query.is_some() {
        return create_as::run(scope, create);
    }
    let name = names::new_relation_name(scope.catalog(), &create.name, create.temporary)?;
    let on_commit = temporary_forms(scope, &create, &name)?;
    if !is_new(scope, &name, create.if_not_exists)? {
        return Ok(Done::unchanged(Outcome::command("CREATE TABLE")));
    }
    let mut catalog = Catalog::clone(scope.catalog());
    let mut table = empty_table(&mut catalog, name);
    catalog.set_on_commit(table.id, on_commit);
    let mut declared = Declared::default();
    for column in &create.columns {
        match like_options(column) {
            None => {
                add_column(scope, &mut catalog, &mut table, column, &mut declared)?;
            }
            Some(options) => {
                let like = Like::new(scope.catalog(), column, &options)?;
                like::copy(scope, &mut catalog, &mut table, &mut declared, &like)?;
            }
        }
    }
    for constraint in create.constraints {
        sort_out(constraint, &mut declared)?;
    }
    declare(scope, &mut catalog, table, declared)?;
    scope.declare(Outcome::command("CREATE TABLE"), catalog)
}

/// Adds a table and its constraints to the catalog: keys and checks first, then the foreign keys that may reference them.
pub(super) fn declare(
    scope: &mut Scope,
    catalog: &mut Catalog,
    mut table: Table,
    declared: Declared,
) -> Result<(), Error> {
    for column in table.columns.iter().filter(|column| column.generated.is_some()) {
        check_generated(scope, &table, column)?;
    }
    if !declared.using_indexes.is_empty() {
        return Err(Error::unsupported(
            "cannot use an existing index in CREATE TABLE",
            "Name the columns: UNIQUE (columns).",
        ));
    }
    for not_null in declared.not_nulls {
        not_null::declare(catalog, &mut table, not_null)?;
    }
    let (primary, others): (Vec<_>, Vec<_>) = declared.keys.into_iter().partition(|key| key.primary);
    for key in without_repeated(primary.into_iter().chain(others)) {
        declare_key(catalog, &mut table, key)?;
    }
    for (columns, mut index) in declared.indexes {
        let named: Vec<&str> = columns.iter().map(String::as_str).collect();
        let taken = |name: &str| constraints::relation_taken(catalog, &table, name);
        index.name = constraint_name(&table.name, &named, "idx", &taken);
        index.id = ConstraintId(catalog.next_id_in(&table.schema));
        table.indexes.push(index);
    }
    for (name, check) in declared.checks {
        declare_check(scope, catalog, &mut table, name, &check)?;
    }
    let id = table.id;
    catalog.put_table(table);
    for (name, foreign_key) in declared.foreign_keys {
        let (_, warnings) = declare_foreign_key(scope, catalog, id, name, &foreign_key)?;
        warnings.into_iter().for_each(|warning| scope.notice(Notice::warning(warning)));
    }
    Ok(())
}

/// The keys, those left out that say what an earlier one says; a name is kept.
///
/// Source: PostgreSQL's `transformIndexConstraints`.
fn without_repeated(keys: impl Iterator<Item = KeySpec>) -> Vec<KeySpec> {
    let mut kept: Vec<KeySpec> = Vec::new();
    for key in keys {
        let same = |earlier: &&mut KeySpec| {
            earlier.columns == key.columns
                && earlier.include == key.include
                && earlier.index.include == key.index.include
                && earlier.origin == key.origin
                && earlier.nulls_not_distinct == key.nulls_not_distinct
                && earlier.characteristics == key.characteristics
                && !(earlier.primary && key.primary)
        };
        match kept.iter_mut().find(same) {
            Some(earlier) => earlier.name = earlier.name.take().or(key.name),
            None => kept.push(key),
        }
    }
    kept
}

/// Adds a column to a table, its sequence to the catalog, its constraints to `declared`.
pub(super) fn add_column(
    scope: &Scope,
    catalog: &mut Catalog,
    table: &mut Table,
    definition: &ColumnDef,
    declared: &mut Declared,
) -> Result<ColumnId, Error> {
    let written = &definition.name;
    if written.quote_style.is_none() && is_reserved(&written.value) {
        return Err(constraints::at_name(scope, refused(&written.value, "column"), &Some(written.clone())));
    }
    if is_untyped(definition) {
        return Err(constraints::at_name(
            scope,
            Error::new("42601", format!("column \"{}\" has no type", written.value))
                .with_hint("Name its type, or follow the list with AS and a query."),
            &Some(written.clone()),
        ));
    }
    let name = names::folded(written);
    if table.column(&name).is_some() {
        return Err(Error::new("42701", format!("column \"{name}\" specified more than once"))
            .with_hint("Give each column its own name."));
    }
    refuse_system_column(&name)?;
    let serial = serial_type(&definition.data_type);
    let sql_type = match serial {
        Some(sql_type) => sql_type,
        None => sql_type_of(scope, definition)?,
    };
    let id = ColumnId(table.next_column);
    table.next_column += 1;
    table.columns.push(Column {
        id,
        name: name.clone(),
        sql_type,
        not_null: serial.is_some(),
        default: None,
        identity: None,
        generated: None,
        is_virtual: false,
        numbered_as: None,
        not_null_constraint: NotNull::default(),
        missing: None,
        comment: None,
    });
    if serial.is_some() {
        let sequence = owned_sequence(catalog, table, id, sql_type, &[])?;
        let named = catalog.sequence(sequence).name.clone();
        last(table).default = Some(nextval(&named));
    }
    let says = |wanted: fn(&ColumnOption) -> bool| definition.options.iter().any(|option| wanted(&option.option));
    let is_never_null = |option: &ColumnOption| match option {
        ColumnOption::NotNull | ColumnOption::PrimaryKey(_) => true,
        ColumnOption::Generated { generation_expr, .. } => generation_expr.is_none(),
        _ => false,
    };
    if says(|option| *option == ColumnOption::Null) && (serial.is_some() || says(is_never_null)) {
        return Err(Error::new(
            "42601",
            format!("conflicting NULL/NOT NULL declarations for column \"{name}\" of table \"{}\"", table.name),
        )
        .with_hint("Keep one of them."));
    }
    for option in &definition.options {
        refuse_unkept_name(option)?;
        let constraint = option.name.as_ref().map(names::folded);
        if let (Some(name), ColumnOption::NotNull) = (&constraint, &option.option) {
            not_null::name(catalog, table, table.columns.len() - 1, name.clone())?;
        }
        column_option(catalog, table, &name, constraint, &option.option, declared)?;
    }
    if let Some(default) = last(table).default.clone() {
        check_default(scope, &default.0, table, last_ref(table))?;
    }
    Ok(id)
}

/// Refuses a name that every table has a column of in PostgreSQL. Errors: 42701.
pub(super) fn refuse_system_column(name: &str) -> Result<(), Error> {
    match ["tableoid", "ctid", "xmin", "cmin", "xmax", "cmax"].contains(&name) {
        false => Ok(()),
        true => Err(Error::new("42701", format!("column name \"{name}\" conflicts with a system column name"))
            .with_hint("Choose another name.")),
    }
}

/// A name that nothing would keep.
fn refuse_unkept_name(option: &ColumnOptionDef) -> Result<(), Error> {
    use ColumnOption::{Check, ForeignKey, NotNull, PrimaryKey, Unique};
    match (&option.name, &option.option) {
        (None, _) | (_, PrimaryKey(_) | Unique(_) | ForeignKey(_) | Check(_) | NotNull) => Ok(()),
        (Some(name), other) => Err(Error::unsupported(
            format!("a name for {other} is not supported: \"{}\"", name.value),
            "Leave CONSTRAINT and the name out; keys, foreign keys and checks have names.",
        )),
    }
}

fn column_option(
    catalog: &mut Catalog,
    table: &mut Table,
    column: &str,
    constraint: Option<String>,
    option: &ColumnOption,
    declared: &mut Declared,
) -> Result<(), Error> {
    match option {
        ColumnOption::Null => last(table).not_null = false,
        ColumnOption::NotNull => last(table).not_null = true,
        ColumnOption::Comment(mark) if mark == NULLS_NOT_DISTINCT => {
            let key = declared.keys.last_mut().expect("the mark follows its UNIQUE");
            key.nulls_not_distinct = true;
        }
        ColumnOption::Comment(mark) if mark == VIRTUAL => last(table).is_virtual = true,
        ColumnOption::Default(expression) => {
            refuse_second_value(table, Given::Default)?;
            let text = stored_expression(catalog, expression.to_string(), table.id.is_temporary());
            last(table).default = Some(Expression(text));
        }
        ColumnOption::PrimaryKey(key) => {
            let when = constraints::key_characteristics(key.characteristics.as_ref(), column)?;
            declared.keys.push(key_spec(constraint, vec![column.to_owned()], true, when));
        }
        ColumnOption::Unique(key) => {
            let when = constraints::key_characteristics(key.characteristics.as_ref(), column)?;
            declared.keys.push(key_spec(constraint, vec![column.to_owned()], false, when));
        }
        ColumnOption::ForeignKey(foreign_key) => {
            let mut foreign_key = foreign_key.clone();
            foreign_key.columns = vec![Ident::with_quote('"', column)];
            declared.foreign_keys.push((constraint, foreign_key));
        }
        ColumnOption::Check(check) => {
            declared.checks.push((constraint, check.clone()));
        }
        ColumnOption::Generated { generated_as, sequence_options, generation_expr, .. } => {
            let id = last(table).id;
            let given = if generation_expr.is_some() { Given::Expression } else { Given::Identity };
            refuse_second_value(table, given)?;
            match (generated_as, generation_expr) {
                (GeneratedAs::ExpStored | GeneratedAs::Always, Some(expression)) => {
                    last(table).generated = Some(Expression(expression.to_string()));
                }
                (always, None) => {
                    let sql_type = last(table).sql_type;
                    if !sql_type.is_integer() {
                        return Err(Error::new("22023", "identity column type must be smallint, integer, or bigint")
                            .with_hint(format!("Declare \"{column}\" as one of these.")));
                    }
                    let options = sequence_options.as_deref().unwrap_or_default();
                    let sequence = owned_sequence(catalog, table, id, sql_type, options)?;
                    let column = last(table);
                    column.identity = Some(Identity { always: *always == GeneratedAs::Always, sequence });
                    column.not_null = true;
                }
                (GeneratedAs::ByDefault, Some(_)) => {
                    return Err(Error::new("42601", "for a generated column, GENERATED ALWAYS must be specified")
                        .with_hint("Write GENERATED ALWAYS AS (...)."));
                }
            }
        }
        other => {
            return Err(Error::unsupported(
                format!("column option {other} of column \"{column}\" is not supported"),
                "Leave it out.",
            ));
        }
    }
    Ok(())
}

/// What gives a column its value where none is given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    Default,
    Identity,
    Expression,
}

/// A column takes its value from one of default, identity and expression. Errors: 42601.
fn refuse_second_value(table: &Table, given: Given) -> Result<(), Error> {
    let column = last_ref(table);
    let had = match column {
        Column { default: Some(_), .. } => Given::Default,
        Column { identity: Some(_), .. } => Given::Identity,
        Column { generated: Some(_), .. } => Given::Expression,
        _ => return Ok(()),
    };
    let both = |one: Given, other: Given| [had, given].contains(&one) && [had, given].contains(&other);
    let what = match () {
        () if had == given => match given {
            Given::Default => "multiple default values",
            Given::Identity => "multiple identity specifications",
            Given::Expression => "multiple generation clauses specified",
        },
        () if both(Given::Default, Given::Identity) => "both default and identity",
        () if both(Given::Default, Given::Expression) => "both default and generation expression",
        () => "both identity and generation expression",
    };
    let said = if what.contains("specifi") { "" } else { " specified" };
    let message = format!("{what}{said} for column \"{}\" of table \"{}\"", column.name, table.name);
    Err(Error::new("42601", message).with_hint("Keep one of them; a SERIAL column has its default already."))
}

/// Tells a table-level constraint apart.
pub(super) fn sort_out(constraint: TableConstraint, declared: &mut Declared) -> Result<(), Error> {
    match constraint {
        TableConstraint::PrimaryKey(key) => {
            let when = constraints::key_characteristics(key.characteristics.as_ref(), "PRIMARY KEY")?;
            let (name, options) = (key.index_name.as_ref(), &key.index_options);
            constraints::refuse_index_forms(name, key.index_type.as_ref(), options)?;
            if let Some(index) = using_index(&key.columns) {
                declared.using_indexes.push(over_index(key.name.as_ref(), index, true, when));
                return Ok(());
            }
            let (columns, include) = constraints::key_and_included(&key.columns)?;
            let spec = key_spec(key.name.as_ref().map(names::folded), columns, true, when);
            declared.keys.push(KeySpec { include, ..spec });
        }
        TableConstraint::Unique(key) => {
            let when = constraints::key_characteristics(key.characteristics.as_ref(), "UNIQUE")?;
            let (name, options) = (key.index_name.as_ref(), &key.index_options);
            constraints::refuse_index_forms(name, key.index_type.as_ref(), options)?;
            if key.index_type_display != KeyOrIndexDisplay::None {
                return Err(Error::new("42601", "UNIQUE KEY and UNIQUE INDEX are not constraints")
                    .with_hint("Write UNIQUE (columns)."));
            }
            if let Some(index) = using_index(&key.columns) {
                declared.using_indexes.push(over_index(key.name.as_ref(), index, false, when));
                return Ok(());
            }
            let (columns, include) = constraints::key_and_included(&key.columns)?;
            let spec = key_spec(key.name.as_ref().map(names::folded), columns, false, when);
            let nulls_not_distinct = key.nulls_distinct == NullsDistinctOption::NotDistinct;
            declared.keys.push(KeySpec { nulls_not_distinct, include, ..spec });
        }
        TableConstraint::ForeignKey(foreign_key) => {
            declared.foreign_keys.push((foreign_key.name.as_ref().map(names::folded), foreign_key));
        }
        TableConstraint::Check(check) => {
            if let Some(column) = not_null_column(&check.expr) {
                let name = check.name.as_ref().map(names::folded);
                declared.not_nulls.push(NotNullSpec { name, column: names::folded(column) });
                return Ok(());
            }
            declared.checks.push((check.name.as_ref().map(names::folded), check));
        }
        other => {
            return Err(Error::unsupported(
                format!("constraint {other} is not supported"),
                "There are PRIMARY KEY, UNIQUE, FOREIGN KEY and CHECK.",
            ));
        }
    }
    Ok(())
}

fn over_index(name: Option<&Ident>, index: &Ident, primary: bool, characteristics: Characteristics) -> UsingIndex {
    UsingIndex { name: name.map(names::folded), index: names::folded(index), primary, characteristics }
}

fn key_spec(name: Option<String>, columns: Vec<String>, primary: bool, characteristics: Characteristics) -> KeySpec {
    KeySpec {
        name,
        columns,
        include: Vec::new(),
        primary,
        origin: KeyOrigin::Constraint,
        nulls_not_distinct: false,
        characteristics,
        index: IndexDeclaration::default(),
        comment: None,
    }
}

/// A sequence owned by a column of a table that is being made.
pub(super) fn owned_sequence(
    catalog: &mut Catalog,
    table: &Table,
    column: ColumnId,
    sql_type: SqlType,
    options: &[SequenceOptions],
) -> Result<SequenceId, Error> {
    let taken = |name: &str| constraints::relation_taken(catalog, table, name);
    let name = constraint_name(&table.name, &[&table.column_by_id(column).name], "seq", &taken);
    let id = SequenceId(catalog.next_id_in(&table.schema));
    let name = RelationName::new(&table.schema, name);
    let sequence = sequence::with_options(id, name, sql_type, options)?;
    catalog.put_sequence(Sequence { owner: Some((table.id, column)), ..sequence });
    Ok(id)
}

fn nextval(sequence: &RelationName) -> Expression {
    let quoted = match [DEFAULT_SCHEMA, TEMPORARY_SCHEMA].contains(&sequence.schema.as_str()) {
        true => identifier(&sequence.name),
        false => format!("{}.{}", identifier(&sequence.schema), identifier(&sequence.name)),
    };
    Expression(format!("nextval('{}'::regclass)", quoted.replace('\'', "''")))
}

fn sql_type_of(scope: &Scope, definition: &ColumnDef) -> Result<SqlType, Error> {
    let error = match sql_type(&definition.data_type) {
        Ok(sql_type) => return Ok(sql_type),
        Err(error) => error,
    };
    Err(constraints::at_name(scope, error, &Some(definition.name.clone())))
}

fn last(table: &mut Table) -> &mut Column {
    table.columns.last_mut().expect("the column was just added")
}

fn last_ref(table: &Table) -> &Column {
    table.columns.last().expect("the column was just added")
}

fn refuse_foreign_forms(create: &CreateTable) -> Result<(), Error> {
    if create.inherits.is_some() {
        return Err(Error::unsupported(
            "table inheritance is not supported",
            "Use a foreign key with a shared primary key.",
        ));
    }
    if create.partition_by.is_some() || create.partition_of.is_some() {
        return Err(Error::unsupported("partitioned tables are not supported", "Keep the rows in one table."));
    }
    let parameters = match &create.table_options {
        CreateTableOptions::With(parameters) => {
            storage_parameters::check(parameters)?;
            create.table_options.clone()
        }
        _ => CreateTableOptions::None,
    };
    // Whatever else is said makes it differ from the plain form.
    let plain = CreateTableBuilder::new(create.name.clone())
        .columns(create.columns.clone())
        .constraints(create.constraints.clone())
        .if_not_exists(create.if_not_exists)
        .query(create.query.clone())
        .temporary(create.temporary)
        .global(create.global)
        .on_commit(create.on_commit)
        .table_options(parameters)
        .build();
    match *create == plain {
        true => Ok(()),
        false => Err(Error::unsupported(
            "this form of CREATE TABLE is not supported",
            "Use CREATE TABLE [IF NOT EXISTS] name (columns and constraints) or CREATE TABLE name AS query.",
        )),
    }
}
