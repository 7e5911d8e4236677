//! Cases as real catalogs, snapshots and deltas, and back.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use bowline_core::catalog::well_formed::complete_foreign_key;
use bowline_core::catalog::{
    CandidateKey, Catalog, Characteristics, Check, Column, ColumnId, ConstraintId, Expression, ForeignKey, KeyOrigin,
    MatchType, NotNull, ReferentialAction, Rule, SqlType, Table, TableId,
};
use bowline_core::integrity::Judge;
use bowline_core::rows::{Delta, Interrupt, NewRows, RowsError, Snapshot, TableDelta, Update};

use super::case::{Case, Change, Chosen, Match, Row, RuleCase};

/// A case as a database, with the row ids its rows got.
pub struct Database {
    pub snapshot: Snapshot,
    pub rows: Vec<Vec<u64>>,
}

/// Knows the defaults of a case; there are no checks and no generated columns.
pub struct Defaults<'a>(pub &'a Case);

impl Interrupt for Defaults<'_> {
    fn go_on(&self) -> Result<(), RowsError> {
        Ok(())
    }
}

impl Judge for Defaults<'_> {
    fn check(&self, _: &Table, _: &Check, batch: &RecordBatch) -> Result<BooleanArray, RowsError> {
        Ok(BooleanArray::from(vec![true; batch.num_rows()]))
    }

    fn default_value(&self, table: &Table, column: &Column) -> Result<ArrayRef, RowsError> {
        let position = table.position(column.id);
        let value = self.0.tables[table_number(table.id)].columns[position].default;
        Ok(array(&[value], &column.sql_type))
    }

    fn generated(&self, table: &Table, _: &Column, _: &RecordBatch) -> Result<ArrayRef, RowsError> {
        unreachable!("table {:?} was believed to have no generated columns", table.name)
    }
}

pub fn table_id(number: usize) -> TableId {
    TableId(number as u32 + 1)
}

pub fn table_number(id: TableId) -> usize {
    id.0 as usize - 1
}

/// Ids of columns are not their positions, so that mixing them up shows.
fn column_id(position: usize) -> ColumnId {
    ColumnId(20 - position as u32)
}

pub fn column_number(id: ColumnId) -> usize {
    20 - id.0 as usize
}

/// The database of a case, before its change. Dead rows lie between the living.
pub fn database(case: &Case) -> Database {
    let catalog = Arc::new(catalog(case));
    let mut snapshot = Snapshot::new(catalog, BTreeMap::new());
    let mut ids = Vec::new();
    for (number, table) in case.tables.iter().enumerate() {
        let id = table_id(number);
        let mut rows_of_table = Vec::new();
        let half = table.rows.len() / 2;
        for part in [&table.rows[..half], &table.rows[half..]] {
            let mut rows = part.to_vec();
            rows.extend(part.first().cloned());
            let mut changes = TableDelta::new(snapshot.rows(id).next_row());
            let first = changes.insert(new_rows(case, number, &rows));
            rows_of_table.extend(first..first + part.len() as u64);
            snapshot = applied(&snapshot, id, changes);
            if !part.is_empty() {
                let mut dead = TableDelta::new(snapshot.rows(id).next_row());
                dead.removed.insert(first + part.len() as u64);
                snapshot = applied(&snapshot, id, dead);
            }
        }
        ids.push(rows_of_table);
    }
    Database { snapshot, rows: ids }
}

fn applied(snapshot: &Snapshot, id: TableId, changes: TableDelta) -> Snapshot {
    let delta = Delta { catalog: None, tables: BTreeMap::from([(id, changes)]) };
    snapshot.apply(&delta).expect("rows in memory can be joined")
}

/// The change of a case, as the explicit delta of one statement.
pub fn delta(case: &Case, database: &Database) -> Delta {
    let mut delta = Delta::default();
    for change in &case.changes {
        let number = change.table();
        let id = table_id(number);
        let next = database.snapshot.rows(id).next_row();
        let changes = delta.tables.entry(id).or_insert_with(|| TableDelta::new(next));
        let before = change.at().map(|at| database.rows[number][at]);
        changes.removed.extend(before);
        match change {
            Change::Delete { .. } => {}
            Change::Insert { row, .. } => {
                changes.insert(new_rows(case, number, std::slice::from_ref(row)));
            }
            Change::Update { row, .. } => {
                let after = changes.insert(new_rows(case, number, std::slice::from_ref(row)));
                let before = before.expect("an update means a row");
                changes.updates.push(Update { before, after });
            }
        }
    }
    delta
}

/// The living rows of every table, sorted.
pub fn contents(case: &Case, snapshot: &Snapshot) -> Vec<Vec<Row>> {
    super::model::sorted(living(case, snapshot).into_iter().map(|(_, rows)| rows).collect())
}

/// The living rows of every table with their ids, in order of id.
pub fn living(case: &Case, snapshot: &Snapshot) -> Vec<(Vec<u64>, Vec<Row>)> {
    let rows_of = |number: usize| {
        let table = snapshot.catalog().table(table_id(number)).clone();
        let rows = snapshot.rows(table.id);
        let live: Vec<u64> = rows.live_rows().iter().collect();
        let columns = rows.fetch(&table, &live, &table.column_ids()).expect("rows in memory can be read");
        let columns: Vec<_> = columns.iter().map(values).collect();
        let found = (0..live.len()).map(|index| columns.iter().map(|column| column[index]).collect()).collect();
        (live, found)
    };
    (0..case.tables.len()).map(rows_of).collect()
}

