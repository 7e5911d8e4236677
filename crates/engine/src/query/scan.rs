//! The plan node that reads rows of a snapshot: which rows, split over the cores, and how many there are.

use std::fmt;
use std::sync::Arc;

use bowline_core::catalog::Table;
use bowline_core::rows::TableRows;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, ReplaceChildrenOptions,
};

use super::lookup::{Place, PlaceRows};
use super::scan_stream::Reader;
use super::state;

/// Fewer rows than this are read by one core.
const ROWS_PER_PARTITION_MIN: usize = 16_384;

/// Reads places of one table.
#[derive(Debug)]
pub(super) struct SnapshotScan {
    table: Arc<Table>,
    rows: TableRows,
    schema: SchemaRef,
    projection: Vec<usize>,
    /// The places of each partition.
    partitions: Vec<Arc<[Place]>>,
    limit: Option<usize>,
    row_count: usize,
    properties: Arc<PlanProperties>,
}

impl SnapshotScan {
    /// `schema` is that of `projection`, which counts a table's columns and after them the row id.
    pub fn new(
        table: Arc<Table>,
        rows: TableRows,
        schema: SchemaRef,
        projection: Vec<usize>,
        places: Vec<Place>,
        limit: Option<usize>,
    ) -> SnapshotScan {
        let live: usize = places.iter().map(|place| live_count(&rows, place)).sum();
        let row_count = limit.map_or(live, |limit| limit.min(live));
        let count = if limit.is_some() { 1 } else { (live / ROWS_PER_PARTITION_MIN).clamp(1, state::partitions()) };
        let partitions = split(&rows, places, live, count);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema.clone()),
            Partitioning::UnknownPartitioning(partitions.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let properties = Arc::new(properties);
        SnapshotScan { table, rows, schema, projection, partitions, limit, row_count, properties }
    }
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

impl DisplayAs for SnapshotScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        let lookup = self.partitions.iter().flat_map(|places| places.iter()).any(|place| !place.is_run());
        let how = if lookup { "lookup" } else { "scan" };
        let columns: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        write!(
            f,
            "SnapshotScan: {how} {} [{}], {} rows",
            self.table.relation_name(),
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
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
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
        let reader = Reader::new(
            self.table.clone(),
            self.rows.clone(),
            self.schema.clone(),
            self.projection.clone(),
            self.partitions[partition].clone(),
            self.limit,
        );
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), futures::stream::iter(reader))))
    }

    fn statistics_from_inputs(&self, _: &[Arc<Statistics>], args: &StatisticsArgs) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = match args.partition() {
            None => Precision::Exact(self.row_count),
            Some(partition) => {
                let places = &self.partitions[partition];
                let live = places.iter().map(|place| live_count(&self.rows, place)).sum();
                Precision::Exact(self.limit.map_or(live, |limit| limit.min(live)))
            }
        };
        for (statistics, position) in statistics.column_statistics.iter_mut().zip(&self.projection) {
            let unique =
                |column: &bowline_core::catalog::Column| self.table.keys.iter().any(|k| k.columns == [column.id]);
            if self.table.columns.get(*position).is_some_and(unique) {
                statistics.distinct_count = Precision::Inexact(self.row_count);
            }
        }
        statistics.calculate_total_byte_size(&self.schema);
        Ok(Arc::new(statistics))
    }
}
