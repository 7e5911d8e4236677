//! The naive model as judge: what the rules make of a statement, where PostgreSQL's answer depends on order.
//!
//! ```text
//!   PostgreSQL without foreign keys and keys, its rows numbered:   before ─▶ statement ─▶ after
//!                                                                        └── rows inserted, deleted, changed ─▶ model
//! ```
//!
//! So what the statement itself says is told by PostgreSQL, and what follows from it by the model of the property tests:
//! bowline has no part in either.

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline::core::catalog::{
    Catalog, Column, ColumnId, ForeignKey, MatchType, ReferentialAction, Rule, Table, TableId,
};

use super::case::{Case, Change, Chosen, ColumnCase, KeyCase, Match, Row, RuleCase, TableCase};
use super::engines::{Engine, FIELD, NULL};
use super::model;
use super::player::{Difference, Player};
use super::psql::Psql;

/// Whether bowline's answer is the model's. `None` where the model cannot be asked: no rows are changed, rows violate a
/// constraint from before, or PostgreSQL cannot run the statement by itself.
pub(super) fn agrees(player: &mut Player, difference: &Difference) -> Option<bool> {
    if difference.ours.succeeded() && difference.theirs.sqlstate == "23514" {
        return None;
    }
    let catalog = player.before.catalog().clone();
    player.rewind();
    let (last, _) = player.transaction.last()?;
    // The model computes no columns, so none may be in a table that the statement or an action can change.
    let computes = |table: &Table| table.columns.iter().any(|column| column.generated.is_some());
    let is_reached = |table: &Table| {
        let named = last.split(|c: char| !c.is_alphanumeric()).any(|word| word == table.name);
        named || !catalog.foreign_keys_of(table.id).is_empty() || !catalog.foreign_keys_to(table.id).is_empty()
    };
    if catalog.tables().any(|table| computes(table) && is_reached(table)) {
        return None;
    }
    let outcome = outcome(player.postgres, &catalog, last);
    player.postgres.run("ROLLBACK");
    let mut values = outcome?;
    let expected = model::outcome(&values.case);
    Some(match &expected.result {
        Err(_) => expected.states().contains(difference.ours.sqlstate.as_str()),
        Ok(tables) => {
            let Some(ours) = &difference.our_contents else { return Some(false) };
            let named: BTreeMap<_, _> = ours.iter().map(|(name, rows)| (name, rows)).collect();
            let ours = catalog.tables().map(|table| {
                let rows = named.get(&table.name).and_then(|rows| rows.as_ref())?;
                Some(rows.iter().map(|row| values.row(row)).collect())
            });
            let ours: Option<Vec<Vec<Row>>> = ours.collect();
            ours.is_some_and(|ours| model::sorted(ours) == *tables)
        }
    })
}

/// A case, and which text each number in it stands for.
struct Values {
    case: Case,
    texts: Vec<String>,
}

/// The statement as a case; PostgreSQL is inside a transaction, where it has run what came before.
fn outcome(postgres: &mut Psql, catalog: &Catalog, statement: &str) -> Option<Values> {
    // The model knows what follows from changes of rows, and nothing of TRUNCATE or of schemas.
    let words = ["INSERT", "UPDATE", "DELETE", "MERGE", "WITH"];
    if !words.iter().any(|word| statement.starts_with(word)) {
        return None;
    }
    if !postgres.run(&bare(statement)).succeeded() {
        return None;
    }
    let mut values = Values { case: schema(catalog), texts: Vec::new() };
    for (table, case) in catalog.tables().zip(0..) {
        for (column, position) in table.columns.iter().zip(0..) {
            let default = column.default.as_ref().and_then(|default| values.value(&default_text(&default.0)));
            values.case.tables[case].columns[position].default = default;
        }
    }
    let before = numbered(postgres, catalog, &mut values)?;
    if !postgres.run(statement).succeeded() {
        return None;
    }
    let after = numbered(postgres, catalog, &mut values)?;
    for (table, (before, mut after)) in before.into_iter().zip(after).enumerate() {
        for (at, (number, row)) in before.into_iter().enumerate() {
            values.case.tables[table].rows.push(row.clone());
            match after.remove(&number) {
                None => values.case.changes.push(Change::Delete { table, at }),
                Some(changed) if changed != row => {
                    values.case.changes.push(Change::Update { table, at, row: changed });
                }
                Some(_) => {}
            }
        }
        let inserted = after.into_values().map(|row| Change::Insert { table, row });
        values.case.changes.extend(inserted);
    }
    let rows: Vec<Vec<Row>> = values.case.tables.iter().map(|table| table.rows.clone()).collect();
    model::violations(&values.case, &rows).is_empty().then_some(values)
}

