//! The plan node that reads rows of a snapshot: which rows, split over the cores, and how many there are.

use std::fmt;
use std::sync::Arc;

use bowline_core::catalog::Table;
use bowline_core::rows::{RowsError, TableRows};
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, ReplaceChildrenOptions,
};

use futures::TryStreamExt;

use super::generic::with_values;
use super::join_keys::JoinKeys;
use super::lookup::{self, Place, PlaceRows};
use super::scan_stream::{Reader, Wanted};
use super::{planning, state};
use crate::error::Error;

/// Fewer rows than this are read by one core.
const ROWS_PER_PARTITION_MIN: usize = 16_384;

/// A table of so few rows is read rather than to wait for the keys of a join.
const ROWS_LOOKED_UP_MIN: usize = 1_024;
/// A plan for so many times as many rows is made anew.
const ROWS_FACTOR_MAX: usize = 8;
/// To read so many rows takes no longer than to plan.
pub(super) const ROWS_FREE: usize = 4_096;

/// Reads rows of one table.
#[derive(Debug, Clone)]
pub(super) struct SnapshotScan {
    wanted: Arc<Wanted>,
    rows: TableRows,
    /// The places of each partition.
    partitions: Vec<Arc<[Place]>>,
    row_count: usize,
    /// What a join will tell of the rows it wants.
    join_keys: Option<JoinKeys>,
    properties: Arc<PlanProperties>,
}

impl SnapshotScan {
    /// A scan of the wanted among these rows. Errors: key columns could not be read.
    pub fn new(wanted: Wanted, rows: TableRows) -> Result<SnapshotScan> {
        let (partitions, row_count) = found(&wanted, &rows)?;
        let properties = PlanProperties::new(
            EquivalenceProperties::new(wanted.schema.clone()),
            Partitioning::UnknownPartitioning(partitions.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let (wanted, properties) = (Arc::new(wanted), Arc::new(properties));
        Ok(SnapshotScan { wanted, rows, partitions, row_count, join_keys: None, properties })
    }

    /// The same scan of other rows, with this limit; `None` if it finds so many that a plan for it would have been another.
    /// Errors: key columns could not be read.
    pub fn over(&self, rows: TableRows, limit: Option<usize>) -> Result<Option<SnapshotScan>> {
        let wanted = match limit == self.wanted.limit {
            true => self.wanted.clone(),
            false => Arc::new(Wanted { limit, ..Wanted::clone(&self.wanted) }),
        };
        let (partitions, row_count) = found(&wanted, &rows)?;
        if partitions.len() != self.partitions.len() || is_planned_otherwise(self.row_count, row_count) {
            return Ok(None);
        }
        let properties = self.properties.clone();
        Ok(Some(SnapshotScan { wanted, rows, partitions, row_count, join_keys: None, properties }))
    }

    /// The same scan for later, without the rows: not to be executed.
    pub fn without_rows(&self) -> SnapshotScan {
        SnapshotScan {
            wanted: self.wanted.clone(),
            rows: TableRows::default(),
            partitions: self.partitions.iter().map(|_| Arc::from([])).collect(),
            row_count: self.row_count,
            join_keys: None,
            properties: self.properties.clone(),
        }
    }

    /// Whether it waits for the keys of a join.
    pub fn waits(&self) -> bool {
        self.join_keys.is_some()
    }

    /// Whether it looks rows up by a key, now or once a join has told which.
    fn looks_up(&self) -> bool {
        self.waits() || self.partitions.iter().flat_map(|places| places.iter()).any(|place| !place.is_run())
    }

    /// So many rows are enough.
    pub fn limit(&self) -> Option<usize> {
        self.wanted.limit
    }

    /// Whether it reads no column, for only the number of its rows matters.
    pub fn only_counts(&self) -> bool {
        self.wanted.projection.is_empty()
    }

    /// The table it reads.
    pub fn table(&self) -> &Table {
        &self.wanted.table
    }

    /// How many rows it hands out.
    pub fn row_count(&self) -> usize {
        self.row_count
    }
}

/// Whether a plan for so many rows would be another than the one for so many.
pub(super) fn is_planned_otherwise(planned_for: usize, row_count: usize) -> bool {
    row_count > planned_for.max(ROWS_FREE).saturating_mul(ROWS_FACTOR_MAX)
}

fn unreadable(error: RowsError) -> DataFusionError {
    DataFusionError::External(Box::new(Error::from(error)))
}

/// The places of each partition, and how many rows that are.
fn found(wanted: &Wanted, rows: &TableRows) -> Result<(Vec<Arc<[Place]>>, usize)> {
    let filters: Vec<Expr> = wanted.filters.iter().map(with_values).collect();
    let looked_up = lookup::rows(&wanted.table, rows, &wanted.keys, &filters).map_err(unreadable)?;
    let places = match looked_up {
        Some(found) => lookup::places(rows, found),
        None => lookup::slices(&wanted.table, rows, &filters),
    };
    let live: usize = places.iter().map(|place| live_count(rows, place)).sum();
    let count = match wanted.limit {
        Some(_) => 1,
        None => (live / ROWS_PER_PARTITION_MIN).clamp(1, state::partitions()),
    };
    let row_count = wanted.limit.map_or(live, |limit| limit.min(live));
    Ok((split(rows, places, live, count), row_count))
}

fn live_count(rows: &TableRows, place: &Place) -> usize {
    match &place.rows {
        PlaceRows::Positions(positions) => positions.len(),
        PlaceRows::Run(run) => {
            let dead = &rows.fragments()[place.fragment].dead;
            run.len()
                - if dead.is_empty() { 0 } else { dead.range_cardinality(run.start as u32..run.end as u32) as usize }
        }
    }
}

/// Splits places into `count` runs of about equally many rows.
fn split(rows: &TableRows, places: Vec<Place>, live: usize, count: usize) -> Vec<Arc<[Place]>> {
    let mut partitions: Vec<Vec<Place>> = vec![Vec::new(); count];
    let mut before = 0;
    for place in places {
        let at = (before * count).checked_div(live).unwrap_or(0).min(count - 1);
        before += live_count(rows, &place);
        partitions[at].push(place);
    }
    partitions.into_iter().map(Arc::from).collect()
}

/// What a partition reads once a join has told its keys: rows looked up by them, or the whole of it if they are too many.
async fn joined_rows(
    keys: JoinKeys,
    wanted: Arc<Wanted>,
    rows: TableRows,
    partition: usize,
    whole: Reader,
) -> Result<Reader> {
    let Some(values) = keys.values().await? else { return Ok(whole) };
    // The first partition looks up what all would have read.
    let found = match partition {
        0 => keys.rows(&wanted.table, &rows, &values).map_err(unreadable)?,
        _ => keys.fits(&wanted.table, &values).then(Vec::new),
    };
    let places = found.map(|found| lookup::places(&rows, found));
    Ok(places.map_or(whole, |places| Reader::new(wanted, rows, places.into())))
}

impl DisplayAs for SnapshotScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        let how = match &self.join_keys {
            Some(_) => "lookup by the join\'s keys of",
            None if self.looks_up() => "lookup",
            None => "scan",
        };
        let columns: Vec<&str> = self.wanted.schema.fields().iter().map(|field| field.name().as_str()).collect();
        write!(
            f,
            "SnapshotScan: {how} {} [{}], {} rows",
            self.wanted.table.relation_name(),
            columns.join(", "),
            self.row_count
        )
    }
}

