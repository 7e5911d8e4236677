//! What a prepared statement answers: a tag, notices, and rows that come batch by batch.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use crate::cancel::CancelHandle;
use crate::display::TYPE_KEY;
use crate::error::Error;
use crate::outcome::{Notice, Outcome, ResultSet};
use crate::query;
use crate::runtime::block_on;

/// The answer to one statement.
#[derive(Debug)]
pub struct Answer {
    /// PostgreSQL's command tag.
    pub tag: Tag,
    /// Rows, for statements that return them.
    pub rows: Option<Rows>,
    /// In the order they came up.
    pub notices: Vec<Notice>,
}

/// A command tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// As it stands: `INSERT 0 3`.
    Whole(String),
    /// To be followed by how many rows were taken: `SELECT`.
    Counted(&'static str),
}

/// The rows of an answer. What they show does not change, whatever happens while they are read.
pub struct Rows {
    schema: SchemaRef,
    source: Source,
    cancel: CancelHandle,
}

enum Source {
    Kept(VecDeque<RecordBatch>),
    Running(Pin<Box<SendableRecordBatchStream>>),
}

impl Answer {
    /// The answer for a statement that has run to its end.
    pub(crate) fn of(outcome: Outcome, columns: Option<&SchemaRef>, cancel: &CancelHandle) -> Answer {
        let rows = outcome.rows.map(|rows| Rows::kept(rows, columns, cancel));
        let tag = match &rows {
            Some(_) if outcome.tag.starts_with("SELECT ") => Tag::Counted("SELECT"),
            _ => Tag::Whole(outcome.tag),
        };
        Answer { tag, rows, notices: outcome.notices }
    }

    /// The answer for a query that has started.
    pub(crate) fn running(
        schema: SchemaRef,
        stream: SendableRecordBatchStream,
        columns: Option<&SchemaRef>,
        cancel: &CancelHandle,
    ) -> Answer {
        let schema = columns.filter(|columns| columns.fields().len() == schema.fields().len()).unwrap_or(&schema);
        let rows = Rows { schema: schema.clone(), source: Source::Running(Box::pin(stream)), cancel: cancel.clone() };
        Answer { tag: Tag::Counted("SELECT"), rows: Some(rows), notices: Vec::new() }
    }
}

impl Tag {
    /// The tag after so many rows were taken.
    pub fn text(&self, row_count: usize) -> String {
        match self {
            Tag::Whole(tag) => tag.clone(),
            Tag::Counted(verb) => format!("{verb} {row_count}"),
        }
    }
}

impl Rows {
    fn kept(rows: ResultSet, columns: Option<&SchemaRef>, cancel: &CancelHandle) -> Rows {
        let schema = columns.filter(|columns| columns.fields().len() == rows.schema.fields().len());
        let schema = schema.unwrap_or(&rows.schema).clone();
        Rows { schema, source: Source::Kept(rows.batches.into()), cancel: cancel.clone() }
    }

    /// Batches of these columns as rows of their own.
    pub fn these(&self, batches: Vec<RecordBatch>) -> Rows {
        Rows { schema: self.schema.clone(), source: Source::Kept(batches.into()), cancel: self.cancel.clone() }
    }

    /// Names and types. Field metadata `bowline.type` has PostgreSQL's type name where the Arrow type does not tell.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The next rows, of this schema; `None` after the last. Blocks. Errors: those of the statement, 57014 if it is cancelled.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, Error> {
        let batch = match &mut self.source {
            Source::Kept(batches) => batches.pop_front(),
            Source::Running(stream) => {
                self.cancel.check()?;
                let next = block_on(async {
                    tokio::select! {
                        next = stream.next() => next.transpose().map_err(query::error),
                        error = self.cancel.cancelled() => Err(error),
                    }
                });
                next?
            }
        };
        batch.map(|batch| self.conformed(batch)).transpose()
    }

    /// A batch with the columns that were announced.
    fn conformed(&self, batch: RecordBatch) -> Result<RecordBatch, Error> {
        if Arc::ptr_eq(batch.schema_ref(), &self.schema) {
            return Ok(batch);
        }
        let exact = CastOptions { safe: false, ..CastOptions::default() };
        let column = |(array, field): (&ArrayRef, &FieldRef)| match fits(array.data_type(), field) {
            true => Ok(array.clone()),
            false => Ok(cast_with_options(array, field.data_type(), &exact)?),
        };
        let columns =
            batch.columns().iter().zip(self.schema.fields()).map(column).collect::<Result<Vec<_>, Error>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let is_as_announced =
            |(array, field): (&ArrayRef, &FieldRef)| field.is_nullable() && array.data_type() == field.data_type();
        let schema = match columns.iter().zip(self.schema.fields()).all(is_as_announced) {
            true => self.schema.clone(),
            false => {
                // Nullability is not promised by what is announced.
                let fields = columns.iter().zip(self.schema.fields()).map(|(array, field)| {
                    field.as_ref().clone().with_data_type(array.data_type().clone()).with_nullable(true)
                });
                Arc::new(Schema::new(fields.collect::<Vec<_>>()))
            }
        };
        Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
    }
}

/// Whether values of a type can stand as they are in a column that was announced: they are of its type, or both are
/// numerics without a declared scale.
fn fits(data_type: &DataType, field: &Field) -> bool {
    let is_free = |field: &Field| field.metadata().get(TYPE_KEY).is_some_and(|name| name == "numeric");
    match (data_type, field.data_type()) {
        (DataType::Decimal128(..), DataType::Decimal128(..)) if is_free(field) => true,
        (DataType::Decimal256(..), DataType::Decimal256(..)) => true,
        (DataType::List(item), DataType::List(wanted)) if is_free(wanted) => {
            matches!(item.data_type(), DataType::Decimal128(..))
        }
        (one, other) => one == other,
    }
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("schema", &self.schema).finish_non_exhaustive()
    }
}
