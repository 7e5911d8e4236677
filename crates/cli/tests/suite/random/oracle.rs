//! The naive model as judge: what the rules make of a statement, where PostgreSQL's answer depends on order.
//!
//! ```text
//!   PostgreSQL: copies of the tables without constraints, rows numbered:   before ─▶ statement ─▶ after
//!                                                                     └── rows inserted, deleted, changed ─▶ model
//! ```
//!
//! The updates of ON CONFLICT are put aside, for the key by which they find rows would be judged.
//!
//! So what the statement itself says is told by PostgreSQL, and what follows from it by the model of the property tests:
//! bowline has no part in either. What is deferred is not judged, nor what is NOT VALID.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use bowline::core::catalog::{
    Catalog, Column, ColumnId, ForeignKey, MatchType, ReferentialAction, Rule, SqlType, Table, TableId,
};
use bowline::core::integrity::check_foreign_key;
use bowline::core::rows::{Snapshot, Uninterrupted};

use super::case::{Case, Change, Chosen, ColumnCase, KeyCase, Match, Row, RuleCase, TableCase};
use super::engines::{Ending, Engine, FIELD, NULL};
use super::model::{self, Violation};
use super::modes;
use super::outcome::{Fact, Kind, Outcome};
use super::player::{Difference, Player};
use super::psql::Psql;

/// Whether bowline's answer is the model's, which knows nothing of CHECKs. `None` where the model cannot be asked: no rows are changed, rows violate a
/// constraint from before, an action changes what a key is computed from, or PostgreSQL cannot run the statement by itself.
pub(super) fn agrees(player: &mut Player, difference: &Difference) -> Option<bool> {
    let catalog = player.before.catalog().clone();
    let (last, _) = player.transaction.last().cloned()?;
    let deferred = modes::deferred(&player.transaction, &catalog);
    let tables: Vec<_> = catalog.tables().collect();
    let foreign_keys: Vec<_> = catalog.foreign_keys().filter(|fk| fk.enforced).collect();
    let is_judged = |(sqlstate, table, number, _): &Violation| match *sqlstate {
        "23505" => !deferred.contains(&tables[*table].keys[*number].name),
        "23503" => foreign_keys[*number].validated && !deferred.contains(&foreign_keys[*number].name),
        _ => true,
    };
    if difference.ours.succeeded() && foreign_keys.iter().any(|fk| !fk.validated && has_new_orphans(player, fk)) {
        return Some(false);
    }
    player.rewind();
    let outcome = outcome(player.postgres, &catalog, &last, &is_judged);
    player.postgres.run("ROLLBACK");
    let mut values = outcome?;
    let expected = model::outcome_judged(&values.case, &is_judged);
    let written = written(&values.case, &expected);
    if written.iter().any(|table| judges_computed(&catalog, tables[*table])) {
        return None;
    }
    let expected_rows = match expected.result {
        Ok(rows) => rows,
        Err(facts) => return Some(tells(&difference.ours, &facts, &tables, &foreign_keys)),
    };
    let Some(ours) = &difference.our_contents else { return Some(false) };
    let named: BTreeMap<_, _> = ours.iter().map(|(name, rows)| (name, rows)).collect();
    let mut ours = Vec::new();
    for table in &tables {
        let rows = named.get(&table.name).and_then(|rows| rows.as_ref());
        let Some(rows) = rows else { return Some(false) };
        ours.push(rows.iter().map(|row| values.row(table, row)).collect());
    }
    let known = |rows: Vec<Vec<Row>>| model::sorted(without_stale(&tables, &written, rows));
    Some(known(ours) == known(expected_rows))
}

/// Whether a refusal shows a violation that the model found, and no other, but for CHECKs, of which the model knows nothing.
fn tells(ours: &Ending, facts: &BTreeSet<Fact>, tables: &[&Arc<Table>], foreign_keys: &[&Arc<ForeignKey>]) -> bool {
    let column = |table: usize, column: usize| (&tables[table].columns[column].name, &tables[table].name);
    let is_told = |headline: &String, kind: &Kind| match *kind {
        Kind::Null(table, place) => {
            let (column, table) = column(table, place);
            headline.contains(&format!("column \"{column}\" of relation \"{table}\" violates not-null"))
        }
        Kind::Duplicate(table, key) => {
            headline.contains(&format!("unique constraint \"{}\"", tables[table].keys[key].name))
        }
        Kind::TwoValues(table, place, _) => {
            let (column, table) = column(table, place);
            headline.contains(&format!("column \"{column}\" of table \"{table}\" two different values"))
        }
        Kind::Restrict(fk, _) | Kind::Missing(fk) | Kind::PartlyNull(fk) | Kind::StillReferenced(fk, _) => {
            headline.contains(&format!("foreign key constraint \"{}\"", foreign_keys[fk].name))
        }
        Kind::Unexplained(_) => false,
    };
    let is_known = |headline: &String| facts.iter().any(|fact| is_told(headline, &fact.kind));
    let (first, further) = ours.headlines.split_first().expect("a refusal was believed to have a headline");
    let is_first = |fact: &Fact| fact.kind.sqlstate() == ours.sqlstate && is_told(first, &fact.kind);
    facts.iter().any(is_first)
        && further.iter().all(|told| is_known(told) || told.contains(" violates check constraint "))
}

