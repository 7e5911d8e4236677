//! Queries over a small snapshot: what SELECT answers, how columns are called, and what errors say.

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_core::catalog::{
    CandidateKey, Catalog, Characteristics, Column, ColumnId, ConstraintId, ForeignKey, KeyOrigin, MatchType, NotNull,
    RelationName, Rule, SequenceId, SqlType, Table, TableId, View as CatalogView,
};
use bowline_core::rows::{Delta, NewRows, Snapshot, TableDelta};
use bowline_store::SequenceState;
use datafusion::arrow::array::{ArrayRef, Decimal128Array, Int32Array, RecordBatch, StringArray};
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;

use super::{QueryEngine, SequenceAccess, SequenceName, View, state, system, table_schema};
use crate::advisory::SessionLocks;
use crate::cancel::CancelHandle;
use crate::display;
use crate::error::Error;
use crate::grammar;
use crate::runtime::block_on;

#[derive(Debug)]
struct Counting;

impl SequenceAccess for Counting {
    fn creation_schema(&self) -> Option<String> {
        Some("public".to_owned())
    }

    fn next(&self, _: &SequenceName) -> Result<i64, Error> {
        Ok(7)
    }
    fn current(&self, _: &SequenceName) -> Result<i64, Error> {
        Ok(7)
    }
    fn last(&self) -> Result<i64, Error> {
        Ok(7)
    }
    fn standings(&self) -> BTreeMap<SequenceId, SequenceState> {
        BTreeMap::new()
    }
    fn set(&self, _: &SequenceName, _: i64, _: bool) -> Result<(), Error> {
        Ok(())
    }
}

fn column(id: u32, name: &str, sql_type: SqlType, not_null: bool) -> Column {
    Column {
        id: ColumnId(id),
        name: name.to_owned(),
        sql_type,
        not_null,
        default: None,
        identity: None,
        generated: None,
        is_virtual: false,
        numbered_as: None,
        not_null_constraint: NotNull::default(),
        missing: None,
        comment: None,
    }
}

fn table(id: u32, name: &str, columns: Vec<Column>) -> Table {
    let key = CandidateKey {
        id: ConstraintId(id * 100),
        name: format!("{name}_pkey"),
        columns: vec![ColumnId(0)],
        primary: true,
        origin: KeyOrigin::Constraint,
        nulls_not_distinct: false,
        index: Default::default(),
        characteristics: Characteristics::default(),
        comment: None,
    };
    Table {
        id: TableId(id),
        schema: "public".to_owned(),
        name: name.to_owned(),
        next_column: columns.len() as u32,
        columns,
        keys: vec![key],
        checks: Vec::new(),
        indexes: Vec::new(),
        comment: None,
    }
}

/// `customers` (1..=3) and `orders` (10..=13), of which order 13 references a customer that is not there.
pub(super) fn snapshot() -> Snapshot {
    let mut catalog = Catalog::default();
    catalog.put_table(table(
        1,
        "customers",
        vec![
            column(0, "id", SqlType::Integer, true),
            column(1, "name", SqlType::Varchar(Some(40)), true),
            column(2, "uid", SqlType::Uuid, false),
        ],
    ));
    catalog.put_table(table(
        2,
        "orders",
        vec![
            column(0, "id", SqlType::Integer, true),
            column(1, "customer_id", SqlType::Integer, false),
            column(2, "amount", SqlType::Numeric(Some((10, 2))), true),
        ],
    ));
    catalog.put_foreign_key(ForeignKey {
        id: ConstraintId(900),
        name: "orders_customer_id_fkey".to_owned(),
        table: TableId(2),
        columns: vec![ColumnId(1)],
        referenced_table: TableId(1),
        referenced_columns: vec![ColumnId(0)],
        referenced_key: ConstraintId(100),
        match_type: MatchType::Simple,
        on_delete: Rule::default(),
        on_update: Rule::default(),
        characteristics: Characteristics::default(),
        validated: false,
        enforced: true,
        comment: None,
    });
    catalog.put_view(CatalogView {
        name: RelationName::new("public", "spending"),
        query: "SELECT customer_id, sum(amount) FROM orders GROUP BY customer_id".to_owned(),
        columns: vec!["customer".to_owned()],
        reads: vec![RelationName::new("public", "orders")],
        known: Vec::new(),
        comment: None,
        column_comments: Default::default(),
    });
    let mut delta = Delta { catalog: Some(Arc::new(catalog.clone())), ..Delta::default() };
    let amounts = Decimal128Array::from(vec![1050, 250, 100, 999]).with_precision_and_scale(10, 2).expect("they fit");
    let rows: [(u32, Vec<ArrayRef>); 2] = [
        (
            1,
            vec![
                Arc::new(Int32Array::from(vec![1, 2, 3])),
                Arc::new(StringArray::from(vec!["Ada", "Bob", "Cyd"])),
                Arc::new(StringArray::from(vec![None, Some("0188a5eb-0000-7000-8000-000000000001"), None])),
            ],
        ),
        (
            2,
            vec![
                Arc::new(Int32Array::from(vec![10, 11, 12, 13])),
                Arc::new(Int32Array::from(vec![Some(1), Some(1), None, Some(99)])),
                Arc::new(amounts),
            ],
        ),
    ];
    for (id, columns) in rows {
        let table = catalog.table(TableId(id));
        let batch = RecordBatch::try_new(table_schema(table), columns).expect("columns as declared");
        let mut changes = TableDelta::new(0);
        changes.insert(NewRows { columns: table.column_ids(), batch });
        delta.tables.insert(TableId(id), changes);
    }
    Snapshot::default().apply(&delta).expect("rows in memory")
}

