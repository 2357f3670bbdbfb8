//! The fuzz target `scan`: see `run` and `src/scan.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| eolcast_fuzz::scan::check(data));
