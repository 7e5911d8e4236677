//! Small databases to store, and what is compared after they were opened again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int16Array,
    Int32Array, Int64Array, IntervalMonthDayNanoArray, RecordBatch, StringArray, Time64MicrosecondArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, IntervalMonthDayNano, Schema};
use bowline_core::catalog::{Catalog, Column, ColumnId, NotNull, SequenceId, SqlType, Table, TableId};
use bowline_core::rows::{Delta, NewRows, Snapshot, TableDelta};
use bowline_store::{Commit, Recovered, SequenceState, Store, StoreError};
use roaring::RoaringTreemap;

/// Where sequences stand.
pub type Sequences = BTreeMap<SequenceId, SequenceState>;

/// A store with the newest snapshot beside it, as the engine keeps them.
pub struct Database {
    pub store: Store,
    pub snapshot: Snapshot,
    pub sequences: Sequences,
}

impl Database {
    pub fn open(directory: &Path) -> Database {
        Database::new(Store::open(directory).expect("the database opens"))
    }

    pub fn new((store, recovered): (Store, Recovered)) -> Database {
        Database { store, snapshot: recovered.snapshot, sequences: recovered.sequences }
    }

    pub fn commit(&mut self, delta: Delta) {
        self.try_commit(&delta, &Sequences::new()).expect("the commit succeeds");
    }

    pub fn try_commit(&mut self, delta: &Delta, sequences: &Sequences) -> Result<(), StoreError> {
        self.store.commit(&Commit { base: &self.snapshot, delta, sequences })?;
        self.snapshot = self.snapshot.apply(delta).expect("the delta applies");
        self.sequences.extend(sequences);
        Ok(())
    }

    pub fn checkpoint(&self) {
        self.store.checkpoint(&self.snapshot, &self.sequences).expect("the checkpoint succeeds");
    }

    pub fn contents(&self) -> Contents {
        Contents::of(&self.snapshot, &self.sequences)
    }
}

/// All that can be asked of a database: equal contents, equal databases.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    catalog: Catalog,
    sequences: Sequences,
    /// Per table: the next row, the living rows, and their values column by column.
    tables: Vec<(TableId, u64, RoaringTreemap, Vec<ArrayRef>)>,
}

impl Contents {
    pub fn of(snapshot: &Snapshot, sequences: &Sequences) -> Contents {
        Contents::try_of(snapshot, sequences).expect("every column can be read")
    }

    pub fn try_of(snapshot: &Snapshot, sequences: &Sequences) -> Result<Contents, bowline_core::rows::RowsError> {
        let mut tables = Vec::new();
        for table in snapshot.catalog().tables() {
            let rows = snapshot.rows(table.id);
            let live = rows.live_rows();
            let ids: Vec<u64> = live.iter().collect();
            tables.push((table.id, rows.next_row(), live, rows.fetch(table, &ids, &table.column_ids())?));
        }
        Ok(Contents { catalog: Catalog::clone(snapshot.catalog()), sequences: sequences.clone(), tables })
    }
}

