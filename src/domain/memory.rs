//! Gives memory that is free back to the system. Imports nothing.
//!
//! The allocator keeps what was freed for the threads that had it. Reading and forecasting are
//! done by threads that come and go, and the next threads would take as much again.
//!
//! Sample: after a table was read, the columns it was read from need no room any more.

/// Gives back whole pages that hold nothing, if the process has many. Takes some milliseconds:
/// for the ends of stages.
pub fn give_memory_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if held_kilobytes().is_none_or(|held| held > LITTLE) {
        // SAFETY: it takes no pointer, and any thread may call it at any time.
        unsafe {
            libc::malloc_trim(0);
        }
    }
}

/// Kilobytes that are not worth looking through; the program itself is half of them.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LITTLE: u64 = 24 << 10;

/// What the process holds, as far as the system says so.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn held_kilobytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let held = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    held.trim().strip_suffix("kB")?.trim_end().parse().ok()
}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_known_and_grows_with_what_is_kept() {
        let before = held_kilobytes().unwrap();
        let kept = vec![1_u8; 256 << 20];
        let held = held_kilobytes().unwrap();
        assert!(held > before && held > 256 << 10, "{before} {held}");
        drop(std::hint::black_box(kept));
        give_memory_back();
    }
}