impl Place {
    fn is_run(&self) -> bool {
        matches!(self.rows, PlaceRows::Run(_))
    }
}

impl ExecutionPlan for SnapshotScan {
    fn name(&self) -> &'static str {
        "SnapshotScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        match &self.join_keys {
            Some(keys) => visit(&keys.filter()),
            None => Ok(TreeNodeRecursion::Continue),
        }
    }

    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        pushed: ChildPushdownResult,
        _: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let worth = self.row_count > ROWS_LOOKED_UP_MIN && self.wanted.limit.is_none() && !self.looks_up();
        let told = || pushed.parent_filters.iter().map(|pushed| &pushed.filter);
        let keys = || told().find_map(|filter| JoinKeys::of(filter, &self.wanted.keys, &self.wanted.projection));
        // The rows may be more than the filters let through: whoever pushed them applies them too.
        let handled = FilterPushdownPropagation::with_parent_pushdown_result(told().map(|_| PushedDown::No).collect());
        match phase == FilterPushdownPhase::Post && worth {
            true => Ok(match keys() {
                Some(keys) => {
                    handled.with_updated_node(Arc::new(SnapshotScan { join_keys: Some(keys), ..self.clone() }))
                }
                None => handled,
            }),
            false => Ok(handled),
        }
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let reader = Reader::new(self.wanted.clone(), self.rows.clone(), self.partitions[partition].clone());
        let schema = self.wanted.schema.clone();
        let Some(keys) = self.join_keys.clone() else {
            return Ok(Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter(reader))));
        };
        let chosen = joined_rows(keys, self.wanted.clone(), self.rows.clone(), partition, reader);
        let read = futures::stream::once(chosen).map_ok(futures::stream::iter).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, read)))
    }

    fn statistics_from_inputs(&self, _: &[Arc<Statistics>], args: &StatisticsArgs) -> Result<Arc<Statistics>> {
        // Rules that weigh joins ask this again and again: of hundreds of joins for seconds.
        planning::go_on()?;
        let counted = if self.wanted.is_lasting { Precision::Inexact } else { Precision::Exact };
        let mut statistics = Statistics::new_unknown(&self.wanted.schema);
        statistics.num_rows = match args.partition() {
            None => counted(self.row_count),
            Some(partition) => {
                let places = &self.partitions[partition];
                let live = places.iter().map(|place| live_count(&self.rows, place)).sum();
                counted(self.wanted.limit.map_or(live, |limit| limit.min(live)))
            }
        };
        for (statistics, position) in statistics.column_statistics.iter_mut().zip(&self.wanted.projection) {
            let unique = |column: &bowline_core::catalog::Column| {
                self.wanted.table.keys.iter().any(|k| k.columns == [column.id])
            };
            if self.wanted.table.columns.get(*position).is_some_and(unique) {
                statistics.distinct_count = Precision::Inexact(self.row_count);
            }
        }
        statistics.calculate_total_byte_size(&self.wanted.schema);
        Ok(Arc::new(statistics))
    }
}