fn catalog(case: &Case) -> Catalog {
    let mut catalog = Catalog::default();
    for (number, table) in case.tables.iter().enumerate() {
        let column = |(position, column): (usize, &super::case::ColumnCase)| Column {
            id: column_id(position),
            name: format!("c{position}"),
            sql_type: sql_type(case, column.width),
            not_null: column.not_null,
            default: column.default.map(|value| Expression(value.to_string())),
            identity: None,
            generated: None,
            is_virtual: false,
            numbered_as: None,
            not_null_constraint: NotNull::default(),
            missing: None,
            comment: None,
        };
        let mut keys = Vec::new();
        for (key, columns) in table.keys.iter().enumerate() {
            keys.push(CandidateKey {
                id: ConstraintId(catalog.next_id()),
                name: format!("key{key}"),
                columns: columns.iter().map(|column| column_id(*column)).collect(),
                primary: key == 0 && table.has_primary,
                origin: KeyOrigin::Constraint,
                nulls_not_distinct: false,
                index: Default::default(),
                characteristics: Characteristics::default(),
                comment: None,
            });
        }
        catalog.put_table(Table {
            id: table_id(number),
            schema: "public".to_owned(),
            name: format!("t{number}"),
            columns: table.columns.iter().enumerate().map(column).collect(),
            next_column: 100,
            keys,
            checks: Vec::new(),
            indexes: Vec::new(),
            comment: None,
        });
    }
    for fk in &case.foreign_keys {
        let ids = |columns: &[usize]| columns.iter().map(|column| column_id(*column)).collect::<Vec<_>>();
        let declared = ForeignKey {
            id: ConstraintId(catalog.next_id()),
            name: format!("fk{}", fk.name),
            table: table_id(fk.table),
            columns: ids(&fk.columns),
            referenced_table: table_id(fk.referenced),
            referenced_columns: ids(&fk.referenced_columns),
            referenced_key: ConstraintId(0),
            match_type: match fk.match_type {
                Match::Simple => MatchType::Simple,
                Match::Full => MatchType::Full,
                Match::Partial => MatchType::Partial,
            },
            on_delete: rule(&fk.on_delete),
            on_update: rule(&fk.on_update),
            characteristics: Characteristics::default(),
            validated: true,
            enforced: true,
            comment: None,
        };
        let complete = complete_foreign_key(&catalog, declared).expect("random foreign keys are well-formed");
        catalog.put_foreign_key(complete);
    }
    catalog
}

fn rule(rule: &RuleCase) -> Rule {
    let action = match rule.action {
        Chosen::NoAction => ReferentialAction::NoAction,
        Chosen::Restrict => ReferentialAction::Restrict,
        Chosen::Cascade => ReferentialAction::Cascade,
        Chosen::SetNull => ReferentialAction::SetNull,
        Chosen::SetDefault => ReferentialAction::SetDefault,
    };
    Rule { action, columns: rule.listed.iter().map(|column| column_id(*column)).collect() }
}

fn sql_type(case: &Case, width: u8) -> SqlType {
    match (case.text, width) {
        (false, 0) => SqlType::BigInt,
        (false, 1) => SqlType::SmallInt,
        (false, 2) => SqlType::Numeric(Some((12, 2))),
        (false, _) => SqlType::Integer,
        (true, 0) => SqlType::Varchar(Some(9)),
        (true, 1) => SqlType::Char(9),
        (true, _) => SqlType::Text,
    }
}

fn new_rows(case: &Case, table: usize, rows: &[Row]) -> NewRows {
    let declared = &case.tables[table].columns;
    let types: Vec<_> = declared.iter().map(|column| sql_type(case, column.width)).collect();
    let column = |position: usize| {
        let values: Vec<_> = rows.iter().map(|row| row[position]).collect();
        array(&values, &types[position])
    };
    let arrays: Vec<ArrayRef> = (0..declared.len()).map(column).collect();
    let field =
        |(position, array): (usize, &ArrayRef)| Field::new(format!("c{position}"), array.data_type().clone(), true);
    let schema = Schema::new(arrays.iter().enumerate().map(field).collect::<Vec<_>>());
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    let batch = RecordBatch::try_new_with_options(Arc::new(schema), arrays, &options).expect("equally long columns");
    NewRows { columns: (0..declared.len()).map(column_id).collect(), batch }
}

fn array(values: &[Option<i64>], sql_type: &SqlType) -> ArrayRef {
    if sql_type.arrow() == DataType::Utf8 {
        let texts = values.iter().map(|value| value.map(|value| format!("value {value}")));
        return Arc::new(texts.collect::<StringArray>());
    }
    cast(&Int64Array::from(values.to_vec()), &sql_type.arrow()).expect("small numbers fit every type")
}

/// The values of a column, as the case writes them.
pub fn values(array: &ArrayRef) -> Vec<Option<i64>> {
    if let Some(texts) = array.as_string_opt::<i32>() {
        let value = |text: &str| text.strip_prefix("value ").and_then(|digits| digits.parse().ok());
        return texts.iter().map(|text| text.map(|text| value(text).expect("texts are written above"))).collect();
    }
    let numbers = cast(array, &DataType::Int64).expect("numbers are whole");
    let numbers = numbers.as_primitive::<Int64Type>();
    (0..numbers.len()).map(|index| numbers.is_valid(index).then(|| numbers.value(index))).collect()
}
