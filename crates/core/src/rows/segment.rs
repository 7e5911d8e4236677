//! A run of rows with consecutive ids, kept column by column and never changed.
//!
//! Columns are loaded from the segment's source when first touched; key indexes are built when they first pay. Both are
//! caches inside an immutable value: they change no answer.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, OnceLock, RwLock};

use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt32Array, new_null_array};
use arrow::compute::{cast, concat, take};
use arrow::error::ArrowError;

use super::{KeyIndex, KeyShape, Keys, NullPattern, null_patterns};
use crate::catalog::{Column, ColumnId, SqlType, Table};

/// Where the columns of a segment come from when they are not in memory yet.
pub trait ColumnSource: Send + Sync + fmt::Debug {
    /// Reads one whole column. Errors: the file is damaged or cannot be read, with the file named.
    fn load(&self, column: ColumnId) -> Result<ArrayRef, RowsError>;

    /// Smallest and largest value of an integer column, if known without reading it.
    fn integer_range(&self, column: ColumnId) -> Option<(i64, i64)>;
}

/// Rows could not be read.
#[derive(Debug, Clone)]
pub struct RowsError(pub Arc<dyn Error + Send + Sync>);

/// Consecutive rows of one table.
#[derive(Debug)]
pub struct Segment {
    first: u64,
    len: usize,
    stored: Vec<ColumnId>,
    loaded: RwLock<Vec<(ColumnId, ArrayRef)>>,
    filled: RwLock<Vec<(Filled, ArrayRef)>>,
    source: Option<Arc<dyn ColumnSource>>,
    indexes: RwLock<Vec<KnownIndex>>,
    patterns: RwLock<Vec<KnownPatterns>>,
}

/// A column that the segment does not hold, by what fills it. Its id alone would not do: a rolled-back ADD COLUMN leaves its
/// id to the next, which may have another default, over the same segments.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Filled {
    column: ColumnId,
    sql_type: SqlType,
    missing: Option<String>,
}

/// Columns of an index, what fills those that the segment does not hold, and the index.
type KnownIndex = (KeyShape, Vec<Filled>, Arc<IndexCell>);

/// Columns, what fills those that the segment does not hold, and the patterns of NULLs in them.
type KnownPatterns = ((Vec<ColumnId>, Vec<Filled>), Arc<[NullPattern]>);

#[derive(Debug, Default)]
struct IndexCell(OnceLock<KeyIndex>);

impl Segment {
    /// A segment in memory. `columns` names the batch's columns in order; the first row gets id `first`.
    pub fn in_memory(first: u64, columns: &[ColumnId], batch: &RecordBatch) -> Segment {
        assert_eq!(columns.len(), batch.num_columns(), "every column of new rows was believed to be named");
        Segment {
            first,
            len: batch.num_rows(),
            stored: columns.to_vec(),
            loaded: RwLock::new(columns.iter().copied().zip(batch.columns().iter().cloned()).collect()),
            filled: RwLock::default(),
            source: None,
            indexes: RwLock::default(),
            patterns: RwLock::default(),
        }
    }

    /// A segment whose columns are loaded from `source` when first touched.
    pub fn stored(first: u64, len: usize, columns: Vec<ColumnId>, source: Arc<dyn ColumnSource>) -> Segment {
        Segment {
            first,
            len,
            stored: columns,
            loaded: RwLock::default(),
            filled: RwLock::default(),
            source: Some(source),
            indexes: RwLock::default(),
            patterns: RwLock::default(),
        }
    }

    /// The id of the first row.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// How many rows, dead ones included.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The columns it was written with; others were added to the table later.
    pub fn stored_columns(&self) -> &[ColumnId] {
        &self.stored
    }

    /// Where it is stored, if not only in memory.
    pub fn source(&self) -> Option<&Arc<dyn ColumnSource>> {
        self.source.as_ref()
    }

    /// A whole column: `len` values. For a column added later, its `missing` value repeated.
    pub fn column(&self, column: &Column) -> Result<ArrayRef, RowsError> {
        if !self.stored.contains(&column.id) {
            return cached(&self.filled, filled(column), || missing(column, self.len));
        }
        let array = cached(&self.loaded, column.id, || match &self.source {
            Some(source) => source.load(column.id),
            None => panic!("a segment in memory was believed to have all its columns"),
        })?;
        assert_eq!(array.len(), self.len, "a column was believed to be as long as its segment");
        Ok(array)
    }

    /// The keys of all rows, in the form of `shape`.
    pub fn keys(&self, table: &Table, shape: &KeyShape) -> Result<Keys, RowsError> {
        let columns = self.columns(table, &shape.columns)?;
        Ok(Keys::new(&shape.form, &columns)?.where_null(&self.columns(table, &shape.absent)?))
    }

    /// The patterns of NULLs in these columns, of dead rows too.
    pub(super) fn patterns(&self, table: &Table, ids: &[ColumnId]) -> Result<Arc<[NullPattern]>, RowsError> {
        let find = || {
            let columns = self.columns(table, ids)?;
            Ok(null_patterns(&columns).into_iter().map(|(pattern, _)| pattern).collect())
        };
        cached(&self.patterns, (ids.to_vec(), self.filled(table, ids)), find)
    }

    /// What fills those of the columns that the segment does not hold.
    fn filled(&self, table: &Table, ids: &[ColumnId]) -> Vec<Filled> {
        ids.iter().filter(|id| !self.stored.contains(id)).map(|id| filled(table.column_by_id(*id))).collect()
    }

