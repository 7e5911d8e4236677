//! Relations whose rows are made for one statement: those it is given, and what the system tells of itself.
//!
//! The node of a plan that reads one can be kept without its rows; another statement of the same text has them made again.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bowline_core::catalog::RelationName;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::memory::MemoryStream;
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, ReplaceChildrenOptions,
};

use super::generic::with_values;
use super::scan::is_planned_otherwise;
use super::state::Lasting;

/// Where the rows of such a relation come from.
pub(super) trait Source: fmt::Debug + Send + Sync {
    /// The rows that are asked for, or more of them; of each the columns at these places.
    fn rows(&self, asked: &Asked) -> Result<Vec<RecordBatch>>;

    /// Whether a filter spares it rows.
    fn takes(&self, _filter: &Expr) -> bool {
        false
    }

    /// How many rows it has, if they are not to be made before the plan runs.
    fn is_late(&self) -> Option<usize> {
        None
    }
}

/// What a scan asks for.
#[derive(Debug)]
pub(super) struct Asked {
    /// Places of columns.
    pub projection: Vec<usize>,
    /// Of those that the source takes.
    pub filters: Vec<Expr>,
    /// So many rows are enough. None if there are filters.
    pub limit: Option<usize>,
}

/// A relation whose rows are made when it is scanned.
#[derive(Debug)]
pub(crate) struct MadeTable {
    name: RelationName,
    schema: SchemaRef,
    source: Arc<dyn Source>,
}

/// Rows of a statement's own.
#[derive(Debug)]
struct Given(Vec<RecordBatch>);

impl MadeTable {
    pub(super) fn new(name: RelationName, schema: SchemaRef, source: Arc<dyn Source>) -> MadeTable {
        MadeTable { name, schema, source }
    }

    /// Rows that the statement is given.
    pub(super) fn given(name: RelationName, schema: SchemaRef, batches: Vec<RecordBatch>) -> MadeTable {
        MadeTable { name, schema, source: Arc::new(Given(batches)) }
    }

    /// What a query calls it.
    pub(super) fn name(&self) -> &RelationName {
        &self.name
    }

    /// Its columns.
    pub(super) fn columns(&self) -> &SchemaRef {
        &self.schema
    }
}

impl Source for Given {
    fn rows(&self, asked: &Asked) -> Result<Vec<RecordBatch>> {
        self.0.iter().map(|batch| Ok(batch.project(&asked.projection)?)).collect()
    }
}

#[async_trait]
impl TableProvider for MadeTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let useful = |filter: &&Expr| match self.source.takes(filter) {
            true => TableProviderFilterPushDown::Inexact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(useful).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let projection = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&projection)?);
        let limit = limit.filter(|_| filters.is_empty());
        let asked = Asked { projection, filters: filters.to_vec(), limit };
        let is_lasting = state.config().get_extension::<Lasting>().is_some();
        Ok(Arc::new(MadeScan::new(self, asked, schema, is_lasting)?))
    }
}

/// The rows of a scan.
#[derive(Debug, Clone)]
enum Rows {
    /// To be made by whatever is called so.
    Unknown,
    Made(Vec<RecordBatch>),
    /// To be made when the scan runs.
    Late(Arc<dyn Source>),
}

/// Reads rows that are made.
#[derive(Debug, Clone)]
pub(super) struct MadeScan {
    name: RelationName,
    asked: Arc<Asked>,
    schema: SchemaRef,
    rows: Rows,
    row_count: usize,
    is_lasting: bool,
    properties: Arc<PlanProperties>,
}

impl MadeScan {
    fn new(table: &MadeTable, asked: Asked, schema: SchemaRef, is_lasting: bool) -> Result<MadeScan> {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema.clone()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let (name, properties) = (table.name.clone(), Arc::new(properties));
        let empty = MadeScan {
            name,
            asked: Arc::new(asked),
            schema,
            rows: Rows::Unknown,
            row_count: 0,
            is_lasting,
            properties,
        };
        empty.filled(table)
    }

    /// The same scan for later, without the rows: not to be executed.
    pub fn without_rows(&self) -> MadeScan {
        match &self.rows {
            Rows::Late(_) => self.clone(),
            _ => MadeScan { rows: Rows::Unknown, ..self.clone() },
        }
    }

    /// The same scan of the relation as it is now; `None` if it has so many rows that a plan for it would have been another.
    pub fn over(&self, made: &dyn Fn(&RelationName) -> Option<Arc<MadeTable>>) -> Result<Option<MadeScan>> {
        if let Rows::Late(_) = &self.rows {
            return Ok(Some(self.clone()));
        }
        let Some(table) = made(&self.name) else { return Ok(None) };
        let filled = self.filled(&table)?;
        Ok((!is_planned_otherwise(self.row_count, filled.row_count)).then_some(filled))
    }

    fn filled(&self, table: &MadeTable) -> Result<MadeScan> {
        if let Some(row_count) = table.source.is_late() {
            return Ok(MadeScan { rows: Rows::Late(table.source.clone()), row_count, ..self.clone() });
        }
        let Asked { projection, filters, limit } = self.asked.as_ref();
        let filters = filters.iter().map(with_values).collect();
        let batches = table.source.rows(&Asked { projection: projection.clone(), filters, limit: *limit })?;
        let row_count = batches.iter().map(RecordBatch::num_rows).sum();
        Ok(MadeScan { rows: Rows::Made(batches), row_count, ..self.clone() })
    }
}

impl DisplayAs for MadeScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        let columns: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        write!(f, "MadeScan: {} [{}], {} rows", self.name, columns.join(", "), self.row_count)
    }
}

impl ExecutionPlan for MadeScan {
    fn name(&self) -> &'static str {
        "MadeScan"
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

    fn execute(&self, _: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let batches = match &self.rows {
            Rows::Made(batches) => batches.clone(),
            Rows::Late(source) => source.rows(&self.asked)?,
            Rows::Unknown => {
                return internal_err!("the rows of a relation were believed to be made before they are read");
            }
        };
        Ok(Box::pin(MemoryStream::try_new(batches, self.schema.clone(), None)?))
    }

    fn statistics_from_inputs(&self, _: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        let counted = if self.is_lasting { Precision::Inexact } else { Precision::Exact };
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = counted(self.row_count);
        statistics.calculate_total_byte_size(&self.schema);
        Ok(Arc::new(statistics))
    }
}
