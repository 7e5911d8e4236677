//! ALTER of a relation as a whole: RENAME TO, SET SCHEMA and OWNER TO of tables, views, indexes and sequences, the options of a sequence, and
//! RENAME of a schema.

use bowline_core::catalog::{
    Catalog, CatalogError, DEFAULT_SCHEMA, Relation, RelationName, Sequence, SqlType, TEMPORARY_SCHEMA, Table, TableId,
    View,
};
use datafusion::sql::sqlparser::ast::{
    AlterSchema, AlterSchemaOperation, AlterTable, AlterTableOperation, Ident, ObjectName, Owner, RenameTableNameKind,
};

use super::super::clauses::{ColumnChange, SEQUENCE, column_change, new_schema};
use super::super::names;
use super::super::scope::{Done, Scope};
use super::super::tokens::{is_word, without_blanks};
use super::{dependents, follow, identity, sequence};
use crate::error::Error;
use crate::outcome::{Notice, Outcome};

/// What a statement changes of a relation.
enum Change<'a> {
    Name(&'a ObjectName),
    Schema(String),
    Owner(&'a Owner),
    /// Options of a sequence, as words.
    Options(Vec<&'a str>),
}

/// Runs what concerns the relation as a whole; `None` for what concerns a table's columns and constraints.
pub(super) fn run(scope: &mut Scope, alter: &AlterTable) -> Result<Option<Done>, Error> {
    let [operation] = alter.operations.as_slice() else { return Ok(None) };
    let Some(change) = change(operation) else { return Ok(None) };
    let (kind, tag) = kind(scope.sql);
    let outcome = Outcome::command(tag);
    let name = names::relation_name(scope.catalog(), &alter.name)?;
    let found = match scope.catalog().relation(&name) {
        Some(found) if fits(kind, &found) => found,
        Some(_) => {
            return Err(Error::new("42809", format!("\"{}\" is not {kind}", name.name))
                .with_hint("Use the ALTER of its own kind."));
        }
        None if alter.if_exists => {
            scope.notice(Notice::plain(format!("relation \"{name}\" does not exist, skipping")));
            return Ok(Some(Done::unchanged(outcome)));
        }
        None => return Err(names::missing(scope.catalog(), &name)),
    };
    if let Change::Owner(owner) = change {
        check_owner(scope, owner)?;
        return Ok(Some(Done::unchanged(outcome)));
    }
    let mut catalog = Catalog::clone(scope.catalog());
    match change {
        Change::Name(to) => rename(&mut catalog, &name, &found, to)?,
        Change::Schema(schema) => set_schema(&mut catalog, &name, &found, &schema)?,
        Change::Owner(_) => unreachable!("it was judged above"),
        Change::Options(words) => match &found {
            Relation::Sequence(found) => set_options(scope, &mut catalog, found, &words)?,
            _ => unreachable!("only ALTER SEQUENCE has options, and the kind was judged"),
        },
    }
    dependents::check_views(scope, &catalog, &format!("relation {}", name.name))?;
    scope.declare(outcome, catalog).map(Some)
}

/// The one role owns everything, and may be told so. Errors: 42704 for any other.
pub(super) fn check_owner(scope: &Scope, owner: &Owner) -> Result<(), Error> {
    match owner {
        Owner::Ident(name) => owner_named(scope, name),
        Owner::CurrentRole | Owner::CurrentUser | Owner::SessionUser => Ok(()),
    }
}

/// Whether a name without quotes stands for the role that asks.
pub(super) fn is_whoever_asks(name: &Ident) -> bool {
    let words = ["current_role", "current_user", "session_user"];
    name.quote_style.is_none() && words.iter().any(|word| name.value.eq_ignore_ascii_case(word))
}

/// Judges the name of an owner. Errors: 42704 for any role but the one that asks.
pub(super) fn owner_named(scope: &Scope, name: &Ident) -> Result<(), Error> {
    if is_whoever_asks(name) {
        return Ok(());
    }
    let (name, user) = (names::folded(name), scope.settings.user());
    match name == user {
        true => Ok(()),
        false => Err(Error::new("42704", format!("role \"{name}\" does not exist"))
            .with_hint(format!("There is one role, called as whoever asks: \"{user}\"."))),
    }
}

/// `ALTER SCHEMA name RENAME TO name`, and `OWNER TO role`.
pub(super) fn schema(scope: &mut Scope, alter: &AlterSchema) -> Result<Done, Error> {
    if let [AlterSchemaOperation::OwnerTo { owner }] = alter.operations.as_slice() {
        let name = names::last_part(&alter.name)?;
        return match scope.catalog().schema(&name) {
            Some(_) => check_owner(scope, owner).map(|()| Done::unchanged(Outcome::command("ALTER SCHEMA"))),
            None => Err(Error::new("3F000", format!("schema \"{name}\" does not exist")).with_hint("Create it first.")),
        };
    }
    let [AlterSchemaOperation::Rename { name: to }] = alter.operations.as_slice() else {
        return Err(Error::unsupported("this form of ALTER SCHEMA is not supported", "There is RENAME TO."));
    };
    let (old, new) = (names::last_part(&alter.name)?, names::last_part(to)?);
    let mut catalog = Catalog::clone(scope.catalog());
    let Some(known) = catalog.schema(&old).filter(|_| old != TEMPORARY_SCHEMA).cloned() else {
        return Err(Error::new("3F000", format!("schema \"{old}\" does not exist")).with_hint("Create it first."));
    };
    if old == DEFAULT_SCHEMA {
        return Err(Error::unsupported(
            "schema \"public\" cannot be renamed",
            "It is where names without a schema are found: make another schema.",
        ));
    }
    names::check_schema_name(&new)?;
    catalog.add_schema(&new)?;
    catalog.put_schema(&new, known);
    let tables: Vec<TableId> = catalog.tables().filter(|table| table.schema == old).map(|table| table.id).collect();
    for id in tables {
        move_table(&mut catalog, id, &new);
    }
    let views: Vec<_> = catalog.views().filter(|view| view.name.schema == old).map(|view| view.name.clone()).collect();
    views.iter().for_each(|view| move_view(&mut catalog, view, &RelationName::new(&new, &view.name)));
    let sequences: Vec<_> = catalog.sequences().filter(|sequence| sequence.name.schema == old).cloned().collect();
    sequences
        .iter()
        .for_each(|sequence| move_sequence(&mut catalog, sequence, RelationName::new(&new, &sequence.name.name)));
    catalog.remove_schema(&old);
    dependents::check_views(scope, &catalog, &format!("schema {old}"))?;
    scope.declare(Outcome::command("ALTER SCHEMA"), catalog)
}

fn change(operation: &AlterTableOperation) -> Option<Change<'_>> {
    use datafusion::sql::sqlparser::ast::AlterColumnOperation::SetDefault;
    match operation {
        AlterTableOperation::RenameTable { table_name: RenameTableNameKind::To(to) | RenameTableNameKind::As(to) } => {
            Some(new_schema(to).map_or(Change::Name(to), |schema| Change::Schema(schema.to_owned())))
        }
        AlterTableOperation::AlterColumn { column_name, op: SetDefault { value } } if column_name.value == SEQUENCE => {
            match column_change(value) {
                Some(ColumnChange::Identity(words)) => Some(Change::Options(words)),
                _ => None,
            }
        }
        AlterTableOperation::OwnerTo { new_owner } => Some(Change::Owner(new_owner)),
        _ => None,
    }
}

/// The kind of relation that the statement says it alters, and its tag.
pub(super) fn kind(sql: &str) -> (&'static str, &'static str) {
    let tokens = without_blanks(sql).unwrap_or_default();
    let is = |wanted: &str| tokens.get(1).is_some_and(|token| is_word(token, wanted));
    match () {
        () if is("view") => ("a view", "ALTER VIEW"),
        () if is("index") => ("an index", "ALTER INDEX"),
        () if is("sequence") => ("a sequence", "ALTER SEQUENCE"),
        () => ("a table", "ALTER TABLE"),
    }
}

/// Whether a statement about this kind may alter a relation; ALTER TABLE and ALTER INDEX may any of those that have a name alone.
fn fits(kind: &str, found: &Relation) -> bool {
    match found {
        Relation::Table(_) => kind == "a table",
        Relation::View(_) => kind == "a view" || kind == "a table",
        Relation::Sequence(_) => kind == "a sequence" || kind == "a table",
        Relation::Index(..) => kind == "an index" || kind == "a table",
    }
}

fn rename(catalog: &mut Catalog, old: &RelationName, found: &Relation, to: &ObjectName) -> Result<(), Error> {
    let parts = names::parts(to)?;
    let [name] = parts.as_slice() else {
        return Err(Error::new("42601", "RENAME TO takes a name without a schema")
            .with_hint("It stays in its schema: use SET SCHEMA to move it."));
    };
    let new = RelationName::new(&old.schema, name);
    if catalog.relation(&new).is_some() {
        return Err(CatalogError::Exists { kind: "relation", name: name.clone() }.into());
    }
    match found {
        Relation::Table(table) => {
            catalog.put_table(Table { name: name.clone(), ..Table::clone(table) });
            follow::relation(catalog, old, &new);
        }
        Relation::View(_) => move_view(catalog, old, &new),
        Relation::Sequence(sequence) => move_sequence(catalog, sequence, new),
        Relation::Index(table, id) => {
            let mut table = Table::clone(table);
            table.keys.iter_mut().filter(|key| key.id == *id).for_each(|key| key.name.clone_from(name));
            table.indexes.iter_mut().filter(|index| index.id == *id).for_each(|index| index.name.clone_from(name));
            catalog.put_table(table);
        }
    }
    Ok(())
}

fn set_schema(catalog: &mut Catalog, old: &RelationName, found: &Relation, schema: &str) -> Result<(), Error> {
    if catalog.schema(schema).is_none() && !names::SYSTEM_SCHEMAS.contains(&schema) {
        return Err(Error::new("3F000", format!("schema \"{schema}\" does not exist")).with_hint("Create it first."));
    }
    if names::SYSTEM_SCHEMAS.contains(&schema) {
        return Err(Error::new("42501", format!("permission denied for schema {schema}"))
            .with_hint("System schemas hold only what the engine puts there."));
    }
    if (old.schema == TEMPORARY_SCHEMA) != (schema == TEMPORARY_SCHEMA) {
        return Err(Error::unsupported(
            "cannot move objects into or out of temporary schemas",
            "Create it where it is to be, and INSERT ... SELECT.",
        ));
    }
    if schema == old.schema {
        return Ok(());
    }
    let new = RelationName::new(schema, &old.name);
    let free = |catalog: &Catalog, name: &str| match catalog.relation(&RelationName::new(schema, name)) {
        None => Ok(()),
        Some(_) => Err(Error::new("42P07", format!("relation \"{name}\" already exists in schema \"{schema}\""))
            .with_hint("Rename one of them first.")),
    };
    free(catalog, &old.name)?;
    match found {
        Relation::Table(table) => {
            let indexes = table.keys.iter().map(|key| &key.name).chain(table.indexes.iter().map(|index| &index.name));
            indexes.into_iter().try_for_each(|name| free(catalog, name))?;
            let owned =
                catalog.sequences().filter(|sequence| sequence.owner.is_some_and(|(owner, _)| owner == table.id));
            owned.map(|sequence| sequence.name.name.clone()).try_for_each(|name| free(catalog, &name))?;
            move_table(catalog, table.id, schema);
        }
        Relation::View(_) => move_view(catalog, old, &new),
        Relation::Sequence(sequence) => {
            if let Some((table, _)) = sequence.owner {
                let table = &catalog.table(table).name;
                return Err(Error::unsupported(
                    "cannot move an owned sequence into another schema",
                    "Move the table, or use ALTER SEQUENCE ... OWNED BY NONE first.",
                )
                .with_detail(format!("Sequence \"{}\" is linked to table \"{table}\".", old.name)));
            }
            move_sequence(catalog, sequence, new);
        }
        Relation::Index(..) => {
            return Err(Error::new("42809", format!("\"{}\" is an index", old.name))
                .with_hint("An index is in the schema of its table."));
        }
    }
    Ok(())
}

/// Moves a table with the sequences it owns.
fn move_table(catalog: &mut Catalog, id: TableId, schema: &str) {
    let table = Table::clone(catalog.table(id));
    let old = table.relation_name();
    let owned = catalog.sequences().filter(|sequence| sequence.owner.is_some_and(|(owner, _)| owner == id));
    let owned: Vec<_> = owned.cloned().collect();
    catalog.put_table(Table { schema: schema.to_owned(), ..table });
    follow::relation(catalog, &old, &RelationName::new(schema, &old.name));
    owned.iter().for_each(|sequence| move_sequence(catalog, sequence, RelationName::new(schema, &sequence.name.name)));
}

fn move_view(catalog: &mut Catalog, old: &RelationName, new: &RelationName) {
    let Some(view) = catalog.view_named(old).map(|view| View::clone(view)) else { return };
    catalog.rename_view(old, View { name: new.clone(), ..view });
    follow::relation(catalog, old, new);
}

fn move_sequence(catalog: &mut Catalog, sequence: &Sequence, new: RelationName) {
    let old = sequence.name.clone();
    catalog.put_sequence(Sequence { name: new.clone(), ..sequence.clone() });
    follow::relation(catalog, &old, &new);
}

/// `ALTER SEQUENCE name options`. Errors: 22023 for bounds that do not go together; those of OWNED BY.
fn set_options(scope: &Scope, catalog: &mut Catalog, found: &Sequence, words: &[&str]) -> Result<(), Error> {
    let owned = words.windows(2).position(|pair| pair == ["owned", "by"]);
    let (options, owner) = match owned {
        None => (words.to_vec(), None),
        Some(at) => {
            // A name of several parts comes in as many words, with its points among them.
            let length = words[at + 2..].iter().enumerate().take_while(|(i, word)| i % 2 == 0 || **word == ".").count();
            let mut options = words[..at].to_vec();
            options.extend_from_slice(&words[at + 2 + length..]);
            (options, Some(words[at + 2..at + 2 + length].concat()))
        }
    };
    let of_column = found.owner.map(|(table, column)| catalog.table(table).column_by_id(column).sql_type);
    let changes = sequence::Changes::of(&options)?;
    if changes.always.is_some() {
        return Err(Error::new("42601", "syntax error at or near \"generated\"").with_hint("That is a column's."));
    }
    // A SERIAL's sequence has the bounds of its column; one that a column was given later has its own.
    let within = |sql_type: &SqlType| {
        sequence::bounds_of(*sql_type).is_ok_and(|(min, max)| min <= found.min && found.max <= max)
    };
    let mut changed = changes.over(found, found.sql_type.or(of_column.filter(within)).unwrap_or(SqlType::BigInt))?;
    identity::restart(scope, &changed, changes.restart)?;
    if let Some(owner) = owner {
        changed.owner = sequence::owner_named(catalog, &changed, &owner)?;
    }
    catalog.put_sequence(changed);
    Ok(())
}