/// Whether the last statement left more rows that break a foreign key than there were.
fn has_new_orphans(player: &Player, fk: &ForeignKey) -> bool {
    let orphans = |snapshot: &Snapshot| {
        check_foreign_key(snapshot, fk, &Uninterrupted).expect("rows in memory can be read").len()
    };
    orphans(&player.bowline.snapshot()) > orphans(&player.before)
}

/// The tables of which actions change rows.
fn written(case: &Case, expected: &Outcome) -> BTreeSet<usize> {
    let by_actions = expected.nodes.iter().filter(|(_, counts)| counts.updated > 0);
    by_actions.filter_map(|((_, path), _)| path.last()).map(|(fk, _)| case.foreign_keys[*fk].table).collect()
}

/// Rows without what is computed from columns that actions may have changed: the model computes nothing.
fn without_stale(tables: &[&Arc<Table>], written: &BTreeSet<usize>, mut all: Vec<Vec<Row>>) -> Vec<Vec<Row>> {
    for table in written {
        for (place, _) in tables[*table].columns.iter().enumerate().filter(|(_, column)| column.generated.is_some()) {
            all[*table].iter_mut().for_each(|row| row[place] = None);
        }
    }
    all
}

/// Whether a key, a foreign key or NOT NULL is about a computed column.
fn judges_computed(catalog: &Catalog, table: &Table) -> bool {
    let held = catalog.foreign_keys_to(table.id);
    let referenced = held.iter().flat_map(|fk| &fk.referenced_columns);
    let in_keys = table.keys.iter().flat_map(|key| &key.columns).chain(referenced);
    table.computes_any(&in_keys.copied().collect::<Vec<_>>())
        || table.columns.iter().any(|column| column.generated.is_some() && column.not_null)
        || catalog.foreign_keys_of(table.id).iter().any(|fk| table.computes_any(&fk.columns))
}

/// A case, and which text each number in it stands for.
struct Values {
    case: Case,
    texts: Vec<String>,
}

/// The statement as a case; PostgreSQL is inside a transaction, where it has run what came before.
fn outcome(
    postgres: &mut Psql,
    catalog: &Catalog,
    statement: &str,
    is_judged: &dyn Fn(&Violation) -> bool,
) -> Option<Values> {
    // The model knows what follows from changes of rows, and nothing of TRUNCATE or of schemas.
    let words = ["INSERT", "UPDATE", "DELETE", "MERGE", "WITH"];
    if !words.iter().any(|word| statement.starts_with(word)) {
        return None;
    }
    let aside = statement.contains(" DO UPDATE ");
    if !postgres.run(&copies(statement)).succeeded() || (aside && !postgres.run(UPDATES_ASIDE).succeeded()) {
        return None;
    }
    let mut values = Values { case: schema(catalog), texts: Vec::new() };
    for (table, case) in catalog.tables().zip(0..) {
        for (column, position) in table.columns.iter().zip(0..) {
            let default = column.default.as_ref().and_then(|default| values.value(column, &default_text(&default.0)));
            values.case.tables[case].columns[position].default = default;
        }
    }
    let before = numbered(postgres, catalog, &mut values, aside)?;
    if !postgres.run(statement).succeeded() {
        return None;
    }
    let after = numbered(postgres, catalog, &mut values, aside)?;
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
    (!model::violations(&values.case, &rows).iter().any(is_judged)).then_some(values)
}