    /// The same for the columns of a shape.
    fn filled_in(&self, table: &Table, shape: &KeyShape) -> Vec<Filled> {
        [self.filled(table, &shape.columns), self.filled(table, &shape.absent)].concat()
    }

    fn columns(&self, table: &Table, ids: &[ColumnId]) -> Result<Vec<ArrayRef>, RowsError> {
        ids.iter().map(|id| self.column(table.column_by_id(*id))).collect()
    }

    /// The index for a shape if it has been built.
    pub(super) fn ready_index(&self, table: &Table, shape: &KeyShape) -> Option<IndexRef> {
        self.index_cell(table, shape).filter(|index| index.0.0.get().is_some())
    }

    /// The index for a shape, built now if need be.
    pub(super) fn index(&self, table: &Table, shape: &KeyShape) -> Result<IndexRef, RowsError> {
        let cell = self.index_cell(table, shape).unwrap_or_else(|| self.announce_index(table, shape));
        if cell.0.0.get().is_none() {
            let keys = self.keys(table, shape)?;
            cell.0.0.get_or_init(|| KeyIndex::build(&keys));
        }
        Ok(cell)
    }

    /// Notes that an index would have served; true if that was noted before.
    pub(super) fn index_wanted_before(&self, table: &Table, shape: &KeyShape) -> bool {
        let known = self.index_cell(table, shape).is_some();
        if !known {
            self.announce_index(table, shape);
        }
        known
    }

    fn index_cell(&self, table: &Table, shape: &KeyShape) -> Option<IndexRef> {
        let filled = self.filled_in(table, shape);
        let indexes = self.indexes.read().expect("no panic while indexing");
        let found = indexes.iter().find(|(known, by, _)| known == shape && *by == filled);
        found.map(|(_, _, cell)| IndexRef(cell.clone()))
    }

    fn announce_index(&self, table: &Table, shape: &KeyShape) -> IndexRef {
        let filled = self.filled_in(table, shape);
        let mut indexes = self.indexes.write().expect("no panic while indexing");
        if let Some((_, _, cell)) = indexes.iter().find(|(known, by, _)| known == shape && *by == filled) {
            return IndexRef(cell.clone());
        }
        let cell = Arc::new(IndexCell::default());
        indexes.push((shape.clone(), filled, cell.clone()));
        IndexRef(cell)
    }

    /// Segments in memory, each where the one before ends, as one; there is at least one.
    pub(super) fn joined(segments: &[&Segment]) -> Result<Segment, RowsError> {
        let [leading, ..] = segments else { panic!("segments to join were believed to be there") };
        let mut end = leading.first;
        for segment in segments {
            assert_eq!(segment.first, end, "joined segments were believed to be neighbours");
            end += segment.len as u64;
        }
        let sides: Vec<_> = segments.iter().map(|segment| segment.loaded.read().expect("no panic")).collect();
        let join = |id: &ColumnId| {
            let array = |side: &Vec<(ColumnId, ArrayRef)>| {
                let found = side.iter().find(|(known, _)| known == id);
                found.expect("a segment in memory has all its columns").1.clone()
            };
            let arrays: Vec<ArrayRef> = sides.iter().map(|side| array(side)).collect();
            Ok((*id, concat(&arrays.iter().map(AsRef::as_ref).collect::<Vec<_>>())?))
        };
        let loaded = leading.stored.iter().map(join).collect::<Result<Vec<_>, ArrowError>>()?;
        Ok(Segment {
            first: leading.first,
            len: (end - leading.first) as usize,
            stored: leading.stored.clone(),
            loaded: RwLock::new(loaded),
            filled: RwLock::default(),
            source: None,
            indexes: RwLock::default(),
            patterns: RwLock::default(),
        })
    }
}

/// A built index, shared with its segment.
#[derive(Debug, Clone)]
pub(super) struct IndexRef(Arc<IndexCell>);

impl std::ops::Deref for IndexRef {
    type Target = KeyIndex;

    fn deref(&self) -> &KeyIndex {
        self.0.0.get().expect("only built indexes are handed out")
    }
}

fn filled(column: &Column) -> Filled {
    Filled { column: column.id, sql_type: column.sql_type, missing: column.missing.clone() }
}

/// What a cache holds for a key; made and kept if it holds nothing.
fn cached<K: PartialEq, V: Clone>(
    cache: &RwLock<Vec<(K, V)>>,
    key: K,
    make: impl FnOnce() -> Result<V, RowsError>,
) -> Result<V, RowsError> {
    let find = |known: &[(K, V)]| known.iter().find(|(known, _)| *known == key).map(|(_, value)| value.clone());
    if let Some(value) = find(&cache.read().expect("no panic while looking")) {
        return Ok(value);
    }
    let value = make()?;
    let mut known = cache.write().expect("no panic while looking");
    if find(&known).is_none() {
        known.push((key, value.clone()));
    }
    Ok(value)
}

/// The value that rows from before a column was added have in it.
fn missing(column: &Column, len: usize) -> Result<ArrayRef, RowsError> {
    let data_type = column.sql_type.arrow();
    match &column.missing {
        None => Ok(new_null_array(&data_type, len)),
        Some(text) => {
            let value = cast(&StringArray::from(vec![text.as_str()]), &data_type)?;
            Ok(take(&value, &UInt32Array::from(vec![0; len]), None)?)
        }
    }
}

impl fmt::Display for RowsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for RowsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.as_ref())
    }
}

impl From<ArrowError> for RowsError {
    fn from(error: ArrowError) -> Self {
        RowsError(Arc::new(error))
    }
}
