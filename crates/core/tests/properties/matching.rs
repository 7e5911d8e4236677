//! Properties of the one question asked of rows: which of them hold one of these keys?

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use bowline_core::rows::{KeyForm, KeyShape, Keys, NewRows, TableRows};

use super::case::{Case, ColumnCase, TableCase};
use super::database::{database, table_id};
use super::random::Random;

/// Rows so many that they are looked at tile by tile.
const ROWS: usize = 150_000;

#[test]
fn integer_keys_are_found_among_many_rows() {
    for (seed, (width, spread)) in
        [(1, 300), (3, 40_000), (0, 1 << 40), (3, 1 << 20), (1, 1 << 18)].into_iter().enumerate()
    {
        let mut random = Random::new(seed as u64);
        let (table, data_type) = table(width);
        let mut value = |wide: u64| (random.below(20) > 0).then(|| random.below(wide) as i64 - (wide / 2) as i64);
        let narrow = if width == 1 { spread.min(1 << 15) } else { spread };
        let values = cast(&Int64Array::from_iter((0..ROWS).map(|_| value(narrow))), &data_type).expect("values fit");
        let mut rows = TableRows::default();
        let schema = Schema::new(vec![Field::new("c0", data_type.clone(), true)]);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![values.clone()]).expect("one column");
        rows.append(&NewRows { columns: vec![table.columns[0].id], batch }).expect("rows in memory");
        rows.remove(&(100..2_000).step_by(7).collect());
        let held = cast(&values, &DataType::Int64).expect("integers are integers");
        let held = held.as_primitive::<Int64Type>();
        let mut asked: Vec<Option<i64>> = (0..15).map(|_| value(spread)).collect();
        asked.extend((0..5).map(|n| held.is_valid(n * 1_000).then(|| held.value(n * 1_000))));
        let keys =
            Keys::new(&KeyForm::Int, &[Arc::new(Int64Array::from(asked.clone())) as ArrayRef]).expect("integers");
        let shape = KeyShape::new(vec![table.columns[0].id], KeyForm::Int);
        // The first question reads the rows, later ones may probe an index.
        for _ in 0..3 {
            let found = rows.matching(&table, &shape, &keys).expect("rows in memory can be read");
            let mut found: Vec<(u64, u32)> = found.rows.into_iter().zip(found.keys).collect();
            found.sort_unstable();
            let live = (0..ROWS).filter(|row| held.is_valid(*row) && rows.is_live(*row as u64));
            let mut pairs: Vec<(u64, u32)> = Vec::new();
            for row in live {
                let same = (0..asked.len()).filter(|key| asked[*key] == Some(held.value(row)));
                pairs.extend(same.map(|key| (row as u64, key as u32)));
            }
            assert!(found == pairs, "{} found, {} there: {data_type}, spread {spread}", found.len(), pairs.len());
        }
    }
}

/// A table of one column.
fn table(width: u8) -> (Arc<bowline_core::catalog::Table>, DataType) {
    let column = ColumnCase { not_null: false, default: None, width };
    let only = TableCase { columns: vec![column], keys: vec![vec![0]], has_primary: false, rows: Vec::new() };
    let case = Case { text: false, tables: vec![only], foreign_keys: Vec::new(), changes: Vec::new() };
    let table = database(&case).snapshot.catalog().table(table_id(0)).clone();
    let data_type = table.columns[0].sql_type.arrow();
    (table, data_type)
}
