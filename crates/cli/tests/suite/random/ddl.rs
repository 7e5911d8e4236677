//! Random ALTER, CREATE and DROP over the tables that are there.

use std::sync::Arc;

use bowline::core::catalog::{Catalog, Column, SqlType, Table};

use super::dml::tables;
use super::numbers::Random;
use super::schema::{Dialect, Names, Shape, characteristics, column_clauses, column_type, create_table, foreign_key};
use super::statement::Statement;
use super::values::{Family, columns_of, condition, family, value};

/// What a change of the schema is made from.
pub(super) struct Ground<'g> {
    pub(super) random: &'g mut Random,
    pub(super) names: &'g mut Names,
    pub(super) catalog: &'g Catalog,
    pub(super) shape: Shape,
    pub(super) dialect: Dialect,
}

impl Ground<'_> {
    /// A statement that changes the schema.
    pub(super) fn change(&mut self) -> Statement {
        let tables = tables(self.catalog);
        let Some(table) = self.random.any(&tables).cloned() else {
            return create_table(self.random, self.names, self.dialect);
        };
        let choices = [
            (20, Self::add_foreign_key as fn(&mut Self, &Arc<Table>) -> Statement),
            (6, Self::add_key),
            (5, Self::add_check),
            (12, Self::drop_constraint),
            (6, Self::add_column),
            (5, Self::drop_column),
            (6, Self::alter_null),
            (6, Self::alter_default),
            (8, Self::validate),
            (if self.dialect.alters_constraints { 6 } else { 0 }, Self::alter_constraint),
            (if self.dialect.alters_types { 6 } else { 0 }, Self::alter_type),
            (4, Self::rename),
            (3, Self::drop_table),
            (8, Self::several),
            (3, |ground, _| create_table(ground.random, ground.names, ground.dialect)),
        ];
        self.random.weighted(&choices)(self, &table)
    }

    fn add_foreign_key(&mut self, _: &Arc<Table>) -> Statement {
        let Ground { random, names, catalog, shape, dialect } = self;
        match foreign_key(random, names, catalog, *shape, *dialect) {
            None => create_table(random, names, *dialect),
            Some((table, definition)) => {
                let not_valid = random.percent(35) && !definition.ends_with("ENFORCED");
                let (kind, not_valid) = if not_valid { ("ADD FK NOT VALID", " NOT VALID") } else { ("ADD FK", "") };
                Statement::whole(kind, format!("ALTER TABLE {table} ADD {definition}{not_valid}"))
            }
        }
    }

    fn add_key(&mut self, table: &Arc<Table>) -> Statement {
        let columns: Vec<_> = table.columns.iter().map(|column| column.name.clone()).collect();
        let chosen = self.random.some(&columns, 1, columns.len().min(2)).join(", ");
        let (prefix, kind) = self.random.weighted(&[(75, ("u", "UNIQUE")), (25, ("pk", "PRIMARY KEY"))]);
        let name = self.names.fresh(prefix);
        Statement::whole("ADD KEY", format!("ALTER TABLE {} ADD CONSTRAINT {name} {kind} ({chosen})", table.name))
    }

    fn add_check(&mut self, table: &Arc<Table>) -> Statement {
        let (name, condition) = (self.names.fresh("ck"), condition(self.random, table, ""));
        Statement::whole("ADD CHECK", format!("ALTER TABLE {} ADD CONSTRAINT {name} CHECK ({condition})", table.name))
    }

    fn drop_constraint(&mut self, table: &Arc<Table>) -> Statement {
        let own = self.catalog.foreign_keys_of(table.id).into_iter().map(|fk| fk.name.clone());
        let keys = table.keys.iter().map(|key| key.name.clone());
        let mut all: Vec<String> = own.chain(keys).chain(table.checks.iter().map(|check| check.name.clone())).collect();
        if self.random.percent(8) {
            all = vec!["missing".to_owned()];
        }
        let Some(name) = self.random.any(&all) else { return self.add_check(table) };
        let if_exists = if self.random.percent(15) { "IF EXISTS " } else { "" };
        let cascade = self.random.weighted(&[(75, ""), (25, " CASCADE")]);
        let text = format!("ALTER TABLE {} DROP CONSTRAINT {if_exists}{name}{cascade}", table.name);
        Statement::whole("DROP CONSTRAINT", text)
    }

    fn add_column(&mut self, table: &Arc<Table>) -> Statement {
        let (sql_type, of) = column_type(self.random);
        let (name, clauses) = (self.names.fresh("c"), column_clauses(self.random, of));
        let unique = if self.random.percent(8) { " UNIQUE" } else { "" };
        let numbers = columns_of(table, Family::Number);
        if self.random.percent(10)
            && let Some(from) = self.random.any(&numbers)
        {
            let from = &from.name;
            let computed = format!("{name} BIGINT GENERATED ALWAYS AS ({from} + 1) STORED{unique}");
            return Statement::whole("ADD COLUMN", format!("ALTER TABLE {} ADD COLUMN {computed}", table.name));
        }
        let references = if self.random.percent(20) { self.references(sql_type, of) } else { String::new() };
        let text = format!("ALTER TABLE {} ADD COLUMN {name} {sql_type}{clauses}{unique}{references}", table.name);
        Statement::whole("ADD COLUMN", text)
    }

    /// A foreign key at a column, to a key of one column of that family; nothing where there is none, or in a forest.
    fn references(&mut self, sql_type: &str, of: Family) -> String {
        let tables = tables(self.catalog);
        let single = |table: &Arc<Table>| {
            let keys = table.keys.iter().filter(|key| key.columns.len() == 1);
            // A NUMERIC column may reference an integer key here, and not there.
            let fits = |held: &&Column| {
                family(&held.sql_type) == of && (!sql_type.starts_with("NUMERIC") || !held.sql_type.is_integer())
            };
            let held = keys.map(|key| table.column_by_id(key.columns[0])).find(fits);
            held.map(|held| (table.name.clone(), held.name.clone()))
        };
        let held: Vec<_> = tables.iter().filter_map(single).collect();
        match self.random.any(&held).filter(|_| self.shape == Shape::Tangle) {
            None => String::new(),
            Some((table, column)) => {
                let rules = [
                    (50, ""),
                    (20, " ON DELETE CASCADE"),
                    (15, " ON DELETE SET NULL"),
                    (15, " ON DELETE SET DEFAULT ON UPDATE CASCADE"),
                ];
                let rule = self.random.weighted(&rules);
                let how = if self.random.percent(25) { characteristics(self.random, self.dialect) } else { "" };
                format!(" REFERENCES {table} ({column}){rule}{how}")
            }
        }
    }

    fn drop_column(&mut self, table: &Arc<Table>) -> Statement {
        if table.columns.len() < 3 {
            return self.add_column(table);
        }
        let column = &self.random.pick(&table.columns).name;
        let cascade = self.random.weighted(&[(60, ""), (40, " CASCADE")]);
        Statement::whole("DROP COLUMN", format!("ALTER TABLE {} DROP COLUMN {column}{cascade}", table.name))
    }

    fn alter_null(&mut self, table: &Arc<Table>) -> Statement {
        let column = &self.random.pick(&table.columns).name;
        let how = self.random.weighted(&[(50, "SET"), (50, "DROP")]);
        Statement::whole("NOT NULL", format!("ALTER TABLE {} ALTER COLUMN {column} {how} NOT NULL", table.name))
    }

    fn alter_default(&mut self, table: &Arc<Table>) -> Statement {
        let column = self.random.pick(&table.columns);
        let how = match self.random.below(10) {
            0..6 => format!("SET DEFAULT {}", value(self.random, family(&column.sql_type))),
            6 => "SET DEFAULT NULL".to_owned(),
            _ => "DROP DEFAULT".to_owned(),
        };
        Statement::whole("DEFAULT", format!("ALTER TABLE {} ALTER COLUMN {} {how}", table.name, column.name))
    }

    /// VALIDATE of a foreign key, one that is not valid where there is one.
    fn validate(&mut self, table: &Arc<Table>) -> Statement {
        let open: Vec<_> = self.catalog.foreign_keys().filter(|fk| !fk.validated).collect();
        let fk = match self.random.any(&open) {
            Some(fk) => fk,
            None => match self.random.any(&self.catalog.foreign_keys().collect::<Vec<_>>()) {
                Some(fk) => *fk,
                None => return self.add_check(table),
            },
        };
        let table = &self.catalog.table(fk.table).name;
        Statement::whole("VALIDATE", format!("ALTER TABLE {table} VALIDATE CONSTRAINT {}", fk.name))
    }

    fn alter_constraint(&mut self, table: &Arc<Table>) -> Statement {
        let all: Vec<_> = self.catalog.foreign_keys().collect();
        let Some(fk) = self.random.any(&all) else { return self.add_check(table) };
        let how = match self.random.below(10) {
            0..3 if self.dialect.version >= 18 => self.random.weighted(&[(50, " NOT ENFORCED"), (50, " ENFORCED")]),
            _ => characteristics(self.random, self.dialect),
        };
        let how = if how.is_empty() { " NOT DEFERRABLE" } else { how };
        let table = &self.catalog.table(fk.table).name;
        Statement::whole("ALTER CONSTRAINT", format!("ALTER TABLE {table} ALTER CONSTRAINT {}{how}", fk.name))
    }

    fn alter_type(&mut self, table: &Arc<Table>) -> Statement {
        let column = self.random.pick(&table.columns);
        let (to, of) = column_type(self.random);
        // With both a CHECK and a foreign key on the column, each engine tells about another one of them.
        if of != family(&column.sql_type) && !table.checks.is_empty() {
            return self.alter_null(table);
        }
        // A NUMERIC column may reference an integer key here, and not there.
        let is_in_key = self.catalog.foreign_keys().any(|fk| {
            let own = fk.table == table.id && fk.columns.contains(&column.id);
            own || fk.referenced_table == table.id && fk.referenced_columns.contains(&column.id)
        });
        if is_in_key && (to.starts_with("NUMERIC") || matches!(column.sql_type, SqlType::Numeric(_))) {
            return self.alter_null(table);
        }
        let column = &column.name;
        Statement::whole("ALTER TYPE", format!("ALTER TABLE {} ALTER COLUMN {column} TYPE {to}", table.name))
    }

    fn rename(&mut self, table: &Arc<Table>) -> Statement {
        let text = match self.random.below(10) {
            0..4 => {
                let (from, to) = (&self.random.pick(&table.columns).name, self.names.fresh("c"));
                format!("ALTER TABLE {} RENAME COLUMN {from} TO {to}", table.name)
            }
            4..7 => format!("ALTER TABLE {} RENAME TO {}", table.name, self.names.fresh("t")),
            _ => {
                let own = self.catalog.foreign_keys_of(table.id).into_iter().map(|fk| fk.name.clone());
                let all: Vec<_> = own.chain(table.keys.iter().map(|key| key.name.clone())).collect();
                let to = self.names.fresh("k");
                match self.random.any(&all) {
                    None => format!("ALTER TABLE {} RENAME TO {to}", table.name),
                    Some(name) => format!("ALTER TABLE {} RENAME CONSTRAINT {name} TO {to}", table.name),
                }
            }
        };
        Statement::whole("RENAME", text)
    }

    fn drop_table(&mut self, table: &Arc<Table>) -> Statement {
        let cascade = self.random.weighted(&[(60, ""), (40, " CASCADE")]);
        let others: Vec<_> = tables(self.catalog).into_iter().filter(|other| other.id != table.id).collect();
        let mut dropped = vec![table.name.clone()];
        if self.random.percent(25) {
            dropped.extend(self.random.any(&others).map(|other| other.name.clone()));
        }
        Statement::listing("DROP TABLE", "DROP TABLE ", dropped, cascade)
    }

    /// Two or three changes of a table in one statement.
    fn several(&mut self, table: &Arc<Table>) -> Statement {
        let parts = [
            Self::add_key as fn(&mut Self, &Arc<Table>) -> Statement,
            Self::drop_constraint,
            Self::drop_constraint,
            Self::add_column,
            Self::drop_column,
            Self::alter_null,
            Self::alter_default,
            Self::add_foreign_key,
        ];
        let head = format!("ALTER TABLE {} ", table.name);
        let (mut changes, mut dropped) = (Vec::new(), Vec::<String>::new());
        for _ in 0..self.random.between(2, 3) {
            let part = *self.random.pick(&parts);
            let one = part(self, table).text();
            // A foreign key may be one of another table, or there may be none to add.
            let Some(change) = one.strip_prefix(&head) else { continue };
            // PostgreSQL drops a column first, and then tells in several ways that it is not there.
            dropped
                .extend(change.strip_prefix("DROP COLUMN ").and_then(|rest| rest.split(' ').next()).map(str::to_owned));
            changes.push(change.to_owned());
        }
        let is_word = |text: &str, name: &String| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == name);
        let is_dropped = |change: &String| dropped.iter().any(|name| is_word(change, name));
        changes.retain(|change| change.starts_with("DROP COLUMN ") || !is_dropped(change));
        match changes.is_empty() {
            true => self.alter_default(table),
            false => Statement::listing("ALTER several", head, changes, ""),
        }
    }
}