/// Copies the tables into a schema of their own, without constraints, and numbers the rows. The keys stay by which ON
/// CONFLICT finds rows. The tables themselves may have something deferred, and cannot be altered then.
fn copies(statement: &str) -> String {
    let target = statement.split_once(" ON CONFLICT ").map(|(_, target)| target);
    let is_needed = match target {
        None => "false".to_owned(),
        Some(target) => {
            if let Some(name) = target.strip_prefix("ON CONSTRAINT ").and_then(|rest| rest.split(' ').next()) {
                format!("conname = '{name}'")
            } else if let Some((columns, _)) = target.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
                format!(
                    "array_to_string(ARRAY(SELECT a.attname FROM unnest(conkey) WITH ORDINALITY AS k (number, place)
                        JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.number ORDER BY place), ', ')
                     = '{columns}'"
                )
            } else {
                "true".to_owned()
            }
        }
    };
    format!(
        "DO $do$ DECLARE r record; BEGIN
            CREATE SCHEMA bowline_copies;
            FOR r IN SELECT c.relname AS tab, string_agg(quote_ident(a.attname), ', ') AS cols
                     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
                       AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' GROUP BY c.oid LOOP
                EXECUTE format('CREATE TABLE bowline_copies.%I
                    (LIKE public.%I INCLUDING DEFAULTS INCLUDING GENERATED)', r.tab, r.tab);
            END LOOP;
            UPDATE pg_attribute SET attnotnull = false FROM pg_class c
                WHERE c.oid = attrelid AND c.relnamespace = 'bowline_copies'::regnamespace AND c.relkind = 'r' AND attnotnull;
            FOR r IN SELECT c.relname AS tab, string_agg(quote_ident(a.attname), ', ') AS cols
                     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                     WHERE c.relnamespace = 'bowline_copies'::regnamespace AND c.relkind = 'r'
                       AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' GROUP BY c.oid LOOP
                EXECUTE format('INSERT INTO bowline_copies.%I (%s) SELECT %s FROM public.%I', r.tab, r.cols, r.cols, r.tab);
                EXECUTE format('ALTER TABLE bowline_copies.%I ADD COLUMN bowline_row bigserial', r.tab);
            END LOOP;
            FOR r IN SELECT c.relname AS tab, conname,
                            replace(pg_get_constraintdef(k.oid), 'PRIMARY KEY', 'UNIQUE') AS def
                     FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
                     WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u') AND {is_needed} LOOP
                EXECUTE format('ALTER TABLE bowline_copies.%I ADD CONSTRAINT %I %s', r.tab, r.conname, r.def);
            END LOOP;
            SET LOCAL search_path = bowline_copies;
        END $do$"
    )
}

/// Puts what ON CONFLICT updates aside, so that the key by which it finds rows is not judged: in its stead the row stays as it is.
const UPDATES_ASIDE: &str = "DO $do$ DECLARE r record; BEGIN
    FOR r IN SELECT c.oid::regclass::text AS tab, string_agg(quote_ident(a.attname), ', ') AS cols,
                    string_agg('NEW.' || quote_ident(a.attname), ', ') AS news
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relnamespace = 'bowline_copies'::regnamespace AND c.relkind = 'r'
               AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' GROUP BY c.oid LOOP
        EXECUTE format('CREATE TABLE bowline_new_%s (LIKE %s INCLUDING GENERATED)', r.tab, r.tab);
        EXECUTE format('CREATE FUNCTION bowline_keep_%s() RETURNS trigger LANGUAGE plpgsql AS
                        $keep$ BEGIN INSERT INTO bowline_new_%s (%s) VALUES (%s); RETURN OLD; END $keep$',
                       r.tab, r.tab, r.cols, r.news);
        EXECUTE format('CREATE TRIGGER keep BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION bowline_keep_%s()', r.tab, r.tab);
    END LOOP;
    UPDATE pg_attribute SET attnotnull = false FROM pg_class c
        WHERE c.oid = attrelid AND c.relnamespace = 'bowline_copies'::regnamespace AND c.relkind = 'r' AND attnotnull;
END $do$";

/// The rows of every table by their numbers; with what was put aside in their stead, if there is such.
fn numbered(
    postgres: &mut Psql,
    catalog: &Catalog,
    values: &mut Values,
    aside: bool,
) -> Option<Vec<BTreeMap<u64, Row>>> {
    let mut tables = Vec::new();
    for table in catalog.tables() {
        let columns = table.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
        let name = &table.name;
        let mut query = format!("SELECT bowline_row, {columns} FROM {name}");
        if aside {
            let put = format!("bowline_new_{name}");
            write!(query, " WHERE bowline_row NOT IN (SELECT bowline_row FROM {put})").expect("writing succeeds");
            write!(query, " UNION ALL SELECT bowline_row, {columns} FROM {put}").expect("writing succeeds");
        }
        let answer = postgres.run(&query);
        if !answer.succeeded() {
            return None;
        }
        let read = |line: &String| {
            let (number, fields) = line.split_once(FIELD)?;
            Some((number.parse().ok()?, values.row(table, fields)))
        };
        tables.push(answer.rows.iter().map(read).collect::<Option<BTreeMap<u64, Row>>>()?);
    }
    Some(tables)
}

impl Values {
    fn row(&mut self, table: &Table, fields: &str) -> Row {
        table.columns.iter().zip(fields.split(FIELD)).map(|(column, field)| self.value(column, field)).collect()
    }

    /// Trailing blanks of a CHAR(n) never count.
    fn value(&mut self, column: &Column, field: &str) -> Option<i64> {
        let field = if matches!(column.sql_type, SqlType::Char(_)) { field.trim_end() } else { field };
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
