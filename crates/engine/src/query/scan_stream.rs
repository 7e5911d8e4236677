//! Reads the places of one partition batch by batch: slices where all rows live, filtered where some are dead.

use std::sync::Arc;

use bowline_core::catalog::Table;
use bowline_core::rows::{Fragment, RowsError, TableRows};
use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, UInt64Array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{filter, take};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::Expr;

use super::lookup::{Place, PlaceRows};
use crate::error::Error;

/// What to read of a table, whichever rows it has.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub table: Arc<Table>,
    /// Column lists that are worth looking up, as positions.
    pub keys: Arc<[Vec<usize>]>,
    /// The columns of `projection`.
    pub schema: SchemaRef,
    /// Counts the table's columns, and after them the row id.
    pub projection: Vec<usize>,
    /// What is known of the rows wanted; others may come along.
    pub filters: Vec<Expr>,
    pub limit: Option<usize>,
    /// Whether the plan is kept: then the number of rows now is an estimate.
    pub is_lasting: bool,
}

/// Yields batches of the projected columns. Columns are loaded when the first place of their segment is reached.
pub(super) struct Reader {
    wanted: Arc<Wanted>,
    rows: TableRows,
    places: Arc<[Place]>,
    next: usize,
    /// Rows still wanted.
    left: usize,
}

impl Reader {
    pub fn new(wanted: Arc<Wanted>, rows: TableRows, places: Arc<[Place]>) -> Reader {
        let left = wanted.limit.unwrap_or(usize::MAX);
        Reader { wanted, rows, places, next: 0, left }
    }

    fn read(&self, place: &Place) -> Result<RecordBatch, RowsError> {
        let fragment = &self.rows.fragments()[place.fragment];
        let chosen = Chosen::new(fragment, &place.rows);
        let mut columns = Vec::with_capacity(self.wanted.projection.len());
        for position in &self.wanted.projection {
            columns.push(match self.wanted.table.columns.get(*position) {
                Some(column) => chosen.of(&fragment.segment.column(column)?)?,
                None => chosen.row_ids(fragment.segment.first())?,
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(chosen.count()));
        Ok(RecordBatch::try_new_with_options(self.wanted.schema.clone(), columns, &options)?)
    }
}

impl Iterator for Reader {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.left > 0 {
            let place = self.places.get(self.next)?;
            self.next += 1;
            let batch = match self.read(place) {
                Ok(batch) => batch,
                Err(error) => return Some(Err(DataFusionError::External(Box::new(Error::from(error))))),
            };
            let batch = if batch.num_rows() > self.left { batch.slice(0, self.left) } else { batch };
            self.left -= batch.num_rows();
            if batch.num_rows() > 0 {
                return Some(Ok(batch));
            }
        }
        None
    }
}

/// The rows of a place, as something to apply to each column.
enum Chosen<'p> {
    All(std::ops::Range<usize>),
    Living(std::ops::Range<usize>, BooleanArray),
    Positions(&'p datafusion::arrow::array::UInt32Array),
}

impl<'p> Chosen<'p> {
    fn new(fragment: &Fragment, rows: &'p PlaceRows) -> Chosen<'p> {
        match rows {
            PlaceRows::Positions(positions) => Chosen::Positions(positions),
            PlaceRows::Run(run) => {
                let (start, end) = (run.start as u32, run.end as u32);
                if fragment.dead.is_empty() || fragment.dead.range_cardinality(start..end) == 0 {
                    return Chosen::All(run.clone());
                }
                let mut live = vec![true; run.len()];
                fragment.dead.range(start..end).for_each(|position| live[(position - start) as usize] = false);
                Chosen::Living(run.clone(), BooleanArray::new(BooleanBuffer::from(live), None))
            }
        }
    }

    fn of(&self, column: &ArrayRef) -> Result<ArrayRef, RowsError> {
        Ok(match self {
            Chosen::All(run) => column.slice(run.start, run.len()),
            Chosen::Living(run, live) => filter(&column.slice(run.start, run.len()), live)?,
            Chosen::Positions(positions) => take(column, positions, None)?,
        })
    }

    fn row_ids(&self, first: u64) -> Result<ArrayRef, RowsError> {
        let ids = |run: &std::ops::Range<usize>| {
            UInt64Array::from_iter_values((first + run.start as u64)..(first + run.end as u64))
        };
        Ok(match self {
            Chosen::All(run) => Arc::new(ids(run)),
            Chosen::Living(run, live) => filter(&ids(run), live)?,
            Chosen::Positions(positions) => {
                Arc::new(UInt64Array::from_iter_values(positions.values().iter().map(|at| first + u64::from(*at))))
            }
        })
    }

    fn count(&self) -> usize {
        match self {
            Chosen::All(run) => run.len(),
            Chosen::Living(_, live) => live.true_count(),
            Chosen::Positions(positions) => positions.len(),
        }
    }
}
