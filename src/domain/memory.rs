//! Gives memory that is free back to the system. Imports nothing.
//!
//! The allocator keeps what was freed for the threads that had it. Reading and forecasting are
//! done by threads that come and go, and the next threads would take as much again.
//!
//! Sample: after a table was read, the columns it was read from need no room any more.

/// Gives back whole pages that hold nothing. Takes some milliseconds: for the ends of stages.
pub fn give_memory_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it takes no pointer, and any thread may call it at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}
