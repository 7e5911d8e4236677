//! VALUES: rows whose values depend on no row, each computed once.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::logical_expr::Values as ValuesPlan;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::physical_expr::PhysicalExpr;

use super::step::physical;
use super::{ROWS_MAX, no_columns};

/// Values, column by column, which is the order that the engine computes them in: it matters to sequences.
#[derive(Debug)]
pub(in crate::query::generic) struct Values {
    columns: Vec<Vec<Arc<dyn PhysicalExpr>>>,
    row_count: usize,
    schema: SchemaRef,
}

impl Values {
    /// The step of a plan; `None` if there are too many rows, or a value is of another type than its column.
    pub fn of(plan: &ValuesPlan, context: &PhysicalPlanningContext) -> Result<Option<Values>> {
        let row_count = plan.values.len();
        if row_count > ROWS_MAX {
            return Ok(None);
        }
        let of_column = |at: usize| plan.values.iter().map(|row| physical(&row[at], &plan.schema, context)).collect();
        let columns = (0..plan.schema.fields().len()).map(of_column).collect::<Result<Vec<Vec<_>>>>()?;
        let none = Schema::empty();
        for (values, field) in columns.iter().zip(plan.schema.fields()) {
            for value in values {
                if value.data_type(&none)? != *field.data_type() {
                    return Ok(None);
                }
            }
        }
        let fields = plan.schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<Field>>()));
        Ok(Some(Values { columns, row_count, schema }))
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub fn row_count(&self) -> usize {
        self.row_count
    }

    /// The rows. Errors: those of the expressions.
    pub fn computed(&self) -> Result<RecordBatch> {
        let row = no_columns()?;
        let column = |values: &Vec<Arc<dyn PhysicalExpr>>| -> Result<ArrayRef> {
            let computed =
                values.iter().map(|value| value.evaluate(&row)?.into_array(1)).collect::<Result<Vec<_>>>()?;
            match computed.as_slice() {
                [only] => Ok(only.clone()),
                several => Ok(concat(&several.iter().map(|value| value.as_ref() as &dyn Array).collect::<Vec<_>>())?),
            }
        };
        let columns = self.columns.iter().map(column).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.row_count));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }
}
