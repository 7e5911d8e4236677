//! The allocator and its settings: memory once touched is kept a while, for touching fresh pages costs more than the work.
//!
//! A load allocates and frees buffers of many megabytes. Given back to the system at once, each comes again as pages
//! the kernel has to clear first, which took half the time of a load.

use std::ffi::c_long;

use libmimalloc_sys::{mi_option_set, mi_option_t};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_arena_eager_commit`: commit whole arenas at once.
const ARENA_EAGER_COMMIT: mi_option_t = 4;
/// `mi_option_purge_delay`: milliseconds until freed memory goes back to the system.
const PURGE_DELAY: mi_option_t = 15;
/// Long enough for a statement to find the memory of the one before.
const PURGE_DELAY_MS: c_long = 10_000;

/// Sets the allocator up. To be called first.
pub fn set_up() {
    // SAFETY: both are plain setters of numeric options of the linked allocator.
    unsafe {
        mi_option_set(ARENA_EAGER_COMMIT, 1);
        mi_option_set(PURGE_DELAY, PURGE_DELAY_MS);
    }
}