/// Takes the constraints away and numbers the rows. The keys stay by which ON CONFLICT finds rows.
fn bare(statement: &str) -> String {
    let target = statement.split_once("ON CONFLICT").map(|(_, after)| after.trim_start());
    let is_needed = match target.map(|target| target.strip_prefix('(').and_then(|named| named.split_once(')'))) {
        None => "false".to_owned(),
        Some(None) => "true".to_owned(),
        Some(Some((columns, _))) => format!(
            "array_to_string(ARRAY(SELECT a.attname FROM unnest(conkey) WITH ORDINALITY AS k (number, place)
                 JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.number ORDER BY place), ', ') = '{columns}'"
        ),
    };
    format!(
        "DO $do$ DECLARE r record; BEGIN
            FOR r IN SELECT oid::regclass::text AS tab FROM pg_class
                     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
                EXECUTE format('ALTER TABLE %s ADD COLUMN bowline_row bigserial', r.tab);
            END LOOP;
            FOR r IN SELECT conrelid::regclass::text AS tab, conname FROM pg_constraint
                     WHERE connamespace = 'public'::regnamespace
                       AND (contype IN ('f', 'c') OR contype IN ('p', 'u') AND NOT {is_needed}) ORDER BY contype LOOP
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.tab, r.conname);
            END LOOP;
            UPDATE pg_attribute SET attnotnull = false FROM pg_class c
                WHERE c.oid = attrelid AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND attnotnull;
        END $do$"
    )
}

/// The rows of every table by their numbers.
fn numbered(postgres: &mut Psql, catalog: &Catalog, values: &mut Values) -> Option<Vec<BTreeMap<u64, Row>>> {
    let mut tables = Vec::new();
    for table in catalog.tables() {
        let columns = table.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
        let answer = postgres.run(&format!("SELECT bowline_row, {columns} FROM {}", table.name));
        if !answer.succeeded() {
            return None;
        }
        let read = |line: &String| {
            let (number, fields) = line.split_once(FIELD)?;
            Some((number.parse().ok()?, values.row(fields)))
        };
        tables.push(answer.rows.iter().map(read).collect::<Option<BTreeMap<u64, Row>>>()?);
    }
    Some(tables)
}

impl Values {
    fn row(&mut self, fields: &str) -> Row {
        fields.split(FIELD).map(|field| self.value(field)).collect()
    }

    /// Trailing blanks never count: they are those of CHAR(n).
    fn value(&mut self, field: &str) -> Option<i64> {
        let field = field.trim_end();
        if field == NULL {
            return None;
        }
        let known = self.texts.iter().position(|text| text == field);
        let number = known.unwrap_or_else(|| {
            self.texts.push(field.to_owned());
            self.texts.len() - 1
        });
        Some(number as i64)
    }
}

/// The value of a default; the generator makes literals only.
fn default_text(expression: &str) -> String {
    if expression.eq_ignore_ascii_case("null") { NULL.to_owned() } else { expression.trim_matches('\'').to_owned() }
}

fn schema(catalog: &Catalog) -> Case {
    let tables: Vec<_> = catalog.tables().collect();
    let number = |id: TableId| {
        let found = tables.iter().position(|table| table.id == id);
        found.expect("foreign keys were believed to lie between tables of the catalog")
    };
    let column_case = |column: &Column| ColumnCase { not_null: column.not_null, default: None, width: 0 };
    let places = |table: &Table, ids: &[ColumnId]| ids.iter().map(|id| table.position(*id)).collect::<Vec<_>>();
    let table_case = |table: &&Arc<Table>| TableCase {
        columns: table.columns.iter().map(column_case).collect(),
        keys: table.keys.iter().map(|key| places(table, &key.columns)).collect(),
        has_primary: table.primary_key().is_some(),
        rows: Vec::new(),
    };
    let key_case = |(name, fk): (usize, &Arc<ForeignKey>)| {
        let (table, referenced) = (catalog.table(fk.table), catalog.table(fk.referenced_table));
        KeyCase {
            name,
            table: number(fk.table),
            columns: places(table, &fk.columns),
            referenced: number(fk.referenced_table),
            referenced_columns: places(referenced, &fk.referenced_columns),
            match_type: match fk.match_type {
                MatchType::Simple => Match::Simple,
                MatchType::Full => Match::Full,
                MatchType::Partial => Match::Partial,
            },
            on_delete: rule(table, &fk.on_delete),
            on_update: rule(table, &fk.on_update),
        }
    };
    Case {
        text: false,
        tables: tables.iter().map(table_case).collect(),
        foreign_keys: catalog.foreign_keys().filter(|fk| fk.enforced).enumerate().map(key_case).collect(),
        changes: Vec::new(),
    }
}

fn rule(table: &Table, rule: &Rule) -> RuleCase {
    let action = match rule.action {
        ReferentialAction::NoAction => Chosen::NoAction,
        ReferentialAction::Restrict => Chosen::Restrict,
        ReferentialAction::Cascade => Chosen::Cascade,
        ReferentialAction::SetNull => Chosen::SetNull,
        ReferentialAction::SetDefault => Chosen::SetDefault,
    };
    RuleCase { action, listed: rule.columns.iter().map(|column| table.position(*column)).collect() }
}
