//! DROP TABLE, VIEW, INDEX, SEQUENCE and SCHEMA.

use bowline_core::catalog::{Catalog, DEFAULT_SCHEMA, KeyOrigin, Relation, RelationName, TEMPORARY_SCHEMA};
use datafusion::sql::sqlparser::ast::{ObjectName, ObjectType, Statement};

use super::super::names;
use super::super::scope::{Done, Scope};
use super::dependents::{Object, drop_objects};
use crate::error::Error;
use crate::outcome::{Notice, Outcome};
use crate::search_path;

/// Runs DROP.
pub(super) fn run(scope: &mut Scope, statement: Statement) -> Result<Done, Error> {
    let Statement::Drop { object_type, if_exists, names, cascade, purge, temporary, table, .. } = statement else {
        unreachable!("the caller matched it")
    };
    if purge || temporary || table.is_some() {
        return Err(Error::unsupported(
            "this form of DROP is not supported",
            "Use DROP kind [IF EXISTS] name [CASCADE].",
        ));
    }
    let mut drops = Drops { scope, if_exists, targets: Vec::new() };
    let kind = match object_type {
        ObjectType::Table => {
            names.iter().try_for_each(|name| drops.table(name))?;
            "TABLE"
        }
        ObjectType::View => {
            names.iter().try_for_each(|name| drops.view(name))?;
            "VIEW"
        }
        ObjectType::Index => {
            names.iter().try_for_each(|name| drops.index(name))?;
            "INDEX"
        }
        ObjectType::Sequence => {
            names.iter().try_for_each(|name| drops.sequence(name))?;
            "SEQUENCE"
        }
        ObjectType::Schema => {
            names.iter().try_for_each(|name| drops.schema(name))?;
            "SCHEMA"
        }
        other => {
            return Err(Error::unsupported(
                format!("DROP {other} is not supported"),
                "There are tables, views, indexes, sequences and schemas.",
            ));
        }
    };
    let targets = drops.targets;
    let mut catalog = Catalog::clone(scope.catalog());
    drop_objects(scope, &mut catalog, &targets, cascade)?;
    scope.declare(Outcome::command(format!("DROP {kind}")), catalog)
}

/// Finds what is to be dropped, by name.
struct Drops<'s, 'a> {
    scope: &'s mut Scope<'a>,
    if_exists: bool,
    targets: Vec<Object>,
}

impl Drops<'_, '_> {
    fn table(&mut self, name: &ObjectName) -> Result<(), Error> {
        let name = names::relation_name(self.scope.catalog(), name)?;
        match self.scope.catalog().relation(&name) {
            Some(Relation::Table(table)) => self.target(Object::Table(table.id)),
            Some(_) => return Err(wrong_kind(&name, "a table")),
            None if names::SYSTEM_SCHEMAS.contains(&name.schema.as_str()) => {
                let message = format!("permission denied: \"{}\" is a system catalog", name.name);
                return Err(
                    Error::new("42501", message).with_hint("System tables are always there and can only be read.")
                );
            }
            None => self.missing("table", &name)?,
        }
        Ok(())
    }

    fn view(&mut self, name: &ObjectName) -> Result<(), Error> {
        let name = names::relation_name(self.scope.catalog(), name)?;
        match self.scope.catalog().relation(&name) {
            Some(Relation::View(_)) => self.target(Object::View(name)),
            Some(_) => return Err(wrong_kind(&name, "a view")),
            None => self.missing("view", &name)?,
        }
        Ok(())
    }

    fn index(&mut self, name: &ObjectName) -> Result<(), Error> {
        let name = names::relation_name(self.scope.catalog(), name)?;
        let (table, id) = match self.scope.catalog().relation(&name) {
            Some(Relation::Index(table, id)) => (table, id),
            Some(_) => return Err(wrong_kind(&name, "an index")),
            None => return self.missing("index", &name),
        };
        match table.key(id) {
            Some(key) if key.origin == KeyOrigin::Constraint => {
                let shown = |name: &RelationName| search_path::written(self.scope.catalog(), name);
                let (key, table, name) = (&key.name, shown(&table.relation_name()), shown(&name));
                let needs = format!("constraint {key} on table {table}");
                return Err(Error::new("2BP01", format!("cannot drop index {name} because {needs} requires it"))
                    .with_hint(format!("You can drop constraint {key} on table {table} instead.")));
            }
            Some(_) => self.target(Object::Key(table.id, id)),
            None => self.target(Object::Index(table.id, id)),
        }
        Ok(())
    }

    fn sequence(&mut self, name: &ObjectName) -> Result<(), Error> {
        let name = names::relation_name(self.scope.catalog(), name)?;
        let sequence = match self.scope.catalog().relation(&name) {
            Some(Relation::Sequence(sequence)) => sequence,
            Some(_) => return Err(wrong_kind(&name, "a sequence")),
            None => return self.missing("sequence", &name),
        };
        if let Some((table, column)) = sequence.owner {
            let table = self.scope.catalog().table(table);
            let column = table.column_by_id(column);
            if column.identity.is_some() {
                let shown = |name: &RelationName| search_path::written(self.scope.catalog(), name);
                let what = format!("column {} of table {}", column.name, shown(&table.relation_name()));
                let name = shown(&name);
                return Err(Error::new("2BP01", format!("cannot drop sequence {name} because {what} requires it"))
                    .with_hint(format!("You can drop {what} instead.")));
            }
        }
        self.target(Object::Sequence(sequence.id));
        Ok(())
    }

    fn schema(&mut self, name: &ObjectName) -> Result<(), Error> {
        let schema = names::last_part(name)?;
        // Temporary objects go with DISCARD TEMP; their schema has no name of its own.
        if schema == TEMPORARY_SCHEMA || self.scope.catalog().schema(&schema).is_none() {
            return self.missing("schema", &RelationName::new(DEFAULT_SCHEMA, &schema));
        }
        self.target(Object::Schema(schema));
        Ok(())
    }

    /// Named twice, it is dropped once.
    fn target(&mut self, object: Object) {
        if !self.targets.contains(&object) {
            self.targets.push(object);
        }
    }

    fn missing(&mut self, kind: &str, name: &RelationName) -> Result<(), Error> {
        let no_schema = kind != "schema" && !name.is_nowhere() && self.scope.catalog().schema(&name.schema).is_none();
        let (kind, message) = match no_schema {
            true => ("schema", format!("schema \"{}\" does not exist", name.schema)),
            false => (kind, format!("{kind} \"{name}\" does not exist")),
        };
        if self.if_exists {
            self.scope.notice(Notice::plain(format!("{message}, skipping")));
            return Ok(());
        }
        let sqlstate = match kind {
            "schema" => "3F000",
            "index" => "42704",
            _ => "42P01",
        };
        Err(Error::new(sqlstate, message).with_hint("Add IF EXISTS to skip what is not there."))
    }
}

fn wrong_kind(name: &RelationName, wanted: &str) -> Error {
    Error::new("42809", format!("\"{}\" is not {wanted}", name.name)).with_hint("Use the DROP of its own kind.")
}
