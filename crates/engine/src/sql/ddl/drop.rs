//! DROP TABLE, VIEW, INDEX, SEQUENCE and SCHEMA.

use bowline_core::catalog::{Catalog, DEFAULT_SCHEMA, KeyOrigin, Relation, RelationName, Table};
use datafusion::sql::sqlparser::ast::{ObjectName, ObjectType, Statement};

use super::super::names;
use super::super::scope::{Done, Scope};
use super::dependents::{self, Dependents};
use crate::error::Error;
use crate::outcome::{Notice, Outcome};

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
    let mut catalog = Catalog::clone(scope.catalog());
    let mut drops = Drops { scope, catalog: &mut catalog, if_exists, cascade };
    let kind = match object_type {
        ObjectType::Table => {
            drops.tables(&names)?;
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
    scope.declare(Outcome::command(format!("DROP {kind}")), catalog)
}

struct Drops<'s, 'a> {
    scope: &'s mut Scope<'a>,
    catalog: &'s mut Catalog,
    if_exists: bool,
    cascade: bool,
}

impl Drops<'_, '_> {
    /// Tables dropped together do not stand in each other's way.
    fn tables(&mut self, names: &[ObjectName]) -> Result<(), Error> {
        let mut dropped = Vec::new();
        for name in names {
            let name = names::relation_name(name)?;
            match self.catalog.relation(&name) {
                Some(Relation::Table(table)) => dropped.push(table),
                Some(_) => return Err(wrong_kind(&name, "a table")),
                None => self.missing("table", &name)?,
            }
        }
        let together: Vec<_> = dropped.iter().map(|table| table.id).collect();
        for table in &dropped {
            let mut found = dependents::of_table(self.catalog, table);
            found.foreign_keys.retain(|id| {
                let fk = self.catalog.foreign_key(*id).expect("a dependent is in the catalog");
                !together.contains(&fk.table)
            });
            found.drop_or_refuse(
                self.scope,
                self.catalog,
                &format!("table {}", table.relation_name()),
                self.cascade,
            )?;
        }
        for table in dropped {
            let between: Vec<_> = self.catalog.foreign_keys_to(table.id).iter().map(|fk| fk.id).collect();
            between.into_iter().for_each(|id| self.catalog.remove_foreign_key(id));
            self.catalog.remove_table(table.id);
        }
        Ok(())
    }

    fn view(&mut self, name: &ObjectName) -> Result<(), Error> {
        let name = names::relation_name(name)?;
        match self.catalog.relation(&name) {
            Some(Relation::View(_)) => {
                let found =
                    Dependents { views: dependents::views_reading(self.catalog, &name), ..Dependents::default() };
                found.drop_or_refuse(self.scope, self.catalog, &format!("view {name}"), self.cascade)?;
                self.catalog.remove_view(&name);
                Ok(())
            }
            Some(_) => Err(wrong_kind(&name, "a view")),
            None => self.missing("view", &name),
        }
    }

    fn index(&mut self, name: &ObjectName) -> Result<(), Error> {
        let name = names::relation_name(name)?;
        let (table, id) = match self.catalog.relation(&name) {
            Some(Relation::Index(table, id)) => (table, id),
            Some(_) => return Err(wrong_kind(&name, "an index")),
            None => return self.missing("index", &name),
        };
        let mut altered = Table::clone(&table);
        if let Some(key) = table.key(id) {
            if key.origin == KeyOrigin::Constraint {
                return Err(Error::new(
                    "2BP01",
                    format!(
                        "cannot drop index {name} because constraint {} on table {} requires it",
                        key.name, table.name
                    ),
                )
                .with_hint(format!("Drop the constraint: ALTER TABLE {} DROP CONSTRAINT {}.", table.name, key.name)));
            }
            let found = dependents::of_key(self.catalog, &table, key);
            found.drop_or_refuse(self.scope, self.catalog, &format!("index {name}"), self.cascade)?;
            altered.keys.retain(|key| key.id != id);
        }
        altered.indexes.retain(|index| index.id != id);
        self.catalog.put_table(altered);
        Ok(())
    }

    fn sequence(&mut self, name: &ObjectName) -> Result<(), Error> {
        let name = names::relation_name(name)?;
        let sequence = match self.catalog.relation(&name) {
            Some(Relation::Sequence(sequence)) => sequence,
            Some(_) => return Err(wrong_kind(&name, "a sequence")),
            None => return self.missing("sequence", &name),
        };
        if let Some((table, column)) = sequence.owner {
            let table = self.catalog.table(table).clone();
            let column = table.column_by_id(column).clone();
            let what = format!("column {} of table {}", column.name, table.name);
            if column.identity.is_some() || !self.cascade {
                return Err(Error::new(
                    "2BP01",
                    format!("cannot drop sequence {name} because other objects depend on it"),
                )
                .with_detail(format!("default value for {what} depends on sequence {name}"))
                .with_hint(format!("Drop the {what} instead, or its default.")));
            }
            let mut altered = Table::clone(&table);
            let position = altered.position(column.id);
            altered.columns[position].default = None;
            self.catalog.put_table(altered);
            self.scope.notice(Notice::plain(format!("drop cascades to default value for {what}")));
        }
        self.catalog.remove_sequence(sequence.id);
        Ok(())
    }

    fn schema(&mut self, name: &ObjectName) -> Result<(), Error> {
        let schema = names::last_part(name)?;
        if self.catalog.schema(&schema).is_none() {
            return self.missing("schema", &RelationName::new(DEFAULT_SCHEMA, &schema));
        }
        let tables: Vec<_> = self.catalog.tables().filter(|table| table.schema == schema).cloned().collect();
        let views: Vec<_> = self.catalog.views().filter(|view| view.name.schema == schema).cloned().collect();
        let sequences: Vec<_> =
            self.catalog.sequences().filter(|s| s.name.schema == schema && s.owner.is_none()).cloned().collect();
        let mut inside: Vec<String> = tables.iter().map(|table| format!("table {}", table.relation_name())).collect();
        inside.extend(views.iter().map(|view| format!("view {}", view.name)));
        inside.extend(sequences.iter().map(|sequence| format!("sequence {}", sequence.name)));
        if !inside.is_empty() && !self.cascade {
            let lines: Vec<String> = inside.iter().map(|one| format!("{one} depends on schema {schema}")).collect();
            return Err(Error::new("2BP01", format!("cannot drop schema {schema} because other objects depend on it"))
                .with_detail(lines.join("\n"))
                .with_hint("Use DROP ... CASCADE to drop the dependent objects too."));
        }
        inside.iter().for_each(|one| self.scope.notice(Notice::plain(format!("drop cascades to {one}"))));
        for table in &tables {
            let mut found = dependents::of_table(self.catalog, table);
            found
                .foreign_keys
                .retain(|id| self.catalog.foreign_key(*id).is_some_and(|fk| !tables.iter().any(|t| t.id == fk.table)));
            found.views.retain(|view| view.schema != schema);
            found.drop_or_refuse(self.scope, self.catalog, &format!("table {}", table.relation_name()), true)?;
        }
        views.iter().for_each(|view| self.catalog.remove_view(&view.name));
        for table in &tables {
            let between: Vec<_> = self.catalog.foreign_keys_to(table.id).iter().map(|fk| fk.id).collect();
            between.into_iter().for_each(|id| self.catalog.remove_foreign_key(id));
            self.catalog.remove_table(table.id);
        }
        sequences.iter().for_each(|sequence| self.catalog.remove_sequence(sequence.id));
        self.catalog.remove_schema(&schema);
        Ok(())
    }

    fn missing(&mut self, kind: &str, name: &RelationName) -> Result<(), Error> {
        let message = format!("{kind} \"{name}\" does not exist");
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
