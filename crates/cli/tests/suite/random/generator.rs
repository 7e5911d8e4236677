//! A random case, statement by statement: tables, foreign keys, first rows, then transactions of everything.
//!
//! Each statement is made from the catalog as it is, so that most of them mean something; the seed and the engine's
//! answers determine them all.

use bowline::TransactionStatus;
use bowline::core::catalog::Catalog;
use bowline::core::rows::Snapshot;

use super::ddl::Ground;
use super::dml;
use super::numbers::Random;
use super::schema::{Dialect, Names, Shape, create_table, foreign_key};
use super::statement::Statement;

/// Makes the statements of one case.
pub(super) struct Generator {
    random: Random,
    names: Names,
    pub(super) shape: Shape,
    dialect: Dialect,
    /// How many statements of each phase are still to come.
    tables: usize,
    foreign_keys: usize,
    rows: usize,
    rest: usize,
    savepoints: Vec<&'static str>,
}

const SAVEPOINTS: [&str; 3] = ["s1", "s2", "s3"];

impl Generator {
    pub(super) fn new(seed: u64, shape: Shape, dialect: Dialect) -> Generator {
        let mut random = Random::new(seed);
        let tables = random.between(2, 7);
        let foreign_keys = tables + random.between(0, tables);
        let rest = random.between(30, 120);
        Generator {
            random,
            names: Names::default(),
            shape,
            dialect,
            tables,
            foreign_keys,
            rows: tables * 4,
            rest,
            savepoints: Vec::new(),
        }
    }

    /// The next statement; `None` at the end of the case.
    pub(super) fn next(&mut self, snapshot: &Snapshot, status: TransactionStatus) -> Option<Statement> {
        let catalog = snapshot.catalog();
        if self.tables > 0 {
            self.tables -= 1;
            return Some(create_table(&mut self.random, &mut self.names, self.dialect));
        }
        while self.foreign_keys > 0 {
            self.foreign_keys -= 1;
            let made = foreign_key(&mut self.random, &mut self.names, catalog, self.shape, self.dialect);
            if let Some((table, definition)) = made {
                return Some(Statement::whole("ADD FK", format!("ALTER TABLE {table} ADD {definition}")));
            }
        }
        if self.rows > 0 {
            self.rows -= 1;
            // Tables are filled in order of their names, round by round.
            let tables = dml::tables(catalog);
            let table = tables.get(self.rows % tables.len().max(1))?;
            return Some(dml::first_row(&mut self.random, snapshot, table));
        }
        if self.rest == 0 {
            self.rest = usize::MAX;
            let open = status != TransactionStatus::Idle;
            return open.then(|| Statement::whole("COMMIT", "COMMIT"));
        }
        if self.rest == usize::MAX {
            return None;
        }
        self.rest -= 1;
        Some(self.any(snapshot, status))
    }

    fn any(&mut self, snapshot: &Snapshot, status: TransactionStatus) -> Statement {
        let chance = self.random.below(100);
        match status {
            TransactionStatus::Idle => match chance {
                0..35 => {
                    self.savepoints.clear();
                    Statement::whole("BEGIN", "BEGIN")
                }
                35 => Statement::whole("COMMIT", self.random.weighted(&[(1, "COMMIT"), (1, "ROLLBACK")])),
                36 => self.savepoint_statement(),
                _ => self.work(snapshot),
            },
            TransactionStatus::InTransaction => match chance {
                0..10 => Statement::whole("COMMIT", "COMMIT"),
                10..14 => Statement::whole("ROLLBACK", "ROLLBACK"),
                14..30 => self.savepoint_statement(),
                // Without a savepoint, the first refused statement ends the transaction.
                40..60 if self.savepoints.is_empty() => self.savepoint_statement(),
                30..40 if self.dialect.defers => self.set_constraints(snapshot.catalog()),
                _ => self.work(snapshot),
            },
            TransactionStatus::Failed => match chance {
                0..50 if !self.savepoints.is_empty() => self.roll_back_to(),
                0..85 => Statement::whole("ROLLBACK", "ROLLBACK"),
                85..92 => Statement::whole("COMMIT", "COMMIT"),
                _ => self.work(snapshot),
            },
        }
    }

    fn savepoint_statement(&mut self) -> Statement {
        let name = *self.random.pick(&SAVEPOINTS);
        match self.random.below(100) {
            0..65 => {
                self.savepoints.push(name);
                Statement::whole("SAVEPOINT", format!("SAVEPOINT {name}"))
            }
            65..85 => self.roll_back_to(),
            _ => {
                let name = self.random.any(&self.savepoints).copied().unwrap_or(name);
                Statement::whole("RELEASE", format!("RELEASE SAVEPOINT {name}"))
            }
        }
    }

    fn roll_back_to(&mut self) -> Statement {
        let name = self.random.any(&self.savepoints).copied().unwrap_or("s1");
        Statement::whole("ROLLBACK TO", format!("ROLLBACK TO SAVEPOINT {name}"))
    }

    /// SET CONSTRAINTS of all, or of a few that are deferrable, and seldom of one that is not.
    fn set_constraints(&mut self, catalog: &Catalog) -> Statement {
        let random = &mut self.random;
        let mode = random.weighted(&[(60, " DEFERRED"), (40, " IMMEDIATE")]);
        let any = random.percent(5);
        let keys = catalog.tables().flat_map(|table| &table.keys).map(|key| (&key.name, key.characteristics));
        let all = catalog.foreign_keys().map(|fk| (&fk.name, fk.characteristics)).chain(keys);
        let all: Vec<_> = all.filter(|(_, how)| any || how.deferrable).map(|(name, _)| name.clone()).collect();
        if all.is_empty() || random.percent(40) {
            return Statement::whole("SET CONSTRAINTS", format!("SET CONSTRAINTS ALL{mode}"));
        }
        let some = random.some(&all, 1, all.len().min(3));
        Statement::listing("SET CONSTRAINTS", "SET CONSTRAINTS ", some, mode)
    }

    fn work(&mut self, snapshot: &Snapshot) -> Statement {
        if !self.random.percent(12)
            && let Some(change) = dml::change(&mut self.random, snapshot, self.dialect)
        {
            return change;
        }
        let Generator { random, names, shape, dialect, .. } = self;
        Ground { random, names, catalog: snapshot.catalog(), shape: *shape, dialect: *dialect }.change()
    }
}
