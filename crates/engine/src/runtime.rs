//! The threads that queries run on: one runtime for the process, started when first needed.

use std::future::Future;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::task::block_in_place;

/// Runs a future to its end on this thread, its tasks on the shared runtime.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        let built =
            Builder::new_multi_thread().thread_name("bowline-query").thread_stack_size(8 << 20).enable_time().build();
        built.expect("threads can be started")
    });
    may_block(|| runtime.block_on(future))
}

/// Does something that may block. On a thread of somebody's runtime, the others' work is handed to another thread first.
pub(crate) fn may_block<R>(work: impl FnOnce() -> R) -> R {
    match Handle::try_current() {
        Ok(handle) if handle.runtime_flavor() == RuntimeFlavor::MultiThread => block_in_place(work),
        _ => work(),
    }
}