pub(super) fn run(sql: &str, parameters: &[ScalarValue]) -> Result<String, Error> {
    let engine = QueryEngine::new(Arc::new(Counting), Arc::default(), &locks(), CancelHandle::default());
    let parsed = grammar::statements(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let view = View { snapshot: snapshot(), extra: Vec::new() };
    let result = block_on(engine.run(view, parsed[0].clone(), parameters))?;
    let names: Vec<&str> = result.schema.fields().iter().map(|field| field.name().as_str()).collect();
    let mut lines = vec![names.join("|")];
    for batch in &result.batches {
        for row in 0..batch.num_rows() {
            let fields = result.schema.fields().iter().zip(batch.columns());
            let texts = fields.map(|(field, array)| display::text_as(field, array, row).unwrap_or_default());
            lines.push(texts.collect::<Vec<_>>().join("|"));
        }
    }
    Ok(lines.join("\n"))
}

/// Whatever plans asks first; nobody drops it here.
#[test]
fn planning_asks_whether_it_is_cancelled() {
    let cancel = CancelHandle::default();
    let engine = QueryEngine::new(Arc::new(Counting), Arc::default(), &locks(), cancel.clone());
    let view = View { snapshot: snapshot(), extra: Vec::new() };
    let parsed = grammar::statements("SELECT id FROM orders WHERE amount > $1").expect("a plain query").remove(0);
    let values = [ScalarValue::Int32(Some(2))];
    let ways: [&dyn Fn() -> Result<(), Error>; 4] = [
        &|| engine.plan(&view, parsed.clone(), &values).map(drop),
        &|| engine.describe(&view, &parsed, &[]).map(drop),
        &|| block_on(engine.explain(&view, parsed.clone(), &values)).map(drop),
        &|| block_on(engine.open(&view, &parsed, &values)).map(drop),
    ];
    for way in ways {
        cancel.start();
        way().expect("nobody has cancelled it");
        cancel.cancel();
        assert_eq!(way().expect_err("it was cancelled").sqlstate, "57014");
        assert!(engine.in_place(&view, parsed.clone(), &values).is_none(), "it would be planned to be kept");
    }
}

/// Nothing but the table's own asking can end it here.
#[test]
fn reading_violations_is_cancelled() {
    let cancel = CancelHandle::default();
    let violations =
        system::table("bowline", "violations", &snapshot(), "shop", &cancel, Arc::default).expect("it is there");
    let read = || block_on(violations.scan(state::state(), None, &[], None)).map(drop).map_err(super::error);
    cancel.start();
    read().expect("nobody has cancelled it");
    cancel.cancel();
    assert_eq!(read().expect_err("it was cancelled").sqlstate, "57014");
}

fn answers(sql: &str, expected: &str) {
    match run(sql, &[]) {
        Ok(answer) => assert_eq!(answer, expected, "{sql}"),
        Err(error) => panic!("{sql}: {} {error} {:?}", error.sqlstate, error.hint),
    }
}

#[test]
fn selects_answer_with_postgres_names() {
    answers("SELECT * FROM customers ORDER BY id LIMIT 1", "id|name|uid\n1|Ada|");
    answers("SELECT count(*), sum(amount), 1, 1 FROM orders", "count|sum|?column?|?column?\n4|23.99|1|1");
    answers(
        "SELECT c.name, o.id FROM customers c JOIN orders o ON o.customer_id = c.id ORDER BY 2",
        "name|id\nAda|10\nAda|11",
    );
    answers("SELECT customer, sum FROM spending WHERE customer = 1", "customer|sum\n1|13.00");
    answers("VALUES (1, 'a'), (2, 'b')", "column1|column2\n1|a\n2|b");
    answers("SELECT name FROM customers WHERE id IN (3, 1) ORDER BY id", "name\nAda\nCyd");
}

#[test]
fn row_ids_are_shown_in_their_own_schema() {
    answers("SELECT o.__row, o.id FROM __rows.\"public.orders\" AS o WHERE o.id = 12", "__row|id\n2|12");
}

#[test]
fn parameters_are_bound() {
    let found = run("SELECT name FROM customers WHERE id = $1", &[ScalarValue::Int32(Some(2))]);
    assert_eq!(found.expect("a query"), "name\nBob");
    assert_eq!(run("SELECT $2", &[ScalarValue::Int32(Some(2))]).expect_err("one is missing").sqlstate, "42P02");
}

#[test]
fn errors_are_in_postgres_words() {
    for (sql, sqlstate, message) in [
        ("SELECT * FROM custumers", "42P01", "relation \"custumers\" does not exist"),
        ("SELECT nam FROM customers", "42703", "column \"nam\" does not exist"),
        ("SELECT c.nam FROM customers c", "42703", "column c.nam does not exist"),
        ("SELECT x.name FROM customers c", "42P01", "missing FROM-clause entry for table \"x\""),
        ("SELECT id FROM customers, orders", "42702", "column reference \"id\" is ambiguous"),
        ("SELECT 1 / 0", "22012", "division by zero"),
        ("SELECT id / (id - id) FROM customers", "22012", "division by zero"),
        ("SELECT 'abc'::integer", "22P02", "invalid input syntax for type integer: \"abc\""),
        ("SELECT 3000000000::integer", "22003", "integer out of range"),
        ("SELECT nosuch(1)", "42883", "function nosuch does not exist"),
        (
            "SELECT name, count(*) FROM customers",
            "42803",
            "column \"customers.name\" must appear in the GROUP BY clause or be used in an aggregate function",
        ),
        (
            "SELECT (SELECT id FROM customers)",
            "21000",
            "more than one row returned by a subquery used as an expression",
        ),
    ] {
        match run(sql, &[]) {
            Ok(answer) => panic!("{sql}: {answer}"),
            Err(error) => assert_eq!((error.sqlstate.as_str(), error.message.as_str()), (sqlstate, message), "{sql}"),
        }
    }
}

#[test]
fn violations_and_relationships_are_listed() {
    answers(
        "SELECT constraint_name, key, row_key, reason FROM bowline.violations WHERE constraint_name LIKE 'orders%'",
        "constraint_name|key|row_key|reason\n\
         orders_customer_id_fkey|99|id = 13|the key is not present in table \"customers\"",
    );
    answers("SELECT count(*) FROM bowline.violations", "count\n1");
    answers(
        "SELECT referencing_table, referenced_table, cardinality, mandatory, validated FROM bowline.relationships",
        "referencing_table|referenced_table|cardinality|mandatory|validated\norders|customers|1:N|f|f",
    );
}

#[test]
fn information_schema_describes_tables() {
    answers(
        "SELECT column_name, data_type, is_nullable, character_maximum_length FROM information_schema.columns \
         WHERE table_name = 'customers' ORDER BY ordinal_position",
        "column_name|data_type|is_nullable|character_maximum_length\nid|integer|NO|\nname|character varying|NO|40\nuid|uuid|YES|",
    );
    answers(
        "SELECT constraint_name, position_in_unique_constraint FROM information_schema.key_column_usage \
         WHERE table_name = 'orders'",
        "constraint_name|position_in_unique_constraint\norders_pkey|\norders_customer_id_fkey|1",
    );
}

#[test]
fn postgres_idioms_work() {
    for (sql, expected) in [
        ("SELECT 'a' || 1", "?column?\na1"),
        ("SELECT string_agg(name, ',' ORDER BY name) FROM customers", "string_agg\nAda,Bob,Cyd"),
        ("SELECT n FROM generate_series(1, 3) AS g(n)", "n\n1\n2\n3"),
        ("SELECT * FROM generate_series(1, 2)", "generate_series\n1\n2"),
        (
            "SELECT DISTINCT ON (customer_id) customer_id, id FROM orders ORDER BY customer_id, id DESC",
            "customer_id|id\n1|11\n99|13\n|12",
        ),
        ("SELECT id FROM orders ORDER BY id FETCH FIRST 1 ROWS ONLY", "id\n10"),
        ("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT sum(n) FROM t", "sum\n6"),
        (
            "SELECT c.name, x.n FROM customers c, LATERAL (SELECT count(*) AS n FROM orders o WHERE o.customer_id = c.id) x ORDER BY 1",
            "name|n\nAda|2\nBob|0\nCyd|0",
        ),
        ("SELECT name FROM customers WHERE name ILIKE 'a%'", "name\nAda"),
        ("SELECT name FROM customers WHERE name ~ '^B'", "name\nBob"),
        ("SELECT extract(year FROM DATE '2024-05-06')", "extract\n2024"),
        ("SELECT date_trunc('month', TIMESTAMP '2024-05-06 07:08:09')", "date_trunc\n2024-05-01 00:00:00"),
        ("SELECT TIMESTAMP '2024-01-31 00:00:00' + INTERVAL '1 month'", "?column?\n2024-02-29 00:00:00"),
        ("SELECT greatest(1, 3, 2), least(1, 3)", "greatest|least\n3|1"),
        ("SELECT NULL IS DISTINCT FROM 1", "?column?\nt"),
        (
            "SELECT current_date IS NOT NULL, now() IS NOT NULL, current_timestamp IS NOT NULL",
            "?column?|?column?|?column?\nt|t|t",
        ),
        (
            "SELECT current_database(), current_schema(), current_user",
            "current_database|current_schema|current_user\nbowline|public|bowline",
        ),
        ("SELECT nextval('s'), currval('s')", "nextval|currval\n7|7"),
        ("SELECT length(gen_random_uuid()::text)", "length\n36"),
        ("SELECT '0188a5eb-0000-7000-8000-000000000001'::uuid", "uuid\n0188a5eb-0000-7000-8000-000000000001"),
        ("SELECT name FROM customers WHERE uid = '0188a5eb-0000-7000-8000-000000000001'", "name\nBob"),
        ("SELECT 7 / 2, 7 % 2, 7.0 / 2", "?column?|?column?|?column?\n3|1|3.5"),
        ("SELECT CASE WHEN true THEN 1 END", "case\n1"),
        ("SELECT coalesce(NULL, 2), nullif(1, 1)", "coalesce|nullif\n2|"),
        ("SELECT id, row_number() OVER (ORDER BY id) FROM customers ORDER BY id LIMIT 1", "id|row_number\n1|1"),
        ("SELECT customer_id, count(*) FROM orders GROUP BY 1 HAVING count(*) > 1", "customer_id|count\n1|2"),
        ("SELECT count(*) FILTER (WHERE amount > 2) FROM orders", "count\n3"),
        ("SELECT id FROM customers UNION SELECT customer_id FROM orders ORDER BY 1 LIMIT 2", "id\n1\n2"),
        ("SELECT array_agg(id ORDER BY id) FROM customers", "array_agg\n{1,2,3}"),
        ("SELECT avg(amount) FROM orders", "avg\n5.997500"),
        ("SELECT round(2.5), 'abc'::varchar(2)", "round|varchar\n3|ab"),
        ("SELECT pg_typeof(1)", "pg_typeof\ninteger"),
        (
            "SELECT substring('abcdef' FROM 2 FOR 3), position('c' IN 'abc'), trim('  x ')",
            "substring|position|btrim\nbcd|3|x",
        ),
        ("SELECT to_char(DATE '2024-05-06', 'YYYY-MM-DD')", "to_char\n2024-05-06"),
        ("SELECT EXISTS (SELECT 1 FROM orders)", "exists\nt"),
        ("SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)", "name\nAda"),
        ("SELECT 'abc' LIKE 'a%' AND 'x' = ANY (ARRAY['x', 'y'])", "?column?\nt"),
        ("SELECT upper(name) FROM customers ORDER BY name DESC LIMIT 1", "upper\nCYD"),
        ("SELECT (SELECT max(id) FROM orders)", "max\n13"),
    ] {
        answers(sql, expected);
    }
}

fn locks() -> Arc<SessionLocks> {
    Arc::new(SessionLocks::new(Arc::default()))
}