/// A column like any other.
pub fn column(id: u32, name: &str, sql_type: SqlType) -> Column {
    let name = name.to_owned();
    let id = ColumnId(id);
    Column {
        id,
        name,
        sql_type,
        not_null: false,
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

/// A catalog of tables with the given columns; their ids count from 1.
pub fn catalog(tables: &[(&str, Vec<Column>)]) -> Arc<Catalog> {
    let mut catalog = Catalog::default();
    for (name, columns) in tables {
        let id = TableId(catalog.next_id());
        catalog.put_table(Table {
            id,
            schema: "public".to_owned(),
            name: (*name).to_owned(),
            next_column: columns.len() as u32,
            columns: columns.clone(),
            keys: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            comment: None,
        });
    }
    Arc::new(catalog)
}

/// Rows of columns 0, 1, ...
pub fn rows(arrays: Vec<ArrayRef>) -> NewRows {
    let fields: Vec<Field> = arrays.iter().map(|array| Field::new("x", array.data_type().clone(), true)).collect();
    let columns = (0..arrays.len() as u32).map(ColumnId).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("arrays of one length");
    NewRows { columns, batch }
}

/// Rows of one SMALLINT column, different for each `seed`.
pub fn small_integers(count: usize, seed: i16) -> NewRows {
    rows(vec![Arc::new(Int16Array::from_iter_values((0..count).map(|n| (n % 1000) as i16 + seed)))])
}

/// A delta that declares a catalog.
pub fn declare(catalog: &Arc<Catalog>) -> Delta {
    Delta { catalog: Some(catalog.clone()), tables: BTreeMap::new() }
}

/// A delta that inserts and removes rows of one table.
pub fn change(snapshot: &Snapshot, table: u32, inserted: Vec<NewRows>, removed: std::ops::Range<u64>) -> Delta {
    let id = TableId(table);
    let mut changes = TableDelta::new(snapshot.rows(id).next_row());
    for rows in inserted {
        changes.insert(rows);
    }
    changes.removed.insert_range(removed);
    Delta { catalog: None, tables: BTreeMap::from([(id, changes)]) }
}

/// One column of every type.
pub fn columns_of_all_types() -> Vec<Column> {
    let types = [
        SqlType::Boolean,
        SqlType::SmallInt,
        SqlType::Integer,
        SqlType::BigInt,
        SqlType::Numeric(None),
        SqlType::Numeric(Some((9, 2))),
        SqlType::Real,
        SqlType::Double,
        SqlType::Text,
        SqlType::Varchar(Some(10)),
        SqlType::Char(4),
        SqlType::Bytea,
        SqlType::Date,
        SqlType::Time,
        SqlType::Timestamp,
        SqlType::TimestampTz,
        SqlType::Interval,
        SqlType::Uuid,
        SqlType::Json,
        SqlType::Jsonb,
    ];
    let named = types.into_iter().enumerate();
    named.map(|(id, sql_type)| column(id as u32, &format!("column {id}, {sql_type}"), sql_type)).collect()
}

/// Rows of all types; every seventh value is NULL.
pub fn rows_of_all_types(count: usize) -> NewRows {
    let values = |column: usize| (0..count as i64).map(move |n| ((n + column as i64) % 7 != 0).then_some(n - 5));
    let array = |(position, column): (usize, &Column)| -> ArrayRef {
        let values = values(position);
        match column.sql_type {
            SqlType::Boolean => Arc::new(values.map(|v| v.map(|v| v % 2 == 0)).collect::<BooleanArray>()),
            SqlType::SmallInt => Arc::new(values.map(|v| v.map(|v| v as i16)).collect::<Int16Array>()),
            SqlType::Integer => Arc::new(values.map(|v| v.map(|v| v as i32)).collect::<Int32Array>()),
            SqlType::BigInt => Arc::new(values.map(|v| v.map(|v| v << 40)).collect::<Int64Array>()),
            SqlType::Numeric(_) => {
                let array = values.map(|v| v.map(i128::from)).collect::<Decimal128Array>();
                Arc::new(array.with_data_type(column.sql_type.arrow()))
            }
            SqlType::Real => Arc::new(values.map(|v| v.map(|v| v as f32 / 3.0)).collect::<Float32Array>()),
            SqlType::Double => Arc::new(values.map(|v| v.map(|v| v as f64 / 3.0)).collect::<Float64Array>()),
            SqlType::Bytea => {
                let bytes: Vec<_> = values.map(|v| v.map(i64::to_le_bytes)).collect();
                Arc::new(bytes.iter().map(|v| v.as_ref().map(<[u8; 8]>::as_slice)).collect::<BinaryArray>())
            }
            SqlType::Date => Arc::new(values.map(|v| v.map(|v| v as i32)).collect::<Date32Array>()),
            SqlType::Time => Arc::new(values.map(|v| v.map(i64::abs)).collect::<Time64MicrosecondArray>()),
            SqlType::Timestamp => Arc::new(values.collect::<TimestampMicrosecondArray>()),
            SqlType::TimestampTz => Arc::new(values.collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
            SqlType::Interval => {
                let interval = |v: i64| IntervalMonthDayNano::new(v as i32, -(v as i32), v << 33);
                Arc::new(values.map(|v| v.map(interval)).collect::<IntervalMonthDayNanoArray>())
            }
            _ => Arc::new(values.map(|v| v.map(|v| format!("wert {v}"))).collect::<StringArray>()),
        }
    };
    rows(columns_of_all_types().iter().enumerate().map(array).collect())
}
