//! One execution of a generic plan at a time.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream};
use datafusion::physical_plan::ExecutionPlan;
use futures::{Stream, StreamExt};

use super::super::view::Fields;
use super::paging::Page;
use super::parameter::Turn;
use super::plan::GenericPlan;
use super::renewal::{Rows, joined, renewed};

/// One execution of a generic plan; the next may begin when it is dropped.
#[derive(Debug)]
pub(in crate::query) struct Lease {
    pub(super) plan: Arc<GenericPlan>,
    pub(super) _turn: Turn,
    pub(super) page: Option<Page>,
    pub(super) has_ended: bool,
}

impl Lease {
    /// The columns of what it returns.
    pub fn columns(&self) -> &SchemaRef {
        self.plan.columns()
    }

    /// How the relations are described that it reads.
    pub fn fields(&self) -> Fields {
        self.plan.fields()
    }

    /// The plan over these rows; `None` if for them it would have been planned otherwise.
    pub fn bound(&self, rows: Rows) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let functions = self.plan.functions();
        if functions.looks_at_rows() {
            functions.run_over(Some((rows.objects)()));
        }
        renewed(self.plan.root(), rows, self.page)?.map(joined).transpose()
    }

    /// Rows have come, or the end: what executions share is there.
    pub fn end(&mut self) {
        self.has_ended = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.plan.functions().run_over(None);
        if !self.has_ended {
            self.plan.break_off();
        }
    }
}

/// The rows of a leased plan; the next execution may begin when they are dropped.
pub(in crate::query) struct Leased {
    rows: SendableRecordBatchStream,
    lease: Lease,
}

impl Leased {
    pub fn new(rows: SendableRecordBatchStream, lease: Lease) -> Leased {
        Leased { rows, lease }
    }
}

impl Stream for Leased {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<RecordBatch>>> {
        let polled = self.rows.poll_next_unpin(context);
        if matches!(polled, Poll::Ready(None | Some(Ok(_)))) {
            self.lease.end();
        }
        polled
    }
}

impl RecordBatchStream for Leased {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }
}
